"""One scenario at central elasticities: its whole equilibrium, for looking at. The study adds the range."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from xenotime.markets import Equilibrium, gsim
from xenotime.studies.policy.cases import Asked, Case, cases
from xenotime.studies.policy.numbers import money, signed
from xenotime.studies.policy.settings import PolicySettings

if TYPE_CHECKING:
    from xenotime.store import Store


#: Parts of welfare in words.
PARTS = {
    "producer_surplus": "producers", "consumer_surplus": "buyers", "tariff_revenue": "tariffs",
    "export_tax_revenue": "export taxes", "rents": "rents", "subsidy_cost": "less subsidies",
}  # fmt: skip
#: Thousand USD below which a part is not worth a word.
LEAST = 0.05


@dataclass(frozen=True, eq=False)
class Simulated:
    """A scenario's case and its equilibrium at central elasticities."""

    case: Case
    result: Equilibrium

    def to_frame(self) -> pl.DataFrame:
        """One row a country, the largest traders first: trade, prices over base, welfare in thousand USD."""
        market = self.case.base.market
        own = market.flows.diagonal()
        head = pl.DataFrame(
            {"exports_kusd": market.flows.sum(axis=1) - own, "imports_kusd": market.flows.sum(axis=0) - own}
        )
        frame = self.result.to_frame()
        return frame.select("country").hstack(head).hstack(frame.drop("country")).sort(
            pl.col("exports_kusd") + pl.col("imports_kusd"), descending=True
        )  # fmt: skip

    def signs(self) -> pl.DataFrame:
        """The expected signs beside those found."""
        return self.case.scenario.signs(self.result)

    def _welfare(self) -> str:
        """Net welfare of the world in words, with its parts and as a share of base trade."""
        table = self.result.to_frame()
        flows = self.case.base.market.flows
        sums = {part: float(table[part].sum()) for part in (*PARTS, "net")}
        if abs(sums["net"]) < LEAST:
            return "unchanged"
        parts = ", ".join(f"{name} {money(sums[part])}" for part, name in PARTS.items() if abs(sums[part]) >= LEAST)
        share = sums["net"] / float(flows.sum() - flows.trace())
        return f"net {money(sums['net'])} a year, {signed(share)} of base trade" + (f" ({parts})" if parts else "")

    def __str__(self) -> str:
        change = ", ".join(
            f"{basis.replace('_', ' ')} {value:+.1%}" for basis, value in self.result.trade_change.items()
        )
        nest = self.case.nest.upper()
        lines = [
            self.case.scenario.describe(),
            f"Market: {self.case.base.goods}, {self.case.base.year}; demand system {nest}.",
            f"World trade: {change}.",
            f"World welfare, the sum of all countries: {self._welfare()}.",
            *(f"Note: {note}." for note in (*self.case.notes, *self.result.flags)),
        ]
        return "\n".join(lines)


def simulate(store: "Store", scenario: Asked, *, settings: PolicySettings | None = None, **which: Any) -> Simulated:
    """Solve one scenario at central elasticities.

    Parameters
    ----------
    store : Store
    scenario : str, Path or Scenario
        A name of the library, the path of a YAML file, or a scenario read already; its chain, stage and base year
        name the market.
    settings : PolicySettings, optional
    **which
        `source`, `version`, `hs_version`: which data to use where the store holds several.

    Raises
    ------
    InputError
        The scenario cannot be solved on what the store holds.
    SolverError
        The market was not solved.
    """
    ((case,), _) = cases(store, settings or PolicySettings.read(), scenarios=(scenario,), **which)
    return Simulated(case, gsim(case.base.market, case.shock, nest=case.nest))
