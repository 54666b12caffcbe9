"""The world map: who exports the most downstream goods, and where the largest flows go."""

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline

from xenotime.report import map as geometry
from xenotime.report import numbers, style
from xenotime.report.figures.base import Floats, country_colours, nothing_known
from xenotime.report.labels import place, text_size
from xenotime.studies import TradeStudy
from xenotime.studies.words import dollars, percent

FLOWS = 35
THICKEST = 9.0  # points, the largest flow
THINNEST = 0.5
SOUTH, NORTH = -55.0, 83.0
KEY_HEIGHT = 0.52  # inches, under the map
#: Classes of export share: lower bound, fill, words.
CLASSES = (
    (0.0, "#eaeae7", "under 0.1 %, or none"),
    (0.001, "#d6d7d2", "0.1–1 %"),
    (0.01, "#bfc1bd", "1–5 %"),
    (0.05, "#a3a5a3", "5–20 %"),
    (0.20, "#868a8b", "20–50 %"),
    (0.50, "#65696c", "over 50 %"),
)


def shown(study: TradeStudy) -> tuple[str, int] | None:
    """Return the stage and year on the map: the most downstream stage with trade, in its latest year with trade."""
    for stage in reversed(study.stages):
        if years := numbers.active_years(study, stage):
            return stage, years[-1]
    return None


@style.styled
def draw(study: TradeStudy) -> Figure:
    """Countries shaded by export share, the largest flows as great-circle arcs, on the Equal Earth projection."""
    edges = geometry.equal_earth(geometry.CENTRE + np.linspace(-180, 180, 73), 0.0, geometry.CENTRE)
    x0, x1 = edges[:, 0].min() * 0.985, edges[:, 0].max() * 0.985
    y0, y1 = geometry.equal_earth(0.0, [SOUTH, NORTH])[:, 1]
    tall = style.WIDTH * (y1 - y0) / (x1 - x0)
    figure = Figure(figsize=(style.WIDTH, tall + KEY_HEIGHT))
    axes = figure.add_axes((0, KEY_HEIGHT / (tall + KEY_HEIGHT), 1, tall / (tall + KEY_HEIGHT)))
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    axes.set_axis_off()
    unit = (x1 - x0) / (style.WIDTH * 72)  # map units in a point
    at = shown(study)
    if at is None:
        nothing_known(axes)
        return figure
    share = numbers.shares(study, at[0]).sel(year=at[1])
    exports = {str(iso3): float(value) for iso3, value in zip(share["exporter"].values, share.values) if value > 0}
    _countries(axes, exports)
    flows = _drawable(numbers.largest_flows(study, *at, FLOWS))
    colours = country_colours(study)
    _arcs(axes, flows, colours, unit)
    _names(axes, study, at, exports, flows, colours, unit)
    _key(figure, flows)
    return figure


def _fill(share: float) -> str:
    return [fill for least, fill, _ in CLASSES if share >= least][-1]


def _countries(axes: Any, exports: dict[str, float]) -> None:
    codes = numbers.iso3_of_m49()
    borders = []
    for shape in geometry.world():
        rings = [piece for ring in shape.rings for piece in geometry.cut(ring, geometry.CENTRE)]
        outline = Outline.make_compound_path(
            *(Outline(geometry.equal_earth(ring[:, 0], ring[:, 1], geometry.CENTRE), closed=True) for ring in rings)
        )
        fill = _fill(exports.get(codes.get(shape.m49, ""), 0.0))
        axes.add_patch(PathPatch(outline, facecolor=fill, edgecolor=fill, linewidth=0.3))
        borders += [part for ring in rings for part in geometry.coast(ring, geometry.CENTRE)]
    lines = [geometry.equal_earth(part[:, 0], part[:, 1], geometry.CENTRE) for part in borders]
    axes.add_collection(LineCollection(lines, colors="white", linewidths=0.45))


def _at(iso3: str) -> Floats:
    lon, lat = numbers.capitals()[iso3]
    return geometry.equal_earth(geometry.relative(lon, geometry.CENTRE), lat, geometry.CENTRE)


