"""Biproportional fitting on a list of ties, compiled. Loaded on first use, since numba takes a while to import."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def scaled(i: Ints, j: Ints, value: Floats, out: Floats, into: Floats, rounds: int, near: float) -> Any:
    """Return values scaled by row and column so that rows sum to `out` and columns to `into`, as far as ties allow.

    Rows and columns take turns, imports last, until exports are met within `near` of all trade, `rounds` times at most.

    Parameters
    ----------
    i, j : ndarray of int64, shape (ties,)
        Exporter and importer.
    value : ndarray of float64, shape (ties,)
        Positive.
    out, into : ndarray of float64, shape (n,)
        Exports and imports wanted.
    """
    n = len(out)
    value = value.copy()
    rows, columns = np.empty(n), np.empty(n)
    total = out.sum()
    for _ in range(rounds):
        rows[:] = 0.0
        for at in range(len(value)):
            rows[i[at]] += value[at]
        gap = 0.0
        for k in range(n):
            gap += abs(rows[k] - out[k])
        if gap <= near * total:
            break
        columns[:] = 0.0
        for at in range(len(value)):
            value[at] *= out[i[at]] / rows[i[at]]
            columns[j[at]] += value[at]
        for at in range(len(value)):
            value[at] *= into[j[at]] / columns[j[at]]
    return value
