"""The shape study on the embedded world: its tables recounted, its words held to them, its folder read back."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import xenotime as xt
from xenotime.core import InputError
from xenotime.studies import ShapeSettings, ShapeStudy
from xenotime.studies.shape.measures import last_years


def test_a_study_holds_every_chapter_of_every_stage(shape_study: ShapeStudy) -> None:
    assert shape_study.stages == ("upstream", "midstream", "downstream")
    for chapter, by_stage in shape_study.words.items():
        assert tuple(by_stage) == shape_study.stages, chapter
        assert all(sentences and all(s.strip() for s in sentences) for sentences in by_stage.values()), chapter
    assert shape_study.headline.startswith("Reconstructed, not observed")
    assert any("Reconstructed" in caveat for caveat in shape_study.caveats)


def test_shares_of_communities_add_up_in_the_cube(shape_study: ShapeStudy) -> None:
    flows = shape_study.networks.trade["value_kusd"].sel(stage="downstream", year=2021)
    china = float(flows.sel(exporter="CHN").sum() + flows.sel(importer="CHN").sum())
    held = shape_study.communities.members.filter(
        (pl.col("stage") == "downstream") & (pl.col("year") == 2021) & (pl.col("country") == "CHN")
    )
    assert held["value_kusd"][0] == pytest.approx(china)


def test_within_share_is_what_a_plain_count_gives(shape_study: ShapeStudy) -> None:
    region = dict(xt.reference.countries().select("iso3", "region").iter_rows())
    flows = shape_study.networks.trade["value_kusd"].sel(stage="midstream", year=2020).fillna(0).to_pandas()
    inside = sum(
        value
        for i, row in flows.iterrows()
        for j, value in row.items()
        if region.get(i) and region.get(i) == region.get(j)
    )
    found = shape_study.tables["regionalisation"].filter(
        (pl.col("by") == "region") & (pl.col("measure") == "within_share") & (pl.col("stage") == "midstream")
        & (pl.col("year") == 2020)
    )  # fmt: skip
    assert found["value"][0] == pytest.approx(inside / flows.to_numpy().sum())
    assert found["null_mean"][0] is not None


def test_shares_of_carriers_sum_to_all_arrivals(shape_study: ShapeStudy) -> None:
    sums = (
        shape_study.tables["mediation"]
        .drop_nulls("carried_share")
        .group_by("stage", "year")
        .agg(pl.col("carried_share").sum())
    )
    assert len(sums) > 8
    np.testing.assert_allclose(sums["carried_share"].to_numpy(), 1.0)


def test_a_trend_is_told_only_where_both_tests_reject(shape_study: ShapeStudy) -> None:
    trends = shape_study.tables["trends"].filter(pl.col("trend").is_not_null())
    assert len(trends) > 0
    for row in trends.iter_rows(named=True):
        both = row["p"] < 0.05 and row["mk_p"] < 0.05 and row["slope"] * row["sen_slope"] > 0
        assert (row["trend"] != "none told from noise") == both
    said = " ".join(s for by_stage in (shape_study.words["noise"], shape_study.words["regions"])
                    for lines in by_stage.values() for s in lines)  # fmt: skip
    quiet = trends.filter(
        (pl.col("trend") == "none told from noise")
        & pl.col("measure").is_in(["modularity", "within_share", "mean_distance"])
    )
    assert said.count("no trend that is told from noise") == len(quiet)


def test_a_crisis_upstream_reaches_magnets(shape_study: ShapeStudy) -> None:
    table = shape_study.tables["chain_crisis"].filter(
        (pl.col("seed_stage") == "upstream") & (pl.col("threshold") == 0.3)
    )
    worst = table.filter(pl.col("stage") == "downstream").sort(["lost_share", "country"], descending=[True, False])
    assert worst["lost_share"][0] > 0
    (sentence,) = shape_study.words["crisis"]["upstream"][1:]
    name = xt.reference.country_names()[worst["country"][0]]
    assert name in sentence
    assert "downstream trade at a threshold of 30 %" in sentence
    assert len(shape_study.words["crisis"]["downstream"]) == 1


def test_the_same_seed_gives_the_same_study(quick: ShapeSettings) -> None:
    one, two = (xt.studies.shape(xt.demo_store(), years=[2019, 2020], settings=quick) for _ in range(2))
    assert one.words == two.words
    assert all(one.tables[name].equals(two.tables[name]) for name in one.tables)


def test_a_study_of_one_year_says_so(quick: ShapeSettings) -> None:
    study = xt.studies.shape(xt.demo_store(), years=2020, settings=quick)
    assert "The years are too few to tell a trend." in study.words["regions"]["downstream"][0]
    assert not any("tested for a trend" in caveat for caveat in study.caveats)
    assert set(last_years(study.networks.trade).values()) == {2020}


def test_a_saved_study_comes_back(shape_study: ShapeStudy, tmp_path: Path) -> None:
    xt.studies.save(shape_study, tmp_path)
    again = xt.studies.load(tmp_path)
    assert isinstance(again, ShapeStudy)
    assert (again.words, again.findings, again.caveats) == (
        shape_study.words,
        shape_study.findings,
        shape_study.caveats,
    )
    assert again.settings == shape_study.settings
    assert again.communities.attrs == dict(shape_study.communities.attrs)
    assert again.communities.members.equals(shape_study.communities.members)
    assert all(again.tables[name].equals(table) for name, table in shape_study.tables.items())


def test_a_folder_of_mixed_studies_is_refused(shape_study: ShapeStudy, tmp_path: Path) -> None:
    xt.studies.save(shape_study, tmp_path)
    (tmp_path / "tables" / "crisis.parquet").unlink()
    with pytest.raises(InputError, match=r"tables/crisis\.parquet missing"):
        xt.studies.load(tmp_path)
    words = json.loads((tmp_path / "study.json").read_text("utf-8"))
    (tmp_path / "study.json").write_text(json.dumps({**words, "study": "weather"}), "utf-8")
    with pytest.raises(InputError, match="weather"):
        xt.studies.load(tmp_path)


def test_a_trade_study_saved_over_it_is_a_trade_study(shape_study: ShapeStudy, tmp_path: Path) -> None:
    xt.studies.save(shape_study, tmp_path)
    xt.studies.save(shape_study.networks, tmp_path)
    assert type(xt.studies.load(tmp_path)) is xt.studies.TradeStudy


def test_settings_are_checked() -> None:
    with pytest.raises(InputError, match="nulls"):
        ShapeSettings.read(nulls=1)
    with pytest.raises(InputError, match="thresholds"):
        ShapeSettings.read(thresholds=[-0.1])
    with pytest.raises(InputError, match="no group or bloc"):
        xt.studies.shape(
            xt.demo_store(), years=[2020], settings=ShapeSettings.read(blocs=["EUU"], runs=1, noisy_runs=1)
        )


def test_the_headline_calls_communities_clear_only_where_luck_does_not_give_as_many_years(
    shape_study: ShapeStudy,
) -> None:
    rows = shape_study.tables["regionalisation"].filter(
        (pl.col("by") == "community") & (pl.col("stage") == "downstream")
    )
    # Of 9 draws p is never at the level, so nothing may be called clear.
    assert rows["p"].min() >= 0.1
    assert "not told from what countries' sizes alone would give" in shape_study.headline
