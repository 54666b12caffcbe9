"""Panels: what is refused and how it is named, entry and exit, unknown dyads, other shapes."""

import networkx as nx
import numpy as np
import polars as pl
import pytest
import xarray as xr
from tergm_panels import random_panel

from xenotime.core import InputError
from xenotime.tergm import Panel, fit, model_of, statistics


def test_a_weight_is_not_a_tie():
    ties = np.zeros((2, 3, 3))
    ties[1, 0, 2] = 3.5
    with pytest.raises(InputError, match=r"2006: CHN → USA.*not 3.5"):
        Panel.from_arrays(ties, years=[2005, 2006], nodes=["CHN", "JPN", "USA"])


def test_undirected_ties_must_be_symmetric_and_direction_is_never_guessed():
    ties = np.zeros((1, 3, 3))
    ties[0, 0, 1] = 1
    with pytest.raises(InputError, match="1: 1 – 2: the network is not symmetric"):
        Panel.from_arrays(ties, directed=False)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"nodes": ["a", "b"]}, "2 nodes are named, but the ties have 3"),
        ({"nodes": ["a", "b", "a"]}, "named twice: a"),
        ({"years": [2]}, "1 years are named"),
        ({"years": [3, 2]}, "not in order"),
        ({"node_covariates": {"gdp": [1, 2]}}, r"'gdp' has shape \(2,\)"),
        ({"dyad_covariates": {"w": np.array([["x"] * 3] * 3)}}, "'w' holds"),
    ],
)
def test_what_does_not_fit_is_named(given, match):
    with pytest.raises(InputError, match=match):
        Panel.from_arrays(np.zeros((2, 3, 3)), **given)


def test_a_tie_of_a_node_that_does_not_exist_is_refused():
    ties = np.zeros((2, 3, 3))
    ties[0, 0, 1] = 1
    exists = np.array([[True, False, True], [True, True, True]])
    with pytest.raises(InputError, match="SSD has a tie in 2010, when it does not exist"):
        Panel.from_arrays(ties, years=[2010, 2011], nodes=["A", "SSD", "C"], exists=exists)


def test_a_dyad_counts_where_both_ends_exist_now_and_at_every_lag_and_the_past_is_known():
    n, years = 6, 4
    rng = np.random.default_rng(0)
    ties = (rng.random((years, n, n)) < 0.4).astype(float)
    exists = np.ones((years, n), bool)
    exists[0, 5] = False
    exists[3, 4] = False
    ties[~(exists[:, :, None] & exists[:, None, :])] = 0
    ties[2, 0, 1] = np.nan
    risk = np.ones((n, n), bool)
    risk[3, :] = False
    panel = Panel.from_arrays(ties, exists=exists, risk=risk)
    rows = model_of("edges + memory('stability')", panel)
    counted = [rows.counted(step).sum() for step in rows.steps]
    pairs = lambda alive: alive * (alive - 1) - (alive - 1)  # without what node 3 may send  # noqa: E731
    # Year 2: node 5 was not there before. Year 3: one dyad unknown. Year 4: node 4 gone, and 0 ↔ 1 unknown before.
    assert counted == [pairs(5), pairs(6) - 1, pairs(5) - 2]
    assert model_of("edges", panel).counted(0).sum() == pairs(5)


def test_statistics_see_only_nodes_that_exist():
    exists = np.array([[True, True, False]])
    panel = Panel.from_arrays(np.zeros((1, 3, 3)), exists=exists)
    found = statistics("isolates + idegree(0) + density", panel)
    assert found.row(0) == (1, 2.0, 2.0, 0.0)


def test_categories_are_those_of_all_years():
    """btergm pads wrongly where a level is absent in a year."""
    rng = np.random.default_rng(3)
    region = np.array([["a", "b", "a", "b", "a"], ["a", "b", "c", "b", "a"]])
    panel = Panel.from_arrays(rng.random((2, 5, 5)) < 0.5, node_covariates={"region": region})
    assert model_of("nodeofactor('region')", panel).names == ("nodeofactor.region.b", "nodeofactor.region.c")
    assert fit("edges + nodeofactor('region', levels=3)", panel).notes[0].startswith("nodeofactor.region.c is zero")


def test_xarray_labels_are_matched_not_positions():
    panel = random_panel()
    nodes = list(panel.nodes)
    ties = xr.DataArray(
        panel.ties,
        dims=("year", "exporter", "importer"),
        coords={"year": list(panel.years), "exporter": nodes, "importer": nodes},
    )
    w = xr.DataArray(panel.dyad_values("w"), dims=ties.dims, coords=ties.coords)
    gdp = xr.DataArray(np.arange(12.0), dims=("country",), coords={"country": nodes})
    other = Panel.from_xarray(
        ties.isel(importer=slice(None, None, -1)),
        w=w.isel(exporter=slice(None, None, -1)),
        gdp=gdp.isel(country=slice(None, None, -1)),
    )
    np.testing.assert_array_equal(other.ties, panel.ties)
    np.testing.assert_array_equal(other.dyad_values("w"), panel.dyad_values("w"))
    np.testing.assert_array_equal(other.node_values("gdp")[2], np.arange(12.0))
    with pytest.raises(InputError, match=r"'gdp' \(country\).*missing: n0; unknown: XXX"):
        Panel.from_xarray(ties, gdp=gdp.assign_coords(country=["XXX", *nodes[1:]]))


def test_networkx_and_polars_give_the_same_panel():
    panel = random_panel(n=5)
    graphs = {}
    for step, year in enumerate(panel.years):
        graph = nx.DiGraph()
        graph.add_nodes_from((node, {"x": step}) for node in panel.nodes)
        graph.add_edges_from((panel.nodes[i], panel.nodes[j]) for i, j in np.argwhere(panel.ties[step] == 1))
        graphs[year] = graph
    from_graphs = Panel.from_networkx(graphs)
    rows = [(panel.years[t], panel.nodes[i], panel.nodes[j]) for t, i, j in np.argwhere(panel.ties == 1)]
    ties = pl.DataFrame(rows, schema=["year", "sender", "receiver"], orient="row")
    nodes = pl.DataFrame(
        [(y, v, 1.0) for y in panel.years for v in panel.nodes], schema=["year", "node", "x"], orient="row"
    )
    from_frames = Panel.from_polars(ties, nodes=nodes)
    for made in (from_graphs, from_frames):
        np.testing.assert_array_equal(made.ties, panel.ties)
        assert made.nodes == panel.nodes
        assert made.years == panel.years
    with pytest.raises(InputError, match="n9"):
        Panel.from_polars(
            pl.concat([ties, pl.DataFrame({"year": [2001], "sender": ["n9"], "receiver": ["n0"]})]), nodes=nodes
        )
