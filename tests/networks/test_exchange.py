"""A network in networkx is the one in the cube, and survives GraphML."""

import networkx as nx
import pytest

from xenotime.core import InputError
from xenotime.networks import build, dependence, indicators, to_networkx


@pytest.fixture
def trade(make_flows, chain):
    return build(
        make_flows(
            (2020, "CHN", "DEU", "850511", 97.0, 9.0),
            (2020, "JPN", "DEU", "850511", 3.0, 0.1),
            (2020, "DEU", "CHN", "850511", 50.0, None),
        ),
        chain,
        "magnets",
        countries=["CHN", "DEU", "JPN", "FJI"],
    )


def test_edges_point_from_exporter_to_importer(trade):
    graph = to_networkx(trade, "magnet", 2020)
    assert list(graph) == ["CHN", "DEU", "JPN", "FJI"]
    assert dict(graph.edges) == {
        ("CHN", "DEU"): {"value_kusd": 97.0, "quantity_t": 9.0},
        ("JPN", "DEU"): {"value_kusd": 3.0, "quantity_t": 0.1},
        ("DEU", "CHN"): {"value_kusd": 50.0},
    }
    assert graph.graph["direction"] == "goods: exporter -> importer"
    assert graph.graph["sources"] == "baci V202601"


def test_with_ties_the_ties_are_the_edges_and_the_table_is_networkx_own(trade):
    ties = dependence(trade)
    graph = to_networkx(trade, "magnet", 2020, ties)
    assert set(graph.edges) == {("CHN", "DEU"), ("DEU", "CHN")}
    table = indicators(trade, ties, which=["pagerank"])
    wanted = nx.pagerank(graph, weight="value_kusd", tol=1e-14)
    assert dict(zip(table["country"], table["value"])) == pytest.approx(wanted, abs=1e-9)


def test_graphml_keeps_it(trade, tmp_path):
    graph = to_networkx(trade, "magnet", 2020)
    nx.write_graphml(graph, tmp_path / "magnets.graphml")
    back = nx.read_graphml(tmp_path / "magnets.graphml")
    assert dict(back.edges) == dict(graph.edges)
    assert back.graph["year"] == 2020


def test_wrong_stage_or_year_is_named(trade):
    with pytest.raises(InputError, match="no stage 'mine'"):
        to_networkx(trade, "mine", 2020)
    with pytest.raises(InputError, match="no year 2019"):
        to_networkx(trade, "magnet", 2019)
