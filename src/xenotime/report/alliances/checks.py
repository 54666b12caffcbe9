"""Figures that check the model: goodness of fit of a stage's networks, and forecasts against simple rules."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from xenotime.report import numbers, style
from xenotime.report.alliances.base import below, below_title, rows_of, sentences
from xenotime.report.figures.base import panels, title
from xenotime.studies.alliances import AlliancesStudy

#: Statistics with a panel of their own, in order, and their words; those with one level stand in the table.
STATISTICS = {
    "out-degree": "Number of markets (out-degree)",
    "in-degree": "Number of suppliers (in-degree)",
    "edge-wise shared partners": "Shared partners of tied pairs",
    "dyad-wise shared partners": "Shared partners of all pairs",
    "geodesic distance": "Steps between pairs",
    "triad census": "Triads, observed over simulated",
}
#: Levels beyond these are few and flatten the others; ticks that a panel has room for.
LEVELS, TICKS = 25, 9
#: Looks of the rules that forecasts are held against, in order.
RULES = ((style.VERMILION, "solid"), (style.PURPLE, (0, (4, 1.4))), (style.SLATE, (0, (1.2, 1.2))),
         (style.OTHER, (0, (6, 1.4, 1.2, 1.4))))  # fmt: skip


def fits_of(stage: str) -> Callable[[AlliancesStudy], bool]:
    """Return a question to a study: whether it holds a stage's goodness of fit."""
    return lambda study: rows_of(study, "gof").height > 0 and stage in study.tables["gof"]["stage"]


def drawer(stage: str) -> Callable[[AlliancesStudy], Figure]:
    """Return what draws a stage's goodness of fit: one panel a statistic."""

    @style.styled
    def draw(study: AlliancesStudy) -> Figure:
        table = study.tables["gof"].filter(pl.col("stage") == stage)
        held = [name for name in STATISTICS if name in table["statistic"]]
        joint = {}
        if "gof_joint" in study.tables:
            tests = study.tables["gof_joint"].filter(pl.col("stage") == stage)
            joint = dict(tests.select("statistic", "p_value").iter_rows())
        figure, axes = panels(len(held), 1.3, columns=3, left=0.45, right=0.1, apart=0.5, top=0.42, bottom=0.3)
        hue = style.stage_colours(study.stages)[stage]
        for name, panel in zip(held, axes, strict=True):
            rows = table.filter(pl.col("statistic") == name)
            p = f"joint p = {joint[name]:.2f}" if name in joint else ""
            panel.set_title(STATISTICS[name], fontsize=style.TEXT, pad=14)
            below_title(panel, p)
            if name == "triad census":
                _ratios(panel, rows, hue)
            else:
                _counts(panel, rows, hue)
        return figure

    return draw


