"""Real events and treaties: ICEWS 2014 and GDELT 2018-2024 against recounts in pandas, ATOP and UNGA.

The two event sources barely meet: of ICEWS there is 2014 whole and two days of 2018; GDELT begins in 2018. Which pairs
lead is judged against what happened in those years.
"""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from xenotime import geopolitics as geo
from xenotime.core import DataWarning
from xenotime.reference import cameo, to_iso3
from xenotime.schema import TABLES

ECONOMIC = {"0211", "0254", "0311", "0354", "061", "071", "085", "1054", "1211", "1244", "1312", "1621", "163"}


@pytest.fixture(scope="module")
def raw(real_data):
    return pd.read_csv(real_data / "events/icews14_events.csv.gz", dtype={"code": str}, keep_default_na=False)


def counted(events: pd.DataFrame, version: str) -> pl.DataFrame:
    """Columns year, src, tgt, code, quad, gold to table event_counts."""
    by = ["year", "src", "tgt", "code", "quad"]
    found = events.groupby(by, as_index=False).agg(events=("gold", "size"), intensity_sum=("gold", "sum"))
    frame = pl.DataFrame({name: found[name].to_numpy() for name in found}).rename({"src": "actor", "tgt": "target"})
    columns = TABLES["event_counts"].dtypes
    return (
        frame.with_columns(source=pl.lit("icews"), source_version=pl.lit(version))
        .select(list(columns))
        .cast(dict(columns))
    )


@pytest.fixture(scope="module")
def icews(raw):
    return counted(raw.assign(year=2014), "2014")


@pytest.fixture(scope="module")
def sample(real_data):
    """Two days of June 2018, as the source publishes them."""
    frame = pl.read_csv(
        real_data / "events/icews_events_2018_sample_raw.tab", separator="\t", quote_char=None, infer_schema_length=0
    )
    quads = dict(cameo().select("code", "quad").iter_rows())
    events = pd.DataFrame(
        {
            "year": 2018,
            "src": to_iso3(frame["Source Country"], "name").to_list(),
            "tgt": to_iso3(frame["Target Country"], "name").to_list(),
            "code": frame["CAMEO Code"].to_list(),
            "quad": [quads.get(code) for code in frame["CAMEO Code"]],
            "gold": frame["Intensity"].cast(pl.Float64).to_list(),
        }
    )
    return counted(events.dropna(), "sample of 2018")


@pytest.fixture(scope="module")
def gdelt(real_data):
    raw = pd.read_csv(real_data / "events/gdelt2_dyad_year_2018_2024.csv.gz", keep_default_na=False)
    sides = []
    for one, other in (("iso3_a", "iso3_b"), ("iso3_b", "iso3_a")):
        sides.append(
            pl.DataFrame(
                {
                    "year": raw["year"].to_numpy(),
                    "exporter": raw[one].to_list(),
                    "importer": raw[other].to_list(),
                    "cooperation": (raw["pos_day_sum"] / raw["days_observed"]).to_numpy(),
                    "conflict": (-raw["neg_day_sum"] / raw["days_observed"]).to_numpy(),
                    "events": [None] * len(raw),
                    "source": ["gdelt_daily"] * len(raw),
                    "source_version": ["2018-2024"] * len(raw),
                },
                schema=TABLES["dyad_year"].dtypes,
            )
        )
    return raw, pl.concat(sides)


@pytest.mark.parametrize("economic", [False, True])
def test_icews_equals_a_recount(raw, icews, economic):
    made = geo.event_networks(icews, normalise="none", transform="none", economic=economic, directed=True)
    kept = raw if economic else raw[~raw["code"].isin(ECONOMIC)]
    assert made.attrs["economic_events"] == (0 if economic else len(raw) - len(kept))
    for name, quads in (
        ("cooperation", ["verbal cooperation", "material cooperation"]),
        ("material_conflict", ["material conflict"]),
        ("total", raw["quad"].unique()),
    ):
        part = kept[kept["quad"].isin(quads) & (kept["src"] != kept["tgt"])]
        expected = part.groupby(["src", "tgt"]).size()
        found = made[name].sel(year=2014).to_series()
        assert found[found > 0].astype(int).to_dict() == expected.to_dict()
    scored = geo.event_networks(icews, measure="goldstein", normalise="none", transform="none", economic=economic)
    part = kept[kept["quad"].str.endswith("conflict")]
    points = (-part["gold"]).clip(lower=0).sum()
    assert np.nansum(scored["conflict"]) / 2 == pytest.approx(points)


