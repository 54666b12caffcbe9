"""Draws into tables: for every quantity its median, its interval, and whether its change is more than noise.

A solve has no sampling noise. "More than noise" means that the change keeps its sign across the interval of paired
draws of the elasticities, and for measures of communities across the seeds of the partition too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime.markets.equilibrium import BASES
from xenotime.studies.policy.measures import ANEW, MEASURES, Frame, found_anew, measure
from xenotime.studies.policy.mediation import CARRIERS, ORIGIN, by_route
from xenotime.studies.policy.sensitivity import drivers
from xenotime.studies.policy.solve import BY_COUNTRY, Solved

Floats = NDArray[np.float64]

#: A change below this, in proportion or in the unit of a share, is none.
NONE = 1e-9
#: A change of money below this, in thousand USD, is none.
CENT = 1e-3
#: A country that carries less than this share both before and after a policy is not listed.
CARRIES = 0.005
SPREAD = {
    "median": pl.Float64, "low": pl.Float64, "high": pl.Float64, "same_sign": pl.Float64, "more_than_noise": pl.Boolean,
}  # fmt: skip
WORLD = {"scenario": pl.String, "market": pl.String, "basis": pl.String, "central": pl.Float64, **SPREAD}
NETWORK = {
    "scenario": pl.String, "market": pl.String, "measure": pl.String, "title": pl.String, "before": pl.Float64,
    "after": pl.Float64, **SPREAD,
}  # fmt: skip
MEDIATION = {
    "scenario": pl.String, "market": pl.String, "carrier": pl.String, "before": pl.Float64, "after": pl.Float64,
    **SPREAD,
}  # fmt: skip
COUNTRIES = {"scenario": pl.String, "market": pl.String, "country": pl.String, "quantity": pl.String, **SPREAD}
FLOWS = {
    "scenario": pl.String, "market": pl.String, "exporter": pl.String, "importer": pl.String, "base_kusd": pl.Float64,
    **SPREAD,
}  # fmt: skip
SIGNS = {
    "scenario": pl.String, "quantity": pl.String, "expected": pl.String, "found": pl.String, "change": pl.Float64,
    "holds": pl.Boolean, "share_of_draws": pl.Float64,
}  # fmt: skip


def spread(
    changes: Floats, level: float, none: float = NONE
) -> tuple[float | None, float | None, float | None, float | None, bool | None]:
    """Return median, low, high, share with the median's sign, and whether the interval leaves out zero.

    Parameters
    ----------
    changes : ndarray
        Of any shape; NaN has no answer.
    none : float
        Changes below this are none.
    """
    known = changes[np.isfinite(changes)]
    known = np.where(np.abs(known) < none, 0.0, known)
    if not len(known):
        return None, None, None, None, None
    tail = (1 - level) / 2
    low, middle, high = (float(value) for value in np.quantile(known, [tail, 0.5, 1 - tail]))
    same = float(np.mean(np.sign(known) == np.sign(middle)))
    return middle, low, high, same, low > 0 or high < 0


def world(solved: Sequence[Solved], level: float) -> pl.DataFrame:
    """Return the change of world trade between countries, by scenario and basis."""
    rows = []
    for one in solved:
        central = one.central.trade_change if one.central is not None else {}
        for k, basis in enumerate(BASES):
            head = (one.case.name, one.case.base.key, basis, central.get(basis))
            rows.append((*head, *spread(one.trade[:, k], level)))
    return pl.DataFrame(rows, schema=WORLD, orient="row")


def network(solved: Sequence[Solved], frames: Mapping[str, Frame], seeds: Sequence[int], level: float) -> pl.DataFrame:
    """Return measures of the network before and after, and their change, by scenario."""
    rows: list[tuple[Any, ...]] = []
    before = {}
    for one in solved:
        key = one.case.base.key
        if key not in before:
            base = one.case.base.market.flows - np.diag(np.diag(one.case.base.market.flows))
            before[key] = (measure(base, frames[key]), found_anew(base, seeds))
        held, anew = before[key]
        head = (one.case.name, key)
        for name, kind in MEASURES.items():
            changes = one.network[name] - held[name]
            rows.append((*head, name, kind.title, *_sides(held[name], one.network[name]), *spread(changes, level)))
        changes = one.anew - anew
        rows.append((*head, ANEW.name, ANEW.title, *_sides(anew, one.anew), *spread(changes, level)))
    return pl.DataFrame(rows, schema=NETWORK, orient="row")


def _sides(before: Floats, after: Floats) -> tuple[float | None, float | None]:
    return _middle(before), _middle(after)


def _middle(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def mediation(solved: Sequence[Solved], level: float) -> pl.DataFrame:
    """Return the shares of Chinese goods in the United States by last carrier, before and after, by scenario.

    `carrier` is "direct", a carrier that the literature names, or one of at least `CARRIES`. No row where China or the
    United States is not in the market, or nothing arrives at the baseline.
    """
    rows: list[tuple[Any, ...]] = []
    for one in solved:
        names, base = one.case.base.market.names, one.case.base.market.flows
        held = by_route(base - np.diag(np.diag(base)), names)
        if np.isnan(held).all():
            continue
        for k, name in enumerate(names):
            before, after = _sides(held[k : k + 1], one.routes[:, k])
            if name in (ORIGIN, *CARRIERS) or max(before or 0.0, after or 0.0) >= CARRIES:
                carrier = "direct" if name == ORIGIN else name
                changes = one.routes[:, k] - held[k]
                rows.append((one.case.name, one.case.base.key, carrier, before, after, *spread(changes, level)))
    return pl.DataFrame(rows, schema=MEDIATION, orient="row")


def countries(solved: Sequence[Solved], level: float) -> pl.DataFrame:
    """Return what becomes of each country: changes of prices and output as fractions, net welfare in thousand USD."""
    rows = []
    for one in solved:
        for quantity in BY_COUNTRY:
            values = one.by_country[quantity]
            changes = values if quantity == "net" else values - 1
            for k, country in enumerate(one.case.base.market.names):
                rows.append(
                    (
                        one.case.name,
                        one.case.base.key,
                        country,
                        quantity,
                        *spread(changes[:, k], level, CENT if quantity == "net" else NONE),
                    )
                )
    return pl.DataFrame(rows, schema=COUNTRIES, orient="row")


def flows(solved: Sequence[Solved], level: float) -> pl.DataFrame:
    """Return the largest flows of the base and their change in border value, thousand USD."""
    rows = []
    for one in solved:
        names, base = one.case.base.market.names, one.case.base.market.flows
        for k, (i, j) in enumerate(one.pairs):
            changes = one.flows[:, k] - base[i, j]  # money, not a fraction
            head = (one.case.name, one.case.base.key, names[i], names[j], float(base[i, j]))
            rows.append((*head, *spread(changes, level, CENT)))
    return pl.DataFrame(rows, schema=FLOWS, orient="row")


def signs(solved: Sequence[Solved]) -> pl.DataFrame:
    """Return expected and found signs at central elasticities, and the share of draws in which each holds."""
    frames = [pl.DataFrame(schema=SIGNS)]
    for one in solved:
        if one.signs.is_empty():
            continue
        answered = np.asarray(np.isfinite(one.holds).any(axis=0))
        share = [float(np.nanmean(one.holds[:, k])) if answered[k] else None for k in range(one.holds.shape[1])]
        frames.append(
            one.signs.with_columns(
                pl.lit(one.case.name).alias("scenario"), pl.Series("share_of_draws", share, dtype=pl.Float64)
            ).select(pl.col(name).cast(kind) for name, kind in SIGNS.items())
        )
    return pl.concat(frames)


def driving(solved: Sequence[Solved], draws: Mapping[str, Mapping[str, Floats]]) -> pl.DataFrame:
    """Return how far each elasticity explains each answer, by scenario.

    Parameters
    ----------
    draws : mapping of market to draws
    """
    frames = []
    for one in solved:
        answers = {
            "quantity": one.trade[:, 0],
            "border_value": one.trade[:, 2],
            "world_net_welfare": _total(one.by_country["net"]),
            "export_hhi": one.network["export_hhi"][:, 0],
            "within_regions": one.network["within_regions"][:, 0],
        }
        for outcome, answer in answers.items():
            found = drivers(draws[one.case.base.key], answer)
            frames.append(
                found.select(pl.lit(one.case.name).alias("scenario"), pl.lit(outcome).alias("outcome"), pl.all())
            )
    return pl.concat(frames)


def _total(values: Floats) -> Floats:
    """Sum over countries; NaN where a draw has no answer."""
    unsolved = np.isnan(values).all(axis=1)
    return np.where(unsolved, np.nan, np.nansum(values, axis=1))
