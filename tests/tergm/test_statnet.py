"""Statistics, every dyad's change statistics and MPLE against R's statnet (ergm 4.6.0)."""

import numpy as np
import pytest
from tergm_panels import reference, statnet_panel

from xenotime.tergm import TERMS, change_statistics, fit, model_of

# statnet's d* spellings are the directed forms that gwesp … have here; sender.2 is our name of sender2 (by label).
CASES = [
    pytest.param(name, number, id=f"{name}-{term['R']}")
    for name in ("samplike", "flomarriage")
    for number, term in enumerate(reference(f"statnet/{name}")["terms"])
    if term["term"].removeprefix("dgw").removeprefix("gw") in {"esp", "dsp", "nsp"} or term["term"] in TERMS
]
LABELLED = {"sender", "receiver", "sociality"}


@pytest.fixture(scope="module")
def truth():
    files = {name: reference(f"statnet/{name}") for name in ("samplike", "flomarriage")}
    return {name: (file["terms"], statnet_panel(file["network"])) for name, file in files.items()}


def test_most_of_the_files_is_compared():
    assert len(CASES) > 290


@pytest.mark.parametrize(("name", "number"), CASES)
def test_statistics_and_changes_equal_statnets(truth, name, number):
    terms, panel = truth[name]
    term = terms[number]
    spelling = term["R"].removeprefix("d") if term["term"].startswith("dgw") else term["R"]
    model = model_of(spelling, panel)
    if term["term"] not in LABELLED:
        assert list(model.names) == term["stat_names"]
    np.testing.assert_allclose(model.statistic(0), term["summary"], atol=1e-10, rtol=1e-13)
    expected = np.moveaxis(np.array(term["change"], dtype=float), 0, -1)
    ours = change_statistics(spelling, panel)
    assert np.isnan(ours[np.arange(panel.n), np.arange(panel.n)]).all()
    given = ~np.isnan(expected[:, :, 0])
    assert given.sum() == panel.n * (panel.n - 1) // (1 if panel.directed else 2)
    np.testing.assert_allclose(ours[given], expected[given], atol=1e-10, rtol=1e-13)


FITS = reference("statnet/mple")


@pytest.mark.parametrize("name", [name for name in FITS["fits"] if name != "s_separated"])
def test_mple_equals_rs_converged_logit(name):
    truth = FITS["fits"][name]
    result = fit(truth["formula"], statnet_panel(FITS["networks"][truth["network"]]))
    assert result.names == tuple(truth["stat_names"])
    assert result.converged
    np.testing.assert_allclose(result.estimates, truth["coef_glm"], atol=1e-6, rtol=0)
    np.testing.assert_allclose(list(result.se_hessian.values()), truth["se_invhess"], atol=1e-6, rtol=0)
    assert result.loglik == pytest.approx(truth["pseudo_loglik"], abs=1e-9)
    assert result.observations == truth["ndyads"]


def test_separation_is_named_and_the_rest_is_as_ergms():
    truth = FITS["fits"]["s_separated"]
    result = fit(truth["formula"], statnet_panel(FITS["networks"][truth["network"]]))
    assert result.separated == ("edgecov.samplk1",)
    assert result.params["edgecov.samplk1"] == np.inf
    assert any("edgecov.samplk1 separates" in note for note in result.notes)
    np.testing.assert_allclose(result.estimates[:3], truth["coef"][:3], atol=1e-6)
    # R's own errors stop up to 5e-5 early (reference README).
    np.testing.assert_allclose(list(result.se_hessian.values())[:3], truth["se"][:3], atol=5e-5)
    assert "separated" in result.summary()
