"""The alliances study on a small embedded world, whose truth is planted (pipeline/world/ties.py)."""

import warnings

import numpy as np
import polars as pl
import pytest
from scipy import stats

from xenotime import report, studies, tergm
from xenotime.core import DataWarning, InputError
from xenotime.report.alliances.figures import figures
from xenotime.studies import AlliancesSettings, alliances
from xenotime.studies.alliances import COVARIATES

INTEREST = ("cooperation", "conflict")


def estimate(study, stage, term, method="mple"):
    rows = study.tables["coefficients"].filter(
        (pl.col("stage") == stage) & (pl.col("method") == method) & (pl.col("term") == term)
    )
    return rows.row(0, named=True)


def test_default_rule_gives_the_planted_ties_and_the_planted_risk_set(alliances_study, world):
    assert alliances_study.networks.rule == "value_threshold"
    for stage in ("midstream", "downstream"):
        panel = alliances_study.fits[stage].model.panel
        nodes = list(panel.nodes)
        planted = world.y.sel(stage=stage, exporter=nodes, importer=nodes).to_numpy()
        np.testing.assert_array_equal(panel.ties == 1, planted)
        risk = world.risk.sel(stage=stage, exporter=nodes, importer=nodes).to_numpy()
        # Who never imported in these years is left out besides; all else is the world's own risk set.
        imported = planted.any(axis=(0, 1))
        inside = panel.risk[:, :, imported]
        able = risk.any(axis=2) & planted.any(axis=(0, 2))
        np.testing.assert_array_equal(inside.any(axis=2), able)
        assert not panel.risk[:, :, ~planted.any(axis=(0, 1))].any()


def test_planted_effects_are_found(alliances_study, world):
    for stage in ("midstream", "downstream"):
        for name in INTEREST:
            planted = world.theta[stage][f"edgecov('{name}', lag=1)"]
            row = estimate(alliances_study, stage, f"edgecov.{name}.lag1")
            # Three errors: few years, and a test over four coefficients.
            assert abs(row["estimate"] - planted) < 3 * row["error"], (stage, name, row)


def test_planted_lag_fits_best(alliances_study):
    lags = alliances_study.tables["lags"].filter(
        (pl.col("stage") == "downstream") & (pl.col("covariate") == "edgecov.cooperation") & pl.col("best")
    )
    assert lags["lag"].to_list() == [1]


def test_covariates_are_those_of_the_world(alliances_study, world):
    panel = alliances_study.fits["downstream"].model.panel
    nodes, years = list(panel.nodes), list(panel.years)
    for name in INTEREST:
        drawn = world.covariates[name].sel(year=years, exporter=nodes, importer=nodes).to_numpy()
        read = panel.dyad_values(name)
        off = ~np.eye(len(nodes), dtype=bool)
        np.testing.assert_allclose(read[:, off], drawn[:, off])
    gdp = world.covariates["log_gdp"].sel(year=years, country=nodes).to_numpy()
    apart = panel.node_values("log_gdp") - gdp
    np.testing.assert_allclose(apart, apart[:, :1].repeat(len(nodes), axis=1), atol=1e-9)


def test_mean_and_deviation_add_up_to_the_covariate(small_store, alliances_study):
    from xenotime.studies.alliances.estimates import within_pairs
    from xenotime.studies.alliances.specification import Specification

    fit = alliances_study.fits["downstream"]
    term = "edgecov('cooperation', lag=1)"
    spec = Specification(f"edges + {term} + memory('stability')", {"cooperation": "edgecov.cooperation.lag1"}, ())
    formula, panel = within_pairs(spec, fit.model.panel, fit)
    assert "edgecov('cooperation__deviation', lag=1)" in formula
    assert term not in formula
    whole = panel.dyad_values("cooperation__mean") + panel.dyad_values("cooperation__deviation")
    off = ~np.eye(panel.n, dtype=bool)
    np.testing.assert_allclose(whole[:, off], panel.dyad_values("cooperation")[:, off])
    read = panel.dyad_values("cooperation__deviation")[[step - 1 for step in fit.model.steps]]
    np.testing.assert_allclose(read.mean(axis=0)[off], 0, atol=1e-12)


