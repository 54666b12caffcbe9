"""What the assumptions of the base are worth: every scenario at central elasticities with one of them changed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from xenotime.core import InputError
from xenotime.markets import Market, Shock, SolverError, gsim
from xenotime.studies.policy.calibration import calibrate
from xenotime.studies.policy.cases import Case, case_of
from xenotime.studies.policy.settings import PolicySettings

if TYPE_CHECKING:
    from xenotime.store import Store

SCHEMA = {
    "scenario": pl.String, "alternative": pl.String, "quantity": pl.Float64, "producer_value": pl.Float64,
    "border_value": pl.Float64, "note": pl.String,
}  # fmt: skip
CENTRAL = "as in the study"
LARGE_OWN_TRADE = "own trade as large as exports"


def alternatives(
    store: "Store", cases: Sequence[Case], settings: PolicySettings, which: dict[str, Any]
) -> pl.DataFrame:
    """Return the change of world trade on three bases, by scenario and alternative; null and a note where unsolved.

    Parameters
    ----------
    which : dict
        `source`, `version`, `hs_version`, as `calibrate` takes them.
    """
    rows = []
    with threadpool_limits(limits=1, user_api="blas"):
        for case in cases:
            rows.append((case.name, CENTRAL, *_trade(case)))
            rows.append((case.name, "linear form", *_trade(case, form="linear")))
            if case.nest == "aces":
                rows.append((case.name, "bans under CES", *_trade(case, nest="ces")))
            rows.append((case.name, "tariffs doubled", *_trade(_on(case, _tariffs_doubled(case.base.market)))))
            rows.append((case.name, "own trade absent", *_trade(_on(case, _own_trade(case.base.market, 0.0)))))
            rows.append((case.name, LARGE_OWN_TRADE, *_trade(_on(case, _own_trade(case.base.market, 1.0)))))
    rows += _recalibrated(store, cases, settings, which)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _recalibrated(
    store: "Store", cases: Sequence[Case], settings: PolicySettings, which: dict[str, Any]
) -> list[tuple[Any, ...]]:
    changed: dict[str, dict[str, Any]] = {
        "no CIF margin": {"cif_margin": 0.0},
        "CIF margin doubled": {"cif_margin": 2 * settings.cif_margin},
        "re-exports left in place": {"reexports": "none"},
        "Hong Kong made one with China": {"merge": {**settings.merge, "HKG": "CHN"}},
    }
    rows = []
    for title, changes in changed.items():
        other = settings.model_copy(update=changes)
        bases = {}
        for case in cases:
            old = case.base
            if old.key not in bases:
                bases[old.key] = calibrate(store, old.stage, old.year, settings=other, **which)
            try:
                found = _trade(case_of(case.scenario, bases[old.key], other))
            except InputError as fault:
                found = (None, None, None, str(fault).splitlines()[0])
            rows.append((case.name, title, *found))
    return rows


def _trade(case: Case, **how: Any) -> tuple[float | None, float | None, float | None, str]:
    try:
        change = gsim(
            case.shock.market, case.shock, **{"nest": case.nest if "form" not in how else None, **how}
        ).trade_change
    except (InputError, SolverError) as fault:
        return None, None, None, str(fault).splitlines()[0]
    return change["quantity"], change["producer_value"], change["border_value"], ""


def _on(case: Case, market: Market) -> Case:
    return Case(
        case.scenario, case.base, case.policy, case.policy.apply(Shock.base(market)), case.nest, case.notes
    )  # fmt: skip


def _tariffs_doubled(market: Market) -> Market:
    return _market(market, market.flows, 2 * market.tariffs)


def _own_trade(market: Market, over_exports: float) -> Market:
    flows = market.flows - np.diag(np.diag(market.flows))
    return _market(market, flows + np.diag(over_exports * flows.sum(axis=1)), market.tariffs)


def _market(market: Market, flows: np.ndarray, tariffs: np.ndarray) -> Market:
    return Market.from_arrays(
        flows, tariffs=tariffs, names=market.names, demand=market.demand, supply=market.supply,
        substitution=market.substitution, export_taxes=market.export_taxes,
        output_subsidies=market.output_subsidies,
    )  # fmt: skip
