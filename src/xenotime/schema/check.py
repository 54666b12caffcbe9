"""Hold a frame to its table with pandera, and say in words which file, row, column and value broke which rule."""

from typing import Any

import polars as pl

from xenotime.core.errors import SchemaError
from xenotime.schema.tables import TABLES, Column

#: How pandera writes the numbers that are none.
_NOT_FINITE = ("nan", "inf", "-inf")


def _rule(column: Column) -> str:
    if column.pattern:
        return f"must match {column.pattern}"
    if column.among:
        return f"must be one of {', '.join(column.among)}"
    if column.low is not None and column.high is not None:
        return f"must lie between {column.low:g} and {column.high:g}"
    if column.low is not None:
        return f"must be at least {column.low:g}"
    return f"must be a {column.dtype}"


def _pandera(table: str) -> Any:
    import pandera.polars as pa

    columns = {}
    for name, column in TABLES[table].columns.items():
        checks = []
        if column.low is not None:
            checks.append(pa.Check.ge(column.low))
        if column.high is not None:
            checks.append(pa.Check.le(column.high))
        if column.pattern is not None:
            checks.append(pa.Check.str_matches(column.pattern))
        if column.among is not None:
            checks.append(pa.Check.isin(list(column.among)))
        columns[name] = pa.Column(column.dtype, checks, nullable=column.nullable)
    return pa.DataFrameSchema(columns, strict=True, ordered=True)


def failures(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return the cells of `frame` that break the schema of `table`.

    Returns
    -------
    polars.DataFrame
        `index` (row of the frame, from 0; null where the whole column is at fault), `column`, `value`, `rule`.
    """
    import pandera.errors

    nothing = pl.DataFrame(schema={"index": pl.Int64, "column": pl.String, "value": pl.String, "rule": pl.String})
    try:
        _pandera(table).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as found:
        cases = found.failure_cases
    else:
        return _not_finite(frame, table, nothing)
    columns = TABLES[table].columns
    rows = []
    for case in cases.iter_rows(named=True):
        whole = case["schema_context"] != "Column"
        name = str(case["failure_case"] if whole else case["column"])
        number = not whole and columns[name].dtype == pl.Float64
        if number and str(case["failure_case"]).lower() in _NOT_FINITE:
            continue  # beyond every bound, too; `_not_finite` names it
        rule = _rule(columns[name]) if name in columns else "is not a column of this table"
        if case["check"] == "not_nullable":
            rule = "must not be empty"
        if case["check"] == "column_in_dataframe":
            rule = "is missing"
        rows.append(
            {
                "index": case["index"],
                "column": name,
                "value": None if case["failure_case"] is None else str(case["failure_case"]),
                "rule": rule,
            }
        )
    return pl.concat([pl.DataFrame(rows, schema=nothing.schema), _not_finite(frame, table, nothing)])


def _not_finite(frame: pl.DataFrame, table: str, nothing: pl.DataFrame) -> pl.DataFrame:
    """NaN and infinity pass pandera's bounds; no column of ours admits them."""
    found = [nothing]
    for name, column in TABLES[table].columns.items():
        if column.dtype == pl.Float64 and name in frame.columns and frame.schema[name] == pl.Float64:
            bad = frame.select(pl.col(name).is_finite().not_().arg_true()).to_series()
            if len(bad):
                found.append(
                    pl.DataFrame(
                        {
                            "index": bad.cast(pl.Int64),
                            "column": [name] * len(bad),
                            "value": [str(frame[name][int(row)]) for row in bad],
                            "rule": ["must be a finite number (empty where unknown)"] * len(bad),
                        }
                    )
                )
    return pl.concat(found)


def _plain(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return `frame` with text as String where the table wants text and the frame holds Enum or Categorical."""
    return frame.cast(
        {
            name: pl.String
            for name, dtype in frame.schema.items()
            if isinstance(dtype, (pl.Enum, pl.Categorical))
            and name in TABLES[table].columns
            and TABLES[table].columns[name].dtype == pl.String
        }
    )


def _witnesses(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return few rows that break a rule exactly if some row of `frame` does.

    Every rule looks at one cell. So for text a row for each distinct value, for numbers the rows of the least and the
    greatest value, and for all the first empty and the first not finite cell, stand for the whole.
    """
    if frame.is_empty():
        return _plain(frame, table)
    chosen: set[int] = set()
    for column in frame.get_columns():
        if column.null_count():
            chosen.add(int(column.is_null().arg_max() or 0))
        if column.dtype.is_float():
            chosen.add(int(column.is_finite().not_().fill_null(value=False).arg_max() or 0))
        if column.dtype.is_numeric():
            ends = (column.arg_min(), column.arg_max())
        else:
            ends = tuple(column.arg_unique().to_list())
        chosen.update(int(row) for row in ends if row is not None)
    return _plain(frame[sorted(chosen)], table)


def check(frame: pl.DataFrame, table: str, *, where: str) -> pl.DataFrame:
    """Return `frame` if it keeps the schema of `table`, else raise.

    Parameters
    ----------
    frame : polars.DataFrame
        With exactly the table's columns, in order. Text may be held as Enum or Categorical: ten million rows of
        text do not fit where ten million codes do.
    table : str
        A name in `TABLES`.
    where : str
        The file or step the frame comes from, for the message.

    Raises
    ------
    SchemaError
        Names file, row, column, value and rule of the first fault, and counts the rest.
    """
    found = failures(_witnesses(frame, table), table)
    if found.is_empty():
        return frame
    found = failures(_plain(frame, table), table)
    first = found.row(0, named=True)
    row = "" if first["index"] is None else f", row {first['index'] + 1}"
    value = "" if first["index"] is None else f" is {first['value']!r},"
    more = f" ({len(found) - 1} more such cells)" if len(found) > 1 else ""
    raise SchemaError(
        f"{first['column']}{value} {first['rule']}{more}",
        where=f"{where}{row}",
        remedy=f"mend the value, or see the columns of table {table!r} in xenotime.schema.TABLES",
    )
