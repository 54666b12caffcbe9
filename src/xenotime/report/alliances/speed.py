"""Figures on speed: estimates at other lags and at the placebo lead, and the course after a lasting change."""

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from xenotime.report import style
from xenotime.report.alliances.base import below, grid, level, number, places, sentences, told
from xenotime.report.figures.base import nothing_known
from xenotime.studies.alliances import AlliancesStudy

LEAD = style.VERMILION


@style.styled
def draw_lags(study: AlliancesStudy) -> Figure:
    """Each covariate of interest at each lag alone, and at a lead beside its own lag."""
    shown = places(study)
    figure, axes = grid(study, shown, 1.35, left=0.5, apart=0.42)
    hue = style.stage_colours(study.stages)
    table = study.tables["lags"]
    for place, panel in zip(shown, axes, strict=True):
        rows = table.filter(
            (pl.col("covariate") == f"edgecov.{place.covariate}") & (pl.col("stage") == place.stage)
        ).drop_nulls("estimate")
        if rows.is_empty():
            nothing_known(panel, "not in the model")
            continue
        alone = rows.filter((pl.col("model") == "alone") & (pl.col("lag") >= 0))
        ahead = rows.filter((pl.col("model") == "joint") & (pl.col("lag") < 0))
        low, high = _ends(pl.concat([alone, ahead]))
        panel.axhline(0, color=style.SOFT, linewidth=0.8, zorder=1)
        for part, colour, mark in ((alone, hue[place.stage], "o"), (ahead, LEAD, "D")):
            for row in part.iter_rows(named=True):
                at = row["lag"]
                if row["low"] is not None:
                    panel.plot([at, at], [max(row["low"], low), min(row["high"], high)], color=colour, linewidth=1.2,
                               zorder=2, solid_capstyle="butt")  # fmt: skip
                face = colour if told(row["low"], row["high"]) else "white"
                panel.plot([at], [row["estimate"]], mark, color=colour, markerfacecolor=face, markersize=4.2, zorder=4)
                if row["best"]:
                    panel.plot([at], [row["estimate"]], "o", color=colour, markerfacecolor="none", markersize=8.5,
                               markeredgewidth=0.7, zorder=3)  # fmt: skip
        lags = sorted({*alone["lag"].to_list(), *ahead["lag"].to_list()})
        if ahead.height:
            panel.axvspan(lags[0] - 0.5, -0.5, color="#f6f0ec", linewidth=0, zorder=0)
        panel.set_ylim(low, high)
        panel.set_xlim(lags[0] - 0.5, lags[-1] + 0.5)
        panel.set_xticks(lags, [f"lead {-lag}" if lag < 0 else str(lag) for lag in lags])
        ticks = [tick for tick in panel.get_yticks() if low <= tick <= high]
        panel.set_yticks(ticks, [number(tick) for tick in ticks])
        panel.set_xlabel("years before the tie")
    return figure


def _ends(rows: pl.DataFrame) -> tuple[float, float]:
    low = min(0.0, *(value for value in rows["low"].to_list() + rows["estimate"].to_list() if value is not None))
    high = max(0.0, *(value for value in rows["high"].to_list() + rows["estimate"].to_list() if value is not None))
    room = 0.08 * (high - low) + 1e-9
    return low - room, high + room


def caption_lags(study: AlliancesStudy) -> str:
    """Words under the lags."""
    return (
        f"Log-odds of a tie for one unit more, by how many years the covariate precedes the tie, {level(study)} "
        "intervals; each lag in the place of the model's own, all on the same pairs and years, others at their own "
        "lag. The ring marks the lag that fits best. Red, on shaded ground: the placebo, next year's covariate beside "
        "this model's lag; far from 0, it says that the covariate follows trade. Full marks: the interval leaves out "
        "0. Each panel has its own scale. "
        f"{below(study)}"
    )


def alt_lags(study: AlliancesStudy) -> str:
    """What the lags show, in words."""
    return "Estimates with intervals by lag, and the placebo lead. " + sentences(study, "speed")


@style.styled
def draw_paths(study: AlliancesStudy) -> Figure:
    """What one standard deviation more, lasting, does to expected ties, year after year, in per cent."""
    shown = places(study)
    figure, axes = grid(study, shown, 1.35, left=0.55, apart=0.55)
    hue = style.stage_colours(study.stages)
    table = study.tables["paths"].filter(pl.col("before") > 0)
    keys = ("difference", "low", "high")
    table = table.with_columns((100 * pl.col(key) / pl.col("before")).alias(key) for key in keys)
    for place, panel in zip(shown, axes, strict=True):
        rows = table.filter((pl.col("covariate") == place.covariate) & (pl.col("stage") == place.stage)).sort("step")
        if rows.is_empty():
            nothing_known(panel, "not simulated")
            continue
        step, middle, low, high = (rows[key].to_numpy() for key in ("step", *keys))
        colour = hue[place.stage]
        panel.axhline(0, color=style.SOFT, linewidth=0.8, zorder=1)
        panel.fill_between(step, low, high, color=colour, alpha=0.16, linewidth=0)
        panel.plot(step, middle, color=colour, linewidth=1.8, zorder=3)
        panel.plot(step[[0, -1]], middle[[0, -1]], "o", color=colour, markersize=3.6, zorder=4, clip_on=False)
        bounds = np.concatenate([[0.0], low, high])
        room = 0.14 * float(np.ptp(bounds)) + 1e-9
        panel.set_ylim(bounds.min() - room, bounds.max() + room)
        panel.set_xlim(step[0] - 0.3, step[-1] + 0.3)
        up = 1 if middle[-1] >= 0 else -1
        for k, side, way in ((0, "left", -up), (len(step) - 1, "right", up)):
            panel.annotate(
                signed_percent(middle[k]), (step[k], middle[k]), (0, 5 * way), textcoords="offset points", ha=side,
                va="bottom" if way > 0 else "top", fontsize=style.SMALL, color=style.ink(colour), gid=style.HALO,
                zorder=5, annotation_clip=False,
            )  # fmt: skip
        ticks = [tick for tick in panel.get_yticks() if panel.get_ylim()[0] <= tick <= panel.get_ylim()[1]]
        decimals = 0 if all(abs(tick - round(tick)) < 1e-9 for tick in ticks) else 1
        panel.set_yticks(ticks, [signed_percent(tick, decimals) for tick in ticks])
        every = 1 if len(step) <= 9 else 2 if len(step) <= 18 else 5
        panel.set_xticks(step[::every], [str(k) for k in step[::every]])
        panel.set_xlabel("year of the change")
    return figure


def signed_percent(value: float, decimals: int = 1) -> str:
    """Write a change in per cent with its sign: "+3.1 %"."""
    text = f"{value:+.{decimals}f}" if round(value, decimals) else "0"
    return text.replace("-", "−") + "\N{NO-BREAK SPACE}%"


def caption_paths(study: AlliancesStudy) -> str:
    """Words under the paths."""
    return (
        "Change in the expected number of ties, in per cent, when every pair has one standard deviation more of the "
        "covariate, and keeps it: simulated forward with other ties and memory answering. Year 1 is the short run, the "
        f"last year the long run. Bands: {level(study)} of draws of the coefficients. Each panel has its own "
        f"scale. {below(study)}"
    )


def alt_paths(study: AlliancesStudy) -> str:
    """What the paths show, in words."""
    return "Courses of expected ties after a lasting change. " + sentences(study, "speed")
