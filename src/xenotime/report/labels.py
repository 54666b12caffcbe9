"""Put labels where they do not cover each other: along one axis (ends of lines), or around points (a map)."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]


@cache
def text_size(text: str, size: float, *, bold: bool = False) -> tuple[float, float]:
    """Return width and height of a line of text, in points, at font size `size` (points)."""
    if not text.strip():
        return (0.0, size)
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(size, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return (font.get_width_height()[0] / 64, size)


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break text into lines no wider than `width` points at font size `size`; a word too long stands alone."""
    lines: list[str] = []
    for word in text.split(" "):  # not at a no-break space
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_size(longer, size, bold=bold)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


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


def distance(point: tuple[float, float], box: Box) -> float:
    """Return how far a point is from the nearest edge of a box; 0 inside."""
    return float(np.hypot(*(np.array(nearest(point, box)) - point)))


def nearest(point: tuple[float, float], box: Box) -> tuple[float, float]:
    """Return the point of a box that is nearest to `point`."""
    return (min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3]))


def _around(x: float, y: float, width: float, height: float, gap: float) -> list[Box]:
    """Boxes around a point, best first: beside it, above, below, the corners; then on wider and wider rings."""
    angles = np.radians([0, 180, 90, 270, 45, 135, 315, 225, 22, 158, 338, 202, 68, 112, 292, 248])
    boxes = []
    for reach in (gap, 2.5 * gap, 4.5 * gap, 7 * gap, 10 * gap, 13 * gap):
        for right, up in zip(np.cos(angles), np.sin(angles), strict=True):
            centre_x = x + right * (reach + width / 2)
            centre_y = y + up * (reach + height / 2)
            boxes.append(
                (
                    float(centre_x - width / 2),
                    float(centre_y - height / 2),
                    float(centre_x + width / 2),
                    float(centre_y + height / 2),
                )
            )
    return boxes
