"""Thresholds, backbones and centralities against numpy and networkx."""

import networkx as nx
import numpy as np
import pytest
import xarray as xr
from event_worlds import counts_of, drawn

from xenotime import geopolitics as geo
from xenotime.core import DataWarning, InputError
from xenotime.networks import RULES


def cube(*layers, names=None):
    names = names or [f"C{k:02d}" for k in range(len(layers[0]))]
    values = np.array(layers, dtype=float)
    values[:, np.arange(len(names)), np.arange(len(names))] = np.nan
    return xr.DataArray(
        values, coords={"year": range(2001, 2001 + len(layers)), "actor": names, "target": names},
        dims=("year", "actor", "target"), name="conflict",
    )  # fmt: skip


@pytest.fixture
def network():
    rng = np.random.default_rng(3)
    layers = np.where(rng.random((3, 12, 12)) < 0.5, np.exp(rng.normal(1, 1, (3, 12, 12))), 0.0)
    layers = layers + layers.swapaxes(1, 2)
    layers[1] *= 7
    layers[2, 4, :] = layers[2, :, 4] = np.nan
    return cube(*layers)


def test_levels(network):
    tie = geo.threshold(network, 3.0)
    known = network.notnull().values
    assert np.isnan(tie.values[~known]).all()
    np.testing.assert_array_equal(tie.values[known], (network.values >= 3)[known])
    by_year = geo.threshold(network, {2001: 3.0, 2002: 21.0, 2003: 3.0})
    np.testing.assert_array_equal(by_year.sel(year=2001), tie.sel(year=2001))
    np.testing.assert_array_equal(by_year.sel(year=2002).values[known[1]], (network.values[1] >= 21)[known[1]])
    assert by_year.attrs["levels"] == {2001: 3.0, 2002: 21.0, 2003: 3.0}
    assert (geo.threshold(network, 0.0).values[known] == (network.values > 0)[known]).all()


def test_percentiles(network):
    yearly = geo.threshold(network, percentile=75)
    for year, layer in zip(network["year"].values, network.values, strict=True):
        level = np.percentile(layer[layer > 0], 75)
        assert yearly.attrs["levels"][int(year)] == pytest.approx(level)
        assert np.nansum(yearly.sel(year=year)) == (layer >= level).sum()
    pooled = geo.threshold(network, percentile=75, pooled=True)
    level = np.percentile(network.values[network.values > 0], 75)
    assert list(pooled.attrs["levels"].values()) == pytest.approx([level] * 3)
    every = geo.threshold(network, percentile=75, among="all", pooled=True)
    known = network.values[network.notnull().values]
    assert list(every.attrs["levels"].values()) == pytest.approx([np.percentile(known, 75)] * 3)
    assert "75th percentile of positive weights, all years pooled" in pooled.attrs["choices"][-1]


def test_a_level_that_one_event_reaches_is_said():
    made = geo.event_networks(counts_of([(2001, "USA", "CHN", "042", 30), (2001, "JPN", "CHN", "042", 1)]))
    one = made["cooperation"].attrs["one_event"][2001]
    assert one == pytest.approx(np.log1p(1e5 / 31))
    with pytest.warns(DataWarning, match="One event is enough for a tie in 2001"):
        geo.threshold(made["cooperation"], one)
    assert np.nansum(geo.threshold(made["cooperation"], one * 1.1)) == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "a level or a percentile"),
        ({"level": 1.0, "percentile": 5}, "a level or a percentile"),
        ({"percentile": 101}, "percentile 101"),
        ({"percentile": 50, "among": "some"}, "among 'some'"),
        ({"level": {2001: 1.0}}, "no level for 2002, 2003"),
    ],
)
def test_levels_that_cannot_be(network, asked, said):
    with pytest.raises(InputError, match=said):
        geo.threshold(network, **asked)


