"""`xenotime estimate`: a formula on a store, for people and machines."""

import json

import pytest

from xenotime import studies
from xenotime.cli import main
from xenotime.pipeline import demo_world
from xenotime.pipeline.world.demo import pieces
from xenotime.store import open_store, writer

FORMULA = "edges + edgecov('cooperation', lag=1) + memory('stability')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("estimate") / "store"
    with writer(place) as into:
        for piece in pieces(demo_world(1, countries=25, years=range(2010, 2015), stages=["downstream"])):
            into.put(piece)
    return place


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


def test_estimate_prints_what_the_function_finds(capsys, folder, tmp_path):
    code, out, err = run(capsys, "estimate", FORMULA, "--store", folder, "--json", "--out", tmp_path / "fit")
    assert code == 0, err
    told = json.loads(out)
    fit = studies.estimate(open_store(folder), FORMULA).fit
    assert {row["term"]: row["estimate"] for row in told["coefficients"]} == pytest.approx(fit.params)
    assert (told["status"], told["stage"], told["reconstructed"]) == ("converged", "downstream", True)
    assert told["provenance"][0]["kind"] == "reconstructed"
    assert (tmp_path / "fit" / "table.md").is_file()
    code, words, _ = run(capsys, "estimate", FORMULA, "--store", folder, "--years", "2011-2014")
    assert code == 0
    assert "3 year(s) (2012–2014)" in words


def test_what_is_asked_wrongly_is_said(capsys, folder):
    code, _, err = run(capsys, "estimate", "edges + edgecov('friendship')", "--store", folder)
    assert code == 2
    assert "friendship" in err
    assert "cooperation" in err


def test_covariates_are_listed(capsys):
    listed = json.loads(run(capsys, "terms", "--covariates", "--json")[1])
    assert {"covariate": "log_distance", "of": "pair"}.items() <= next(
        row for row in listed if row["covariate"] == "log_distance"
    ).items()
    assert "defence_pact" in run(capsys, "terms", "--covariates")[1]
