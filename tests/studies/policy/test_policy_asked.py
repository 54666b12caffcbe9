"""What the study is asked: scenarios that were read already, settings as people write them, draws that all fail."""

import pytest

from xenotime.core import InputError
from xenotime.scenarios import load_scenario
from xenotime.studies.policy import PolicySettings, policy, simulate

TAX = "china_export_tax_25"


def test_scenarios_may_be_given_as_read(embedded):
    scenario = load_scenario(TAX)
    by_name, as_read = simulate(embedded, TAX), simulate(embedded, scenario)
    assert by_name.result.trade_change == as_read.result.trade_change
    harder = scenario.model_copy(update={"name": "harder", "title": "Harder"})
    found = policy(embedded, [harder, "tariff_removal"], draws=2)
    assert found.comparison["scenario"].to_list() == ["harder", "tariff_removal"]
    assert found.settings["scenarios"] == ["harder", "tariff_removal"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"tariff": 3}, "tariff: Input should be less than or equal to 1"),
        ({"draws": 10**10}, "draws: Input should be less than"),
        ({"demand": {"high": 1.5}}, "low is missing"),
        ({"supply": {"low": 1, "high": float("inf")}}, "finite"),
        ({"own_trade": {"CHN": "50 %"}}, "write output, absent, or"),
    ],
    ids=str,
)
def test_slips_in_settings(asked, message):
    with pytest.raises(InputError, match=message):
        PolicySettings.read(**asked)


def test_settings_as_people_write_them(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("agreements: EU\nscenarios: tariff_removal\nmerge:\ndemand: {low: 1, high: 2}\n")
    found = PolicySettings.read(path)
    assert found.agreements == ("EU",)
    assert found.scenarios == ("tariff_removal",)
    assert found.merge == {}
    assert "no source" in found.demand.source


def test_a_scenario_without_any_answer_is_counted_and_written(embedded):
    settings = PolicySettings.read(
        nest_of_bans="ces", draws=4, substitution={"low": 0.3, "high": 0.9, "source": "below one, where CES bans fail"}
    )
    found = policy(embedded, ["us_china_decoupling", TAX], settings=settings)
    row = found.comparison.filter(scenario="us_china_decoupling").row(0, named=True)
    assert row["failed"] == 1
    assert row["regionalisation"] is None
    assert row["quantity"] is None
    assert any("4 of 8 solves have no answer" in caveat for caveat in found.caveats)
    assert "China taxes its exports" in found.headline


def test_headlines_say_cut_and_add(embedded):
    alone = policy(embedded, "tariff_removal", draws=2)
    assert "“All tariffs removed” changes the world quantity of permanent magnets by +" in alone.headline
    both = policy(embedded, ["tariff_removal", TAX], draws=2)
    assert "of 2 scenarios for permanent magnets, “China taxes its exports by 25 %” cuts world quantity most, −" in (
        both.headline
    )
    assert "“All tariffs removed” adds most, +" in both.headline
    opening = policy(embedded, ["tariff_removal", "open_coalition_msp"], draws=2)
    assert "cuts" not in opening.headline
