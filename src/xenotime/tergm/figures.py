"""Figures of fits, effects and goodness of fit. matplotlib is imported here alone, and this module only when asked."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from xenotime.tergm.effects import Effects
    from xenotime.tergm.gof import Gof, GofStatistic
    from xenotime.tergm.tables import Comparison

#: Colours of Okabe and Ito (2008), which the colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Levels beyond these are few and flatten the others.
SHOWN_LEVELS = 25


def _intervals(axes: Any, names: list[str], series: dict[str, Any]) -> None:
    """Draw points with intervals, a row a name, the series of one name beside each other."""
    place = {name: len(names) - 1 - row for row, name in enumerate(names)}
    step = 0.6 / max(1, len(series))
    for number, (label, rows) in enumerate(series.items()):
        drawn = [row for row in rows if np.isfinite([row[1], row[2], row[3]]).all()]
        at = [place[row[0]] + step * ((len(series) - 1) / 2 - number) for row in drawn]
        middle, low, high = (np.array([row[k] for row in drawn]) for k in (1, 2, 3))
        axes.errorbar(
            middle, at, xerr=[middle - low, high - middle], fmt="o", markersize=4, capsize=2,
            color=COLOURS[number % len(COLOURS)], label=label,
        )  # fmt: skip
    axes.axvline(0, color="0.6", linewidth=0.8)
    axes.set_yticks(range(len(names)), names[::-1])
    axes.set_ylim(-0.6, len(names) - 0.4)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def coefficient_figure(comparison: "Comparison", drop: tuple[str, ...] = ("edges",), level: float = 0.95) -> Figure:
    """Draw the coefficients of one model or several with headline intervals.

    Parameters
    ----------
    comparison : Comparison
    drop : tuple of str
        Coefficients left out (the intercept would flatten the others).
    level : float
    """
    names = [term for term in comparison.terms if term not in drop]
    figure = Figure(
        figsize=(7, 1.2 + 0.32 * len(names) * (1 + 0.25 * (len(comparison.fits) - 1))), layout="constrained"
    )
    axes = figure.subplots()
    series = {
        label: [
            (row["term"], row["estimate"], row["low"], row["high"])
            for row in fit.conf_int(level).iter_rows(named=True)
            if row["term"] in names
        ]
        for label, fit in comparison.fits.items()
    }
    _intervals(axes, names, series)
    axes.set_xlabel(f"coefficient (log-odds), {level:.0%} interval")
    if len(series) > 1:
        axes.legend(frameon=False)
    return figure


def effects_figure(effects: "Effects") -> Figure:
    """Draw average marginal effects, in percentage points, with their intervals."""
    rows = list(effects.frame.iter_rows(named=True))
    names = [f"{row['term']}  ({row['change']})" for row in rows]
    figure = Figure(figsize=(7, 1.2 + 0.35 * len(names)), layout="constrained")
    axes = figure.subplots()
    points = [
        (name, *(100 * row[key] for key in ("effect", "low", "high"))) for name, row in zip(names, rows, strict=True)
    ]
    _intervals(axes, names, {effects.kind: points})
    axes.set_xlabel(f"{effects.kind} effect on the probability of a tie, percentage points ({effects.level:.0%})")
    axes.set_title(str(effects.scope), fontsize=9, loc="left")
    return figure


def gof_figure(gof: "Gof") -> Figure:
    """Draw goodness of fit: boxes of the simulated means over years, a line for the observed, ROC and calibration."""
    panels = [*gof.statistics.values()]
    columns = 3
    figure = Figure(figsize=(12, 3.1 * -(-(len(panels) + 2) // columns)), layout="constrained")
    grid = figure.subplots(-(-(len(panels) + 2) // columns), columns, squeeze=False).ravel()
    for axes, item in zip(grid, panels, strict=False):
        _boxes(axes, item)
    _roc(grid[len(panels)], gof)
    _calibration(grid[len(panels) + 1], gof)
    for axes in grid[len(panels) + 2 :]:
        axes.set_visible(False)
    slowest = min(gof.effective.values())
    figure.suptitle(
        f"Goodness of fit, {gof.sample}: {gof.simulations} simulations a year (at least {slowest:.0f} effective), "
        f"{len(gof.years)} years",
        fontsize=11,
    )
    return figure


def _boxes(axes: Any, item: "GofStatistic") -> None:
    seen, drawn = item.observed.mean(axis=0), item.simulated.mean(axis=1)
    shown = _shown(item, np.flatnonzero((drawn.mean(axis=0) > 0) | (seen > 0)))
    place = np.arange(len(shown))
    axes.boxplot(
        drawn[:, shown], positions=place, widths=0.6, showfliers=False, whis=(2.5, 97.5),
        medianprops={"color": COLOURS[0]}, boxprops={"color": "0.4"}, whiskerprops={"color": "0.4"},
        capprops={"color": "0.4"},
    )  # fmt: skip
    axes.plot(place, seen[shown], "o-", color=COLOURS[1], markersize=3, linewidth=1.2, label="observed")
    labels = [item.levels[level] for level in shown]
    every = 1 if max(len(label) for label in labels) > 2 else max(1, len(shown) // 12)
    axes.set_xticks(place[::every], labels[::every], rotation=60 if item.name == "triad census" else 0, fontsize=7)
    axes.set_title(f"{item.name} (joint p {item.joint_p():.3f})", fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _shown(item: "GofStatistic", filled: np.ndarray) -> np.ndarray:
    """Return the levels to draw: all of the census, else the first ones and pairs without a path."""
    if item.name == "triad census" or len(filled) <= SHOWN_LEVELS:
        return filled
    return np.append(filled[:SHOWN_LEVELS], filled[-1:] if item.levels[-1] == "none" else filled[:0])


def _roc(axes: Any, gof: "Gof") -> None:
    for curve, name, colour in (
        (gof.prediction.roc(), "ROC", COLOURS[0]), (gof.prediction.precision_recall(), "precision–recall", COLOURS[2]),
    ):  # fmt: skip
        axes.plot(curve.x, curve.y, color=colour, label=f"{name}: area {curve.area:.3f}")
    axes.set_title("tie prediction", fontsize=9)
    axes.set_xlabel("false positive rate, or recall", fontsize=8)
    axes.legend(frameon=False, fontsize=7)


def _calibration(axes: Any, gof: "Gof") -> None:
    table = gof.prediction.calibration()
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
    axes.plot(table["predicted"], table["observed"], "o-", color=COLOURS[1], markersize=4)
    axes.set_xlabel("simulated share", fontsize=8)
    axes.set_title("calibration (observed share)", fontsize=9)
