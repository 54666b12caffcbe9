"""How far goods travel: great-circle kilometres between capitals, weighted by value."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xenotime.reference import countries

Floats = NDArray[np.float64]

#: Mean radius of the Earth (IUGG), km.
EARTH_KM = 6371.0088


def distances_km(iso3: Sequence[str]) -> Floats:
    """Return great-circle distances between capitals, km, shape (n, n); NaN where a capital is not known.

    Parameters
    ----------
    iso3 : sequence of str
        Countries, in the order of rows and columns.
    """
    table = countries()
    place = dict(zip(table["iso3"], zip(table["lat"], table["lon"], strict=True), strict=True))
    spots = np.array([place.get(country, (None, None)) for country in iso3], dtype=float).reshape(-1, 2)
    lat, lon = np.radians(spots).T
    # Haversine: exact for neighbours, where the law of cosines loses digits.
    chord = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    found: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return found


def mean_distance(weight: Floats, distance: Floats) -> float:
    """Return the value-weighted mean distance of trade, km; NaN without trade of known distance.

    Parameters
    ----------
    weight : ndarray, shape (n, n)
        Values, zero where none.
    distance : ndarray, shape (n, n)
        km, NaN where not known: such flows do not count.
    """
    counted = np.where(np.isnan(distance), 0.0, weight)
    total = counted.sum()
    return float((counted * np.nan_to_num(distance)).sum() / total) if total > 0 else float("nan")
