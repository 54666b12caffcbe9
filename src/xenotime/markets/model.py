"""`gsim`: solve a market under a policy, in the exact or the linear form."""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from xenotime.core import InputError
from xenotime.markets.accounts import base_ledger, ledger
from xenotime.markets.equilibrium import Equilibrium, SolverError, welfare_table
from xenotime.markets.exact import TOLERANCE, Solution, problem, solve
from xenotime.markets.limits import System
from xenotime.markets.linear import solve_linear
from xenotime.markets.market import Array, Market
from xenotime.markets.nests import NESTS
from xenotime.markets.shock import Limit, Policy, Shock


def gsim(
    market: Market,
    policy: Shock | Policy | Sequence[Policy] | None = None,
    *,
    tariffs: ArrayLike | None = None,
    export_taxes: ArrayLike | None = None,
    output_subsidies: ArrayLike | None = None,
    limits: Iterable[Limit] = (),
    form: Literal["exact", "linear"] = "exact",
    nest: str | None = None,
    throw: bool = True,
) -> Equilibrium:
    """Solve a market under a changed policy.

    Parameters
    ----------
    market : Market
    policy : Shock, Policy or sequence of Policy, optional
        The change: a finished `Shock`, or policies applied to the base one after another.
    tariffs, export_taxes, output_subsidies : array, optional
        Rates after the change, in place of those of `policy`; shapes as in `Market.from_arrays`. Unchanged if left
        out.
    limits : iterable of Quota, Undertaking, Floor, Cap
        Added to those of `policy`.
    form : {"exact", "linear"}
        The exact form (GSIMv2), or the published linear one, which knows taxes only.
    nest : {"ces", "aces", "hiia"}, optional
        Demand system (`xenotime.markets.nests`): "ces" for substitution by importer and "hiia" for substitution by pair
        if not said otherwise. "aces" balances quantities.
    throw : bool
        Raise when the solve does not reach its tolerance; otherwise inspect `Equilibrium.status`.

    Returns
    -------
    Equilibrium

    Raises
    ------
    InputError
        A request that cannot be: a ban under CES with E_s ≤ 1, bans or limits in the linear form, a linear flow that
        would be negative, a nest that does not go with the elasticities.
    SolverError
        With ``throw=True``, when the solve stopped short of its tolerance.
    """
    shock = shock_of(market, policy)
    if tariffs is not None:
        shock = shock.set_tariffs(tariffs)
    if export_taxes is not None:
        shock = shock.set_export_taxes(export_taxes)
    if output_subsidies is not None:
        shock = shock.set_output_subsidies(output_subsidies)
    shock = shock.limit(*limits)
    chosen = nest_of(market, shock, nest)
    if form == "linear":
        if chosen == "aces":
            raise InputError("the linear form is that of CES", where="nest", remedy='leave nest out, or form="exact"')
        return _linear(shock, chosen)
    if form != "exact":
        raise InputError(f"form {form!r}", where="form", remedy='"exact" or "linear"')
    solution = solve(shock, NESTS[chosen])
    if throw and solution.status != "converged":
        raise SolverError(
            f"the market did not clear: residual {solution.residual:.1e} after {solution.iterations} steps",
            where="gsim",
            remedy=_what_to_do(shock),
        )
    # near a ban with E_s just above one, prices and what did not converge may leave the range of floating point
    with np.errstate(over="ignore", invalid="ignore"):
        return exact_result(shock, chosen, solution)


def _what_to_do(shock: Shock) -> str:
    if shock.limits and (shock.market.supply == 0).any():
        return "supply that does not react (E_x = 0) cannot be sold where limits cover all outlets: give supply > 0"
    if shock.limits:
        return "look for limits that cannot hold together, such as a floor under output that a quota keeps from sale"
    return f"inspect the result with throw=False (wanted a residual below {TOLERANCE:g})"


def shock_of(market: Market, policy: Shock | Policy | Sequence[Policy] | None) -> Shock:
    """Apply policies to the base of a market, one after another."""
    if policy is None:
        return Shock.base(market)
    if isinstance(policy, Shock):
        if not policy.market.same_as(market):
            raise InputError(
                "this shock was made for another market",
                where="policy",
                remedy="begin it with Shock.base(market) of this market; with_elasticities takes a shock to others",
            )
        return policy
    shock = Shock.base(market)
    for one in policy if isinstance(policy, Sequence) else (policy,):
        shock = one.apply(shock)
    return shock


def nest_of(market: Market, shock: Shock, nest: str | None) -> str:
    """Choose the nest, and refuse what it cannot bear."""
    by_pair = market.substitution.ndim == 2
    chosen = nest or ("hiia" if by_pair else "ces")
    if chosen not in NESTS:
        raise InputError(f"nest {chosen!r}", where="nest", remedy=f"one of {', '.join(NESTS)}")
    if by_pair and chosen != "hiia":
        raise InputError(
            f"the nest {chosen} has one elasticity of substitution an importer, not one a pair",
            where="nest",
            remedy='nest="hiia", or give substitution by importer',
        )
    unbearable = shock.bans & (market.flows > 0) & np.isinf(shock.chokes) & (market.sigma <= 1)
    if chosen != "aces" and unbearable.any():
        r, v = np.argwhere(unbearable)[0]
        raise InputError(
            f"with E_s = {market.sigma[r, v]:g} ≤ 1 every origin is indispensable: a ban has no finite price",
            where=f"ban {market.names[r]} → {market.names[v]}",
            remedy='give the ban a choke price (choke=...), or use nest="aces", in which quantities add up',
        )
    return chosen


