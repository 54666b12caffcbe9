"""The page of the shape study: self-contained, every figure there and described, one year and one stage borne."""

import re
from pathlib import Path

import pytest

import xenotime as xt
from xenotime.core import InputError
from xenotime.report import save_figures, write
from xenotime.report.shape.figures import figures
from xenotime.report.shape.page import CHAPTERS, chapters, render
from xenotime.studies import ShapeSettings, ShapeStudy

QUICK = {"runs": 4, "noisy_runs": 2, "nulls": 5, "draws": 2, "permutations": 19, "traders": 15}


@pytest.fixture(scope="module")
def study() -> ShapeStudy:
    return xt.studies.shape(xt.demo_store(), years=range(2012, 2022), settings=ShapeSettings.read(**QUICK))


@pytest.fixture(scope="module")
def page(study: ShapeStudy) -> str:
    return render(study)


def test_the_page_loads_nothing_and_runs_nothing(page: str) -> None:
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)


def test_every_chapter_stands_with_its_sentences(study: ShapeStudy, page: str) -> None:
    for name, title, _, _ in CHAPTERS:
        assert f'<section id="{name}">' in page
        assert f"<h2>{title}</h2>" in page
    assert "Reconstructed, not observed." in page
    for finding in study.findings:
        assert re.sub(r"\W+", "", finding)[:40] in re.sub(r"\W+", "", re.sub(r"<[^>]+>|&#39;|&nbsp;", "", page))


def test_every_figure_is_on_the_page_once_in_order_and_described(study: ShapeStudy, page: str) -> None:
    shown = re.findall(r'<figure id="figure-([a-z_]+)">', page)
    assert sorted(shown) == sorted(figures(study))
    assert [int(n) for n in re.findall(r"<b>Figure (\d+)\.</b>", page)] == list(range(1, len(shown) + 1))
    for chapter in chapters(study):
        for picture in chapter.pictures:
            assert picture.alt
            assert "Source: " in picture.caption


def test_the_same_study_gives_the_same_bytes(study: ShapeStudy, page: str) -> None:
    assert render(study) == page


def test_one_year_has_no_courses(tmp_path: Path) -> None:
    one = xt.studies.shape(xt.demo_store(), years=2020, settings=ShapeSettings.read(**QUICK))
    assert set(figures(one)) == {"attack", "crisis", "chain"}
    text = write(one, tmp_path / "one.html").read_text("utf-8")
    assert "The study holds one year" in text
    assert {file.stem for file in save_figures(one, tmp_path, ["png"])} == {"attack", "crisis", "chain"}
    with pytest.raises(InputError, match="this study bears attack"):
        xt.report.figure(one, "regions")
