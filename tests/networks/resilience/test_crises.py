"""Crises, epidemics and supply risk by hand, and against a plain second writing."""

import numpy as np
import polars as pl
import pytest
from shape_cubes import cube, random_flow, tie_cube

from xenotime.core import DataWarning, InputError
from xenotime.networks.resilience import chain_crisis, crisis, crisis_path, epidemic, trade_risk

NAMES = ["AAA", "BBB", "CCC", "DDD"]


def chain_flow():
    """A sells 80 to B; B sells 50 to C; C sells 10 to D, which buys 90 elsewhere, from A."""
    flow = np.zeros((4, 4))
    flow[0, 1], flow[1, 2], flow[2, 3], flow[0, 3] = 80, 50, 10, 90
    return flow


def spread(flow, limit, cut, seed):
    """Lee et al. as the paper words it: links shrink by 1 − f once an end collapses; round after round."""
    when, now = {seed: 0}, 0
    while True:
        left = flow.copy()
        for i in when:
            left[i, :], left[:, i] = (1 - cut) * flow[i, :], (1 - cut) * flow[:, i]
        lost_in, lost_out = flow.sum(0) - left.sum(0), flow.sum(1) - left.sum(1)
        new = [j for j in range(len(flow)) if j not in when and max(lost_in[j], lost_out[j]) > limit[j]]
        if not new:
            return when
        now += 1
        when |= dict.fromkeys(new, now)


def test_crisis_by_hand():
    trade = cube(chain_flow(), countries=NAMES)
    # Own trade: A 170, B 130, C 60, D 100. t = 0.5: A takes B (80 > 65) and D (90 > 50); B takes C (50 > 30).
    found = crisis(trade, threshold=0.5)
    first = found.row(0, named=True)
    assert (first["country"], first["avalanche"], first["rounds"], first["lost_share"]) == ("AAA", 3, 2, 1.0)
    assert first["capacity"] == "own trade"
    assert crisis_path(trade, "AAA", threshold=0.5).select("country", "round").rows() == [
        ("AAA", 0), ("BBB", 1), ("DDD", 1), ("CCC", 2),
    ]  # fmt: skip
    # Half the cut, the same t: A's loss to B is 40 < 65, to D 45 < 50.
    assert crisis(trade, cut=0.5, threshold=0.5).filter(country="AAA").row(0)[3:6] == (
        0,
        0,
        pytest.approx(0.5 * 170 / 230),
    )
    given = crisis(trade, threshold=0.5, capacity={"AAA": 1e6, "BBB": 1e6, "CCC": 60, "DDD": 1e6})
    assert given.filter(pl.col("avalanche") > 0).select("country", "avalanche", "capacity").rows() == [
        ("BBB", 1, "given")
    ]
    table = pl.DataFrame({"year": [2020, 2019], "country": ["CCC", "BBB"], "capacity_kusd": [60.0, 1.0]})
    with pytest.warns(DataWarning, match="3 of 4 countries that trade have no capacity .* never to collapse: AAA, BBB"):
        assert crisis(trade, threshold=0.5, capacity=table)["avalanche"].to_list() == [0, 1, 0, 0]


@pytest.mark.parametrize("seed", range(8))
def test_crisis_is_what_the_paper_says(seed):
    flow = random_flow(seed, 14, 0.3)
    trade = cube(flow)
    limit = 0.2 * (flow.sum(0) + flow.sum(1))
    found = crisis(trade, cut=0.7, threshold=0.2)
    for row in found.iter_rows(named=True):
        when = spread(flow, limit, 0.7, int(row["country"][1:]))
        assert (row["avalanche"], row["rounds"]) == (len(when) - 1, max(when.values()))


def test_only_the_ratio_of_threshold_and_cut_matters():
    trade = cube(random_flow(4, 20, 0.3))
    one, other = crisis(trade, 0.8, 0.2), crisis(trade, 0.4, 0.1)
    assert one.select("country", "avalanche", "rounds").equals(other.select("country", "avalanche", "rounds"))
    assert crisis(trade, 0.8, 0.1)["avalanche"].sum() >= one["avalanche"].sum()


