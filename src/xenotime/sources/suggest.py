"""What to say of a file that came without a source or a mapping: how it may be read, judged by its name and header."""

import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from xenotime.core import XenotimeError
from xenotime.sources import atop, cow, gdelt, icews, polecat, rivalries, rta, sanctions, unga
from xenotime.sources._baci_rows import COLUMNS as BACI
from xenotime.sources._event_files import Lines, decoded, event_files
from xenotime.sources._tabular import open_table
from xenotime.sources.comtrade import COLUMNS as COMTRADE
from xenotime.sources.mapping import ready

#: Source to the columns that its files are known by, one set a layout.
LAYOUTS: Mapping[str, Iterable[Iterable[str]]] = {
    "atop": [
        [*pair, "year", *(start + name for name in atop.OBLIGATIONS.values())]
        for pair in atop.PAIRS
        for start in ("", "atop_")
    ],
    **{
        source.INFO.name: [layout.columns for layout in source.layouts.values()]
        for source in (cow.ALLIANCES, cow.DISPUTES, cow.CONTIGUITY)
    },
    "rivalries": [rivalries.COLUMNS],
    "rta": rta.LAYOUTS[:1],
    "sanctions": sanctions.LAYOUTS,
    "unga": [*(["ccode", "session", name] for name in unga.IDEAL), ["rcid", "ccode", "vote"]],
    "gpr": [["month", "GPR"], ["year", "month", "gpr"]],
}
#: Characters of a first line, and what a file that is no event file may raise when it is opened as one.
_LONGEST = 100_000
_DAMAGED = (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


def how_to_read(path: Path) -> str:
    """Return the options that fit a file, or all there are."""
    header = _header(path)
    mappings = ready()
    fitting = [name for name, plan in mappings.items() if header and set(plan.columns.values()) <= header]
    events = _events(path)
    if events:
        likely = f"{events}; or "
    elif path.name.upper().startswith("BACI_HS") or header == set(BACI):
        likely = "it looks like BACI: give --source baci; or "
    elif fitting:
        likely = f"the columns are those of --mapping {fitting[0]}; or "
    elif header and all(header & set(choices) for choices in COMTRADE.values()):
        likely = "it looks like UN Comtrade: give --source comtrade; or "
    else:
        known = next((name for name, layouts in LAYOUTS.items() if any(set(one) <= header for one in layouts)), "")
        likely = f"it has the columns of --source {known}; or " if known else ""
    return (
        f"{likely}give --source NAME (xenotime sources lists them), --mapping NAME for a layout that is known "
        f"({', '.join(mappings)}), or --mapping FILE.yaml for a table of your own (docs: ingest your file)"
    )


def _events(path: Path) -> str:
    """Say whose event files a file, or the first of a folder, looks like; "" where like nobody's."""
    try:
        first = event_files([path])[0][0]
        with Lines(first).opened() as stream:
            line = decoded(stream.readline(_LONGEST)).strip("\ufeff\r\n")
    except (XenotimeError, *_DAMAGED):
        return ""
    fields = [field.strip('" ') for field in line.split("\t")]
    for source in (icews, polecat):
        if set(source.HEADER.wanted) <= set(fields):
            return f"it has the columns of --source {source.INFO.name}"
    if len(fields) in gdelt.COLUMNS and fields[0].isdigit() and len(fields[1]) == len("20190131"):
        return f"it has the {len(fields)} columns of --source gdelt"
    comma = {field.strip('" ').lower() for field in line.split(",")}
    needed = [known for field, known in icews.REDUCED.items() if field != "intensity"]
    return "its columns fit --source icews" if all(comma & set(known) for known in needed) else ""


def _header(path: Path) -> set[str]:
    try:
        return set(open_table(path).columns)
    except XenotimeError:
        return set()
