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

from xenotime.core import InputError
from xenotime.markets.market import Array, Market, Mask
from xenotime.markets.shock import Floor, Limit, Quota, Shock, Undertaking

QUOTA, UNDERTAKING, PAYMENT, PURCHASE, CAP = "quota", "undertaking", "deficiency_payment", "public_purchase", "cap"
#: Most limits times pairs of countries: 580 limits among 208 countries, a gigabyte while solving.
MOST_CELLS = 25_000_000
SIGN = {QUOTA: 1.0, UNDERTAKING: 1.0, PAYMENT: -1.0, PURCHASE: 0.0, CAP: 1.0}


@dataclass(frozen=True, eq=False)
class Condition:
    """One condition: its kind, the pairs its wedge falls on (n, n), the log of its target, and who gains or pays.

    `row` is the exporter whose price is held (−1 for a quota). `at_border` tells a wedge before the border from one
    behind it. `source` is the position of the limit it came from.
    """

    kind: str
    pairs: Mask
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
                f"more than {MOST_CELLS // market.n**2:,} limits on {market.n} countries: each needs a matrix of its"
                " own, and all are solved at once",
                where="limits",
                remedy="set one limit for several pairs (counted: each importer, or each exporter), or name fewer",
            )
    _check_floors_below_caps(found, market)
    return tuple(found)


def _split(limit: Limit, market: Market, sold: Mask, source: int) -> list[Condition]:
    everyone = np.ones(market.n, dtype=bool)
    if isinstance(limit, Quota):
        group = market.pairs(limit.exporters, limit.importers)
        pairs = group & sold
        if not pairs.any():
            return []
        allowed = limit.volume if limit.volume is not None else (limit.share or 0.0) * market.volumes[group].sum()
        owner = limit.rent_to or ("exporter" if limit.side == "export" else "importer")
        _check_owner(owner, market, "Quota.rent_to")
        return [Condition(QUOTA, pairs, float(np.log(allowed)), -1, owner, limit.side == "export", source)]
    if isinstance(limit, Undertaking):
        held = market.pairs(limit.exporters, limit.importers) & sold
        found = []
        for r, v in np.argwhere(held):
            pairs = np.zeros_like(sold)
            pairs[r, v] = True
            found.append(Condition(UNDERTAKING, pairs, float(np.log(limit.price)), int(r), "exporter", True, source))
        return found
    if isinstance(limit, Floor):
        if limit.means not in {PAYMENT, PURCHASE}:
            raise InputError(f"means {limit.means!r}", where="Floor.means", remedy=f'"{PAYMENT}" or "{PURCHASE}"')
        kind, owner, where = str(limit.means), limit.payer or "exporter", "Floor.payer"
    else:
        kind, owner, where = CAP, limit.rent_to, "Cap.rent_to"
    _check_owner(owner, market, where)
    found = []
    for r in market.index(limit.countries):
        if sold[r].any():
            pairs = sold & (np.arange(market.n) == r)[:, None] & everyone
            found.append(Condition(kind, pairs, float(np.log(limit.price)), r, owner, True, source))
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
    """Conditions as arrays, for the solver: masks (G, n, n), targets and signs (G,), kinds."""

    found: tuple[Condition, ...]
    masks: Array
    signs: Array
    targets: Array
    rows: np.ndarray
    is_quota: Mask
    is_undertaking: Mask
    is_purchase: Mask
    is_cap: Mask

    @classmethod
    def of(cls, found: tuple[Condition, ...], n: int) -> "System":
        """Stack conditions."""
        kinds = np.array([c.kind for c in found], dtype=object)
        return cls(
            found=found,
            masks=np.array([c.pairs for c in found], dtype=float).reshape(len(found), n, n),
            signs=np.array([SIGN[c.kind] for c in found]),
            targets=np.array([c.target for c in found]),
            rows=np.array([c.row for c in found], dtype=int),
            is_quota=np.asarray(kinds == QUOTA, dtype=bool),
            is_undertaking=np.asarray(kinds == UNDERTAKING, dtype=bool),
            is_purchase=np.asarray(kinds == PURCHASE, dtype=bool),
            is_cap=np.asarray(kinds == CAP, dtype=bool),
        )

    def log_wedge(self, multipliers: Array, at_border: bool | None = None) -> Array:
        """Return the log wedge (n, n) that multipliers bring: all of it, or that before or behind the border."""
        chosen = self.signs * multipliers
        if at_border is not None:
            chosen = np.where([c.at_border == at_border for c in self.found], chosen, 0.0)
        return np.asarray(np.tensordot(chosen, self.masks, axes=1))
