"""High-dimensional fixed effects taken out of columns: alternating projections, sped up by conjugate gradients.

A column's residual on the dummies of several groupings is what remains when weighted group means are taken out again
and again. One symmetric round of that (first to last grouping and back) is a self-adjoint operator T in the weighted
inner product; what it takes out solves (I − T) d = (I − T) x, and conjugate gradients solve that in few rounds (Correia
2016, "A feasible estimator for linear models with multi-way fixed effects"). Loaded on first use: numba is slow to
import.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_ROUNDS = 5000


@numba.njit(cache=True)
def _means_out(x, weights, ids, mass, sums):  # type: ignore[no-untyped-def]
    """Take the weighted means of one grouping out of x (rows,), in place."""
    sums[: len(mass)] = 0.0
    for row in range(len(x)):
        sums[ids[row]] += weights[row] * x[row]
    for group in range(len(mass)):
        if mass[group] > 0.0:
            sums[group] /= mass[group]
    for row in range(len(x)):
        x[row] -= sums[ids[row]]


@numba.njit(cache=True)
def _round(x, weights, ids, masses, sizes, sums):  # type: ignore[no-untyped-def]
    """Apply one symmetric round to x (rows,), in place."""
    last = len(ids) - 1
    for g in range(last + 1):
        _means_out(x, weights, ids[g], masses[g, : sizes[g]], sums)
    for g in range(last - 1, -1, -1):
        _means_out(x, weights, ids[g], masses[g, : sizes[g]], sums)


@numba.njit(cache=True)
def _inner(a, b, weights):  # type: ignore[no-untyped-def]
    total = 0.0
    for row in range(len(a)):
        total += weights[row] * a[row] * b[row]
    return total


@numba.njit(cache=True)
def _residual(x, weights, ids, masses, sizes, tolerance, most):  # type: ignore[no-untyped-def]
    """Take all groupings out of x (rows,), in place; return the rounds it took (−1: not settled)."""
    sums = np.empty(sizes.max())
    scale = np.sqrt(_inner(x, x, weights))
    if scale == 0.0:
        return 0
    image = x.copy()
    _round(image, weights, ids, masses, sizes, sums)
    if len(ids) == 1:  # one projection is exact
        x[:] = image
        return 1
    gap = x - image
    path = gap.copy()
    size = _inner(gap, gap, weights)
    for done in range(1, most + 1):
        if np.sqrt(size) <= tolerance * scale:
            return done
        image[:] = path
        _round(image, weights, ids, masses, sizes, sums)
        for row in range(len(x)):
            image[row] = path[row] - image[row]
        bend = _inner(path, image, weights)
        if bend <= 0.0:
            return done
        step = size / bend
        for row in range(len(x)):
            x[row] -= step * path[row]
            gap[row] -= step * image[row]
        new = _inner(gap, gap, weights)
        share = new / size
        for row in range(len(x)):
            path[row] = gap[row] + share * path[row]
        size = new
    return -1


class Groupings:
    """Fixed effects of rows: which level of each grouping every row has, under given weights.

    Parameters
    ----------
    ids : (groupings, rows) int64
        Levels, counted from 0 without gaps.
    weights : (rows,) float64
        Not negative.
    """

    def __init__(self, ids: Ints, weights: Floats) -> None:
        self.ids = np.ascontiguousarray(ids)
        self.weights = weights
        self.sizes = self.ids.max(axis=1) + 1
        self.masses = np.zeros((len(ids), int(self.sizes.max())))
        for g, levels in enumerate(self.ids):
            self.masses[g, : self.sizes[g]] = np.bincount(levels, weights, minlength=int(self.sizes[g]))

    def out_of(self, columns: Floats, tolerance: float) -> tuple[Floats, bool]:
        """Return (k, rows) columns with all groupings taken out, and whether every one settled.

        Parameters
        ----------
        columns : (k, rows) float64
        tolerance : float
            What a round may still change, as a share of the column's weighted length.
        """
        found = np.array(columns, dtype=np.float64)
        settled = True
        for column in found:
            rounds = _residual(column, self.weights, self.ids, self.masses, self.sizes, tolerance, MAX_ROUNDS)
            settled &= rounds >= 0
        return found, settled


def compact(levels: Ints) -> Ints:
    """Return levels renumbered from 0 without gaps, (rows,) int64."""
    return np.asarray(np.unique(levels, return_inverse=True)[1], dtype=np.int64)