def _drawable(flows: list[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    known = numbers.capitals()
    return [flow for flow in flows if flow[0] in known and flow[1] in known]


def width_of(value: float, largest: float) -> float:
    """Return the width in points of a flow at its start: proportional to value, never too thin to see."""
    return max(THICKEST * value / largest, THINNEST)


def _arcs(axes: Any, flows: list[tuple[str, str, float]], colours: dict[str, str], unit: float) -> None:
    capitals = numbers.capitals()
    polygons, fills = [], []
    for exporter, importer, value in flows:
        width = width_of(value, flows[0][2]) * unit
        for polygon in geometry.ribbons(capitals[exporter], capitals[importer], width):
            polygons.append(polygon)
            fills.append(colours.get(exporter, style.OTHER))
    axes.add_collection(
        PolyCollection(polygons, facecolors=fills, edgecolors="white", linewidths=0.25, alpha=0.82, zorder=3)
    )
    ends = sorted({iso3 for flow in flows for iso3 in flow[:2]})
    points = np.array([_at(iso3) for iso3 in ends]).reshape(-1, 2)
    axes.scatter(points[:, 0], points[:, 1], s=5, color=style.INK, linewidths=0, zorder=4)


def _names(
    axes: Any,
    study: TradeStudy,
    at: tuple[str, int],
    exports: dict[str, float],
    flows: list[tuple[str, str, float]],
    colours: dict[str, str],
    unit: float,
) -> None:
    """Name the largest exporters with their share, then the largest destinations of the flows drawn."""
    known = numbers.capitals()
    sellers = [iso3 for iso3 in sorted(exports, key=lambda iso3: (-exports[iso3], iso3))[:8] if iso3 in known]
    bought = numbers.by_country(study, at[0], "importer").sel(year=at[1])
    drawn = {iso3 for flow in flows for iso3 in flow[:2]}
    buyers = [iso3 for iso3 in numbers.ranked(bought, 14) if iso3 in drawn and iso3 not in sellers]
    labels = [(iso3, f"{numbers.name(iso3)} {percent(exports[iso3])}", True) for iso3 in sellers]
    labels += [(iso3, numbers.name(iso3), False) for iso3 in buyers]
    if not labels:
        return
    points = np.array([_at(iso3) for iso3, _, _ in labels]) / unit
    sizes = [text_size(text, style.SMALL + bold * 0.6, bold=bold) for _, text, bold in labels]
    limits = np.array([axes.get_xlim(), axes.get_ylim()]) / unit
    bounds = (limits[0, 0] + 3, limits[1, 0] + 3, limits[0, 1] - 3, limits[1, 1] - 3)
    dots = [(x - 2.0, y - 2.0, x + 2.0, y + 2.0) for x, y in points]
    boxes = place(points, sizes, bounds, gap=3, keep_clear=dots)
    for (iso3, text, bold), point, box in zip(labels, points, boxes, strict=True):
        if box is None:
            continue
        side = "left" if box[0] > point[0] else "right" if box[2] < point[0] else "center"
        axes.text(
            {"left": box[0], "right": box[2], "center": (box[0] + box[2]) / 2}[side] * unit,
            (box[1] + box[3]) / 2 * unit,
            text,
            fontsize=style.SMALL + bold * 0.6,
            fontweight="bold" if bold else "normal",
            color=style.ink(colours.get(iso3, style.INK), 0.72) if bold else style.INK,
            ha=side,
            va="center_baseline",
            gid=style.HALO,
            zorder=5,
        )


def _key(figure: Figure, flows: list[tuple[str, str, float]]) -> None:
    """Legend under the map: classes of export share; widths of flows and their direction."""
    wide = style.WIDTH * 72
    axes = figure.add_axes((0, 0, 1, KEY_HEIGHT / figure.get_figheight()))
    axes.set_xlim(0, wide)
    axes.set_ylim(0, KEY_HEIGHT * 72)
    axes.set_axis_off()

    def write(x: float, y: float, text: str, colour: str = style.INK) -> None:
        axes.text(x, y, text, fontsize=style.SMALL, color=colour, va="center_baseline")

    write(4, 25, "Share of world exports", style.SOFT)
    x = 118.0
    for _, fill, words in CLASSES:
        axes.add_patch(Rectangle((x, 21.5), 13, 7, facecolor=fill, edgecolor="none"))
        write(x + 17, 25, words)
        x += 17 + text_size(words, style.SMALL)[0] + 12
    if not flows:
        return
    write(4, 9, "Flow, broad at the exporter", style.SOFT)
    x = 118.0
    for value in key_values(flows[0][2]):
        way = np.column_stack([np.linspace(x, x + 46, 12), np.full(12, 9.0)])
        outline = geometry.taper(way, np.linspace(0, 1, 12), width_of(value, flows[0][2]))
        axes.add_patch(Polygon(outline, facecolor=style.SOFT, edgecolor="none"))
        write(x + 51, 9, dollars(value))
        x += 51 + text_size(dollars(value), style.SMALL)[0] + 18


def key_values(largest: float) -> list[float]:
    """Return three round values for the width key: at most the largest flow, a quarter, a tenth of it."""
    values = []
    for share in (1.0, 0.4, 0.1):
        power = 10.0 ** np.floor(np.log10(largest * share))
        values.append(float(max(step for step in (1, 2, 5) if step * power <= largest * share * 1.0000001) * power))
    return values


def caption(study: TradeStudy) -> str:
    """Words under the map."""
    at = shown(study)
    if at is None:
        return f"No trade is recorded in any stage. {numbers.source_line(study)}"
    stage, year = at
    flows = numbers.largest_flows(study, stage, year, FLOWS)
    world = float(numbers.total(study, stage).sel(year=year))
    covered = percent(sum(flow[2] for flow in flows) / world)
    lost = len(flows) - len(_drawable(flows))
    text = (
        f"{numbers.stage_title(stage)}: {numbers.goods(study, stage)}, {year}. Countries are shaded by their share of "
        f"world exports. Arcs are the {len(flows)} largest flows ({covered} of world trade of {dollars(world)}), drawn "
        "between capitals along great circles and bent a little to the right of travel; width is proportional to "
        "value, broad at the exporter, narrow at the importer, in the exporter's colour. Equal Earth projection, "
        "centred on the Pacific."
    )
    if lost:
        text += f" {lost} of these flows begin or end at a place without a capital on file and are not drawn."
    if not geometry.world():
        text += f" {geometry.NO_SHAPES}"
    return f"{text} {numbers.source_line(study, (year, year))}"


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
