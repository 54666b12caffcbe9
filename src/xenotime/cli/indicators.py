"""Choosing, describing and writing indicator tables for the command line."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from xenotime.cli.output import print_table
from xenotime.core import InputError, atomic_path
from xenotime.networks import INDICATORS

if TYPE_CHECKING:
    from xenotime.studies import TradeStudy

#: More rows than this are for a file, not for a screen.
SCREEN = 200


def catalogue() -> pl.DataFrame:
    """One row an indicator: name, scope, unit, title."""
    return pl.DataFrame(
        [{"indicator": i.name, "scope": i.scope, "unit": i.unit, "title": i.title} for i in INDICATORS.values()]
    )


def select(table: pl.DataFrame, names: list[str], countries: list[str]) -> pl.DataFrame:
    """Keep the named indicators and countries; an indicator of the world has no country and stays.

    Raises
    ------
    InputError
        An unknown name, with the nearest ones.
    """
    for name in names:
        if name not in INDICATORS:
            near = [known for known in INDICATORS if name in known] or get_close_matches(name, INDICATORS, 3)
            raise InputError(
                f"no indicator {name!r}",
                remedy=f"did you mean {', '.join(near)}?" if near else "see `xenotime indicators --list`",
            )
    held = table["country"].drop_nulls().unique().sort().to_list()
    for country in countries:
        if country not in held:
            near = get_close_matches(country.upper(), held, 3)
            hint = f"did you mean {', '.join(near)}?" if near else f"countries here: {', '.join(held)}"
            raise InputError(f"no country {country!r} in these networks", remedy=f"{hint} (ISO 3166 alpha-3)")
    if names:
        table = table.filter(pl.col("indicator").is_in(names))
    if countries:
        of_world = pl.col("country").is_null() if names else pl.lit(False)
        table = table.filter(pl.col("country").is_in(countries) | of_world)
    return table


def described(table: pl.DataFrame, study: "TradeStudy") -> pl.DataFrame:
    """Add to each row its unit, the rule of the ties and the source of the flows (convention 9)."""
    units = {name: indicator.unit for name, indicator in INDICATORS.items()}
    settings = ", ".join(f"{name}={value}" for name, value in study.rule_parameters.items())
    return table.with_columns(
        unit=pl.col("indicator").replace_strict(units, return_dtype=pl.String),
        rule=pl.lit(f"{study.rule} ({settings})"),
        source=pl.lit("; ".join(str(source) for source in study.provenance)),
    )


def print_head(table: pl.DataFrame) -> None:
    """Print the rows that have a value, at most a screenful, with rule and source said once."""
    defined = table.filter(pl.col("value").is_not_null())
    print_table(defined.head(SCREEN).drop("rule", "source"))
    if len(defined) > SCREEN:
        print(f"… {len(defined) - SCREEN:,} more rows; write them all with --out FILE.csv, or ask for less")
    if not table.is_empty():
        print(f"ties: {table['rule'][0]}\nsource: {table['source'][0]}")


def write(table: pl.DataFrame, out: Path) -> None:
    """Write CSV or Parquet, by the file's ending."""
    if out.suffix not in (".csv", ".parquet"):
        raise InputError(f"cannot write {out.suffix or 'a file without an ending'!r}", remedy="use .csv or .parquet")
    with atomic_path(out) as aside:
        if out.suffix == ".csv":
            table.write_csv(aside)
        else:
            table.write_parquet(aside)