def test_a_cut_in_oxide_reaches_magnets():
    """Oxide: A 80 → B, C 20 → B. Magnets: B 100 → D, A 300 → D. A's oxide is 80 % of what B disposes of."""
    oxide, magnet = np.zeros((4, 4)), np.zeros((4, 4))
    oxide[0, 1], oxide[2, 1] = 80, 20
    magnet[1, 3], magnet[0, 3] = 100, 300
    trade = cube(np.stack([oxide, magnet])[:, None], ("midstream", "downstream"), countries=NAMES)
    found = chain_crisis(trade, "midstream", ["AAA", "CCC"], threshold=0.9, input_threshold=0.5)
    assert found.select("country", "stage", "collapsed", "first_round", "lost_share").rows() == [
        ("AAA", "midstream", 0, None, 0.8),
        ("AAA", "downstream", 1, 1, 0.25),  # B makes no magnets: 100 of 400
        ("CCC", "midstream", 0, None, 0.2),
        ("CCC", "downstream", 0, None, 0.0),
    ]
    # At t = 0.7 B's oxide trade collapses in round 1, its magnets too; D loses 100 of 400, and stands.
    worse = chain_crisis(trade, "midstream", ["AAA"], threshold=0.7, input_threshold=0.95).filter(stage="downstream")
    assert worse.select("collapsed", "first_round").rows() == [(1, 2)]
    with pytest.raises(InputError, match="no stage 'mine'"):
        chain_crisis(trade, "mine")


def test_a_chain_of_one_stage_is_a_crisis():
    trade = cube(random_flow(6, 15, 0.3))
    one, other = crisis(trade), chain_crisis(trade, "downstream")
    assert one["avalanche"].to_list() == other["collapsed"].to_list()
    assert one["lost_share"].to_list() == other["lost_share"].to_list()


def test_epidemic_on_one_tie_has_its_textbook_size():
    flow = np.zeros((3, 3))
    flow[0, 1] = 5
    trade = cube(flow)
    found = epidemic(trade, tie_cube(flow > 0, trade), infection=0.3, recovery=0.4, draws=20_000)
    # The seed tries, then recovers with 0.4: P = β / (1 − (1 − β)(1 − γ)).
    row = found.row(0, named=True)
    assert found.height == 1
    assert row["infected"] == pytest.approx(0.3 / (1 - 0.7 * 0.6), abs=4 * row["infected_error"])
    assert row["infected_error"] < 0.005
    sure = epidemic(trade, tie_cube(flow > 0, trade), infection=1, recovery=1, draws=2).row(0, named=True)
    assert (sure["infected"], sure["infected_share"], sure["steps"]) == (1.0, 1.0, 2.0)
    assert epidemic(trade, infection=0, draws=2)["infected"].to_list() == [0.0]
    with pytest.raises(InputError, match=r"recovery = 0 must|recovery = 0 above 0"):
        epidemic(trade, recovery=0)


def test_trade_risk_by_hand():
    flow = np.zeros((4, 4))
    flow[0, 2], flow[1, 2], flow[3, 2] = 60, 20, 20
    flow[0, 1] = 20  # B only passes on A's goods
    trade = cube(flow, countries=NAMES)
    found = trade_risk(trade, {"AAA": 0.5, "BBB": 0.1}).filter(country="CCC").row(0, named=True)
    assert found["risk"] == pytest.approx(0.75 * 0.5 + 0.25 * 0.1)
    assert found["concentrated_risk"] == pytest.approx(0.75**2 * 0.5 + 0.25**2 * 0.1)
    assert found["traced_risk"] == pytest.approx(0.5)
    assert found["coverage"] == pytest.approx(0.8)
    by_year = pl.DataFrame({"year": [2020], "country": ["DDD"], "instability": [0.9]})
    assert trade_risk(trade, by_year).select("country", "risk").rows() == [("BBB", None), ("CCC", 0.9)]
    with pytest.raises(InputError, match="instability in 2020 must be numbers"):
        trade_risk(trade, {"AAA": -1.0})
