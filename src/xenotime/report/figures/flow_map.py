"""The world map: who exports the most downstream goods, and where the largest flows go."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from xenotime.report import map as geometry
from xenotime.report import numbers, style
from xenotime.report.figures import map_words
from xenotime.report.figures.base import Coverage, Floats, all_of_it, nothing_known
from xenotime.report.figures.map_words import CLASSES, HATCH, LEAST_NAMED, UNKNOWN_FILL, width_of
from xenotime.schema import Status
from xenotime.studies import TradeStudy
from xenotime.studies.words import dollars, percent

FLOWS = 35
SOUTH, NORTH = -55.0, 83.0
Flow = tuple[str, str, float]


def shown(study: TradeStudy) -> tuple[str, int] | None:
    """Return the stage and year on the map: the most downstream stage with trade, in its latest year with trade."""
    for stage in reversed(study.stages):
        if years := numbers.active_years(study, stage):
            return stage, years[-1]
    return None


def covers(study: TradeStudy) -> Coverage:
    """One stage, one year."""
    at = shown(study)
    return ((at[0],), (at[1], at[1])) if at else all_of_it(study)


@style.styled
def draw(study: TradeStudy) -> Figure:
    """Countries shaded by export share, the largest flows as great-circle arcs, on the Equal Earth projection."""
    at = shown(study)
    flows = drawable(numbers.largest_flows(study, *at, FLOWS)) if at else []
    centre, _ = centre_of(flows)
    edges = geometry.equal_earth(centre + np.linspace(-180, 180, 73), 0.0, centre)
    x0, x1 = edges[:, 0].min() * 0.985, edges[:, 0].max() * 0.985
    y0, y1 = geometry.equal_earth(0.0, [SOUTH, NORTH])[:, 1]
    tall = style.WIDTH * (y1 - y0) / (x1 - x0)
    key = map_words.KEY_HEIGHT
    figure = Figure(figsize=(style.WIDTH, tall + key))
    axes = figure.add_axes((0, key / (tall + key), 1, tall / (tall + key)))
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    axes.set_axis_off()
    if at is None:
        nothing_known(axes)
        return figure
    share = numbers.shares(study, at[0]).sel(year=at[1])
    exports = {str(iso3): float(value) for iso3, value in zip(share["exporter"].values, share.values) if value > 0}
    hatched = _countries(axes, exports, unlisted(study, *at), centre)
    unit = (x1 - x0) / (style.WIDTH * 72)  # map units in a point
    _arcs(axes, flows, unit, centre)
    map_words.write_names(axes, study, at, exports, flows, centre, unit)
    map_words.draw_key(figure, flows, numbers.exports_words(study), hatched=hatched)
    return figure


def drawable(flows: list[Flow]) -> list[Flow]:
    """Return the flows between countries whose capitals are on file."""
    known = numbers.capitals()
    return [flow for flow in flows if flow[0] in known and flow[1] in known]


def centre_of(flows: list[Flow]) -> tuple[float, float]:
    """Return the map's central meridian, and the share of the flows' value that the map's edge still cuts."""
    capitals = numbers.capitals()
    return geometry.best_centre([(capitals[i], capitals[j], value) for i, j, value in flows])


def unlisted(study: TradeStudy, stage: str, year: int) -> Callable[[str], bool]:
    """Return a test of whether a country's exports are unknown: not reported, or not listed in an extract."""
    status = study.trade["status"].sel(stage=stage, year=year)
    listed = (status == Status.KNOWN).any("importer")
    known = {str(iso3) for iso3 in status["exporter"].values[listed.to_numpy()]}
    complete = not bool(status.isin([Status.CUT, Status.MISSING]).any())
    nodes = {str(iso3) for iso3 in status["exporter"].values}

    def unknown(iso3: str) -> bool:
        return not iso3 or (iso3 not in known and (iso3 in nodes or not complete))

    return unknown


def _countries(axes: Any, exports: dict[str, float], unknown: Callable[[str], bool], centre: float) -> bool:
    """Draw the countries, and return whether any is hatched as unknown."""
    hatched = False
    shapes, borders = outlines(centre)
    for iso3, outline in shapes:
        if unknown(iso3):
            hatched = True
            axes.add_patch(PathPatch(outline, facecolor=UNKNOWN_FILL, edgecolor=HATCH, hatch="/////", linewidth=0))
        else:
            fill = _fill(exports.get(iso3, 0.0))
            axes.add_patch(PathPatch(outline, facecolor=fill, edgecolor=fill, linewidth=0.3))
    axes.add_collection(LineCollection(borders, colors="white", linewidths=0.45))
    return hatched


