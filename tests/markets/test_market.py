"""The base: what `Market.from_arrays` takes, refuses and reports; and how policies compose."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from market_worlds import example, random_market

from xenotime.core import InputError
from xenotime.markets import Market, Policy, Quota, Shock, gsim, gsim_batch

FLOWS = np.array([[0.0, 10.0, 5.0], [4.0, 0.0, 6.0], [1.0, 2.0, 0.0]])


def test_vectors_leave_own_trade_free_and_know_their_side():
    market = Market.from_arrays(FLOWS, tariffs=[0.1, 0.2, 0.3], export_taxes=[0.4, 0.0, 0.0], own_trade=[7, 0, 3])
    np.testing.assert_allclose(market.tariffs[:, 1], [0.2, 0.0, 0.2])
    np.testing.assert_allclose(market.export_taxes[0], [0.0, 0.4, 0.4])
    assert market.own_trade == "on the diagonal of 2 of 3 countries"
    assert market.volumes[0, 1] == pytest.approx(10 / 1.4)
    assert market.landed[0, 1] == pytest.approx(10 * 1.2)
    np.testing.assert_allclose(market.theta.sum(axis=0), 1)
    np.testing.assert_allclose(market.phi.sum(axis=1), 1)
    assert Market.from_arrays(FLOWS, own_trade="absent").own_trade == "absent"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"flows": FLOWS[:2]}, "square"),
        ({"flows": -FLOWS}, "below 0"),
        ({"flows": FLOWS * 0}, "no flow"),
        ({"flows": np.where(FLOWS == 10, np.nan, FLOWS)}, "C1 → C2"),
        ({"tariffs": 25}, "fractions"),
        ({"tariffs": [0.1, 0.2]}, "shape"),
        ({"tariffs": -1.0}, "above -1"),
        ({"export_taxes": np.full((3, 3), 0.1)}, "own trade bears no export tax"),
        ({"demand": 1.25}, "above 0"),
        ({"supply": -1}, "below 0"),
        ({"substitution": 0}, "above 0"),
        ({"names": ["A", "A", "B"]}, "one name of its own"),
        ({"own_trade": "none"}, "absent"),
        ({"flows": FLOWS + np.eye(3), "own_trade": "absent"}, "already holds own trade"),
    ],
)
def test_wrong_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        Market.from_arrays(**{"flows": FLOWS, **arguments})


def test_countries_that_sell_nothing_are_left_out_and_reported():
    flows = np.pad(FLOWS, (0, 1))
    flows[0, 3] = 2.0  # D buys and does not sell
    flows = np.pad(flows, (0, 1))  # E does neither
    market = Market.from_arrays(flows, names=list("ABCDE"))
    eq = gsim(market, export_taxes=[0.25, 0, 0, 0, 0])
    assert market.without_sales == ("D", "E")
    assert market.without_purchases == ("E",)
    assert np.isnan(eq.prices[3:]).all()
    assert np.isnan(eq.composite_prices[4])
    assert eq.composite_prices[3] > 1
    assert eq.welfare["net"].is_finite().all()
    assert eq.to_frame()["price"].null_count() == 2
    assert any("left out as exporters: D, E" in flag for flag in eq.flags)
    alone = gsim(Market.from_arrays(flows[:4, :4]), export_taxes=[0.25, 0, 0, 0])
    np.testing.assert_allclose(alone.prices[:3], eq.prices[:3], rtol=1e-13)


def test_complements_are_flagged():
    market = Market.from_arrays(FLOWS, names=list("ABC"), demand=[-1.25, -3.0, -1.25], substitution=2.0)
    assert market.complements == ("B",)
    assert any("complements in: B" in flag for flag in gsim(market).flags)


@dataclass(frozen=True)
class Tax:
    who: str
    rate: float

    def apply(self, shock):
        return shock.add_export_tax(self.rate, [self.who])


def test_policies_follow_one_another():
    market = example()
    assert isinstance(Tax("USA", 0.1), Policy)
    both = gsim(market, [Tax("USA", 0.1), Tax("USA", 0.15), Tax("EU", 0.1)])
    rates = np.zeros(4)
    rates[[0, 2]] = 0.25, 0.1
    np.testing.assert_allclose(both.prices, gsim(market, export_taxes=rates).prices, rtol=1e-13)
    assert gsim(market, Tax("EU", 0.1)).prices[2] < 1
    base = Shock.base(market)
    changed = base.add_tariff(0.1, ["USA"], ["EU"]).replace_tariff(0.0, ["JAPAN"]).replace_export_tax(0.3, ["EU"])
    assert changed.tariffs[0, 2] == pytest.approx(0.51)
    assert (changed.tariffs[1] == 0).all()
    assert changed.tariffs[3, 3] == market.tariffs[3, 3]
    assert changed.export_taxes[2, 2] == 0
    assert base.tariffs[0, 2] == pytest.approx(0.41)
    subsidised = base.add_output_subsidy(0.2, ["USA"])
    assert gsim(market, subsidised).prices[0] > 1
    with pytest.raises(InputError, match="another market"):
        gsim(example().with_elasticities(substitution=4.0), base)
    np.testing.assert_array_equal(gsim(example(), subsidised).prices, gsim(market, subsidised).prices)  # the same base


def test_a_ban_under_ces_near_an_elasticity_of_one_is_flagged():
    market = example().with_elasticities(substitution=1.2)
    ban = Shock.base(market).ban(["USA"], ["JAPAN"])
    bare = gsim(market, ban)
    assert list(bare.shock.unsteady) == [name == "JAPAN" for name in market.names]
    (said,) = [flag for flag in bare.flags if "a ban under CES" in flag]
    assert "JAPAN" in said
    assert f"{bare.composite_prices[1]:,.3g} times" in said
    for quiet in (
        gsim(market, ban, nest="aces"),
        gsim(market, Shock.base(market).ban(["USA"], ["JAPAN"], choke=2.0)),
        gsim(market.with_elasticities(substitution=1.6), ban.with_elasticities(-1.25, 1.5, 1.6)),
    ):
        assert not any("a ban under CES" in flag for flag in quiet.flags)
    batch = gsim_batch(market, {"ban": ban}, substitution=np.array([1.2, 1.4, 1.6, 3.0]))
    assert batch.unsteady == {"ban": 0.5}


def test_linear_form_refuses_what_it_does_not_know():
    market = Market.from_arrays([[0, 100, 100], [100, 0, 100], [100, 1, 0]])
    tariffs = np.zeros((3, 3))
    tariffs[2, 1] = 0.3
    with pytest.raises(InputError, match=r"(?s)C3 → C2 would turn negative.*use the exact form"):
        gsim(market, tariffs=tariffs, form="linear")
    assert gsim(market, tariffs=tariffs).flows.border[2, 1] > 0
    with pytest.raises(InputError, match="use the exact form"):
        gsim(market, Shock.base(market).ban(["C1"]), form="linear")
    with pytest.raises(InputError, match="use the exact form"):
        gsim(market, limits=[Quota(("C1",), share=0.5)], form="linear")
    with pytest.raises(InputError, match="form"):
        gsim(market, form="quadratic")
    with pytest.raises(InputError, match="nest"):
        gsim(market, nest="leontief")
    by_pair = random_market(0, 3, by_pair=True)
    with pytest.raises(InputError, match="not one a pair"):
        gsim(by_pair, nest="ces")


def test_frames_and_print():
    market = example()
    eq = gsim(market, export_taxes=[0, 0.25, 0, 0])
    frame = eq.to_frame()
    assert frame.columns[:4] == ["country", "price", "quantity", "composite_price"]
    flows = eq.flow_frame()
    assert flows.height == int((market.flows > 0).sum())
    assert flows["border_base"].sum() == pytest.approx(market.flows.sum())
    assert flows["landed"].sum() == pytest.approx(eq.flows.landed.sum())
    trade = flows.filter(pl.col("exporter") != pl.col("importer"))
    for basis, name in (("quantity", "volume"), ("producer_value", "producer"), ("border_value", "border")):
        change = trade[name].sum() / trade[f"{name}_base"].sum() - 1
        assert eq.trade_change[basis] == pytest.approx(change)
    everything = eq.world.filter((pl.col("scope") == "all_sales") & (pl.col("basis") == "landed_value"))
    assert everything["new"].item() == pytest.approx(eq.flows.landed.sum())
    text = str(eq)
    assert "converged" in text
    assert "border value" in text
    assert "own trade" in text
