"""What the command line prints: tables for people, JSON for machines, notes and errors on standard error."""

import json
import math
import sys
import warnings
from typing import TYPE_CHECKING, Any, TextIO

from xenotime.core import DataWarning

if TYPE_CHECKING:
    import polars as pl


def print_json(value: Any) -> None:
    """Print JSON with the types of our tables understood; what is no finite number becomes null."""
    print(json.dumps(_finite(value), ensure_ascii=False, indent=1, default=str, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value


def rows(frame: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a frame for JSON; NaN becomes null, which JSON has and NaN is not."""
    import polars.selectors as cs

    return frame.with_columns(cs.float().fill_nan(None)).to_dicts()


def print_table(frame: "pl.DataFrame", title: str = "") -> None:
    """Print a frame as a table: numbers right-aligned, empty cells as a dash."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*(_cell(value) for value in row))
    wide = Console().width if sys.stdout.isatty() else 160
    Console(width=wide, highlight=False, markup=False).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)


def plain_warnings() -> None:
    """Show our notes on data as one line of words; leave other warnings as Python prints them."""
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, DataWarning):
            print(f"Note: {message}", file=sys.stderr)
        else:
            usual(message, category, filename, lineno, file, line)

    warnings.showwarning = show
