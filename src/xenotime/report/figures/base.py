"""What a figure of the report is, and the pieces that several figures share: panels, lines with gaps, end labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from xenotime.report import numbers, style
from xenotime.report.labels import spread, wrapped
from xenotime.studies import TradeStudy

Floats = NDArray[np.float64]
Years = NDArray[np.int64]


Coverage = tuple[tuple[str, ...], tuple[int, int]]


def all_of_it(study: TradeStudy) -> Coverage:
    """All stages and years: what a trend covers."""
    return study.stages, (min(study.years), max(study.years))


def latest(study: TradeStudy) -> Coverage:
    """All stages, each in its last year with trade."""
    return study.stages, numbers.last_years(study)


@dataclass(frozen=True)
class FigureKind:
    """One figure of the report.

    Attributes
    ----------
    title : str
        What it shows, for a list of figures.
    draw : callable
        Study to matplotlib Figure, in the house look.
    caption : callable
        Study to the words under the figure; ends with the source line (convention 9).
    alt : callable
        Study to what the figure shows, for readers who do not see it.
    least_years : int
        Years the study must hold for the figure to say anything (a trend needs two).
    covers : callable
        Study to (stages, (first year, last year)) in the figure: what a figure saved alone says of itself.
    """

    title: str
    draw: Callable[[TradeStudy], Figure]
    caption: Callable[[TradeStudy], str]
    alt: Callable[[TradeStudy], str]
    least_years: int = 1
    covers: Callable[[TradeStudy], Coverage] = all_of_it

    def describe(self, study: TradeStudy) -> str:
        """Return the title of the figure alone: "Concentration. Rare earths: permanent magnets, 2002–2024"."""
        stages, years = self.covers(study)
        traded = ", ".join(numbers.in_sentence(numbers.goods(study, stage)) for stage in stages)
        return f"{self.title}. {study.title}: {traded or 'no trade'}, {numbers.span(*years)}"


def panels(
    count: int,
    height: float,
    *,
    columns: int | None = None,
    left: float = 0.45,
    right: float = 0.1,
    top: float = 0.3,
    bottom: float = 0.3,
    apart: float = 0.55,
    width: float = style.WIDTH,
) -> tuple[Figure, list[Any]]:
    """Return a figure of `count` panels of the same size, row by row.

    Parameters
    ----------
    height : float
        Of one panel's axes, inches.
    columns : int, optional
        Default: three in a row, or two where that leaves no hole (4 panels).
    left, right, top, bottom : float
        Room around the panels of a row, inches; `top` and `bottom` are given to each row.
    apart : float
        Room between the columns, inches.
    """
    columns = columns or (2 if count == 4 else min(count, 3))
    rows = ceil(count / columns)
    tall = rows * (top + height + bottom)
    wide = (width - left - right - apart * (columns - 1)) / columns
    figure = Figure(figsize=(width, tall))
    axes = []
    for i in range(count):
        row, column = divmod(i, columns)
        x = left + column * (wide + apart)
        y = tall - row * (top + height + bottom) - top - height
        axes.append(figure.add_axes((x / width, y / tall, wide / width, height / tall)))
    return figure, axes


def line(axes: Any, years: Years, values: Floats, colour: str, **options: Any) -> None:
    """Draw a series; missing years are gaps, and a year alone between gaps is a dot, so that it is seen."""
    axes.plot(years, values, color=colour, **options)
    known = np.isfinite(values)
    before, after = np.r_[False, known[:-1]], np.r_[known[1:], False]
    alone = known & ~before & ~after
    axes.plot(years[alone], values[alone], "o", color=colour, markersize=2.6, zorder=options.get("zorder", 2))


def end_labels(axes: Any, ends: Sequence[tuple[str, float, str]], last_year: int, *, size: float = style.SMALL) -> None:
    """Write each line's label at its right end, moved apart where they would touch.

    Parameters
    ----------
    ends : sequence of (text, value, colour)
        Value is the height of the line's end, in data units. Axis limits must stand already.
    """
    if not ends:
        return
    low, high = axes.get_ylim()
    tall = axes.get_position().height * axes.figure.get_figheight() * 72
    points = (np.array([value for _, value, _ in ends]) - low) / (high - low) * tall
    placed = spread(points, size * 1.18, size / 2 - 3, tall + 3)
    for (text, _, colour), wanted, got in zip(ends, points, placed, strict=True):
        axes.annotate(
            text,
            xy=(1, wanted / tall),
            xycoords="axes fraction",
            xytext=(7, got - wanted),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=size,
            color=style.ink(colour),
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.5, "shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)},
        )
    axes.set_xlim(axes.get_xlim()[0], last_year)


def title(panel: Any, text: str, *, size: float = style.TEXT + 0.8, room: float = 0.0) -> None:
    """Write a panel's title, broken into lines where the panel, with `room` inches to its right, is too narrow."""
    wide = (panel.get_position().width * panel.figure.get_figwidth() + room) * 72
    panel.set_title("\n".join(wrapped(text, wide, size, bold=True)), fontsize=size)


