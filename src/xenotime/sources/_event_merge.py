"""Partial results put together: events told twice taken back, countries looked up, one piece a year for the store.

The same numbers come out whatever made the partial results, and in whatever order: the files are taken in the order of
their names, the first telling of an event counts, and intensities are summed as whole numbers.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import Provenance, SourceError
from xenotime.schema import QUADS, TABLES, empty
from xenotime.sources._event_countries import BETWEEN, sort_out
from xenotime.sources._event_files import event_files
from xenotime.sources._event_notes import Account, quarantine_of
from xenotime.sources._event_partial import KEY, MILLIONTHS, Layout, Partial, count_file
from xenotime.sources._event_twice import taken_back
from xenotime.sources._scratch import scratch_folder
from xenotime.sources.base import Parsed, SourceInfo

#: Partial results read at a time.
AT_A_TIME = 256
#: A year counts as covered where some file has at least this share of the events of that file's commonest year;
#: GDELT's files also tell of events of a month, a year and ten years ago, which would make years of a few events.
COVERED = 0.1


@dataclass(frozen=True)
class EventRules:
    """How a source's codes are understood.

    Attributes
    ----------
    schemes : tuple of str
        Schemes of `xenotime.reference.codes` in which countries are written; the first that knows one counts.
    quads : callable, optional
        From the codes of a file to their classes (null: unknown), where the file has none of its own.
    looks_back : bool
        Files also hold events of years long before them.
    """

    schemes: tuple[str, ...]
    quads: Callable[[pl.Series], pl.Series] | None
    looks_back: bool


def parse_events(
    path: Path,
    info: SourceInfo,
    layout: Layout,
    rules: EventRules,
    *,
    version: str | None,
    years: Collection[int] | None,
) -> Iterator[Parsed]:
    """Read a file, or a folder of files, one after the other, and yield `event_counts` and `event_days` by year.

    Parameters
    ----------
    path : Path
    info, layout, rules
        Of the source.
    version : str, optional
        A name for this download.
    years : collection of int, optional
        Only these years.

    Yields
    ------
    Parsed
        The last piece carries the notes and what was set aside: broken lines with their numbers, events told twice,
        unknown actors and codes, files that could not be read.

    Raises
    ------
    InputError
        No such file.
    SourceError
        None of the files can be read as what it should be.
    """
    files, aside = event_files([path])
    with scratch_folder() as work:
        partials = [Partial(count_file(file, layout, work)) for file in files]
        yield from gather(partials, info, rules, origin=path.name, aside=aside, version=version, years=years)


def gather(
    partials: Sequence[Partial],
    info: SourceInfo,
    rules: EventRules,
    *,
    origin: str,
    aside: Sequence[Path] = (),
    version: str | None = None,
    years: Collection[int] | None = None,
) -> Iterator[Parsed]:
    """Put partial results together and yield `event_counts` and `event_days`, one piece of each a year.

    Parameters
    ----------
    partials : sequence of Partial
        In the order of the files' names.
    info, rules
        Of the source.
    origin : str
        What the store calls the files.
    aside : sequence of Path
        Files of the folders that were not read.
    version, years
        As in `parse_events`.
    """
    abouts = [partial.about() for partial in partials]
    whole = [place for place, about in enumerate(abouts) if not about["failed"]]
    if not whole:
        failed = abouts[0]["failed"]
        raise SourceError(failed["what"], where=abouts[0]["file"], remedy=failed["remedy"])
    twice = taken_back(partials, abouts)
    days = _days(abouts, twice.days)
    kept, left = _years(abouts, days, rules, years)
    account = Account(abouts, days, twice, left, [path.name for path in aside])
    if not days:
        raise SourceError("no event in it" if len(whole) == 1 else "no event in them", where=origin,
                          remedy="check --source, and that the files are whole")  # fmt: skip
    provenance = Provenance(
        info.name, version or "as downloaded", title=info.title, citation=info.citation, licence=info.licence
    )
    sha256 = _hash([abouts[place] for place in whole])
    for year in kept:
        counts = _counts(partials, abouts, year, twice.groups)
        if rules.quads is not None:
            counts = account.unknown_codes(counts, rules.quads)
        events = sort_out(counts, rules.schemes)
        account.year(events)
        dated = replace(provenance, years=(year, year))
        piece = Parsed(
            "event_counts", _as_counts(events.pairs, dated), empty("quarantine"), dated, origin, sha256, year
        )
        yield piece
        last = year == kept[-1]
        yield replace(
            piece,
            table="event_days",
            frame=_as_days(year, days, events.classes[BETWEEN], dated),
            quarantine=quarantine_of(account, origin, provenance) if last else empty("quarantine"),
            notes=account.notes() if last else (),
        )


def _days(abouts: Sequence[Mapping[str, Any]], less: Mapping[str, int]) -> dict[str, int]:
    """Return events by day, yyyymmdd."""
    days: dict[str, int] = {}
    for about in abouts:
        for day, events in (about.get("days") or {}).items():
            days[day] = days.get(day, 0) + events
    for day, events in less.items():
        days[day] -= events
    return {day: events for day, events in sorted(days.items()) if events}


def _years(
    abouts: Sequence[Mapping[str, Any]], days: Mapping[str, int], rules: EventRules, asked: Collection[int] | None
) -> tuple[list[int], dict[int, int]]:
    """Return the years to store, and the events of those that are left aside because no file is of them."""
    events = _by_year(days)
    if asked is not None:
        return sorted(set(events) & set(asked)), {}
    if not rules.looks_back:
        return sorted(events), {}
    covered: set[int] = set()
    for about in abouts:
        told = _by_year(about.get("days") or {})
        covered |= {year for year, number in told.items() if number >= COVERED * max(told.values())}
    return sorted(covered & set(events)), {year: events[year] for year in sorted(events) if year not in covered}


def _by_year(days: Mapping[str, int]) -> dict[int, int]:
    years: dict[int, int] = {}
    for day, events in days.items():
        years[int(day[:4])] = years.get(int(day[:4]), 0) + events
    return years


def _counts(
    partials: Sequence[Partial], abouts: Sequence[Mapping[str, Any]], year: int, less: pl.DataFrame
) -> pl.DataFrame:
    """Return the counts of one year, `KEY, events, intensity`, without what was told twice."""
    of_year = [
        partial
        for partial, about in zip(partials, abouts, strict=True)
        if any(day.startswith(str(year)) for day in about.get("days") or ())
    ]
    total = less.filter(pl.col("year") == year).with_columns(-pl.col("events"), -pl.col("intensity"))
    for first in range(0, len(of_year), AT_A_TIME):
        some = [partial.counts().filter(pl.col("year") == year) for partial in of_year[first : first + AT_A_TIME]]
        total = pl.concat([total, *some]).group_by(KEY).agg(pl.col("events", "intensity").sum())
    return total.filter(pl.col("events") > 0).sort(KEY)


def _hash(abouts: Sequence[Mapping[str, Any]]) -> str:
    """Return the hash of the file, or of the list of files with their hashes."""
    if len(abouts) == 1:
        return str(abouts[0]["sha256"])
    listed = "".join(f"{about['sha256']}  {about['file']}\n" for about in abouts)
    return hashlib.sha256(listed.encode()).hexdigest()


def _as_counts(pairs: pl.DataFrame, provenance: Provenance) -> pl.DataFrame:
    named = pairs.with_columns(pl.col("quad").replace_strict(dict(enumerate(QUADS, 1)), return_dtype=pl.String))
    return (
        named.group_by("year", "actor", "target", "code", "quad")
        .agg(pl.col("events", "intensity").sum())
        .with_columns(
            (pl.col("intensity") / MILLIONTHS).alias("intensity_sum"),
            pl.lit(provenance.source).alias("source"),
            pl.lit(provenance.version).alias("source_version"),
        )
        .select(list(TABLES["event_counts"].columns))
        .sort("actor", "target", "code", "quad")
    )


def _as_days(year: int, days: Mapping[str, int], counted: int, provenance: Provenance) -> pl.DataFrame:
    of_year = [events for day, events in days.items() if day.startswith(str(year))]
    row = {
        "year": year,
        "days": len(of_year),
        "read": sum(of_year),
        "counted": counted,
        "source": provenance.source,
        "source_version": provenance.version,
    }
    return pl.DataFrame([row], schema=TABLES["event_days"].dtypes)
