"""Effects against finite differences on rebuilt panels, total effects against enumeration of all networks."""

from itertools import product

import numpy as np
import pytest
from after_fit import COVARIATES, STRUCTURE, entry_and_exit, probabilities, small_fit, with_covariate
from tergm_panels import random_panel

from xenotime.core import InputError
from xenotime.tergm import fit, model_of
from xenotime.tergm.coupled import Coupled
from xenotime.tergm.sampler import year_sampler


@pytest.fixture(scope="module")
def fitted():
    return small_fit(bootstrap=60)


def mean_probability(result, panel, theta=None):
    chance = probabilities(STRUCTURE, panel, result.estimates if theta is None else theta, result.model.years)
    return np.nanmean(chance)


def test_the_slope_is_the_derivative_of_the_mean_probability_in_the_covariate(fitted):
    panel, h = fitted.model.panel, 1e-5
    w = panel.dyad_covariates["w"]
    up, down = (mean_probability(fitted, with_covariate(panel, w=w + step)) for step in (h, -h))
    row = fitted.effects("edgecov.w", change="slope").frame.row(0, named=True)
    assert row["effect"] == pytest.approx((up - down) / (2 * h), abs=1e-9)
    assert row["dyads"] == 5 * 14 * 13


@pytest.mark.parametrize(("change", "step"), [(0.7, 0.7), ("sd", None), ("iqr", None), ("natural", None)])
def test_a_step_is_the_difference_of_two_worlds(fitted, change, step):
    panel = fitted.model.panel
    w = panel.dyad_covariates["w"]
    used = w[1:][:, ~np.eye(14, dtype=bool)]
    if step is None:
        step = np.subtract(*np.quantile(used, [0.75, 0.25])) if change == "iqr" else used.std()
    gain = mean_probability(fitted, with_covariate(panel, w=w + step)) - mean_probability(fitted, panel)
    assert fitted.effects("edgecov.w", change=change).frame["effect"][0] == pytest.approx(gain, abs=1e-12)


def test_the_delta_method_is_the_numerical_gradient_in_the_coefficients(fitted):
    panel, theta, h = fitted.model.panel, fitted.estimates, 1e-6
    other = with_covariate(panel, w=panel.dyad_covariates["w"] + 1.0)

    def gain(at):
        return mean_probability(fitted, other, at) - mean_probability(fitted, panel, at)

    gradient = np.array([(gain(theta + h * unit) - gain(theta - h * unit)) / (2 * h) for unit in np.eye(len(theta))])
    expected = np.sqrt(gradient @ fitted.covariance @ gradient)
    row = fitted.effects("edgecov.w", change=1.0).frame.row(0, named=True)
    assert row["std_error"] == pytest.approx(expected, rel=1e-6)
    # t with 4 degrees of freedom, 97.5 %: 2.776445 (table).
    assert row["high"] - row["effect"] == pytest.approx(2.776445 * expected, rel=1e-5)


def test_bootstrap_intervals_are_quantiles_over_replicates(fitted):
    panel = fitted.model.panel
    other = with_covariate(panel, w=panel.dyad_covariates["w"] + 1.0)
    drawn = [
        mean_probability(fitted, other, at) - mean_probability(fitted, panel, at) for at in fitted.bootstrap.replicates
    ]
    row = fitted.effects("edgecov.w", change=1.0, spread="bootstrap").frame.row(0, named=True)
    np.testing.assert_allclose([row["low"], row["high"]], np.quantile(drawn, [0.025, 0.975]), atol=1e-12)


def test_memory_compares_a_tie_before_with_none(fitted):
    theta = fitted.estimates
    place = fitted.names.index("memory.stability")
    x = fitted.design.x
    eta = x @ theta - x[:, place] * theta[place]
    expected = np.mean(1 / (1 + np.exp(-eta - theta[place]))) - np.mean(1 / (1 + np.exp(-eta + theta[place])))
    row = fitted.effects("memory.stability").frame.row(0, named=True)
    assert row["change"] == "-1 → 1"
    assert row["effect"] == pytest.approx(expected)
    odds = {row["change"]: row["odds_ratio"] for row in fitted.odds_ratios().iter_rows(named=True)
            if row["term"] == "memory.stability"}  # fmt: skip
    assert odds["unit"] == pytest.approx(np.exp(theta[place]))
    assert odds["tie before vs none"] == pytest.approx(np.exp(2 * theta[place]))


def test_scopes_are_a_country_a_pair_a_bloc(fitted):
    panel = fitted.model.panel
    base, other = (
        probabilities(STRUCTURE, given, fitted.estimates, fitted.model.years)
        for given in (panel, with_covariate(panel, w=panel.dyad_covariates["w"] + 1.0))
    )
    gain = other - base
    bloc, rest = [1, 2, 3], [0, *range(4, 14)]
    cases = [
        ({"exporters": "n1"}, np.nanmean(gain[:, 1])),
        ({"importers": "n1", "years": 2004}, np.nanmean(gain[2, :, 1])),
        ({"exporters": "n1", "importers": "n2"}, gain[:, 1, 2].mean()),
        ({"countries": "n1"}, np.nanmean(np.concatenate([gain[:, 1].ravel(), gain[:, :, 1].ravel()]))),
        ({"exporters": ["n1", "n2", "n3"], "importers": [f"n{k}" for k in rest]}, gain[:, bloc][:, :, rest].mean()),
    ]
    for scope, expected in cases:
        assert fitted.effects("edgecov.w", change=1.0, **scope).frame["effect"][0] == pytest.approx(expected)
    with pytest.raises(InputError, match="no such exporter: XXX"):
        fitted.effects(exporters="XXX")
    with pytest.raises(InputError, match="no such year: 2001"):
        fitted.effects(years=2001)


def test_total_is_conditional_where_ties_do_not_depend_on_each_other():
    result = small_fit(COVARIATES)
    for scope in ({}, {"exporters": ["n1", "n2"]}):
        one = result.effects(["edgecov.w", "nodeocov.x"], change=1.0, **scope).frame
        all_ = result.total_effects(["edgecov.w", "nodeocov.x"], change=1.0, sweeps=2, **scope).frame
        np.testing.assert_allclose(all_["effect"], one["effect"], atol=1e-12)
        np.testing.assert_allclose(all_["std_error"], one["std_error"], rtol=0.5)
        assert (all_["elsewhere"] == 0).all()


def expected_ties(model, theta, step):
    """Exact expected ties of a four-node year by summing over its 4,096 networks."""
    places = [(i, j) for i in range(4) for j in range(4) if i != j]
    networks = np.zeros((4096, 4, 4))
    for number, states in enumerate(product((0, 1), repeat=12)):
        for (i, j), state in zip(places, states, strict=True):
            networks[number, i, j] = state
    weight = np.array([model.statistic(step, network) @ theta for network in networks])
    weight = np.exp(weight - weight.max())
    return np.tensordot(weight / weight.sum(), networks, axes=1)


def test_expected_ties_and_the_total_effect_are_those_of_full_enumeration():
    panel = random_panel(seed=2, years=2, n=4, density=0.4)
    model = model_of("edges + mutual + ttriple + edgecov('w')", panel)
    theta = np.array([-1.0, 1.2, 0.4, 0.8])
    w = panel.dyad_covariates["w"]
    moved = w.copy()
    moved[1, 0] += 1.5
    truth = [expected_ties(model_of(model.formula, with_covariate(panel, w=values)), theta, 1) for values in (w, moved)]
    walk = Coupled.of(year_sampler(model, theta, 1), theta, 1, "test")
    shift = np.where(walk.tails == 0, 1.5 * theta[3], 0.0)
    found = [walk.probabilities(20_000, shift=by) for by in (0.0, shift)]
    for value, exact in zip(found, truth, strict=True):
        np.testing.assert_allclose(value, exact[walk.tails, walk.heads], atol=0.012)
    gain = (truth[1] - truth[0])[walk.tails, walk.heads]
    # The two worlds share their random numbers, so that their difference is sharper than either; ttriple and mutual
    # carry the change to dyads outside the row.
    np.testing.assert_allclose(found[1] - found[0], gain, atol=0.008)
    assert np.abs(gain[walk.tails != 0]).max() > 0.01


def test_total_effects_do_not_depend_on_the_number_of_workers(fitted):
    runs = [
        fitted.total_effects("edgecov.w", years=2003, sweeps=4, parameter_draws=4, workers=workers).frame
        for workers in (1, 2)
    ]
    assert runs[0].equals(runs[1])


def test_what_has_no_effect_is_said(fitted):
    with pytest.raises(InputError, match="mutual is itself the dependence"):
        fitted.total_effects("mutual")
    with pytest.raises(InputError, match="edges does not vary"):
        fitted.effects("edges")
    with pytest.raises(InputError, match="no estimated coefficient nope"):
        fitted.effects("nope")
    with pytest.raises(InputError, match="change 'much' is unknown"):
        fitted.effects(change="much")
    with pytest.raises(InputError, match="no bootstrap"):
        small_fit(COVARIATES).effects(spread="bootstrap")


def test_offsets_and_entry_are_kept_apart():
    panel = entry_and_exit()
    result = fit("edges + offset(edgecov('w'), 0.5) + memory('stability')", panel)
    assert result.effects().frame["term"].to_list() == ["memory.stability"]
    place = list(result.names).index("memory.stability")
    assert result.effects("memory.stability").frame["dyads"][0] == result.observations
    eta = result.design.x @ result.estimates[result.model.free] + result.design.offset
    x = result.design.x[:, list(result.model.free).index(place)]
    sides = [np.mean(1 / (1 + np.exp(-(eta + result.estimates[place] * (side - x))))) for side in (-1, 1)]
    assert result.effects("memory.stability").frame["effect"][0] == pytest.approx(sides[1] - sides[0])
    assert "percentage points" in str(result.effects())
