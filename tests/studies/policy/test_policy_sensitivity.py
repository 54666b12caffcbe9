"""Sensitivity from draws at hand, against the Ishigami function, whose indices are known; and failed draws."""

import numpy as np
import pytest
from scipy import stats

from xenotime import reference
from xenotime.studies.policy.elasticities import Elasticity, draw, elasticities
from xenotime.studies.policy.sensitivity import FEWEST, drivers, first_order
from xenotime.studies.policy.settings import PolicySettings


def ishigami(draws):
    x = np.pi * (2 * stats.qmc.LatinHypercube(3, rng=np.random.default_rng(3)).random(draws) - 1)
    return x, np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_first_order_indices_of_ishigami():
    x, y = ishigami(4000)
    # Saltelli et al. (2008), a = 7, b = 0.1: 0.3139, 0.4424, 0
    found = first_order({"one": x[:, 0], "two": x[:, 1], "three": x[:, 2]}, y)
    assert found["one"] == pytest.approx(0.3139, abs=0.03)
    assert found["two"] == pytest.approx(0.4424, abs=0.08)
    assert found["three"] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_few_draws_neither_invent_drivers_nor_add_up_to_more_than_all(seed):
    x = stats.qmc.LatinHypercube(3, rng=np.random.default_rng(seed)).random(40)
    y = 5 * x[:, 0] + x[:, 1] + 0.5 * np.exp(x[:, 2])
    # of a sum of independent parts the indices are their variances: 25 and 1 twelfths, and Var(exp U)/4
    variances = np.array([25 / 12, 1 / 12, ((np.e**2 - 1) / 2 - (np.e - 1) ** 2) / 4])
    truth = variances / variances.sum()
    found = np.array(list(first_order(dict(zip("abc", x.T)), y).values()))
    assert found == pytest.approx(truth, abs=0.01)
    assert found.sum() <= 1 + 1e-12


def test_a_monotone_answer_is_explained_whole():
    x = np.linspace(0, 1, 200)
    table = drivers({"x": x, "noise": np.random.default_rng(1).permutation(x)}, x**2)
    first, other = table.rows(named=True)
    assert first["first_order"] > 0.99
    assert first["rank_correlation"] == pytest.approx(1)
    assert other["first_order"] < 0.1
    assert first["pawn"] > 0.4 > other["pawn"]


def test_failed_draws_are_counted_and_too_few_answers_give_null():
    x = np.linspace(0, 1, 100)
    y = np.where(x < 0.4, np.nan, x)
    row = drivers({"x": x}, y).row(0, named=True)
    assert (row["draws"], row["failed"]) == (60, 40)
    assert row["first_order"] > 0.99
    y[: 100 - FEWEST + 1] = np.nan
    assert drivers({"x": x}, y).row(0, named=True)["first_order"] is None
    assert drivers({"x": x}, np.ones(100)).row(0, named=True)["first_order"] is None  # nothing to explain


def test_draws_hit_every_slice_once_and_are_those_of_the_seed():
    ranges = [Elasticity("substitution", 1.2, 5.0, "s", None), Elasticity("demand", 0.5, 1.5, "s", None)]
    drawn = draw(ranges, 50, 1)
    slices = np.floor(50 * np.log(drawn["substitution"] / 1.2) / np.log(5 / 1.2)).astype(int)
    assert sorted(slices) == list(range(50))
    assert (drawn["demand"] >= -1.5).all()
    assert (drawn["demand"] <= -0.5).all()
    np.testing.assert_array_equal(drawn["demand"], draw(ranges, 50, 1)["demand"])
    assert (drawn["demand"] != draw(ranges, 50, 2)["demand"]).any()


def test_the_range_of_substitution_begins_at_the_lowest_published_value():
    settings = PolicySettings.read()
    sigma, demand, supply = elasticities(reference.chain("rare_earths"), None, "downstream", settings)
    assert (sigma.low, sigma.high) == (1.27, 5.0)  # Broda and Weinstein, US imports of 850511
    assert set(sigma.published["recorded_as"]) == {"sigma", "1-sigma"}  # each row says which
    assert "assumed" in demand.source
    assert "assumed" in supply.source
    midstream = elasticities(reference.chain("rare_earths"), None, "midstream", settings)[0]
    assert midstream.low == 1.18  # Hauk, 284690: recorded as 1 - sigma = -0.18
    assert 33.5 not in midstream.published["value"].to_list()
