"""Base tariffs from the store: the best row of a pair, customs unions, agreements, and what is assumed."""

import numpy as np
import polars as pl
import pytest

from xenotime.core import Provenance
from xenotime.schema import TABLES
from xenotime.sources.base import Parsed
from xenotime.store import open_store, writer
from xenotime.studies.policy.tariffs import tariffs

NAMES = ("CHN", "DEU", "FRA", "JPN", "USA")
ROWS = [
    (2016, "JPN", None, None, 0.9, "applied_weighted_mean"),  # too old
    (2020, "USA", None, None, 0.02, "applied_weighted_mean"),
    (2022, "USA", None, None, 0.05, "mfn_weighted_mean"),  # what is paid goes before what nations are favoured with
    (2022, "USA", "CHN", "850511", 0.25, "applied"),  # a pair and heading go before everything
    (2022, "USA", "CHN", "999999", 0.99, "applied"),  # another good
    (2022, "DEU", None, None, 0.015, "applied_weighted_mean"),  # stands for France too
]


@pytest.fixture
def store(tmp_path):
    frame = pl.DataFrame(
        [(*row, "mine", "1") for row in ROWS], schema=TABLES["tariffs"].dtypes, orient="row", strict=False
    )
    piece = Parsed(
        table="tariffs", frame=frame, quarantine=pl.DataFrame(schema=TABLES["quarantine"].dtypes),
        provenance=Provenance(source="mine", version="1", years=(2016, 2022)), file="mine.csv", sha256="0" * 64,
    )  # fmt: skip
    with writer(tmp_path / "store") as w:
        w.put(piece)
    return open_store(tmp_path / "store")


def test_the_best_row_of_a_pair_counts(store):
    rates, notes = tariffs(store, NAMES, 2022, ["850511"], 0.03, ["EU"])
    chn, deu, fra, jpn, usa = range(5)
    assert rates[chn, usa] == 0.25
    assert rates[jpn, usa] == 0.02
    assert rates[chn, deu] == rates[chn, fra] == 0.015
    assert rates[deu, fra] == 0
    assert rates[usa, jpn] == 0.03  # six years old: assumed instead
    assert np.diag(rates).sum() == 0
    said = {what: value for what, value, _ in notes}
    assert said["tariffs"].startswith("3 of 5 importers")
    assert said["tariffs of the others"] == "3.0 %"
    assert said["duty-free pairs"].startswith("2 pairs within EU")


def test_without_a_table_all_is_assumed_and_said(tmp_path, store):
    rates, notes = tariffs(store, ("CHN", "VNM"), 2010, ["850511"], 0.04, [])
    assert (rates[~np.eye(2, dtype=bool)] == 0.04).all()
    assert notes[0] == ("tariffs", "4.0 % of all importers, all goods", "assumed")


def test_agreements_are_dated(store):
    names = ("GBR", "DEU")
    inside, _ = tariffs(store, names, 2019, ["850511"], 0.03, ["EU"])
    after, _ = tariffs(store, names, 2022, ["850511"], 0.03, ["EU"])
    assert inside[0, 1] == 0
    assert after[0, 1] > 0
