"""A market at its base: flows, taxes and elasticities of one good, checked and labelled.

Follows the Global Simulation Model (Francois & Hall 2009), in which every country's goods are a variety of their own
(Armington). Quantities are counted so that every producer's base price is one. This file holds the base only; a change
of policy is a `Shock` (`xenotime.markets.shock`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xenotime.core import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

HIGHEST_RATE = 20.0
"""A rate above 2,000 % is taken for per cent written as a fraction (25 instead of 0.25)."""


@dataclass(frozen=True, eq=False)
class Market:
    """One good's base: who sells how much to whom, at which taxes, and how buyers and sellers react.

    Make one with `from_arrays`, which checks it. Matrices are ``[exporter, importer]``; rates are fractions.

    Attributes
    ----------
    names : tuple of str
        The n countries.
    flows : ndarray (n, n)
        Value at the border: export tax included, tariff not. Any unit of money. The diagonal is own trade.
    tariffs, export_taxes : ndarray (n, n)
        Base rates. Own trade bears no export tax.
    output_subsidies : ndarray (n,)
        Base rate on all output, own trade included, as a fraction of the seller's price.
    demand : ndarray (n,)
        Elasticity of an importer's total demand with respect to its composite price, E_m ≤ 0.
    supply : ndarray (n,)
        Elasticity of an exporter's output with respect to its producer price, E_x ≥ 0.
    substitution : ndarray (n,) or (n, n)
        Elasticity of substitution between origins, E_s > 0: by importer (CES, as in GSIM), or by pair (homothetic
        implicit additivity, see `xenotime.markets.nests`).
    """

    names: tuple[str, ...]
    flows: Array
    tariffs: Array
    export_taxes: Array
    output_subsidies: Array
    demand: Array
    supply: Array
    substitution: Array

    @classmethod
    def from_arrays(
        cls,
        flows: ArrayLike,
        *,
        tariffs: ArrayLike | None = None,
        names: Sequence[str] | None = None,
        demand: ArrayLike = -1.25,
        supply: ArrayLike = 1.5,
        substitution: ArrayLike = 5.0,
        export_taxes: ArrayLike | None = None,
        output_subsidies: ArrayLike | None = None,
        own_trade: ArrayLike | str | None = None,
    ) -> "Market":
        """Check the arrays of a base and make a market of them.

        Parameters
        ----------
        flows : array (n, n)
            Border value of what each exporter (row) sells to each importer (column).
        tariffs : scalar, array (n,) by importer, or array (n, n), default 0
            Rates, as fractions. Scalars and vectors leave own trade free; a matrix is taken as it is, so a region made
            of several countries may carry its inner tariff on the diagonal.
        names : sequence of str, optional
            Labels of the countries; C1, C2, … if none are given.
        demand, supply : scalar or array (n,)
            E_m by importer (≤ 0) and E_x by exporter (≥ 0). Defaults are those of the GSIM spreadsheet.
        substitution : scalar, array (n,) by importer, or array (n, n)
            E_s > 0.
        export_taxes : scalar, array (n,) by exporter, or array (n, n), default 0
            Rates as fractions of the price before the tax; a subsidy is negative. Own trade is exempt.
        output_subsidies : scalar or array (n,), default 0
        own_trade : None, "absent" or array (n,)
            None takes the diagonal of `flows` as own trade. "absent" says that there is none: a diagonal that is not
            zero is then an error. An array is put on the diagonal, which must be empty.

        Raises
        ------
        InputError
            Shapes, signs or rates that cannot be, naming the place and the remedy.
        """
        base = np.array(flows, dtype=float)
        if base.ndim != 2 or base.shape[0] != base.shape[1]:
            raise InputError(
                f"flows must be a square matrix [exporter, importer], not {base.shape}",
                where="flows",
                remedy="give every country a row and a column, with zeros where it does not trade",
            )
        n = len(base)
        labels = tuple(names) if names is not None else tuple(f"C{i + 1}" for i in range(n))
        if len(labels) != n or len(set(labels)) != n:
            raise InputError(
                f"{len(labels)} names ({len(set(labels))} different) for {n} countries",
                where="names",
                remedy="give each country one name of its own",
            )
        _check(base, "flows", labels, lowest=0.0)
        base = _with_own_trade(base, own_trade, labels)
        if not base.any():
            raise InputError("no flow is above zero", where="flows", remedy="a market needs at least one flow")
        market = cls(
            names=labels,
            flows=base,
            tariffs=tariff_matrix(0.0 if tariffs is None else tariffs, labels),
            export_taxes=export_tax_matrix(0.0 if export_taxes is None else export_taxes, labels),
            output_subsidies=rate_vector(0.0 if output_subsidies is None else output_subsidies, labels),
            demand=np.zeros(n),
            supply=np.zeros(n),
            substitution=np.zeros(n),
        )
        return market.with_elasticities(demand=demand, supply=supply, substitution=substitution)

    def with_elasticities(
        self,
        demand: ArrayLike | None = None,
        supply: ArrayLike | None = None,
        substitution: ArrayLike | None = None,
    ) -> "Market":
        """Return the same base with other elasticities; those not given stay."""
        n = len(self.names)
        changes: dict[str, Any] = {}
        if demand is not None:
            changes["demand"] = _vector(demand, "demand", n)
            _check(changes["demand"], "demand", self.names, highest=0.0)
        if supply is not None:
            changes["supply"] = _vector(supply, "supply", n)
            _check(changes["supply"], "supply", self.names, lowest=0.0)
        if substitution is not None:
            sigma = np.array(substitution, dtype=float)
            changes["substitution"] = sigma if sigma.shape == (n, n) else _vector(sigma, "substitution", n)
            _check(changes["substitution"], "substitution", self.names, lowest=0.0)
            if (changes["substitution"] == 0).any():
                raise InputError("elasticities of substitution must be above 0", where="substitution")
        return replace(self, **changes)

    @property
    def n(self) -> int:
        """Number of countries."""
        return len(self.names)

    @cached_property
    def volumes(self) -> Array:
        """Base quantities (n, n), counted so that the producer's base price is one: M O0/X0."""
        return self.flows * (1 + self.output_subsidies)[:, None] / (1 + self.export_taxes)

    @cached_property
    def landed(self) -> Array:
        """Base value at landed prices (n, n), tariff included: M T0."""
        return self.flows * (1 + self.tariffs)

    @cached_property
    def output(self) -> Array:
        """Base value of output at producer prices (n,), R0; zero where a country sells nothing."""
        return np.asarray(self.volumes.sum(axis=1))

    @cached_property
    def spending(self) -> Array:
        """Base spending at landed prices (n,); zero where a country buys nothing."""
        return np.asarray(self.landed.sum(axis=0))

    @cached_property
    def theta(self) -> Array:
        """Import shares θ at landed prices (n, n): columns add up to one, or are zero where nothing is bought."""
        return self.landed / np.where(self.spending > 0, self.spending, 1.0)

    @cached_property
    def phi(self) -> Array:
        """Export shares φ (n, n) of quantity: rows add up to one, or are zero where nothing is sold."""
        return self.volumes / np.where(self.output > 0, self.output, 1.0)[:, None]

    @cached_property
    def sigma(self) -> Array:
        """Elasticities of substitution as (n, n)."""
        return np.array(np.broadcast_to(self.substitution, (self.n, self.n)))

    @property
    def own_trade(self) -> str:
        """What own trade is taken to be, in words."""
        own = int((np.diag(self.flows) > 0).sum())
        return "absent" if own == 0 else f"on the diagonal of {own} of {self.n} countries"

    @property
    def without_sales(self) -> tuple[str, ...]:
        """Countries that sell nothing: they have no producer price and are left out as exporters."""
        return tuple(name for name, total in zip(self.names, self.output) if total == 0)

    @property
    def without_purchases(self) -> tuple[str, ...]:
        """Countries that buy nothing: they have no composite price."""
        return tuple(name for name, total in zip(self.names, self.spending) if total == 0)

    @property
    def complements(self) -> tuple[str, ...]:
        """Importers with some E_s < |E_m|: a dearer rival then lowers a supplier's sales instead of raising them."""
        low = np.atleast_1d(((self.sigma < -self.demand) & (self.flows > 0)).any(axis=0))
        return tuple(name for name, flag in zip(self.names, low) if flag)

    def same_as(self, other: "Market") -> bool:
        """Return whether another market has the same names, flows, rates and elasticities, to the last digit."""
        arrays = ("flows", "tariffs", "export_taxes", "output_subsidies", "demand", "supply", "substitution")
        return self is other or (
            self.names == other.names
            and all(np.array_equal(getattr(self, name), getattr(other, name)) for name in arrays)
        )

    def index(self, names: Iterable[str]) -> list[int]:
        """Positions of countries; `InputError` names those that are unknown."""
        wanted = [names] if isinstance(names, str) else list(names)
        unknown = [name for name in wanted if name not in self.names]
        if unknown:
            raise InputError(
                f"not in this market: {', '.join(unknown)}",
                where="countries",
                remedy=f"it holds {', '.join(self.names[:12])}{' …' if self.n > 12 else ''}",
            )
        return [self.names.index(name) for name in wanted]

    def pairs(self, exporters: Iterable[str] | None = None, importers: Iterable[str] | None = None) -> Mask:
        """Return the mask (n, n) of trade between these countries; None means all. Own trade is never in it."""
        mask = np.zeros((self.n, self.n), dtype=bool)
        rows = range(self.n) if exporters is None else self.index(exporters)
        columns = range(self.n) if importers is None else self.index(importers)
        mask[np.ix_(list(rows), list(columns))] = True
        np.fill_diagonal(mask, False)
        return mask


