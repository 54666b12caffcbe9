"""MCMC-MLE against R's high-precision runs and the exact maximum; the log-likelihood; what is judged and named."""

import numpy as np
import pytest
from tergm_panels import random_panel, reference, statnet_panel

from xenotime.core import InputError
from xenotime.tergm import Panel, fit, model_of
from xenotime.tergm.bridge import pairwise_fit
from xenotime.tergm.ensemble import ensemble_of
from xenotime.tergm.exact import enumerate_networks
from xenotime.tergm.mcmle import Mcmle
from xenotime.tergm.ratio import best_step

STATNET = ("s_edges_mutual", "s_mutual_cov", "s_mutual_gwesp_match", "f_gwesp_wealth", "f_triangle")
EXACT = {one["name"]: one for one in reference("statnet/exact_mle")["fits"]}


def errors(result):
    return np.array(list(result.std_errors.values()))


@pytest.mark.reference
@pytest.mark.parametrize("name", STATNET)
def test_estimates_errors_and_likelihood_are_rs(name):
    truth = reference(f"statnet/mcmle_{name}")
    best = truth["high_precision_fit"]
    result = fit(truth["formula"], statnet_panel(truth["network"]), method=Mcmle(loglik_error=0.03), seed=5)
    assert result.converged
    own = result.diagnostics["monte_carlo_error"]
    # Over R's own seeds the estimates spread up to 1.8 times as far as its mc_se says (file, seed_sd_coef).
    error = np.hypot(own, 1.8 * np.array(best["mc_se"]))
    assert (np.abs(result.estimates - best["coef"]) < 4 * error).all()
    np.testing.assert_allclose(errors(result), best["se"], rtol=0.15)
    spread = np.hypot(result.diagnostics["loglik_error"], np.sqrt(best["loglik_mc_var"]))
    # The likelihood is flat at its top: coefficients off by c standard errors lose c²/2.
    assert abs(result.loglik - best["loglik"]) < 4 * spread + 0.02
    assert result.aic - best["aic"] == pytest.approx(-2 * (result.loglik - best["loglik"]), abs=1e-6)
    assert result.bic - best["bic"] == pytest.approx(-2 * (result.loglik - best["loglik"]), abs=1e-6)


@pytest.mark.parametrize("name", EXACT)
def test_estimates_are_the_exact_maximum(name):
    truth = EXACT[name]
    result = fit(truth["formula"], statnet_panel(truth["network"]), method=Mcmle(precision=0.02), seed=2)
    assert result.converged
    assert (np.abs(result.estimates - truth["mle"]) < 4.5 * result.diagnostics["monte_carlo_error"]).all()
    np.testing.assert_allclose(errors(result), truth["se"], rtol=0.06)
    assert abs(result.loglik - truth["loglik"]) < 4.5 * result.diagnostics["loglik_error"] + 0.01


def test_a_panel_of_years_has_the_exact_maximum():
    panel = random_panel(seed=21, years=4, n=4, density=0.5)
    formula = "edges + mutual + ttriple + memory('stability')"
    exact = enumerate_networks(model_of(formula, panel))
    result = fit(formula, panel, method=Mcmle(precision=0.02), seed=2)
    assert result.converged
    assert result.spread.startswith("year-clustered")
    assert (np.abs(result.estimates - exact.maximum) < 4.5 * result.diagnostics["monte_carlo_error"]).all()
    information = exact.moments(exact.maximum)[1]
    np.testing.assert_allclose(
        list(result.se_hessian.values()), np.sqrt(np.diag(np.linalg.inv(information))), rtol=0.08
    )
    assert abs(result.loglik - exact.loglik(exact.maximum)) < 4.5 * result.diagnostics["loglik_error"] + 0.01
    scores = np.array(
        [
            one_year.observed - one_year.moments(exact.maximum)[0]
            for one_year in (single(exact, place) for place in range(3))
        ]
    )
    bread = np.linalg.inv(information)
    clustered = 3 / 2 * bread @ scores.T @ scores @ bread
    np.testing.assert_allclose(errors(result), np.sqrt(np.diag(clustered)), rtol=0.05, atol=0.02)


def single(exact, place):
    """One year of an enumeration; its first row is the observed network."""
    return type(exact)(exact.model, (exact.statistics[place],), exact.statistics[place][0])


