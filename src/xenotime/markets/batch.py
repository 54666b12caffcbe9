"""Many solves of one market: every scenario under every draw of the elasticities, none lost without a word.

Draws run in compiled code on all cores, starting from the solution at the median draw. What that code does not solve,
and scenarios with another nest or hundreds of limits, go one by one through the same solver as `gsim`. Every (draw,
scenario) has a status.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from xenotime.core import InputError
from xenotime.markets.accounts import Ledger, base_ledger
from xenotime.markets.draws import CONVERGED, REFUSED, WELFARE, Draws, Part, can_compile, solve_compiled
from xenotime.markets.equilibrium import BASES, Equilibrium
from xenotime.markets.exact import one_blas_thread
from xenotime.markets.market import Array, Market
from xenotime.markets.model import gsim, nest_of, shock_of
from xenotime.markets.shock import UNSTEADY_SIGMA, Policy, Shock


@dataclass(frozen=True, eq=False)
class Batch:
    """Every scenario under every draw. Arrays are ``[draw, scenario, …]``; NaN wherever the status is not "converged".

    Attributes
    ----------
    market : Market
    shocks : tuple of Shock, one a scenario
    scenarios : tuple of str
    demand, supply, substitution : ndarray (draws, n)
        The elasticities of each draw.
    status : ndarray of str (draws, scenarios)
        "converged", "not converged", or "refused" (a ban under CES with E_s ≤ 1 and nothing to stand in).
    compiled : ndarray of bool (draws, scenarios)
        Solved in compiled code; the others went one by one.
    residual : ndarray (draws, scenarios)
    iterations : ndarray of int (draws, scenarios)
    prices, composite_prices, quantities : ndarray (draws, scenarios, n)
        Over base, as in `Equilibrium`.
    welfare : dict of ndarray (draws, scenarios, n)
        Changes, keys as the columns of `Equilibrium.welfare`.
    trade : ndarray (draws, scenarios, 4)
        Proportional change of world trade between countries on each of `BASES`.
    nest : str
    """

    market: Market
    shocks: tuple[Shock, ...]
    scenarios: tuple[str, ...]
    demand: Array
    supply: Array
    substitution: Array
    status: NDArray[np.str_]
    compiled: NDArray[np.bool_]
    residual: Array
    iterations: NDArray[np.int64]
    prices: Array
    composite_prices: Array
    quantities: Array
    welfare: Mapping[str, Array]
    trade: Array
    nest: str

    @property
    def failed(self) -> Mapping[str, float]:
        """Share of draws without an answer, by scenario."""
        return dict(zip(self.scenarios, (self.status != CONVERGED).mean(axis=0).tolist()))

    @property
    def one_by_one(self) -> Mapping[str, float]:
        """Share of draws that compiled code did not solve and the solver of `gsim` was asked for, by scenario."""
        asked = ~self.compiled & (self.status != REFUSED)
        return dict(zip(self.scenarios, asked.mean(axis=0).tolist()))

    @property
    def unsteady(self) -> Mapping[str, float]:
        """Share of draws, by scenario, in which a ban under CES meets an E_s below `shock.UNSTEADY_SIGMA`."""
        if self.nest == "aces":
            return dict.fromkeys(self.scenarios, 0.0)
        found = {}
        for name, shock in zip(self.scenarios, self.shocks):
            lost = (shock.bans & (shock.market.flows > 0) & np.isinf(shock.chokes)).any(axis=0)
            found[name] = float(((self.substitution < UNSTEADY_SIGMA) & lost).any(axis=1).mean())
        return found

    def equilibrium(self, draw: int, scenario: str) -> Equilibrium:
        """Solve one draw of one scenario again and return all of it, flows included."""
        position = self.scenarios.index(scenario)
        return _one(
            self.shocks[position], self.demand[draw], self.supply[draw], self.substitution[draw], self.nest, throw=True
        )

    def to_frame(self) -> pl.DataFrame:
        """One row a (draw, scenario): status, residual, iterations, and the change of world trade on every basis."""
        draws, scenarios = self.status.shape
        return pl.DataFrame(
            {
                "draw": np.repeat(np.arange(draws), scenarios),
                "scenario": list(self.scenarios) * draws,
                "status": self.status.ravel().tolist(),
                "residual": self.residual.ravel(),
                "iterations": self.iterations.ravel(),
                **{basis: self.trade[:, :, k].ravel() for k, basis in enumerate(BASES)},
            }
        ).with_columns(pl.col(*BASES).fill_nan(None))


def gsim_batch(
    market: Market,
    shocks: Mapping[str, Shock | Policy | Sequence[Policy]],
    *,
    demand: ArrayLike | None = None,
    supply: ArrayLike | None = None,
    substitution: ArrayLike | None = None,
    nest: str | None = None,
    workers: int | None = None,
) -> Batch:
    """Solve the exact form for every scenario under every draw of the elasticities.

    Parameters
    ----------
    market : Market
        Substitution by importer.
    shocks : mapping of scenario name to Shock, Policy or sequence of Policy
    demand, supply, substitution : array (draws,) or (draws, n), optional
        One row a draw; those left out stay as in the market.
    nest : {"ces", "aces"}, optional
    workers : int, optional
        Threads; by default one a core. The numbers do not depend on it.

    Returns
    -------
    Batch

    Raises
    ------
    InputError
        Elasticities of impossible shape or sign, unknown nest, no scenario.
    """
    if market.substitution.ndim == 2:
        raise InputError("draws need substitution by importer", where="market.substitution", remedy="give (n,) values")
    if not shocks:
        raise InputError("no scenario to solve", where="shocks")
    e_m, e_x, e_s = _draws(market, demand, supply, substitution)
    whole = {name: shock_of(market, policy) for name, policy in shocks.items()}
    chosen = nest or "ces"
    base = base_ledger(market)
    with one_blas_thread(market.n):
        parts = [
            _scenario(shock, base, (e_m, e_x, e_s), chosen, workers or os.cpu_count() or 1) for shock in whole.values()
        ]
    return Batch(
        market=market,
        shocks=tuple(whole.values()),
        scenarios=tuple(whole),
        demand=e_m,
        supply=e_x,
        substitution=e_s,
        status=np.stack([part.status for part in parts], axis=1),
        compiled=np.stack([part.compiled for part in parts], axis=1),
        residual=np.stack([part.residual for part in parts], axis=1),
        iterations=np.stack([part.iterations for part in parts], axis=1),
        prices=np.stack([part.prices for part in parts], axis=1),
        composite_prices=np.stack([part.composite for part in parts], axis=1),
        quantities=np.stack([part.quantities for part in parts], axis=1),
        welfare={name: np.stack([part.welfare[name] for part in parts], axis=1) for name in WELFARE},
        trade=np.stack([part.trade for part in parts], axis=1),
        nest=chosen,
    )


def _draws(
    market: Market, demand: ArrayLike | None, supply: ArrayLike | None, substitution: ArrayLike | None
) -> tuple[Array, Array, Array]:
    given = {"demand": demand, "supply": supply, "substitution": substitution}
    arrays = {name: np.asarray(values, dtype=float) for name, values in given.items() if values is not None}
    counts = {len(values) for values in arrays.values() if values.ndim}
    if len(counts) > 1 or any(values.ndim not in {1, 2} for values in arrays.values()):
        shapes = ", ".join(f"{name} {values.shape}" for name, values in arrays.items())
        raise InputError(
            "draws do not fit each other", where=shapes, remedy="shape (draws,) or (draws, countries) each"
        )
    draws = counts.pop() if counts else 1
    full = []
    for name in given:
        values = arrays.get(name, getattr(market, name)[None, :])
        values = values[:, None] if values.ndim == 1 else values
        if values.shape[1] not in {1, market.n}:
            raise InputError(f"{values.shape[1]} columns for {market.n} countries", where=name)
        full.append(np.array(np.broadcast_to(values, (draws, market.n))))
    for name, values, wrong in (
        ("demand", full[0], full[0] > 0),
        ("supply", full[1], full[1] < 0),
        ("substitution", full[2], full[2] <= 0),
    ):
        bad = wrong | ~np.isfinite(values)
        if bad.any():
            draw, country = np.argwhere(bad)[0]
            raise InputError(
                f"{values[draw, country]:g} cannot be",
                where=f"{name}, draw {draw}, {market.names[country]}",
                remedy="demand ≤ 0, supply ≥ 0, substitution > 0",
            )
    return full[0], full[1], full[2]


def _scenario(shock: Shock, base: Ledger, draws: Draws, nest: str, workers: int) -> Part:
    market = shock.market
    e_m, e_x, e_s = draws
    part = Part.empty(len(e_m), market.n)
    refused = np.zeros(len(e_m), dtype=bool)
    if nest != "aces":
        lost = (shock.bans & (market.flows > 0) & np.isinf(shock.chokes)).any(axis=0)
        refused = np.asarray(((e_s <= 1) & lost).any(axis=1), dtype=bool)
    part.status[refused] = REFUSED
    nest_of(market.with_elasticities(substitution=2.0), shock, nest)  # names an unknown nest early
    left = np.flatnonzero(~refused)
    if len(left) and can_compile(shock, nest):
        solve_compiled(shock, base, draws, left, part, nest, workers)
        left = left[~part.compiled[left]]
    for draw in left:
        _fill_one(part, int(draw), _one(shock, e_m[draw], e_x[draw], e_s[draw], nest, throw=False))
    return part


def _one(shock: Shock, e_m: Array, e_x: Array, e_s: Array, nest: str, throw: bool) -> Equilibrium:
    drawn = shock.with_elasticities(e_m, e_x, e_s)
    return gsim(drawn.market, drawn, nest=nest, throw=throw)


def _fill_one(part: Part, draw: int, eq: Equilibrium) -> None:
    part.residual[draw], part.iterations[draw] = eq.residual, eq.iterations
    if not eq.converged:
        return
    part.status[draw] = CONVERGED
    part.prices[draw], part.composite[draw], part.quantities[draw] = eq.prices, eq.composite_prices, eq.quantities
    for name in WELFARE:
        part.welfare[name][draw] = eq.welfare[name].to_numpy()
    part.trade[draw] = [eq.trade_change[basis] for basis in BASES]
