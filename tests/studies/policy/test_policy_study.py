"""The study on the embedded world: what must hold of its tables, whatever the numbers."""

import numpy as np
import polars as pl
import pytest

from xenotime.core import InputError
from xenotime.markets import gsim
from xenotime.networks import routes
from xenotime.studies import load, save
from xenotime.studies.policy import PolicySettings, calibrate, policy, simulate
from xenotime.studies.policy.measures import Frame, measure

FOUR = ("china_export_tax_25", "other_exporters_tax_25", "tariff_removal", "us_china_decoupling")


def test_taxes_cut_quantity_and_liberalisation_adds_in_every_draw(found):
    rows = found.world.filter(pl.col("basis") == "quantity")
    for row in rows.iter_rows(named=True):
        up = row["scenario"] == "tariff_removal"
        assert (row["low"] > 0) if up else (row["high"] < 0), row
        assert row["same_sign"] == 1
        assert row["more_than_noise"]
        assert row["low"] <= row["median"] <= row["high"]


@pytest.mark.parametrize("own", ["output", "absent", {"CHN": 1.5, "JPN": 0.5, "DEU": 0.5}], ids=str)
@pytest.mark.parametrize("stage", ["downstream", "midstream"])
def test_signs_hold_over_a_grid_of_elasticities_with_and_without_own_trade(embedded, own, stage):
    from xenotime.scenarios import load_scenario
    from xenotime.studies.policy.cases import case_of

    settings = PolicySettings.read(own_trade=own)
    base = calibrate(embedded, stage, 2022, settings=settings)
    for name in FOUR:
        raw = load_scenario(name)
        case = case_of(raw.model_copy(update={"stage": (stage,)}), base, settings)
        for sigma in (1.3, 5.0):
            for demand in (-0.5, -1.25):
                for supply in (0.5, 2.5):
                    shock = case.shock.with_elasticities(demand, supply, sigma)
                    result = gsim(shock.market, shock, nest=case.nest)
                    # a ban between two sends goods from home to third countries: what falls is all that is sold
                    scope = "all_sales" if name == "us_china_decoupling" else "trade"
                    change = result.world.filter(scope=scope, basis="quantity")["change"].item()
                    assert (change > 0) == (name == "tariff_removal"), (name, sigma, demand, supply, change)


def test_three_bases_differ_and_are_named(found):
    tax = dict(found.world.filter(scenario="china_export_tax_25").select("basis", "median").iter_rows())
    assert tax["producer_value"] < tax["quantity"] < tax["border_value"]


def test_every_solve_is_accounted_for(found):
    assert found.scenarios["draws"].to_list() == [40] * 4
    assert (found.scenarios["failed"] == 0).all()
    assert any("All 160 solves have an answer" in caveat for caveat in found.caveats)


def test_bans_are_solved_with_aces_and_it_is_said(found):
    assert dict(found.scenarios.select("scenario", "nest").iter_rows())["us_china_decoupling"] == "aces"
    assert any("ACES" in caveat and "CES" in caveat for caveat in found.caveats)
    stopped = found.flows.filter(scenario="us_china_decoupling", exporter="CHN", importer="USA").row(0, named=True)
    assert stopped["median"] == pytest.approx(-stopped["base_kusd"])


def test_refused_draws_are_counted_not_dropped(embedded):
    settings = PolicySettings.read(
        nest_of_bans="ces", substitution={"low": 0.7, "high": 3.0, "source": "test"}, draws=40
    )
    study = policy(embedded, "us_china_decoupling", settings=settings)
    low = np.log(1.5 / 0.7) / np.log(3 / 0.7)  # share of a log-uniform range below what CES bears under a ban
    assert study.scenarios["failed"].item() == pytest.approx(low, abs=0.04)
    assert study.drivers["failed"].to_list() == [round(40 * study.scenarios["failed"].item())] * len(study.drivers)
    assert any("have no answer" in caveat for caveat in study.caveats)


def test_central_equilibrium_is_gsim_on_the_calibrated_market(found, embedded):
    solved = simulate(embedded, "china_export_tax_25")
    base = calibrate(embedded, "downstream", 2022).market
    direct = gsim(base, solved.case.policy)
    row = found.world.filter(scenario="china_export_tax_25", basis="quantity").row(0, named=True)
    assert row["central"] == pytest.approx(direct.trade_change["quantity"], rel=1e-12)
    np.testing.assert_array_equal(solved.result.prices, direct.prices)


def test_calibration_scales_to_cif_and_frees_partners(embedded):
    plain = calibrate(embedded, "downstream", 2022, settings=PolicySettings.read(cif_margin=0.0)).market
    cif = calibrate(embedded, "downstream", 2022).market
    off = ~np.eye(plain.n, dtype=bool)
    np.testing.assert_allclose(cif.flows[off], 1.06 * plain.flows[off])
    np.testing.assert_allclose(np.diag(cif.flows), np.diag(plain.flows))
    de, fr, cn = (cif.names.index(name) for name in ("DEU", "FRA", "CHN"))
    assert cif.tariffs[de, fr] == 0
    assert cif.tariffs[cn, fr] == 0.03


