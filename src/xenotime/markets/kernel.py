"""The compiled solver behind `gsim_batch`: the exact CES form for many draws of elasticities, taxes and bans only.

Newton in log prices as in `xenotime.markets.exact`, with the step found by GMRES: the Jacobian is
−diag(D) + K diag(E_s + E_m) Θ'ᵀ, whose scaled off-diagonal part contracts (its rows add up to
(E_s + E_m)/(E_s + E_x) < 1), so a few products with a vector do. Matrices here are transposed, [importer, exporter],
so that one importer's shares lie side by side. No part of it knows countries or money.
"""

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np

MOST_STEPS = 40
MOST_DIRECTIONS = 30
FINE = 1e-12
GOOD = 1e-10
NEAR_ONE = 1e-3
WHOLE = 1e-13  # shares that lack less than this add up to one


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    options = {"reassoc", "contract", "arcp", "nsz"}  # sums may be reordered; infinities and NaN keep their meaning
    return cast(Callable[..., Any], numba.njit(cache=True, nogil=True, fastmath=options)(function))


@_compile
def _raise(wedge, sigma, power_w):  # type: ignore[no-untyped-def]
    """Fill W^(1−σ), which stays 1 where the wedge is 1."""
    for v in range(wedge.shape[0]):
        for r in range(wedge.shape[1]):
            if wedge[v, r] != 0.0:
                power_w[v, r] = np.exp((1.0 - sigma[v]) * wedge[v, r])


@_compile
def _near_one(theta, wedge, x, a):  # type: ignore[no-untyped-def]
    """Log composite price where σ is close to one: ln(Σ θ e^{a l})/a loses its digits there, these sums do not.

    Where an origin is banned Σ θ < 1, the price is far from one, and the plain sum is the right one.
    """
    safe = a if abs(a) > 1e-12 else 1e-12
    share, total, plain = 0.0, 0.0, 0.0
    for r in range(x.shape[0]):
        if theta[r] > 0.0:
            change = np.expm1(safe * (x[r] + wedge[r]))
            share += theta[r]
            total += theta[r] * change
            plain += theta[r] * (1.0 + change)
    return np.log1p(total) / safe if share > 1.0 - WHOLE else np.log(plain) / safe


@_compile
def _clear(x, supply, active, total_demand, weight, gap):  # type: ignore[no-untyped-def]
    """Fill gap = ln(demand/supply), turn weights into shares of demand; return the largest |gap|."""
    n = x.shape[0]
    size = 0.0
    inverse = np.zeros(n)
    for r in range(n):
        gap[r] = 0.0
        if active[r]:
            gap[r] = np.log(total_demand[r]) - supply[r] * x[r]
            inverse[r] = 1.0 / total_demand[r]
            if not abs(gap[r]) <= size:  # also true for NaN
                size = abs(gap[r])
    for v in range(n):
        for r in range(n):
            weight[v, r] *= inverse[r]
    return size if np.isfinite(size) else np.inf


@_compile
def _back_substitute(upper, rotated, used, basis, move):  # type: ignore[no-untyped-def]
    """Turn the triangular system of GMRES into the step, in place."""
    weights = np.zeros(used)
    for i in range(used - 1, -1, -1):
        value = rotated[i]
        for k in range(i + 1, used):
            value -= upper[i, k] * weights[k]
        weights[i] = value / upper[i, i]
    for i in range(used):
        for r in range(move.shape[0]):
            move[r] += weights[i] * basis[i, r]