def exact_result(shock: Shock, nest: str, solution: Solution) -> Equilibrium:
    """Make the result of an exact solution."""
    market = shock.market
    task = problem(shock, NESTS[nest])
    price = np.exp(solution.log_price)
    active = np.zeros(market.n, dtype=bool)
    active[task.rows] = True
    price = np.where(active, price, 0.0)
    quantity = np.where(task.base.sold, np.exp(solution.split.log_quantity), 0.0)
    multipliers = np.maximum(solution.multipliers, 0.0)
    new = ledger(shock, price, quantity, task.system, multipliers)
    sells, buys = market.output > 0, market.spending > 0
    output = new.flows.volume.sum(axis=1)
    np.add.at(
        output,
        task.system.rows[task.system.is_purchase],
        (multipliers * market.output[task.system.rows])[task.system.is_purchase],
    )
    composite = np.exp(solution.split.log_composite)
    producer = producer_surplus(market.output, market.supply, price)
    consumer = consumer_surplus(market.spending, market.demand, composite)
    return Equilibrium(
        market=market,
        shock=shock,
        form="exact",
        nest=nest,
        prices=np.where(sells, price, np.nan),
        quantities=np.where(sells, output / np.where(sells, market.output, 1.0), np.nan),
        composite_prices=np.where(buys, composite, np.nan),
        ledger=new,
        welfare=welfare_table(market, producer, consumer, base_ledger(market), new),
        limits=_limit_table(shock, task.system, multipliers, new.limit_rents),
        status=solution.status,
        residual=solution.residual,
        iterations=solution.iterations,
    )


def producer_surplus(output: Array, supply: Array, price: Array) -> Array:
    """ΔPS = R0 (p^(E_x+1) − 1)/(E_x + 1); one row, or one row a draw."""
    power = supply + 1
    return np.asarray(output * (price**power - 1) / power)


def consumer_surplus(spending: Array, demand: Array, composite: Array) -> Array:
    """ΔCS = E0 (1 − P^(E_m+1))/(E_m + 1), −E0 ln P at E_m = −1; with infinite P its limit."""
    power = demand + 1
    logs = np.log(np.where(spending > 0, composite, 1.0))
    flat = np.abs(power) < 1e-9
    with np.errstate(over="ignore", invalid="ignore"):
        area = np.where(flat, logs, np.expm1(np.where(flat, 0.0, power * logs)) / np.where(flat, 1.0, power))
    return np.where(spending > 0, -spending * area, 0.0)


def _limit_table(shock: Shock, system: System, multipliers: Array, money: Array) -> pl.DataFrame:
    names = shock.market.names
    rows = []
    for condition, multiplier, amount in zip(system.found, multipliers, money):
        exporters, importers = np.unique(condition.exporters), np.unique(condition.importers)
        rows.append(
            (
                condition.source,
                condition.kind,
                ", ".join(names[i] for i in exporters),
                ", ".join(names[i] for i in importers),
                bool(multiplier > 0),
                float(multiplier if condition.kind == "public_purchase" else np.expm1(multiplier)),
                float(amount),
                condition.owner,
            )
        )
    schema = {
        "limit": pl.Int64,
        "kind": pl.String,
        "exporters": pl.String,
        "importers": pl.String,
        "binding": pl.Boolean,
        "wedge": pl.Float64,
        "money": pl.Float64,
        "owner": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _linear(shock: Shock, nest: str) -> Equilibrium:
    market = shock.market
    solution = solve_linear(shock)
    none = System.of((), market.n)
    price = 1 + solution.price
    new = ledger(shock, price, np.where(market.flows > 0, 1 + solution.quantity, 0.0), none, np.zeros(0))
    sells, buys = market.output > 0, market.spending > 0
    p, composite = solution.price, solution.composite
    producer = market.output * p * (1 + market.supply * p / 2)
    published = market.spending * (market.demand * composite**2 * np.sign(composite) / 2 - composite)
    consistent = market.spending * (-composite - market.demand * composite**2 / 2)
    return Equilibrium(
        market=market,
        shock=shock,
        form="linear",
        nest=nest,
        prices=np.where(sells, price, np.nan),
        quantities=np.where(sells, 1 + market.supply * p, np.nan),
        composite_prices=np.where(buys, 1 + composite, np.nan),
        ledger=new,
        welfare=welfare_table(market, producer, published, base_ledger(market), new, consistent),
        limits=_limit_table(shock, none, np.zeros(0), np.zeros(0)),
        status="converged",
        residual=solution.residual,
        iterations=1,
    )
