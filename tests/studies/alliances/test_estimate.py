"""A formula of one's own on one stage of a store."""

import numpy as np
import polars as pl
import pytest

from xenotime import studies
from xenotime.core import InputError
from xenotime.studies.alliances import COVARIATES, catalogue

FORMULA = "edges + mutual + edgecov('cooperation', lag=1) + nodeicov('log_gdp', lag=1) + memory('stability')"


@pytest.fixture(scope="module")
def found(small_store):
    return studies.estimate(small_store, FORMULA, stage="midstream")


def test_the_same_formula_gives_the_study_s_own_fit(alliances_study, small_store):
    formula = alliances_study.tables["models"].filter(stage="midstream", method="mple")["formula"][0]
    one = studies.estimate(small_store, formula, stage="midstream")
    whole = alliances_study.fits["midstream"]
    assert one.fit.names == whole.names
    np.testing.assert_allclose(one.fit.estimates, whole.estimates, rtol=1e-8)
    assert one.fit.model.panel.nodes == whole.model.panel.nodes


def test_an_estimate_says_what_it_stands_on(found, tmp_path):
    assert found.fit.converged
    text = str(found)
    assert "Reconstructed, not observed." in text
    assert "midstream" in text
    assert "edgecov.cooperation.lag1" in text
    assert "Sources: Embedded world" in text
    folder = found.save(tmp_path / "fit")
    assert set(found.basis) <= set((folder / "basis.txt").read_text("utf-8").splitlines())
    table = pl.read_csv(folder / "coefficients.csv")
    assert dict(table.select("term", "estimate").iter_rows()) == pytest.approx(found.fit.params)


def test_downstream_is_taken_where_no_stage_is_named(small_store):
    assert studies.estimate(small_store, "edges + memory('stability')").stage == "downstream"


@pytest.mark.parametrize(
    ("formula", "options", "named"),
    [
        ("edges + edgecov('friendship', lag=1)", {}, "cooperation"),
        ("edges + friend()", {}, "edgecov"),
        ("edges + edgecov('ideal_distance', lag=1)", {}, "country_indices"),
        ("edges", {"stage": "sidestream"}, "midstream, downstream"),
        ("edges", {"method": "ols"}, "mcmle"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(small_store, formula, options, named):
    with pytest.raises(InputError) as fault:
        studies.estimate(small_store, formula, **options)
    assert named in f"{fault.value.what} {fault.value.remedy}"


def test_catalogue_lists_every_covariate():
    assert catalogue()["covariate"].to_list() == list(COVARIATES)
