"""Indicators against networkx and igraph, on random networks: sparse and dense, connected or not, equal values too."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xenotime.networks import INDICATORS

EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True)
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@st.composite
def networks(draw):
    """Ties and values over 3 to 12 countries."""
    n = draw(st.integers(3, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    value = np.exp(rng.normal(5, draw(st.sampled_from([0.0, 1.0, 3.0])), (n, n)))
    ties = rng.random((n, n)) < draw(st.sampled_from([0.05, 0.15, 0.4, 0.9]))
    np.fill_diagonal(ties, False)
    np.fill_diagonal(value, np.nan)
    return ties, value


def measure(name, ties, value):
    arrays = {"ties": ties, "value_kusd": value, "known": ~np.isnan(value)}
    return INDICATORS[name].function(*(arrays[need] for need in INDICATORS[name].needs))


def graph(ties, value=None):
    made = nx.DiGraph()
    made.add_nodes_from(range(len(ties)))
    for i, j in zip(*np.nonzero(ties)):
        made.add_edge(int(i), int(j), weight=1.0 if value is None else float(value[i, j]))
    return made


def by_node(found, n):
    return np.array([found[node] for node in range(n)])


NODES = {
    "out_degree_centrality": nx.out_degree_centrality,
    "in_degree_centrality": nx.in_degree_centrality,
    "degree_centrality": nx.degree_centrality,
    "betweenness": nx.betweenness_centrality,
    "pagerank": lambda g: nx.pagerank(g, tol=1e-14, max_iter=10_000),
    "cheirank": lambda g: nx.pagerank(g.reverse(), tol=1e-14, max_iter=10_000),
}


@pytest.mark.parametrize("name", NODES)
@given(network=networks())
@EXAMPLES
def test_countries_as_networkx(name, network):
    ties, value = network
    assume(ties.any())
    np.testing.assert_allclose(measure(name, ties, value), by_node(NODES[name](graph(ties, value)), len(ties)), **CLOSE)


ZERO_WHERE_UNDEFINED = {
    "clustering": nx.clustering,
    "weighted_clustering": lambda g: nx.clustering(g, weight="weight"),
    "closeness_in": nx.closeness_centrality,
    "closeness_out": lambda g: nx.closeness_centrality(g.reverse()),
}


@pytest.mark.parametrize("name", ZERO_WHERE_UNDEFINED)
@given(network=networks())
@EXAMPLES
def test_countries_as_networkx_which_writes_zero_where_we_write_null(name, network):
    ties, value = network
    found = measure(name, ties, value)
    wanted = by_node(ZERO_WHERE_UNDEFINED[name](graph(ties, value)), len(ties))
    np.testing.assert_allclose(np.nan_to_num(found), wanted, **CLOSE)


@given(network=networks())
@EXAMPLES
def test_world_as_networkx(network):
    ties, value = network
    assume(ties.any())
    made = graph(ties, value)
    assert measure("density", ties, value) == pytest.approx(nx.density(made))
    assert measure("reciprocity", ties, value) == pytest.approx(nx.overall_reciprocity(made))
    lengths = [
        steps
        for source, found in nx.all_pairs_shortest_path_length(made)
        for node, steps in found.items()
        if node != source
    ]
    assert measure("average_path_length", ties, value) == pytest.approx(np.mean(lengths))
    assert measure("reachable_share", ties, value) == pytest.approx(len(lengths) / (len(ties) * (len(ties) - 1)))
    if nx.is_strongly_connected(made):
        assert measure("average_path_length", ties, value) == pytest.approx(nx.average_shortest_path_length(made))


@given(network=networks())
@EXAMPLES
def test_assortativity_as_networkx(network):
    ties, value = network
    found = measure("degree_assortativity", ties, value)
    assume(not np.isnan(found))
    assert found == pytest.approx(nx.degree_assortativity_coefficient(graph(ties)), abs=1e-9)


@given(network=networks())
@EXAMPLES
def test_weighted_reciprocity_by_counting_pairs(network):
    """Squartini et al., eq. 5: reciprocated over total weight, summed pair by pair."""
    _, value = network
    n = len(value)
    mutual = sum(2 * min(value[i, j], value[j, i]) for i in range(n) for j in range(i))
    assert measure("weighted_reciprocity", value > 0, value) == pytest.approx(mutual / np.nansum(value))


@given(network=networks())
@EXAMPLES
def test_hubs_and_authorities_as_singular_vectors(network):
    ties, value = network
    weight = np.where(ties, value, 0.0)
    left, strength, right = np.linalg.svd(weight)
    assume(strength[0] > 0 and strength[1] < strength[0] * 0.999)
    np.testing.assert_allclose(measure("hubs", ties, value), np.abs(left[:, 0]) / np.abs(left[:, 0]).sum(), **CLOSE)
    wanted = np.abs(right[0]) / np.abs(right[0]).sum()
    np.testing.assert_allclose(measure("authorities", ties, value), wanted, **CLOSE)
    hubs, authorities = nx.hits(graph(ties, value), tol=1e-15)
    np.testing.assert_allclose(measure("hubs", ties, value), by_node(hubs, len(ties)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        measure("authorities", ties, value), by_node(authorities, len(ties)), rtol=1e-6, atol=1e-6
    )


@given(network=networks())
@EXAMPLES
def test_eigenvectors_as_networkx_where_strongly_connected(network):
    ties, value = network
    made = graph(ties, value)
    assume(nx.is_strongly_connected(made))
    for name, view in (
        ("eigenvector_importer", made),
        ("eigenvector_exporter", made.reverse()),
        ("eigenvector", graph(ties | ties.T, np.where(ties, value, 0) + np.where(ties, value, 0).T)),
    ):
        wanted = by_node(nx.eigenvector_centrality_numpy(view, weight="weight"), len(ties))
        np.testing.assert_allclose(measure(name, ties, value), wanted, **CLOSE)


@given(network=networks())
@EXAMPLES
def test_eigenvector_is_where_the_power_iteration_of_networkx_ends(network):
    """On networks of any shape: x ← (Wᵀ + I)x from equal x, if that settles within 20,000 steps."""
    ties, value = network
    weight = np.where(ties, value, 0.0)
    found = measure("eigenvector_importer", ties, value)
    assume(not np.isnan(found).any())
    weight /= weight.max()
    x = np.full(len(ties), 1.0)
    for _ in range(20_000):
        onward = weight.T @ x + x
        onward /= np.linalg.norm(onward)
        if np.abs(onward - x).max() < 1e-15:
            break
        x = onward
    else:
        assume(False)
    # An iteration that creeps stops short of its limit; compare where it moved fast.
    assume(np.abs(weight.T @ x - (x @ weight.T @ x) * x).max() < 1e-12)
    np.testing.assert_allclose(found, x, rtol=1e-6, atol=1e-6)


@given(network=networks())
@EXAMPLES
def test_as_igraph(network):
    igraph = pytest.importorskip("igraph", reason="igraph is an oracle, in the extra 'oracles'")
    ties, value = network
    assume(ties.any())
    made = igraph.Graph(len(ties), [(int(i), int(j)) for i, j in zip(*np.nonzero(ties))], directed=True)
    made.es["weight"] = value[ties].tolist()
    n = len(ties)
    np.testing.assert_allclose(
        measure("betweenness", ties, value), np.array(made.betweenness()) / ((n - 1) * (n - 2)), **CLOSE
    )
    np.testing.assert_allclose(
        measure("pagerank", ties, value), made.pagerank(weights="weight", implementation="prpack"), **CLOSE
    )
    assert measure("reciprocity", ties, value) == pytest.approx(made.reciprocity())
    assert measure("average_path_length", ties, value) == pytest.approx(made.average_path_length(unconn=True))
