"""The compiled solver behind `gsim_batch`: the exact form, by CES or additive CES, for many draws of elasticities.

Newton in log prices and multipliers as in `xenotime.markets.exact`, limits by min(m, H) = 0, with the step of
`xenotime.markets.step`. Where Newton does not end it does nothing else: such draws are left to the full solver, which
softens limits and brings policy in by degrees. No part of it knows countries or money.
"""

import numpy as np

from xenotime.markets.booking import book
from xenotime.markets.compiled import IS_CAP, IS_PURCHASE, IS_QUOTA, IS_UNDERTAKING, Draw, Point, Wedges, compiled
from xenotime.markets.step import MOST_DIRECTIONS, empty_border, fill_border, find_step

MOST_STEPS = 40
FINE = 1e-12
GOOD = 1e-11
NEAR_ONE = 1e-3
WHOLE = 1e-13  # shares that lack less than this add up to one


@compiled
def _stand_in(case, sigma, out):  # type: ignore[no-untyped-def]
    """Fill, by importer, Σ θ c^(1−σ), Σ δ c^(−σ), Σ θ and Σ θ (c^(1−σ) − 1) over banned goods with a choke price c."""
    out[:] = 0.0
    for i in range(case.gone_importer.shape[0]):
        v, price = case.gone_importer[i], case.gone_price[i]
        a = 1.0 - sigma[v]
        out[0, v] += case.gone_theta[i] * np.exp(a * price)
        out[1, v] += case.gone_delta[i] * np.exp(-sigma[v] * price)
        out[2, v] += case.gone_theta[i]
        out[3, v] += case.gone_theta[i] * np.expm1((a if abs(a) > 1e-12 else 1e-12) * price)


@compiled
def _raise(case, sigma, wedges):  # type: ignore[no-untyped-def]
    """Fill W^(1−σ), which stays 1 where the wedge is 1."""
    for v in range(case.wedge.shape[0]):
        for r in range(case.wedge.shape[1]):
            if case.wedge[v, r] != 0.0:
                wedges.power[v, r] = np.exp((1.0 - sigma[v]) * case.wedge[v, r])


@compiled
def _raise_limited(case, m, sigma, wedges):  # type: ignore[no-untyped-def]
    """Bring the multipliers into the wedges of the pairs under limits."""
    limits = case.limits
    for u in range(limits.importer.shape[0]):
        v, r = limits.importer[u], limits.exporter[u]
        log = case.wedge[v, r]
        for j in range(limits.met[u], limits.met[u + 1]):
            log += limits.sign[limits.limit[j]] * m[limits.limit[j]]
        wedges.log[v, r] = log
        wedges.power[v, r] = np.exp((1.0 - sigma[v]) * log)
        wedges.inverse[v, r] = np.exp(-log)


@compiled
def _near_one(theta, wedge, x, a, stand_in):  # type: ignore[no-untyped-def]
    """Log composite price where σ is close to one: ln(Σ θ e^{a l})/a loses its digits there, these sums do not.

    Where an origin is banned Σ θ < 1, the price is far from one, and the plain sum is the right one.
    """
    safe = a if abs(a) > 1e-12 else 1e-12
    share, total, plain = stand_in[2], stand_in[3], stand_in[0]
    for r in range(x.shape[0]):
        if theta[r] > 0.0:
            change = np.expm1(safe * (x[r] + wedge[r]))
            share += theta[r]
            total += theta[r] * change
            plain += theta[r] * (1.0 + change)
    return np.log1p(total) / safe if share > 1.0 - WHOLE else np.log(plain) / safe


@compiled
def _price(draw, wedges, point):  # type: ignore[no-untyped-def]
    """Fill the weights with landed prices to the power 1 − σ, to begin with."""
    powers, last = np.empty(point.x.shape[0]), np.nan
    for v in range(point.x.shape[0]):
        a = 1.0 - draw.sigma[v]
        if a != last:
            for r in range(powers.shape[0]):
                powers[r] = np.exp(a * point.x[r])
            last = a
        for r in range(powers.shape[0]):
            point.weight[v, r] = wedges.power[v, r] * powers[r]


