"""The alliances study on real magnet trade: two studies, since the covariates barely meet.

Figures are from the first run (2026-11-22) and are held to what another machine's arithmetic may change. Nothing here
compares with the tables of Liu et al. 2025, which are not public in a readable form.
"""

import runpy
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from xenotime.store import open_store
from xenotime.studies import AlliancesSettings, alliances

pytestmark = pytest.mark.slow
#: What takes long and is tested on the embedded world: left out here.
SHORT = {"total_draws": 0, "gof": 0, "permutations": 0, "paths": 0, "bootstrap": 0}


@pytest.fixture(scope="module")
def magnets(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("magnets") / "store"
    script = Path(__file__).parents[2] / "examples" / "magnets_store.py"
    asked, sys.argv = sys.argv, [str(script), "--data", str(real_data), "--store", str(folder)]
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.argv = asked
    return open_store(folder)


@pytest.fixture(scope="module")
def treaties(magnets):
    return alliances(magnets, settings=AlliancesSettings.read("alliances_2002_2018", **SHORT))


@pytest.fixture(scope="module")
def events(magnets):
    return alliances(magnets, settings=AlliancesSettings.read("alliances_2019_2024", **SHORT))


@pytest.mark.parametrize("study", ["treaties", "events"])
def test_headline_and_mcmle_converge(study, request):
    models = request.getfixturevalue(study).tables["models"]
    for method in ("mple", "mcmle", "sender_receiver"):
        assert models.filter(method=method)["status"].to_list() == ["converged"], method


def test_what_is_carried_is_declared(treaties, events):
    frozen = treaties.tables["coverage"].filter(pl.col("carried").list.len() > 0)
    assert frozen.select("covariate", "last").rows() == [("dispute", 2014)]
    assert any("Militarised dispute is frozen at 2014" in caveat for caveat in treaties.caveats)
    frozen = dict(events.tables["coverage"].filter(pl.col("carried").list.len() > 0).select("covariate", "last").rows())
    assert frozen == {"defence_pact": 2018, "rivalry": 2020, "ideal_distance": 2019}


def test_every_country_of_the_extract_is_in_or_has_a_reason(treaties, events):
    for study in (treaties, events):
        nodes = study.tables["nodes"]
        assert set(nodes["country"]) == {str(name) for name in study.networks.trade["exporter"].values}
        assert nodes.filter(~pl.col("used"))["reason"].null_count() == 0


def test_years_are_those_of_the_issue(treaties, events):
    assert treaties.fits["downstream"].model.years == tuple(range(2003, 2019))
    assert events.fits["downstream"].model.years == tuple(range(2019, 2025))
    assert "periods" not in events.tables


def test_gdelt_is_the_file_per_observed_day(events, real_data):
    frame = pl.read_csv(real_data / "events" / "gdelt2_dyad_year_2018_2024.csv.gz")
    row = frame.filter(year=2019, iso3_a="CHN", iso3_b="USA")
    by_hand = np.log1p(row["pos_day_sum"][0] / row["days_observed"][0])
    panel = events.fits["downstream"].model.panel
    at = (panel.index(2019), panel.nodes.index("CHN"), panel.nodes.index("USA"))
    assert panel.dyad_values("cooperation")[at] == pytest.approx(by_hand)


def test_pacts_are_an_association_of_pairs(treaties):
    rows = treaties.tables["coefficients"].filter(pl.col("term").str.contains("defence_pact"))
    whole = rows.filter(method="mple").row(0, named=True)
    within = rows.filter(pl.col("term").str.contains("__deviation")).row(0, named=True)
    assert whole["p"] < 0.05
    assert within["p"] > 0.05
    assert not any("defence pact the estimate survives" in line for line in treaties.words["within"]["downstream"])


def test_pacts_are_not_told_from_noise_once_pairs_of_one_country_hang_together(treaties, events):
    rows = {row["method"]: row for row in treaties.tables["coefficients"].filter(
        pl.col("term") == "edgecov.defence_pact.lag1"
    ).iter_rows(named=True)}  # fmt: skip
    assert rows["mple"]["p"] < 0.05 < rows["multiway"]["p"]
    assert "defence pact is not told from noise once pairs of one country" in treaties.headline
    assert "cooperation goes with more ties" in events.headline


def test_cooperation_does_not_hang_on_the_volume_of_the_media(magnets):
    asked = AlliancesSettings.read("alliances_2019_2024", **(SHORT | {"permutations": 19, "mcmle": False}))
    curve = alliances(magnets, settings=asked).tables["curve"].filter(covariate="cooperation")
    assert curve["media"].n_unique() == 3
    assert curve.height == 24
    assert (curve["low"] > 0).all()


def test_countries_enter_and_the_fits_still_converge(magnets):
    study = alliances(magnets, settings=AlliancesSettings.read("alliances_2002_2018", **SHORT, entry=True))
    panel = study.fits["downstream"].model.panel
    serbia = panel.exists[:, panel.nodes.index("SRB")]
    assert [year for year, there in zip(panel.years, serbia, strict=True) if not there] == [2002, 2003, 2004, 2005]
    models = study.tables["models"]
    assert models.filter(method="mcmle")["status"].to_list() == ["converged"]


def test_claims_about_midstream_cannot_be_judged_from_magnets(treaties, events):
    for study in (treaties, events):
        verdicts = dict(study.tables["claims"].select("claim", "verdict").rows())
        assert verdicts["midstream and conflict"] == verdicts["conflict centrality"] == "cannot judge"
