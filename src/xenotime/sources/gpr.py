"""Geopolitical risk as newspapers tell of it, yearly means of monthly indices, into table ``country_indices``.

Caldara and Iacoviello (2022), "Measuring Geopolitical Risk", American Economic Review 112:1194-1225. Read are the
authors' monthly file (`month`, `GPR`, and `GPRC_USA`, … for countries; Stata, or the workbook saved as CSV) and
extracts with `year, month, gpr`. The index of the world is 100 on the mean of 1985-2019; that of a country is the share
of articles, in per cent. A year is the mean of the months there are, and which years lack some is said.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, SourceError
from xenotime.reference import to_iso3
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import number
from xenotime.sources._whole_files import read_whole
from xenotime.sources._yearly import FIRST_YEAR, Taking, not_a_year, not_finite_number, part, pieces, year_of
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="gpr",
    title="Geopolitical Risk Index",
    producer="Caldara and Iacoviello",
    licence="free, to be cited",
    url="https://www.matteoiacoviello.com/gpr.htm",
    citation="Caldara, D. and Iacoviello, M. (2022), Measuring Geopolitical Risk, American Economic Review "
    "112:1194-1225",
    tables=("country_indices",),
    absence="unknown: never zero",
)
_WORLD = ("GPR", "gpr")
_COUNTRY = ("GPRC_", "gprc_")
_MONTHS = 12


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download the monthly indices; see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("gpr", folder, **options)


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read monthly indices and yield one piece of table ``country_indices`` a year.

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
        No such file, or a workbook.
    SourceError
        Not a monthly file of the index, damaged, or none of the years asked for.
    """
    path = Path(path)
    if path.suffix.lower() in (".xls", ".xlsx"):
        raise InputError(
            "workbooks are not read", where=str(path), remedy="save the sheet as CSV, or take data_gpr_export.dta"
        )
    rows = read_whole(path)
    columns = tuple(name for name in rows.columns if name != ROW)
    indices = _indices(columns)
    if "month" not in columns or not indices:
        raise SourceError(
            f"no monthly file of geopolitical risk: it has {', '.join(columns[:12])}",
            where=str(path),
            remedy="give data_gpr_export.dta, its workbook saved as CSV, or an extract with year, month, gpr",
        )
    dated = "year" if "year" in columns else "month"
    typed = rows.with_columns(_year(dated).alias(":year"), _month(dated).alias(":month"))
    rules = [
        not_a_year(":year", dated),
        Rule(
            ~pl.col(":month").is_between(1, _MONTHS).fill_null(False), "month", pl.col("month"), "not a month",
            "write it as 1998-10-01, 1998m10, or 10 beside the year",
        ),
        *(not_finite_number(name) for name in indices),
        *(Rule((number(name) < 0).fill_null(value=False), name, pl.col(name), "below 0",
               "the index counts articles: mend the sign, or leave it empty") for name in indices),
    ]  # fmt: skip
    taking = Taking(INFO, version or "as downloaded", path, columns, years)
    good, aside = part(typed, rules, taking, ":year")
    again = Rule(
        ~pl.struct(":year", ":month").is_first_distinct(),
        "month",
        pl.col("month"),
        "repeats an earlier month",
        "keep one of them; the first was taken",
    )
    good, repeated = part(good.sort(ROW), [again], taking, ":year")
    long = (
        good.filter(pl.col(":year") >= FIRST_YEAR)
        .select(pl.col(":year").alias("year"), *(number(name).alias(name) for name in indices))
        .unpivot(list(indices), index="year", variable_name="of")
        .drop_nulls("value")
    )
    means = long.group_by("year", "of").agg(pl.col("value").mean(), pl.len().alias("months"))
    frame = means.select(
        "year",
        country=pl.col("of").replace_strict(indices, return_dtype=pl.String),
        index=pl.lit("gpr"),
        value=pl.col("value"),
    )
    yield from pieces(
        frame,
        pl.concat([aside, repeated]),
        frame["year"].unique().to_list(),
        taking,
        table="country_indices",
        notes=["yearly means of monthly values", *_said(means, indices, columns)],
    )


def _indices(columns: Collection[str]) -> dict[str, str | None]:
    """Return column to country; None is the world."""
    found: dict[str, str | None] = {name: None for name in _WORLD if name in columns}
    of = [name for name in columns if name.startswith(_COUNTRY)]
    codes = to_iso3(pl.Series([name[5:] for name in of], dtype=pl.String), "iso3")
    return found | {name: iso3 for name, iso3 in zip(of, codes, strict=True) if iso3 is not None}


def _said(means: pl.DataFrame, indices: dict[str, str | None], columns: Collection[str]) -> list[str]:
    """Name the years that lack months, and the columns of no known country."""
    short = means.group_by("year").agg(pl.col("months").max()).filter(pl.col("months") < _MONTHS).sort("year")
    said = [f"{year}: mean of {months} months" for year, months in short.iter_rows()]
    unknown = [name for name in columns if name.startswith(_COUNTRY) and name not in indices]
    return said + ([f"of no country known here: {', '.join(unknown)}"] if unknown else [])


def _year(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    slashed = text.str.extract(r"^[0-9]{1,2}/[0-9]{1,2}/([0-9]{4})$")
    return pl.coalesce(slashed.cast(pl.Int32), year_of(column), text.str.extract(r"^([0-9]{4})[-m]").cast(pl.Int32))


def _month(dated: str) -> pl.Expr:
    """Return the month: alone, of a date, or of a date with slashes, whose day is the first of the month."""
    text = pl.col("month").str.strip_chars()
    if dated == "year":
        return text.str.replace(r"\.0+$", "").cast(pl.Int32, strict=False)
    dashed = text.str.extract(r"^[0-9]{4}[-m]?([0-9]{1,2})").cast(pl.Int32, strict=False)
    first = text.str.extract(r"^([0-9]{1,2})/[0-9]{1,2}/[0-9]{4}$").cast(pl.Int32, strict=False)
    second = text.str.extract(r"^[0-9]{1,2}/([0-9]{1,2})/[0-9]{4}$").cast(pl.Int32, strict=False)
    return pl.coalesce(pl.when(first == 1).then(second).when(second == 1).then(first), dashed)
