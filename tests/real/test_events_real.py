"""Real ICEWS events against a recount by plain pandas."""

import pandas as pd
import polars as pl
import pytest

from xenotime.pipeline import ingest
from xenotime.store import open_store

QUAD = {"01": 1, "02": 1, "03": 1, "04": 1, "05": 1, "06": 2, "07": 2, "08": 2, "09": 3, "10": 3, "11": 3, "12": 3,
        "13": 3, "14": 4, "15": 4, "16": 4, "17": 4, "18": 4, "19": 4, "20": 4}  # fmt: skip
WORDS = {1: "verbal cooperation", 2: "material cooperation", 3: "verbal conflict", 4: "material conflict"}


def held(store, year):
    counts = store.table("event_counts", year=year)
    assert counts["events"].dtype == pl.Int64
    return counts


def test_the_raw_sample_equals_a_recount(real_data, tmp_path):
    path = real_data / "events" / "icews_events_2018_sample_raw.tab"
    report = ingest(tmp_path / "store", path, "icews")
    assert report.quarantined.is_empty()
    store = open_store(tmp_path / "store")
    counts = held(store, 2018)
    file = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, quoting=3)
    named = (file["Source Country"] != "NA") & (file["Target Country"] != "NA")
    between = file[named & (file["Source Country"] != file["Target Country"])]
    days = store.table("event_days").row(0, named=True)
    assert (days["days"], days["read"], days["counted"]) == (file["Event Date"].nunique(), len(file), len(between))
    # Pairs by name: each name stands for one code and each code for one name, so the counts must match one to one.
    by_name = between.groupby(["Source Country", "Target Country", "CAMEO Code"]).agg(
        events=("Event ID", "nunique"), scale=("Intensity", lambda values: values.astype(float).sum())
    )
    assert len(by_name) == len(counts)
    keys = counts.select("actor", "target", "code").n_unique()
    assert keys == len(counts)
    ours = sorted(counts.select("code", "events", pl.col("intensity_sum").round(6)).rows())
    theirs = sorted((key[2], int(row.events), round(row.scale, 6)) for key, row in by_name.iterrows())
    assert ours == theirs
    for (actor, target), code in {("Russian Federation", "United States"): ("RUS", "USA"),
                                  ("North Korea", "China"): ("PRK", "CHN"),
                                  ("Japan", "South Korea"): ("JPN", "KOR")}.items():  # fmt: skip
        pair = counts.filter(actor=code[0], target=code[1])
        some = between[(between["Source Country"] == actor) & (between["Target Country"] == target)]
        assert pair["events"].sum() == len(some)
        assert pair["intensity_sum"].sum() == pytest.approx(some["Intensity"].astype(float).sum())
    quads = between["CAMEO Code"].str[:2].map(QUAD).map(WORDS).value_counts().to_dict()
    assert dict(counts.group_by("quad").agg(pl.col("events").sum()).rows()) == quads


def test_icews_2014_equals_a_recount(real_data, tmp_path):
    path = real_data / "events" / "icews14_events.csv.gz"
    ingest(tmp_path / "store", path, "icews")
    counts = held(open_store(tmp_path / "store"), 2014)
    file = pd.read_csv(path, dtype={"code": str}, keep_default_na=False)
    file = file[file["src"] != file["tgt"]]
    grouped = file.groupby(["src", "tgt", "code", "quad"]).agg(events=("gold", "size"), scale=("gold", "sum"))
    ours = {
        row[:4]: row[4:] for row in counts.select("actor", "target", "code", "quad", "events", "intensity_sum").rows()
    }
    assert len(ours) == len(grouped)
    for key, row in grouped.iterrows():
        assert ours[key] == (row.events, pytest.approx(row.scale, abs=1e-6))
    # and the pair-years that were made of the same events elsewhere
    pairs = pd.read_csv(real_data / "events" / "icews14_dyad_year.csv.gz").set_index(["src", "tgt"])
    sums = counts.group_by("actor", "target").agg(pl.col("events", "intensity_sum").sum())
    for actor, target, events, scale in sums.rows():
        known = pairs.loc[actor, target]
        assert (events, scale) == (known["n"], pytest.approx(known["goldstein_sum"], abs=0.05))
