"""Strategic rivalries, into table ``relations``: two countries that see each other as competitors and threats.

Thompson, Sakuwa and Suhas (2021), "Analyzing Strategic Rivalries in World Politics", in the layout of R's
peacesciencer: one row a rivalry with the codes of the two states and its first and last year. The layout of the
producers' own file is not public: save it with the four columns `ccode1, ccode2, start, end`. Rivalries that go on end
in the last year coded.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError
from xenotime.sources._relations import Pairs, relation_pieces
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import require
from xenotime.sources._whole_files import read_whole
from xenotime.sources._yearly import Taking, year_of
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="rivalries",
    title="Strategic rivalries",
    producer="Thompson, Sakuwa and Suhas",
    licence="free for research, to be cited",
    url="https://doi.org/10.1007/978-981-16-6671-1",
    citation="Thompson, W. R., Sakuwa, K. and Suhas, P. H. (2021), Analyzing Strategic Rivalries in World Politics, "
    "Springer",
    tables=("relations",),
    absence="no rivals, in a year the file covers and between states of the Correlates of War; unknown after its last "
    "year and for territories (Hong Kong, Macao)",
)
COLUMNS = ("ccode1", "ccode2", "start", "end")


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Refuse: the rivalries come with R's peacesciencer, not as a file of their own."""
    raise InputError(
        "the rivalries are not to be had as a file: there is nothing to fetch",
        remedy='in R: write.csv(peacesciencer::tss_rivalries, "rivalries.csv"); then `xenotime ingest rivalries.csv '
        "--source rivalries`",
    )


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read a file of spells and yield one piece of table ``relations`` a year, from 1945.

    Parameters
    ----------
    path : Path
        ``.csv`` (also ``.gz``), ``.parquet`` or ``.dta``.
    version : str, optional
        Default "2021".
    years : collection of int, optional
        Only these.

    Raises
    ------
    InputError
        No such file.
    SourceError
        Without the columns, damaged, or none of the years asked for.
    """
    path = Path(path)
    rows = read_whole(path)
    columns = tuple(name for name in rows.columns if name != ROW)
    require(columns, COLUMNS, where=str(path), what="a file of rivalries (ccode1, ccode2, start, end)")
    value = {"rivalry": pl.lit(1.0)}
    yield from relation_pieces(
        rows.with_columns(year_of("start").alias(":first"), year_of("end").alias(":last")),
        Pairs("ccode1", "ccode2", "start", "end", value, value, exhaustive=True),
        [],
        Taking(INFO, version or "2021", path, columns, years),
    )
