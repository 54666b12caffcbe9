"""The compiled solver against the full one, on random markets under limits of every kind, stand-ins and both nests."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_worlds import random_market, random_shock, seeds

from xenotime.markets import NESTS, Cap, Floor, Market, Quota, Shock, Undertaking, exact, gsim_batch, kernel, step
from xenotime.markets import draws as compiled_draws
from xenotime.markets.compiled import Draw, Wedges
from xenotime.markets.draws import WELFARE
from xenotime.markets.equilibrium import BASES

quick = settings(max_examples=40, deadline=None)
DRAWS = 3


def random_limits(market, seed):
    """From one to six limits of any kind; a country has a floor or a cap or a quota of its own, not two of them."""
    rng = np.random.default_rng((seed, 2))
    owners = ["exporter", "importer", *market.names]
    held = list(rng.permutation(market.names))
    limits = []
    for _ in range(rng.integers(1, 7)):
        kind = rng.integers(6)
        share, price, owner = rng.uniform(0.1, 1.3), rng.uniform(0.7, 1.4), str(rng.choice(owners))
        some = tuple(str(name) for name in rng.choice(market.names, 2, replace=False))
        if kind == 0:
            limits.append(Quota(None, some, share=share, side="import", rent_to=owner))
        elif kind == 1:
            limits.append(Undertaking(some[:1], some[1:], price))
        elif held and kind == 2:
            limits.append(Quota((str(held.pop()),), share=share, rent_to=owner))
        elif held and kind == 3:
            limits.append(Floor((str(held.pop()),), price, "deficiency_payment", payer=owner))
        elif held and kind == 4:
            limits.append(Floor((str(held.pop()),), price, "public_purchase", payer=owner))
        elif held:
            limits.append(Cap((str(held.pop()),), price, owner))
    return limits


def random_draws(n, seed):
    rng = np.random.default_rng((seed, 3))
    return {
        "demand": -rng.uniform(0.3, 2.5, (DRAWS, n)),
        "supply": rng.uniform(0.1, 3.0, (DRAWS, n)),
        "substitution": rng.uniform(1.2, 9.0, (DRAWS, n)),
    }


def assert_as_the_full_solver(batch, tolerance=1e-10):
    for scenario, name in enumerate(batch.scenarios):
        for draw in np.flatnonzero(batch.compiled[:, scenario]):
            eq = batch.equilibrium(draw, name)
            near = {"rtol": tolerance, "atol": tolerance}
            np.testing.assert_allclose(batch.prices[draw, scenario], eq.prices, **near)
            np.testing.assert_allclose(batch.quantities[draw, scenario], eq.quantities, **near)
            np.testing.assert_allclose(batch.composite_prices[draw, scenario], eq.composite_prices, **near)
            np.testing.assert_allclose(batch.trade[draw, scenario], [eq.trade_change[b] for b in BASES], **near)
            money = tolerance * batch.market.output.sum()
            for part in WELFARE:
                np.testing.assert_allclose(batch.welfare[part][draw, scenario], eq.welfare[part], atol=money, rtol=0)


@given(seeds, st.integers(3, 7), st.booleans(), st.sampled_from(["ces", "aces"]))
@quick
def test_limits_of_every_kind(seed, n, own, nest):
    market = random_market(seed, n, own=own)
    shock = random_shock(market, seed).limit(*random_limits(market, seed))
    stand_in = shock.ban(market.names[:1], market.names[1:2], choke=2.0)
    batch = gsim_batch(market, {"limits": shock, "stand-in": stand_in}, nest=nest, **random_draws(n, seed))
    assert_as_the_full_solver(batch)


@given(seeds, st.integers(3, 6))
@quick
def test_the_step_is_that_of_the_full_solver(seed, n):
    """At any point, binding limits or not, GMRES with the limits as a border solves the full Newton system."""
    market = random_market(seed, n)
    shock = random_shock(market, seed).limit(*random_limits(market, seed))
    for nest, demand in NESTS.items():
        if nest == "hiia":
            continue
        task = exact.problem(shock, demand)
        case = compiled_draws._case(shock, task, nest)
        limits = len(task.system.found)
        rng = np.random.default_rng(seed)
        point = kernel._empty_point(n, limits, len(task.system.limit))
        point.x[:], point.m[:] = rng.normal(0, 0.1, n), rng.uniform(-0.1, 0.4, limits)
        drawn = Draw(market.demand, market.supply, market.sigma[0].copy(), np.zeros((4, n)))
        wedges = Wedges(case.wedge.copy(), np.ones((n, n)), np.exp(-case.wedge))
        kernel._raise(case, drawn.sigma, wedges)
        size = kernel._evaluate(case, drawn, wedges, point)
        full = exact._evaluate(task, point.x, point.m)
        assert size == pytest.approx(full.size, rel=1e-12)
        border = step.empty_border(n, limits)
        assert step.fill_border(case, drawn, point, border)
        room = np.empty((step.MOST_DIRECTIONS + 1, n + limits)), np.empty(n + limits)
        move = np.empty(n + limits)
        assert step.find_step(point, border, 1e-13, *room, move)
        np.testing.assert_allclose(move, exact._step(exact._jacobian(task, full), full.residual), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("nest", ["ces", "aces"])
def test_many_draws_start_from_the_middle_one(nest):
    market = random_market(11, 6)
    shock = Shock.base(market).limit(*(Quota((name,), share=0.4) for name in market.names[:3]))
    rng = np.random.default_rng(0)
    drawn = {"demand": -rng.uniform(0.5, 2, 80), "supply": rng.uniform(0.3, 2.5, 80)}
    batch = gsim_batch(market, {"quotas": shock}, nest=nest, substitution=rng.uniform(1.2, 8, 80), **drawn)
    assert batch.compiled.all()
    assert batch.one_by_one == {"quotas": 0.0}
    assert_as_the_full_solver(batch)


def test_sigma_close_to_one_with_a_stand_in():
    market = random_market(12, 5)
    shock = Shock.base(market).ban(["C1"], ["C2", "C3"], choke=3.0).limit(Quota(("C2",), share=0.5))
    sigma = np.array([1.0, 1 + 1e-9, 0.9995, 1.0005, 0.5])
    batch = gsim_batch(market, {"stand-in": shock}, substitution=sigma)
    assert batch.compiled.all()
    assert_as_the_full_solver(batch)


def test_what_compiled_code_does_not_solve_goes_one_by_one_and_is_counted(monkeypatch):
    market = random_market(13, 5)
    once = {"once": Shock.base(market).limit(Quota(("C1",), share=0.4))}
    twice = {"twice": once["once"].limit(Quota(("C1",), share=0.4))}  # which of the two binds is open
    fast, alone = (gsim_batch(market, shocks, **random_draws(5, 13)) for shocks in (once, twice))
    assert fast.one_by_one == {"once": 0.0}
    assert alone.one_by_one == {"twice": 1.0}
    assert (alone.status == "converged").all()
    np.testing.assert_allclose(alone.prices, fast.prices, rtol=1e-10)
    monkeypatch.setattr(compiled_draws, "MOST_LIMITS", 0)
    few = gsim_batch(market, once, **random_draws(5, 13))
    assert few.one_by_one == {"once": 1.0}
    np.testing.assert_allclose(few.prices, fast.prices, rtol=1e-10)
    np.testing.assert_allclose(few.welfare["net"], fast.welfare["net"], atol=1e-10 * market.output.sum())


def test_a_refused_draw_was_not_asked_of_any_solver():
    market = Market.from_arrays([[0, 1, 2], [1, 0, 1], [1, 1, 0]])
    ban = gsim_batch(market, {"ban": Shock.base(market).ban(["C1"])}, substitution=[0.8, 2.0])
    assert ban.compiled[:, 0].tolist() == [False, True]
    assert ban.one_by_one == {"ban": 0.0}
