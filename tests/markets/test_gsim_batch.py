"""Many solves at once: the compiled solver against the other one, and draws that cannot be solved."""

import numpy as np
import pytest
from market_worlds import random_market, random_shock

from xenotime.core import InputError
from xenotime.markets import Floor, Market, Quota, Shock, gsim_batch
from xenotime.markets.draws import WELFARE
from xenotime.markets.equilibrium import BASES

DRAWS = 12


def draws(n, seed=0, by_country=True):
    rng = np.random.default_rng(seed)
    shape = (DRAWS, n) if by_country else DRAWS
    return {
        "demand": -rng.uniform(0.3, 2.5, shape),
        "supply": rng.uniform(0.0, 3.0, shape),
        "substitution": rng.uniform(1.1, 9.0, shape),
    }


def assert_as_one_by_one(batch):
    for scenario, name in enumerate(batch.scenarios):
        for draw in range(len(batch.demand)):
            eq = batch.equilibrium(draw, name)
            assert batch.status[draw, scenario] == "converged"
            assert batch.residual[draw, scenario] < 1e-10
            np.testing.assert_allclose(batch.prices[draw, scenario], eq.prices, rtol=1e-9)
            np.testing.assert_allclose(batch.quantities[draw, scenario], eq.quantities, rtol=1e-9)
            np.testing.assert_allclose(batch.composite_prices[draw, scenario], eq.composite_prices, rtol=1e-9)
            for part in WELFARE:
                np.testing.assert_allclose(batch.welfare[part][draw, scenario], eq.welfare[part], rtol=1e-7, atol=1e-7)
            expected = [eq.trade_change[basis] for basis in BASES]
            np.testing.assert_allclose(batch.trade[draw, scenario], expected, atol=1e-9)


@pytest.mark.parametrize("by_country", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_compiled_draws_equal_single_solves(by_country, own):
    market = random_market(1, 6, own=own)
    shocks = {
        "nothing": Shock.base(market),
        "taxes": random_shock(market, 1),
        "ban": Shock.base(market).ban(["C1"]).add_tariff(0.5),
        "walls": Shock.base(market).add_tariff(3.0),
    }
    batch = gsim_batch(market, shocks, **draws(6, by_country=by_country))
    assert_as_one_by_one(batch)
    np.testing.assert_allclose(batch.trade[:, 0], 0, atol=1e-11)
    assert batch.failed == dict.fromkeys(shocks, 0.0)
    frame = batch.to_frame()
    assert frame.height == 4 * DRAWS
    assert frame["quantity"].null_count() == 0


def test_limits_stand_ins_and_the_additive_nest():
    market = random_market(2, 5)
    shocks = {"quota": Shock.base(market).limit(Quota(("C1",), share=0.4)), "tax": random_shock(market, 2)}
    assert_as_one_by_one(gsim_batch(market, shocks, **draws(5)))
    assert_as_one_by_one(gsim_batch(market, {"ban": Shock.base(market).ban(["C2"])}, nest="aces", **draws(5)))
    assert_as_one_by_one(gsim_batch(market, {"ban": Shock.base(market).ban(["C2"], choke=3.0)}, **draws(5)))


def test_sigma_close_to_one():
    market = random_market(3, 5)
    sigma = np.array([1.0, 1 + 1e-9, 0.9995, 1.0005, 0.5])
    assert_as_one_by_one(gsim_batch(market, {"tax": random_shock(market, 3)}, substitution=sigma))


def test_no_draw_is_lost_in_silence():
    market = Market.from_arrays([[0, 1, 2], [1, 0, 1], [1, 1, 0]])
    ban = gsim_batch(market, {"ban": Shock.base(market).ban(["C1"])}, substitution=[0.8, 1.0, 2.0])
    assert ban.status[:, 0].tolist() == ["refused", "refused", "converged"]
    assert ban.failed == {"ban": pytest.approx(2 / 3)}
    assert np.isnan(ban.prices[:2]).all()
    assert ban.to_frame()["quantity"].null_count() == 2
    impossible = Shock.base(market).limit(Quota(("C1",), share=0.1), Floor(("C1",), 1.2, "deficiency_payment"))
    failed = gsim_batch(market, {"impossible": impossible}, supply=[1.5])
    assert failed.status[0, 0] == "not converged"
    assert failed.residual[0, 0] > 1e-6
    assert np.isnan(failed.trade[0, 0]).all()


def test_workers_do_not_change_numbers():
    market = random_market(4, 5)
    one, three = (gsim_batch(market, {"tax": random_shock(market, 4)}, workers=w, **draws(5)) for w in (1, 3))
    np.testing.assert_array_equal(one.prices, three.prices)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"demand": [-1, -2], "supply": [1, 2, 3]}, "do not fit"),
        ({"demand": [[-1, -2]]}, "2 columns for 5"),
        ({"supply": [-1.0]}, "supply, draw 0, C1"),
        ({"substitution": [np.nan]}, "substitution, draw 0"),
        ({"nest": "leontief"}, "nest"),
    ],
)
def test_wrong_draws_are_named(arguments, message):
    market = random_market(5, 5)
    with pytest.raises(InputError, match=message):
        gsim_batch(market, {"tax": random_shock(market, 5)}, **arguments)
    with pytest.raises(InputError, match="no scenario"):
        gsim_batch(market, {})


def test_a_ban_with_sigma_just_above_one():
    """The composite price outgrows floating point; the draw still has its answer, and equals a single solve."""
    market = random_market(6, 5).with_elasticities(demand=-1.25)
    ban = {"ban": Shock.base(market).ban(["C1"])}
    batch = gsim_batch(market, ban, substitution=[1.00005, 1.0009, 1.01])
    assert_as_one_by_one(batch)
    lost = market.theta[0, 1:] > 0.05
    assert np.isinf(batch.composite_prices[0, 0, 1:][lost]).all()
    # with E_m > -1 spending itself grows without bound, and the draw says that it has no answer
    assert gsim_batch(market, ban, substitution=[1.00005], demand=[-0.5]).status[0, 0] == "not converged"
