"""How an importer splits its purchases over origins: three demand systems, each with its analytic derivative.

Every nest maps the log changes of landed prices l_rv (over their base) to the log changes of quantities and of the
composite price, with the derivative in the form

    ∂ln q_rv / ∂l_sv = −σ_rv [r = s] + σ_rv A_sv + B_sv,

which lets the solver build its Jacobian from two products of matrices. Total purchases follow Q_v = P_v^{E_m}.

- `ces`: constant elasticity of substitution, the exact GSIM. σ by importer.
- `aces`: additive CES (van der Mensbrugghe & Peters 2016): quantities add up, Σ_r D_rv = Q_v Σ_r D0_rv, so tonnes
  balance, and a ban is bearable at any σ. σ by importer.
- `hiia`: homothetic with implicit additivity of the cost function (Hanoch 1975; Matsuyama & Ushchev 2017), the demand
  that stays integrable when σ differs by pair: Σ_r θ_rv [(p̃_rv/P_v)^{1−σ_rv} − 1]/(1 − σ_rv) = 0. With one σ it is
  `ces`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xenotime.markets.market import Array, Mask

NEAR_ONE = 1e-3


@dataclass(frozen=True)
class Base:
    """What a nest needs of the base, all (n, n) but `demand` (n,).

    `theta` shares at landed prices, `delta` shares of quantity, `sigma`, `sold` where trade can take place, `gone`
    where it took place at the base and is banned: its price is then that of a stand-in (log of it, infinite if none).
    """

    theta: Array
    delta: Array
    sigma: Array
    demand: Array
    sold: Mask
    gone: Mask
    log_choke: Array


@dataclass(frozen=True)
class Split:
    """Log changes of quantity (n, n), 0 where nothing is sold, and of composite prices (n,), with A and B (n, n)."""

    log_quantity: Array
    log_composite: Array
    a: Array
    b: Array


def ces(base: Base, log_price: Array) -> Split:
    """Exact GSIM: P_v = [Σ_r θ_rv p̃_rv^(1−σ_v)]^(1/(1−σ_v)), q_rv = p̃_rv^(−σ_v) P_v^(σ_v + E_m)."""
    sigma = base.sigma
    power = 1 - sigma[0]
    prices = _with_chokes(base, log_price)
    terms = np.where(base.sold | base.gone, base.theta * np.exp(np.where(np.isinf(prices), -np.inf, power * prices)), 0)
    total = terms.sum(axis=0)
    bought = total > 0
    safe = np.where(bought, total, 1.0)
    # where an origin is lost the price is far from one, and the plain sum is the right one
    near = (np.abs(power) < NEAR_ONE) & ~(base.gone & np.isinf(base.log_choke)).any(axis=0)
    with np.errstate(divide="ignore"):
        composite = np.log(safe) / np.where(near, 1.0, power)
    if near.any():
        # ln(Σ θ e^{a l})/a loses its digits as a → 0; log1p and expm1 keep them
        a = np.where(np.abs(power) < 1e-12, 1e-12, power)
        finite = np.where(np.isinf(prices), 0.0, prices)
        bits = np.where(base.sold | base.gone, base.theta * np.expm1(a * finite), 0).sum(axis=0)
        composite = np.where(near, np.log1p(bits) / a, composite)
    composite = np.where(bought | (base.theta.sum(axis=0) == 0), composite, np.inf)
    level = np.where(np.isinf(composite), 0.0, composite)
    share = np.where(base.sold, terms / safe, 0)
    log_quantity = np.where(base.sold, -sigma * (prices - level) + base.demand * level, 0)
    return Split(log_quantity, composite, share, base.demand * share)


def aces(base: Base, log_price: Array) -> Split:
    """Additive CES: C_v = [Σ_r δ_rv p̃_rv^(−σ_v)]^(−1/σ_v), q_rv = (p̃_rv/C_v)^(−σ_v) P_v^E_m, P_v = Σ_r θ p̃ q/Q."""
    sigma = base.sigma
    prices = _with_chokes(base, log_price)
    present = (base.sold | base.gone) & np.isfinite(prices)
    finite = np.where(present, prices, 0.0)
    weight = np.where(present, base.delta * np.exp(-sigma * finite), 0)
    total = weight.sum(axis=0)
    safe = np.where(total > 0, total, 1.0)
    log_index = -np.log(safe) / sigma[0]
    cost = np.where(present, base.theta * np.exp(finite - sigma * (finite - log_index)), 0)
    spent = np.where(total > 0, cost.sum(axis=0), 1.0)
    composite = np.log(spent)
    share = np.where(base.sold, weight / safe, 0)
    value = np.where(base.sold, cost / spent, 0)
    log_quantity = np.where(base.sold, -sigma * (finite - log_index) + base.demand * composite, 0)
    composite = np.where((total > 0) | (base.theta.sum(axis=0) == 0), composite, np.inf)
    return Split(log_quantity, composite, share, base.demand * ((1 - sigma) * value + sigma * share))


def hiia(base: Base, log_price: Array) -> Split:
    """Implicit additivity: shares s_rv ∝ θ_rv (p̃_rv/P_v)^(1−σ_rv), q_rv = (p̃_rv/P_v)^(−σ_rv) P_v^E_m / S_v."""
    power = 1 - base.sigma
    power = np.where(np.abs(power) < 1e-12, 1e-12, power)
    prices = _with_chokes(base, log_price)
    present = (base.sold | base.gone) & np.isfinite(prices)
    finite = np.where(present, prices, 0.0)
    theta = np.where(base.sold | base.gone, base.theta, 0)
    lost = np.where((base.sold | base.gone) & ~present, theta / power, 0).sum(axis=0)  # p̃ → ∞ with σ > 1
    bought = np.where(present, theta, 0).sum(axis=0) > 0
    weight = np.where(present, theta, 0)
    level = (weight * finite).sum(axis=0) / np.where(bought, weight.sum(axis=0), 1.0)
    for _ in range(60):
        gap = (weight * np.expm1(power * (finite - level)) / power).sum(axis=0) - lost
        slope = (weight * np.exp(power * (finite - level))).sum(axis=0)
        step = np.where(bought, np.clip(gap / np.where(slope > 0, slope, 1.0), -1.0, 1.0), 0.0)
        level = level + step
        if np.abs(step).max() < 1e-15:
            break
    terms = weight * np.exp(power * (finite - level))
    total = np.where(bought, terms.sum(axis=0), 1.0)
    every = terms / total
    share = np.where(base.sold, every, 0)
    mean = (every * base.sigma).sum(axis=0)
    log_quantity = np.where(base.sold, -base.sigma * (finite - level) + base.demand * level - np.log(total), 0)
    composite = np.where(bought | (base.theta.sum(axis=0) == 0), level, np.inf)
    return Split(log_quantity, composite, share, share * (base.demand - mean + base.sigma))


def _with_chokes(base: Base, log_price: Array) -> Array:
    return np.where(base.gone, base.log_choke, log_price)


NESTS: dict[str, Callable[[Base, Array], Split]] = {"ces": ces, "aces": aces, "hiia": hiia}
"""Demand systems by name; `gsim(nest=...)` picks one."""
