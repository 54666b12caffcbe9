"""The other sources on real files, against pandas and against published figures."""

import pandas as pd
import polars as pl
import pytest

from xenotime.core import SourceError
from xenotime.sources import bgs, comtrade, geodist, usgs, wdi


def only(pieces):
    (piece,) = pieces
    return piece


def test_geodist_equals_the_file(real_data):
    path = real_data / "gravity" / "cepii_dist.csv.gz"
    piece = only(geodist.parse(path))
    file = pd.read_csv(path, keep_default_na=False)
    assert piece.frame.height == len(file) == 224**2
    assert piece.quarantine.is_empty()
    known = pd.to_numeric(file["distw"], errors="coerce")
    assert piece.frame["distance_km"].sum() == pytest.approx(known.sum())
    assert piece.frame["distance_km"].count() == known.count()
    assert piece.frame["contiguous"].sum() == file["contig"].sum()
    assert piece.frame["colonial_tie"].sum() == file["colony"].sum()
    assert {"ROU", "COD", "TLS", "PSE", "SRB"} <= set(piece.frame["exporter"])


@pytest.mark.parametrize(
    ("name", "column", "field"),
    [
        ("wdi_gdp_current_usd.csv.gz", "gdp_current_usd", "gdp_usd"),
        ("wdi_population.csv.gz", "population", "population"),
    ],
)
def test_wdi_equals_the_file_less_its_aggregates(real_data, name, column, field):
    path = real_data / "macro" / name
    piece = only(wdi.parse(path, version="2025"))
    file = pd.read_csv(path, keep_default_na=False).set_index(["iso3", "year"])[column]
    assert piece.quarantine.is_empty()
    assert not {"WLD", "EUU", "LIC", "EAS", "TWN"} & set(piece.frame["country"])
    assert {"NAM", "CHN", "USA"} <= set(piece.frame["country"])
    for country, year, value in piece.frame.select("country", "year", field).sample(300, seed=1).iter_rows():
        assert value == pytest.approx(file[country, year])
    year = piece.frame["year"].max() - 1
    total = piece.frame.filter(year=year)[field].sum()
    assert total == pytest.approx(file["WLD", year], rel=0.02)  # the World Bank's world, with its own fillings


def test_bgs_rare_earth_oxides(real_data):
    piece = only(bgs.parse(real_data / "minerals" / "bgs_res_production.csv.gz"))
    found = {(c, y): q for c, y, q in piece.frame.select("country", "year", "quantity_t").iter_rows()}
    published = {  # World Mineral Statistics, "Production of rare earth oxides", tonnes
        ("CHN", 2005): 119000, ("CHN", 2010): 118900, ("CHN", 2023): 255000, ("AUS", 2016): 12631, ("MMR", 2023): 72000,
        ("USA", 2018): 10800, ("IND", 2014): 1836, ("RUS", 2005): 2027, ("VNM", 2015): 250, ("MYS", 2010): 471,
    }  # fmt: skip
    assert {key: found[key] for key in published} == published
    assert set(range(2003, 2024)) <= {year for country, year in found if country == "CHN"}
    assert piece.quarantine.is_empty()


def test_usgs_2026_long_table(real_data):
    piece = only(usgs.parse(real_data / "minerals" / "usgs_mcs2026_critical_minerals.csv"))
    assert piece.provenance.version == "MCS2026"
    ree = piece.frame.filter(commodity="rare_earths")
    mine = {(c, y): q for c, y, q in ree.filter(stage="mine").select("country", "year", "quantity_t").iter_rows()}
    published = {
        ("CHN", 2024): 270000, ("CHN", 2025): 270000, ("USA", 2024): 45500, ("USA", 2025): 51000, ("MMR", 2024): 27000,
        ("AUS", 2025): 29000, ("THA", 2025): 4800, ("MDG", 2024): 1400, ("NGA", 2024): 1500, ("BRA", 2025): 2000,
        ("CAN", 2024): 0,
    }  # fmt: skip
    assert {key: mine[key] for key in published} == published
    reserves = dict(ree.filter(stage="reserves").select("country", "quantity_t").rows())
    assert reserves == {
        "CHN": 44e6, "BRA": 21e6, "VNM": 3.5e6, "RUS": 3.8e6, "AUS": 6.3e6, "USA": 1.9e6, "GRL": 1.5e6, "TZA": 0.89e6,
        "ZAF": 0.86e6, "CAN": 0.83e6, "MYS": 0.71e6,
    }  # fmt: skip
    assert sum(q for (_, year), q in mine.items() if year == 2024) == pytest.approx(380000, rel=0.02)
    gallium = piece.frame.filter(commodity="gallium", country="CHN", year=2024)
    assert 500 < gallium["quantity_t"].item() < 1000  # the file is in kilograms


def test_usgs_2025_and_2022_to_2024(real_data):
    folder = real_data / "minerals"
    piece = only(usgs.parse(folder / "usgs_mcs2025_world_data.csv"))
    ree = piece.frame.filter(commodity="rare_earths")
    assert ree.filter(stage="mine", year=2023)["quantity_t"].sum() + 1440 == pytest.approx(376000, rel=0.002)
    assert ree.filter(stage="reserves", country="VNM")["quantity_t"].to_list() == [3.5e6]
    assert piece.frame.filter(commodity="cobalt", country="COD", stage="mine").height == 2
    for edition, last in ((2022, 43000), (2023, 43000), (2024, 43000)):
        salient = only(usgs.parse(folder / f"usgs_mcs{edition}_raree_salient.csv")).frame
        assert salient["year"].to_list() == list(range(edition - 5, edition))
        assert salient["quantity_t"][-1] == last
    with pytest.raises(SourceError, match="not a layout"):
        only(usgs.parse(folder / "eu_crm_fact_GlobalSupplySharest.csv"))


def test_comtrade_api_sample(real_data):
    path = next((real_data / "trade").glob("comtrade_api_v1_sample_*.csv"))
    pieces = list(comtrade.parse(path))
    file = pd.read_csv(path, dtype=str, index_col=False)
    kept = file[file["partnerCode"].ne("0") & file["cmdCode"].str.len().eq(6) & file["flowCode"].isin(["M", "X"])]
    assert sum(p.frame.height for p in pieces) == len(kept)
    assert {(p.year, p.hs_version) for p in pieces} == {
        (2020, "HS17"), (2021, "HS17"), (2022, "HS22"), (2023, "HS22"), (2024, "HS22"),
    }  # fmt: skip
    total = pl.concat([p.frame for p in pieces])["value_kusd"].sum() * 1e3
    assert total == pytest.approx(kept["primaryValue"].astype(float).sum())
