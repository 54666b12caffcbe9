"""Flow communities: the two-level map equation, compiled, as a second opinion that knows nothing of modularity.

Rosvall, Bergstrom (2008), PNAS 105:1118; Rosvall, Axelsson, Bergstrom (2009), Eur. Phys. J. Spec. Top. 178:13. A
random walker follows goods from exporter to importer in proportion to value; communities are the sets of countries in
which it stays long, found by the shortest two-level description of its path. The walker teleports to tie *sources* in
proportion to exports, and teleports are not described (Lambiotte, Rosvall 2012, Phys. Rev. E 85:056107), as in Infomap.

Loaded on first use, since numba takes a while to import.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from xenotime.networks.communities.leiden import TINY, merged, renumbered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Share of steps at which the walker teleports: PageRank's and Infomap's usual value.
TELEPORT = 0.15


def link_flow(weight: Floats, teleport: float = TELEPORT) -> Floats:
    """Return the walker's flow on each tie, shape (n, n), sum 1.

    Parameters
    ----------
    weight : ndarray, shape (n, n)
        Value from exporter to importer, not negative, some of it positive.
    teleport : float
        Probability of a teleport a step; a country that exports nothing always teleports.
    """
    out = weight.sum(axis=1)
    step = np.divide(weight, out[:, None], out=np.zeros_like(weight), where=out[:, None] > 0)
    landing = out / out.sum()
    visits = landing.copy()
    for _ in range(10_000):
        walked = (1 - teleport) * (visits @ step)
        after = walked + (1 - walked.sum()) * landing
        far = np.abs(after - visits).sum()
        visits = after
        if far < 1e-14:
            break
    flow: Floats = visits[:, None] * step
    flow /= flow.sum()
    return flow


def codelength(flow: Floats, label: Ints) -> float:
    """Return the map equation L(M) in bits a step.

    L = plogp(Σ_m q_m→in) − Σ_m plogp(q_m→in) − Σ_m plogp(q_m→out) + Σ_m plogp(q_m→out + p_m) − Σ_i plogp(p_i), with
    plogp(x) = x log2 x, p the flow into a country or community, q in and out of it.

    Parameters
    ----------
    flow : ndarray, shape (n, n)
        From `link_flow`.
    label : ndarray of int64, shape (n,)
    """
    _, which = np.unique(label, return_inverse=True)
    count = int(which.max()) + 1
    pair = np.add.outer(which * count, which).ravel()
    between = np.bincount(pair, weights=flow.ravel(), minlength=count**2).reshape(count, count)
    visit = flow.sum(axis=0)
    entered = between.sum(axis=0) - np.diag(between)
    left = between.sum(axis=1) - np.diag(between)
    return float(
        _bits(entered.sum()).sum()
        - _bits(entered).sum()
        - _bits(left).sum()
        + _bits(left + np.bincount(which, weights=visit)).sum()
        - _bits(visit).sum()
    )


def _bits(x: Any) -> Floats:
    found: Floats = np.asarray(x) * np.log2(np.where(np.asarray(x) > 0, x, 1.0))
    return found


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _plogp(x: float) -> float:
    return x * np.log2(x) if x > 0 else 0.0


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _part(left: float, entered: float, inside: float) -> Any:
    """Return what one community adds to the description."""
    return _plogp(left + inside) - _plogp(left) - _plogp(entered)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _local_moves(  # noqa: PLR0915 - one loop over nodes; a call for each step would hide what changes
    first: Ints, target: Ints, forth: Floats, back: Floats, visit: Floats, label: Ints
) -> bool:
    """Move each node in turn to the neighbouring community that shortens the description most, until none does."""
    n = len(label)
    entered, left, inside = np.zeros(n), np.zeros(n), np.zeros(n)
    out, into = np.zeros(n), np.zeros(n)
    for i in range(n):
        inside[label[i]] += visit[i]
        for at in range(first[i], first[i + 1]):
            out[i] += forth[at]
            into[i] += back[at]
            if label[target[at]] != label[i]:
                left[label[i]] += forth[at]
                entered[label[i]] += back[at]
    everywhere = entered.sum()
    to, fro = np.zeros(n), np.zeros(n)
    last = np.full(n, -1, dtype=np.int64)
    seen = np.empty(n + 1, dtype=np.int64)
    moved = False
    for _ in range(1000):
        any_now = False
        for i in np.random.permutation(n):  # noqa: NPY002 - numba's own generator, seeded below
            here = label[i]
            seen[0] = here
            last[here] = i
            to[here], fro[here] = 0.0, 0.0
            found = 1
            for at in range(first[i], first[i + 1]):
                c = label[target[at]]
                if last[c] != i:
                    last[c] = i
                    to[c], fro[c] = 0.0, 0.0
                    seen[found] = c
                    found += 1
                to[c] += forth[at]
                fro[c] += back[at]
            # Node i alone outside `here`: what the community would be without it.
            left_a = max(left[here] - out[i] + to[here] + fro[here], 0.0)
            entered_a = max(entered[here] - into[i] + fro[here] + to[here], 0.0)
            inside_a = inside[here] - visit[i]
            best, shortest = here, -TINY
            for at in range(1, found):
                c = seen[at]
                left_b = max(left[c] + out[i] - to[c] - fro[c], 0.0)
                entered_b = max(entered[c] + into[i] - fro[c] - to[c], 0.0)
                then = max(everywhere - entered[here] - entered[c] + entered_a + entered_b, 0.0)
                change = (
                    _plogp(then)
                    - _plogp(everywhere)
                    + _part(left_a, entered_a, inside_a)
                    + _part(left_b, entered_b, inside[c] + visit[i])
                    - _part(left[here], entered[here], inside[here])
                    - _part(left[c], entered[c], inside[c])
                )
                if change < shortest:
                    best, shortest = c, change
            if best != here:
                any_now = True
                label[i] = best
                left_b = max(left[best] + out[i] - to[best] - fro[best], 0.0)
                entered_b = max(entered[best] + into[i] - fro[best] - to[best], 0.0)
                everywhere = max(everywhere - entered[here] - entered[best] + entered_a + entered_b, 0.0)
                left[here], entered[here], inside[here] = left_a, entered_a, inside_a
                left[best], entered[best] = left_b, entered_b
                inside[best] += visit[i]
        last[:] = -1
        moved = moved or any_now
        if not any_now:
            break
    return moved


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _pass(first: Ints, target: Ints, forth: Floats, back: Floats, visit: Floats, label: Ints) -> Any:
    """Return labels after one pass over all levels from `label`, and whether anything moved."""
    n = len(label)
    node_of = np.arange(n)
    level = label.copy()
    changed = False
    while True:
        moved = _local_moves(first, target, forth, back, visit, level)
        changed = changed or moved
        group, groups = renumbered(level)
        if groups == len(level):
            break
        whole = np.zeros(groups)
        for i in range(len(level)):
            whole[group[i]] += visit[i]
        for i in range(n):
            node_of[i] = group[node_of[i]]
        next_first, next_target, next_forth = merged(first, target, forth, group, groups)
        _, _, next_back = merged(first, target, back, group, groups)
        first, target, forth, back, visit = next_first, next_target, next_forth, next_back, whole
        level = np.arange(groups)
    return node_of, changed


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def flow_communities(first: Ints, target: Ints, forth: Floats, back: Floats, visit: Floats, seeds: Ints) -> Any:
    """Return one partition a seed, labels int64 (seeds, nodes), numbered in order of first appearance.

    Passes are repeated from the partition found, so that single countries may still move, until one moves nothing.

    Parameters
    ----------
    first, target : ndarray of int64
        Neighbours of node i, either way, are ``target[first[i]:first[i + 1]]``; no self-loops.
    forth, back : ndarray of float64
        Flow to and from that neighbour.
    visit : ndarray of float64, shape (nodes,)
        Flow into each node.
    seeds : ndarray of int64
        Seeds of the runs, 0 to 2³² − 1.
    """
    found = np.empty((len(seeds), len(visit)), dtype=np.int64)
    for run in range(len(seeds)):
        np.random.seed(seeds[run])  # noqa: NPY002 - numba's own generator, not NumPy's
        label = np.arange(len(visit))
        for _ in range(100):
            label, changed = _pass(first, target, forth, back, visit, label)
            if not changed:
                break
        found[run] = renumbered(label)[0]
    return found
