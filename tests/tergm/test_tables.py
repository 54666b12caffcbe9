"""Tables and figures: every number where it belongs, and what a reader sees."""

import re

import numpy as np
import pytest
from after_fit import COVARIATES, small_fit
from matplotlib.figure import Figure

from xenotime.core import InputError
from xenotime.tergm import compare


@pytest.fixture(scope="module")
def table():
    return compare({"a_full": small_fit(), "covariates": small_fit(COVARIATES)})


def test_markdown_holds_each_models_numbers(table):
    rows = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
            for line in table.to_markdown(digits=4).splitlines() if line.startswith("|")}  # fmt: skip
    for column, fit in enumerate(table.fits.values()):
        for name, value in fit.params.items():
            number, error = re.fullmatch(r"(-?[\d.]+)(?:\\\*)* \(([\d.]+)\)", rows[name][column]).groups()
            assert float(number) == pytest.approx(value, abs=5e-5)
            assert float(error) == pytest.approx(fit.std_errors[name], abs=5e-5)
        assert rows["Dyads"][column] == f"{fit.observations:,}"
    assert rows["mutual"][1] == ""


def test_stars_follow_the_headline_p_value(table):
    fit = table.fits["a_full"]
    p = dict(fit.to_frame().select("term", "p_value").rows())
    for line in compare([fit]).to_markdown().splitlines():
        name = line.split("|")[1].strip() if line.startswith("|") else ""
        if name in p:
            assert line.count(r"\*") == sum(p[name] < bound for bound in (0.05, 0.01, 0.001))


def test_latex_is_balanced_and_escaped(table):
    text = table.to_latex(caption="Ties", label="tab:ties")
    assert text.count(r"\begin") == text.count(r"\end") == 2
    assert text.count("{") == text.count("}")
    assert r"a\_full" in text
    body = text.split(r"\midrule")[1].strip().splitlines()
    assert all(line.count("&") == 2 for line in body)


def test_the_frame_stacks_models_and_text_shows_them(table):
    frame = table.to_frame()
    assert frame.height == 6 + 3
    assert frame.filter((frame["model"] == "covariates") & (frame["term"] == "edges"))["estimate"][0] == pytest.approx(
        table.fits["covariates"].params["edges"]
    )
    assert "a_full" in str(table)
    with pytest.raises(InputError, match="no fits"):
        compare([])


def test_figures_show_what_they_should(table):
    figure = table.plot()
    assert isinstance(figure, Figure)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()][::-1] == [t for t in table.terms if t != "edges"]
    fit = table.fits["a_full"]
    effects = fit.effects()
    drawn = effects.plot().axes[0].containers[0].lines[0].get_xdata()
    np.testing.assert_allclose(drawn, 100 * effects.frame["effect"].to_numpy())
    gof = fit.gof(20, seed=1)
    panels = gof.plot().axes
    titles = [panel.get_title() for panel in panels]
    assert all(any(title.startswith(name) for title in titles) for name in gof.statistics)
    seen = gof.statistics["out-degree"].observed.mean(axis=0)
    shown = panels[0].lines[-1].get_ydata()
    np.testing.assert_allclose(np.sort(shown[shown > 0]), np.sort(seen[seen > 0]))
    assert isinstance(fit.plot(), Figure)
