"""What is refused, and named, rather than computed: covariates, lags, sizes, levels."""

from dataclasses import replace

import numpy as np
import pytest
from after_fit import COVARIATES, small_fit
from tergm_panels import random_panel

from xenotime.core import InputError
from xenotime.tergm import Change, Panel, compare, fit, simulate_path
from xenotime.tergm.counterfactual import conditional_counterfactual, total_counterfactual
from xenotime.tergm.effects import conditional_effects, odds_ratios
from xenotime.tergm.gof import goodness_of_fit
from xenotime.tergm.results import TergmFit
from xenotime.tergm.terms.partners import geometric
from xenotime.tergm.totals import total_effects
from xenotime.tergm.wald import wald


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_future_covariate_that_is_not_finite_is_named(value):
    result = small_fit(COVARIATES)
    w = np.zeros((2, 14, 14))
    w[1, 2, 3] = value
    with pytest.raises(InputError, match=r"2008: n2 → n3: edgecov.w is not a finite number on 1 dyads"):
        result.simulate(2, 2, covariates={"w": w})


def test_a_year_without_a_counted_dyad_is_no_cluster():
    base = random_panel(years=5)
    ties = base.ties.copy()
    ties[3] = np.nan
    gap = Panel.from_arrays(ties, base.years, base.nodes, dyad_covariates={"w": base.dyad_values("w")})
    kept = [0, 1, 2, 4]
    without = Panel.from_arrays(
        base.ties[kept], np.array(base.years)[kept], base.nodes, dyad_covariates={"w": base.dyad_values("w")[kept]}
    )
    found, wanted = (fit("edges + mutual + edgecov('w')", panel, bootstrap=5) for panel in (gap, without))
    assert found.degrees == 3
    assert found.notes == ("no dyad counts in 2004", *wanted.notes)
    np.testing.assert_allclose(found.covariance, wanted.covariance)
    np.testing.assert_allclose(found.bootstrap.replicates, wanted.bootstrap.replicates)


def test_a_path_over_a_year_in_which_no_dyad_counts_names_the_year():
    base = random_panel(years=5)
    ties = base.ties.copy()
    ties[3] = np.nan
    result = fit("edges + mutual", Panel.from_arrays(ties, base.years, base.nodes))
    with pytest.raises(InputError, match="2004 cannot be simulated: no dyad counts there") as caught:
        result.with_parametric_bootstrap(3)
    assert caught.value.remedy == "years of the model: 2001, 2002, 2003, 2005"
    with pytest.raises(InputError, match="step 9 cannot be simulated"):
        simulate_path(result.model, result.theta, range(4, 10))


@pytest.mark.parametrize(
    "term", ["memory('stability', lag=1.5)", "delrecip(lag=2.7)", "edgecov('w', lag=TRUE)", "edgecov('w', lag='1')"]
)
def test_a_lag_is_a_whole_number(term):
    with pytest.raises(InputError, match="a lag must be a whole number"):
        fit(f"edges + {term}", random_panel())


def test_a_dyad_covariate_of_an_undirected_panel_is_symmetric():
    base = random_panel(directed=False)
    w = base.dyad_values("w").copy()
    w[1, 4, 2] += 1
    with pytest.raises(InputError, match="2002: n2 – n4: dyad covariate 'w' is not symmetric"):
        Panel.from_arrays(base.ties, base.years, base.nodes, False, dyad_covariates={"w": w})


def test_ties_off_risk_are_noted():
    base = random_panel()
    tail, head = np.argwhere(base.ties[1] == 1)[0]
    risk = np.ones(base.ties.shape, bool)
    risk[1, tail, head] = False
    panel = Panel.from_arrays(base.ties, base.years, base.nodes, risk=risk)
    note = f"1 ties stand on dyads said not to be at risk, first: 2002 n{tail} → n{head}"
    assert note in fit("edges + mutual", panel).notes
    with pytest.raises(InputError, match="no other tie counts"):
        fit("edges", Panel.from_arrays(base.ties, risk=base.ties == 0))


@pytest.mark.parametrize("how", [{"add": np.nan}, {"to": np.inf}])
def test_a_change_is_finite(how):
    result = small_fit(COVARIATES)
    with pytest.raises(InputError, match="the change of 'w' must be a finite number"):
        result.counterfactual(Change("w", **how))


