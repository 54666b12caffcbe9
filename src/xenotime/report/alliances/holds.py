"""Figures on what an estimate depends on: period, threshold, source, single countries and years."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from xenotime.report import numbers, style
from xenotime.report.alliances.base import (
    ROW,
    Place,
    Row,
    below,
    columns,
    draw_rows,
    grid,
    heights,
    interest,
    label_room,
    level,
    limits,
    number,
    places,
    rows_of,
    sentences,
    signed,
)
from xenotime.report.alliances.curves import shown_choice
from xenotime.report.figures.base import nothing_known
from xenotime.studies.alliances import AlliancesStudy

#: Countries, and years, in the figure of influence.
COUNTRIES, YEARS = 6, 3


def borne(study: AlliancesStudy) -> bool:
    """Whether there is an estimate beside the headline."""
    shown = places(study)
    return any(len({row.group for row in rows(study, place)}) > 1 for place in shown)


def rows(study: AlliancesStudy, place: Place) -> list[Row]:
    """Return a covariate's estimate, then those of other periods, thresholds and sources, and without a country."""
    term = interest(study)[place.covariate].get(place.stage)
    found = []
    head = study.tables["coefficients"].filter(
        (pl.col("stage") == place.stage) & (pl.col("term") == term) & (pl.col("method") == "mple")
    )
    found += [_row("headline", "Headline", row) for row in head.iter_rows(named=True)]
    for name, column in (("periods", "period"), ("thresholds", "threshold"), ("sources", "source")):
        table = rows_of(study, name)
        if table.is_empty():
            continue
        part = table.filter((pl.col("stage") == place.stage) & (pl.col("term") == term))
        if part.height > 1:  # one period, threshold or source is the headline itself
            found += [_row(name, _label(study, name, row[column]), row) for row in part.iter_rows(named=True)]
    table = rows_of(study, "influence")
    if table.height:
        part = table.filter(
            (pl.col("stage") == place.stage) & (pl.col("term") == term) & pl.col("how").str.starts_with("exact")
        )
        found += [
            Row(f"Without {numbers.name(row['left_out'])}", row["estimate"], None, None, "not estimated", "influence")
            for row in part.iter_rows(named=True)
        ]
    return found


def _label(study: AlliancesStudy, table: str, value: str) -> str:
    """Return what an estimate is of, in words."""
    if table == "thresholds":
        return shown_choice("Tie from", value, study.networks.rule).replace("Tie from:", "Tie from")
    return value.replace("_", " ") if table == "sources" else value


def _row(group: str, label: str, row: Mapping[str, Any]) -> Row:
    note = "" if row.get("estimate") is not None else str(row.get("status", "not estimated"))
    short = note if len(note) < 28 else "not estimated"
    return Row(label, row["estimate"], row["low"], row["high"], short, group)


@style.styled
def draw(study: AlliancesStudy) -> Figure:
    """The headline and all that stands beside it; panels by covariate and stage."""
    shown = places(study)
    held = {place: {row.label: row for row in rows(study, place)} for place in shown}
    order = _merged([list(one.values()) for one in held.values()])
    full = {
        place: [
            one.get(label, Row(label, None, None, None, "–" if one else "", group)) for label, group in order.items()
        ]
        for place, one in held.items()
    }
    tall = (heights(next(iter(full.values())))[-1] + 1.3) * ROW
    figure, axes = grid(study, shown, tall, left=label_room(order), apart=0.2)
    hue = style.stage_colours(study.stages)
    for k, (place, panel) in enumerate(zip(shown, axes, strict=True)):
        draw_rows(panel, full[place], hue[place.stage], labels=k % columns(study) == 0, ends=limits(full[place]))
        head = full[place][0].estimate
        if head is not None:
            panel.axvline(head, color=hue[place.stage], linewidth=0.7, linestyle=(0, (3, 2)), zorder=1)
        panel.set_xlabel("log-odds of one unit more")
    return figure


def _merged(lists: list[list[Row]]) -> dict[str, str]:
    """Return labels of all panels with their group, groups together and in order."""
    found = {row.label: row.group for part in lists for row in part}
    groups = dict.fromkeys(row.group for part in lists for row in part)
    order = [name for name in ("headline", "periods", "thresholds", "sources", "influence") if name in groups]
    return {label: group for wanted in order for label, group in found.items() if group == wanted}


