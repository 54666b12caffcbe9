"""The networks of dependence by stage: the largest ties, between countries around a circle in the same order."""

from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from xenotime import reference
from xenotime.report import formulas, numbers, style
from xenotime.report.figures.base import Floats, nothing_known, panels, title, title_lines
from xenotime.report.figures.map_words import key_values
from xenotime.report.map import taper
from xenotime.studies import TradeStudy
from xenotime.studies.words import percent

COUNTRIES = 14
TIES = 30
THICKEST = 6.5  # points
THINNEST = 1.1
TIP = 0.4  # a tie's width at the importer, as a share of that at the exporter
#: Radius of the circle in points, of one panel and of several; room for the names above and below it.
RADIUS, SMALLER, ABOVE = 116.0, 80.0, 20.0
RING = 2.6  # points, the arc that stands for a country
KEY = 0.3  # inches under each circle
#: Share of the way between two countries on the circle over which a country's ties are spread.
FAN = 0.62
#: Around the circle, clockwise from the top, so that neighbours on the globe are neighbours here.
REGIONS = ("Asia", "Oceania", "Africa", "Europe", "Americas")

Tie = tuple[str, str, float]


def largest_ties(study: TradeStudy, stage: str, year: int) -> list[Tie]:
    """Return the largest ties (exporter, importer, thousand USD) that fit, so that every country shown has a tie.

    In order of value, each tie is taken that brings the countries to no more than `COUNTRIES`, up to `TIES` ties.
    """
    chosen: list[Tie] = []
    countries: set[str] = set()
    for tie in all_ties(study, stage, year):
        if len(countries | set(tie[:2])) <= COUNTRIES and tie[2] > 0:
            countries |= set(tie[:2])
            chosen.append(tie)
        if len(chosen) == TIES:
            break
    return chosen


def all_ties(study: TradeStudy, stage: str, year: int) -> list[Tie]:
    """Return the ties that the rule draws, largest flow first."""
    ties = study.ties.sel(stage=stage, year=year)
    flows = np.nan_to_num(numbers.flows_of(study, stage, year))
    exporters, importers = (study.ties[axis].values for axis in ("exporter", "importer"))
    found = [(str(exporters[i]), str(importers[j]), float(flows[i, j])) for i, j in np.argwhere(ties.to_numpy())]
    return sorted(found, key=lambda tie: (-tie[2], tie[0], tie[1]))


def seats(ties: list[Tie]) -> list[str]:
    """Return the countries of some ties, clockwise: by region, and within it by the value of their ties."""
    weight: dict[str, float] = {}
    for exporter, importer, value in ties:
        for iso3 in (exporter, importer):
            weight[iso3] = weight.get(iso3, 0.0) + value
    regions = dict(reference.countries().select("iso3", "region").iter_rows())

    def seat(iso3: str) -> tuple[int, float, str]:
        region = regions.get(iso3) or ""
        return (REGIONS.index(region) if region in REGIONS else len(REGIONS), -weight[iso3], iso3)

    return sorted(weight, key=seat)


@style.styled
def draw(study: TradeStudy) -> Figure:
    """One panel a stage: the largest ties in the latest year with trade, width by value, dots by exports."""
    count = max(len(study.stages), 1)
    columns, apart = min(count, 2), 0.15
    wide = (style.WIDTH - 0.1 - apart * (columns - 1)) / columns
    radius = RADIUS if count == 1 else SMALLER
    tall = 2 * (radius + ABOVE) / 72 + KEY
    lines = title_lines(study, wide, ", 2000")
    figure, axes = panels(
        count,
        tall,
        columns=columns,
        left=0.05,
        right=0.05,
        top=0.3 + 0.14 * (lines - 1),
        bottom=0.15,
        apart=apart,
    )
    for stage, panel in zip(study.stages, axes, strict=False):
        years = numbers.active_years(study, stage)
        panel.set_xlim(-wide * 36, wide * 36)  # points, so that widths and text share one unit
        panel.set_ylim(-tall * 36 - KEY * 36, tall * 36 - KEY * 36)
        panel.set_axis_off()
        if not years:
            title(panel, numbers.panel_title(study, stage))
            nothing_known(panel)
            continue
        title(panel, f"{numbers.panel_title(study, stage)}, {years[-1]}")
        _network(panel, study, stage, years[-1], radius, -tall * 36 - KEY * 36 + 7)
    return figure


def _network(panel: Any, study: TradeStudy, stage: str, year: int, radius: float, floor: float) -> None:
    ties = largest_ties(study, stage, year)
    if not ties:
        nothing_known(panel, "no tie")
        return
    countries = seats(ties)
    angle = {iso3: np.pi / 2 - 2 * np.pi * i / len(countries) for i, iso3 in enumerate(countries)}
    largest = ties[0][2]
    widths = {tie[:2]: max(THICKEST * tie[2] / largest, THINNEST) for tie in ties}
    starts, ends = fan(widths, angle)
    inner = radius - RING / 2
    polygons, fills = [], []
    for exporter, importer, _ in reversed(ties):
        pair = (exporter, importer)
        way = curve(inner * _point(starts[pair]), inner * _point(ends[pair]))
        polygons.append(taper(way, np.linspace(0, 1, len(way)), widths[pair], tip=TIP))
        fills.append(style.country_colour(exporter))
    panel.add_collection(
        PolyCollection(polygons, facecolors=fills, edgecolors="white", linewidths=0.2, alpha=0.85, zorder=2)
    )
    share = numbers.shares(study, stage).sel(year=year)
    for iso3 in countries:
        weight = float(np.nan_to_num(float(share.sel(exporter=iso3))))
        dot = float(np.sqrt((10 + 200 * weight) / np.pi))
        _country(panel, iso3, angle[iso3], np.pi / len(countries) * FAN, radius, dot)
    x = -radius - 12
    for value in key_values(largest)[:2]:
        way = np.column_stack([np.linspace(x, x + 32, 12), np.full(12, floor)])
        outline = taper(way, np.linspace(0, 1, 12), max(THICKEST * value / largest, THINNEST), tip=TIP)
        panel.add_patch(Polygon(outline, facecolor=style.SOFT, edgecolor="none"))
        panel.text(x + 37, floor, numbers.money(value), fontsize=style.SMALL, color=style.SOFT, va="center_baseline")
        x += 92


