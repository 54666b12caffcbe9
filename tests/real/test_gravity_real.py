"""Gravity on real magnets, 2002–2018: pyfixest's numbers on rows taken straight from the file with pandas."""

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from xenotime.networks import ppml
from xenotime.networks.gravity import AXES
from xenotime.reference import to_iso3

ROOT = Path(__file__).resolve().parents[2]


def example():
    spec = importlib.util.spec_from_file_location("magnets_tergm", ROOT / "examples" / "magnets_tergm.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def magnets(real_data):
    """Volumes among the example's countries, listed flows alone (zero where none is listed), with its covariates."""
    import polars as pl

    panel, _ = example().panel(real_data)
    raw = pl.read_csv(real_data / "trade/baci_850511_magnets_2002_2024_top.csv", infer_schema_length=None)
    raw = raw.filter(pl.col("year").is_in(list(panel.years))).with_columns(
        exporter=to_iso3(raw.filter(pl.col("year").is_in(list(panel.years)))["exporter_iso2"], "iso2"),
        importer=to_iso3(raw.filter(pl.col("year").is_in(list(panel.years)))["importer_iso2"], "iso2"),
    )
    places = {node: place for place, node in enumerate(panel.nodes)}
    values = np.zeros((panel.steps, panel.n, panel.n))
    for year, exporter, importer, usd in raw.select("year", "exporter", "importer", "value_usd").iter_rows():
        if exporter in places and importer in places:
            values[year - panel.years[0], places[exporter], places[importer]] += usd / 1000
    labels = {"year": list(panel.years), "exporter": list(panel.nodes), "importer": list(panel.nodes)}

    def cube(array):
        return xr.DataArray(array, dims=AXES, coords=labels)

    covariates = {name: cube(panel.dyad_values(name)) for name in ("alliance", "log_distance", "contiguous")}
    apart = np.abs(panel.node_values("ideal_point")[:, :, None] - panel.node_values("ideal_point")[:, None, :])
    return cube(values), covariates | {"ideal_apart": cube(apart)}


def long_frame(volumes, covariates):
    frame = volumes.to_series().rename("volume").to_frame()
    for name, each in covariates.items():
        frame[name] = each.to_numpy().ravel()
    frame = frame.reset_index()
    frame = frame[frame["exporter"] != frame["importer"]]
    frame["exporter_year"] = frame["exporter"] + frame["year"].astype(str)
    frame["importer_year"] = frame["importer"] + frame["year"].astype(str)
    frame["pair"] = frame["exporter"] + frame["importer"]
    return pd.DataFrame(frame)


def estimable(frame, effects):
    """Drop levels without trade and singletons until there are none: pyfixest goes round once only."""
    before = -1
    while len(frame) != before:
        before = len(frame)
        for effect in effects:
            groups = frame.groupby(effect)["volume"]
            frame = frame[(groups.transform("sum") > 0) & (groups.transform("size") > 1)]
    return frame


def oracle(frame, names, effects):
    pyfixest = pytest.importorskip("pyfixest", reason="the oracle of the `oracles` extra")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it drops, which is compared
        return pyfixest.fepois(
            f"volume ~ {' + '.join(names)} | {effects}", frame, vcov={"CRV1": "pair"}, iwls_tol=1e-11,
            fixef_tol=1e-11, iwls_maxiter=200, separation_check=["fe", "ir"],
        )  # fmt: skip


def test_three_way_gravity_is_pyfixests(magnets):
    volumes, covariates = magnets
    found = ppml(volumes, covariates)
    frame = estimable(long_frame(*magnets), ["exporter_year", "importer_year", "pair"])
    expected = oracle(frame, ["alliance", "ideal_apart"], "exporter_year + importer_year + pair")
    assert found.converged
    assert found.names == ("alliance", "ideal_apart")
    assert set(found.dropped) == {"log_distance", "contiguous"}
    assert found.counts["used"] == expected._N
    np.testing.assert_allclose(found.estimates, expected.coef(), atol=1e-6)
    np.testing.assert_allclose(found.to_frame()["std_error"], expected.se(), atol=1e-6)


def test_without_pair_effects_distance_says_what_gravity_says(magnets):
    volumes, covariates = magnets
    found = ppml(volumes, covariates, effects=("exporter_year", "importer_year"))
    expected = oracle(long_frame(*magnets), list(covariates), "exporter_year + importer_year")
    np.testing.assert_allclose(found.estimates, expected.coef(), atol=1e-6)
    np.testing.assert_allclose(found.to_frame()["std_error"], expected.se(), atol=1e-6)
    assert -1.5 < found.params["log_distance"] < -0.3