@_compile
def _evaluate(  # type: ignore[no-untyped-def]
    x, theta, phi, power_w, inverse_w, wedge, demand, supply, sigma, active, powers, share, weight, composite, gap
):
    """Fill shares, weights, log composite prices and gap = ln(demand/supply); return the largest |gap|."""
    n = x.shape[0]
    total_demand = np.zeros(n)
    inverse_p = np.exp(-x)
    last = np.nan
    for v in range(n):
        a = 1.0 - sigma[v]
        if a != last:
            for r in range(n):
                powers[r] = np.exp(a * x[r])
            last = a
        total = 0.0
        for r in range(n):
            term = theta[v, r] * power_w[v, r] * powers[r]
            share[v, r] = term
            total += term
        if total == 0.0:
            composite[v] = np.inf
            weight[v, :] = 0.0
            continue
        composite[v] = _near_one(theta[v], wedge[v], x, a) if abs(a) < NEAR_ONE else np.log(total) / a
        level = np.exp((sigma[v] + demand[v]) * composite[v])
        for r in range(n):
            weight[v, r] = phi[v, r] * power_w[v, r] * powers[r] * inverse_w[v, r] * inverse_p[r] * level
            total_demand[r] += weight[v, r]
        inverse = 1.0 / total
        for r in range(n):
            share[v, r] *= inverse
    return _clear(x, supply, active, total_demand, weight, gap)


@_compile
def _apply(z, diagonal, share, weight, pull, out):  # type: ignore[no-untyped-def]
    """Apply the scaled Jacobian: out = z − D⁻¹ K diag(pull) Θ' z."""
    n = z.shape[0]
    out[:] = 0.0
    for v in range(n):
        inner = 0.0
        for s in range(n):
            inner += share[v, s] * z[s]
        inner *= pull[v]
        for r in range(n):
            out[r] += weight[v, r] * inner
    for r in range(n):
        out[r] = z[r] - out[r] / diagonal[r]


@_compile
def _gmres(target, diagonal, share, weight, pull, tolerance, basis, move):  # type: ignore[no-untyped-def]
    """Solve the scaled system for the Newton step; return whether the tolerance was reached."""
    n = target.shape[0]
    rotated = np.zeros(MOST_DIRECTIONS + 1)
    upper = np.zeros((MOST_DIRECTIONS + 1, MOST_DIRECTIONS))
    cosine, sine = np.zeros(MOST_DIRECTIONS), np.zeros(MOST_DIRECTIONS)
    length = np.sqrt(np.sum(target * target))
    move[:] = 0.0
    if length == 0.0:
        return True
    rotated[0] = length
    basis[0] = target / length
    used = 0
    for j in range(MOST_DIRECTIONS):
        new = basis[j + 1]
        _apply(basis[j], diagonal, share, weight, pull, new)
        for i in range(j + 1):
            product = 0.0
            for r in range(n):
                product += basis[i, r] * new[r]
            upper[i, j] = product
            for r in range(n):
                new[r] -= product * basis[i, r]
        norm = np.sqrt(np.sum(new * new))
        upper[j + 1, j] = norm
        if norm > 0.0:
            new /= norm
        for i in range(j):
            held = cosine[i] * upper[i, j] + sine[i] * upper[i + 1, j]
            upper[i + 1, j] = -sine[i] * upper[i, j] + cosine[i] * upper[i + 1, j]
            upper[i, j] = held
        radius = np.hypot(upper[j, j], upper[j + 1, j])
        if radius == 0.0:
            return False
        cosine[j], sine[j] = upper[j, j] / radius, upper[j + 1, j] / radius
        upper[j, j] = radius
        rotated[j + 1] = -sine[j] * rotated[j]
        rotated[j] = cosine[j] * rotated[j]
        used = j + 1
        if abs(rotated[j + 1]) <= tolerance * length or norm == 0.0:
            break
    _back_substitute(upper, rotated, used, basis, move)
    return abs(rotated[used]) <= tolerance * length


