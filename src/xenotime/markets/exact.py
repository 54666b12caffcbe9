"""The exact form (GSIMv2): all markets cleared at once, with limits held by complementarity.

Unknown are the log producer prices x_r = ln p_r and the multipliers m_g of the limits:

    F_r = ln(Σ_v φ_rv q_rv + G_r) − E_x,r x_r = 0             (G_r: public purchases over base output)
    Φ_g = min(m_g, H_g) = 0                                   (0 ≤ m ⟂ H ≥ 0, `xenotime.markets.limits`)

by Newton with the analytic Jacobian; the min picks the active set. In logs every row of ∂F/∂x is diagonally dominant
where E_s ≥ |E_m| (its entries add up to E_m − E_x), so the step is defined; it is shortened until the residual falls.
If that does not do, limits are made soft and then hard (the min is smoothed, m H = μ², μ → 0: Chen & Harker 1993,
Kanzow 1996), and after that the policy is brought in by degrees. What is accepted always solves the hard system. The
residual is a log ratio of demand to supply, hence free of units.
"""

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import scipy.linalg
from threadpoolctl import ThreadpoolController

from xenotime.markets.limits import System, conditions
from xenotime.markets.market import Array, Market, Mask
from xenotime.markets.nests import Base, Split
from xenotime.markets.shock import Shock

TOLERANCE = 1e-11
FINEST = 1e-14
LONGEST_STEP = 2.0
MOST_STEPS = 60
SOFTNESS = (1.0, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6)
SMALL = 250  # below this many countries one BLAS thread is faster than several


@dataclass(frozen=True, eq=False)
class Problem:
    """The counterfactual as arrays: shares, log wedges, who still sells, and the limits."""

    phi: Array
    supply: Array
    volumes: Array
    base: Base
    demand: Callable[[Base, Array], Split]
    wedge: Array
    border: Array
    rows: np.ndarray
    system: System


@dataclass(frozen=True, eq=False)
class Solution:
    """Log producer prices (n,), multipliers, the nest at the solution, and how the search ended."""

    log_price: Array
    multipliers: Array
    split: Split
    status: str
    residual: float
    iterations: int


@dataclass(frozen=True, eq=False)
class _Point:
    residual: Array
    split: Split
    weights: Array
    share: Array
    pick: Array  # how far each limit's row is that of its slack: 1 binding, 0 idle, between when smoothed

    @property
    def size(self) -> float:
        return float(np.abs(self.residual).max(initial=0.0)) if np.isfinite(self.residual).all() else np.inf


@cache
def _threadpools() -> ThreadpoolController:
    return ThreadpoolController()  # takes a millisecond, as long as a solve


def one_blas_thread(countries: int) -> AbstractContextManager[object]:
    """Return a context with one BLAS thread where the matrices are too small for more."""
    return _threadpools().limit(limits=1, user_api="blas") if countries < SMALL else nullcontext()


def problem(shock: Shock, demand: Callable[[Base, Array], Split]) -> Problem:
    """Turn a shock into the arrays of the solver. Log wedges compare the counterfactual with the base."""
    market = shock.market
    trades = market.flows > 0
    sold = trades & ~shock.bans
    subsidy = np.log1p(shock.output_subsidies) - np.log1p(market.output_subsidies)
    border = np.log1p(shock.export_taxes) - np.log1p(market.export_taxes) - subsidy[:, None]
    wedge = border + np.log1p(shock.tariffs) - np.log1p(market.tariffs) + np.log1p(shock.frictions)
    return Problem(
        phi=np.where(sold, market.phi, 0.0),
        supply=market.supply,
        volumes=market.volumes,
        base=nest_base(market, sold, trades & shock.bans, np.log(shock.chokes)),
        demand=demand,
        wedge=wedge,
        border=border,
        rows=np.flatnonzero(sold.any(axis=1)),
        system=System.of(conditions(shock, sold), market.n),
    )


def nest_base(market: Market, sold: Mask, gone: Mask, log_choke: Array) -> Base:
    """Return what the nests need of a market."""
    bought = market.volumes.sum(axis=0)
    return Base(
        theta=market.theta,
        delta=market.volumes / np.where(bought > 0, bought, 1.0),
        sigma=market.sigma,
        demand=market.demand,
        sold=sold,
        gone=gone,
        log_choke=log_choke,
    )


