"""Real magnets (850511): cubes and indicators against sums taken straight from the files with pandas."""

import warnings

import magnet_files
import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pytest

from xenotime.core import DataWarning
from xenotime.networks import RULES, dependence, indicators, to_networkx


@pytest.fixture(scope="module")
def panel_file(real_data) -> pd.DataFrame:
    return magnet_files.listed(real_data)


def quietly(function, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return function(*args, **kwargs)


@pytest.fixture(scope="module")
def panel(panel_file):
    return magnet_files.cube(panel_file, "cut")


@pytest.fixture(scope="module")
def table(panel):
    return indicators(panel)


@pytest.fixture(scope="module")
def full(real_data):
    return magnet_files.cube(magnet_files.complete(real_data), "zero")


def by_year(table: pl.DataFrame, indicator: str, country: str | None = None) -> np.ndarray:
    whom = pl.col("country").is_null() if country is None else pl.col("country") == country
    return table.filter(pl.col("indicator") == indicator, whom).sort("year")["value"].to_numpy()


def test_totals_shares_and_hhi_are_the_files_own(panel_file, table):
    world = panel_file.groupby("year")["usd"].sum()
    exports = panel_file.groupby(["year", "exporter"])["usd"].sum()
    imports = panel_file.groupby(["year", "importer"])["usd"].sum()
    share_x, share_m = exports / world, imports / world
    assert len(world) == 23
    np.testing.assert_allclose(by_year(table, "trade_kusd"), world / 1000, rtol=1e-12)
    np.testing.assert_allclose(by_year(table, "export_hhi"), (share_x**2).groupby("year").sum(), rtol=1e-12)
    np.testing.assert_allclose(by_year(table, "import_hhi"), (share_m**2).groupby("year").sum(), rtol=1e-12)
    np.testing.assert_allclose(by_year(table, "export_share", "CHN"), share_x.xs("CHN", level=1), rtol=1e-12)
    np.testing.assert_allclose(by_year(table, "import_share", "JPN"), share_m.xs("JPN", level=1), rtol=1e-12)
    three = share_x.groupby("year").apply(lambda one: one.nlargest(3).sum())
    np.testing.assert_allclose(by_year(table, "export_top3"), three, rtol=1e-12)
    largest = panel_file.groupby(["year", "importer", "exporter"])["usd"].sum().groupby(["year", "importer"]).max()
    dependence_usa = (largest / imports).xs("USA", level=1)
    np.testing.assert_allclose(by_year(table, "import_dependence", "USA"), dependence_usa, rtol=1e-12)
    assert table.filter(indicator="export_share", country="NAM").height == 23  # not lost as a missing value


def test_figures_are_those_of_the_notes(table):
    """facts/rare_earths.md, computed from BACI V202601 by others."""
    years = list(range(2002, 2025))
    noted = {2002: (1.12, 19.4, 32.1), 2010: (2.00, 41.3, 21.9), 2011: (4.05, 49.3, 17.7), 2022: (6.76, 62.5, 9.3)}
    noted[2024] = (4.87, 63.9, 8.7)
    world, china, japan = (
        by_year(table, "trade_kusd") / 1e6,
        100 * by_year(table, "export_share", "CHN"),
        100 * by_year(table, "export_share", "JPN"),
    )
    for year, (billions, china_share, japan_share) in noted.items():
        at = years.index(year)
        assert world[at] == pytest.approx(billions, abs=0.005)
        assert china[at] == pytest.approx(china_share, abs=0.05)
        assert japan[at] == pytest.approx(japan_share, abs=0.05)


def test_agrees_with_the_published_series(real_data, table):
    """facts/world_trade_by_hs_year.csv, where it holds 850511; its shares are rounded to 0.1 %, HHI to 0.001."""
    series = pd.read_csv(real_data / "facts/world_trade_by_hs_year.csv", dtype={"hs": str})
    series = series[(series["hs"] == "850511") & series["year"].between(2002, 2024)]
    series = series[series["source"].str.contains("98")] if series["year"].duplicated().any() else series
    assert len(series) > 5
    ours = {year: at for at, year in enumerate(range(2002, 2025))}
    at = [ours[year] for year in series["year"]]
    np.testing.assert_allclose(by_year(table, "trade_kusd")[at] * 1000, series["world_exports_usd"], rtol=1e-6)
    np.testing.assert_allclose(
        100 * by_year(table, "export_share", "CHN")[at], series["china_export_share_pct"], atol=0.051
    )
    np.testing.assert_allclose(by_year(table, "export_hhi")[at], series["exporter_hhi"], atol=0.00051)


def pairs(ties, year: int) -> set[tuple[str, str]]:
    layer = ties.sel(stage="downstream", year=year)
    names = layer["exporter"].values
    return {(names[i], names[j]) for i, j in zip(*np.nonzero(layer.to_numpy()))}


@pytest.mark.parametrize(
    ("rule", "parameters", "recall", "precision"),
    [
        ("import_share", {"minimum_share": 0.10}, 1.000, 0.967),
        ("import_share", {"minimum_share": 0.05}, 0.996, 0.965),
        ("import_share", {"minimum_share": 0.01}, 0.844, 0.992),
        ("top_k", {"k": 3}, 1.000, 1.000),
        ("export_share", {"minimum_share": 0.05}, 0.981, 0.952),
        ("value_threshold", {"minimum_kusd": 1000}, 0.928, 1.000),
        ("value_threshold", {"minimum_kusd": 10}, 0.530, 1.000),
        ("disparity_filter", {"alpha": 0.05}, 0.470, 1.000),
        ("pmi", {"minimum": 0.0}, 0.556, 0.982),
    ],
)
def test_ties_of_the_extract_against_the_full_matrix(panel, full, rule, parameters, recall, precision):
    """2022: the table of docs/networks.md; 99.6 %, 93 % and 53 % also stand in the data's own notes."""
    ours, truth = (pairs(quietly(dependence, cube, rule, **parameters), 2022) for cube in (panel, full))
    assert len(ours & truth) / len(truth) == pytest.approx(recall, abs=0.0006)
    assert len(ours & truth) / len(ours) == pytest.approx(precision, abs=0.0006)


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.needs_small_flows])
def test_rules_that_need_small_flows_say_so_on_the_extract(panel, rule):
    with pytest.warns(DataWarning, match="needs small flows"):
        dependence(panel, rule)


