"""Reports in a store become flows in the store."""

import polars as pl
import pytest

from xenotime.core import InputError, Provenance
from xenotime.pipeline import reconcile_store
from xenotime.schema import TABLES, empty
from xenotime.sources import Parsed
from xenotime.store import open_store, writer


def reports(*rows):
    frame = pl.DataFrame(rows, schema=["reporter", "partner", "flow", "value_kusd"], orient="row").with_columns(
        year=2022, hs6=pl.lit("850511"), hs_version=pl.lit("HS17"), quantity_t=None,
        source=pl.lit("comtrade"), source_version=pl.lit("x"),
    )  # fmt: skip
    schema = TABLES["reports"].dtypes
    return frame.select(list(schema)).cast(schema)


def put(folder, frame, sha="a" * 64):
    with writer(folder) as work:
        provenance = Provenance("comtrade", "x", years=(2022, 2022))
        work.put(Parsed("reports", frame, empty("quarantine"), provenance, "f.csv", sha, 2022, "HS17"))


def test_one_sided_flows_are_the_report_and_two_sided_ones_lie_between(tmp_path):
    put(
        tmp_path,
        reports(
            ("DEU", "CHN", "import", 110.0),
            ("CHN", "DEU", "export", 100.0),
            ("DEU", "MMR", "import", 7.0),
            ("CHN", "USA", "export", 50.0),
        ),
    )
    done = reconcile_store(tmp_path)
    flows = {(r["exporter"], r["importer"]): r for r in open_store(tmp_path).flows(hs=["850511"]).to_dicts()}
    assert flows["MMR", "DEU"]["value_kusd"] == 7.0
    assert flows["CHN", "USA"]["value_kusd"] == 50.0
    assert 100.0 <= flows["CHN", "DEU"]["value_kusd"] <= 110.0
    assert {pair: flow["quality"] for pair, flow in flows.items()} == {
        ("CHN", "DEU"): "both", ("MMR", "DEU"): "importer", ("CHN", "USA"): "exporter"
    }  # fmt: skip
    assert "1 flows reported by both sides" in done.notes[0]
    assert open_store(tmp_path).provenance()[-1].kind == "estimated"


def test_doing_it_again_changes_nothing_and_later_reports_count(tmp_path):
    put(tmp_path, reports(("CHN", "DEU", "export", 100.0)))
    first = reconcile_store(tmp_path)
    assert not reconcile_store(tmp_path).changed
    put(tmp_path, reports(("CHN", "DEU", "export", 100.0), ("DEU", "CHN", "import", 120.0)), sha="b" * 64)
    assert reconcile_store(tmp_path).snapshot != first.snapshot
    assert open_store(tmp_path).flows(hs=["850511"])["quality"].to_list() == ["both"]


def test_a_store_without_reports_says_how_to_get_some(tmp_path):
    with writer(tmp_path):
        pass
    with pytest.raises(InputError, match="source comtrade"):
        reconcile_store(tmp_path)
