"""Limits on price: floors, caps and undertakings. Neither can stand against market clearing by itself, so a floor names
the means that uphold it and a cap the owner of the rent."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from xenotime.markets.shock import Cap, Floor, Shock, Undertaking
from xenotime.scenarios.fields import fault, unit
from xenotime.scenarios.instruments.base import Bilateral, Measure, Reach
from xenotime.scenarios.parties import Owner, Party, Payer, Setting

HIGHEST_PRICE = 20.0
"""A multiple above this is taken for a price in dollars."""


class _Priced(Measure):
    price: float | None = Field(
        default=None,
        gt=0,
        description="the limit, or give it in dollars",
        json_schema_extra=unit("multiple of base price"),
    )
    price_usd_per_kg: float | None = Field(
        default=None,
        gt=0,
        description="the limit in dollars, with the base price",
        json_schema_extra=unit("US dollars/kg"),
    )
    base_usd_per_kg: float | None = Field(
        default=None, gt=0, description="price in the base year", json_schema_extra=unit("US dollars/kg")
    )

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        dollars = (self.price_usd_per_kg, self.base_usd_per_kg)
        if (self.price is None) == (None in dollars) and self.price is None:
            raise fault(
                "no price", "give price (a multiple of the base price), or price_usd_per_kg and base_usd_per_kg"
            )
        if self.price is not None and self.price > HIGHEST_PRICE:
            raise fault(
                f"a price of {self.price:g} times the base price",
                "price is a multiple of the base price; dollars go to price_usd_per_kg and base_usd_per_kg",
            )
        if self.price is not None and dollars != (None, None):
            raise fault("a price twice", "give price, or price_usd_per_kg and base_usd_per_kg")
        return self

    @property
    def multiple(self) -> float:
        """The limit over the base price."""
        if self.price is not None:
            return self.price
        return float(self.price_usd_per_kg or 0.0) / float(self.base_usd_per_kg or 1.0)

    def amount(self) -> str:
        """Return the limit in words."""
        if self.price_usd_per_kg is not None:
            return (
                f"{self.price_usd_per_kg:g} $/kg, {self.multiple:.3g} times the base price of {self.base_usd_per_kg:g}"
            )
        return f"{self.multiple:g} times the base price"


class PriceFloor(_Priced):
    """Producers receive at least a price; a deficiency payment makes up the rest, or the public buys."""

    example: ClassVar[dict[str, Any]] = {
        "kind": "price_floor",
        "producers": "USA",
        "price": 1.2,
        "means": "deficiency_payment",
    }
    neutral: ClassVar[dict[str, Any]] = {"price": 0.5}
    formula: ClassVar[str] = "p ≥ price ⟂ payment a unit, or quantity bought"

    kind: Literal["price_floor"] = "price_floor"
    producers: Party = Field(description="whose producers")
    means: Literal["deficiency_payment", "public_purchase"] = Field(
        description="deficiency_payment: all is sold, the payer tops up; public_purchase: the payer buys what is left"
    )
    payer: Payer | None = Field(default=None, description="ISO3 country; each producer's own government if left out")

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Add the floor."""
        if not self.strength(setting.year):
            return shock
        return shock.limit(Floor(self.producers.resolve(setting), self.multiple, self.means, self.payer))

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The lowest producer price."""
        return (Reach("price floor", self.producers.resolve(setting), None),)

    def describe(self) -> str:
        """Return the instrument in words."""
        means = self.means.replace("_", " ")
        payer = f" by {self.payer}" if self.payer else ""
        return (
            f"a floor under the price of producers in {self.producers.describe()} at {self.amount()}, upheld by"
            f" {means}{payer}{self.when()}"
        )


class PriceCap(_Priced):
    """Producers receive at most a price; what they offer is rationed, and the right to buy is worth a rent."""

    example: ClassVar[dict[str, Any]] = {"kind": "price_cap", "producers": "CHN", "price": 0.9, "rent_to": "importer"}
    neutral: ClassVar[dict[str, Any]] = {"price": 2.0}
    formula: ClassVar[str] = "p ≤ price ⟂ ration's rent a unit"

    kind: Literal["price_cap"] = "price_cap"
    producers: Party = Field(description="whose producers")
    rent_to: Owner = Field(description="owner of the rent: importer, exporter or an ISO3 country")

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Add the cap."""
        if not self.strength(setting.year):
            return shock
        return shock.limit(Cap(self.producers.resolve(setting), self.multiple, self.rent_to))

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The highest producer price."""
        return (Reach("price cap", self.producers.resolve(setting), None),)

    def describe(self) -> str:
        """Return the instrument in words."""
        return (
            f"a cap on the price of producers in {self.producers.describe()} at {self.amount()}, rationed, the rent"
            f" going to {self.rent_to}{self.when()}"
        )


class PriceUndertaking(Bilateral, _Priced):
    """Exporters promise a lowest border price (a minimum import price); the difference stays with them."""

    example: ClassVar[dict[str, Any]] = {
        "kind": "price_undertaking",
        "exporters": "CHN",
        "importers": "EU",
        "price": 1.15,
    }
    neutral: ClassVar[dict[str, Any]] = {"price": 0.5}
    formula: ClassVar[str] = "border price ≥ price × its base, pair by pair"

    kind: Literal["price_undertaking"] = "price_undertaking"
    exporters: Party = Field(description="whose exports")

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Add the undertaking."""
        if not self.strength(setting.year):
            return shock
        return shock.limit(Undertaking(*self.sides(setting), self.multiple))

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The lowest border price."""
        return self.reach("minimum border price", setting)

    def mirrored(self, share: float) -> "PriceUndertaking":
        """The other side promises in the same proportion."""
        return self.swapped(price=1 + share * (self.multiple - 1), price_usd_per_kg=None, base_usd_per_kg=None)

    def describe(self) -> str:
        """Return the instrument in words."""
        return f"a lowest border price of {self.amount()} for {self.between()}{self.when()}"
