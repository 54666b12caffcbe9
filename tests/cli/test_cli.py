"""The command line: thin, light to start, honest in its exit status. Data come from a small store of our own making."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import typer

from xenotime.cli import main, output
from xenotime.cli.asked import AskedTies, asks

LAYOUT = [
    "--map", "year=t", "--map", "exporter=from", "--map", "importer=to", "--map", "hs6=product",
    "--map", "value=usd", "--value-unit", "usd", "--country-scheme", "iso3", "--hs-version", "HS17",
    "--version", "v1", "--absence", "zero", "--source", "mine",
]  # fmt: skip


def run(capsys, *arguments):
    """Exit status, standard output, standard error of ``xenotime ARGUMENTS``."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


@pytest.fixture
def table(tmp_path):
    """Magnets of two years among four countries, in a layout of its own."""
    rows = [
        (2021, "CHN", "DEU", "850511", 600_000), (2021, "CHN", "USA", "850511", 300_000),
        (2021, "JPN", "DEU", "850511", 100_000), (2022, "CHN", "DEU", "850511", 700_000),
        (2022, "JPN", "USA", "850511", 300_000), (2022, "DEU", "USA", "850511", 5_000),
    ]  # fmt: skip
    path = tmp_path / "mine.csv"
    pl.DataFrame(rows, schema=["t", "from", "to", "product", "usd"], orient="row").write_csv(path)
    return path


@pytest.fixture
def store(table, tmp_path, capsys):
    code, _, err = run(capsys, "ingest", table, *LAYOUT, "--store", tmp_path / "store")
    assert code == 0, err
    return tmp_path / "store"


