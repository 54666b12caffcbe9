"""Every figure listed in `FIGURES`: it draws, says what it shows and where the numbers come from, and leaves gaps."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from xenotime import networks
from xenotime.core import InputError
from xenotime.report import FIGURES, figure, numbers, save, save_figure, save_figures, style, tables
from xenotime.report import map as geometry
from xenotime.report.figures import base, dependence, flow_map, map_words, network, trends
from xenotime.schema import Status
from xenotime.studies import TradeStudy

CHINA, JAPAN = 0, 1


@pytest.fixture(params=list(FIGURES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def words_in(drawn: Figure) -> set[str]:
    return {text.get_text() for text in drawn.findobj(Text)}


def test_each_figure_draws_and_says_what_it_shows(study: TradeStudy, name: str):
    kind = FIGURES[name]
    assert isinstance(kind.draw(study), Figure)
    assert len(kind.alt(study)) > 40
    caption = kind.caption(study)
    assert "Source: Made & <up> V1, observed" in caption
    assert "2023" in caption
    assert "nan" not in (caption + kind.alt(study)).lower().split()


def test_each_figure_says_when_its_numbers_are_reconstructed(study: TradeStudy, name: str):
    assert "Reconstructed, not observed." in FIGURES[name].caption(replace(study, reconstructed=True))


def test_each_figure_bears_a_stage_of_which_nothing_is_known(
    flows: np.ndarray, maker: Callable[..., TradeStudy], name: str
):
    value = flows.copy()
    value[2] = np.nan
    value[0] = np.where(np.isnan(value[0]), np.nan, 0.0)
    one_left = maker(value)
    assert isinstance(FIGURES[name].draw(one_left), Figure)
    assert FIGURES[name].alt(one_left)
    value[1] = np.nan
    nothing = maker(value)
    assert isinstance(FIGURES[name].draw(nothing), Figure)
    assert "Source:" in FIGURES[name].caption(nothing)


@pytest.mark.parametrize("stages", [1, 2])
def test_each_figure_bears_fewer_stages(study: TradeStudy, name: str, stages: int):
    kept = study.stages[-stages:]
    fewer = replace(
        study,
        stages=kept,
        stage_titles=study.stage_titles[-stages:],
        trade=study.trade.sel(stage=list(kept)),
        ties=study.ties.sel(stage=list(kept)),
    )
    assert isinstance(FIGURES[name].draw(fewer), Figure)


def test_a_missing_year_is_a_gap_not_a_zero(study: TradeStudy):
    panel = FIGURES["value"].draw(study).axes[study.stages.index("midstream")]
    x, y = panel.lines[0].get_data()
    assert np.isnan(y[list(x).index(2018)])
    assert np.nanmin(y) > 0
    assert "midstream: 2018, 2019" in FIGURES["value"].caption(study)


def test_a_year_that_the_study_skips_is_a_gap_too(study: TradeStudy):
    kept = [year for year in study.years if year != 2021]
    skipping = replace(study, years=tuple(kept), trade=study.trade.sel(year=kept), ties=study.ties.sel(year=kept))
    x, y = FIGURES["shares"].draw(skipping).axes[2].lines[0].get_data()
    assert np.isnan(y[list(x).index(2021)])


def test_a_year_alone_between_gaps_is_seen(flows: np.ndarray, maker: Callable[..., TradeStudy]):
    value = flows.copy()
    value[1, 3] = value[1, 5] = np.nan
    lines = FIGURES["value"].draw(maker(value)).axes[1].lines
    assert any(line.get_marker() == "o" and 2020 in line.get_xdata() for line in lines)


def test_sums_and_shares_are_those_of_the_flows(study: TradeStudy, flows: np.ndarray):
    last = flows[2, -1]
    assert float(numbers.total(study, "downstream").sel(year=2023)) == pytest.approx(np.nansum(last))
    share = np.nansum(last[CHINA]) / np.nansum(last)
    assert float(numbers.shares(study, "downstream").sel(year=2023, exporter="CHN")) == pytest.approx(share)
    bought = last[CHINA, JAPAN] / np.nansum(last[:, JAPAN])
    found = numbers.import_shares(study, "downstream", 2023).sel(exporter="CHN", importer="JPN")
    assert float(found) == pytest.approx(bought)
    exporter, importer, value = numbers.largest_flows(study, "downstream", 2023, 1)[0]
    assert value == pytest.approx(np.nanmax(last))
    assert float(
        study.trade["value_kusd"].sel(stage="downstream", year=2023, exporter=exporter, importer=importer)
    ) == (pytest.approx(value))


def test_an_indicator_of_countries_is_shown_by_its_median(study: TradeStudy):
    rows = [("upstream", 2016, country, "supplier_hhi", value) for country, value in zip("ABC", (0.1, 0.3, 0.9))]
    more = pl.DataFrame(rows, schema=study.indicators.schema, orient="row")
    found = numbers.indicator(replace(study, indicators=more), "upstream", "supplier_hhi")
    assert found[0] == pytest.approx(0.3)
    assert np.isnan(found[1:]).all()


def test_the_indicators_drawn_and_tabled_are_ones_that_networks_compute():
    drawn = {row[0] for row in (*trends.CONCENTRATION, *trends.STRUCTURE, *tables.YEARLY)}
    assert drawn <= set(networks.INDICATORS)


def test_the_heat_map_adds_up_to_all_imports(study: TradeStudy):
    _, _, share = dependence.grid(study, "downstream", 2023)
    np.testing.assert_allclose(np.nansum(share, axis=1), 1)


def test_every_country_in_a_network_has_a_tie_and_they_are_the_largest(study: TradeStudy):
    ties = network.largest_ties(study, "downstream", 2023)
    drawn = study.ties.sel(stage="downstream", year=2023)
    assert all(bool(drawn.sel(exporter=i, importer=j)) for i, j, _ in ties)
    countries = network.seats(ties)
    assert set(countries) == {iso3 for tie in ties for iso3 in tie[:2]}
    assert 5 < len(countries) <= network.COUNTRIES
    assert len(ties) <= network.TIES
    values = study.trade["value_kusd"].sel(stage="downstream", year=2023).where(drawn)
    assert ties[0][2] == pytest.approx(float(values.max()))
    panel = network.draw(study).axes[2]
    said = {text.get_text() for text in panel.texts}
    assert {numbers.name(iso3) for iso3 in countries} <= said, "names, not codes"
    assert any(text.startswith("$") for text in said), "a key of widths"


def test_no_two_ties_of_a_network_leave_or_arrive_at_one_place(study: TradeStudy):
    ties = network.largest_ties(study, "downstream", 2023)
    seats = network.seats(ties)
    places = {iso3: 2 * np.pi * i / len(seats) for i, iso3 in enumerate(seats)}
    starts, ends = network.fan({tie[:2]: 1.0 for tie in ties}, places)
    assert set(starts) == set(ends) == {tie[:2] for tie in ties}
    used = np.sort([*starts.values(), *ends.values()])
    assert np.diff(used).min() > 1e-3
    for (exporter, importer), angle in starts.items():
        assert abs(angle - places[exporter]) < np.pi / len(seats)
        assert abs(ends[exporter, importer] - places[importer]) < np.pi / len(seats)


def test_the_map_names_the_largest_exporter_with_its_share(study: TradeStudy):
    assert any(text.startswith("China ") and text.endswith("%") for text in words_in(flow_map.draw(study)))


def test_without_shapes_the_map_has_no_coast_and_says_how_to_get_it(study: TradeStudy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(geometry, "SHAPES", ("shapes", "absent.json"))
    geometry.world.cache_clear()
    flow_map.outlines.cache_clear()
    try:
        assert geometry.world() == ()
        drawn = flow_map.draw(study)
        assert not [patch for patch in drawn.axes[0].patches if patch.get_facecolor()[:3] != (1, 1, 1)]
        assert drawn.axes[0].collections[1].get_paths(), "the flows are drawn all the same"
        assert "hatch_build.py" in flow_map.caption(study)
    finally:
        geometry.world.cache_clear()
        flow_map.outlines.cache_clear()


def test_flow_widths_are_proportional_to_value():
    assert map_words.width_of(50, 100) == pytest.approx(map_words.THICKEST / 2)
    assert map_words.key_values(7.3e5) == pytest.approx([5e5, 2e5, 5e4])


def test_figures_of_an_extract_are_marked_and_do_not_speak_of_the_world(extract: TradeStudy, study: TradeStudy):
    for name in ("value", "structure"):
        marked = words_in(FIGURES[name].draw(extract))
        assert any(text.startswith("extract: ") for text in marked)
        assert not any("orld trade" in text for text in marked)
    assert not any(text.startswith("extract: ") for text in words_in(FIGURES["structure"].draw(study)))
    assert "extract: lower bound" in words_in(
        trends.draw_indicator(replace(extract, rule="value_threshold"), "density")
    )
    of_shares = words_in(trends.draw_indicator(extract, "density"))
    assert "extract: ties of large flows" in " ".join(of_shares), "totals miss small flows, so some ties are too many"
    # the fixture has two unknown years of one stage, which have no trade and so take nothing from the world
    for name in ("map", "value", "shares", "network"):
        kind = FIGURES[name]
        assert "world" in kind.caption(study).lower()
        said = kind.caption(extract) + kind.alt(extract)
        assert not re.search(r"world (trade|exports)|World trade", said)
        assert "in the file" in kind.caption(extract)


def test_a_country_that_an_extract_does_not_list_is_hatched_on_the_map(extract: TradeStudy, study: TradeStudy):
    silent = extract.trade["value_kusd"].sel(stage="downstream", year=2023).sum("importer")
    value = extract.trade["value_kusd"].copy()
    value.loc[{"stage": "downstream", "year": 2023, "exporter": "AUS"}] = 0.0
    status = extract.trade["status"].copy()
    status.loc[{"stage": "downstream", "year": 2023, "exporter": "AUS"}] = Status.CUT
    without = replace(extract, trade=extract.trade.assign(value_kusd=value, status=status))
    unknown = flow_map.unlisted(without, "downstream", 2023)
    assert unknown("AUS")
    assert not unknown("CHN")
    assert float(silent.sel(exporter="CHN")) > 0
    assert unknown("BOL"), "not in an extract at all: not listed"
    assert not flow_map.unlisted(study, "downstream", 2023)("BOL"), "in complete data a country without flows has none"
    assert any(patch.get_hatch() for patch in flow_map.draw(without).axes[0].patches)


def test_indicators_have_gaps_where_there_is_no_trade_or_most_pairs_are_unknown(
    flows: np.ndarray, maker: Callable[..., TradeStudy]
):
    value = flows.copy()
    value[1, 2] = np.where(np.isnan(value[1, 2]), np.nan, 0.0)  # no trade at all: a file that was not ingested
    hidden = np.random.default_rng(1).random(value[1, 3].shape) < 0.6
    value[1, 3][hidden] = np.nan
    rows = [("midstream", 2016 + t, None, name, 0.0) for t in range(8) for name in ("average_degree", "export_hhi")]
    study = maker(value)
    study = replace(study, indicators=pl.DataFrame(rows, schema=study.indicators.schema, orient="row"))
    degree = numbers.indicator(study, "midstream", "average_degree")
    assert np.isnan(degree[[2, 3]]).all()
    assert np.isfinite(degree[[0, 1, 4, 5, 6, 7]]).all()
    hhi = numbers.indicator(study, "midstream", "export_hhi")
    assert np.isnan(hhi[2]), "no trade"
    assert np.isfinite(hhi[3]), "values are known, ties are not"
    assert np.isnan(numbers.total(study, "midstream").sel(year=2018))


def test_ticks_of_an_axis_differ(study: TradeStudy):
    for high in (1.0, 0.012, 0.0004, 0.003, 3e-6, 0.25):
        with style.look():
            axes = Figure().add_subplot()
            axes.set_ylim(0, high)
            base.percent_axis(axes)
        ticks = [text.get_text() for text in axes.get_yticklabels()]
        assert len(ticks) == len(set(ticks)) > 1
        assert [float(text.removesuffix(" %").replace(",", "")) for text in ticks] == pytest.approx(
            [100 * tick for tick in axes.get_yticks()]
        )


def test_a_study_of_one_stage_titles_panels_with_its_goods(one_stage: TradeStudy):
    for name in ("value", "shares", "network", "dependence", "concentration", "structure"):
        said = words_in(FIGURES[name].draw(one_stage))
        assert not any("Downstream" in text for text in said), name
    assert any(text.startswith("Permanent magnets") for text in words_in(FIGURES["value"].draw(one_stage)))


def test_path_length_stands_beside_the_share_of_pairs_with_a_path():
    drawn = [row[0] for row in trends.STRUCTURE]
    assert drawn.index("reachable_share") == drawn.index("average_path_length") + 1
    tabled = [row[0] for row in tables.YEARLY]
    assert tabled.index("reachable_share") == tabled.index("average_path_length") + 1


def test_names_on_the_map_are_close_to_their_dots_or_tied_to_them(study: TradeStudy):
    axes = flow_map.draw(study).axes[0]
    unit = np.ptp(axes.get_xlim()) / (style.WIDTH * 72)
    dots = np.array([c.get_offsets()[0] for c in axes.collections if len(c.get_offsets()) == 1 and c.get_zorder() == 4])
    named = list(axes.texts)
    assert len(dots) == len(named) > 8, "a dot without a name, or a name without a dot"
    places = np.array([text.get_position() for text in named])
    reach = np.linalg.norm(places - dots, axis=1) / unit
    assert reach.max() < 110
    assert len(axes.lines) <= len(named)


def test_labels_at_the_ends_of_lines_do_not_touch(study: TradeStudy):
    drawn = FIGURES["shares"].draw(study)
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    for panel in drawn.axes:
        boxes = [Text.get_window_extent(text, canvas.get_renderer()) for text in panel.texts]
        heights = sorted((box.y0 + box.y1) / 2 for box in boxes)
        assert np.all(np.diff(heights) > style.SMALL * drawn.dpi / 72)


def test_a_country_has_one_colour_whatever_the_study_holds():
    assert style.country_colour("CHN") == style.VERMILION
    assert style.country_colour("HKG") == style.OTHER
    colours = list(style.COUNTRY_COLOURS.values())
    assert len(colours) >= 20
    assert style.OTHER not in colours
    apart = np.array([np.array(mpl.colors.to_rgb(c)) for c in colours])
    gaps = np.linalg.norm(apart[:, None] - apart[None], axis=2) + np.eye(len(colours))
    assert gaps.min() > 0.12, "two countries in what is nearly one colour"


def test_stages_have_their_own_colour():
    assert style.stage_colours(["downstream", "other"])["downstream"] == style.BLUE
    many = style.stage_colours([f"step_{i:02}" for i in range(30)])
    assert list(many.values()).count(style.OTHER) > 10


def test_lines_of_countries_without_a_colour_differ_by_their_dashes():
    looks = trends.line_looks(["CHN", "LAO", "NGA", "KAZ"])
    assert looks["CHN"] == (style.VERMILION, "solid")
    assert len({str(dashes) for _, dashes in looks.values()}) == 4


def test_a_figure_saved_alone_says_what_it_is_and_where_it_comes_from(study: TradeStudy, tmp_path: Path):
    for name, years in (("map", "2023"), ("concentration", "2016–2023")):
        text = save_figure(study, name, tmp_path / f"{name}.svg").read_text("utf-8")
        assert "Source: Made &amp; &lt;up&gt; V1" in text
        assert f"observed; {years}." in text
        assert f">{FIGURES[name].title}. Rare earths: " in text
        assert f"permanent magnets, {years}<" in text


def test_all_figures_the_study_bears_are_saved(one_year: TradeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(save.style, "encode", lambda figure, kind, **options: kind.encode())
    files = save_figures(one_year, tmp_path / "figures", ["svg", "pdf"])
    borne = [name for name, kind in FIGURES.items() if kind.least_years == 1]
    assert [file.name for file in files] == [f"{name}.{kind}" for name in borne for kind in ("svg", "pdf")]


def test_any_indicator_of_the_study_can_be_drawn_as_a_trend(study: TradeStudy, tmp_path: Path):
    rows = [("downstream", year, None, "my_own_measure", 2.0 + year - 2016) for year in study.years]
    more = pl.DataFrame(rows, schema=study.indicators.schema, orient="row")
    mine = replace(study, indicators=pl.concat([study.indicators, more]))
    (panel,) = figure(mine, "my_own_measure").axes
    np.testing.assert_allclose(panel.lines[0].get_ydata(), np.arange(2.0, 10.0))
    assert save_figure(mine, "my_own_measure", tmp_path / "mine.svg").is_file()


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_saved_bytes_are_the_same_each_time(study: TradeStudy, tmp_path: Path, kind: str, magic: bytes):
    one, two = (save_figure(study, "density", tmp_path / f"{i}.{kind}").read_bytes() for i in (1, 2))
    assert one.startswith(magic)
    assert one == two


def test_numbers_in_an_svg_are_not_shortened():
    with style.look():
        drawn = Figure()
        drawn.text(0.123456, 0.5, "0.123456 of $5 and $7")
    svg = style.encode(drawn, "svg").decode()
    assert "0.123456 of $5 and $7" in svg
    assert "DejaVu Sans', sans-serif" in svg


def test_asking_wrongly_is_told(study: TradeStudy, one_year: TradeStudy, tmp_path: Path):
    with pytest.raises(InputError, match="unknown figure 'pie'"):
        figure(study, "pie")
    with pytest.raises(InputError, match="unknown format 'gif'"):
        save_figure(study, "map", tmp_path / "map.gif")
    with pytest.raises(InputError, match="needs 2 years"):
        figure(one_year, "value")
    assert isinstance(figure(one_year, "dependence"), Figure)