def _levels(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the levels that hold anything, at most `LEVELS`, and what is called "none" always."""
    known = rows.filter((pl.col("observed") > 0) | (pl.col("high") > 0))
    return pl.concat([known.filter(pl.col("level") != "none").head(LEVELS), known.filter(pl.col("level") == "none")])


def _counts(panel: Any, rows: pl.DataFrame, hue: str) -> None:
    """Draw counts by level on a scale of logs (of one more), so that few and many are both seen."""
    rows = _levels(rows)
    at = np.arange(rows.height)
    low, high, seen = (rows[name].to_numpy() for name in ("low", "high", "observed"))
    panel.set_yscale("function", functions=(lambda y: np.log1p(np.maximum(y, 0)), np.expm1))
    panel.bar(at, np.maximum(high - low, 0), bottom=low, width=0.78, color=hue, alpha=0.35, linewidth=0, zorder=2)
    panel.plot(at, rows["simulated"].to_numpy(), "_", color=hue, markersize=4.5, zorder=3)
    panel.plot(at, seen, "o", color=style.INK, markersize=2.2, zorder=4)
    top = float(max(seen.max(), high.max(), 1e-9))
    panel.set_ylim(0, np.expm1(1.06 * np.log1p(top)))
    ticks = _log_ticks(top)
    panel.set_yticks(ticks, [f"{tick:,g}" for tick in ticks])
    _level_ticks(panel, rows["level"].to_list())


def _log_ticks(top: float) -> list[float]:
    """Return zero and powers of ten, with steps between where there are few powers."""
    steps = (1,) if top >= 200 else (1, 3) if top >= 20 else (1, 2, 5)
    found = [step * 10.0**power for power in range(6) for step in steps]
    return [0.0, *(tick for tick in found if tick <= top)]


def _ratios(panel: Any, rows: pl.DataFrame, hue: str) -> None:
    """Draw observed counts over the mean of simulated ones, with the simulated range, on a scale of logs."""
    rows = rows.filter((pl.col("simulated") > 0) & (pl.col("observed") > 0))
    at = np.arange(rows.height)
    mean = rows["simulated"].to_numpy()
    floor = 1 / 8
    low, high, seen = (np.clip(rows[name].to_numpy() / mean, floor, 1 / floor) for name in ("low", "high", "observed"))
    panel.set_yscale("log", base=2)
    panel.bar(at, high - low, bottom=low, width=0.78, color=hue, alpha=0.35, linewidth=0, zorder=2)
    panel.axhline(1, color=hue, linewidth=0.9, zorder=2)
    panel.plot(at, seen, "o", color=style.INK, markersize=2.4, zorder=4)
    most = float(max(np.abs(np.log2(np.concatenate([low, high, seen]))).max(initial=0.5), 0.5)) * 1.12
    panel.set_ylim(2**-most, 2**most)
    ticks = [odds for odds in (1 / 8, 1 / 4, 1 / 2, 2 / 3, 1, 1.5, 2, 4, 8) if 2**-most <= odds <= 2**most]
    if most > 1.2:
        ticks = [odds for odds in ticks if odds not in (2 / 3, 1.5)]
    panel.set_yticks(ticks, [f"{odds:g}" if odds >= 1 else {1 / 8: "1/8", 1 / 4: "1/4", 1 / 2: "1/2"}.get(odds, "2/3")
                             for odds in ticks])  # fmt: skip
    panel.minorticks_off()
    panel.set_xticks(at, rows["level"].to_list(), rotation=90)
    panel.tick_params(axis="x", labelsize=style.SMALL - 0.9, pad=1)
    panel.set_xlim(-0.7, rows.height - 0.3)


def _level_ticks(panel: Any, levels: list[str]) -> None:
    every = max(1, int(np.ceil(len(levels) / TICKS)))
    shown = [k for k in range(len(levels)) if k % every == 0 and levels[k] != "none"]
    if levels and levels[-1] == "none":
        shown = [k for k in shown if k < len(levels) - 1] + [len(levels) - 1]
    panel.set_xticks(shown, [levels[k] for k in shown])
    panel.set_xlim(-0.7, len(levels) - 0.3)


def captioner(stage: str) -> Callable[[AlliancesStudy], str]:
    """Return what writes the words under a stage's goodness of fit."""

    def caption(study: AlliancesStudy) -> str:
        return (
            f"Goodness of fit, {numbers.stage_title(stage).lower()}: black dots are observed, bars hold 95 % of "
            f"{study.settings.gof} networks a year simulated one step ahead by the headline model (dash: their mean); "
            "counts are means over years, on a scale of logs of one more. Triads by their census code (003 no tie, 300 "
            "all six). A small joint p says that the model does not make networks like those observed in this. "
            f"{below(study)}"
        )

    return caption


def alter(stage: str) -> Callable[[AlliancesStudy], str]:
    """Return what says a stage's goodness of fit in words."""

    def alt(study: AlliancesStudy) -> str:
        said = " ".join(study.words.get("fit", {}).get(stage, ()))
        return f"Observed statistics of networks against simulated ones, a panel a statistic. {said}"

    return alt


@style.styled
def draw_forecasts(study: AlliancesStudy) -> Figure:
    """Forecasts by stage: area under precision-recall and Brier score by year, and calibration."""
    stages = [stage for stage in study.stages if stage in study.tables["forecasts"]["stage"]]
    figure, axes = panels(3 * len(stages), 1.5, columns=3, left=0.4, right=0.25, apart=0.62, top=0.36, bottom=0.42)
    hue = style.stage_colours(study.stages)
    rules = rules_of(study)
    for k, stage in enumerate(stages):
        scores = study.tables["forecasts"].filter((pl.col("stage") == stage) & pl.col("year").is_not_null())
        looks = {"model": (hue[stage], "solid"), **dict(zip(rules, RULES, strict=False))}
        name = f"{numbers.stage_title(stage)}: " if len(stages) > 1 else ""
        for panel, column, words in (
            (axes[3 * k], "auc_pr", "area under PR"), (axes[3 * k + 1], "brier", "Brier score"),
        ):  # fmt: skip
            title(panel, f"{name}{words}" if name else words[:1].upper() + words[1:], size=style.TEXT)
            for rule, (colour, dashes) in reversed(looks.items()):
                rows = scores.filter(pl.col("predictor") == rule).sort("year")
                panel.plot(rows["year"], rows[column], color=colour, linestyle=dashes, marker="o", markersize=2.6,
                           linewidth=1.9 if rule == "model" else 1.2, label=rule)  # fmt: skip
            values = scores[column].to_numpy()
            panel.set_ylim(0, max(1.0 if column == "auc_pr" else float(values.max()) * 1.25, 1e-9))
            years = sorted(set(scores["year"].to_list()))
            every = max(1, int(np.ceil(len(years) / 6)))
            panel.set_xticks(years[::-1][::every], [str(year) for year in years[::-1][::every]])
            panel.set_xlim(years[0] - 0.3, years[-1] + 0.3)
        _calibration(axes[3 * k + 2], study, stage, looks, f"{name}calibration" if name else "Calibration")
        if k == 0:
            handles, labels = axes[0].get_legend_handles_labels()
            axes[0].legend(handles[::-1], labels[::-1], loc="lower left", fontsize=style.SMALL, handlelength=2.2,
                           labelspacing=0.25, borderaxespad=0.1)  # fmt: skip
    return figure


def rules_of(study: AlliancesStudy) -> list[str]:
    """Return the rules that the model's forecasts are held against."""
    return [name for name in study.tables["forecasts"]["predictor"].unique(maintain_order=True) if name != "model"]


def _calibration(panel: Any, study: AlliancesStudy, stage: str, looks: dict[str, Any], words: str) -> None:
    """Draw predicted against observed shares of ties."""
    title(panel, words, size=style.TEXT)
    panel.plot([0, 1], [0, 1], color=style.RULE, linewidth=0.8, zorder=1)
    table = study.tables.get("calibration", pl.DataFrame())
    if table.height:
        for rule, (colour, dashes) in reversed(looks.items()):
            rows = table.filter((pl.col("stage") == stage) & (pl.col("predictor") == rule)).sort("predicted")
            panel.plot(rows["predicted"], rows["observed"], color=colour, linestyle=dashes, marker="o", markersize=2.4,
                       linewidth=1.7 if rule == "model" else 1.0, zorder=3 if rule == "model" else 2)  # fmt: skip
    end = min(1.12 * max([0.05, *(line.get_data()[k].max() for line in panel.lines[1:] for k in (0, 1))]), 1.0)
    step = next(step for step in (0.02, 0.05, 0.1, 0.25) if end / step <= 5.5)
    ticks = [k * step for k in range(1 + int(end / step + 1e-9))]
    labels = [f"{100 * tick:g}" if tick < ticks[-1] else f"{100 * tick:g} %" for tick in ticks]
    panel.set_xlim(0, end)
    panel.set_ylim(0, end)
    panel.set_xticks(ticks, labels)
    panel.set_yticks(ticks, labels)
    panel.set_xlabel("chance forecast", labelpad=1)
    panel.set_ylabel("share that came about", labelpad=1)


def caption_forecasts(study: AlliancesStudy) -> str:
    """Words under the forecasts."""
    return (
        "Forecasts of next year's ties from rolling origins, each with data up to the origin alone, against simple "
        f"rules ({', '.join(rules_of(study))}). Left: area under the precision–recall (PR) curve (higher is better); "
        "middle: Brier score (lower is better); right: calibration, in ten groups of pairs of equal size (on the "
        "diagonal is best). "
        f"{below(study)}"
    )


def alt_forecasts(study: AlliancesStudy) -> str:
    """What the forecasts show, in words."""
    return "Scores by year and predictor, and calibration. " + sentences(study, "forecasts")