def tariff_matrix(rates: ArrayLike, names: Sequence[str]) -> Array:
    """Tariff rates as (n, n): scalars and vectors (by importer) leave own trade free."""
    return _matrix(rates, "tariffs", names, by_exporter=False)


def export_tax_matrix(rates: ArrayLike, names: Sequence[str]) -> Array:
    """Export-tax rates as (n, n), vectors by exporter; own trade must be exempt."""
    matrix = _matrix(rates, "export_taxes", names, by_exporter=True)
    if np.diag(matrix).any():
        raise InputError(
            "own trade bears no export tax",
            where=f"export_taxes, diagonal of {names[int(np.flatnonzero(np.diag(matrix))[0])]}",
            remedy="set the diagonal to 0, or give rates by exporter",
        )
    return matrix


def rate_vector(rates: ArrayLike, names: Sequence[str]) -> Array:
    """Rates by country as (n,)."""
    vector = _vector(rates, "output_subsidies", len(names))
    _check_rates(vector, "output_subsidies", names)
    return vector


def _matrix(rates: ArrayLike, what: str, names: Sequence[str], by_exporter: bool) -> Array:
    n = len(names)
    given = np.array(rates, dtype=float)
    if given.shape == (n, n):
        matrix = given
    elif given.shape in {(), (n,)}:
        matrix = np.array(np.broadcast_to(given[:, None] if by_exporter and given.ndim else given, (n, n)))
        np.fill_diagonal(matrix, 0.0)
    else:
        raise InputError(f"shape {given.shape} for {n} countries", where=what, remedy=f"give one rate, {n}, or {n}×{n}")
    _check_rates(matrix, what, names)
    return matrix


