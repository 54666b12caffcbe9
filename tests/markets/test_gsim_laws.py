"""What must hold in every market: clearing, conservation of money, and indifference to units and labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_worlds import random_market, random_shock, seeds, sizes

import xenotime as xt
from xenotime.markets import Cap, Floor, Market, Quota, Shock, Undertaking, gsim

FORMS = st.sampled_from(["exact", "linear"])
NESTS = st.sampled_from(["ces", "aces", "hiia"])
quick = settings(max_examples=25, deadline=None)


def limits_of(market, seed):
    rng = np.random.default_rng((seed, 2))
    names = market.names
    return [
        Quota((names[0],), share=rng.uniform(0.1, 1.0), rent_to=names[-1]),
        Quota(None, (names[-1],), share=rng.uniform(0.2, 1.0), side="import"),
        Undertaking((names[1],), (names[0],), rng.uniform(1.0, 2.0)),
        Floor((names[1],), rng.uniform(0.9, 1.4), "deficiency_payment", payer=names[0]),
        Cap((names[0],), rng.uniform(0.7, 1.0), "importer"),
    ]


@given(seeds, sizes, FORMS, st.booleans())
@quick
def test_zero_shock_changes_nothing(seed, n, form, by_pair):
    market = random_market(seed, n, by_pair=by_pair)
    eq = gsim(market, form=form)
    np.testing.assert_allclose(eq.prices, 1, atol=1e-13)
    np.testing.assert_allclose(eq.composite_prices, 1, atol=1e-13)
    np.testing.assert_allclose(eq.flows.border, market.flows, rtol=1e-12)
    scale = market.flows.sum()
    for name in eq.welfare.columns[1:]:
        assert eq.welfare[name].abs().max() < 1e-12 * scale
    assert max(abs(change) for change in eq.trade_change.values()) < 1e-12


@given(seeds, sizes, NESTS)
@quick
def test_markets_clear_and_money_is_conserved(seed, n, nest):
    market = random_market(seed, n, by_pair=nest == "hiia")
    eq = gsim(market, random_shock(market, seed).limit(*limits_of(market, seed)), nest=nest)
    flows, ledger = eq.flows, eq.ledger
    # clearing, from the flows themselves: what is sold is what producers offer at their price
    np.testing.assert_allclose(flows.volume.sum(axis=1), market.output * eq.prices**market.supply, rtol=1e-10)
    np.testing.assert_allclose(flows.producer, eq.prices[:, None] * flows.volume, rtol=1e-12)
    # what buyers pay goes to somebody
    paid = flows.producer + ledger.export_tax - ledger.export_subsidy - ledger.output_subsidy - ledger.payment
    paid = paid + ledger.rent + ledger.friction + ledger.tariff
    np.testing.assert_allclose(flows.landed, paid, rtol=1e-10, atol=1e-12)
    assert ledger.rents.sum() == pytest.approx(ledger.rent.sum(), abs=1e-9)
    assert ledger.public_cost.sum() == pytest.approx(ledger.payment.sum(), abs=1e-9)
    # and spending is that of the demand system
    if nest != "aces":
        spending = market.spending * eq.composite_prices ** (1 + market.demand)
        np.testing.assert_allclose(flows.landed.sum(axis=0), spending, rtol=1e-10)
    else:
        np.testing.assert_allclose(
            flows.volume.sum(axis=0), market.volumes.sum(axis=0) * eq.composite_prices**market.demand, rtol=1e-10
        )
    parts = ["producer_surplus", "consumer_surplus", "tariff_revenue", "export_tax_revenue", "rents"]
    total = sum(eq.welfare[part] for part in parts) - eq.welfare["subsidy_cost"]
    np.testing.assert_allclose(eq.welfare["net"], total, atol=1e-9)


@given(seeds, sizes, NESTS)
@quick
def test_demand_is_that_of_the_equations(seed, n, nest):
    """Quantities recomputed from prices by the textbook formula, one importer at a time."""
    market = random_market(seed, n, by_pair=nest == "hiia")
    shock = random_shock(market, seed)
    eq = gsim(market, shock, nest=nest)
    power = (1 + shock.tariffs) * (1 + shock.export_taxes) * (1 + shock.frictions)
    base_power = (1 + market.tariffs) * (1 + market.export_taxes)
    subsidy = ((1 + market.output_subsidies) / (1 + shock.output_subsidies))[:, None]
    landed = eq.prices[:, None] * power / base_power * subsidy
    for v in range(n):
        p, theta, sigma, e_m = landed[:, v], market.theta[:, v], market.sigma[:, v], market.demand[v]
        composite = eq.composite_prices[v]
        if nest == "ces":
            index = (theta @ p ** (1 - sigma)) ** (1 / (1 - sigma[0]))
            quantity = p**-sigma * index ** (sigma + e_m)
        elif nest == "aces":
            delta = market.volumes[:, v] / market.volumes[:, v].sum()
            inner = (delta @ p**-sigma) ** (-1 / sigma[0])
            index = theta @ (p * (p / inner) ** -sigma)
            quantity = (p / inner) ** -sigma * index**e_m
        else:
            assert theta @ (((p / composite) ** (1 - sigma) - 1) / (1 - sigma)) == pytest.approx(0, abs=1e-12)
            index = composite
            share = (p / index) ** (1 - sigma)
            quantity = share / (theta @ share) / p * index ** (1 + e_m)
        assert composite == pytest.approx(index, rel=1e-12)
        sold = market.flows[:, v] > 0
        np.testing.assert_allclose(eq.flows.volume[sold, v], (market.volumes[:, v] * quantity)[sold], rtol=1e-10)


@given(seeds, sizes, st.floats(1e-6, 1e9), FORMS)
@quick
def test_units_of_money_do_not_matter(seed, n, factor, form):
    market = random_market(seed, n)
    taxes = market.tariffs + 0.02 * np.random.default_rng(seed).random((n, n)) * (1 - np.eye(n))
    eq = gsim(market, tariffs=taxes, form=form)
    scaled = Market.from_arrays(
        market.flows * factor,
        tariffs=market.tariffs,
        export_taxes=market.export_taxes,
        output_subsidies=market.output_subsidies,
        demand=market.demand,
        supply=market.supply,
        substitution=market.substitution,
    )
    other = gsim(scaled, tariffs=taxes, form=form)
    np.testing.assert_allclose(other.prices, eq.prices, rtol=1e-11)
    np.testing.assert_allclose(other.flows.landed, eq.flows.landed * factor, rtol=1e-9)
    np.testing.assert_allclose(other.welfare["net"], eq.welfare["net"] * factor, rtol=1e-7, atol=1e-9 * factor)


@given(seeds, sizes)
@quick
def test_labels_do_not_matter(seed, n):
    market = random_market(seed, n)
    shock = random_shock(market, seed)
    order = np.random.default_rng(seed).permutation(n)
    both = np.ix_(order, order)
    moved = Market.from_arrays(
        market.flows[both],
        names=[market.names[i] for i in order],
        tariffs=market.tariffs[both],
        export_taxes=market.export_taxes[both],
        output_subsidies=market.output_subsidies[order],
        demand=market.demand[order],
        supply=market.supply[order],
        substitution=market.substitution[order],
    )
    changed = (
        Shock.base(moved)
        .set_tariffs(shock.tariffs[both])
        .set_export_taxes(shock.export_taxes[both])
        .set_output_subsidies(shock.output_subsidies[order])
        .add_friction(shock.frictions[both])
    )
    limits = limits_of(market, seed)
    eq, other = gsim(market, shock.limit(*limits)), gsim(moved, changed.limit(*limits))
    np.testing.assert_allclose(other.prices, eq.prices[order], rtol=1e-9)
    np.testing.assert_allclose(other.flows.border, eq.flows.border[both], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(other.welfare["net"], eq.welfare["net"].to_numpy()[order], atol=1e-8)


def test_linear_converges_to_exact_with_slope_two():
    market = random_market(3, 6)
    direction = np.random.default_rng(4).random((6, 6)) * (1 - np.eye(6))
    sizes = np.array([0.08, 0.04, 0.02, 0.01, 0.005])
    gaps = []
    for size in sizes:
        tariffs = market.tariffs + size * direction
        exact, linear = (gsim(market, tariffs=tariffs, form=form) for form in ("exact", "linear"))
        gaps.append(np.abs(exact.prices - linear.prices).max())
    slope = np.polyfit(np.log(sizes), np.log(gaps), 1)[0]
    assert slope == pytest.approx(2.0, abs=0.05)


def test_hiia_with_one_sigma_is_ces():
    ces = random_market(5, 6)
    same = ces.with_elasticities(substitution=ces.sigma)
    shock = random_shock(ces, 5)
    by_pair = gsim(
        same,
        Shock.base(same)
        .set_tariffs(shock.tariffs)
        .set_export_taxes(shock.export_taxes)
        .set_output_subsidies(shock.output_subsidies)
        .add_friction(shock.frictions),
    )
    assert by_pair.nest == "hiia"
    np.testing.assert_allclose(by_pair.prices, gsim(ces, shock).prices, rtol=1e-11)


def test_ces_is_continuous_through_one():
    """σ = 1 is Cobb–Douglas; on both sides of it and beyond the switch of formula nothing jumps."""
    market = random_market(6, 5)
    tariffs = market.tariffs + 0.5 * (1 - np.eye(5))
    at_one = gsim(market.with_elasticities(substitution=1.0), tariffs=tariffs)
    landed = at_one.prices[:, None] * (1 + tariffs) / (1 + market.tariffs)
    composite = np.exp((market.theta * np.log(landed)).sum(axis=0))
    np.testing.assert_allclose(at_one.composite_prices, composite, rtol=1e-12)
    for sigma in (1 - 1e-9, 1 + 1e-9, 0.9990001, 0.9989999):
        near = gsim(market.with_elasticities(substitution=sigma), tariffs=tariffs)
        np.testing.assert_allclose(near.prices, at_one.prices, atol=2 * abs(sigma - 1) + 1e-12)


def test_trade_falls_under_an_export_tax():
    for seed in range(20):
        market = random_market(seed, 6, taxed=False)
        shock = Shock.base(market).add_export_tax(0.25, market.names[:3])
        assert gsim(market, shock).trade_change["quantity"] < 0


def test_liberalisation_raises_trade():
    for seed in range(20):
        market = random_market(seed, 6)
        market = Market.from_arrays(market.flows, tariffs=market.tariffs, substitution=market.substitution)
        assert gsim(market, tariffs=0.0).trade_change["quantity"] > 0


def test_lazy_face():
    assert xt.markets.gsim is gsim
