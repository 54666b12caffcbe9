"""The page of the alliances study: self-contained, every chapter, figure and sentence there, the same bytes."""

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import xenotime as xt
from xenotime.core import InputError
from xenotime.pipeline import demo_world
from xenotime.pipeline.world.demo import pieces
from xenotime.report import save_figures, write
from xenotime.report.alliances import checklist
from xenotime.report.alliances.base import Place, Row, limits, places
from xenotime.report.alliances.curves import choices, shown_choice
from xenotime.report.alliances.figures import figures
from xenotime.report.alliances.page import CHAPTERS, Chapter, chapters, render
from xenotime.report.alliances.tables import _note
from xenotime.store import writer
from xenotime.studies import AlliancesSettings, AlliancesStudy

QUICK = {
    "bootstrap": 0, "mcmle": False, "gof": 5, "permutations": 10, "origins": 2, "paths": 1, "path_years": 3,
    "total_draws": 0, "lags": (-1, 1, 2), "breaks": (2009,), "thresholds": (20, 100), "leave_out": ("CHN",),
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> AlliancesStudy:
    """An embedded world of forty countries, two stages and ten years."""
    folder = tmp_path_factory.mktemp("alliances") / "store"
    world = demo_world(1, countries=40, years=range(2004, 2014), stages=["midstream", "downstream"])
    with writer(folder) as into:
        for piece in pieces(world):
            into.put(piece)
    return xt.studies.alliances(xt.open_store(folder), settings=AlliancesSettings.read(**QUICK))


@pytest.fixture(scope="module")
def page(study: AlliancesStudy) -> str:
    return render(study)


@pytest.fixture(scope="module")
def told(study: AlliancesStudy) -> list[Chapter]:
    return chapters(study)


def letters(text: str) -> str:
    """Text without tags, entities, spaces and marks, as page and study share it."""
    return re.sub(r"\W+", "", re.sub(r"<[^>]+>|&#?\w+;", "", text))


def test_the_page_loads_nothing_and_runs_nothing(page: str) -> None:
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)


def test_every_chapter_stands_in_order(study: AlliancesStudy, page: str) -> None:
    shown = re.findall(r'<section id="([a-z]+)">', page)
    assert shown == ["answer", *(name for name, *_ in CHAPTERS), "method"]
    assert "Reconstructed, not observed." in page


def test_every_sentence_of_the_study_is_told_once(study: AlliancesStudy, page: str) -> None:
    told = {words for _, _, chapter, _ in CHAPTERS for words in chapter}
    assert set(study.words) - {"claims"} <= told
    bare = letters(page)
    assert "claims" in study.tables  # told in a table of their own
    for name, by_stage in study.words.items():
        for lines in by_stage.values() if name != "claims" else ():
            for line in lines:
                assert letters(line) in bare
    for line in (study.headline, *study.caveats):
        assert letters(line.replace("w_ij", "wij")) in bare


def test_every_figure_is_on_the_page_once_and_described(study: AlliancesStudy, told: list[Chapter], page: str) -> None:
    shown = re.findall(r'<figure id="figure-([a-z_]+)">', page)
    assert sorted(shown) == sorted(figures(study))
    assert [int(n) for n in re.findall(r"<b>Figure (\d+)\.</b>", page)] == list(range(1, len(shown) + 1))
    for chapter in told:
        for picture in chapter.pictures:
            assert picture.alt
            assert "Source: " in picture.caption
            assert picture.caption.endswith("Reconstructed, not observed.")


def test_the_estimates_stand_in_the_table_as_in_the_study(study: AlliancesStudy, told: list[Chapter]) -> None:
    stage = study.stages[-1]
    table = next(t for c in told if c.name == "estimates" for t in c.tables if stage in t.caption.lower())
    rows = study.tables["coefficients"].filter((pl.col("stage") == stage) & (pl.col("method") == "mple"))
    printed = {cells[0].text: float(cells[1].text.replace("−", "-")) for cells in table.rows}
    assert printed == pytest.approx(dict(rows.select("label", "estimate").iter_rows()), abs=5e-4)
    assert next(iter(printed)) == "Cooperation, 1 year before"
    assert not any("*" in cell.text for cells in table.rows for cell in cells)


def test_the_same_study_gives_the_same_bytes(study: AlliancesStudy, page: str) -> None:
    assert render(study) == page


def test_what_the_study_does_not_bear_has_no_chapter(study: AlliancesStudy, tmp_path: Path) -> None:
    beside = ("lags", "paths", "gof", "gof_joint", "forecasts", "calibration", "curve", "curve_test", "influence")
    kept = {name: table for name, table in study.tables.items() if name not in beside}
    bare = replace(study, tables=kept, words={name: study.words[name] for name in ("effects", "within")})
    text = write(bare, tmp_path / "bare.html").read_text("utf-8")
    assert 'id="fit"' not in text
    assert 'id="speed"' not in text
    assert 'id="figure-coefficients"' in text
    assert not {"lags", "paths", "influence", "forecasts"} & set(figures(bare))


