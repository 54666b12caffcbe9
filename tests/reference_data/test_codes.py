"""Codes and names of countries: unique, dated, and with the quirks of the trade files."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xenotime import reference
from xenotime.core import InputError
from xenotime.reference.geography import normalised_name


@pytest.mark.parametrize("scheme", reference.SCHEMES)
def test_codes_are_unique_and_point_to_countries(scheme):
    codes = reference.codes(scheme)
    keys = codes["code"].map_elements(normalised_name, return_dtype=pl.String) if scheme == "name" else codes["code"]
    assert keys.is_unique().all()
    assert set(codes["kind"]) <= {"country", "area", "world", "aggregate"}
    assert (codes["iso3"].is_not_null() == (codes["kind"] == "country")).all()
    assert set(codes["iso3"].drop_nulls()) <= set(reference.countries()["iso3"])
    both = codes.drop_nulls(["valid_from", "valid_to"])
    assert (both["valid_from"] <= both["valid_to"]).all()


@pytest.mark.parametrize("scheme", ["baci", "comtrade"])
@pytest.mark.parametrize(
    ("code", "iso3"),
    [
        ("842", "USA"), ("840", "USA"), ("251", "FRA"), ("250", "FRA"), ("699", "IND"), ("356", "IND"),
        ("757", "CHE"), ("756", "CHE"), ("579", "NOR"), ("578", "NOR"), ("490", "TWN"), ("56", "BEL"), ("58", "BEL"),
        ("276", "DEU"), ("280", "DEU"), ("278", "DDR"), ("736", "SDN"), ("729", "SDN"), ("728", "SSD"),
        ("891", "SCG"), ("890", "YUG"), ("810", "SUN"), ("200", "CSK"), ("530", "ANT"), ("531", "CUW"),
        ("711", "ZAF"), ("344", "HKG"), ("446", "MAC"), ("642", "ROU"), ("180", "COD"), ("626", "TLS"),
        ("4", "AFG"), ("004", "AFG"), (" 156 ", "CHN"),
    ],
)  # fmt: skip
def test_numbers_of_trade_files(scheme, code, iso3):
    assert reference.to_iso3(pl.Series([code]), scheme).to_list() == [iso3]


@pytest.mark.parametrize("code", ["568", "577", "636", "637", "473", "527", "838", "839", "837", "899", "697", "492"])
def test_areas_are_known_and_are_no_countries(code):
    row = reference.codes("comtrade").row(by_predicate=pl.col("code") == code, named=True)
    assert (row["kind"], row["iso3"]) == ("area", None)


def test_the_world_is_no_country():
    assert reference.codes("comtrade").filter(code="0")["kind"].item() == "world"
    assert set(reference.codes("iso3").filter(pl.col("kind") == "world")["code"]) == {"W00", "WLD"}
    assert reference.to_iso3(pl.Series([0, 899, 123456]), "comtrade").to_list() == [None, None, None]


def test_m49_492_is_monaco_but_comtrade_492_is_an_area():
    assert reference.to_iso3(pl.Series(["492"]), "m49").to_list() == ["MCO"]
    assert reference.to_iso3(pl.Series(["492"]), "comtrade").to_list() == [None]


def test_sudan_by_date():
    windows = {
        code: (first, last)
        for code, first, last in reference.codes("comtrade").select("code", "valid_from", "valid_to").iter_rows()
    }
    assert (windows["736"], windows["729"], windows["728"]) == ((None, 2011), (2012, None), (2012, None))
    assert (windows["58"], windows["56"]) == ((None, 1998), (1999, None))


def test_namibia_stays_a_string():
    assert reference.to_iso3(pl.Series(["NA", "na", None]), "iso2").to_list() == ["NAM", "NAM", None]
    assert "NA" in reference.codes("iso2")["code"].to_list()


@pytest.mark.parametrize(
    ("code", "iso3"),
    [("ROM", "ROU"), ("ZAR", "COD"), ("TMP", "TLS"), ("S19", "TWN"), ("ZA1", "ZAF"), ("KSV", "XKX"), ("CHN", "CHN"),
     ("W00", None), ("R20", None), ("EAS", None), ("EUU", None), ("WLD", None)],
)  # fmt: skip
def test_old_and_placeholder_iso3(code, iso3):
    assert reference.to_iso3(pl.Series([code]), "iso3").to_list() == [iso3]
    assert code in reference.codes("iso3")["code"].to_list()


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        ("Burma", "MMR"), ("Korea, Republic of", "KOR"), ("Korea, Rep.", "KOR"), ("Türkiye", "TUR"), ("Turkey", "TUR"),
        ("TURKIYE", "TUR"), ("Côte d'Ivoire", "CIV"), ("Cote d’Ivoire", "CIV"), ("CÃ´te d'Ivoire", "CIV"),
        ("Congo (Kinshasa)", "COD"), ("Congo (Brazzaville)", "COG"), ("Congo, Rep.", "COG"), ("Other Asia, nes", "TWN"),
        ("Viet Nam", "VNM"), ("Vietnam", "VNM"), ("Russian Federation", "RUS"), ("Hong Kong SAR, China", "HKG"),
        ("U.S.A.", "USA"), ("united states", "USA"), ("Bosnia & Herzegovina", "BIH"), ("World", None),
        ("East Asia & Pacific", None), ("Atlantis", None),
    ],
)  # fmt: skip
def test_names(name, iso3):
    assert reference.to_iso3(pl.Series([name]), "name").to_list() == [iso3]


@pytest.mark.parametrize(
    ("number", "iso3"), [("2", "USA"), ("710", "CHN"), ("740", "JPN"), ("365", "RUS"), ("255", "DEU"), ("260", "DEU")]
)
def test_correlates_of_war_numbers(number, iso3):
    assert reference.to_iso3(pl.Series([number]), "cow").to_list() == [iso3]


def test_unknown_scheme_names_the_known_ones():
    with pytest.raises(InputError, match="fips") as caught:
        reference.codes("fips")
    assert "comtrade" in str(caught.value)
    with pytest.raises(InputError, match="fips"):
        reference.to_iso3(pl.Series(["CH"]), "fips")


BACI = reference.codes("baci").select("code", "iso3").rows()


@settings(deadline=None)
@given(st.lists(st.sampled_from([*BACI, ("nowhere", None), (None, None)]), max_size=30))
def test_translation_keeps_length_order_and_name(pairs):
    series = pl.Series("exporter", [code for code, _ in pairs], dtype=pl.String)
    found = reference.to_iso3(series, "baci")
    assert found.to_list() == [iso3 for _, iso3 in pairs]
    assert found.name == "exporter"
    assert found.dtype == pl.String


def test_numbers_and_text_translate_alike():
    numbers = pl.Series([842, 156, None, 0], dtype=pl.Int32)
    assert reference.to_iso3(numbers, "baci").to_list() == ["USA", "CHN", None, None]
    assert reference.to_iso3(numbers.cast(pl.Float64), "baci").to_list() == ["USA", "CHN", None, None]
    names = pl.Series(["CHN", "ROM", None]).cast(pl.Categorical)
    assert reference.to_iso3(names, "iso3").to_list() == ["CHN", "ROU", None]


@settings(deadline=None)
@given(st.text(max_size=20))
def test_a_normalised_name_is_its_own_normal_form(text):
    once = normalised_name(text)
    assert normalised_name(once) == once
    assert once == once.strip().lower()
