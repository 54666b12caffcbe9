"""Put pieces together that hold different columns of the same rows.

The World Bank gives GDP in one file and population in another; both are table ``country_year``, whose rows hold both.
Ingested together they become one piece.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

import polars as pl

from xenotime.core import SourceError
from xenotime.schema import TABLES
from xenotime.sources import Parsed

#: Tables whose rows may come in parts, one column a file.
IN_PARTS = ("country_year",)


def together(pieces: Iterable[Parsed]) -> Iterator[Parsed]:
    """Yield the pieces; those of tables that come in parts last, one for each source, version and year.

    Raises
    ------
    SourceError
        Two files say different things of the same cell.
    """
    parts: dict[tuple[str, str, str, int | None], list[Parsed]] = {}
    for piece in pieces:
        if piece.table in IN_PARTS:
            where = (piece.table, piece.provenance.source, piece.provenance.version, piece.year)
            parts.setdefault(where, []).append(piece)
        else:
            yield piece
    for found in parts.values():
        yield found[0] if len(found) == 1 else _joined(found)


def _joined(parts: list[Parsed]) -> Parsed:
    first = parts[0]
    table = TABLES[first.table]
    key = list(table.key)
    values = [name for name in table.columns if name not in key]
    rows = pl.concat([part.frame for part in parts]).group_by(key)
    told = rows.agg(pl.col(values).drop_nulls().n_unique())
    both = told.filter(pl.any_horizontal(pl.col(values) > 1))
    files = list(dict.fromkeys(part.file for part in parts))
    if not both.is_empty():
        row = both.sort(key).row(0, named=True)
        column = next(name for name in values if row[name] > 1)
        raise SourceError(
            f"the files disagree on {column} of {row['country']} in {row['year']} (and {len(both) - 1} more rows)",
            where=", ".join(files),
            remedy="ingest them with different versions, or leave one out",
        )
    frame = rows.agg(pl.col(values).drop_nulls().first()).select(list(table.columns)).sort(key)
    digest = hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest()
    return replace(
        first,
        frame=frame,
        quarantine=pl.concat([part.quarantine for part in parts]),
        file=" + ".join(files),
        sha256=digest,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )
