"""Counterfactuals against rebuilt panels, and along a path against the Markov chain by hand."""

from dataclasses import replace

import numpy as np
import pytest
from after_fit import COVARIATES, STRUCTURE, probabilities, small_fit, with_covariate

from xenotime.core import InputError
from xenotime.tergm import Change, Panel, fit
from xenotime.tergm.counterfactual import changed


@pytest.fixture(scope="module")
def fitted():
    return small_fit()


def test_probabilities_are_those_of_the_changed_panel(fitted):
    panel = fitted.model.panel
    w, x = panel.dyad_covariates["w"].copy(), panel.node_covariates["x"].copy()
    w[3:5, 1, [2, 3]] += 2.0
    x[4, 5] *= 0.5
    found = fitted.counterfactual([
        Change("w", exporters="n1", importers=["n2", "n3"], years=[2004, 2005], add=2.0),
        Change("x", countries="n5", years=2005, times=0.5),
    ])  # fmt: skip
    assert found.years == (2004, 2005)
    for side, given in ((found.before, panel), (found.after, with_covariate(panel, w=w, x=x))):
        np.testing.assert_allclose(
            side, probabilities(STRUCTURE, given, fitted.estimates, (2004, 2005)), atol=1e-12
        )  # fmt: skip
    frame = found.to_frame()
    assert frame.height == 2 + 2 + 13
    assert (frame["difference"].abs().diff().drop_nulls() <= 1e-15).all()


def test_errors_are_numerical_gradients(fitted):
    panel, theta, h = fitted.model.panel, fitted.estimates, 1e-6
    w = panel.dyad_covariates["w"].copy()
    w[3, 1] = 1.5
    found = fitted.counterfactual(Change("w", exporters="n1", years=2004, to=1.5))

    def gain(at):
        one, two = (probabilities(STRUCTURE, given, at, [2004])[0] for given in (with_covariate(panel, w=w), panel))
        return np.nan_to_num(one - two)

    gradient = np.array([(gain(theta + h * unit) - gain(theta - h * unit)) / (2 * h) for unit in np.eye(len(theta))])
    error = np.sqrt(np.einsum("aij,ab,bij->ij", gradient, fitted.covariance, gradient))
    np.testing.assert_allclose(np.nan_to_num(found.error[0]), error, atol=1e-7)
    total = gradient.sum(axis=(1, 2))
    whole = found.totals().row(-1, named=True)
    assert whole["std_error"] == pytest.approx(np.sqrt(total @ fitted.covariance @ total), rel=1e-5)
    assert whole["difference"] == pytest.approx(gain(theta).sum())
    one = found.totals().filter(found.sums["exporter"] == "n1").row(0, named=True)
    assert one["difference"] == pytest.approx(gain(theta)[1].sum())


def test_the_path_is_conditional_where_nothing_depends_on_other_ties():
    result = small_fit(COVARIATES)
    change = Change("w", exporters=["n1", "n2"], years=[2005, 2006], add=1.0)
    one = result.counterfactual(change)
    all_ = result.counterfactual_path(change, paths=2, parameter_draws=40, sweeps=1)
    np.testing.assert_allclose(all_.after, one.after, atol=1e-12)
    np.testing.assert_allclose(all_.before, one.before, atol=1e-12)
    chosen = one.error > 0
    np.testing.assert_allclose(np.median(all_.error[chosen] / one.error[chosen]), 1.0, atol=0.4)


def test_memory_carries_a_change_on_as_the_markov_chain_says():
    panel = small_fit().model.panel
    result = fit("edges + edgecov('w') + memory('autoregression')", panel)
    theta = np.array([-1.0, 0.8, 2.0])
    result = type(result)(**{**vars(result), "estimates": theta})
    change = Change("w", years=2004, add=3.0)
    found = result.counterfactual_path(change, paths=200, parameter_draws=2, sweeps=1, horizon=1)
    assert found.years == (2004, 2005, 2006, 2007)
    w = panel.dyad_covariates["w"]
    for extra, side in ((0.0, found.before), (3.0, found.after)):
        chance = panel.ties[2]
        for place, step in enumerate((3, 4, 5, 5)):
            eta = theta[0] + theta[1] * (w[step] + (extra if place == 0 else 0.0))
            tied, not_tied = (1 / (1 + np.exp(-eta - add)) for add in (theta[2], 0.0))
            chance = chance * tied + (1 - chance) * not_tied
            off = ~np.eye(panel.n, dtype=bool)
            assert side[place][off].mean() == pytest.approx(chance[off].mean(), abs=0.004)


def test_errors_hold_the_chance_of_few_paths(fitted):
    sure = replace(fitted, covariance=0 * fitted.covariance)  # so that only the chance of simulation is left
    change = Change("w", exporters="n1", years=2004, add=3.0)
    options = {"parameter_draws": 2, "sweeps": 2}
    exact = sure.counterfactual_path(change, paths=150, seed=99, **options).sums
    away = []
    for seed in range(8):
        found = sure.counterfactual_path(change, paths=10, seed=seed, **options).sums
        gap = (found["difference"] - exact["difference"]).to_numpy()
        away.append(gap / np.hypot(found["std_error"].to_numpy(), exact["std_error"].to_numpy()))
    # Student's t with 9 degrees of freedom has variance 9/7.
    assert 0.6 < np.mean(np.square(away)) < 2.2


def test_paths_do_not_depend_on_the_number_of_workers(fitted):
    change = Change("w", years=2005, add=1.0)
    runs = [
        fitted.counterfactual_path(change, paths=4, parameter_draws=2, sweeps=2, workers=workers) for workers in (1, 2)
    ]
    np.testing.assert_array_equal(runs[0].after, runs[1].after)
    assert runs[0].sums.equals(runs[1].sums)


def test_a_static_covariate_changed_in_some_years_is_no_longer_static():
    panel = Panel.from_arrays(np.zeros((3, 4, 4)), node_covariates={"g": np.arange(4.0)}, directed=False,
                              dyad_covariates={"d": np.zeros((4, 4))})  # fmt: skip
    found = changed(panel, [Change("g", countries="2", years=2, to=7.0), Change("d", exporters="1", to=1.0)])
    assert found.static == {"d"}
    np.testing.assert_array_equal(found.node_covariates["g"][:, 1], [1, 7, 1])
    np.testing.assert_array_equal(found.dyad_covariates["d"][0, 0], found.dyad_covariates["d"][0, :, 0])
    assert panel.node_covariates["g"][1, 1] == 1


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (Change("w"), "exactly one of to, add, times"),
        (Change("nope", add=1.0), "no covariate 'nope'"),
        (Change("x", exporters="n1", add=1.0), "'x' belongs to countries"),
        (Change("w", countries="n1", add=1.0), "'w' belongs to dyads"),
        (Change("w", exporters="USA", add=1.0), "no such exporter: USA"),
        (Change("group", to=1.0), "holds categories"),
        (Change("w", years=2001, add=1.0), "touches no dyad"),
    ],
)
def test_wrong_changes_are_named(fitted, change, match):
    with pytest.raises(InputError, match=match):
        fitted.counterfactual(change)
