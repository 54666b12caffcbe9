"""The sampler against statistics counted by brute force, and against exact moments of a tiny model."""

import itertools

import numpy as np
import pytest

from xenotime.core import generator
from xenotime.pipeline.world.sampler import TieModel, calibrate

ALPHA = 0.5


def mutual(y):
    n = len(y)
    return sum(bool(y[i, j] and y[j, i]) for i in range(n) for j in range(i + 1, n))


def gwesp(y, alpha=ALPHA):
    n = len(y)
    total = 0.0
    for i, j in itertools.permutations(range(n), 2):
        if y[i, j]:
            shared = sum(bool(y[i, k] and y[k, j]) for k in range(n) if k not in (i, j))
            total += np.exp(alpha) * (1 - (1 - np.exp(-alpha)) ** shared)
    return total


def random_graph(n, density, random):
    y = random.random((n, n)) < density
    np.fill_diagonal(y, False)
    return y


@pytest.mark.parametrize("density", [0.1, 0.4, 0.8])
def test_change_statistics_are_differences_of_statistics_counted_by_hand(density):
    random = generator(5, "graphs", int(density * 10))
    y = random_graph(9, density, random)
    free = ~np.eye(9, dtype=bool)
    model = TieModel(np.zeros((9, 9)), 0.0, 0.0, free)
    expected = []
    for i, j in zip(*np.nonzero(free)):
        without, with_tie = y.copy(), y.copy()
        without[i, j], with_tie[i, j] = False, True
        expected.append([mutual(with_tie) - mutual(without), gwesp(with_tie) - gwesp(without)])
    np.testing.assert_allclose(model.change_statistics(y), expected, atol=1e-12)


def test_a_long_chain_keeps_its_incremental_counts_true():
    """If a stale two-path count survived, a chain restarted from any of its own graphs would move differently."""
    random = generator(6, "graphs")
    n = 12
    model = TieModel(random.normal(-1.5, 0.5, (n, n)), 0.7, 0.3, ~np.eye(n, dtype=bool))
    start = random_graph(n, 0.2, random)
    whole = model.draw(start, 40, generator(1, "chain"))
    source = generator(1, "chain")
    size = 40 * n * (n - 1)
    picks, uniforms = source.integers(n * (n - 1), size=size, dtype=np.int32), source.random(size)
    y = start.copy()
    dyads = np.argwhere(model.free)
    for pick, uniform in zip(picks, uniforms):
        i, j = dyads[pick]
        flipped = y.copy()
        flipped[i, j] = not y[i, j]
        change = flipped.astype(float) - y
        gain = (
            (model.eta * change).sum()
            + model.mutual * (mutual(flipped) - mutual(y))
            + model.gwesp * (gwesp(flipped) - gwesp(y))
            if pick % 7 == 0
            else None
        )
        if gain is None:  # brute force on every seventh dyad, the sampler's own odds on the rest
            odds = model.log_odds(y)[pick]
            gain = -odds if y[i, j] else odds
        if gain >= 0 or uniform < np.exp(gain):
            y = flipped
    np.testing.assert_array_equal(whole, y)


def exact_moments(model, start):
    """Every graph on the free dyads, weighted: mean ties per dyad, mean mutual, mean gwesp, mean gwesp squared."""
    dyads = np.argwhere(model.free)
    weights, ties, extra = [], [], []
    for pattern in itertools.product([False, True], repeat=len(dyads)):
        y = start.copy()
        y[dyads[:, 0], dyads[:, 1]] = pattern
        m, g = mutual(y), gwesp(y)
        weights.append(np.exp((model.eta * y).sum() + model.mutual * m + model.gwesp * g))
        ties.append(pattern)
        extra.append([m, g, g * g])
    share = np.array(weights) / np.sum(weights)
    return share @ np.array(ties, float), share @ np.array(extra)


def test_moments_agree_with_exact_enumeration():
    random = generator(7, "tiny")
    free = ~np.eye(4, dtype=bool)
    free[3, :] = False  # a country that cannot export
    memory = np.where(random_graph(4, 0.4, random), 0.8, -0.8)
    model = TieModel(random.normal(0.0, 0.6, (4, 4)) + memory, 0.6, 0.4, free)
    start = np.zeros((4, 4), bool)
    ties, extra = exact_moments(model, start)

    draws = 6000
    chain = generator(8, "chain")
    y, seen, statistics = start, [], []
    for _ in range(draws):
        y = model.draw(y, 8, chain)
        seen.append(y[free])
        statistics.append([mutual(y), gwesp(y), gwesp(y) ** 2])
    seen, statistics = np.array(seen, float), np.array(statistics)
    # 8 sweeps apart draws are all but independent; 4.5 standard errors over 12 figures is a false alarm once in 1e4
    for sample, truth in ((seen, ties), (statistics, extra)):
        error = sample.std(axis=0) / np.sqrt(draws)
        assert np.all(np.abs(sample.mean(axis=0) - truth) < 4.5 * error)


def test_fixed_dyads_never_move():
    random = generator(9, "fixed")
    free = np.zeros((6, 6), bool)
    free[0, 1:] = True
    start = random_graph(6, 0.5, random) & ~free
    y = TieModel(np.full((6, 6), 3.0), 1.0, 0.5, free).draw(start, 50, random)
    np.testing.assert_array_equal(y[~free], start[~free])
    assert y[free].sum() >= 3


def test_calibration_meets_the_density_asked_for():
    random = generator(10, "calibration")
    n = 25
    free = ~np.eye(n, dtype=bool)
    eta = random.normal(0, 1, (n, n))
    model = TieModel(eta, 0.5, 0.3, free)
    edges, y = calibrate(model, random_graph(n, 0.12, random), 0.12, random)
    settled = TieModel(eta + edges, 0.5, 0.3, free)
    densities = []
    for _ in range(200):
        y = settled.draw(y, 5, random)
        densities.append(y[free].mean())
    assert np.mean(densities) == pytest.approx(0.12, abs=0.006)
