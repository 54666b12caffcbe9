"""Files that come again, corrected, in part, under one name, or twice: the store holds what the last one says."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from xenotime.core import InputError, SourceError, StoreError
from xenotime.pipeline import ingest
from xenotime.store import open_store

pytestmark = pytest.mark.filterwarnings("ignore::xenotime.core.DataWarning")

OPTIONS: dict[str, Any] = {
    "units": {"value": "kusd"},
    "country_scheme": "iso3",
    "hs_version": "HS17",
    "version": "1",
    "absence": "zero",
}
HEADER = "year,exporter,importer,hs6,value\n"


def write(path: Path, *rows: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def held(store: Path) -> list[tuple[int, str, float]]:
    return open_store(store).flows().select("year", "hs6", "value_kusd").rows()


def test_two_files_of_one_name_are_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    one = write(tmp_path / "A" / "x.csv", "2020,CHN,JPN,850511,5")
    other = write(tmp_path / "B" / "x.csv", "2020,CHN,USA,850511,6")
    with pytest.raises(InputError, match=r"two files are called x\.csv") as caught:
        ingest(tmp_path / "s", [one, other], **OPTIONS)
    assert str(one) in str(caught.value)
    assert str(other) in str(caught.value)
    assert not (tmp_path / "s" / "manifest.json").exists()


def test_the_same_path_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "2020,CHN,JPN,850511,5")
    report = ingest(tmp_path / "s", [path, tmp_path / "." / "x.csv"], **OPTIONS)
    assert report.pieces["rows"].to_list() == [1]
    assert report.world["value_kusd"].to_list() == [5.0]


def test_years_that_a_corrected_file_no_longer_holds_are_taken_out(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "2020,CHN,JPN,850511,5", "2021,CHN,JPN,850511,6")
    first = ingest(tmp_path / "s", path, **OPTIONS)
    write(path, "2021,CHN,JPN,850511,7")
    report = ingest(tmp_path / "s", path, **OPTIONS)
    assert held(tmp_path / "s") == [(2021, "850511", 7.0)]
    assert "taken out of the store" in report.notes[-1]
    assert "flows table 1 HS17 2020 from x.csv" in report.notes[-1]
    assert open_store(tmp_path / "s").at(first.snapshot).flows().height == 2


def test_a_wrong_vintage_corrected_leaves_nothing_under_the_wrong_one(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "2020,CHN,JPN,850511,5")
    ingest(tmp_path / "s", path, **{**OPTIONS, "hs_version": "HS12"})
    ingest(tmp_path / "s", path, **OPTIONS)
    assert open_store(tmp_path / "s").pieces()["hs_version"].to_list() == ["HS17"]


def test_one_year_at_a_time_keeps_the_others(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "2020,CHN,JPN,850511,5", "2021,CHN,JPN,850511,6")
    ingest(tmp_path / "s", path, years=2020, **OPTIONS)
    ingest(tmp_path / "s", path, years=[2021], **OPTIONS)
    assert held(tmp_path / "s") == [(2020, "850511", 5.0), (2021, "850511", 6.0)]


def test_a_chain_first_and_then_the_corrected_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "2020,CHN,JPN,850511,5", "2020,CHN,JPN,010121,1")
    ingest(tmp_path / "s", path, chain="rare_earths", **OPTIONS)
    write(path, "2020,CHN,JPN,850511,6", "2020,CHN,JPN,010121,1")
    with pytest.raises(StoreError, match="already stand") as caught:
        ingest(tmp_path / "s", path, hs="850511", **OPTIONS)
    assert "without --chain and --hs" in str(caught.value.remedy)
    report = ingest(tmp_path / "s", path, **OPTIONS)
    assert report.pieces["outcome"].to_list() == ["replaced"]
    assert held(tmp_path / "s") == [(2020, "010121", 1.0), (2020, "850511", 6.0)]


def test_rows_are_counted_where_the_store_holds_them(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "2020,CHN,JPN,850511,5", "2020,CHN,JPN,284690,1")
    ingest(tmp_path / "s", path, hs="850511", **OPTIONS)
    report = ingest(tmp_path / "s", path, hs=["850511", "284690"], **OPTIONS)
    assert report.pieces["rows"].to_list() == [1]
    assert open_store(tmp_path / "s").pieces()["rows"].sum() == 2


def test_nothing_of_what_was_asked_for_is_an_error_that_says_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "BACI_HS17_Y2022_V202601.csv"
    path.write_text("t,i,j,k,v,q\n2022,156,392,850511,5,1\n2022,156,842,010121,5,1\n")
    with pytest.raises(InputError, match="nothing of chain cobalt") as caught:
        ingest(tmp_path / "s", path, "baci", chain="cobalt")
    assert "it holds 2 products (010121, 850511)" in str(caught.value)
    assert not (tmp_path / "s" / "manifest.json").exists()
    mapped = write(tmp_path / "x.csv", "2020,CHN,JPN,850511,5")
    with pytest.raises(SourceError, match="850511"):
        ingest(tmp_path / "s", mapped, hs="284690", **OPTIONS)


def test_a_file_that_cannot_be_read_is_not_the_stores_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xenotime.sources import baci

    path = tmp_path / "BACI_HS17_Y2022_V202601.csv"
    path.write_text("t,i,j,k,v,q\n2022,156,392,850511,5,1\n")

    def denied(csv: Path) -> tuple[str, ...]:
        raise PermissionError(13, "Permission denied", str(csv))

    monkeypatch.setattr(baci, "header_of", denied)
    with pytest.raises(SourceError, match="cannot be read: Permission denied") as caught:
        ingest(tmp_path / "s", path, "baci")
    assert "BACI_HS17_Y2022_V202601.csv" in str(caught.value.where)
    assert "rights" in str(caught.value.remedy)


def reports(path: Path, *rows: tuple[int, int, str, float], year: int = 2022) -> Path:
    names = ("reporterCode", "partnerCode", "flowCode", "primaryValue")
    fixed = {"refYear": year, "classificationCode": "H5", "cmdCode": "850511", "netWgt": 1}
    data = [{**fixed, **dict(zip(names, row, strict=True))} for row in rows]
    path.write_text(json.dumps({"count": len(data), "data": data}))
    return path


def test_reports_and_the_flows_made_of_them_are_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xenotime.pipeline import mirror_store

    path = reports(tmp_path / "c.json", (392, 156, "M", 5000.0))
    report = ingest(tmp_path / "s", path, "comtrade", version="1")
    assert report.reconciled is not None
    assert report.reconciled.snapshot == report.snapshot == open_store(tmp_path / "s").snapshot_id
    assert open_store(tmp_path / "s").snapshots().height == 1
    before = open_store(tmp_path / "s").snapshot_id

    def full(*_: Any) -> pl.DataFrame:
        raise StoreError("the disk is full")

    monkeypatch.setattr(mirror_store, "reconcile", full)
    reports(path, (392, 156, "M", 9000.0))
    with pytest.raises(StoreError, match="disk is full"):
        ingest(tmp_path / "s", path, "comtrade", version="1")
    assert open_store(tmp_path / "s").snapshot_id == before
    assert open_store(tmp_path / "s").flows()["value_kusd"].to_list() == [5.0]


def test_flows_of_reports_that_are_gone_go_too(tmp_path: Path) -> None:
    path = reports(tmp_path / "c.json", (392, 156, "M", 5000.0), year=2021)
    ingest(tmp_path / "s", path, "comtrade", version="1")
    reports(path, (392, 156, "M", 9000.0), year=2022)
    report = ingest(tmp_path / "s", path, "comtrade", version="1")
    flows = open_store(tmp_path / "s").flows()
    assert flows.select("year", "value_kusd").rows() == [(2022, 9.0)]
    assert "reports comtrade 1 HS17 2021" in " ".join(report.notes)
    assert report.reconciled is not None
    assert "flows comtrade_mirror 1 HS17 2021" in " ".join(report.reconciled.notes)


@pytest.mark.parametrize(
    ("asked", "words"), [({"years": 2022.7}, "2022.7 is not a year"), ({"hs": [850511]}, "is not text")]
)
def test_asked_wrongly(tmp_path: Path, asked: dict[str, Any], words: str) -> None:
    path = write(tmp_path / "x.csv", "2020,CHN,JPN,850511,5")
    with pytest.raises(InputError, match=words):
        ingest(tmp_path / "s", path, **asked, **OPTIONS)


def test_a_file_without_a_source_is_told_what_it_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for header, words in {
        "year,i,j,cmd,value": "--mapping baci_matrix",
        "t,i,j,k,v,q": "--source baci",
        "refYear,reporterCode,partnerCode,cmdCode,flowCode,primaryValue": "--source comtrade",
        "a,b": "give --source NAME",
    }.items():
        path.write_text(f"{header}\n1,2,3,4,5,6\n")
        with pytest.raises(InputError, match="no source is named") as caught:
            ingest(tmp_path / "s", path)
        assert words in str(caught.value)
        assert "baci_extract, baci_layers" in str(caught.value)


def test_the_report_gives_products_what_was_set_aside_and_what_the_mapping_says(tmp_path: Path) -> None:
    rows = [f"2020,CHN,JPN,{code},{size}" for size, code in enumerate(("850511", "284690", "280530"), start=1)]
    path = write(
        tmp_path / "x.csv", "2019,CHN,JPN,850511,9", *rows, "2020,CHN,XXX,850511,2500", "2020,CHN,ZZZ,850511,x"
    )
    report = ingest(tmp_path / "s", path, **OPTIONS, note="Made up.", absence_note="All of it.")
    assert report.products.select("year", "hs6", "value_kusd").rows() == [
        (2020, "280530", 3.0), (2020, "284690", 2.0), (2020, "850511", 1.0)
    ]  # fmt: skip
    assert report.quarantined.select("rows", "value_kusd").rows() == [(2, 2500.0)]
    text = str(report)
    assert "2 × unknown country code (iso3 codes) ($2.5 m)" in text
    assert "by product, thousand US dollars" in text
    assert "Made up." in text
    assert "All of it." in text