def solve(shock: Shock, demand: Callable[[Base, Array], Split]) -> Solution:
    """Solve the exact form for one shock.

    Parameters
    ----------
    shock : Shock
    demand : callable
        A nest of `xenotime.markets.nests`.

    Returns
    -------
    Solution
        `status` is "converged" or "not converged"; the residual says how far it got.
    """
    task = problem(shock, demand)
    n, limits = len(task.supply), len(task.system.found)
    begin = np.zeros(n), np.zeros(limits)
    # trial steps may leave the range of floating point; they are then shortened
    with one_blas_thread(n), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        x, m, steps, converged = _newton(task, *begin)
        for fallback in (_softened, _by_degrees):
            if not converged:
                x, m, more, converged = fallback(task, *begin)
                steps += more
        # a limit with slack has no wedge, not one of the size of rounding
        m = np.where(_evaluate(task, x, m).pick > 0, m, 0.0) if converged else m
        point = _evaluate(task, x, m)
    return Solution(
        log_price=x,
        multipliers=m,
        split=point.split,
        status="converged" if converged else "not converged",
        residual=point.size,
        iterations=steps,
    )


def _evaluate(task: Problem, x: Array, m: Array, softness: float = 0.0) -> _Point:
    system, rows = task.system, task.rows
    split = task.demand(task.base, x[:, None] + task.wedge + system.log_wedge(m))
    weights = np.where(task.base.sold, task.phi * np.exp(split.log_quantity), 0.0)
    demanded = weights.sum(axis=1)
    bought = np.zeros_like(x)
    np.add.at(bought, system.rows[system.is_purchase], m[system.is_purchase])
    total = demanded + bought
    clearing = np.log(total[rows]) - task.supply[rows] * x[rows]
    slack = _slack(task, x, m, split)
    share = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 0.0)
    if softness:
        root = np.sqrt((m - slack) ** 2 + 4 * softness**2)
        complementarity, pick = (m + slack - root) / 2, (1 + (m - slack) / root) / 2
    else:
        complementarity, pick = np.minimum(m, slack), (m > slack).astype(float)
    return _Point(np.concatenate([clearing, complementarity]), split, weights, share, pick)


def _slack(task: Problem, x: Array, m: Array, split: Split) -> Array:
    system = task.system
    if not system.found:
        return np.zeros(0)
    held = x[system.rows] - system.targets
    slack = np.where(system.is_cap, -held, held)
    pairs = system.exporter, system.importer
    quota = system.targets - np.log(system.by_limit(task.volumes[pairs] * np.exp(split.log_quantity[pairs])))
    at_border = task.border + system.spread(np.where(system.at_border, system.signs * m, 0.0))
    promised = np.where(system.is_undertaking, system.by_limit(at_border[pairs]) + held, 0.0)
    return np.asarray(np.where(system.is_quota, quota, np.where(system.is_undertaking, promised, slack)))


def _jacobian(task: Problem, point: _Point) -> Array:
    """Return ∂(F, Φ)/∂(x, m): a limit's row is that of its slack as far as it binds, and of m itself for the rest."""
    rows, system, sigma = task.rows, task.system, task.base.sigma
    a, b = point.split.a, point.split.b
    k = point.weights * point.share[:, None]
    pull = k * sigma
    r = len(rows)
    g = len(system.found)
    jacobian = np.zeros((r + g, r + g))
    jacobian[:r, :r] = pull[rows] @ a[rows].T + k[rows] @ b[rows].T
    jacobian[np.arange(r), np.arange(r)] -= pull[rows].sum(axis=1) + task.supply[rows]
    if not g:
        return jacobian
    # ∂ ln q / ∂m: through the landed price of the pair itself, and through those of all that its buyer buys
    pairs, sign = (system.exporter, system.importer), system.signs[system.limit]
    through_a, through_b = system.by_importer(sign * a[pairs]), system.by_importer(sign * b[pairs])
    moved = pull @ through_a.T + k @ through_b.T - system.by_exporter(sign * pull[pairs]).T
    jacobian[:r, r:] = moved[rows]
    for j in np.flatnonzero(system.is_purchase):
        jacobian[:r, r + j] = np.where(rows == system.rows[j], point.share[rows], 0.0)
    by_price, by_multiplier = _slack_gradient(task, point, through_a, through_b)
    pick = point.pick[:, None]
    jacobian[r:, :r] = pick * by_price[:, rows]
    jacobian[r:, r:] = pick * by_multiplier + np.diag(1 - point.pick)
    return jacobian


