"""Countries by date: which rows name a country in a year in which it did not exist.

`xenotime.reference.countries` gives the first and last year of each country, `codes` the years in which a source used a
code. A row is held to the wider of the two. One year beside it is the habit of customs offices (the USSR reported on
1991); more is a wrong code or a wrong year, and would put trade on a country that a network of that year does not have.
"""

from functools import cache

import polars as pl

from xenotime.reference import codes, countries
from xenotime.sources._money import dollars

#: Years beside a country's own that a row may lie and still be kept (and noted).
TOLERANCE = 1
_FIRST, _LAST = 0, 9999
_NUMERIC = ("baci", "comtrade", "m49", "cow")
#: ISO 3166-3: CS was Czechoslovakia's code up to 1992 and later that of Serbia and Montenegro.
_REUSED = {"iso2": ("CS", 1993, "SCG")}


def after_reuse(iso3: pl.Expr, code: pl.Expr, year: pl.Expr, scheme: str) -> pl.Expr:
    """Return the country of a code that two countries had one after the other, by year; others as they are."""
    if scheme not in _REUSED:
        return iso3
    reused, since, country = _REUSED[scheme]
    return pl.when((code.str.to_uppercase() == reused) & (year >= since)).then(pl.lit(country)).otherwise(iso3)


def beside_dates(rows: pl.DataFrame, value_kusd: pl.Expr) -> str:
    """Say how many rows, and what value, were kept that lie within the tolerance of their country's dates."""
    worth = float(rows.select(value_kusd.sum()).item())
    return beside_note(len(rows), worth)


def beside_note(rows: int, kusd: float) -> str:
    """Put the count and the value of such rows into words."""
    return f"{rows:,} rows ({dollars(kusd)}) kept of countries in the year before they began or after they ended"


def years_outside(code: pl.Series, iso3: pl.Series, year: pl.Series, scheme: str) -> pl.Series:
    """Return by how many years each row misses the dates of its country: 0 inside, or where nothing is dated.

    Parameters
    ----------
    code : polars.Series of str
        As in the file.
    iso3 : polars.Series of str
        The country it stands for.
    year : polars.Series of int
    scheme : str
        As in `xenotime.reference.codes`.
    """
    rows = pl.DataFrame({"iso3": iso3, "code": _plain(code, scheme), "year": year.cast(pl.Int32)})
    # A code without dates of its own leaves the country's; one with dates widens them.
    joined = rows.join(_country_dates(), on="iso3", how="left", maintain_order="left").join(
        _code_dates(scheme), on="code", how="left", maintain_order="left"
    )
    first = pl.min_horizontal(pl.col("first").fill_null(_FIRST), "code_first")
    last = pl.max_horizontal(pl.col("last").fill_null(_LAST), "code_last")
    off = pl.max_horizontal(first - pl.col("year"), pl.col("year") - last, pl.lit(0)).fill_null(0)
    return joined.select(off.alias("off")).to_series()


def _plain(code: pl.Series, scheme: str) -> pl.Series:
    if scheme in _NUMERIC:
        return code.cast(pl.String).str.strip_chars().str.replace(r"\.0$", "").str.strip_chars_start("0")
    return code.cast(pl.String).str.strip_chars().str.to_uppercase()


@cache
def _country_dates() -> pl.DataFrame:
    dated = pl.col("valid_from").is_not_null() | pl.col("valid_to").is_not_null()
    return countries().filter(dated).select("iso3", *_filled("first", "last"))


@cache
def _code_dates(scheme: str) -> pl.DataFrame:
    dated = pl.col("valid_from").is_not_null() | pl.col("valid_to").is_not_null()
    found = codes(scheme).filter(dated & pl.col("iso3").is_not_null())
    return found.select(_plain(found["code"], scheme).alias("code"), *_filled("code_first", "code_last")).unique(
        "code", keep="first", maintain_order=True
    )


def _filled(first: str, last: str) -> list[pl.Expr]:
    return [
        pl.col("valid_from").cast(pl.Int32).fill_null(_FIRST).alias(first),
        pl.col("valid_to").cast(pl.Int32).fill_null(_LAST).alias(last),
    ]
