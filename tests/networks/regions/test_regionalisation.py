"""`regionalisation` on cubes: groups by name, bloc and community; planted regions beyond the null, none found in it."""

import numpy as np
import polars as pl
import pytest

from xenotime.core import InputError, generator
from xenotime.networks import communities, regionalisation
from xenotime.networks.regions import groups
from xenotime.networks.regions.nulls import maximum_entropy
from xenotime.networks.regions.shares import within_share
from xenotime.reference import countries, members

COUNTRIES = ["AUT", "BEL", "CHN", "DEU", "FRA", "GBR", "IDN", "IND", "ITA", "JPN", "KOR", "MYS", "POL", "THA", "VNM"]


def flows(inside: float, seed: int = 1, years: int = 1) -> np.ndarray:
    """Europe and Asia; flows within a region multiplied by `inside`."""
    random = generator(seed, "flows")
    region = dict(countries().select("iso3", "region").iter_rows())
    place = np.array([region[country] for country in COUNTRIES])
    weight = random.lognormal(3, 1, (years, 15, 15)) * np.where(place[:, None] == place, inside, 1.0)
    weight *= random.random(weight.shape) < 0.7
    weight[:, np.eye(15, dtype=bool)] = 0
    return weight


def test_values_are_those_of_the_measures(cube):
    weight = flows(3.0, years=2)
    table = regionalisation(cube(weight, COUNTRIES), "region", nulls=0)
    region = dict(countries().select("iso3", "region").iter_rows())
    _, group = np.unique([region[c] for c in COUNTRIES], return_inverse=True)
    shares = table.filter(pl.col("measure") == "within_share")
    assert shares["value"].to_list() == pytest.approx([within_share(w, group) for w in weight])
    assert shares["null_mean"].to_list() == [None, None]


def test_blocs_are_dated(cube):
    trade = cube(flows(1.0, years=3), COUNTRIES, first_year=2019)
    found = groups(trade, "EU")
    for year in (2019, 2020, 2021):
        held = found.filter(pl.col("year") == year)["country"].to_list()
        assert sorted(held) == list(members("EU", year))
    assert "GBR" in found.filter(pl.col("year") == 2019)["country"].to_list()
    assert "GBR" not in found.filter(pl.col("year") == 2021)["country"].to_list()
    shares = regionalisation(trade, "eu", which=["within_share"], nulls=0)["value"].to_list()
    weight = np.nan_to_num(trade["value_kusd"].to_numpy()[0, 2])
    inside = np.array([country in members("EU", 2021) for country in COUNTRIES])
    touched = weight.sum(where=inside[:, None] | inside)
    assert shares[2] == pytest.approx(weight[np.ix_(inside, inside)].sum() / touched)


def test_planted_regions_stand_out_and_their_absence_does_not(cube):
    which = ["within_share", "ei_index", "relative_intensity", "modularity", "mean_distance"]
    strong = regionalisation(cube(flows(6.0), COUNTRIES), "region", which=which, nulls=99)
    assert (strong["p"] == 0.01).all()
    assert strong.filter(pl.col("measure") == "within_share")["z"][0] > 3
    assert strong.filter(pl.col("measure") == "mean_distance")["z"][0] < -3
    ps = []
    for seed in range(20):
        table = regionalisation(cube(flows(1.0, seed), COUNTRIES), "region", which=["within_share"], nulls=39)
        ps.append(table["p"][0])
    assert np.mean(np.array(ps) <= 0.05) <= 0.2


def test_communities_are_sought_again_in_every_draw(cube):
    """In a draw of the null itself communities are no more than the null's own: held fixed they would stand out."""
    ensemble = maximum_entropy(flows(1.0)[0])
    random = generator(5, "own draws")
    again, fixed = [], []
    for _ in range(8):
        trade = cube(ensemble.draw(random)[None], COUNTRIES)
        found = communities(trade, runs=10)
        again.append(regionalisation(trade, found, which=["modularity"], nulls=39)["z"][0])
        fixed.append(regionalisation(trade, found.groups(), which=["modularity"], nulls=39)["z"][0])
    assert abs(np.mean(again)) < 1
    assert np.mean(fixed) > 2


def test_what_the_null_cannot_tell_is_left_empty(cube):
    table = regionalisation(cube(flows(2.0), COUNTRIES), nulls=5)
    empty = table.filter(pl.col("null_mean").is_null())["measure"].to_list()
    assert set(empty) == {name for name in table["measure"] if "theil" in name or name.endswith("export_hhi")}


def test_same_seed_same_table(cube):
    trade = cube(flows(2.0, years=2), COUNTRIES)
    once = regionalisation(trade, nulls=5, seed=3)
    assert once.equals(regionalisation(trade, nulls=5, seed=3))
    assert not once.equals(regionalisation(trade, nulls=5, seed=4))
    # A year's draws do not depend on the other years.
    alone = regionalisation(trade.isel(year=[1]), nulls=5, seed=3)
    assert alone.equals(once.filter(pl.col("year") == 2002))


def test_wrong_questions_are_refused(cube):
    trade = cube(flows(2.0), COUNTRIES, first_year=2020)
    with pytest.raises(InputError, match="ATLANTIS"):
        regionalisation(trade, "ATLANTIS")
    with pytest.raises(InputError, match="beauty"):
        regionalisation(trade, which=["beauty"])
    with pytest.raises(InputError, match="nulls"):
        regionalisation(trade, nulls=-1)
    with pytest.raises(InputError, match="two groups"):
        regionalisation(trade, ["EU", "NATO"], nulls=0)
