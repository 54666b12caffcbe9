"""Read a small file whole, as strings with line numbers: CSV, TSV, Parquet, and Stata's own files."""

import csv
import gzip
import io
import struct
import zlib
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
    if path.is_file() and not path.name.lower().endswith(".parquet"):
        _refuse_odd_text(path)
    if path.is_file() and not _is_utf8(path):
        return _from_latin(path)
    batches = [batch for batch in open_table(path).batches() if len(batch)]
    if not batches:
        raise SourceError("the file has a header and no rows", where=str(path), remedy="bring the whole file")
    return pl.concat(batches)


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.name.lower().endswith(".gz") else raw


def _refuse_odd_text(path: Path) -> None:
    """Refuse what polars would take for a table of one column, or fill up with nulls.

    Raises
    ------
    SourceError
        Text in UTF-16, fields parted by something else than commas or tabs, a line with fewer fields than the header.
    """
    try:
        raw = _content(path)
    except (OSError, EOFError, zlib.error):
        return  # named by the reader of tables
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError("the text is in UTF-16", where=str(path), remedy="save it as UTF-8")
    mark = _mark(path)
    header, _, _ = raw.partition(b"\n")
    other = next((odd for odd in (";", "\t", ",") if odd != mark and odd.encode() in header), None)
    if other and mark.encode() not in header:
        raise SourceError(
            f"its fields are parted by {_NAMES[other]}, not by {_NAMES[mark]}",
            where=str(path),
            remedy=f"save it with {_NAMES[mark]}",
        )
    lines = csv.reader(io.StringIO(raw.decode("utf-8-sig", errors="replace"), newline=""), delimiter=mark)
    width = len(next(lines, []))
    for fields in lines:
        if fields and len(fields) < width:
            raise SourceError(
                f"this line has {len(fields)} of the header's {width} fields",
                where=f"{path}, row {lines.line_num}",
                remedy="mend the line; if it is the last one, the file is cut off: download or copy it again",
            )


def _mark(path: Path) -> str:
    return "\t" if path.name.lower().removesuffix(".gz").endswith((".tsv", ".tab")) else ","


_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}


def _is_utf8(path: Path) -> bool:
    """Whether a text file is UTF-8; what is no whole text file is left to the reader of tables to name."""
    if path.name.lower().endswith(".parquet"):
        return True
    try:
        _content(path).decode("utf-8")
    except UnicodeDecodeError:
        return False
    except (OSError, EOFError):
        return True
    return True


def _from_latin(path: Path) -> pl.DataFrame:
    """Read text of Western European Windows, in which older political data come: names of states have accents."""
    text = _content(path).decode("cp1252", errors="replace")
    try:
        return pl.read_csv(
            io.StringIO(text), separator=_mark(path), infer_schema=False, row_index_name=ROW, row_index_offset=2
        )
    except pl.exceptions.PolarsError as error:
        first = str(error).split("\n\n", maxsplit=1)[0]
        raise SourceError(f"cannot be read: {first}", where=str(path), remedy="save it as UTF-8") from error


def _from_stata(path: Path) -> pl.DataFrame:
    require_file(path)
    import pandas as pd  # type: ignore[import-untyped]  # comes with xarray; polars does not read Stata files

    try:
        frame = pd.read_stata(path, convert_categoricals=False)
    except (ValueError, OSError, KeyError, struct.error) as error:
        raise SourceError(f"not a Stata file: {error}", where=str(path), remedy="download it again") from error
    return pl.from_pandas(frame).cast(pl.String).with_row_index(ROW, offset=2)