@compiled
def _split_ces(case, draw, wedges, point, level):  # type: ignore[no-untyped-def]
    """Fill pull and composite prices of the exact GSIM (`nests.ces`), and the level of each importer's purchases."""
    n, theta, pull, weight = point.x.shape[0], case.theta, point.pull, point.weight
    for v in range(n):
        a, elasticity, total = 1.0 - draw.sigma[v], draw.sigma[v] + draw.demand[v], draw.stand_in[0, v]
        for r in range(n):
            term = theta[v, r] * weight[v, r]
            pull[v, r] = term
            total += term
        if total == 0.0:
            point.composite[v] = np.inf
            level[v] = 0.0
            continue
        point.composite[v] = (
            _near_one(theta[v], wedges.log[v], point.x, a, draw.stand_in[:, v])
            if abs(a) < NEAR_ONE
            else np.log(total) / a
        )
        level[v] = np.exp(elasticity * point.composite[v])
        scale = elasticity / total
        for r in range(n):
            pull[v, r] *= scale


@compiled
def _split_aces(case, draw, wedges, point, level):  # type: ignore[no-untyped-def]
    """Fill the same where quantities add up (`nests.aces`)."""
    n, theta, delta, inverse, weight = point.x.shape[0], case.theta, case.delta, wedges.inverse, point.weight
    per_price = np.exp(-point.x)
    for v in range(n):
        sigma, demand = draw.sigma[v], draw.demand[v]
        spent, total = draw.stand_in[0, v], draw.stand_in[1, v]
        for r in range(n):
            spent += theta[v, r] * weight[v, r]
            total += delta[v, r] * weight[v, r] * inverse[v, r] * per_price[r]
        if total == 0.0:
            point.composite[v] = np.inf
            point.pull[v] = 0.0
            level[v] = 0.0
            continue
        point.composite[v] = np.log(spent / total)
        level[v] = np.exp(demand * point.composite[v]) / total
        by_value, by_share = demand * (1.0 - sigma) / spent, sigma * (1.0 + demand) / total
        for r in range(n):
            by_quantity = by_share * delta[v, r] * inverse[v, r] * per_price[r]
            point.pull[v, r] = weight[v, r] * (by_value * theta[v, r] + by_quantity)


@compiled
def _sell(phi, inverse, level, point, total_demand):  # type: ignore[no-untyped-def]
    """Turn the weights from powers of prices into quantities over base output, and add them up by exporter."""
    n = point.x.shape[0]
    per_price = np.exp(-point.x)
    total_demand[:] = 0.0
    for v in range(n):
        for r in range(n):
            point.weight[v, r] *= phi[v, r] * inverse[v, r] * per_price[r] * level[v]
            total_demand[r] += point.weight[v, r]


@compiled
def _hold(case, point):  # type: ignore[no-untyped-def]
    """Fill the slacks and the parts of the quotas, from weights that are still quantities over base output."""
    limits = case.limits
    for g in range(limits.kind.shape[0]):
        kind, row, low, high = limits.kind[g], limits.row[g], limits.first[g], limits.first[g + 1]
        if kind == IS_QUOTA:
            volume = 0.0
            for k in range(low, high):
                v, r = limits.importer[limits.cell[k]], limits.exporter[limits.cell[k]]
                point.part[k] = case.output[r] * point.weight[v, r]
                volume += point.part[k]
            for k in range(low, high):
                point.part[k] /= volume
            point.slack[g] = limits.target[g] - np.log(volume)
        else:
            held = point.x[row] - limits.target[g]
            point.slack[g] = -held if kind == IS_CAP else held
        if kind == IS_UNDERTAKING:
            u = limits.cell[low]
            point.slack[g] += case.border[limits.importer[u], row]
            for j in range(limits.met[u], limits.met[u + 1]):
                h = limits.limit[j]
                if limits.at_border[h]:
                    point.slack[g] += limits.sign[h] * point.m[h]


@compiled
def _clear(case, supply, total_demand, point):  # type: ignore[no-untyped-def]
    """Fill gap = ln(demand/supply), turn weights into shares of demand; return the largest breach."""
    n = point.x.shape[0]
    size = 0.0
    for r in range(n):
        point.gap[r] = 0.0
        point.per_demand[r] = 0.0
        if case.active[r]:
            point.gap[r] = np.log(total_demand[r]) - supply[r] * point.x[r]
            point.per_demand[r] = 1.0 / total_demand[r]
            if not abs(point.gap[r]) <= size:  # also true for NaN
                size = abs(point.gap[r])
    for v in range(n):
        for r in range(n):
            point.weight[v, r] *= point.per_demand[r]
    for g in range(point.m.shape[0]):
        breach = abs(min(point.m[g], point.slack[g]))
        if not breach <= size:
            size = breach
    return size if np.isfinite(size) else np.inf


