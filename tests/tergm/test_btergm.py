"""btergm's pooled estimates, design rows one by one, bootstrap replicates on the same draws of years, intervals."""

import csv
import gzip

import numpy as np
import pytest
from tergm_panels import REFERENCE, matrix, reference

from xenotime.tergm import Panel, fit
from xenotime.tergm.bootstrap import Bootstrap, bootstrap

GW = "gwesp(0.5, fixed=TRUE)"


def panel20_stability():
    """Years 2–8 as btergm used them; year 1 only as the past, read back from its memory covariate."""
    truth = reference("btergm/panel20_stability")["fit"]
    used = truth["networks_used"]
    first = (np.array(truth["covariates_used"]["memory"][0]) > 0).astype(float)
    np.fill_diagonal(first, 0)
    x = np.array([network["vertex_attributes"]["x"] for network in used], dtype=float)
    w = {name: np.array(truth["covariates_used"][name], dtype=float) for name in ("wcov", "bcov")}
    return truth, Panel.from_arrays(
        np.array([first, *(matrix(network) for network in used)]),
        node_covariates={"x": np.vstack([x[:1], x])},
        dyad_covariates={name: np.concatenate([values[:1], values]) for name, values in w.items()},
    )


def panel20_timecov():
    truth = reference("btergm/panel20_timecov")["fit"]
    return truth, Panel.from_arrays(
        np.array([matrix(network) for network in truth["networks_used"]]),
        dyad_covariates={"wcov": np.array(truth["covariates_used"]["wcov"], dtype=float)},
    )


def knecht(label):
    """26 pupils; one leaves before the third wave."""
    data = reference("btergm/knecht_data")
    names = [str(number) for number in range(1, 27)]
    ties, exists = np.zeros((4, 26, 26)), np.zeros((4, 26), bool)
    covariates = {name: np.zeros((4, 26)) for name in ("idegsqrt", "odegsqrt", "sex")}
    for wave, network in enumerate(data["processed"]):
        place = [names.index(str(label)) for label in network["vertex_attributes"]["vertex.names"]]
        exists[wave, place] = True
        ties[wave][np.ix_(place, place)] = matrix(network)
        for name, values in covariates.items():
            values[wave, place] = network["vertex_attributes"][name]
    return reference(f"btergm/{label}")["fit"], Panel.from_arrays(
        ties, nodes=names, exists=exists, node_covariates=covariates, dyad_covariates={"primary": data["primary"]}
    )


CASES = {
    "panel20_stability": (
        panel20_stability,
        f"edges + mutual + {GW} + gwidegree(0.5, fixed=TRUE) + gwodegree(0.5, fixed=TRUE) + nodeicov('x')"
        " + nodeocov('x') + edgecov('wcov') + edgecov('bcov') + memory(type='stability')",
    ),
    "panel20_timecov": (panel20_timecov, "edges + mutual + edgecov('wcov') + timecov() + timecov('wcov')"),
    "knecht_2b": (
        lambda: knecht("knecht_2b"),
        "edges + mutual + ttriple + transitiveties + ctriple + nodeicov('idegsqrt') + nodeicov('odegsqrt')"
        " + nodeocov('odegsqrt') + nodeofactor('sex') + nodeifactor('sex') + nodematch('sex') + edgecov('primary')"
        " + delrecip + memory(type='stability')",
    ),
    "knecht_delrecip_mutuality": (
        lambda: knecht("knecht_delrecip_mutuality"),
        f"edges + mutual + {GW} + edgecov('primary') + delrecip(mutuality=TRUE) + memory(type='stability')",
    ),
    "knecht_memory_autoregression": (
        lambda: knecht("knecht_memory_autoregression"),
        f"edges + mutual + {GW} + nodematch('sex') + edgecov('primary') + memory(type='autoregression')",
    ),
}


@pytest.fixture(scope="module", params=list(CASES))
def fitted(request):
    make, formula = CASES[request.param]
    truth, panel = make()
    return request.param, truth, fit(formula, panel)


def test_pooled_estimates_and_size(fitted):
    _, truth, result = fitted
    assert result.observations == truth["nobs_dyads"]
    assert len(result.model.years) == truth["time_steps"]
    np.testing.assert_allclose(result.estimates, truth["coef"], atol=1e-6)


def test_bootstrap_replicates_one_by_one_on_the_same_draws(fitted):
    name, truth, result = fitted
    count = 300
    draws = np.array(truth["boot_time_index_draws"][:count]) - 1
    found = bootstrap(result.design, result.estimates, draws)
    expected = np.array(truth["boot_replicates"][:count], dtype=float)
    # btergm's loose stop: largest where three waves leave a model of 14 coefficients nearly flat.
    tolerance = 2e-6 if name == "knecht_2b" else 1e-6
    np.testing.assert_allclose(found.replicates, expected, atol=tolerance, rtol=1e-6)
    assert found.failed == 0


def test_intervals_from_btergms_own_replicates_are_rs(fitted):
    _, truth, result = fitted
    replicates = np.array(truth["boot_replicates"], dtype=float)
    draws = np.array(truth["boot_time_index_draws"]) - 1
    found = Bootstrap(replicates, draws, result.model.years)
    np.testing.assert_allclose(found.interval(np.array(truth["coef"])), truth["ci95_percentile"], atol=1e-9)
    # A resample that draws every year once is the pooled fit itself; in R rounding decides whether it lies below the
    # estimate, which BCa counts. So every number of them is tried below, the others above.
    same = np.flatnonzero((found.frequencies == 1).all(axis=1))
    estimates, expected = np.array(truth["coef"]), np.array(truth["ci95_bca"])
    apart = np.full(len(estimates), np.inf)
    for below in range(len(same) + 1):
        moved = replicates.copy()
        moved[same[:below]] = estimates - 1e-8
        moved[same[below:]] = estimates + 1e-8
        ours = Bootstrap(moved, draws, result.model.years).interval(estimates, kind="bca")
        apart = np.minimum(apart, np.abs(ours - expected).max(axis=1))
    assert apart.max() < 1e-5


@pytest.mark.parametrize("name", ["panel20_stability", "knecht_2b"])
def test_design_rows_one_by_one(name):
    make, formula = CASES[name]
    _, panel = make()
    design = fit(formula, panel).design
    with gzip.open(REFERENCE / "btergm" / f"{name}.design.csv.gz", "rt") as stream:
        lines = list(csv.reader(stream))
    stored = np.array(lines[1:], dtype=float)
    time, y, weight, rest = stored[:, 0], stored[:, 1], stored[:, 2].astype(int), stored[:, 3:]
    theirs = np.repeat(np.column_stack([time, y, rest]), weight, axis=0)
    ours = np.column_stack([design.year + 1, design.y, design.x])
    assert ours.shape == theirs.shape

    def ordered(rows):
        return rows[np.lexsort(np.round(rows, 9).T)]

    np.testing.assert_allclose(ordered(ours), ordered(theirs), atol=1e-9)
