"""What to say of a file that came without a source or a mapping: how it may be read, judged by its name and header."""

from pathlib import Path

from xenotime.core import XenotimeError
from xenotime.sources._baci_rows import COLUMNS as BACI
from xenotime.sources._tabular import open_table
from xenotime.sources.comtrade import COLUMNS as COMTRADE
from xenotime.sources.mapping import ready


def how_to_read(path: Path) -> str:
    """Return the options that fit a file, or all there are."""
    header = _header(path)
    mappings = ready()
    fitting = [name for name, plan in mappings.items() if header and set(plan.columns.values()) <= header]
    if path.name.upper().startswith("BACI_HS") or header == set(BACI):
        likely = "it looks like BACI: give --source baci; or "
    elif fitting:
        likely = f"the columns are those of --mapping {fitting[0]}; or "
    elif header and all(header & set(choices) for choices in COMTRADE.values()):
        likely = "it looks like UN Comtrade: give --source comtrade; or "
    else:
        likely = ""
    return (
        f"{likely}give --source NAME (xenotime sources lists them), --mapping NAME for a layout that is known "
        f"({', '.join(mappings)}), or --mapping FILE.yaml for a table of your own (docs: ingest your file)"
    )


def _header(path: Path) -> set[str]:
    try:
        return set(open_table(path).columns)
    except XenotimeError:
        return set()
