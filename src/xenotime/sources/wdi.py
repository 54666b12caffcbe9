"""World Bank, World Development Indicators: GDP in current dollars and population, into table ``country_year``.

Reads answers of API v2 (JSON: one indicator a file, all pages in one array) and the CSV extracts in common use: one
column an indicator (`iso3, year, gdp_current_usd`), or one row a value (`country_code, year, series, value`).
Aggregates (World, income groups, regions) stand among the countries in every one of them and are left out. Taiwan is
not in the World Bank's data at all; take it from elsewhere.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import SourceError
from xenotime.reference import to_iso3
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW, open_table, require_file
from xenotime.sources._whole import is_blank, no_country, number, piece, require, unknown_country
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="wdi",
    title="World Development Indicators",
    producer="World Bank",
    licence="CC BY 4.0",
    url="https://datatopics.worldbank.org/world-development-indicators",
    citation="World Bank, World Development Indicators",
    tables=("country_year",),
    absence="unknown: never zero",
)
#: Indicator to the column it fills.
SERIES = {"NY.GDP.MKTP.CD": "gdp_usd", "SP.POP.TOTL": "population"}
#: What extracts call the columns of an indicator.
WIDE = {"gdp_current_usd": "gdp_usd", "gdp_usd": "gdp_usd", "population": "population", **SERIES}
COUNTRY = ("iso3", "country_code", "Country Code", "countryiso3code")
#: What each value of the API's answer comes with.
_FIELDS = {"countryiso3code", "date", "indicator", "value"}
LONG = (("series", "value"), ("indicator", "value"), ("Series Code", "Value"))


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download GDP and population, one file each; see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("wdi", folder, **options)


def parse(path: Path, *, version: str | None = None) -> Iterator[Parsed]:
    """Read a file and yield one piece of table ``country_year``.

    Parameters
    ----------
    path : Path
        ``.json`` of the API, ``.csv`` (also ``.gz``), ``.parquet``.
    version : str, optional
        Default: the date of the World Bank's last update where the file says it, else "as downloaded".

    Yields
    ------
    Parsed
        A file with one indicator leaves the other column empty; the store fills the row from the other file of the
        same version.

    Raises
    ------
    InputError
        No such file.
    SourceError
        The API's error message, one page of several, neither GDP nor population in it, or damaged.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        rows, updated = _from_api(path)
    else:
        rows, updated = pl.concat(list(open_table(path).batches())), ""
    columns = [name for name in rows.columns if name != ROW]
    code = next((name for name in COUNTRY if name in columns), COUNTRY[0])
    require(columns, (code, "year"), where=str(path), what="an extract of the World Development Indicators")
    given = {name: column for name, column in WIDE.items() if name in columns}
    long = next(((series, value) for series, value in LONG if series in columns and value in columns), None)
    if not given and long is None:
        raise SourceError(
            "neither GDP nor population in it",
            where=str(path),
            remedy=f"fetch {' and '.join(SERIES)}, or name the columns through --source table and a mapping",
        )
    notes: list[str] = []
    if long is not None and not given:
        rows, given = _spread(rows, code, *long, path, notes)
    aggregates = no_country(rows[code], "iso3") | rows[code].is_null()
    notes += _left_out(rows, aggregates, "of regions and other aggregates")
    rows = rows.filter(~aggregates)
    empty = pl.all_horizontal([is_blank(name) for name in given])
    notes += _left_out(rows, rows.select(empty).to_series(), "without a value")
    rows = rows.filter(~empty)
    rows = rows.with_columns(to_iso3(rows[code], "iso3").alias("_country"))
    if "TWN" not in rows["_country"]:
        notes.append("Taiwan is not in the World Bank's data: its size is unknown here, not zero")
    rules = [
        unknown_country("_country", code),
        Rule(~number("year").is_between(1900, 2100).fill_null(False), "year", pl.col("year"), "not a year", "mend it"),
    ]
    for name in given:
        wrong = ~is_blank(name) & ~(number(name) >= 0).fill_null(False)
        rules.append(Rule(wrong, name, pl.col(name), "not a number, or negative", "mend the value"))
    filled = {column: number(name) for name, column in given.items()}
    yield piece(
        rows,
        rules,
        {
            "year": number("year"),
            "country": pl.col("_country"),
            **{column: filled.get(column, pl.lit(None)) for column in SERIES.values()},
        },
        name="country_year",
        columns=[name for name in rows.columns if name not in (ROW, "_country")],
        info=INFO,
        version=version or updated or "as downloaded",
        path=path,
        notes=notes,
    )


def _left_out(rows: pl.DataFrame, out: pl.Series, what: str) -> list[str]:
    return [f"{out.sum():,} of {len(rows):,} rows {what} left out"] if out.any() else []


def _spread(
    rows: pl.DataFrame, code: str, series: str, value: str, path: Path, notes: list[str]
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Turn rows of values into a column an indicator; the line kept is that of the first value."""
    ours = pl.col(series).is_in(list(SERIES))
    notes += _left_out(rows, rows.select(~ours).to_series(), "of other indicators")
    found = rows.filter(ours)
    if found.is_empty():
        raise SourceError(
            f"none of the indicators {', '.join(SERIES)} in column {series!r}",
            where=str(path),
            remedy="fetch GDP in current dollars and population",
        )
    wide = found.pivot(series, index=[code, "year"], values=value, aggregate_function="first").join(
        found.group_by(code, "year").agg(pl.col(ROW).min()), on=[code, "year"], how="left"
    )
    return wide, {name: column for name, column in SERIES.items() if name in wide.columns}


def _from_api(path: Path) -> tuple[pl.DataFrame, str]:
    """Return rows of one indicator or more, and the date of the World Bank's last update."""
    require_file(path)
    try:
        answer: Any = json.loads(path.read_bytes())
    except ValueError as error:
        raise SourceError(f"not JSON: {error}", where=str(path), remedy="download it again, whole") from error
    if isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], dict) and "message" in answer[0]:
        said = "; ".join(str(message.get("value", message)) for message in answer[0]["message"])
        raise SourceError(
            f"the World Bank answered with an error: {said}", where=str(path), remedy="check indicator and country"
        )
    if not (isinstance(answer, list) and len(answer) == 2 and isinstance(answer[0], dict)):
        raise SourceError("not an answer of the World Bank's API v2", where=str(path), remedy="fetch it again")
    about, records = answer
    if int(about.get("pages", 1)) > 1:
        raise SourceError(
            f"page {about.get('page', 1)} of {about['pages']}: {len(records or [])} of {about.get('total')} values",
            where=str(path),
            remedy="fetch with per_page=20000, or fewer years",
        )
    if not records:
        raise SourceError("the answer holds no rows", where=str(path), remedy="check indicator, country and dates")
    if not all(isinstance(record, dict) and set(record) >= _FIELDS for record in records):
        raise SourceError(
            f"its values do not have {', '.join(sorted(_FIELDS))}: not an answer of the World Bank's API v2",
            where=str(path),
            remedy="fetch it again",
        )
    values = [
        (record["countryiso3code"] or None, str(record["date"]), record["indicator"]["id"], _text(record["value"]))
        for record in records
    ]
    rows = pl.DataFrame(
        values, schema=dict.fromkeys(("countryiso3code", "year", "indicator", "value"), pl.String), orient="row"
    )
    return rows.with_columns(pl.lit(None, pl.Int64).alias(ROW)), str(about.get("lastupdated", ""))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
