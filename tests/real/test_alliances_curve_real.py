"""Real magnets: relabelled pacts show what year-clustered errors miss, and a curve turns with its controls."""

import importlib.util
from pathlib import Path

import pytest

from xenotime import tergm
from xenotime.studies.alliances.curve import Specification, at_lag, curve, dropping, same, specifications
from xenotime.studies.alliances.robustness import lags

ROOT = Path(__file__).resolve().parents[2]
TERM = "edgecov.alliance.lag1"


@pytest.fixture(scope="module")
def magnets(real_data):
    spec = importlib.util.spec_from_file_location("magnets_tergm", ROOT / "examples" / "magnets_tergm.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.panel(real_data)[0], module.FORMULA


def test_year_clustered_errors_call_most_relabelled_pacts_significant(magnets):
    panel, formula = magnets
    found = curve([Specification({"all": "as it stands"}, panel, formula, TERM)], permutations=200, seed=2)
    assert found.drawn["share significant, dominant sign"].mean() > 0.4  # 0.05 if the errors held
    row = found.estimates.row(0, named=True)
    assert row["p"] < 1e-4
    assert row["p_relabelled"] > 0.01
    # Clustering by countries too comes to the same.
    fit = tergm.fit(formula, panel)
    wide = fit.conf_int(kind="year+exporter+importer").filter(term=TERM).row(0, named=True)
    assert wide["low"] < 0 < wide["high"]
    assert fit.params[TERM] == pytest.approx(row["estimate"], abs=1e-7)
    assert row["one_step"] == pytest.approx(row["estimate"], abs=0.2 * row["error"])


def test_a_curve_of_sixteen_specifications_turns_with_its_controls(magnets):
    panel, formula = magnets
    given = specifications(
        Specification({}, panel, formula, TERM),
        {
            "lag": {"1": same, "2": at_lag(2)},
            "distance": {"with": same, "without": dropping("edgecov.log_distance")},
            "language": {"with": same, "without": dropping("edgecov.common_language")},
            "votes": {"with": same, "without": dropping("absdiff.ideal_point.lag1")},
        },
    )
    found = curve(given, permutations=200)
    assert found.estimates["status"].unique().to_list() == ["converged"]
    # Without distance, neighbours who are allied trade more: the sign of the estimate is a choice of controls.
    assert found.estimates.filter(distance="with", language="with")["per_sd"].max() < 0
    assert found.estimates.filter(distance="without", language="without")["per_sd"].min() > 0


def test_leads_of_pacts_are_reported_on_one_sample(magnets):
    panel, formula = magnets
    table = lags(panel, formula, (TERM,))
    assert set(zip(table["first"], table["last"])) == {(2005, 2017)}
    assert table["status"].unique().to_list() == ["converged"]
    assert table.filter(model="alone")["estimate"].max() < 0  # a pact lasts: every lag and lead says the same
