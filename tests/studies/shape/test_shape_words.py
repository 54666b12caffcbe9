"""Sentences of the shape study on tables made by hand, so that the right words are known."""

import polars as pl
import pytest

from xenotime.studies import ShapeSettings
from xenotime.studies.shape import words


def regional(values: list[float], means: list[float], p: list[float]) -> dict[str, pl.DataFrame]:
    count = len(values)
    table = pl.DataFrame(
        {
            "by": ["region"] * count, "stage": ["downstream"] * count, "year": list(range(2000, 2000 + count)),
            "measure": ["within_share"] * count, "value": values, "null_mean": means, "null_sd": [0.1] * count,
            "z": [0.0] * count, "p": p,
        }
    )  # fmt: skip
    trend = {
        "by": ["region"], "stage": ["downstream"], "measure": ["within_share"], "of": ["value"], "years": [count],
        "slope": [0.004], "p": [0.01], "mk_p": [0.02], "trend": ["rising"],
    }  # fmt: skip
    return {"regionalisation": table, "trends": pl.DataFrame(trend)}


@pytest.mark.parametrize(
    ("p", "said"),
    [
        ([0.01] * 20, "above that in 20 of 20 years by more than noise"),
        ([0.01] + [0.5] * 19, "beyond that in 1 of 20 years, where luck alone gives about 1: not told from noise"),
        ([0.5] * 20, "beyond that in 0 of 20 years"),
    ],
)
def test_years_beyond_the_null_are_counted_against_luck(p: list[float], said: str) -> None:
    tables = regional([0.6] * 20, [0.4] * 20, p)
    assert said in words.against_null(tables, "downstream", "region", "within_share", 0.05)


def test_a_trend_is_written_with_its_slope_and_both_tests() -> None:
    found = words.against_null(
        regional([0.6] * 20, [0.4] * 20, [0.01] * 20), "downstream", "region", "within_share", 0.05
    )
    assert "Over the years it rises, +4.0 points in ten years (p = 0.010, Mann–Kendall p = 0.020)." in found


def test_one_year_is_beyond_or_not() -> None:
    for value, p, said in ((0.6, 0.01, "above that by more than noise"), (0.2, 0.01, "below that by more than noise"),
                           (0.6, 0.5, "not told from that")):  # fmt: skip
        tables = regional([value], [0.4], [p])
        assert said in words.against_null(tables, "downstream", "region", "within_share", 0.05)


def test_a_crisis_that_many_share_is_not_told_of_three() -> None:
    rows = [("downstream", 2020, f"C{k}", 0.1, 4, 1.0) for k in range(5)] + [
        ("downstream", 2020, f"C{k}", 0.5, 1 if k == 0 else 0, 0.1) for k in range(5)
    ]
    table = pl.DataFrame(
        rows, schema=["stage", "year", "country", "threshold", "avalanche", "lost_share"], orient="row"
    )
    found = words.crisis({"crisis": table}, "downstream")
    assert "by threshold: 10 %: 4 after any of 5 countries; 50 %: 1 after C0" in found


def test_carriers_that_are_not_seen_are_not_called_absent() -> None:
    rows = [("downstream", year, c, s) for year in (2019, 2020) for c, s in (("CHN", 0.75), ("JPN", 0.25))]
    table = pl.DataFrame(rows, schema=["stage", "year", "country", "carried_share"], orient="row")
    found = words.mediation({"mediation": table}, "downstream", ShapeSettings.read(carriers=["JPN", "VNM"]))
    assert "75 % goes directly in 2020" in found
    assert "Japan 25 % in 2019" in found or "Japan 25 % in 2020" in found
    assert "Viet Nam nothing that these data show" in found