def _slack_gradient(task: Problem, point: _Point, through_a: Array, through_b: Array) -> tuple[Array, Array]:
    """Return ∂H/∂x (G, n) and ∂H/∂m (G, G)."""
    system = task.system
    a, b = point.split.a, point.split.b
    pairs = system.exporter, system.importer
    volumes = np.where(
        system.is_quota[system.limit], task.volumes[pairs] * np.exp(point.split.log_quantity[pairs]), 0.0
    )
    whole = np.where(system.is_quota, system.by_limit(volumes), 1.0)
    part = volumes / whole[system.limit]
    pulled = part * task.base.sigma[pairs]
    pulled_by, part_by = system.by_importer(pulled), system.by_importer(part)
    by_price = system.by_exporter(pulled) - pulled_by @ a.T - part_by @ b.T
    held = np.flatnonzero(~system.is_quota)
    by_price[held, system.rows[held]] = np.where(system.is_cap[held], -1.0, 1.0)
    by_multiplier = system.meet(pulled) * system.signs - pulled_by @ through_a.T - part_by @ through_b.T
    if system.is_undertaking.any():
        promised = system.is_undertaking.astype(float)[system.limit]
        by_multiplier += system.meet(promised) * np.where(system.at_border, system.signs, 0.0)
    return by_price, by_multiplier


def _newton(task: Problem, x: Array, m: Array, softness: float = 0.0) -> tuple[Array, Array, int, bool]:
    rows = task.rows
    r = len(rows)
    point = _evaluate(task, x, m, softness)
    for step in range(1, MOST_STEPS + 1):
        if point.size < FINEST:
            return x, m, step - 1, True
        move = _step(_jacobian(task, point), point.residual)
        if not np.isfinite(move).all():
            return x, m, step, False
        length = min(1.0, LONGEST_STEP / max(float(np.abs(move).max()), 1e-300))
        found = None
        for _ in range(14):
            x_new = x.copy()
            x_new[rows] += length * move[:r]
            m_new = m + length * move[r:]
            tried = _evaluate(task, x_new, m_new, softness)
            if tried.size < point.size * (1 - 1e-4 * length):
                found = x_new, m_new, tried
                break
            length /= 2
        if found is None:  # rounding has been reached, or the search is stuck
            return x, m, step, point.size < TOLERANCE
        x, m, point = found
    return x, m, MOST_STEPS, point.size < TOLERANCE


def _step(jacobian: Array, residual: Array) -> Array:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", scipy.linalg.LinAlgWarning)
            return np.asarray(-scipy.linalg.solve(jacobian, residual, check_finite=False))
    except (np.linalg.LinAlgError, scipy.linalg.LinAlgWarning, ValueError):
        if not np.isfinite(jacobian).all():
            return np.full_like(residual, np.nan)
        return np.asarray(-np.linalg.lstsq(jacobian, residual)[0])


def _softened(task: Problem, x: Array, m: Array) -> tuple[Array, Array, int, bool]:
    """Solve with limits made soft, then ever harder, each from the last; end with the hard system."""
    steps = 0
    if not len(m):
        return x, m, 0, False
    for softness in SOFTNESS:
        x_new, m_new, more, _ = _newton(task, x, m, softness)
        steps += more
        x, m = x_new, m_new
    x, m, more, converged = _newton(task, x, m)
    return x, m, steps + more, converged


def _by_degrees(task: Problem, x: Array, m: Array) -> tuple[Array, Array, int, bool]:
    """Bring wedges and limits in by degrees, each solve starting from the last, with steps that shrink on failure."""
    steps, done, stride = 0, 0.0, 0.125
    idle = replace(task, wedge=np.zeros_like(task.wedge), border=np.zeros_like(task.border))
    # a limit that is broken at the start is begun where it just does not bind
    loose = np.minimum(_slack(idle, x, m, _evaluate(idle, x, m).split), 0.0)
    upper = task.system.is_quota | task.system.is_cap
    while done < 1.0:
        to = min(1.0, done + stride)
        away = np.where(upper, -loose, loose) * (1 - to)
        eased = replace(
            task,
            wedge=task.wedge * to,
            border=task.border * to,
            system=replace(task.system, targets=task.system.targets + away),
        )
        x_new, m_new, more, converged = _newton(eased, x, m)
        steps += more
        if not converged:
            x_new, m_new, more, converged = _softened(eased, x, m)
            steps += more
        if converged:
            x, m, done, stride = x_new, m_new, to, min(2 * stride, 0.5)
        elif stride < 0.02:
            return x, m, steps, False
        else:
            stride /= 2
    return x, m, steps, True
