"""Draws of the elasticities in compiled code: arrays for the kernel, and its answers turned into prices and welfare.

One scenario at a time, of taxes, frictions and bans under CES. `xenotime.markets.batch` decides what comes here.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xenotime.markets.accounts import Ledger
from xenotime.markets.equilibrium import BASES
from xenotime.markets.exact import problem, solve
from xenotime.markets.kernel import GOOD, solve_draws
from xenotime.markets.market import Array
from xenotime.markets.model import consumer_surplus, producer_surplus
from xenotime.markets.nests import NESTS
from xenotime.markets.shock import Shock

Draws = tuple[Array, Array, Array]
"""Demand, supply and substitution, each (draws, n)."""

FEW = 64
"""Fewer draws than this run in one piece, without a start from the median."""

CONVERGED, FAILED, REFUSED = "converged", "not converged", "refused"
WELFARE = (
    "producer_surplus",
    "consumer_surplus",
    "tariff_revenue",
    "export_tax_revenue",
    "rents",
    "subsidy_cost",
    "net",
)


@dataclass(frozen=True, eq=False)
class Part:
    """One scenario under every draw; its arrays are filled row by row and then left alone."""

    status: NDArray[np.str_]
    residual: Array
    iterations: NDArray[np.int64]
    prices: Array
    composite: Array
    quantities: Array
    welfare: dict[str, Array]
    trade: Array

    @classmethod
    def empty(cls, draws: int, n: int) -> "Part":
        """Return a part in which nothing is solved yet."""
        return cls(
            status=np.full(draws, FAILED, dtype="<U13"),
            residual=np.full(draws, np.nan),
            iterations=np.zeros(draws, dtype=np.int64),
            prices=np.full((draws, n), np.nan),
            composite=np.full((draws, n), np.nan),
            quantities=np.full((draws, n), np.nan),
            welfare={name: np.full((draws, n), np.nan) for name in WELFARE},
            trade=np.full((draws, 4), np.nan),
        )


def solve_compiled(
    shock: Shock, base: Ledger, draws: Draws, left: NDArray[np.int64], part: Part, workers: int
) -> NDArray[np.bool_]:
    """Solve the draws `left` in compiled code and fill their rows; return which of them were solved."""
    market, n = shock.market, shock.market.n
    task = problem(shock, NESTS["ces"])
    active = np.zeros(n, dtype=bool)
    active[task.rows] = True
    out = _Raw.empty(len(left), n)
    shared = (
        np.ascontiguousarray(np.where(task.base.sold, market.theta, 0.0).T),
        np.ascontiguousarray(task.phi.T),
        np.ascontiguousarray(np.where(task.base.sold, task.wedge, 0.0).T),
        market.output,
        np.ascontiguousarray(np.swapaxes(_money(shock), 1, 2)),
        active,
    )
    begin = _start(shock, draws, left)

    def run(rows: slice) -> None:
        chosen = (np.ascontiguousarray(values[left[rows]]) for values in draws)
        solve_draws(*shared, *chosen, begin, *out.rows(rows))

    if len(left) < FEW:
        run(slice(0, len(left)))
    else:
        edges = np.linspace(0, len(left), 8 * workers + 1).astype(int)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, [slice(int(a), int(b)) for a, b in pairwise(edges)]))
    solved = out.residual < GOOD
    _fill(shock, base, draws, part, left, out, solved, active)
    return np.asarray(solved)


def _start(shock: Shock, draws: Draws, left: NDArray[np.int64]) -> Array:
    """Return log prices to start from: those of the median draw, where there are enough draws to pay for them."""
    if len(left) >= FEW:
        middle = solve(shock.with_elasticities(*(np.median(values[left], axis=0) for values in draws)), NESTS["ces"])
        if middle.status == CONVERGED:
            return middle.log_price
    return np.zeros(shock.market.n)


@dataclass(frozen=True, eq=False)
class _Raw:
    """What the kernel fills, in the order of its arguments."""

    x: Array
    composite: Array
    sales: Array
    exporter: Array
    tariff: Array
    totals: Array
    residual: Array
    steps: NDArray[np.int64]

    @classmethod
    def empty(cls, draws: int, n: int) -> "_Raw":
        return cls(
            x=np.empty((draws, n)),
            composite=np.empty((draws, n)),
            sales=np.empty((draws, n)),
            exporter=np.empty((draws, 2, n)),
            tariff=np.empty((draws, n)),
            totals=np.empty((draws, len(BASES))),
            residual=np.full(draws, np.inf),
            steps=np.zeros(draws, dtype=np.int64),
        )

    def rows(self, rows: slice) -> list[NDArray[np.generic]]:
        fields = (
            self.x,
            self.composite,
            self.sales,
            self.exporter,
            self.tariff,
            self.totals,
            self.residual,
            self.steps,
        )
        return [values[rows] for values in fields]


def _money(shock: Shock) -> Array:
    """Per unit of the producer's receipts (5, n, n): border and landed value, tariff, export tax, subsidies."""
    seller = 1 / (1 + shock.output_subsidies)[:, None]
    border = seller * (1 + shock.export_taxes)
    carried = border * (1 + shock.frictions)
    return np.stack(
        [
            border,
            carried * (1 + shock.tariffs),
            carried * shock.tariffs,
            seller * np.maximum(shock.export_taxes, 0.0),
            seller * np.maximum(-shock.export_taxes, 0.0) + (1 - seller),
        ]
    )


def _fill(
    shock: Shock,
    base: Ledger,
    draws: Draws,
    part: Part,
    left: NDArray[np.int64],
    out: _Raw,
    solved: NDArray[np.bool_],
    active: NDArray[np.bool_],
) -> None:
    market = shock.market
    e_m, e_x, _ = draws
    rows = left[solved]
    sells, buys = market.output > 0, market.spending > 0
    part.status[rows] = CONVERGED
    part.residual[left], part.iterations[left] = out.residual, out.steps
    prices = np.where(active, np.exp(out.x[solved]), 0.0)
    with np.errstate(over="ignore"):  # a ban with E_s just above one
        composite = np.exp(out.composite[solved])
    part.prices[rows] = np.where(sells, prices, np.nan)
    part.composite[rows] = np.where(buys, composite, np.nan)
    part.quantities[rows] = np.where(sells, out.sales[solved], np.nan)
    welfare = {
        "producer_surplus": producer_surplus(market.output, e_x[rows], prices),
        "consumer_surplus": consumer_surplus(market.spending, e_m[rows], composite),
        "tariff_revenue": out.tariff[solved] - base.tariff.sum(axis=0),
        "export_tax_revenue": out.exporter[solved, 0] - base.export_tax.sum(axis=1),
        "rents": np.zeros_like(prices),
        "subsidy_cost": out.exporter[solved, 1] - (base.export_subsidy + base.output_subsidy).sum(axis=1),
    }
    welfare["net"] = sum(welfare.values()) - 2 * welfare["subsidy_cost"]
    for name, values in welfare.items():
        part.welfare[name][rows] = values
    between = ~np.eye(market.n, dtype=bool)
    flows = base.flows
    totals = np.array([values[between].sum() for values in (flows.volume, flows.producer, flows.border, flows.landed)])
    with np.errstate(invalid="ignore"):
        part.trade[rows] = out.totals[solved] / totals - 1
