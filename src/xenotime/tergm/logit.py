"""Logistic regression of stacked rows with integer weights on years: passes over the rows, Newton's method.

Arrays in, arrays out; nothing here knows terms. Scores and Hessians are kept year by year, since the clustered
covariance and the bootstrap over years both need them so. Separation is found and named by column.
"""

from dataclasses import dataclass

import numpy as np

from xenotime.tergm.kernel import compiled
from xenotime.tergm.lanes import REACH, ROWS, exponential, square, vectorised

MAX_STEPS = 60
#: Newton stops when no coefficient moves by more than this share of its standard error.
TOLERANCE = 1e-10
MANY_ROWS = 50_000
#: e to the minus this is zero in double precision, nearly.
FARTHEST = 700.0
THINNING = 16


@vectorised
def _block(x, y, offset, theta, first, rows, columns, space):  # type: ignore[no-untyped-def]
    """Fill `columns` (q, ROWS) with rows of x, `space` with residual and variance; return the log-likelihood.

    Everything is an even loop over the block: e^−|η| by Taylor's polynomial (`lanes.exponential`), and the sum of
    log(1 + e^−|η|) as the log of one product, which 128 factors of at most 2 cannot overflow.
    """
    q = x.shape[1]
    eta, small, residual, variance = space[0], space[1], space[2], space[3]
    for k in range(ROWS):
        eta[k] = 0.0
    for k in range(rows):
        eta[k] = offset[first + k]
        for a in range(q):
            columns[a, k] = x[first + k, a]
    for a in range(q):
        weight = theta[a]
        for k in range(rows):
            eta[k] += columns[a, k] * weight
    largest = 0.0
    for k in range(ROWS):
        small[k] = max(-abs(eta[k]), -FARTHEST)
        largest = max(largest, -small[k])
    squarings = 0
    while largest > REACH:
        largest /= 2.0
        squarings += 1
    exponential(small, 0.5**squarings)
    for _ in range(squarings):
        square(small)
    total, product = 0.0, 1.0
    for k in range(rows):
        tied, s = y[first + k], small[k]
        total += tied * eta[k] - max(eta[k], 0.0)
        product *= 1.0 + s
        share = 1.0 / (1.0 + s)
        residual[k] = tied - (share if eta[k] >= 0 else s * share)
        variance[k] = s * share * share
    return total - np.log(product)


@vectorised
def _dot(left, right, rows):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(rows):
        total += left[k] * right[k]
    return total


@compiled
def yearly(x, y, offset, starts, theta):  # type: ignore[no-untyped-def]
    """Return log-likelihood (T,), score (T, q) and negative Hessian (T, q, q) of each year at theta (q,)."""
    years, q = len(starts) - 1, x.shape[1]
    value, score, curve = np.zeros(years), np.zeros((years, q)), np.zeros((years, q, q))
    columns, scaled, space = np.zeros((q, ROWS)), np.zeros(ROWS), np.zeros((4, ROWS))
    for t in range(years):
        for first in range(starts[t], starts[t + 1], ROWS):
            rows = min(ROWS, starts[t + 1] - first)
            value[t] += _block(x, y, offset, theta, first, rows, columns, space)
            for a in range(q):
                score[t, a] += _dot(columns[a], space[2], rows)
                for k in range(rows):
                    scaled[k] = columns[a, k] * space[3, k]
                for b in range(a + 1):
                    curve[t, a, b] += _dot(columns[b], scaled, rows)
        for a in range(q):
            for b in range(a):
                curve[t, b, a] = curve[t, a, b]
    return value, score, curve


@dataclass(frozen=True)
class Logit:
    """A solved logit.

    Attributes
    ----------
    theta : (q,) float64
    loglik : float
    score : (T, q) float64
        By year, at theta.
    curve : (T, q, q) float64
        Negative Hessian by year, at theta.
    iterations : int
    residual : float
        Largest last step over standard error.
    converged : bool
    """

    theta: np.ndarray
    loglik: float
    score: np.ndarray
    curve: np.ndarray
    iterations: int
    residual: float
    converged: bool


