"""Exact scores of several resamples of years side by side, in the form a processor's vector units take.

The sums Σ_i x_i (y_i − p_i(θ̂ + δ_r)) of sixteen resamples r are formed together, in blocks of rows that stay in the
cache: u = x·δ by matrix product, then plain loops over the block, then the product with x again. The logistic is
o·e^u / (1 + o·e^u) with the odds o at θ̂ known; since u is small, e^u is its Taylor polynomial at u / 2^s, squared s
times, with s chosen from the largest |u| so that the relative error stays near 1e-14. Loops without branches and calls
are what a compiler vectorises: the exponential takes 0.4 ns.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from xenotime.tergm.design import Design

LANES = 16
ROWS = 128
#: Taylor's series of degree 12 is good to 1e-14 within this reach.
REACH = 0.5
MAX_SQUARINGS = 6


def vectorised(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop so that sums may be reordered and fused, which vector units need; NaN and infinity stay right."""
    options = {"contract", "reassoc", "nsz", "arcp"}
    return cast(Callable[..., Any], numba.njit(cache=True, nogil=True, fastmath=options)(function))


@vectorised
def exponential(u, shrink):  # type: ignore[no-untyped-def]
    """Replace u by Taylor's polynomial of e^(u·shrink)."""
    for k in range(u.size):
        v = u[k] * shrink
        e = 1 / 39916800 + v * (1 / 479001600)
        e = 1 / 3628800 + v * e
        e = 1 / 362880 + v * e
        e = 1 / 40320 + v * e
        e = 1 / 5040 + v * e
        e = 1 / 720 + v * e
        e = 1 / 120 + v * e
        e = 1 / 24 + v * e
        e = 1 / 6 + v * e
        u[k] = 1.0 + v * (1.0 + v * (0.5 + v * e))


@vectorised
def square(u):  # type: ignore[no-untyped-def]
    """Square u in place."""
    for k in range(u.size):
        u[k] *= u[k]


@vectorised
def _residual(u, odds, tied):  # type: ignore[no-untyped-def]
    """Replace e^u by y − p."""
    for k in range(u.size):
        f = odds[k] * u[k]
        u[k] = tied[k] - f / (1.0 + f)


@vectorised
def _lane_scores(x, y, odds, first, last, delta, squarings, score):  # type: ignore[no-untyped-def]
    """Write Σ x (y − p) over rows first … last − 1 for sixteen resamples into `score`, (q, 16); delta (q, 16)."""
    u, o, tied = np.empty((ROWS, LANES)), np.empty((ROWS, LANES)), np.empty((ROWS, LANES))
    shrink = 0.5**squarings
    score[:] = 0.0
    for low in range(first, last, ROWS):
        rows = min(ROWS, last - low)
        block, inside = x[low : low + rows], u[:rows]
        np.dot(block, delta, inside)
        for b in range(rows):
            for r in range(LANES):
                o[b, r] = odds[low + b]
                tied[b, r] = y[low + b]
        flat = inside.reshape(rows * LANES)
        exponential(flat, shrink)
        for _ in range(squarings):
            square(flat)
        _residual(flat, o[:rows].reshape(rows * LANES), tied[:rows].reshape(rows * LANES))
        score += np.dot(block.T, inside)


@vectorised
def third_moments(x, weight, first, last):  # type: ignore[no-untyped-def]
    """Return Σ w x_a x_b x_c over rows first … last − 1, (q, q, q)."""
    q = x.shape[1]
    pairs = q * (q + 1) // 2
    # Blocks small enough for a matrix product that starts no threads of its own.
    size = max(8, 200_000 // (pairs * q))
    products, scaled, total = np.empty((size, pairs)), np.empty((size, q)), np.zeros((pairs, q))
    for low in range(first, last, size):
        rows = min(size, last - low)
        for b in range(rows):
            place = 0
            for a in range(q):
                scaled[b, a] = x[low + b, a] * weight[low + b]
                for c in range(a + 1):
                    products[b, place] = x[low + b, a] * x[low + b, c]
                    place += 1
        total += np.dot(products[:rows].T, scaled[:rows])
    result = np.empty((q, q, q))
    place = 0
    for a in range(q):
        for c in range(a + 1):
            result[a, c] = total[place]
            result[c, a] = total[place]
            place += 1
    return result


def scores_beside(design: "Design", odds: np.ndarray, weights: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Return the exact weighted scores of resamples at θ̂ + δ.

    Parameters
    ----------
    design : Design
    odds : (rows,) float64
        Odds of a tie at θ̂.
    weights : (R, T) float64
        Of years.
    delta : (R, q) float64

    Returns
    -------
    (R, q) float64; NaN where δ leads too far for the polynomial.
    """
    x, starts = design.x, design.starts
    total = np.zeros(delta.shape)
    block = np.empty((x.shape[1], LANES))
    for t in range(weights.shape[1]):
        drawn = np.flatnonzero(weights[:, t] > 0)
        rows = slice(starts[t], starts[t + 1])
        if not len(drawn) or starts[t] == starts[t + 1]:
            continue
        largest = np.abs(x[rows]).max(axis=0)
        for at in range(0, len(drawn), LANES):
            part = drawn[at : at + LANES]
            lanes = np.zeros((x.shape[1], LANES))
            lanes[:, : len(part)] = delta[part].T
            reach = float((largest @ np.abs(lanes)).max())
            squarings = max(0, int(np.ceil(np.log2(reach / REACH)))) if reach > 0 else 0
            if squarings > MAX_SQUARINGS:
                total[part] = np.nan
                continue
            _lane_scores(x, design.y, odds, starts[t], starts[t + 1], lanes, squarings, block)
            total[part] += weights[part, t, None] * block[:, : len(part)].T
    return total
