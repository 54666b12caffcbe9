"""BACI as CEPII ships it, whole and broken. The truth is counted from the text with pandas or by hand."""

import io
import os
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xenotime.core import InputError, SourceError
from xenotime.schema import check
from xenotime.sources import baci
from xenotime.store import open_store, writer

HEADER = "t,i,j,k,v,q\n"
PRODUCTS = ("010121", "280530", "284610", "284690", "850511")
TABLE = "code,description\n" + "".join(f'{code},"goods, of a kind"\n' for code in PRODUCTS)
#: BACI code to ISO3, typed from CEPII's country_codes_V202601.csv.
ISO3 = {156: "CHN", 842: "USA", 251: "FRA", 699: "IND", 757: "CHE", 579: "NOR", 490: "TWN", 516: "NAM", 104: "MMR"}
PARTNERS = (
    *(4, 8, 12, 24, 32, 36, 40, 50, 56, 68, 70, 76, 100, 116, 120, 124, 144, 152, 170, 188, 191, 196, 203, 208),
    *(214, 218, 233, 246, 276, 288, 300, 320, 340, 348, 352, 360, 364, 368, 372, 376, 392, 398, 400, 404, 410),
)


def rows(year: int, exporter: int = 156) -> str:
    """Return 45 good rows."""
    return "".join(f"{year},{exporter},{partner},284690,{partner}.5,1.25\n" for partner in PARTNERS)


def release(folder: Path, years: dict[int, str], *, table: str | None = TABLE, hs: str = "HS17") -> Path:
    path = folder / f"BACI_{hs}_V202601.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for year, text in years.items():
            archive.writestr(f"BACI_{hs}_Y{year}_V202601.csv", text)
        if table is not None:
            archive.writestr(f"product_codes_{hs}_V202601.csv", table)
        archive.writestr("country_codes_V202601.csv", "country_code,country_name,country_iso2,country_iso3\n")
        archive.writestr("Readme.txt", "BACI\n")
    return path


def one(folder: Path, text: str, year: int = 2022, **options):
    (piece,) = baci.parse(release(folder, {year: text}), **options)
    return piece


GOOD = {
    2022: HEADER + "2022,156,842,850511,       7.250,         NA\n2022,490,156,010121,0.001,0.5\n",
    2023: HEADER + "2023,104,156,284690,1442000.5,41700\n2023,516,699,280530,3,\n2023,757,579,284610,2,1\n",
}


def test_a_zip_gives_a_piece_a_year_in_the_schema(tmp_path):
    first, second = baci.parse(release(tmp_path, GOOD))
    columns = ["exporter", "importer", "hs6", "value_kusd", "quantity_t"]
    assert first.frame.select(columns).rows() == [
        ("TWN", "CHN", "010121", 0.001, 0.5),
        ("CHN", "USA", "850511", 7.25, None),
    ]
    assert second.frame.select(columns).rows() == [
        ("NAM", "IND", "280530", 3.0, None),
        ("CHE", "NOR", "284610", 2.0, 1.0),
        ("MMR", "CHN", "284690", 1442000.5, 41700.0),
    ]
    for piece, year in ((first, 2022), (second, 2023)):
        check(piece.frame, "flows", where="test")
        assert (piece.year, piece.hs_version, piece.provenance.version) == (year, "HS17", "V202601")
        assert piece.frame.select("year", "absence", "source", "source_version", "quality").unique().rows() == [
            (year, "zero", "baci", "V202601", "published")
        ]
        assert piece.quarantine.is_empty()
        assert piece.notes == ()


def test_a_zip_its_folder_and_a_single_csv_hold_the_same(tmp_path):
    path = release(tmp_path, GOOD)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    packed, unpacked = list(baci.parse(path)), list(baci.parse(folder))
    (single,) = baci.parse(folder / "BACI_HS17_Y2023_V202601.csv")
    for left, right in [*zip(packed, unpacked, strict=True), (packed[1], single)]:
        assert left.frame.equals(right.frame)
        assert (left.file, left.sha256, left.notes) == (right.file, right.sha256, right.notes)


