"""Logistic regression of stacked rows with integer weights on years: passes over the rows, Newton's method.

Arrays in, arrays out; nothing here knows terms. Scores and Hessians are kept year by year, since the clustered
covariance and the bootstrap over years both need them so. Separation is found and named by column.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from xenotime.tergm.kernel import compiled

MAX_STEPS = 60
#: Newton stops when no coefficient moves by more than this share of its standard error.
TOLERANCE = 1e-10
MANY_ROWS = 50_000
THINNING = 16


@compiled
def yearly(x, y, offset, starts, theta):  # type: ignore[no-untyped-def]
    """Return log-likelihood (T,), score (T, q) and negative Hessian (T, q, q) of each year at theta (q,)."""
    years, q = len(starts) - 1, x.shape[1]
    value, score, curve = np.zeros(years), np.zeros((years, q)), np.zeros((years, q, q))
    for t in range(years):
        g, h, total = score[t], curve[t], 0.0
        for row in range(starts[t], starts[t + 1]):
            eta = offset[row]
            for a in range(q):
                eta += x[row, a] * theta[a]
            small = np.exp(-abs(eta))
            p = 1.0 / (1.0 + small) if eta >= 0 else small / (1.0 + small)
            total += (eta if y[row] > 0 else 0.0) - max(eta, 0.0) - np.log1p(small)
            residual, variance = y[row] - p, small / (1.0 + small) ** 2
            for a in range(q):
                g[a] += residual * x[row, a]
                scaled = variance * x[row, a]
                if scaled != 0.0:
                    for b in range(a + 1):
                        h[a, b] += scaled * x[row, b]
        value[t] = total
        for a in range(q):
            for b in range(a):
                h[b, a] = h[a, b]
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
    tied, found = y > 0, {}
    for k in range(x.shape[1]):
        up, down = x[:, k] > 0, x[:, k] < 0
        if not (up.any() or down.any()):
            continue
        if tied[up].all() and not tied[down].any():
            found[k] = np.inf
        elif tied[down].all() and not tied[up].any():
            found[k] = -np.inf
    return found


def separating_columns(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Return the columns of a combination that separates y = 1 from y = 0, empty where there is none.

    Exact, by linear programming (Konis 2007): maximise Σ m_i subject to 0 ≤ m_i = (2y_i − 1) x_i·d ≤ 1. Only worth its
    time where Newton's method gave cause.
    """
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
