"""Figures of the estimates: all coefficients by stage, the covariates of interest by other methods, sensitivity."""

from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from xenotime.report import numbers, style
from xenotime.report.alliances.base import (
    ROW,
    Row,
    below,
    columns,
    covariate_title,
    draw_rows,
    grid,
    heights,
    interest,
    label_room,
    level,
    limits,
    places,
    row_of,
    sentences,
)
from xenotime.report.figures.base import panels, title
from xenotime.studies.alliances import AlliancesStudy

#: Methods in the order of the figure, in few words.
METHODS = {
    "mple": "Headline",
    "mple_percentile": "Percentile bootstrap",
    "mple_bca": "BCa bootstrap",
    "multiway": "Errors by year and country",
    "mcmle": "MCMC-MLE",
    "sender_receiver": "Exporter, importer effects",
    "mundlak.deviation": "Within pairs",
    "mundlak.mean": "Between pairs",
}
GROUPS = {"pair": "Between the two countries", "country": "Of exporter and importer", "network": "Of the network"}
#: Odds ratios that the axis of a panel has room for.
MOST_ODDS = 6


def kind_of(term: str) -> str:
    """Return whether a coefficient is of the pair, of a country, or of the network."""
    head = term.partition(".")[0]
    return "pair" if head == "edgecov" else "country" if head.startswith("node") else "network"


def headline(study: AlliancesStudy, stage: str) -> pl.DataFrame:
    """Return a stage's headline rows, of the pair first, the covariates of interest before others; without edges.

    Columns added: kind; `spread`, the standard deviation of the change statistic, by which a log-odds
    becomes that of one standard deviation more.
    """
    first = {term: place for place, held in enumerate(interest(study).values()) for term in held.values()}
    rows = study.tables["coefficients"].filter(
        (pl.col("stage") == stage) & (pl.col("method") == "mple") & (pl.col("term") != "edges")
    )
    kinds = list(GROUPS)
    return (
        rows.with_columns(
            kind=pl.col("term").map_elements(kind_of, return_dtype=pl.String),
            spread=pl.when(pl.col("estimate") != 0).then(pl.col("per_sd").log() / pl.col("estimate")),
            order=pl.col("term").replace_strict(first, default=99, return_dtype=pl.Int64),
        )
        .sort(pl.col("kind").replace_strict({kind: k for k, kind in enumerate(kinds)}), "order", maintain_order=True)
        .drop("order")
    )


