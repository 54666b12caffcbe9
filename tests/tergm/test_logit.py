"""Passes over the rows, separation and clusters against NumPy, scipy and statsmodels on random designs."""

from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tergm_panels import random_panel

from xenotime.core import DataWarning
from xenotime.tergm import fit
from xenotime.tergm.covariance import cluster_of
from xenotime.tergm.logit import separated_columns, yearly


@given(seed=st.integers(0, 10_000), rows=st.integers(1, 700), size=st.sampled_from([0.01, 1.0, 30.0, 400.0]))
@settings(max_examples=40, deadline=None)
def test_value_score_and_curvature_of_each_year(seed, rows, size):
    """Whatever the size of η: e^−|η| is a polynomial, squared, in blocks of rows."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(rows, 3)), (rng.random(rows) < 0.3).astype(float)
    offset, theta = rng.normal(size=rows), size * rng.normal(size=3)
    starts = np.array([0, rows // 3, rows // 3, rows])  # one year without rows
    value, score, curve = yearly(x, y, offset, starts, theta)
    for t in range(3):
        part = slice(starts[t], starts[t + 1])
        eta = x[part] @ theta + offset[part]
        p = np.exp(-np.logaddexp(0, -eta))
        spread = np.exp(-np.logaddexp(0, -eta) - np.logaddexp(0, eta))
        assert value[t] == pytest.approx((y[part] * eta - np.logaddexp(0, eta)).sum(), rel=1e-11, abs=1e-11)
        np.testing.assert_allclose(score[t], x[part].T @ (y[part] - p), rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(curve[t], (x[part] * spread[:, None]).T @ x[part], rtol=1e-9, atol=1e-12)


def test_a_step_far_out_ends():
    """Newton's first step may lead anywhere; odds beyond double precision are still finite numbers."""
    x, y = np.array([[1.0], [-2.0]]), np.array([1.0, 1.0])
    value, score, curve = yearly(x, y, np.zeros(2), np.array([0, 2]), np.array([1e200]))
    assert value[0] == -2e200
    assert score[0, 0] == pytest.approx(-2)
    assert 0 <= curve[0, 0, 0] < 1e-200


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_separated_columns_by_their_definition(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-1, 2, size=(6, 4)).astype(float), rng.integers(0, 2, 6).astype(float)
    expected = {}
    for k in range(4):
        column = x[:, k] * (2 * y - 1)  # positive where the column agrees with the tie
        if column.any():
            expected |= {k: np.inf} if (column >= 0).all() else {k: -np.inf} if (column <= 0).all() else {}
    assert separated_columns(x, y) == expected


def test_clusters_are_the_same_with_and_without_sorting():
    design = fit("edges + mutual", random_panel(years=4)).design
    pairs = [frozenset(pair) for pair in zip(design.tail.tolist(), design.head.tolist(), strict=True)]
    for by, key in ((("pair",), pairs), (("year", "pair"), list(zip(design.year.tolist(), pairs, strict=True)))):
        cluster = cluster_of(design, by)
        assert set(cluster.tolist()) == set(range(len(set(key))))
        assert len(set(zip(cluster.tolist(), key, strict=True))) == len(set(key))


@pytest.mark.parametrize("ways", [("year", "pair"), ("year", "exporter"), ("exporter", "importer")])
def test_two_way_errors_are_statsmodels(ways):
    sm = pytest.importorskip("statsmodels.api", reason="statsmodels is an oracle, no dependency")
    from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

    result = fit("edges + mutual + gwesp(0.5) + nodeicov('x') + edgecov('w') + delrecip", random_panel(years=9, n=14))
    design = result.design
    theirs = sm.Logit(design.y, design.x).fit(disp=0, tol=1e-12)
    groups = [cluster_of(design, (way,)) for way in ways]
    covariance = cov_cluster_2groups(theirs, *groups, use_correction=True)[0]
    n, k = design.x.shape
    covariance *= (n - k) / (n - 1)  # Stata's factor for k coefficients is not part of CR1 as used here
    values, vectors = np.linalg.eigh(covariance)  # inclusion and exclusion may leave a negative one
    expected = np.sqrt(np.diag((vectors * np.maximum(values, 0)) @ vectors.T))
    lifted = pytest.warns(DataWarning, match="not positive semi-definite")
    with lifted if values[0] < -1e-9 else nullcontext():
        frame = result.conf_int(kind="+".join(ways))
    fewest = min(len(np.unique(group)) for group in groups)
    errors = (frame["high"] - frame["low"]).to_numpy() / 2 / stats.t.ppf(0.975, fewest - 1)
    np.testing.assert_allclose(errors, expected, rtol=1e-6)


@pytest.mark.parametrize("years", [5, 10, 12])
def test_the_bootstrap_never_makes_the_headline_and_few_years_are_said(years):
    result = fit("edges + mutual", random_panel(years=years), bootstrap=50, seed=3)
    plain = fit("edges + mutual", random_panel(years=years))
    assert result.conf_int().equals(plain.conf_int())
    assert result.spread == "year-clustered CR1"
    assert ("too few for it to be quoted" in str(result)) == (years < 10)
