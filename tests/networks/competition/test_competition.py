"""Dependence and competition by hand, and against SciPy and the published forms."""

import numpy as np
import polars as pl
import pytest
from scipy.spatial.distance import braycurtis
from shape_cubes import cube, random_flow

from xenotime.core import InputError
from xenotime.networks import dependence
from xenotime.networks.competition import chokepoints, dependences, export_competition, import_competition
from xenotime.networks.competition.chokepoints import grip
from xenotime.networks.competition.pairs import bargaining_power
from xenotime.networks.competition.similarity import competition, pressure, similarity

#          to: A   B   C
FLOW = [
    [0, 30, 50],
    [10, 0, 0],
    [0, 10, 0],
]


def test_dependences_by_hand():
    found = dependences(cube(FLOW, countries=["AAA", "BBB", "CCC"])).filter(exporter="AAA", importer="BBB")
    row = found.row(0, named=True)
    assert row["import_share"] == pytest.approx(30 / 40)
    assert row["export_share"] == pytest.approx(30 / 80)
    assert row["pmi"] == pytest.approx(np.log(30 * 100 / (80 * 40)))
    assert row["bargaining"] == pytest.approx(30 / 40 - 30 / 80)
    share_a, share_b = 40 / 90, 40 / 50  # of A's trade of 90 with B, of B's 50 with A
    assert row["salience"] == pytest.approx(np.sqrt(share_a * share_b))
    assert row["symmetry"] == pytest.approx(1 - (share_b - share_a))
    assert row["interdependence"] == pytest.approx(row["salience"] * row["symmetry"])


def test_pmi_agrees_with_the_rule():
    trade = cube(random_flow(3, 15, 0.4))
    table = dependences(trade).filter(pl.col("pmi") > 0)
    assert table.height == int(dependence(trade, "pmi").sum())


def test_bargaining_power_by_hand():
    power = bargaining_power(np.array(FLOW, dtype=float))
    # A: 3/8 of its goods at 3/4 − 3/8, 5/8 at 1 − 5/8. B and C sell to one market: B is A's only supplier.
    np.testing.assert_allclose(power, [3 / 8 * 3 / 8 + 5 / 8 * 3 / 8, 0.0, 10 / 40 - 1])


@pytest.mark.parametrize("seed", range(4))
def test_competition_is_bray_curtis_and_glick_rose(seed):
    flow = random_flow(seed, 8, 0.5)
    found, alike = competition(flow), similarity(flow)
    for i, j in zip(*np.triu_indices(8, 1)):
        a, b = flow[:, i], flow[:, j]
        if not a.any() or not b.any():
            assert np.isnan(found[i, j])
            continue
        assert found[i, j] == pytest.approx(1 - braycurtis(a, b))
        shared = a + b > 0
        published = (a + b)[shared] / (a.sum() + b.sum()) * (1 - np.abs(a - b)[shared] / (a + b)[shared])
        assert found[i, j] == pytest.approx(published.sum())
        assert alike[i, j] == pytest.approx(1 - np.abs(a / a.sum() - b / b.sum()).sum() / 2)


def test_pressure_is_the_share_of_suppliers_goods_that_others_buy():
    flow = np.array([[0.0, 30, 10], [0, 0, 5], [0, 0, 0]])
    np.testing.assert_allclose(pressure(flow), [np.nan, 10 / 40, (10 * 30 / 40 + 5 * 0) / 15])


def test_rivals_are_listed_once():
    trade = cube([[0, 30, 10, 0], [0, 0, 0, 5], [0, 0, 0, 0], [0, 0, 0, 0]])
    found = import_competition(trade)
    assert found.select("country", "rival", "similarity", "competition").rows() == [
        ("C01", "C02", pytest.approx(1.0), pytest.approx(2 * 10 / 40))
    ]
    assert export_competition(trade).is_empty()


def test_chokepoints_by_hand():
    found = chokepoints(cube(FLOW, countries=["AAA", "BBB", "CCC"]), dependent=0.75, spare=0.5)
    first = found.row(0, named=True)
    assert (first["country"], first["rank"], first["dependents"]) == ("AAA", 1, 2)
    assert first["export_share"] == pytest.approx(0.8)
    assert first["grip"] == pytest.approx((30 * 30 / 40 + 50) / 100)
    assert first["dependent_share"] == pytest.approx(0.9)
    assert first["shortfall"] == pytest.approx((80 - 0.5 * 20) / 100)
    assert found.filter(country="BBB")["shortfall"].to_list() == [0.0]
    with pytest.raises(InputError, match=r"dependent = 50 must be in 0 … 1"):
        chokepoints(cube(FLOW), dependent=50)


def test_grips_sum_to_the_mean_supplier_hhi():
    flow = random_flow(5, 20, 0.3)
    imports = flow.sum(axis=0)
    shares = flow[:, imports > 0] / imports[imports > 0]
    mean = ((shares**2).sum(axis=0) * imports[imports > 0]).sum() / flow.sum()
    assert grip(flow).sum() == pytest.approx(mean)
