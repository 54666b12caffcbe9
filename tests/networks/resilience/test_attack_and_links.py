"""Attacks and links against networkx, and by hand."""

import networkx as nx
import numpy as np
import polars as pl
import pytest
from shape_cubes import cube, random_flow, tie_cube

from xenotime.core import InputError
from xenotime.networks import to_networkx
from xenotime.networks.resilience import STRATEGIES, attack, critical_links, edge_interruption
from xenotime.networks.resilience.attack import components_left, global_efficiency, order_of, robustness_of
from xenotime.networks.resilience.links import nearest_neighbour_strength


def efficiency(graph, n):
    """Σ 1 / d over ordered pairs, directed, over n (n − 1)."""
    lengths = dict(nx.all_pairs_shortest_path_length(graph))
    return sum(1 / d for row in lengths.values() for d in row.values() if d) / (n * (n - 1))


def graph_of(ties):
    return nx.from_numpy_array(ties.astype(int), create_using=nx.DiGraph)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "random"])
def test_curves_are_those_of_networkx(seed, name):
    flow = random_flow(seed, 13, 0.15)
    trade = cube(flow)
    found = attack(trade, tie_cube(flow > 0, trade), [name], points=5)
    active = np.flatnonzero(flow.any(0) | flow.any(1))
    small = flow[np.ix_(active, active)]
    n = len(small)
    order = order_of(STRATEGIES[name], small > 0, small)
    assert sorted(order) == list(range(n))
    for row in found.iter_rows(named=True):
        rest = graph_of(small > 0)
        gone = order[: round(row["removed"] * n)]
        rest.remove_nodes_from(gone)
        component = max((len(one) for one in nx.weakly_connected_components(rest)), default=0)
        assert row["largest_component"] == pytest.approx(component / n)
        assert row["efficiency"] == pytest.approx(efficiency(rest, n))
        kept = np.setdiff1d(range(n), gone)
        assert row["trade_left"] == pytest.approx(small[np.ix_(kept, kept)].sum() / small.sum())
    assert found["robustness"][0] == pytest.approx(robustness_of(flow > 0, flow, STRATEGIES[name]))


@pytest.mark.parametrize("seed", range(3))
def test_recomputed_orders_take_the_greatest_each_time(seed):
    flow = random_flow(seed, 12, 0.25)
    graph = graph_of(flow > 0)
    for country in order_of(STRATEGIES["betweenness_recomputed"], flow > 0, flow):
        between = nx.betweenness_centrality(graph, normalized=False)
        assert between[country] == pytest.approx(max(between.values()))
        graph.remove_node(country)
    graph = graph_of(flow > 0)
    for country in order_of(STRATEGIES["degree_recomputed"], flow > 0, flow):
        assert graph.degree(country) == max(dict(graph.degree).values())
        graph.remove_node(country)


def test_a_star_falls_with_its_centre_and_random_attacks_seldom_find_it():
    n = 21
    ties = np.zeros((n, n), dtype=bool)
    ties[0, 1:] = True
    trade = cube(ties * 5.0)
    found = attack(trade, tie_cube(ties, trade), ["degree", "random"], draws=200)
    fallen = found.filter(pl.col("strategy") == "degree")
    assert fallen["largest_component"].to_list()[:2] == pytest.approx([1.0, 1 / n])
    # At random the centre lasts to a uniform place: S(q) = (n − q)/n before it, 1/n after; exact mean below.
    exact = np.mean(
        [sum((n - q) / n if q < at else (1 / n if q < n else 0) for q in range(1, n + 1)) / n for at in range(1, n + 1)]
    )
    assert found.filter(strategy="random")["robustness"][0] == pytest.approx(exact, abs=0.03)
    assert attack(trade, tie_cube(ties, trade), ["random"], seed=3).equals(
        attack(trade, tie_cube(ties, trade), ["random"], seed=3)
    )


def test_nothing_is_left_at_the_end_and_less_at_each_step():
    flow = random_flow(1, 25, 0.1)
    trade = cube(flow)
    for (_,), curve in attack(trade, tie_cube(flow > 0, trade)).group_by("strategy"):
        for column in ("largest_component", "efficiency", "trade_left"):
            values = curve.sort("removed")[column].to_numpy()
            assert values[-1] == 0
            assert (np.diff(values) <= 1e-12).all()


def test_wrong_requests_and_empty_networks():
    trade = cube(np.zeros((3, 3)))
    assert attack(trade).is_empty()
    assert edge_interruption(trade).is_empty()
    assert critical_links(trade).is_empty()
    assert np.isnan(global_efficiency(np.zeros((3, 3), dtype=bool)))
    with pytest.raises(InputError, match="no strategy size"):
        attack(trade, strategies=["size"])
    with pytest.raises(InputError, match="no order size"):
        edge_interruption(trade, orders=["size"])


@pytest.mark.parametrize("seed", range(4))
def test_what_a_link_is_worth_is_what_networkx_loses_without_it(seed):
    flow = random_flow(seed, 11, 0.2)
    trade = cube(flow)
    ties = tie_cube(flow > 0, trade)
    graph = to_networkx(trade, "downstream", 2020, ties)
    whole, pairs = efficiency(graph, 11), sum(len(nx.descendants(graph, node)) for node in graph)
    found = critical_links(trade, ties)
    assert found.height == (flow > 0).sum()
    assert found["efficiency_lost"].is_sorted(descending=True) or np.allclose(
        np.maximum(np.diff(found["efficiency_lost"].to_numpy()), 0), 0
    )
    for row in found.iter_rows(named=True):
        rest = graph.copy()
        rest.remove_edge(row["exporter"], row["importer"])
        assert row["efficiency_lost"] == pytest.approx(1 - efficiency(rest, 11) / whole)
        assert row["pairs_lost"] == pairs - sum(len(nx.descendants(rest, node)) for node in rest)


def test_neighbour_strength_is_that_of_networkx():
    flow = random_flow(2, 10, 0.4)
    flow = np.triu(flow) + np.triu(flow).T  # networkx's undirected one; both directions double degree and strength
    graph = nx.from_numpy_array(flow)
    strength = dict(graph.degree(weight="weight"))
    found = nearest_neighbour_strength(flow > 0, flow)
    for node in graph:
        partners = list(graph.neighbors(node))
        assert found[node] == pytest.approx(2 * np.mean([strength[other] for other in partners]))


def test_interruption_by_hand():
    flow = np.zeros((3, 3))
    flow[0, 1], flow[1, 2] = 10, 4
    trade = cube(flow)
    found = edge_interruption(trade, tie_cube(flow > 0, trade), ["value"], points=2)
    assert found["anns_kusd"].to_list() == [pytest.approx((14 + (10 + 4) / 2 + 14) / 3), pytest.approx(4), None]
    assert found["efficiency"].to_list() == pytest.approx([2.5 / 6, 1 / 6, 0])
    many = edge_interruption(cube(random_flow(1)), draws=3)
    assert many["order"].unique().sort().to_list() == ["critical", "random", "value"]
    assert many.filter(pl.col("removed") == 1)["efficiency"].to_list() == [0, 0, 0]


def test_components_by_hand():
    ties = np.zeros((4, 4), dtype=bool)
    ties[0, 1] = ties[2, 1] = ties[2, 3] = True
    np.testing.assert_allclose(components_left(ties, np.array([1, 0, 2, 3])), [1, 0.5, 0.5, 0.25, 0])
