"""The penalised fit of exporter and importer effects against margins computed by hand."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xenotime import reference
from xenotime.pipeline.world import facts
from xenotime.pipeline.world.flows import divide, fit, headings
from xenotime.pipeline.world.margins import margins


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 9))
def test_margins_that_the_ties_can_carry_are_met(seed, n):
    random = np.random.default_rng(seed)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    true = np.exp(random.normal(0, 1, len(i)) + random.normal(0, 0.7, n)[i] + random.normal(0, 0.7, n)[j])
    exports, imports = np.bincount(i, true), np.bincount(j, true)
    g = fit(i, j, random.normal(0, 0.5, len(i)), exports, imports, np.full(len(i), np.nan))
    # the penalty of 0.01 on effects of a few units leaves gaps of a few per cent
    np.testing.assert_allclose(np.bincount(i, g), exports, rtol=0.12)
    np.testing.assert_allclose(np.bincount(j, g), imports, rtol=0.12)
    assert (g > 0).all()


def test_a_known_flow_is_drawn_to_its_value():
    i, j = np.nonzero(~np.eye(4, dtype=bool))
    known = np.full(len(i), np.nan)
    known[0] = 60.0
    g = fit(i, j, np.zeros(len(i)), np.array([100.0, 50, 50, 50]), np.array([50.0, 90, 60, 50]), known)
    assert g[0] == pytest.approx(60, rel=0.05)


def test_a_target_that_no_tie_can_carry_stays_a_residual():
    """Two countries, one tie: the exporter's 100 cannot be met while the importer takes 10; nothing runs away."""
    g = fit(np.array([0]), np.array([1]), np.zeros(1), np.array([100.0, 0]), np.array([0.0, 10]), np.array([np.nan]))
    assert np.isfinite(g).all()
    assert 9 < g[0] < 101


def test_headings_follow_the_origin():
    rows = [
        ("284690", "upstream", ["MMR"], None, None, None),
        ("284690", "midstream", None, ["MMR"], None, None),
        ("280530", "midstream", None, None, None, 2010),
    ]
    assert headings("upstream", "MMR", 2020, rows) == ("284690",)
    assert headings("upstream", "CHN", 2020, rows) == ()
    assert headings("midstream", "CHN", 2005, rows) == ("284690", "280530")
    assert headings("midstream", "CHN", 2011, rows) == ("284690",)


def test_a_flow_divides_by_what_its_exporter_sells_and_its_importer_buys():
    codes = ["280530", "284610", "284690"]
    tied = pl.DataFrame({"stage": "midstream", "year": 2023, "exporter": ["CHN", "CHN"], "importer": ["FRA", "JPN"]})
    admitted = pl.DataFrame({"stage": ["midstream"] * 3, "year": [2023] * 3, "exporter": ["CHN"] * 3, "hs6": codes})
    share = {(row["importer"], row["hs6"]): row["share"] for row in divide(tied, admitted).to_dicts()}
    # UN Comtrade 2023: metals 235, cerium compounds 16, other compounds 512 million USD out of China
    assert share["FRA", "280530"] == pytest.approx(235 / 763)
    # Japan's lean to metals: 1.5, 0.6 and 0.74
    assert share["JPN", "280530"] == pytest.approx(235 * 1.5 / (235 * 1.5 + 16 * 0.6 + 512 * 0.74))
    for importer in ("FRA", "JPN"):
        assert sum(share[importer, hs6] for hs6 in codes) == pytest.approx(1)


def test_every_row_of_the_worlds_own_tables_says_where_it_is_from():
    for name in ("stages", "destinations", "buyers", "headings", "countries"):
        assert facts.own(name)["source"].str.len_chars().min() > 15, name


def test_published_shares_are_carried_back_by_their_trend():
    """2001 from BACI's 2002 to 2004, by hand: the total falls 1.0 % a year there, China's share rises."""
    table = reference.facts("margins").filter(pl.col("year").is_in([2002, 2004]))
    world = dict(table.select("year", "world_exports_musd").iter_rows())
    china = dict(table.filter(pl.col("country") == "CHN").select("year", "export_share_pct").iter_rows())
    names = facts.default_countries()
    found = margins("downstream", names, range(2001, 2004))
    assert found.basis.tolist() == ["extrapolated", "published", "published"]
    assert found.world[0] == pytest.approx(1000 * world[2002] * (world[2002] / world[2004]) ** 0.5, rel=1e-9)
    back, first = (found.exports[:, names.index("CHN")] / found.world)[:2]
    assert first == pytest.approx(china[2002] / 100, rel=1e-3)
    # at most 15 % a year, and the shares of 2001 sum to those of 2002
    assert china[2004] > china[2002]
    assert back < first * 0.95
    assert np.nansum(found.exports[0]) / found.world[0] == pytest.approx(np.nansum(found.exports[1]) / found.world[1])


def test_large_flows_are_exact_where_known_and_between_their_neighbours_elsewhere():
    names = facts.default_countries()
    found = margins("downstream", names, range(2010, 2013))
    listed = reference.facts("large_flows").filter(exporter="CHN", importer="DEU", stage="downstream")
    known = dict(listed.select("year", "value_kusd").iter_rows())
    i, j = names.index("CHN"), names.index("DEU")
    assert found.pairs[[0, 2], i, j] == pytest.approx([known[2010], known[2012]])
    share = found.pairs[:, i, j] / found.world
    assert share[1] == pytest.approx(np.sqrt(share[0] * share[2]))
    assert found.pairs_basis[:, i, j].tolist() == ["published", "interpolated", "published"]


def test_no_exporter_upstream_sends_more_than_it_exports():
    names, years = facts.default_countries(), range(2001, 2024)
    found = margins("upstream", names, years)
    sent = np.nansum(found.pairs, axis=2)
    assert (sent <= np.nan_to_num(found.exports) * 1.0001).all()
    mined = facts.mine_output(names, years)
    unmined = {(years[t], names[i]) for t, i in np.argwhere(~np.isnan(found.exports) & (mined == 0))}
    # thorium ore sold from stocks, as stages.csv says
    assert unmined == {(2001, "BRA"), (2002, "BRA"), (2003, "BRA"), (2014, "VNM"), (2016, "BRA")}


def test_upstream_is_what_the_default_staging_counts():
    """Before a country's 2846 is upstream by the chain's own windows, it could send thorium ore alone: little."""
    names, years = facts.default_countries(), range(2001, 2024)
    found = margins("upstream", names, years)
    selects = reference.chain("rare_earths").selects().rows()
    for t, year in enumerate(years):
        for i, name in enumerate(names):
            codes = headings("upstream", name, year, selects)
            assert np.isnan(found.exports[t, i]) or "284690" in codes or found.exports[t, i] < 15_000, (name, year)
    assert found.world[0] < 1000
    china = names.index("CHN")
    assert np.isnan(found.exports[:, china]).all()
    assert np.isnan(found.exports[list(years).index(2013), names.index("USA")])


def test_mine_output_of_china_has_no_step_where_the_surveys_meet():
    china = facts.mine_output(["CHN"], range(2013, 2025))[:, 0]
    assert china[7] == 140_000  # USGS 2020
    assert china[6] == pytest.approx(180_000 * 140 / 180, rel=0.001)  # BGS 2019, linked over 2020
    assert china[0] == 95_000  # BGS as it stands before 2014
    assert (np.diff(china) > -100).all()