def test_indicators_of_the_real_network_agree_with_networkx(panel, table):
    """2022, import share ≥ 5 %: 229 countries, some 600 ties."""
    ties = dependence(panel)
    graph = to_networkx(panel, "downstream", 2022, ties)
    ours = table.filter(pl.col("year") == 2022)
    assert ours.filter(indicator="density")["value"].item() == pytest.approx(nx.density(graph), abs=1e-12)
    assert ours.filter(indicator="reciprocity")["value"].item() == pytest.approx(
        nx.overall_reciprocity(graph), abs=1e-12
    )
    assert ours.filter(indicator="degree_assortativity")["value"].item() == pytest.approx(
        nx.degree_assortativity_coefficient(graph), abs=1e-9
    )
    weight = "value_kusd"
    heavy = nx.DiGraph(
        (i, j, {"weight": value}) for i, j, value in graph.edges(data=weight)
    )  # hits takes no other name
    for name, wanted in {
        "betweenness": nx.betweenness_centrality(graph),
        "closeness_in": nx.closeness_centrality(graph),
        "clustering": nx.clustering(graph),
        "weighted_clustering": nx.clustering(graph, weight=weight),
        "pagerank": nx.pagerank(graph, weight=weight, tol=1e-14, max_iter=10_000),
        "cheirank": nx.pagerank(graph.reverse(), weight=weight, tol=1e-14, max_iter=10_000),
        "eigenvector_importer": nx.eigenvector_centrality(graph, weight=weight, tol=1e-13, max_iter=100_000),
        "hubs": dict.fromkeys(graph, 0.0) | nx.hits(heavy, tol=1e-15)[0],
    }.items():
        column = ours.filter(indicator=name)
        found = dict(zip(column["country"], column["value"].fill_null(0.0)))
        assert found == pytest.approx(wanted, abs=1e-9), name


def test_an_analyst_would_believe_the_rankings(table):
    """China's place in magnets since 2010 is no matter of opinion; nor are the large importers."""
    for year in range(2010, 2025):
        for name in ("out_degree", "hubs", "eigenvector", "closeness_out"):
            column = table.filter(pl.col("year") == year, pl.col("indicator") == name).drop_nulls("value")
            assert column.sort("value")["country"][-1] == "CHN", (year, name)
    last = table.filter(year=2024, indicator="authorities").sort("value", descending=True)["country"].to_list()
    assert {"DEU", "USA"} <= set(last[:5])
