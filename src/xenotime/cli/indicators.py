"""Choosing and writing indicator tables for the command line."""

from difflib import get_close_matches
from pathlib import Path

import polars as pl

from xenotime.core import InputError, atomic_path
from xenotime.networks import INDICATORS


def catalogue() -> pl.DataFrame:
    """One row an indicator: name, scope, unit, title."""
    return pl.DataFrame(
        [{"indicator": i.name, "scope": i.scope, "unit": i.unit, "title": i.title} for i in INDICATORS.values()]
    )


def select(table: pl.DataFrame, names: list[str], countries: list[str]) -> pl.DataFrame:
    """Keep the named indicators and countries; an unknown name is an error that offers the nearest."""
    for asked, known, what in (
        (names, list(INDICATORS), "indicator"),
        (countries, table["country"].drop_nulls().unique().sort().to_list(), "country"),
    ):
        for name in asked:
            if name not in known:
                near = ", ".join(get_close_matches(name, known, 3)) or "see `xenotime indicators --list`"
                raise InputError(f"no {what} {name!r}", remedy=f"did you mean: {near}?")
    if names:
        table = table.filter(pl.col("indicator").is_in(names))
    if countries:
        table = table.filter(pl.col("country").is_in(countries))
    return table


def write(table: pl.DataFrame, out: Path) -> None:
    """Write CSV or Parquet, by the file's ending."""
    if out.suffix not in (".csv", ".parquet"):
        raise InputError(f"cannot write {out.suffix or 'a file without an ending'!r}", remedy="use .csv or .parquet")
    with atomic_path(out) as aside:
        if out.suffix == ".csv":
            table.write_csv(aside)
        else:
            table.write_parquet(aside)
