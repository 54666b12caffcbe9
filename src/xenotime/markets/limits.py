"""Limits as complementarity: each quota, undertaking, floor or cap split into single conditions 0 ≤ m ⟂ H ≥ 0.

The multiplier m is the log of the wedge that the limit brings (for a public purchase, the quantity bought over base
output). H is the slack. What each limit needs (equation 10 of the chain in one stage, and its kin):

    quota                 H = ln limit − ln Σ_group volume          wedge + on the group
    undertaking           H = ln border price over base − ln price  wedge + on the pair, before the border
    floor, deficiency     H = ln p − ln price                       wedge − on all sales of the country
    floor, purchase       H = ln p − ln price                       added demand, no wedge
    cap                   H = ln price − ln p                       wedge + on all sales of the country
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from xenotime.core import InputError
from xenotime.markets.market import Array, Market, Mask
from xenotime.markets.shock import Floor, Limit, Quota, Shock, Undertaking

QUOTA, UNDERTAKING, PAYMENT, PURCHASE, CAP = "quota", "undertaking", "deficiency_payment", "public_purchase", "cap"
#: Most limits times pairs of countries: 580 limits among 208 countries.
MOST_CELLS = 25_000_000
Positions = NDArray[np.intp]
SIGN = {QUOTA: 1.0, UNDERTAKING: 1.0, PAYMENT: -1.0, PURCHASE: 0.0, CAP: 1.0}


@dataclass(frozen=True, eq=False)
class Condition:
    """One condition: its kind, the pairs its wedge falls on, the log of its target, and who gains or pays.

    `exporters` and `importers` are the positions of the pairs, side by side. `row` is the exporter whose price is held
    (−1 for a quota). `at_border` tells a wedge before the border from one behind it. `source` is the position of the
    limit it came from.
    """

    kind: str
    exporters: Positions
    importers: Positions
    target: float
    row: int
    owner: str
    at_border: bool
    source: int


def conditions(shock: Shock, sold: Mask) -> tuple[Condition, ...]:
    """Split the limits of a shock into single conditions, over the pairs that trade.

    Raises
    ------
    InputError
        Unknown countries or owners, a floor above a cap on one country, or more conditions than `MOST_CELLS` bears.
    """
    market = shock.market
    found: list[Condition] = []
    for source, limit in enumerate(shock.limits):
        found += _split(limit, market, sold, source)
        if len(found) * market.n**2 > MOST_CELLS:
            raise InputError(
                f"more than {MOST_CELLS // market.n**2:,} limits on {market.n} countries: all are solved at once",
                where="limits",
                remedy="set one limit for several pairs (counted: each importer, or each exporter), or name fewer",
            )
    _check_floors_below_caps(found, market)
    return tuple(found)


def _split(limit: Limit, market: Market, sold: Mask, source: int) -> list[Condition]:
    if isinstance(limit, Quota):
        group = market.pairs(limit.exporters, limit.importers)
        exporters, importers = np.nonzero(group & sold)
        if not len(exporters):
            return []
        allowed = limit.volume if limit.volume is not None else (limit.share or 0.0) * market.volumes[group].sum()
        owner = limit.rent_to or ("exporter" if limit.side == "export" else "importer")
        _check_owner(owner, market, "Quota.rent_to")
        return [
            Condition(QUOTA, exporters, importers, float(np.log(allowed)), -1, owner, limit.side == "export", source)
        ]
    if isinstance(limit, Undertaking):
        held = market.pairs(limit.exporters, limit.importers) & sold
        target = float(np.log(limit.price))
        return [
            Condition(UNDERTAKING, pair[:1], pair[1:], target, int(pair[0]), "exporter", True, source)
            for pair in np.argwhere(held)
        ]
    if isinstance(limit, Floor):
        if limit.means not in {PAYMENT, PURCHASE}:
            raise InputError(f"means {limit.means!r}", where="Floor.means", remedy=f'"{PAYMENT}" or "{PURCHASE}"')
        kind, owner, where = str(limit.means), limit.payer or "exporter", "Floor.payer"
    else:
        kind, owner, where = CAP, limit.rent_to, "Cap.rent_to"
    _check_owner(owner, market, where)
    found, target = [], float(np.log(limit.price))
    for r in market.index(limit.countries):
        buyers = np.flatnonzero(sold[r])
        if len(buyers):
            found.append(Condition(kind, np.full_like(buyers, r), buyers, target, r, owner, True, source))
    return found


def _check_owner(owner: str, market: Market, where: str) -> None:
    if owner not in {"exporter", "importer", *market.names}:
        raise InputError(f"{owner!r} is no party here", where=where, remedy='"exporter", "importer" or a country')


def _check_floors_below_caps(found: list[Condition], market: Market) -> None:
    caps = {c.row: c.target for c in found if c.kind == CAP}
    for c in found:
        if c.kind in {PAYMENT, PURCHASE} and c.target >= caps.get(c.row, np.inf):
            raise InputError(
                f"the floor of {market.names[c.row]} is not below its cap",
                where="limits",
                remedy="keep one of the two, or part them",
            )


@dataclass(frozen=True, eq=False)
class System:
    """Conditions as arrays, for the solver: signs, targets and kinds (G,), and every (condition, pair) in a row.

    `limit`, `exporter` and `importer` (N,) name the condition and the pair; those of one condition stand together.
    """

    found: tuple[Condition, ...]
    n: int
    limit: Positions
    exporter: Positions
    importer: Positions
    signs: Array
    targets: Array
    rows: Positions
    at_border: Mask
    is_quota: Mask
    is_undertaking: Mask
    is_purchase: Mask
    is_payment: Mask
    is_cap: Mask

    @classmethod
    def of(cls, found: tuple[Condition, ...], n: int) -> "System":
        """Stack conditions."""
        kinds = np.array([c.kind for c in found], dtype=object)
        none = [np.zeros(0, dtype=np.intp)]
        return cls(
            found=found,
            n=n,
            limit=np.repeat(np.arange(len(found)), [len(c.exporters) for c in found]),
            exporter=np.concatenate([c.exporters for c in found] or none),
            importer=np.concatenate([c.importers for c in found] or none),
            signs=np.array([SIGN[c.kind] for c in found]),
            targets=np.array([c.target for c in found]),
            rows=np.array([c.row for c in found], dtype=np.intp),
            at_border=np.array([c.at_border for c in found], dtype=bool),
            is_quota=np.asarray(kinds == QUOTA, dtype=bool),
            is_undertaking=np.asarray(kinds == UNDERTAKING, dtype=bool),
            is_purchase=np.asarray(kinds == PURCHASE, dtype=bool),
            is_payment=np.asarray(kinds == PAYMENT, dtype=bool),
            is_cap=np.asarray(kinds == CAP, dtype=bool),
        )

    def spread(self, values: Array) -> Array:
        """Add up values of conditions (G,) over the pairs they fall on (n, n)."""
        cells = self.exporter * self.n + self.importer
        return np.asarray(np.bincount(cells, values[self.limit], self.n**2).reshape(self.n, self.n), dtype=float)

    def by_limit(self, values: Array) -> Array:
        """Add up values of (condition, pair) (N,) to conditions (G,)."""
        return np.asarray(np.bincount(self.limit, values, len(self.found)), dtype=float)

    def by_exporter(self, values: Array) -> Array:
        """Add up values of (condition, pair) (N,) to conditions and exporters (G, n)."""
        return self._by(self.exporter, values)

    def by_importer(self, values: Array) -> Array:
        """Add up values of (condition, pair) (N,) to conditions and importers (G, n)."""
        return self._by(self.importer, values)

    def _by(self, country: Positions, values: Array) -> Array:
        g = len(self.found)
        return np.asarray(
            np.bincount(self.limit * self.n + country, values, g * self.n).reshape(g, self.n), dtype=float
        )

    def meet(self, values: Array) -> Array:
        """Return for conditions g and h the sum of the values (N,) of g over the pairs that both fall on (G, G)."""
        cells, shape = self.exporter * self.n + self.importer, (len(self.found), self.n**2)
        mine = csr_array((values, (self.limit, cells)), shape=shape)
        theirs = csr_array((np.ones_like(values), (self.limit, cells)), shape=shape)
        return np.asarray((mine @ theirs.T).toarray())

    def log_wedge(self, multipliers: Array) -> Array:
        """Return the log wedge (n, n) that multipliers bring."""
        return self.spread(self.signs * multipliers)
