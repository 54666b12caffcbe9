"""The money of a market after a change of policy: what buyers pay, and to whom each part of it goes.

For every pair, spending at landed prices is the sum of the producers' receipts, the export tax, the rents, the added
cost of trade and the tariff, less the subsidies. `Ledger` holds these parts (n, n); tests hold it to that sum.
"""

from dataclasses import dataclass

import numpy as np

from xenotime.markets.limits import PURCHASE, Condition, System
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
    floors = np.array([c.kind == "deficiency_payment" for c in system.found], dtype=bool)
    paid = np.where(floors, multipliers, 0.0)
    charged = np.where(floors | system.is_purchase, 0.0, multipliers)
    payment_power = np.exp(np.tensordot(paid, system.masks, axes=1))
    before = np.exp(system.log_wedge(charged, at_border=True))
    behind = np.exp(system.log_wedge(charged, at_border=False))
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
    on_border = np.array([c.at_border for c in system.found], dtype=bool)
    wedges = np.where(system.is_purchase | (system.signs < 0), 0.0, multipliers)
    for i, condition in enumerate(system.found):
        if multipliers[i] <= 0:
            continue
        if condition.kind == PURCHASE:
            cost = float(multipliers[i] * market.output[condition.row] * price[condition.row])
            each[i] = cost
            public += _to(condition, market, np.eye(n)[condition.row][:, None] * cost / n * np.ones(n))
        elif system.signs[i] < 0:
            part = payment * condition.pairs
            each[i] = part.sum()
            public += _to(condition, market, part)
        else:
            side = on_border == condition.at_border
            total = np.tensordot(np.where(side, wedges, 0.0), system.masks, axes=1)
            pot = before if condition.at_border else behind
            part = condition.pairs * pot * multipliers[i] / np.where(total > 0, total, 1.0)
            each[i] = part.sum()
            rents += _to(condition, market, part)
    return rents, public, each


def _to(condition: Condition, market: Market, part: Array) -> Array:
    if condition.owner == "exporter":
        return np.asarray(part.sum(axis=1))
    if condition.owner == "importer":
        return np.asarray(part.sum(axis=0))
    share = np.zeros(market.n)
    share[market.names.index(condition.owner)] = part.sum()
    return share