def test_backbone_by_hand_and_by_the_rule(network):
    star = cube([[0, 90, 5, 5], [90, 0, 0, 0], [5, 0, 0, 0], [5, 0, 0, 0]])
    kept = geo.backbone(star, alpha=0.05)
    # C00 has three partners: (1 - 0.9)^2 = 0.01 < 0.05, (1 - 0.05)^2 = 0.9; the others have one, which tests nothing.
    assert kept.sel(actor="C00", target="C01").item() == 90
    assert kept.sel(actor="C02", target="C00").item() == 0
    made = geo.backbone(network, alpha=0.3)
    flow = np.nan_to_num(network.values)
    expected = np.where(RULES["disparity_filter"].compute(flow, np.array(0.3)), flow, 0)
    np.testing.assert_array_equal(np.nan_to_num(made.values), expected)
    np.testing.assert_array_equal(np.isnan(made), np.isnan(network))
    np.testing.assert_array_equal(made.values, made.values.swapaxes(1, 2))
    assert 0 < (made > 0).sum() < (network > 0).sum()
    assert "alpha = 0.3" in " ".join(made.attrs["choices"])
    for wrong in (network - 5, network):
        with pytest.raises(InputError, match="alpha"):
            geo.backbone(wrong, alpha=0.05 if wrong is not network else 0.0)


def test_centralities_against_networkx(network):
    made = geo.centralities(network)
    for year in (2001, 2002, 2003):
        layer = network.sel(year=year).to_pandas()
        layer = layer.dropna(how="all").dropna(axis=1, how="all").fillna(0)
        graph = nx.from_pandas_adjacency(layer)
        here = made.sel(year=year, country=list(layer.index))
        strength, vector = dict(graph.degree(weight="weight")), nx.eigenvector_centrality_numpy(graph, weight="weight")
        for country in graph:
            assert here["degree"].sel(country=country).item() == pytest.approx(nx.degree_centrality(graph)[country])
            expected = strength[country] / max(strength.values())
            assert here["strength"].sel(country=country).item() == pytest.approx(expected)
            expected = abs(vector[country]) / max(map(abs, vector.values()))
            assert here["eigenvector"].sel(country=country).item() == pytest.approx(expected, abs=1e-6)
    assert made.sel(year=2003, country="C04").to_array().isnull().all()


def test_directed_thresholded_and_undefined():
    network = cube([[0, 4, 1], [0, 0, 2], [0, 0, 0]], np.zeros((3, 3)), np.full((3, 3), np.nan))
    made = geo.centralities(network, which=tuple(geo.CENTRALITIES), threshold=2.0)
    here = made.sel(year=2001)
    np.testing.assert_allclose(here["out_degree"], [0.5, 0.5, 0])
    np.testing.assert_allclose(here["in_degree"], [0, 0.5, 0.5])
    np.testing.assert_allclose(here["degree"], [0.25, 0.5, 0.25])
    np.testing.assert_allclose(here["out_strength"], [1, 0.5, 0])
    np.testing.assert_allclose(here["strength"], [4 / 6, 1, 2 / 6])
    assert (made.sel(year=2002).to_array() == 0).all()
    assert made.sel(year=2003).to_array().isnull().all()
    assert "weight of at least 2" in made.attrs["choices"][0]


def test_centralities_that_cannot_be(network):
    with pytest.raises(InputError, match="negative weights"):
        geo.centralities(geo.event_networks(drawn(1), transform="residual")["conflict"])
    with pytest.raises(InputError, match="no centrality 'pagerank'"):
        geo.centralities(network, which=["pagerank"])
    with pytest.raises(InputError, match="threshold 0"):
        geo.centralities(network, threshold=0)


@pytest.mark.parametrize(
    "ask",
    [lambda given: geo.threshold(given, 1.0), geo.backbone, geo.centralities],
    ids=["threshold", "backbone", "centralities"],
)
def test_a_set_of_networks_or_another_array_is_no_network(ask, network):
    with pytest.raises(InputError, match="choose one of them"):
        ask(geo.event_networks(drawn(2)))
    with pytest.raises(InputError, match="not a network over year, actor, target"):
        ask(network.isel(year=0))


def test_a_level_is_a_number(network):
    with pytest.raises(InputError, match="level nan"):
        geo.threshold(network, float("nan"))


def test_one_centrality_may_be_named_without_a_list(network):
    assert list(geo.centralities(network, "degree").data_vars) == ["degree"]
