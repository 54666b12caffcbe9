"""The alluvial figure: blocks as high as shares, ribbons that carry every country that trades in both years."""

import numpy as np
import polars as pl
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Annotation

from xenotime.core import InputError, generator
from xenotime.networks import Communities, communities
from xenotime.report.figures.alluvial import alluvial
from xenotime.schema import CUBE_AXES

COUNTRIES = ["CHN", "JPN", "USA", "DEU", "KOR", "VNM", "MYS", "AUS", "THA", "PHL", "IND", "MEX", "FRA", "GBR"]


@pytest.fixture(scope="module")
def found() -> Communities:
    """Two stages, twelve years; one of the countries trades in some years only."""
    random = generator(1, "alluvial")
    n = len(COUNTRIES)
    value = random.lognormal(5, 1, (2, 12, n, n)) * (random.random((2, 12, n, n)) < 0.3)
    value[:, :, 0] *= 20  # China exports most
    value[:, ::3, -1], value[:, ::3, :, -1] = 0, 0
    value[..., np.eye(n, dtype=bool)] = np.nan
    axes = {"stage": ["midstream", "downstream"], "year": list(range(2005, 2017))}
    trade = xr.Dataset(
        {"value_kusd": (CUBE_AXES, value)}, coords={**axes, "exporter": COUNTRIES, "importer": COUNTRIES}
    )
    return communities(trade, runs=5)


def heights(figure, kind) -> list[float]:
    axes = figure.axes[0]
    patches = [patch for patch in axes.patches if type(patch) is kind]
    if kind is Rectangle:
        return [patch.get_height() for patch in patches]
    vertices = [patch.get_path().vertices for patch in patches]
    return [float(v[7, 1] - v[0, 1]) for v in vertices]


def test_blocks_and_ribbons_conserve_shares(found: Communities):
    years = (2010, 2011, 2012)
    figure = alluvial(found, "downstream", years)
    assert sum(heights(figure, Rectangle)) == pytest.approx(3)
    wanted = 0.0
    for year in years[:-1]:
        now = found.members.filter(pl.col("stage") == "downstream", pl.col("year") == year)
        then = found.members.filter(pl.col("stage") == "downstream", pl.col("year") == year + 1)
        both = now.filter(pl.col("country").is_in(then["country"].to_list()))
        wanted += both["value_kusd"].sum() / now["value_kusd"].sum()
    assert sum(heights(figure, PathPatch)) == pytest.approx(wanted)


def test_labels_name_the_leaders_and_stay_inside(found: Communities):
    figure = alluvial(found)
    FigureCanvasAgg(figure).draw()
    texts = [text for text in figure.findobj(Annotation) if text.get_text()]
    assert any("China" in text.get_text() for text in texts)
    box = figure.bbox
    for text in texts:
        extent = text.get_window_extent()
        assert extent.x0 >= box.x0 - 1
        assert extent.x1 <= box.x1 + 1
    sides = np.array([text.get_window_extent().extents for text in texts])
    for a in range(len(sides)):
        for b in range(a):
            apart_x = sides[a, 0] >= sides[b, 2] or sides[b, 0] >= sides[a, 2]
            apart_y = sides[a, 1] >= sides[b, 3] - 1 or sides[b, 1] >= sides[a, 3] - 1
            assert apart_x or apart_y


def test_the_same_communities_the_same_bytes(found: Communities):
    from xenotime.report.style import encode

    assert encode(alluvial(found), "svg") == encode(alluvial(found), "svg")


def test_what_is_not_there_is_refused(found: Communities):
    with pytest.raises(InputError, match="upstream"):
        alluvial(found, "upstream")
    with pytest.raises(InputError, match="1999"):
        alluvial(found, years=(1999, 2010))
    with pytest.raises(InputError):
        alluvial(found, years=(2010,))
