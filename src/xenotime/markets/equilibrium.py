"""The result of a solve: prices, quantities, flows in three valuations, welfare, world totals, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from xenotime.core import XenotimeError
from xenotime.markets.accounts import Flows, Ledger, base_ledger
from xenotime.markets.market import Array, Market
from xenotime.markets.shock import UNSTEADY_SIGMA, Shock

BASES = ("quantity", "producer_value", "border_value", "landed_value")


class SolverError(XenotimeError):
    """A market was not solved to tolerance (exit 1)."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A market after a change of policy. Frozen; prints as a table.

    Attributes
    ----------
    market, shock : Market, Shock
    form, nest : str
        "exact" or "linear"; the demand system.
    prices : ndarray (n,)
        Producer price over base. NaN where a country sells nothing at the base; 0 where all its sales are banned.
    quantities : ndarray (n,)
        Quantity that producers sell over base, public purchases included. NaN as for prices.
    composite_prices : ndarray (n,)
        Price of an importer's purchases over base. NaN where it buys nothing; infinite where all of it is banned.
    flows : Flows
        ``volume``, ``producer``, ``border``, ``landed``, each (n, n).
    welfare : polars.DataFrame
        By country, changes in the money of `Market.flows`: producer_surplus, consumer_surplus, tariff_revenue,
        export_tax_revenue, rents, subsidy_cost, net. The linear form gives consumer_surplus as published, and beside it
        consumer_surplus_consistent (the second-order area) and net_consistent.
    status : str
        "converged" or "not converged".
    residual : float
        Largest |ln(demand/supply)| (linear: difference of proportional changes) and breach of a limit.
    iterations : int
    multipliers : ndarray
        Log wedge of each limit (public purchase: quantity over base output), in the order of `limits`.
    """

    market: Market
    shock: Shock
    form: str
    nest: str
    prices: Array
    quantities: Array
    composite_prices: Array
    ledger: Ledger
    welfare: pl.DataFrame
    limits: pl.DataFrame
    status: str
    residual: float
    iterations: int

    @property
    def names(self) -> tuple[str, ...]:
        """The countries, in the order of all arrays."""
        return self.market.names

    @property
    def flows(self) -> Flows:
        """Flows after the change, by valuation."""
        return self.ledger.flows

    @property
    def converged(self) -> bool:
        """Whether the solve reached its tolerance."""
        return self.status == "converged"

    @cached_property
    def base_flows(self) -> Flows:
        """Flows at the base, by valuation."""
        return base_ledger(self.market).flows

    @cached_property
    def world(self) -> pl.DataFrame:
        """World totals: scope (trade between countries; all sales, own trade included), basis, base, new, change."""
        return world_table(self.base_flows, self.flows)

    @cached_property
    def trade_change(self) -> Mapping[str, float]:
        """Proportional change of world trade between countries, by basis (`BASES`)."""
        return {
            basis: change for scope, basis, _, _, change in _world_rows(self.base_flows, self.flows) if scope == "trade"
        }

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader of these numbers should know, in sentences."""
        market = self.market
        notes = [f"own trade: {market.own_trade}"]
        if market.without_sales:
            notes.append(f"no exports, left out as exporters: {_some(market.without_sales)}")
        if market.without_purchases:
            notes.append(f"no purchases: {_some(market.without_purchases)}")
        if market.complements:
            notes.append(f"E_s below |E_m| makes rival suppliers complements in: {_some(market.complements)}")
        if self.nest != "aces" and self.shock.unsteady.any():
            names = [name for name, so in zip(self.names, self.shock.unsteady) if so]
            dearest = float(np.nanmax(np.where(self.shock.unsteady, self.composite_prices, np.nan)))
            notes.append(
                f"a ban under CES with E_s below {UNSTEADY_SIGMA:g}: prices and welfare have no bound as E_s falls to "
                f"one (up to {dearest:,.3g} times the base price in {_some(names)}); give a choke price or use "
                'nest="aces"'
            )
        stopped = [name for name, price in zip(self.names, self.prices) if price == 0]
        if stopped:
            notes.append(f"all sales banned: {_some(stopped)}")
        starved = [name for name, price in zip(self.names, self.composite_prices) if np.isinf(price)]
        if starved:
            notes.append(f"no finite composite price, all purchases banned or as good as: {_some(starved)}")
        if not self.converged:
            notes.append(f"not converged: residual {self.residual:.1e} after {self.iterations} steps")
        return tuple(notes)

    def to_frame(self) -> pl.DataFrame:
        """One row a country: price, quantity and composite price over base, then welfare. Null where undefined."""
        head = pl.DataFrame(
            {
                "country": list(self.names),
                "price": self.prices,
                "quantity": self.quantities,
                "composite_price": self.composite_prices,
            }
        ).with_columns(pl.col("price", "quantity", "composite_price").fill_nan(None))
        return head.hstack(self.welfare.drop("country"))

    def flow_frame(self) -> pl.DataFrame:
        """One row a pair that trades at the base, own trade included: each valuation at the base and after."""
        exporter, importer = np.nonzero(self.market.flows > 0)
        columns = {
            "exporter": [self.names[i] for i in exporter],
            "importer": [self.names[i] for i in importer],
        }
        values = {}
        for name in ("volume", "producer", "border", "landed"):
            values[f"{name}_base"] = getattr(self.base_flows, name)[exporter, importer]
            values[name] = getattr(self.flows, name)[exporter, importer]
        return pl.DataFrame({**columns, **values})

    def __str__(self) -> str:
        change = self.trade_change
        lines = [
            f"{self.form} GSIM ({self.nest}), {self.market.n} countries: {self.status}, "
            f"residual {self.residual:.1e}, {self.iterations} steps",
            "world trade: " + ", ".join(f"{basis.replace('_', ' ')} {change[basis]:+.2%}" for basis in BASES),
            *self.flags,
            str(self.to_frame()),
        ]
        return "\n".join(lines)


