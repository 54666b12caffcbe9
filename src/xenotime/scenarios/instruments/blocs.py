"""Groups of countries: friend-shoring, open coalitions, and the decoupling of two blocs."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from xenotime.core import InputError
from xenotime.markets.shock import Shock
from xenotime.scenarios.fields import Rate, Share, fault, per_cent, unit
from xenotime.scenarios.instruments.base import BAN, Phased, Reach
from xenotime.scenarios.instruments.taxes import lowered
from xenotime.scenarios.parties import Party, Setting


class FriendShoring(Phased):
    """Members make trade among themselves easier, and buying from outsiders harder; or open up to everyone.

    A discriminatory bloc keeps its preference for members and may add friction for outsiders. One that does not
    discriminate gives the same preference to all sources, and adds no friction.
    """

    example: ClassVar[dict[str, Any]] = {
        "kind": "friend_shoring",
        "members": ["USA", "JPN", "EU"],
        "tariff_cut": 1.0,
        "facilitation": 0.05,
        "friction": 0.1,
    }
    neutral: ClassVar[dict[str, Any]] = {"tariff_cut": 0.0, "facilitation": 0.0, "friction": 0.0}
    formula: ClassVar[str] = (
        "inside: T1 = 1 + (1 − tariff_cut) t0, cost of trade × (1 − facilitation); outside: × (1 + friction)"
    )

    kind: Literal["friend_shoring"] = "friend_shoring"
    members: Party = Field(description="who is in the bloc")
    outsiders: Party = Field(
        default=Party(of=("all",), but=("members",)),
        description="whose goods meet friction; all but members if left out",
    )
    discriminatory: bool = Field(default=True, description="false: the preference goes to every source")
    tariff_cut: Share = Field(
        default=1.0, description="base tariff removed", json_schema_extra=unit("share of base rate")
    )
    facilitation: Share = Field(
        default=0.0, lt=1, description="cost of trade saved", json_schema_extra=unit("fraction of the border price")
    )
    friction: Rate = Field(
        default=0.0,
        description="cost added to members' imports from outsiders (rules of origin, vetting); nobody collects it",
        json_schema_extra=unit("fraction of the border price"),
    )

    @model_validator(mode="after")
    def _open_means_open(self) -> Self:
        if not self.discriminatory and self.friction:
            raise fault("a coalition that does not discriminate has no friction for outsiders", "set friction to 0")
        return self

    def _favoured(self, setting: Setting) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Return members, sources they favour, and outsiders who meet friction."""
        members = self.members.resolve(setting)
        outsiders = self.outsiders.resolve(setting.of_members(members)) if self.friction else ()
        return members, members if self.discriminatory else setting.names, outsiders

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Lower tariffs and costs for favoured sources, raise costs for outsiders."""
        strength = self.strength(setting.year)
        members, favoured, outsiders = self._favoured(setting)
        if self.tariff_cut:
            rates = lowered(shock.tariffs, shock.market.tariffs, strength * self.tariff_cut)
            shock = shock.replace_tariff(rates, favoured, members)
        if self.facilitation:
            shock = shock.add_friction(-strength * self.facilitation, favoured, members)
        if outsiders:
            shock = shock.add_friction(strength * self.friction, outsiders, members)
        return shock

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """Tariffs for favoured sources, and the bloc's cost of trade."""
        members, favoured, outsiders = self._favoured(setting)
        found = [Reach("tariff", favoured, members)] if self.tariff_cut else []
        if self.facilitation:
            found.append(Reach("cost of trade", favoured, members))
        if outsiders:
            found.append(Reach("cost of trade", outsiders, members))
        return tuple(found)

    def describe(self) -> str:
        """Return the instrument in words."""
        whom = "each other" if self.discriminatory else "everyone"
        parts = []
        if self.tariff_cut:
            parts.append(f"remove {per_cent(self.tariff_cut)} of their tariffs for {whom}")
        if self.facilitation:
            parts.append(f"save {per_cent(self.facilitation)} of the cost of imports from {whom}")
        if self.friction:
            parts.append(f"make imports from {self.outsiders.describe()} {per_cent(self.friction)} dearer")
        return f"{self.members.describe()} {' and '.join(parts) or 'change nothing'}{self.when()}"


class Decoupling(Phased):
    """Two blocs part: trade between them is banned, taxed by both importers, or made costlier, in both directions."""

    example: ClassVar[dict[str, Any]] = {
        "kind": "decoupling",
        "between": ["USA", "CHN"],
        "means": "tariff",
        "rate": 0.5,
    }
    neutral: ClassVar[dict[str, Any]] = {"means": "friction", "rate": 0.0}
    formula: ClassVar[str] = "both ways: M = 0 (ban), T1 = T0 + rate (tariff) or cost × (1 + rate) (friction)"

    kind: Literal["decoupling"] = "decoupling"
    between: tuple[Party, Party] = Field(description="the two blocs")
    means: Literal["ban", "tariff", "friction"] = Field(default="ban", description="how they part")
    rate: Rate | None = Field(
        default=None, description="needed unless it is a ban", json_schema_extra=unit("fraction of the border price")
    )
    choke: float | None = Field(
        default=None,
        gt=0,
        description="under a ban: price at which something else stands in; nothing does if left out",
        json_schema_extra=unit("multiple of the base landed price"),
    )

    @model_validator(mode="after")
    def _rate_or_ban(self) -> Self:
        if (self.means == "ban") != (self.rate is None):
            raise fault(
                f"decoupling by {self.means} {'with' if self.rate is not None else 'without'} a rate",
                "a ban has no rate; a tariff and friction need one",
            )
        if self.means == "ban" and self.phase_in:
            raise fault("a ban cannot be phased in", "phase in a tariff or friction, or give the ban years")
        if self.means != "ban" and self.choke is not None:
            raise fault("choke belongs to a ban", "leave it out")
        return self

    def _ways(self, setting: Setting) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        one, other = (party.resolve(setting) for party in self.between)
        if both := set(one) & set(other):
            raise InputError(
                f"{', '.join(sorted(both))} in both blocs", remedy="leave it out of one of the two with but"
            )
        return (one, other), (other, one)

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Part the blocs in both directions."""
        strength = self.strength(setting.year)
        if not strength:
            return shock
        for exporters, importers in self._ways(setting):
            if self.means == "ban":
                shock = shock.ban(exporters, importers, choke=self.choke)
            elif self.means == "tariff":
                shock = shock.add_tariff(strength * (self.rate or 0.0), exporters, importers)
            else:
                shock = shock.add_friction(strength * (self.rate or 0.0), exporters, importers)
        return shock

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """The wedge that parts them, both ways."""
        wedge = {"ban": BAN, "tariff": "tariff", "friction": "cost of trade"}[self.means]
        return tuple(Reach(wedge, exporters, importers) for exporters, importers in self._ways(setting))

    def describe(self) -> str:
        """Return the instrument in words."""
        one, other = (party.describe() for party in self.between)
        how = {
            "ban": "stop all trade with each other",
            "tariff": f"tax each other's goods by {per_cent(self.rate or 0.0)}",
            "friction": f"make trade with each other {per_cent(self.rate or 0.0)} costlier",
        }[self.means]
        return f"{one} and {other} {how}{self.when()}"
