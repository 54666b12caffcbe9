"""The shape of trade on the embedded world: all of it runs on three stages, and a cut upstream reaches magnets."""

import warnings

import polars as pl
import pytest

from xenotime import demo_store
from xenotime import networks as net
from xenotime.core import DataWarning


@pytest.mark.slow
def test_the_embedded_world_from_oxide_to_magnets():
    store = demo_store()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        trade = net.build(store.flows(chain="rare_earths"), "rare_earths")
        ties = net.dependence(trade)
    behind = net.stage_origins(trade, "midstream", "downstream")
    shares = behind.group_by("year", "user").agg(pl.col("share").sum())["share"]
    assert shares.is_between(1 - 1e-6, 1 + 1e-6).all()
    fall = net.chain_crisis(trade, "upstream", ["CHN", "AUS"])
    assert (fall.filter(stage="downstream", country="CHN")["collapsed"] > 0).all()
    assert (fall.filter(country="CHN")["lost_share"].mean() or 0) > (
        fall.filter(country="AUS")["lost_share"].mean() or 0
    )
    gdp = store.table("country_year").select("year", "country", capacity_kusd=pl.col("gdp_usd") / 1000)
    small = net.crisis(trade, threshold=0.01, capacity=gdp)
    # Magnets are no hundredth of anybody's GDP; feed is of Myanmar's, which falls with China's purchases.
    assert small.filter(stage="downstream")["avalanche"].max() == 0
    fallen = net.crisis_path(trade.sel(stage=["upstream"], year=[2023]), "CHN", threshold=0.01, capacity=gdp)
    assert fallen["country"].to_list() == ["CHN", "MMR"]
    for run in (net.china_us, net.chokepoints, net.dependences, net.import_competition, net.crisis):
        assert run(trade).height > 0
    for run in (net.attack, net.critical_links, net.epidemic, net.core_periphery, net.rich_club, net.motifs, net.shape):
        assert run(trade, ties).height > 0
