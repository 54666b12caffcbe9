"""Events told twice, within a file or in several, found exactly and in bounded memory.

Each partial result keeps its events' numbers in sorted runs. The numbers are parted into ranges of about the same size,
and one range at a time is read from the runs that reach into it; runs that no other one overlaps are not read at all,
which is nearly all of GDELT, whose numbers grow with time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from xenotime.sources._event_partial import KEY, WHOLE_LINES, Partial

#: Event numbers looked at together.
RANGE_EVENTS = 4_000_000


@dataclass(frozen=True)
class Twice:
    """What was told more than once, the first telling left out.

    Attributes
    ----------
    groups : polars.DataFrame
        `year, actor, target, code, quad, events, intensity` to take away from the sum of all files.
    days : dict
        Events to take away by day, yyyymmdd.
    events : dict
        Place of a file to how many of its events had been told before.
    examples : polars.DataFrame
        `file, line, id, first_file, first_line`: the first `WHOLE_LINES` of each file; files by their places.
    """

    groups: pl.DataFrame
    days: dict[str, int]
    events: dict[int, int]
    examples: pl.DataFrame


@dataclass(frozen=True)
class _Run:
    file: int
    partial: Partial
    name: str
    facts: Mapping[str, Any]

    @property
    def first(self) -> Any:
        return self.facts["first"]

    @property
    def last(self) -> Any:
        return self.facts["last"]


def taken_back(partials: Sequence[Partial], abouts: Sequence[Mapping[str, Any]]) -> Twice:
    """Find the events told more than once; the telling in the first file, and the first line in it, is the one kept.

    Parameters
    ----------
    partials : sequence of Partial
        In the order of the files.
    abouts : sequence of mapping
        What each says of itself.
    """
    runs = [
        _Run(place, partial, facts["name"], facts)
        for place, (partial, about) in enumerate(zip(partials, abouts, strict=True))
        for facts in about.get("runs") or ()
    ]
    found = [part for low, high, some in _ranges(_entangled(runs)) if len(part := _later(some, low, high))]
    if not found:
        schema: Any = {"year": pl.Int16, "actor": pl.String, "target": pl.String, "code": pl.String, "quad": pl.Int8}
        none = pl.DataFrame(schema={**schema, "events": pl.Int64, "intensity": pl.Int64})
        return Twice(none, {}, {}, pl.DataFrame())
    later = pl.concat(found)
    per_file = later.sort("file", "line").group_by("file", maintain_order=True)
    return Twice(
        groups=pl.concat([_of_file(partials[int(place)], rows) for (place,), rows in per_file]),
        days={str(day): number for day, number in later.group_by("date").len().iter_rows()},
        events=dict(later.group_by("file").len().sort("file").iter_rows()),
        examples=per_file.head(WHOLE_LINES).select("file", "line", "id", "first_file", "first_line"),
    )


def _of_file(partial: Partial, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what the later tellings in one file were counted as."""
    less = rows.group_by("group").agg(pl.len().cast(pl.Int64).alias("events"), pl.col("intensity").sum())
    groups = partial.counts().select(KEY).with_row_index("group")
    return groups.join(less, on="group").select(*KEY, "events", "intensity")


def _entangled(runs: Sequence[_Run]) -> list[_Run]:
    """Return the runs that hold a number twice or reach into another's span."""
    ordered = sorted(runs, key=lambda run: run.first)
    kept: list[_Run] = []
    reach: _Run | None = None  # the run before that reaches furthest
    for run in ordered:
        if reach is not None and run.first <= reach.last:
            kept += [reach, run]
        elif not run.facts["distinct"]:
            kept.append(run)
        if reach is None or run.last > reach.last:
            reach = run
    return list({(run.file, run.name): run for run in kept}.values())


def _ranges(runs: Sequence[_Run]) -> Iterator[tuple[Any, Any, list[_Run]]]:
    """Yield spans of numbers, low and high included, and the runs that reach into each."""
    if not runs:
        return
    marks = sorted((mark, run.facts["events"] / len(run.facts["marks"])) for run in runs for mark in run.facts["marks"])
    tops: list[Any] = []
    weight = 0.0
    for mark, share in marks:
        weight += share
        if weight >= RANGE_EVENTS and (not tops or mark > tops[-1]):
            tops.append(mark)
            weight = 0.0
    low = None
    for high in [*tops, None]:
        some = [run for run in runs if (low is None or run.last > low) and (high is None or run.first <= high)]
        if some:
            yield low, high, some
        low = high


def _later(runs: Sequence[_Run], low: Any, high: Any) -> pl.DataFrame:
    """Return the tellings but the first of each number above `low` and up to `high`."""
    inside = pl.lit(value=True)
    if low is not None:
        inside &= pl.col("id") > low
    if high is not None:
        inside &= pl.col("id") <= high
    numbers = pl.concat([run.partial.run(run.name).filter(inside).select("id").collect() for run in runs])["id"]
    twice = numbers.filter(numbers.is_duplicated()).unique()
    if twice.is_empty():
        return pl.DataFrame()
    told = pl.concat(
        [
            run.partial.run(run.name)
            .filter(inside & pl.col("id").is_in(twice.implode()))
            .with_columns(pl.lit(run.file, pl.UInt32).alias("file"))
            .collect()
            for run in runs
        ]
    ).sort("id", "file", "line")
    first = {name: pl.col(name).first().over("id").alias(f"first_{name}") for name in ("file", "line")}
    return told.with_columns(first.values()).filter(pl.col("id").is_first_distinct().not_())
