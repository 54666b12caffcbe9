"""Scores of predictions against counting by hand."""

import numpy as np
import pytest

from xenotime.tergm.scores import brier, calibration, log_score, precision_recall, roc


@pytest.fixture(scope="module", params=[2, 100])
def predicted(request):
    """Outcomes and probabilities, rounded so that many are equal (or few are)."""
    rng = np.random.default_rng(request.param)
    chance = np.round(rng.random(300) * request.param) / request.param
    return (rng.random(300) < chance).astype(float), chance


def test_the_area_under_roc_is_the_share_of_pairs_in_the_right_order(predicted):
    tied, chance = predicted
    one, zero = chance[tied == 1][:, None], chance[tied == 0][None, :]
    assert roc(tied, chance).area == pytest.approx(np.mean((one > zero) + 0.5 * (one == zero)))


def test_average_precision_by_going_down_the_thresholds(predicted):
    tied, chance = predicted
    area, before = 0.0, 0.0
    for threshold in sorted(set(chance), reverse=True):
        called = chance >= threshold
        recall = tied[called].sum() / tied.sum()
        area += (recall - before) * tied[called].mean()
        before = recall
    assert precision_recall(tied, chance).area == pytest.approx(area)


def test_scores_by_hand():
    tied, chance = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.2, 0.6, 0.0])
    assert brier(tied, chance) == pytest.approx((0.01 + 0.04 + 0.16) / 4)
    assert log_score(tied, chance) == pytest.approx((np.log(0.9) + np.log(0.8) + np.log(0.6)) / 4)
    table = calibration(tied, chance, bins=2)
    assert table.rows() == [(0.0, 0.2, 2, 0.1, 0.0), (0.6, 0.9, 2, 0.75, 1.0)]


def test_outcomes_all_alike_have_no_curve():
    assert np.isnan(roc(np.ones(3), np.array([0.1, 0.2, 0.3])).area)
    assert np.isnan(precision_recall(np.zeros(3), np.array([0.1, 0.2, 0.3])).area)
