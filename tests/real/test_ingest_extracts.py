"""The real extracts, ingested as they are: totals, shares and concentration against sums taken from the file by pandas.

pandas reads the files without our code; `world_trade_by_hs_year.csv` holds figures compiled apart from both.
"""

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from xenotime.pipeline import ingest
from xenotime.store import open_store

MAGNETS = "baci_850511_magnets_2002_2024_top.csv"
MATRIX = "baci_full_31codes_2022.csv.gz"
OTHERS = "baci_cobalt_lithium_graphite_gage_2002_2024_top.csv.gz"
LAYERS = "baci_ree_three_layers_2023_top60.csv"
TOP = "comtrade_rare_earths_top20_flows_2005_2024_checked.csv"


def by_pandas(path: Path) -> pd.DataFrame:
    """Read a file with nothing but pandas; codes stay strings, so that Namibia's NA is not taken for a blank."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])


def shares(frame: pl.DataFrame) -> pl.DataFrame:
    """World total, China's share of exports and the HHI of exporters, by year, from the store's rows."""
    exports = frame.group_by("year", "exporter").agg(pl.col("value_kusd").sum())
    share = pl.col("value_kusd") / pl.col("value_kusd").sum().over("year")
    return (
        exports.with_columns(share=share)
        .group_by("year")
        .agg(
            world=pl.col("value_kusd").sum(),
            china=pl.col("share").filter(pl.col("exporter") == "CHN").sum(),
            hhi=(pl.col("share") ** 2).sum(),
        )
        .sort("year")
    )


def test_magnets_by_year(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "trade" / MAGNETS
    report = ingest(tmp_path / "store", path, mapping="baci_extract")
    raw = by_pandas(path)
    raw["usd"] = raw["value_usd"].astype(float)
    exports = raw.groupby(["year", "exporter_iso2"])["usd"].sum()
    world = exports.groupby("year").sum()
    share = exports / world

    assert report.quarantined.is_empty()
    assert report.pieces["rows"].sum() == len(raw)
    assert report.pieces["year"].to_list() == list(range(2002, 2025))
    found = shares(open_store(tmp_path / "store").flows())
    assert found["world"].to_list() == pytest.approx((world / 1e3).to_list())
    assert found["china"].to_list() == pytest.approx(share.xs("CN", level=1).to_list())
    assert found["hhi"].to_list() == pytest.approx((share**2).groupby("year").sum().to_list())
    assert report.world["value_kusd"].to_list() == pytest.approx((world / 1e3).to_list())

    known = pd.read_csv(real_data / "facts" / "world_trade_by_hs_year.csv", dtype={"hs": str})
    known = known[known["hs"] == "850511"].set_index("year").loc[2002:2024]
    assert len(known) == 23
    assert found["world"].to_list() == pytest.approx((known["world_exports_usd"] / 1e3).to_list(), rel=1e-3)
    assert (found["china"] * 100).to_list() == pytest.approx(known["china_export_share_pct"].to_list(), abs=0.06)
    assert found["hhi"].to_list() == pytest.approx(known["exporter_hhi"].to_list(), abs=6e-4)


def test_namibia_is_a_country(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "trade" / MAGNETS
    ingest(tmp_path / "store", path, mapping="baci_extract")
    raw = by_pandas(path)
    flows = open_store(tmp_path / "store").flows()
    for ours, theirs in (("exporter", "exporter_iso2"), ("importer", "importer_iso2")):
        assert flows.filter(pl.col(ours) == "NAM").height == (raw[theirs] == "NA").sum()
    assert (raw["importer_iso2"] == "NA").sum() > 0


def test_the_complete_matrix_of_2022(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "trade" / MATRIX
    ingest(tmp_path / "store", path, mapping="baci_matrix")
    raw = by_pandas(path)
    raw["kusd"] = raw["value"].astype(float) / 1e3
    flows = open_store(tmp_path / "store").flows()
    assert flows.height == len(raw)
    assert flows["absence"].unique().to_list() == ["zero"]
    found = flows.group_by("hs6").agg(pl.col("value_kusd").sum()).sort("hs6")
    expected = raw.groupby("cmd")["kusd"].sum().sort_index()
    assert found["hs6"].to_list() == list(expected.index)
    assert found["value_kusd"].to_list() == pytest.approx(expected.to_list())
    taiwan = raw[(raw["i"] == "S19") | (raw["j"] == "S19")]
    assert flows.filter((pl.col("exporter") == "TWN") | (pl.col("importer") == "TWN")).height == len(taiwan) > 0


def test_the_extract_of_magnets_agrees_with_the_matrix(real_data: Path, tmp_path: Path) -> None:
    ingest(tmp_path / "store", real_data / "trade" / MAGNETS, mapping="baci_extract", years=[2022])
    ingest(tmp_path / "store", real_data / "trade" / MATRIX, mapping="baci_matrix", hs=["850511"])
    store = open_store(tmp_path / "store")
    key = ["exporter", "importer"]
    extract = store.flows(source="baci_extract").select(*key, "value_kusd")
    matrix = store.flows(source="baci_matrix").select(*key, "value_kusd")
    both = extract.join(matrix, on=key, suffix="_full")
    assert (extract.height, matrix.height) == (1505, 4441)  # counted in the README of the data
    assert both.height == extract.height
    off = both.filter((pl.col("value_kusd") / pl.col("value_kusd_full") - 1).abs() > 1e-6)
    assert off.is_empty()


def test_two_extracts_stand_beside_each_other(real_data: Path, tmp_path: Path) -> None:
    for name in (MAGNETS, OTHERS):
        ingest(tmp_path / "store", real_data / "trade" / name, mapping="baci_extract")
    raw = by_pandas(real_data / "trade" / OTHERS)
    flows = open_store(tmp_path / "store").flows(years=[2024])
    assert set(flows["hs6"]) == {"850511", *raw["hs6"]}
    expected = raw[raw["year"] == "2024"].groupby("hs6")["value_usd"].apply(lambda values: values.astype(float).sum())
    for product, usd in expected.items():
        assert flows.filter(hs6=product)["value_kusd"].sum() == pytest.approx(usd / 1e3)
    again = ingest(tmp_path / "store", real_data / "trade" / OTHERS, mapping="baci_extract")
    assert not again.changed


def test_layers_and_top_flows(real_data: Path, tmp_path: Path) -> None:
    ingest(tmp_path / "store", real_data / "trade" / LAYERS, mapping="baci_layers")
    report = ingest(tmp_path / "store", real_data / "trade" / TOP, mapping="comtrade_top")
    store = open_store(tmp_path / "store")
    raw = by_pandas(real_data / "trade" / LAYERS)
    expected = raw.groupby("layer")["value_usd"].apply(lambda values: values.astype(float).sum() / 1e3)
    layers = store.flows(source="baci_layers")
    for layer, product in {"1": "253090", "2": "284690", "3": "850511"}.items():
        assert layers.filter(hs6=product)["value_kusd"].sum() == pytest.approx(expected[layer])

    raw = by_pandas(real_data / "trade" / TOP)
    good = raw[(raw["dup_factor_est"] == "1.0") & (raw["importer_iso"] != raw["exporter_iso"])]
    top = store.flows(source="comtrade_top")
    assert top.height == len(good)
    assert top["value_kusd"].sum() == pytest.approx(good["trade_value_usd"].astype(float).sum() / 1e3)
    assert top["quality"].unique().to_list() == ["importer"]
    own = (raw["importer_iso"] == raw["exporter_iso"]) & (raw["dup_factor_est"] == "1.0")
    assert report.quarantined["rows"].sum() == own.sum()
