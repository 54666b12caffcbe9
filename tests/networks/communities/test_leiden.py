"""Leiden: the optimum of small networks by trying all partitions, leidenalg's on larger ones, planted communities."""

import networkx as nx
import numpy as np
import pytest

from xenotime.core import generator
from xenotime.networks.communities.methods import COMMUNITY_METHODS, coupled, strengths
from xenotime.networks.communities.quality import adjusted_rand, constant_potts, modularity

igraph = pytest.importorskip("igraph", reason="an oracle, in the extra 'oracles'")
leidenalg = pytest.importorskip("leidenalg", reason="an oracle, in the extra 'oracles'")


def random_trade(n: int, density: float, seed: int, groups: int = 1, outside: float = 1.0, spread: float = 1.5):
    """Log-normal flows on random ties; those between groups thinned by `outside`."""
    random = generator(seed, "test", n)
    group = np.arange(n) % groups
    alike = np.where(group[:, None] == group, 1.0, outside)
    weight = (random.random((n, n)) < density * alike) * random.lognormal(0, spread, (n, n))
    np.fill_diagonal(weight, 0)
    return weight


def all_partitions(n: int):
    """Every partition of n things, as restricted growth strings."""
    label = np.zeros(n, dtype=int)

    def grow(i: int, most: int):
        if i == n:
            yield label.copy()
            return
        for c in range(most + 2):
            label[i] = c
            yield from grow(i + 1, max(most, c))

    yield from grow(1, 0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("method", "quality"), [("modularity", modularity), ("constant_potts", constant_potts)])
@pytest.mark.parametrize("resolution", [0.6, 1.0, 2.5])
def test_best_run_is_the_optimum_of_a_small_network(seed, method, quality, resolution):
    weight = random_trade(7, 0.5, seed)
    weight[0, 1] = weight[2, 0] = 1.0
    here = (weight.sum(axis=0) + weight.sum(axis=1)) > 0
    weight = weight[np.ix_(here, here)]
    found = COMMUNITY_METHODS[method].search(weight, resolution, np.arange(20))
    most = max(quality(weight, label, resolution) for label in all_partitions(len(weight)))
    assert COMMUNITY_METHODS[method].quality(weight, found, resolution).max() == pytest.approx(most, abs=1e-12)


@pytest.mark.parametrize("resolution", [0.5, 1.0, 2.0])
def test_modularity_is_that_of_networkx(resolution):
    weight = random_trade(40, 0.2, 3)
    label = np.arange(40) % 5
    graph = nx.from_numpy_array(weight, create_using=nx.DiGraph)
    sets = [set(np.flatnonzero(label == c).tolist()) for c in range(5)]
    wanted = nx.algorithms.community.modularity(graph, sets, weight="weight", resolution=resolution)
    assert modularity(weight, label, resolution) == pytest.approx(wanted, abs=1e-12)


def test_potts_is_that_of_leidenalg():
    weight = random_trade(40, 0.2, 3)
    label = np.arange(40) % 5
    graph = igraph.Graph.Weighted_Adjacency(weight.tolist())
    gamma = 3.0 * weight.sum() / (40 * 39)
    theirs = leidenalg.CPMVertexPartition(graph, label.tolist(), weights="weight", resolution_parameter=gamma)
    assert constant_potts(weight, label, 3.0) * weight.sum() == pytest.approx(theirs.quality(), rel=1e-10)


@pytest.mark.parametrize(("n", "density", "groups"), [(60, 0.2, 1), (200, 0.08, 1), (150, 0.1, 6)])
def test_as_good_as_leidenalg(n, density, groups):
    weight = random_trade(n, density, 5, groups, 0.4)
    graph = igraph.Graph.Weighted_Adjacency(weight.tolist())
    theirs = [
        leidenalg.find_partition(
            graph, leidenalg.ModularityVertexPartition, weights="weight", seed=seed, n_iterations=-1
        ).quality()
        for seed in range(10)
    ]
    ours = COMMUNITY_METHODS["modularity"].quality(
        weight, COMMUNITY_METHODS["modularity"].search(weight, 1.0, np.arange(10)), 1.0
    )
    assert ours.mean() > np.mean(theirs) - 0.001
    assert ours.max() > max(theirs) - 0.001


@pytest.mark.parametrize("name", COMMUNITY_METHODS)
def test_planted_communities_are_found(name):
    weight = random_trade(80, 0.8, 7, 4, 0.05, 0.5)
    found = COMMUNITY_METHODS[name].search(weight, 1.0, np.arange(5))
    for label in found:
        assert adjusted_rand(label, np.arange(80) % 4) == pytest.approx(1.0)


