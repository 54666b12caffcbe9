"""A case under every draw of the elasticities: what is kept of each solve, and how many failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from xenotime.core import InputError
from xenotime.markets import Equilibrium, gsim
from xenotime.markets.equilibrium import BASES
from xenotime.studies.policy.cases import Case
from xenotime.studies.policy.measures import MEASURES, Frame, found_anew, measure
from xenotime.studies.policy.mediation import by_route

Floats = NDArray[np.float64]

#: What is kept by country: name, and the column of `Equilibrium.to_frame`.
BY_COUNTRY = ("price", "composite_price", "quantity", "net")
#: Largest flows of the base that are kept draw by draw.
PAIRS = 60
#: Draws in which communities are searched for anew.
SEARCHED = 10


@dataclass(eq=False)
class Solved:
    """A case under every draw. Arrays are NaN where a draw has no answer.

    Attributes
    ----------
    case : Case
    central : Equilibrium or None
        At central elasticities; None where these have no answer.
    status : list of str
        "converged", "not converged" or "refused", by draw.
    trade : ndarray (draws, 4)
        Change of world trade on each of `markets.equilibrium.BASES`.
    by_country : dict of ndarray (draws, n)
        `BY_COUNTRY`.
    network : dict of ndarray (draws, partitions)
        Measures after the policy.
    anew : ndarray (draws searched, partitions)
        Modularity of communities found anew.
    routes : ndarray (draws, n)
        Shares of Chinese goods in the United States by last carrier, from `mediation.by_route`.
    pairs : ndarray of int (pairs, 2)
        Exporter and importer of the largest base flows.
    flows : ndarray (draws, pairs)
        Their border value after the policy, thousand USD.
    holds : ndarray (draws, quantities)
        Whether each expected sign holds (1, 0; NaN without an answer).
    """

    case: Case
    central: Equilibrium | None
    status: list[str]
    trade: Floats
    by_country: dict[str, Floats]
    network: dict[str, Floats]
    anew: Floats
    routes: Floats
    pairs: NDArray[np.int64]
    flows: Floats
    holds: Floats
    signs: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def failed(self) -> float:
        """Share of draws without an answer."""
        return float(np.mean([status != "converged" for status in self.status]))


def solve(case: Case, draws: Mapping[str, Floats], frame: Frame, seeds: Sequence[int]) -> Solved:
    """Solve a case at central elasticities and under every draw.

    Parameters
    ----------
    case : Case
    draws : mapping
        From `elasticities.draw`, or `elasticities.by_country`.
    frame : Frame
        Of the case's market.
    seeds : sequence of int
        For communities found anew, one a partition.
    """
    market = case.base.market
    count, n = len(draws["demand"]), market.n
    border = market.flows - np.diag(np.diag(market.flows))
    largest = np.argsort(-border, axis=None, kind="stable")[: min(PAIRS, int((border > 0).sum()))]
    pairs = np.column_stack(np.unravel_index(largest, border.shape))
    middle = attempt(case, None)
    found = Solved(
        case=case,
        central=middle if isinstance(middle, Equilibrium) else None,
        status=[],
        trade=np.full((count, len(BASES)), np.nan),
        by_country={name: np.full((count, n), np.nan) for name in BY_COUNTRY},
        network={name: np.full((count, len(frame.partitions)), np.nan) for name in MEASURES},
        anew=np.full((min(count, SEARCHED), len(seeds)), np.nan),
        routes=np.full((count, n), np.nan),
        pairs=pairs,
        flows=np.full((count, len(pairs)), np.nan),
        holds=np.full((count, len(case.scenario.expected)), np.nan),
    )
    if found.central is not None:
        found.signs = case.scenario.signs(found.central, year=case.policy.setting.year)
    with threadpool_limits(limits=1, user_api="blas"):
        for d in range(count):
            result = attempt(case, {name: values[d] for name, values in draws.items()})
            if isinstance(result, str):
                found.status.append(result)
                continue
            found.status.append(result.status)
            if result.converged:
                _keep(found, d, result, frame, seeds)
    return found


def attempt(case: Case, drawn: Mapping[str, float] | None) -> Equilibrium | str:
    """Solve a case at drawn elasticities (None: the central ones); without an answer, say why in a word."""
    shock = case.shock if drawn is None else case.shock.with_elasticities(**drawn)
    if case.nest == "ces" and shock.unsteady.any():
        return "refused"  # prices and welfare of a ban that have no bound would drown all other draws
    try:
        result = gsim(shock.market, shock, nest=case.nest, throw=False)
    except InputError:  # a request that cannot be, at these elasticities
        return "refused"
    return result if drawn is not None or result.converged else result.status


def _keep(found: Solved, d: int, result: Equilibrium, frame: Frame, seeds: Sequence[int]) -> None:
    change = result.trade_change
    found.trade[d] = [change[basis] for basis in BASES]
    found.by_country["price"][d] = result.prices
    found.by_country["composite_price"][d] = result.composite_prices
    found.by_country["quantity"][d] = result.quantities
    found.by_country["net"][d] = result.welfare["net"].to_numpy()
    border = result.flows.border - np.diag(np.diag(result.flows.border))
    for name, values in measure(border, frame).items():
        found.network[name][d] = values
    found.routes[d] = by_route(border, frame.names)
    if d < len(found.anew):
        found.anew[d] = found_anew(border, seeds)
    found.flows[d] = border[found.pairs[:, 0], found.pairs[:, 1]]
    found.holds[d] = found.case.scenario.signs(result, year=found.case.policy.setting.year)["holds"].to_numpy()
