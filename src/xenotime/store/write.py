"""Write to the store: pieces first, under names made from their content, then one manifest swapped by rename.

Until the rename the store is the old one, whatever happens: an error, a full disk, a kill. What a killed writer left
behind is swept by the next one.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

import polars as pl

from xenotime.core import InputError, Provenance, SchemaError, StoreError, sha256_of
from xenotime.schema import TABLES, check
from xenotime.store.lock import locked
from xenotime.store.manifest import (
    MANIFEST,
    PIECES,
    SNAPSHOTS,
    Manifest,
    Piece,
    PieceFile,
    read_manifest,
    swap_manifest,
)
from xenotime.store.parquet import read_columns, split_constants, write_parquet
from xenotime.store.parquet import sort as sort_rows

SCRATCH = ".writing-"


class Parcel(Protocol):
    """What the store takes in; `xenotime.sources.base.Parsed` is one."""

    @property
    def table(self) -> str:
        """Name in `xenotime.schema.TABLES`."""

    @property
    def frame(self) -> pl.DataFrame:
        """Rows in the table's schema (text may be Enum or Categorical)."""

    @property
    def quarantine(self) -> pl.DataFrame:
        """Rows set aside."""

    @property
    def provenance(self) -> Provenance:
        """Source, version, years."""

    @property
    def file(self) -> str:
        """Name of the raw file."""

    @property
    def sha256(self) -> str:
        """Hash of the raw file."""

    @property
    def year(self) -> int | None:
        """The single year of the piece, where it is split by year."""

    @property
    def hs_version(self) -> str:
        """Vintage of the Harmonized System, or ""."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the rows."""


class Writer:
    """Takes pieces in; made by `writer`."""

    def __init__(self, root: Path, manifest: Manifest, scratch: Path) -> None:
        self.manifest = manifest
        self.root = root
        self._scratch = scratch

    def put(self, parcel: Parcel) -> Literal["added", "replaced", "unchanged"]:
        """Write one piece; it becomes part of the store when the writer's block ends.

        A piece with the same table, source, version, HS vintage, year and raw file takes the place of the old one.

        Raises
        ------
        SchemaError
            The rows break the table's schema.
        StoreError
            Two rows share a key, in this piece or with a piece from another file; the disk is full.
        """
        if parcel.table not in TABLES or parcel.table == "quarantine":
            raise InputError(
                f"no table {parcel.table!r} in the store",
                where=parcel.file,
                remedy=f"known: {', '.join(name for name in TABLES if name != 'quarantine')}",
            )
        frame = sort_rows(check(parcel.frame, parcel.table, where=parcel.file), parcel.table, parcel.file)
        years = set() if "year" not in frame.columns else set(frame["year"].drop_nulls().unique().to_list())
        if parcel.year is not None:
            years.add(parcel.year)
        frame = self._apart(parcel, years, frame)
        kept, constants = split_constants(frame)
        del frame
        if parcel.table == "flows":
            _hold_together(parcel, kept.height, constants)
        piece = Piece(
            table=parcel.table,
            source=parcel.provenance.source,
            version=parcel.provenance.version,
            hs_version=parcel.hs_version,
            years=tuple(sorted(years)),
            origin=parcel.file,
            origin_sha256=parcel.sha256,
            constants=constants,
            data=self._store(kept, parcel.table),
            quarantine=None
            if parcel.quarantine.is_empty()
            else self._store(check(parcel.quarantine, "quarantine", where=parcel.file), "quarantine"),
            provenance=parcel.provenance.to_dict(),
            notes=tuple(parcel.notes),
            year=parcel.year,
        )
        old = {known.key: known for known in self.manifest.pieces}.get(piece.key)
        if old == piece:
            return "unchanged"
        self.manifest = self.manifest.with_piece(piece)
        return "added" if old is None else "replaced"

    def _apart(self, parcel: Parcel, years: set[int], frame: pl.DataFrame) -> pl.DataFrame:
        """Return `frame` without rows that stand in the store already: read twice, they would count twice.

        Two takings from the same raw file (one for each chain, say) may overlap, where they agree. Rows from different
        files may not.
        """
        made = (parcel.table, parcel.provenance.source, parcel.provenance.version, parcel.hs_version)
        key = list(TABLES[parcel.table].key)
        for other in self.manifest.pieces:
            if other.key[:4] != made or other.key[4:] == (parcel.year or 0, parcel.file):
                continue
            if years and other.years and not years & set(other.years):
                continue
            theirs = read_columns(self.root, other, frame.columns)
            ours = frame.with_row_index("at").cast(theirs.schema)
            known = ours.join(theirs, on=key, how="inner", nulls_equal=True)
            if known.is_empty():
                continue
            equal = ours.join(theirs, on=frame.columns, how="semi", nulls_equal=True)
            if other.origin_sha256 != parcel.sha256 or equal.height < known.height:
                row = ", ".join(f"{name} {known[name][0]}" for name in key)
                raise StoreError(
                    f"{known.height:,} rows already stand in the store, from {other.origin}; the first: {row}",
                    where=parcel.file,
                    remedy="give this file a version of its own (--data-version), or ingest it into another store",
                )
            frame = frame.with_row_index("at").join(equal.select("at"), on="at", how="anti").drop("at")
        return frame

    def _store(self, frame: pl.DataFrame, table: str) -> PieceFile:
        aside = self._scratch / f"{table}.parquet"
        write_parquet(frame, aside)
        digest = sha256_of(aside)
        path = Path(PIECES) / table / f"{digest[:32]}.parquet"
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        size = aside.stat().st_size
        os.replace(aside, self.root / path)
        return PieceFile(path.as_posix(), digest, size, frame.height)


