"""Regional trade agreements in force, by pair and year, into table ``relations``.

Egger and Larch (2008), "Interdependent Preferential Trade Agreement Memberships: An Empirical Analysis", Journal of
International Economics 76:384-399: Mario Larch's database lists every pair and year with 0 or 1 (`exporter, importer,
year, rta`, and the kinds of agreement beside it). A pair-year extract of CEPII's Gravity (`iso3_o, iso3_d, year,
fta_wto`) is read too; the whole of Gravity is `--source gravity`. An agreement holds in both directions. Agreements on
services alone count where the file counts them.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, SourceError
from xenotime.sources._relations import Pairs, relation_pieces
from xenotime.sources._tabular import ROW, open_table
from xenotime.sources._whole import number
from xenotime.sources._whole_files import read_whole
from xenotime.sources._yearly import Taking, neither_0_nor_1, year_of
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="rta",
    title="Mario Larch's Regional Trade Agreements Database",
    producer="Mario Larch, University of Bayreuth",
    licence="free for research, to be cited",
    url="https://www.ewf.uni-bayreuth.de/en/research/RTA-data/index.html",
    citation="Egger, P. H. and Larch, M. (2008), Interdependent Preferential Trade Agreement Memberships: An Empirical "
    "Analysis, Journal of International Economics 76:384-399",
    tables=("relations",),
    absence="no agreement, in a year the file covers; unknown after its last year",
)
#: Columns of the two countries, the year and the mark, by form of the file.
LAYOUTS = (("exporter", "importer", "year", "rta"), ("iso3_o", "iso3_d", "year", "fta_wto"))


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Refuse: each edition lies under an address of its own."""
    raise InputError(
        "each edition of the database lies under an address of its own: there is nothing to fetch",
        remedy=f"take the file from {INFO.url} and give it to `xenotime ingest FILE --source rta`",
    )


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read a file of pairs and years and yield one piece of table ``relations`` a year.

    Parameters
    ----------
    path : Path
        ``.csv`` (also ``.gz``), ``.parquet`` or ``.dta``.
    version : str, optional
        Default "as downloaded".
    years : collection of int, optional
        Only these.

    Raises
    ------
    InputError
        No such file.
    SourceError
        Neither of the layouts, damaged, or none of the years asked for.
    """
    path = Path(path)
    batches, columns = _batches(path)
    layout = next((layout for layout in LAYOUTS if set(layout) <= set(columns)), None)
    if layout is None:
        raise SourceError(
            f"not a file of trade agreements: it has {', '.join(columns[:12])}",
            where=str(path),
            remedy=f"columns that are read: {' or '.join(', '.join(each) for each in LAYOUTS)}; others through "
            "--source table and a mapping",
        )
    one, other, year, mark = layout
    rows, notes = _read(batches, layout, path)
    covered = sorted(set(rows.filter(pl.col(":zero"))[":first"].drop_nulls().to_list()))
    value = {"trade_agreement": number(mark)}
    yield from relation_pieces(
        _telling(rows, layout),
        Pairs(one, other, year, year, value, value, scheme="iso3", covers=tuple(covered)),
        [neither_0_nor_1(mark)],
        Taking(INFO, version or "as downloaded", path, layout, years),
        notes,
    )


def _batches(path: Path) -> tuple[Iterator[pl.DataFrame], tuple[str, ...]]:
    if path.suffix.lower() == ".dta":
        whole = read_whole(path)
        return iter([whole]), tuple(name for name in whole.columns if name != ROW)
    opened = open_table(path)
    return opened.batches(), opened.columns


def _read(batches: Iterator[pl.DataFrame], layout: tuple[str, ...], path: Path) -> tuple[pl.DataFrame, list[str]]:
    """Return the needed columns of all rows between two countries, and what was left out."""
    one, other, year, mark = layout
    kept, home = [], 0
    for batch in batches:
        apart = (pl.col(one) != pl.col(other)).fill_null(True)
        rows = batch.select(ROW, *layout).filter(apart)
        home += batch.height - rows.height
        kept.append(
            rows.with_columns(
                year_of(year).alias(":first"),
                year_of(year).alias(":last"),
                (number(mark) == 0).fill_null(False).alias(":zero"),
            )
        )
    if not any(len(rows) for rows in kept):
        raise SourceError("the file has a header and no rows", where=str(path), remedy="bring the whole file")
    return pl.concat(kept), [f"{home:,} rows of a country with itself left out"] if home else []


def _telling(rows: pl.DataFrame, layout: tuple[str, ...]) -> pl.DataFrame:
    """Return rows without the zeros that nothing contradicts: of millions of pairs and years few have an agreement."""
    one, other, year, _ = layout
    others = rows.filter(~pl.col(":zero"))
    said = pl.concat(
        [others.select(one, other, year), others.select(pl.col(other).alias(one), pl.col(one).alias(other), year)]
    ).unique()
    zeros = rows.filter(":zero").join(said, on=[one, other, year], how="semi")
    return pl.concat([others, zeros]).sort(ROW)
