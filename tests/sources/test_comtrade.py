"""Comtrade in its three shapes, on a few typed rows; the counts of the real file are in tests/real."""

import gzip
import json

import polars as pl
import pytest

from xenotime.core import DataWarning, InputError, SourceError
from xenotime.schema import TABLES
from xenotime.sources import comtrade
from xenotime.sources._breakdown import MULTIPLE, TOTAL, mark_breakdown

HEADER = [
    *("typeCode", "freqCode", "refYear", "reporterCode", "reporterISO", "flowCode", "partnerCode", "partnerDesc"),
    *("partner2Code", "classificationCode", "cmdCode", "customsCode", "motCode", "netWgt", "primaryValue"),
]


def record(**changes):
    """One sound row: the United States import magnets from China."""
    sound = dict.fromkeys(HEADER) | {"typeCode": "C", "freqCode": "A", "refYear": 2022, "classificationCode": "H6"}
    sound |= {"reporterCode": 842, "reporterISO": "USA", "flowCode": "M", "cmdCode": "850511"}
    sound |= {"partnerCode": 156, "partnerDesc": "China", "netWgt": 5000.0, "primaryValue": 125000.0}
    sound |= {"customsCode": "C00", "motCode": 0, "partner2Code": 0}
    return sound | changes


def answer(path, *records, **envelope):
    path.write_text(json.dumps({"elapsedTime": "0 s", "count": len(records), "data": records, "error": ""} | envelope))
    return path


def table(path, *records, header=HEADER, end=""):
    lines = [",".join(header)]
    lines += [",".join("" if r[name] is None else str(r[name]) for name in header) + end for r in records]
    path.write_text("\n".join(lines) + "\n")
    return path


def only(path, **options):
    pieces = list(comtrade.parse(path, **options))
    assert len(pieces) == 1
    return pieces[0]


def test_units_codes_and_vintage(tmp_path):
    piece = only(answer(tmp_path / "a.json", record(), record(flowCode="X", reporterCode=490, partnerCode=251)))
    assert piece.frame.schema == pl.Schema(TABLES["reports"].dtypes)
    rows = {row["flow"]: row for row in piece.frame.iter_rows(named=True)}
    assert (rows["import"]["reporter"], rows["import"]["partner"]) == ("USA", "CHN")
    assert (rows["import"]["value_kusd"], rows["import"]["quantity_t"]) == (125.0, 5.0)
    assert (rows["export"]["reporter"], rows["export"]["partner"]) == ("TWN", "FRA")  # 490 "Other Asia", 251 France
    assert (piece.hs_version, piece.year, len(piece.sha256)) == ("HS22", 2022, 64)


def test_json_csv_gz_and_parquet_say_the_same(tmp_path):
    records = [record(), record(flowCode="X", netWgt=None), record(cmdCode="284690", netWgt=0)]
    from_json = only(answer(tmp_path / "a.json", *records)).frame
    from_csv = only(table(tmp_path / "a.csv", *records)).frame
    from_commas = only(table(tmp_path / "b.csv", *records, end=",")).frame
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress((tmp_path / "b.csv").read_bytes()))
    pl.DataFrame(records).write_parquet(tmp_path / "a.parquet")
    from_parquet = only(tmp_path / "a.parquet").frame
    for frame in (from_csv, from_commas, only(tmp_path / "c.csv.gz").frame, from_parquet):
        assert frame.equals(from_json)
    assert from_json["quantity_t"].null_count() == 2  # unknown and 0 kg both mean: not reported


def test_codes_that_pandas_made_decimal(tmp_path):
    assert only(table(tmp_path / "a.csv", record(reporterCode="842.0", motCode="0.0", refYear="2022.0"))).frame.height


def test_marked_breakdown_rows_are_left_out(tmp_path):
    piece = only(
        answer(
            tmp_path / "a.json",
            record(),
            record(motCode=1000, primaryValue=100000.0),
            record(motCode=2100, primaryValue=25000.0),
            record(customsCode="C01"),
            record(cmdCode="284690", partner2Code=36),  # no total of this flow in the file
        )
    )
    assert piece.frame["value_kusd"].to_list() == [125.0]
    assert any("3 breakdown rows" in note for note in piece.notes)
    assert piece.quarantine["reason"].to_list() == ["a split of a flow whose total is not in the file"]


BARE = ["refYear", "reporterCode", "partnerCode", "cmdCode", "flowCode", "primaryValue", "netWgt"]


