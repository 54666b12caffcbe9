"""`communities` on cubes: planted histories, relabelling, seeds, noise, what the tables say, what is refused."""

import numpy as np
import polars as pl
import pytest

from xenotime.core import InputError, generator
from xenotime.networks import communities, dependence, resolution_scan
from xenotime.networks.communities.quality import adjusted_rand, modularity


def planted(*years: str, seed: int = 1) -> np.ndarray:
    """Flows by letter of a country's community each year: strong within, weak between; a dot trades nothing."""
    random = generator(seed, "planted")
    panels = []
    for year in years:
        letters = np.array(list(year))
        weight = np.where(letters[:, None] == letters, 1.0, 0.03) * random.lognormal(0, 0.2, (len(year),) * 2)
        weight[letters == "."] = 0
        weight[:, letters == "."] = 0
        np.fill_diagonal(weight, 0)
        panels.append(1000 * weight)
    return np.stack(panels)


MERGE = ("aaaaaabbbbbcccc",) * 3 + ("aaaaaaaaaaacccc",) * 3
SPLIT = MERGE[::-1]


@pytest.mark.parametrize("coupling", [0.0, 0.2])
@pytest.mark.parametrize(("story", "kind"), [(MERGE, "merge"), (SPLIT, "split")])
def test_planted_merge_and_split_are_found_in_their_year(cube, story, kind, coupling):
    found = communities(cube(planted(*story)), coupling=coupling, runs=10)
    assert found.events.select("year", "event").rows() == [(2004, kind)]
    for (year,), members in found.members.group_by("year"):
        truth = np.array([ord(letter) for letter in story[year - 2001]])
        assert adjusted_rand(members.sort("country")["community"].to_numpy(), truth) == 1
    assert found.yearly["stability"].min() > 0.7


def test_birth_and_death_of_a_group(cube):
    found = communities(cube(planted("aaaaaa....", "aaaaaabbbb", "aaaaaabbbb", "aaaaaa....")), runs=5)
    assert found.events.select("year", "event", "value_kusd").drop("value_kusd").rows() == [
        (2002, "birth"),
        (2004, "death"),
    ]
    assert len(found.members.filter(pl.col("year") == 2001)) == 6


def test_order_of_countries_does_not_matter(cube):
    value = planted("aaaaaabbbbbcccc", "aaaaaabbbbbcccc")
    order = generator(3, "order").permutation(15)
    names = [f"C{i:02d}" for i in range(15)]
    one = communities(cube(value, names), runs=10).members
    other = communities(cube(value[:, order][:, :, order], [names[i] for i in order]), runs=10).members
    both = one.join(other, on=["year", "country"])
    assert both["community"].to_list() == both["community_right"].to_list()


def test_scale_of_values_does_not_matter(cube):
    value = planted("aaaaaabbbbbcccc", "aaaaabbbbbbcccc")
    scaled = value * np.array([1e-6, 1e6])[:, None, None]
    for method in ("modularity", "constant_potts", "flow"):
        one, other = (communities(cube(v), method=method, runs=5).members["community"] for v in (value, scaled))
        assert one.to_list() == other.to_list()


def test_same_seed_same_result(cube):
    value = generator(1, "rough").lognormal(0, 2, (3, 25, 25))
    once, again = (communities(cube(value), runs=10, noise=0.5, seed=4) for _ in range(2))
    assert once.members.equals(again.members)
    assert once.events.equals(again.events)
    other = communities(cube(value), runs=10, noise=0.5, seed=5)
    assert not once.members["stability"].equals(other.members["stability"])


def test_noise_shows_what_is_not_sure(cube):
    rough = generator(1, "rough").lognormal(0, 1, (1, 25, 25))
    sure = communities(cube(planted("aaaaaabbbbbcccc")), noise=0.5, runs=20)
    unsure = communities(cube(rough), noise=0.5, runs=20)
    assert sure.yearly["stability"][0] > 0.95
    assert unsure.yearly["stability"][0] < 0.6
    assert unsure.yearly["agreement"][0] < sure.yearly["agreement"][0]


