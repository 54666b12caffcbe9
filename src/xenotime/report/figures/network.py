"""The networks of dependence by stage: the same countries at the same places on a circle in every panel."""

from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from xenotime import reference
from xenotime.report import formulas, numbers, style
from xenotime.report.figures.base import Floats, country_colours, nothing_known, panels
from xenotime.report.map import taper
from xenotime.studies import TradeStudy
from xenotime.studies.words import percent

COUNTRIES = 22
THICKEST = 5.0  # points
ROUND = 1.0
FRAME = 1.36
#: Around the circle, clockwise from the top, so that neighbours on the globe are neighbours here.
REGIONS = ("Asia", "Oceania", "Africa", "Europe", "Americas")


def seats(study: TradeStudy) -> list[str]:
    """Return the countries in the panels, clockwise: by region, and within it by weight in the study."""
    chosen = numbers.leading(study, COUNTRIES)
    regions = dict(reference.countries().select("iso3", "region").iter_rows())

    def seat(iso3: str) -> tuple[int, int]:
        region = regions.get(iso3) or ""
        return (REGIONS.index(region) if region in REGIONS else len(REGIONS), chosen.index(iso3))

    return sorted(chosen, key=seat)


def positions(count: int) -> Floats:
    """Return `count` points on the unit circle, clockwise from the top."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(count) / max(count, 1)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@style.styled
def draw(study: TradeStudy) -> Figure:
    """One panel a stage: ties of dependence in the latest year with trade, width by value, dots by exports."""
    columns = 2 if len(study.stages) in (2, 4) else min(max(len(study.stages), 1), 3)
    apart = 0.12
    side = min((style.WIDTH - 0.1 - apart * (columns - 1)) / columns, 3.6)
    margin = (style.WIDTH - columns * side - apart * (columns - 1)) / 2
    figure, axes = panels(len(study.stages), side, columns=columns, left=margin, right=margin, bottom=0.05, apart=apart)
    countries = seats(study)
    colours = country_colours(study)
    for stage, panel in zip(study.stages, axes, strict=True):
        years = numbers.active_years(study, stage)
        panel.set_xlim(-FRAME, FRAME)
        panel.set_ylim(-FRAME, FRAME)
        panel.set_axis_off()
        if not years:
            panel.set_title(numbers.stage_title(stage))
            nothing_known(panel)
            continue
        panel.set_title(f"{numbers.stage_title(stage)}, {years[-1]}")
        _network(panel, study, stage, years[-1], countries, colours, 2 * FRAME / (side * 72))
    return figure


def _network(
    panel: Any,
    study: TradeStudy,
    stage: str,
    year: int,
    countries: list[str],
    colours: dict[str, str],
    unit: float,
) -> None:
    at = dict(zip(countries, positions(len(countries)), strict=True))
    drawn = _ties(study, stage, year, countries)
    largest = max((value for _, _, value in drawn), default=1.0)
    polygons, fills = [], []
    for exporter, importer, value in reversed(drawn):
        way = curve(at[exporter], at[importer])
        width = max(THICKEST * value / largest, 0.35) * unit
        polygons.append(taper(way, np.linspace(0, 1, len(way)), width))
        fills.append(colours.get(exporter, "#bdbdbd"))
    panel.add_collection(PolyCollection(polygons, facecolors=fills, edgecolors="none", alpha=0.75, zorder=2))
    share = numbers.shares(study, stage).sel(year=year)
    for iso3, (x, y) in at.items():
        weight = float(share.sel(exporter=iso3)) if iso3 in share["exporter"].values else np.nan
        colour = colours.get(iso3, style.OTHER)
        panel.scatter(
            [x], [y], s=6 + 260 * np.nan_to_num(weight), color=colour, edgecolors="white", linewidths=0.6, zorder=3
        )
        panel.text(
            1.2 * x,
            1.2 * y,
            iso3,
            ha="center",
            va="center",
            fontsize=style.SMALL,
            color=style.ink(colour) if colour != style.OTHER else style.SOFT,
            fontweight="bold" if iso3 in colours and colour != style.OTHER else "normal",
            zorder=4,
        )


def _ties(study: TradeStudy, stage: str, year: int, countries: list[str]) -> list[tuple[str, str, float]]:
    """Ties between the countries shown, largest flow first."""
    shown = set(countries)
    ties = study.ties.sel(stage=stage, year=year)
    flows = study.trade["value_kusd"].sel(stage=stage, year=year)
    exporters, importers = (study.ties[axis].values for axis in ("exporter", "importer"))
    found = [
        (str(exporters[i]), str(importers[j]), float(np.nan_to_num(flows.values[i, j])))
        for i, j in np.argwhere(ties.to_numpy())
        if str(exporters[i]) in shown and str(importers[j]) in shown
    ]
    return sorted(found, key=lambda tie: (-tie[2], tie[0], tie[1]))


def curve(start: Floats, end: Floats, steps: int = 24) -> Floats:
    """Return a quadratic Bézier from one point on the circle to another, drawn towards the centre."""
    inner = 0.94
    a, c = inner * start, inner * end
    middle = 0.28 * (a + c) / 2
    t = np.linspace(0, 1, steps)[:, None]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * c


def caption(study: TradeStudy) -> str:
    """Words under the networks."""
    countries = seats(study)
    counts = []
    for stage in study.stages:
        if years := numbers.active_years(study, stage):
            everything = int(study.ties.sel(stage=stage, year=years[-1]).sum())
            counts.append(f"{len(_ties(study, stage, years[-1], countries))} of {everything:,} ({stage})")
    names = ", ".join(f"{iso3} {numbers.name(iso3)}" for iso3 in sorted(countries))
    return (
        f"Ties of dependence ({formulas.rule(study)}) between the {len(countries)} countries with the largest shares "
        f"of trade over the whole period, in the latest year: {', '.join(counts) or 'none'} of the ties that the rule "
        "draws. A tie runs with the goods, broad at the exporter, in the exporter's colour; width is proportional to "
        "value within a panel, the dot to the share of world exports. Every country keeps its place in all panels, "
        f"ordered by region. {names}. {numbers.source_line(study)}"
    )


def alt(study: TradeStudy) -> str:
    """What the networks show, in words."""
    parts = []
    for stage in study.stages:
        if years := numbers.active_years(study, stage):
            share = numbers.shares(study, stage).sel(year=years[-1])
            leaders = ", ".join(
                f"{numbers.name(i)} {percent(float(share.sel(exporter=i)))}" for i in numbers.ranked(share, 3)
            )
            parts.append(f"{stage} in {years[-1]}: {leaders} of exports")
    return f"Circular diagrams of trade ties by stage. {'; '.join(parts) or 'No trade recorded'}."
