"""ATOP: what allies promised each other, by pair and year, into table ``relations``.

Leeds, Ritter, Mitchell and Long (2002), "Alliance Treaty Obligations and Provisions, 1815-1944", International
Interactions 28:237-260; version 5.1 runs to 2018. Read are the dyad-year file (`atop5_1dy.csv`: mem1, mem2), the
directed one (`atop5_1ddyr.csv`: stateA, stateB) and the form of R's peacesciencer (ccode1, ccode2, atop_defense, …),
made from the directed one. In a directed file the obligation is the actor's towards the target: the United States are
bound to defend Japan, Japan is not bound to defend the United States. The undirected file does not say who is bound,
and is stored in both directions.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import SourceError
from xenotime.sources._relations import Pairs, relation_pieces
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import number
from xenotime.sources._whole_files import read_whole
from xenotime.sources._yearly import Taking, neither_0_nor_1, year_of
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="atop",
    title="Alliance Treaty Obligations and Provisions (ATOP)",
    producer="Leeds, Ritter, Mitchell and Long; Rice University",
    licence="free for research, to be cited",
    url="http://www.atopdata.org",
    citation="Leeds, B. A., Ritter, J. M., Mitchell, S. M. and Long, A. G. (2002), Alliance Treaty Obligations and "
    "Provisions, 1815-1944, International Interactions 28:237-260; version 5.1",
    tables=("relations",),
    absence="no pact, in a year the file covers and between states of the Correlates of War; unknown after its last "
    "year and for territories (Hong Kong, Macao)",
)
#: Columns with the two countries, by form of the file.
PAIRS = (("mem1", "mem2"), ("stateA", "stateB"), ("ccode1", "ccode2"))
#: Relation to the column that holds it, in ATOP's own files and in peacesciencer's.
OBLIGATIONS = {
    "defence_pact": "defense",
    "offence_pact": "offense",
    "neutrality_pact": "neutral",
    "nonaggression_pact": "nonagg",
    "consultation_pact": "consul",
}


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download ATOP; see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("atop", folder, **options)


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read a dyad-year file and yield one piece of table ``relations`` a year, from 1945.

    Parameters
    ----------
    path : Path
        ``.csv`` (also ``.gz``), ``.parquet`` or ``.dta``.
    version : str, optional
        Default "5.1".
    years : collection of int, optional
        Only these.

    Raises
    ------
    InputError
        No such file.
    SourceError
        Not a dyad-year file of ATOP, damaged, or none of the years asked for.
    """
    path = Path(path)
    rows = read_whole(path)
    columns = tuple(name for name in rows.columns if name != ROW)
    pair = next((pair for pair in PAIRS if set(pair) <= set(columns)), None)
    held = {relation: _column(name, columns) for relation, name in OBLIGATIONS.items()}
    if pair is None or "year" not in columns or None in held.values():
        raise SourceError(
            f"not a dyad-year file of ATOP: it has {', '.join(columns[:12])}",
            where=str(path),
            remedy="take atop5_1dy.csv or atop5_1ddyr.csv (mem1, mem2 or stateA, stateB; year; defense, offense, "
            "neutral, nonagg, consul), or read the file with --source table and a mapping",
        )
    named = {relation: str(column) for relation, column in held.items()}
    rows = rows.with_columns(year_of("year").alias(":first"), year_of("year").alias(":last"))
    directed = pair == PAIRS[1] or _both_orders(rows, pair)
    values = {relation: number(column) for relation, column in named.items()}
    yield from relation_pieces(
        rows,
        Pairs(*pair, "year", "year", values, None if directed else values),
        [neither_0_nor_1(column) for column in named.values()],
        Taking(INFO, version or "5.1", path, columns, years),
        ["obligations are the actor's towards the target" if directed else "who of a pair is bound is not in the file"],
    )


def _both_orders(rows: pl.DataFrame, pair: tuple[str, str]) -> bool:
    """Whether pairs stand in both orders, so that each row speaks for its first country."""
    one, other = pair
    swapped = rows.select("year", pl.col(one).alias(other), pl.col(other).alias(one))
    return not rows.join(swapped, on=["year", one, other], how="semi").is_empty()


def _column(name: str, columns: Collection[str]) -> str | None:
    return next((column for column in (name, f"atop_{name}") if column in columns), None)
