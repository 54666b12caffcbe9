"""Every country code, number and name in the real files is known; counted straight from the files."""

import polars as pl
import pytest

from xenotime import reference
from xenotime.reference.geography import normalised_name


def column(path, name, **options):
    return pl.read_csv(path, infer_schema=False, encoding="utf8-lossy", **options)[name].drop_nulls().unique()


def test_every_code_of_bacis_table(real_data):
    table = pl.read_csv(real_data / "trade" / "baci_country_codes_V202601.csv", infer_schema=False)
    assert set(table["country_code"]) <= set(reference.codes("baci")["code"])
    ours = reference.to_iso3(table["country_code"], "baci")
    differ = table.with_columns(ours=ours).filter(pl.col("ours").ne_missing(pl.col("country_iso3")))
    # placeholders of BACI: Taiwan, the customs union counted as South Africa, and two areas that are no countries
    assert dict(differ.select("country_iso3", "ours").iter_rows()) == {
        "S19": "TWN",
        "ZA1": "ZAF",
        "R20": None,
        "PUS": None,
    }
    assert set(table["country_iso3"]) <= set(reference.codes("iso3")["code"])


@pytest.mark.parametrize(
    "name", ["comtrade_raw_both_flows_31codes_2022.csv.gz", "comtrade_totals_both_flows_31codes_2022.csv.gz"]
)
@pytest.mark.parametrize("side", ["reporter", "partner"])
def test_every_reporter_and_partner_of_comtrade(real_data, name, side):
    codes = column(real_data / "trade" / name, side)
    known = reference.codes("comtrade")
    assert set(codes) <= set(known["code"])
    lost = known.filter(pl.col("code").is_in(codes.to_list()), pl.col("iso3").is_null())
    assert set(lost["kind"]) <= {"area", "world"}
    if side == "reporter":
        assert lost.is_empty()


def test_iso3_of_comtrade_and_wdi(real_data):
    known = set(reference.codes("iso3")["code"])
    totals = real_data / "trade" / "comtrade_2023_world_totals_by_reporter.csv.gz"
    assert set(column(totals, "reporterISO")) <= known
    assert reference.to_iso3(column(totals, "reporterISO"), "iso3").null_count() == 0
    assert reference.to_iso3(column(totals, "reporterCode"), "comtrade").null_count() == 0
    for file in ("wdi_gdp_current_usd.csv.gz", "wdi_population.csv.gz"):
        assert set(column(real_data / "macro" / file, "iso3")) <= known


def test_the_country_table_is_iso_3166(real_data):
    iso = pl.read_csv(real_data / "codes" / "iso3166_all.csv", infer_schema=False)
    ours = dict(reference.countries().select("iso3", "m49").iter_rows())
    assert {iso3: ours[iso3] for iso3 in iso["alpha-3"]} == dict(iso.select("alpha-3", "country-code").iter_rows())
    assert reference.to_iso3(iso["alpha-2"], "iso2").to_list() == iso["alpha-3"].to_list()


def test_correlates_of_war_numbers(real_data):
    walk = pl.read_csv(real_data / "codes" / "country_codes_countrycode.csv", infer_schema=False)
    walk = walk.drop_nulls(["cown", "iso3c"])
    assert reference.to_iso3(walk["cown"], "cow").to_list() == walk["iso3c"].to_list()


def test_capitals_lie_where_geodist_has_them(real_data):
    geo = pl.read_csv(real_data / "gravity" / "cepii_geo.csv", infer_schema=False).filter(pl.col("cap") == "1")
    geo = geo.select(
        iso3=reference.to_iso3(geo["iso3"], "iso3"), x=pl.col("lon").cast(float), y=pl.col("lat").cast(float)
    )
    both = geo.filter(pl.col("iso3").is_in(["YUG"]).not_()).join(reference.countries(), on="iso3")
    far = both.filter(((pl.col("lat") - pl.col("y")).abs() > 0.02) | ((pl.col("lon") - pl.col("x")).abs() > 0.02))
    # moved since (MMR, BDI, PLW), wrong or not the capital there (NZL, SMR, PSE, ATF)
    assert set(far["iso3"]) == {"MMR", "BDI", "PLW", "NZL", "SMR", "PSE", "ATF"}
    assert len(both) > 220


def test_iso2_of_the_magnet_file(real_data):
    path = real_data / "trade" / "baci_850511_magnets_2002_2024_top.csv"
    for side in ("exporter_iso2", "importer_iso2"):
        assert reference.to_iso3(column(path, side), "iso2").null_count() == 0


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("minerals/usgs_mcs2026_critical_minerals.csv", "Country"),
        ("minerals/usgs_rare_earth_mine_production_reserves_mcs2022_2026.csv", "country"),
        ("minerals/bgs_res_production.csv.gz", "country_trans"),
        ("macro/wdi_gdp_current_usd.csv.gz", "country"),
        ("trade/wits_280530_2020_2023.csv", "Reporter"),
        ("trade/comtrade_2023_world_totals_by_reporter.csv.gz", "reporterDesc"),
    ],
)
def test_names_in_the_sources_files(real_data, file, name):
    known = {normalised_name(code) for code in reference.codes("name")["code"]}
    assert [n for n in column(real_data / file, name) if normalised_name(n) not in known] == []


def test_margins_are_bacis(real_data):
    flows = pl.scan_csv(real_data / "trade" / "baci_850511_magnets_2002_2024_top.csv", infer_schema=False)
    flows = flows.select(pl.col("year").cast(pl.Int16), "exporter_iso2", value=pl.col("value_usd").cast(pl.Float64))
    shares = (
        flows.group_by("year", "exporter_iso2")
        .agg(pl.col("value").sum())
        .with_columns(share=100 * pl.col("value") / pl.col("value").sum().over("year"))
        .filter(pl.col("exporter_iso2").is_in(["CN", "JP", "NA", "TW"]))
        .collect()
    )
    names = {"CN": "CHN", "JP": "JPN", "NA": "NAM", "TW": "TWN"}
    ours = reference.facts("margins").select("year", "country", "export_share_pct")
    both = shares.with_columns(country=pl.col("exporter_iso2").replace(names)).join(ours, on=["year", "country"])
    assert len(both.filter(country="CHN")) == 23
    assert (both["share"] - both["export_share_pct"]).abs().max() < 0.006
