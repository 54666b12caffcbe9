"""Goods followed by hand, by walking the chain step by step, and never lost."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shape_cubes import cube, random_flow

from xenotime.core import InputError
from xenotime.networks.mediation import carriers, china_us, origins, routes
from xenotime.networks.mediation.tracing import dispositions, passage, traced

A, B, J, M = range(4)


def example():
    """A ships 60 to J, 40 to B, 20 to M; J hands 45 to B and 15 to M, and makes nothing; M sends 7 of its 35 to B."""
    flow = np.zeros((4, 4))
    flow[A, J], flow[A, B], flow[A, M] = 60, 40, 20
    flow[J, B], flow[J, M] = 45, 15
    flow[M, B] = 7
    return flow


def walk(flow, origin, destination, steps=4000):
    """Follow the shipment one border at a time."""
    disposed = np.maximum(flow.sum(0), flow.sum(1))
    goods, carried, used, back = flow[origin].copy(), np.zeros(len(flow)), np.zeros(len(flow)), 0.0
    direct, goods[destination] = goods[destination], 0.0
    for _ in range(steps):
        following = np.zeros(len(flow))
        for k in np.flatnonzero(goods > 0):
            sent = goods[k] * flow[k] / disposed[k]
            carried[k] += sent[destination]
            back += sent[origin]
            used[k] += goods[k] - sent.sum()
            sent[[origin, destination]] = 0.0
            following += sent
        goods = following
    return direct, carried, used, back


def test_carriers_by_hand():
    found = passage(example(), A, B)
    assert found.direct == 40
    np.testing.assert_allclose(found.carried, [0, 0, 45, 7])
    # By J: 45 handed over, and of its 15 to M a fifth goes on to B. M's 7: of 35.
    np.testing.assert_allclose(found.through, [0, 0, 48, 7])
    np.testing.assert_allclose(found.used, [0, 0, 0, 28])
    assert found.arrived == pytest.approx(92)


def test_own_output_dilutes_what_a_country_carries():
    flow = np.zeros((3, 3))
    flow[0, 1], flow[1, 2] = 10, 40  # country 1 makes 30 of the 40 it ships
    found = passage(flow, 0, 2)
    assert found.carried[1] == pytest.approx(10)
    flow[1, 2], flow[1, 0] = 20, 20
    assert passage(flow, 0, 2).carried[1] == pytest.approx(5)
    assert passage(flow, 0, 2).returned == pytest.approx(5)


def test_a_circle_that_nothing_enters_does_no_harm():
    flow = np.zeros((5, 5))
    flow[0, 1] = 10
    flow[2, 3], flow[3, 4], flow[4, 2] = 5, 5, 5
    assert passage(flow, 0, 1).arrived == 10
    np.testing.assert_array_equal(traced(flow)[2:], 0)


@pytest.mark.parametrize("seed", range(8))
def test_the_matrix_inverse_is_the_walk(seed):
    flow = random_flow(seed, n=9, density=0.35)
    direct, carried, used, back = walk(flow, 0, 1)
    found = passage(flow, 0, 1)
    assert found.direct == pytest.approx(direct)
    np.testing.assert_allclose(found.carried, carried, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.used, used, rtol=1e-6, atol=1e-9)
    assert found.returned == pytest.approx(back)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(3, 15), density=st.floats(0.05, 0.9))
def test_no_goods_are_lost(seed, n, density):
    flow = random_flow(seed, n, density)
    found = passage(flow, 0, 1)
    assert found.arrived + found.used.sum() + found.returned == pytest.approx(found.shipped, rel=1e-9, abs=1e-9)
    assert (found.through >= found.carried - 1e-9 * found.shipped).all()
    assert (found.through <= found.arrived * (1 + 1e-9) + 1e-12).all()
    _, made, use = dispositions(flow)
    ends = traced(flow)
    # Rounding in T − s leaves crumbs of made and used goods in balanced countries.
    np.testing.assert_allclose(ends.sum(axis=1), made, rtol=1e-6, atol=1e-9 * flow.sum())
    np.testing.assert_allclose(ends.sum(axis=0), use, rtol=1e-6, atol=1e-9 * flow.sum())


def test_tables_name_countries_and_leave_undefined_shares_null():
    trade = cube(
        np.stack([example(), np.zeros((4, 4))])[None], years=(2020, 2021), countries=["CHN", "USA", "JPN", "MYS"]
    )
    found = carriers(trade, "CHN", "USA")
    assert found.filter(pl.col("year") == 2020)["country"].to_list() == ["CHN", "JPN", "MYS"]
    assert found.filter(country="JPN")["carried_share"].to_list() == pytest.approx([45 / 92])
    assert found.filter(year=2021).rows() == [("downstream", 2021, "CHN", 0.0, None, 0.0, None)]
    split = routes(trade, "CHN", "USA", ["MYS"]).filter(year=2020)
    assert split["route"].to_list() == ["direct", "MYS", "others"]
    assert split["value_kusd"].to_list() == pytest.approx([40, 7, 45])
    with pytest.raises(InputError, match="no country 'VNM'"):
        routes(trade, "CHN", "USA", ["VNM"])
    assert china_us(trade).filter(year=2020)["route"].to_list() == ["direct", "JPN", "MYS", "others"]
    with pytest.raises(InputError, match="both CHN"):
        carriers(trade, "CHN", "CHN")


def test_origins_stand_behind_the_shipper():
    found = origins(cube(example(), countries=["CHN", "USA", "JPN", "MYS"]))
    assert found.filter(origin="CHN", user="USA")["traced_share"].to_list() == pytest.approx([1.0])
    assert found.filter(origin="CHN", user="USA")["shipped_share"].to_list() == pytest.approx([40 / 92])
    assert found.filter(origin="JPN")["traced_kusd"].sum() == pytest.approx(0.0)