def _country(panel: Any, iso3: str, angle: float, half: float, radius: float, dot: float) -> None:
    """A country: the arc where its ties end, its dot on the outside, its name."""
    colour = style.country_colour(iso3)
    at = _point(angle)
    arc = radius * np.array([_point(a) for a in np.linspace(angle - half, angle + half, 13)])
    panel.plot(arc[:, 0], arc[:, 1], color=colour, linewidth=RING, solid_capstyle="butt", zorder=3)
    x, y = (radius + dot * 0.4) * at
    panel.scatter([x], [y], s=np.pi * dot**2, color=colour, edgecolors="white", linewidths=0.6, zorder=3)
    out = radius + dot * 1.4 + 4
    panel.text(
        *(out * at),
        numbers.name(iso3),
        ha="center" if abs(at[0]) < 0.25 else "left" if at[0] > 0 else "right",
        va="bottom" if at[1] > 0.9 else "top" if at[1] < -0.9 else "center",
        fontsize=style.SMALL,
        color=style.ink(colour) if iso3 in style.COUNTRY_COLOURS else style.INK,
        fontweight="bold" if iso3 in style.COUNTRY_COLOURS else "normal",
        gid=style.HALO,
        zorder=4,
    )


def _point(angle: float) -> Floats:
    return np.array([np.cos(angle), np.sin(angle)])


Ends = dict[tuple[str, str], float]


def fan(widths: Ends, angle: dict[str, float]) -> tuple[Ends, Ends]:
    """Return the angles at which each tie leaves its exporter and reaches its importer, so that no two coincide.

    A country's ties, those out and those in, are spread over its arc in the order in which their other ends lie around
    the circle, so that they do not cross there; a broad end takes more of the arc.

    Parameters
    ----------
    widths : dict
        (exporter, importer) to the width at the exporter; at the importer it is `TIP` of that.
    angle : dict
        Country to its place on the circle, radians.
    """
    starts: Ends = {}
    ends: Ends = {}
    wide = 2 * np.pi / len(angle) * FAN
    for iso3, here in angle.items():
        mine = [pair for pair in widths if iso3 in pair]
        mine.sort(key=lambda pair: (-((angle[_other(pair, iso3)] - here) % (2 * np.pi)), pair))
        room = np.array([1.0 + widths[pair] * (1.0 if pair[0] == iso3 else TIP) for pair in mine])
        for pair, middle in zip(mine, (np.cumsum(room) - room / 2) / room.sum(), strict=True):
            (starts if pair[0] == iso3 else ends)[pair] = here + wide * (float(middle) - 0.5)
    return starts, ends


def _other(pair: tuple[str, str], iso3: str) -> str:
    return pair[1] if pair[0] == iso3 else pair[0]


def curve(start: Floats, end: Floats, steps: int = 24) -> Floats:
    """Return a quadratic Bézier from one point on a circle about the origin to another, drawn towards its centre."""
    middle = 0.4 * (start + end) / 2
    t = np.linspace(0, 1, steps)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end


def caption(study: TradeStudy) -> str:
    """Words under the networks."""
    counts = []
    for stage in study.stages:
        if years := numbers.active_years(study, stage):
            drawn, everything = largest_ties(study, stage, years[-1]), all_ties(study, stage, years[-1])
            worth = sum(tie[2] for tie in everything)
            part = f", {percent(sum(tie[2] for tie in drawn) / worth)} of their value" if worth > 0 else ""
            counts.append(f"{stage} {len(drawn)} of {len(everything):,}{part}")
    extract = " The ties are those of an extract: small flows are absent." if numbers.has_cut(study) else ""
    return (
        f"The largest ties of dependence ({formulas.rule(study)}) in the latest year, between at most {COUNTRIES} "
        f"countries a panel, each of which has a tie: {'; '.join(counts) or 'none'}.{extract} A tie runs with the "
        "goods, broad at the exporter, in the exporter's colour; width is proportional to value, on the scale under "
        f"each panel; the dot to the share of {numbers.exports_words(study)}. Countries follow one another clockwise "
        f"by region: {', '.join(REGIONS)}. {numbers.source_line(study, numbers.last_years(study))}"
    )


def alt(study: TradeStudy) -> str:
    """What the networks show, in words."""
    parts = []
    for stage in study.stages:
        if years := numbers.active_years(study, stage):
            said = ", ".join(
                f"{numbers.name(i)} to {numbers.name(j)} {numbers.money(value)}"
                for i, j, value in largest_ties(study, stage, years[-1])[:3]
            )
            parts.append(f"{stage} in {years[-1]}: {said or 'no tie'}")
    return f"Circular diagrams of the largest trade ties by stage. {'; '.join(parts) or 'No trade recorded'}."
