"""Bring files into the store: read by their source, bad rows set aside, all of it or nothing.

One call is one transaction: when any file cannot be read, the disk is full or the process dies, the store is what it
was before. What went in, what was set aside and why, and the world totals to hold against published figures come back
as an `IngestReport`. Ingesting the same files again changes nothing.
"""

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from xenotime.core import InputError, SourceError, progress
from xenotime.pipeline.ingest_report import IngestReport, Tally
from xenotime.reference import chain as chain_named
from xenotime.sources import Parsed, Source, TableMapping, load_mapping, source_named
from xenotime.store import writer

#: Settings of a mapping that every source may understand too; the others make a file a mapped table.
_SHARED = ("version", "hs_version", "absence", "absence_note")


def ingest(
    store: str | Path,
    files: str | Path | Iterable[str | Path],
    source: str | None = None,
    *,
    mapping: str | Path | Mapping[str, Any] | TableMapping | None = None,
    years: Collection[int] | None = None,
    chain: str | None = None,
    hs: Collection[str] | None = None,
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
    years : collection of int, optional
        Only these years; each of them has to be there.
    chain : str, optional
        Only the products of this chain (a name, or the path of a YAML file), under any of its stagings.
    hs : collection of str, optional
        Only these six-digit products.
    on_error : {"quarantine", "stop"}
        Set bad rows aside and count them, or stop at the first one and store nothing.
    **settings
        `version`, `hs_version` and other options of the source, or settings of the mapping (`columns`, `constants`,
        `units`, `country_scheme`, `absence`, …); ``None`` is as if not given.

    Returns
    -------
    IngestReport

    Raises
    ------
    InputError
        Asked wrongly: no such file, source, mapping, column or option.
    SourceError
        A file is broken, a year is missing, or (with ``on_error="stop"``) a row is bad.
    StoreError
        The store is damaged, being written by another process, or the disk is full.
    """
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    paths = [path for path in paths if not _is_record(path)]
    if not paths:
        raise InputError("no file to ingest", remedy="name at least one")
    if on_error not in ("quarantine", "stop"):
        raise InputError(f"on_error is {on_error!r}", remedy="use 'quarantine' or 'stop'")
    for path in paths:
        if not path.exists():
            raise InputError("no such file", where=str(path), remedy="check the path")
    products, limits = _products(chain, hs)
    given = {name: value for name, value in settings.items() if value is not None}
    reader, options = _reader(source, mapping, given)
    options |= _accepted(reader, {"years": None if years is None else sorted(years), "hs6": products})
    tally = Tally()
    with writer(store) as work:
        before = work.manifest.snapshot_id
        for piece in progress(_pieces(reader, paths, options, limits), f"ingest {reader.INFO.name}"):
            if on_error == "stop" and not piece.quarantine.is_empty():
                raise _first_bad_row(piece)
            tally.add(piece, work.put(piece))
        _require_years(tally, years, paths)
    return tally.report(Path(store), before=before, after=work.manifest.snapshot_id)


def _is_record(path: Path) -> bool:
    """Whether this is the record that `xenotime fetch` keeps beside a file: ``ingest raw/*.json`` names it too."""
    return path.suffix == ".json" and path.with_suffix("").is_file()


def _products(chain: str | None, hs: Collection[str] | None) -> tuple[list[str] | None, str]:
    """Return the products to keep, and words that mark a piece as limited to them."""
    if chain is not None and hs is not None:
        raise InputError("both a chain and HS codes are given", remedy="give --chain or --hs, not both")
    if chain is not None:
        found = chain_named(chain)
        return list(found.all_codes()), f"chain {found.name}"
    if hs is None:
        return None, ""
    wanted = [hs] if isinstance(hs, str) else sorted(set(hs))
    for code in wanted:
        if not (len(code) == 6 and code.isdigit()):
            raise InputError(f"{code!r} is not a six-digit HS code", where="--hs", remedy="write it as 284610")
    return wanted, f"HS {', '.join(wanted)}"


def _reader(
    source: str | None, mapping: str | Path | Mapping[str, Any] | TableMapping | None, given: dict[str, Any]
) -> tuple[Source, dict[str, Any]]:
    mapped = mapping is not None or source == "table" or any(name in _mapping_only() for name in given)
    if not mapped:
        if source is None:
            raise InputError("no source is named", remedy="give --source NAME, or --mapping for a table of your own")
        reader = source_named(source)
        return reader, _accepted(reader, given)
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
    for path in paths:
        for piece in reader.parse(path, **options):
            if not limits:
                yield piece
                continue
            # Named apart, so that another chain out of the same file stands beside this one instead of replacing it.
            note = f"only {limits} was taken from the file: nothing is known here of other products"
            yield replace(piece, file=f"{piece.file} ({limits})", notes=(*piece.notes, note))


def _first_bad_row(piece: Parsed) -> SourceError:
    row = piece.quarantine.row(0, named=True)
    others = len(piece.quarantine) - 1
    more = f" (and {others} more rows of this piece)" if others else ""
    return SourceError(
        f"{row['column']} is {row['value']!r}: {row['reason']}{more}; nothing was stored",
        where=f"{row['file']}, row {row['row']}",
        remedy=f"{row['remedy']}; or set such rows aside with on_error='quarantine'",
    )


def _require_years(tally: Tally, years: Collection[int] | None, paths: Sequence[Path]) -> None:
    missing = sorted(set(years or ()) - tally.years())
    if missing:
        raise SourceError(
            f"asked for, but not in the file: {', '.join(map(str, missing))}",
            where=", ".join(map(str, paths)),
            remedy="ask for the years it holds, or bring the file that holds the missing ones",
        )
