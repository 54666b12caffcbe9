"""What the tables of the alliances study share: headers, and cells of estimates."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from xenotime.report import numbers
from xenotime.report.alliances.base import rows_of
from xenotime.report.tables import NOTHING, Cell, Header, figure
from xenotime.studies.alliances import AlliancesStudy


def header(*names: str) -> tuple[tuple[Header, ...], ...]:
    """Return one row of headers; a name that begins with an asterisk is of words."""
    return (tuple(Header(name.removeprefix("*"), number=not name.startswith("*")) for name in names),)


def interval(row: Mapping[str, Any], decimals: int = 3, factor: float = 1.0) -> Cell:
    """Return an interval as one cell."""
    low, high = row.get("low"), row.get("high")
    if low is None or high is None:
        return Cell(NOTHING)
    return Cell(f"{figure(factor * low, decimals).text} to {figure(factor * high, decimals).text}")


def chance(p: float | None) -> Cell:
    """Return a p-value; what is below a thousandth is said to be."""
    return Cell("< 0.001") if p is not None and p < 0.001 else figure(p, 3)


def titled(study: AlliancesStudy, stage: str, what: str) -> str:
    """Return a caption that names the stage where there are several."""
    return f"{numbers.stage_title(stage)}: {numbers.in_sentence(what)}" if len(study.stages) > 1 else what


def stage_rows(study: AlliancesStudy, table: str, stage: str) -> list[dict[str, Any]]:
    """Return a stage's rows of a table, none where the study does not bear it."""
    rows = rows_of(study, table)
    return [] if rows.is_empty() else rows.filter(pl.col("stage") == stage).to_dicts()


def estimated(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Return estimate, error, interval and p-value."""
    return figure(row["estimate"], 3), figure(row["error"], 3), interval(row), chance(row["p"])
