"""Put labels where they do not cover each other: along one axis (ends of lines), or around points (a map)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]


def text_size(text: str, size: float, *, bold: bool = False) -> tuple[float, float]:
    """Return width and height of a line of text, in points, at font size `size` (points)."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    box = TextPath((0, 0), text, size=size, prop=font, usetex=False).get_extents() if text.strip() else None
    return (float(box.x1), size) if box else (0.0, size)


def spread(wanted: ArrayLike, gap: float, low: float = -np.inf, high: float = np.inf) -> Floats:
    """Move positions apart to at least `gap`, as little as can be (least squares), keeping their order.

    Pool-adjacent-violators on ``wanted[i] - i * gap`` after sorting; then held between `low` and `high`.

    Parameters
    ----------
    wanted : array_like, shape (n,)
        Where the labels would like to be, any order, any unit.
    gap : float
        Least distance between neighbours, same unit.
    low, high : float
        Ends of the axis. Where n labels do not fit between them, `low` holds and the labels run past `high`.

    Returns
    -------
    ndarray, shape (n,)
        Positions in the order of `wanted`.
    """
    position = np.asarray(wanted, dtype=float)
    order = np.argsort(position, kind="stable")
    steps = gap * np.arange(len(position))
    blocks: list[tuple[float, int]] = []
    for value in position[order] - steps:
        mean, count = float(value), 1
        while blocks and blocks[-1][0] > mean:
            before, size = blocks.pop()
            mean = (before * size + mean * count) / (size + count)
            count += size
        blocks.append((mean, count))
    level = np.array([mean for mean, count in blocks for _ in range(count)])
    if len(level):
        level = np.maximum(np.minimum(level, high - steps[-1]), low)
    placed = np.empty_like(position)
    placed[order] = level + steps
    return placed


def place(
    points: ArrayLike, sizes: ArrayLike, bounds: Box, *, gap: float = 2.0, keep_clear: Sequence[Box] = ()
) -> list[Box | None]:
    """Find a free box beside each point, first come first served; None where there is no room.

    Parameters
    ----------
    points, sizes : array_like, shape (n, 2)
        Points, and width and height of their labels, in one unit; most important first.
    bounds : (x0, y0, x1, y1)
        Labels stay inside.
    gap : float
        Distance kept from the point and between boxes.
    keep_clear : sequence of boxes
        What labels must not cover.
    """
    taken = list(keep_clear)
    boxes: list[Box | None] = []
    for (x, y), (width, height) in zip(np.asarray(points, float), np.asarray(sizes, float), strict=True):
        found = None
        for box in _around(float(x), float(y), float(width), float(height), gap):
            inside = box[0] >= bounds[0] and box[1] >= bounds[1] and box[2] <= bounds[2] and box[3] <= bounds[3]
            if inside and not any(overlap(box, other, gap / 2) for other in taken):
                found = box
                break
        if found:
            taken.append(found)
        boxes.append(found)
    return boxes


def overlap(one: Box, other: Box, gap: float = 0.0) -> bool:
    """Whether two boxes (x0, y0, x1, y1) come closer than `gap`."""
    return one[0] < other[2] + gap and other[0] < one[2] + gap and one[1] < other[3] + gap and other[1] < one[3] + gap


def _around(x: float, y: float, width: float, height: float, gap: float) -> list[Box]:
    """Boxes around a point, best first: right, left, above, below, the corners; then the same further out."""
    sides = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
    boxes = []
    for distance in (gap, 3 * gap + height / 2, 6 * gap + height):
        for right, up in sides:
            x0 = x + {1: distance, -1: -distance - width, 0: -width / 2}[right]
            y0 = y + {1: distance, -1: -distance - height, 0: -height / 2}[up]
            boxes.append((x0, y0, x0 + width, y0 + height))
    return boxes
