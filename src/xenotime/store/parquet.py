"""How rows lie in a piece: sorted, in row groups small enough that DuckDB skips those without the product asked for.

Columns that hold one value throughout leave the file and go to the manifest; the rest keep the table's names and
types.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from xenotime.core import SchemaError, StoreError
from xenotime.schema import TABLES
from xenotime.store.manifest import Piece

#: Rows in a row group: the unit DuckDB reads or skips. Of 8,192 to 131,072 the fastest for eight products out of eleven
#: million rows, with lz4, which takes 5 % more room than zstd and 20 % less time (docs/decisions/0003-store-layout.md).
ROW_GROUP = 65_536

#: Columns that go to the manifest when they hold one value throughout.
CONSTANT = ("hs_version", "quality", "absence", "source", "source_version")

#: Order of rows: the table's key, flows by product within the year, so that a chain's rows lie together.
SORTED_BY: Mapping[str, tuple[str, ...]] = {
    name: ("year", "hs6", "exporter", "importer", "hs_version", "source", "source_version")
    if name == "flows"
    else table.key
    for name, table in TABLES.items()
}

#: Tables of facts on one subject, whose rows several files of a source may fill together: GDP from one, population from
#: another. Everywhere else two rows with one key are an error.
FILLED_TOGETHER = ("country_year",)


def sort(frame: pl.DataFrame, table: str, file: str) -> pl.DataFrame:
    """Return the rows of `frame` in the table's order.

    Raises
    ------
    SchemaError
        Two rows share a key.
    """
    by = list(SORTED_BY[table])
    frame = frame.with_columns(
        pl.col(name).cast(pl.String) for name in frame.columns if _disordered(frame.schema[name])
    )
    if _strictly_increasing(frame, by):
        return frame
    frame = frame.sort(by, maintain_order=True)
    twins = frame.select(pl.all_horizontal(pl.col(by).eq_missing(pl.col(by).shift()))).to_series()
    if frame.height > 1 and twins[1:].any():
        at = int(twins[1:].arg_max() or 0) + 1
        row = ", ".join(f"{name} {frame[name][at]}" for name in by)
        raise SchemaError(
            f"{int(twins[1:].sum())} rows repeat the key of another row of table {table!r}; the first: {row}",
            where=file,
            remedy="keep one of them: remove the others, or sum them first if they are parts of one flow",
        )
    return frame


def _disordered(dtype: pl.DataType) -> bool:
    """Tell whether the codes behind a text column do not follow the alphabet."""
    if isinstance(dtype, pl.Enum):
        return not dtype.categories.is_sorted()
    return isinstance(dtype, pl.Categorical)


def _strictly_increasing(frame: pl.DataFrame, by: Sequence[str]) -> bool:
    """Tell, without copying the frame, whether it is in order already and no two rows share a key."""
    if frame.height < 2:
        return True
    if any(frame.schema[name] == pl.String or frame[name].null_count() for name in by):
        return False
    tied = np.ones(frame.height - 1, dtype=bool)
    for name in by:
        codes = frame[name].to_physical().to_numpy()
        if (tied & (codes[1:] < codes[:-1])).any():
            return False
        tied &= codes[1:] == codes[:-1]
    return not tied.any()


def split_constants(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return `frame` without the columns that hold one value throughout, and those values."""
    constants = {
        name: str(frame[name][0])
        for name in CONSTANT
        if name in frame.columns and frame.height and (frame[name] == frame[name][0]).all()
    }
    return frame.drop(constants), constants


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write `frame` to `path`, through to the disk; the same rows give the same bytes.

    Raises
    ------
    OSError
        The disk is full, or cannot be written.
    """
    try:
        frame.write_parquet(path, compression="lz4", row_group_size=ROW_GROUP, statistics=True)
    except pl.exceptions.ComputeError as error:
        # polars hides the system's error in its words: "… No space left on device (os error 28)".
        number = re.search(r"os error (\d+)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def read_columns(root: Path, piece: Piece, names: Sequence[str]) -> pl.DataFrame:
    """Return columns of a piece in the table's types, constants put back."""
    dtypes = TABLES[piece.table].dtypes
    try:
        stored = pl.read_parquet(
            root / piece.data.path, columns=[name for name in names if name not in piece.constants]
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError(
            f"this file of the store is damaged: {error}",
            where=str(root / piece.data.path),
            remedy=f"remove it and ingest {piece.origin} again, or restore it from a backup",
        ) from error
    return stored.select(
        (pl.lit(piece.constants[name]) if name in piece.constants else pl.col(name)).cast(dtypes[name]).alias(name)
        for name in names
    )
