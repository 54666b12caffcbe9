"""Alignment by hand, what two sources agree on against scipy, and the overview against recounts."""

import itertools

import numpy as np
import polars as pl
import pytest
import xarray as xr
from event_worlds import NAMES, counts_of, drawn
from scipy.stats import spearmanr

from xenotime import geopolitics as geo
from xenotime.core import DataWarning, InputError

ROWS = [
    (2001, "USA", "JPN", "042", 9),
    (2001, "USA", "JPN", "111", 1),
    (2001, "RUS", "USA", "190", 4),
    (2001, "RUS", "JPN", "042", 1),
]


def part(value, like, **cells):
    made = xr.where(like.isnull(), np.nan, value)
    for pair, number in cells.items():
        i, j = pair.split("_")
        made.loc[{"actor": i, "target": j}] = number
        made.loc[{"actor": j, "target": i}] = number
    return made


def test_balance_and_alignment_by_hand():
    events = geo.balance(geo.event_networks(counts_of(ROWS), transform="none"))
    assert events.sel(year=2001, actor="JPN", target="USA").item() == pytest.approx(0.8)
    assert events.sel(year=2001, actor="RUS", target="USA").item() == -1
    votes = part(0.5, events, JPN_RUS=np.nan)
    pact = part(0.0, events, JPN_USA=1.0)
    rival = part(0.0, events, RUS_USA=1.0)
    parts = {"events": events, "votes": votes, "pact": pact, "rivalry": rival}
    weights = {"events": 2, "votes": 1, "pact": 1, "rivalry": -1}
    made = geo.alignment(parts, weights)
    assert made.sel(year=2001, actor="USA", target="JPN").item() == pytest.approx((2 * 0.8 + 0.5 + 1) / 5)
    assert made.sel(year=2001, actor="USA", target="RUS").item() == pytest.approx((-2 + 0.5 - 1) / 5)
    assert np.isnan(made.sel(year=2001, actor="RUS", target="JPN"))
    known = geo.alignment(parts, weights, missing="reweigh")
    assert known.sel(year=2001, actor="RUS", target="JPN").item() == pytest.approx(2 / 4)
    assert made.attrs["weights"] == {"events": 0.4, "votes": 0.2, "pact": 0.2, "rivalry": -0.2}
    assert "events +0.4, votes +0.2, pact +0.2, rivalry -0.2" in made.attrs["choices"][0]
    np.testing.assert_array_equal(made.values, made.values.swapaxes(1, 2))


def test_a_pair_without_events_is_balanced_and_an_unknown_one_unknown():
    network = geo.event_networks(counts_of(ROWS), countries=["JPN", "USA", "RUS", "ABW"], transform="none")
    network = network.assign(conflict=network["conflict"] * 0, cooperation=network["cooperation"] * 0)
    made = geo.balance(network)
    assert made.sel(year=2001, actor="USA", target="JPN").item() == 0
    assert made.sel(actor="ABW").isnull().all()


def test_alignment_that_cannot_be():
    events = geo.balance(geo.event_networks(counts_of(ROWS), transform="none"))
    with pytest.raises(InputError, match="transform is 'log1p'"):
        geo.balance(geo.event_networks(counts_of(ROWS)))
    with pytest.raises(InputError, match="differ in votes"):
        geo.alignment({"events": events}, {"events": 1, "votes": 1})
    with pytest.raises(InputError, match="no part has a weight"):
        geo.alignment({"events": events}, {"events": 0})
    with pytest.raises(InputError, match="runs from -3 to"):
        geo.alignment({"events": events * 3}, {"events": 1})
    with pytest.raises(InputError, match="differs on axis target: USA"):
        geo.alignment({"events": events, "less": events.isel(target=[0, 1])}, {"events": 1, "less": 1})
    with pytest.raises(InputError, match="no such choice"):
        geo.alignment({"events": events}, {"events": 1}, missing="zero")


def test_sources_agree_as_scipy_says():
    rng = np.random.default_rng(1)
    one, other = (  # no two weights above 0 are equal
        geo.event_networks(counts, directed=True).map(lambda x: x * (1 + 1e-6 * rng.random(x.shape)), keep_attrs=True)
        for counts in (drawn(1), drawn(2, names=NAMES[:6]))
    )
    with pytest.warns(DataWarning, match="disagree on cooperation in 2001"):
        found = geo.agreement_between({"a": one, "b": other}, top=5, permutations=50)
    assert found.height == 6
    for row in found.iter_rows(named=True):
        off = ~np.eye(6, dtype=bool)
        x, y = (
            source[row["network"]].sel(year=row["year"], actor=list(NAMES[:6]), target=list(NAMES[:6])).values[off]
            for source in (one, other)
        )
        assert row["pairs"] == 30
        assert row["spearman"] == pytest.approx(spearmanr(x, y).statistic)
        assert row["pearson"] == pytest.approx(np.corrcoef(x, y)[0, 1])
        active = (x > 0) | (y > 0)
        assert row["active"] == active.sum()
        assert row["spearman_active"] == pytest.approx(spearmanr(x[active], y[active]).statistic)
        best = [set(np.argsort(-values)[:5]) for values in (x, y)]
        assert row["top_overlap"] == pytest.approx(len(best[0] & best[1]) / 5)
        assert row["top_by_chance"] == pytest.approx(5 / 30)
        assert 0 < row["p_value"] <= 1


