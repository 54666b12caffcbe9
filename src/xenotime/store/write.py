"""Write to the store: pieces first, under names made from their content, then one manifest swapped by rename.

Until the rename the store is the old one, whatever happens: an error, a full disk, a kill. What a killed writer left
behind is swept by the next one.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
    Key,
    Manifest,
    Piece,
    PieceFile,
    read_manifest,
    read_snapshot,
    swap_manifest,
)
from xenotime.store.parquet import FILLED_TOGETHER, read_columns, split_constants, write_parquet
from xenotime.store.parquet import sort as sort_rows
from xenotime.store.read import Store

SCRATCH = ".writing-"
Outcome = Literal["added", "replaced", "unchanged"]


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

    @property
    def limits(self) -> str:
        """To which products the taking was limited, or ""."""


class Writer:
    """Takes pieces in; made by `writer`."""

    def __init__(self, root: Path, manifest: Manifest, scratch: Path) -> None:
        self.manifest = manifest
        self.root = root
        self._scratch = scratch
        self._seen: set[Key] = set()

    def so_far(self) -> Store:
        """Return the store as it will be if nothing more is put, for reading."""
        return Store(self.root, self.manifest)

    def put(self, parcel: Parcel) -> Outcome:
        """Write one piece; it becomes part of the store when the writer's block ends.

        A piece with the same table, source, version, HS vintage, year, raw file and limits takes the place of the old
        one. A piece of the whole file also takes the place of those that were limited to some of its products.

        Raises
        ------
        InputError
            A piece of that name was put by this writer already.
        SchemaError
            The rows break the table's schema, or two of them share a key.
        StoreError
            A row shares its key with one from another file; the disk is full.
        """
        if parcel.table not in TABLES or parcel.table == "quarantine":
            raise InputError(
                f"no table {parcel.table!r} in the store",
                where=parcel.file,
                remedy=f"known: {', '.join(name for name in TABLES if name != 'quarantine')}",
            )
        key = _key(parcel)
        if key in self._seen:
            raise InputError(
                "two files of this name in one ingest: the second would take the place of the first",
                where=parcel.file,
                remedy="give one of them another name, or leave it out if it is a copy",
            )
        self._seen.add(key)
        with _in_words(self.root):
            return self._put(parcel)

    def rows(self, parcel: Parcel) -> int:
        """Return how many rows the store holds for a parcel just put.

        Rows that another taking of the same file holds count there, unless all of them do.
        """
        held = {piece.key: piece for piece in self.manifest.pieces}.get(_key(parcel))
        return parcel.frame.height if held is None else held.data.rows

    def drop(self, stale: Callable[[Piece], bool]) -> tuple[Piece, ...]:
        """Take pieces out of the store, except those put by this writer; earlier snapshots keep them.

        Returns
        -------
        tuple of Piece
            Those taken out.
        """
        gone = tuple(piece for piece in self.manifest.pieces if piece.key not in self._seen and stale(piece))
        self.manifest = self.manifest.without(gone)
        return gone

    def _put(self, parcel: Parcel) -> Outcome:
        frame = sort_rows(check(parcel.frame, parcel.table, where=parcel.file), parcel.table, parcel.file)
        years = set() if "year" not in frame.columns else set(frame["year"].drop_nulls().unique().to_list())
        if parcel.year is not None:
            years.add(parcel.year)
        whole = frame.height
        frame = self._apart(parcel, years, frame)
        held = {known.key: known for known in self.manifest.pieces}
        if whole and frame.is_empty() and parcel.quarantine.is_empty() and _key(parcel) not in held:
            return "unchanged"  # all of it stands in other takings of the same file
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
            limits=parcel.limits,
        )
        old = held.get(piece.key)
        parts = [other for other in self.manifest.pieces if _is_part_of(other, parcel)]
        if old == piece and not parts:
            return "unchanged"
        self.manifest = self.manifest.without(parts).with_piece(piece)
        return "added" if old is None and not parts else "replaced"

    def _apart(self, parcel: Parcel, years: set[int], frame: pl.DataFrame) -> pl.DataFrame:
        """Return `frame` without rows that stand in the store already: read twice, they would count twice.

        Two takings from the same raw file (one for each chain, say) may overlap, where they agree. Rows from different
        files may not, but for tables whose rows are filled together.
        """
        made = (parcel.table, parcel.provenance.source, parcel.provenance.version, parcel.hs_version)
        key = list(TABLES[parcel.table].key)
        for other in self.manifest.pieces:
            if other.key[:4] != made or other.key == _key(parcel) or _is_part_of(other, parcel):
                continue
            if years and other.years and not years & set(other.years):
                continue
            theirs = read_columns(self.root, other, frame.columns)
            ours = frame.with_row_index("at").cast(theirs.schema)
            if parcel.table in FILLED_TOGETHER:
                _refuse(parcel, other, _contradictions(ours, theirs, key), key)
                continue
            known = ours.join(theirs, on=key, how="inner", nulls_equal=True)
            if known.is_empty():
                continue
            equal = ours.join(theirs, on=frame.columns, how="semi", nulls_equal=True)
            if other.origin_sha256 != parcel.sha256 or equal.height < known.height:
                _refuse(parcel, other, known, key)
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


def _key(parcel: Parcel) -> Key:
    """Return the key that the piece made of a parcel will have."""
    origin = parcel.provenance
    named = (parcel.table, origin.source, origin.version)
    return (*named, parcel.hs_version, parcel.year or 0, parcel.file, parcel.limits)


def _is_part_of(piece: Piece, parcel: Parcel) -> bool:
    """Tell whether a parcel of a whole file holds what `piece` took out of a file of that name."""
    return bool(piece.limits) and not parcel.limits and piece.key[:-1] == _key(parcel)[:-1]


def _contradictions(ours: pl.DataFrame, theirs: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return our rows that say another thing than the row of theirs with the same key; what one leaves out fits."""
    values = [name for name in theirs.columns if name not in key]
    both = ours.join(theirs, on=key, how="inner", nulls_equal=True, suffix=":theirs")
    return both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}:theirs") for name in values))


