"""The published example and the figures known from outside the code."""

import json

import numpy as np
import pytest
from market_worlds import REFERENCE, column, example, matrix, scenario

import xenotime as xt

pytestmark = pytest.mark.reference
SUMMARY = {
    "producer_surplus": "producer_surplus",
    "consumer_surplus": "consumer_surplus",
    "tariff_revenue": "tariff_revenue",
    "export_tax_revenue": "export_tax_revenue",
    "net": "net_welfare",
}


def test_published_prices_to_four_decimals():
    published = json.loads((REFERENCE / "expected/published_check.json").read_text())[
        "published_exporter_price_changes"
    ]
    market = example()
    eq = xt.markets.gsim(market, form="linear", **scenario("us_eu_fta"))
    assert dict(zip(market.names, np.round(eq.prices - 1, 4))) == published


@pytest.mark.parametrize("name", ["us_eu_fta", "us_jp_fta", "global_free_trade", "japan_export_tax_25"])
@pytest.mark.parametrize(("form", "file", "tolerance"), [("linear", "linear", 1e-8), ("exact", "nonlinear", 1e-9)])
def test_reference_files(name, form, file, tolerance):
    eq = xt.markets.gsim(example(), form=form, **scenario(name))
    summary = f"expected/{name}_{file}_summary.csv"
    for ours, theirs in SUMMARY.items():
        np.testing.assert_allclose(eq.welfare[ours], column(summary, theirs), atol=tolerance, rtol=0)
    np.testing.assert_allclose(eq.prices - 1, column(summary, "exporter_price_change"), atol=tolerance, rtol=0)
    np.testing.assert_allclose(eq.quantities - 1, column(summary, "output_change"), atol=tolerance, rtol=0)
    np.testing.assert_allclose(
        eq.composite_prices - 1, column(summary, "composite_price_change"), atol=tolerance, rtol=0
    )
    new_trade = matrix(f"expected/{name}_{file}_new_trade.csv")
    np.testing.assert_allclose(eq.flows.border, new_trade, atol=tolerance, rtol=0)


def test_consistent_area_of_consumers_in_the_linear_form():
    eq = xt.markets.gsim(example(), form="linear", **scenario("us_eu_fta"))
    # facts on the example: Japan −8.88 as published, −8.59 by the consistent second-order area
    assert eq.welfare["consumer_surplus"][1] == pytest.approx(-8.88, abs=0.005)
    assert eq.welfare["consumer_surplus_consistent"][1] == pytest.approx(-8.59, abs=0.005)
    parts = eq.welfare
    assert parts["net_consistent"][1] == pytest.approx(
        parts["net"][1] - parts["consumer_surplus"][1] + parts["consumer_surplus_consistent"][1]
    )


@pytest.mark.parametrize(
    ("own", "countries", "expected"),
    [(False, 100, (-0.068, -0.103, -0.014)), (True, 10, (-0.125, -0.147, -0.068))],
)
def test_symmetric_world_under_a_coalitions_export_tax(own, countries, expected):
    """Half of equal countries tax exports at 25 %: the known change of quantity, producer and border value."""
    flows = np.ones((countries, countries))
    if not own:
        np.fill_diagonal(flows, 0.0)
    taxes = np.where(np.arange(countries) < countries // 2, 0.25, 0.0)
    eq = xt.markets.gsim(xt.markets.Market.from_arrays(flows), export_taxes=taxes)
    found = [eq.trade_change[basis] for basis in ("quantity", "producer_value", "border_value")]
    np.testing.assert_allclose(found, expected, atol=5e-4)


def test_closed_form_of_a_symmetric_world():
    """All of n equal countries put tariff t on each other, no own trade: p^(E_x) = (p T)^(E_m), by hand."""
    n, t, e_m, e_x = 6, 0.4, -1.25, 1.5
    flows = np.ones((n, n)) - np.eye(n)
    eq = xt.markets.gsim(xt.markets.Market.from_arrays(flows, demand=e_m, supply=e_x), tariffs=t)
    price = (1 + t) ** (e_m / (e_x - e_m))
    np.testing.assert_allclose(eq.prices, price, rtol=1e-13)
    np.testing.assert_allclose(eq.composite_prices, price * (1 + t), rtol=1e-13)
    assert eq.trade_change["quantity"] == pytest.approx(price**e_x - 1, abs=1e-13)
