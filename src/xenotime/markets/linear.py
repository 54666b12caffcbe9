"""The published, linear form of GSIM (Francois & Hall 2009): proportional changes, one linear solve.

    A P̂* = −b,  A = Φ diag(E_s + E_m) Θᵀ − diag(Φ E_s) − diag(E_x),
    b_r = Σ_v φ_rv [−E_s T̂_rv + (E_s + E_m) Σ_s θ_sv T̂_sv],   T̂ = W − 1,  W = T1 X1 / (T0 X0)

It is a first-order approximation: its error is large for large taxes, and trade may come out negative, which is
refused. σ by pair enters through the derivative of the `hiia` nest at the base.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from xenotime.core import InputError
from xenotime.markets.exact import nest_base, one_blas_thread
from xenotime.markets.market import Array
from xenotime.markets.nests import ces, hiia
from xenotime.markets.shock import Shock

EXACT = 'use the exact form: form="exact"'


@dataclass(frozen=True, eq=False)
class LinearSolution:
    """Proportional changes: producer prices, composite prices (n,), quantities (n, n); and the residual of clearing."""

    price: Array
    composite: Array
    quantity: Array
    wedge: Array
    residual: float


def solve_linear(shock: Shock) -> LinearSolution:
    """Solve the linear form.

    Raises
    ------
    InputError
        Bans and limits, which the linear form does not know; or a flow that would turn negative.
    """
    market = shock.market
    if shock.limits or (shock.bans & (market.flows > 0)).any():
        raise InputError("the linear form knows taxes only, no bans, quotas or price limits", remedy=EXACT)
    wedge = (1 + shock.tariffs) * (1 + shock.export_taxes) * (1 + shock.frictions) / (1 + market.tariffs)
    wedge = wedge / (1 + market.export_taxes) * ((1 + market.output_subsidies) / (1 + shock.output_subsidies))[:, None]
    sold = market.flows > 0
    base = nest_base(market, sold, np.zeros_like(sold), np.full(sold.shape, np.inf))
    split = (ces if market.substitution.ndim == 1 else hiia)(base, np.zeros(sold.shape))
    rows = np.flatnonzero(sold.any(axis=1))
    phi, sigma = market.phi[rows], market.sigma
    a, b = split.a, split.b
    change = wedge - 1
    matrix = (phi * sigma[rows]) @ a[rows].T + phi @ b[rows].T
    matrix[np.arange(len(rows)), np.arange(len(rows))] -= (phi * sigma[rows]).sum(axis=1) + market.supply[rows]
    direct = -sigma * change + sigma * (a * change).sum(axis=0) + (b * change).sum(axis=0)
    with one_blas_thread(market.n):
        solved = scipy.linalg.solve(matrix, -(phi * direct[rows]).sum(axis=1))
    price = np.zeros(market.n)
    price[rows] = solved
    landed = price[:, None] + change
    quantity = np.where(sold, -sigma * landed + sigma * (a * landed).sum(axis=0) + (b * landed).sum(axis=0), 0.0)
    clearing = (phi * quantity[rows]).sum(axis=1) - market.supply[rows] * solved
    _refuse_negative(shock, price, quantity)
    composite = (market.theta * ((1 + price)[:, None] * wedge - 1)).sum(axis=0)
    return LinearSolution(price, composite, quantity, wedge, float(np.abs(clearing).max()))


def _refuse_negative(shock: Shock, price: Array, quantity: Array) -> None:
    names = shock.market.names
    if (1 + price <= 0).any():
        r = int(np.argmin(price))
        raise InputError(f"the price of {names[r]} would fall below zero ({price[r]:+.0%})", remedy=EXACT)
    if (1 + quantity < 0).any():
        r, v = np.argwhere(quantity == quantity.min())[0]
        raise InputError(
            f"the flow {names[r]} → {names[v]} would turn negative ({quantity[r, v]:+.0%}): "
            "the linear form does not hold so far from its base",
            remedy=EXACT,
        )
