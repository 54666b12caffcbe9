"""The page of the policy study: whole, self-contained, its numbers those of the study."""

import re

import pytest

from xenotime import demo_store, report
from xenotime.core import InputError
from xenotime.report.policy import tables
from xenotime.studies.policy import policy


@pytest.fixture(scope="module")
def study():
    return policy(demo_store(), ["china_export_tax_25", "tariff_removal", "eu_single_source_65"], draws=12)


def test_the_page_is_whole_and_asks_for_nothing(study, tmp_path):
    page = report.write(study, tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<figure") == 6
    assert "http" not in re.sub(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]+", "", page)
    assert "<script" not in page
    assert "Reconstructed, not observed" in page
    assert "How Chinese goods reach the United States" in page
    for scenario in study.comparison["title"]:
        assert scenario.replace(" %", "\u00a0%") in page or scenario in page
    assert "Hong Kong made one with China" in page
    assert page == report.write(study, tmp_path / "again.html").read_text(encoding="utf-8")


def test_a_scenario_that_changes_nothing_has_no_panels(tmp_path):
    study = policy(demo_store(), "eu_single_source_65", draws=4)
    page = report.write(study, tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<figure") == 3
    assert "what it sets holds already" in page


def test_figures_are_saved_one_by_one(study, tmp_path):
    saved = report.save_figures(study, tmp_path, ["png"])
    assert {path.stem for path in saved} == {"trade", "heat", "prices", "welfare", "flows", "regions"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in saved)
    with pytest.raises(InputError, match="unknown figure"):
        report.figure(study, "map")


def test_what_holds_of_all_markets_is_said_once(study):
    said = [[cell.text for cell in row[:2]] for row in tables.elasticities(study).rows]
    assert len(study.markets) == 2
    assert [row[0] for row in said if row[1] == "supply"] == ["all"]
    assert [row[0] for row in said if row[1] == "substitution"] == ["downstream 2022", "midstream 2022"]
    margins = [row for row in tables.rests_on(study).rows if row[1].text == "valuation"]
    assert [row[0].text for row in margins] == ["all"]
