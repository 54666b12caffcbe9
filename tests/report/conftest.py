"""A made-up study with the size and shape of a real one: three stages, 40 countries, 8 years, some of them unknown."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import xarray as xr

from xenotime import reference
from xenotime.core import Provenance
from xenotime.schema import CUBE_AXES, Status
from xenotime.studies import TradeStudy

LABELS = (
    "CHN JPN USA DEU KOR VNM MYS AUS THA PHL IND MEX FRA GBR ITA NLD BEL AUT CHE ESP POL CZE HUN SWE DNK FIN EST TWN "
    "HKG SGP IDN MMR LAO RUS KAZ BRA CAN ZAF TUR ISR"
)
COUNTRIES = LABELS.split()
STAGES = ("upstream", "midstream", "downstream")
YEARS = tuple(range(2016, 2024))
#: Makers and their weight, by stage.
MAKERS = {
    "upstream": {"MMR": 9, "AUS": 6, "USA": 5, "LAO": 3, "RUS": 1, "BRA": 0.6, "IND": 0.5, "CHN": 0.4},
    "midstream": {
        "CHN": 9,
        "MYS": 4,
        "JPN": 2.5,
        "VNM": 1.5,
        "FRA": 1.2,
        "EST": 0.8,
        "THA": 0.8,
        "USA": 0.6,
        "IND": 0.5,
    },
    "downstream": {"CHN": 30, "JPN": 5, "VNM": 3, "PHL": 2.6, "DEU": 2.4, "USA": 1, "KOR": 0.8, "THA": 0.7, "FIN": 0.4},
}
WORLD_KUSD = {"upstream": 9e5, "midstream": 2.4e6, "downstream": 5.2e6}


def values(rng: np.random.Generator) -> np.ndarray:
    """Flows of a rough gravity: maker times market times noise, some pairs cut, own trade NaN."""
    n = len(COUNTRIES)
    market = rng.lognormal(0, 1.1, n) * np.where(np.isin(COUNTRIES, ["CHN", "JPN", "USA", "DEU", "KOR", "VNM"]), 6, 1)
    pair = rng.lognormal(0, 1.2, (n, n))
    cube = np.zeros((3, len(YEARS), n, n))
    for s, stage in enumerate(STAGES):
        makes = np.array([MAKERS[stage].get(iso3, 0.01) for iso3 in COUNTRIES])
        for t in range(len(YEARS)):
            rising = np.where(np.array(COUNTRIES) == "CHN", 0.5 + t / len(YEARS), 1)
            flow = np.outer(makes * rising, market) * pair * rng.lognormal(0, 0.25, (n, n))
            np.fill_diagonal(flow, 0)
            flow[flow < np.quantile(flow, 0.55)] = 0
            cube[s, t] = flow / flow.sum() * WORLD_KUSD[stage] * (0.5 + t / len(YEARS) + (1.2 if t == 4 else 0))
            np.fill_diagonal(cube[s, t], np.nan)
    return cube


def measured(value: np.ndarray) -> pl.DataFrame:
    """World HHI of exporters, density and reciprocity, by plain NumPy."""
    rows = []
    for s, stage in enumerate(STAGES):
        for t, year in enumerate(YEARS):
            flow = np.nan_to_num(value[s, t])
            known = flow.sum() > 0
            share = flow.sum(axis=1) / flow.sum() if known else np.array([np.nan])
            ties = flow > 0
            for name, number in (
                ("export_hhi", float((share**2).sum())),
                ("density", float(ties.mean())),
                ("reciprocity", float((ties & ties.T).sum() / max(ties.sum(), 1))),
            ):
                rows.append((stage, year, None, name, number if known else None))
    types = {"stage": pl.String, "year": pl.Int64, "country": pl.String, "indicator": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=types, orient="row")


def make(value: np.ndarray, **changes: Any) -> TradeStudy:
    """Wrap flows (stage, year, exporter, importer) in a study; ties are import shares of at least 5 %."""
    labels = {"stage": list(STAGES), "year": list(YEARS), "exporter": COUNTRIES, "importer": COUNTRIES}
    status = np.where(np.isnan(value), Status.MISSING, Status.KNOWN).astype("int8")
    status[..., np.arange(len(COUNTRIES)), np.arange(len(COUNTRIES))] = Status.OWN
    trade = xr.Dataset({"value_kusd": (CUBE_AXES, value), "status": (CUBE_AXES, status)}, coords=labels)
    trade.attrs = {"chain": "rare_earths", "staging": "by_origin", "warnings": [], "reconstructed": False}
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(value) / np.nansum(value, axis=2, keepdims=True)
    ties = xr.DataArray(np.nan_to_num(share) >= 0.05, dims=CUBE_AXES, coords=labels)
    study = TradeStudy(
        sorting=reference.chain("rare_earths").staging("by_origin").model_dump(mode="json"),
        chain="rare_earths",
        title="Rare earths",
        staging="by_origin",
        stages=STAGES,
        stage_titles=("Concentrate and unseparated compounds", "Separated compounds and metals", "Permanent magnets"),
        years=YEARS,
        trade=trade,
        ties=ties,
        rule="import_share",
        rule_formula="w_ij / s_j^in ≥ 0.05",
        indicators=measured(value),
        headline="China shipped 62 % of the made-up world's magnets in 2023.",
        findings=("Upstream: made up.", "Midstream: made up.", "Downstream: made up."),
        caveats=("All numbers here are made up.",),
        provenance=(
            Provenance(
                "made_up", "V1", "observed", (2016, 2023), "Made & <up>", "A, B & C (2026)", "CC0", "a note <b>"
            ),
        ),
        reconstructed=False,
    )
    return replace(study, **changes)


@pytest.fixture(scope="session")
def maker() -> Callable[..., TradeStudy]:
    return make


@pytest.fixture(scope="session")
def flows() -> np.ndarray:
    return values(np.random.default_rng(7))


@pytest.fixture(scope="session")
def study(flows: np.ndarray) -> TradeStudy:
    """Midstream 2018 and 2019 are unknown."""
    value = flows.copy()
    value[1, 2:4] = np.nan
    return make(value)


@pytest.fixture(scope="session")
def extract(study: TradeStudy) -> TradeStudy:
    """The same flows out of an extract: every pair without a flow is cut, not zero."""
    status = study.trade["status"]
    cut = (status == Status.KNOWN) & (study.trade["value_kusd"] == 0)
    return replace(study, trade=study.trade.assign(status=status.where(~cut, np.int8(Status.CUT))))


@pytest.fixture(scope="session")
def one_stage(study: TradeStudy) -> TradeStudy:
    return replace(
        study,
        stages=study.stages[2:],
        stage_titles=study.stage_titles[2:],
        trade=study.trade.sel(stage=["downstream"]),
        ties=study.ties.sel(stage=["downstream"]),
    )


@pytest.fixture(scope="session")
def one_year(study: TradeStudy) -> TradeStudy:
    return replace(study, years=(2023,), trade=study.trade.sel(year=[2023]), ties=study.ties.sel(year=[2023]))
