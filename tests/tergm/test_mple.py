"""Pooled MPLE: what is found and named, offsets, time, clusters; truth from scipy, brute force and the definitions."""

import re
from contextlib import nullcontext

import numpy as np
import pytest
from scipy import optimize
from tergm_panels import random_panel

from xenotime.core import DataWarning, InputError
from xenotime.tergm import Panel, fit, model_of
from xenotime.tergm.bootstrap import bootstrap, draw_years, one_step
from xenotime.tergm.design import design_of
from xenotime.tergm.fit import with_bootstrap

FORMULA = "edges + mutual + gwesp(0.5) + nodeicov('x') + edgecov('w') + memory('stability')"


def loglik(design, theta):
    eta = design.x @ theta + design.offset
    return (design.y * eta - np.logaddexp(0, eta)).sum()


def test_estimates_maximise_the_pseudo_likelihood_and_errors_are_its_curvature():
    result = fit(FORMULA, random_panel(years=5))
    design = result.design
    best = optimize.minimize(lambda theta: -loglik(design, theta), np.zeros(6), method="BFGS", options={"gtol": 1e-9})
    np.testing.assert_allclose(result.estimates, best.x, atol=1e-5)
    assert result.loglik == pytest.approx(loglik(design, result.estimates), rel=1e-12)
    p = 1 / (1 + np.exp(-design.x @ result.estimates))
    hessian = (design.x * (p * (1 - p))[:, None]).T @ design.x
    np.testing.assert_allclose(result.hessian_covariance, np.linalg.inv(hessian), rtol=1e-8)


@pytest.mark.parametrize("ways", ["year", "exporter", "importer", "pair", "year+exporter", "year+exporter+importer"])
def test_sandwiches_from_their_definition(ways):
    result = fit("edges + mutual + nodeicov('x') + edgecov('w')", random_panel(years=5, n=10))
    d, bread = result.design, result.hessian_covariance
    scores = d.x * (d.y - 1 / (1 + np.exp(-d.x @ result.estimates)))[:, None]
    labels = {
        "year": list(d.year), "exporter": list(d.tail), "importer": list(d.head),
        "pair": [frozenset(pair) for pair in zip(d.tail.tolist(), d.head.tolist(), strict=True)],
    }  # fmt: skip
    meat, names = np.zeros((4, 4)), ways.split("+")
    for mask in range(1, 2 ** len(names)):
        chosen = [name for k, name in enumerate(names) if mask >> k & 1]
        groups = {}
        for row, key in enumerate(zip(*(labels[name] for name in chosen), strict=True)):
            groups[key] = groups.get(key, 0) + scores[row]
        sums = np.array(list(groups.values()))
        meat += (-1) ** (len(chosen) + 1) * len(sums) / (len(sums) - 1) * sums.T @ sums
    values, vectors = np.linalg.eigh(bread @ meat @ bread)
    expected = np.sqrt(np.diag((vectors * np.maximum(values, 0)) @ vectors.T))
    lifted = pytest.warns(DataWarning, match=re.escape(f"clustered by {ways}: the matrix was not positive"))
    with lifted if values.min() < -1e-9 else nullcontext():
        frame = result.conf_int(kind=ways)
    assert (values.min() < -1e-9) == ("year+exporter" in ways)  # both branches are run
    from scipy import stats

    fewest = min(len(set(labels[name])) for name in names)
    reach = (frame["high"] - frame["low"]).to_numpy() / 2 / stats.t.ppf(0.975, fewest - 1)
    np.testing.assert_allclose(reach, expected, rtol=1e-9)
    if ways == "year":
        headline = result.conf_int()
        np.testing.assert_allclose(headline["high"], frame["high"])
        assert result.degrees == 4


def test_a_finite_offset_shifts_and_an_infinite_one_leaves_out():
    panel = random_panel(years=3)
    free = fit("edges + edgecov('w')", panel)
    held = fit(f"edges + offset(edgecov('w'), {free.params['edgecov.w']!r})", panel)
    assert held.params["edges"] == pytest.approx(free.params["edges"], abs=1e-9)
    assert held.params["offset(edgecov.w)"] == free.params["edgecov.w"]
    closed = np.zeros((12, 12))
    closed[3] = 1
    ties = np.where(closed == 1, 0, panel.ties)
    shut = Panel.from_arrays(ties, dyad_covariates={"closed": closed})
    left_out = Panel.from_arrays(ties, risk=closed == 0)
    out = fit("edges + mutual + offset(edgecov('closed'), -Inf)", shut)
    assert out.observations == 3 * 11 * 11
    np.testing.assert_allclose(out.estimates[:2], fit("edges + mutual", left_out).estimates, atol=1e-12)
    with pytest.raises(InputError, match="rules out"):
        fit(
            "edges + offset(edgecov('closed'), -Inf)", Panel.from_arrays(panel.ties, dyad_covariates={"closed": closed})
        )


def test_products_with_time_are_scaled_columns():
    panel = random_panel()
    plain, by_time = design_of(model_of("mutual", panel)), design_of(model_of("mutual:time", panel))
    np.testing.assert_allclose(by_time.x[:, 0], plain.x[:, 0] * (plain.year + 1))


