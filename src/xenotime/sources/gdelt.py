"""GDELT event files, versions 1.0 and 2.0: who did what to whom, coded from the news, into counts by year.

Leetaru and Schrodt (2013), "GDELT: Global Data on Events, Location, and Tone, 1979-2012", ISA Annual Convention. Reads
the files as the project ships them (57, 58 or 61 tab-separated columns without a header; plain, zipped or gzipped; a
folder of yearly, monthly, daily or 15-minute files). Countries are those of the actors, in CAMEO's codes, not of the
places (which are FIPS 10-4); the class of an event is the file's own; intensity is Goldstein's scale. Mentions and the
knowledge graph are not read.
"""

import hashlib
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from xenotime.core import InputError, SourceError
from xenotime.sources._event_files import Lines, decoded
from xenotime.sources._event_merge import EventRules, parse_events
from xenotime.sources._event_partial import Faults, Layout, Reason
from xenotime.sources.base import Parsed, SourceInfo

if TYPE_CHECKING:
    from xenotime.sources._event_scan import Fields

INFO = SourceInfo(
    name="gdelt",
    title="GDELT events",
    producer="The GDELT Project",
    licence="Open: any use, with citation and a link to https://www.gdeltproject.org",
    url="https://www.gdeltproject.org/data.html",
    citation=(
        "Leetaru, K. and Schrodt, P. (2013), GDELT: Global Data on Events, Location, and Tone, 1979-2012, "
        "ISA Annual Convention"
    ),
    tables=("event_counts", "event_days"),
    absence="zero where the files cover the days: no report was coded; see table event_days",
)

#: Columns of version 1.0 before April 2013, version 1.0 after it, version 2.0.
COLUMNS = (57, 58, 61)
#: GLOBALEVENTID, SQLDATE, Actor1CountryCode, Actor2CountryCode, EventCode, QuadClass, GoldsteinScale: the same in all.
_WANTED = (0, 1, 7, 17, 26, 29, 30)
_BROKEN = "fetch the file again; if the line is so at the producer, leave it aside"
_REASONS = {
    "columns": Reason("not 57, 58 or 61 columns", "", _BROKEN),
    "nul": Reason("the line holds a NUL byte", "", _BROKEN),
    "id": Reason("the number of the event is not a number", "GLOBALEVENTID", _BROKEN),
    "date": Reason("not a day of the calendar from 1900 to 2100, written yyyymmdd", "SQLDATE", _BROKEN),
    "actor": Reason("not the code of a country", "Actor1CountryCode", _BROKEN),
    "target": Reason("not the code of a country", "Actor2CountryCode", _BROKEN),
    "code": Reason("not an event code", "EventCode", _BROKEN),
    "quad": Reason("the class of an event is 1, 2, 3 or 4", "QuadClass", _BROKEN),
    "intensity": Reason("not a number from -10 to 10", "GoldsteinScale", _BROKEN),
}
_CUT = Reason("the last line is cut off", "", "fetch the file again")
_FIELD = {"id": 0, "date": 1, "actor": 2, "target": 3, "code": 4, "quad": 5, "intensity": 6}


def _read(lines: Lines, faults: Faults) -> Iterator[pl.DataFrame]:
    from xenotime.sources._event_scan import FAULTS, cut, numbers  # numba takes half a second

    for block in lines.blocks():
        fields = cut(block.data, _WANTED)
        found = numbers(block.data, fields, COLUMNS)
        bad = np.flatnonzero(found.fault)
        for width in COLUMNS:
            if lines_of := np.count_nonzero((fields.columns == width) & (found.fault == 0)):
                faults.widths[width] = faults.widths.get(width, 0) + int(lines_of)
        for at in bad.tolist():
            kind = FAULTS[found.fault[at]]
            reason = _CUT if block.cut and at == len(found.fault) - 1 else _REASONS[kind]
            if faults.wants(reason):
                faults.add(reason, block.line + at, *_words(block.data, fields, at, kind))
            else:
                faults.count(reason, 1)
        events = pl.DataFrame(
            {
                "id": found.id,
                "line": np.arange(block.line, block.line + len(found.id)),
                "date": found.date.astype(np.int32),
                "actor": found.actor,
                "target": found.target,
                "code": found.code,
                "quad": found.quad,
                "intensity": found.intensity,
            }
        )
        yield events.filter(pl.Series(found.fault == 0)) if len(bad) else events


