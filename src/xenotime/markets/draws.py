"""Draws of the elasticities in compiled code: arrays for the kernel, and its answers turned into prices and welfare.

One scenario at a time. `xenotime.markets.batch` decides what comes here.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xenotime.markets.accounts import Ledger
from xenotime.markets.compiled import KIND, TO_EXPORTER, TO_IMPORTER, Books, Case, Limits
from xenotime.markets.equilibrium import BASES
from xenotime.markets.exact import Problem, problem, solve
from xenotime.markets.kernel import GOOD, solve_draws
from xenotime.markets.limits import System, conditions
from xenotime.markets.market import Array, Market
from xenotime.markets.model import consumer_surplus, producer_surplus
from xenotime.markets.nests import NESTS
from xenotime.markets.shock import Shock

Draws = tuple[Array, Array, Array]
"""Demand, supply and substitution, each (draws, n)."""

COMPILED_NESTS = ("ces", "aces")
MOST_LIMITS = 300
"""With more limits than this, which are solved through one dense matrix, draws go one by one."""

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
    compiled: NDArray[np.bool_]
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
            compiled=np.zeros(draws, dtype=bool),
            residual=np.full(draws, np.nan),
            iterations=np.zeros(draws, dtype=np.int64),
            prices=np.full((draws, n), np.nan),
            composite=np.full((draws, n), np.nan),
            quantities=np.full((draws, n), np.nan),
            welfare={name: np.full((draws, n), np.nan) for name in WELFARE},
            trade=np.full((draws, 4), np.nan),
        )


def can_compile(shock: Shock, nest: str) -> bool:
    """Whether compiled code knows this nest and bears this many limits."""
    sold = (shock.market.flows > 0) & ~shock.bans
    return nest in COMPILED_NESTS and len(conditions(shock, sold)) <= MOST_LIMITS


def solve_compiled(
    shock: Shock, base: Ledger, draws: Draws, left: NDArray[np.int64], part: Part, nest: str, workers: int
) -> None:
    """Solve the draws `left` in compiled code; fill the rows of those that were solved, and say so in `compiled`."""
    task = problem(shock, NESTS[nest])
    case = _case(shock, task, nest)
    out = Books.empty(len(left), shock.market.n, len(BASES))
    begin = np.zeros(shock.market.n), np.zeros(len(task.system.found))
    if len(left) >= FEW:
        begin = _middle(shock, draws, left, nest) or begin

    def run(rows: slice) -> None:
        chosen = (np.ascontiguousarray(values[left[rows]]) for values in draws)
        solve_draws(case, *chosen, *begin, out.rows(rows))

    if len(left) < FEW:
        run(slice(0, len(left)))
    else:
        edges = np.linspace(0, len(left), 8 * workers + 1).astype(int)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, [slice(int(a), int(b)) for a, b in pairwise(edges)]))
    _fill(shock, base, draws, part, left, out, case.active)


def _middle(shock: Shock, draws: Draws, left: NDArray[np.int64], nest: str) -> tuple[Array, Array] | None:
    """Return log prices and multipliers at the median draw, if it has an answer."""
    middle = solve(shock.with_elasticities(*(np.median(values[left], axis=0) for values in draws)), NESTS[nest])
    return (middle.log_price, middle.multipliers) if middle.status == CONVERGED else None


def _case(shock: Shock, task: Problem, nest: str) -> Case:
    market, base = shock.market, task.base
    active = np.zeros(market.n, dtype=bool)
    active[task.rows] = True
    importers, exporters = np.nonzero((base.gone & np.isfinite(base.log_choke)).T)
    return Case(
        theta=_turned(np.where(base.sold, base.theta, 0.0)),
        delta=_turned(np.where(base.sold, base.delta, 0.0)),
        phi=_turned(task.phi),
        wedge=_turned(np.where(base.sold, task.wedge, 0.0)),
        border=_turned(np.where(base.sold, task.border, 0.0)),
        output=market.output,
        money=_turned(_money(shock)),
        active=active,
        additive=nest == "aces",
        gone_importer=importers.astype(np.int64),
        gone_theta=base.theta[exporters, importers],
        gone_delta=base.delta[exporters, importers],
        gone_price=base.log_choke[exporters, importers],
        limits=_limits(task.system, market),
    )


def _turned(values: Array) -> Array:
    return np.ascontiguousarray(np.swapaxes(values, -1, -2))


def _limits(system: System, market: Market) -> Limits:
    pairs, cell = np.unique(system.importer * system.n + system.exporter, return_inverse=True)
    by_cell = np.argsort(cell, kind="stable")
    owners = {"exporter": TO_EXPORTER, "importer": TO_IMPORTER}
    whole = {
        "kind": [KIND[c.kind] for c in system.found],
        "row": system.rows,
        "owner": [owners[c.owner] if c.owner in owners else market.names.index(c.owner) for c in system.found],
        "first": np.searchsorted(system.limit, np.arange(len(system.found) + 1)),
        "cell": cell,
        "importer": pairs // system.n,
        "exporter": pairs % system.n,
        "met": np.searchsorted(cell[by_cell], np.arange(len(pairs) + 1)),
        "limit": system.limit[by_cell],
    }
    return Limits(
        sign=system.signs,
        target=system.targets,
        at_border=system.at_border,
        **{name: np.array(values, dtype=np.int64) for name, values in whole.items()},
    )


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
    out: Books,
    active: NDArray[np.bool_],
) -> None:
    market, solved = shock.market, out.residual < GOOD
    e_m, e_x, _ = draws
    rows = left[solved]
    sells, buys = market.output > 0, market.spending > 0
    part.status[rows], part.compiled[rows] = CONVERGED, True
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
        "rents": out.exporter[solved, 2],
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