def test_products_and_years_are_chosen(tmp_path):
    path = release(tmp_path, GOOD)
    (piece,) = baci.parse(path, hs6=["284690", "010121"], years=[2023])
    assert piece.frame["hs6"].to_list() == ["284690"]
    with pytest.raises(SourceError, match="2021 are missing"):
        list(baci.parse(path, years=[2021, 2022]))
    with pytest.raises(InputError, match="not six digits"):
        list(baci.parse(path, hs6=["2846"]))


def test_codes_of_one_country_are_summed_and_noted(tmp_path):
    text = HEADER + "2022,56,392,284690,1,10\n2022,58,392,284690,2,20\n2022,392,56,284690,4,\n2022,392,58,284690,8,1\n"
    piece = one(tmp_path, text)
    assert piece.frame.select("exporter", "importer", "value_kusd", "quantity_t").rows() == [
        ("BEL", "JPN", 3.0, 30.0),
        ("JPN", "BEL", 12.0, None),
    ]
    assert "codes 56, 58" in piece.notes[0]


def test_regions_that_are_not_countries_are_left_out_and_counted(tmp_path):
    piece = one(tmp_path, HEADER + rows(2022) + "2022,156,697,850511,1000,1\n2022,697,899,850511,500,1\n")
    assert piece.frame.height == len(PARTNERS)
    assert piece.quarantine.is_empty()
    assert piece.notes == (
        "2 rows of regions that are not countries (areas n.e.s.) left out, 1,500 thousand USD in all",
    )


