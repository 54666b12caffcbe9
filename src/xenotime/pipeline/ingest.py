"""Bring files into the store: read by their source, bad rows set aside, all of it or nothing.

One call is one transaction: when any file cannot be read, the disk is full or the process dies, the store is what it
was before. What went in, what was set aside and why, and the world totals to hold against published figures come back
as an `IngestReport`. Ingesting the same files again changes nothing; a corrected file of the same name takes the place
of the old one, years that it no longer holds included.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from xenotime.core import InputError, SourceError, progress
from xenotime.pipeline.events import aggregate_events
from xenotime.pipeline.ingest_report import IngestReport, Tally
from xenotime.pipeline.mirror_store import reconcile_within
from xenotime.reference import chain as chain_named
from xenotime.schema import codes_asked, years_asked
from xenotime.sources import Parsed, Source, TableMapping, how_to_read, load_mapping, source_named
from xenotime.sources.events import EVENT_SOURCES
from xenotime.store import Piece, writer

#: How files of events are counted: options of `aggregate_events`, which takes all files together.
_EVENTS = ("work", "scheduler", "workers")
#: Settings of a mapping that every source may understand too; the others make a file a mapped table.
_SHARED = ("version", "hs_version", "absence", "absence_note")


def ingest(
    store: str | Path,
    files: str | Path | Iterable[str | Path],
    source: str | None = None,
    *,
    mapping: str | Path | Mapping[str, Any] | TableMapping | None = None,
    years: int | Collection[int] | None = None,
    chain: str | None = None,
    hs: str | Collection[str] | None = None,
    on_error: Literal["quarantine", "stop"] = "quarantine",
    **settings: Any,
) -> IngestReport:
    """Read files of one source into the store at `store`.

    Parameters
    ----------
    store : path
        Folder of the store; made if it is not there.
    files : path or several
        What to read: a file, or for BACI also the folder of its files.
    source : str, optional
        Name as in `xenotime.sources.SOURCES`. With a mapping the file is read as a table, and `source` is the name
        under which the store keeps it, unless the mapping names one; it may be left out.
    mapping : str, Path, dict or TableMapping, optional
        Name of a ready mapping, path of a YAML file, or the values themselves.
    years : int or collection of int, optional
        Only these years; each of them has to be there.
    chain : str, optional
        Only the products of this chain (a name, or the path of a YAML file), under any of its stagings.
    hs : str or collection of str, optional
        Only these six-digit products.
    on_error : {"quarantine", "stop"}
        Set bad rows aside and count them, or stop at the first one and store nothing.
    **settings
        `version`, `hs_version` and other options of the source, or settings of the mapping (`columns`, `constants`,
        `units`, `country_scheme`, `absence`, …); for events also `work`, `scheduler` and `workers`, see
        `aggregate_events`. ``None`` is as if not given.

    Returns
    -------
    IngestReport
        Where customs reports came in, they are reconciled with all others in the store, within the same transaction;
        `IngestReport.reconciled` tells of the flows.

    Raises
    ------
    InputError
        Asked wrongly: no such file, source, mapping, column or option; two files of one name; nothing in the files of
        what was asked for.
    SourceError
        A file is broken, a year is missing, or (with ``on_error="stop"``) a row is bad.
    StoreError
        The store is damaged, being written by another process, or the disk is full.
    """
    paths = _paths(files)
    if on_error not in ("quarantine", "stop"):
        raise InputError(f"on_error is {on_error!r}", remedy="use 'quarantine' or 'stop'")
    asked = years_asked(years)
    products, limits = _products(chain, hs)
    given = {name: value for name, value in settings.items() if value is not None}
    reader, options = _reader(source, mapping, given, paths)
    options |= _accepted(reader, {"years": asked, "hs6": products})
    tally = Tally()
    flows: Tally | None = None
    with writer(store) as work:
        before = work.manifest.snapshot_id
        for piece in progress(_pieces(reader, paths, options, limits), f"ingest {reader.INFO.name}"):
            if on_error == "stop" and not piece.quarantine.is_empty():
                raise _first_bad_row(piece)
            tally.add(piece, work.put(piece), work.rows(piece))
        _require_years(tally, asked, paths)
        if tally.read == 0:
            raise _nothing_of(limits or "what was asked for", reader, paths, options)
        tally.drop(work.drop(_stale(tally, limits, asked, options.get("hs_version"))))
        reported = work.manifest.snapshot_id
        if "reports" in tally.tables:
            flows = reconcile_within(work)
        after = work.manifest.snapshot_id
    report = tally.report(Path(store), before=before, after=after)
    if flows is None:
        return report
    return replace(report, reconciled=flows.report(Path(store), before=reported, after=after))


def _paths(files: str | Path | Iterable[str | Path]) -> list[Path]:
    """Return what to read, each file once."""
    listed = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    found: dict[Path, Path] = {}
    for path in listed:
        if not path.exists():
            raise InputError("no such file", where=str(path), remedy="check the path")
        if not _is_record(path):
            found.setdefault(path.resolve(), path)
    if not found:
        raise InputError("no file to ingest", remedy="name at least one")
    return list(found.values())


def _is_record(path: Path) -> bool:
    """Whether this is the record that `xenotime fetch` keeps beside a file: ``ingest raw/*.json`` names it too."""
    return path.suffix == ".json" and path.with_suffix("").is_file()


def _products(chain: str | None, hs: str | Collection[str] | None) -> tuple[list[str] | None, str]:
    """Return the products to keep, and words that mark a piece as limited to them."""
    if chain is not None and hs is not None:
        raise InputError("both a chain and HS codes are given", remedy="give --chain or --hs, not both")
    if chain is not None:
        found = chain_named(chain)
        return list(found.all_codes()), f"chain {found.name}"
    wanted = codes_asked(hs)
    if wanted is None:
        return None, ""
    if not wanted:
        raise InputError("no HS code is given", where="--hs", remedy="write --hs 284610, or leave it out")
    return sorted(wanted), f"HS {', '.join(sorted(wanted))}"


def _reader(
    source: str | None,
    mapping: str | Path | Mapping[str, Any] | TableMapping | None,
    given: dict[str, Any],
    paths: Sequence[Path],
) -> tuple[Source, dict[str, Any]]:
    mapped = mapping is not None or source == "table" or any(name in _mapping_only() for name in given)
    if not mapped:
        if source is None:
            raise InputError("no source is named", where=str(paths[0]), remedy=how_to_read(paths[0]))
        reader = source_named(source)
        counting = {name: given.pop(name) for name in _EVENTS if source in EVENT_SOURCES and name in given}
        return reader, _accepted(reader, given) | counting
    plan = load_mapping(mapping, **given)
    if plan.source == "table" and source not in (None, "table"):
        plan = plan.model_copy(update={"source": source})
    return source_named("table"), {"mapping": plan}


def _mapping_only() -> set[str]:
    return set(TableMapping.model_fields) - set(_SHARED)


def _accepted(reader: Source, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are given, refusing those the source's `parse` does not know."""
    known = inspect.signature(reader.parse).parameters
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in known:
            offered = ", ".join(sorted(set(known) - {"path"})) or "none"
            raise InputError(
                f"source {reader.INFO.name!r} has no option {name!r}",
                remedy=f"its options: {offered}; or give a mapping",
            )
    return given


def _pieces(reader: Source, paths: Sequence[Path], options: Mapping[str, Any], limits: str) -> Iterator[Parsed]:
    came_from: dict[str, Path] = {}
    note = f"only {limits} was taken from the file: nothing is known here of other products"
    for path, piece in _read(reader, paths, options):
        first = came_from.setdefault(piece.file, path)
        if first != path:
            raise InputError(
                f"two files are called {piece.file}: the store would take the second for a correction",
                where=f"{first} and {path}",
                remedy="give one of them another name, or leave it out if it is a copy",
            )
        # Limits are part of a piece's name: another chain out of the same file stands beside this one.
        yield replace(piece, limits=limits, notes=(*piece.notes, note)) if limits else piece


def _read(reader: Source, paths: Sequence[Path], options: Mapping[str, Any]) -> Iterator[tuple[Path, Parsed]]:
    """Read file by file; events are read from all files together, since one may be told in several."""
    path = paths[0]
    try:
        if reader.INFO.name in EVENT_SOURCES:
            for piece in aggregate_events(paths, reader.INFO.name, **options):
                yield path, piece
            return
        for path in paths:
            for piece in reader.parse(path, **options):
                yield path, piece
    except OSError as error:
        raise SourceError(
            f"cannot be read: {error.strerror or error}",
            where=str(error.filename or path),
            remedy="check the file, the disk it lies on and your rights to it",
        ) from error


def _stale(tally: Tally, limits: str, years: Collection[int] | None, hs_version: str | None) -> Callable[[Piece], bool]:
    """Return what tells pieces of an earlier state of the files just read, within what was asked of them now."""

    def stale(piece: Piece) -> bool:
        if (piece.source, piece.version, piece.origin) not in tally.origins:
            return False
        in_years = years is None or set(piece.years) <= set(years)
        return (not limits or piece.limits == limits) and in_years and hs_version in (None, piece.hs_version)

    return stale


def _nothing_of(wanted: str, reader: Source, paths: Sequence[Path], options: Mapping[str, Any]) -> InputError:
    """Say that the files hold nothing of what was asked for, and what they do hold."""
    whole = next(iter(reader.parse(paths[0], **{**options, "hs6": None}))).frame
    held = whole["hs6"].cast(str).unique().sort().to_list() if "hs6" in whole.columns else []
    shown = ", ".join(held[:8]) + (", …" if len(held) > 8 else "")
    return InputError(
        f"holds nothing of {wanted}: nothing was stored",
        where=", ".join(map(str, paths)),
        remedy=f"it holds {len(held):,} products ({shown}): ask for some of them, or for all",
    )


def _first_bad_row(piece: Parsed) -> SourceError:
    row = piece.quarantine.row(0, named=True)
    others = len(piece.quarantine) - 1
    more = f" (and {others} more rows of this piece)" if others else ""
    value = f"{row['column']} is {row['value']!r}: " if row["column"] else ""
    return SourceError(
        f"{value}{row['reason']}{more}; nothing was stored",
        where=row["file"] if row["row"] is None else f"{row['file']}, row {row['row']}",
        remedy=f"{row['remedy']}; or set such rows aside: leave out --strict (in Python: on_error='quarantine')",
    )


def _require_years(tally: Tally, years: Collection[int] | None, paths: Sequence[Path]) -> None:
    missing = sorted(set(years or ()) - tally.years())
    if missing:
        raise SourceError(
            f"asked for, but not in the file: {', '.join(map(str, missing))}",
            where=", ".join(map(str, paths)),
            remedy="ask for the years it holds, or bring the file that holds the missing ones",
        )
