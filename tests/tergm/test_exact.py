"""Exact likelihood by enumeration against R's ergm.allstats."""

import numpy as np
import pytest
from tergm_panels import random_panel, reference, statnet_panel

from xenotime.core import InputError
from xenotime.tergm import Panel, model_of
from xenotime.tergm.exact import enumerate_networks

FITS = {one["name"]: one for one in reference("statnet/exact_mle")["fits"]}


@pytest.mark.parametrize("name", FITS)
def test_enumeration_equals_rs(name):
    truth = FITS[name]
    networks = enumerate_networks(model_of(truth["formula"], statnet_panel(truth["network"])))
    np.testing.assert_allclose(networks.observed, truth["observed_stats"], atol=1e-10)
    np.testing.assert_allclose(networks.maximum, truth["mle"], atol=1e-9)
    assert networks.loglik(networks.maximum) == pytest.approx(truth["loglik"], abs=1e-9)
    information = networks.moments(networks.maximum)[1]
    np.testing.assert_allclose(np.sqrt(np.diag(np.linalg.inv(information))), truth["se"], atol=1e-9)
    for at in truth["moments"]:
        mean, covariance = networks.moments(at["theta"])
        np.testing.assert_allclose(mean, at["expected_stats"], atol=1e-9)
        np.testing.assert_allclose(covariance, at["cov_stats"], atol=1e-9)
        assert networks.log_normaliser(at["theta"]) == pytest.approx(at["log_normaliser"], abs=1e-9)


def test_years_share_the_coefficients():
    panel = random_panel(seed=4, years=3, n=4, density=0.4)
    networks = enumerate_networks(model_of("edges + mutual + memory('stability')", panel))
    assert len(networks.statistics) == 2
    assert networks.statistics[0].shape == (2**12, 3)
    mean, _ = networks.moments(networks.maximum)
    np.testing.assert_allclose(mean, networks.observed, atol=1e-8)


def test_what_has_no_answer_is_named():
    with pytest.raises(InputError, match="free dyads"):
        enumerate_networks(model_of("edges", random_panel(n=8)))
    empty = Panel.from_arrays(np.zeros((4, 4)))
    with pytest.raises(InputError, match="runs off to infinity"):
        _ = enumerate_networks(model_of("edges", empty)).maximum