def solve(
    x: np.ndarray,
    y: np.ndarray,
    offset: np.ndarray,
    starts: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> Logit:
    """Maximise the log-likelihood Σ_t w_t ℓ_t by Newton's method with step halving.

    Parameters
    ----------
    x : (rows, q) float64
    y : (rows,) float64
        0/1.
    offset : (rows,) float64
    starts : (T + 1,) int64
        First row of each year.
    weights : (T,) float64, optional
        Of years; ones if absent.
    start : (q,) float64, optional
        If absent, zero, or on many rows the solution of every sixteenth of them.
    """
    w = np.ones(len(starts) - 1) if weights is None else np.asarray(weights, dtype=np.float64)
    theta = _near_start(x, y, offset) if start is None else np.array(start, dtype=np.float64)
    value, score, curve = yearly(x, y, offset, starts, theta)
    loglik, residual, done = float(w @ value), np.inf, 0
    while done < MAX_STEPS:
        done += 1
        step, error = _newton_step(w, score, curve)
        if step is None:
            break
        residual = float(np.max(np.abs(step) / error))
        for _ in range(30):
            tried = yearly(x, y, offset, starts, theta + step)
            # A full step near the optimum gains less than rounding shows; only a real loss is halved.
            if float(w @ tried[0]) >= loglik - 1e-9 * abs(loglik):
                break
            step = step / 2
        theta, (value, score, curve) = theta + step, tried
        loglik = float(w @ value)
        if residual < TOLERANCE:
            break
    return Logit(theta, loglik, score, curve, done, residual, bool(residual < 1e-6))


def _near_start(x: np.ndarray, y: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Return where Newton's method should start: on many rows a thinned sample saves half of the full passes."""
    zero = np.zeros(x.shape[1])
    if len(y) < MANY_ROWS:
        return zero
    thin = slice(None, None, THINNING)
    rows = np.ascontiguousarray(x[thin])
    found = solve(rows, y[thin].copy(), offset[thin].copy(), np.array([0, len(rows)]), start=zero)
    return found.theta if found.converged and np.abs(rows @ found.theta).max() < 30 else zero


def _newton_step(
    weights: np.ndarray, score: np.ndarray, curve: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
    """Return the step and the standard errors; None where the Hessian is singular (the likelihood has gone flat)."""
    total = np.einsum("t,tab->ab", weights, curve)
    scale = np.sqrt(np.diag(total))
    if not (scale > 0).all() or not np.isfinite(scale).all():
        return None, None
    scaled = total / np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled)[0] < 1e-13:
        return None, None
    inverse = np.linalg.inv(scaled) / np.outer(scale, scale)
    return inverse @ (weights @ score), np.sqrt(np.diag(inverse))


def separated_columns(x: np.ndarray, y: np.ndarray) -> dict[int, float]:
    """Return columns that separate by themselves and the infinity they go to.

    Column k does so where every row with x > 0 has y = 1 and every row with x < 0 has y = 0 (then +∞), or the
    reverse (then −∞), whatever the other coefficients are.
    """
    signs = _separations(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    return {int(k): np.inf * signs[k] for k in np.flatnonzero(signs)}


@compiled
def _separations(x, y):  # type: ignore[no-untyped-def]
    """Return 1, −1 or 0 for each column: where it goes, or that it does not separate. Most columns tell in few rows."""
    found = np.zeros(x.shape[1], np.int64)
    for k in range(x.shape[1]):
        upwards, downwards, empty = True, True, True
        for row in range(len(y)):
            if x[row, k] != 0.0:
                empty = False
                if (x[row, k] > 0) == (y[row] > 0):
                    downwards = False
                else:
                    upwards = False
                if not (upwards or downwards):
                    break
        if not empty:
            found[k] = upwards - downwards
    return found


def separating_columns(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Return the columns of a combination that separates y = 1 from y = 0, empty where there is none.

    Exact, by linear programming (Konis 2007): maximise Σ m_i subject to 0 ≤ m_i = (2y_i − 1) x_i·d ≤ 1. Only worth its
    time where Newton's method gave cause.
    """
    from scipy import optimize  # needed seldom, and slow to import

    signed = np.where(y > 0, 1.0, -1.0)[:, None] * x / np.abs(x).max(axis=0)
    rows = np.unique(np.round(signed, 12), axis=0)
    found = optimize.linprog(
        -rows.sum(axis=0),
        A_ub=np.vstack([rows, -rows]),
        b_ub=np.concatenate([np.ones(len(rows)), np.zeros(len(rows))]),
        bounds=(None, None),
        method="highs",
    )
    if found.status != 0 or -found.fun < 1e-6:
        return []
    direction = np.abs(found.x)
    return [int(k) for k in np.flatnonzero(direction > 1e-6 * direction.max())]
