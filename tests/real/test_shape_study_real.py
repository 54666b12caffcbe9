"""The shape study on real magnets 2002–2024: its story, told from the file itself."""

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import xenotime as xt
from xenotime.studies import ShapeStudy

MAGNETS = "trade/baci_850511_magnets_2002_2024_top.csv"


@pytest.fixture(scope="module")
def written(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[ShapeStudy, str]:
    """Return the study and its page."""
    folder = tmp_path_factory.mktemp("magnets")
    xt.ingest(folder / "store", [real_data / MAGNETS], source="table", mapping="baci_extract")
    study = xt.studies.shape(xt.open_store(folder / "store"))
    page = xt.report.write(study, folder / "shape.html").read_text("utf-8")
    return study, page


@pytest.fixture(scope="module")
def study(written: tuple[ShapeStudy, str]) -> ShapeStudy:
    return written[0]


def test_the_page_draws_the_history_of_the_communities(written: tuple[ShapeStudy, str]) -> None:
    assert '<figure id="figure-communities_downstream">' in written[1]


def test_the_story_names_the_merge_of_north_america_into_chinas_community(study: ShapeStudy) -> None:
    story = " ".join(study.words["communities"]["downstream"])
    assert "2006: the community of the United States merges into that of China" in story
    assert "Viet Nam from that of China to that of Japan" in story
    assert study.headline.startswith("Trade in permanent magnets falls into 3 communities, one about China (53 %)")


def test_modularity_is_not_told_from_noise_and_continents_are(study: ShapeStudy) -> None:
    (noise,) = study.words["noise"]["downstream"]
    assert "not told from noise" in noise
    assert "not told from what countries' sizes alone would give" in study.headline
    assert "of 23 years by more than noise" in study.words["regions"]["downstream"][0]


def test_direct_trade_from_china_to_the_united_states_is_that_of_the_file(study: ShapeStudy, real_data: Path) -> None:
    file = pd.read_csv(real_data / MAGNETS, dtype=str)
    ours = study.tables["mediation"].filter((pl.col("year") == 2024) & (pl.col("country") == "CHN"))["carried_kusd"][0]
    rows = file[(file["year"] == "2024") & (file["exporter_iso2"] == "CN") & (file["importer_iso2"] == "US")]
    assert ours == pytest.approx(rows["value_usd"].astype(float).sum() / 1000)


def test_the_extract_is_said_to_hide_small_carriers(study: ShapeStudy) -> None:
    assert any("small carriers as zero" in caveat for caveat in study.caveats)