def test_absence_of_own_trade_is_said(embedded):
    base = calibrate(embedded, "downstream", 2022, settings=PolicySettings.read(own_trade="absent"))
    assert np.diag(base.market.flows).sum() == 0
    said = dict(base.assumptions.select("what", "value").iter_rows())
    assert said["own trade"] == "absent"
    ratio = calibrate(embedded, "downstream", 2022, settings=PolicySettings.read(own_trade={"CHN": 1.5}, cif_margin=0))
    china = ratio.market.names.index("CHN")
    exports = ratio.market.flows[china].sum() - ratio.market.flows[china, china]
    assert ratio.market.flows[china, china] == pytest.approx(1.5 * exports)


def test_measures_are_those_of_networks_and_held_at_the_baseline(found, embedded):
    base = calibrate(embedded, "downstream", 2022)
    frame = Frame.of(base.trade, 2, 1)
    flows = base.market.flows - np.diag(np.diag(base.market.flows))
    got = measure(flows, frame)
    shares = flows.sum(axis=1) / flows.sum()
    assert got["export_hhi"][0] == pytest.approx((shares**2).sum())
    same = frame.partitions[0][:, None] == frame.partitions[0]
    assert got["within_communities"][0] == pytest.approx(flows[same].sum() / flows.sum())
    strength = found.network.filter(scenario="tariff_removal", measure="export_hhi").row(0, named=True)
    assert strength["before"] == pytest.approx((shares**2).sum())


def test_mediation_is_that_of_networks_and_adds_up(found, embedded):
    before = routes(calibrate(embedded, "downstream", 2022).trade, "CHN", "USA", ("JPN", "MYS", "VNM"))
    shares = dict(before.filter(stage="downstream").select("route", "share").iter_rows())
    tax = {row["measure"]: row for row in found.network.filter(scenario="china_export_tax_25").iter_rows(named=True)}
    assert tax["china_us_direct"]["before"] == pytest.approx(shares["direct"])
    assert tax["china_us_carried"]["before"] == pytest.approx(shares["JPN"] + shares["MYS"] + shares["VNM"])
    row = found.comparison.filter(scenario="us_china_decoupling").row(0, named=True)
    assert row["mediation"] == "more"
    assert row["china_us_direct"] == pytest.approx(-shares["direct"])
    listed = found.mediation.filter(pl.col("scenario") == "us_china_decoupling", pl.col("carrier") != "direct")
    assert row["mediator"] == listed.sort("after")["carrier"][-1]
    said = next(text for text in found.findings if text.startswith("Chinese goods in the United States, of 4"))
    assert "us_china_decoupling −83" in said


def test_where_nothing_arrives_mediation_is_null_and_it_is_said(embedded):
    study = policy(embedded, "china_export_ban", draws=4)
    row = study.comparison.row(0, named=True)
    assert row["quantity"] is not None
    assert row["china_us_direct"] is None
    assert row["mediation"] is None
    assert any("Not told" in text and "china_export_ban" in text for text in study.findings)


def test_the_same_seed_gives_the_same_numbers(embedded):
    one, two = (policy(embedded, "tariff_removal", draws=5, seed=4) for _ in range(2))
    assert one.world.equals(two.world)
    assert one.network.equals(two.network)


def test_claims_stand_beside_ours_with_a_reason(found):
    claims = {row["claim"]: row for row in found.claims.iter_rows(named=True)}
    coordinated = next(row for claim, row in claims.items() if "more than 10 %" in claim)
    ours = found.world.filter(scenario="other_exporters_tax_25", basis="quantity")["median"].item()
    assert (coordinated["verdict"] == "differs") == (ours > -0.10)
    assert "ship" in coordinated["why"]
    removal = next(row for claim, row in claims.items() if "removing all tariffs" in claim)
    assert removal["verdict"] == "agrees"


def test_alternatives_change_one_assumption_each(found):
    rows = found.alternatives.filter(scenario="tariff_removal")
    got = dict(rows.select("alternative", "quantity").iter_rows())
    central = found.world.filter(scenario="tariff_removal", basis="quantity")["central"].item()
    assert got["as in the study"] == pytest.approx(central)
    assert got["tariffs doubled"] > got["as in the study"]
    linear = found.alternatives.filter(scenario="us_china_decoupling", alternative="linear form").row(0, named=True)
    assert linear["quantity"] is None
    assert "taxes only" in linear["note"]