@pytest.mark.parametrize("step", [np.nan, np.inf])
def test_the_step_of_an_effect_is_finite(step):
    with pytest.raises(InputError, match="the step of an effect must be a finite number"):
        small_fit(COVARIATES).effects(change=step)


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda fit: fit.predict_ahead(sweeps=0), "sweeps"),
        (lambda fit: fit.counterfactual_path(Change("w", add=1), paths=0), "paths"),
        (lambda fit: fit.counterfactual_path(Change("w", add=1), sweeps=0), "sweeps"),
        (lambda fit: fit.counterfactual_path(Change("w", add=1), parameter_draws=0), "parameter_draws"),
        (lambda fit: fit.simulate(2, 0), "draws"),
        (lambda fit: fit.simulate(1.5, 2), "horizon"),
        (lambda fit: fit.with_parametric_bootstrap(0), "replicates"),
        (lambda fit: fit.predict().calibration(0), "bins"),
    ],
)
def test_sizes_are_whole_and_positive(ask, what):
    with pytest.raises(InputError, match=rf"{what} must be"):
        ask(small_fit(COVARIATES))


def test_levels_and_replicates():
    result = small_fit(COVARIATES)
    for level, remedy in ((95, "level=0.95"), (0, "level=0.95"), (1.0, "level=0.95")):
        with pytest.raises(InputError, match="lies between 0 and 1") as caught:
            result.conf_int(level)
        assert remedy in caught.value.remedy
    for replicates in (1, -5, 2.5, True):
        with pytest.raises(InputError, match="bootstrap"):
            small_fit(COVARIATES, bootstrap=replicates)
    with pytest.raises(InputError, match="'CR1' are unknown") as caught:
        result.conf_int(kind="CR1")
    assert "headline, hessian, percentile, bca" in caught.value.remedy


@pytest.mark.parametrize(
    "ask",
    [
        TergmFit.predict,
        TergmFit.predict_ahead,
        TergmFit.simulate,
        odds_ratios,
        conditional_effects,
        lambda fit: total_effects(fit, "edgecov.w"),
        wald,
        goodness_of_fit,
        lambda fit: conditional_counterfactual(fit, Change("w", add=1)),
        lambda fit: total_counterfactual(fit, Change("w", add=1)),
    ],
)
def test_a_degenerate_fit_has_no_coefficients(ask):
    result = small_fit(COVARIATES)
    nothing = np.full_like(result.covariance, np.nan)
    failed = replace(
        result, status="degenerate", estimates=np.full(3, np.nan), covariance=nothing, loglik=np.nan, method="mcmle"
    )
    with pytest.raises(InputError, match="this fit is degenerate and has no coefficients"):
        ask(failed)
    table = failed.table().to_markdown()
    assert "| edges | degenerate |" in table
    assert "nan" not in table


def test_a_dependence_term_that_separates_is_named():
    ties = np.triu(random_panel().ties, 1)
    with pytest.raises(InputError, match=r"mutual separates.*no reciprocated pair") as caught:
        fit("edges + mutual", Panel.from_arrays(ties), method="mcmle")
    assert "offset(mutual, -5)" in caught.value.remedy


def test_the_weight_of_partners_keeps_its_digits():
    """f_α(k) = Σ_{m<k} (1 − e^−α)^m, which tends to k."""
    for decay in (0.0, 0.5, 5.0, 36.0, 100.0):
        sums = np.concatenate([[0.0], np.cumsum((1 - np.exp(-decay)) ** np.arange(20))])
        np.testing.assert_allclose(geometric(decay, 21), sums, rtol=1e-13)
    with pytest.raises(InputError, match="a decay of 800"):
        fit("edges + gwesp(800)", random_panel())


@pytest.mark.parametrize("term", ["istar(2.5)", "idegree(1.9)", "istar(-1)", "esp(0.5)", "absdiff('x', pow=-1)"])
def test_counts_are_whole_and_powers_positive(term):
    with pytest.raises(InputError, match=r"whole numbers|pow must be above 0"):
        fit(f"edges + {term}", random_panel())


@pytest.mark.parametrize("formula", [None, 5, ["edges", "mutual"]])
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(InputError, match="a formula cannot be") as caught:
        fit(formula, random_panel())
    assert "edges + mutual" in caught.value.remedy


def test_labels_and_captions_are_escaped():
    table = compare({"a|b_c": small_fit(COVARIATES)})
    assert table.to_markdown().startswith(r"| | a\|b_c |")
    text = table.to_latex(caption="50% of a_b {c}", label="tab:a_b")
    assert r"\caption{50\% of a\_b \{c\}}" in text
    assert r"\label{tab:a_b}" in text
    with pytest.raises(InputError, match="a LaTeX label cannot hold"):
        table.to_latex(label="a}b")
