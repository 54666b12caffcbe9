"""Distributions of networks against networkx and plain matrix algebra."""

import networkx as nx
import numpy as np
import pytest

from xenotime.tergm.census import TRIADS, communities, network_counts


def networks(n, density, directed=True, count=4, seed=0):
    rng = np.random.default_rng([seed, n])
    drawn = (rng.random((count, n, n)) < density).astype(np.uint8)
    drawn[:, range(n), range(n)] = 0
    return drawn if directed else np.triu(drawn) | np.triu(drawn).transpose(0, 2, 1)


CASES = [(9, 0.3), (30, 0.12), (64, 0.04), (70, 0.03), (5, 0.0), (6, 1.0)]


@pytest.mark.parametrize(("n", "density"), CASES)
@pytest.mark.parametrize("directed", [True, False])
def test_counts_are_networkxs(n, density, directed):
    drawn = networks(n, density, directed)
    found = network_counts(drawn, directed)
    pairs = 1 if directed else 2
    for s, ties in enumerate(drawn):
        graph = nx.from_numpy_array(ties, create_using=nx.DiGraph if directed else nx.Graph)
        if directed:
            census = nx.triadic_census(graph)
            assert found["triad census"][s].tolist() == [census[name] for name in TRIADS]
            degrees = {"out-degree": graph.out_degree, "in-degree": graph.in_degree}
        else:
            triples = [ties[np.ix_(t, t)].sum() // 2 for t in _triples(n)] if n < 35 else None
            if triples is not None:
                assert found["triad census"][s].tolist() == np.bincount(triples, minlength=4).tolist()
            degrees = {"degree": graph.degree}
        for name, degree in degrees.items():
            expected = np.bincount([d for _, d in degree], minlength=n)
            assert found[name][s].tolist() == expected.tolist()
        lengths = dict(nx.all_pairs_shortest_path_length(graph))
        far = [lengths[i].get(j, n) for i in range(n) for j in range(n) if i != j]
        assert found["geodesic distance"][s].tolist() == (np.bincount(far, minlength=n + 1)[1:] // pairs).tolist()
        shared = (ties.astype(int) @ ties)[~np.eye(n, dtype=bool)]
        tied = ties[~np.eye(n, dtype=bool)] > 0
        for name, values in (("dyad-wise", shared), ("edge-wise", shared[tied])):
            expected = np.bincount(values, minlength=n - 1) // pairs
            assert found[f"{name} shared partners"][s].tolist() == expected.tolist()
        if graph.number_of_edges():
            member = communities(ties)
            parts = [set(np.flatnonzero(member == k).tolist()) for k in np.unique(member)]
            assert found["modularity"][s, 0] == pytest.approx(nx.community.modularity(graph, parts))


def _triples(n):
    return [[i, j, k] for i in range(n) for j in range(i + 1, n) for k in range(j + 1, n)]


def test_communities_find_planted_groups_and_stay_near_louvain():
    rng = np.random.default_rng(1)
    group = np.repeat(range(4), 12)
    chance = np.where(group[:, None] == group[None, :], 0.5, 0.02)
    ties = (rng.random((48, 48)) < chance).astype(np.uint8)
    np.fill_diagonal(ties, 0)
    member = communities(ties)
    assert len(set(zip(group.tolist(), member.tolist(), strict=True))) == len(set(member.tolist())) == 4
    for drawn in networks(60, 0.06):
        graph = nx.from_numpy_array(drawn, create_using=nx.DiGraph)
        louvain = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=1))
        assert network_counts(drawn[None], True)["modularity"][0, 0] > 0.9 * louvain
