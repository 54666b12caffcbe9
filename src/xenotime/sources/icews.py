"""ICEWS event files: who did what to whom, coded from the news in CAMEO, 1995 to April 2023, into counts by year.

Boschee et al. (2015), "ICEWS Coded Event Data", Harvard Dataverse. Reads the `.tab` files as the Dataverse ships them
(20 tab-separated columns with a header; plain, zipped or gzipped; a folder of them), with countries by name and the
date in a column; and extracts that are already reduced to ``date, src, tgt, code`` (CSV, countries as ISO3 or names),
whose events have no number and so cannot be told twice. The class of an event is that of its CAMEO code; intensity is
the file's own, on Goldstein's scale.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import SourceError
from xenotime.reference import cameo
from xenotime.schema import QUADS
from xenotime.sources._event_files import Lines
from xenotime.sources._event_merge import EventRules, parse_events
from xenotime.sources._event_partial import Faults, Layout
from xenotime.sources._event_text import Header, checked, read_text
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="icews",
    title="ICEWS coded event data",
    producer="Lockheed Martin, for the US Defense Advanced Research Projects Agency",
    licence="CC0 1.0",
    url="https://doi.org/10.7910/DVN/28075",
    citation=(
        "Boschee, E., Lautenschlager, J., O'Brien, S., Shellman, S., Starz, J. and Ward, M. (2015), ICEWS Coded Event "
        "Data, Harvard Dataverse, doi:10.7910/DVN/28075"
    ),
    tables=("event_counts", "event_days"),
    absence="zero where the files cover the days: no report was coded; see table event_days",
)

HEADER = Header(
    columns=(
        "Event ID", "Event Date", "Source Name", "Source Sectors", "Source Country", "Event Text", "CAMEO Code",
        "Intensity", "Target Name", "Target Sectors", "Target Country", "Story ID", "Sentence Number", "Publisher",
        "City", "District", "Province", "Country", "Latitude", "Longitude",
    ),
    id="Event ID",
    date="Event Date",
    actor="Source Country",
    target="Target Country",
    code="CAMEO Code",
    intensity="Intensity",
)  # fmt: skip
#: Names that the columns of a reduced extract go by.
REDUCED = {
    "date": ("date", "event_date"),
    "actor": ("src", "source", "actor"),
    "target": ("tgt", "target"),
    "code": ("code", "cameo", "cameo_code"),
    "intensity": ("intensity", "gold", "goldstein"),
}
_REDUCED = Header(columns=(), id="id", date="date", actor="actor", target="target", code="code", intensity="intensity")
_WHAT = "a file of ICEWS events"


def _read(lines: Lines, faults: Faults) -> Iterator[pl.DataFrame]:
    """Read a file as it is shipped, or a reduced extract: the first line tells which."""
    with lines.opened() as stream:
        first = stream.readline(10_000).decode("latin-1")
    if "\t" in first or "," not in first:
        yield from read_text(HEADER, _WHAT)(lines, faults)
    else:
        yield _reduced(lines, faults)


def _reduced(lines: Lines, faults: Faults) -> pl.DataFrame:
    text = b"".join(block.data.tobytes() for block in lines.blocks())
    try:
        rows = pl.read_csv(text, infer_schema=False, encoding="utf8-lossy").fill_null("")
    except pl.exceptions.PolarsError as error:
        raise SourceError(f"is not a table: {error}", where=str(lines.path), remedy="mend the line it names") from error
    lower = {column.strip().lower(): column for column in rows.columns}
    names = {field: next((lower[name] for name in known if name in lower), "") for field, known in REDUCED.items()}
    for field in ("date", "actor", "target", "code"):
        if not names[field]:
            raise SourceError(
                f"is not {_WHAT}: no column for {field} ({', '.join(REDUCED[field])})",
                where=str(lines.path),
                remedy="a file with the columns Event ID, Event Date, … or with date, src, tgt, code is wanted",
            )
    goldstein = dict(cameo().select("code", pl.col("goldstein").cast(pl.String)).iter_rows())
    scale = (
        pl.col(names["intensity"])
        if names["intensity"]
        else pl.col(names["code"]).replace_strict(goldstein, default="0")
    )
    frame = rows.select(
        pl.lit(None, pl.String).alias("id"),
        *(pl.col(names[field]).alias(field) for field in ("date", "actor", "target", "code")),
        scale.alias("intensity"),
    ).with_row_index(":line", 2).with_columns(pl.col(":line").cast(pl.Int64))  # fmt: skip
    return checked(frame, _REDUCED, faults, lambda line: ",".join(map(str, rows.row(line - 2))))


def cameo_quads(codes: pl.Series) -> pl.Series:
    """Return the class, 1 to 4, of CAMEO codes; null where the code is unknown."""
    classes = {name: place for place, name in enumerate(QUADS, 1)}
    known = {code: classes[quad] for code, quad in cameo().select("code", "quad").iter_rows()}
    return codes.replace_strict(known, default=None, return_dtype=pl.Int8)


LAYOUT = Layout("icews", _WHAT, 2, _read)
RULES = EventRules(schemes=("iso3", "name"), quads=cameo_quads, looks_back=False)


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download a file of the Dataverse by its number there: ``-o file=NUMBER``, or a list of them."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("icews", folder, **options)


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read a file or a folder of files and yield the counts, one piece a year; see `_event_merge.parse_events`."""
    yield from parse_events(Path(path), INFO, LAYOUT, RULES, version=version, years=years)
