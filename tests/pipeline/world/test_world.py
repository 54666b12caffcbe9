"""The embedded world as a whole: the same seed, the stated law, the facts it rests on, and the flows on its ties."""

import numpy as np
import polars as pl
import pytest

from xenotime import networks, reference
from xenotime.core import DataWarning, InputError, generator
from xenotime.pipeline.world import demo_world, facts, politics, ties
from xenotime.pipeline.world.demo import pieces
from xenotime.pipeline.world.sampler import TieModel
from xenotime.schema import check


@pytest.fixture(scope="module")
def small():
    return demo_world(3, 40, range(2008, 2015))


@pytest.fixture(scope="module")
def whole():
    return demo_world(1)


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(small):
    again = demo_world(3, 40, range(2008, 2015))
    assert not again.effects.is_empty()  # what is asked first changes nothing
    assert again.digest == small.digest
    assert again.flows.equals(small.flows)
    assert demo_world(4, 40, range(2008, 2015)).digest != small.digest


def test_a_stage_is_the_same_whether_or_not_the_others_are_drawn(small):
    alone = demo_world(3, 40, range(2008, 2015), stages=["midstream"])
    np.testing.assert_array_equal(alone.y.values[0], small.y.sel(stage="midstream").values)
    np.testing.assert_array_equal(alone.edges.values[0], small.edges.sel(stage="midstream").values)


def test_every_flow_says_it_is_reconstructed(small):
    assert small.flows["quality"].unique().to_list() == ["reconstructed"]
    assert small.flows["source"].unique().to_list() == ["demo"]
    assert "seed3" in small.flows["source_version"][0]
    assert "reconstructed, not observed" in small.describe()
    assert "reconstructed, not observed" in small.y.attrs["note"]


def test_the_threshold_at_tau_gives_the_ties_back(whole):
    """Summed by plain polars, without the package's own rules."""
    hs6, exporter, year = pl.col("hs6"), pl.col("exporter"), pl.col("year")
    feeds = (
        exporter.is_in(["MMR", "LAO"])
        | ((exporter == "USA") & year.is_between(2018, 2024))
        | ((exporter == "AUS") & (year >= 2011))
        | ((exporter == "MDG") & (year >= 2018))
    )
    upstream = (hs6 == "261220") | (hs6.str.starts_with("2846") & feeds)
    stage = pl.when(upstream).then(pl.lit("upstream")).when(hs6 == "850511").then(pl.lit("downstream"))
    total = (
        whole.flows.with_columns(stage=stage.otherwise(pl.lit("midstream")))
        .group_by("stage", "year", "exporter", "importer")
        .agg(value=pl.col("value_kusd").sum())
    )
    tau = pl.DataFrame({"stage": list(whole.tau_kusd), "tau": list(whole.tau_kusd.values())})
    above = total.join(tau, on="stage").filter(pl.col("value") >= pl.col("tau"))
    found = set(above.select("stage", "year", "exporter", "importer").iter_rows())
    y = whole.y
    drawn = {
        (y.stage.values[s], int(y.year.values[t]), y.exporter.values[i], y.importer.values[j])
        for s, t, i, j in np.argwhere(y.values)
    }
    assert found == drawn


def test_the_packages_own_networks_see_the_same_ties(small):
    with pytest.warns(DataWarning):
        trade = networks.build(small.flows, "rare_earths", countries=list(small.names))
    assert trade.attrs["reconstructed"]
    assert list(trade.stage.values) == list(small.stages)
    for stage in small.stages:
        seen = networks.dependence(trade.sel(stage=[stage]), rule="value_threshold", minimum_kusd=small.tau_kusd[stage])
        np.testing.assert_array_equal(seen.values[0], small.y.sel(stage=stage).values)


def test_only_producers_and_hubs_export(whole):
    assert not (whole.y.values & ~whole.risk.values).any()

    def may_export(stage, year):
        free = whole.risk.sel(stage=stage, year=year)
        return set(free.exporter.values[free.any("importer").values])

    assert {"MMR", "AUS", "USA", "LAO"} <= may_export("upstream", 2020)
    assert not {"CHN", "RUS", "JPN"} & may_export("upstream", 2020)  # they separate: their 2846 is midstream
    assert "USA" not in may_export("upstream", 2014)  # its 2846 is upstream from 2018 on
    free = whole.risk.sel(stage="upstream", year=2023)
    assert set(free.importer.values[free.sel(exporter="MMR").values]) == {"CHN", "THA", "VNM"}
    assert not {"ESP", "RUS", "GBR"} & set(free.importer.values[free.any("exporter").values])
    assert "MYS" in may_export("midstream", 2018)
    assert "MYS" not in may_export("midstream", 2005)  # Lynas began in 2012
    assert {"CHN", "JPN", "DEU", "SGP"} <= may_export("downstream", 2010)
    assert "COD" not in may_export("downstream", 2010)


