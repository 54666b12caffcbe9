"""Names and key of the world map: which countries are named, where the names go, and what shades and widths mean."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from xenotime.report import map as geometry
from xenotime.report import numbers, style
from xenotime.report.figures.base import Floats
from xenotime.report.labels import distance, nearest, place, text_size
from xenotime.studies import TradeStudy
from xenotime.studies.words import percent

KEY_HEIGHT = 0.52  # inches, under the map
THICKEST = 9.0  # points, the largest flow
THINNEST = 0.9
#: A country at an end of a flow is named, and has a dot, from this share of exports or imports.
LEAST_NAMED = 0.01
#: A name further than this from its dot, in points, is tied to it by a line.
LEADER = 5.0
#: Classes of export share: lower bound, fill, words.
CLASSES = (
    (0.0, "#ecece9", "under 0.1 %"),
    (0.001, "#d8dad4", "0.1–1 %"),
    (0.01, "#bfc3bd", "1–5 %"),
    (0.05, "#a0a5a2", "5–20 %"),
    (0.20, "#777d7f", "20–50 %"),
    (0.50, "#43484d", "over 50 %"),
)
UNKNOWN_FILL, HATCH = "#ffffff", "#d6d6d6"


def width_of(value: float, largest: float) -> float:
    """Return the width in points of a flow at its start: proportional to value, never too thin to see."""
    return max(THICKEST * value / largest, THINNEST)


def named(
    study: TradeStudy, at: tuple[str, int], exports: dict[str, float], flows: list[tuple[str, str, float]]
) -> list[tuple[str, str, bool]]:
    """Return (country, words, whether an exporter) of the names on the map, most important first."""
    known = numbers.capitals()
    imports = numbers.shares(study, at[0], "importer").sel(year=at[1])
    sellers = [
        iso3
        for iso3 in sorted(exports, key=lambda iso3: (-exports[iso3], iso3))
        if iso3 in known and exports[iso3] >= LEAST_NAMED
    ]
    drawn = {iso3 for flow in flows for iso3 in flow[:2]}
    buyers = [
        iso3
        for iso3 in numbers.ranked(imports, len(imports))
        if iso3 in drawn and iso3 not in sellers and float(imports.sel(importer=iso3)) >= LEAST_NAMED
    ]
    labels = [(iso3, f"{numbers.name(iso3)} {percent(exports[iso3])}", True) for iso3 in sellers]
    return labels + [(iso3, numbers.name(iso3), False) for iso3 in buyers]


def write_names(
    axes: Any,
    study: TradeStudy,
    at: tuple[str, int],
    exports: dict[str, float],
    flows: list[tuple[str, str, float]],
    centre: float,
    unit: float,
) -> None:
    """Name the exporters with their share, then the importers; a country without room for a name has no dot either.

    Parameters
    ----------
    unit : float
        Map units in a point.
    """
    labels = named(study, at, exports, flows)
    if not labels:
        return
    points = np.array([_at(iso3, centre) for iso3, _, _ in labels]) / unit
    sizes = [text_size(text, style.SMALL + bold * 0.6, bold=bold) for _, text, bold in labels]
    limits = np.array([axes.get_xlim(), axes.get_ylim()]) / unit
    bounds = (limits[0, 0] + 3, limits[1, 0] + 3, limits[0, 1] - 3, limits[1, 1] - 3)
    dots = [(x - 2.0, y - 2.0, x + 2.0, y + 2.0) for x, y in points]
    boxes = place(points, sizes, bounds, gap=4.2, keep_clear=dots)
    for (iso3, text, bold), point, box in zip(labels, points, boxes, strict=True):
        if box is None:
            continue
        dot = (float(point[0]), float(point[1]))
        axes.scatter(
            [dot[0] * unit], [dot[1] * unit], s=6, color=style.INK, linewidths=0.4, edgecolors="white", zorder=4
        )
        if distance(dot, box) > LEADER:
            end = nearest(dot, box)
            axes.plot(
                [dot[0] * unit, end[0] * unit],
                [dot[1] * unit, end[1] * unit],
                color=style.INK,
                linewidth=0.45,
                zorder=4,
            )
        side = "left" if box[0] > point[0] else "right" if box[2] < point[0] else "center"
        axes.text(
            {"left": box[0], "right": box[2], "center": (box[0] + box[2]) / 2}[side] * unit,
            (box[1] + box[3]) / 2 * unit,
            text,
            fontsize=style.SMALL + bold * 0.6,
            fontweight="bold" if bold else "normal",
            color=_text_colour(iso3) if bold else style.INK,
            ha=side,
            va="center_baseline",
            gid=style.HALO,
            zorder=5,
        )


def _text_colour(iso3: str) -> str:
    return style.ink(style.COUNTRY_COLOURS.get(iso3, style.INK), 0.72)


def _at(iso3: str, centre: float) -> Floats:
    lon, lat = numbers.capitals()[iso3]
    return geometry.equal_earth(geometry.relative(lon, centre), lat, centre)


def draw_key(figure: Figure, flows: list[tuple[str, str, float]], exports_words: str, *, hatched: bool) -> None:
    """Legend under the map: classes of export share, and hatching if used; widths of flows; the two kinds of names."""
    wide = style.WIDTH * 72
    axes = figure.add_axes((0, 0, 1, KEY_HEIGHT / figure.get_figheight()))
    axes.set_xlim(0, wide)
    axes.set_ylim(0, KEY_HEIGHT * 72)
    axes.set_axis_off()

    def write(x: float, y: float, text: str, colour: str = style.INK, weight: str = "normal") -> float:
        axes.text(x, y, text, fontsize=style.SMALL, color=colour, fontweight=weight, va="center_baseline")
        return x + text_size(text, style.SMALL, bold=weight == "bold")[0]

    start = write(4, 25, f"Share of {exports_words}", style.SOFT)
    start = x = max(start, write(4, 9, "Flow, broad at the exporter", style.SOFT)) + 14
    shades: list[tuple[dict[str, Any], str]] = [
        ({"facecolor": fill, "edgecolor": "none"}, words) for _, fill, words in CLASSES
    ]
    if hatched:
        shades.append(
            ({"facecolor": UNKNOWN_FILL, "edgecolor": HATCH, "hatch": "/////", "linewidth": 0.4}, "not in the data")
        )
    for look, words in shades:
        axes.add_patch(Rectangle((x, 21.5), 13, 7, **look))
        x = write(x + 17, 25, words) + 11
    if not flows:
        return
    x = start
    for value in key_values(flows[0][2]):
        way = np.column_stack([np.linspace(x, x + 40, 12), np.full(12, 9.0)])
        outline = geometry.taper(way, np.linspace(0, 1, 12), width_of(value, flows[0][2]))
        axes.add_patch(Polygon(outline, facecolor=style.SOFT, edgecolor="none"))
        x = write(x + 45, 9, numbers.money(value)) + 14
    x = write(x + 8, 9, "Exporter, its share", weight="bold")
    write(x + 12, 9, "Importer")


def key_values(largest: float) -> list[float]:
    """Return three round values for the width key: at most the largest flow, a quarter, a tenth of it."""
    values = []
    for share in (1.0, 0.4, 0.1):
        power = 10.0 ** np.floor(np.log10(largest * share))
        values.append(float(max(step for step in (1, 2, 5) if step * power <= largest * share * 1.0000001) * power))
    return values
