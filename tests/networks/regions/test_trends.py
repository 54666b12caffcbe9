"""Trends: statistics equal to statsmodels and pymannkendall, and errors as rare as they are said to be."""

import numpy as np
import polars as pl
import pytest

from xenotime.core import InputError, generator
from xenotime.networks.regions.trends import mann_kendall, newey_west, persistence, sen_slope, trend, trends

YEARS = np.arange(2002.0, 2025.0)


def series(rho: float, slope: float, seed: int, count: int = 23) -> np.ndarray:
    shock = generator(seed, "series").standard_normal(count + 100)
    value = np.zeros(count + 100)
    for t in range(1, len(value)):
        value[t] = rho * value[t - 1] + shock[t]
    return value[100:] + slope * np.arange(count)


@pytest.mark.parametrize("lags", [None, 2, 4])
def test_newey_west_is_that_of_statsmodels(lags):
    sm = pytest.importorskip("statsmodels.api", reason="statsmodels is an oracle, in the extra 'oracles'")
    value = series(0.5, 0.1, 1)
    fit = sm.OLS(value, sm.add_constant(YEARS - YEARS.mean())).fit(
        cov_type="HAC", cov_kwds={"maxlags": 6 if lags is None else lags, "use_correction": True}, use_t=True
    )
    slope, se, p = newey_west(YEARS, value, lags)
    assert (slope, se, p) == pytest.approx((fit.params[1], fit.bse[1], fit.pvalues[1]))


@pytest.mark.parametrize("seed", range(5))
def test_mann_kendall_is_that_of_pymannkendall(seed):
    pk = pytest.importorskip("pymannkendall", reason="pymannkendall is an oracle, in the extra 'oracles'")
    # 24 years: an even number of pairs, so that Sen's line goes through no two points, whose residuals pymannkendall
    # would tell apart by their rounding.
    value, years = series(0.4, 0.05, seed, 24), np.arange(24.0)
    value[3] = value[9]
    wanted = pk.hamed_rao_modification_test(value)
    assert mann_kendall(years, value) == pytest.approx((wanted.z, wanted.p))
    assert sen_slope(years, value) == pytest.approx(wanted.slope)


@pytest.mark.parametrize(("rho", "most"), [(0.0, 0.06), (0.5, 0.12)])
def test_noise_is_seldom_called_a_trend(rho, most):
    called = 0
    for seed in range(200):
        found = trend(YEARS, series(rho, 0.0, seed), generator(seed, "test"))
        called += found.p < 0.05 and found.mk_p < 0.05
    assert called / 200 <= most


def test_by_their_books_the_tests_call_noise_a_trend_too_often():
    """Why the calibration is there: if this ever fails, it is no longer needed."""
    by_book = [newey_west(YEARS, series(0.5, 0.0, seed))[2] < 0.05 for seed in range(200)]
    assert np.mean(by_book) > 0.15


def test_a_clear_trend_is_seen():
    seen = [trend(YEARS, series(0.3, 0.2, seed), generator(seed, "test")) for seed in range(50)]
    assert np.mean([one.p < 0.05 and one.mk_p < 0.05 and one.slope > 0 for one in seen]) > 0.7


def test_persistence_is_not_biased():
    for rho in (0.0, 0.4, 0.7):
        found = np.mean([persistence(series(rho, 0.3, seed, 60)) for seed in range(300)])
        assert found == pytest.approx(rho, abs=0.08)


def test_exact_lines_constants_and_short_series():
    line = trend(YEARS, 3 + 2 * YEARS, generator(1, "x"))
    assert (line.slope, line.sen_slope) == pytest.approx((2, 2))
    assert line.p == line.mk_p == 1 / 1000
    flat = trend(YEARS, np.full(23, 0.1), generator(1, "x"))
    assert (flat.slope, flat.mk_p) == (pytest.approx(0, abs=1e-15), 1)
    assert trend(YEARS[:7], YEARS[:7], generator(1, "x")) is None


def test_table():
    up, noise = series(0.0, 0.5, 1), series(0.0, 0.0, 2)
    table = pl.DataFrame(
        {
            "stage": ["s"] * 46,
            "measure": ["up"] * 23 + ["noise"] * 23,
            "year": [int(y) for y in YEARS] * 2,
            "value": [*up, *noise],
            "null_mean": [*(up - noise), *[None] * 23],
        }
    )
    found = trends(table.sample(fraction=1.0, shuffle=True, seed=1))
    assert found.select("measure", "of", "trend").rows() == [
        ("noise", "value", "none told from noise"),
        ("up", "value", "rising"),
        ("up", "excess", "none told from noise"),
    ]
    assert found.equals(trends(table))
    short = trends(table.filter(pl.col("year") < 2006))
    assert short["trend"].to_list() == [None] * len(short)
    with pytest.raises(InputError, match="measure"):
        trends(table.drop("measure"))
