"""Countries by date, and the codes and names that sources write for them (convention 1).

A row of `countries` is a country or territory with an ISO 3166 alpha-3 code; states that ended since 1988 keep their
row, with the year and their successors. `valid_from` and `valid_to` are the first and last year *at whose end* it
existed (empty: before 1988, and still), so no year counts a state and its successor twice. The windows of `codes`
follow the source instead: Comtrade reports Sudan with South Sudan as 736 up to 2011.
"""

import contextlib
import re
import unicodedata
from functools import cache

import polars as pl

from xenotime.core import InputError
from xenotime.reference.files import table

SCHEMES = ("baci", "comtrade", "m49", "iso2", "iso3", "name", "cow", "cameo")
NUMERIC = frozenset({"baci", "comtrade", "m49", "cow"})

_COUNTRIES = {
    "iso3": pl.String,
    "m49": pl.String,
    "name": pl.String,
    "region": pl.String,
    "subregion": pl.String,
    "capital": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "valid_from": pl.Int16,
    "valid_to": pl.Int16,
    "successors": pl.String,
    "source": pl.String,
}
_CODES = {
    "scheme": pl.String,
    "code": pl.String,
    "iso3": pl.String,
    "kind": pl.String,
    "valid_from": pl.Int16,
    "valid_to": pl.Int16,
    "note": pl.String,
}
_NAMES = {"name": pl.String, "iso3": pl.String, "kind": pl.String, "source": pl.String}


def countries() -> pl.DataFrame:
    """Return the dated country table, one row a country or territory.

    Returns
    -------
    polars.DataFrame
        `iso3`, `m49` (three digits; null for Kosovo), `name`, `region`, `subregion`, `capital`, `lat`, `lon` (degrees),
        `valid_from`, `valid_to` (first and last year at whose end it existed; null = before 1988, still),
        `successors` (comma-separated ISO3), `source`.
    """
    return table("countries", _COUNTRIES)


def existing(year: int) -> tuple[str, ...]:
    """Return the ISO3 codes of the countries and territories that existed at the end of `year`, sorted."""
    found = countries().filter(pl.col("valid_from").fill_null(0) <= year, pl.col("valid_to").fill_null(9999) >= year)
    return tuple(found["iso3"].sort())


@cache
def _names() -> dict[str, str]:
    return dict(countries().select("iso3", "name").iter_rows())


def country_names() -> dict[str, str]:
    """Return ISO3 to short name, for figures and tables ("China", "Viet Nam", "Taiwan")."""
    return dict(_names())


def codes(scheme: str) -> pl.DataFrame:
    """Return every code of a scheme with the country it stands for.

    Parameters
    ----------
    scheme : {"baci", "comtrade", "m49", "iso2", "iso3", "name", "cow", "cameo"}
        ``"baci"`` and ``"comtrade"`` also hold the plain M49 numbers (840) beside their own (842).

    Returns
    -------
    polars.DataFrame
        `code`, `iso3` (null = not a country), `kind` ("country", "area", "world", "aggregate"), `valid_from`,
        `valid_to`, `note`.

    Raises
    ------
    InputError
        Unknown scheme.
    """
    if scheme not in SCHEMES:
        raise InputError(f"unknown code scheme {scheme!r}", remedy=f"use one of {', '.join(SCHEMES)}")
    if scheme == "name":
        year = pl.lit(None, pl.Int16)
        return table("country_names", _NAMES).select(
            pl.col("name").alias("code"),
            "iso3",
            "kind",
            year.alias("valid_from"),
            year.alias("valid_to"),
            pl.col("source").alias("note"),
        )
    return table("country_codes", _CODES).filter(pl.col("scheme") == scheme).drop("scheme")


def normalised_name(name: str) -> str:
    """Return a country name without case, accents, punctuation and UTF-8 read as Latin-1 ("CÃ´te d'Ivoire")."""
    for encoding in ("cp1252", "latin-1"):
        with contextlib.suppress(UnicodeError):
            name = name.encode(encoding).decode("utf-8")
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    plain = re.sub(r"['’`.]", "", plain.replace("&", " and "))
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


def _key(value: str, scheme: str) -> str:
    if scheme == "name":
        return normalised_name(value)
    value = value.strip()
    if scheme in NUMERIC:
        # Whole numbers that passed through a float column read "842.0".
        return value.removesuffix(".0").lstrip("0") or "0"
    return value.upper()


@cache
def _lookup(scheme: str) -> dict[str, str]:
    found = codes(scheme).filter(pl.col("iso3").is_not_null())
    return {_key(code, scheme): iso3 for code, iso3 in found.select("code", "iso3").iter_rows()}


def to_iso3(series: pl.Series, scheme: str) -> pl.Series:
    """Translate codes of a scheme to ISO3.

    Blanks, leading zeros and case do not matter; under ``"name"`` neither do accents and punctuation. The work is done
    on the distinct values, so ten million rows cost one look-up a row.

    Parameters
    ----------
    series : polars.Series
        Codes, text or whole numbers.
    scheme : str
        As in `codes`.

    Returns
    -------
    polars.Series
        Same name and length; null where the code is unknown or not a country. `codes` tells which of the two.

    Raises
    ------
    InputError
        Unknown scheme.
    """
    codes(scheme)
    lookup = _lookup(scheme)
    distinct = series.unique().drop_nulls()
    iso3 = pl.Series([lookup.get(_key(str(value), scheme)) for value in distinct], dtype=pl.String)
    return series.replace_strict(distinct, iso3, default=None, return_dtype=pl.String)
