"""Read a small file whole, as strings with line numbers: CSV, TSV, Parquet, and Stata's own files."""

import struct
from pathlib import Path

import polars as pl

from xenotime.core import SourceError
from xenotime.sources._tabular import ROW, open_table, require_file


def read_whole(path: Path) -> pl.DataFrame:
    """Return all rows of a file as strings, with the line number in column ``row``.

    Raises
    ------
    InputError
        No such file, or a kind of file that is not read.
    SourceError
        The file is damaged, or has no rows.
    """
    if path.suffix.lower() == ".dta":
        return _from_stata(path)
    batches = [batch for batch in open_table(path).batches() if len(batch)]
    if not batches:
        raise SourceError("the file has a header and no rows", where=str(path), remedy="bring the whole file")
    return pl.concat(batches)


def _from_stata(path: Path) -> pl.DataFrame:
    require_file(path)
    import pandas as pd  # type: ignore[import-untyped]  # comes with xarray; polars does not read Stata files

    try:
        frame = pd.read_stata(path, convert_categoricals=False)
    except (ValueError, OSError, KeyError, struct.error) as error:
        raise SourceError(f"not a Stata file: {error}", where=str(path), remedy="download it again") from error
    return pl.from_pandas(frame).cast(pl.String).with_row_index(ROW, offset=2)
