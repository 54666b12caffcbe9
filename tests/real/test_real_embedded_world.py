"""Is the embedded world believable? Its magnets of 2022 beside BACI's, same countries, same threshold."""

import numpy as np
import polars as pl
import pytest

from xenotime.pipeline.world import demo_world
from xenotime.reference import to_iso3


def portrait(flows):
    """Shape of a network of flows i → j, counted by plain polars."""
    pairs = set(flows.select("i", "j").iter_rows())
    bought = flows.group_by("j").agg(total=pl.col("v").sum(), most=pl.col("v").max(), suppliers=pl.len())
    degrees = flows.group_by("i").len()["len"].sort(descending=True)
    return {
        "ties": len(pairs),
        "importers": len(bought),
        "exporters": flows["i"].n_unique(),
        "suppliers": bought["suppliers"].mean(),
        "reciprocity": np.mean([(j, i) in pairs for i, j in pairs]),
        "largest supplier": (bought["most"] / bought["total"]).median(),
        "China's importers": degrees[0],
        "fifth exporter's importers": degrees[4],
        "median tie, kUSD": flows["v"].median(),
    }


@pytest.mark.slow
def test_magnets_look_like_baci(real_data):
    world = demo_world(1, stages=["downstream"])
    path = real_data / "trade" / "baci_full_31codes_2022.csv.gz"
    baci = (
        pl.read_csv(path, schema_overrides={"cmd": pl.String})
        .filter(pl.col("cmd") == "850511")
        .with_columns(pl.col("i", "j").replace({"S19": "TWN"}), v=pl.col("value") / 1000)
        .filter(pl.col("i").is_in(world.names) & pl.col("j").is_in(world.names))
        .filter(pl.col("v") >= world.tau_kusd["downstream"])
    )
    drawn = world.flows.filter(pl.col("year") == 2022).select(i="exporter", j="importer", v="value_kusd")
    real, ours = portrait(baci), portrait(drawn)
    for trait, value in real.items():
        assert ours[trait] == pytest.approx(value, rel=0.45), trait


def test_the_largest_suppliers_of_magnets_are_bacis(real_data):
    """Of the ten largest importers of 2023: the first supplier, and the shares of all that supply a tenth or more."""
    path = real_data / "trade" / "baci_850511_magnets_2002_2024_top.csv"
    baci = pl.read_csv(path).filter(pl.col("year") == 2023)
    baci = baci.select(
        i=to_iso3(baci["exporter_iso2"], "iso2"), j=to_iso3(baci["importer_iso2"], "iso2"), v="value_usd"
    )
    drawn = demo_world(1, stages=["downstream"]).flows.filter(pl.col("year") == 2023)
    drawn = drawn.select(i="exporter", j="importer", v="value_kusd")

    def suppliers(flows, importer):
        here = flows.filter(pl.col("j") == importer).sort("v", descending=True)
        return dict(here.select("i", 100 * pl.col("v") / here["v"].sum()).iter_rows())

    largest = baci.group_by("j").agg(pl.col("v").sum()).sort("v", descending=True)["j"].head(10)
    for importer in largest:
        real, ours = suppliers(baci, importer), suppliers(drawn, importer)
        assert next(iter(ours)) == next(iter(real)), importer
        for exporter, share in real.items():
            if share >= 10:
                assert ours.get(exporter, 0) == pytest.approx(share, abs=7), (importer, exporter)
