"""Expected signs of a scenario, in words, and what a solved market says to them.

    world quantity: falls            trade between countries; also world producer value, border value, landed value
    producer price of CHN: falls     also consumer price, output, exports, imports, net welfare, consumer surplus,
                                     producer surplus, rents, tariff revenue, export tax revenue of a party
    exports of CHN to USA: stops
    world net welfare: falls

Prices of several countries are averaged with base weights, everything else is added up. Exports and imports are
quantities without own trade.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xenotime.markets.equilibrium import Equilibrium
from xenotime.scenarios.fields import fault
from xenotime.scenarios.parties import Party, Setting

Sign = Literal["rises", "falls", "unchanged", "stops"]

UNCHANGED = 1e-9
"""Changes smaller than this, in proportion to the base, count as none."""

WORLD = {
    "world quantity": "quantity",
    "world producer value": "producer_value",
    "world border value": "border_value",
    "world landed value": "landed_value",
}
MONEY = {
    "net welfare": "net",
    "tariff revenue": "tariff_revenue",
    "export tax revenue": "export_tax_revenue",
    "rents": "rents",
    "consumer surplus": "consumer_surplus",
    "producer surplus": "producer_surplus",
}
_OF = re.compile(
    r"^(producer price|consumer price|output|exports|imports|" + "|".join(MONEY) + r") of (.+?)(?: to (.+))?$"
)
WORDS = (
    f"{', '.join(WORLD)}, world net welfare, exports of … to …, or producer price, consumer price, output, exports,"
    f" imports, {', '.join(MONEY)} of a party"
)


@dataclass(frozen=True)
class Quantity:
    """What is watched: a measure, of whom, and toward whom."""

    text: str
    measure: str
    of: Party | None = None
    to: Party | None = None

    def change(self, result: Equilibrium, setting: Setting) -> float:
        """Return the proportional change (money: over base output of the world) in a solved market."""
        if self.measure in WORLD:
            return float(result.trade_change[WORLD[self.measure]])
        if self.measure == "world net welfare":
            return float(result.welfare["net"].sum() / result.market.output.sum())
        if self.of is None:
            raise AssertionError(self.text)
        chosen = np.isin(result.names, self.of.resolve(setting))
        if self.measure in MONEY:
            return float(result.welfare[MONEY[self.measure]].to_numpy()[chosen].sum() / result.market.output.sum())
        averaged = {
            "producer price": (result.prices, result.market.output),
            "consumer price": (result.composite_prices, result.market.spending),
            "output": (result.quantities, result.market.output),
        }
        if self.measure in averaged:
            return _mean(*averaged[self.measure], chosen) - 1
        to = np.ones_like(chosen) if self.to is None else np.isin(result.names, self.to.resolve(setting))
        pairs = np.outer(chosen, to) if self.measure == "exports" else np.outer(to, chosen)
        pairs &= ~np.eye(len(chosen), dtype=bool)
        base = result.base_flows.volume[pairs].sum()
        return float(result.flows.volume[pairs].sum() / base - 1) if base > 0 else float("nan")


def quantity(text: str) -> Quantity:
    """Read the words for a watched quantity.

    Raises
    ------
    PydanticCustomError
        Words that mean none.
    """
    words = re.sub(r"\s+", " ", text.strip())
    if words in WORLD or words == "world net welfare":
        return Quantity(words, words)
    found = _OF.match(words)
    if not found or (found[3] and found[1] != "exports"):
        raise fault(f"nothing is called {text!r}", f"use {WORDS}")
    return Quantity(
        words, found[1], Party.model_validate(found[2]), Party.model_validate(found[3]) if found[3] else None
    )


def sign(change: float) -> Sign:
    """Return the word for a proportional change."""
    if change == -1:
        return "stops"
    if abs(change) < UNCHANGED:
        return "unchanged"
    return "rises" if change > 0 else "falls"


def _mean(values: np.ndarray, weights: np.ndarray, chosen: np.ndarray) -> float:
    use = chosen & (weights > 0)
    return float((values[use] * weights[use]).sum() / weights[use].sum()) if use.any() else float("nan")
