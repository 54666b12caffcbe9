"""Rows of pieces through DuckDB: pieces with the same constants in one query, constants put back, rows in order."""

import weakref
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.schema import TABLES
from xenotime.store.manifest import Piece
from xenotime.store.parquet import FILLED_TOGETHER, SORTED_BY

Kept = Mapping[str, Sequence[Any] | None]


def duckdb_error() -> type[Exception]:
    """Return DuckDB's base error; imported late, since DuckDB takes a tenth of a second to import."""
    import duckdb

    error: type[Exception] = duckdb.Error
    return error


class Query:
    """Reads pieces of one store over one connection, opened when first needed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: list[Any] = []
        # Also at the interpreter's end, before DuckDB itself goes: else it complains of a connection left open.
        weakref.finalize(self, self._open.clear)

    def rows(self, table: str, pieces: Sequence[Piece], keep: Kept) -> pl.DataFrame:
        """Return the rows in which each column of `keep` holds one of its values, in the table's order.

        `pieces` are those that `may_hold` any.

        Raises
        ------
        duckdb.Error
            A file cannot be read.
        """
        dtypes = TABLES[table].dtypes
        batches: dict[tuple[tuple[str, str], ...], list[Piece]] = {}
        for piece in pieces:
            batches.setdefault(tuple(sorted(piece.constants.items())), []).append(piece)
        frames = [pl.DataFrame(schema=dtypes)]
        for constants, group in batches.items():
            fixed = dict(constants)
            stored = [name for name in dtypes if name not in fixed]
            where = {name: values for name, values in keep.items() if values is not None and name in stored}
            rows = self._read(group, stored, where)
            frames.append(
                rows.with_columns(pl.lit(value).alias(name) for name, value in fixed.items()).select(
                    pl.col(name).cast(dtype) for name, dtype in dtypes.items()
                )
            )
        whole = pl.concat(frames)
        if table in FILLED_TOGETHER:
            key = list(TABLES[table].key)
            rest = [pl.col(name).drop_nulls().first() for name in dtypes if name not in key]
            whole = whole.group_by(key).agg(rest).select(list(dtypes))
        elif len(batches) < 2 and _in_order(table, pieces):
            return whole
        return whole.sort(list(SORTED_BY[table]), nulls_last=True)

    def _read(
        self, pieces: Sequence[Piece], columns: Sequence[str], where: Mapping[str, Sequence[Any]]
    ) -> pl.DataFrame:
        import duckdb

        conditions = [f'"{name}" IN ({", ".join("?" * len(values))})' for name, values in where.items()]
        # An empty list of values keeps nothing; SQL has no empty IN.
        conditions = [text if "?" in text else "FALSE" for text in conditions]
        listed = ", ".join(f'"{name}"' for name in columns)
        text = f"SELECT {listed} FROM read_parquet(?)" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")
        files = [str(self._root / piece.data.path) for piece in pieces]
        parameters = [files, *(value for values in where.values() for value in values)]
        if not self._open:
            self._open.append(duckdb.connect())
        # A cursor for each query: two threads may read the same store.
        with self._open[0].cursor() as cursor:
            rows: pl.DataFrame = cursor.sql(text, params=parameters).pl()
            return rows


def may_hold(piece: Piece, keep: Kept) -> bool:
    """Tell, from the manifest alone, whether a piece may hold rows asked for."""
    for column, values in keep.items():
        if values is not None and column in piece.constants and piece.constants[column] not in values:
            return False
    years = keep.get("year")
    return years is None or not piece.years or bool(set(piece.years) & set(years))


def _in_order(table: str, pieces: Sequence[Piece]) -> bool:
    """Tell whether pieces read one after the other are in the table's order: each of one year, the years rising."""
    if len(pieces) < 2:
        return True
    if SORTED_BY[table][0] != "year":
        return False
    years = [piece.years[0] if len(piece.years) == 1 else None for piece in pieces]
    return all(one is not None and other is not None and one < other for one, other in pairwise(years))
