"""A scenario as two networks, before it and after it, one after a draw of the elasticities: what `compare` takes."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from xenotime.markets import Equilibrium, SolverError
from xenotime.networks import with_flows
from xenotime.studies.policy import elasticities
from xenotime.studies.policy.cases import Asked, cases
from xenotime.studies.policy.settings import PolicySettings
from xenotime.studies.policy.solve import attempt

if TYPE_CHECKING:
    from xenotime.store import Store


def scenario_networks(
    store: "Store", scenario: Asked, *, settings: PolicySettings | None = None, **which: Any
) -> tuple[xr.Dataset, xr.Dataset]:
    """Return the base of a scenario's market and what the scenario makes of it, draw by draw.

    Parameters
    ----------
    store : Store
    scenario : str, Path or Scenario
        A name of the library, the path of a YAML file, or a scenario read already; its chain, stage and base year
        name the market.
    settings : PolicySettings, optional
        Its `draws` and `seed` among them.
    **which
        `source`, `version`, `hs_version`: which data to use where the store holds several.

    Returns
    -------
    before : xarray.Dataset
        The base's trade, as published or as the settings adjust it (CIF); one stage, one year.
    after : xarray.Dataset
        With a leading axis `draw`: border values after the scenario, one for each draw of the elasticities that has an
        answer. Draws are those of `policy` with these settings; the base is the same in all.

    Raises
    ------
    InputError
        The scenario cannot be solved on what the store holds.
    SolverError
        Fewer than two draws have an answer.
    """
    chosen = settings or PolicySettings.read()
    ((case,), _) = cases(store, chosen, scenarios=(scenario,), **which)
    drawn = elasticities.draw(case.base.elasticities, chosen.draws, chosen.seed)
    found = []
    with threadpool_limits(limits=1, user_api="blas"):
        for d in range(chosen.draws):
            result = attempt(case, {name: values[d] for name, values in drawn.items()})
            if isinstance(result, Equilibrium) and result.converged:
                found.append(result.flows.border)
    if len(found) < 2:
        raise SolverError(
            f"{len(found)} of {chosen.draws} draws of the elasticities have an answer",
            where=f"scenario {case.name}",
            remedy="ask for more draws, or narrow the elasticities",
        )
    return case.base.trade, with_flows(case.base.trade, np.stack(found)[:, None, None])
