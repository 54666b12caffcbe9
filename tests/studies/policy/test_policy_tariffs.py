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


def piece(table, rows, version="1"):
    frame = pl.DataFrame(
        [(*row, "mine", version) for row in rows], schema=TABLES[table].dtypes, orient="row", strict=False
    )
    return Parsed(
        table=table, frame=frame, quarantine=pl.DataFrame(schema=TABLES["quarantine"].dtypes),
        provenance=Provenance(source="mine", version=version, years=(2016, 2022)), file="mine.csv", sha256="0" * 64,
    )  # fmt: skip


def stored(folder, *pieces):
    with writer(folder) as w:
        for one in pieces:
            w.put(one)
    return open_store(folder)


@pytest.fixture
def store(tmp_path):
    return stored(tmp_path / "store", piece("tariffs", ROWS))


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


TRAINS = [
    (2022, "USA", None, None, 0.02, "applied_weighted_mean"),
    (2022, "USA", None, "850511", 0.021, "mfn"),
    (2022, "USA", None, "850519", 0.049, "mfn"),
    (2022, "USA", "KOR", "850511", 0.0, "applied"),
    (2022, "USA", "KOR", "850519", 0.01, "applied"),
    (2022, "USA", "JPN", None, 0.005, "applied"),
    (2022, "JPN", None, None, 0.03, "applied_weighted_mean"),
    (2022, "KOR", "CHN", "850511", 0.04, "applied"),
]


def test_pair_and_heading_before_heading_before_mean_and_who_rests_on_what(tmp_path):
    names = ("CHN", "JPN", "KOR", "USA")
    chn, jpn, kor, usa = range(4)
    trade = pl.DataFrame(
        [("CHN", "USA", "850511", 30.0), ("CHN", "USA", "850519", 10.0), ("KOR", "USA", "850511", 20.0),
         ("USA", "JPN", "850511", 25.0), ("CHN", "KOR", "850511", 10.0), ("USA", "CHN", "850511", 5.0)],
        schema=["exporter", "importer", "hs6", "value_kusd"], orient="row",
    )  # fmt: skip
    store = stored(tmp_path / "s", piece("tariffs", TRAINS))
    rates, notes = tariffs(store, names, 2022, ["850511", "850519"], 0.06, [], trade=trade)
    # weights of the headings in American imports: 50 and 10
    assert rates[chn, usa] == pytest.approx((50 * 0.021 + 10 * 0.049) / 60)
    assert rates[kor, usa] == pytest.approx(10 * 0.01 / 60)
    assert rates[jpn, usa] == rates[chn, usa]  # the duty on the heading goes before a pair's mean over all goods
    assert rates[usa, jpn] == 0.03
    assert rates[chn, kor] == 0.04
    assert rates[usa, chn] == 0.06
    said = {what: value for what, value, _ in notes}
    assert said["tariffs rest on"] == (
        "30 % duties by pair and heading, 40 % importers' duties on the heading, 25 % importers' means over all goods, "
        "5.0 % an assumed rate"
    )


def test_estimated_equivalents_of_specific_duties_go_before_rates_as_reported(tmp_path):
    store = stored(
        tmp_path / "s",
        piece("tariffs", [(2022, "USA", None, "850511", 0.0, "mfn")], "reported"),
        piece("tariffs", [(2022, "USA", None, "850511", 0.07, "mfn")], "with estimated equivalents"),
    )
    rates, _ = tariffs(store, ("CHN", "USA"), 2022, ["850511"], 0.03, [])
    assert rates[0, 1] == 0.07


def test_agreements_of_pairs_are_free_of_duty_unless_told_otherwise(tmp_path):
    names = ("CHN", "JPN", "KOR", "USA")
    agreed = [(2021, "KOR", "USA", "trade_agreement", 1.0), (2021, "USA", "KOR", "trade_agreement", 1.0),
              (2021, "CHN", "USA", "trade_agreement", 0.0), (2018, "CHN", "JPN", "trade_agreement", 1.0)]  # fmt: skip
    store = stored(
        tmp_path / "s",
        piece("relations", agreed),
        piece("tariffs", [(2022, "USA", "KOR", "850511", 0.01, "applied")]),
    )
    rates, notes = tariffs(store, names, 2022, ["850511"], 0.03, [])
    assert rates[3, 2] == 0
    assert rates[2, 3] == 0.01  # what is known of pair and heading goes before the agreement
    assert rates[0, 1] == 0.03  # of an earlier year than the latest that is known
    assert ("agreements by pair", "2 pairs with a trade agreement of their own in 2021, taken as free of duty",
            "mine 1") in notes  # fmt: skip
    ignored, _ = tariffs(store, names, 2022, ["850511"], 0.03, [], by_pair=False)
    assert ignored[3, 2] == 0.03


def test_agreements_of_pairs_come_from_dyads_too(tmp_path):
    dyads = [(2021, "KOR", "USA", 1.0, 1.0, False, False, False, True),
             (2021, "CHN", "USA", 1.0, 1.0, False, False, False, False)]  # fmt: skip
    store = stored(tmp_path / "s", piece("dyads", dyads))
    rates, _ = tariffs(store, ("CHN", "KOR", "USA"), 2022, ["850511"], 0.03, [])
    assert rates[1, 2] == 0
    assert rates[0, 2] == 0.03