@cache
def outlines(centre: float) -> tuple[list[tuple[str, Outline]], list[Floats]]:
    """Return (ISO3 or "", outline) of every country and the borders as lines, on the map with this centre."""
    codes = numbers.iso3_of_m49()
    shapes, borders = [], []
    for shape in geometry.world():
        rings = [piece for ring in shape.rings for piece in geometry.cut(ring, centre)]
        outline = Outline.make_compound_path(
            *(Outline(geometry.equal_earth(ring[:, 0], ring[:, 1], centre), closed=True) for ring in rings)
        )
        shapes.append((codes.get(shape.m49, ""), outline))
        parts = [part for ring in rings for part in geometry.coast(ring, centre)]
        borders += [geometry.equal_earth(part[:, 0], part[:, 1], centre) for part in parts]
    return shapes, borders


def _fill(share: float) -> str:
    return [fill for least, fill, _ in CLASSES if share >= least][-1]


def _arcs(axes: Any, flows: list[Flow], unit: float, centre: float) -> None:
    capitals = numbers.capitals()
    polygons, fills = [], []
    for exporter, importer, value in flows:
        width = width_of(value, flows[0][2]) * unit
        for polygon in geometry.ribbons(capitals[exporter], capitals[importer], width, centre=centre):
            polygons.append(polygon)
            fills.append(style.country_colour(exporter))
    axes.add_collection(
        PolyCollection(polygons, facecolors=fills, edgecolors="white", linewidths=0.25, alpha=0.82, zorder=3)
    )


def caption(study: TradeStudy) -> str:
    """Words under the map."""
    at = shown(study)
    if at is None:
        return f"No trade is recorded in any stage. {numbers.source_line(study)}"
    stage, year = at
    flows = numbers.largest_flows(study, stage, year, FLOWS)
    kept = drawable(flows)
    covered = percent(sum(flow[2] for flow in flows) / float(numbers.total(study, stage).sel(year=year)))
    size = dollars(float(numbers.total(study, stage).sel(year=year)))
    text = (
        f"{numbers.panel_title(study, stage)}, {year}. Countries are shaded by their share of "
        f"{numbers.exports_words(study)}; hatched ones are not in the data. "
        f"Arcs are the {len(flows)} largest flows ({covered} of {numbers.trade_words(study)}, {size}), drawn "
        "between capitals along great circles and bent a little to the right of travel; width is proportional to "
        "value, broad at the exporter, narrow at the importer, in the exporter's colour. Bold with a number: exporters "
        f"with at least {100 * LEAST_NAMED:.0f} %, and their share of exports; plain: importers with at least "
        f"{100 * LEAST_NAMED:.0f} % of imports. {_projection(kept)}"
    )
    if lost := len(flows) - len(kept):
        text += f" {lost} of these flows begin or end at a place without a capital on file and are not drawn."
    if not geometry.world():
        text += f" {geometry.NO_SHAPES}"
    return f"{text} {numbers.source_line(study, (year, year))}"


def _projection(flows: list[Flow]) -> str:
    centre, lost = centre_of(flows)
    east = f"{abs(centre):.0f}° {'E' if centre > 0 else 'W'}"
    cut = f"cuts little of these flows ({percent(lost)} of their value)" if lost else "cuts none of these flows"
    return f"Equal Earth projection, centred on {east}, where the map's edge {cut}."


def alt(study: TradeStudy) -> str:
    """What the map shows, in words."""
    at = shown(study)
    if at is None:
        return "World map without any flow: no trade is recorded."
    share = numbers.shares(study, at[0]).sel(year=at[1])
    leaders = ", ".join(f"{numbers.name(i)} {percent(float(share.sel(exporter=i)))}" for i in numbers.ranked(share, 3))
    flows = "; ".join(
        f"{numbers.name(i)} to {numbers.name(j)} {dollars(v)}" for i, j, v in numbers.largest_flows(study, *at, 3)
    )
    what = f"{at[0]} trade ({numbers.goods(study, at[0])}) in {at[1]}"
    return f"World map of {what}. Largest exporters: {leaders}. Largest flows: {flows}."