@_compile
def solve_draws(  # type: ignore[no-untyped-def]
    theta,
    phi,
    wedge,
    output,
    money,
    active,
    demand,
    supply,
    sigma,
    start,
    x_out,
    composite_out,
    sales_out,
    exporter_out,
    tariff_out,
    totals_out,
    residual_out,
    steps_out,
):
    """Solve one scenario for each row of the elasticities.

    Parameters
    ----------
    theta, phi, wedge : ndarray (n, n), [importer, exporter]
        Base shares (0 where banned) and log wedges.
    output : ndarray (n,)
        Base output of exporters.
    money : ndarray (5, n, n), [importer, exporter]
        Per unit of the producer's receipts: border value, landed value, tariff, export tax, subsidies.
    active : ndarray of bool (n,)
        Exporters that still sell.
    demand, supply, sigma : ndarray (draws, n)
    start : ndarray (n,)
        Log prices to start from.
    x_out, composite_out, sales_out, tariff_out : ndarray (draws, n)
        Filled: log producer and composite prices, quantity sold over base, tariff revenue by importer.
    exporter_out : ndarray (draws, 2, n)
        Filled: export tax and subsidies by exporter.
    totals_out : ndarray (draws, 4)
        Filled: trade between countries: quantity, producer, border and landed value.
    residual_out, steps_out : ndarray (draws,)
        Filled. A draw with a residual above `GOOD` is not solved and is left to the full solver.
    """
    n = start.shape[0]
    share, weight = np.empty((n, n)), np.empty((n, n))
    new_share, new_weight = np.empty((n, n)), np.empty((n, n))
    power_w, inverse_w = np.ones((n, n)), np.exp(-wedge)
    composite, new_composite = np.empty(n), np.empty(n)
    gap, new_gap, powers = np.empty(n), np.empty(n), np.empty(n)
    diagonal, target, move, pull = np.ones(n), np.zeros(n), np.empty(n), np.empty(n)
    basis = np.empty((MOST_DIRECTIONS + 1, n))
    for d in range(demand.shape[0]):
        e_m, e_x, e_s = demand[d], supply[d], sigma[d]
        _raise(wedge, e_s, power_w)
        pull[:] = e_s + e_m
        x = start.copy()
        size = _evaluate(
            x, theta, phi, power_w, inverse_w, wedge, e_m, e_x, e_s, active, powers, share, weight, composite, gap
        )
        steps = 0
        while size > FINE and steps < MOST_STEPS:
            steps += 1
            diagonal[:] = e_x
            for v in range(n):
                for r in range(n):
                    diagonal[r] += weight[v, r] * e_s[v]
            for r in range(n):
                if not active[r]:
                    diagonal[r] = 1.0
                target[r] = gap[r] / diagonal[r]
            if not _gmres(target, diagonal, share, weight, pull, min(1e-3, 0.1 * size), basis, move):
                break
            longest = np.max(np.abs(move))
            length = 1.0 if longest <= 2.0 else 2.0 / longest
            found = False
            for _ in range(12):
                tried = x + length * move
                new_size = _evaluate(
                    tried,
                    theta,
                    phi,
                    power_w,
                    inverse_w,
                    wedge,
                    e_m,
                    e_x,
                    e_s,
                    active,
                    powers,
                    new_share,
                    new_weight,
                    new_composite,
                    new_gap,
                )
                if new_size < size:
                    found = True
                    break
                length *= 0.5
            if not found:
                break
            x = tried
            size = new_size
            share, new_share = new_share, share
            weight, new_weight = new_weight, weight
            composite, new_composite = new_composite, composite
            gap, new_gap = new_gap, gap
        residual_out[d] = size
        steps_out[d] = steps
        x_out[d] = x
        composite_out[d] = composite
        _book(x, weight, output, money, e_x, gap, active, d, sales_out, exporter_out, tariff_out, totals_out)
    return 0


@_compile
def _book(x, weight, output, money, supply, gap, active, d, sales_out, exporter_out, tariff_out, totals_out):  # type: ignore[no-untyped-def]
    """Add up what one draw sells and pays."""
    n = x.shape[0]
    totals_out[d] = 0.0
    exporter_out[d] = 0.0
    for r in range(n):
        sales_out[d, r] = np.exp(gap[r] + supply[r] * x[r]) if active[r] else 0.0
    for v in range(n):
        tariff = 0.0
        for r in range(n):
            if weight[v, r] > 0.0:
                quantity = weight[v, r] * sales_out[d, r] * output[r]
                value = quantity * np.exp(x[r])
                tariff += money[2, v, r] * value
                exporter_out[d, 0, r] += money[3, v, r] * value
                exporter_out[d, 1, r] += money[4, v, r] * value
                if v != r:
                    totals_out[d, 0] += quantity
                    totals_out[d, 1] += value
                    totals_out[d, 2] += money[0, v, r] * value
                    totals_out[d, 3] += money[1, v, r] * value
        tariff_out[d, v] = tariff
