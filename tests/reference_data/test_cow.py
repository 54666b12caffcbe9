"""Numbers of the Correlates of War project, by year."""

import polars as pl
import pytest

from xenotime import reference


@pytest.mark.parametrize(
    ("number", "year", "country"),
    [
        ("345", 1991, "YUG"), ("345", 1992, "SCG"), ("345", 2005, "SCG"), ("345", 2006, "SRB"),
        ("365", 1990, "SUN"), ("365", 1991, "RUS"), ("255", 2010, "DEU"), ("260", 1980, "DEU"), ("265", 1980, "DDR"),
        ("678", 1980, "YEM"), ("679", 2000, "YEM"), ("680", 1980, "YMD"), ("816", 2000, "VNM"), ("713", 2000, "TWN"),
        ("817", 1970, None), ("", 2000, None), ("365.0", 1980, "SUN"), (" 345 ", 2000, "SCG"),
    ],
)  # fmt: skip
def test_who_bore_a_number_when(number, year, country):
    assert reference.cow_countries(pl.Series([number]), pl.Series([year])).to_list() == [country]


def test_whole_numbers_and_unknown_ones():
    numbers, years = pl.Series([2, None, 345]), pl.Series([2000, 2000, 1980])
    assert reference.cow_countries(numbers, years).to_list() == ["USA", None, "YUG"]


def test_states_of_the_system_are_no_territories():
    now = set(reference.cow_states(2015))
    assert {"TWN", "XKX", "SRB", "MNE", "SSD"} <= now
    assert not now & {"HKG", "MAC", "PSE", "GRL", "PRI", "SCG", "SUN"}
    then = set(reference.cow_states(2003))
    assert "SCG" in then
    assert not then & {"SRB", "MNE", "XKX", "SSD"}
    # 195 states in the system of 2016 (Correlates of War, state system membership v2016).
    assert len(reference.cow_states(2016)) == 195