def test_unmarked_breakdown_rows_are_collapsed_and_said(tmp_path):
    split = [record(primaryValue=v) for v in (125000.0, 100000.0, 25000.0)]  # ×2
    fourfold = [record(flowCode="X", primaryValue=v) for v in (60.0, 60.0, 40.0, 20.0, 40.0, 20.0)]
    other = [record(cmdCode="284690", primaryValue=v) for v in (10.0, 9.0, 3.0)]  # 2.2 times: no breakdown
    path = table(tmp_path / "a.csv", *split, *fourfold, *other, header=BARE)
    with pytest.warns(DataWarning, match=r"1 flows ×2, 1 flows ×4"):
        piece = only(path, hs_version="HS22")
    assert sorted(piece.frame["value_kusd"]) == [0.06, 125.0]
    assert piece.quarantine.height == 3
    assert set(piece.quarantine["row"]) == {11, 12, 13}
    assert "not 2, 4, 8 times" in piece.quarantine["reason"][0]


def test_multiples_by_hand():
    cases = {
        "alone": ([7.0], 1),
        "total and one part": ([7.0, 7.0], 2),
        "total and parts": ([7.0, 3.0, 4.0], 2),
        "two splits": ([7.0, 7.0, 7.0, 3.0, 4.0], 4),
        "three splits": ([8.0] * 8, 8),
        "rounded parts": ([1000.0, 333.3, 333.3, 333.3], 2),
        "two parts, no total": ([7.0, 5.0], None),
        "repeated thrice": ([7.0] * 3, None),
    }
    rows = pl.DataFrame([(name, value) for name, (values, _) in cases.items() for value in values],
                        schema=["key", "value"], orient="row")  # fmt: skip
    marked = mark_breakdown(rows, ["key"], "value")
    for name, (values, multiple) in cases.items():
        mine = marked.filter(key=name)
        assert mine[MULTIPLE].unique().to_list() == [multiple], name
        assert mine.filter(pl.col(TOTAL))["value"].to_list() == [max(values)], name


def test_two_codes_of_one_country_are_added(tmp_path):
    piece = only(answer(tmp_path / "a.json", record(partnerCode=56), record(partnerCode=58, netWgt=None)))
    assert piece.frame.select("partner", "value_kusd", "quantity_t").rows() == [("BEL", 250.0, None)]
    assert any("two codes stand for one country" in note for note in piece.notes)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"partnerCode": 899}, "an area or group, not a country"),
        ({"reporterCode": 97}, "an area or group, not a country"),
        ({"partnerCode": 99999}, "unknown country code"),
        ({"partnerCode": 842}, "own trade (re-imports)"),
        ({"cmdCode": "2846"}, "not a six-digit HS code"),
        ({"cmdCode": "TOTAL"}, "not a six-digit HS code"),
        ({"primaryValue": None}, "not a number"),
        ({"primaryValue": "n/a"}, "not a number"),
        ({"primaryValue": -1}, "a negative value"),
        ({"refYear": 202203}, "monthly data"),
        ({"freqCode": "M"}, "monthly data"),
        ({"refYear": "x"}, "not a year"),
        ({"flowCode": None}, "no flow"),
        ({"classificationCode": "S4"}, "codes are not in a vintage of the HS"),
    ],
)
def test_rows_set_aside_with_their_line(tmp_path, change, reason):
    piece = only(table(tmp_path / "a.csv", record(flowCode="X"), record(**change)))
    assert piece.frame["flow"].to_list() == ["export"]
    (row,) = piece.quarantine.iter_rows(named=True)
    assert (row["reason"], row["row"], row["file"]) == (reason, 3, "a.csv")
    assert json.loads(row["raw"])["freqCode"] == change.get("freqCode", "A")
    assert row["remedy"]


def test_a_line_with_a_cell_too_many_is_set_aside(tmp_path):
    path = table(tmp_path / "a.csv", record(flowCode="X"), record())
    path.write_text(path.read_text().rstrip("\n") + ",7\n")  # as a comma without quotes in a name does
    (row,) = only(path).quarantine.iter_rows(named=True)
    assert (row["row"], row["value"], row["reason"]) == (3, "7", "more cells than the header names")


def test_world_and_other_flows_are_counted_and_left_out(tmp_path):
    piece = only(answer(tmp_path / "a.json", record(), record(partnerCode=0), record(flowCode="RX"),
                        record(refYear=2021), record(cmdCode="284690")), years=[2022], hs6=["850511"])  # fmt: skip
    assert piece.frame.height == 1
    assert piece.quarantine.is_empty()
    assert [note.split(" rows ")[0] for note in piece.notes] == ["1", "1", "1", "1"]


def test_one_piece_a_year_and_vintage(tmp_path):
    path = answer(tmp_path / "a.json", record(), record(refYear=2021, classificationCode="H5"), record(partnerCode=899))
    pieces = list(comtrade.parse(path, version="2026-01-05"))
    assert [(p.year, p.hs_version, p.quarantine.height) for p in pieces] == [(2021, "HS17", 1), (2022, "HS22", 0)]
    assert pieces[0].provenance.version == "2026-01-05"
    wanted = list(comtrade.parse(path, hs_version="HS22"))
    assert [(p.year, p.hs_version, p.quarantine.height) for p in wanted] == [(2022, "HS22", 2)]