def test_offsets_stay_and_separated_columns_are_left_out():
    panel = random_panel(seed=12, years=1, n=5, density=0.4)
    formula = "edges + offset(mutual, 0.7) + ttriple"
    exact = enumerate_networks(model_of(formula, panel))
    result = fit(formula, panel, method=Mcmle(precision=0.02), seed=1)
    assert result.params["offset(mutual)"] == 0.7
    error = np.nan_to_num(result.diagnostics["monte_carlo_error"], nan=1e-12)
    assert (np.abs(result.estimates - exact.maximum) < 4.5 * error + 1e-12).all()
    assert abs(result.loglik - exact.loglik(exact.maximum)) < 4.5 * result.diagnostics["loglik_error"] + 0.01
    truth = reference("statnet/mple")["fits"]["s_separated"]
    network = reference("statnet/mple")["networks"][truth["network"]]
    separated = fit(truth["formula"] + " + ttriple", statnet_panel(network), method=Mcmle(loglik_error=np.inf))
    assert separated.params["edgecov.samplk1"] == np.inf
    assert separated.converged
    assert np.isnan(separated.loglik)


def test_likelihood_of_independent_pairs_is_exact():
    panel = random_panel(seed=13, years=2, n=4, density=0.4)
    ties, risk = np.array(panel.ties), np.ones((2, 4, 4), bool)
    ties[1, 0, 1] = 1
    risk[:, 0, 1] = False
    limited = Panel.from_arrays(ties, risk=risk, dyad_covariates={"w": panel.dyad_covariates["w"]})
    model = model_of("edges + mutual + edgecov('w') + asymmetric:time + delrecip", limited)
    exact = enumerate_networks(model)
    start, value = pairwise_fit(ensemble_of(model, np.zeros(5), 1, chains=2), np.zeros(5))
    np.testing.assert_allclose(start, exact.maximum, atol=1e-6)
    assert value == pytest.approx(exact.loglik(exact.maximum), abs=1e-9)


def test_same_seed_same_numbers_on_one_and_two_workers():
    panel = random_panel(seed=14, years=4, n=10)
    one, two = (fit("edges + mutual + ttriple", panel, method="mcmle", seed=6, workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(one.estimates, two.estimates)
    assert one.loglik == two.loglik
    other = fit("edges + mutual + ttriple", panel, method="mcmle", seed=7)
    assert (one.estimates != other.estimates).any()


def test_a_degenerate_model_gives_no_numbers_and_names_the_term():
    rng = np.random.default_rng(3)
    place = rng.random((40, 2))
    near = np.linalg.norm(place[:, None] - place[None], axis=2) < 0.22
    ties = (near & ~np.eye(40, dtype=bool)).astype(float)
    result = fit("edges + triangle", Panel.from_arrays(ties, directed=False), method="mcmle")
    assert result.status == "degenerate"
    assert np.isnan(result.estimates).all()
    assert any("triangle drives it" in note for note in result.notes)
    assert "none" in result.summary()


def test_without_dependence_the_pseudo_likelihood_is_the_likelihood():
    panel = random_panel(seed=15)
    both = [fit("edges + edgecov('w')", panel, method=method) for method in ("mple", "mcmle")]
    np.testing.assert_array_equal(both[0].estimates, both[1].estimates)
    assert both[0].aic == both[1].aic


def test_what_belongs_to_the_pseudo_likelihood_is_refused():
    panel = random_panel(seed=16, n=8)
    result = fit("edges + mutual", panel, method=Mcmle(loglik_error=np.inf))
    with pytest.raises(InputError, match="clustered by exporter"):
        result.conf_int(kind="exporter")
    with pytest.raises(InputError, match="one of pooled MPLE"):
        fit("edges + mutual", panel, method="mcmle", bootstrap=10)
    with pytest.raises(InputError, match="no AIC"):
        _ = fit("edges + mutual", panel).aic
    with pytest.raises(InputError, match="precision"):
        Mcmle(precision=0)


def test_a_step_stays_among_the_draws():
    rng = np.random.default_rng(0)
    draws = [rng.normal(size=(2000, 2)), rng.normal(size=(2000, 2))]
    far = best_step(draws, np.array([[30.0, 0.0], [0.0, 0.0]]))
    assert far.length < 0.3
    assert far.distance < 3.5
    near = best_step(draws, np.array([[0.2, 0.1], [0.0, 0.0]]))
    assert near.length == 1.0
    # For normal draws the maximum is the pooled covariance's inverse times the difference.
    np.testing.assert_allclose(near.delta, [0.1, 0.05], atol=0.04)
    assert best_step([np.ones((50, 2))], np.zeros((1, 2))) is None


def test_draws_go_on_until_the_chains_of_each_year_agree(monkeypatch):
    panel = random_panel(seed=21, years=6, n=12, density=0.3)
    formula = "edges + mutual + gwesp(0.5, fixed=TRUE) + memory('stability')"
    # So coarse a precision is reached by the first few draws, when the chains do not agree yet.
    monkeypatch.setattr("xenotime.tergm.mcmle.LATE", 12)
    result = fit(formula, panel, method=Mcmle(precision=0.9, loglik_error=np.inf), seed=2)
    assert result.converged, result.notes
    assert result.diagnostics["rhat"].max() <= 1.05
    assert result.diagnostics["draws"] > 4 * 12
