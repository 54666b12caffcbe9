"""What became of every event and every line: the notes of an ingest of events, and what goes to the quarantine."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from xenotime.core import Provenance
from xenotime.schema import TABLES
from xenotime.sources._event_countries import BETWEEN, CLASSES, GROUP, NOT_THEN, UNKNOWN, Sorted
from xenotime.sources._event_twice import Twice

#: Codes named in a note; the quarantine holds all that are unknown.
NAMED = 10
_NOT_COUNTED = "counted in no pair; if it is a country, tell the maintainers, who add it to the table of countries"


class Account:
    """Sums up what the files held, year by year.

    Parameters
    ----------
    abouts : sequence of mapping
        What the partial results say of themselves, in the order of the files.
    days : mapping
        Events by day, each event once.
    twice : Twice
        What was told more than once.
    left : mapping
        Events of years that no file is of.
    aside : sequence of str
        Files of the folder that were not read.
    """

    def __init__(
        self,
        abouts: Sequence[Mapping[str, Any]],
        days: Mapping[str, int],
        twice: Twice,
        left: Mapping[int, int],
        aside: Sequence[str],
    ) -> None:
        self.abouts, self.days, self.twice, self.left, self.aside = abouts, days, twice, left, aside
        self.classes = dict.fromkeys(CLASSES, 0)
        self.several = 0
        self.kinds: dict[str, int] = {}
        self._codes: list[pl.DataFrame] = []

    def unknown_codes(self, counts: pl.DataFrame, quads: Callable[[pl.Series], pl.Series]) -> pl.DataFrame:
        """Give each row its class by its code; take out, and count, those of unknown codes."""
        counts = counts.with_columns(quads(counts["code"]).cast(pl.Int8).alias("quad"))
        for code, events in counts.filter(pl.col("quad").is_null()).group_by("code").agg(pl.col("events").sum()).rows():
            self.kinds[code] = self.kinds.get(code, 0) + events
        return counts.filter(pl.col("quad").is_not_null())

    def year(self, found: Sorted) -> None:
        """Add one year."""
        for name, events in found.classes.items():
            self.classes[name] += events
        self.several += found.several
        self._codes.append(found.codes)

    def codes(self, kind: str) -> pl.DataFrame:
        """Return `code, events` of the actors of one class, the commonest first."""
        found = pl.concat(self._codes).filter(pl.col("class") == kind) if self._codes else pl.DataFrame()
        if found.is_empty():
            return pl.DataFrame(schema={"code": pl.String, "events": pl.Int64})
        return found.group_by("code").agg(pl.col("events").sum()).sort(["events", "code"], descending=[True, False])

    def notes(self) -> tuple[str, ...]:
        """Return what a reader of the report should know."""
        read = sum(self.classes.values()) + sum(self.kinds.values())
        parts = [f"{events:,} {name}" for name, events in self.classes.items() if events and name != BETWEEN]
        notes = [
            f"{read:,} events: {self.classes[BETWEEN]:,} {BETWEEN} (stored)" + "".join(f", {part}" for part in parts)
        ]
        for kind, words in ((GROUP, "groups"), (UNKNOWN, "unknown actors"), (NOT_THEN, "not countries that year")):
            if len(found := self.codes(kind)):
                notes.append(f"{words}: {_list(found)}")
        if self.kinds:
            kinds = pl.DataFrame({"code": list(self.kinds), "events": list(self.kinds.values())})
            notes.append(f"{sum(self.kinds.values()):,} events of unknown kinds not counted: {_list(kinds)}")
        if self.several:
            notes.append(f"{self.several:,} events name several countries on a side: counted once for each pair")
        if self.twice.events:
            told = sum(self.twice.events.values())
            notes.append(f"{told:,} events told again, in {len(self.twice.events):,} files: each counted once")
        lines: dict[str, int] = {}
        for about in self.abouts:
            for reason, number in (about.get("reasons") or {}).items():
                lines[reason] = lines.get(reason, 0) + number
        if lines:
            listed = ", ".join(f"{number:,} × {reason}" for reason, number in sorted(lines.items()))
            notes.append(f"{sum(lines.values()):,} broken lines set aside: {listed}")
        notes += _widths(self.abouts)
        failed = [about["file"] for about in self.abouts if about["failed"]]
        if failed:
            notes.append(f"{len(failed):,} of {len(self.abouts):,} files could not be read: {_some(failed)}")
        if self.left:
            years = ", ".join(f"{year}: {events:,}" for year, events in self.left.items())
            notes.append(
                f"{sum(self.left.values()):,} events of years that none of the files is of, told in retrospect, "
                f"left out ({years}); --years YEAR keeps them"
            )
        if self.aside:
            notes.append(f"{len(self.aside):,} files of the folder are no event files: {_some(self.aside)}")
        return tuple(notes)


def _widths(abouts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the files whose lines change their number of columns."""
    changing = {about["file"]: widths for about in abouts if len(widths := about.get("widths") or {}) > 1}
    if not changing:
        return []
    named = [f"{file} ({', '.join(f'{n:,} of {width}' for width, n in changing[file].items())})" for file in changing]
    return [f"the number of columns changes within {_some(named)}: all lines read, what is counted stands in the same"]


