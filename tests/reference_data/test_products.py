"""Products: their codes, and the vintages they live in, typed from the HS correspondence tables."""

import polars as pl
import pytest

from xenotime import reference
from xenotime.reference.products import in_vintage


def test_every_row_is_whole():
    codes = reference.hs_codes()
    assert codes["hs6"].is_unique().all()
    assert codes["hs6"].str.contains(r"^[0-9]{6}$").all()
    for column in ("title", "holds", "rare_earth_content", "first_vintage", "source"):
        assert codes[column].null_count() == 0
    assert set(codes["first_vintage"]) | set(codes["last_vintage"].drop_nulls()) <= set(reference.HS_VERSIONS)
    assert set(codes["rare_earth_content"]) == {"high", "medium", "low", "very low", "none"}


@pytest.mark.parametrize(
    ("hs6", "first", "last"),
    [
        ("284690", "HS92", "HS22"),
        ("850511", "HS92", "HS22"),
        ("253090", "HS92", "HS22"),
        ("811291", "HS92", "HS96"),
        ("811292", "HS02", "HS22"),
        ("811230", "HS92", "HS02"),
        ("810510", "HS92", "HS96"),
        ("810520", "HS02", "HS22"),
        ("850760", "HS12", "HS22"),
    ],
)
def test_vintages(hs6, first, last):
    lives = [version for version in reference.HS_VERSIONS if in_vintage(hs6, version)]
    assert (lives[0], lives[-1]) == (first, last)


def test_content_of_the_basket_headings():
    content = dict(reference.hs_codes().select("hs6", "rare_earth_content").iter_rows())
    assert (content["253090"], content["720299"], content["850511"]) == ("very low", "very low", "medium")
    assert content["284690"] == "high"
    assert "spodumene" in reference.hs_codes().filter(pl.col("hs6") == "253090")["holds"].item()
