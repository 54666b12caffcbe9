"""Limits on quantity: quotas, bans, licences, and a ceiling on the share of one source."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from xenotime.core import InputError
from xenotime.markets.market import Market
from xenotime.markets.shock import Quota, Shock
from xenotime.scenarios.fields import Part, Share, fault, per_cent, unit
from xenotime.scenarios.instruments.base import BAN, CEILING, EXPORT_LIMIT, IMPORT_LIMIT, Bilateral, Phased, Reach
from xenotime.scenarios.parties import EVERYONE, Owner, Party, Setting

Counted = Literal["each exporter", "each importer", "each pair", "all together"]
Group = tuple[tuple[str, ...], tuple[str, ...]]


def groups(counted: Counted, exporters: tuple[str, ...], importers: tuple[str, ...], market: Market) -> Iterator[Group]:
    """Yield the exporters and importers of each limit; those who trade nothing need none."""
    trades = (market.flows > 0) & market.pairs(exporters, importers)
    if counted == "each pair":
        for r, v in np.argwhere(trades):
            yield (market.names[r],), (market.names[v],)
    elif counted == "each exporter":
        for r in np.flatnonzero(trades.any(axis=1)):
            yield (market.names[r],), importers
    elif counted == "each importer":
        for v in np.flatnonzero(trades.any(axis=0)):
            yield exporters, (market.names[v],)
    elif trades.any():
        yield exporters, importers


class _Quota(Bilateral, Phased):
    neutral: ClassVar[dict[str, Any]] = {"share_of_base": 1.0, "tonnes": None}
    formula: ClassVar[str] = (
        "Σ volume of the group ≤ 1 − s (1 − share) of base, s the step of the phase-in; rent = wedge × volume"
    )

    share_of_base: Part | None = Field(
        default=None, description="the limit, or give tonnes", json_schema_extra=unit("share of base quantity")
    )
    tonnes: float | None = Field(
        default=None, gt=0, description="the limit of each group", json_schema_extra=unit("metric tonnes a year")
    )
    counted: Counted = Field(default="each exporter", description="what one limit covers")
    rent_to: Owner | None = Field(
        default=None, description="exporter, importer or an ISO3 country; the side that issues it if left out"
    )

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.share_of_base is None) == (self.tonnes is None):
            raise fault("a quota needs share_of_base or tonnes, one of them", "leave one of the two out")
        return self

    def mirrored(self, share: float) -> Self:
        """The other side limits its sales in the same proportion."""
        if self.share_of_base is None:
            raise InputError("a quota in tonnes cannot be mirrored", remedy="write it as share_of_base")
        return self.swapped(share_of_base=1 - share * (1 - self.share_of_base))

    def limits(self, shock: Shock, setting: Setting, side: Literal["export", "import"]) -> Shock:
        """Add one limit a group."""
        strength = self.strength(setting.year)
        if strength == 0:
            return shock
        for exporters, importers in groups(self.counted, *self.sides(setting), shock.market):
            full = self.share_of_base
            if full is None:
                full = self._from_tonnes(shock.market, setting, exporters, importers)
            share = 1 - strength * (1 - full)
            shock = shock.limit(Quota(exporters, importers, share=share, side=side, rent_to=self.rent_to))
        return shock

    def _from_tonnes(
        self, market: Market, setting: Setting, exporters: tuple[str, ...], importers: tuple[str, ...]
    ) -> float:
        if setting.tonnes is None:
            raise InputError(
                f"a quota of {self.tonnes:g} t needs the base trade in tonnes",
                remedy="give tonnes to Scenario.policy (n, n), or write the quota as share_of_base",
            )
        base = float(setting.tonnes[market.pairs(exporters, importers)].sum())
        if not np.isfinite(base) or base <= 0:
            raise InputError(
                f"base trade of {', '.join(exporters[:5])} is {base:g} t",
                remedy="fill the quantities of these flows, or write the quota as share_of_base",
            )
        return float(self.tonnes or 0.0) / base

    def describe(self) -> str:
        """Return the instrument in words."""
        size = f"{per_cent(self.share_of_base)} of base" if self.share_of_base is not None else f"{self.tonnes:,.0f} t"
        rent = f", the rent going to {self.rent_to}" if self.rent_to else ""
        return f"a quota of {size} on {self.between()}, counted for {self.counted}{rent}{self.when()}"


class ExportQuota(_Quota):
    """Exporters limit what they sell abroad; the rent stays with them unless said otherwise."""

    example: ClassVar[dict[str, Any]] = {"kind": "export_quota", "exporters": "CHN", "share_of_base": 0.6}

    kind: Literal["export_quota"] = "export_quota"
    exporters: Party = Field(description="whose exports")

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Add the limits."""
        return self.limits(shock, setting, "export")

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The quantity that exporters let go."""
        return self.reach(EXPORT_LIMIT, setting)


class ImportQuota(_Quota):
    """Importers limit what they buy abroad; the rent stays with them unless said otherwise."""

    example: ClassVar[dict[str, Any]] = {
        "kind": "import_quota",
        "exporters": "CHN",
        "importers": "USA",
        "share_of_base": 0.5,
        "counted": "each pair",
    }

    kind: Literal["import_quota"] = "import_quota"
    importers: Party = Field(description="whose imports")
    counted: Counted = Field(default="each importer", description="what one limit covers")

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Add the limits."""
        return self.limits(shock, setting, "import")

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The quantity that importers let in."""
        return self.reach(IMPORT_LIMIT, setting)


class ExportBan(Bilateral):
    """Trade stops altogether: a ban of the exporters, or an embargo of the importers. Own trade goes on."""

    example: ClassVar[dict[str, Any]] = {"kind": "export_ban", "exporters": "CHN", "importers": "JPN"}
    neutral: ClassVar[dict[str, Any]] = {"importers": "CHN"}
    formula: ClassVar[str] = "M = 0 between them, exactly"

    kind: Literal["export_ban"] = "export_ban"
    exporters: Party = Field(description="whose exports")
    choke: float | None = Field(
        default=None,
        gt=0,
        description="price at which something else stands in for the banned goods; nothing does if left out",
        json_schema_extra=unit("multiple of the base landed price"),
    )

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Stop trade."""
        return shock.ban(*self.sides(setting), choke=self.choke) if self.strength(setting.year) else shock

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """Whether there is trade at all."""
        return self.reach(BAN, setting)

    def mirrored(self, share: float) -> "ExportBan":
        """The other side stops its sales too; half a ban is no ban."""
        if share != 1:
            raise InputError("a ban cannot be mirrored in part", remedy="leave share out")
        return self.swapped()

    def describe(self) -> str:
        """Return the instrument in words."""
        stand_in = f"; a substitute comes in at {self.choke:g} times the base price" if self.choke else ""
        return f"a ban on {self.between()}{stand_in}{self.when()}"


