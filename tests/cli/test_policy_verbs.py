"""The verbs of policy: what `simulate` prints adds up, and wrong questions get file, line and remedy."""

import json

import pytest

from xenotime.cli import main
from xenotime.scenarios import load_scenario

PARTS = ("producer_surplus", "consumer_surplus", "tariff_revenue", "export_tax_revenue", "rents")


def run(capsys, *arguments):
    try:
        main(list(arguments))
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    said = capsys.readouterr()
    return status, said.out, said.err


def test_simulate_shows_the_parts_of_welfare_and_they_add_up(capsys):
    status, out, _ = run(capsys, "simulate", "china_export_tax_25", "--countries", "4")
    assert status == 0
    assert all(part in out for part in (*PARTS, "subsidy_cost", "net"))
    status, out, _ = run(capsys, "simulate", "china_export_tax_25", "--json")
    told = json.loads(out)
    for row in told["countries"]:
        assert sum(row[part] for part in PARTS) - row["subsidy_cost"] == pytest.approx(row["net"], abs=1e-6)
    assert any("own trade" in note for note in told["notes"])


def test_compare_keeps_names_of_scenarios_whole(capsys):
    status, out, _ = run(capsys, "compare", "china_export_tax_25", "other_exporters_tax_25", "--draws", "4")
    assert status == 0
    assert out.count("other_exporters_tax_25") == 2
    assert "downstream 2022" in out
    assert "regionalisation" in out


def test_the_library_is_listed_and_a_scenario_is_printed_as_a_file(capsys, tmp_path):
    status, out, _ = run(capsys, "scenarios", "--json")
    names = [row["name"] for row in json.loads(out)]
    assert status == 0
    assert {"china_export_licence", "tungsten_licences_2025"} < set(names)
    assert all(name in run(capsys, "scenarios")[1] for name in names)
    for name in ("china_export_licence", "gallium_germanium_ban_us_2024", "us_china_tit_for_tat"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(run(capsys, "scenarios", name)[1], encoding="utf-8")
        assert load_scenario(path) == load_scenario(name)
    assert json.loads(run(capsys, "scenarios", "china_export_ban", "--json")[1])["name"] == "china_export_ban"
    assert run(capsys, "scenarios", "china_export_bann")[0] == 2


def test_welfare_of_the_world_is_the_sum_of_all_countries(capsys):
    told = json.loads(run(capsys, "simulate", "china_export_tax_25", "--json")[1])
    net = sum(row["net"] for row in told["countries"]) / 1e3
    assert f"net −${-net:.0f} m a year" in run(capsys, "simulate", "china_export_tax_25")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("simulate", "rare_earth_licences_april_2025"), "--year 2023"),
        (("compare", "china_export_tax_25", "graphite_licences_2023"), "--chain graphite"),
        (("simulate", "{folder}/rate.yaml"), "line 7"),
        (("simulate", "{folder}/bloc.yaml"), "USMCA had no members in 2010"),
        (("compare", "--settings", "{folder}/settings.yaml"), "settings.yaml: merge: HKG goes to CHN"),
    ],
)
def test_wrong_questions_say_where_and_what_to_do(capsys, tmp_path, arguments, said):
    head = "title: T\nstage: downstream\nbase_year: 2010\nsource: a test\ninstruments:\n"
    tax = "  - {kind: export_tax, exporters: %s, rate: %s}\n"
    (tmp_path / "rate.yaml").write_text("name: rate\n" + head + tax % ("CHN", "25"))
    (tmp_path / "bloc.yaml").write_text("name: bloc\n" + head + tax % ("USMCA", "0.25"))
    (tmp_path / "settings.yaml").write_text("merge: {HKG: CHN, CHN: HKG}\n")
    status, _, err = run(capsys, *(one.format(folder=tmp_path) for one in arguments))
    assert status == 2
    assert said in err
    assert "Remedy: " in err