def test_pairs_that_lead_in_2014_are_those_of_the_news(icews):
    found = geo.top_pairs(geo.event_networks(icews), 12)
    pairs = {
        name: {"-".join(pair) for pair in rows.select("actor", "target").iter_rows()}
        for (name,), rows in found.group_by("network")
    }
    # The East China Sea, the oil rig off Viet Nam (May 2014), Scarborough Shoal, Gaza, the Korean peninsula.
    assert {"KOR-PRK", "CHN-JPN", "CHN-VNM", "CHN-PHL", "ISR-PSE"} <= pairs["conflict"]
    assert {"JPN-KOR", "CHN-KOR", "IRN-IRQ"} <= pairs["cooperation"]


def test_gdelt_indices_equal_the_file(gdelt):
    raw, frame = gdelt
    made = geo.from_indices(frame, normalise="source_year", transform="none")
    for row in raw.sample(200, random_state=1).itertuples():
        here = raw[raw["year"] == row.year]
        divisor = 2 * (here["pos_day_sum"].sum() - here["neg_day_sum"].sum()) / row.days_observed
        found = made["conflict"].sel(year=row.year, actor=row.iso3_b, target=row.iso3_a).item()
        assert found == pytest.approx(-1e5 * row.neg_day_sum / row.days_observed / divisor)
    listed = (made["cooperation"] + made["conflict"] > 0).sum(("actor", "target")).values
    active = raw[(raw["pos_day_sum"] != 0) | (raw["neg_day_sum"] != 0)].groupby("year").size()
    np.testing.assert_array_equal(listed, 2 * active)


def test_pairs_that_lead_in_gdelt_are_those_of_the_news(gdelt):
    found = geo.top_pairs(geo.from_indices(gdelt[1]), 15)
    top = {
        (year, name): ["-".join(pair) for pair in rows.select("actor", "target").iter_rows()]
        for (year, name), rows in found.group_by("year", "network", maintain_order=True)
    }
    for year in range(2018, 2025):
        assert "ISR-PSE" in top[year, "conflict"][:5]
        assert "CHN-USA" in top[year, "cooperation"]
    assert top[2019, "conflict"][0] != "RUS-UKR"
    assert top[2022, "conflict"][0] == top[2023, "conflict"][0] == top[2024, "conflict"][0] == "RUS-UKR"
    assert "IND-PAK" in top[2019, "conflict"]  # Pulwama and Balakot
    assert "ARM-AZE" in top[2020, "conflict"][:4]  # Nagorno-Karabakh
    assert "GBR-UKR" in top[2022, "cooperation"]


def test_the_index_per_day_falls_with_the_source_and_its_share_does_not(gdelt):
    plain, share = (
        geo.from_indices(gdelt[1], normalise=how, transform="none")["cooperation"].mean(("actor", "target"))
        for how in ("none", "source_year")
    )
    assert plain.sel(year=2021) < 0.65 * plain.sel(year=2018)  # 364 and 365 days observed
    assert 0.95 < share.sel(year=2021) / share.sel(year=2018) < 1.05


