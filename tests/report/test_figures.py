"""Every figure listed in `FIGURES`: it draws, says what it shows and where the numbers come from, and leaves gaps."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from xenotime import networks
from xenotime.core import InputError
from xenotime.report import FIGURES, figure, numbers, save_figure, save_figures, style, tables
from xenotime.report import map as geometry
from xenotime.report.figures import dependence, flow_map, network, trends
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
    assert np.isnan(y[list(x).index(2010)])
    assert np.nanmin(y) > 0
    assert "midstream: 2010, 2011" in FIGURES["value"].caption(study)


def test_a_year_that_the_study_skips_is_a_gap_too(study: TradeStudy):
    kept = [year for year in study.years if year != 2015]
    skipping = replace(study, years=tuple(kept), trade=study.trade.sel(year=kept), ties=study.ties.sel(year=kept))
    x, y = FIGURES["shares"].draw(skipping).axes[2].lines[0].get_data()
    assert np.isnan(y[list(x).index(2015)])


def test_a_year_alone_between_gaps_is_seen(flows: np.ndarray, maker: Callable[..., TradeStudy]):
    value = flows.copy()
    value[1, 3] = value[1, 5] = np.nan
    lines = FIGURES["value"].draw(maker(value)).axes[1].lines
    assert any(line.get_marker() == "o" and 2009 in line.get_xdata() for line in lines)


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
    rows = [("upstream", 2005, country, "supplier_hhi", value) for country, value in zip("ABC", (0.1, 0.3, 0.9))]
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


def test_a_country_keeps_its_place_in_all_panels_of_the_network(study: TradeStudy):
    panels = network.draw(study).axes
    places = [{t.get_text(): t.get_position() for t in panel.texts} for panel in panels]
    assert len(places[0]) == network.COUNTRIES
    assert places[0] == places[1] == places[2]


def test_the_map_names_the_largest_exporter_with_its_share(study: TradeStudy):
    assert any(text.startswith("China ") and text.endswith("%") for text in words_in(flow_map.draw(study)))


def test_without_shapes_the_map_has_no_coast_and_says_how_to_get_it(study: TradeStudy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(geometry, "SHAPES", ("shapes", "absent.json"))
    geometry.world.cache_clear()
    try:
        assert geometry.world() == ()
        drawn = flow_map.draw(study)
        assert not [patch for patch in drawn.axes[0].patches if patch.get_facecolor()[:3] != (1, 1, 1)]
        assert drawn.axes[0].collections[1].get_paths(), "the flows are drawn all the same"
        assert "hatch_build.py" in flow_map.caption(study)
    finally:
        geometry.world.cache_clear()


def test_flow_widths_are_proportional_to_value():
    assert flow_map.width_of(50, 100) == pytest.approx(flow_map.THICKEST / 2)
    assert flow_map.key_values(7.3e5) == pytest.approx([5e5, 2e5, 5e4])


def test_labels_at_the_ends_of_lines_do_not_touch(study: TradeStudy):
    drawn = FIGURES["shares"].draw(study)
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    for panel in drawn.axes:
        boxes = [Text.get_window_extent(text, canvas.get_renderer()) for text in panel.texts]
        heights = sorted((box.y0 + box.y1) / 2 for box in boxes)
        assert np.all(np.diff(heights) > style.SMALL * drawn.dpi / 72)


def test_colours_are_one_a_name_while_they_last():
    found = style.country_colours(["MMR", "CHN", "KOR", "FRA"])
    assert found["CHN"] == style.VERMILION
    assert len(set(found.values())) == 4
    many = style.country_colours([f"X{i:02}" for i in range(30)])
    assert list(many.values()).count(style.OTHER) > 10
    assert style.stage_colours(["downstream", "other"])["downstream"] == style.BLUE


def test_figures_are_saved_with_their_source(study: TradeStudy, tmp_path: Path):
    files = save_figures(study, tmp_path / "figures", ["svg"])
    assert [file.name for file in files] == [f"{name}.svg" for name in FIGURES]
    assert all("Source: Made &amp; &lt;up&gt; V1" in file.read_text("utf-8") for file in files)


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_saved_bytes_are_the_same_each_time(study: TradeStudy, tmp_path: Path, kind: str, magic: bytes):
    one, two = (save_figure(study, "value", tmp_path / f"{i}.{kind}").read_bytes() for i in (1, 2))
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
