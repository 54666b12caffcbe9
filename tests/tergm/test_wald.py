"""Joint tests and the parametric bootstrap."""

import numpy as np
import pytest
from after_fit import COVARIATES, small_fit
from scipy import stats
from tergm_panels import random_panel

from xenotime.core import InputError
from xenotime.tergm import fit


def test_one_coefficient_is_its_t_squared():
    result = small_fit()
    row = result.to_frame().filter(result.to_frame()["term"] == "mutual").row(0, named=True)
    found = result.wald("mutual")
    assert found.f == pytest.approx(row["t"] ** 2)
    assert found.p_value == pytest.approx(row["p_value"])


def test_hotellings_statistic_keeps_its_level_when_the_matrix_comes_from_few_years():
    rng = np.random.default_rng(1)
    result = small_fit(COVARIATES)  # six years, five degrees of freedom
    draws = rng.normal(size=(1000, 6, 3))
    below = 0
    for scores in draws:
        covariance = np.cov(scores, rowvar=False) / 6
        given = type(result)(**{**vars(result), "estimates": scores.mean(axis=0), "covariance": covariance})
        below += given.wald().p_value < 0.1
    assert below / 1000 == pytest.approx(0.1, abs=0.03)


def test_as_many_coefficients_as_years_are_refused():
    result = small_fit()
    with pytest.raises(InputError, match="a joint test of 6 coefficients with 5 years"):
        result.wald()
    assert result.wald(["mutual", "edgecov.w"]).degrees == (2, 3)
    with pytest.raises(InputError, match="no estimated coefficient nope"):
        result.wald(["nope"])


def test_one_year_takes_the_chi_square():
    result = fit("edges + edgecov('w')", random_panel(years=1))
    found = result.wald()
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, 2))


def test_parametric_replicates_spread_as_theory_says_where_ties_are_independent():
    result = small_fit(COVARIATES)
    found = result.with_parametric_bootstrap(120, seed=1).bootstrap
    error = np.array(list(result.se_hessian.values()))
    assert found.failed == 0
    np.testing.assert_allclose(found.replicates.std(axis=0), error, rtol=0.25)
    np.testing.assert_allclose(found.replicates.mean(axis=0), result.estimates, atol=4 * error.max() / np.sqrt(120))


def test_parametric_replicates_with_structure_and_on_any_number_of_workers():
    result = small_fit()
    one, two = (result.with_parametric_bootstrap(20, seed=2, workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(one.bootstrap.replicates, two.bootstrap.replicates)
    assert "parametric" in str(one.bootstrap)
    assert one.conf_int(kind="percentile")["low"].is_finite().all()
    with pytest.raises(InputError, match="BCa rests on resampled years"):
        one.conf_int(kind="bca")
