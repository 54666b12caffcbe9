"""What the figures of the policy study share: rows of scenarios with intervals, panels by scenario, source lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from xenotime.report import style
from xenotime.report.labels import wrapped
from xenotime.studies.policy import PolicyStudy
from xenotime.studies.policy.numbers import percent

#: Room for the names of scenarios, inches.
NAMES = 2.7
ROW = 0.27
NAME_SIZE = style.SMALL - 0.5
#: Panels by scenario that a figure shows.
SHOWN = 4


@dataclass(frozen=True)
class PolicyFigure:
    """One figure of the policy report: what `FigureKind` is for the trade study."""

    title: str
    draw: Callable[[PolicyStudy], Figure]
    caption: Callable[[PolicyStudy], str]
    alt: Callable[[PolicyStudy], str]


def solved(study: PolicyStudy) -> pl.DataFrame:
    """Return the rows of the comparison that have an answer, the largest fall of world quantity first."""
    return study.comparison.drop_nulls("quantity").sort("quantity", "scenario")


def shown(study: PolicyStudy) -> list[dict[str, Any]]:
    """Return the scenarios with a panel of their own: the largest changes on the market of most scenarios."""
    rows = solved(study)
    main = rows.group_by("market", maintain_order=True).len().sort("len", descending=True)["market"]
    if main.is_empty():
        return []
    here = rows.filter(pl.col("market") == main[0]).sort(pl.col("quantity").abs(), descending=True)
    return here.filter(pl.col("quantity") != 0).head(SHOWN).to_dicts()


def rows_figure(
    study: PolicyStudy, below: float = 0.42, above: float = 0.34, width: float = 1.0
) -> tuple[Figure, Any, pl.DataFrame]:
    """Return a figure with one row a scenario, its axes (names written at the left), and the rows from the top."""
    rows = solved(study)
    tall = max(1, len(rows)) * ROW
    figure = Figure(figsize=(style.WIDTH, above + tall + below))
    high = figure.get_figheight()
    axes = figure.add_axes(
        (NAMES / style.WIDTH, below / high, width * (style.WIDTH - NAMES - 0.12) / style.WIDTH, tall / high)
    )
    several = rows["market"].n_unique() > 1
    for k, row in enumerate(rows.iter_rows(named=True)):
        place = f" ({row['market']})" if several else ""
        lines = two_lines(row["title"] + place, NAMES - 0.12)
        for line, text in enumerate(lines):  # one text a line: in SVG a block of lines keeps no right edge
            axes.annotate(
                text,
                xy=(0, k),
                xycoords=("axes fraction", "data"),
                xytext=(-7, 1.1 * NAME_SIZE * ((len(lines) - 1) / 2 - line)),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=NAME_SIZE,
                annotation_clip=False,
            )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    for k in range(0, len(rows), 2):
        axes.axhspan(k - 0.5, k + 0.5, color="#f6f6f6", lw=0, zorder=0)
    return figure, axes, rows


def two_lines(text: str, inches: float) -> list[str]:
    """Break a text into at most two lines of `inches`; what is still too long ends in an ellipsis."""
    lines = wrapped(text, inches * 72, NAME_SIZE)
    return lines if len(lines) <= 2 else [lines[0], wrapped(f"{lines[1]}", inches * 72 - 8, NAME_SIZE)[0] + " …"]


def zero_line(axes: Any) -> None:
    """Mark no change."""
    axes.axvline(0, color=style.SOFT, lw=0.8, zorder=1)


def signed_axis(axes: Any, unit: str) -> None:
    """Label a horizontal axis of signed numbers."""
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:+g}".replace("-", "−") if tick else "0" for tick in ticks])
    axes.set_xlim(low, high)
    axes.set_xlabel(unit)


def grid_of_panels(count: int, rows: int, left: float, head: float = 0.0) -> tuple[Figure, list[Any]]:
    """Return `count` panels in two columns, each with `rows` rows and names at its left, and `head` inches on top."""
    columns = min(2, count)
    lines = int(np.ceil(count / columns))
    tall, above, below = rows * 0.19, 0.46, 0.42
    figure = Figure(figsize=(style.WIDTH, head + lines * (tall + above + below)))
    high = figure.get_figheight()
    wide = style.WIDTH / columns
    panels = []
    for k in range(count):
        line, column = divmod(k, columns)
        bottom = high - head - (line + 1) * (tall + above + below) + below
        panels.append(
            figure.add_axes(
                (
                    (column * wide + left) / style.WIDTH,
                    bottom / high,
                    (wide - left - 0.18) / style.WIDTH,
                    tall / high,
                )
            )
        )
    return figure, panels


def panel_title(axes: Any, text: str, left: float, inches: float = 3.7) -> None:
    """Write a scenario's name above its panel, `left` inches out to the edge of its names, in up to two lines."""
    lines = wrapped(text, inches * 72, style.TEXT + 0.4, bold=True)[:2]
    axes.annotate(
        "\n".join(lines),
        xy=(0, 1),
        xycoords="axes fraction",
        xytext=(-72 * left + 4, 5),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=style.TEXT + 0.4,
        fontweight="bold",
        annotation_clip=False,
    )


def named_rows(axes: Any, names: Sequence[str]) -> None:
    """Put one row a name on the vertical axis, from the top."""
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", labelsize=style.SMALL, labelcolor=style.INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x")


def source_line(study: PolicyStudy) -> str:
    """Return where the numbers come from and what they are (convention 9)."""
    names = ", ".join(dict.fromkeys(f"{p.title or p.source} {p.version}".strip() for p in study.provenance))
    years = ", ".join(str(year) for year in sorted(set(study.markets["year"].to_list())))
    what = "reconstructed base, simulated changes" if study.reconstructed else "observed base, simulated changes"
    return f"Source: {names}, {years}; {what}."


def interval(study: PolicyStudy) -> str:
    """Return what lines and whiskers are."""
    draws = int(study.scenarios["draws"].max())  # type: ignore[arg-type]
    level = percent(float(study.settings["level"]))
    return f"Marks are medians, lines {level} intervals over {draws} draws of the elasticities."
