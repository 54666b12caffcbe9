"""Compiled loops: components and efficiency of what is left, links that paths cannot do without, crises, epidemics.

Ties come as in `xenotime.networks.indicators.kernels`: those of node i are ``target[first[i]:first[i + 1]]``. Loaded on
first use, since numba takes a while to import.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def inverse_distances(first: Ints, target: Ints, alive: Bools) -> Any:
    """Return Σ 1 / d_ij over ordered pairs i ≠ j of living nodes, by ways through living nodes."""
    n = len(alive)
    steps = np.empty(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    total = 0.0
    for source in range(n):
        if not alive[source]:
            continue
        steps[:] = -1
        steps[source] = 0
        queue[0] = source
        head, tail = 0, 1
        while head < tail:
            node = queue[head]
            head += 1
            for at in range(first[node], first[node + 1]):
                other = target[at]
                if alive[other] and steps[other] < 0:
                    steps[other] = steps[node] + 1
                    total += 1.0 / steps[other]
                    queue[tail] = other
                    tail += 1
    return total


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def largest_component(first: Ints, target: Ints, alive: Bools) -> Any:
    """Return the number of living nodes in the largest weakly connected component."""
    n = len(alive)
    parent = np.arange(n)
    for node in range(n):
        if not alive[node]:
            continue
        for at in range(first[node], first[node + 1]):
            other = target[at]
            if alive[other]:
                a, b = node, other
                while parent[a] != a:
                    parent[a] = parent[parent[a]]
                    a = parent[a]
                while parent[b] != b:
                    parent[b] = parent[parent[b]]
                    b = parent[b]
                parent[a] = b
    size = np.zeros(n, dtype=np.int64)
    for node in range(n):
        if alive[node]:
            root = node
            while parent[root] != root:
                root = parent[root]
            size[root] += 1
    return size.max() if n else 0


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def link_losses(first: Ints, target: Ints) -> Any:
    """Return for each tie what Σ 1 / d_ij and the number of connected ordered pairs lose without it, two (ties,).

    From one source only those ties matter that are the last step of every shortest path to their head, at most n − 1.
    """
    n = len(first) - 1
    lost = np.zeros(len(target))
    cut_off = np.zeros(len(target), dtype=np.int64)
    steps = np.empty(n, dtype=np.int64)
    again = np.empty(n, dtype=np.int64)
    ways = np.empty(n, dtype=np.int64)
    only = np.empty(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    for source in range(n):
        steps[:] = -1
        ways[:] = 0
        steps[source] = 0
        queue[0] = source
        head, tail = 0, 1
        closeness = 0.0
        while head < tail:
            node = queue[head]
            head += 1
            for at in range(first[node], first[node + 1]):
                other = target[at]
                if steps[other] < 0:
                    steps[other] = steps[node] + 1
                    closeness += 1.0 / steps[other]
                    queue[tail] = other
                    tail += 1
                if steps[other] == steps[node] + 1:
                    ways[other] += 1
                    only[other] = at
        reached = tail
        for node in range(n):
            if steps[node] <= 0 or ways[node] != 1:
                continue
            skipped = only[node]
            again[:] = -1
            again[source] = 0
            queue[0] = source
            head, tail = 0, 1
            left = 0.0
            while head < tail:
                here = queue[head]
                head += 1
                for at in range(first[here], first[here + 1]):
                    other = target[at]
                    if at != skipped and again[other] < 0:
                        again[other] = again[here] + 1
                        left += 1.0 / again[other]
                        queue[tail] = other
                        tail += 1
            lost[skipped] += closeness - left
            cut_off[skipped] += reached - tail
    return lost, cut_off


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def crisis(flow: Floats, limit: Floats, inputs: Floats, cut: float, layer: int, seed: int) -> Any:
    """Return the round in which each country collapses at each stage, int64 (stages, n); −1 where it stands.

    Parameters
    ----------
    flow : ndarray, shape (stages, n, n)
    limit : ndarray, shape (stages, n)
        A country collapses at a stage when what it loses in imports there, or in exports, is more than this.
    inputs : ndarray, shape (stages, n)
        It collapses at the next stage when what it loses in imports at this one is more than this.
    cut : float
        What part of its trade a collapsed country loses.
    layer, seed : int
        Where it begins: this country at this stage, in round 0.
    """
    stages, n = limit.shape
    when = np.full((stages, n), -1, dtype=np.int64)
    lost_in = np.zeros((stages, n))
    lost_out = np.zeros((stages, n))
    fallen = np.zeros((stages, n), dtype=np.bool_)
    when[layer, seed] = 0
    turn = 0
    more = True
    while more:
        more = False
        for s in range(stages):
            for i in range(n):
                if when[s, i] == turn and not fallen[s, i]:
                    fallen[s, i] = True
                    # Its links shrink once, whichever end falls first.
                    for j in range(n):
                        if j == i:
                            continue
                        if not fallen[s, j]:
                            lost_in[s, j] += cut * flow[s, i, j]
                            lost_out[s, j] += cut * flow[s, j, i]
                            lost_in[s, i] += cut * flow[s, j, i]
        for s in range(stages):
            for j in range(n):
                falls = when[s, j] < 0 and (lost_in[s, j] > limit[s, j] or lost_out[s, j] > limit[s, j])
                if when[s, j] < 0 and s > 0 and lost_in[s - 1, j] > inputs[s - 1, j]:
                    falls = True
                if falls:
                    when[s, j] = turn + 1
                    more = True
        turn += 1
    return when


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def epidemic(first: Ints, target: Ints, chance: Floats, recovery: float, seed: int, draws: int, random: Any) -> Any:
    """Run SIR epidemics from one seed; return ever infected, the most infected at once, and steps, float64 (draws, 3).

    Parameters
    ----------
    chance : ndarray, shape (ties,)
        Of infection along each tie, in one step.
    recovery : float
        Chance of an infected node to recover at the end of a step; the seed may pass it on before.
    """
    n = len(first) - 1
    found = np.zeros((draws, 3))
    infected = np.empty(n, dtype=np.int64)
    state = np.empty(n, dtype=np.int8)
    for draw in range(draws):
        state[:] = 0
        state[seed] = 1
        infected[0] = seed
        count, ever, most, steps = 1, 1, 1, 0
        while count > 0:
            steps += 1
            new = count
            for at in range(count):
                node = infected[at]
                for link in range(first[node], first[node + 1]):
                    other = target[link]
                    if state[other] == 0 and random.random() < chance[link]:
                        state[other] = 1
                        infected[new] = other
                        new += 1
            ever += new - count
            kept = 0
            for at in range(new):
                node = infected[at]
                if at < count and random.random() < recovery:
                    state[node] = 2
                else:
                    infected[kept] = node
                    kept += 1
            count = kept
            most = max(most, count)
        found[draw, 0], found[draw, 1], found[draw, 2] = ever, most, steps
    return found
