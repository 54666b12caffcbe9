"""Every demand system listed in `NESTS`: base, homogeneity, shares, derivative, and its row in the docs."""

from pathlib import Path

import numpy as np
import pytest

from xenotime.markets import NESTS, Market
from xenotime.markets.exact import nest_base

N = 5


@pytest.fixture(params=list(NESTS))
def case(request):
    rng = np.random.default_rng(7)
    flows = rng.lognormal(0, 1, (N, N)) * (rng.random((N, N)) < 0.8) + np.eye(N)
    market = Market.from_arrays(
        flows,
        tariffs=0.2 * rng.random((N, N)),
        demand=-rng.uniform(0.3, 2, N),
        substitution=rng.uniform(0.6, 6, (N, N) if request.param == "hiia" else N),
    )
    sold = market.flows > 0
    base = nest_base(market, sold, np.zeros_like(sold), np.full(sold.shape, np.inf))
    return request.param, market, base, NESTS[request.param], rng


def test_base_prices_change_nothing(case):
    _, _, base, nest, _ = case
    split = nest(base, np.zeros((N, N)))
    np.testing.assert_allclose(split.log_quantity, 0, atol=1e-14)
    np.testing.assert_allclose(split.log_composite, 0, atol=1e-14)


def test_only_relative_prices_move_shares(case):
    """All prices times k: the composite times k, every quantity times k^E_m."""
    _, _, base, nest, rng = case
    prices = rng.normal(0, 0.3, (N, N))
    one, other = nest(base, prices), nest(base, prices + 0.7)
    np.testing.assert_allclose(other.log_composite, one.log_composite + 0.7, atol=1e-12)
    expected = np.where(base.sold, one.log_quantity + 0.7 * base.demand, 0)
    np.testing.assert_allclose(other.log_quantity, expected, atol=1e-12)


def test_composite_lies_between_the_prices_it_is_made_of(case):
    _, _, base, nest, rng = case
    prices = np.where(base.sold, rng.normal(0, 0.3, (N, N)), np.nan)
    composite = nest(base, np.nan_to_num(prices)).log_composite
    assert (composite >= np.nanmin(prices, axis=0) - 1e-12).all()
    assert (composite <= np.nanmax(prices, axis=0) + 1e-12).all()


def test_derivative(case):
    _, _, base, nest, rng = case
    prices = rng.normal(0, 0.3, (N, N))
    split = nest(base, prices)
    for r in range(N):
        for v in np.flatnonzero(base.sold[r]):
            step = np.zeros((N, N))
            step[r, v] = 1e-6
            up, down = nest(base, prices + step).log_quantity, nest(base, prices - step).log_quantity
            numeric = (up - down) / 2e-6
            analytic = np.zeros((N, N))
            analytic[:, v] = np.where(base.sold[:, v], base.sigma[:, v] * split.a[r, v] + split.b[r, v], 0)
            analytic[r, v] -= base.sigma[r, v]
            np.testing.assert_allclose(numeric, analytic, atol=1e-7)


def test_is_documented(case):
    page = (Path(__file__).parents[2] / "docs" / "markets.md").read_text(encoding="utf-8")
    assert f"`nests.{case[0]}`" in page