class ExportLicence(Bilateral, Phased):
    """Exports need a licence: a share of applications is granted, and each takes time; trusted partners need none.

    Buyers apply for what they bought in the base, so a share g granted is a quota of g on what each exporter sells to
    those who need a licence; counted for each pair, no buyer's licence serves another. A licence that takes d days
    costs the share c d of the goods' value (stock held, contracts missed), c being the cost of a day.
    """

    example: ClassVar[dict[str, Any]] = {
        "kind": "export_licence",
        "exporters": "CHN",
        "trusted": ["RUS"],
        "granted": 0.5,
        "delay_days": 45,
        "cost_per_day": 0.006,
    }
    neutral: ClassVar[dict[str, Any]] = {"granted": 1.0, "delay_days": 0}
    formula: ClassVar[str] = "volume ≤ 1 − s (1 − granted) of base; friction f = s × cost_per_day × delay_days"

    may_be_nobody: ClassVar[frozenset[str]] = frozenset({"trusted"})

    kind: Literal["export_licence"] = "export_licence"
    exporters: Party = Field(description="who asks for a licence")
    trusted: Party | None = Field(default=None, description="importers who need none")
    granted: Part = Field(
        default=1.0,
        description="applications granted",
        json_schema_extra=unit("share of base quantity applied for"),
    )
    counted: Counted = Field(default="each exporter", description="what one limit covers")
    delay_days: float = Field(default=0, ge=0, le=730, description="time to a licence", json_schema_extra=unit("days"))
    cost_per_day: Share | None = Field(
        default=None,
        description="cost of a day's wait, needed with delay_days",
        json_schema_extra=unit("fraction of value a day"),
    )
    rent_to: Owner | None = Field(
        default=None, description="exporter, importer or an ISO3 country; the exporter if left out"
    )

    @model_validator(mode="after")
    def _cost_of_delay(self) -> Self:
        if self.delay_days and self.cost_per_day is None:
            raise fault(
                "a delay needs the cost of a day",
                "give cost_per_day: Hummels and Schaur (2013) find 0.006 to 0.021 of the value for a day in transit",
            )
        return self

    @property
    def friction(self) -> float:
        """Added cost of trade by the delay, as a fraction of the border price."""
        return self.delay_days * (self.cost_per_day or 0.0)

    def sides(self, setting: Setting) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return exporters, and importers that are not trusted."""
        exporters, importers = super().sides(setting)
        if self.trusted is None:
            return exporters, importers
        trusted = self.trusted.found(setting)
        return exporters, tuple(name for name in importers if name not in trusted)

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Limit what is applied for, and make it dearer by the delay."""
        strength = self.strength(setting.year)
        exporters, importers = self.sides(setting)
        if strength == 0 or not importers:
            return shock
        if self.friction:
            shock = shock.add_friction(strength * self.friction, exporters, importers)
        if self.granted == 1:
            return shock
        share = 1 - strength * (1 - self.granted)
        limits = [
            Quota(some, them, share=share, side="export", rent_to=self.rent_to)
            for some, them in groups(self.counted, exporters, importers, shock.market)
        ]
        return shock.limit(*limits)

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The quantity that exporters let go."""
        return self.reach(EXPORT_LIMIT, setting)

    def mirrored(self, share: float) -> "ExportLicence":
        """The other side licenses its own sales as strictly; it trusts nobody."""
        return self.swapped(granted=1 - share * (1 - self.granted), delay_days=share * self.delay_days, trusted=None)

    def describe(self) -> str:
        """Return the instrument in words."""
        parts = [
            f"{per_cent(self.granted)} of applications granted" if self.granted < 1 else "all applications granted"
        ]
        if self.delay_days:
            parts.append(f"each after {self.delay_days:g} days, which costs {per_cent(self.friction)} of the value")
        if self.trusted:
            parts.append(f"{self.trusted.describe()} exempt as trusted")
        return f"licences for {self.between()}: {', '.join(parts)}{self.when()}"


class SourceLimit(Phased):
    """Buyers take at most a share of their base imports from any one outside country."""

    example: ClassVar[dict[str, Any]] = {"kind": "source_limit", "importers": "EU", "largest_share": 0.65}
    neutral: ClassVar[dict[str, Any]] = {"largest_share": 1.0}
    formula: ClassVar[str] = "volume of r to the group ≤ share × Σ_r base volume from outside; rent to the importers"

    kind: Literal["source_limit"] = "source_limit"
    importers: Party = Field(description="buyers, taken together")
    exporters: Party = Field(default=EVERYONE, description="sources that are limited; members of the group are not")
    largest_share: Part = Field(
        description="ceiling for one source",
        json_schema_extra=unit("share of base imports from outside, by quantity"),
    )

    def _sides(self, setting: Setting) -> tuple[tuple[str, ...], tuple[str, ...]]:
        importers = self.importers.resolve(setting)
        return tuple(name for name in self.exporters.resolve(setting) if name not in importers), importers

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Limit each source whose base share is above the ceiling."""
        market, strength = shock.market, self.strength(setting.year)
        sources, importers = self._sides(setting)
        outside = [name for name in market.names if name not in importers]
        bought = np.where(market.pairs(outside, importers), market.volumes, 0.0).sum(axis=1)
        limits = []
        for name in sources:
            share = float(bought[market.names.index(name)] / bought.sum()) if bought.sum() else 0.0
            if strength and share > self.largest_share:
                allowed = 1 - strength * (1 - self.largest_share / share)
                limits.append(Quota((name,), importers, share=allowed, side="import"))
        return shock.limit(*limits)

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The quantity that importers let in from each source."""
        return (Reach(CEILING, *self._sides(setting)),)

    def describe(self) -> str:
        """Return the instrument in words."""
        return (
            f"{self.importers.describe()} take at most {per_cent(self.largest_share)} of their base imports from"
            f" outside from any one of {self.exporters.describe()}{self.when()}"
        )