def test_icews_and_gdelt_meet_in_two_days_of_2018_and_say_so(sample, gdelt):
    icews, other = geo.event_networks(sample), geo.from_indices(gdelt[1], normalise="source_year")
    with pytest.warns(DataWarning, match="disagree on cooperation in 2018"):
        found = geo.agreement_between({"icews": icews, "gdelt": other})
    assert found["year"].to_list() == [2018, 2018]
    # Two days rank few pairs, yet the strongest of them are far more often the year's than chance has it.
    assert (found["top_overlap"] > 20 * found["top_by_chance"]).all()
    assert (found["spearman"] > 0.1).all()


def test_allies_and_positions(real_data):
    raw = pl.read_csv(real_data / "politics/atop_alliance_dyad_year_1945on.csv.gz").filter(
        pl.col("year") >= 1990, pl.col("atop_defense") == 1
    )
    rows = [
        pl.DataFrame(
            {
                "year": raw["year"],
                "actor": to_iso3(raw[a], "cow"),
                "target": to_iso3(raw[b], "cow"),
                "relation": ["defence_pact"] * len(raw),
                "value": [1.0] * len(raw),
                "source": ["atop"] * len(raw),
                "source_version": ["5.1"] * len(raw),
            },
            schema=TABLES["relations"].dtypes,
            strict=False,
        )
        for a, b in (("ccode1", "ccode2"), ("ccode2", "ccode1"))
    ]
    pacts = pl.concat(rows).drop_nulls().unique()
    names = ["CHN", "DEU", "HKG", "JPN", "KOR", "POL", "PRK", "RUS", "TWN", "USA"]
    made = geo.relation(pacts, "defence_pact", names, range(1996, 2025), carry="last")
    at = lambda year, i, j: made.sel(year=year, actor=i, target=j).item()  # noqa: E731
    assert at(1996, "POL", "USA") == 0
    assert at(1999, "POL", "USA") == 1  # NATO, which ATOP has from the protocol of December 1997
    assert at(2024, "JPN", "USA") == at(2024, "KOR", "USA") == at(2024, "CHN", "PRK") == 1
    assert at(2024, "TWN", "USA") == 0
    assert made.sel(actor="HKG").isnull().all()
    assert made.attrs["carried_years"] == list(range(2019, 2025))
    ideal = pl.read_csv(real_data / "politics/unga_ideal_points_all_apr2020.csv.gz", null_values="NA")
    indices = ideal.select(
        (pl.col("session") + 1945).cast(pl.Int16).alias("year"),
        pl.col("iso3c").alias("country"),
        pl.lit("ideal_point").alias("index"),
        pl.col("IdealPoint").alias("value"),
        pl.lit("unga").alias("source"),
        pl.lit("Apr2020").alias("source_version"),
    ).drop_nulls().unique(["year", "country"])  # fmt: skip
    apart = geo.index_distance(geo.country_index(indices, "ideal_point", names, range(2000, 2019)))
    assert (apart.sel(actor="USA", target="CHN") > apart.sel(actor="USA", target="DEU")).all()
    assert apart.sel(actor="TWN").isnull().all()


@pytest.mark.slow
def test_millions_of_rows_lose_no_event():
    rng = np.random.default_rng(1)
    names, codes = geo.axes.country_names(), cameo()
    n = 4_000_000
    kind = rng.integers(0, codes.height, n)
    counts = pl.DataFrame(
        {
            "year": rng.integers(2000, 2025, n).astype(np.int16),
            "actor": pl.Series(sorted(names)[:224]).gather(rng.integers(0, 224, n)),
            "target": pl.Series(sorted(names)[:224]).gather(rng.integers(0, 224, n)),
            "code": codes["code"].gather(kind),
            "quad": codes["quad"].gather(kind),
            "events": rng.integers(1, 50, n),
            "intensity_sum": rng.normal(size=n),
            "source": ["x"] * n,
            "source_version": ["1"] * n,
        },
        schema=TABLES["event_counts"].dtypes,
    ).unique(list(TABLES["event_counts"].key))
    made = geo.event_networks(counts, normalise="none", transform="none", economic=True, directed=True)
    assert np.nansum(made["total"]) == counts.filter(pl.col("actor") != pl.col("target"))["events"].sum()
