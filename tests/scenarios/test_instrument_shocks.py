"""What each instrument does to a shock, against entries worked out by hand."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from xenotime.core import InputError
from xenotime.markets import Cap, Floor, Market, Shock, Undertaking, gsim
from xenotime.scenarios import INSTRUMENTS, Instrument, Setting
from xenotime.scenarios.fields import PhaseIn

ONE = TypeAdapter(Instrument)
NAMES = ("CHN", "DEU", "JPN", "USA")
FLOWS = np.array([[50.0, 30.0, 20.0, 40.0], [1.0, 10.0, 2.0, 3.0], [5.0, 4.0, 30.0, 6.0], [2.0, 3.0, 4.0, 20.0]])
CHN, DEU, JPN, USA = range(4)


@pytest.fixture
def small():
    return Market.from_arrays(
        FLOWS, names=NAMES, tariffs=np.array([0.1, 0.05, 0.02, 0.04]), export_taxes=[0.1, 0, 0, 0]
    )


def applied(market, year=2022, **fields):
    instrument = ONE.validate_python(fields)
    return instrument.apply(Shock.base(market), Setting(year=year, names=market.names, market=market))


def moved(before, after):
    """Cells that differ, as pairs of names."""
    return {(NAMES[r], NAMES[v]) for r, v in np.argwhere(before != after)}


def test_export_tax_adds_or_replaces(small):
    added = applied(small, kind="export_tax", exporters="CHN", importers="USA, JPN", rate=0.25)
    assert moved(small.export_taxes, added.export_taxes) == {("CHN", "USA"), ("CHN", "JPN")}
    assert added.export_taxes[CHN, USA] == pytest.approx(0.35)
    instead = applied(small, kind="export_tax", exporters="CHN", rate=0.25, mode="replace")
    assert instead.export_taxes[CHN] == pytest.approx([0, 0.25, 0.25, 0.25])
    assert (instead.tariffs == small.tariffs).all()


def test_tariff_and_anti_dumping_duty_add_up(small):
    duty = applied(small, kind="import_tariff", exporters="CHN", importers="EU", rate="25 %")
    assert moved(small.tariffs, duty.tariffs) == {("CHN", "DEU")}
    assert duty.tariffs[CHN, DEU] == pytest.approx(0.30)
    extra = ONE.validate_python({"kind": "anti_dumping_duty", "exporters": "CHN", "importers": "EU", "rate": 0.3})
    assert extra.apply(duty, Setting(2022, NAMES)).tariffs[CHN, DEU] == pytest.approx(0.60)


def test_phase_in_goes_in_equal_steps(small):
    steps = {"first": 2025, "full": 2028}
    rates = [
        applied(small, year, kind="import_tariff", exporters="CHN", importers="USA", rate=0.4, phase_in=steps).tariffs[
            CHN, USA
        ]
        for year in range(2024, 2030)
    ]
    assert rates == pytest.approx([0.04, 0.14, 0.24, 0.34, 0.44, 0.44])
    assert [PhaseIn(**steps).share(year) for year in (2024, 2026, 2040)] == [0, 0.5, 1]
    replaced = applied(small, 2026, kind="export_tax", exporters="CHN", rate=0.3, mode="replace", phase_in=steps)
    assert replaced.export_taxes[CHN, USA] == pytest.approx(0.2)  # half-way from 0.1 to 0.3


def test_window_of_years(small):
    for year, rate in ((2019, 0.04), (2020, 0.14), (2022, 0.14), (2023, 0.04)):
        shock = applied(small, year, kind="import_tariff", importers="USA", rate=0.1, years=[2020, 2022])
        assert shock.tariffs[CHN, USA] == pytest.approx(rate)


def test_subsidies(small):
    export = applied(small, kind="export_subsidy", exporters="CHN", rate=0.15)
    assert export.export_taxes[CHN] == pytest.approx([0, -0.05, -0.05, -0.05])
    output = applied(small, kind="output_subsidy", producers="USA, JPN", rate=0.2)
    assert output.output_subsidies == pytest.approx([0, 0, 0.2, 0.2])


def test_liberalisation_removes_base_duties_alone(small):
    free = applied(small, kind="liberalisation", removes=["tariffs", "export_taxes"])
    assert (free.tariffs == 0).all()
    assert (free.export_taxes == 0).all()
    half = applied(small, kind="liberalisation", importers="CHN", share=0.5)
    assert half.tariffs[USA, CHN] == pytest.approx(0.05)
    assert half.tariffs[CHN, USA] == pytest.approx(0.04)
    # On top of a new duty only the base part goes, in whichever order.
    duty = {"kind": "import_tariff", "exporters": "CHN", "importers": "USA", "rate": 0.25}
    there = Setting(2022, NAMES)
    one, other = ONE.validate_python(duty), ONE.validate_python({"kind": "liberalisation"})
    for first, second in ((one, other), (other, one)):
        assert second.apply(first.apply(Shock.base(small), there), there).tariffs[CHN, USA] == pytest.approx(0.25)


def test_liberalisation_keeps_subsidies():
    market = Market.from_arrays(FLOWS, names=NAMES, export_taxes=[0.1, -0.05, 0, 0])
    shock = applied(market, kind="liberalisation", removes=["export_taxes"])
    assert shock.export_taxes[CHN, USA] == 0
    assert shock.export_taxes[DEU, USA] == pytest.approx(-0.05)


@pytest.mark.parametrize(
    ("counted", "groups"),
    [
        ("each exporter", {(("CHN",), ("DEU", "USA")), (("JPN",), ("DEU", "USA"))}),
        ("each importer", {(("CHN", "JPN"), ("DEU",)), (("CHN", "JPN"), ("USA",))}),
        ("all together", {(("CHN", "JPN"), ("DEU", "USA"))}),
        (
            "each pair",
            {(("CHN",), ("DEU",)), (("CHN",), ("USA",)), (("JPN",), ("DEU",)), (("JPN",), ("USA",))},
        ),
    ],
)
def test_quotas_are_counted_as_said(small, counted, groups):
    shock = applied(
        small, kind="export_quota", exporters="CHN, JPN", importers="DEU, USA", share_of_base=0.5, counted=counted
    )
    assert {(quota.exporters, quota.importers) for quota in shock.limits} == groups
    assert all(quota.share == 0.5 and quota.side == "export" for quota in shock.limits)


def test_quotas_hold_trade_to_the_share(small):
    instrument = {"kind": "export_quota", "exporters": "CHN", "share_of_base": 0.6}
    result = gsim(small, applied(small, **instrument))
    abroad = np.array([False, True, True, True])
    assert result.flows.volume[CHN, abroad].sum() == pytest.approx(0.6 * small.volumes[CHN, abroad].sum())
    phased = applied(small, 2025, **instrument, phase_in={"first": 2025, "full": 2026})
    assert phased.limits[0].share == pytest.approx(0.8)


def test_quota_in_tonnes_is_a_share_of_base_tonnes(small):
    tonnes = np.array([[999.0, 10, 20, 30], [1, 999, 1, 1], [1, 1, 999, 1], [1, 1, 1, 999]])
    quota = ONE.validate_python({"kind": "export_quota", "exporters": "CHN", "tonnes": 15})
    shock = quota.apply(Shock.base(small), Setting(2022, NAMES, small, tonnes))
    assert shock.limits[0].share == pytest.approx(15 / 60)  # own trade does not count


def test_import_quota_leaves_the_rent_with_the_importer(small):
    shock = applied(small, kind="import_quota", exporters="CHN", importers="USA", share_of_base=0.5)
    assert shock.limits[0].side == "import"
    rents = dict(zip(NAMES, gsim(small, shock).welfare["rents"]))
    assert rents["USA"] > 0
    assert rents["CHN"] == 0


def test_ban_and_choke(small):
    shock = applied(small, kind="export_ban", exporters="CHN", importers="JPN", choke=3)
    assert moved(np.zeros((4, 4), dtype=bool), shock.bans) == {("CHN", "JPN")}
    assert shock.chokes[CHN, JPN] == 3
    assert gsim(small, shock).flows.volume[CHN, JPN] == 0


def test_licence_limits_and_delays_all_but_the_trusted(small):
    shock = applied(
        small,
        kind="export_licence",
        exporters="CHN",
        trusted="JPN, RUS",  # Russia is not in this market
        granted=0.7,
        delay_days=45,
        cost_per_day=0.006,
    )
    assert moved(np.zeros((4, 4)), shock.frictions) == {("CHN", "DEU"), ("CHN", "USA")}
    assert shock.frictions[CHN, USA] == pytest.approx(0.27)
    assert [(quota.exporters, quota.importers, quota.share) for quota in shock.limits] == [
        (("CHN",), ("CHN", "DEU", "USA"), 0.7)
    ]
    apart = applied(small, kind="export_licence", exporters="CHN", trusted="JPN", granted=0.7, counted="each pair")
    assert [(quota.exporters, quota.importers) for quota in apart.limits] == [
        (("CHN",), ("DEU",)),
        (("CHN",), ("USA",)),
    ]
    nobody = applied(small, kind="export_licence", exporters="CHN", trusted="all", granted=0.7)
    assert nobody.limits == ()


def test_source_limit_binds_where_the_base_share_is_above_it(small):
    # Imports of the United States from outside: 40, 3, 6 at the border; China's in quantities 40/1.1.
    share = (40 / 1.1) / (40 / 1.1 + 3 + 6)
    shock = applied(small, kind="source_limit", importers="USA", largest_share=0.65)
    assert [(quota.exporters, quota.importers, quota.side) for quota in shock.limits] == [
        (("CHN",), ("USA",), "import")
    ]
    assert shock.limits[0].share == pytest.approx(0.65 / share)
    result = gsim(small, shock)
    assert result.flows.volume[CHN, USA] == pytest.approx(0.65 * (40 / 1.1 + 9))
    assert applied(small, kind="source_limit", importers="USA", largest_share=0.9).limits == ()


def test_prices(small):
    floor = applied(
        small,
        kind="price_floor",
        producers="USA",
        price_usd_per_kg=110,
        base_usd_per_kg=55,
        means="public_purchase",
        payer="USA",
    )
    assert floor.limits == (Floor(("USA",), 2.0, "public_purchase", "USA"),)
    cap = applied(small, kind="price_cap", producers="CHN", price=0.9, rent_to="importer")
    assert cap.limits == (Cap(("CHN",), 0.9, "importer"),)
    promise = applied(small, kind="price_undertaking", exporters="CHN", importers="EU", price=1.2)
    assert promise.limits == (Undertaking(("CHN",), ("DEU",), 1.2),)


def test_friend_shoring_inside_and_outside(small):
    fields = {"kind": "friend_shoring", "members": "JPN, USA", "tariff_cut": 1, "facilitation": 0.05}
    closed = applied(small, **fields, friction=0.1)
    assert moved(small.tariffs, closed.tariffs) == {("JPN", "USA"), ("USA", "JPN")}
    assert closed.tariffs[JPN, USA] == 0
    assert closed.frictions[JPN, USA] == pytest.approx(-0.05)
    assert closed.frictions[CHN, USA] == pytest.approx(0.1)
    assert closed.frictions[USA, CHN] == 0
    opened = applied(small, **fields, discriminatory=False)
    assert (opened.tariffs[:, [JPN, USA]] == 0).all()
    assert opened.frictions[CHN, USA] == opened.frictions[JPN, USA] == pytest.approx(-0.05)
    some = applied(small, **fields, friction=0.1, outsiders="CHN")
    assert some.frictions[DEU, USA] == 0


@pytest.mark.parametrize("means", ["ban", "tariff", "friction"])
def test_decoupling_goes_both_ways(small, means):
    rate = {} if means == "ban" else {"rate": 0.5}
    shock = applied(small, kind="decoupling", between=["USA", "CHN, JPN"], means=means, **rate)
    after = {"ban": shock.bans, "tariff": shock.tariffs - small.tariffs, "friction": shock.frictions}[means]
    assert {(NAMES[r], NAMES[v]) for r, v in np.argwhere(after > 0)} == {
        ("USA", "CHN"),
        ("USA", "JPN"),
        ("CHN", "USA"),
        ("JPN", "USA"),
    }


def test_retaliation_mirrors(small):
    strike = ONE.validate_python(
        {"kind": "import_tariff", "label": "strike", "exporters": "CHN, JPN", "importers": "USA", "rate": 0.4}
    )
    there = Setting(2022, NAMES, small, book={"strike": strike})
    answer = ONE.validate_python({"kind": "retaliation", "answers": "strike", "share": 0.5})
    shock = answer.apply(Shock.base(small), there)
    assert moved(small.tariffs, shock.tariffs) == {("USA", "CHN"), ("USA", "JPN")}
    assert shock.tariffs[USA, CHN] == pytest.approx(0.3)
    alone = ONE.validate_python({"kind": "retaliation", "answers": "strike", "by": "CHN"})
    assert moved(small.tariffs, alone.apply(Shock.base(small), there).tariffs) == {("USA", "CHN")}


def test_retaliation_keeps_the_years_of_what_it_answers(small):
    strike = ONE.validate_python(
        {
            "kind": "import_tariff",
            "label": "strike",
            "exporters": "CHN",
            "importers": "USA",
            "rate": 0.4,
            "years": [2025, None],
        }
    )
    answer = ONE.validate_python({"kind": "retaliation", "answers": "strike"})
    early, late = (Setting(year, NAMES, small, book={"strike": strike}) for year in (2024, 2025))
    assert (answer.apply(Shock.base(small), early).tariffs == small.tariffs).all()
    assert answer.reaches(early) == ()
    assert answer.apply(Shock.base(small), late).tariffs[USA, CHN] == pytest.approx(0.5)
    assert len(answer.reaches(late)) == 1


def test_retaliation_against_export_measures_falls_on_exports(small):
    ban = ONE.validate_python({"kind": "export_ban", "label": "ban", "exporters": "CHN", "importers": "USA, JPN"})
    there = Setting(2022, NAMES, small, book={"ban": ban})
    answer = ONE.validate_python({"kind": "retaliation", "answers": "ban", "by": "USA"})
    assert moved(np.zeros((4, 4), dtype=bool), answer.apply(Shock.base(small), there).bans) == {("USA", "CHN")}
    with pytest.raises(InputError, match="cannot be mirrored in part"):
        ONE.validate_python({"kind": "retaliation", "answers": "ban", "share": 0.5}).apply(Shock.base(small), there)


@pytest.mark.parametrize(
    "kind", ["export_tax", "export_quota", "export_licence", "price_undertaking", "liberalisation"]
)
def test_a_mirror_mirrored_is_the_first(kind):
    first = ONE.validate_python({**INSTRUMENTS[kind].example, "exporters": "CHN", "importers": "USA"})
    again = first.mirrored(1).mirrored(1)
    assert again.model_dump(exclude={"trusted", "price"}) == first.model_dump(exclude={"trusted", "price"})


def test_combination_has_years_of_its_own(small):
    fields = {
        "kind": "combination",
        "years": [2026, None],
        "parts": [
            {"kind": "export_tax", "exporters": "CHN", "rate": 0.25},
            {"kind": "import_tariff", "exporters": "CHN", "importers": "USA", "rate": 0.25, "years": [2028, None]},
        ],
    }
    before, early, late = (applied(small, year, **fields) for year in (2025, 2026, 2028))
    assert before.export_taxes[CHN, USA] == pytest.approx(0.1)
    assert (early.export_taxes[CHN, USA], early.tariffs[CHN, USA]) == pytest.approx((0.35, 0.04))
    assert (late.export_taxes[CHN, USA], late.tariffs[CHN, USA]) == pytest.approx((0.35, 0.29))


@pytest.mark.parametrize(
    ("written", "rate"), [(0.25, 0.25), ("25 %", 0.25), ("25%", 0.25), ("300 %", 3.0), (1, 1.0), (0, 0.0)]
)
def test_ways_to_write_a_rate(written, rate):
    assert ONE.validate_python({"kind": "export_tax", "rate": written}).rate == rate


@pytest.mark.parametrize(
    "written", [25, 1.01, -0.1, "25", "25 percent", True, float("nan"), float("inf"), None, "-5 %"]
)
def test_ways_not_to(written):
    with pytest.raises(ValueError, match="rate"):
        ONE.validate_python({"kind": "export_tax", "rate": written})
