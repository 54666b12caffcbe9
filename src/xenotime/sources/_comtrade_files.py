"""The three shapes UN Comtrade data come in, each read into rows of strings: API answers (JSON), CSV and Parquet.

Strings, because codes carry leading zeros. CSV files downloaded from the web site end every line but the header with a
comma too many; read naively, that shifts all columns by one.
"""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, SourceError
from xenotime.sources._tabular import ROW, blank_start, refuse_twice, require_file

#: Stands for what follows the last column of the header; empty where the file is sound.
SURPLUS = "beyond the header"


def read_rows(path: Path) -> pl.DataFrame:
    """Read a file of Comtrade data.

    Returns
    -------
    polars.DataFrame
        The file's columns as strings, blank cells null; `ROW`, the line in the file (header = 1; null in JSON, which
        has no lines that matter); `SURPLUS`, null where a line ends with the header's last column.

    Raises
    ------
    InputError
        No such file, or a kind of file that is not read.
    SourceError
        The file is damaged, or is an error message or an empty answer of the API.
    """
    require_file(path)
    name = path.name.lower().removesuffix(".gz")
    try:
        if name.endswith(".parquet"):
            rows = pl.read_parquet(path).cast(pl.String).with_row_index(ROW, offset=2)
        elif name.endswith((".csv", ".txt")):
            rows = _read_csv(_bytes(path), path)
        elif name.endswith(".json"):
            rows = _read_json(_bytes(path), str(path))
        else:
            raise InputError(
                "not a kind of file that Comtrade data come in",
                where=str(path),
                remedy="give .json (API), .csv or .parquet, also .csv.gz and .json.gz",
            )
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        raise SourceError(
            f"cannot be read: {str(error).splitlines()[0]}", where=str(path), remedy="download it again, whole"
        ) from error
    if SURPLUS not in rows.columns:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(SURPLUS))
    text = [column for column in rows.columns if column != ROW]
    stripped = pl.col(text).str.strip_chars()
    return rows.with_columns(pl.col(ROW).cast(pl.Int64), stripped.replace("", None))


def _bytes(path: Path) -> bytes:
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as stream:
            return stream.read()
    return path.read_bytes()


def _read_csv(content: bytes, path: Path) -> pl.DataFrame:
    first, _, rest = content.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    header = next(csv.reader([first.decode("utf-8", "replace").strip("\r")]), [])
    while header and not header[-1].strip():
        header.pop()
    if not header and rest.strip():
        raise blank_start(str(path))
    if not header:
        raise SourceError("the file is empty", where=str(path), remedy="download it again")
    refuse_twice([name.strip() for name in header], path)
    named = io.StringIO()
    csv.writer(named, lineterminator="\n").writerow([*(name.strip() for name in header), SURPLUS])
    return pl.read_csv(
        io.BytesIO(named.getvalue().encode() + rest),
        infer_schema=False,
        encoding="utf8-lossy",  # descriptions may be in Latin-1; codes and numbers are ASCII
        truncate_ragged_lines=True,
        row_index_name=ROW,
        row_index_offset=2,
    )


def _read_json(content: bytes, where: str) -> pl.DataFrame:
    try:
        answer: Any = json.loads(content)
    except ValueError as error:
        raise SourceError(f"not JSON: {error}", where=where, remedy="download it again, whole") from error
    data = answer.get("data") if isinstance(answer, dict) else answer
    message = (answer.get("error") or answer.get("message")) if isinstance(answer, dict) else None
    if message:
        raise SourceError(
            f"Comtrade answered with an error: {message}",
            where=where,
            remedy="check the access key (COMTRADE_API_KEY) and the codes asked for, then fetch again",
        )
    if not isinstance(data, list):
        raise SourceError("no list `data`: not an answer of the Comtrade API", where=where, remedy="fetch it again")
    if not data:
        raise SourceError(
            "the answer holds no rows",
            where=where,
            remedy="check period, reporter, product and flow: Comtrade has nothing for them",
        )
    if not all(isinstance(record, dict) for record in data):
        raise SourceError(
            "list `data` does not hold rows with names: not an answer of the Comtrade API",
            where=where,
            remedy="fetch it again",
        )
    said = answer.get("count") if isinstance(answer, dict) else None
    if isinstance(said, int) and said > len(data):
        raise SourceError(
            f"the answer is cut off: it says it has {said:,} rows and holds {len(data):,}",
            where=where,
            remedy="fetch it again, for fewer reporters, products or years at a time",
        )
    names = list(dict.fromkeys(name for record in data for name in record))
    columns = {name: [_text(record.get(name)) for record in data] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)).with_columns(pl.lit(None, pl.Int64).alias(ROW))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
