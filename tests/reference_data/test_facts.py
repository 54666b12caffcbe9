"""Typed facts: every row sourced and sane; spot checks typed by hand from the sources' own pages."""

import subprocess
import sys
from datetime import date

import polars as pl
import pytest

from xenotime import reference, schema
from xenotime.core import InputError

COUNTRY_COLUMNS = ("country", "exporter", "importer")


@pytest.mark.parametrize("name", reference.FACTS)
def test_every_row_is_sourced_and_its_countries_are_known(name):
    table = reference.facts(name)
    assert len(table)
    assert table["source"].null_count() == 0
    assert (table["source"].str.len_chars() > 3).all()
    assert table.is_unique().all()
    known = {*reference.country_names(), "WLD"}
    for column in set(COUNTRY_COLUMNS) & set(table.columns):
        assert set(table[column].drop_nulls()) <= known
    for column, dtype in table.schema.items():
        if dtype == pl.Float64 and column != "recorded":
            assert (table[column].drop_nulls() >= 0).all()
        if column.endswith("_pct"):
            assert (table[column].drop_nulls() <= 100).all()


def test_unknown_table_names_the_known_ones():
    with pytest.raises(InputError, match="gossip") as caught:
        reference.facts("gossip")
    assert "production" in str(caught.value)


@pytest.mark.parametrize("name", ["production", "other_production"])
def test_output_keeps_the_schema_of_production(name):
    schema.check(reference.facts(name), "production", where=name)
    key = list(schema.TABLES["production"].key)
    assert reference.facts(name).select(key).is_unique().all()


def test_bgs_only_where_usgs_has_nothing_and_acknowledged():
    table = reference.facts("production").with_columns(bgs=pl.col("source").str.starts_with("BGS"))
    by_pair = table.group_by("country", "year").agg(pl.col("bgs").n_unique())
    assert (by_pair["bgs"] == 1).all()
    acknowledged = table.filter("bgs")["source"].str.contains("Contains British Geological Survey materials © UKRI")
    assert acknowledged.all()


@pytest.mark.parametrize(
    ("country", "year", "edition", "tonnes"),
    [
        ("CHN", 2020, "MCS2022", 140_000), ("CHN", 2024, "MCS2026", 270_000), ("USA", 2018, "MCS2022", 14_000),
        ("USA", 2013, "MCS2016", 5_500), ("MMR", 2023, "MCS2025", 43_000), ("AUS", 2024, "MCS2025", 13_000),
        ("AUS", 2024, "MCS2026", 29_000), ("THA", 2024, "MCS2026", 2_100),
    ],
)  # fmt: skip
def test_output_by_edition(country, year, edition, tonnes):
    table = reference.facts("production")
    found = table.filter(country=country, year=year, source_version=edition)["quantity_t"].item()
    assert found == tonnes


@pytest.mark.parametrize(
    ("country", "year", "tonnes"),
    [("CHN", 2005, 119_000), ("CHN", 2011, 105_000), ("AUS", 2016, 12_631), ("MMR", 2018, 34_000)],
)
def test_output_of_bgs(country, year, tonnes):
    assert reference.facts("production").filter(country=country, year=year)["quantity_t"].item() == tonnes


@pytest.mark.parametrize(
    ("edition", "country", "tonnes"),
    [("MCS2024", "VNM", 22e6), ("MCS2025", "VNM", 3.5e6), ("MCS2023", "RUS", 21e6), ("MCS2026", "CHN", 44e6)],
)
def test_reserves_by_edition(edition, country, tonnes):
    assert reference.facts("reserves").filter(edition=edition, country=country)["quantity_t"].item() == tonnes


def test_prices():
    prices = reference.facts("prices").filter(edition="MCS2026")
    at = {(item, year): usd for item, year, usd in prices.select("item", "year", "usd_per_kg").iter_rows()}
    assert at["dysprosium oxide", 2022] == 382
    assert at["terbium oxide", 2024] == 812
    assert at["neodymium-praseodymium oxide", 2023] == 75
    assert at["lanthanum oxide", 2021] == 1.51


def test_quotas_of_domestic_and_of_all_firms_are_apart():
    quotas = reference.facts("quotas")
    exports = quotas.filter(pl.col("kind") == "export, all firms")
    assert dict(exports.select("year", "quantity_t").iter_rows()) == {
        2009: 50_145, 2010: 30_258, 2011: 30_246, 2012: 30_996, 2013: 30_999, 2014: 30_611,
    }  # fmt: skip
    assert quotas.filter(pl.col("kind") == "export, domestic firms")["year"].max() == 2008