@style.styled
def draw_coefficients(study: AlliancesStudy) -> Figure:
    """Every coefficient but that of edges, as the change in odds of one standard deviation more; one panel a stage."""
    tables = {stage: headline(study, stage) for stage in study.stages}
    labels = _labels(tables.values())
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for stage, table in tables.items():
        scaled = table.with_columns(pl.col("estimate", "low", "high") * pl.col("spread"))
        rows[stage] = {row["label"]: row for row in scaled.iter_rows(named=True)}
    drawn = {
        stage: [row_of(label, rows[stage].get(label, {}), " ", kind) for label, kind in labels.items()]
        for stage in study.stages
    }
    left, apart = label_room(labels), 0.22
    every = [row for stage in study.stages for row in drawn[stage]]
    ends = limits(every)
    tall = (heights(every[: len(labels)])[-1] + 1.3) * ROW
    figure, axes = panels(len(study.stages), tall, columns=len(study.stages), left=left, right=0.12, apart=apart,
                          top=0.36, bottom=0.42)  # fmt: skip
    hue = style.stage_colours(study.stages)
    for k, (stage, panel) in enumerate(zip(study.stages, axes, strict=True)):
        title(panel, numbers.stage_title(stage))
        draw_rows(panel, drawn[stage], hue[stage], labels=k == 0, ends=ends)
        _odds_axis(panel)
    axes[len(axes) // 2].set_xlabel("odds of a tie, times, for one standard deviation more")
    return figure


def _labels(tables: Any) -> dict[str, str]:
    """Return labels over all stages with their kind, kinds together."""
    found = {row["label"]: row["kind"] for table in tables for row in table.iter_rows(named=True)}
    return {label: kind for wanted in GROUPS for label, kind in found.items() if kind == wanted}


def _odds_axis(panel: Any) -> None:
    low, high = panel.get_xlim()
    powers = [power for power in range(-6, 7) if low <= power * np.log(2) <= high]
    step = next(step for step in (1, 2, 3, 6) if len(powers) / step <= MOST_ODDS)
    shown = [2.0**power for power in powers if power % step == 0]
    panel.xaxis.set_major_locator(FixedLocator([float(np.log(odds)) for odds in shown]))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xticklabels([f"{odds:g}" if odds >= 1 else f"1/{1 / odds:g}" for odds in shown])
    panel.set_xlim(low, high)


def caption_coefficients(study: AlliancesStudy) -> str:
    """Words under all coefficients."""
    return (
        f"Estimates of the headline model (pooled pseudo-likelihood, errors clustered by year) with {level(study)} "
        "intervals: by how much one standard deviation more multiplies the odds of a tie, others' ties held fixed. "
        "A full mark is an estimate whose interval leaves out 1 (the upright line); an arrow, an interval that runs "
        f"on. From the top: of the pair, of exporter and importer, of the network. {below(study)}"
    )


def alt_coefficients(study: AlliancesStudy) -> str:
    """What all coefficients show, in words."""
    return "Estimates with intervals, a row a term, a panel a stage. " + sentences(study, "effects")


def method_rows(study: AlliancesStudy, stage: str, covariate: str) -> list[Row]:
    """Return a covariate's estimates by every method of the study, the headline first."""
    stem = rf"^edgecov\.{covariate}(__(mean|deviation))?(\.(lag|lead)\d+)?$"
    held = study.tables["coefficients"].filter((pl.col("stage") == stage) & pl.col("term").str.contains(stem))
    states = study.tables["models"].filter(pl.col("stage") == stage)
    status = dict(states.select("method", "status").iter_rows())
    found = []
    for key, words in METHODS.items():
        method, _, part = key.partition(".")
        rows = held.filter(pl.col("method") == method)
        if part:
            rows = rows.filter(pl.col("term").str.contains(f"__{part}"))
        state = status.get(method, "converged")
        if rows.is_empty() and state == "converged":
            continue
        row = rows.row(0, named=True) if rows.height and state == "converged" else {}
        found.append(row_of(words, row, "" if state == "converged" else state))
    return found


@style.styled
def draw_methods(study: AlliancesStudy) -> Figure:
    """Each covariate of interest by every method: panels by covariate and stage."""
    shown = places(study)
    rows = {place: method_rows(study, place.stage, place.covariate) for place in shown}
    names = [words for words in METHODS.values() if any(row.label == words for held in rows.values() for row in held)]
    full = {
        place: [next((row for row in held if row.label == name), Row(name, None, None, None, "–")) for name in names]
        for place, held in rows.items()
    }
    figure, axes = grid(study, shown, (len(names) + 0.3) * ROW, left=label_room(names), apart=0.2)
    hue = style.stage_colours(study.stages)
    for k, (place, panel) in enumerate(zip(shown, axes, strict=True)):
        draw_rows(panel, full[place], hue[place.stage], labels=k % columns(study) == 0, ends=limits(full[place]))
        panel.set_xlabel("log-odds of one unit more")
    return figure


def caption_methods(study: AlliancesStudy) -> str:
    """Words under the methods."""
    return (
        f"The covariates of interest by other methods, {level(study)} intervals. "
        + ("Bootstrap intervals are over years. " if study.settings.bootstrap else "")
        + "Errors by year and country let ties of one exporter and of one importer hang together. "
        "Within pairs: years in which a pair has more of it than its own mean; between pairs: pairs that have more of "
        "it than others (Mundlak). What holds only between pairs is an association. "
        f"Exporter and importer effects: an effect of its own for each country. Each panel has its own scale. "
        f"{below(study)}"
    )


def alt_methods(study: AlliancesStudy) -> str:
    """What the methods show, in words."""
    return "Estimates with intervals, a row a method. " + sentences(study, "within", "estimators")


@style.styled
def draw_sensitivity(study: AlliancesStudy) -> Figure:
    """One standard deviation more of each covariate of interest, by stage."""
    table = study.tables["sensitivity"]
    found = list(interest(study))
    names = {stage: numbers.stage_title(stage) for stage in study.stages}
    count = min(len(found), 3)
    figure, axes = panels(len(found), (len(names) + 0.3) * 0.22, columns=count, left=0.95, right=0.2, apart=0.4,
                          top=0.36, bottom=0.44)  # fmt: skip
    hue = style.stage_colours(study.stages)
    for k, (covariate, panel) in enumerate(zip(found, axes, strict=True)):
        own = table.filter((pl.col("covariate") == covariate) & pl.col("other").is_null())
        held = {row["stage"]: row for row in own.iter_rows(named=True)}
        rows = [
            row_of(
                words,
                held[stage] | {"estimate": held[stage]["per_sd"]} if stage in held else {},
                "" if stage in held else "not in the model",
                colour=hue[stage],
            )
            for stage, words in names.items()
        ]  # fmt: skip
        title(panel, covariate_title(covariate))
        draw_rows(panel, rows, style.INK, labels=k % count == 0, ends=limits(rows))
        panel.set_xlabel("log-odds of one standard deviation more")
    return figure


def caption_sensitivity(study: AlliancesStudy) -> str:
    """Words under the sensitivity."""
    return (
        "Change in the log-odds of a tie for one standard deviation more of the stage's own covariate, "
        f"{level(study)} intervals. Intervals that overlap may still be told apart: the table below compares stages, "
        f"which share their years. {below(study)}"
    )


def alt_sensitivity(study: AlliancesStudy) -> str:
    """What the sensitivity shows, in words."""
    return "Estimates with intervals, a row a stage. " + sentences(study, "sensitivity")
