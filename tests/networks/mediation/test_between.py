"""Brokerage against a plain count of triples, flow betweenness against networkx, paths across stages by hand."""

from itertools import permutations

import networkx as nx
import numpy as np
import polars as pl
import pytest
from shape_cubes import cube, random_flow, tie_cube

from xenotime.core import InputError
from xenotime.networks.mediation import ROLES, brokerage, flow_betweenness, stage_origins, stage_paths
from xenotime.networks.mediation.brokerage import roles
from xenotime.networks.mediation.capacity import maximum_flows

ROLE_OF = {  # (a and b of one group, b and c, a and c)
    (True, True, True): "coordinator",
    (False, False, True): "itinerant",
    (False, True, False): "gatekeeper",
    (True, False, False): "representative",
    (False, False, False): "liaison",
}


def counted(ties, group):
    found = np.zeros((len(ties), 5))
    for a, b, c in permutations(range(len(ties)), 3):
        if ties[a, b] and ties[b, c] and not ties[a, c]:
            role = ROLE_OF[bool(group[a] == group[b]), bool(group[b] == group[c]), bool(group[a] == group[c])]
            found[b, list(ROLES).index(role)] += 1
    return found


@pytest.mark.parametrize("seed", range(6))
def test_roles_are_a_count_of_triples(seed):
    rng = np.random.default_rng(seed)
    ties, group = random_flow(seed, 14, 0.25) > 0, rng.integers(0, 3, 14)
    np.testing.assert_array_equal(roles(ties, group), counted(ties, group))


def test_brokerage_table_and_groups_that_change():
    flow = np.zeros((3, 3))
    flow[0, 1] = flow[1, 2] = 1.0
    trade = cube(flow, years=(2020, 2021), countries=["CHN", "JPN", "USA"])
    ties = tie_cube(flow > 0, trade)
    groups = pl.DataFrame(
        {
            "year": [2020] * 3 + [2021] * 3,
            "country": ["CHN", "JPN", "USA"] * 2,
            "group": ["x", "y", "z", "x", "y", "y"],
        }
    )
    found = brokerage(trade, groups, ties).filter(pl.col("paths") > 0)
    assert found.select("year", "country", "role", "paths", "share").rows() == [
        (2020, "JPN", "liaison", 1, 1.0),
        (2021, "JPN", "gatekeeper", 1, 1.0),
    ]
    assert brokerage(trade, {"CHN": "x", "JPN": "x", "USA": "x"}, ties)["paths"].sum() == 2
    with pytest.raises(InputError, match=r"1 countries with ties .* have no group: USA"):
        brokerage(trade, {"CHN": "x", "JPN": "y"}, ties)
    with pytest.raises(InputError, match="in two groups"):
        brokerage(trade, groups.drop("year"), ties)


@pytest.mark.parametrize("seed", range(4))
def test_maximum_flows_are_those_of_networkx(seed):
    flow = random_flow(seed, 10, 0.35)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(10))
    graph.add_edges_from((i, j, {"capacity": flow[i, j]}) for i, j in zip(*np.nonzero(flow)))
    most, without = maximum_flows(flow, 0, 1)
    close = {"rel": 1e-6, "abs": 1e-6 * flow.sum()}
    assert most == pytest.approx(nx.maximum_flow_value(graph, 0, 1), **close)
    for k in range(2, 10):
        rest = graph.subgraph(set(range(10)) - {k})
        assert without[k] == pytest.approx(nx.maximum_flow_value(rest, 0, 1), **close)
    assert np.isnan(without[[0, 1]]).all()


def test_flow_betweenness_by_hand():
    flow = np.zeros((4, 4))
    flow[0, 1], flow[0, 2], flow[2, 1] = 6, 10, 4  # 0 → 1: 6 direct, 4 by 2
    trade = cube(flow, countries=["CHN", "USA", "JPN", "MYS"])
    found = flow_betweenness(trade, [("CHN", "USA")])
    assert found["maximum_kusd"].to_list() == pytest.approx([0, 0, 10, 10])
    assert found["flow_betweenness"].to_list() == [None, None, pytest.approx(0.4), pytest.approx(0)]
    both = flow_betweenness(trade, [("CHN", "USA"), ("JPN", "USA")]).filter(country="JPN")
    assert both["flow_betweenness"].to_list() == pytest.approx([0.4])
    assert flow_betweenness(cube(np.zeros((3, 3))), [("C00", "C01")])["flow_betweenness"].to_list() == [None] * 3
    with pytest.raises(InputError, match="two different countries"):
        flow_betweenness(trade, [("CHN", "CHN")])


def test_paths_across_stages_by_hand():
    """Oxide: MMR 30 → CHN, which ships 40 to JPN. Magnets: CHN 50 and JPN 20 → USA, DEU 5 → USA."""
    names = ["CHN", "DEU", "JPN", "MMR", "USA"]
    oxide, magnet = np.zeros((5, 5)), np.zeros((5, 5))
    oxide[3, 0], oxide[0, 2] = 30, 40
    magnet[0, 4], magnet[2, 4], magnet[1, 4] = 50, 20, 5
    trade = cube(np.stack([oxide, magnet])[:, None], stages=("midstream", "downstream"), countries=names)
    found = stage_origins(trade, "midstream", "downstream").sort("origin", nulls_last=True)
    # China's pool: 30 of 40 from Myanmar, 10 its own. Japan's: all from China. Germany's: nobody knows.
    assert found.select("origin", "user", "value_kusd").rows() == [
        ("CHN", "USA", pytest.approx(50 * 0.25 + 20)),
        ("MMR", "USA", pytest.approx(50 * 0.75)),
        (None, "USA", pytest.approx(5)),
    ]
    assert found["share"].sum() == pytest.approx(1)
    paths = stage_paths(trade, "midstream", "downstream", "CHN")
    assert paths.select("maker", "user", "value_kusd", "pool_share").rows() == [
        ("JPN", "USA", 20.0, 1.0),
        ("CHN", "USA", 12.5, 0.25),
    ]
    with pytest.raises(InputError, match="no stage upstream"):
        stage_paths(trade, "upstream", "downstream", "CHN")
