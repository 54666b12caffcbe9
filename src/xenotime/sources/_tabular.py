"""Open a text table or Parquet file as batches of strings with line numbers, and say in words what is wrong with it.

Strings, because a code such as ``NA`` (Namibia), ``010121`` or ``4,5`` must reach the reader as it stands.
"""

import csv
import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import polars as pl

from xenotime.core import InputError, SourceError

#: Column that holds the line number in the file, the header being 1 (for Parquet the row number plus one).
ROW = "row"
BATCH_ROWS = 500_000
_TEXT = (".csv", ".tsv", ".tab", ".txt")
_AGAIN = re.compile(r"^(.+)_duplicated_\d+$")
_NOT_READ = {
    ".xlsx": "save the sheet as CSV first",
    ".xls": "save the sheet as CSV first",
    ".dta": "write it as CSV or Parquet first",
    ".zip": "unpack it first (BACI's own zip is read whole with --source baci and no mapping)",
}


@dataclass(frozen=True)
class TextTable:
    """A file opened for reading: its path, columns as in the header, and how to get its rows."""

    path: Path
    columns: tuple[str, ...]
    rows: pl.LazyFrame

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield frames of strings with the line number in column ``row``; blank lines are left out.

        Raises
        ------
        SourceError
            The file ends too soon, a line has too many fields, the text is not UTF-8.
        """
        filled = pl.any_horizontal(pl.col(self.columns).is_not_null())
        try:
            for batch in self.rows.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
                yield batch.filter(filled)
        except (pl.exceptions.PolarsError, OSError, EOFError) as error:
            raise _in_words(self.path, error, len(self.columns)) from error

    def at(self, lines: list[int]) -> pl.DataFrame:
        """Return the rows that stand at the given line numbers."""
        return self.rows.filter(pl.col(ROW).is_in(lines)).collect()


def require_file(path: Path) -> None:
    """Refuse a path that is no file.

    Raises
    ------
    InputError
        It does not exist, or is a folder.
    """
    if path.is_dir():
        raise InputError("is a folder, not a file", where=str(path), remedy="name the file in it")
    if not path.is_file():
        raise InputError("no such file", where=str(path), remedy="check the path")


def refuse_twice(columns: Sequence[str], path: Path) -> None:
    """Refuse a header that names two columns alike: nothing says which of them is meant.

    Raises
    ------
    InputError
        Names the first such column.
    """
    # polars tells them apart by a suffix of its own; blank names belong to columns nobody can ask for.
    again = [match[1] for name in columns if (match := _AGAIN.match(name)) and match[1] in columns]
    named = [name for name in columns if name.strip()]
    again += [name for place, name in enumerate(named) if name in named[:place]]
    if again:
        raise InputError(
            f"two columns are called {again[0]!r}", where=f"{path}, row 1", remedy="rename one of them, or take it out"
        )


def open_table(path: Path, separator: str = ",") -> TextTable:
    """Open `path` and read its header.

    Raises
    ------
    InputError
        No such file, a kind of file that is not read, or two columns of one name.
    SourceError
        The file is empty or broken at its start.
    """
    require_file(path)
    suffix = path.name.lower().removesuffix(".gz")
    kind = suffix[suffix.rfind(".") :] if "." in suffix else ""
    if kind in _NOT_READ:
        raise InputError(f"{kind} files are not read", where=str(path), remedy=_NOT_READ[kind])
    if kind not in (*_TEXT, ".parquet"):
        raise InputError(
            f"unknown kind of file {kind!r}",
            where=str(path),
            remedy=f"known: {', '.join(_TEXT)} (also .gz), .parquet",
        )
    try:
        if kind == ".parquet":
            rows = pl.scan_parquet(path).cast(pl.String).with_row_index(ROW, offset=2)
        else:
            with _opened(path) as stream:
                first, more = stream.readline(), stream.read(1)
            if more and not first.strip():
                raise blank_start(str(path))  # polars skips such lines, and all line numbers would be off
            mark = "\t" if kind in (".tsv", ".tab") else separator
            rows = pl.scan_csv(path, separator=mark, infer_schema=False, row_index_name=ROW, row_index_offset=2)
        columns = tuple(name for name in rows.collect_schema().names() if name != ROW)
    except (pl.exceptions.PolarsError, OSError, EOFError, UnicodeDecodeError) as error:
        raise _in_words(path, error, None) from error
    refuse_twice(columns, path)
    return TextTable(path, columns, rows)


def _in_words(path: Path, error: Exception, width: int | None) -> SourceError:
    text = str(error)
    if "unexpected end of file" in text or isinstance(error, EOFError):
        return SourceError(
            "the compressed file ends too soon: it is truncated", where=str(path), remedy="download or copy it again"
        )
    if "utf-8" in text:
        return SourceError("the text is not UTF-8", where=str(path), remedy="save it as UTF-8")
    if "empty CSV" in text:
        return SourceError("the file is empty", where=str(path), remedy="download or copy it again")
    if "more fields" in text and width is not None:
        line = _first_ragged(path, width)
        return SourceError(
            f"this line has more fields than the header's {width}",
            where=f"{path}, row {line}" if line else str(path),
            remedy="mend the line (UN Comtrade's web files end lines with a comma too many), or quote commas in names",
        )
    first = text.split("\n\n", maxsplit=1)[0]
    return SourceError(f"cannot be read: {first}", where=str(path), remedy="check that the file is whole")


def blank_start(where: str) -> SourceError:
    """Say that blank lines stand where the header should."""
    return SourceError(
        "begins with a blank line", where=f"{where}, row 1", remedy="take out the lines above the header"
    )


def _opened(path: Path) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _first_ragged(path: Path, width: int) -> int | None:
    with _opened(path) as stream:
        separator = "\t" if "\t" in stream.readline() else ","
        stream.seek(0)
        lines = csv.reader(stream, delimiter=separator)
        return next((lines.line_num for fields in lines if len(fields) > width), None)