def test_every_table_is_there_and_names_its_stages(alliances_study):
    wanted = {
        "coverage", "nodes", "models", "coefficients", "sensitivity", "effects", "lags", "periods", "thresholds",
        "sources", "influence", "curve", "curve_test", "volumes", "paths", "gof", "gof_joint", "forecasts",
        "calibration", "claims",
    }  # fmt: skip
    assert wanted <= set(alliances_study.tables)
    for name in wanted - {"claims", "sensitivity"}:
        assert set(alliances_study.tables[name]["stage"]) == {"midstream", "downstream"}, name


def test_adjusted_p_values_are_of_all_stages_and_covariates_of_interest(alliances_study):
    rows = alliances_study.tables["coefficients"].drop_nulls("p_holm")
    assert rows.height == 4
    assert rows["method"].unique().to_list() == ["mple"]
    ordered = rows.sort("p")
    # Holm by hand: smallest p times 4, then times 3 and no smaller, …
    by_hand, least = [], 0.0
    for place, p in enumerate(ordered["p"]):
        least = max(least, min(1.0, p * (4 - place)))
        by_hand.append(least)
    np.testing.assert_allclose(ordered["p_holm"], by_hand)


def test_errors_of_several_ways_stand_beside_the_headline(alliances_study):
    for stage, fit in alliances_study.fits.items():
        rows = alliances_study.tables["coefficients"].filter(stage=stage, method="multiway")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # a lifted matrix is allowed
            bounds = fit.conf_int(kind="year+exporter+importer")
        np.testing.assert_allclose(rows.select("low", "high").to_numpy(), bounds.select("low", "high").to_numpy())
        degrees = len(fit.model.years) - 1  # years are the fewest clusters here
        expected = 2 * stats.t.sf(np.abs(rows["estimate"] / rows["error"]), degrees)
        np.testing.assert_allclose(rows["p"].to_numpy(), expected)
        np.testing.assert_allclose(
            (rows["high"] - rows["low"]).to_numpy(), 2 * stats.t.ppf(0.975, degrees) * rows["error"].to_numpy()
        )


def test_relabelled_p_is_that_of_the_specification_as_told(alliances_study):
    for name in INTEREST:
        row = estimate(alliances_study, "downstream", f"edgecov.{name}.lag1")
        curve = alliances_study.tables["curve"].filter(stage="downstream", covariate=name)
        told = curve.filter("headline").row(0, named=True)
        assert curve["headline"].sum() == 1
        # The curve stands on the years that all its lags leave: the estimate is close to the headline's, not the same.
        assert told["estimate"] == pytest.approx(row["estimate"], abs=row["error"])
        assert (told["lag"], told["structure"]) == ("1 year", "all")
        assert row["p_relabelled"] == told["p_relabelled"]


@pytest.mark.parametrize(
    ("wide", "relabelled", "told"),
    [(0.2, 0.3, False), (0.2, None, False), (0.01, 0.3, True), (0.2, 0.01, True)],
)
def test_headline_does_not_rest_on_years_alone(alliances_study, wide, relabelled, told):
    from xenotime.studies.alliances import words

    of = (pl.col("stage") == "downstream") & (pl.col("term") == "edgecov.cooperation.lag1")
    p = pl.when(of & (pl.col("method") == "mple")).then(1e-6).when(of & (pl.col("method") == "multiway")).then(wide)
    changed = alliances_study.tables["coefficients"].with_columns(
        p=p.otherwise("p"), p_relabelled=pl.when(of).then(pl.lit(relabelled, pl.Float64)).otherwise("p_relabelled")
    )
    tables = alliances_study.tables | {"coefficients": changed}
    given = alliances_study.networks, tables, ("downstream",), alliances_study.settings
    hanging = "not told from noise once pairs of one country are allowed to hang together"
    assert ("cooperation goes with more downstream ties" in words.headline(*given)) == told
    assert (f"cooperation is {hanging}" in words.headline(*given)) != told
    effect = words.effect(tables, "downstream", "cooperation", alliances_study.settings)
    assert (hanging in effect) != told
    assert ("goes with" in effect) == told
    within = words.within(tables, "downstream", "cooperation", alliances_study.settings)
    assert told or "survives" not in within


