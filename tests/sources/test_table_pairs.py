"""Mapped tables of pairs: values a day, turned signs, both directions out of one row; relations of the user's own."""

from pathlib import Path

import polars as pl
import pytest

from xenotime.core import InputError
from xenotime.schema import check
from xenotime.sources import table
from xenotime.sources.mapping import ready

HEADER = "year,iso3_a,iso3_b,net_sum,days_active,pos_day_sum,neg_day_sum,days_observed"


def write(folder: Path, text: str) -> Path:
    path = folder / "pairs.csv"
    path.write_text(text)
    return path


def test_daily_gdelt_both_ways_and_a_day(tmp_path):
    path = write(tmp_path, f"{HEADER}\n2018,CHN,USA,100,300,730,-365,365\n2018,USA,JPN,10,3,36.5,0.0,365\n")
    (piece,) = table.parse(path, mapping="gdelt_dyad_year")
    check(piece.frame, "dyad_year", where="test")
    held = {(i, j): (one, other) for i, j, one, other in
            piece.frame.select("exporter", "importer", "cooperation", "conflict").iter_rows()}  # fmt: skip
    assert held == {
        ("CHN", "USA"): (2.0, 1.0), ("USA", "CHN"): (2.0, 1.0), ("USA", "JPN"): (0.1, 0.0), ("JPN", "USA"): (0.1, 0.0),
    }  # fmt: skip
    assert sorted(piece.frame["events"]) == [3.0, 3.0, 300.0, 300.0]  # days with an event, as of a full year
    assert set(piece.frame["source"]) == {"gdelt_daily"}


def test_what_is_wrong_in_a_pair_is_set_aside(tmp_path):
    path = write(
        tmp_path,
        f"{HEADER}\n2018,CHN,USA,100,300,730,-365,365\n2018,USA,CHN,1,3,1,0,365\n2018,CHN,CHN,1,3,1,0,365\n"
        "2018,CHN,JPN,1,3,1,0,0\n2018,CHN,ABC,1,3,1,0,365\n2o18,CHN,JPN,1,3,1,0,365\n",
    )
    (piece,) = table.parse(path, mapping="gdelt_dyad_year")
    assert set(piece.frame.select("exporter", "importer").iter_rows()) == {("CHN", "USA"), ("USA", "CHN")}
    assert set(piece.frame["cooperation"]) == {2.0}
    found = dict(piece.quarantine.select("row", "reason").iter_rows())
    assert set(found) == {3, 4, 5, 6, 7}
    assert found[3] == "repeats an earlier row"
    assert "same country" in found[4]
    assert found[5] == "cooperation cannot be divided by it"


def test_icews_has_a_direction(tmp_path):
    path = write(tmp_path, "year,src,tgt,n,n_coop,n_conf,goldstein_sum,goldstein_mean\n2014,AFG,ARE,5,3,2,1,0.2\n")
    (piece,) = table.parse(path, mapping="icews14_dyad_year")
    assert piece.frame.drop("source", "source_version").rows() == [(2014, "AFG", "ARE", 3.0, 2.0, 5.0)]


def test_relations_and_indices_of_the_users_own(tmp_path):
    path = write(tmp_path, "jahr,von,nach,pakt\n2001,2,20,1\n2001,2,817,1\n")
    (piece,) = table.parse(
        path,
        table="relations",
        columns={"year": "jahr", "actor": "von", "target": "nach", "value": "pakt"},
        constants={"relation": "trade_agreement"},
        symmetric=True,
        country_scheme="cow",
        source="mine",
        version="1",
    )
    check(piece.frame, "relations", where="test")
    assert set(piece.frame.select("actor", "target", "relation", "value").iter_rows()) == {
        ("USA", "CAN", "trade_agreement", 1.0), ("CAN", "USA", "trade_agreement", 1.0),
    }  # fmt: skip
    assert len(piece.quarantine) == 1
    path = write(tmp_path, "year,country,value\n2001,USA,1.5\n2001,,100\n2001,Atlantis,3\n")
    (piece,) = table.parse(
        path, table="country_indices", constants={"index": "gpr"}, country_scheme="iso3", source="mine", version="1"
    )
    assert set(piece.frame.select("country", "value").iter_rows()) == {("USA", 1.5), (None, 100.0)}
    assert piece.quarantine["value"].to_list() == ["Atlantis"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"table": "flows", "symmetric": True, "hs_version": "HS17", "absence": "zero"}, "have a direction or no pair"),
        ({"table": "dyad_year", "scale": {"warmth": 2.0}}, "no field 'warmth'"),
        ({"table": "dyad_year", "scale": {"exporter": 2.0}}, "exporter is not a number"),
        ({"table": "dyad_year", "columns": {"events": "n"}, "per": {"events": "days"}}, "no column 'days'"),
    ],
)
def test_settings_that_make_no_sense(tmp_path, settings, words):
    path = write(tmp_path, "year,exporter,importer,hs6,value,n\n2001,USA,CAN,284690,1,1\n")
    given = {
        "country_scheme": "iso3",
        "version": "1",
        "units": {"value": "usd"} if settings["table"] == "flows" else {},
    }
    with pytest.raises(InputError, match=words):
        list(table.parse(path, **{**given, **settings}))


def test_the_ready_mappings_of_pairs_are_complete():
    shipped = ready()
    for name in ("gdelt_dyad_year", "icews14_dyad_year"):
        assert shipped[name].table == "dyad_year"
        assert shipped[name].citation


def test_divisors_are_read_before_scaling(tmp_path):
    path = write(tmp_path, "year,a,b,n,days\n2001,USA,CAN,10,4\n")
    (piece,) = table.parse(
        path,
        table="dyad_year",
        columns={"exporter": "a", "importer": "b", "events": "n"},
        per={"events": "days"},
        scale={"events": 2.0},
        country_scheme="iso3",
        version="1",
    )
    assert piece.frame.select(pl.col("events")).item() == 5.0