def _refuse(parcel: Parcel, other: Piece, rows: pl.DataFrame, key: list[str]) -> None:
    if rows.is_empty():
        return
    row = ", ".join(f"{name} {rows[name][0]}" for name in key)
    if other.origin == parcel.file:
        remedy = (
            "ingest the whole file, without --chain and --hs (in Python: without chain=, hs=): it takes the place of "
            "all that was taken from a file of this name before"
        )
    else:
        remedy = (
            f"if this file corrects {other.origin}, give it that name: it then takes its place; if it is another "
            "edition, say so with --version (in Python: version=); or ingest it into another store"
        )
    raise StoreError(
        f"{rows.height:,} rows already stand in the store, from {other.origin}"
        f"{f' ({other.limits})' if other.limits else ''}; the first: {row}",
        where=parcel.file,
        remedy=remedy,
    )


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
        Another process is writing, the store is damaged, or the disk is full. The store is then as it was. Errors of
        the block's own reading (a source's file that cannot be opened) pass through as they are.
    """
    root = Path(path)
    with _in_words(root):
        _refuse_strangers(root)
    with ExitStack() as held:
        with _in_words(root):
            root.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(root))
            _sweep(root)
            manifest = Manifest() if not (root / MANIFEST).exists() else read_manifest(root / MANIFEST)
            scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=root))
        try:
            work = Writer(root, manifest, scratch)
            yield work
            with _in_words(root):
                if work.manifest != manifest or not (root / MANIFEST).exists():
                    swap_manifest(root, work.manifest)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            with _in_words(root):
                _sweep(root)


def _refuse_strangers(root: Path) -> None:
    """Raise where `root` is not a store and not a place for one."""
    if root.exists() and not root.is_dir():
        raise InputError("is a file, not a folder", where=str(root), remedy="name a folder for the store")
    if (root / MANIFEST).exists() or not root.is_dir():
        return
    strange = sorted(
        entry.name for entry in root.iterdir() if entry.name not in (PIECES, SNAPSHOTS) and entry.name[0] != "."
    )
    if strange:
        raise InputError(
            f"the folder is not a store, and holds other things ({strange[0]}, …)",
            where=str(root),
            remedy="name an empty or a new folder",
        )


@contextmanager
def _in_words(root: Path) -> Iterator[None]:
    """Say what an error of the system means for the store."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
            raise StoreError(
                "the disk is full; the store is as it was before",
                where=str(root),
                remedy="free some space (earlier snapshots keep their pieces), or name a folder on another disk",
            ) from error
        raise StoreError(
            f"cannot write: {error}", where=str(root), remedy="check the folder, its disk and your rights"
        ) from error


def _sweep(root: Path) -> None:
    """Remove what no manifest names: pieces of a writer that failed or was killed, and its scratch folders.

    A damaged snapshot names pieces nobody can read any more, so then all pieces stay; `Store.verify` tells of it.
    """
    for folder in root.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)
    named: set[str] = set()
    manifests = [read_manifest(root / MANIFEST)] if (root / MANIFEST).exists() else []
    for path in (root / SNAPSHOTS).glob("*.json"):
        try:
            manifests.append(read_snapshot(path))
        except StoreError:
            return
    for manifest in manifests:
        named.update(file.path for piece in manifest.pieces for file in piece.files)
    for path in (root / PIECES).glob("*/*"):
        if path.relative_to(root).as_posix() not in named:
            path.unlink(missing_ok=True)
