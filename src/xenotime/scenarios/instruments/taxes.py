"""Taxes and subsidies: wedges of a known size between producer price, border price and landed price."""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from xenotime.markets.market import Array
from xenotime.markets.shock import Shock
from xenotime.scenarios.fields import Rate, Share, per_cent, unit
from xenotime.scenarios.instruments.base import Bilateral, Phased, Reach
from xenotime.scenarios.parties import Party, Setting

Mode = Literal["add", "replace"]
_MODE: Mode = Field(default="add", description="add: points on top of the base rate; replace: instead of it")


def _moved(rates: Array, rate: float, mode: Mode, strength: float) -> Array:
    """Return rates after the change, brought in by `strength`."""
    return rates + strength * (rate if mode == "add" else rate - rates)


def lowered(rates: Array, base: Array, share: float) -> Array:
    """Return rates less a share of the base rate, not below zero; subsidies stay."""
    return np.where(base > 0, np.maximum(rates - share * base, np.minimum(rates, 0.0)), rates)


class ExportTax(Bilateral, Phased):
    """Exporters tax what they sell abroad; the revenue is theirs."""

    example: ClassVar[dict[str, Any]] = {"kind": "export_tax", "exporters": "CHN", "rate": 0.25}
    neutral: ClassVar[dict[str, Any]] = {"rate": 0.0}
    formula: ClassVar[str] = "X1 = X0 + rate (add) or 1 + rate (replace)"

    kind: Literal["export_tax"] = "export_tax"
    rate: Rate = Field(description="tax", json_schema_extra=unit("fraction of the price before the tax"))
    mode: Mode = _MODE

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Raise or set the export tax."""
        rates = _moved(shock.export_taxes, self.rate, self.mode, self.strength(setting.year))
        return shock.replace_export_tax(rates, *self.sides(setting))

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The export tax of each pair."""
        return self.reach("export tax", setting)

    def mirrored(self, share: float) -> "ExportTax":
        """Importers tax their own exports to the exporters."""
        return self.swapped(rate=self.rate * share)

    def describe(self) -> str:
        """Return the instrument in words."""
        how = "a tax of" if self.mode == "add" else "a tax set to"
        return f"{how} {per_cent(self.rate)} on {self.between()}{self.when()}"


class ImportTariff(Bilateral, Phased):
    """Importers levy a duty on what they buy; the revenue is theirs."""

    example: ClassVar[dict[str, Any]] = {"kind": "import_tariff", "exporters": "CHN", "importers": "USA", "rate": 0.25}
    neutral: ClassVar[dict[str, Any]] = {"rate": 0.0}
    formula: ClassVar[str] = "T1 = T0 + rate (add) or 1 + rate (replace)"

    kind: Literal["import_tariff"] = "import_tariff"
    rate: Rate = Field(description="duty", json_schema_extra=unit("fraction of the border price"))
    mode: Mode = _MODE

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Raise or set the tariff."""
        rates = _moved(shock.tariffs, self.rate, self.mode, self.strength(setting.year))
        return shock.replace_tariff(rates, *self.sides(setting))

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The tariff of each pair."""
        return self.reach("tariff", setting)

    def mirrored(self, share: float) -> "ImportTariff":
        """The exporters levy the same duty on the importers' goods."""
        return self.swapped(rate=self.rate * share)

    def describe(self) -> str:
        """Return the instrument in words."""
        how = "a duty of" if self.mode == "add" else "a duty set to"
        return f"{how} {per_cent(self.rate)} on {self.between()}{self.when()}"


class AntiDumpingDuty(Bilateral, Phased):
    """A duty on named exporters that comes on top of whatever tariff holds."""

    example: ClassVar[dict[str, Any]] = {
        "kind": "anti_dumping_duty",
        "exporters": "CHN",
        "importers": "EU",
        "rate": 0.3,
    }
    neutral: ClassVar[dict[str, Any]] = {"rate": 0.0}
    formula: ClassVar[str] = "T1 = T + rate, T the power of the tariff after all other instruments"
    order: ClassVar[int] = 1

    kind: Literal["anti_dumping_duty"] = "anti_dumping_duty"
    exporters: Party = Field(description="whose exports")
    rate: Rate = Field(description="duty", json_schema_extra=unit("fraction of the border price"))

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Add the duty to the tariff that holds."""
        return shock.add_tariff(self.rate * self.strength(setting.year), *self.sides(setting))

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The anti-dumping duty of each pair, apart from the tariff."""
        return self.reach("anti-dumping duty", setting)

    def mirrored(self, share: float) -> "AntiDumpingDuty":
        """The exporters levy the same duty on the importers' goods."""
        return self.swapped(rate=self.rate * share)

    def describe(self) -> str:
        """Return the instrument in words."""
        return f"an anti-dumping duty of {per_cent(self.rate)} on {self.between()}{self.when()}"