def _some(names: Sequence[str], most: int = 12) -> str:
    """List names, those beyond the first few as a number."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def world_table(base: Flows, new: Flows) -> pl.DataFrame:
    """Compare totals of two sets of flows on every basis, with own trade and without."""
    return pl.DataFrame(_world_rows(base, new), schema=["scope", "basis", "base", "new", "change"], orient="row")


def _world_rows(base: Flows, new: Flows) -> list[tuple[str, str, float, float, Any]]:
    rows = []
    between = ~np.eye(len(base.volume), dtype=bool)
    for scope, mask in (("trade", between), ("all_sales", np.ones_like(between))):
        for basis, name in zip(BASES, ("volume", "producer", "border", "landed")):
            before, after = getattr(base, name)[mask].sum(), getattr(new, name)[mask].sum()
            rows.append((scope, basis, before, after, after / before - 1 if before > 0 else None))
    return rows


def welfare_table(
    market: Market, producer: Array, consumer: Array, base: Ledger, new: Ledger, consistent: Array | None = None
) -> pl.DataFrame:
    """Changes of surplus and of public and private income by country; `net` is their sum less subsidies."""
    tariff = (new.tariff - base.tariff).sum(axis=0)
    export_tax = (new.export_tax - base.export_tax).sum(axis=1)
    subsidies = new.export_subsidy + new.output_subsidy - base.export_subsidy - base.output_subsidy
    subsidy = subsidies.sum(axis=1) + new.public_cost
    public = tariff + export_tax + new.rents - subsidy
    columns = {
        "country": list(market.names),
        "producer_surplus": producer,
        "consumer_surplus": consumer,
        "tariff_revenue": tariff,
        "export_tax_revenue": export_tax,
        "rents": new.rents,
        "subsidy_cost": subsidy,
        "net": producer + consumer + public,
    }
    if consistent is not None:
        columns["consumer_surplus_consistent"] = consistent
        columns["net_consistent"] = producer + consistent + public
    return pl.DataFrame(columns)
