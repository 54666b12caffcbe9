"""Ready scenarios: whole, sourced, and their expected signs hold on a stylised market."""

from pathlib import Path

import polars as pl
import pytest
import yaml

import xenotime as xt
from xenotime import reference
from xenotime.markets import Policy, gsim
from xenotime.scenarios import Scenario, library, load_scenario

ELASTICITIES = {
    "GSIM's own": {},
    "short run": {"demand": -0.76, "supply": 0.5, "substitution": 1.8},
    "long run": {"demand": -2.0, "supply": 3.0, "substitution": 8.0},
}


@pytest.mark.parametrize("elasticities", ELASTICITIES.values(), ids=ELASTICITIES)
@pytest.mark.parametrize("name", library())
def test_expected_signs_hold(name, elasticities, market_of, tonnes):
    market = market_of(**elasticities)
    scenario = load_scenario(name)
    policy = scenario.policy(names=market.names, tonnes=tonnes)
    assert isinstance(policy, Policy)
    result = gsim(market, policy)
    assert result.residual < 1e-10
    signs = scenario.signs(result)
    assert signs.height >= 2
    assert signs["holds"].all(), f"\n{signs.filter(~pl.col('holds'))}"


@pytest.mark.parametrize("name", library())
def test_is_whole(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.source
    assert scenario.expected
    again = Scenario.model_validate(yaml.safe_load(scenario.to_yaml()))
    assert again == scenario
    text = scenario.describe()
    assert scenario.title in text
    assert text.count("\n- ") == len(scenario.instruments)


def test_titles_differ_and_there_are_enough():
    titles = {load_scenario(name).title for name in library()}
    assert len(titles) == len(library()) >= 15


def test_the_published_families_and_the_dated_history_are_there():
    assert {"china_export_tax_25", "other_exporters_tax_25", "bloc_tariffs_25", "us_china_decoupling"} <= set(library())
    assert {"friend_shoring_msp", "open_coalition_msp", "tariff_removal", "china_export_licence"} <= set(library())
    assert {"china_export_quotas_2010_2014", "embargo_on_japan_2010", "us_section_301_magnets"} <= set(library())


def test_quotas_are_those_of_the_facts():
    facts = reference.facts("quotas").filter(pl.col("kind") == "export, all firms")
    tonnes = dict(facts.select("year", "quantity_t").iter_rows())
    for one in load_scenario("china_export_quotas_2010_2014").instruments:
        year = one.years.first
        assert one.years.last == year
        assert one.share_of_base == pytest.approx(tonnes[year] / tonnes[2009], abs=5e-5)
    for one in load_scenario("china_export_quotas_tonnes").instruments:
        assert one.share_of_base is None
        assert one.tonnes == tonnes[one.years.first]


def test_quotas_in_tonnes_and_in_shares_agree(market, tonnes):
    by_share = gsim(market, load_scenario("china_export_quotas_2010_2014").policy())
    by_tonnes = gsim(market, load_scenario("china_export_quotas_tonnes").policy(tonnes=tonnes))
    assert by_tonnes.trade_change["quantity"] == pytest.approx(by_share.trade_change["quantity"], rel=1e-3)


@pytest.mark.parametrize(
    ("name", "date", "actor"),
    [
        ("embargo_on_japan_2010", "2010-09-21", "CHN"),
        ("gallium_germanium_licences_2023", "2023-07-03", "CHN"),
        ("gallium_germanium_ban_us_2024", "2024-12-03", "CHN"),
        ("graphite_licences_2023", "2023-10-20", "CHN"),
        ("tungsten_licences_2025", "2025-02-04", "CHN"),
        ("rare_earth_licences_april_2025", "2025-04-04", "CHN"),
        ("rare_earth_controls_october_2025", "2025-10-09", "CHN"),
        ("us_price_floor_2025", "2025-07-10", "USA"),
        ("us_section_301_magnets", "2026-01-01", "USA"),
    ],
)
def test_dated_history_is_in_the_reference(name, date, actor):
    events = reference.facts("policy_events").filter(pl.col("date").cast(pl.String) == date, pl.col("actor") == actor)
    assert events.height == 1
    assert date in load_scenario(name).source


def test_a_quota_of_one_year_is_not_in_force_in_another(market):
    scenario = load_scenario("china_export_quotas_2010_2014")
    assert len(scenario.policy(2012).in_force) == 1
    assert scenario.policy(2015).in_force == ()
    assert gsim(market, scenario.policy(2015)).prices == pytest.approx(1.0, abs=1e-12)


def test_an_open_coalition_lets_outsiders_in_and_a_closed_one_keeps_them_out(market):
    # The published study: barriers regionalise, coalitions that do not discriminate globalise.
    closed, opened = (
        gsim(market, load_scenario(name).policy()) for name in ("friend_shoring_msp", "open_coalition_msp")
    )
    china, japan = market.names.index("CHN"), market.names.index("JPN")
    assert opened.flows.volume[china, japan] > market.volumes[china, japan] > closed.flows.volume[china, japan]


def test_root_package_loads_scenarios():
    assert xt.load_scenario("china_export_licence") == load_scenario("china_export_licence")
    assert "load_scenario" in dir(xt)


@pytest.mark.parametrize("name", library())
def test_is_in_the_docs(name):
    scenario = load_scenario(name)
    chain = f"{scenario.chain.replace('_', ' ')}, {' and '.join(scenario.stage)}"
    row = f"| `{name}` | {scenario.title} | {chain} | {scenario.base_year} | {scenario.policy_year} |"
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert row in text, f"docs/scenarios.md lacks the row\n{row}"