def _vector(values: ArrayLike, what: str, n: int) -> Array:
    given = np.array(values, dtype=float)
    if given.shape not in {(), (n,)}:
        raise InputError(f"shape {given.shape} for {n} countries", where=what, remedy=f"give one value, or {n}")
    return np.array(np.broadcast_to(given, (n,)))


def _with_own_trade(flows: Array, own_trade: ArrayLike | str | None, names: Sequence[str]) -> Array:
    if own_trade is None:
        return flows
    filled = np.flatnonzero(np.diag(flows))
    if len(filled):
        raise InputError(
            "the diagonal of flows already holds own trade",
            where=f"flows, {names[int(filled[0])]}",
            remedy="leave own_trade out to use the diagonal, or empty the diagonal",
        )
    if isinstance(own_trade, str):
        if own_trade != "absent":
            raise InputError(f"own_trade is {own_trade!r}", where="own_trade", remedy='None, "absent" or an array (n,)')
        return flows
    own = _vector(own_trade, "own_trade", len(names))
    _check(own, "own_trade", names, lowest=0.0)
    return flows + np.diag(own)


def _place(bad: Mask, names: Sequence[str]) -> str:
    at = np.argwhere(bad)[0]
    return " → ".join(names[int(i)] for i in at)


def _check(
    values: Array, what: str, names: Sequence[str], lowest: float | None = None, highest: float | None = None
) -> None:
    for bad, fault in (
        (~np.isfinite(values), "a value that is not a finite number"),
        (values < (-np.inf if lowest is None else lowest), f"a value below {lowest:g}" if lowest is not None else ""),
        (
            values > (np.inf if highest is None else highest),
            f"a value above {highest:g}" if highest is not None else "",
        ),
    ):
        if bad.any():
            raise InputError(fault, where=f"{what}, {_place(bad, names)}", remedy="mend or leave out this entry")


def _check_rates(values: Array, what: str, names: Sequence[str]) -> None:
    if not np.isfinite(values).all() or (values <= -1).any():
        bad = ~np.isfinite(values) | (values <= -1)
        raise InputError("a rate must be a number above -1", where=f"{what}, {_place(bad, names)}")
    if (values > HIGHEST_RATE).any():
        raise InputError(
            f"a rate of {values.max():g} is {values.max():.0%}",
            where=f"{what}, {_place(values > HIGHEST_RATE, names)}",
            remedy="rates are fractions: 25 % is 0.25; to stop trade altogether use a ban",
        )
