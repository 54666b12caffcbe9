"""The verbs of policy: what `simulate` prints adds up, and wrong questions get file, line and remedy."""

import json

import pytest

from xenotime.cli import main

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
