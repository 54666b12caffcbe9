"""Breakdown rows in UN Comtrade: find them, keep the total.

A v1 API call that does not fix ``customsCode=C00``, ``motCode=0`` and ``partner2Code=0`` returns, beside the total of a
flow, its split by customs procedure, mode of transport and second partner. Every split adds up to the total again, so
adding all rows multiplies the flow by exactly 2, 4 or 8: two to the number of splits the country reports. Where the
three columns are in the file they tell the total; where they are not, the multiple does.
"""

from collections.abc import Sequence

import polars as pl

#: What adding all rows of a flow gives, as a multiple of the total, for one, two and three splits.
MULTIPLES = (2, 4, 8)
#: How far the multiple may be off: the parts are rounded.
TOLERANCE = 1e-3
#: Column that holds the multiple of a row's key: 1, one of `MULTIPLES`, or null where the rows fit none of them.
MULTIPLE = "multiple"
#: Column that is true on the one row of a key that holds its total.
TOTAL = "is_total"


def mark_breakdown(rows: pl.DataFrame, key: Sequence[str], value: str) -> pl.DataFrame:
    """Mark, for each row, how many times its flow is counted and whether it is the flow's total.

    Parameters
    ----------
    rows : polars.DataFrame
        Reports.
    key : sequence of str
        Columns that should name a row once: year, reporter, partner, product, flow.
    value : str
        Column of values, all finite.

    Returns
    -------
    polars.DataFrame
        `rows` with `MULTIPLE` (Int8) and `TOTAL` (Boolean). The total is the first of the largest rows.
    """
    largest, total, count = pl.col(value).max().over(key), pl.col(value).sum().over(key), pl.len().over(key)
    multiples = [pl.when(count == 1).then(pl.lit(1, pl.Int8))]
    for times in MULTIPLES:
        fits = (total - times * largest).abs() <= TOLERANCE * total
        multiples.append(pl.when(fits).then(pl.lit(times, pl.Int8)))
    return rows.with_columns(
        pl.coalesce(multiples).alias(MULTIPLE),
        (pl.int_range(pl.len()).over(key) == pl.col(value).arg_max().over(key)).alias(TOTAL),
    )
