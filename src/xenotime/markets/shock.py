"""What policy changes in a market: the counterfactual taxes, and the limits that hold beside them.

A `Shock` is the whole state of policy after the change, tied to the market it changes. It begins as the base
(`Shock.base(market)`), and every method returns a new one, so instruments compose by being applied one after another:
`Policy.apply(shock) -> shock`. Taxes are wedges of a known size. Quotas, undertakings, floors and caps are limits:
each brings a wedge of its own that is zero unless the limit binds, and is found with the prices.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from xenotime.core import InputError
from xenotime.markets.market import Array, Market, Mask, export_tax_matrix, rate_vector, tariff_matrix

UNSTEADY_SIGMA = 1.5
"""Below this E_s a ban under CES has prices that say more of CES than of the market.

Taken from a buyer with half of its purchases, an origin raises the composite price 2^(1/(E_s − 1)) times: twofold at
2, fourfold at 1.5, a thousandfold at 1.1.
"""

Countries = tuple[str, ...] | None
"""Names of countries; None means all."""


@dataclass(frozen=True)
class Quota:
    """One joint limit on the quantity traded between some exporters and some importers.

    Attributes
    ----------
    exporters, importers : tuple of str, optional
        Whose trade counts; None means all. A total export quota names the exporter and no importers; a bilateral one
        names both; several limits are several quotas. Own trade never counts.
    share : float, optional
        The limit over the base quantity of the group (0.1 allows a tenth), or
    volume : float, optional
        the limit itself, in the market's quantities (`Market.volumes`).
    side : {"export", "import"}
        Whose licence it is. The rent of an export quota is part of the border price, and tariffs are levied on it.
    rent_to : str, optional
        "exporter", "importer" or a country. By default the side that issues the licence.
    """

    exporters: Countries = None
    importers: Countries = None
    share: float | None = None
    volume: float | None = None
    side: Literal["export", "import"] = "export"
    rent_to: str | None = None

    def __post_init__(self) -> None:
        if (self.share is None) == (self.volume is None):
            raise InputError("a quota needs a share of base trade or a volume, one of them", where="Quota")
        limit = self.share if self.share is not None else self.volume
        if limit is None or not np.isfinite(limit) or limit <= 0:
            raise InputError(f"a limit of {limit}", where="Quota", remedy="to stop trade altogether use a ban")


@dataclass(frozen=True)
class Undertaking:
    """Exporters promise not to sell below a price at the border; each pair is held by itself.

    `price` is the lowest border price over its base. The difference stays with the exporter, as a price undertaking
    (and a minimum import price) has it.
    """

    exporters: Countries
    importers: Countries
    price: float

    def __post_init__(self) -> None:
        _check_price(self.price, "Undertaking")


@dataclass(frozen=True)
class Floor:
    """The lowest price that producers of some countries receive, over its base, and the means that uphold it.

    "deficiency_payment": all output is sold at the price that clears the market, and the payer makes up the rest on
    every unit. "public_purchase": the payer buys what the market does not take at the floor; the stock it then holds
    is not valued. `payer` is a country; by default each producer's own government pays.
    """

    countries: tuple[str, ...]
    price: float
    means: Literal["deficiency_payment", "public_purchase"]
    payer: str | None = None

    def __post_init__(self) -> None:
        _check_price(self.price, "Floor")


@dataclass(frozen=True)
class Cap:
    """The highest price that producers of some countries receive, over its base; what they offer is then rationed.

    Buyers would pay more than the cap, so the right to buy is worth a rent. `rent_to` names its owner: "importer"
    (rations handed to users), "exporter" (traders at home) or a country. Own trade is capped and rationed like exports.
    """

    countries: tuple[str, ...]
    price: float
    rent_to: str

    def __post_init__(self) -> None:
        _check_price(self.price, "Cap")


Limit = Quota | Undertaking | Floor | Cap


@dataclass(frozen=True, eq=False)
class Shock:
    """Policy after the change, whole; see the module. Matrices ``[exporter, importer]``, rates as fractions.

    Attributes
    ----------
    market : Market
    tariffs, export_taxes : ndarray (n, n)
    output_subsidies : ndarray (n,)
    frictions : ndarray (n, n)
        Added cost of trade that nobody collects (delay, paperwork, detours), as a fraction of the border price.
    bans : ndarray of bool (n, n)
        Trade that stops altogether.
    chokes : ndarray (n, n)
        Where trade is banned: the price, over the base landed price, at which something from outside this market stands
        in for the banned goods. Infinite (nothing does) unless given.
    limits : tuple of Quota, Undertaking, Floor, Cap
    """

    market: Market
    tariffs: Array
    export_taxes: Array
    output_subsidies: Array
    frictions: Array
    bans: Mask
    chokes: Array
    limits: tuple[Limit, ...] = field(default=())

    @classmethod
    def base(cls, market: Market) -> "Shock":
        """Return the state in which nothing has changed."""
        shape = (market.n, market.n)
        return cls(
            market=market,
            tariffs=market.tariffs,
            export_taxes=market.export_taxes,
            output_subsidies=market.output_subsidies,
            frictions=np.zeros(shape),
            bans=np.zeros(shape, dtype=bool),
            chokes=np.full(shape, np.inf),
        )

    @property
    def unsteady(self) -> Mask:
        """Importers (n,) with a ban on what they buy, nothing to stand in, and E_s below `UNSTEADY_SIGMA`.

        Under CES their composite price, and with it welfare, grows without bound as E_s falls to one.
        """
        lost = self.bans & (self.market.flows > 0) & np.isinf(self.chokes) & (self.market.sigma < UNSTEADY_SIGMA)
        return np.asarray(lost.any(axis=0))

    def with_elasticities(self, demand: ArrayLike, supply: ArrayLike, substitution: ArrayLike) -> "Shock":
        """Return the same policy on the same base with other elasticities."""
        return replace(self, market=self.market.with_elasticities(demand, supply, substitution))

    def set_tariffs(self, rates: ArrayLike) -> "Shock":
        """Replace all tariffs: a scalar, (n,) by importer, or (n, n)."""
        return replace(self, tariffs=tariff_matrix(rates, self.market.names))

    def set_export_taxes(self, rates: ArrayLike) -> "Shock":
        """Replace all export taxes: a scalar, (n,) by exporter, or (n, n)."""
        return replace(self, export_taxes=export_tax_matrix(rates, self.market.names))

    def set_output_subsidies(self, rates: ArrayLike) -> "Shock":
        """Replace all output subsidies: a scalar or (n,)."""
        return replace(self, output_subsidies=rate_vector(rates, self.market.names))

    def add_tariff(
        self, rate: ArrayLike, exporters: Iterable[str] | None = None, importers: Iterable[str] | None = None
    ) -> "Shock":
        """Add points to the tariff between these countries (None means all); own trade is left alone."""
        pairs = self.market.pairs(exporters, importers)
        return self.set_tariffs(np.where(pairs, self.tariffs + np.asarray(rate), self.tariffs))

    def replace_tariff(
        self, rate: ArrayLike, exporters: Iterable[str] | None = None, importers: Iterable[str] | None = None
    ) -> "Shock":
        """Put this rate in place of the tariff between these countries; own trade is left alone."""
        pairs = self.market.pairs(exporters, importers)
        return self.set_tariffs(np.where(pairs, np.asarray(rate), self.tariffs))

    def add_export_tax(
        self, rate: ArrayLike, exporters: Iterable[str] | None = None, importers: Iterable[str] | None = None
    ) -> "Shock":
        """Add points to the export tax between these countries; a negative rate is an export subsidy."""
        pairs = self.market.pairs(exporters, importers)
        return self.set_export_taxes(np.where(pairs, self.export_taxes + np.asarray(rate), self.export_taxes))

    def replace_export_tax(
        self, rate: ArrayLike, exporters: Iterable[str] | None = None, importers: Iterable[str] | None = None
    ) -> "Shock":
        """Put this rate in place of the export tax between these countries."""
        pairs = self.market.pairs(exporters, importers)
        return self.set_export_taxes(np.where(pairs, np.asarray(rate), self.export_taxes))

    def add_output_subsidy(self, rate: float, countries: Iterable[str]) -> "Shock":
        """Add points to the subsidy on all output of these countries."""
        rates = self.output_subsidies.copy()
        rates[self.market.index(countries)] += rate
        return self.set_output_subsidies(rates)

    def add_friction(
        self, rate: ArrayLike, exporters: Iterable[str] | None = None, importers: Iterable[str] | None = None
    ) -> "Shock":
        """Add a cost of trade that nobody collects, as a fraction of the border price."""
        pairs = self.market.pairs(exporters, importers)
        frictions = np.where(pairs, self.frictions + np.asarray(rate), self.frictions)
        if not np.isfinite(frictions).all() or (frictions <= -1).any():
            raise InputError("a friction must be a number above -1", where="frictions")
        return replace(self, frictions=frictions)

    def ban(
        self,
        exporters: Iterable[str] | None = None,
        importers: Iterable[str] | None = None,
        choke: float | None = None,
    ) -> "Shock":
        """Stop trade between these countries; own trade goes on.

        `choke` is the price, over the base landed price, of what stands in for the banned goods from outside this
        market; without one nothing does, which the CES nest can only bear with E_s > 1.
        """
        pairs = self.market.pairs(exporters, importers)
        if choke is not None:
            _check_price(choke, "choke")
        chokes = np.where(pairs, np.inf if choke is None else choke, self.chokes)
        return replace(self, bans=self.bans | pairs, chokes=chokes)

    def limit(self, *limits: Limit) -> "Shock":
        """Add quotas, undertakings, floors or caps."""
        return replace(self, limits=(*self.limits, *limits))


@runtime_checkable
class Policy(Protocol):
    """Anything that changes policy: a pure function of the state before it, so that policies can follow one another."""

    def apply(self, shock: Shock) -> Shock:
        """Return the state after this policy."""
        ...


def _check_price(price: float, where: str) -> None:
    if not np.isfinite(price) or price <= 0:
        raise InputError(f"a price of {price} over its base", where=where, remedy="1.0 is the base price")
