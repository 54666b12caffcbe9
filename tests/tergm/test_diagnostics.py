"""Effective size, R-hat and T² on series whose answers are known."""

import numpy as np
import pytest
from scipy import stats

from xenotime.tergm.diagnostics import covariance_of_mean, effective_size, hotelling, split_rhat


def autoregressive(rho, chains=4, n=20_000, seed=0):
    rng = np.random.default_rng(seed)
    series = np.empty((chains, n, 1))
    series[:, 0, 0] = rng.normal(size=chains) / np.sqrt(1 - rho**2)
    for t in range(1, n):
        series[:, t, 0] = rho * series[:, t - 1, 0] + rng.normal(size=chains)
    return series


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_effective_size_of_an_autoregression(rho):
    expected = 80_000 * (1 - rho) / (1 + rho)
    assert effective_size(autoregressive(rho))[0] == pytest.approx(expected, rel=0.12)


def test_chains_that_disagree_are_not_mixed():
    apart = autoregressive(0.0, n=500) + np.array([0, 0, 0, 3.0])[:, None, None]
    assert split_rhat(apart)[0] > 1.5
    assert effective_size(apart)[0] < 10
    assert split_rhat(autoregressive(0.0, n=500))[0] < 1.02
    assert split_rhat(np.ones((2, 50, 1)))[0] == 1.0


def test_t2_of_independent_draws_is_hotellings():
    rng = np.random.default_rng(1)
    p_values = [hotelling(rng.normal(size=(2, 200, 3)), np.zeros(3))[1] for _ in range(300)]
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3
    assert hotelling(rng.normal(size=(2, 200, 3)) + 0.5, np.zeros(3))[1] < 1e-6
    assert covariance_of_mean(rng.normal(size=(2, 2000, 2)))[0, 0] == pytest.approx(1 / 4000, rel=0.3)
