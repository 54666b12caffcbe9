"""Mapped tables: what a row becomes, what is set aside and why, and that no row is lost in silence."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xenotime.core import InputError, SourceError
from xenotime.schema import TABLES
from xenotime.sources import load_mapping, table
from xenotime.sources.base import Parsed
from xenotime.sources.mapping import fields, ready

MAPPING: dict[str, Any] = {
    "title": "made up",
    "version": "2024",
    "source": "made_up",
    "columns": {"year": "t", "exporter": "i", "importer": "j", "hs6": "k", "value": "v", "quantity": "q"},
    "units": {"value": "usd", "quantity": "kg"},
    "country_scheme": "iso2",
    "hs_version": "HS17",
    "absence": "zero",
}
HEADER = "t,i,j,k,v,q"


def write(folder: Path, *rows: str, header: str = HEADER, name: str = "flows.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path: Path, mapping: Any = MAPPING, **settings: Any) -> tuple[pl.DataFrame, pl.DataFrame, list[Parsed]]:
    pieces = list(table.parse(path, mapping=mapping, **settings))
    return pl.concat([p.frame for p in pieces]), pl.concat([p.quarantine for p in pieces]), pieces


def test_units_codes_and_provenance(tmp_path: Path) -> None:
    path = write(tmp_path, "2022,CN,US,850511,5000,250", "2022,NA,JP,284690,1,", "2023,TW,JP,850511,10,NA")
    frame, aside, pieces = read(path)
    assert aside.is_empty()
    assert frame.columns == list(TABLES["flows"].columns)
    assert frame.select("year", "exporter", "importer", "hs6", "value_kusd", "quantity_t").rows() == [
        (2022, "CHN", "USA", "850511", 5.0, 0.25),
        (2022, "NAM", "JPN", "284690", 0.001, None),
        (2023, "TWN", "JPN", "850511", 0.01, None),
    ]
    assert [piece.year for piece in pieces] == [2022, 2023]
    assert pieces[0].provenance.source == "made_up"
    assert frame["absence"].unique().to_list() == ["zero"]


@pytest.mark.parametrize(("unit", "kusd"), [("usd", 2.0), ("kusd", 2000.0), ("musd", 2e6)])
def test_value_units(tmp_path: Path, unit: str, kusd: float) -> None:
    frame, _, _ = read(write(tmp_path, "2022,CN,US,850511,2000,"), units={"value": unit})
    assert frame["value_kusd"].to_list() == [kusd]


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("2022,CN,XX,850511,1,", "j", "XX", "unknown country code"),
        ("2022,CN,US,85051x,1,", "k", "85051x", "unknown HS code"),
        ("2022,CN,US,2846,1,", "k", "2846", "a heading or chapter"),
        ("2022,CN,US,772233,1,", "k", "772233", "no product: the Harmonized System has no such chapter"),
        ("2022,CN,US,999999,1,", "k", "999999", "no product"),
        ("2022,CN,US,850511,2e12,", "v", "2e12", "value is more than any flow's"),
        ("2022,SU,US,850511,1,", "i", "SU", "the country did not exist that year"),
        ("2022,CN,US,811230,1,", "k", "811230", "wrong vintage: HS17"),
        ("2022,CN,US,850511,-3,", "v", "-3", "value is negative"),
        ("2022,CN,US,850511,many,", "v", "many", "value is not a number"),
        ('2022,CN,US,850511,"1,200",', "v", "1,200", "value is not a number"),
        ("2022,CN,US,850511,inf,", "v", "inf", "value is not finite"),
        ("2022,CN,US,850511,,", "v", None, "value is empty"),
        ("2022,CN,US,850511,1,-2", "q", "-2", "quantity is negative"),
        ("22,CN,US,850511,1,", "t", "22", "year is before 1900"),
        ("next,CN,US,850511,1,", "t", "next", "year is not a number"),
        ("2022,CN,CN,850511,1,", "j", "CN", "exporter and importer are the same country"),
        ("2022,CN,US,850511,1,5", "t, i, j, k, v, q", "the line of the row kept: 2", "repeats an earlier row"),
    ],
)
def test_a_bad_row_is_set_aside_with_line_value_reason_and_remedy(
    tmp_path: Path, row: str, column: str, value: str | None, reason: str
) -> None:
    good = "2022,CN,US,850511,7,"
    frame, aside, _ = read(write(tmp_path, good, row))
    assert frame["value_kusd"].to_list() == [0.007]
    (found,) = aside.to_dicts()
    assert (found["file"], found["row"], found["column"], found["value"]) == ("flows.csv", 3, column, value)
    assert found["reason"].startswith(reason)
    assert found["remedy"]
    assert len(json.loads(found["raw"])) == 6


def test_world_and_areas_are_named_as_such(tmp_path: Path) -> None:
    mapping = {**MAPPING, "country_scheme": "comtrade"}
    _, aside, _ = read(
        write(tmp_path, "2022,156,842,850511,7,", "2022,156,0,850511,7,", "2022,156,5555,850511,7,"), mapping
    )
    assert aside["reason"].str.slice(0, 21).to_list() == ["an area or aggregate,", "unknown country code "]


def test_two_codes_of_one_country_are_added_up(tmp_path: Path) -> None:
    mapping = {**MAPPING, "country_scheme": "baci"}
    frame, aside, pieces = read(write(tmp_path, "1999,56,842,850511,1000,5", "1999,58,842,850511,2000,"), mapping)
    assert aside.is_empty()
    assert frame.select("exporter", "value_kusd", "quantity_t").rows() == [("BEL", 3.0, None)]
    assert "2 rows added up to 1" in pieces[0].notes[0]


def test_parts_are_added_up_where_the_mapping_says_so(tmp_path: Path) -> None:
    rows = ("2022-01-01,CN,US,850511,1000,5", "2022-02-01,CN,US,850511,2000,6")
    frame, aside, _ = read(write(tmp_path, *rows), repeated="sum", year_format="date")
    assert aside.is_empty()
    assert frame.select("value_kusd", "quantity_t").rows() == [(3.0, 0.011)]


def test_constants_translation_and_kept_rows(tmp_path: Path) -> None:
    mapping = {
        **MAPPING,
        "columns": {"year": "t", "exporter": "i", "importer": "j", "hs6": "layer", "value": "v"},
        "constants": {},
        "translate": {"hs6": {"3": "850511"}},
        "keep": {"checked": ["yes"]},
    }
    rows = ("2022,CN,US,3,1000,yes", "2022,JP,US,3,1000,no", "2022,DE,US,4,1000,yes")
    frame, aside, pieces = read(write(tmp_path, *rows, header="t,i,j,layer,v,checked"), mapping)
    assert frame.select("exporter", "hs6").rows() == [("CHN", "850511")]
    assert aside["reason"].to_list() == ["the mapping translates no such hs6"]
    assert aside["value"].to_list() == ["4"]
    assert pieces[0].notes == ("1 rows whose checked is not yes left out",)
    frame, _, _ = read(
        write(tmp_path, "2022,CN,US,1", header="t,i,j,v"),
        {**MAPPING, "columns": {"year": "t", "exporter": "i", "importer": "j", "value": "v"}},
        constants={"hs6": "850511"},
    )
    assert frame["hs6"].to_list() == ["850511"]


def test_codes_that_a_spreadsheet_has_touched(tmp_path: Path) -> None:
    frame, aside, pieces = read(write(tmp_path, "2022.0,CN,US,10121,1,", "2022, CN ,JP,850511.0,1,"))
    assert aside.is_empty()
    assert pieces[0].notes == ("1 rows with product codes of five digits, read with a leading zero",)
    assert frame["hs6"].sort().to_list() == ["010121", "850511"]


def test_only_the_years_and_products_asked_for(tmp_path: Path) -> None:
    rows = ("2021,CN,US,850511,1,", "2022,CN,US,850511,1,", "2022,CN,US,284690,1,", "2022,CN,US,oops,1,")
    frame, aside, pieces = read(write(tmp_path, *rows), years=[2022], hs6=["850511"])
    assert frame.select("year", "hs6").rows() == [(2022, "850511")]
    assert aside["value"].to_list() == ["oops"]  # what cannot be read may have been asked for
    assert pieces[0].notes == ("2 rows of years or products not asked for left out",)


@pytest.mark.parametrize("name", ["flows.tsv", "flows.csv.gz", "flows.parquet"])
def test_other_kinds_of_file_read_the_same(tmp_path: Path, name: str) -> None:
    rows = ["2022,CN,US,850511,5000,250", "2022,NA,JP,010121,1,"]
    plain, _, _ = read(write(tmp_path, *rows))
    other = tmp_path / name
    if name.endswith(".tsv"):
        write(tmp_path, *(row.replace(",", "\t") for row in rows), header=HEADER.replace(",", "\t"), name=name)
    elif name.endswith(".gz"):
        other.write_bytes(gzip.compress((tmp_path / "flows.csv").read_bytes()))
    else:
        typed = pl.read_csv(tmp_path / "flows.csv", schema_overrides={"k": pl.String})
        typed.write_parquet(other)
    found, _, _ = read(other)
    assert found.equals(plain)


def test_country_codes_are_recognised_and_said_so(tmp_path: Path) -> None:
    mapping = {name: value for name, value in MAPPING.items() if name != "country_scheme"}
    frame, _, pieces = read(write(tmp_path, "2022,S19,JPN,850511,1,", "2022,CHN,JPN,850511,1,"), mapping)
    assert frame["exporter"].sort().to_list() == ["CHN", "TWN"]
    assert "country codes recognised as iso3" in pieces[0].notes
    with pytest.raises(InputError, match="scheme of the country codes is not said"):
        read(write(tmp_path, "2022,156,392,850511,1,"), mapping)


def test_an_incomplete_mapping_says_everything_that_is_missing_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "2022,CN,US,850511,1,")
    with pytest.raises(InputError) as caught:
        read(path, {"columns": {"exporter": "i", "value": "v"}, "absence": "cut"})
    for expected in (
        "--map importer=COLUMN",
        "--value-unit usd|kusd|musd",
        "--version",
        "--hs-version",
        "--cut-note",
    ):
        assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {"exporter": "exporteur"}}, "no column 'exporteur'"),
        ({"columns": {"exportr": "i"}}, "no field 'exportr'; nearest: 'exporter'"),
        ({"units": {"value": "eur"}}, "'eur' is no unit of value"),
        ({"country_scheme": "iso"}, "country_scheme is 'iso'"),
        ({"absence": "nothing"}, "absence is 'nothing'"),
        ({"hs_version": "HS18"}, "hs_version is 'HS18'"),
        ({"keep": {"flag": ["1"]}}, "no column 'flag'"),
        ({"colums": {}}, "no setting 'colums'"),
    ],
)
def test_a_wrong_mapping(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(write(tmp_path, "2022,CN,US,850511,1,"), **change)


def test_a_column_named_like_its_field_needs_no_mention(tmp_path: Path) -> None:
    path = write(tmp_path, "2022,CN,US,850511,1", header="year,exporter,importer,hs6,value")
    frame, _, _ = read(path, {**MAPPING, "columns": {}})
    assert frame["value_kusd"].to_list() == [0.001]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join([HEADER, *(f"2022,CN,US,850511,{n}," for n in range(5000))]).encode())
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="truncated"):
        read(cut)
    with pytest.raises(SourceError, match="row 3: this line has more fields than the header's 6"):
        read(write(tmp_path, "2022,CN,US,850511,1,", "2022,CN,JP,850511,1,2,"))
    (tmp_path / "latin.csv").write_bytes(f"{HEADER}\n2022,Curaçao,US,850511,1,\n".encode("latin-1"))
    with pytest.raises(SourceError, match="not UTF-8"):
        read(tmp_path / "latin.csv")
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(SourceError, match="empty"):
        read(tmp_path / "empty.csv")
    with pytest.raises(SourceError, match="a header and no rows"):
        read(write(tmp_path))
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match="xlsx files are not read"):
        read(tmp_path / "book.xlsx")
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "absent.csv")


def test_a_mapping_that_fits_no_row_is_an_error_with_the_first(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"row 2: none of its rows can be used; i is 'CHN'"):
        read(write(tmp_path, "2022,CHN,USA,850511,1,"))
    with pytest.raises(SourceError, match="no row is left: 1 rows of years or products not asked for"):
        read(write(tmp_path, "2022,CN,US,850511,1,"), years=[2019])


def test_other_tables(tmp_path: Path) -> None:
    mapping = {
        "table": "production",
        "version": "2024",
        "columns": {"country": "land", "quantity": "kt", "estimated": "est"},
        "constants": {"commodity": "rare_earths", "stage": "mine", "basis": "REO content"},
        "units": {"quantity": "kt"},
        "country_scheme": "name",
    }
    path = write(tmp_path, "2022,China,210,0", "2022,Viet Nam,1.2,1", "2022,World,300,0", header="year,land,kt,est")
    frame, aside, _ = read(path, mapping)
    assert frame.select("country", "quantity_t", "estimated").rows() == [("CHN", 210e3, False), ("VNM", 1200.0, True)]
    assert aside["value"].to_list() == ["World"]
    mapping = {"table": "dyads", "version": "1", "columns": {"distance": "km"}, "units": {"distance": "km"}}
    frame, _, pieces = read(write(tmp_path, "CHN,USA,11000", header="exporter,importer,km"), mapping)
    assert frame.select("year", "distance_km", "contiguous").rows() == [(None, 11000.0, None)]
    assert pieces[0].year is None


def test_every_ready_mapping_is_complete_and_its_layout_is_written_down() -> None:
    folder = Path(table.__file__).parent / "mappings"
    assert ready()
    for name, mapping in ready().items():
        assert mapping.title
        assert mapping.licence
        assert mapping.version
        assert mapping.absence
        assert set(mapping.columns) <= set(fields(mapping.table))
        head = (folder / f"{name}.yaml").read_text(encoding="utf-8").split("title:")[0]
        for column in mapping.columns.values():
            assert column in head


def test_a_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("version: '1'\ncolumns: {exporter: i}\nunits: {value: usd}\n")
    loaded = load_mapping(path, columns={"importer": "j"}, hs_version="HS17")
    assert loaded.columns == {"exporter": "i", "importer": "j"}
    assert (loaded.version, loaded.hs_version) == ("1", "HS17")
    path.write_text("verson: '1'\n")
    with pytest.raises(InputError, match=r"nearest: 'version'"):
        load_mapping(path)
    path.write_text("[1, 2")
    with pytest.raises(InputError, match="not YAML"):
        load_mapping(path)
    with pytest.raises(InputError, match="no such mapping file"):
        load_mapping(tmp_path / "absent.yaml")
    with pytest.raises(InputError, match="no ready mapping is called 'baci_extrat'; nearest: 'baci_extract'"):
        load_mapping("baci_extrat")


CELL = st.tuples(
    st.sampled_from(["2021", "2022", "x"]),
    st.sampled_from(["CN", "US", "JP", "XX", ""]),
    st.sampled_from(["CN", "US", "JP", "DE"]),
    st.sampled_from(["850511", "284690", "12"]),
    st.sampled_from(["1000", "2500", "-1", "NA", "0"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(CELL, min_size=1, max_size=30), repeated=st.sampled_from(["sum", "quarantine"]))
def test_no_row_and_no_dollar_is_lost(tmp_path: Path, rows: list[tuple[str, ...]], repeated: str) -> None:
    path = write(tmp_path, *(",".join((*row, "")) for row in [("2022", "CN", "KR", "850511", "1"), *rows]))
    frame, aside, _ = read(path, repeated=repeated)
    rows = [("2022", "CN", "KR", "850511", "1"), *rows]
    good = [
        row
        for row in rows
        if row[0] != "x"
        and row[1] not in ("XX", "")
        and row[1] != row[2]
        and row[3] != "12"
        and row[4] not in ("-1", "NA")
    ]
    keys = [row[:4] for row in good]
    assert len(frame) == len(set(keys))
    if repeated == "sum":
        assert len(aside) == len(rows) - len(good)
        assert frame["value_kusd"].sum() == pytest.approx(sum(float(row[4]) for row in good) / 1e3)
    else:
        assert len(frame) + len(aside) == len(rows)
        firsts = {key: next(row for row in good if row[:4] == key) for key in keys}
        assert frame["value_kusd"].sum() == pytest.approx(sum(float(row[4]) for row in firsts.values()) / 1e3)
    assert aside["row"].n_unique() == len(aside)


def test_iso2_cs_is_czechoslovakia_first_and_serbia_and_montenegro_later(tmp_path: Path) -> None:
    """ISO 3166-3: CSHH until 1993, CSXX from 2003 to 2006."""
    frame, aside, pieces = read(write(tmp_path, "1991,CS,US,850511,1000,", "2004,CS,US,850511,2000,"))
    assert frame.select("year", "exporter").rows() == [(1991, "CSK"), (2004, "SCG")]
    assert aside.is_empty()
    assert not any("began" in note for piece in pieces for note in piece.notes)


@pytest.mark.parametrize(
    ("year", "code", "kept"),
    [
        (2022, "SUN", False), (2020, "YUG", False), (2005, "SSD", False), (2009, "SSD", False), (1989, "SUN", True),
        (2010, "SSD", True), (2011, "SSD", True), (1991, "SUN", True), (1993, "YUG", False), (2022, "BEL", True),
    ],
)  # fmt: skip
def test_a_country_has_to_exist_give_or_take_a_year(tmp_path: Path, year: int, code: str, kept: bool) -> None:
    mapping = {**MAPPING, "country_scheme": "iso3"}
    rows = [f"{year},{code},USA,850511,5000,", f"{year},CHN,USA,850511,1000,"]
    frame, aside, pieces = read(write(tmp_path, *rows), mapping)
    assert (code in frame["exporter"].to_list()) is kept
    assert aside["value_kusd"].to_list() == ([] if kept else [5.0])
    beside = (year, code) in ((2010, "SSD"), (1991, "SUN"))
    assert any(note.startswith("1 rows ($5.0 k) kept of countries") for note in pieces[0].notes) is beside


def test_facts_about_a_country_may_lie_before_it_began(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("year,country,gdp,population\n1990,UKR,1000,50\n")
    (piece,) = table.parse(
        path, table="country_year", version="1", units={"gdp": "usd", "population": "million"}, country_scheme="iso3"
    )
    assert piece.frame.height == 1


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("t,i,j,k,v,v\n2022,CN,US,850511,1,2\n")
    with pytest.raises(InputError, match="two columns are called 'v'"):
        read(path)


def test_one_column_for_two_fields_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "2022,CN,US,850511,1,2")
    with pytest.raises(InputError, match="column 'v' is to be both value and quantity"):
        read(path, columns={"quantity": "v"})


def test_semicolons_are_recognised(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("t;i;j;k;v;q\n2022;CN;US;850511;1000;2\n")
    with pytest.raises(InputError, match="parted by ';'") as caught:
        read(path)
    assert 'separator: ";"' in str(caught.value.remedy)
    frame, _, _ = read(path, separator=";")
    assert frame["value_kusd"].to_list() == [1.0]


def test_folders_and_files_that_are_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder, not a file"):
        read(tmp_path)
    with pytest.raises(InputError, match="is a folder, not a mapping file"):
        table.load_mapping(tmp_path)
    broken = tmp_path / "m.yaml"
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        table.load_mapping(broken)
    path = tmp_path / "flows.csv"
    path.write_text("\n\nt,i,j,k,v,q\n2022,CN,US,850511,1,2\n")
    with pytest.raises(SourceError, match="begins with a blank line"):
        read(path)