def test_file_without_vintage_needs_it(tmp_path):
    path = table(tmp_path / "a.csv", record(), header=BARE)
    with pytest.raises(InputError, match="HS vintage"):
        list(comtrade.parse(path))
    assert only(path, hs_version="HS17").hs_version == "HS17"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"count": 0, "data": [], "error": ""}', "holds no rows"),
        ('{"data": [], "error": "Invalid period"}', "Invalid period"),
        ('{"statusCode": 401, "message": "Access denied due to missing subscription key"}', "Access denied"),
        ('{"count": 3}', "not an answer"),
        ('{"data": [{"refYear": 20', "not JSON"),
        ('{"data": [{"refYear": 2022, "reporterCode": 842}]}', "no column for partner"),
    ],
)
def test_answers_that_hold_no_data(tmp_path, text, message):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=message) as caught:
        list(comtrade.parse(path))
    assert caught.value.remedy
    assert "a.json" in caught.value.where


def test_files_that_are_no_data(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"refYear,reporterCode\n" * 1000)[:40])
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    for name, message in [("empty.csv", "is empty"), ("cut.csv.gz", "cannot be read"), ("broken.parquet", "cannot")]:
        with pytest.raises(SourceError, match=message):
            list(comtrade.parse(tmp_path / name))
    (tmp_path / "a.xlsx").write_bytes(b"")
    for name in ("a.xlsx", "absent.csv"):
        with pytest.raises(InputError):
            list(comtrade.parse(tmp_path / name))
    with pytest.raises(SourceError, match="no row can be used: an area or group"):
        list(comtrade.parse(answer(tmp_path / "a.json", record(partnerCode=899))))


def test_fetch_needs_a_key_and_something_to_ask_for(tmp_path, monkeypatch):
    monkeypatch.delenv(comtrade.INFO.key_variable, raising=False)
    with pytest.raises(InputError, match=comtrade.INFO.key_variable):
        comtrade.fetch(tmp_path, year=2022, codes=["850511", "284690"])
    monkeypatch.setenv(comtrade.INFO.key_variable, "made-up")
    with pytest.raises(InputError, match="year"):
        comtrade.fetch(tmp_path, codes=["850511"])
    assert not list(tmp_path.iterdir())


def test_an_answer_of_another_shape_or_cut_off_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"data": [1, 2]}')
    with pytest.raises(SourceError, match="does not hold rows with names"):
        only(path)
    with pytest.raises(SourceError, match="says it has 500 rows and holds 1"):
        only(answer(path, record(), count=500))
    assert only(answer(path, record(), count=0)).frame.height == 1


def test_as_many_rows_as_the_api_gives_are_noted(tmp_path):
    codes = [f"{chapter:02d}{heading:04d}" for chapter in (28, 85) for heading in range(1000, 1250)]
    piece = only(answer(tmp_path / "a.json", *(record(cmdCode=code) for code in codes)))
    assert "500 rows are the most that the API gives" in piece.notes[0]


@pytest.mark.parametrize(
    ("change", "reason", "kusd"),
    [
        ({"typeCode": "S"}, "services, not goods", 125.0),
        ({"cmdCode": "999999"}, "no product", 125.0),
        ({"cmdCode": "770000"}, "no product", 125.0),
        ({"primaryValue": 1e15}, "more than a trillion dollars", None),
        ({"partnerCode": 891}, "the country did not exist that year", 125.0),
        ({"partnerCode": 810}, "the country did not exist that year", 125.0),
    ],
)
def test_more_rows_that_are_set_aside(tmp_path, change, reason, kusd):
    piece = only(answer(tmp_path / "a.json", record(partnerCode=392), record(**change)))
    assert piece.frame.height == 1
    (found,) = piece.quarantine.to_dicts()
    assert found["reason"].startswith(reason)
    assert found["value_kusd"] == kusd


def test_a_weight_that_no_flow_has_is_unknown(tmp_path):
    assert only(answer(tmp_path / "a.json", record(netWgt=1e20))).frame["quantity_t"].to_list() == [None]


def test_products_in_the_file_are_named_where_none_was_asked_for(tmp_path):
    with pytest.raises(SourceError, match="products not asked for") as caught:
        only(answer(tmp_path / "a.json", record()), hs6=["284690"])
    assert "1 products (850511)" in caught.value.remedy


def test_a_header_with_one_name_twice_or_below_blank_lines(tmp_path):
    path = table(tmp_path / "a.csv", record(), header=[*HEADER, "primaryValue"])
    with pytest.raises(InputError, match="two columns are called 'primaryValue'"):
        only(path)
    path.write_text("\n\n" + table(tmp_path / "b.csv", record()).read_text())
    with pytest.raises(SourceError, match="begins with a blank line"):
        only(path)
