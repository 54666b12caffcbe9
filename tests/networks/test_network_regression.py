"""MRQAP: slopes and t against a least-squares fit by formula, size under the null, and power."""

import numpy as np
import pytest

from xenotime.core import InputError
from xenotime.networks.regression import mrqap, qap_correlation


def two_way(rng, n):
    """A network with strong country effects: pairs of one country are alike."""
    return rng.normal(size=(n, 1)) + rng.normal(size=(1, n)) + 0.5 * rng.normal(size=(n, n))


def test_coefficients_and_t_are_least_squares():
    rng = np.random.default_rng(1)
    n = 12
    a, b = two_way(rng, n), two_way(rng, n)
    y = 1.5 + 0.7 * a - 0.2 * b + rng.normal(size=(n, n))
    fit = mrqap(y, {"a": a, "b": b}, permutations=50)
    rows = [(i, j) for i in range(n) for j in range(n) if i != j]
    design = np.array([[1.0, a[p], b[p]] for p in rows])
    target = np.array([y[p] for p in rows])
    beta = np.linalg.solve(design.T @ design, design.T @ target)
    error = target - design @ beta
    deviation = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * (error @ error) / (len(rows) - 3))
    np.testing.assert_allclose(fit.coefficients, beta)
    np.testing.assert_allclose(fit.t, beta / deviation)
    assert fit.r_squared == pytest.approx(1 - error.var() / target.var())
    assert fit.pairs == n * (n - 1)
    assert fit.to_frame()["name"].to_list() == ["intercept", "a", "b"]
    assert fit.to_frame()["p_value"][0] is None
    assert "132 pairs" in str(fit)


def test_size_holds_where_countries_matter_and_ordinary_t_does_not():
    """y and a share no link but both have country effects; b is explained by a. 5 % tests reject about 5 %."""
    rejected, naive = 0, 0
    for trial in range(120):
        rng = np.random.default_rng(trial)
        a = two_way(rng, 16)
        b = 0.7 * a + two_way(rng, 16)
        fit = mrqap(two_way(rng, 16), {"a": a, "b": b}, permutations=99, seed=trial)
        rejected += fit.p_values[1] <= 0.05
        naive += abs(fit.t[1]) > 1.97
    assert rejected / 120 < 0.12
    assert naive / 120 > 0.25


def test_a_real_effect_is_found_and_seeds_are_kept():
    rng = np.random.default_rng(2)
    a, b = two_way(rng, 20), two_way(rng, 20)
    y = a + two_way(rng, 20)
    one, same, other = (mrqap(y, {"a": a, "b": b}, 199, seed) for seed in (1, 1, 2))
    assert one.p_values[1] == pytest.approx(1 / 200)
    np.testing.assert_array_equal(one.p_values, same.p_values)
    assert other.p_values[2] != one.p_values[2]


def test_correlation_is_that_of_numpy():
    rng = np.random.default_rng(3)
    a, b = two_way(rng, 15), two_way(rng, 15)
    off = ~np.eye(15, dtype=bool)
    found = qap_correlation(a, b - 0.5 * a, permutations=200)
    assert found.correlation == pytest.approx(np.corrcoef(a[off], (b - 0.5 * a)[off])[0, 1])
    assert abs(found.expected) < 0.1
    order = rng.permutation(15)
    moved = qap_correlation(a[np.ix_(order, order)], (b - 0.5 * a)[np.ix_(order, order)], permutations=200)
    assert moved.correlation == pytest.approx(found.correlation)


def test_wrong_requests():
    rng = np.random.default_rng(4)
    a = rng.normal(size=(6, 6))
    holed = a.copy()
    holed[1, 2] = np.nan
    with pytest.raises(InputError, match="b has no number for 1 of 30 pairs"):
        mrqap(a, {"b": holed})
    with pytest.raises(InputError, match="constant or a combination"):
        mrqap(a, {"b": np.ones((6, 6))})
    with pytest.raises(InputError, match=r"b has shape \(5, 5\)"):
        mrqap(a, {"b": np.ones((5, 5))})
    with pytest.raises(InputError, match="0 networks"):
        mrqap(a, {})
