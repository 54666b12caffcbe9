"""Goodness of fit: btergm's observed figures, its simulated ones within Monte-Carlo error; p-values that hold."""

import numpy as np
import polars as pl
import pytest
from after_fit import entry_and_exit, small_fit
from tergm_panels import random_panel, reference
from test_btergm import CASES

from xenotime.core import InputError
from xenotime.tergm import fit
from xenotime.tergm.gof import largest_departure_p, monte_carlo_p

BTERGM = {
    "Dyad-wise shared partners": "dyad-wise shared partners",
    "Edge-wise shared partners": "edge-wise shared partners",
    "Indegree": "in-degree",
    "Outdegree": "out-degree",
    "Geodesic distances": "geodesic distance",
    "Triad census": "triad census",
}


@pytest.fixture(scope="module")
def beside_btergm():
    make, formula = CASES["panel20_stability"]
    _, panel = make()
    return fit(formula, panel).gof(simulations=200, seed=2), reference("btergm/panel20_stability.gof")["gof"]


@pytest.mark.parametrize("name", BTERGM)
def test_btergms_figures(beside_btergm, name):
    found, truth = beside_btergm
    item = found.statistics[BTERGM[name]]
    drawn = item.simulated.mean(axis=1)
    for label, row in zip(truth[name]["rows"], truth[name]["table"], strict=True):
        level = {"Inf": "none"}.get(label, label)
        if level == "300":
            # btergm counts no complete triad: its observed census sums to 1,138.6 of 1,140.
            continue
        if level not in item.levels:
            assert row[0] == 0
            continue
        place = item.levels.index(level)
        seen = item.observed[:, place]
        assert [seen.mean(), np.median(seen), seen.min(), seen.max()] == pytest.approx(row[:4])
        error = drawn[:, place].std() * np.sqrt(1 / 100 + 1 / 200)
        assert row[4] == pytest.approx(drawn[:, place].mean(), abs=5 * error + 0.02)


def test_tie_prediction_is_near_btergms(beside_btergm):
    found, truth = beside_btergm
    assert found.prediction.roc().area == pytest.approx(truth["Tie prediction"]["auc_roc"][0], abs=0.03)
    assert found.prediction.precision_recall().area == pytest.approx(truth["Tie prediction"]["auc_pr"][0], abs=0.03)


def test_every_statistic_adds_up_over_years_with_entry_and_exit():
    panel = entry_and_exit()
    found = fit("edges + mutual + edgecov('w') + memory('stability')", panel).gof(20, seed=1)
    sizes = panel.exists[1:].sum(axis=1)
    totals = {
        "out-degree": sizes,
        "in-degree": sizes,
        "dyad-wise shared partners": sizes * (sizes - 1),
        "geodesic distance": sizes * (sizes - 1),
        "triad census": sizes * (sizes - 1) * (sizes - 2) // 6,
    }
    for name, expected in totals.items():
        item = found.statistics[name]
        np.testing.assert_array_equal(item.observed.sum(axis=1), expected)
        np.testing.assert_array_equal(item.simulated.sum(axis=2), np.tile(expected, (20, 1)))
    # What does not count stays as observed in every simulated network; ties elsewhere are near the observed number.
    assert np.isnan(found.prediction.probability[0, 0]).all()
    assert found.to_frame(by_year=True)["year"].unique().sort().to_list() == [2002, 2003, 2004, 2005, 2006]


def test_a_model_that_lacks_reciprocity_is_found_out_and_the_right_one_passes():
    rng = np.random.default_rng(4)
    ties = (rng.random((5, 16, 16)) < 0.12).astype(float)
    ties = np.maximum(ties, ties.transpose(0, 2, 1) * (rng.random((5, 16, 16)) < 0.8))
    panel = type(random_panel()).from_arrays(ties)
    wrong, right = (fit(formula, panel).gof(100, seed=1) for formula in ("edges", "edges + mutual"))
    census = [found.statistics["triad census"].joint_p() for found in (wrong, right)]
    assert census[0] < 0.05 < census[1]
    # What departs most is a triad with reciprocated pairs.
    assert wrong.joint().filter(pl.col("statistic") == "triad census")["worst_level"][0][0] in "12"


def test_p_values_are_right_under_the_null_and_never_zero():
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(1500, 40, 6)).cumsum(axis=2)  # levels that hang together
    single = np.array([monte_carlo_p(each[0], each[1:])[2] for each in drawn])
    joint = np.array([largest_departure_p(each[0], each[1:]) for each in drawn])
    for p in (single, joint):
        assert np.mean(p <= 0.1) == pytest.approx(0.1, abs=0.025)
        assert p.min() >= 1 / 40
    assert monte_carlo_p(np.array([3.0]), np.full((19, 1), 3.0))[0] == 1.0
    assert monte_carlo_p(np.array([9.0]), np.zeros((19, 1)))[0] == pytest.approx(0.1)


def test_the_same_numbers_on_any_number_of_workers():
    result = small_fit()
    one, two = (result.gof(20, seed=5, years=[2003, 2004], workers=workers) for workers in (1, 2))
    assert one.to_frame().equals(two.to_frame())
    assert one.years == (2003, 2004)
    assert set(one.effective) == set(result.names)
    assert 5 < min(one.effective.values()) <= 20
    assert "out-degree" in str(one)


def test_out_of_sample_uses_coefficients_of_the_years_before():
    panel = random_panel(seed=3, years=7, n=12)
    formula = "edges + mutual + edgecov('w') + memory('stability')"
    ties = panel.ties.copy()
    ties[6] = (np.random.default_rng(1).random((12, 12)) < 0.9) * (1 - np.eye(12))
    other = type(panel).from_arrays(ties, panel.years, panel.nodes, dyad_covariates=panel.dyad_covariates)
    one, two = (fit(formula, given).gof_ahead([2006], 50, seed=1) for given in (panel, other))
    assert one.to_frame().equals(two.to_frame())  # what came after 2006 changes nothing
    assert one.sample == "out of sample"
    full = fit(formula, other).gof_ahead([2007], 50, seed=1)
    assert full.statistics["dyad-wise shared partners"].joint_p() <= 2 / 51
    with pytest.raises(InputError, match="fewer than three modelled years before 2003"):
        fit(formula, panel).gof_ahead([2003])


def test_undirected_networks():
    found = fit("edges + gwesp(0.5, fixed=TRUE) + memory('stability')", random_panel(directed=False, years=5)).gof(20)
    assert next(iter(found.statistics)) == "degree"
    assert found.statistics["triad census"].levels[-1] == "three ties"
    np.testing.assert_array_equal(found.statistics["geodesic distance"].simulated.sum(axis=2), 66)


def test_wrong_years_and_too_few_simulations():
    result = small_fit()
    with pytest.raises(InputError, match="no such year: 1999"):
        result.gof(years=[1999])
    with pytest.raises(InputError, match="1 simulations say nothing"):
        result.gof(1)