def _words(data: np.ndarray[Any, Any], fields: "Fields", at: int, kind: str) -> tuple[str, str]:
    """Return the value at fault and the whole line."""
    line = bytes(data[fields.first[at] : fields.first[at + 1] - 1])
    if kind in _FIELD:
        field = _FIELD[kind]
        value = decoded(bytes(data[fields.start[at, field] : fields.end[at, field]]))
    else:
        value = f"{fields.columns[at]} columns"
    return value, decoded(line)


def _unpacked(number: int) -> str:
    """Return the code that `_event_scan.numbers` packed."""
    return number.to_bytes(8, "big").lstrip(b"\0").decode("ascii")


LAYOUT = Layout("gdelt", "a file of GDELT events", 2, _read, _unpacked)
RULES = EventRules(schemes=("cameo", "iso3"), quads=None, looks_back=True)


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download the daily files of version 1.0, or the 15-minute files of version 2.0, of a span of days.

    Parameters
    ----------
    **options
        `first` and `last` (days, ``"2019-01-01"``; version 1.0 has daily files from 2013-04-01, version 2.0 begins on
        2015-02-18), `edition`: ``"v1"`` (the default) or ``"v2"``.

    Raises
    ------
    InputError
        Days that are none, or not given.
    SourceError
        The download failed, or a file is not what GDELT's own list of MD5 sums says; it is then removed.
    """
    from xenotime.sources._fetch import fetch_files

    edition, first, last = options.pop("edition", "v1"), options.pop("first", None), options.pop("last", None)
    if edition not in _EDITIONS:
        raise InputError(f"GDELT has no edition {edition!r}", remedy="use -o edition=v1 or -o edition=v2")
    if first is None:
        raise InputError("no day is named", remedy="give -o first=2019-01-01 -o last=2019-12-31")
    stamps = [day.strftime("%Y%m%d") for day in _days(str(first), str(last or first))]
    if edition == "v2":
        stamps = [f"{day}{hour:02}{minute:02}00" for day in stamps for hour in range(24) for minute in (0, 15, 30, 45)]
    place, listed = _EDITIONS[edition]
    sums, *files = fetch_files("gdelt", folder, place=place, list=listed, stamp=stamps, **options)
    _hold_to(sums, files)
    return files


#: Where an edition lies on the server, and its list of MD5 sums there.
_EDITIONS = {"v1": ("events", "md5sums"), "v2": ("gdeltv2", "masterfilelist.txt")}


def _hold_to(sums: Path, files: list[Path]) -> None:
    """Hold files to the producer's list: lines of `md5 name` or `size md5 address`; newer files are not in it yet."""
    known = {}
    for line in sums.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if len(words) in (2, 3):
            known[words[-1].rpartition("/")[2]] = words[-2]
    for file in files:
        if known.get(file.name, "") not in ("", hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()):
            file.unlink()
            raise SourceError(
                "is not what GDELT's list of MD5 sums says: removed",
                where=str(file),
                remedy=f"fetch again; if it stays so, remove {sums} too, whose copy may be older than the file",
            )


def _days(first: str, last: str) -> list[date]:
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise InputError(f"{first!r} to {last!r} are not days", remedy="write them as 2019-01-31") from None
    if begin > end:
        raise InputError(f"{first} is after {last}", remedy="write the earlier day first")
    return [begin + timedelta(days) for days in range((end - begin).days + 1)]


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read a file or a folder of files and yield the counts, one piece a year; see `_event_merge.parse_events`."""
    yield from parse_events(Path(path), INFO, LAYOUT, RULES, version=version, years=years)
