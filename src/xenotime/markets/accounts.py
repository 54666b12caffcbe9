"""The money of a market after a change of policy: what buyers pay, and to whom each part of it goes.

For every pair, spending at landed prices is the sum of the producers' receipts, the export tax, the rents, the added
cost of trade and the tariff, less the subsidies. `Ledger` holds these parts (n, n); tests hold it to that sum.
"""

from dataclasses import dataclass

import numpy as np

from xenotime.markets.limits import PAYMENT, PURCHASE, Positions, System
from xenotime.markets.market import Array, Market
from xenotime.markets.shock import Shock


@dataclass(frozen=True, eq=False)
class Flows:
    """Flows ``[exporter, importer]``, by name of valuation.

    Attributes
    ----------
    volume : ndarray (n, n)
        Quantity, counted so that the producer's base price is one.
    producer : ndarray (n, n)
        What the producer receives, subsidies included.
    border : ndarray (n, n)
        Value at the border: export tax and export-side rent included, tariff not.
    landed : ndarray (n, n)
        What the buyer pays: tariff, import-side rent and frictions included.
    """

    volume: Array
    producer: Array
    border: Array
    landed: Array


@dataclass(frozen=True, eq=False)
class Ledger:
    """Where the buyers' money goes, pair by pair (n, n), in levels; `rents` and `public_cost` by country (n,).

    `public_cost` is what governments pay under floors; `substitute` what importers pay for what stands in for banned
    goods (n,), which comes from outside the market. `limit_rents` is the rent, or the cost, of each single condition.
    """

    flows: Flows
    export_tax: Array
    export_subsidy: Array
    output_subsidy: Array
    rent: Array
    friction: Array
    tariff: Array
    payment: Array
    rents: Array
    public_cost: Array
    limit_rents: Array


def base_ledger(market: Market) -> Ledger:
    """Return the ledger of the base."""
    n = market.n
    return ledger(Shock.base(market), np.ones(n), (market.flows > 0).astype(float), System.of((), n), np.zeros(0))


def ledger(shock: Shock, price: Array, quantity: Array, system: System, multipliers: Array) -> Ledger:
    """Split spending into its parts.

    Parameters
    ----------
    shock : Shock
    price : ndarray (n,)
        Producer prices over base.
    quantity : ndarray (n, n)
        Quantities over base.
    system, multipliers
        The limits and their log wedges.
    """
    market = shock.market
    volume = market.volumes * quantity
    producer = price[:, None] * volume
    charged = np.where(system.is_payment | system.is_purchase, 0.0, multipliers)
    payment_power = np.exp(system.spread(np.where(system.is_payment, multipliers, 0.0)))
    before = np.exp(system.spread(np.where(system.at_border, charged, 0.0)))
    behind = np.exp(system.spread(np.where(system.at_border, 0.0, charged)))
    free = producer / payment_power
    seller = free / (1 + shock.output_subsidies)[:, None]
    taxed = seller * (1 + shock.export_taxes)
    border = taxed * before
    carried = border * (1 + shock.frictions)
    dutied = carried * (1 + shock.tariffs)
    landed = dutied * behind
    rent = (border - taxed) + (landed - dutied)
    rents, public, each = _owners(market, system, multipliers, border - taxed, landed - dutied, producer - free, price)
    export_tax = taxed - seller
    return Ledger(
        flows=Flows(volume, producer, border, landed),
        export_tax=np.maximum(export_tax, 0.0),
        export_subsidy=np.maximum(-export_tax, 0.0),
        output_subsidy=free - seller,
        rent=rent,
        friction=carried - border,
        tariff=dutied - carried,
        payment=producer - free,
        rents=rents,
        public_cost=public,
        limit_rents=each,
    )


def _owners(
    market: Market, system: System, multipliers: Array, before: Array, behind: Array, payment: Array, price: Array
) -> tuple[Array, Array, Array]:
    """Share out rents and the cost of floors among their owners; limits on one pair share in proportion to wedges."""
    n = market.n
    rents, public, each = np.zeros(n), np.zeros(n), np.zeros(len(system.found))
    wedges = np.where(system.is_purchase | system.is_payment, 0.0, multipliers)
    for i, condition in enumerate(system.found):
        if multipliers[i] <= 0:
            continue
        pairs = condition.exporters, condition.importers
        if condition.kind == PURCHASE:
            cost = float(multipliers[i] * market.output[condition.row] * price[condition.row])
            each[i] = cost
            public += _to(condition.owner, market, np.full(n, condition.row), np.arange(n), np.full(n, cost / n))
        elif condition.kind == PAYMENT:
            each[i] = payment[pairs].sum()
            public += _to(condition.owner, market, *pairs, payment[pairs])
        else:
            total = system.spread(np.where(system.at_border == condition.at_border, wedges, 0.0))[pairs]
            pot = before if condition.at_border else behind
            part = pot[pairs] * multipliers[i] / np.where(total > 0, total, 1.0)
            each[i] = part.sum()
            rents += _to(condition.owner, market, *pairs, part)
    return rents, public, each


def _to(owner: str, market: Market, exporters: Positions, importers: Positions, part: Array) -> Array:
    """Give parts of the money of pairs to their owner; the result is by country (n,)."""
    if owner == "exporter":
        return np.asarray(np.bincount(exporters, part, market.n), dtype=float)
    if owner == "importer":
        return np.asarray(np.bincount(importers, part, market.n), dtype=float)
    share = np.zeros(market.n)
    share[market.names.index(owner)] = part.sum()
    return share