def test_a_source_agrees_with_itself_and_undirected_pairs_count_once(recwarn):
    one = geo.event_networks(drawn(1))
    found = geo.agreement_between({"a": one, "b": one}, permutations=200)
    assert [str(one.message) for one in recwarn.list] == []
    assert found["pairs"].unique().to_list() == [28]
    for column in ("spearman", "spearman_active", "pearson", "top_overlap"):
        np.testing.assert_allclose(found[column], 1.0)
    assert (found["p_value"] < 0.05).all()


def test_nothing_in_common_is_said():
    one, other = geo.event_networks(drawn(1)), geo.event_networks(drawn(1, years=(1999,)))
    with pytest.warns(DataWarning, match="no year in common"):
        assert geo.agreement_between({"a": one, "b": other}).is_empty()
    left, right = (geo.event_networks(drawn(1, names=names)) for names in (NAMES[:3], NAMES[3:]))
    with pytest.warns(DataWarning, match="no two countries in common in 2001"):
        geo.agreement_between({"a": left, "b": right})
    with pytest.raises(InputError, match="one source"):
        geo.agreement_between({"a": one})
    with pytest.raises(InputError, match="directed and undirected"):
        geo.agreement_between({"a": one, "b": geo.event_networks(drawn(1), directed=True)})
    with pytest.raises(InputError, match="a has no network 'tone'"):
        geo.agreement_between({"a": one, "b": one}, ("tone",))


@pytest.mark.parametrize("directed", [False, True])
def test_summary_equals_a_recount(directed):
    network = geo.event_networks(drawn(5, share=0.05), years=range(2001, 2005), directed=directed)
    found = geo.summary(network)
    assert found.filter(pl.col("year") == 2003).drop("year", "countries", "pairs").null_count().row(0) == (1,) * 8
    for row in found.filter(pl.col("year") != 2003).iter_rows(named=True):
        here = network.sel(year=row["year"])
        pairs = [(i, j) for i in NAMES for j in NAMES if i != j and (directed or i < j)]
        value = {
            name: [here[name].sel(actor=i, target=j).item() for i, j in pairs] for name in ("cooperation", "conflict")
        }
        assert row["pairs"] == len(pairs)
        for name, values in value.items():
            assert row[f"{name}_density"] == pytest.approx(np.mean(np.array(values) > 0))
            assert row[f"{name}_mean"] == pytest.approx(np.mean(values))
            best = pairs[int(np.argmax(values))]
            assert row[f"most_{name}"].startswith("-".join(best))
        more = np.mean(np.array(value["conflict"]) > np.array(value["cooperation"]))
        assert row["more_conflict"] == pytest.approx(more)
        sign = {}
        for i, j in itertools.combinations(NAMES, 2):
            both = [(here["cooperation"] - here["conflict"]).sel(actor=a, target=b).item() for a, b in ((i, j), (j, i))]
            sign[i, j] = np.sign(sum(both))
        products = [sign[a, b] * sign[b, c] * sign[a, c] for a, b, c in itertools.combinations(NAMES, 3)]
        closed = [one for one in products if one]
        assert row["balanced_triads"] == pytest.approx(np.mean(np.array(closed) > 0))


def test_top_pairs_are_sorted_and_each_once():
    found = geo.top_pairs(geo.event_networks(counts_of(ROWS)), 10)
    listed = found.select("network", "place", "actor", "target").rows()
    assert listed == [
        ("cooperation", 1, "JPN", "USA"), ("cooperation", 2, "JPN", "RUS"),
        ("conflict", 1, "RUS", "USA"), ("conflict", 2, "JPN", "USA"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="the 0 strongest"):
        geo.top_pairs(geo.event_networks(counts_of(ROWS)), 0)


def test_what_a_transform_takes_the_meaning_from_is_null():
    found = {one: geo.summary(geo.event_networks(drawn(5, share=0.05), transform=one)) for one in geo.TRANSFORMS}
    for name, frame in found.items():
        assert (frame["more_conflict"].null_count() == 0) == (name in ("log1p", "none"))
        assert (frame["conflict_density"].null_count() == 0) == (name != "residual")
    assert found["rank"]["conflict_density"].equals(found["none"]["conflict_density"])


def test_one_network_is_not_a_set_of_them():
    one = geo.event_networks(drawn(1))["conflict"]
    with pytest.raises(InputError, match="a is a DataArray"):
        geo.agreement_between({"a": one, "b": one})
    with pytest.raises(InputError, match="not a set of networks"):
        geo.summary(one)
