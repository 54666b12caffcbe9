"""The figure of before and after: per cent of before, marks by noise, what cannot be drawn said."""

import polars as pl
import pytest

from xenotime.core import InputError
from xenotime.report import style
from xenotime.report.figures.changes import MOST, changes, relative

COLUMNS = ("indicator", "country", "before", "after", "change_low", "change_high", "more_than_noise")


def table(rows: list[tuple], year_after: int = 2020, stage: str = "downstream") -> pl.DataFrame:
    types = {"country": pl.String, "change_low": pl.Float64, "change_high": pl.Float64, "more_than_noise": pl.Boolean}
    frame = pl.DataFrame(rows, schema={name: types.get(name) for name in COLUMNS}, orient="row")
    return frame.with_columns(
        stage=pl.lit(stage), detail=pl.lit(None, dtype=pl.String), year_before=pl.lit(2019),
        year_after=pl.lit(year_after), change=pl.col("after") - pl.col("before"),
    )  # fmt: skip


ROWS = [
    ("export_hhi", None, 0.4, 0.5, 0.05, 0.15, True),
    ("density", None, 0.2, 0.19, -0.03, 0.01, False),
    ("strength", "CHN", 50.0, 25.0, None, None, None),
    ("degree_assortativity", None, -0.2, -0.1, None, None, None),
    ("reciprocity", None, 0.0, 0.1, None, None, None),
]


def test_changes_are_per_cent_of_before_and_the_rest_is_left_out() -> None:
    found = relative(table(ROWS))
    assert found["percent"].to_list() == pytest.approx([25.0, -5.0, -50.0])
    assert found["low"].to_list() == [pytest.approx(12.5), pytest.approx(-15.0), None]
    assert found["label"][0] == "HHI of exporters"
    assert found["label"][2].endswith("China")


def test_marks_say_what_is_more_than_noise() -> None:
    drawn = changes(pl.concat([table(ROWS), table(ROWS, stage="upstream")]))
    (legend,) = drawn.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "more than noise", "not told from noise", "no yardstick given",
    ]  # fmt: skip
    assert [axes.get_title("left") for axes in drawn.axes] == ["Downstream, 2019 to 2020", "Upstream, 2019 to 2020"]
    assert b"<svg" in style.encode(drawn, "svg")


def test_a_change_of_many_times_leaves_the_others_readable() -> None:
    (axes,) = changes(table([*ROWS, ("trade_kusd", None, 1.0, 3501.0, 3400.0, 3600.0, True)])).axes
    assert axes.get_xlim()[1] < 60
    assert "+350,000 % →" in [text.get_text() for text in axes.texts]


def test_only_the_largest_changes_are_drawn() -> None:
    rows = [(f"measure_{k}", None, 1.0, 1.0 + k / 100, None, None, None) for k in range(MOST + 5)]
    assert relative(table(rows))["percent"].min() == pytest.approx(5.0)


def test_a_figure_is_of_one_pair_of_years_and_of_something() -> None:
    with pytest.raises(InputError, match="pair of years"):
        changes(pl.concat([table(ROWS), table(ROWS, year_after=2021)]))
    with pytest.raises(InputError, match="per cent of what was before"):
        changes(table(ROWS[3:]))