def _list(found: pl.DataFrame) -> str:
    """Name the commonest codes."""
    shown = ", ".join(f"{code} {events:,}" for code, events in found.head(NAMED).rows())
    rest = found["events"].slice(NAMED).sum()
    return shown + (f", {len(found) - NAMED:,} others {rest:,}" if rest else "")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")


def quarantine_of(account: Account, origin: str, provenance: Provenance) -> pl.DataFrame:
    """Return what was set aside as table ``quarantine``: lines, later tellings, files, unknown actors and kinds."""
    rows = [*_files(account), *_lines(account), *_twice(account), *_unknown(account, origin)]
    frame = pl.DataFrame(
        rows, schema={name: TABLES["quarantine"].columns[name].dtype for name in _COLUMNS}, orient="row"
    )
    return frame.with_columns(
        pl.lit(None, pl.Float64).alias("value_kusd"),
        pl.lit(provenance.source).alias("source"),
        pl.lit(provenance.version).alias("source_version"),
    ).select(list(TABLES["quarantine"].columns))


_COLUMNS = ("file", "row", "column", "value", "reason", "remedy", "raw")
_Row = tuple[str, int | None, str, str | None, str, str, str]


def _files(account: Account) -> list[_Row]:
    return [
        (about["file"], None, "", None, f"the file {failed['what']}", failed["remedy"], "{}")
        for about in account.abouts
        if (failed := about["failed"])
    ]


def _lines(account: Account) -> list[_Row]:
    rows: list[_Row] = []
    for about in account.abouts:
        kept: dict[str, int] = {}
        for fault in about.get("faults") or ():
            raw = json.dumps({"line": fault["raw"]}, ensure_ascii=False)
            rows.append((about["file"], fault["line"], fault["column"], fault["value"], fault["text"], fault["remedy"],
                         raw))  # fmt: skip
            kept[fault["text"]] = kept.get(fault["text"], 0) + 1
        for reason, number in (about.get("reasons") or {}).items():
            more = number - kept.get(reason, 0)
            if more:
                like = next(fault for fault in about["faults"] if fault["text"] == reason)
                rows.append((about["file"], None, like["column"], None, reason, like["remedy"],
                             json.dumps({"more_lines": more})))  # fmt: skip
    return rows


def _twice(account: Account) -> list[_Row]:
    twice = account.twice
    rows: list[_Row] = []
    reason, remedy = "told before: counted once", "nothing to do; or leave out the file that tells it again"
    shown: dict[int, int] = {}
    for file, line, number, first_file, first_line in twice.examples.rows():
        first = {"first_file": account.abouts[first_file]["file"], "first_line": first_line}
        rows.append((account.abouts[file]["file"], line, "event id", str(number), reason, remedy, json.dumps(first)))
        shown[file] = shown.get(file, 0) + 1
    for file, number in twice.events.items():
        if more := number - shown.get(file, 0):
            raw = json.dumps({"more_lines": more})
            rows.append((account.abouts[file]["file"], None, "event id", None, reason, remedy, raw))
    return rows


def _unknown(account: Account, origin: str) -> list[_Row]:
    rows: list[_Row] = []
    for kind, reason in ((UNKNOWN, "no known country"), (NOT_THEN, "the country did not exist in that year")):
        rows += [
            (origin, None, "actor or target", code, reason, _NOT_COUNTED, json.dumps({"events": events}))
            for code, events in account.codes(kind).rows()
        ]
    remedy = "counted in no pair; a code that lost its leading zero (36 for 036) has to be mended in the file"
    for code, events in account.kinds.items():
        rows.append((origin, None, "kind of event", code, "no known kind of event", remedy,
                     json.dumps({"events": events})))  # fmt: skip
    return rows
