"""British Geological Survey: the oxides table alone, from the API and from CSV, on made-up figures."""

import json

import pytest

from xenotime.core import InputError, SourceError
from xenotime.sources import bgs

FIELDS = ("year", "country_trans", "country_iso3_code", "bgs_statistic_type_trans", "bgs_commodity_trans", "units",
          "quantity", "concat_figure_notes_code")  # fmt: skip


def record(country="China", code="CHN", year="2020", quantity=1000.0, **changes):
    values = (year, country, code, "Production", "rare earth oxides", "tonnes (metric)", quantity, None)
    return dict(zip(FIELDS, values)) | changes


def api(tmp_path, *records, **about):
    features = [{"type": "Feature", "geometry": None, "properties": r} for r in records]
    (tmp_path / "a.json").write_text(json.dumps({"type": "FeatureCollection", "features": features} | about))
    return tmp_path / "a.json"


def csv(tmp_path, *records):
    lines = [",".join(FIELDS)] + [",".join("" if r[f] is None else f'"{r[f]}"' for f in FIELDS) for r in records]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "a.csv"


def only(path, **options):
    (piece,) = bgs.parse(path, **options)
    return piece


def test_api_and_csv_say_the_same(tmp_path):
    records = [
        record(concat_figure_notes_code="*|b"),
        record("Congo, Democratic Republic", None, "2019"),
        record("Malaysia", "MYS", quantity=None),
        record("Malaysia", "MYS", bgs_commodity_trans="rare earth minerals"),
        record("Malaysia", "MYS", bgs_statistic_type_trans="Exports"),
    ]
    dated = [r | {"year": f"{r['year']}-01-01T00:00:00Z"} for r in records]
    from_api, from_csv = only(api(tmp_path, *dated)), only(csv(tmp_path, *records))
    assert from_api.frame.equals(from_csv.frame)
    assert from_csv.frame.drop("source", "source_version").rows() == [
        (2019, "COD", "rare_earths", "mine", 1000.0, "REO content", False),
        (2020, "CHN", "rare_earths", "mine", 1000.0, "REO content", True),
    ]
    assert from_csv.provenance.version == "to 2020"
    assert [note.split(" rows ")[0] for note in from_csv.notes] == ["2", "1"]


def test_faults_are_set_aside(tmp_path):
    piece = only(
        csv(
            tmp_path,
            record(),
            record("Nowhere", "QQQ"),
            record(year="x"),
            record(year="2018", units="kilograms"),
            record(year="2017", quantity="many"),
            record(quantity=7),
        )
    )
    assert piece.frame["quantity_t"].to_list() == [1000.0]
    assert piece.quarantine.sort("row")["column"].to_list() == ["country_trans", "year", "units", "quantity", "year"]


def test_what_is_no_bgs(tmp_path):
    with pytest.raises(SourceError, match="no production of rare earth oxides"):
        only(csv(tmp_path, record(bgs_commodity_trans="rare earth minerals")))
    with pytest.raises(SourceError, match="cut off by the limit"):
        only(api(tmp_path, record(), numberMatched=300))
    with pytest.raises(SourceError, match="no features"):
        only(api(tmp_path))
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(SourceError, match="not JSON"):
        only(tmp_path / "b.json")
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="no column 'year'"):
        only(tmp_path / "b.csv")
    with pytest.raises(InputError):
        only(tmp_path / "absent.json")
