"""Ingest from end to end on made-up files: what lands in the store, what the report says, what changes nothing."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from xenotime.core import InputError, SourceError
from xenotime.pipeline import ingest
from xenotime.reference import chain
from xenotime.store import open_store

MAPPING: dict[str, Any] = {
    "title": "made up",
    "version": "2024",
    "source": "made_up",
    "licence": "CC0",
    "columns": {"year": "t", "exporter": "i", "importer": "j", "hs6": "k", "value": "v"},
    "units": {"value": "usd"},
    "country_scheme": "iso3",
    "hs_version": "HS17",
    "absence": "cut",
    "absence_note": "flows under 1 dollar left out",
}
ROWS = [
    "2021,CHN,JPN,850511,1500000",
    "2021,CHN,JPN,284690,500000",
    "2021,AUS,CHN,282200,100000",
    "2022,CHN,USA,850511,3000000",
    "2022,MYS,ZZZ,284690,1000",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flows.csv"
    path.write_text("\n".join(["t,i,j,k,v", *ROWS]) + "\n")
    return path


def test_rows_land_in_the_store_and_the_report_counts_them(file: Path, tmp_path: Path) -> None:
    report = ingest(tmp_path / "store", file, mapping=MAPPING)
    store = open_store(tmp_path / "store")
    flows = store.flows()
    assert report.changed
    assert report.snapshot == store.snapshot_id
    assert flows["value_kusd"].sum() == 1500 + 500 + 100 + 3000
    assert flows["absence"].unique().to_list() == ["cut"]
    assert report.world.select("year", "value_kusd").rows() == [(2021, 2100.0), (2022, 3000.0)]
    assert report.pieces["rows"].to_list() == [3, 1]
    assert report.quarantined.select("reason", "rows", "row", "value").rows() == [
        ("unknown country code (iso3 codes)", 1, 6, "ZZZ")
    ]
    assert store.pieces()["quarantined"].sum() == 1
    assert store.table("quarantine")["row"].to_list() == [6]
    (origin,) = {(entry.title, entry.licence, entry.version) for entry in store.provenance()}
    assert origin == ("made up", "CC0", "2024")
    assert "flows under 1 dollar left out" in store.provenance()[0].note


def test_the_report_reads_as_a_table(file: Path, tmp_path: Path) -> None:
    text = str(ingest(tmp_path / "store", file, mapping=MAPPING))
    assert text.startswith("stored 4 rows in 2 pieces, 1 rows set aside")
    assert "2021    2.1" in text
    assert "flows.csv, row 6: j = 'ZZZ'" in text
    assert "Remedy: mend the code" in text


def test_the_report_for_machines_is_json(file: Path, tmp_path: Path) -> None:
    report = ingest(tmp_path / "store", file, mapping=MAPPING)
    kept = json.loads(json.dumps(report.to_dict()))
    assert kept["snapshot"] == report.snapshot
    assert kept["world"][0] == {"source": "made_up", "year": 2021, "what": "trade", "value_kusd": 2100.0}


def test_the_same_file_again_changes_nothing(file: Path, tmp_path: Path) -> None:
    first = ingest(tmp_path / "store", file, mapping=MAPPING)
    again = ingest(tmp_path / "store", file, mapping=MAPPING)
    assert not again.changed
    assert again.snapshot == first.snapshot
    assert set(again.pieces["outcome"]) == {"unchanged"}
    assert str(again).startswith("nothing changed")


def test_a_mended_file_takes_the_place_of_the_old_one(file: Path, tmp_path: Path) -> None:
    ingest(tmp_path / "store", file, mapping=MAPPING)
    file.write_text(file.read_text().replace("ZZZ", "JPN"))
    report = ingest(tmp_path / "store", file, mapping=MAPPING)
    assert report.changed
    assert open_store(tmp_path / "store").flows().height == 5
    assert open_store(tmp_path / "store").table("quarantine").is_empty()


def test_only_a_chain_and_the_store_says_so(file: Path, tmp_path: Path) -> None:
    report = ingest(tmp_path / "store", file, mapping=MAPPING, chain="rare_earths")
    store = open_store(tmp_path / "store")
    assert set(store.flows()["hs6"]) == {"850511", "284690"} <= set(chain("rare_earths").all_codes())
    assert "only chain rare_earths was taken from the file" in " ".join(report.notes)
    notes = store.pieces().filter(pl.col("year") == 2022)["notes"].to_list()
    assert "nothing is known here of other products" in str(notes)
    ingest(tmp_path / "store", file, mapping=MAPPING, chain="cobalt")
    assert set(open_store(tmp_path / "store").flows()["hs6"]) == {"850511", "284690", "282200"}


def test_only_some_products_and_years(file: Path, tmp_path: Path) -> None:
    ingest(tmp_path / "store", file, mapping=MAPPING, hs=["850511"], years=[2022])
    flows = open_store(tmp_path / "store").flows()
    assert flows.select("year", "hs6").rows() == [(2022, "850511")]


def test_a_source_name_for_a_mapped_file(file: Path, tmp_path: Path) -> None:
    mapping = {name: value for name, value in MAPPING.items() if name != "source"}
    ingest(tmp_path / "store", file, "baci", mapping=mapping)
    assert open_store(tmp_path / "store").flows()["source"].unique().to_list() == ["baci"]


def test_mapping_by_single_settings(file: Path, tmp_path: Path) -> None:
    given = {name: value for name, value in MAPPING.items() if name not in ("title", "licence")}
    report = ingest(tmp_path / "store", [file], **given)
    assert report.pieces["rows"].sum() == 4


def test_stopping_at_the_first_bad_row_stores_nothing(file: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"flows\.csv, row 6: j is 'ZZZ': unknown country code.*nothing was stored"):
        ingest(tmp_path / "store", file, mapping=MAPPING, on_error="stop")
    assert not (tmp_path / "store" / "manifest.json").exists()


def test_a_year_without_data_between_others_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "gap.csv"
    path.write_text("t,i,j,k,v\n2019,CHN,JPN,850511,1\n2022,CHN,JPN,850511,1\n")
    report = ingest(tmp_path / "store", path, mapping=MAPPING)
    assert report.notes[-1].startswith("no data for 2020–2021")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "no source is named"),
        ({"source": "bacci"}, "unknown source 'bacci'; nearest: 'baci'"),
        ({"source": "baci", "flavour": "sweet"}, "a mapping has no setting 'flavour'|has no option 'flavour'"),
        ({"mapping": MAPPING, "chain": "rare_earths", "hs": ["850511"]}, "both a chain and HS codes"),
        ({"mapping": MAPPING, "hs": ["8505"]}, "HS code '8505' is not six digits"),
        ({"mapping": MAPPING, "on_error": "ignore"}, "on_error is 'ignore'"),
        ({"source": "geodist", "years": [2022]}, "source 'geodist' has no option 'years'"),
    ],
)
def test_asked_wrongly(file: Path, tmp_path: Path, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        ingest(tmp_path / "store", file, **arguments)
    assert not (tmp_path / "store").exists()


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        ingest(tmp_path / "store", tmp_path / "absent.csv", mapping=MAPPING)
    with pytest.raises(InputError, match="no file to ingest"):
        ingest(tmp_path / "store", [], mapping=MAPPING)


def test_the_record_of_a_download_is_not_data(file: Path, tmp_path: Path) -> None:
    (tmp_path / "flows.csv.json").write_text("{}")
    report = ingest(tmp_path / "store", sorted(tmp_path.glob("flows*")), mapping=MAPPING)
    assert report.pieces["file"].unique().to_list() == ["flows.csv"]