def test_the_checklist_reads_the_tables_of_the_study(study: AlliancesStudy) -> None:
    place = Place("cooperation", "downstream")
    found = checklist.outcomes(study, place)
    assert found is not None
    passed = {check.title: outcome.passed for check, outcome in found.items() if outcome is not None}
    rows = study.tables["coefficients"].filter(pl.col("stage") == "downstream")
    whole = rows.filter((pl.col("method") == "mple") & (pl.col("term") == "edgecov.cooperation.lag1")).row(
        0, named=True
    )
    inside = rows.filter(pl.col("term") == "edgecov.cooperation__deviation.lag1")
    assert whole["estimate"] > 0  # planted in the embedded world
    assert set(inside["method"]) == {"mundlak", "mundlak_multiway"}
    assert (inside["estimate"] > 0).all()
    assert passed["Told from noise"] == (whole["p"] <= 0.05)
    assert passed["Within pairs"] == bool((inside["p"] <= 0.05).all())
    assert "By MCMC-MLE" not in passed  # not asked for


def test_an_estimate_that_fails_a_check_says_which(study: AlliancesStudy) -> None:
    turned = study.tables["thresholds"].with_columns(
        estimate=pl.when(pl.col("threshold") == "minimum_kusd = 100").then(-pl.col("estimate")).otherwise("estimate")
    )
    weak = replace(study, tables=dict(study.tables) | {"thresholds": turned})
    before, after = checklist.answer(study), checklist.answer(weak)
    assert not any("turns at some threshold" in line for line in before)
    assert any("turns at some threshold" in line for line in after)


@pytest.mark.parametrize("method", ["mundlak", "mundlak_multiway"])
def test_within_pairs_takes_both_errors(study: AlliancesStudy, method: str) -> None:
    of = pl.col("term") == "edgecov.cooperation__deviation.lag1"
    noisy = pl.when(pl.col("method") == method).then(0.3).otherwise(1e-6)
    for p, passed in ((noisy, False), (pl.lit(1e-6), True)):
        changed = study.tables["coefficients"].with_columns(p=pl.when(of).then(p).otherwise("p"))
        weak = replace(study, tables=dict(study.tables) | {"coefficients": changed})
        found = checklist.outcomes(weak, Place("cooperation", "downstream"))
        assert found is not None
        outcome = {check.title: outcome for check, outcome in found.items()}["Within pairs"]
        assert outcome is not None
        assert outcome.passed == passed


def test_a_method_that_failed_is_not_passed_over(study: AlliancesStudy) -> None:
    stuck = study.tables["models"].with_columns(
        status=pl.when(pl.col("method") == "mundlak").then(pl.lit("degenerate")).otherwise("status")
    )
    said = " ".join(checklist.answer(replace(study, tables=dict(study.tables) | {"models": stuck})))
    assert "checks that could not be made: within pairs" in said
    table = checklist.table(replace(study, tables=dict(study.tables) | {"models": stuck}))
    assert table is not None
    row = next(cells for cells in table.rows if cells[0].text == "Within pairs")
    assert {cell.text for cell in row[1:]} == {"not made (degenerate)"}


def test_what_is_not_told_from_noise_is_said_to_be(study: AlliancesStudy) -> None:
    noisy = study.tables["coefficients"].with_columns(p=pl.lit(0.5))
    said = checklist.answer(replace(study, tables=dict(study.tables) | {"coefficients": noisy}))
    assert len(said) == 2
    assert all("no association with ties that is told from noise" in line for line in said)


def test_years_of_a_remark_are_spans() -> None:
    assert _note("it ends; read in 2002, 2003, 2004, 2006", "") == "it ends; read in 2002–2004, 2006"


def test_figures_are_saved_one_by_one(study: AlliancesStudy, tmp_path: Path) -> None:
    files = save_figures(study, tmp_path, ["svg"])
    assert {file.stem for file in files} == set(figures(study))
    assert "Which stage answers most" in (tmp_path / "sensitivity.svg").read_text("utf-8")
    with pytest.raises(InputError, match="this study bears coefficients"):
        xt.report.figure(study, "map")


def test_a_panel_a_covariate_and_stage(study: AlliancesStudy) -> None:
    assert [(one.covariate, one.stage) for one in places(study)] == [
        (covariate, stage) for covariate in ("cooperation", "conflict") for stage in study.stages
    ]


def test_choices_without_an_alternative_are_not_marked(study: AlliancesStudy) -> None:
    names = {name for name, _ in choices(study, "cooperation")}
    table = study.tables["curve"].filter((pl.col("covariate") == "cooperation") & pl.col("per_sd").is_not_null())
    assert names
    assert all(table[name].n_unique() > 1 for name in names)
    assert shown_choice("threshold", "minimum_kusd = 20", "value_threshold") == "threshold: US$\N{NO-BREAK SPACE}20,000"
    assert shown_choice("threshold", "minimum_share = 0.05", "import_share") == "threshold: 5 % of imports"


def test_an_axis_holds_every_estimate_though_an_interval_runs_out() -> None:
    rows = [Row("a", 0.1, 0.0, 0.2), Row("b", 0.3, 0.2, 0.4), Row("c", 0.2, 0.1, 0.3), Row("d", 0.2, 0.1, 0.3),
            Row("e", 0.25, 0.1, 0.4), Row("f", 0.5, -40.0, 41.0)]  # fmt: skip
    low, high = limits(rows)
    assert low < 0.0 < 0.5 < high
    assert high - low < 5