def test_tables_agree_with_each_other(cube):
    value = generator(2, "rough").lognormal(0, 2, (4, 25, 25)) * (generator(3, "ties").random((4, 25, 25)) < 0.3)
    trade = cube(value)
    found = communities(trade, runs=10)
    own = np.eye(25, dtype=bool)
    for year, counted, quality in found.yearly.select("year", "communities", "quality").iter_rows():
        members = found.members.filter(pl.col("year") == year)
        weight = np.where(own, 0.0, value[year - 2001])
        assert members["community"].n_unique() == counted
        assert members["value_kusd"].sum() == pytest.approx(2 * weight.sum())
        label = np.full(25, -1)
        label[[trade["exporter"].values.tolist().index(c) for c in members["country"]]] = members["community"]
        assert modularity(weight, label) == pytest.approx(quality)
    assert (found.yearly["best_quality"] >= found.yearly["quality"] - 1e-12).all()
    assert found.tracks["name"].n_unique() == len(found.tracks)
    assert found.tracks["value_kusd"].sum() == pytest.approx(found.members["value_kusd"].sum())
    links = found.links()
    for year in (2001, 2002, 2003):
        here = links.filter(pl.col("year") == year)
        assert here["value_kusd"].sum() == pytest.approx(
            found.members.filter(pl.col("year") == year)["value_kusd"].sum()
        )
        assert here["next_value_kusd"].sum() == pytest.approx(
            found.members.filter(pl.col("year") == year + 1)["value_kusd"].sum()
        )


def test_ties_restrict_the_network(cube):
    trade = cube(generator(2, "rough").lognormal(0, 2, (2, 15, 15)))
    ties = dependence(trade, "import_share", minimum_share=0.2)
    found = communities(trade, ties, runs=5)
    kept = float(trade["value_kusd"].where(ties, 0.0).fillna(0.0).sum())
    assert found.members["value_kusd"].sum() == pytest.approx(2 * kept)


def test_resolution_makes_more_and_smaller_communities(cube):
    trade = cube(planted("aaaaaabbbbbccccdddd"))
    counts = [communities(trade, resolution=r, runs=5).yearly["communities"][0] for r in (0.2, 1.0, 8.0)]
    assert counts == sorted(counts)
    assert counts[0] < counts[2]


def test_scan_finds_the_plateau_of_planted_communities(cube):
    table = resolution_scan(cube(planted("aaaaaabbbbbccccdddd")), np.geomspace(0.05, 60, 12), runs=5)
    counts = table["communities"].to_list()
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert counts[-1] == 19
    assert counts.count(4) >= 3
    flat = table.filter(pl.col("communities") == 4, pl.col("communities").shift(1) == 4)
    assert (flat["like_previous"] == 1).all()
    assert table["like_previous"][0] is None


def test_a_year_without_trade_is_left_out(cube):
    value = planted("aaaabbbb", "aaaabbbb", "aaaabbbb")
    value[1] = 0
    found = communities(cube(value), runs=3)
    assert found.yearly["year"].to_list() == [2001, 2003]
    assert found.events["event"].to_list() == ["pause", "pause", "return", "return"]


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "louvain"},
        {"method": "flow", "resolution": 2.0},
        {"method": "flow", "coupling": 0.1},
        {"coupling": -1.0},
        {"resolution": float("nan")},
        {"noise": -0.1},
        {"runs": 0},
    ],
)
def test_wrong_questions_are_refused(cube, asked):
    with pytest.raises(InputError):
        communities(cube(planted("aabb")), **asked)


def test_ties_of_other_labels_are_refused(cube):
    trade = cube(planted("aaaabbbb", "aaaabbbb"))
    with pytest.raises(InputError, match="2002"):
        communities(trade, dependence(trade).isel(year=[0]))