def test_a_reordered_header_is_read_by_name_and_noted(tmp_path):
    piece = one(tmp_path, "t,k,j,i,q,v\n2022,284690,842,156,NA,5\n")
    assert piece.frame.select("exporter", "importer", "hs6", "value_kusd", "quantity_t").rows() == [
        ("CHN", "USA", "284690", 5.0, None)
    ]
    assert "order t,k,j,i,q,v" in piece.notes[0]


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("2022,998,156,284690,1,1", "i", "998", "unknown country"),
        ("2022,156,CHN,284690,1,1", "j", "CHN", "unknown country"),
        ("2022,0,156,284690,1,1", "i", "0", "unknown country"),
        ("2022,842,156,999999,1,1", "k", "999999", "not in product_codes_HS17_V202601.csv"),
        ("2022,842,156,2846,1,1", "k", "2846", "not a six-digit"),
        ("2022,842,156,28469x,1,1", "k", "28469x", "not a six-digit"),
        ("2022,842,156,,1,1", "k", "", "not a six-digit"),
        ("2022,842,156,284690,-0.5,1", "v", "-0.5", "not a number of 0 or more"),
        ("2022,842,156,284690,1.2.3,1", "v", "1.2.3", "not a number of 0 or more"),
        ("2022,842,156,284690,,1", "v", "", "not a number of 0 or more"),
        ("2022,842,156,284690,inf,1", "v", "inf", "not a number of 0 or more"),
        ("2022,842,156,284690,nan,1", "v", "nan", "not a number of 0 or more"),
        ("2022,842,156,284690,0,1", "v", "0", "BACI has positive flows only"),
        ("2022,842,156,284690,1e300,1", "v", "1e300", "more than a trillion dollars"),
        ("2022,842,156,284690,1000000001,1", "v", "1000000001", "more than a trillion dollars"),
        ("2022,842,156,284690,1,1e11", "q", "1e11", "more tonnes than any flow weighs"),
        ("2022,891,156,284690,1,1", "i", "891", "the exporter did not exist in 2022"),
        ("2022,842,810,284690,1,1", "j", "810", "the importer did not exist in 2022"),
        ("2022,842,156,284690,1,-3", "q", "-3", "nor NA"),
        ("2022,842,156,284690,1,many", "q", "many", "nor NA"),
        ("2021,842,156,284690,1,1", "t", "2021", "the year is not 2022"),
        (",842,156,284690,1,1", "t", "", "the year is not 2022"),
        ("2022,842,842,284690,1,1", "j", "842", "same country"),
        ("2022,842,840,284690,1,1", "j", "840", "same country"),
        ("2022,156,4,284690,9,1", "k", "284690", "repeats exporter, importer and product of row 2"),
        ("2022,842,156,284690,1", "line", "2022,842,156,284690,1", "does not have the six fields"),
        ("2022,842,156,284690,1,1,1", "line", "2022,842,156,284690,1,1,1", "does not have the six fields"),
        ("2022,842,1", "line", "2022,842,1", "does not have the six fields"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_reason_and_remedy(tmp_path, row, column, value, reason):
    piece = one(tmp_path, HEADER + rows(2022) + row + "\n" + "2022,490,156,010121,0.25,\n")
    (found,) = piece.quarantine.iter_rows(named=True)
    assert (found["row"], found["column"], found["value"]) == (len(PARTNERS) + 2, column, value)
    assert found["file"] == "BACI_HS17_Y2022_V202601.csv"
    assert reason in found["reason"]
    assert found["remedy"]
    assert found["raw"]
    check(piece.quarantine, "quarantine", where="test")
    assert piece.frame.height == len(PARTNERS) + 1
    assert piece.frame["value_kusd"].sum() == pytest.approx(sum(PARTNERS) + 0.5 * len(PARTNERS) + 0.25)


def test_both_readings_agree_on_a_clean_file(tmp_path):
    """One fault sends the whole file through the careful reading; the good rows are the same as in the fast one."""
    clean = HEADER + rows(2022) + rows(2022, 842) + '2022,490,156,"010121",  0.25,    NA\n'
    fast = one(tmp_path, clean)
    careful = one(tmp_path, clean + "2022,998,156,284690,1,1\n")
    assert careful.quarantine.height == 1
    assert fast.frame.equals(careful.frame)


@pytest.mark.parametrize("text", ["2022,842 ,156,284690 ,1 ,1 \n", '"2022","842","156","284690","1","1"\n', "\n\r\n"])
def test_blanks_quotes_and_empty_lines_do_no_harm(tmp_path, text):
    piece = one(tmp_path, HEADER + rows(2022) + text)
    assert piece.quarantine.is_empty()
    assert piece.frame.height == len(PARTNERS) + (text.strip() != "")


def test_a_code_that_lost_its_first_zero_in_a_spreadsheet_is_padded(tmp_path):
    assert one(tmp_path, HEADER + "2022,156,842,10121,1,1\n").frame["hs6"].to_list() == ["010121"]


BROKEN = {
    "an empty file": ("", "the file is empty"),
    "a header alone": (HEADER, "a header and no rows"),
    "a wrong header": ("year,i,j,k,v,q\n" + rows(2022), "BACI's is t,i,j,k,v,q"),
    "no header": (rows(2022), "BACI's is t,i,j,k,v,q"),
    "semicolons": (HEADER.replace(",", ";") + rows(2022).replace(",", ";"), "BACI's is t,i,j,k,v,q"),
    "another year": (HEADER + rows(2021), "the year is not 2022"),
    "another vintage": (HEADER + rows(2022).replace("284690", "999999"), "45 of 45 rows are bad"),
    "another scheme of countries": (HEADER + rows(2022, 999), "unknown country code"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_broken_as_a_whole_stops_the_reading(tmp_path, name):
    text, what = BROKEN[name]
    with pytest.raises(SourceError, match=what) as caught:
        one(tmp_path, text)
    assert "BACI_HS17_Y2022_V202601.csv" in str(caught.value)
    assert caught.value.remedy


def test_more_than_one_per_cent_of_bad_rows_stop_the_reading(tmp_path):
    good = "".join(rows(2022, exporter) for exporter in (156, 842, 251, 699, 757, 579, 490))
    few = "".join(f"2022,842,{partner},284690,-1,1\n" for partner in PARTNERS[:20])
    assert one(tmp_path, HEADER + good.replace("2022,842", "2022,104") + few).quarantine.height == 20
    with pytest.raises(SourceError, match="21 of 336 rows are bad"):
        one(tmp_path, HEADER + good.replace("2022,842", "2022,104") + few + "2022,842,999,284690,1,1\n")


def test_a_truncated_zip_and_a_damaged_member_are_named(tmp_path):
    path = release(tmp_path, {2022: HEADER + rows(2022)})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="truncated or damaged") as caught:
        list(baci.parse(path))
    assert "BACI_HS17_V202601.zip" in str(caught.value)
    assert "download it again" in str(caught.value)
    broken = bytearray(whole)
    broken[100] ^= 0xFF
    path.write_bytes(bytes(broken))
    with pytest.raises(SourceError, match="truncated or damaged"):
        list(baci.parse(path))


def test_a_year_missing_in_the_middle_is_named_unless_the_years_are_chosen(tmp_path):
    path = release(tmp_path, {year: HEADER + rows(year) for year in (2019, 2021, 2023)})
    with pytest.raises(SourceError, match="the files of 2020, 2022 are missing, between 2019 and 2023"):
        list(baci.parse(path))
    assert [piece.year for piece in baci.parse(path, years=[2019, 2023])] == [2019, 2023]


def test_a_zip_of_something_else_and_a_path_that_is_not_there(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("cat.jpg", b"cat")
    with pytest.raises(SourceError, match="holds no yearly file"):
        list(baci.parse(tmp_path / "photos.zip"))
    with pytest.raises(InputError, match="no such file"):
        list(baci.parse(tmp_path / "nowhere.zip"))


def test_several_releases_in_a_folder_are_told_apart(tmp_path):
    for hs, version in (("HS17", "V202501"), ("HS17", "V202601"), ("HS92", "V202601")):
        (tmp_path / f"BACI_{hs}_Y2022_{version}.csv").write_text(HEADER + rows(2022))
    with pytest.raises(InputError, match="HS17 V202501, HS17 V202601, HS92 V202601"):
        list(baci.parse(tmp_path))
    (piece,) = baci.parse(tmp_path, version="V202601", hs_version="HS92")
    assert (piece.provenance.version, piece.hs_version) == ("V202601", "HS92")
    assert piece.frame["hs_version"].unique().to_list() == ["HS92"]


def test_a_csv_of_another_name_needs_its_version_and_vintage(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(HEADER + rows(2022))
    with pytest.raises(InputError, match="does not say which BACI"):
        list(baci.parse(path))
    (piece,) = baci.parse(path, version="V202401b", hs_version="HS12")
    assert (piece.year, piece.hs_version, piece.provenance.version) == (2022, "HS12", "V202401b")
    with pytest.raises(InputError, match="unknown HS vintage"):
        list(baci.parse(path, version="V202401b", hs_version="HS13"))
    named = tmp_path / "BACI_HS17_Y2022_V202601.csv"
    named.write_text(HEADER + rows(2022))
    with pytest.raises(InputError, match="name says HS17, and HS92 was asked for"):
        list(baci.parse(named, hs_version="HS92"))


def test_without_a_product_table_a_product_foreign_to_the_vintage_gives_it_away(tmp_path):
    """850760, lithium-ion batteries, exists from HS12 (WCO)."""
    path = tmp_path / "BACI_HS07_Y2022_V202601.csv"
    path.write_text(HEADER + rows(2022) + "2022,156,842,850760,1,1\n")
    with pytest.raises(SourceError, match="holds 850760, which HS07 does not have"):
        list(baci.parse(path))
    later = path.rename(tmp_path / "BACI_HS12_Y2022_V202601.csv")
    (piece,) = baci.parse(later)
    assert "checked for their form only" in piece.notes[0]


def test_the_product_table_of_another_vintage_in_the_zip_is_refused(tmp_path):
    path = release(tmp_path, {2022: HEADER + rows(2022)}, table=None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("product_codes_HS92_V202601.csv", TABLE)
    with pytest.raises(SourceError, match="product table is product_codes_HS92"):
        list(baci.parse(path))


def test_a_file_that_may_have_been_cut_off_is_noted(tmp_path):
    assert "cut off" in one(tmp_path, (HEADER + rows(2022)).rstrip("\n")).notes[0]


CELLS = st.dictionaries(
    st.tuples(st.sampled_from(sorted(ISO3)), st.sampled_from(sorted(ISO3)), st.sampled_from(PRODUCTS)).filter(
        lambda key: key[0] != key[1]
    ),
    st.tuples(st.integers(1, 10**10), st.none() | st.integers(0, 10**10)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=20, deadline=None)
@given(cells=CELLS)
def test_sums_by_country_and_product_are_those_pandas_reads_from_the_file(tmp_path_factory, cells):
    text = HEADER + "".join(
        f"2022,{i},{j},{k},{v / 1000:.3f},{'NA'.rjust(12) if q is None else format(q / 1000, '.3f')}\n"
        for (i, j, k), (v, q) in cells.items()
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        truth = pd.read_csv(io.StringIO(text), dtype={"k": str}, skipinitialspace=True)
    folder = tmp_path_factory.mktemp("baci")
    with writer(folder / "s") as work:
        for piece in baci.parse(release(folder, {2022: text})):
            work.put(piece)
    read = open_store(folder / "s").flows()
    for column, code in (("exporter", "i"), ("importer", "j"), ("hs6", "k")):
        names = truth[code].map(ISO3) if code != "k" else truth[code]
        expected = truth.groupby(names)[["v", "q"]].sum()
        found = read.group_by(column).agg(pl.col("value_kusd").sum(), pl.col("quantity_t").sum()).sort(column)
        assert found[column].to_list() == sorted(expected.index)
        for value, series in (("v", found["value_kusd"]), ("q", found["quantity_t"])):
            assert series.to_list() == pytest.approx(expected[value].sort_index().to_list(), rel=1e-12)
    assert read["quantity_t"].null_count() == int(truth["q"].isna().sum())


def test_ingesting_twice_gives_the_same_snapshot_and_counts_the_quarantine(tmp_path):
    path = release(tmp_path, {2022: HEADER + rows(2022) + "2022,998,156,284690,1,1\n", 2023: HEADER + rows(2023)})
    ids = []
    for _ in range(2):
        with writer(tmp_path / "s") as work:
            for piece in baci.parse(path):
                work.put(piece)
        ids.append(open_store(tmp_path / "s").snapshot_id)
    assert ids[0] == ids[1]
    store = open_store(tmp_path / "s")
    assert store.pieces()["quarantined"].to_list() == [1, 0]
    assert store.table("quarantine")["value"].to_list() == ["998"]
    assert [(one.version, one.years) for one in store.provenance()] == [("V202601", (2022, 2023))]


def test_a_year_without_the_product_asked_for_is_a_year_of_zero_rows(tmp_path):
    with writer(tmp_path / "s") as work:
        for piece in baci.parse(release(tmp_path, GOOD), hs6=["284690"]):
            work.put(piece)
    store = open_store(tmp_path / "s")
    assert store.pieces()["rows"].to_list() == [0, 1]
    assert store.flows(years=[2022, 2023])["year"].to_list() == [2023]


@pytest.mark.parametrize(
    ("rows_of_interest", "kept", "aside"),
    [
        ("2022,842,156,284690,1,1\n", 1, 0),
        ("2022,842,156,284690,1,1", 1, 0),
        ("2022,842,156,10121,1,1\n2022,842,156,010121,1,1\n", 1, 1),
        ('2022,842,156,"284690",1,1\n', 1, 0),
        ("2022,842,156, 284690 ,1,1\n", 1, 0),
        ("2022,842,156,850511,284690.5,284690\n", 0, 0),
        ("2022,842,156,284690,many,1\n", 0, 1),
        ("2022,842,156,284690x,1,1\n", 0, 1),
        ("2022,842,156,284690\n", 0, 1),
    ],
)
@pytest.mark.parametrize(("block", "threads"), [(7, 1), (64, 3), (1 << 22, 2), (1 << 22, 500)])
def test_products_looked_for_in_the_text_are_all_found(
    tmp_path, monkeypatch, rows_of_interest, kept, aside, block, threads
):
    monkeypatch.setattr("xenotime.sources._baci_rows.BLOCK", block)
    monkeypatch.setattr("xenotime.sources._baci_rows.THREADS", threads)
    others = rows(2022).replace("284690", "280530")
    some = "".join(f"2022,251,{partner},284690,1,1\n" for partner in PARTNERS)
    piece = one(tmp_path, HEADER + others + some + rows_of_interest, hs6=["284690", "010121"])
    assert piece.frame.height == len(PARTNERS) + kept
    assert piece.quarantine.height == aside


def test_a_country_a_year_beside_its_dates_is_kept_and_noted(tmp_path):
    """South Sudan became independent in July 2011; Serbia and Montenegro parted in June 2006."""
    piece = one(tmp_path, HEADER + rows(2010) + "2010,156,728,850511,3,1\n", 2010)
    assert piece.frame.height == len(PARTNERS) + 1
    assert "1 rows ($3.0 k) kept of countries in the year before they began or after they ended" in piece.notes
    parted = one(tmp_path, HEADER + rows(2006) + "2006,156,891,850511,3,1\n", 2006)
    assert parted.frame.height == len(PARTNERS) + 1
    later = one(tmp_path, HEADER + rows(2007) + "2007,156,891,850511,3,1\n", 2007)
    assert later.quarantine["value_kusd"].to_list() == [3.0]


@pytest.mark.parametrize("code", ["770000", "981111", "999999", "001111"])
def test_without_a_product_table_a_chapter_that_is_not_is_set_aside(tmp_path, code):
    path = tmp_path / "BACI_HS17_Y2022_V202601.csv"
    path.write_text(HEADER + rows(2022) + f"2022,156,842,{code},1,1\n")
    (piece,) = baci.parse(path)
    assert piece.quarantine.select("column", "value").rows() == [("k", code)]


def test_a_year_twice_in_a_zip_is_refused_naming_both(tmp_path):
    path = tmp_path / "BACI_HS17_V202601.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder in ("old", "new"):
            archive.writestr(f"{folder}/BACI_HS17_Y2022_V202601.csv", HEADER + rows(2022))
    with pytest.raises(SourceError, match=r"2022 twice: new/BACI_HS17_Y2022\S+ and old/BACI_HS17_Y2022"):
        list(baci.parse(path))


def test_what_macos_adds_to_a_zip_is_not_data(tmp_path):
    path = tmp_path / "BACI_HS17_V202601.zip"
    name = "BACI_HS17_Y2022_V202601.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"__MACOSX/{name}", b"\0")
        archive.writestr(f"__MACOSX/._{name}", b"\0")
        archive.writestr(f"a/._{name}", b"\0")
        archive.writestr(f"a/{name}", HEADER + rows(2022))
    (piece,) = baci.parse(path)
    assert piece.frame.height == len(PARTNERS)


def test_a_zip_with_a_password_says_so(tmp_path):
    path = release(tmp_path, {2022: HEADER + rows(2022)})
    raw = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        raw[raw.find(mark) + flags] |= 1  # the bit that says "encrypted" (APPNOTE 4.4.4)
    path.write_bytes(bytes(raw))
    with pytest.raises(SourceError, match="protected with a password"):
        list(baci.parse(path))


def test_lower_case_names_give_the_version_as_cepii_writes_it(tmp_path):
    for name, version in (("baci_hs17_y2022_v202601.csv", "V202601"), ("BACI_HS17_Y2022_V202401B.csv", "V202401b")):
        (tmp_path / name).write_text(HEADER + rows(2022))
        (piece,) = baci.parse(tmp_path / name)
        assert piece.provenance.version == version


def test_blank_lines_above_the_header_are_named(tmp_path):
    with pytest.raises(SourceError, match="begins with a blank line"):
        one(tmp_path, "\n\n" + HEADER + rows(2022))


def test_what_a_killed_process_left_unpacked_is_swept(tmp_path, monkeypatch):
    import subprocess
    import sys
    import tempfile

    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], stdout=subprocess.PIPE, text=True, check=True
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stale = tmp_path / f"xenotime-unpacked-{ended.stdout.strip()}-abc"
    alive = tmp_path / f"xenotime-unpacked-{os.getpid()}-abc"
    stale.mkdir()
    alive.mkdir()
    list(baci.parse(release(tmp_path, {2022: HEADER + rows(2022)})))
    assert not stale.exists()
    assert alive.exists()


@pytest.mark.parametrize(
    ("asked", "words"), [({"hs_version": "HS99"}, "unknown HS vintage 'HS99'"), ({"version": "2026"}, "not a version")]
)
def test_a_release_that_cannot_be_is_not_fetched(tmp_path, asked, words):
    with pytest.raises(InputError, match=words) as caught:
        baci.fetch(tmp_path, **asked)
    assert caught.value.remedy
