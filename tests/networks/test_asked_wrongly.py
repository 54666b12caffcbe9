"""What is asked wrongly of the shape of trade is refused in words, with what to write instead."""

import numpy as np
import polars as pl
import pytest
from shape_cubes import cube, random_flow

from xenotime import networks as net
from xenotime.core import InputError
from xenotime.networks import Questions

NAMES = ["CHN", "DEU", "JPN", "KOR", "MYS", "USA"]
TRADE = cube(random_flow(1, 6, 0.8)[None], countries=NAMES)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: net.indicators(TRADE, which="density"), "which is 'density'"),
        (lambda: net.shape(TRADE, which="grip"), "which is 'grip'"),
        (lambda: net.compare(TRADE, TRADE, "density"), "which is 'density'"),
        (lambda: net.compare(TRADE, TRADE, [], questions=Questions(blocs="EU")), "blocs = 'EU'"),
        (lambda: net.compare(TRADE, TRADE, ["communities"], questions=Questions(partitions=0)), "partitions = 0"),
        (lambda: net.compare(TRADE, TRADE, ["links"]), "no indicator links"),
        (lambda: net.attack(TRADE, strategies="random"), "strategies is 'random'"),
        (lambda: net.edge_interruption(TRADE, orders="value"), "orders is 'value'"),
        (lambda: net.regionalisation(TRADE, which="within_share"), "which is 'within_share'"),
        (lambda: net.regionalisation(TRADE, {"XXX": "East"}), "groups name XXX"),
        (lambda: net.regionalisation(TRADE, 5), "groups are a int"),
        (lambda: net.regionalisation(TRADE, [5]), "by is"),
        (lambda: net.homophily(TRADE, pl.DataFrame({"country": ["CHN", "Q12"], "group": ["a", "b"]})), "name Q12"),
        (lambda: net.brokerage(TRADE, {**dict.fromkeys(NAMES, "a"), "chn": "b"}), "groups name chn"),
        (lambda: net.routes(TRADE, "CHN", "USA", "JPN"), "through is 'JPN'"),
        (lambda: net.epidemic(TRADE, seeds="CHN"), "seeds is 'CHN'"),
        (lambda: net.chain_crisis(TRADE, "downstream", "CHN"), "seeds is 'CHN'"),
        (lambda: net.flow_betweenness(TRADE, ("CHN", "USA")), "pairs of two different countries"),
        (lambda: net.flow_betweenness(TRADE, [("CHN", "CHN")]), "pairs of two different countries"),
        (lambda: net.resolution_scan(TRADE, []), "no resolution"),
        (lambda: net.trends(net.regionalisation(TRADE, nulls=0), level=5), "level = 5"),
        (lambda: net.trends(pl.DataFrame({"year": [2000]})), "no column stage"),
        (lambda: net.communities(TRADE, runs=1.5), "runs is 1.5"),
        (lambda: net.communities(TRADE, resolution=float("nan")), "resolution is nan"),
        (lambda: net.communities(TRADE, resolution="high"), "resolution is high"),
        (lambda: net.communities(TRADE, method="louvain"), "no method"),
        (lambda: net.reporting_noise(TRADE, 5, float("nan")), "log_sd = nan"),
        (lambda: net.motifs(TRADE, draws=1), "at least 2"),
        (lambda: net.attack(TRADE, draws=0), "at least 1"),
        (lambda: net.crisis(TRADE, capacity={"XXX": 1.0}), "countries of the cube"),
        (lambda: net.trade_risk(TRADE, {"CHN": -1.0}), "not negative"),
        (lambda: net.mrqap(np.zeros((3, 4)), {"x": np.zeros((3, 4))}), "shape"),
    ],
)
def test_what_is_asked_wrongly_is_said(ask, said):
    with pytest.raises(InputError, match=said):
        ask()