def test_form_and_persist_split_the_dyads():
    """A separable model's likelihood factors: formation sees only untied dyads, persistence only tied ones."""
    panel = random_panel(years=5)
    both = fit("Form(~edges + edgecov('w')) + Persist(~edges + edgecov('w'))", panel)
    d = both.design
    tied = np.concatenate([panel.ties[t - 1][~np.eye(12, dtype=bool)] for t in range(1, 5)]) == 1
    assert (d.x[tied][:, :2] == 0).all()
    assert (d.x[~tied][:, 2:] == 0).all()
    for rows, columns in ((~tied, [0, 1]), (tied, [2, 3])):
        part = d.keep(rows, np.array(columns))
        best = optimize.minimize(lambda theta: -loglik(part, theta), np.zeros(2), method="BFGS")  # noqa: B023
        np.testing.assert_allclose(both.estimates[columns], best.x, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "formula", "match"),
    [
        ("nan", "edges + edgecov('v')", r"2002: n1 → n3: edgecov.v is not a finite number on 1 dyads"),
        ("constant", "edges + edgecov('v')", "edges and edgecov.v are collinear"),
        ("zero", "edges + edgecov('v')", "edgecov.v is zero on every dyad"),
        ("double", "edges + edgecov('w') + edgecov('v')", "edgecov.w and edgecov.v are collinear"),
        ("double", "edges + memory('stability') + memory('innovation')", "at lag 1 are one parameter"),
        ("double", "edges + memory('loss') + Form(~edges) + Persist(~edges)", "collinear"),
    ],
)
def test_faults_of_the_design_are_named(change, formula, match):
    base = random_panel()
    w = base.dyad_values("w")
    v = {"nan": w.copy(), "constant": np.full_like(w, 3), "zero": np.zeros_like(w), "double": 2 * w}[change]
    if change == "nan":
        v[1, 1, 3] = np.nan
    panel = Panel.from_arrays(base.ties, base.years, base.nodes, dyad_covariates={"w": w, "v": v})
    with pytest.raises(InputError, match=match):
        fit(formula, panel)


def test_no_ties_at_all_is_named():
    with pytest.raises(InputError, match="edges separates"):
        fit("edges", Panel.from_arrays(np.zeros((2, 5, 5))))


def test_joint_separation_names_the_columns():
    """Ties exactly where u + v > 0, though neither decides alone."""
    rng = np.random.default_rng(4)
    u, v = rng.normal(size=(2, 10, 10))
    panel = Panel.from_arrays((u + v > 0)[None], dyad_covariates={"u": u, "v": v})
    with pytest.raises(InputError, match=r"edgecov.u, edgecov.v together separate"):
        fit("edges + edgecov('u') + edgecov('v')", panel)


def test_a_covariate_made_of_degrees_is_noted():
    base = random_panel()
    panel = Panel.from_arrays(
        base.ties, node_covariates={"popular": np.sqrt(base.ties.sum(axis=1)), "x": base.node_values("x")}
    )
    assert any(
        "popular is computed from the in-degrees" in note for note in fit("edges + nodeicov('popular')", panel).notes
    )
    assert not fit("edges + nodeicov('x')", panel).notes
    assert not fit("edges + nodeicov('popular', lag=1)", panel).notes


def test_replicates_are_exact_whatever_the_workers_and_lanes():
    result = fit(FORMULA, random_panel(years=12, n=10), bootstrap=150, seed=3, workers=1)
    again = with_bootstrap(result, 150, seed=3, workers=2)
    np.testing.assert_array_equal(result.bootstrap.replicates, again.bootstrap.replicates)
    design = result.design
    for replicate, draw in list(zip(result.bootstrap.replicates, result.bootstrap.draws, strict=True))[:25]:
        rows = np.concatenate([np.flatnonzero(design.year == year) for year in draw])
        x, y = design.x[rows], design.y[rows]
        p = 1 / (1 + np.exp(-x @ replicate))
        newton = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (y - p))
        assert np.abs(newton).max() < 1e-8
    quick = one_step(design, result.estimates, result.bootstrap.draws)
    spread = np.array(list(result.std_errors.values()))
    assert np.median(np.abs(quick.replicates - result.bootstrap.replicates) / spread) < 0.1
    assert "percentile_low" in result.to_frame().columns


def test_a_resample_without_a_solution_is_nan_and_counted():
    ties = random_panel(years=3, n=8).ties.copy()
    closed = np.zeros((3, 8, 8))
    closed[:, 0] = 1
    ties[:2, 0] = 0
    ties[2, 0, 1:4] = 1
    result = fit("edges + edgecov('closed')", Panel.from_arrays(ties, dyad_covariates={"closed": closed}))
    found = bootstrap(result.design, result.estimates, np.array([[0, 1, 0], [0, 1, 2], [2, 2, 2]]))
    assert found.failed == 1
    assert np.isnan(found.replicates[0]).all()
    np.testing.assert_allclose(found.replicates[1], result.estimates, atol=1e-9)


def test_moving_blocks_are_consecutive():
    draws = draw_years(20, 50, seed=1, block=4)
    assert draws.shape == (50, 20)
    assert (np.diff(draws.reshape(50, 5, 4), axis=2) == 1).all()
    with pytest.raises(InputError, match="block of 21 years"):
        draw_years(20, 5, 1, 21)


def test_the_table_says_what_its_intervals_are():
    text = str(fit(FORMULA, random_panel(years=6), bootstrap=20, workers=1))
    for part in (
        "year-clustered CR1, t(4)",
        "exporter → importer",
        "Pr(>|t|)",
        "5 years are too few",
        "no joint Wald test",
    ):
        assert part in text
