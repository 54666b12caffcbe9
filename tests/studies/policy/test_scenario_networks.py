"""A scenario as two networks: the draws are the policy study's, and the changes those of its network table."""

import polars as pl
import pytest

import xenotime as xt
from xenotime.core import InputError
from xenotime.networks import compare
from xenotime.studies.policy import PolicySettings, scenario_networks

DRAWS = 8
#: The ends of all draws: the policy study counts each draw once a partition, which moves inner quantiles a little.
LEVEL = 1 - 1e-6


def test_changes_are_those_of_the_policy_study():
    store, settings = xt.demo_store(), PolicySettings.read(draws=DRAWS, level=LEVEL)
    before, after = scenario_networks(store, "china_export_tax_25", settings=settings)
    assert after.sizes["draw"] == DRAWS
    study = xt.studies.policy(store, "china_export_tax_25", settings=settings)
    told = {row["measure"]: row for row in study.network.iter_rows(named=True)}
    found = compare(before, after, ["export_hhi", "regions", "carriers"], level=LEVEL)
    for indicator, measure in (
        ("export_hhi", "export_hhi"),
        ("regions.within_share", "within_regions"),
        ("regions.mean_distance", "mean_distance"),
    ):
        row = found.row(by_predicate=pl.col("indicator") == indicator, named=True)
        assert row["before"] == pytest.approx(told[measure]["before"])
        assert (row["change_low"], row["change_high"]) == pytest.approx(
            (told[measure]["low"], told[measure]["high"]), rel=1e-3
        )
        assert row["more_than_noise"] == told[measure]["more_than_noise"]
    direct = found.filter(indicator="carriers.carried_share", country="CHN").row(0, named=True)
    assert direct["change_low"] == pytest.approx(told["china_us_direct"]["low"], rel=1e-3)


def test_a_scenario_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="unknown scenario"):
        scenario_networks(xt.demo_store(), "china_export_taxx")
