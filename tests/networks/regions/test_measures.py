"""Shares, E–I index, intensity, distance, Herfindahl and Theil: by hand, and by their conservation laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xenotime.networks.regions import REGION_MEASURES
from xenotime.networks.regions.concentration import hhi, theil, theil_parts
from xenotime.networks.regions.distance import distances_km, mean_distance
from xenotime.networks.regions.shares import ei_index, ei_index_of_ties, relative_intensity, within_share

#: A, B in one group, C in another, D in none.
WEIGHT = np.array([[0, 30, 10, 5], [20, 0, 0, 0], [0, 15, 0, 0], [0, 0, 0, 0]], dtype=float)
GROUP = np.array([0, 0, 1, -1])


def test_shares_by_hand():
    # Within: A→B 30, B→A 20. Between: A→C 10, A→D 5 (D is in no group, A is), C→B 15.
    assert within_share(WEIGHT, GROUP) == 50 / 80
    assert ei_index(WEIGHT, GROUP) == pytest.approx((30 - 50) / 80)
    assert ei_index_of_ties(WEIGHT, GROUP) == pytest.approx((3 - 2) / 5)


def test_trade_among_countries_of_no_group_does_not_count():
    weight = np.array([[0, 1, 0], [0, 0, 3], [0, 5, 0]], dtype=float)
    assert within_share(weight, np.array([0, 0, -1])) == 1 / 9
    assert within_share(weight, np.array([0, -1, -1])) == 0
    assert np.isnan(within_share(weight, np.array([-1, -1, -1])))


def test_intensity_by_hand():
    weight = np.array([[0, 3, 1], [1, 0, 1], [1, 1, 0]], dtype=float)
    group = np.array([0, 0, 1])
    out, into = np.array([4, 2, 2]), np.array([2, 4, 2])
    expected = {(i, j): out[i] * into[j] for i in range(3) for j in range(3) if i != j}
    chance = (expected[0, 1] + expected[1, 0]) / sum(expected.values())
    assert relative_intensity(weight, group) == pytest.approx((4 / 8) / chance)


def test_intensity_is_one_where_only_size_counts():
    size = np.array([5.0, 3, 2, 1, 1])
    weight = np.outer(size, size)
    np.fill_diagonal(weight, 0)
    # Not exactly gravity, since own trade is left out; but groups of equal make-up get no advantage.
    assert relative_intensity(weight, np.array([0, 1, 2, 3, 4])) != relative_intensity(weight, np.zeros(5, dtype=int))
    even = np.ones((6, 6)) - np.eye(6)
    assert relative_intensity(even, np.array([0, 0, 0, 1, 1, 1])) == pytest.approx(1)


def test_distance_between_capitals():
    km = distances_km(["FRA", "DEU", "CHN", "JPN", "AUS"])
    # Great circles Paris–Berlin, Beijing–Tokyo as any atlas gives them, to the choice of the point in the city.
    assert km[0, 1] == pytest.approx(878, abs=8)
    assert km[2, 3] == pytest.approx(2100, abs=15)
    assert (km == km.T).all()
    assert (np.diag(km) == 0).all()
    assert np.isnan(distances_km(["FRA", "XXX"])[0, 1])


def test_mean_distance_leaves_out_what_is_unknown():
    km = np.array([[0, 100, np.nan], [100, 0, 400], [np.nan, 400, 0]])
    weight = np.array([[0, 3, 50], [0, 0, 1], [0, 0, 0]], dtype=float)
    assert mean_distance(weight, km) == pytest.approx((300 + 400) / 4)
    assert np.isnan(mean_distance(np.zeros((3, 3)), km))


def test_theil_by_hand():
    assert theil(np.ones(7)) == pytest.approx(0)
    assert theil(np.array([5.0, 0, 0, 0])) == pytest.approx(np.log(4))
    amount, group = np.array([6.0, 2, 1, 1]), np.array([0, 0, 1, 1])
    between, within = theil_parts(amount, group)
    assert between == pytest.approx(0.8 * np.log(0.8 / 0.5) + 0.2 * np.log(0.2 / 0.5))
    assert within == pytest.approx(0.8 * (0.75 * np.log(1.5) + 0.25 * np.log(0.5)))


@given(
    arrays(np.float64, 12, elements=st.floats(0, 1e6, allow_subnormal=False)),
    arrays(np.int64, 12, elements=st.integers(-1, 3)),
)
def test_theil_parts_add_up(amount, group):
    between, within = theil_parts(amount, group)
    if amount.sum() > 0:
        assert between + within == pytest.approx(theil(amount), abs=1e-9)
        assert between >= -1e-9
        assert within >= -1e-9
        assert 1 / 12 - 1e-12 <= hhi(amount) <= 1 + 1e-12
    else:
        assert np.isnan(between)


@given(arrays(np.float64, (6, 6), elements=st.sampled_from([0.0, 1.0, 2.5, 40.0])), st.permutations(range(6)))
def test_measures_do_not_depend_on_order_or_currency(weight, order):
    np.fill_diagonal(weight, 0)
    group, km = np.array([0, 0, 1, 1, 2, -1]), distances_km(["CHN", "JPN", "DEU", "FRA", "USA", "BRA"])
    order = np.array(order)
    swap = np.ix_(order, order)
    for measure in REGION_MEASURES.values():
        value = measure.function(weight, group, km)
        assert measure.function(weight[swap], group[order], km[swap]) == pytest.approx(value, nan_ok=True), measure.name
        assert measure.function(7 * weight, group, km) == pytest.approx(value, nan_ok=True), measure.name


@pytest.mark.parametrize("name", REGION_MEASURES)
def test_which_way_is_more_regional(name):
    """Trade moved from far partners of other groups to near ones of the own group."""
    km = distances_km(["CHN", "JPN", "DEU", "FRA"])
    group = np.array([0, 0, 1, 1])
    regional = np.array([[0, 9, 1, 1], [9, 0, 1, 1], [1, 1, 0, 9], [1, 1, 9, 0]], dtype=float)
    world = np.array([[0, 1, 5, 5], [1, 0, 5, 5], [5, 5, 0, 1], [5, 5, 1, 0]], dtype=float)
    if name == "ei_index_ties":
        regional, world = regional > 5, world > 4
    measure = REGION_MEASURES[name]
    change = measure.function(np.asarray(regional, float), group, km) - measure.function(
        np.asarray(world, float), group, km
    )
    if measure.more_regional:
        assert change * measure.more_regional > 0
    elif not measure.tested:
        assert change == pytest.approx(0, abs=1e-12)  # the same exports and imports: no other concentration