@pytest.mark.parametrize("name", COMMUNITY_METHODS)
def test_communities_hang_together(name):
    weight = random_trade(120, 0.03, 9)
    here = (weight.sum(axis=0) + weight.sum(axis=1)) > 0
    weight = weight[np.ix_(here, here)]
    graph = nx.from_numpy_array(weight, create_using=nx.DiGraph)
    for label in COMMUNITY_METHODS[name].search(weight, 1.0, np.arange(5)):
        for c in np.unique(label):
            assert nx.is_weakly_connected(graph.subgraph(np.flatnonzero(label == c)))


@pytest.mark.parametrize("name", COMMUNITY_METHODS)
def test_same_seeds_same_partitions(name):
    weight = random_trade(100, 0.1, 11)
    once = COMMUNITY_METHODS[name].search(weight, 1.0, np.array([4, 5]))
    assert (COMMUNITY_METHODS[name].search(weight, 1.0, np.array([4, 5])) == once).all()
    assert (COMMUNITY_METHODS[name].search(weight, 1.0, np.array([5]))[0] == once[1]).all()


def multislice(weights: np.ndarray, labels: np.ndarray, coupling: float) -> float:
    """The quality of labels (years, n), by its definition."""
    worth, turnover = 0.0, []
    for weight, label in zip(weights, labels):
        share = weight / weight.sum()
        worth += modularity(weight, label)
        turnover.append(share.sum(axis=0) + share.sum(axis=1))
    for t in range(len(weights) - 1):
        stays = (labels[t] == labels[t + 1]) & (labels[t] >= 0)
        worth += coupling * np.minimum(turnover[t], turnover[t + 1])[stays].sum()
    return worth


def test_coupled_years_reach_the_optimum_of_a_small_panel():
    weights = np.stack([random_trade(3, 0.9, seed) + 0.01 for seed in (1, 2)])
    for weight in weights:
        np.fill_diagonal(weight, 0)
    for coupling in (0.05, 0.2, 1.0):
        found = coupled(weights, strengths, 1.0, coupling, np.arange(20))
        best = max(multislice(weights, label, coupling) for label in found)
        most = max(multislice(weights, label.reshape(2, 3), coupling) for label in all_partitions(6))
        assert best == pytest.approx(most, abs=1e-12)


def test_coupled_years_are_as_good_as_leidenalgs_slices():
    base = random_trade(40, 0.25, 13, 4, 0.3)
    random = generator(2, "drift")
    weights = np.stack([base * random.lognormal(0, 0.8, base.shape) for _ in range(5)])
    shares = weights / weights.sum(axis=(1, 2), keepdims=True)
    n = 40 * 5
    kinds = []
    for t, share in enumerate(shares):
        layer = np.zeros((n, n))
        layer[t * 40 : t * 40 + 40, t * 40 : t * 40 + 40] = share
        graph = igraph.Graph.Weighted_Adjacency(layer.tolist())
        kinds.append(leidenalg.ModularityVertexPartition(graph, weights="weight"))
    bridge = np.zeros((n, n))
    turnover = shares.sum(axis=1) + shares.sum(axis=2)
    for t in range(4):
        for i in range(40):
            bridge[t * 40 + i, t * 40 + 40 + i] = 0.2 * min(turnover[t, i], turnover[t + 1, i])
    graph = igraph.Graph.Weighted_Adjacency(bridge.tolist())
    kinds.append(leidenalg.CPMVertexPartition(graph, weights="weight", resolution_parameter=0))
    best = -np.inf
    for seed in range(3):
        optimiser = leidenalg.Optimiser()
        optimiser.set_rng_seed(seed)
        for kind in kinds:
            kind.set_membership(list(range(n)))
        # Unlike ours, leidenalg's modularity is divided by each slice's weight; those are 1 here.
        optimiser.optimise_partition_multiplex(kinds, n_iterations=-1)
        best = max(best, multislice(weights, np.array(kinds[0].membership).reshape(5, 40), 0.2))
    ours = max(multislice(weights, label, 0.2) for label in coupled(weights, strengths, 1.0, 0.2, np.arange(10)))
    assert ours > best - 0.002


def test_strong_coupling_keeps_everyone_and_none_lets_go():
    weights = np.stack([random_trade(30, 0.4, seed, 3, 0.2) for seed in range(4)])
    held = coupled(weights, strengths, 1.0, 50.0, np.arange(3))
    assert (held == held[:, :1]).all()