def test_every_interval_holds_the_level_asked_for(small_store, quick):
    """Intervals are errors times the quantiles of SciPy, and captions say the level."""
    asked = quick.model_copy(update={
        "level": 0.1, "mcmle": False, "bootstrap": 0, "total_draws": 0, "gof": 0, "paths": 0, "permutations": 10,
        "origins": 3,
    })  # fmt: skip
    study = alliances(small_store, settings=asked)
    years = pl.col("last") - pl.col("first") + 1
    held = {
        "lags": ("error", years), "thresholds": ("error", years), "sources": ("error", years),
        "curve": ("error", years), "periods": ("error", years), "forecast_tests": ("error", pl.col("years")),
        "volumes": ("std_error", None),
    }  # fmt: skip
    for table, (error, clusters) in held.items():
        rows = study.tables[table].filter(pl.col("low").is_not_null() & (pl.col(error) > 0))
        assert rows.height, table
        reach = ((rows["high"] - rows["low"]) / 2 / rows[error]).to_numpy()
        freedom = np.inf if clusters is None else rows.select(clusters).to_series().to_numpy() - 1
        np.testing.assert_allclose(reach, stats.t.ppf(0.95, freedom), rtol=1e-9, err_msg=table)
    captions = [figure.caption(study) for figure in figures(study).values()]
    assert any("90 %" in caption for caption in captions)
    assert not any("95 %" in caption for caption in captions)


def test_sensitivity_compares_sizes_with_the_larger_first(alliances_study):
    rows = alliances_study.tables["sensitivity"].drop_nulls("difference")
    assert (rows["difference"] >= 0).all()
    own = alliances_study.tables["sensitivity"].filter(pl.col("other").is_null())
    conflict = dict(own.filter(covariate="conflict").select("stage", "per_sd").iter_rows())
    pair = rows.filter(covariate="conflict").row(0, named=True)
    assert pair["difference"] == pytest.approx(abs(conflict[pair["stage"]]) - abs(conflict[pair["other"]]))


def test_round_trip_through_a_folder_is_exact(alliances_study, tmp_path):
    studies.save(alliances_study, tmp_path / "study")
    again = studies.load(tmp_path / "study")
    assert again.words == alliances_study.words
    assert (again.headline, again.findings, again.caveats) == (
        alliances_study.headline, alliances_study.findings, alliances_study.caveats,
    )  # fmt: skip
    assert again.settings == alliances_study.settings
    assert again.provenance == alliances_study.provenance
    assert set(again.tables) == set(alliances_study.tables)
    for name, frame in alliances_study.tables.items():
        assert frame.equals(again.tables[name]), name
    for stage, fit in alliances_study.fits.items():
        np.testing.assert_array_equal(fit.estimates, again.fits[stage].estimates)
        np.testing.assert_array_equal(fit.covariance, again.fits[stage].covariance)


def test_changed_panel_is_refused(alliances_study, tmp_path):
    folder = studies.save(alliances_study, tmp_path / "study")
    (folder / "panels" / "downstream.npz").write_bytes(b"not a panel")
    with pytest.raises(InputError, match=r"downstream\.npz"):
        studies.load(folder)


def test_page_is_written(alliances_study, tmp_path):
    page = report.write(alliances_study, tmp_path / "report.html").read_text("utf-8")
    assert "Reconstructed, not observed" in page


def test_words_of_a_reconstructed_world_judge_no_published_claim(alliances_study):
    assert set(alliances_study.tables["claims"]["verdict"]) == {"cannot judge"}
    assert alliances_study.headline.startswith("Reconstructed, not observed")


def test_association_is_the_word_unless_it_survives_within_pairs(alliances_study):
    from xenotime.studies.alliances.words import kept_within, within

    for stage in alliances_study.stages:
        for name in INTEREST:
            text = within(alliances_study.tables, stage, name, alliances_study.settings)
            kept = kept_within(alliances_study.tables, stage, name, alliances_study.settings.level)
            assert ("survives within pairs" in text) <= bool(kept)