def _hold_together(parcel: Parcel, rows: int, constants: Mapping[str, str]) -> None:
    """Refuse flows whose rows do not all come from the source, version and vintage the piece says."""
    said = {
        "source": parcel.provenance.source,
        "source_version": parcel.provenance.version,
        "hs_version": parcel.hs_version,
    }
    for name, value in said.items():
        if constants.get(name, value) != value or (rows and name not in constants):
            raise SchemaError(
                f"column {name} does not hold {value!r} throughout, as the piece says",
                where=parcel.file,
                remedy="put flows of each source, version and HS vintage into a piece of their own",
            )


@contextmanager
def writer(path: Path | str) -> Iterator[Writer]:
    """Open the store at `path` for writing, making it if need be; what was put counts when the block ends well.

    Parameters
    ----------
    path : path
        Folder of the store.

    Raises
    ------
    InputError
        The folder holds something that is not a store.
    StoreError
        Another process is writing, the store is damaged, or the disk is full. The store is then as it was.
    """
    root = Path(path)
    if root.exists() and not root.is_dir():
        raise InputError("is a file, not a folder", where=str(root), remedy="name a folder for the store")
    fresh = not (root / MANIFEST).exists()
    if fresh and root.is_dir() and any(not entry.name.startswith(".") for entry in root.iterdir()):
        known = {PIECES, SNAPSHOTS}
        strange = sorted(entry.name for entry in root.iterdir() if entry.name not in known and entry.name[0] != ".")
        if strange:
            raise InputError(
                f"the folder is not a store, and holds other things ({strange[0]}, …)",
                where=str(root),
                remedy="name an empty or a new folder",
            )
    try:
        root.mkdir(parents=True, exist_ok=True)
        with locked(root):
            _sweep(root)
            manifest = Manifest() if not (root / MANIFEST).exists() else read_manifest(root / MANIFEST)
            scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=root))
            try:
                work = Writer(root, manifest, scratch)
                yield work
                if work.manifest != manifest or not (root / MANIFEST).exists():
                    swap_manifest(root, work.manifest)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
                _sweep(root)
    except OSError as error:
        raise _in_words(error, root) from error


def _in_words(error: OSError, root: Path) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
        return StoreError(
            "the disk is full; the store is as it was before",
            where=str(root),
            remedy="free some space (earlier snapshots keep their pieces), or name a folder on another disk",
        )
    return StoreError(f"cannot write: {error}", where=str(root), remedy="check the folder, its disk and your rights")


def _sweep(root: Path) -> None:
    """Remove what no manifest names: pieces of a writer that failed or was killed, and its scratch folders."""
    for folder in root.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)
    manifests = [*(root / SNAPSHOTS).glob("*.json"), *([root / MANIFEST] if (root / MANIFEST).exists() else [])]
    named = {file.path for path in manifests for piece in read_manifest(path).pieces for file in piece.files}
    for path in (root / PIECES).glob("*/*"):
        if path.relative_to(root).as_posix() not in named:
            path.unlink(missing_ok=True)
