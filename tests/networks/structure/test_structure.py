"""Core, rich club, triads and Moran's I: against networkx, full enumeration and planted structure."""

from itertools import permutations, product

import networkx as nx
import numpy as np
import polars as pl
import pytest
from shape_cubes import cube, random_flow, tie_cube

from xenotime.core import InputError
from xenotime.networks.structure import TRIADS, core_periphery, moran, motifs, rich_club
from xenotime.networks.structure.nulls import against, same_degrees
from xenotime.networks.structure.shape import club, core, core_fit, triads


def random_ties(seed, n=15, density=0.25):
    return random_flow(seed, n, density) > 0


@pytest.mark.parametrize("seed", range(6))
def test_triads_are_those_of_networkx(seed):
    ties = random_ties(seed, 16, [0.05, 0.2, 0.5, 0.9][seed % 4])
    census = nx.triadic_census(nx.from_numpy_array(ties.astype(int), create_using=nx.DiGraph))
    assert dict(zip(TRIADS, triads(ties).tolist())) == census


@pytest.mark.parametrize("seed", range(4))
def test_nulls_keep_degrees_and_differ(seed):
    ties = random_ties(seed, 20, 0.2)
    drawn = list(same_degrees(ties, 5, seed, "test"))
    for one in drawn:
        np.testing.assert_array_equal(one.sum(axis=0), ties.sum(axis=0))
        np.testing.assert_array_equal(one.sum(axis=1), ties.sum(axis=1))
        assert not one.diagonal().any()
        assert (one != ties).any()
    again = list(same_degrees(ties, 5, seed, "test"))
    assert all((a == b).all() for a, b in zip(drawn, again))


def test_nulls_reach_every_network_of_the_degrees_alike():
    """Five countries: count all networks of the degrees by trying each, and draw them."""
    ties = np.zeros((4, 4), dtype=bool)
    ties[0, 1] = ties[1, 0] = ties[2, 3] = ties[0, 2] = True
    cells = [(i, j) for i in range(4) for j in range(4) if i != j]
    every = []
    for held in product([False, True], repeat=12):
        one = np.zeros((4, 4), dtype=bool)
        for cell, tie in zip(cells, held):
            one[cell] = tie
        if (one.sum(0) == ties.sum(0)).all() and (one.sum(1) == ties.sum(1)).all():
            every.append(one.tobytes())
    seen = [one.tobytes() for one in same_degrees(ties, 4000, 1, "every")]
    assert set(seen) == set(every)
    shares = np.array([seen.count(one) for one in every]) / len(seen)
    np.testing.assert_allclose(shares, 1 / len(every), atol=0.05)


def test_motifs_find_what_is_planted():
    """Feed-forward loops on disjoint triples: far more than chance; relabelling the triad names is no matter."""
    n = 30
    ties = np.zeros((n, n), dtype=bool)
    for a in range(0, n, 3):
        ties[a, a + 1] = ties[a, a + 2] = ties[a + 1, a + 2] = True
    trade = cube(ties * 1.0)
    found = motifs(trade, tie_cube(ties, trade), draws=50)
    row = found.filter(triad="030T").row(0, named=True)
    assert row["count"] == 10
    assert row["z"] > 5
    assert found["count"].sum() == n * (n - 1) * (n - 2) // 6
    with pytest.raises(InputError, match="draws is 1"):
        motifs(trade, draws=1)


def test_z_by_hand_and_undefined():
    mean, deviation, z = against(np.array([4.0, 1.0]), np.array([[1.0, 1.0], [3.0, 1.0]]))
    np.testing.assert_allclose(mean, [2, 1])
    np.testing.assert_allclose(deviation, [np.sqrt(2), 0])
    np.testing.assert_allclose(z, [np.sqrt(2), np.nan])


@pytest.mark.parametrize("seed", range(3))
def test_rich_club_is_that_of_networkx(seed):
    ties = random_ties(seed, 15, 0.3)
    both = ties | ties.T
    wanted = nx.rich_club_coefficient(nx.from_numpy_array(both.astype(int)), normalized=False)
    levels, density = club(both)  # every undirected tie counts twice, in degrees and in ties
    found = dict(zip(levels.tolist(), density.tolist()))
    for k, value in wanted.items():
        assert found[2 * k] == pytest.approx(value)


