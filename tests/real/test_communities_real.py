"""Real magnets (850511), 2002–2024: the communities' story, what an extract carries, regional or not."""

import magnet_files
import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr

from xenotime.networks import communities, dependence, homophily, regionalisation, trends
from xenotime.networks.communities.arrays import panels
from xenotime.networks.communities.quality import trades
from xenotime.networks.regions.distance import distances_km
from xenotime.networks.regions.nulls import maximum_entropy


@pytest.fixture(scope="module")
def magnets(real_data) -> xr.Dataset:
    return magnet_files.cube(magnet_files.listed(real_data), "cut")


@pytest.fixture(scope="module")
def complete(real_data) -> xr.Dataset:
    return magnet_files.cube(magnet_files.complete(real_data), "zero")


@pytest.fixture(scope="module")
def found(magnets):
    return communities(magnets)


def company(found, year: int, country: str) -> set[str]:
    members = found.members.filter(pl.col("year") == year)
    own = members.filter(pl.col("country") == country)["community"][0]
    return set(members.filter(pl.col("community") == own)["country"])


def alike(one: pl.DataFrame, other: pl.DataFrame) -> float:
    """Share of pairs of countries, weighted by both turnovers, that two partitions treat alike."""
    both = one.join(other, on="country")
    a, b, value = (both[name].to_numpy() for name in ("community", "community_right", "value_kusd"))
    weight = np.outer(value, value)
    np.fill_diagonal(weight, 0)
    return float(weight[(a[:, None] == a) == (b[:, None] == b)].sum() / weight.sum())


def test_the_story_of_the_blocs(found):
    """America about the US, Europe about Germany, Japan with the Philippines; the US moves to China in 2006."""
    assert {"USA", "MEX", "CAN"} <= company(found, 2002, "USA")
    assert "CHN" not in company(found, 2002, "USA")
    for year in range(2006, 2025):
        assert {"USA", "KOR", "MEX"} <= company(found, year, "CHN")
        assert not {"JPN", "DEU"} & company(found, year, "CHN")
    for year in range(2002, 2025):
        assert {"JPN", "PHL", "THA"} <= company(found, year, "JPN")
        assert {"DEU", "FRA", "CHE", "AUT"} <= company(found, year, "DEU")
    merged = found.events.filter(pl.col("event") == "merge", pl.col("value_kusd") > 1e5)
    names = dict(found.tracks.select("community", "name").iter_rows())
    assert [(row["year"], names[row["community"]], names[row["other"]]) for row in merged.to_dicts()] == [
        (2006, "USA", "CHN")
    ]


def test_viet_nam_passes_from_china_to_japan(found):
    assert "VNM" in company(found, 2014, "CHN")
    for year in range(2018, 2025):
        assert "VNM" in company(found, year, "JPN")


def test_the_searches_agree_and_noise_does_not_undo_the_story(found, magnets):
    assert found.yearly["stability"].min() > 0.9
    noisy = communities(magnets, noise=0.3)
    leaders = noisy.members.filter(pl.col("country").is_in(["JPN", "PHL"]))
    assert leaders["stability"].mean() > 0.75
    assert noisy.yearly["stability"].mean() < found.yearly["stability"].mean()


def test_a_second_opinion_keeps_germany_from_china_and_splits_america_off(found, magnets):
    flow = communities(magnets, method="flow")
    for year in (2002, 2012, 2024):
        assert {"DEU", "FRA", "CHE"} <= company(flow, year, "DEU")
        assert "CHN" not in company(flow, year, "DEU")
    assert "USA" not in company(flow, 2024, "CHN")


def test_the_extract_carries_the_communities_of_the_complete_table(magnets, complete):
    """Values decide, and the extract holds 98 % of them; the import-share rule changes nothing."""
    extract = magnets.sel(year=[2022])
    whole = communities(complete).members
    assert alike(communities(extract).members, whole) > 0.99
    assert alike(communities(extract, dependence(magnets).sel(year=[2022])).members, whole) > 0.99


def test_fitted_null_meets_exports_and_imports(magnets, complete):
    for trade, most in ((magnets, 0.05), (complete, 0.001)):
        for _, weights in panels(trade, None):
            for weight in weights[[0, -1]]:
                here = trades(weight)
                ensemble = maximum_entropy(weight[np.ix_(here, here)])
                random = np.random.default_rng(1)
                assert np.mean([ensemble.unmet(ensemble.draw(random)) for _ in range(20)]) < most


def test_regions_stand_out_from_size_and_communities_do_not(magnets, found):
    regions = regionalisation(magnets, "region", which=["within_share", "mean_distance"], nulls=50)
    assert regions.group_by("measure").agg((pl.col("p") < 0.05).mean())["p"].min() > 0.9
    blocs = regionalisation(magnets, found, which=["modularity"], nulls=50)
    assert (blocs["p"] < 0.05).mean() < 0.5
    told = trends(regions)
    rows = {(row["measure"], row["of"]): row["trend"] for row in told.to_dicts()}
    assert rows["within_share", "value"] == "falling"
    assert rows["within_share", "excess"] == "none told from noise"


def test_homophily_and_distance_have_the_signs_of_gravity(magnets):
    table = homophily(magnets, "region")
    assert (table["homophily"] > 0).all()
    assert (table["distance_elasticity"] < 0).all()


def test_distances_are_those_of_geodist(real_data):
    frame = pd.read_csv(real_data / "gravity/cepii_dist.csv.gz", keep_default_na=False)
    frame = frame[frame["iso_o"].isin(["CHN", "JPN", "DEU", "USA", "VNM", "FRA"])]
    frame = frame[frame["iso_d"].isin(["AUS", "MYS", "KOR", "GBR", "IND", "MEX"])]
    labels = sorted({*frame["iso_o"], *frame["iso_d"]})
    km = pd.DataFrame(distances_km(labels), labels, labels)
    ours = np.array([km.loc[o, d] for o, d in zip(frame["iso_o"], frame["iso_d"])])
    assert ours == pytest.approx(frame["distcap"].to_numpy(dtype=float), rel=0.02, abs=10)