def test_magnets_follow_the_published_margins(whole):
    table = reference.facts("margins").filter(pl.col("country") == "CHN")
    world = dict(table.select("year", "world_exports_musd").iter_rows())
    share = dict(table.select("year", "export_share_pct").iter_rows())
    flows = whole.flows.filter(pl.col("hs6") == "850511")
    for year in range(2002, 2024):
        here = flows.filter(pl.col("year") == year)
        total = here["value_kusd"].sum()
        assert total / 1000 == pytest.approx(world[year], rel=0.01)
        china = here.filter(pl.col("exporter") == "CHN")["value_kusd"].sum()
        assert 100 * china / total == pytest.approx(share[year], abs=2.5)


def test_residuals_are_flows_against_targets(small):
    row = small.residuals.filter(
        (pl.col("stage") == "downstream")
        & (pl.col("year") == 2010)
        & (pl.col("country") == "JPN")
        & (pl.col("side") == "import")
    ).row(0, named=True)
    flows = small.flows.filter((pl.col("hs6") == "850511") & (pl.col("year") == 2010) & (pl.col("importer") == "JPN"))
    assert row["value_kusd"] == pytest.approx(flows["value_kusd"].sum(), rel=1e-9)
    assert row["gap_pct"] == pytest.approx(100 * (row["value_kusd"] / row["target_kusd"] - 1))


def test_the_largest_magnet_flows_are_met_where_their_tie_was_drawn(whole):
    """Against the typed facts, by plain polars; a known flow without a tie is shown as a gap of 100 %."""
    known = reference.facts("large_flows").filter(stage="downstream", year=2023)
    drawn = whole.flows.filter(pl.col("hs6") == "850511", pl.col("year") == 2023)
    both = known.join(drawn, on=["exporter", "importer"], how="inner", suffix="_drawn").sort("value_kusd")
    assert len(both) > 0.85 * len(known)
    off = both["value_kusd_drawn"] / both["value_kusd"]
    assert off.tail(25).is_between(0.8, 1.25).all()
    assert off.is_between(0.9, 1.1).mean() > 0.75
    shown = whole.residuals.filter(pl.col("side") == "flow", stage="downstream", year=2023)
    assert len(shown) == len(known)
    tied = set(both.select("exporter", "importer").iter_rows())
    for row in shown.to_dicts():
        assert (row["gap_pct"] == -100) == ((row["country"], row["partner"]) not in tied)
        assert row["basis"] == "published"


def test_residuals_say_what_a_target_rests_on(whole):
    world = whole.residuals.filter(pl.col("side") == "world")
    basis = {(row["stage"], row["year"]): row["basis"] for row in world.to_dicts()}
    assert basis["downstream", 2001] == "extrapolated"
    assert {basis["downstream", year] for year in range(2002, 2024)} == {"published"}
    assert {basis[stage, year] for stage in ("upstream", "midstream") for year in whole.years} == {"assumption"}


def test_metals_and_compounds_come_from_different_countries(whole):
    def share(year, hs6):
        flows = whole.flows.filter(pl.col("year") == year, pl.col("hs6").is_in(hs6))
        total = flows.group_by("exporter").agg(pl.col("value_kusd").sum())
        return dict(total.with_columns(pl.col("value_kusd") / total["value_kusd"].sum()).iter_rows())

    metals, compounds = share(2023, ["280530"]), share(2023, ["284610", "284690"])
    # UN Comtrade 2023: of metals 369 million USD China 64 %, Thailand 28 %, Japan 4 %
    assert metals["CHN"] > 1.2 * compounds["CHN"]
    assert metals["THA"] > 4 * compounds["THA"]
    assert metals.get("MYS", 0) < 0.05 < compounds["MYS"]
    assert metals["JPN"] < 0.5 * compounds["JPN"]


def test_tables_keep_their_schema(small):
    made = {piece.table: piece.frame for piece in pieces(small)}
    assert set(made) == {"flows", "country_year", "dyads", "dyad_year", "relations", "production"}
    for name, frame in made.items():
        check(frame, name, where="test")