@pytest.mark.parametrize(("by_year", "several", "kept"), [(1e-6, 1e-6, True), (1e-6, 0.2, False), (0.2, 1e-6, False)])
def test_surviving_within_pairs_takes_both_errors(alliances_study, by_year, several, kept):
    from xenotime.studies.alliances.words import kept_within, within

    of = (pl.col("stage") == "downstream") & (pl.col("term") == "edgecov.cooperation__deviation.lag1")
    p = pl.when(of & (pl.col("method") == "mundlak")).then(by_year)
    p = p.when(of & (pl.col("method") == "mundlak_multiway")).then(several)
    changed = alliances_study.tables["coefficients"].with_columns(p=p.otherwise("p"))
    tables = alliances_study.tables | {"coefficients": changed}
    assert kept_within(tables, "downstream", "cooperation", 0.05) == kept
    text = within(tables, "downstream", "cooperation", alliances_study.settings)
    assert ("estimate survives within pairs" in text) == kept
    assert ("told from noise by year alone" in text) == (several > 0.05)
    assert ("told from noise by year, exporter and importer alone" in text) == (by_year > 0.05)


def test_planted_cooperation_survives_within_pairs_by_both_errors(alliances_study):
    from xenotime.studies.alliances.estimates import within_pairs
    from xenotime.studies.alliances.specification import Specification
    from xenotime.studies.alliances.words import kept_within

    assert kept_within(alliances_study.tables, "downstream", "cooperation", 0.05)  # planted
    for stage in ("midstream", "downstream"):
        fit = alliances_study.fits[stage]
        wanted = {name: f"edgecov.{name}.lag1" for name in INTEREST}
        formula = alliances_study.tables["models"].filter(stage=stage, method="mple")["formula"][0]
        split, over = within_pairs(Specification(formula, wanted, ()), fit.model.panel, fit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # a lifted matrix is allowed
            again = tergm.fit(split, over).conf_int(kind="year+exporter+importer")
        rows = alliances_study.tables["coefficients"].filter(stage=stage, method="mundlak_multiway")
        both = rows.join(again, on="term", suffix="_again", validate="1:1")
        assert both.height == rows.height
        assert "edgecov.cooperation__deviation.lag1" in both["term"]
        for bound in ("low", "high"):
            np.testing.assert_allclose(both[bound], both[f"{bound}_again"], rtol=1e-6)


def test_unknown_covariate_in_the_formula_is_named(small_store, quick):
    asked = quick.model_copy(update={"formula": "edges + edgecov('friendship', lag=1)"})
    with pytest.raises(InputError, match="friendship") as fault:
        alliances(small_store, settings=asked)
    assert "cooperation" in str(fault.value)


def test_covariate_the_store_lacks_is_refused_when_asked_for(small_store, quick):
    asked = quick.model_copy(update={"covariates": ("cooperation", "ideal_distance")})
    with pytest.raises(InputError, match="no distance of ideal points"):
        alliances(small_store, settings=asked)


def test_own_formula_replaces_the_default(small_store):
    asked = AlliancesSettings.read(
        formula="edges + edgecov('cooperation', lag=1) + nodeicov('log_gdp') + memory('stability')",
        bootstrap=0, mcmle=False, total_draws=0, gof=0, permutations=0, origins=0, paths=0, breaks=(), lags=(),
        interest=("cooperation",),
    )  # fmt: skip
    study = alliances(small_store, settings=asked)
    assert study.fits["downstream"].names == (
        "edges", "edgecov.cooperation.lag1", "nodeicov.log_gdp", "memory.stability",
    )  # fmt: skip


def test_share_rule_leaves_out_in_degree_and_refuses_it(small_store, quick):
    off = {"mcmle": False, "gof": 0, "permutations": 0, "origins": 0, "paths": 0, "lags": (), "bootstrap": 0}
    study = alliances(small_store, rule="import_share", settings=quick.model_copy(update=off))
    assert not any("gwideg" in name for name in study.fits["downstream"].names)
    assert any("No gwidegree" in caveat for caveat in study.caveats)
    asked = quick.model_copy(update={**off, "formula": "edges + gwidegree(0.5, fixed=TRUE) + edgecov('conflict')"})
    with pytest.raises(InputError, match="gwidegree has no meaning"):
        alliances(small_store, rule="import_share", settings=asked)


def test_registry_says_what_each_covariate_is():
    for name, covariate in COVARIATES.items():
        assert covariate.name == name
        assert covariate.title
        assert covariate.unit
        assert covariate.kind in ("country", "pair")


def test_settings_are_read_by_name_and_refuse_what_they_do_not_know(tmp_path):
    real = AlliancesSettings.read("alliances_2019_2024")
    assert real.years == (2018, 2024)
    assert "defence_pact" in real.carry
    with pytest.raises(InputError, match="friendship"):
        AlliancesSettings.read(interest=("friendship",))
    with pytest.raises(InputError, match="parameters without a rule"):
        AlliancesSettings.read(parameters={"minimum_kusd": 5.0})


OFF = {
    "mcmle": False, "gof": 0, "permutations": 0, "origins": 0, "paths": 0, "lags": (), "bootstrap": 0, "breaks": (),
    "total_draws": 0,
}  # fmt: skip


def test_curve_allows_for_the_growth_of_the_source(alliances_study):
    curve = alliances_study.tables["curve"].filter(stage="downstream", covariate="cooperation")
    # The world's index goes below 0: it cannot be a share of the year's sum.
    assert sorted(curve["media"].unique()) == ["as the source counts", "effects of each year"]
    assert curve.filter("headline")["media"].to_list() == ["as the source counts"]
    assert curve.height == 2 * 2 * 2 * 2  # thresholds, media, lags, structure
    assert (curve["status"] == "converged").all()


def test_index_of_events_is_read_per_source_year_on_request():
    from xenotime.studies.alliances.reader import Reader

    pairs = [(2019, "CHN", "USA", 8.0, 2.0), (2019, "USA", "CHN", 4.0, 0.0), (2020, "CHN", "DEU", 1.0, 1.0)]
    listed = [(*pair, None, "gdelt_daily", "2") for pair in pairs]
    columns = ["year", "exporter", "importer", "cooperation", "conflict", "events", "source", "source_version"]
    held = pl.DataFrame(listed, schema=columns, orient="row")

    class Store:
        def table(self, name):
            kinds = {column: held[column].dtype for column in ("year", "source", "source_version")}
            return held if name == "dyad_year" else pl.DataFrame(schema=kinds)

    def read(normalise):
        reader = Reader(Store(), ("CHN", "DEU", "USA"), (2019, 2020), normalise=normalise)
        return COVARIATES["cooperation"].read(reader).values

    # Mean of both directions, ln(1 + x); the sums of the years are 14 and 2.
    np.testing.assert_allclose(read("none")[[0, 1], [0, 0], [2, 1]], np.log1p([6.0, 1.0]))
    np.testing.assert_allclose(read("source_year")[[0, 1], [0, 0], [2, 1]], np.log1p([6e5 / 14, 1e5 / 2]))


@pytest.mark.parametrize("lag", [1, 2])
def test_year_effects_leave_one_year_out_whatever_the_lag(small_store, quick, lag):
    asked = quick.model_copy(update={**OFF, "year_effects": True, "lag": lag})
    fit = alliances(small_store, settings=asked).fits["downstream"]
    effects = [name for name in fit.names if "timecov" in name]
    assert fit.status == "converged"
    assert len(effects) == len(fit.model.years) - 1
    # An effect of each year makes the expected ties of each year the observed ones (the score of its column is 0).
    for year, a, b in zip(fit.model.years, fit.design.starts[:-1], fit.design.starts[1:], strict=True):
        chance = 1 / (1 + np.exp(-(fit.design.x[a:b] @ fit.estimates + fit.design.offset[a:b])))
        assert chance.sum() == pytest.approx(fit.design.y[a:b].sum(), rel=1e-5), year


def test_country_enters_in_the_year_it_begins():
    from xenotime.studies.alliances.panels import existing
    from xenotime.studies.alliances.reader import Reader

    reader = Reader(None, ("MNE", "SCG", "DEU", "XXX"), (2004, 2005, 2006, 2007))
    np.testing.assert_array_equal(
        existing(reader), np.array([[0, 1, 1, 1], [0, 1, 1, 1], [1, 0, 1, 1], [1, 0, 1, 1]], bool)
    )
