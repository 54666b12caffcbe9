"""Files that no editor would write: bombs of aliases, brackets without end, labels and instruments of odd types."""

import pytest

from xenotime.core import InputError
from xenotime.scenarios import Scenario, load_scenario

TAX = "instruments:\n  - {kind: export_tax, label: tax, exporters: CHN, rate: 0.25}\n"


def test_aliases_that_hold_aliases_end_before_they_fill_the_memory(write):
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for before, after in zip("abcdefgh", "bcdefghi"):
        lines.append(f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]")
    with pytest.raises(InputError, match="more than 50,000 values"):
        load_scenario(write("\n".join(lines) + "\n"))


def test_brackets_without_end(write):
    with pytest.raises(InputError, match="nested too deeply"):
        load_scenario(write("notes: " + "[" * 5000 + "]" * 5000 + "\n" + TAX))


@pytest.mark.parametrize("instruments", ["5", "hello", "{kind: export_tax}", ""])
@pytest.mark.parametrize("how", ["alone", "extended", "combined"])
def test_instruments_that_are_no_list(instruments, how, write):
    path = write(f"instruments: {instruments}\n")
    if how == "extended":
        path = write(f"extends: {path}\ntitle: Child\n", "child", head="")
    if how == "combined":
        path = write(f"instruments:\n  - {{kind: combination, scenarios: [{path}]}}\n", "both")
    with pytest.raises(InputError, match="line 6, field instruments: instruments is not a list"):
        load_scenario(path)


def test_labels_that_are_lists(write):
    parent = write(TAX)
    child = write(f"extends: {parent}\ntitle: Child\ninstruments:\n  - {{label: [tax], rate: 0.1}}\n", "child", head="")
    with pytest.raises(InputError, match=r"the label is \['tax'\], not text"):
        load_scenario(child)


def test_dropping_one_label_keeps_those_that_are_part_of_its_name(write):
    parent = write(TAX + "  - {kind: export_tax, label: tax_of_japan, exporters: JPN, rate: 0.1}\n")
    child = write(f"extends: {parent}\ntitle: Child\ndrop: tax_of_japan\n", "child", head="")
    assert [one.label for one in load_scenario(child).instruments] == ["tax"]


def test_scenarios_of_two_chains_are_not_combined(write):
    path = write("instruments:\n  - {kind: combination, scenarios: [graphite_licences_2023]}\n")
    with pytest.raises(InputError, match="line 7: graphite_licences_2023 is about graphite, not rare_earths"):
        load_scenario(path)
    graphite = write(
        "title: Mine\nextends: graphite_licences_2023\ndrop: licence\ninstruments:\n"
        "  - {kind: combination, scenarios: [graphite_licences_2023]}\n",
        "graphite",
        head="",
    )
    assert load_scenario(graphite).chain == "graphite"


def test_a_combination_none_of_whose_parts_is_in_force_is_not_either(write):
    path = write(
        "instruments:\n  - kind: combination\n    parts:\n"
        "      - {kind: export_tax, exporters: CHN, rate: 0.25, years: [2010, 2012]}\n"
    )
    with pytest.raises(InputError, match="no instrument is in force in 2022"):
        load_scenario(path)
    in_force = load_scenario(write(f"year: 2011\nextends: {path}\ntitle: Child\n", "child", head=""))
    assert in_force.policy().in_force
    assert not in_force.policy(2013).in_force


def test_the_step_of_a_phase_in_is_said(write):
    path = write(
        "year: 2026\ninstruments:\n"
        "  - {kind: export_tax, exporters: CHN, rate: 0.3, phase_in: {first: 2025, full: 2028}}\n"
    )
    scenario = load_scenario(path)
    assert "in equal steps from 2025 to 2028 (50 % of it in force in 2026)" in scenario.describe()
    assert str(scenario) == scenario.describe()
    assert isinstance(scenario, Scenario)