def test_relations_are_those_of_the_blocs(small):
    held = next(piece.frame for piece in pieces(small) if piece.table == "relations")
    assert (held["value"] == 1).all()
    year = int(small.covariates["year"].values[-1])
    now = held.filter(pl.col("year") == year)
    inside = {bloc: set(reference.members(bloc, year)) & set(small.names) for bloc in ("EU", "NATO", "SCO")}
    pairs = {name: set(rows.select("actor", "target").iter_rows()) for (name,), rows in now.group_by("relation")}
    assert {(i, j) for i in inside["EU"] for j in inside["EU"] if i != j} <= pairs["trade_agreement"]
    assert {(i, j) for i in inside["NATO"] for j in inside["NATO"] if i != j} <= pairs["defence_pact"]
    across = {(i, j) for i in inside["NATO"] - inside["SCO"] for j in inside["SCO"] - inside["NATO"]}
    assert across
    assert pairs["rivalry"] == across | {(j, i) for i, j in across}


def test_densities_are_the_stated_ones(whole):
    """Mean over 23 years; one draw of a stage scatters by a few per cent of its ties."""
    for s, stage in enumerate(whole.stages):
        low, high = ties.DENSITY[stage]
        drawn = (whole.y.values[s].sum((1, 2)) / whole.risk.values[s].sum((1, 2))).mean()
        assert drawn == pytest.approx((low + high) / 2, rel=0.12)


@pytest.mark.slow
def test_the_network_is_not_degenerate_whatever_the_seed():
    for seed in range(1, 6):
        world = demo_world(seed)
        for s in range(len(world.stages)):
            y, risk = world.y.values[s], world.risk.values[s]
            density = y.sum((1, 2)) / risk.sum((1, 2))
            # upstream a dozen exporters and importers at most: its risk set is small and a third of it tied
            low, high = (0.05, 0.6) if world.stages[s] == "upstream" else (0.015, 0.2)
            assert low < density.min() < density.max() < high
            assert y.any(axis=(1, 2)).all()
            suppliers = y.sum() / y.any(axis=1).sum()
            assert 1.5 < suppliers < 7
        assert 3 < world.y.values[2].sum() / world.y.values[2].any(axis=1).sum() < 6.5


def test_the_chain_forgets_where_it_started(small):
    """From the ties of the year before, or from nothing at all: the same number of ties and of returned ties."""
    covariates, setting, t = small._drawn, small._setting, 4
    before = small.y.values[2, t - 1]
    eta = ties.linear_predictor("downstream", small.theta["downstream"], covariates, (2, t), before)
    model = TieModel(eta + small.edges.values[2, t], 0.5, 0.1, setting.risk[2, t])
    counts = {}
    for label, start in (("past", before & model.free), ("empty", np.zeros_like(before))):
        random = generator(1, "test", label)
        graphs = [model.draw(start, 100, random) for _ in range(80)]
        counts[label] = np.array([[y.sum(), (y & y.T).sum()] for y in graphs], float)
    gap = counts["past"].mean(0) - counts["empty"].mean(0)
    error = np.sqrt((counts["past"].var(0) + counts["empty"].var(0)) / 80)
    assert np.all(np.abs(gap) < 4 * error)


def test_terms_take_their_stated_lag(small):
    term = next(term for term in ties.TERMS if term.covariate == "conflict")
    assert term.lag == small.lags[term.name] == 1
    at = term.matrix(small._drawn, 0, 3)  # the fourth year, 2011
    np.testing.assert_array_equal(at, small.covariates["conflict"].sel(year=2010).values)
    large = next(term for term in ties.TERMS if term.covariate == "large_flow").matrix(small._drawn, 0, 6)
    assert large[small.names.index("AUS"), small.names.index("MYS")] == 1.0  # 2014
    assert not large[small.names.index("CHN")].any()
    sender = next(term for term in ties.TERMS if term.name == "nodeocov('log_output')").matrix(small._drawn, 1, 3)
    output = small.covariates["log_output"].sel(stage="midstream", year=2011, country="MYS")
    assert sender[small.names.index("MYS"), 7] == float(output)


