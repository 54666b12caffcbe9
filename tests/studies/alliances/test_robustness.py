"""Lags, leads, periods, thresholds, sources, influence: against the tie model's own fits and against refits by hand."""

import numpy as np
import pytest

from xenotime import tergm
from xenotime.core import InputError
from xenotime.studies.alliances.robustness import (
    EXACT,
    ONE_STEP,
    influence,
    lags,
    periods,
    sources,
    thresholds,
    without,
)

FORMULA = "edges + mutual + edgecov('w', lag=1) + nodeocov('x', lag=1) + edgecov('d') + memory('stability')"
INTEREST = ("edgecov.w.lag1", "nodeocov.x.lag1")


def panel(seed=1, years=12, n=16, effect=0.6, **covariates):
    """Ties that answer last year's w; w and x persist but do not answer ties."""
    random = np.random.default_rng(seed)
    w, x = np.zeros((years, n, n)), np.zeros((years, n))
    for t in range(years):
        w[t] = 0.7 * w[t - 1] + random.normal(size=(n, n)) if t else random.normal(size=(n, n))
        x[t] = 0.7 * x[t - 1] + random.normal(size=n) if t else random.normal(size=n)
    d, ties = random.normal(size=(n, n)), np.zeros((years, n, n))
    for t in range(years):
        before = ties[t - 1] if t else np.zeros((n, n))
        eta = -1.5 + effect * w[max(t - 1, 0)] - 0.4 * d + 1.2 * before
        ties[t] = random.random((n, n)) < 1 / (1 + np.exp(-eta))
    return tergm.Panel.from_arrays(
        ties,
        years=range(2001, 2001 + years),
        nodes=[f"C{place:02d}" for place in range(n)],
        node_covariates={"x": x},
        dyad_covariates={"w": w, "d": d, **covariates},
    )


def until(given, years):
    """The panel with ties unknown outside some years: a sample as `lags` takes it, for the oracle."""
    ties = given.ties.copy()
    out = [place for place, year in enumerate(given.years) if year not in years]
    risk = given.risk.copy()
    risk[out] = False
    return tergm.Panel.from_arrays(
        ties, given.years, given.nodes, node_covariates=given.node_covariates,
        dyad_covariates=given.dyad_covariates, risk=risk,
    )  # fmt: skip


def test_every_lag_is_the_tie_models_fit_on_one_sample():
    given = panel()
    table = lags(given, FORMULA, INTEREST, lags=(0, 1, 2, 3), leads=(1,))
    assert set(zip(table["first"], table["last"])) == {(2004, 2011)}
    assert table["dyads"].unique().to_list() == [8 * 16 * 15]
    common = until(given, range(2004, 2012))
    for lag, spelling in ((0, "edgecov('w')"), (2, "edgecov('w', lag=2)"), (-1, "edgecov('w', lag=-1)")):
        fit = tergm.fit(FORMULA.replace("edgecov('w', lag=1)", spelling), common)
        row = table.filter(model="alone", covariate="edgecov.w", lag=lag).row(0, named=True)
        oracle = fit.to_frame().filter(term=row["term"]).row(0, named=True)
        assert row["estimate"] == pytest.approx(oracle["estimate"], abs=1e-7)
        assert row["error"] == pytest.approx(oracle["std_error"], rel=1e-6)
        assert row["p"] == pytest.approx(oracle["p_value"], rel=1e-5)
        assert row["loglik"] == pytest.approx(fit.loglik)
    joint = tergm.fit(FORMULA + " + edgecov('w', lag=-1)", common).to_frame()
    for lag, term in ((1, "edgecov.w.lag1"), (-1, "edgecov.w.lead1")):
        row = table.filter(model="joint", covariate="edgecov.w", lag=lag).row(0, named=True)
        assert row["estimate"] == pytest.approx(joint.filter(term=term)["estimate"].item(), abs=1e-7)
    best = table.filter(covariate="edgecov.w").filter("best")
    assert best["lag"].to_list() == [1]
    assert not best["model"].is_in(["joint"]).any()


def test_a_lead_alone_misleads_and_beside_the_lag_does_not():
    table = lags(panel(years=20, n=24), FORMULA, INTEREST[:1])
    alone, joint = (table.filter(model=model, lag=-1).row(0, named=True) for model in ("alone", "joint"))
    assert alone["p"] < 0.01 < joint["p"]


def test_dyads_without_a_covariate_at_some_lag_are_left_out_of_all():
    given = panel()
    w = given.dyad_covariates["w"].copy()
    w[:4] = np.nan  # the source begins in 2005
    w[:, 0] = np.nan  # and knows nothing of one exporter
    table = lags(panel(w=w), FORMULA, INTEREST[:1], lags=(0, 1), leads=(1,))
    assert set(table["first"]) == {2006}
    assert table["dyads"].unique().to_list() == [6 * 15 * 15]


