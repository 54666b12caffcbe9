"""The tidy table of indicators: labels, nulls, wrong requests, unknown trade, and the time it takes."""

import warnings

import numpy as np
import polars as pl
import pytest
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.networks import INDICATORS, build, dependence, indicators
from xenotime.schema import CUBE_AXES, Status


@pytest.fixture
def trade(make_flows, chain):
    return build(
        make_flows(
            (2020, "CHN", "DEU", "850511", 90.0, 9.0),
            (2020, "JPN", "DEU", "850511", 10.0, 0.1),
            (2021, "CHN", "JPN", "850511", 50.0, None),
        ),
        chain,
        "magnets",
    )


def test_table_is_tidy_and_whole(trade):
    table = indicators(trade)
    assert table.schema == {
        "stage": pl.String,
        "year": pl.Int16,
        "country": pl.String,
        "indicator": pl.String,
        "value": pl.Float64,
    }
    world = sum(one.scope == "world" for one in INDICATORS.values())
    assert table.height == 2 * (world + 3 * (len(INDICATORS) - world))
    assert table.select("stage", "year", "country", "indicator").is_duplicated().sum() == 0
    assert table["indicator"].unique(maintain_order=True).to_list() == list(INDICATORS)


def test_values_stand_beside_their_labels(trade):
    table = indicators(trade, which=["import_dependence", "trade_kusd"])
    assert table.sort("indicator", "year", "country").rows() == [
        ("magnet", 2020, "CHN", "import_dependence", None),
        ("magnet", 2020, "DEU", "import_dependence", 0.9),
        ("magnet", 2020, "JPN", "import_dependence", None),
        ("magnet", 2021, "CHN", "import_dependence", None),
        ("magnet", 2021, "DEU", "import_dependence", None),
        ("magnet", 2021, "JPN", "import_dependence", 1.0),
        ("magnet", 2020, None, "trade_kusd", 100.0),
        ("magnet", 2021, None, "trade_kusd", 50.0),
    ]


def test_default_ties_are_those_of_the_default_rule(trade):
    assert indicators(trade).equals(indicators(trade, dependence(trade)), null_equal=True)
    few = indicators(trade, dependence(trade, minimum_share=0.5), which=["ties"])
    assert few["value"].to_list() == [1.0, 1.0]


def test_axes_may_come_in_another_order(trade):
    ties = dependence(trade)
    swapped = trade.transpose("importer", "exporter", "year", "stage")
    assert indicators(swapped, ties.transpose("year", "importer", "stage", "exporter")).equals(indicators(trade, ties))


def test_wrong_requests_are_named(trade):
    with pytest.raises(InputError, match="no indicator densty"):
        indicators(trade, which=["densty"])
    ties = dependence(trade)
    with pytest.raises(InputError, match="differ on axis year: 2021"):
        indicators(trade, ties.sel(year=[2020]))
    with pytest.raises(InputError, match="differ on axis exporter: the same labels in another order"):
        indicators(trade, ties.sel(exporter=["DEU", "CHN", "JPN"]))
    with pytest.raises(InputError, match="no labels on axis stage"):
        indicators(trade, ties.drop_vars("stage"))


def test_unknown_trade_is_counted_and_warned_of(make_flows, chain):
    flows = make_flows((2020, "CHN", "DEU", "850511", 90.0, 9.0), absence="missing")
    with pytest.warns(DataWarning, match="1 pairs of countries .* have unknown trade: sums and ties are lower bounds"):
        table = indicators(build(flows, chain, "magnets"), which=["density", "unknown_pairs", "imports_kusd"])
    assert table.filter(pl.col("country").is_null()).sort("indicator")["value"].to_list() == [1.0, 1.0]
    assert table.filter(country="CHN", indicator="imports_kusd")["value"].to_list() == [None]
    assert table.filter(country="DEU", indicator="imports_kusd")["value"].to_list() == [90.0]


@pytest.mark.slow
def test_a_panel_of_140_countries_is_measured_without_a_warning():
    """Three stages, 23 years, 140 countries, density of flows a fifth."""
    rng = np.random.default_rng(1)
    shape = (3, 23, 140, 140)
    value = np.where(rng.random(shape) < 0.2, np.exp(rng.normal(5, 3, shape)), 0.0)
    value[..., range(140), range(140)] = np.nan
    status = np.where(np.isnan(value), Status.OWN, Status.KNOWN).astype(np.int8)
    countries = [f"C{k:02d}" for k in range(140)]
    trade = xr.Dataset(
        {"value_kusd": (CUBE_AXES, value), "quantity_t": (CUBE_AXES, value / 20), "status": (CUBE_AXES, status)},
        coords={
            "stage": ["upstream", "midstream", "downstream"],
            "year": range(2001, 2024),
            "exporter": countries,
            "importer": countries,
        },
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = indicators(trade)
    totals = table.filter(indicator="trade_kusd").sort("stage", "year")["value"].to_numpy()
    assert totals == pytest.approx(np.nansum(value, axis=(2, 3))[[2, 1, 0]].ravel(), rel=1e-9)
    assert set(table["indicator"]) == set(INDICATORS)
