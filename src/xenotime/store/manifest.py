"""The manifest: which pieces the store holds now. A snapshot is a manifest named by the hash of its content.

Nothing in it depends on when or where it was written, so the same data give the same snapshot id on every machine.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from xenotime.core import Provenance, StoreError, write_text

MANIFEST = "manifest.json"
SNAPSHOTS = "snapshots"
PIECES = "pieces"
FORMAT = 1
#: Table, source, version, HS vintage, year (0: none), raw file, limits.
Key = tuple[str, str, str, str, int, str, str]


@dataclass(frozen=True)
class PieceFile:
    """One immutable Parquet file, named by its content.

    Attributes
    ----------
    path : str
        Relative to the store's folder.
    sha256 : str
    size : int
        In bytes.
    rows : int
    """

    path: str
    sha256: str
    size: int
    rows: int


@dataclass(frozen=True)
class Piece:
    """What one parsed piece became.

    Attributes
    ----------
    table : str
        Name in `xenotime.schema.TABLES`.
    source, version, hs_version : str
        `hs_version` is "" for tables without products.
    years : tuple of int
        Every year the piece speaks for, also one in which it has no row. Empty for facts without a year.
    origin, origin_sha256 : str
        The raw file's name and the hash of its bytes.
    constants : mapping
        Columns that hold one value throughout, kept here and put back on reading.
    data : PieceFile
    quarantine : PieceFile or None
        Rows set aside on the way in.
    provenance : mapping
        As `core.Provenance`.
    notes : tuple of str
        What was done to the rows.
    year : int, optional
        The single year of the piece, where it is split by year.
    limits : str
        To which products the taking was limited ("chain rare_earths"), or "" for the whole file.
    """

    table: str
    source: str
    version: str
    hs_version: str
    years: tuple[int, ...]
    origin: str
    origin_sha256: str
    constants: Mapping[str, str]
    data: PieceFile
    quarantine: PieceFile | None
    provenance: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    year: int | None = None
    limits: str = ""

    @property
    def key(self) -> Key:
        """What names a piece: a new piece with the same key takes the place of the old one."""
        return (self.table, self.source, self.version, self.hs_version, self.year or 0, self.origin, self.limits)

    @property
    def words(self) -> str:
        """Name the piece for a person."""
        known = (self.table, self.source, self.version, self.hs_version, "" if self.year is None else str(self.year))
        limits = f" ({self.limits})" if self.limits else ""
        return f"{' '.join(word for word in known if word)} from {self.origin}{limits}"

    @property
    def files(self) -> tuple[PieceFile, ...]:
        """Return the files of the piece."""
        return (self.data,) if self.quarantine is None else (self.data, self.quarantine)

    @property
    def where_from(self) -> Provenance:
        """Return the provenance of the rows."""
        kept = dict(self.provenance)
        years = kept.pop("years")
        return Provenance(**kept, years=None if years is None else (years[0], years[1]))

    def __post_init__(self) -> None:
        # JSON knows no tuples: a piece just made and the same piece read back have to be equal.
        years = self.provenance["years"]
        object.__setattr__(self, "provenance", {**self.provenance, "years": None if years is None else list(years)})

    @staticmethod
    def from_dict(kept: Mapping[str, Any]) -> "Piece":
        """Read what `dataclasses.asdict` wrote."""
        values = dict(kept)
        values["data"] = PieceFile(**values["data"])
        values["quarantine"] = None if values["quarantine"] is None else PieceFile(**values["quarantine"])
        values["years"] = tuple(values["years"])
        values["notes"] = tuple(values["notes"])
        return Piece(**values)


@dataclass(frozen=True)
class Manifest:
    """The pieces of one state of the store, in the order of their keys."""

    pieces: tuple[Piece, ...] = field(default=())

    @property
    def text(self) -> str:
        """Return the manifest as JSON, the same for the same pieces."""
        return json.dumps(
            {"format": FORMAT, "pieces": [asdict(piece) for piece in self.pieces]},
            indent=1,
            sort_keys=True,
            ensure_ascii=False,
        )

    @property
    def snapshot_id(self) -> str:
        """Return the first 16 hex digits of the SHA-256 of `text`."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def with_piece(self, piece: Piece) -> "Manifest":
        """Return the manifest with `piece` in place of the one with the same key, if any."""
        kept = {old.key: old for old in self.pieces} | {piece.key: piece}
        return Manifest(tuple(kept[key] for key in sorted(kept)))

    def without(self, pieces: Iterable[Piece]) -> "Manifest":
        """Return the manifest without `pieces`."""
        gone = {piece.key for piece in pieces}
        return Manifest(tuple(piece for piece in self.pieces if piece.key not in gone))


def read_manifest(path: Path) -> Manifest:
    """Read the store's manifest.

    Raises
    ------
    StoreError
        The file is damaged or of a format this version does not know.
    """
    return _read(path, f"restore the file from a backup, or copy a whole snapshot from {SNAPSHOTS}/ over {MANIFEST}")


def read_snapshot(path: Path) -> Manifest:
    """Read a snapshot, and hold it to its name, which is the hash of its content.

    Raises
    ------
    StoreError
        The file is damaged: it says something else than when it was written.
    """
    remedy = (
        "remove this file, or restore it from a backup: only `Store.at` needs it, to go back to that state; what the "
        f"store holds now stands in {MANIFEST}"
    )
    manifest = _read(path, remedy)
    if manifest.snapshot_id != path.stem and _written_id(path) != path.stem:
        raise StoreError("the snapshot is damaged: it is not what its name says", where=str(path), remedy=remedy)
    return manifest


def _written_id(path: Path) -> str:
    """Return the hash of the text as it stands: a manifest of an earlier version has fewer fields than ours."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _read(path: Path, remedy: str) -> Manifest:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        found = kept["format"]
        if found != FORMAT:
            raise StoreError(
                f"the store has format {found}, this version of xenotime reads format {FORMAT}",
                where=str(path),
                remedy="use the version of xenotime that wrote it, or ingest the files again into a new folder",
            )
        return Manifest(tuple(Piece.from_dict(piece) for piece in kept["pieces"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"the manifest is damaged: {error}", where=str(path), remedy=remedy) from error


def swap_manifest(root: Path, manifest: Manifest) -> None:
    """Make `manifest` the current state of the store: keep it as a snapshot, then rename it into place."""
    write_text(root / SNAPSHOTS / f"{manifest.snapshot_id}.json", manifest.text)
    write_text(root / MANIFEST, manifest.text)
