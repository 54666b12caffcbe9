"""GSIM on all pairs of real magnets (850511, 2022): signs, sizes and a recount by hand."""

import csv
import gzip

import numpy as np
import pytest

from xenotime.markets import Market, Quota, Shock, gsim

FULL = "trade/baci_full_31codes_2022.csv.gz"
COALITION = ("JPN", "PHL", "VNM", "DEU", "USA", "MYS", "THA")


@pytest.fixture(scope="module")
def magnets(real_data):
    with gzip.open(real_data / FULL, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["cmd"] == "850511"]
    names = sorted({row["i"] for row in rows} | {row["j"] for row in rows})
    place = {name: k for k, name in enumerate(names)}
    flows = np.zeros((len(names), len(names)))
    for row in rows:
        flows[place[row["i"]], place[row["j"]]] += float(row["value"]) / 1000
    return names, flows


def market_of(magnets, sigma, own):
    names, flows = magnets
    # illustrative own trade: output of magnets is mostly used at home in China, partly in Japan and Germany
    kept = {"CHN": 1.5, "JPN": 0.5, "DEU": 0.5} if own else {}
    home = [kept.get(name, 0.0) * total for name, total in zip(names, flows.sum(axis=1))]
    return Market.from_arrays(flows, tariffs=0.025, names=names, substitution=sigma, own_trade=home)


@pytest.mark.parametrize("sigma", [1.3, 2.0, 5.0])
@pytest.mark.parametrize("own", [False, True])
def test_signs_and_sizes(magnets, sigma, own):
    market = market_of(magnets, sigma, own)
    base = Shock.base(market)
    others = [name for name in market.names if name != "CHN"]
    china = gsim(market, base.add_export_tax(0.25, ["CHN"])).trade_change
    coalition = gsim(market, base.add_export_tax(0.25, COALITION)).trade_change
    everybody_else = gsim(market, base.add_export_tax(0.25, others)).trade_change
    free = gsim(market, base.set_tariffs(0.0)).trade_change
    apart = gsim(market, base.ban(["CHN"], ["USA"]).ban(["USA"], ["CHN"])).trade_change
    for change in (china, coalition, everybody_else, apart):
        assert change["quantity"] < 0
        assert change["producer_value"] < 0
    assert 0.01 < free["quantity"] < 0.03
    # China sells 61 % of the trade: its own tax weighs more than that of all others together
    assert china["quantity"] < everybody_else["quantity"] < coalition["quantity"]
    assert -0.16 < china["quantity"] < -0.08
    assert -0.08 < coalition["quantity"] < -0.04
    # the tax is part of the border value, which therefore hardly moves
    assert -0.05 < china["border_value"] < 0


@pytest.mark.parametrize(("sigma", "factor"), [(5.0, 1.3), (1.3, 36.0)])
def test_losing_china_at_fixed_prices(magnets, sigma, factor):
    """The known figure: the median composite of the 77 largest importers rises ×1.3 at σ = 5 and ×36 at σ = 1.3."""
    market = market_of(magnets, sigma, own=False)
    market = market.with_elasticities(supply=1e9)  # supply so elastic that producer prices stay
    eq = gsim(market, Shock.base(market).ban(["CHN"]))
    np.testing.assert_allclose(eq.prices[eq.prices > 0], 1, atol=1e-7)
    largest = [k for k in np.argsort(-market.spending) if market.names[k] != "CHN"][:77]
    assert np.median(eq.composite_prices[largest]) == pytest.approx(factor, rel=0.03)


def test_extreme_shocks_are_solved(magnets):
    market = market_of(magnets, 5.0, own=True)
    base = Shock.base(market)
    for shock in (
        base.add_tariff(3.0),
        base.limit(*(Quota((name,), share=0.1) for name in ("CHN", *COALITION))),
        base.ban(["CHN"]),
    ):
        eq = gsim(market, shock)
        assert eq.residual < 1e-10
