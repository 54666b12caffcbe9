"""Sanctions of one country against another, into table ``relations``: the Global Sanctions Data Base.

Felbermayr, Kirilakha, Syropoulos, Yalcin and Yotov (2020), "The Global Sanctions Data Base", European Economic Review
129:103561; Syropoulos et al. (2024) for release 4, to 2023. Two forms are read: the dyadic file (one row a pair and
year, ISO3 codes) and the file of cases (names of states, `begin`, `end`). In the file of cases a cell may name several
states; "EU" stands for its members in each year, and what is no state ("UN", "League of Nations") is set aside and
named. What kinds of sanctions count can be chosen; by default all do, trade sanctions among them.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, SourceError
from xenotime.reference import blocs, country_names, to_iso3
from xenotime.sources._relations import Pairs, relation_pieces
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import number
from xenotime.sources._whole_files import read_whole
from xenotime.sources._yearly import Taking, neither_0_nor_1, year_of
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="sanctions",
    title="Global Sanctions Data Base",
    producer="Felbermayr, Kirilakha, Syropoulos, Yalcin and Yotov",
    licence="free for research on request, to be cited",
    url="https://www.globalsanctionsdatabase.com",
    citation="Felbermayr, G., Kirilakha, A., Syropoulos, C., Yalcin, E. and Yotov, Y. V. (2020), The Global Sanctions "
    "Data Base, European Economic Review 129:103561",
    tables=("relations",),
    absence="no sanctions, in a year the file covers; unknown after its last year",
)
#: Kinds of sanctions, each a column of 0 and 1.
KINDS = ("arms", "military", "trade", "financial", "travel", "other")
_DYADIC = ("sanctioning_state_iso3", "sanctioned_state_iso3", "year")
_CASES = ("sanctioning_state", "sanctioned_state", "begin", "end")
#: Columns a file is known by.
LAYOUTS = ((*_DYADIC, *KINDS), (*_CASES, *KINDS))
#: Bodies that stand for their members, and the bloc of `xenotime.reference` that lists these.
BODIES = {"EU": "EU", "European Union": "EU"}


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Refuse: the producers send the data on request."""
    raise InputError(
        "the Global Sanctions Data Base is sent on request: there is nothing to fetch",
        remedy=f"ask for it at {INFO.url} and give the file to `xenotime ingest FILE --source sanctions`",
    )


def parse(
    path: Path,
    *,
    version: str | None = None,
    years: Collection[int] | None = None,
    kinds: Collection[str] | None = None,
) -> Iterator[Parsed]:
    """Read sanctions and yield one piece of table ``relations`` a year.

    Parameters
    ----------
    path : Path
        ``.csv`` (also ``.gz``), ``.parquet`` or ``.dta``.
    version : str, optional
        Default "as downloaded".
    years : collection of int, optional
        Only these.
    kinds : collection of str, optional
        Of `KINDS`; all without it.

    Raises
    ------
    InputError
        No such file, or an unknown kind.
    SourceError
        Neither of the two forms, damaged, or none of the years asked for.
    """
    path = Path(path)
    wanted = tuple(KINDS if kinds is None else kinds)
    unknown = [kind for kind in wanted if kind not in KINDS]
    if unknown or not wanted:
        raise InputError(f"no kind of sanctions {unknown or 'given'}", remedy=f"kinds are {', '.join(KINDS)}")
    rows = read_whole(path)
    columns = tuple(name for name in rows.columns if name != ROW)
    dyadic = set(_DYADIC) <= set(columns)
    if not set(KINDS) <= set(columns) or not (dyadic or set(_CASES) <= set(columns)):
        raise SourceError(
            f"not a file of the Global Sanctions Data Base: it has {', '.join(columns[:12])}",
            where=str(path),
            remedy=f"columns that are read: {', '.join((*_DYADIC, *KINDS))}, or {', '.join((*_CASES, *KINDS))}; others "
            "through --source table and a mapping",
        )
    held = pl.max_horizontal(number(kind).fill_null(0) for kind in wanted)
    taking = Taking(INFO, version or "as downloaded", path, columns, years)
    rules = [neither_0_nor_1(kind) for kind in KINDS]
    notes = [f"sanctions counted: {', '.join(wanted)}"]
    if dyadic:
        rows = rows.with_columns(year_of("year").alias(":first"), year_of("year").alias(":last"))
        pairs = Pairs(*_DYADIC, "year", {"sanction": held}, scheme="iso3")
        yield from relation_pieces(rows, pairs, rules, taking, notes)
        return
    rows = rows.with_columns(year_of("begin").alias(":first"), year_of("end").alias(":last"))
    identity = tuple(name for name in ("case_id",) if name in columns)
    pairs = Pairs(*_CASES, {"sanction": held}, scheme="name", identity=identity, exhaustive=True)
    yield from relation_pieces(_parties(rows), pairs, rules, taking, notes)


def _parties(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row a pair of parties: cells that name several are parted, the EU stands for its members by year."""
    for column in _CASES[:2]:
        rows = rows.with_columns(_parted(rows[column])).explode(column)
    for column in _CASES[:2]:
        rows = _members(rows, column)
    return rows


def _parted(cells: pl.Series) -> pl.Series:
    """Return the names in each cell; a name that holds a comma itself ("Korea, North") stays whole."""
    distinct = cells.unique().drop_nulls()
    whole = dict(zip(distinct, to_iso3(distinct, "name"), strict=True))
    names = {cell: [cell] if iso3 else [part.strip() for part in cell.split(",")] for cell, iso3 in whole.items()}
    return pl.Series(cells.name, [names.get(cell, [cell]) for cell in cells], dtype=pl.List(pl.String))


def _members(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Put the members of a body in its place, each for the years of its membership."""
    inside = pl.col(column).is_in(list(BODIES)).fill_null(False)
    spells = (
        blocs()
        .filter(pl.col("bloc").is_in(list(BODIES.values())))
        .select(
            pl.col("bloc").alias(":bloc"),
            pl.col("iso3").replace_strict(country_names()).alias(":member"),
            pl.col("joined").dt.year().cast(pl.Int32).alias(":joined"),
            pl.col("left").dt.year().cast(pl.Int32).fill_null(9999).alias(":left"),
        )
    )
    spread = (
        rows.filter(inside)
        .with_columns(pl.col(column).replace(BODIES).alias(":bloc"))
        .join(spells, on=":bloc")
        .with_columns(
            pl.col(":member").alias(column),
            pl.max_horizontal(":first", ":joined").alias(":first"),
            pl.min_horizontal(":last", ":left").alias(":last"),
        )
        .filter((pl.col(":first") <= pl.col(":last")).fill_null(True))
    )
    return pl.concat([rows.filter(~inside), spread.select(rows.columns)])
