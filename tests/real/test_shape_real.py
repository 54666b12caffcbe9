"""Real magnets (850511), 2002–2024: mediation, attacks, crises, chokepoints against pandas and networkx.

The panel lists large flows only. Values and import shares of 5 % and more are in it nearly whole (docs/networks.md), so
ties are drawn by import share, and mediation, which goes by value, is checked against the complete matrix of 2022.
"""

import magnet_files
import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pytest

from xenotime import networks as net


@pytest.fixture(scope="module")
def listed(real_data):
    return magnet_files.listed(real_data)


@pytest.fixture(scope="module")
def complete(real_data):
    return magnet_files.complete(real_data)


@pytest.fixture(scope="module")
def panel(listed):
    return magnet_files.cube(listed, "cut")


@pytest.fixture(scope="module")
def ties(panel):
    return net.dependence(panel)


def walked(frame: pd.DataFrame, origin: str, destination: str, steps: int = 400) -> dict[str, float]:
    """Who hands over what of the origin's goods: followed border by border in plain dictionaries."""
    flow = frame[frame["exporter"] != frame["importer"]].groupby(["exporter", "importer"])["usd"].sum()
    exports, imports = flow.groupby(level=0).sum(), flow.groupby(level=1).sum()
    markets = {country: part.droplevel(0).to_dict() for country, part in flow.groupby(level=0)}
    goods, carried = dict(markets[origin]), {}
    carried[origin] = goods.pop(destination, 0.0)
    for _ in range(steps):
        following: dict[str, float] = {}
        for country, held in goods.items():
            disposed = max(exports.get(country, 0.0), imports.get(country, 0.0))
            for market, value in markets.get(country, {}).items():
                sent = held * value / disposed
                if market == destination:
                    carried[country] = carried.get(country, 0.0) + sent
                elif market != origin:
                    following[market] = following.get(market, 0.0) + sent
        goods = following
    return carried


@pytest.mark.parametrize("year", [2005, 2023])
def test_carriers_are_those_of_a_walk_over_the_file(listed, panel, year):
    wanted = walked(listed[listed["year"] == year], "CHN", "USA")
    found = net.carriers(panel.sel(year=[year]), "CHN", "USA")
    got = dict(found.select("country", "carried_kusd").rows())
    assert sum(got.values()) == pytest.approx(sum(wanted.values()) / 1000)
    for country in ("CHN", "JPN", "DEU", "MEX", "PHL"):
        assert got[country] == pytest.approx(wanted[country] / 1000)


def test_mediation_between_china_and_the_united_states_by_year(panel):
    routes = net.china_us(panel)
    assert routes["year"].n_unique() == 23
    share = routes.pivot("route", index="year", values="share").sort("year")
    print(share)
    np.testing.assert_allclose(share.select(pl.sum_horizontal(pl.exclude("year"))).to_numpy(), 1)
    direct, japan = share["direct"].to_numpy(), share["JPN"].to_numpy()
    # Seven tenths and more go directly in nearly all years; Japan hands on more than Malaysia and Viet Nam.
    assert (direct > 0.6).all()
    assert (japan > share["MYS"].to_numpy()).all()
    assert (japan > share["VNM"].to_numpy()).all()


def test_mediation_in_the_extract_is_that_of_the_complete_matrix(panel, complete):
    whole = net.china_us(magnet_files.cube(complete, "zero"))["share"].to_numpy()
    part = net.china_us(panel.sel(year=[2022]))["share"].to_numpy()
    print(whole, part)
    np.testing.assert_allclose(part, whole, atol=0.03)


def test_chokepoints_are_the_files_own(listed, panel):
    found = net.chokepoints(panel)
    for year, part in listed[listed["exporter"] != listed["importer"]].groupby("year"):
        share = part["usd"] / part.groupby("importer")["usd"].transform("sum")
        grip = (share * part["usd"]).groupby(part["exporter"]).sum() / part["usd"].sum()
        hooked = share[part["exporter"] == "CHN"] >= 0.5
        mine = found.filter(pl.col("year") == year, pl.col("rank") == 1)
        assert mine["country"].to_list() == [grip.idxmax()]
        assert mine["grip"].to_list() == pytest.approx([grip.max()])
        assert found.filter(pl.col("year") == year, country="CHN")["dependents"].to_list() == [hooked.sum()]
    first = found.filter(pl.col("rank") == 1).sort("year")["country"].to_list()
    assert first[0] == "JPN"
    assert set(first[-15:]) == {"CHN"}


def test_attacks_and_triads_are_those_of_networkx(panel, ties):
    curves = net.attack(panel.sel(year=[2023]), ties.sel(year=[2023]), ["degree"], points=10)
    graph = net.to_networkx(panel, "downstream", 2023, ties)
    graph.remove_nodes_from([node for node in list(graph) if graph.degree(node) == 0])
    n = len(graph)
    census = nx.triadic_census(graph)
    motifs = net.motifs(panel.sel(year=[2023]), ties.sel(year=[2023]), draws=2)
    assert dict(motifs.select("triad", "count").rows()) == census
    strength = {
        node: sum(
            data["value_kusd"] for edges in (graph.in_edges, graph.out_edges) for *_, data in edges(node, data=True)
        )
        for node in graph
    }
    order = sorted(graph, key=lambda node: (-graph.degree(node), -strength[node]))
    for row in curves.head(4).iter_rows(named=True):
        rest = graph.copy()
        rest.remove_nodes_from(order[: round(row["removed"] * n)])
        lengths = dict(nx.all_pairs_shortest_path_length(rest))
        efficiency = sum(1 / d for line in lengths.values() for d in line.values() if d) / (n * (n - 1))
        assert row["largest_component"] == pytest.approx(max(map(len, nx.weakly_connected_components(rest))) / n)
        assert row["efficiency"] == pytest.approx(efficiency)


def test_the_whole_as_an_analyst_would_run_it(panel, ties):
    """All 23 years; how long it takes is measured by benchmarks/bench_shape_study.py."""
    curves = net.attack(panel, ties)
    robust = curves.filter(pl.col("removed") == 0).pivot("strategy", index="year", values="robustness")
    crises = net.crisis(panel)
    net.china_us(panel)
    net.flow_betweenness(panel, [("CHN", "USA")])
    net.origins(panel)
    net.critical_links(panel, ties)
    net.epidemic(panel, ties, draws=50)
    net.edge_interruption(panel, ties, draws=3)
    net.core_periphery(panel, ties)
    net.rich_club(panel, ties, draws=20)
    net.motifs(panel, ties, draws=50)
    net.shape(panel, ties)
    table = net.compare(
        panel.sel(year=[2012]),
        panel.sel(year=[2022]),
        tables={"china_us": lambda trade, _: net.china_us(trade)},
        history=panel.sel(year=range(2003, 2013)),
    )
    # A network of few suppliers: it stands random losses and falls to deliberate ones, in every year.
    for strategy in ("degree", "strength", "betweenness"):
        assert (robust[strategy] < 0.5 * robust["random"]).all()
    worst = crises.filter(year=2023).sort("avalanche", descending=True).row(0, named=True)
    assert (worst["country"], worst["lost_share"]) == ("CHN", 1.0)
    hhi = table.filter(indicator="export_hhi").row(0, named=True)
    assert hhi["after"] > hhi["before"]