class ExportSubsidy(Bilateral, Phased):
    """Exporters pay their sellers for what goes abroad: a negative export tax."""

    example: ClassVar[dict[str, Any]] = {"kind": "export_subsidy", "exporters": "CHN", "rate": 0.1}
    neutral: ClassVar[dict[str, Any]] = {"rate": 0.0}
    formula: ClassVar[str] = "X1 = X0 − rate"

    kind: Literal["export_subsidy"] = "export_subsidy"
    exporters: Party = Field(description="whose exports")
    rate: Share = Field(description="subsidy, below 1", json_schema_extra=unit("fraction of the price before it"), lt=1)

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Lower the export tax, below zero if need be."""
        return shock.add_export_tax(-self.rate * self.strength(setting.year), *self.sides(setting))

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The export tax of each pair."""
        return self.reach("export tax", setting)

    def mirrored(self, share: float) -> "ExportSubsidy":
        """Importers subsidise their own exports to the exporters."""
        return self.swapped(rate=self.rate * share)

    def describe(self) -> str:
        """Return the instrument in words."""
        return f"a subsidy of {per_cent(self.rate)} on {self.between()}{self.when()}"


class OutputSubsidy(Phased):
    """Countries pay their producers for all output, whether it is sold at home or abroad."""

    example: ClassVar[dict[str, Any]] = {"kind": "output_subsidy", "producers": ["AUS", "USA"], "rate": 0.15}
    neutral: ClassVar[dict[str, Any]] = {"rate": 0.0}
    formula: ClassVar[str] = "O1 = O0 + rate; border price = p X/O"

    kind: Literal["output_subsidy"] = "output_subsidy"
    producers: Party = Field(description="whose output")
    rate: Rate = Field(description="subsidy", json_schema_extra=unit("fraction of the seller's price"))

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Add points to the output subsidy."""
        return shock.add_output_subsidy(self.rate * self.strength(setting.year), self.producers.resolve(setting))

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The subsidy on each country's output."""
        return (Reach("output subsidy", self.producers.resolve(setting), None),)

    def describe(self) -> str:
        """Return the instrument in words."""
        return f"a subsidy of {per_cent(self.rate)} on all output of {self.producers.describe()}{self.when()}"


class Liberalisation(Bilateral, Phased):
    """Base duties are removed, all of them or a share."""

    example: ClassVar[dict[str, Any]] = {"kind": "liberalisation", "removes": ["tariffs", "export_taxes"]}
    neutral: ClassVar[dict[str, Any]] = {"share": 0.0}
    formula: ClassVar[str] = "T1 = 1 + (1 − share) t0; export taxes likewise where named, subsidies on exports stay"

    kind: Literal["liberalisation"] = "liberalisation"
    share: Share = Field(default=1.0, description="part removed", json_schema_extra=unit("share of the base rate"))
    removes: tuple[Literal["tariffs", "export_taxes"], ...] = Field(
        default=("tariffs",), min_length=1, description="which base rates"
    )

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Scale the base rates down."""
        share = self.share * self.strength(setting.year)
        sides = self.sides(setting)
        if "tariffs" in self.removes:
            shock = shock.replace_tariff(lowered(shock.tariffs, shock.market.tariffs, share), *sides)
        if "export_taxes" in self.removes:
            shock = shock.replace_export_tax(lowered(shock.export_taxes, shock.market.export_taxes, share), *sides)
        return shock

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The rates it removes."""
        wedges = {"tariffs": "tariff", "export_taxes": "export tax"}
        return tuple(reach for name in self.removes for reach in self.reach(wedges[name], setting))

    def mirrored(self, share: float) -> "Liberalisation":
        """The other side opens as well."""
        return self.swapped(share=self.share * share)

    def describe(self) -> str:
        """Return the instrument in words."""
        what = " and ".join(name.replace("_", " ") for name in self.removes)
        how = "all" if self.share == 1 else f"{per_cent(self.share)} of"
        return f"{how} base {what} on {self.between()} removed{self.when()}"
