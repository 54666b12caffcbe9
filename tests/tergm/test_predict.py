"""Predicted probabilities and forecasts: the logit on design rows, no look into the future, rules to beat."""

import numpy as np
import pytest
from after_fit import COVARIATES, STRUCTURE, entry_and_exit, small_fit, with_covariate
from tergm_panels import random_panel

from xenotime.core import InputError
from xenotime.tergm import Panel, fit
from xenotime.tergm.rolling import FREQUENCY, LAST


@pytest.mark.parametrize("directed", [True, False])
def test_predictions_are_the_logit_on_design_rows(directed):
    formula = STRUCTURE if directed else "edges + gwesp(0.5, fixed=TRUE) + edgecov('w') + memory('stability')"
    result = fit(formula, random_panel(seed=3, years=5, directed=directed))
    tied, chance = result.predict().pairs()
    np.testing.assert_array_equal(tied, result.design.y)
    np.testing.assert_allclose(chance, 1 / (1 + np.exp(-result.design.x @ result.estimates)), atol=1e-14)
    # The score equation of `edges`: expected and observed ties agree.
    assert chance.sum() == pytest.approx(tied.sum())


def test_what_does_not_count_has_no_prediction_and_infinite_coefficients_decide():
    panel = entry_and_exit()
    closed = np.zeros((12, 12))
    closed[7, 8] = 1
    ties = panel.ties.copy()
    ties[:, 7, 8] = 0
    panel = Panel.from_arrays(
        ties, panel.years, panel.nodes, exists=panel.exists, dyad_covariates={"closed": closed, "w": np.ones((12, 12))}
    )
    result = fit("edges + mutual + offset(edgecov('closed'), -Inf) + memory('stability')", panel)
    found = result.predict()
    assert np.isnan(found.probability[0, 0]).all()  # not there yet
    assert np.isnan(found.probability[2, 5, 6])  # unknown in 2004
    assert np.isnan(found.probability[3, 5, 6])  # its past is unknown
    assert (found.probability[:, 7, 8] == 0).all()
    ahead = result.predict_ahead(sweeps=5)
    assert (ahead.probability[:, 7, 8] == 0).all()
    np.testing.assert_array_equal(np.isnan(ahead.probability), np.isnan(found.probability))
    assert found.to_frame().height == result.observations + 5


def test_one_step_ahead_is_conditional_where_ties_do_not_depend_on_each_other():
    result = small_fit(COVARIATES)
    np.testing.assert_allclose(result.predict_ahead(sweeps=1).pairs()[1], result.predict().pairs()[1], atol=1e-12)


def test_a_forecast_reads_nothing_after_its_origin():
    panel = random_panel(seed=3, years=8, n=12)
    formula = "edges + mutual + edgecov('w', lag=1) + edgecov('w') + nodeocov('x') + memory('stability')"
    ties, w, x = panel.ties.copy(), panel.dyad_covariates["w"].copy(), panel.node_covariates["x"].copy()
    ties[6:], w[6:], x[6:] = 1 - ties[6:], 9.0, -9.0
    other = with_covariate(Panel.from_arrays(ties, panel.years, panel.nodes, True, panel.node_covariates,
                                             panel.dyad_covariates), w=w, x=x)  # fmt: skip
    one, two = (fit(formula, given).forecast([2006], sweeps=10) for given in (panel, other))
    for name, found in one.predictions.items():
        np.testing.assert_array_equal(found.probability, two.predictions[name].probability)
        assert found.years == (2007,)
    assert not np.array_equal(one.model.observed, two.model.observed, equal_nan=True)


def test_the_rule_of_the_last_state_is_the_share_of_each_transition():
    panel = random_panel(seed=4, years=7, n=12)
    found = fit("edges + memory('stability')", panel).forecast([2005], sweeps=2)
    past, now = panel.ties[:4], panel.ties[1:5]
    off = ~np.eye(12, dtype=bool)
    for state in (0, 1):
        share = now[:, off][past[:, off] == state].mean()
        chosen = off & (panel.ties[4] == state)
        np.testing.assert_allclose(found.predictions[LAST].probability[0][chosen], share, atol=1e-9)
    # With memory alone the model is the same rule.
    np.testing.assert_allclose(found.model.pairs()[1], found.predictions[LAST].pairs()[1], atol=1e-9)
    assert found.scores()["predictor"].unique().sort().to_list() == [LAST, FREQUENCY, "model"]
    assert "Brier" in str(found)


def test_a_model_that_knows_more_beats_the_simple_rules():
    rng = np.random.default_rng(1)
    n, years = 25, 9
    w = np.broadcast_to(rng.normal(size=(n, n)), (years, n, n)) * np.sign(np.arange(years) % 2 - 0.5)[:, None, None]
    ties = (rng.random((years, n, n)) < 1 / (1 + np.exp(1.5 - 2 * w))).astype(float)
    panel = Panel.from_arrays(ties, dyad_covariates={"next": np.append(w[1:], w[:1], axis=0)})
    table = fit("edges + edgecov('next', lag=1)", panel).forecast(sweeps=1).scores()
    brier = dict(table.filter(table["year"].is_null()).select("predictor", "brier").rows())
    assert brier["model"] < 0.8 * min(brier[LAST], brier[FREQUENCY])


def test_origins_and_leads_are_checked():
    result = small_fit()
    with pytest.raises(InputError, match="no forecast from 2002: three modelled years"):
        result.forecast([2002])
    with pytest.raises(InputError, match=r"edgecov.w.lead1 reads the future"):
        small_fit("edges + edgecov('w', lag=-1)").forecast()
