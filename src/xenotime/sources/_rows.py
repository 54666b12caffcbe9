"""Rules for rows, and the quarantine for rows that break one: file, line, column, value, reason, remedy, raw row."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from xenotime.core import Provenance
from xenotime.schema import MOST_KUSD, TABLES, empty
from xenotime.sources._tabular import ROW

#: Column that holds the number of the first rule a row breaks.
FAULT = "fault"
#: The value of rows in tables without values.
NO_VALUE = pl.lit(None, pl.Float64)


@dataclass(frozen=True)
class Rule:
    """What no good row does.

    Attributes
    ----------
    broken : polars.Expr
        True where the rule is broken.
    column : str
        Column of the file at fault.
    value : polars.Expr
        The value as it stood, as a string.
    reason, remedy : str
        For the person who mends the file.
    """

    broken: pl.Expr
    column: str
    value: pl.Expr
    reason: str
    remedy: str


def first_fault(rules: Sequence[Rule]) -> pl.Expr:
    """Return the number of the first rule each row breaks (null where it breaks none), as column ``fault``."""
    faults = [pl.when(rule.broken).then(pl.lit(number, pl.Int16)) for number, rule in enumerate(rules)]
    return pl.coalesce(faults).alias(FAULT)


def set_aside(
    bad: pl.DataFrame,
    rules: Sequence[Rule],
    columns: Sequence[str],
    *,
    file: str,
    provenance: Provenance,
    value_kusd: pl.Expr = NO_VALUE,
) -> pl.DataFrame:
    """Return the rows of `bad` as table ``quarantine``.

    Parameters
    ----------
    bad : polars.DataFrame
        Rows with `FAULT`, `ROW`, the columns of the file and whatever the rules' values need.
    columns : sequence of str
        Columns of the file, kept whole as JSON.
    value_kusd : polars.Expr
        What a row says was traded, in thousand US dollars; counted only where it can be a flow's.
    """
    readable = pl.when(value_kusd.is_between(0, MOST_KUSD)).then(value_kusd)
    parts = [empty("quarantine")]
    for number, rule in enumerate(rules):
        rows = bad.filter(pl.col(FAULT) == number)
        if rows.is_empty():
            continue
        parts.append(
            rows.select(
                file=pl.lit(file),
                row=pl.col(ROW).cast(pl.Int64),
                column=pl.lit(rule.column),
                value=rule.value.cast(pl.String),
                reason=pl.lit(rule.reason),
                remedy=pl.lit(rule.remedy),
                raw=pl.struct(columns).struct.json_encode(),
                value_kusd=readable.cast(pl.Float64),
                source=pl.lit(provenance.source),
                source_version=pl.lit(provenance.version),
            ).select(list(TABLES["quarantine"].columns))
        )
    return pl.concat(parts).sort("row")
