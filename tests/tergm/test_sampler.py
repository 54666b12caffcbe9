"""The sampler against exact moments and enumerated distributions; what is free; the same numbers on any workers."""

import numpy as np
import pytest
from tergm_panels import random_panel, reference, statnet_panel

from xenotime.core import InputError
from xenotime.tergm import Panel, fit, model_of, simulate_path, simulate_step, simulate_steps
from xenotime.tergm.diagnostics import covariance_of_mean
from xenotime.tergm.exact import enumerate_networks
from xenotime.tergm.sampler import year_sampler
from xenotime.tergm.simulate import future, simulate_future

FITS = {one["name"]: one for one in reference("statnet/exact_mle")["fits"]}
KINDS = ("weighted", "tnt", "uniform")


def distance(drawn, expected):
    """Largest distance of a mean from its expectation, in Monte-Carlo standard errors."""
    error = np.sqrt(np.diag(covariance_of_mean(drawn)))
    moving = error > 0
    return np.abs((drawn.mean(axis=(0, 1)) - expected)[moving] / error[moving]).max()


def chains_at(model, theta, step=0, kind="weighted", samples=8_000, interval=20):
    sampler = year_sampler(model, theta, step)
    aim = sampler.aim(theta, kind)
    return np.array([sampler.chain(1, kind, number).draw(aim, samples, interval)[0] for number in range(4)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FITS)
def test_moments_are_rs_exact_ones(name, kind):
    truth = FITS[name]
    model = model_of(truth["formula"], statnet_panel(truth["network"]))
    for at in truth["moments"]:
        drawn = chains_at(model, np.array(at["theta"], dtype=float), kind=kind)
        assert distance(drawn, at["expected_stats"]) < 4.5
        covariance = np.cov(drawn.reshape(-1, drawn.shape[2]), rowvar=False)
        np.testing.assert_allclose(covariance, at["cov_stats"], rtol=0.12, atol=0.15)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "formula",
    [
        "edges + mutual + edgecov('w') + memory('stability') + gwesp(0.5, fixed=TRUE)",
        "Form(~edges + mutual) + Persist(~edges + ttriple)",
    ],
)
def test_conditional_on_the_past_with_missing_and_impossible_dyads(formula, kind):
    panel = random_panel(seed=7, years=2, n=5, density=0.4)
    ties, risk = np.array(panel.ties), np.ones((2, 5, 5), bool)
    ties[1, 0, 1] = np.nan
    ties[1, 2, 3] = 1
    risk[:, 2, 3] = risk[:, 3, 4] = False  # one of them tied all the same, as an observed network may be
    limited = Panel.from_arrays(ties, risk=risk, dyad_covariates={"w": panel.dyad_covariates["w"]})
    model = model_of(formula, limited)
    theta = np.linspace(-0.8, 0.7, len(model.names))
    networks = enumerate_networks(model)
    assert len(networks.statistics[0]) == 2**17
    drawn = chains_at(model, theta, step=1, kind=kind)
    assert distance(drawn, networks.moments(theta)[0]) < 4.5
    seen = simulate_step(model, theta, 1, 40, seed=2, proposal=kind).networks
    assert (seen[:, 2, 3] == 1).all()
    assert (seen[:, 3, 4] == limited.slice(1).ties[3, 4]).all()
    assert (seen[:, 0, 1] == 0).all()


def test_undirected_draws_are_symmetric_and_exact():
    panel = random_panel(seed=3, years=1, n=6, directed=False)
    model = model_of("edges + triangle + edgecov('w') + gwdegree(0.5, fixed=TRUE)", panel)
    theta = np.array([-0.6, 0.1, 0.8, 0.2])
    assert distance(chains_at(model, theta), enumerate_networks(model).moments(theta)[0]) < 4.5
    seen = simulate_step(model, theta, 0, 10).networks
    assert (seen == seen.transpose(0, 2, 1)).all()


def test_independent_dyads_have_their_logistic_probabilities():
    panel = random_panel(seed=5, n=8, years=2)
    model = model_of("edges + edgecov('w')", panel)
    theta = np.array([-1.0, 1.5])
    seen = simulate_step(model, theta, 1, 8_000, seed=4, interval=300).networks.mean(axis=0)
    expected = 1 / (1 + np.exp(1.0 - 1.5 * panel.dyad_covariates["w"][1]))
    off = ~np.eye(8, dtype=bool)
    error = np.sqrt(expected * (1 - expected) / 8_000)
    assert (np.abs(seen - expected)[off] < 5.5 * error[off]).all()


def test_statistics_that_are_carried_along_are_those_of_the_networks():
    panel = random_panel(seed=6, n=12, years=3)
    formula = "edges + mutual + gwesp(0.5, fixed=TRUE) + gwidegree(0.5) + nodeocov('x') + delrecip + Form(~mutual)"
    model = model_of(formula, panel)
    theta = np.array([-1.2, 0.5, 0.1, -0.3, 0.4, 0.2, 0.3])
    for step, draws in zip(model.steps, simulate_steps(model, theta, 12, seed=8), strict=True):
        for network, statistics in zip(draws.networks, draws.statistics, strict=True):
            np.testing.assert_allclose(model.statistic(step, network), statistics, atol=1e-9)
        assert (draws.effective > 1).all()


