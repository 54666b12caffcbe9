"""Dependence rules against numbers worked out by hand."""

import math
import warnings

import numpy as np
import pytest

from xenotime.core import DataWarning, InputError
from xenotime.networks import RULES, build, dependence

# Imports of JPN: CHN 90, DEU 7, USA 3 (sum 100). Imports of USA: CHN 10, JPN 10 (sum 20).
# Exports of CHN: 100; of DEU: 7; of USA: 3; of JPN: 10. World: 120. Mass of CHN→USA unknown.
ROWS = (
    (2020, "CHN", "JPN", "850511", 90.0, 9.0),
    (2020, "DEU", "JPN", "850511", 7.0, 0.1),
    (2020, "USA", "JPN", "850511", 3.0, 3.0),
    (2020, "CHN", "USA", "850511", 10.0, None),
    (2020, "JPN", "USA", "850511", 10.0, 0.5),
)
ALL = {("CHN", "JPN"), ("DEU", "JPN"), ("USA", "JPN"), ("CHN", "USA"), ("JPN", "USA")}


@pytest.fixture
def trade(make_flows, chain):
    return build(make_flows(*ROWS), chain, "magnets")


def pairs(ties) -> set[tuple[str, str]]:
    labels = ties["exporter"].values.tolist()
    return {(labels[i], labels[j]) for i, j in zip(*np.nonzero(ties.to_numpy()[0, 0]))}


@pytest.mark.parametrize(
    ("rule", "parameters", "wanted"),
    [
        ("import_share", {}, ALL - {("USA", "JPN")}),
        ("import_share", {"minimum_share": 0.5}, {("CHN", "JPN"), ("CHN", "USA"), ("JPN", "USA")}),
        ("export_share", {"minimum_share": 0.2}, ALL - {("CHN", "USA")}),
        ("value_threshold", {"minimum_kusd": 10}, {("CHN", "JPN"), ("CHN", "USA"), ("JPN", "USA")}),
        ("value_threshold", {"minimum_kusd": {2020: 80.0}}, {("CHN", "JPN")}),
        ("value_threshold", {"minimum_kusd": 0}, ALL),
        ("mass_threshold", {"minimum_t": 0.5}, {("CHN", "JPN"), ("USA", "JPN"), ("JPN", "USA")}),
        ("top_k", {"k": 1}, {("CHN", "JPN"), ("CHN", "USA"), ("JPN", "USA")}),  # the US has two largest suppliers
        ("top_k", {"k": 2}, ALL - {("USA", "JPN")}),
        ("top_k", {"k": 9}, ALL),
        # JPN has 3 suppliers: (1 − 0.9)² = 0.01 for CHN, (1 − 0.07)² for DEU. CHN has 2 markets: (1 − 0.9) = 0.1.
        ("disparity_filter", {"alpha": 0.05}, {("CHN", "JPN")}),
        ("disparity_filter", {"alpha": 0.009}, set()),
        # USA has 2 suppliers with half each: 1 − 0.5 = 0.5 < 0.6.
        ("disparity_filter", {"alpha": 0.6}, {("CHN", "JPN"), ("CHN", "USA"), ("JPN", "USA")}),
        # CHN→JPN ln(90·120 / (100·100)) = 0.077; CHN→USA ln(10·120 / (100·20)) < 0;
        # JPN→USA ln(10·120 / (10·20)) = ln 6; DEU→JPN and USA→JPN ln(120 / 100) = 0.182.
        ("pmi", {}, ALL - {("CHN", "USA")}),
        ("pmi", {"minimum": 0.1}, ALL - {("CHN", "USA"), ("CHN", "JPN")}),
        ("pmi", {"minimum": math.log(6) + 1e-9}, set()),
        ("pmi", {"minimum": math.log(6) - 1e-9}, {("JPN", "USA")}),
    ],
)
@pytest.mark.filterwarnings("ignore:1 pairs of countries:xenotime.core.DataWarning")
def test_ties_by_hand(trade, rule, parameters, wanted):
    assert pairs(dependence(trade, rule, **parameters)) == wanted


def test_default_is_an_import_share_of_five_per_cent_in_the_direction_of_goods(trade):
    ties = dependence(trade)
    assert ties.attrs["rule"] == "import_share"
    assert ties.attrs["parameters"] == {"minimum_share": 0.05}
    assert ties.attrs["formula"] == RULES["import_share"].formula
    assert ties.attrs["direction"] == "goods: exporter -> importer"
    assert ties.attrs["unknown_pairs"] == 0
    assert ties.dtype == bool
    assert bool(ties.sel(exporter="CHN", importer="JPN").item())
    assert not bool(ties.sel(exporter="JPN", importer="CHN").item())


def test_a_parameter_may_follow_the_price_index(make_flows, chain):
    """Prices double from 2020 to 2021, mass stays: with the threshold deflated the ties stay, without they do not."""
    later = tuple((2021, *row[1:4], 2 * row[4], row[5]) for row in ROWS)
    trade = build(make_flows(*ROWS, *later), chain, "magnets")
    nominal = dependence(trade, "value_threshold", minimum_kusd=10).sum(("exporter", "importer"))
    real = dependence(trade, "value_threshold", minimum_kusd={2020: 10, 2021: 20}).sum(("exporter", "importer"))
    assert nominal.values.tolist() == [[3, 4]]
    assert real.values.tolist() == [[3, 3]]


def test_an_extract_is_no_ground_for_rules_that_need_small_flows(make_flows, chain):
    trade = build(make_flows(*ROWS, absence="cut"), chain, "magnets")
    with pytest.warns(DataWarning, match=r"Rule pmi needs small flows.*Remedy: ingest the complete table"):
        dependence(trade, "pmi")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dependence(trade, "import_share")


def test_unknown_pairs_are_no_ties_and_are_counted(make_flows, chain, trade):
    unknown = build(make_flows(*ROWS, absence="missing"), chain, "magnets")
    with pytest.warns(DataWarning, match="7 pairs of countries .* have no known value_kusd"):
        ties = dependence(unknown)
    assert ties.attrs["unknown_pairs"] == 7  # 4 · 3 ordered pairs, five of them listed
    assert pairs(ties) == pairs(dependence(trade))
    with pytest.warns(DataWarning, match="1 pairs of countries .* have no known quantity_t"):
        assert dependence(trade, "mass_threshold", minimum_t=0).attrs["unknown_pairs"] == 1


@pytest.mark.parametrize(
    ("rule", "parameters", "said"),
    [
        ("importshare", {}, "no dependence rule 'importshare'"),
        ("import_share", {"share": 0.1}, "no parameter share"),
        ("import_share", {"minimum_share": 5}, "between 0 and 1"),
        ("import_share", {"minimum_share": float("nan")}, "between 0 and 1"),
        ("import_share", {"minimum_share": "5 %"}, "between 0 and 1"),
        ("top_k", {"k": 2.5}, "whole number"),
        ("top_k", {"k": 0}, "between 1 and"),
        ("value_threshold", {"minimum_kusd": {2019: 1.0}}, "no value for 2020"),
    ],
)
def test_wrong_requests_are_named(trade, rule, parameters, said):
    with pytest.raises(InputError, match=said):
        dependence(trade, rule, **parameters)
