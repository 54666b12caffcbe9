"""Political sources and codes of events on the real files, against recounts by pandas."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from xenotime import reference
from xenotime.sources import atop, cow, gpr, rivalries, table, unga
from xenotime.store import open_store


def test_cameo_equals_the_published_tables(real_data):
    quads = pd.read_csv(real_data / "events" / "cameo_codes_quad_penta.csv", dtype=str, encoding_errors="replace")
    scores = pd.read_csv(real_data / "events" / "cameo_goldstein.csv", dtype={"code": str})
    ours = reference.cameo()
    assert ours.height == len(quads) == len(scores) == 312
    assert dict(ours.select("code", "quad").iter_rows()) == dict(zip(quads["cameo_code"], quads["quad_category"]))
    assert dict(ours.select("code", "goldstein").iter_rows()) == pytest.approx(
        dict(zip(scores["code"], scores["goldstein"]))
    )


def pieces_of(source, path, **options):
    pieces = list(source.parse(path, **options))
    years = [piece.year for piece in pieces]
    assert years == sorted(years)
    return pl.concat(piece.frame for piece in pieces), pl.concat(piece.quarantine for piece in pieces), years


def pairs(frame, year, relation):
    now = frame.filter(pl.col("year") == year, pl.col("relation") == relation)
    return set(now.select("actor", "target").iter_rows())


#: Numbers of the Correlates of War in 2000, as ISO3, for recounts by hand.
SOME = {2: "USA", 20: "CAN", 200: "GBR", 220: "FRA", 255: "DEU", 365: "RUS", 710: "CHN", 713: "TWN", 740: "JPN",
        732: "KOR", 731: "PRK", 750: "IND", 770: "PAK", 816: "VNM", 900: "AUS", 345: "SCG", 840: "PHL"}  # fmt: skip


def test_atop_equals_a_recount(real_data):
    path = real_data / "politics" / "atop_alliance_dyad_year_1945on.csv.gz"
    frame, aside, years = pieces_of(atop, path)
    file = pd.read_csv(path)
    assert years == list(range(1945, 2019))
    # All rows that cannot be used are those of the Republic of Vietnam, whose state ended in 1975.
    assert len(aside) == ((file["ccode1"] == 817) | (file["ccode2"] == 817)).sum() == 72
    now = file[file["year"] == 2000]
    for relation, column in {"defence_pact": "atop_defense", "nonaggression_pact": "atop_nonagg"}.items():
        # No number stands for two countries in 2000, so a row of the file is a row here.
        assert len(pairs(frame, 2000, relation)) == now[column].sum()
        within = now[now["ccode1"].isin(SOME) & now["ccode2"].isin(SOME) & (now[column] == 1)]
        ours = {pair for pair in pairs(frame, 2000, relation) if set(pair) <= set(SOME.values())}
        assert ours == set(zip(within["ccode1"].map(SOME), within["ccode2"].map(SOME)))
    # Known: the United States defend Japan since 1951, and are not defended by it.
    assert ("USA", "JPN") in pairs(frame, 2015, "defence_pact")
    assert ("JPN", "USA") not in pairs(frame, 2015, "defence_pact")
    assert {("USA", "DEU"), ("DEU", "USA")} <= pairs(frame, 2015, "defence_pact")
    assert "HKG" not in set(frame["actor"])


def test_disputes_equal_a_recount(real_data):
    path = real_data / "politics" / "cow_mid_directed_dyad_disputes.csv.gz"
    frame, aside, years = pieces_of(cow.DISPUTES, path)
    file = pd.read_csv(path)
    assert years == list(range(1945, 2015))
    held = file[(file["dispongoing"] == 1) & (file["sidea1"] != file["sidea2"])]
    for year in (1965, 2000, 2014):
        now = held[(held["year"] == year) & ~held[["ccode1", "ccode2"]].isin([817]).any(axis=1)]
        assert len(pairs(frame, year, "dispute")) == len(set(zip(now["ccode1"], now["ccode2"])))
    worst = held[(held["ccode1"] == 731) & (held["ccode2"] == 732) & (held["year"] == 2010)]["hostlev1"].max()
    ours = frame.filter(actor="PRK", target="KOR", relation="dispute_hostility", year=2010)["value"].item()
    assert ours == worst
    assert len(aside) == (held[held["year"] >= 1945][["ccode1", "ccode2"]] == 817).any(axis=1).sum()


def test_contiguity_equals_a_recount(real_data):
    path = real_data / "politics" / "cow_direct_contiguity.csv"
    frame, aside, years = pieces_of(cow.CONTIGUITY, path)
    file = pd.read_csv(path, parse_dates=["stdate", "enddate"], date_format="%Y-%m-%d")
    assert years == list(range(1945, 2017))
    spells = file[file["conttype"] > 0]
    for year in (1960, 2000, 2016):
        now = spells[(spells["stdate"].dt.year <= year) & (spells["enddate"].dt.year >= year)]
        now = now[~now[["ccode1", "ccode2"]].isin([817, 511]).any(axis=1)]
        closest = now.groupby(["ccode1", "ccode2"])["conttype"].min()
        ours = frame.filter(pl.col("year") == year)
        assert len(ours) == len(closest)
        assert sorted(ours["value"]) == sorted(closest)
    assert frame.filter(actor="USA", target="CAN", year=2010)["value"].item() == 1
    assert (
        len(aside) == spells[spells["enddate"].dt.year >= 1945][["ccode1", "ccode2"]].isin([817, 511]).any(axis=1).sum()
    )


def test_rivalries_equal_a_recount(real_data):
    path = real_data / "politics" / "tss_rivalries.csv"
    frame, aside, years = pieces_of(rivalries, path)
    file = pd.read_csv(path)
    assert years == list(range(1945, 2021))
    for year in (1950, 2000, 2020):
        now = file[(file["start"] <= year) & (file["end"] >= year)]
        now = now[~now[["ccode1", "ccode2"]].isin([817]).any(axis=1)]
        unordered = {frozenset(pair) for pair in zip(now["ccode1"], now["ccode2"])}
        assert len(pairs(frame, year, "rivalry")) == 2 * len(unordered)
    assert {("IND", "PAK"), ("PAK", "IND")} <= pairs(frame, 2010, "rivalry")
    assert len(aside) == 2


def test_ideal_points_equal_the_file(real_data):
    path = real_data / "politics" / "unga_ideal_points_all_apr2020.csv.gz"
    frame, aside, years = pieces_of(unga, path)
    file = pd.read_csv(path, keep_default_na=False)
    assert aside.is_empty()
    assert len(frame) == len(file) == 10_469
    assert frame["value"].sum() == pytest.approx(file["IdealPoint"].sum())
    assert set(range(1946, 2020)) - set(years) == {1964}, "session 19 held no recorded votes"
    # The file's own country codes, where it and we name the present state.
    file["year"] = file["session"] + 1945
    recent = file[file["year"] >= 2006]
    theirs = {(row.year, row.iso3c): row.IdealPoint for row in recent.itertuples() if row.iso3c != "YUG"}
    ours = {
        row[:2]: row[2] for row in frame.filter(pl.col("year") >= 2006).select("year", "country", "value").iter_rows()
    }
    same = set(theirs) & set(ours)
    assert len(same) > 0.99 * len(theirs)
    assert all(ours[key] == theirs[key] for key in same)
    assert "TWN" not in set(frame.filter(pl.col("year") > 1971)["country"])


def test_daily_gdelt_equals_the_file_in_both_directions(real_data):
    path = real_data / "events" / "gdelt2_dyad_year_2018_2024.csv.gz"
    pieces = list(table.parse(path, mapping="gdelt_dyad_year"))
    frame = pl.concat(piece.frame for piece in pieces)
    file = pd.read_csv(path, keep_default_na=False)
    assert len(frame) == 2 * len(file)
    assert sum(len(piece.quarantine) for piece in pieces) == 0
    assert frame["cooperation"].sum() == pytest.approx(2 * (file["pos_day_sum"] / file["days_observed"]).sum())
    assert frame["conflict"].sum() == pytest.approx(-2 * (file["neg_day_sum"] / file["days_observed"]).sum())
    assert frame["conflict"].min() >= 0
    assert frame["events"].sum() == pytest.approx(2 * (365 * file["days_active"] / file["days_observed"]).sum())
    assert 0 < frame["events"].min() <= frame["events"].max() <= 365 + 1e-9
    one = file[(file["year"] == 2020) & file["iso3_a"].isin(["CHN", "USA"]) & file["iso3_b"].isin(["CHN", "USA"])].iloc[
        0
    ]
    for exporter, importer in (("CHN", "USA"), ("USA", "CHN")):
        row = frame.filter(year=2020, exporter=exporter, importer=importer).row(0, named=True)
        assert row["cooperation"] == pytest.approx(one["pos_day_sum"] / one["days_observed"])
        assert row["conflict"] == pytest.approx(-one["neg_day_sum"] / one["days_observed"])


def test_icews_pairs_equal_the_file(real_data):
    path = real_data / "events" / "icews14_dyad_year.csv.gz"
    (piece,) = table.parse(path, mapping="icews14_dyad_year")
    file = pd.read_csv(path, keep_default_na=False)
    assert len(piece.frame) + len(piece.quarantine) == len(file)
    assert piece.frame["events"].sum() == file["n"].sum()
    assert piece.frame["cooperation"].sum() == file["n_coop"].sum()
    assert piece.frame["conflict"].sum() == file["n_conf"].sum()


def test_risk_equals_yearly_means(real_data):
    path = real_data / "minerals" / "gpr_monthly.csv"
    frame, aside, _ = pieces_of(gpr, path)
    means = pd.read_csv(path).groupby("year")["gpr"].mean()
    assert aside.is_empty()
    assert dict(frame.select("year", "value").iter_rows()) == pytest.approx(means.to_dict())
    assert frame["country"].null_count() == len(frame)


def test_the_store_of_the_example(real_data, tmp_path):
    """Everything the study of real magnets needs comes into one store, and each source ends where it ends."""
    script = Path(__file__).resolve().parents[2] / "examples" / "magnets_store.py"
    done = subprocess.run(
        [sys.executable, str(script), "--data", str(real_data), "--store", str(tmp_path / "store")],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    store = open_store(tmp_path / "store")
    held = store.table("relations").group_by("source").agg(pl.col("year").max())
    assert dict(held.iter_rows()) == {"atop": 2018, "cow_disputes": 2014, "cow_contiguity": 2016, "rivalries": 2020}
    assert set(store.table("country_indices")["index"]) == {"ideal_point", "gpr"}
    assert store.table("dyad_year")["year"].unique().sort().to_list() == list(range(2018, 2025))
    assert set(store.flows()["year"]) == set(range(2002, 2025))
