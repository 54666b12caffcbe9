"""One event file, counted: the unit of work that runs anywhere, alone, and is never done twice.

A partial result is a folder of its own, written aside and renamed when it is whole, and named after the file's path,
size and time, the layout and the version of this code: a killed run finds what was done, a changed file is read again.
It holds the file's events counted by year, actor, target, kind and class *as the file writes them* (countries and
classes are looked up when partial results are put together), its days, the lines set aside, and for each event its
number with what it was counted as, so that an event told twice, in this file or another, can be taken back.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from xenotime.core import SourceError, atomic_path, write_text
from xenotime.sources._event_files import Lines

#: Part of a partial result's name: raise it when what a partial result holds changes.
CODE_VERSION = 3
#: Events whose numbers are kept in memory before they go to disk, sorted.
RUN_EVENTS = 1_000_000
#: Lines set aside that are kept whole, for each file and reason; of the others the number.
WHOLE_LINES = 100
#: Longest line kept whole, characters.
LONGEST = 2_000
#: Intensity is kept in millionths, as whole numbers: a sum is then the same in whatever order it is made.
MILLIONTHS = 1_000_000
#: Goldstein's scale, and the scales made after it, run from -10 to 10: what lies beyond is a wrong number.
HIGHEST = 10
KEY = ("year", "actor", "target", "code", "quad")
ABOUT, COUNTS = "about.json", "counts.parquet"
#: Marks kept of each run of sorted numbers, to part the work of looking for duplicates.
MARKS = 16


@dataclass(frozen=True)
class Reason:
    """Why lines are set aside."""

    text: str
    column: str
    remedy: str


@dataclass
class Faults:
    """Lines set aside, the first of each reason whole; and how many of the others have how many columns."""

    widths: dict[int, int] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def wants(self, reason: Reason) -> bool:
        """Tell whether a line of this reason would be kept whole."""
        return self.counts.get(reason.text, 0) < WHOLE_LINES

    def add(self, reason: Reason, line: int, value: str, raw: str) -> None:
        """Set one line aside."""
        if self.wants(reason):
            self.kept.append({"line": line, "value": value[:LONGEST], "raw": raw[:LONGEST], **asdict(reason)})
        self.count(reason, 1)

    def count(self, reason: Reason, lines: int) -> None:
        """Count lines that are not kept whole."""
        self.counts[reason.text] = self.counts.get(reason.text, 0) + lines

    @property
    def total(self) -> int:
        """Lines set aside."""
        return sum(self.counts.values())


#: Reads a file into frames of `id, line, date, actor, target, code, quad, intensity` and sets lines aside.
Reader = Callable[[Lines, Faults], Iterator[pl.DataFrame]]


@dataclass(frozen=True)
class Layout:
    """How the event files of a source are read.

    Attributes
    ----------
    source, title : str
        Name of the source, and what its files are called in messages.
    version : int
        Part of a partial result's name: raise it when the reading changes.
    read : Reader
        Ids are whole numbers or text, `date` is yyyymmdd, `intensity` in millionths; `actor`, `target`, `code` are
        text, or numbers that `spell` turns into text; `quad` is 1 to 4, or 0 where the code decides.
    spell : callable, optional
        Packed code to text.
    """

    source: str
    title: str
    version: int
    read: Reader
    spell: Callable[[int], str] | None = None


@dataclass(frozen=True)
class Partial:
    """A partial result on disk."""

    folder: Path

    def is_whole(self) -> bool:
        """Tell whether it was finished, and is still all there: a disk may have filled up, or somebody tidied."""
        try:
            sizes = self.about()["sizes"]
            return all((self.folder / name).stat().st_size == size for name, size in sizes.items())
        except (OSError, ValueError, KeyError):
            return False

    def about(self) -> dict[str, Any]:
        """Return what is known of it: `file, sha256, read, faults, reasons, widths, days, runs, failed, sizes`."""
        found: dict[str, Any] = json.loads((self.folder / ABOUT).read_text(encoding="utf-8"))
        return found

    def counts(self) -> pl.DataFrame:
        """Return `year, actor, target, code, quad, events, intensity`; a row's place is its group's number."""
        return pl.read_parquet(self.folder / COUNTS)

    def run(self, name: str) -> pl.LazyFrame:
        """Return one run of event numbers, sorted: `id, line, group, date, intensity`."""
        return pl.scan_parquet(self.folder / name)


def partial_of(path: Path, layout: Layout, work: Path) -> Path:
    """Return the folder that the partial result of a file has, done or not."""
    facts = path.stat()
    version = f"{CODE_VERSION}.{layout.version}"
    text = f"{layout.source} {version} {path.absolute()} {facts.st_size} {facts.st_mtime_ns}"
    return work / f"{path.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def count_file(path: Path, layout: Layout, work: Path) -> Path:
    """Count one file into a partial result in `work`, unless that is done, and return its folder.

    A file that cannot be read as a whole gives a partial result that says so.
    """
    folder = partial_of(path, layout, work)
    there = folder.exists()
    if Partial(folder).is_whole():
        return folder
    if there:  # and not whole: damaged, for it was renamed when it was whole
        shutil.rmtree(folder)
    try:
        with atomic_path(folder) as aside:
            aside.mkdir()
            try:
                about = _count(path, layout, aside)
            except SourceError as error:
                for left in aside.iterdir():
                    left.unlink()
                about = {"file": path.name, "failed": {"what": error.what, "remedy": error.remedy or ""}}
            about["sizes"] = {left.name: left.stat().st_size for left in sorted(aside.iterdir())}
            write_text(aside / ABOUT, json.dumps(about))
    except OSError:
        if not Partial(folder).is_whole():  # another worker was given the same file and was first
            raise
    return folder


def _count(path: Path, layout: Layout, aside: Path) -> dict[str, Any]:
    lines, faults = Lines(path), Faults()
    groups, runs, days = _Groups(), _Runs(aside), _Days()
    for batch in layout.read(lines, faults):
        group = groups.add(batch)
        days.add(batch["date"])
        runs.add(batch.select("id", "line", pl.Series("group", group), "date", "intensity"))
    runs.flush()
    if faults.total > groups.events:
        first = faults.kept[0]
        raise SourceError(
            f"is not {layout.title}: {faults.total:,} of {faults.total + groups.events:,} lines are not of that form; "
            f"line {first['line']}: {first['text']}",
            where=str(path),
            remedy="check --source, and fetch the file again if it is of this source",
        )
    groups.counts(layout.spell).write_parquet(aside / COUNTS)
    return {
        "file": path.name,
        "sha256": lines.sha256,
        "read": groups.events,
        "faults": faults.kept,
        "reasons": faults.counts,
        "widths": faults.widths,
        "days": days.counts,
        "runs": runs.written,
        "failed": None,
    }


class _Groups:
    """Events counted by `KEY`, block by block."""

    def __init__(self) -> None:
        self._known: pl.DataFrame | None = None
        self._events = np.zeros(0, np.int64)
        self._intensity = np.zeros(0, np.int64)

    @property
    def events(self) -> int:
        return int(self._events.sum())

    def add(self, batch: pl.DataFrame) -> pl.Series:
        """Count a block and return the group of each event."""
        keys = batch.select((pl.col("date") // 10_000).cast(pl.Int16).alias("year"), *KEY[1:])
        if self._known is None:
            self._known = keys.clear().with_columns(pl.lit(None, pl.UInt32).alias("group"))
        found = keys.join(self._known, on=KEY, how="left", maintain_order="left")
        fresh = found.filter(pl.col("group").is_null()).select(KEY).unique(maintain_order=True)
        fresh = fresh.with_row_index("group", len(self._known)).select(self._known.columns)
        known = self._known = pl.concat([self._known, fresh])
        both = found.join(fresh, on=KEY, how="left", maintain_order="left", suffix=":fresh")
        group = both.select(pl.coalesce("group", "group:fresh").alias("group")).to_series()
        places = group.to_numpy()
        self._grow(len(known))
        self._events += np.bincount(places, minlength=len(known))
        np.add.at(self._intensity, places, batch["intensity"].to_numpy())
        return group

    def _grow(self, size: int) -> None:
        more = size - len(self._events)
        self._events = np.append(self._events, np.zeros(more, np.int64))
        self._intensity = np.append(self._intensity, np.zeros(more, np.int64))

    def counts(self, spell: Callable[[int], str] | None) -> pl.DataFrame:
        """Return the counts, codes as text."""
        schema: Mapping[str, Any] = {"year": pl.Int16, "actor": pl.String, "target": pl.String, "code": pl.String}
        if self._known is None:
            return pl.DataFrame(schema={**schema, "quad": pl.Int8, "events": pl.Int64, "intensity": pl.Int64})
        kept = self._known
        if spell is not None:
            kept = kept.with_columns(_spelt(kept[name], spell) for name in ("actor", "target", "code"))
        return kept.select(
            *KEY, pl.Series("events", self._events, pl.Int64), pl.Series("intensity", self._intensity, pl.Int64)
        )


def _spelt(packed: pl.Series, spell: Callable[[int], str]) -> pl.Series:
    distinct = packed.unique()
    words = pl.Series([spell(number) for number in distinct], dtype=pl.String)
    return packed.replace_strict(distinct, words, return_dtype=pl.String)


class _Days:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def add(self, dates: pl.Series) -> None:
        for date, number in dates.value_counts().iter_rows():
            self.counts[str(date)] = self.counts.get(str(date), 0) + number


class _Runs:
    """The events' numbers, on disk in sorted runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[pl.DataFrame] = []
        self._events = 0
        self.written: list[dict[str, Any]] = []

    def add(self, events: pl.DataFrame) -> None:
        """Take in a block; events without a number cannot be told twice."""
        numbered = events.filter(pl.col("id").is_not_null())
        self._waiting.append(numbered)
        self._events += len(numbered)
        if self._events >= RUN_EVENTS:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if not self._events:
            return
        run = pl.concat(self._waiting)
        if not run["id"].is_sorted():
            run = run.sort("id", "line")
        name = f"ids-{len(self.written)}.parquet"
        run.write_parquet(self._folder / name, compression="lz4")
        numbers = run["id"]
        at = np.linspace(0, len(run) - 1, min(MARKS, len(run))).astype(np.int64)
        self.written.append(
            {
                "name": name,
                "events": len(run),
                "first": numbers[0],
                "last": numbers[-1],
                "marks": numbers.gather(at).to_list(),
                "distinct": bool((numbers != numbers.shift(1)).fill_null(value=True).all()),
            }
        )
        self._waiting, self._events = [], 0