def test_a_study_comes_back_from_its_folder(found, tmp_path):
    again = load(save(found, tmp_path / "study"))
    assert again.headline == found.headline
    assert again.comparison.equals(found.comparison)
    assert again.provenance == found.provenance
    (tmp_path / "study" / "tables" / "world.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="changed since"):
        load(tmp_path / "study")


def test_the_library_is_sorted_to_its_markets_and_what_is_left_out_says_why(embedded):
    from xenotime.studies.policy.cases import cases

    tied, left_out = cases(embedded, PolicySettings.read())
    assert len(tied) >= 15
    assert {case.base.key for case in tied} >= {"downstream 2022", "midstream 2009"}
    assert "it is about graphite, not rare earths" in left_out["why"].to_list()
    nearest = next(case for case in tied if case.name == "rare_earth_licences_april_2025")
    assert nearest.notes == ("written for trade of 2024, solved on 2023",)


def test_a_named_base_year_outside_the_data_is_refused_unless_its_replay_is_asked_for(embedded):
    with pytest.raises(InputError, match="base_year 2024 is outside the data, which hold 2001 to 2023") as problem:
        simulate(embedded, "rare_earth_licences_april_2025")
    assert "rare_earth_licences_april_2025.yaml, line" in problem.value.where
    assert "--year 2023" in problem.value.remedy
    replayed = simulate(embedded, "rare_earth_licences_april_2025", settings=PolicySettings.read(year=2023))
    assert "written for trade of 2024, solved on 2023" in replayed.case.notes


def test_a_scenario_that_touches_nothing_says_why(embedded, tmp_path):
    path = tmp_path / "nobody.yaml"
    path.write_text(
        "name: nobody\ntitle: Nobody\nstage: downstream\nbase_year: 2022\nsource: a test\n"
        "instruments:\n  - {kind: liberalisation, share: 0}\n"
    )
    study = policy(embedded, [str(path)], draws=4)
    assert "liberalisation" in study.scenarios["notes"][0]
    said = next(text for text in study.findings if text.startswith("Changing nothing here"))
    assert "what it sets holds already" in said
    assert "do not bind" not in said


def test_elasticities_by_country_vary_around_the_common_draw(embedded):
    from xenotime.studies.policy.elasticities import by_country

    common = {"supply": np.full(2000, 1.5)}
    drawn = by_country(common, ("CHN", "JPN"), 0.3, 1)["supply"]
    np.testing.assert_allclose(np.log(drawn / 1.5).std(axis=0), 0.3, atol=0.02)
    assert abs(np.corrcoef(np.log(drawn).T)[0, 1]) < 0.1
    alone = by_country(common, ("JPN",), 0.3, 1)["supply"]
    np.testing.assert_array_equal(alone[:, 0], drawn[:, 1])
    alike, apart = (
        policy(embedded, "china_export_tax_25", settings=PolicySettings.read(draws=30, country_spread=spread))
        for spread in (0, 0.3)
    )
    assert alike.comparison["quantity"].item() != apart.comparison["quantity"].item()
    assert apart.comparison["quantity"].item() == pytest.approx(alike.comparison["quantity"].item(), rel=0.2)
    assert any("drawn alike" in caveat for caveat in alike.caveats)
    assert any("around a common value" in caveat for caveat in apart.caveats)


@pytest.mark.parametrize("merge", [{"HKG": "CHN", "CHN": "HKG"}, {"HKG": "HKG"}, {"MAC": "HKG", "HKG": "CHN"}])
def test_regions_merged_in_circles_or_chains_are_refused(merge):
    with pytest.raises(InputError, match="merge: "):
        PolicySettings.read(merge=merge)


def test_merging_needs_both_in_the_market(embedded):
    with pytest.raises(InputError, match="DEU cannot be made one with EUR"):
        calibrate(embedded, "downstream", 2022, settings=PolicySettings.read(merge={"DEU": "EUR"}))
    base = calibrate(embedded, "downstream", 2022, settings=PolicySettings.read(merge={"XYZ": "CHN"}))
    said = dict(base.assumptions.select("what", "value").iter_rows())
    assert said["merge"].startswith("XYZ is not in this market")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"scenarios": "no_such"}, "unknown scenario"),
        ({"scenarios": "graphite_licences_2023"}, "it is about graphite"),
        ({"scenarios": "china_export_tax_25", "year": 1990}, "no flows of 1990"),
        ({"scenarios": "china_export_tax_25", "stage": "upstream"}, "acts on stage upstream"),
        ({"draws": 1}, "draws"),
    ],
)
def test_wrong_questions_get_answers_that_help(embedded, asked, message):
    with pytest.raises(InputError, match=message):
        policy(embedded, **asked)


def test_settings_refuse_what_cannot_be(tmp_path):
    with pytest.raises(InputError, match="above high"):
        PolicySettings.read(demand={"low": 3, "high": 1, "source": "x"})
    path = tmp_path / "mine.yaml"
    path.write_text("tarif: 0.1\n")
    with pytest.raises(InputError, match="did you mean tariff") as problem:
        PolicySettings.read(path)
    assert problem.value.where == str(path)
    path.write_text("draws: 1\n")
    with pytest.raises(InputError, match=r"draws: Input should be greater .*\n.*policy.yaml") as problem:
        PolicySettings.read(path)
    assert problem.value.where == str(path)
    with pytest.raises(InputError) as problem:
        PolicySettings.read(path, draws=0)
    assert problem.value.where == "settings"