def test_magnet_margins():
    margins = reference.facts("margins")
    assert margins["hs6"].unique().to_list() == ["850511"]
    china = dict(margins.filter(country="CHN").select("year", "export_share_pct").iter_rows())
    for year, share in {2002: 19.4, 2010: 41.3, 2011: 49.3, 2022: 62.5, 2024: 63.9}.items():
        assert china[year] == pytest.approx(share, abs=0.06)
    totals = margins.group_by("year").agg(pl.col("export_share_pct").sum(), pl.col("import_share_pct").sum())
    assert totals["export_share_pct"].is_between(98, 100.1).all()
    assert totals["import_share_pct"].is_between(98, 100.1).all()


def test_no_row_is_derived_from_oec():
    for name in reference.FACTS:
        assert not reference.facts(name)["source"].str.contains(r"\bOEC\b").any()


def test_stage_shares():
    shares = reference.facts("stage_shares")
    assert (shares["year_from"] <= shares["year_to"]).all()
    for countries in shares["countries"]:
        assert set(countries.split(",")) <= set(reference.country_names())
    refining = shares.filter(commodity="magnet_rare_earths", stage="refining", year_from=2023, countries="CHN")
    assert refining["share_pct"].item() == 92
    heavy = shares.filter(commodity="heavy_rare_earths", stage="processing")
    assert heavy.select("countries", "share_pct").rows() == [("CHN", 100.0)]
    single = shares.filter(pl.col("countries").str.len_chars() == 3, ~pl.col("projection"))
    totals = single.group_by("commodity", "stage", "year_from", "source").agg(pl.col("share_pct").sum())
    assert (totals["share_pct"] <= 100.5).all()


def test_policy_events_are_dated_and_say_how_far_checked():
    events = reference.facts("policy_events")
    assert events["date"].is_sorted()
    assert events["check"].null_count() == 0
    april = events.filter(pl.col("date") == date(2025, 4, 4))
    assert "No.18" in april["instrument"].item()


def test_hubs_have_reasons():
    hubs = reference.facts("hubs")
    assert {"HKG", "NLD", "SGP", "BEL"} <= set(hubs["country"])
    assert set(hubs["stage"]) <= set(reference.chain("rare_earths").stage_names())
    assert hubs["reason"].null_count() == 0


def test_large_flows():
    flows = reference.facts("large_flows")
    assert flows.filter(exporter="CHN", importer="JPN", year=2011)["value_kusd"].item() == 2_043_000
    assert flows.filter(exporter="MMR", importer="CHN", year=2023)["value_kusd"].item() == 1_442_000
    assert flows.filter(exporter="CHN", importer="DEU", year=2024)["value_kusd"].item() == 514_000
    assert flows.select("year", "products", "exporter", "importer").is_unique().all()


def test_large_flows_of_magnets_fit_the_margins_of_the_same_file():
    """Both tables were computed from BACI apart: no importer may get more from its large flows than it imports."""
    flows = reference.facts("large_flows").filter(pl.col("stage") == "downstream", pl.col("year") < 2024)
    margins = reference.facts("margins")
    for side, share in (("exporter", "export_share_pct"), ("importer", "import_share_pct")):
        total = margins.select(
            "year", pl.col("country").alias(side), total=pl.col("world_exports_musd") * pl.col(share) * 10
        )
        known = flows.group_by("year", side).agg(pl.col("value_kusd").sum()).join(total, on=["year", side], how="left")
        assert (known["value_kusd"] <= 1.01 * known["total"]).all()
    world = margins.group_by("year").agg(world=pl.col("world_exports_musd").first() * 1000)
    covered = flows.group_by("year").agg(pl.col("value_kusd").sum()).join(world, on="year")
    assert covered.height == 10
    assert (covered["value_kusd"] / covered["world"]).is_between(0.65, 0.85).all()


def test_elasticities_say_how_they_were_recorded():
    table = reference.facts("elasticities")
    turned = table.filter(pl.col("recorded_as") != "sigma")
    assert (turned["value"] - (1 - turned["recorded"])).abs().max() < 0.011
    plain = table.filter(pl.col("recorded_as") == "sigma")
    assert (plain["value"] == plain["recorded"]).all()
    hauk = table.filter(pl.col("source").str.starts_with("Hauk"), kind="substitution")
    found = dict(hauk.select("product", "value").iter_rows())
    assert (found["280530"], found["284610"], found["284690"], found["850511"]) == (1.84, 1.70, 1.18, 1.45)
    assert table.filter(pl.col("value") > 30)["note"].str.contains("outlier").all()


def test_import_is_cheap_and_reads_nothing():
    code = (
        "import sys; import xenotime.reference as r;"
        "assert not {'pydantic', 'yaml', 'pandas', 'pandera'} & set(sys.modules);"
        "from xenotime.reference.files import _read_once; assert _read_once.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
