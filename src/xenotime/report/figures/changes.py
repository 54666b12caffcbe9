"""A figure of before and after: what `xenotime.networks.compare` found, one row a measure, against its noise."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xenotime.core import InputError
from xenotime.networks import INDICATORS, SHAPE, SHAPE_TABLES
from xenotime.report import numbers, style
from xenotime.report.figures.base import panels, title

#: Height of a row, inches; rows shown a stage, at most, the largest changes first.
ROW, MOST = 0.19, 25
#: Per cent beyond which a change is written at the edge: drawn to scale it would flatten all others.
EDGE = 1000.0
#: How a change is marked, by `more_than_noise`: colour, face, words.
MARKS: Mapping[bool | None, tuple[str, str, str]] = {
    True: (style.VERMILION, style.VERMILION, "more than noise"),
    False: (style.OTHER, "white", "not told from noise"),
    None: (style.SLATE, style.SLATE, "no yardstick given"),
}

#: Measures of tables by a title shorter than the table's and the column's.
TITLES: Mapping[str, str] = {
    "regions.within_share": "Trade within continents",
    "regions.relative_intensity": "Trade within continents over chance",
    "regions.mean_distance": "Mean distance of trade",
    "homophily.times": "Trade within continents beyond gravity",
    "communities.within_share": "Trade within communities of before",
    "communities.modularity": "Modularity, communities of before",
    "communities.modularity_anew": "Modularity, communities anew",
    "carriers.carried_share": "Carried, last",
}


@style.styled
def changes(table: pl.DataFrame) -> Figure:
    """Draw changes in per cent of what was before, with their intervals over draws.

    A measure that was zero, undefined or negative before has no change in per cent and is left out: read the table.
    A change of more than `EDGE` per cent stands at the edge of the panel, in figures.

    Parameters
    ----------
    table : polars.DataFrame
        From `xenotime.networks.compare`, of one pair of years; filter it to what the figure is about.

    Raises
    ------
    InputError
        Several pairs of years, or nothing that can be drawn.
    """
    shown = relative(table)
    stages = shown["stage"].unique(maintain_order=True).to_list()
    tall = max(shown.group_by("stage").len()["len"].to_list())
    figure, axes = panels(
        len(stages),
        max(tall, 3) * ROW,
        columns=1 if len(stages) == 1 else 2,
        left=2.1,
        right=0.5,
        apart=2.3,
        bottom=0.55,
    )
    before, after = table.select("year_before", "year_after").row(0)
    years = f"{before} to {after}" if before != after else str(before)
    for stage, panel in zip(stages, axes, strict=True):
        title(panel, f"{numbers.stage_title(stage)}, {years}", room=0.4)
        _rows(panel, shown.filter(pl.col("stage") == stage), tall)
    _key(figure, set(shown["more_than_noise"].to_list()))
    return figure


def percentable() -> pl.Expr:
    """Whether a row's change can be written in per cent of what was before."""
    return pl.col("change").is_not_null() & (pl.col("before") > 0)


def relative(table: pl.DataFrame) -> pl.DataFrame:
    """Return `stage, label, percent, low, high, more_than_noise` of what the figure shows, in its order."""
    if table.select("year_before", "year_after").unique().height != 1:
        raise InputError(
            "the table has no pair of years, or several",
            where="report.figures.changes",
            remedy="draw one pair at a time: table.filter(pl.col('year_after') == 2020)",
        )
    known = table.filter(percentable())
    if known.is_empty():
        raise InputError(
            "no change in the table can be written in per cent of what was before",
            where="report.figures.changes",
            remedy="give measures that are above zero before",
        )
    share = {name: 100 * pl.col(column) / pl.col("before") for name, column in (
        ("percent", "change"), ("low", "change_low"), ("high", "change_high"))}  # fmt: skip
    labels = [_label(*row) for row in known.select("indicator", "country", "detail").iter_rows()]
    frame = known.select("stage", pl.Series("label", labels), **share, more_than_noise="more_than_noise")
    largest = pl.col("percent").abs().rank("ordinal", descending=True).over("stage") <= MOST
    return frame.filter(largest)


def _label(indicator: str, country: str | None, detail: str | None) -> str:
    kinds = INDICATORS | SHAPE
    table, _, column = indicator.partition(".")
    if indicator in kinds:
        parts = [kinds[indicator].title]
    elif table in SHAPE_TABLES:
        parts = [TITLES.get(indicator, f"{SHAPE_TABLES[table].title}: {column.replace('_', ' ')}")]
    else:
        parts = [indicator.replace("_", " ")]
    parts += [numbers.name(country)] if country else []
    parts += [detail] if detail else []
    return ", ".join(parts)


def _rows(panel: Any, rows: pl.DataFrame, tall: int) -> None:
    for i, row in enumerate(rows.iter_rows(named=True)):
        edge, face, _ = MARKS[row["more_than_noise"]]
        if abs(row["percent"]) > EDGE:
            words = f"{row['percent']:+,.0f} % →".replace("-", "−")
            beyond = panel.get_yaxis_transform()
            panel.text(0.99, i, words, color=edge, fontsize=style.SMALL, ha="right", va="center", transform=beyond)
            continue
        if row["low"] is not None:
            panel.plot([row["low"], row["high"]], [i, i], color=edge, linewidth=1.3, zorder=2)
        panel.plot([row["percent"]], [i], "o", markersize=4.5, markerfacecolor=face, markeredgecolor=edge, zorder=3)
    panel.axvline(0, color=style.SOFT, linewidth=0.8, zorder=1)
    panel.set_ylim(max(tall, 3) - 0.5, -0.5)
    drawn = rows.filter(pl.col("percent").abs() <= EDGE)
    bounds = np.array([v for column in ("percent", "low", "high") for v in drawn[column] if v is not None] + [0.0])
    room = 0.06 * max(float(np.ptp(bounds)), 1.0)
    panel.set_xlim(bounds.min() - room, bounds.max() + room)
    panel.grid(visible=False, axis="y")
    panel.grid(visible=True, axis="x")
    panel.set_yticks(range(len(rows)), rows["label"].to_list())
    panel.tick_params(axis="y", length=0, labelcolor=style.INK)
    panel.set_xlabel("change, % of before")


def _key(figure: Figure, kinds: set[bool | None]) -> None:
    """Say what the marks mean, in the corner under the labels, which no axis uses."""
    held = [mark for kind, mark in MARKS.items() if kind in kinds]
    dots = [
        Line2D([], [], linestyle="", marker="o", markersize=4.5, markerfacecolor=face, markeredgecolor=edge)
        for edge, face, _ in held
    ]
    figure.legend(dots, [words for *_, words in held], loc="lower left", fontsize=style.SMALL, handlelength=0.8)
