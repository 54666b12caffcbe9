"""The dated country table: checks that hold for every row, and spot checks typed by hand from ISO 3166 and UN M49."""

import polars as pl
import pytest

from xenotime import reference


@pytest.fixture(scope="module")
def table():
    return reference.countries()


def test_each_country_once_with_valid_codes(table):
    assert table["iso3"].is_unique().all()
    assert table["iso3"].str.contains(r"^[A-Z]{3}$").all()
    m49 = table["m49"].drop_nulls()
    assert m49.str.contains(r"^[0-9]{3}$").all()
    assert m49.is_unique().all()
    assert table.filter(pl.col("m49").is_null())["iso3"].to_list() == ["XKX"]


def test_every_row_has_name_region_source_and_a_place_on_earth(table):
    for column in ("name", "region", "subregion", "source"):
        assert table[column].null_count() == 0
    assert table["name"].is_unique().all()
    assert table["lat"].is_between(-90, 90).all()
    assert table["lon"].is_between(-180, 180).all()
    assert set(table["region"]) == {"Africa", "Americas", "Antarctica", "Asia", "Europe", "Oceania"}


def test_ended_states_have_successors_that_exist_the_year_after(table):
    ended = table.filter(pl.col("valid_to").is_not_null())
    assert set(ended["iso3"]) == {"ANT", "CSK", "DDR", "SCG", "SUN", "YMD", "YUG"}
    for iso3, last, successors in ended.select("iso3", "valid_to", "successors").iter_rows():
        after = reference.existing(last + 1)
        for successor in successors.split(","):
            assert successor in after, (iso3, successor)
    assert table.filter(pl.col("valid_to").is_null())["successors"].null_count() == len(table) - len(ended)


def test_windows_run_forward(table):
    both = table.drop_nulls(["valid_from", "valid_to"])
    assert (both["valid_from"] <= both["valid_to"]).all()


@pytest.mark.parametrize(
    ("year", "there", "not_there"),
    [
        (1988, {"SUN", "CSK", "YUG", "DDR", "DEU"}, {"RUS", "CZE", "SVN", "ERI"}),
        (1995, {"RUS", "CZE", "SVK", "SCG", "ERI", "HKG", "MAC"}, {"SUN", "CSK", "YUG", "DDR", "TLS", "SRB", "SSD"}),
        (2005, {"SCG", "TLS", "ANT"}, {"SRB", "MNE", "XKX", "SSD", "CUW"}),
        (2006, {"SRB", "MNE"}, {"SCG"}),
        (2011, {"SSD", "SDN", "CUW", "SXM", "XKX"}, {"ANT"}),
    ],
)
def test_countries_existing_in_a_year(year, there, not_there):
    existing = set(reference.existing(year))
    assert there <= existing
    assert not not_there & existing


@pytest.mark.parametrize(
    ("iso3", "m49", "name", "region"),
    [
        ("CHN", "156", "China", "Asia"),
        ("USA", "840", "United States", "Americas"),
        ("VNM", "704", "Viet Nam", "Asia"),
        ("TWN", "158", "Taiwan", "Asia"),
        ("MMR", "104", "Myanmar", "Asia"),
        ("NAM", "516", "Namibia", "Africa"),
        ("CIV", "384", "Côte d'Ivoire", "Africa"),
        ("AFG", "004", "Afghanistan", "Asia"),
    ],
)
def test_rows_typed_from_m49(table, iso3, m49, name, region):
    row = table.row(by_predicate=pl.col("iso3") == iso3, named=True)
    assert (row["m49"], row["name"], row["region"]) == (m49, name, region)
    assert reference.country_names()[iso3] == name


@pytest.mark.parametrize(
    ("iso3", "capital", "lat", "lon"),
    # degrees from an atlas, so to within half a degree
    [
        ("CHN", "Beijing", 39.9, 116.4),
        ("USA", "Washington", 38.9, -77.0),
        ("NZL", "Wellington", -41.3, 174.8),
        ("BRA", "Brasília", -15.8, -47.9),
        ("COD", "Kinshasa", -4.3, 15.3),
        ("ROU", "Bucharest", 44.4, 26.1),
        ("MMR", "Naypyidaw", 19.75, 96.1),
    ],
)
def test_capitals(table, iso3, capital, lat, lon):
    row = table.row(by_predicate=pl.col("iso3") == iso3, named=True)
    assert row["capital"] == capital
    assert row["lat"] == pytest.approx(lat, abs=0.5)
    assert row["lon"] == pytest.approx(lon, abs=0.5)