def title_lines(study: TradeStudy, width: float, suffix: str = "") -> int:
    """Return how many lines the longest panel title takes at `width` inches."""
    titles = [numbers.panel_title(study, stage) + suffix for stage in study.stages]
    return max((len(wrapped(text, width * 72, style.TEXT + 0.8, bold=True)) for text in titles), default=1)


def mark(panel: Any, text: str) -> None:
    """Write a warning into a panel: what the data cannot tell."""
    panel.text(
        0.03,
        0.97,
        text,
        transform=panel.transAxes,
        ha="left",
        va="top",
        fontsize=style.SMALL,
        color=style.ink(style.VERMILION),
        fontstyle="italic",
        gid=style.HALO,
        zorder=6,
    )


def last_known(values: Floats) -> float | None:
    """Return the last value that is known, or None."""
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else None


def year_ticks(axes: Any, years: Years) -> None:
    """Whole years on the horizontal axis, ends included where there is room."""
    axes.set_xlim(years[0], years[-1])
    step = next((s for s in (1, 2, 5, 10, 20) if (years[-1] - years[0]) / s <= 5), 50)
    ticks = [year for year in range(int(years[0]), int(years[-1]) + 1) if year % step == 0]
    axes.set_xticks(ticks, [str(year) for year in ticks])


def percent_axis(axes: Any) -> None:
    """Label a vertical axis of shares in per cent, with as many decimals as tell the ticks apart."""
    _ticks(axes, 5, 100.0, " %")


def plain_axis(axes: Any, bins: int = 4) -> None:
    """Label a vertical axis with a few numbers, thousands apart."""
    _ticks(axes, bins, 1.0, "")


def _ticks(axes: Any, bins: int, factor: float, unit: str) -> None:
    locator = MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10])
    low, high = axes.get_ylim()
    ticks = [tick for tick in locator.tick_values(low, high) if low - 1e-12 <= tick <= high * (1 + 1e-9)]
    step = (ticks[1] - ticks[0]) * factor if len(ticks) > 1 else 1.0
    decimals = next((n for n in range(12) if abs(step * 10**n - round(step * 10**n)) < 1e-6), 12)
    texts = [f"{round(tick * factor, decimals) + 0.0:,.{decimals}f}{unit}".replace("-", "−") for tick in ticks]
    axes.set_yticks(ticks, texts)


def nothing_known(axes: Any, text: str = "no trade recorded") -> None:
    """Say in an empty panel that it is empty."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=style.SOFT)


def money_scale(highest_kusd: float) -> tuple[float, str]:
    """Return (thousand USD in one unit, name of the unit): US$ billion from one billion up, else US$ million."""
    return (1e6, "US$\N{NO-BREAK SPACE}billion") if highest_kusd >= 1e6 else (1e3, "US$\N{NO-BREAK SPACE}million")
