"""Read the package's own tables: CSV files in ``reference/data``, typed, read once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from xenotime.core import SchemaError

FOLDER = files("xenotime.reference").joinpath("data")


def _typed(column: str, dtype: Any) -> pl.Expr:
    text = pl.col(column)
    if dtype == pl.Boolean:
        return text.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
    if dtype == pl.Date:
        return text.str.to_date()
    return text.cast(dtype)


def _read(name: str, dtypes: Mapping[str, Any]) -> pl.DataFrame:
    path = FOLDER.joinpath(f"{name}.csv")
    # Every column is read as text first: Namibia's ISO2 "NA" and the code "004" must stay what they are.
    frame = pl.read_csv(path.read_bytes(), infer_schema=False)
    if frame.columns != list(dtypes):
        raise SchemaError(
            f"columns are {', '.join(frame.columns)}, not {', '.join(dtypes)}",
            where=f"reference/data/{name}.csv",
            remedy="reinstall xenotime: a file that ships with it has been changed",
        )
    return frame.select(_typed(column, dtype) for column, dtype in dtypes.items())


@cache
def _read_once(name: str, dtypes: tuple[tuple[str, Any], ...]) -> pl.DataFrame:
    return _read(name, dict(dtypes))


def table(name: str, dtypes: Mapping[str, Any]) -> pl.DataFrame:
    """Return ``reference/data/{name}.csv`` with exactly the given columns and dtypes, read once a process.

    Raises
    ------
    SchemaError
        The file does not have these columns.
    """
    return _read_once(name, tuple(dtypes.items()))