def test_rich_club_finds_a_planted_one():
    rng = np.random.default_rng(3)
    ties = np.zeros((60, 60), dtype=bool)
    ties[8:, 8:] = rng.random((52, 52)) < 0.08  # others have ties too, or degrees alone would force the club
    np.fill_diagonal(ties, False)
    ties[:8, :8] = ~np.eye(8, dtype=bool)
    for member in range(8):
        ties[member, rng.choice(np.arange(8, 60), 12, replace=False)] = True
    trade = cube(ties * 1.0)
    found = rich_club(trade, tie_cube(ties, trade)).filter(pl.col("countries") == 8)
    assert found.height > 0
    assert found["density"].to_list() == pytest.approx([1.0] * found.height)
    assert (found["ratio"] > 1.5).all()
    assert (found["z"] > 3).all()
    assert rich_club(cube(np.zeros((3, 3)))).is_empty()


@pytest.mark.parametrize("seed", range(5))
def test_the_core_is_the_best_of_all_splits(seed):
    ties = random_ties(seed, 9, 0.15)
    either, n = ties | ties.T, 9
    degree = either.sum(axis=1)

    def misfit(inside):
        core_pairs = np.triu(np.outer(inside, inside), 1)
        periphery_pairs = np.triu(np.outer(~inside, ~inside), 1)
        return (core_pairs & ~either).sum() + (periphery_pairs & either).sum()

    # Among all 512 splits that keep countries of one degree together.
    whole = [np.array(split) for split in product([False, True], repeat=n)]
    kept = [one for one in whole if all(len(set(one[degree == k])) == 1 for k in set(degree))]
    assert misfit(core(ties)) == min(misfit(one) for one in kept)


def test_a_planted_core_is_found_and_fits():
    ties = np.zeros((10, 10), dtype=bool)
    ties[:4, :4] = ~np.eye(4, dtype=bool)
    ties[0, 4:], ties[1, 4:6] = True, True
    trade = cube(ties * 1.0)
    found = core_periphery(trade, tie_cube(ties, trade))
    assert found.filter("in_core")["country"].to_list() == ["C00", "C01", "C02", "C03"]
    assert found["core_fit"][0] == pytest.approx(1.0)
    assert np.isnan(core_fit(np.ones((3, 3), dtype=bool), np.ones(3, dtype=bool)))
    assert core_periphery(cube(np.zeros((3, 3)))).is_empty()


def test_moran_by_hand_and_over_all_permutations():
    weights = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], dtype=float)  # four in a row
    numbers = np.array([1.0, 2.0, 4.0, 5.0])  # deviations −2, −1, 1, 2
    found = moran(numbers, weights, permutations=4000)
    assert found.i == pytest.approx(4 / 6 * 2 * (2 - 1 + 2) / 10)
    every = []
    for order in permutations(range(4)):
        z = numbers[list(order)] - 3
        every.append(4 / 6 * (weights * np.outer(z, z)).sum() / 10)
    assert np.mean(every) == pytest.approx(found.expected)
    assert found.deviation == pytest.approx(np.std(every), rel=0.05)
    share = np.mean(np.abs(np.array(every) + 1 / 3) >= abs(found.i + 1 / 3) - 1e-12)
    assert found.p_value == pytest.approx(share, abs=0.02)


def test_moran_leaves_out_the_unknown_and_refuses_the_undefined():
    rng = np.random.default_rng(1)
    numbers, weights = rng.normal(size=6), rng.random((6, 6))
    holed = np.append(numbers, np.nan)
    wider = np.pad(weights, (0, 1), constant_values=9.0)
    assert moran(holed, wider).i == pytest.approx(moran(numbers, weights).i)
    with pytest.raises(InputError, match="not all alike"):
        moran(np.ones(5), np.ones((5, 5)))
    with pytest.raises(InputError, match=r"weights \(4, 4\)"):
        moran(np.arange(5.0), np.ones((4, 4)))
