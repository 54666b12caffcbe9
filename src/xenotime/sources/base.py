"""What a source is: who makes the data, how to get the bytes, and how the bytes become checked tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from xenotime.core import Provenance


@dataclass(frozen=True)
class SourceInfo:
    """What a person should know of a source before citing it.

    Attributes
    ----------
    name : str
        Short name, used by ``--source`` and in the `source` column.
    tables : tuple of str
        Tables of `xenotime.schema` that `parse` yields.
    absence : str
        What an absent row means, in words (convention 7).
    key_variable : str
        Environment variable that holds the access key, where one is needed.
    """

    name: str
    title: str
    producer: str
    licence: str
    url: str
    citation: str
    tables: tuple[str, ...]
    absence: str
    key_variable: str = ""


@dataclass(frozen=True)
class Parsed:
    """One piece of a source, read and checked: the unit in which the store keeps data.

    Attributes
    ----------
    table : str
        Name in `xenotime.schema.TABLES`.
    frame : polars.DataFrame
        Rows in the table's schema.
    quarantine : polars.DataFrame
        Rows set aside, in the schema of table ``quarantine``.
    provenance : Provenance
        Source, version, years.
    file, sha256 : str
        The raw file and its hash.
    year : int, optional
        The single year this piece holds, where it is split by year.
    hs_version : str
        Vintage of the Harmonized System, or "".
    notes : tuple of str
        What was done to the rows that a reader should know (collapsed breakdown rows, aggregated codes, …).
    limits : str
        To which products the taking was limited ("chain rare_earths"), or "" for all of the file.
    """

    table: str
    frame: pl.DataFrame
    quarantine: pl.DataFrame
    provenance: Provenance
    file: str
    sha256: str
    year: int | None = None
    hs_version: str = ""
    notes: tuple[str, ...] = ()
    limits: str = ""


class Source(Protocol):
    """A source module offers these three."""

    INFO: SourceInfo

    def fetch(self, folder: Path, **options: Any) -> list[Path]:
        """Download into `folder` (raw bytes, checksummed) and return the files."""
        ...

    def parse(self, path: Path, **options: Any) -> Iterator[Parsed]:
        """Read `path` and yield checked pieces, one at a time, in bounded memory."""
        ...
