"""The policy study on all pairs of real magnets (850511, 2022): signs for a grid of elasticities, claims, tariffs."""

import numpy as np
import pytest

from xenotime import ingest, open_store
from xenotime.markets import Shock, gsim
from xenotime.studies.policy import PolicySettings, calibrate, policy
from xenotime.studies.policy.cases import cases

TAXES = ("china_export_tax_25", "other_exporters_tax_25", "all_main_exporters_tax_25", "us_china_decoupling")
GRID = [(sigma, demand, supply) for sigma in (1.3, 2.5, 5.0) for demand in (-0.5, -1.25) for supply in (0.5, 2.5)]
CHINA_KEEPS = {"CHN": 1.5, "JPN": 0.5, "DEU": 0.5}


@pytest.fixture(scope="module")
def store(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("magnets")
    ingest(folder, [real_data / "trade" / "baci_full_31codes_2022.csv.gz"], source="table", mapping="baci_matrix")
    ingest(
        folder,
        [real_data / "policy" / "wdi_tariff_weighted_means_2005_2024.csv"],
        source="table",
        mapping="wdi_tariffs",
    )
    return open_store(folder)


@pytest.mark.parametrize("own", ["absent", CHINA_KEEPS], ids=["own trade absent", "own trade declared"])
def test_quantity_falls_under_every_tax_and_rises_under_liberalisation(store, own):
    settings = PolicySettings.read(scenarios=(*TAXES, "tariff_removal"), own_trade=own, stage="downstream", year=2022)
    tied, _ = cases(store, settings)
    for sigma, demand, supply in GRID:
        change = {}
        for case in tied:
            shock = case.shock.with_elasticities(demand, supply, sigma)
            change[case.name] = gsim(shock.market, shock, nest=case.nest).trade_change["quantity"]
        assert all(change[name] < 0 for name in TAXES), change
        assert change["tariff_removal"] > 0
        # China sells 61 % of this trade: the others' coordinated tax weighs about half as much as its own
        # whatever the elasticities, and own trade moves that either way
        ratio = change["other_exporters_tax_25"] / change["china_export_tax_25"]
        assert (0.43 < ratio < 0.49) if own == "absent" else (0.2 < ratio < 0.7)
        assert change["all_main_exporters_tax_25"] < change["china_export_tax_25"]


def test_decoupling_explodes_under_ces_near_one_and_not_under_aces(store):
    base = calibrate(store, "downstream", 2022).market.with_elasticities(substitution=1.05)
    shock = Shock.base(base).ban(["CHN"])
    usa = base.names.index("USA")
    ces, aces = (gsim(base, shock, nest=nest).composite_prices[usa] for nest in ("ces", "aces"))
    assert ces > 3 * aces


def test_tariffs_of_2022_are_those_of_the_file(store):
    base = calibrate(store, "downstream", 2022)
    at = base.market.names.index
    rates = base.market.tariffs
    # applied weighted means of 2022 in the file, per cent: Brazil 7.26, Czechia (the EU) 1.33, China 2.18
    assert rates[at("CHN"), at("BRA")] == pytest.approx(0.0726)
    assert rates[at("CHN"), at("DEU")] == rates[at("CHN"), at("CZE")] == pytest.approx(0.0133)
    assert rates[at("JPN"), at("CHN")] == pytest.approx(0.0218)
    assert rates[at("DEU"), at("FRA")] == 0
    said = dict(base.assumptions.select("what", "value").iter_rows())
    assert "applied weighted mean" in said["tariffs"]
    assert said["own trade"].startswith("absent: nobody's output")


def test_hubs_are_taken_back_to_their_origins(store):
    base = calibrate(store, "downstream", 2022)
    hongkong = base.market.names.index("HKG")
    assert base.market.output[hongkong] == 0  # all it ships it had bought: no producer, no elasticity of supply
    assert "HKG" in base.market.without_sales
    row = base.adjustments.filter(country="HKG").row(0, named=True)
    assert row["value_kusd"] == pytest.approx(16_200, rel=0.02)  # exports of 16.2 m in the reference facts
    assert "CHN" in row["to"]


def test_claims_beside_the_study(store):
    names = [*TAXES, "tariff_removal", "open_coalition_msp", "bloc_tariffs_25"]
    study = policy(store, names, stage="downstream", year=2022, draws=25)
    assert (study.scenarios["failed"] == 0).all()
    trade = {(row["scenario"], row["basis"]): row for row in study.world.iter_rows(named=True)}
    for name in TAXES:
        assert trade[name, "quantity"]["high"] < 0
    assert 0 < trade["tariff_removal", "quantity"]["low"] <= trade["tariff_removal", "quantity"]["high"] < 0.03
    assert trade["other_exporters_tax_25", "quantity"]["low"] > -0.06
    verdicts = dict(study.claims.select("claim", "verdict").iter_rows())
    assert verdicts["removing all tariffs adds less than 3 %"] == "agrees"
    assert verdicts["the coordinated tax weighs about as much as China's own"] == "differs"
    assert study.claims.filter(verdict="differs")["why"].str.len_chars().min() > 20
    assert np.isfinite(study.comparison["within_regions"].to_numpy()).all()
