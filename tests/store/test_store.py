"""What goes in comes out: rows, years, versions, snapshots, quarantine, provenance."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from store_pieces import CODES, Parcel, flows, parcel, put_all

from xenotime.core import InputError, Provenance, SchemaError, StoreError
from xenotime.schema import TABLES, check, empty
from xenotime.store import open_store, writer


def test_flows_come_back_as_they_went_in_ordered_by_year_and_product(folder):
    expected = pl.concat([parcel(year).frame for year in (2020, 2021, 2022)]).sort(
        "year", "hs6", "exporter", "importer"
    )
    read = open_store(folder).flows()
    check(read, "flows", where="store")
    assert_frame_equal(read, expected)


def test_a_chain_and_products_and_years_select_rows(folder):
    store = open_store(folder)
    assert store.flows(hs=["284690"], years=[2021]).rows() == [
        (2021, "MMR", "CHN", "284690", "HS17", 11.0, None, "published", "zero", "baci", "V1")
    ]
    assert set(store.flows(chain="rare_earths")["hs6"]) <= set(CODES)
    assert store.flows(chain="rare_earths", hs=["850511"])["hs6"].unique().to_list() == ["850511"]
    assert store.flows(hs=["010121"]).is_empty()
    assert store.flows(chain="cobalt").is_empty()


def test_text_held_as_enum_in_any_order_is_stored_as_the_same_rows(tmp_path):
    piece = parcel(2020)
    backwards = dataclasses.replace(
        piece,
        frame=piece.frame.with_columns(
            pl.col("exporter").cast(pl.Enum(["MMR", "CHN"])), pl.col("hs6").cast(pl.Categorical)
        ),
    )
    with writer(tmp_path / "s") as work:
        work.put(backwards)
    assert_frame_equal(open_store(tmp_path / "s").flows(), piece.frame.sort("year", "hs6", "exporter", "importer"))


def test_the_same_pieces_give_the_same_snapshot_whatever_the_order_and_the_folder(folder, tmp_path):
    first = open_store(folder).snapshot_id
    with writer(folder) as work:
        assert [work.put(parcel(year)) for year in (2022, 2020)] == ["unchanged"] * 2
    with writer(tmp_path / "other") as work:
        for year in (2022, 2021, 2020):
            work.put(parcel(year))
    assert open_store(folder).snapshot_id == first
    assert open_store(tmp_path / "other").snapshot_id == first
    assert (tmp_path / "other" / "manifest.json").read_bytes() == (folder / "manifest.json").read_bytes()
    assert open_store(folder).snapshots().height == 1


def test_a_corrected_file_takes_the_place_of_the_old_and_the_old_snapshot_stays(folder):
    before = open_store(folder)
    total = before.flows()["value_kusd"].sum()
    corrected = [("MMR", "CHN", "284690", 99.0, None)]
    with writer(folder) as work:
        assert work.put(parcel(2020, corrected, sha256="1" * 64)) == "replaced"
    now = open_store(folder)
    assert now.flows(years=[2020])["value_kusd"].to_list() == [99.0]
    assert now.snapshots()["current"].to_list().count(True) == 1
    assert now.snapshots().height == 2
    assert now.at(before.snapshot_id[:6]).flows()["value_kusd"].sum() == total
    assert before.flows()["value_kusd"].sum() == total
    with pytest.raises(InputError, match="no snapshot"):
        now.at("f" * 16)


def test_versions_and_sources_are_never_mixed_in_silence(folder):
    with writer(folder) as work:
        work.put(parcel(2021, version="V2"))
    store = open_store(folder)
    with pytest.raises(InputError, match=r"version='V1'.*version='V2'") as caught:
        store.flows(chain="rare_earths")
    assert "mix=True" in str(caught.value)
    assert store.flows(version="V2")["source_version"].unique().to_list() == ["V2"]
    assert store.flows(version="V1")["year"].n_unique() == 3
    assert store.flows(mix=True).height == 12
    with pytest.raises(InputError, match="no flows of source 'comtrade'") as caught:
        store.flows(source="comtrade")
    assert "baci V1 HS17; baci V2 HS17" in str(caught.value)


def test_years_that_are_not_there_are_named_with_those_that_are(folder):
    with writer(folder) as work:
        work.put(parcel(2024))
    with pytest.raises(InputError, match=r"no flows of 2019, 2023") as caught:
        open_store(folder).flows(years=range(2019, 2025))
    assert "2020–2022, 2024" in str(caught.value)
    with pytest.raises(InputError, match="no year asked for"):
        open_store(folder).flows(years=[])


def test_a_year_without_rows_is_known_and_empty(folder):
    with writer(folder) as work:
        work.put(parcel(2023, []))
    assert open_store(folder).flows(years=[2023]).is_empty()


@pytest.mark.parametrize("code", ["28469", "28469a", "2846901"])
def test_a_wrong_code_is_refused(folder, code):
    with pytest.raises(InputError, match="six digits"):
        open_store(folder).flows(hs=[code])


def test_quarantined_rows_are_kept_and_counted(folder):
    bad = pl.DataFrame(
        [("f.csv", 7, "v", "-1", "negative", "mend it", '{"v":"-1"}', None, "baci", "V1")],
        schema=TABLES["quarantine"].dtypes,
        orient="row",
    )
    with writer(folder) as work:
        work.put(parcel(2023, quarantine=bad))
    store = open_store(folder)
    assert store.pieces().filter(year=2023)["quarantined"].to_list() == [1]
    assert_frame_equal(store.table("quarantine"), bad)
    assert store.table("quarantine", column="q").is_empty()
    with writer(folder) as work:
        work.put(parcel(2023))
    assert open_store(folder).table("quarantine").is_empty()


def test_other_tables_are_kept_and_filtered(tmp_path):
    rows = [
        (1995, "CHN", "rare_earths", "mine", 48_000.0, "REO", False, "usgs", "MCS1997"),
        (1995, "USA", "rare_earths", "mine", 22_200.0, "REO", False, "usgs", "MCS1997"),
        (1996, "CHN", "rare_earths", "mine", 55_000.0, "REO", True, "usgs", "MCS1998"),
    ]
    frame = pl.DataFrame(rows, schema=TABLES["production"].dtypes, orient="row")
    distances = pl.DataFrame(
        [(None, "CHN", "JPN", 2100.0, None, False, False, False, None, "geodist", "2011")],
        schema=TABLES["dyads"].dtypes,
        orient="row",
    )
    nothing = empty("quarantine")
    with writer(tmp_path / "s") as work:
        work.put(Parcel("production", frame, nothing, Provenance("usgs", "MCS"), "p.csv", "a", None))
        work.put(Parcel("dyads", distances, nothing, Provenance("geodist", "2011"), "d.csv", "b", None))
    store = open_store(tmp_path / "s")
    assert store.table("production", country=["CHN"])["quantity_t"].to_list() == [48_000.0, 55_000.0]
    assert store.table("production", source_version="MCS1998", year=1996).height == 1
    assert_frame_equal(store.table("dyads"), distances)
    assert store.table("dyads", exporter="USA").is_empty()
    assert store.table("reports").is_empty()
    with pytest.raises(InputError, match="no column 'colour'"):
        store.table("production", colour="red")
    with pytest.raises(InputError, match="no table 'weather'"):
        store.table("weather")


def test_provenance_joins_years_and_names_only_what_a_frame_uses(folder):
    with writer(folder) as work:
        work.put(parcel(2021, version="V2"))
    store = open_store(folder)
    assert [(one.version, one.years) for one in store.provenance()] == [("V1", (2020, 2022)), ("V2", (2021, 2021))]
    used = store.provenance(store.flows(version="V1", years=[2021, 2022]))
    assert [(one.version, one.years, one.title) for one in used] == [("V1", (2021, 2022), "BACI")]


def test_a_repeated_key_and_a_broken_row_are_refused_and_nothing_is_stored(folder):
    before = (folder / "manifest.json").read_bytes()
    twice = [("CHN", "JPN", "280530", 1.0, None), ("CHN", "JPN", "280530", 2.0, None)]
    with pytest.raises(SchemaError, match=r"repeat the key.*280530"), writer(folder) as work:
        work.put(parcel(2023, twice))
    with pytest.raises(SchemaError, match="value_kusd"):
        put_all(folder, parcel(2023), parcel(2024, [("CHN", "JPN", "280530", -1.0, None)]))
    assert (folder / "manifest.json").read_bytes() == before
    assert len(list((folder / "pieces").glob("*/*"))) == 3


def test_rows_that_stand_in_the_store_from_another_file_are_refused(folder):
    with pytest.raises(StoreError, match="already stand in the store, from BACI_HS17_Y2021"), writer(folder) as work:
        work.put(parcel(2021, file="copy.csv", sha256="1" * 64))
    with writer(folder) as work:
        work.put(parcel(2021, [("CHN", "USA", "850511", 1.0, None)], file="more.csv", sha256="1" * 64))
    assert open_store(folder).flows(years=[2021]).height == 4


def test_two_takings_of_one_raw_file_may_overlap(folder):
    more = [*parcel(2021).frame.select("exporter", "importer", "hs6", "value_kusd", "quantity_t").rows()]
    with writer(folder) as work:
        work.put(parcel(2021, [*more, ("CHN", "USA", "850511", 1.0, None)], file="another taking"))
    assert open_store(folder).flows(years=[2021]).height == 4
    wrong = [("CHN", "JPN", "280530", 20_000.0, 1.5)]
    with pytest.raises(StoreError, match="already stand"), writer(folder) as work:
        work.put(parcel(2021, wrong, file="in dollars by mistake"))


def test_flows_of_two_versions_in_one_piece_are_refused(tmp_path):
    mixed = pl.concat([flows(2020, [("CHN", "JPN", "280530", 1.0, None)], version) for version in ("V1", "V2")])
    with pytest.raises(SchemaError, match="source_version"), writer(tmp_path / "s") as work:
        work.put(dataclasses.replace(parcel(2020), frame=mixed))


def test_a_piece_of_no_known_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="no table 'weather'"), writer(tmp_path / "s") as work:
        work.put(dataclasses.replace(parcel(2020), table="weather"))


def test_constant_columns_live_in_the_manifest_not_in_the_file(folder):
    piece = open_store(folder).manifest.pieces[0]
    assert set(pl.read_parquet_schema(folder / piece.data.path)) == {
        "year", "exporter", "importer", "hs6", "value_kusd", "quantity_t",
    }  # fmt: skip
    assert piece.constants["absence"] == "zero"
    assert open_store(folder).pieces()["absence"].to_list() == ["zero"] * 3


def test_a_second_piece_of_one_name_in_one_writer_is_refused(folder):
    """Two files of the same name: the second would take the place of the first without a word."""
    with pytest.raises(InputError, match="two files of this name"):
        put_all(folder, parcel(2023), parcel(2023, [("CHN", "USA", "850511", 1.0, None)], sha256="1" * 64))
    assert open_store(folder).flows()["year"].max() == 2022


def test_the_whole_file_takes_the_place_of_what_was_taken_from_it_in_part(folder):
    part = [("CHN", "JPN", "280530", 5.0, None)]
    put_all(folder, parcel(2024, part, limits="chain a"), parcel(2024, part, limits="chain b", sha256="0" * 64))
    assert open_store(folder).flows(years=2024).height == 1, "what both take stands once"
    corrected = [("CHN", "JPN", "280530", 6.0, None), ("CHN", "JPN", "850511", 7.0, None)]
    with pytest.raises(StoreError, match="already stand") as caught:
        put_all(folder, parcel(2024, corrected[:1], limits="chain b", sha256="2" * 64))
    assert "ingest the whole file, without --chain" in caught.value.remedy
    assert put_all(folder, parcel(2024, corrected, sha256="2" * 64)) == ["replaced"]
    store = open_store(folder)
    assert store.flows(years=2024)["value_kusd"].to_list() == [6.0, 7.0]
    assert store.pieces().filter(year=2024)["limits"].to_list() == [""]
    assert put_all(folder, parcel(2024, corrected[:1], limits="chain b", sha256="2" * 64)) == ["unchanged"]
    assert open_store(folder).snapshot_id == store.snapshot_id


def test_the_remedy_for_rows_of_another_file_names_options_that_exist(folder):
    with pytest.raises(StoreError, match="already stand") as caught:
        put_all(folder, parcel(2021, file="copy.csv", sha256="1" * 64))
    assert "--version (in Python: version=)" in caught.value.remedy
    assert "--data-version" not in caught.value.remedy


def test_pieces_can_be_dropped_but_not_those_just_put(folder):
    before = open_store(folder)
    with writer(folder) as work:
        work.put(parcel(2022))
        gone = work.drop(lambda piece: piece.year != 2020)
        assert [piece.year for piece in gone] == [2021]
    assert open_store(folder).flows()["year"].unique().to_list() == [2020, 2022]
    assert open_store(folder).at(before.snapshot_id).flows().height == 9


def test_rows_of_one_country_are_filled_together_by_several_files(tmp_path):
    def facts(file, rows, version="2025"):
        schema = TABLES["country_year"].dtypes
        frame = pl.DataFrame([(*row, "wdi", version) for row in rows], schema=schema, orient="row")
        return Parcel("country_year", frame, empty("quarantine"), Provenance("wdi", version), file, file, None)

    gdp = facts("gdp.json", [(2020, "CHN", 14.7e12, None), (2020, "USA", 21.0e12, None)])
    people = facts("pop.json", [(2020, "CHN", None, 1.41e9), (2021, "CHN", None, 1.412e9)])
    put_all(tmp_path / "s", gdp, people)
    expected = [
        (2020, "CHN", 14.7e12, 1.41e9, "wdi", "2025"),
        (2020, "USA", 21.0e12, None, "wdi", "2025"),
        (2021, "CHN", None, 1.412e9, "wdi", "2025"),
    ]
    assert open_store(tmp_path / "s").table("country_year").rows() == expected
    with pytest.raises(StoreError, match="1 rows already stand in the store, from pop"):
        put_all(tmp_path / "s", facts("other.json", [(2020, "CHN", None, 1.40e9)]))
    put_all(tmp_path / "s", facts("other.json", [(2020, "CHN", None, 1.40e9)], version="2026"))
    assert open_store(tmp_path / "s").table("country_year", source_version="2026").height == 1


@pytest.mark.parametrize("years", [2022, np.int64(2022), 2022.0, [2022], np.array([2022]), range(2022, 2023), {2022}])
def test_years_in_any_honest_form(folder, years):
    assert open_store(folder).flows(years=years).height == 3
    assert open_store(folder).table("flows", year=years).height == 3


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"years": 2022.7}, "2022.7 is not a year"),
        ({"years": [2021, 2022.5]}, "2022.5 is not a year"),
        ({"years": "2022"}, "'2022' is not a year"),
        ({"years": True}, "True is not a year"),
        ({"hs": [850511]}, "HS code 850511 is not text"),
        ({"hs": 850511}, "HS code 850511 is not text"),
        ({"hs": "8505"}, "'8505' is not six digits"),
        ({"hs": "999999"}, "no chapter 99"),
        ({"hs": ["770000"]}, "no chapter 77"),
    ],
)
def test_flows_asked_wrongly(folder, asked, words):
    with pytest.raises(InputError, match=words) as caught:
        open_store(folder).flows(**asked)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"year": "abc"}, "'abc' is not a year"),
        ({"year": 2022.5}, "2022.5 is not a year"),
        ({"exporter": "China"}, "is never 'China'"),
        ({"exporter": 156}, "is never 156: it is text"),
        ({"quality": "good"}, "is never 'good': it is one of published"),
        ({"value_kusd": "much"}, "is never 'much': it is a number"),
        ({"hs6": [850511]}, "is not text"),
    ],
)
def test_a_filter_that_can_never_hold_is_refused(folder, asked, words):
    with pytest.raises(InputError, match=words) as caught:
        open_store(folder).table("flows", **asked)
    assert caught.value.remedy


def test_a_single_product_needs_no_list(folder):
    assert open_store(folder).flows(hs="850511").height == 3


def test_pieces_of_many_years_put_in_any_order_are_read_in_order(tmp_path):
    put_all(tmp_path / "s", *(parcel(year) for year in (2021, 2019, 2022, 2020)))
    read = open_store(tmp_path / "s").flows()
    assert_frame_equal(read, read.sort("year", "hs6", "exporter", "importer"))