@compiled
def _evaluate(case, draw, wedges, point):  # type: ignore[no-untyped-def]
    """Fill all of a point from its prices and multipliers; return the largest |ln(demand/supply)| or |min(m, H)|."""
    n, limits = point.x.shape[0], case.limits
    level, total_demand = np.empty(n), np.empty(n)
    _raise_limited(case, point.m, draw.sigma, wedges)
    _price(draw, wedges, point)
    if case.additive:
        _split_aces(case, draw, wedges, point, level)
    else:
        _split_ces(case, draw, wedges, point, level)
    _sell(case.phi, wedges.inverse, level, point, total_demand)
    _hold(case, point)
    for g in range(limits.kind.shape[0]):
        if limits.kind[g] == IS_PURCHASE:
            total_demand[limits.row[g]] += point.m[g]
    return _clear(case, draw.supply, total_demand, point)


@compiled
def _empty_point(n, limits, parts):  # type: ignore[no-untyped-def]
    return Point(
        np.zeros(n),
        np.zeros(limits),
        np.zeros((n, n)),
        np.zeros((n, n)),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(limits),
        np.zeros(parts),
    )


@compiled
def _move(point, x, m, length, move):  # type: ignore[no-untyped-def]
    """Put a point `length` of the step away from these prices and multipliers."""
    for r in range(x.shape[0]):
        point.x[r] = x[r] + length * move[r]
    for g in range(m.shape[0]):
        point.m[g] = m[g] + length * move[x.shape[0] + g]


@compiled
def _newton(case, draw, wedges, border, point, basis, target, move):  # type: ignore[no-untyped-def]
    """Take a point to the solution in place; return its residual and the number of steps."""
    size = _evaluate(case, draw, wedges, point)
    steps = 0
    while size > FINE and steps < MOST_STEPS:
        if not fill_border(case, draw, point, border):
            break
        if not find_step(point, border, min(1e-3, 0.1 * size), basis, target, move):
            break
        steps += 1
        longest = 0.0
        for i in range(move.shape[0]):
            longest = max(longest, abs(move[i]))
        length = 1.0 if longest <= 2.0 else 2.0 / longest
        x, m = point.x.copy(), point.m.copy()
        new_size = np.inf
        for _ in range(12):
            _move(point, x, m, length, move)
            new_size = _evaluate(case, draw, wedges, point)
            if new_size < size:
                break
            length *= 0.5
        if not new_size < size:  # rounding has been reached, or the search is stuck
            _move(point, x, m, 0.0, move)
            _evaluate(case, draw, wedges, point)
            break
        size = new_size
    return size, steps


@compiled
def solve_draws(case, demand, supply, sigma, start, start_m, books):  # type: ignore[no-untyped-def]
    """Solve one scenario for each row of the elasticities.

    Parameters
    ----------
    case : Case
    demand, supply, sigma : ndarray (draws, n)
    start, start_m : ndarray (n,), (G,)
        Log prices and multipliers to start from.
    books : Books
        Filled. A draw with a residual above `GOOD` is not solved and is left to the full solver.
    """
    n, limits, parts = start.shape[0], start_m.shape[0], case.limits.cell.shape[0]
    point = _empty_point(n, limits, parts)
    wedges = Wedges(case.wedge.copy(), np.ones((n, n)), np.exp(-case.wedge))
    border = empty_border(n, limits)
    stand_in = np.zeros((4, n))
    basis = np.empty((MOST_DIRECTIONS + 1, n + limits))
    target, move, still = np.empty(n + limits), np.empty(n + limits), np.zeros(n + limits)
    for d in range(demand.shape[0]):
        draw = Draw(demand[d], supply[d], sigma[d], stand_in)
        _stand_in(case, draw.sigma, stand_in)
        _raise(case, draw.sigma, wedges)
        _move(point, start, start_m, 0.0, still)
        size, steps = _newton(case, draw, wedges, border, point, basis, target, move)
        for g in range(limits):
            if not point.m[g] > point.slack[g]:
                point.m[g] = 0.0  # a limit with slack has no wedge, not one of the size of rounding
        books.residual[d] = size
        books.steps[d] = steps
        for r in range(n):
            books.x[d, r] = point.x[r]
            books.composite[d, r] = point.composite[r]
        book(case, point, draw.supply, d, books)
    return 0
