"""Read the store: rows by chain, product, year and source, through DuckDB; sources and versions are never mixed."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, Provenance, StoreError, sha256_of
from xenotime.schema import TABLES, codes_asked, values_asked, years_asked
from xenotime.store.manifest import MANIFEST, SNAPSHOTS, Manifest, Piece, PieceFile, read_manifest, read_snapshot
from xenotime.store.query import Query, duckdb_error, may_hold

_PIECES: dict[str, Any] = {
    "table": pl.String,
    "source": pl.String,
    "version": pl.String,
    "hs_version": pl.String,
    "year": pl.Int16,
    "first_year": pl.Int16,
    "last_year": pl.Int16,
    "rows": pl.Int64,
    "absence": pl.String,
    "quarantined": pl.Int64,
    "origin": pl.String,
    "sha256": pl.String,
    "file": pl.String,
    "limits": pl.String,
    "notes": pl.List(pl.String),
}


def open_store(path: Path | str) -> "Store":
    """Open the store at `path` for reading.

    Raises
    ------
    StoreError
        There is no store, its manifest is damaged, or one of its files is missing or of the wrong size.
    """
    root = Path(path)
    if not (root / MANIFEST).is_file():
        raise StoreError(
            "no store here",
            where=str(root),
            remedy="check the path, or make one: xenotime ingest FILE --source baci --store FOLDER",
        )
    return Store(root, read_manifest(root / MANIFEST))


class Store:
    """A store, or one of its snapshots, opened for reading; it does not change while it is open.

    Parameters
    ----------
    root : Path
        Folder of the store.
    manifest : Manifest
        What it holds.
    """

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.root = root
        self.manifest = manifest
        self._query = Query(root)
        for piece in manifest.pieces:
            for file in piece.files:
                self._check_size(piece, file)

    def __str__(self) -> str:
        return f"{self.root} (snapshot {self.snapshot_id})"

    def __repr__(self) -> str:
        rows = sum(piece.data.rows for piece in self.manifest.pieces)
        return f"<Store {self}: {len(self.manifest.pieces)} pieces, {rows:,} rows>"

    @property
    def snapshot_id(self) -> str:
        """Name of the state of the data: the hash of the manifest."""
        return self.manifest.snapshot_id

    def snapshots(self) -> pl.DataFrame:
        """Return every state the store was in: `snapshot_id, written, pieces, rows, current`, oldest first."""
        rows = []
        for path in (self.root / SNAPSHOTS).glob("*.json"):
            kept = read_snapshot(path)
            rows.append(
                {
                    "snapshot_id": path.stem,
                    "written": datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC),
                    "pieces": len(kept.pieces),
                    "rows": sum(piece.data.rows for piece in kept.pieces),
                    "current": path.stem == self.snapshot_id,
                }
            )
        dtypes: dict[str, Any] = {
            "snapshot_id": pl.String,
            "written": pl.Datetime("us", "UTC"),
            "pieces": pl.Int64,
            "rows": pl.Int64,
            "current": pl.Boolean,
        }
        return pl.DataFrame(rows, schema=dtypes).sort("written", "snapshot_id")

    def at(self, snapshot_id: str) -> "Store":
        """Return the store as it was at a snapshot; the first digits of its id are enough if no other has them."""
        known = sorted(path.stem for path in (self.root / SNAPSHOTS).glob("*.json"))
        found = [name for name in known if snapshot_id and name.startswith(snapshot_id)]
        if len(found) != 1:
            raise InputError(
                f"{'no snapshot' if not found else 'several snapshots'} {snapshot_id!r}",
                where=str(self.root),
                remedy=f"known: {', '.join(known)}",
            )
        return Store(self.root, read_snapshot(self.root / SNAPSHOTS / f"{found[0]}.json"))

    def verify(self) -> None:
        """Compare every file with its hash, those that only earlier snapshots name too, and the snapshots themselves.

        Raises
        ------
        StoreError
            A file is missing or its bytes are not those that were written.
        """
        manifests = [self.manifest, *(read_snapshot(path) for path in sorted((self.root / SNAPSHOTS).glob("*.json")))]
        files = {file.path: (piece, file) for one in manifests for piece in one.pieces for file in piece.files}
        for piece, file in files.values():
            self._check_size(piece, file)
            if sha256_of(self.root / file.path) != file.sha256:
                raise self._damaged(piece, file, "its bytes are not those that were written")

    def pieces(self) -> pl.DataFrame:
        """Return what the store holds, a piece a row.

        `year` is empty where a piece spans several years; `first_year` and `last_year` are filled for all that have
        years. `quarantined` counts the rows set aside on ingest (`table("quarantine")`). `origin` is the raw file,
        `limits` the products it was limited to ("" for all of it), `file` the store's own.
        """
        rows = [
            {
                "table": piece.table,
                "source": piece.source,
                "version": piece.version,
                "hs_version": piece.hs_version,
                "year": piece.years[0] if len(piece.years) == 1 else None,
                "first_year": min(piece.years, default=None),
                "last_year": max(piece.years, default=None),
                "rows": piece.data.rows,
                "absence": piece.constants.get("absence", ""),
                "quarantined": 0 if piece.quarantine is None else piece.quarantine.rows,
                "origin": piece.origin,
                "sha256": piece.data.sha256,
                "file": piece.data.path,
                "limits": piece.limits,
                "notes": list(piece.notes),
            }
            for piece in self.manifest.pieces
        ]
        return pl.DataFrame(rows, schema=_PIECES)

    def provenance(self, frame: pl.DataFrame | None = None) -> tuple[Provenance, ...]:
        """Return where the rows come from, one entry for each source and version, years joined.

        Parameters
        ----------
        frame : polars.DataFrame, optional
            Rows read from this store; only their sources are named, with the years they span. Default: everything.
        """
        joined: dict[tuple[str, str, str], Provenance] = {}
        for piece in self.manifest.pieces:
            origin = piece.where_from
            known = (origin.source, origin.version, origin.kind)
            years = (min(piece.years), max(piece.years)) if piece.years else origin.years
            if known in joined and joined[known].years is not None and years is not None:
                before = joined[known].years or years
                years = (min(before[0], years[0]), max(before[1], years[1]))
            joined[known] = replace(joined.get(known, origin), years=years)
        if frame is None:
            return tuple(joined[known] for known in sorted(joined))
        used = {
            (row["source"], row["source_version"]): (row["first"], row["last"])
            for row in frame.group_by("source", "source_version")
            .agg(pl.col("year").min().alias("first"), pl.col("year").max().alias("last"))
            .iter_rows(named=True)
        }
        return tuple(
            replace(joined[known], years=used[known[:2]] if used[known[:2]][0] is not None else joined[known].years)
            for known in sorted(joined)
            if known[:2] in used
        )

    def flows(
        self,
        chain: Any = None,
        hs: str | Iterable[str] | None = None,
        stages: str | None = None,
        years: int | Iterable[int] | None = None,
        source: str | None = None,
        version: str | None = None,
        hs_version: str | None = None,
        mix: bool = False,
    ) -> pl.DataFrame:
        """Return flows in the schema of table ``flows``, ordered by year, product, exporter, importer.

        Parameters
        ----------
        chain : str or Chain, optional
            Keep the products of this chain (of its staging `stages`).
        hs : str or iterable of str, optional
            Keep these products, six digits each. With `chain`, both must hold.
        stages : str, optional
            Name of a staging of the chain; default its own default.
        years : int or iterable of int, optional
            Every one of them must be there. Default: all.
        source, version, hs_version : str, optional
            Which data, where the store holds several.
        mix : bool
            Return several sources, versions or vintages together: the caller then keeps them apart.

        Returns
        -------
        polars.DataFrame
            Empty where the years are there and no row has one of the products: the store does not know whether they
            were not traded or not ingested (`pieces`, columns `absence` and `limits`, tells).

        Raises
        ------
        InputError
            The request matches nothing, several versions, years that are not there, or codes that cannot exist.
        StoreError
            A file is damaged.
        """
        wanted = codes_asked(hs)
        if chain is not None:
            codes = _codes_of(chain, stages)
            wanted = codes if wanted is None else tuple(code for code in wanted if code in set(codes))
        elif stages is not None:
            raise InputError(f"stages={stages!r} without a chain", where="stages", remedy="name the chain as well")
        selected = self._select("flows", source, version, hs_version)
        kinds = sorted({(piece.source, piece.version, piece.hs_version) for piece in selected})
        if len(kinds) > 1 and not mix:
            listed = "; ".join(f"source={one!r}, version={two!r}, hs_version={three!r}" for one, two, three in kinds)
            raise InputError(
                f"the request matches {len(kinds)} sets of flows, which a study must not mix: {listed}",
                where=str(self.root),
                remedy="choose one: --source, --data-version, --hs-version (in Python: source=, version=, hs_version=; "
                "or mix=True to keep them apart yourself)",
            )
        asked = self._years(selected, years)
        return self._rows("flows", selected, {"hs6": wanted, "year": asked})

    def table(self, name: str, **filters: Any) -> pl.DataFrame:
        """Return a table's rows where each named column holds one of the values given.

        Parameters
        ----------
        name : str
            ``"production"``, ``"country_year"``, ``"dyads"``, ``"reports"``, ``"flows"``, ``"quarantine"``.
        **filters
            A column of the table and a value, or a list of values, e.g. ``country=["CHN", "MMR"]``. For table
            ``"flows"`` this mixes sources; use `flows` to have them kept apart.

        Returns
        -------
        polars.DataFrame
            In the table's order. Rows of ``"country_year"`` that several files of one source and version fill
            together (GDP from one, population from another) are one row.

        Raises
        ------
        InputError
            No such table or column, or a value that the column can never hold.
        """
        if name not in TABLES:
            raise InputError(f"no table {name!r}", where="table", remedy=f"known: {', '.join(TABLES)}")
        columns = TABLES[name].columns
        strange = [column for column in filters if column not in columns]
        if strange:
            raise InputError(
                f"table {name!r} has no column {strange[0]!r}", where="table", remedy=f"columns: {', '.join(columns)}"
            )
        lists = {column: values_asked(name, column, value) for column, value in filters.items()}
        if name == "quarantine":
            pieces = [
                replace(piece, table="quarantine", data=piece.quarantine, constants={})
                for piece in self.manifest.pieces
                if piece.quarantine is not None
            ]
        else:
            pieces = [piece for piece in self.manifest.pieces if piece.table == name]
        return self._rows(name, pieces, lists)

    def _select(self, table: str, source: str | None, version: str | None, hs_version: str | None) -> list[Piece]:
        held = [piece for piece in self.manifest.pieces if piece.table == table]
        selected = [
            piece
            for piece in held
            if source in (None, piece.source)
            and version in (None, piece.version)
            and hs_version in (None, piece.hs_version)
        ]
        if not selected:
            asked = {"source": source, "version": version, "hs_version": hs_version}
            words = ", ".join(f"{name} {value!r}" for name, value in asked.items() if value is not None)
            there = sorted({f"{piece.source} {piece.version} {piece.hs_version}".rstrip() for piece in held})
            raise InputError(
                f"the store holds no {table}{f' of {words}' if words else ''}",
                where=str(self.root),
                remedy=f"it holds: {'; '.join(there)}" if there else "ingest a file first: xenotime ingest",
            )
        return selected

    def _years(self, pieces: Sequence[Piece], years: Any) -> list[int] | None:
        asked = years_asked(years)
        if asked is None:
            return None
        there = sorted({year for piece in pieces for year in piece.years})
        missing = [year for year in asked if year not in set(there)]
        if missing or not asked:
            raise InputError(
                f"no flows of {spans(missing)}" if missing else "no year asked for",
                where=str(self.root),
                remedy=f"the store holds {spans(there)}; ask for those, or ingest the missing years",
            )
        return asked

    def _rows(self, table: str, pieces: Sequence[Piece], keep: Mapping[str, Sequence[Any] | None]) -> pl.DataFrame:
        pieces = [piece for piece in pieces if may_hold(piece, keep)]
        for piece in pieces:
            self._check_size(piece, piece.data)
        try:
            return self._query.rows(table, pieces, keep)
        except duckdb_error() as error:
            for piece in pieces:
                if sha256_of(self.root / piece.data.path) != piece.data.sha256:
                    raise self._damaged(piece, piece.data, "its bytes are not those that were written") from error
            raise StoreError(f"DuckDB cannot read the rows: {error}", where=str(self.root)) from error

    def _check_size(self, piece: Piece, file: PieceFile) -> None:
        path = self.root / file.path
        if not path.is_file():
            raise self._damaged(piece, file, "is missing")
        size = path.stat().st_size
        if size != file.size:
            raise self._damaged(piece, file, f"has {size:,} bytes and should have {file.size:,}")

    def _damaged(self, piece: Piece, file: PieceFile, what: str) -> StoreError:
        return StoreError(
            f"this file of the store {what}",
            where=str(self.root / file.path),
            remedy=f"ingest {piece.origin} again ({piece.source} {piece.version}), or restore this file from a backup",
        )


def spans(years: Sequence[int]) -> str:
    """Write years as spans: ``"2002–2004, 2006"``."""
    parts: list[list[int]] = []
    for year in years:
        if parts and year == parts[-1][1] + 1:
            parts[-1][1] = year
        else:
            parts.append([year, year])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in parts) or "none"


def _codes_of(chain: Any, stages: str | None) -> tuple[str, ...]:
    if isinstance(chain, str):
        from xenotime.reference import chain as named

        chain = named(chain)
    return tuple(chain.codes(stages))
