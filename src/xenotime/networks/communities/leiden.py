"""The Leiden algorithm, compiled, for directed weights and for many years at once.

Traag, Waltman, van Eck (2019), Sci. Rep. 9:5233. It maximises

    Q = Σ_ij [w_ij − γ Σ_t p_it q_jt] δ(c_i, c_j)

over all ordered pairs i ≠ j. With p = exports and q = imports over √W, it is the modularity of a directed weighted
network (Leicht, Newman 2008); with p = q = 1 the constant Potts model; with one p, q a year t and extra weight between
the same country in successive years, the multislice modularity of Mucha et al. (2010), Science 328:876. Refinement
merges greedily, as leidenalg does, so every community is connected.

Loaded on first use, since numba takes a while to import. Why it is our own: docs/decisions/0030.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Least gain that counts as one, in shares of all weight: below it two sums differ by rounding alone.
TINY = 1e-12


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _expected(p: Floats, q: Floats, low: int, high: int, all_p: Floats, all_q: Floats) -> float:
    """Return Σ_t (p_t Q_t + q_t P_t) over the years low..high − 1 in which a node is."""
    total = 0.0
    for t in range(low, high):
        total += p[t] * all_q[t] + q[t] * all_p[t]
    return total


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _sums(p: Floats, q: Floats, low: Ints, high: Ints, label: Ints) -> Any:
    """Return p and q summed over each community, by year, and how many nodes each has."""
    all_p, all_q = np.zeros_like(p), np.zeros_like(q)
    size = np.zeros(len(label), dtype=np.int64)
    for i in range(len(label)):
        size[label[i]] += 1
        for t in range(low[i], high[i]):
            all_p[label[i], t] += p[i, t]
            all_q[label[i], t] += q[i, t]
    return all_p, all_q, size


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _local_moves(  # noqa: PLR0912, PLR0915 - one loop over a queue; a call for each step would hide what changes
    first: Ints, target: Ints, weight: Floats, p: Floats, q: Floats, low: Ints, high: Ints, gamma: float, label: Ints
) -> bool:
    """Move nodes to the neighbouring (or an empty) community of greatest gain until none gains; change `label`.

    Returns whether any node moved. Nodes wait in a queue; a move calls back the neighbours it may have unsettled.
    """
    n = len(label)
    all_p, all_q, size = _sums(p, q, low, high, label)
    empty = np.empty(n, dtype=np.int64)
    empties = 0
    for c in range(n - 1, -1, -1):
        if size[c] == 0:
            empty[empties] = c
            empties += 1
    queue = np.random.permutation(n)  # noqa: NPY002 - numba's own generator, seeded in `leiden`
    waiting = np.ones(n, dtype=np.bool_)
    head, count = 0, n
    toward = np.zeros(n)
    seen = np.empty(n, dtype=np.int64)
    moved = False
    while count > 0:
        i = queue[head]
        head = (head + 1) % n
        count -= 1
        waiting[i] = False
        here = label[i]
        found = 0
        for at in range(first[i], first[i + 1]):
            c = label[target[at]]
            if toward[c] == 0.0:
                seen[found] = c
                found += 1
            toward[c] += weight[at]
        for t in range(low[i], high[i]):
            all_p[here, t] -= p[i, t]
            all_q[here, t] -= q[i, t]
        best = here
        gain = toward[here] - gamma * _expected(p[i], q[i], low[i], high[i], all_p[here], all_q[here])
        for at in range(found):
            c = seen[at]
            if c != here:
                there = toward[c] - gamma * _expected(p[i], q[i], low[i], high[i], all_p[c], all_q[c])
                if there > gain + TINY:
                    best, gain = c, there
        if gain < -TINY and size[here] > 1:
            best = empty[empties - 1]
        for at in range(found):
            toward[seen[at]] = 0.0
        for t in range(low[i], high[i]):
            all_p[best, t] += p[i, t]
            all_q[best, t] += q[i, t]
        if best != here:
            moved = True
            size[here] -= 1
            if size[here] == 0:
                empty[empties] = here
                empties += 1
            if size[best] == 0:
                empties -= 1
            size[best] += 1
            label[i] = best
            for at in range(first[i], first[i + 1]):
                j = target[at]
                if not waiting[j] and label[j] != best:
                    waiting[j] = True
                    queue[(head + count) % n] = j
                    count += 1
    return moved


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _refine(
    first: Ints, target: Ints, weight: Floats, p: Floats, q: Floats, low: Ints, high: Ints, gamma: float, label: Ints
) -> Ints:
    """Return sub-communities of `label`: from single nodes, each merged once with the neighbour of greatest gain."""
    n = len(label)
    sub = np.arange(n)
    all_p, all_q = p.copy(), q.copy()
    size = np.ones(n, dtype=np.int64)
    toward = np.zeros(n)
    seen = np.empty(n, dtype=np.int64)
    for i in np.random.permutation(n):  # noqa: NPY002 - as above
        if size[sub[i]] > 1:
            continue
        found = 0
        for at in range(first[i], first[i + 1]):
            j = target[at]
            if label[j] == label[i]:
                c = sub[j]
                if toward[c] == 0.0:
                    seen[found] = c
                    found += 1
                toward[c] += weight[at]
        here = sub[i]
        best, gain = here, 0.0
        for at in range(found):
            c = seen[at]
            if c != here:
                there = toward[c] - gamma * _expected(p[i], q[i], low[i], high[i], all_p[c], all_q[c])
                if there > gain + TINY:
                    best, gain = c, there
            toward[c] = 0.0
        if best != here:
            size[here] -= 1
            size[best] += 1
            sub[i] = best
            for t in range(low[i], high[i]):
                all_p[best, t] += p[i, t]
                all_q[best, t] += q[i, t]
    return sub


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def renumbered(label: Ints) -> Any:
    """Return labels 0, 1, 2, … in the order in which they first appear, and how many there are."""
    new = np.full(label.max() + 1, -1, dtype=np.int64)
    found = np.empty_like(label)
    count = 0
    for i in range(len(label)):
        if new[label[i]] < 0:
            new[label[i]] = count
            count += 1
        found[i] = new[label[i]]
    return found, count


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def merged(first: Ints, target: Ints, weight: Floats, group: Ints, groups: int) -> Any:
    """Return the network (first, target, weight) between groups; weight within a group is dropped."""
    n = len(group)
    start = np.zeros(groups + 1, dtype=np.int64)
    for i in range(n):
        start[group[i] + 1] += 1
    for g in range(groups):
        start[g + 1] += start[g]
    member = np.empty(n, dtype=np.int64)
    at_group = start[:-1].copy()
    for i in range(n):
        member[at_group[group[i]]] = i
        at_group[group[i]] += 1
    new_first = np.zeros(groups + 1, dtype=np.int64)
    new_target = np.empty(len(target), dtype=np.int64)
    new_weight = np.empty(len(target))
    toward = np.zeros(groups)
    last = np.full(groups, -1, dtype=np.int64)
    count = 0
    for g in range(groups):
        begin = count
        for m in range(start[g], start[g + 1]):
            i = member[m]
            for at in range(first[i], first[i + 1]):
                h = group[target[at]]
                if h != g:
                    if last[h] != g:
                        last[h] = g
                        new_target[count] = h
                        count += 1
                        toward[h] = 0.0
                    toward[h] += weight[at]
        for at in range(begin, count):
            new_weight[at] = toward[new_target[at]]
        new_first[g + 1] = count
    return new_first, new_target[:count].copy(), new_weight[:count].copy()


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _leiden_pass(
    first: Ints, target: Ints, weight: Floats, p: Floats, q: Floats, low: Ints, high: Ints, gamma: float, label: Ints
) -> Any:
    """Return labels after one pass over all levels from `label`, and whether anything moved."""
    n, years = len(label), p.shape[1]
    node_of = np.arange(n)  # the node of the present level that each node of the first is in
    level = label.copy()
    changed = False
    while True:
        moved = _local_moves(first, target, weight, p, q, low, high, gamma, level)
        changed = changed or moved
        sub, subs = renumbered(_refine(first, target, weight, p, q, low, high, gamma, level))
        if subs == len(level):
            break
        next_p, next_q = np.zeros((subs, years)), np.zeros((subs, years))
        next_low, next_high = np.full(subs, years, dtype=np.int64), np.zeros(subs, dtype=np.int64)
        next_level = np.empty(subs, dtype=np.int64)
        for i in range(len(level)):
            g = sub[i]
            next_level[g] = level[i]
            next_low[g] = min(next_low[g], low[i])
            next_high[g] = max(next_high[g], high[i])
            for t in range(low[i], high[i]):
                next_p[g, t] += p[i, t]
                next_q[g, t] += q[i, t]
        for i in range(n):
            node_of[i] = sub[node_of[i]]
        first, target, weight = merged(first, target, weight, sub, subs)
        p, q, low, high = next_p, next_q, next_low, next_high
        level, _ = renumbered(next_level)
    return level[node_of], changed


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def leiden(
    first: Ints,
    target: Ints,
    weight: Floats,
    p: Floats,
    q: Floats,
    year: Ints,
    years: int,
    gamma: float,
    seeds: Ints,
    start: Ints,
) -> Any:
    """Return one partition a seed, labels int64 (seeds, nodes), numbered in order of first appearance.

    Passes are repeated from the partition found until one moves nothing.

    Parameters
    ----------
    first, target, weight : ndarray
        Symmetric network without self-loops: neighbours of node i are ``target[first[i]:first[i + 1]]`` with weight
        w_ij + w_ji. Scale: all weights of a year sum to about 2, since gains below `TINY` do not count.
    p, q : ndarray of float64, shape (nodes,)
        As in the quality function above.
    year : ndarray of int64, shape (nodes,)
        Which year's p and q a node meets, 0 to years − 1.
    years : int
        How many.
    gamma : float
        Resolution.
    seeds : ndarray of int64
        Seeds of the runs, 0 to 2³² − 1.
    start : ndarray of int64, shape (nodes,)
        Labels from 0 to nodes − 1 that every run begins with, usually each node alone.
    """
    n = len(p)
    wide_p, wide_q = np.zeros((n, years)), np.zeros((n, years))
    for i in range(n):
        wide_p[i, year[i]] = p[i]
        wide_q[i, year[i]] = q[i]
    found = np.empty((len(seeds), n), dtype=np.int64)
    for run in range(len(seeds)):
        np.random.seed(seeds[run])  # noqa: NPY002 - numba's own generator, not NumPy's
        label = start.copy()
        for _ in range(100):
            label, changed = _leiden_pass(first, target, weight, wide_p, wide_q, year, year + 1, gamma, label)
            if not changed:
                break
        found[run] = renumbered(label)[0]
    return found