def test_same_seed_same_networks_on_one_and_two_workers():
    panel = random_panel(seed=2, n=15, years=5)
    result = fit("edges + mutual + memory('stability') + nodeicov('x')", panel)
    for make in (
        lambda workers: [d.networks for d in simulate_steps(result.model, result.estimates, 9, 3, workers=workers)],
        lambda workers: [result.simulate(3, draws=6, seed=3, workers=workers).networks],
    ):
        for one, two in zip(make(1), make(2), strict=True):
            np.testing.assert_array_equal(one, two)
    other = result.simulate(3, draws=6, seed=4).networks
    assert (other != result.simulate(3, draws=6, seed=3).networks).any()


def test_infinite_coefficients_fix_the_dyads_they_touch():
    panel = random_panel(seed=9, n=10, years=2)
    closed = (np.arange(100).reshape(10, 10) % 7 == 0).astype(float)
    ties = np.where(closed > 0, 0, panel.ties)
    shut = Panel.from_arrays(ties, dyad_covariates={"closed": closed})
    model = model_of("edges + mutual + offset(edgecov('closed'), -Inf)", shut)
    draws = simulate_step(model, np.array([1.0, 0.0, -np.inf]), 0, 20)
    assert not draws.networks[:, closed > 0].any()
    assert draws.networks.any()
    with pytest.raises(InputError, match="mutual depends on other ties"):
        simulate_step(model, np.array([1.0, np.inf, -np.inf]), 0, 20)


def test_a_path_follows_its_own_past():
    """With ties that always last and never form, every year of a path is the last year observed."""
    panel = random_panel(seed=1, n=10, years=3)
    model = model_of("edges + memory('autoregression')", panel)
    frozen = simulate_future(model, np.array([-40.0, 80.0]), 4, draws=3)
    assert frozen.years == (2004, 2005, 2006, 2007)
    assert (frozen.networks == panel.ties[-1]).all()
    flipping = simulate_future(model, np.array([40.0, -80.0]), 2, draws=2).networks
    off = ~np.eye(10, dtype=bool)
    assert (flipping[:, 0][:, off] == 1 - panel.ties[-1][off]).all()
    assert (flipping[:, 1][:, off] == panel.ties[-1][off]).all()


def test_a_path_in_equilibrium_is_the_markov_chain():
    """Density of independent dyads under memory: p = p·p₁ + (1 − p)·p₀ in the long run."""
    panel = random_panel(seed=1, n=30, years=2)
    model = model_of("edges + memory('autoregression')", panel)
    theta = np.array([-2.0, 2.5])
    paths = simulate_future(model, theta, 12, draws=20, seed=5)
    start, kept = 1 / (1 + np.exp(2.0)), 1 / (1 + np.exp(-0.5))
    expected = start / (1 - kept + start)
    seen = paths.networks[:, -1].sum() / (20 * 30 * 29)
    assert abs(seen - expected) < 5 * np.sqrt(expected * (1 - expected) / (20 * 30 * 29))


def test_the_future_takes_covariates_and_says_what_does_not_fit():
    panel = random_panel(seed=1, n=6, years=3)
    longer = future(panel, 2, {"w": np.full((6, 6), 7.0)})
    assert longer.years == (2001, 2002, 2003, 2004, 2005)
    assert (longer.dyad_covariates["w"][3:] == 7.0).all()
    np.testing.assert_array_equal(longer.node_covariates["x"][4], panel.node_covariates["x"][2])
    with pytest.raises(InputError, match="no covariate rain"):
        future(panel, 2, {"rain": 1})
    with pytest.raises(InputError, match="future of 'w' has shape"):
        future(panel, 2, {"w": np.zeros(3)})
    model = model_of("edges", panel)
    with pytest.raises(InputError, match="1 statistics"):
        simulate_step(model, np.zeros(2), 0)
    with pytest.raises(InputError, match="cannot be simulated"):
        simulate_path(model, np.zeros(1), range(2, 5))


def test_nodes_come_and_go():
    panel = random_panel(seed=1, n=8, years=3)
    exists = np.ones((3, 8), bool)
    exists[2, 5] = exists[0, 2] = False
    ties = np.array(panel.ties)
    ties[2, 5] = ties[2, :, 5] = ties[0, 2] = ties[0, :, 2] = 0
    changing = Panel.from_arrays(ties, exists=exists)
    model = model_of("edges + mutual + memory('stability')", changing)
    paths = simulate_future(model, np.array([-0.5, 0.5, 0.5]), 2, draws=5)
    assert not paths.networks[:, :, 5].any()
    assert not paths.networks[:, :, :, 5].any()
    draws = simulate_steps(model, np.array([-0.5, 0.5, 0.5]), 5)
    assert draws[1].networks.shape == (5, 7, 7)