def test_periods_are_fits_of_their_years_and_differences_add_variances():
    given = panel()
    table = periods(given, FORMULA, INTEREST, splits=(2006, 2009, 1990, 2030))
    assert table["period"].unique(maintain_order=True).to_list() == ["2002–2005", "2006–2008", "2009–2012"]
    for first, last in ((2002, 2005), (2006, 2008), (2009, 2012)):
        oracle = tergm.fit(FORMULA, until(given, range(first, last + 1))).to_frame()
        row = table.filter(first=first, term=INTEREST[0]).row(0, named=True)
        assert row["estimate"] == pytest.approx(oracle.filter(term=INTEREST[0])["estimate"].item(), abs=1e-7)
        assert row["error"] == pytest.approx(oracle.filter(term=INTEREST[0])["std_error"].item(), rel=1e-6)
    one, two = (table.filter(term=INTEREST[0], first=first).row(0, named=True) for first in (2002, 2006))
    assert one["difference"] is None
    assert two["difference"] == pytest.approx(two["estimate"] - one["estimate"])
    assert two["difference_error"] == pytest.approx(np.hypot(one["error"], two["error"]))
    assert 0 < two["difference_p"] < 1


def test_a_period_of_one_year_has_no_error_and_says_so():
    table = periods(panel(), FORMULA, INTEREST, splits=(2012,))
    last = table.filter(first=2012)
    assert last["status"].to_list() == ["fewer than two years"] * 2
    assert last["estimate"].null_count() == 2


def test_thresholds_and_sources_are_fits_of_their_panels():
    panels = {"10 t": panel(1), "100 t": panel(2)}
    table = thresholds(panels, FORMULA, INTEREST)
    for label, given in panels.items():
        oracle = tergm.fit(FORMULA, given)
        row = table.filter(threshold=label, term=INTEREST[0]).row(0, named=True)
        assert row["estimate"] == pytest.approx(oracle.params[INTEREST[0]], abs=1e-7)
        assert row["ties"] == given.ties[1:].sum()
    other = FORMULA.replace("'w', lag=1", "'d'").replace(" + edgecov('d') + memory", " + memory")
    table = sources(panels, {"10 t": FORMULA, "100 t": other}, {"10 t": INTEREST[:1], "100 t": ("edgecov.d",)})
    assert table.select("source", "term").rows() == [("10 t", INTEREST[0]), ("100 t", "edgecov.d")]


def test_influence_is_close_to_refits():
    given = panel()
    table = influence(given, FORMULA, INTEREST, leave=("C03", "not there"))
    full = tergm.fit(FORMULA, given)
    gone = tergm.fit(FORMULA, without(given, ["C03"]))
    exact = table.filter(how=EXACT, term=INTEREST[0]).row(0, named=True)
    assert exact["estimate"] == pytest.approx(gone.params[INTEREST[0]], abs=1e-7)
    assert exact["change"] == pytest.approx(gone.params[INTEREST[0]] - full.params[INTEREST[0]], abs=1e-7)
    steps = table.filter(how=ONE_STEP, term=INTEREST[0])
    assert steps.height == 16 + 11
    error = full.to_frame().filter(term=INTEREST[0])["std_error"].item()
    for label in ("C03", "C11"):
        risk = given.risk.copy()
        place = given.nodes.index(label)
        risk[:, place] = risk[:, :, place] = False
        refit = tergm.fit(FORMULA, tergm.Panel.from_arrays(
            given.ties, given.years, given.nodes, node_covariates=given.node_covariates,
            dyad_covariates=given.dyad_covariates, risk=risk,
        )).params[INTEREST[0]]  # fmt: skip
        assert abs(steps.filter(left_out=label)["estimate"].item() - refit) < 0.05 * error
    refit = tergm.fit(FORMULA, until(given, [year for year in given.years if year != 2007])).params[INTEREST[0]]
    assert abs(steps.filter(kind="year", left_out="2007")["estimate"].item() - refit) < 0.05 * error


def test_separation_and_collinearity_are_said_not_hidden():
    given = panel()
    w, ties = given.dyad_covariates["w"], given.ties.copy()
    never = np.zeros_like(w)
    never[:, 2, 3] = 1.0
    ties[:, 2, 3] = 0.0
    odd = tergm.Panel.from_arrays(
        ties, given.years, given.nodes, dyad_covariates={"w": w, "never": never, "same": 2 * w}
    )
    found = periods(odd, "edges + edgecov('w') + edgecov('never')", ("edgecov.w", "edgecov.never"), splits=(2007,))
    assert found.filter(term="edgecov.never")["status"].str.contains("separates").all()
    assert found.filter(term="edgecov.never")["estimate"].null_count() == 2
    assert found.filter(term="edgecov.w")["estimate"].null_count() == 0
    twice = thresholds({"a": odd}, "edges + edgecov('w') + edgecov('same')", ("edgecov.w",))
    assert twice["status"].item() == "collinear columns"


def test_what_is_asked_wrongly_is_refused():
    given = panel()
    with pytest.raises(InputError, match="no coefficient of the formula"):
        lags(given, FORMULA, ("edgecov.w",))
    with pytest.raises(InputError, match="leads 1 or more"):
        lags(given, FORMULA, INTEREST, leads=(0,))
    with pytest.raises(InputError, match="no covariate to lag"):
        lags(given, FORMULA, ("mutual",))
    with pytest.raises(InputError, match="offset"):
        periods(given, "edges + offset(edgecov('d'), 1) + edgecov('w')", ("edgecov.w",))
