"""Quotas, undertakings, floors, caps and bans against their meaning and their tax equivalents."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_worlds import example, random_market, seeds, sizes

from xenotime.core import InputError
from xenotime.markets import Cap, Floor, Market, Quota, Shock, SolverError, Undertaking, gsim

quick = settings(max_examples=25, deadline=None)


@given(seeds, sizes, st.sampled_from(["export", "import"]))
@quick
def test_a_quota_that_does_not_bind_changes_nothing(seed, n, side):
    market = random_market(seed, n)
    shock = Shock.base(market).add_export_tax(0.2, market.names[:1])
    free = gsim(market, shock)
    used = free.flows.volume[0, 1:].sum()
    held = gsim(market, shock.limit(Quota(market.names[:1], volume=used * 1.0001, side=side)))
    assert not held.limits["binding"].any()
    np.testing.assert_allclose(held.prices, free.prices, rtol=1e-12)
    assert held.welfare["rents"].abs().max() == 0.0


@given(seeds, sizes, st.floats(0.1, 0.95))
@quick
def test_a_binding_export_quota_equals_its_tax(seed, n, share):
    market = random_market(seed, n)
    name = market.names[0]
    quota = gsim(market, limits=[Quota((name,), share=share)])
    assert quota.flows.volume[0, 1:].sum() == pytest.approx(share * market.volumes[0, 1:].sum(), rel=1e-10)
    wedge = quota.limits["wedge"][0]
    assert wedge > 0
    taxes = market.export_taxes.copy()
    taxes[0, 1:] = (1 + taxes[0, 1:]) * (1 + wedge) - 1
    tax = gsim(market, export_taxes=taxes)
    np.testing.assert_allclose(tax.prices, quota.prices, rtol=1e-10)
    np.testing.assert_allclose(tax.flows.border, quota.flows.border, rtol=1e-9, atol=1e-12)
    by_quota, by_tax = quota.welfare, tax.welfare
    np.testing.assert_allclose(by_quota["net"], by_tax["net"], atol=1e-8)
    # export subsidies at the base blur revenue and subsidies, so compare their sum
    income = by_quota["rents"] + by_quota["export_tax_revenue"] - by_quota["subsidy_cost"]
    np.testing.assert_allclose(income, by_tax["export_tax_revenue"] - by_tax["subsidy_cost"], atol=1e-8)


def test_a_bilateral_import_quota_equals_its_tariff_and_pays_its_owner():
    market = example()
    quota = Quota(("JAPAN",), ("USA",), share=0.6, side="import")
    eq = gsim(market, limits=[quota])
    wedge = eq.limits["wedge"][0]
    tariffs = market.tariffs.copy()
    tariffs[1, 0] = (1 + tariffs[1, 0]) * (1 + wedge) - 1
    tax = gsim(market, tariffs=tariffs)
    np.testing.assert_allclose(tax.prices, eq.prices, rtol=1e-11)
    np.testing.assert_allclose(tax.flows.landed, eq.flows.landed, rtol=1e-10)
    income = eq.welfare["rents"] + eq.welfare["tariff_revenue"]
    np.testing.assert_allclose(income, tax.welfare["tariff_revenue"], atol=1e-9)
    assert eq.welfare["rents"][0] > 0
    assert eq.limits["money"][0] == pytest.approx(eq.welfare["rents"][0])
    for owner, position in (("exporter", 1), ("EU", 2)):
        other = gsim(market, limits=[Quota(("JAPAN",), ("USA",), share=0.6, side="import", rent_to=owner)])
        assert other.welfare["rents"][position] == pytest.approx(eq.welfare["rents"][0])
        assert other.welfare["rents"].sum() == pytest.approx(eq.welfare["rents"][0])


@given(seeds, st.integers(3, 7))
@quick
def test_several_quotas_at_once_satisfy_complementarity(seed, n):
    market = random_market(seed, n)
    rng = np.random.default_rng(seed)
    quotas = [Quota((name,), share=rng.uniform(0.1, 1.5)) for name in market.names]
    quotas += [Quota(None, (name,), share=rng.uniform(0.1, 1.5), side="import") for name in market.names]
    eq = gsim(market, limits=quotas)
    off = ~np.eye(n, dtype=bool)
    new, base = np.where(off, eq.flows.volume, 0), np.where(off, market.volumes, 0)
    used = np.concatenate([new.sum(axis=1), new.sum(axis=0)])
    allowed = np.concatenate([base.sum(axis=1), base.sum(axis=0)]) * [quota.share for quota in quotas]
    # limits over groups that do not trade are left out, hence the walk over those that are held
    for position, binding, wedge in eq.limits.select("limit", "binding", "wedge").iter_rows():
        assert used[position] <= allowed[position] * (1 + 1e-9)
        assert wedge >= 0
        if binding:
            assert used[position] == pytest.approx(allowed[position], rel=1e-9)


def test_quotas_one_inside_another_and_twice_the_same():
    market = example()
    outer, inner = Quota(("USA",), share=0.5), Quota(("USA",), ("EU",), share=0.2)
    eq = gsim(market, limits=[outer, inner, outer])
    volume = eq.flows.volume
    assert volume[0, 1:].sum() == pytest.approx(0.5 * 550, rel=1e-9)
    assert volume[0, 2] == pytest.approx(0.2 * 200, rel=1e-9)


def test_undertaking_holds_the_border_price_and_leaves_the_rent_with_the_exporter():
    market = example()
    eq = gsim(market, limits=[Undertaking(("JAPAN",), ("USA", "EU"), 1.2)])
    unit = eq.flows.border / np.where(eq.flows.volume > 0, eq.flows.volume, 1)
    assert unit[1, 0] == pytest.approx(1.2, rel=1e-10)
    assert unit[1, 2] == pytest.approx(1.2, rel=1e-10)
    assert unit[1, 3] == pytest.approx(eq.prices[1])
    assert eq.welfare["rents"][1] > 0
    assert eq.welfare["rents"].sum() == pytest.approx(eq.welfare["rents"][1])
    assert not gsim(market, limits=[Undertaking(("JAPAN",), ("USA",), 0.9)]).limits["binding"].any()


def test_floor_by_deficiency_payment_is_an_output_subsidy():
    market = example()
    eq = gsim(market, limits=[Floor(("USA",), 1.15, "deficiency_payment", payer="EU")])
    assert eq.prices[0] == pytest.approx(1.15, rel=1e-11)
    subsidy = gsim(market, output_subsidies=[eq.limits["wedge"][0], 0, 0, 0])
    np.testing.assert_allclose(subsidy.prices, eq.prices, rtol=1e-11)
    cost = eq.welfare["subsidy_cost"]
    assert cost[2] == pytest.approx(subsidy.welfare["subsidy_cost"][0])
    assert cost[0] == 0


def test_floor_by_public_purchase_buys_what_the_market_leaves():
    market = example()
    eq = gsim(market, limits=[Floor(("USA",), 1.15, "public_purchase")])
    assert eq.prices[0] == pytest.approx(1.15, rel=1e-11)
    offered = market.output[0] * 1.15 ** market.supply[0]
    bought = offered - eq.flows.volume[0].sum()
    assert bought > 0
    assert eq.quantities[0] == pytest.approx(offered / market.output[0])
    assert eq.welfare["subsidy_cost"][0] == pytest.approx(1.15 * bought)


@pytest.mark.parametrize(("owner", "position"), [("exporter", 0), ("ROW", 3)])
def test_cap_rations_and_its_rent_has_an_owner(owner, position):
    market = example()
    eq = gsim(market, limits=[Cap(("USA",), 0.9, owner)])
    assert eq.prices[0] == pytest.approx(0.9, rel=1e-11)
    assert eq.flows.volume[0].sum() == pytest.approx(market.output[0] * 0.9 ** market.supply[0])
    unit = eq.flows.border[0, 1:] / eq.flows.volume[0, 1:]
    assert (unit > 0.9).all()
    assert eq.welfare["rents"][position] == pytest.approx(((unit - 0.9) * eq.flows.volume[0, 1:]).sum())
    by_user = gsim(market, limits=[Cap(("USA",), 0.9, "importer")])
    np.testing.assert_allclose(by_user.welfare["rents"][1:], (unit - 0.9) * eq.flows.volume[0, 1:], rtol=1e-9)


@pytest.mark.parametrize("nest", ["ces", "aces"])
def test_a_ban_is_exactly_zero_and_the_limit_of_a_tariff(nest):
    market = random_market(1, 6, sigma=(3.0, 6.0))
    eq = gsim(market, Shock.base(market).ban(market.names[:1], market.names[1:3]), nest=nest)
    assert (eq.flows.landed[0, 1:3] == 0.0).all()
    assert eq.flows.volume[0, 0] > 0
    if nest == "ces":
        gaps = []
        for friction in (1e1, 1e3, 1e5):
            hindered = gsim(market, Shock.base(market).add_friction(friction, market.names[:1], market.names[1:3]))
            gaps.append(np.abs(hindered.prices - eq.prices).max())
        assert gaps[2] < gaps[1] < gaps[0]
        assert gaps[2] < 1e-8


def test_prohibition_of_the_largest_exporter_without_own_trade():
    market = random_market(2, 6, own=False)
    largest = market.names[int(market.flows.sum(axis=1).argmax())]
    position = market.names.index(largest)
    eq = gsim(market, Shock.base(market).ban([largest]))
    assert eq.prices[position] == 0.0
    assert eq.quantities[position] == 0.0
    loss = -market.output[position] / (1 + market.supply[position])
    assert eq.welfare["producer_surplus"][position] == pytest.approx(loss)
    assert any("all sales banned" in flag for flag in eq.flags)
    assert np.delete(eq.prices, position).min() > 1


def test_an_importer_cut_off_from_everybody():
    market = random_market(3, 5, own=False).with_elasticities(demand=-1.5)
    eq = gsim(market, Shock.base(market).ban(None, ["C1"]))
    assert np.isinf(eq.composite_prices[0])
    assert (eq.flows.volume[:, 0] == 0).all()
    # the area under Q = P^-1.5 above the base price
    assert eq.welfare["consumer_surplus"][0] == pytest.approx(-market.spending[0] / 0.5)


def test_a_ban_where_every_origin_is_indispensable():
    market = random_market(4, 5).with_elasticities(substitution=0.9)
    ban = Shock.base(market).ban(["C1"])
    with pytest.raises(InputError, match=r"(?s)ban has no finite price.*choke.*aces"):
        gsim(market, ban)
    tonnes = gsim(market, ban, nest="aces")
    assert (tonnes.flows.volume[0, 1:] == 0).all()
    assert np.isfinite(tonnes.composite_prices).all()
    stand_in = gsim(market, Shock.base(market).ban(["C1"], choke=3.0))
    dearer = gsim(market, Shock.base(market).ban(["C1"], choke=6.0))
    assert (stand_in.flows.volume[0, 1:] == 0).all()
    served = market.flows[0] > 0
    served[0] = False
    assert (dearer.composite_prices[served] > stand_in.composite_prices[served]).all()
    # the stand-in enters the price index at its own price
    v = int(np.flatnonzero(served)[0])
    landed = np.where(np.arange(5) == 0, 3.0, stand_in.prices)
    index = (market.theta[:, v] @ landed**0.1) ** (1 / 0.1)
    assert stand_in.composite_prices[v] == pytest.approx(index, rel=1e-10)


@pytest.mark.parametrize("sigma", [0.8, 1.0, 1.5, 5.0, 12.0])
@pytest.mark.parametrize("own", [True, False])
def test_the_solver_survives_large_shocks(sigma, own):
    for seed in range(4):
        market = random_market(seed, 8, own=own).with_elasticities(substitution=sigma)
        largest = [market.names[int(market.flows.sum(axis=1).argmax())]]
        base = Shock.base(market)
        shocks = [
            base.add_tariff(3.0),
            base.limit(Quota(largest, share=0.1)),
            base.limit(*(Quota((name,), share=0.1) for name in market.names)),
            base.ban(largest, choke=None if sigma > 1 else 5.0),
            base.add_tariff(3.0).limit(Quota(largest, share=0.1), Quota(largest, share=0.1)),
        ]
        for shock in shocks:
            eq = gsim(market, shock)
            assert eq.converged
            assert eq.residual < 1e-10


def test_softening_and_degrees_reach_what_newton_reaches():
    from xenotime.markets import exact
    from xenotime.markets.nests import ces

    market = random_market(7, 6)
    shock = Shock.base(market).add_tariff(2.0).limit(*(Quota((name,), share=0.3) for name in market.names))
    task = exact.problem(shock, ces)
    begin = np.zeros(6), np.zeros(len(task.system.found))
    direct = exact._newton(task, *begin)
    for way in (exact._softened, exact._by_degrees):
        x, m, _, converged = way(task, *begin)
        assert converged
        np.testing.assert_allclose(x, direct[0], atol=1e-10)
        np.testing.assert_allclose(m, direct[1], atol=1e-10)


def test_jacobian_is_the_derivative():
    from xenotime.markets import exact
    from xenotime.markets.nests import NESTS

    for nest in NESTS:
        market = random_market(8, 5, by_pair=nest == "hiia")
        names = market.names
        shock = Shock.base(market).add_tariff(0.4).limit(
            Quota(names[:1], share=0.5),
            Quota(None, names[1:2], share=0.5, side="import"),
            Undertaking(names[:1], names[2:3], 1.5),
            Floor(names[2:3], 1.2, "deficiency_payment"),
            Floor(names[3:4], 1.3, "public_purchase"),
            Cap(names[4:], 0.8, "importer"),
        )  # fmt: skip
        task = exact.problem(shock, NESTS[nest])
        rng = np.random.default_rng(0)
        z = np.concatenate([rng.normal(0, 0.1, 5), rng.uniform(0.2, 0.5, len(task.system.found))])

        def residual(z, task=task):
            return exact._evaluate(task, z[:5], z[5:], softness=0.3).residual

        analytic = exact._jacobian(task, exact._evaluate(task, z[:5], z[5:], softness=0.3))
        steps = 1e-6 * np.eye(len(z))
        numeric = np.array([(residual(z + step) - residual(z - step)) / 2e-6 for step in steps]).T
        np.testing.assert_allclose(analytic, numeric, atol=1e-7)


def test_what_cannot_hold_is_said():
    market = Market.from_arrays([[0, 1, 2], [1, 0, 1], [1, 1, 0]])
    # sales held to a tenth, and producers promised a price at which they make more
    both = [Quota(("C1",), share=0.1), Floor(("C1",), 1.2, "deficiency_payment")]
    with pytest.raises(SolverError, match="cannot hold together"):
        gsim(market, limits=both)
    eq = gsim(market, limits=both, throw=False)
    assert eq.status == "not converged"
    assert any("not converged" in flag for flag in eq.flags)
    with pytest.raises(InputError, match="floor of C1 is not below its cap"):
        gsim(market, limits=[Floor(("C1",), 1.2, "public_purchase"), Cap(("C1",), 1.1, "exporter")])
    with pytest.raises(InputError, match="one of them"):
        Quota(("C1",))
    with pytest.raises(InputError, match="use a ban"):
        Quota(("C1",), share=0.0)
    with pytest.raises(InputError, match="no party here"):
        gsim(market, limits=[Quota(("C1",), share=0.5, rent_to="Mars")])
    with pytest.raises(InputError, match="not in this market: Mars"):
        Shock.base(market).add_tariff(0.1, ["Mars"])
