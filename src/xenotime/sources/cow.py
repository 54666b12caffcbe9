"""The Correlates of War project: militarised disputes, direct contiguity, alliances, into table ``relations``.

Three sources, since each ends in its own year. Disputes: Palmer et al. (2022), "The MID5 Dataset, 2011-2014", Conflict
Management and Peace Science 39:470-482; two countries are in a dispute in a year when it goes on and they stand on
opposite sides, and each side's highest hostility in it is kept by direction. Contiguity: Stinnett et al. (2002),
"The Correlates of War Project Direct Contiguity Data, Version 3", same journal 19:58-66; spells spread over their
years. Alliances: Gibler (2009), International Military Alliances, 1648-2008; version 4.1 to 2012. An entente is a
promise to consult. Layouts are those of the project's own files and of R's peacesciencer, stated at each source below.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import SourceError
from xenotime.sources._relations import Pairs, relation_pieces
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import number
from xenotime.sources._whole_files import read_whole
from xenotime.sources._yearly import Taking, neither_0_nor_1, year_of
from xenotime.sources.base import Parsed, SourceInfo

_URL = "https://correlatesofwar.org/data-sets/"
_ABSENCE = (
    "in a year the file covers and between states of the Correlates of War; unknown after its last year and for "
    "territories (Hong Kong, Macao)"
)
#: Which rows of a layout are read: what they hold, the rules for them, and what is said of those left out.
Plan = tuple[Pairs, Sequence[Rule], pl.Expr, str]


@dataclass(frozen=True)
class Layout:
    """One form of a file: the columns it is known by, and how its rows are read."""

    columns: tuple[str, ...]
    plan: Callable[[Collection[str]], Plan]


@dataclass(frozen=True)
class CowSource:
    """A data set of the project, as `xenotime.sources.base.Source`."""

    INFO: SourceInfo
    edition: str
    layouts: Mapping[str, Layout]

    def fetch(self, folder: Path, **options: Any) -> list[Path]:
        """Download the data set; see `xenotime.sources._fetch.fetch_files`."""
        from xenotime.sources._fetch import fetch_files

        return fetch_files(self.INFO.name, folder, **options)

    def parse(
        self, path: Path, *, version: str | None = None, years: Collection[int] | None = None
    ) -> Iterator[Parsed]:
        """Read a file and yield one piece of table ``relations`` a year, from 1945.

        Parameters
        ----------
        path : Path
            ``.csv`` (also ``.gz``), ``.parquet`` or ``.dta``.
        version : str, optional
            Default: the edition the layout is that of.
        years : collection of int, optional
            Only these.

        Raises
        ------
        InputError
            No such file.
        SourceError
            None of the layouts, damaged, or none of the years asked for.
        """
        path = Path(path)
        rows = read_whole(path)
        columns = tuple(name for name in rows.columns if name != ROW)
        layout = next((layout for layout in self.layouts.values() if set(layout.columns) <= set(columns)), None)
        if layout is None:
            known = "; ".join(f"{name}: {', '.join(each.columns)}" for name, each in self.layouts.items())
            raise SourceError(
                f"not a file of {self.INFO.title}: it has {', '.join(columns[:12])}",
                where=str(path),
                remedy=f"layouts that are read: {known}; others through --source table and a mapping",
            )
        pairs, rules, kept, what = layout.plan(columns)
        left = rows.filter(~kept)
        notes = [f"{len(left):,} of {len(rows):,} rows {what} left out"] if len(left) else []
        rows = rows.filter(kept).with_columns(year_of(pairs.first).alias(":first"), year_of(pairs.last).alias(":last"))
        taking = Taking(self.INFO, version or self.edition, path, columns, years)
        yield from relation_pieces(rows, pairs, rules, taking, notes)


_ALL = pl.lit(True)


def _within(column: str, low: int, high: int, what: str) -> Rule:
    broken = ~number(column).is_in([float(level) for level in range(low, high + 1)]).fill_null(False)
    return Rule(broken, column, pl.col(column), f"no {what}", f"write {low} to {high}")


def _hostility(column: str) -> pl.Expr:
    level = number(column)
    return pl.when(level > 0).then(level)


def _disputes(one: str, other: str, dispute: str, levels: tuple[str, str], sides: tuple[str, str] | None) -> Layout:
    """Return a layout of disputes: one row a dispute, pair and year; hostility -9 is unknown."""

    def plan(_: Collection[str]) -> Plan:
        # -9 marks what is unknown; "no militarised action" is level 1, and 0 in some files.
        rules = [
            Rule(
                ~number(level).is_in([-9.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).fill_null(False),
                level,
                pl.col(level),
                "no level of hostility",
                "write 1 (none) to 5 (war), or -9 where unknown",
            )
            for level in levels
        ]
        kept, what = _ALL, ""
        if sides:
            rules += [neither_0_nor_1(column) for column in (*sides, "dispongoing")]
            against = number(sides[0]) != number(sides[1])
            kept = (against & (number("dispongoing") == 1)).fill_null(True)
            what = "on the same side, or not going on,"
        there = {"dispute": pl.lit(1.0), "dispute_hostility": _hostility(levels[0])}
        back = {"dispute": pl.lit(1.0), "dispute_hostility": _hostility(levels[1])}
        return Pairs(one, other, "year", "year", there, back, identity=(dispute,), exhaustive=True), rules, kept, what

    return Layout((one, other, "year", dispute, *levels, *(sides or ())), plan)


def _contiguity(one: str, other: str, first: str, last: str) -> Layout:
    """Return a layout of contiguity: a pair and year or spell; type 0 is far apart, the closest of a year counts."""

    def plan(_: Collection[str]) -> Plan:
        value = {"contiguity": number("conttype")}
        apart = (number("conttype") == 0).fill_null(False)
        pairs = Pairs(one, other, first, last, value, value, several="min", exhaustive=True)
        return pairs, [_within("conttype", 1, 5, "type of contiguity")], ~apart, "more than 400 miles apart"

    return Layout((one, other, "conttype", first, last), plan)


def _alliances() -> Layout:
    """Return the layout of alliances by pair and year; several treaties of a pair count together."""
    obligations = {
        "defence_pact": "defense",
        "neutrality_pact": "neutrality",
        "nonaggression_pact": "nonaggression",
        "consultation_pact": "entente",
    }

    def plan(columns: Collection[str]) -> Plan:
        values = {relation: number(column) for relation, column in obligations.items()}
        treaty = tuple(name for name in ("version4id",) if name in columns)
        rules = [neither_0_nor_1(column) for column in obligations.values()]
        return Pairs("ccode1", "ccode2", "year", "year", values, values, identity=treaty), rules, _ALL, ""

    return Layout(("ccode1", "ccode2", "year", *obligations.values()), plan)


DISPUTES = CowSource(
    SourceInfo(
        name="cow_disputes",
        title="Correlates of War, militarised interstate disputes by pair and year",
        producer="Correlates of War project",
        licence="free for research, to be cited",
        url=_URL + "mids",
        citation="Palmer, G. et al. (2022), The MID5 Dataset, 2011-2014, Conflict Management and Peace Science "
        "39:470-482",
        tables=("relations",),
        absence=f"no dispute, {_ABSENCE}",
    ),
    "MID, directed dyads",
    {
        "by directed pair, as in peacesciencer": _disputes(
            "ccode1", "ccode2", "dispnum", ("hostlev1", "hostlev2"), ("sidea1", "sidea2")
        ),
        "dyadic MID 4": _disputes("statea", "stateb", "disno", ("hihosta", "hihostb"), None),
    },
)
CONTIGUITY = CowSource(
    SourceInfo(
        name="cow_contiguity",
        title="Correlates of War, direct contiguity",
        producer="Correlates of War project",
        licence="free for research, to be cited",
        url=_URL + "direct-contiguity",
        citation="Stinnett, D. M., Tir, J., Schafer, P., Diehl, P. F. and Gochman, C. (2002), The Correlates of War "
        "Project Direct Contiguity Data, Version 3, Conflict Management and Peace Science 19:58-66",
        tables=("relations",),
        absence=f"more than 400 miles of water apart, {_ABSENCE}",
    ),
    "3.2",
    {
        "spells, as in peacesciencer": _contiguity("ccode1", "ccode2", "stdate", "enddate"),
        "master file (contdir)": _contiguity("statelno", "statehno", "begin", "end"),
        "by year (contdird)": _contiguity("state1no", "state2no", "year", "year"),
    },
)
ALLIANCES = CowSource(
    SourceInfo(
        name="cow_alliances",
        title="Correlates of War, formal alliances",
        producer="Correlates of War project",
        licence="free for research, to be cited",
        url=_URL + "formal-alliances",
        citation="Gibler, D. M. (2009), International Military Alliances, 1648-2008, CQ Press; version 4.1",
        tables=("relations",),
        absence=f"no pact, {_ABSENCE}",
    ),
    "4.1",
    {"by pair and year": _alliances()},
)