def caption(study: AlliancesStudy) -> str:
    """Words under the estimates beside the headline."""
    return (
        f"The headline (dashed line) beside estimates of sub-periods, other thresholds of a tie, other sources, and "
        f"without single countries, {level(study)} intervals; arrows: the interval runs on. Sub-periods have few "
        "years, so their intervals are wide. Each panel has its own scale. Without a country: fitted anew with the "
        "country gone from the network, shown "
        f"without interval (small squares). {below(study)}"
    )


def alt(study: AlliancesStudy) -> str:
    """What the estimates beside the headline show, in words."""
    return "Estimates with intervals, a row a choice. " + sentences(study, "robust")


def most(study: AlliancesStudy, place: Place) -> pl.DataFrame:
    """Return the countries and the years whose leaving out moves an estimate furthest, the furthest first."""
    term = interest(study)[place.covariate].get(place.stage)
    table = study.tables["influence"].filter(
        (pl.col("stage") == place.stage) & (pl.col("term") == term) & pl.col("how").str.starts_with("one step")
    )
    ranked = table.drop_nulls("change_errors").sort(pl.col("change_errors").abs(), "left_out", descending=[True, False])
    return pl.concat([ranked.filter(pl.col("kind") == kind).head(count)
                      for kind, count in (("country", COUNTRIES), ("year", YEARS))])  # fmt: skip


@style.styled
def draw_influence(study: AlliancesStudy) -> Figure:
    """How far the estimate moves, in its errors, without a country or a year."""
    shown = places(study)
    count = COUNTRIES + YEARS
    figure, axes = grid(study, shown, (count + 1.0) * 0.155, left=1.05, apart=1.05, outdent=0.95)
    hue = style.stage_colours(study.stages)
    table = study.tables["influence"].filter(pl.col("how").str.starts_with("one step"))
    reach = max(1.0, 1.15 * np.nanmax(np.abs(table["change_errors"].to_numpy().astype(float)), initial=0.0))
    for place, panel in zip(shown, axes, strict=True):
        held = most(study, place)
        if held.is_empty():
            nothing_known(panel, "not in the model")
            continue
        at = [k + (0.5 if row["kind"] == "year" else 0.0) for k, row in enumerate(held.iter_rows(named=True))]
        panel.axvspan(-1, 1, color="#f4f4f4", linewidth=0, zorder=0)
        panel.axvline(0, color=style.SOFT, linewidth=0.8, zorder=1)
        for y, change in zip(at, held["change_errors"], strict=True):
            panel.plot([0, change], [y, y], color=hue[place.stage], linewidth=1.2, zorder=2, solid_capstyle="butt")
            panel.plot([change], [y], "o", color=hue[place.stage], markersize=3.2, zorder=3)
        labels = [numbers.name(row["left_out"]) if row["kind"] == "country" else row["left_out"]
                  for row in held.iter_rows(named=True)]  # fmt: skip
        panel.set_yticks(at, labels)
        panel.tick_params(axis="y", length=0, labelcolor=style.INK, labelsize=style.SMALL)
        panel.set_ylim(count + 0.2, -0.7)
        panel.set_xlim(-reach, reach)
        panel.grid(visible=False, axis="y")
        panel.grid(visible=True, axis="x")
        panel.spines["left"].set_visible(False)
        signed(panel)
        panel.set_xlabel("change, in standard errors")
    return figure


def caption_influence(study: AlliancesStudy) -> str:
    """Words under the influence."""
    return (
        f"How far the estimate moves when a country's pairs, or a year, are left out: the {COUNTRIES} countries and "
        f"{YEARS} years that move it furthest, in standard errors of the headline (shaded: one), by one step from the "
        f"whole. {below(study)}"
    )


def alt_influence(study: AlliancesStudy) -> str:
    """What the influence shows, in words."""
    said = []
    for place in places(study):
        held = most(study, place)
        if held.height:
            row = held.sort(pl.col("change_errors").abs(), descending=True).row(0, named=True)
            who = numbers.name(row["left_out"]) if row["kind"] == "country" else row["left_out"]
            said.append(f"{place.covariate}, {place.stage}: {who} {number(round(row['change_errors'], 2))} errors.")
    return " ".join(["How far estimates move without a country or a year.", *said])
