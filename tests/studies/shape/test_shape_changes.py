"""Before and after in the shape study: rows are those of `compare`, words are those of rows."""

import polars as pl
import pytest

import xenotime as xt
from xenotime.core import InputError
from xenotime.networks import compare, reporting_noise
from xenotime.studies import ShapeSettings, ShapeStudy
from xenotime.studies.shape.changes import MAIN, changes, main_rows, sentences
from xenotime.studies.shape.study import _rule_of

QUIET = {"source": None, "version": None, "hs_version": None}


def test_rows_are_those_of_compare_of_the_first_and_last_year(shape_study: ShapeStudy, quick: ShapeSettings):
    cube = shape_study.networks.trade
    before, after = (
        reporting_noise(cube.sel(year=[year]), quick.noise_draws, quick.reporting_error, seed)
        for year, seed in ((2014, quick.seed), (2021, quick.seed + 1))
    )
    own = compare(before, after, ["export_hhi", "regions"])
    for indicator in ("export_hhi", "regions.within_share"):
        rows = shape_study.tables["changes"].filter(indicator=indicator)
        assert rows.equals(own.filter(indicator=indicator))
    assert set(shape_study.tables["changes"]["year_before"]) == {2014}
    assert set(shape_study.tables["changes"]["year_after"]) == {2021}


def test_every_stage_has_words_and_the_figures_in_them_are_in_the_rows(shape_study: ShapeStudy):
    for stage in shape_study.stages:
        rows = main_rows(shape_study.tables["changes"], stage)
        said = " ".join(shape_study.words["changes"][stage])
        assert "From 2014 to 2021" in said
        words, written = MAIN["export_hhi"]
        row = rows["export_hhi"]
        if row["more_than_noise"]:
            assert f"{words} {'rises' if row['change'] > 0 else 'falls'} from {written(row['before'])}" in said
        else:
            assert words in said.split("Not told from noise")[1]


def made(**rows: tuple[float, float, bool]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "stage": "downstream", "indicator": indicator, "country": None, "detail": None, "year_before": 2010,
                "year_after": 2020, "before": before, "after": after, "change": after - before,
                "more_than_noise": sure,
            }
            for indicator, (before, after, sure) in rows.items()
        ],
        schema_overrides={"country": pl.String, "detail": pl.String},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("regions", "communities", "verdict"),
    [
        ((0.5, 0.6, True), (0.5, 0.6, True), "becomes more regional: trade within continents rises from 50 % to 60 %"),
        ((0.5, 0.4, True), (0.5, 0.6, False), "becomes more global: trade within continents falls from 50 % to 40 %, "),
        ((0.5, 0.6, True), (0.5, 0.4, True), "is mixed: trade within continents rises"),
        ((0.5, 0.6, False), (0.5, 0.6, False), "becomes neither more regional nor more global"),
    ],
)
def test_regional_or_global_is_said_of_what_is_more_than_noise(regions, communities, verdict, quick):
    table = made(**{"regions.within_share": regions, "communities.within_share": communities})
    asked = quick.model_copy(update={"scenario": "china_export_tax_25"})
    said = sentences(table, "downstream", asked)[0]
    assert said.startswith(f"Under the scenario china_export_tax_25 on trade of 2010 trade {verdict}")


def test_communities_found_in_the_first_of_two_years_do_not_call_trade_global(quick):
    table = made(**{"regions.within_share": (0.5, 0.6, False), "communities.within_share": (0.5, 0.25, True)})
    said = sentences(table, "downstream", quick)
    assert said[0].startswith("From 2010 to 2020 trade becomes neither more regional nor more global")
    assert "trade within the communities of before falls from 50 % to 25 %" in said[1]


def test_a_change_too_small_for_the_figures_is_told_in_points(quick):
    table = made(**{"regions.within_share": (0.5, 0.502, True)})
    assert "rises from 50 % by 0.2 points" in sentences(table, "downstream", quick)[0]


def test_one_year_has_nothing_to_compare(shape_study: ShapeStudy, quick: ShapeSettings):
    cube = shape_study.networks.trade.sel(year=[2020])
    found = changes(cube, _rule_of(shape_study.networks), quick, xt.demo_store(), QUIET)
    assert found.is_empty()
    assert found.schema == shape_study.tables["changes"].schema
    assert "nothing to compare" in sentences(found, "downstream", quick)[0]


def test_two_years_or_a_scenario_can_be_asked_for(shape_study: ShapeStudy, quick: ShapeSettings):
    cube, rule = shape_study.networks.trade, _rule_of(shape_study.networks)
    asked = quick.model_copy(update={"between": (2015, 2018)})
    found = changes(cube, rule, asked, xt.demo_store(), QUIET)
    assert found.select("year_before", "year_after").unique().rows() == [(2015, 2018)]
    with pytest.raises(InputError, match="no trade of every stage in 1990"):
        changes(cube, rule, quick.model_copy(update={"between": (1990, 2018)}), xt.demo_store(), QUIET)
    scenario = quick.model_copy(update={"scenario": "china_export_tax_25"})
    found = changes(cube, rule, scenario, xt.demo_store(), QUIET)
    assert set(found["stage"]) == {"downstream"}
    assert sentences(found, "downstream", scenario)[0].startswith("Under the scenario china_export_tax_25 on trade of")
    assert "another stage" in sentences(found, "midstream", scenario)[0]


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(InputError, match="both USA"):
        ShapeSettings.read(origin="USA", destination="USA")
    with pytest.raises(InputError, match="two comparisons"):
        ShapeSettings.read(between=(2010, 2020), scenario="china_export_tax_25")
    with pytest.raises(InputError, match="earlier year, then a later"):
        ShapeSettings.read(between=(2020, 2010))