def test_effects_are_exact_where_ties_do_not_answer_each_other():
    free = {"mutual": 0.0, "gwesp(0.5, fixed=TRUE)": 0.0}
    world = demo_world(2, 25, range(2010, 2013), stages=["downstream"], theta={"downstream": free})
    theta, name = world.theta["downstream"], "edgecov('cooperation', lag=1)"
    expected = []
    for t, year in enumerate(world.years[1:], start=1):
        data, eta = world.covariates, world.edges.values[0, t]
        eta = eta + np.where(world.y.values[0, t - 1], 1, -1) * theta["memory('stability')"]
        eta = eta + theta["nodeocov('log_output')"] * data.log_output.sel(year=year).values[0][:, None]
        eta = eta + theta["nodeicov('log_gdp')"] * data.log_gdp.sel(year=year).values[None, :]
        eta = eta + theta["edgecov('log_distance')"] * data.log_distance.values
        eta = eta + theta["edgecov('same_bloc')"] * data.same_bloc.sel(year=year).values
        eta = eta + theta[name] * data.cooperation.sel(year=year - 1).values
        up, down = (1 / (1 + np.exp(-(eta + half * theta[name]))) for half in (0.5, -0.5))
        expected.append((up - down)[world.risk.values[0, t]].mean())
    row = world.effects.row(by_predicate=pl.col("term") == name, named=True)
    assert row["simulated"] == pytest.approx(np.mean(expected), rel=1e-9)


def test_zero_coefficients_have_zero_effects(whole):
    rows = whole.effects.filter(pl.col("theta") == 0)
    assert rows["simulated"].to_list() == [0.0] * len(rows) != []
    signs = whole.effects.filter(pl.col("theta") != 0)
    assert (signs["simulated"].sign() == signs["theta"].sign()).all()


def test_variants():
    def draw(variant):
        return demo_world(5, 30, range(2008, 2016), variant, ["downstream"])

    a, b, c, d = (draw(variant) for variant in "ABCD")
    np.testing.assert_array_equal(a.y.values, d.y.values)  # D changes flows alone
    assert not a.flows["value_kusd"].equals(d.flows["value_kusd"])
    # B: cooperation in 2010 is higher than A's for exactly the pairs that traded in 2008 or 2009 (either way)
    rise = (b.covariates.cooperation - a.covariates.cooperation).sel(year=2010).values
    traded = b.y.sel(year=[2008, 2009]).values[0].any(axis=0)
    np.testing.assert_array_equal(rise > 1e-12, traded | traded.T)
    np.testing.assert_allclose(a.covariates.cooperation.sel(year=2008), b.covariates.cooperation.sel(year=2008))
    hidden = c.hidden.values
    np.testing.assert_array_equal(hidden, hidden.T)
    assert 0.6 < hidden[np.triu_indices(30, 1)].std() < 1.0
    assert not a.hidden.values.any()


def test_crises_strike_when_they_should_and_fade():
    names, years = ("CHN", "JPN", "BRA"), range(2008, 2012)
    path = politics.crisis_path("conflict", names, years, 0.5)
    np.testing.assert_allclose(path[:, 0, 1], [0, 0, 2.0, 1.0])
    np.testing.assert_array_equal(path, np.swapaxes(path, 1, 2))
    assert not path[:, 2].any()


def test_the_crises_in_the_reference_tables_bear_the_same_dates():
    listed = reference.facts("policy_events").filter(pl.col("date").dt.year() < 2013)
    ours = {(row["year"], frozenset([row["one"], *row["other"].split(";")])) for row in politics.crises().to_dicts()}
    for event in listed.filter((pl.col("actor") == "CHN") & (pl.col("target") == "JPN")).to_dicts():
        assert (event["date"].year, frozenset(["CHN", "JPN"])) in ours
    wto = listed.filter(pl.col("instrument") == "WTO dispute")
    assert wto["date"].dt.year().to_list() == [2012]
    assert (2012, frozenset(["CHN", "USA", "EU", "JPN"])) in ours


def test_distances_between_capitals():
    km = facts.distances(["CHN", "JPN", "FRA", "GBR"])
    assert km[0, 1] == pytest.approx(2100, abs=40)  # Beijing–Tokyo
    assert km[2, 3] == pytest.approx(343, abs=15)  # Paris–London


def test_countries_are_a_fixed_list():
    names = facts.default_countries()
    assert len(names) == len(set(names)) == 140
    known = reference.countries()
    there = known.filter(pl.col("valid_from").fill_null(0) <= 2001, pl.col("valid_to").fill_null(9999) >= 2023)
    assert set(names) <= set(there["iso3"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"countries": 1},
        {"countries": ["CHN", "XXX"]},
        {"variant": "E"},
        {"years": [2001, 2003]},
        {"stages": ["ore"]},
        {"countries": ["FRA", "ITA"], "stages": ["upstream"]},
        {"countries": 20, "theta": {"downstream": {"mutuality": 1.0}}},
    ],
)
def test_wrong_requests_are_named(wrong):
    with pytest.raises(InputError):
        demo_world(**wrong)