def test_help_and_version_import_nothing_heavy():
    heavy = (
        "{'polars', 'xarray', 'pandas', 'numba', 'matplotlib', 'duckdb', 'scipy', 'networkx', 'pydantic', 'pandera'}"
    )
    code = (
        "import sys\nfrom xenotime.cli import main\n"
        f"try: main(['--help'])\nexcept SystemExit: print('HEAVY', sorted({heavy} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "Commands:" in out
    assert "HEAVY []" in out


def test_every_verb_is_in_the_docs_word_for_word(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "docs")
    import command_line

    assert command_line.page() == command_line.PAGE.read_text(encoding="utf-8"), "run: python docs/command_line.py"


def test_a_verb_gets_its_options_as_one_object():
    seen = []

    @asks
    def verb(asked: AskedTies, more: int = 1) -> None:
        seen.append((asked, more))

    app = typer.Typer()
    app.command()(verb)
    app(["--years", "2020-2022", "-p", "minimum_share=0.1", "--more", "2"], standalone_mode=False)
    assert seen == [(AskedTies(years="2020-2022", parameter=["minimum_share=0.1"]), 2)]
    keywords = seen[0][0].keywords()
    assert (keywords["years"], keywords["parameters"]) == ([2020, 2021, 2022], {"minimum_share": 0.1})


def test_ingest_reports_and_repeats_without_change(table, tmp_path, capsys):
    target = tmp_path / "store"
    first = run(capsys, "ingest", table, *LAYOUT, "--store", target, "--json")
    again = run(capsys, "ingest", table, *LAYOUT, "--store", target, "--json")
    assert (first[0], again[0]) == (0, 0)
    assert json.loads(first[1])["snapshot"] == json.loads(again[1])["snapshot"]


def test_a_study_writes_its_page_and_says_it_in_words(store, tmp_path, capsys):
    code, out, _ = run(capsys, "study", "--store", store, "--out", tmp_path / "out")
    assert code == 0
    # 2022: China 700 of 1,005 thousand dollars; 2021: 900 of 1,000.
    assert out.startswith("China shipped 70 % of the world's exports of permanent magnets in 2022")
    assert "against 90 % in 2021" in out
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    code, out, _ = run(capsys, "report", tmp_path / "out", "--figures", "svg", "--json")
    assert code == 0
    assert all(Path(path).is_file() for path in json.loads(out)["figures"])


def test_indicators_as_json_agree_with_hand_sums(store, capsys):
    code, out, _ = run(capsys, "indicators", "trade_kusd", "--store", store, "--json")
    assert code == 0
    assert {row["year"]: row["value"] for row in json.loads(out)} == {2021: 1000.0, 2022: 1005.0}


def test_build_writes_a_cube_that_xarray_reads(store, tmp_path, capsys):
    import xarray as xr

    code, out, _ = run(capsys, "build", tmp_path / "cube.nc", "--store", store, "--json")
    assert code == 0
    assert json.loads(out)["networks"]
    with xr.open_dataset(tmp_path / "cube.nc", engine="scipy") as cube:
        assert float(cube["value_kusd"].sum()) == 2005.0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["indicators", "densty", "--store", "STORE"], 2, "density"),
        (["study", "--store", "STORE", "--years", "soon"], 2, "2002-2024"),
        (["study", "--store", "STORE", "--years", "1999"], 2, "1999"),
        (["study", "--store", "STORE", "--rule", "astrology"], 2, "import_share"),
        (["study", "--store", "STORE", "-p", "minimum_share"], 2, "name=value"),
        (["study", "--store", "STORE", "--chain", "unobtainium"], 2, "rare_earths"),
        (["study", "--store", "STORE", "--settings", "nowhere.yaml"], 2, "no such file"),
        (["build", "--store", "nowhere"], 1, "no store"),
        (["report", "nowhere"], 2, "xenotime study"),
        (["ingest", "nowhere.csv", "--source", "baci"], 2, "no such file"),
        (["fetch", "nowhere"], 2, "known"),
        (["study", "--store", "STORE", "--years", "2010-"], 2, "2002-2024"),
        (["study", "--store", "STORE", "--out", "STORE/manifest.json"], 2, "a folder is wanted"),
        (["build", "cube.csv", "--store", "STORE"], 2, ".nc"),
        (["indicators", "hhi", "--store", "STORE"], 2, "export_hhi"),
        (["indicators", "--country", "usa", "--store", "STORE"], 2, "did you mean USA"),
        (["dance"], 2, "No such command"),
    ],
)
def test_bad_requests_end_with_the_right_status_and_a_remedy(
    arguments, code, said, store, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(capsys, *(argument.replace("STORE", str(store)) for argument in arguments))
    assert status == code, err
    assert said in err


def test_doctor_finds_a_whole_store_and_a_broken_one(store, capsys):
    code, out, _ = run(capsys, "doctor", "--store", store, "--json")
    assert code == 0
    assert any(finding["subject"] == "store: flows" for finding in json.loads(out))
    piece = next(store.rglob("*.parquet"))
    piece.write_bytes(piece.read_bytes()[:-7])
    code, out, _ = run(capsys, "doctor", "--store", store, "--json")
    assert code == 1
    assert any(finding["state"] == "broken" for finding in json.loads(out))


def test_sources_lists_licences_and_one_source_its_citation(capsys):
    assert "baci" in run(capsys, "sources")[1]
    assert "Gaulier" in run(capsys, "sources", "baci")[1]
    assert {info["name"] for info in json.loads(run(capsys, "sources", "--json")[1])} >= {"baci", "comtrade", "table"}


def test_an_indicator_of_the_world_stays_when_a_country_is_asked_for(store, capsys):
    out = json.loads(run(capsys, "indicators", "export_hhi", "import_dependence", "--country", "USA",
                         "--store", store, "--json")[1])  # fmt: skip
    assert {(row["indicator"], row["country"]) for row in out} == {("export_hhi", None), ("import_dependence", "USA")}
    assert all(row["source"] and row["rule"] for row in out)


def test_a_saved_study_is_whole_or_refused(store, tmp_path, capsys):
    folder = tmp_path / "out"
    assert run(capsys, "study", "--store", store, "--out", folder)[0] == 0
    words = (folder / "study.json").read_text()
    for name, content in (("study.json", "{"), ("study.json", "[]"), ("ties.nc", "garbage"), ("networks.nc", "")):
        kept = (folder / name).read_bytes()
        (folder / name).write_text(content)
        code, _, err = run(capsys, "report", folder)
        assert code == 2, err
        assert "again" in err
        (folder / name).write_bytes(kept)
    assert (folder / "study.json").read_text() == words
    assert run(capsys, "report", folder)[0] == 0


def test_scenarios_are_compared_on_a_screen_and_two_of_one_name_refused(tmp_path, capsys):
    code, out, err = run(capsys, "compare", "china_export_tax_25", "tariff_removal", "--draws", "4")
    assert code == 0, err
    assert "china_expo" in out
    twin = tmp_path / "twin.yaml"
    twin.write_text("extends: china_export_tax_25\nname: china_export_tax_25\ntitle: Twin\n")
    code, _, err = run(capsys, "compare", "china_export_tax_25", twin, "--draws", "4")
    assert code == 2
    assert "two scenarios are called 'china_export_tax_25'" in err


def test_what_is_not_finite_is_null_in_json(capsys):
    output.print_json({"a": [float("inf"), 1.0], "b": float("nan")})
    assert json.loads(capsys.readouterr().out) == {"a": [None, 1.0], "b": None}


def test_terms_are_listed_for_people_and_machines(capsys):
    code, words, _ = run(capsys, "terms")
    assert code == 0
    assert "gwesp(decay, fixed=TRUE, type='OTP')" in words
    listed = json.loads(run(capsys, "terms", "--json")[1])
    assert {"term", "spelling", "dyad_independent", "networks", "meaning", "examples"} == set(listed[0])
