"""The inner loop of the Metropolis sampler: random numbers, proposals, acceptance, in compiled code.

A proposal toggles one dyad. With probability `share` it is a tie, all ties alike (TNT, "tie / no tie"); otherwise a
dyad drawn with fixed weights a_ij, all alike or, better, near the probability of a tie there. With E ties the chance
that a dyad is proposed is share/E + (1 − share)·a_ij where it is tied and (1 − share)·a_ij where not; the acceptance
ratio carries the quotient, so that any weights leave the distribution exactly as the model says. With share = 0 and
equal weights it is the plain Metropolis walk.

What does not depend on other ties (`base`, the part of the log-odds from dyad-independent terms) is looked up; only
the other terms are called. Random numbers are xoshiro256++ (Blackman and Vigna 2021), whose four words a chain keeps:
a chain is the same numbers on whatever thread it runs.
"""

import math
from dataclasses import dataclass

import numpy as np

from xenotime.tergm.borrow import borrowed
from xenotime.tergm.kernel import compiled
from xenotime.tergm.state import change, flip

_WORD = np.uint64


@compiled
def uniform(words):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1) and move the generator's four words on."""
    a, b, c, d = words[0], words[1], words[2], words[3]
    total = a + d
    result = ((total << _WORD(23)) | (total >> _WORD(41))) + a
    shifted = b << _WORD(17)
    c ^= a
    d ^= b
    words[1] = b ^ c
    words[0] = a ^ d
    words[2] = c ^ shifted
    words[3] = (d << _WORD(45)) | (d >> _WORD(19))
    return np.float64(result >> _WORD(11)) * 1.1102230246251565e-16


@dataclass(frozen=True)
class Proposal:
    """Which dyads are proposed, how often.

    Attributes
    ----------
    free : (n·n,) uint8
        1 where a dyad may be toggled, by code ``i·n + j``; undirected: i < j.
    dyads : (d,) int32
        Codes of the free dyads; empty where all are free and weigh the same (drawn without a table).
    keep, alias : (d,) float64, (d,) int32
        Walker's tables for drawing by weight; empty where all weigh the same.
    weight : (1,) or (n·n,) float64
        Probability a_ij of each dyad, by code (one number where all weigh the same).
    share : float
        Probability of proposing a tie.
    stuck : int
        Number of ties on dyads that are not free.
    """

    free: np.ndarray
    dyads: np.ndarray
    keep: np.ndarray
    alias: np.ndarray
    weight: np.ndarray
    share: float
    stuck: int


@compiled
def _any_dyad(u, n, directed, dyads, keep, alias):  # type: ignore[no-untyped-def]
    """Return the code of a dyad for u in [0, 1)."""
    if dyads.size == 0:
        at = u * n
        i = int(at)
        j = int((at - i) * (n - 1))
        j += j >= i
        return i * n + j if directed or i < j else j * n + i
    at = u * dyads.size
    place = int(at)
    if keep.size and at - place >= keep[place]:
        place = alias[place]
    return np.int64(dyads[place])


@compiled
def walk(state, words, theta, base, rows, free, dyads, keep, alias, weight, share, stuck, proposals, stats):  # type: ignore[no-untyped-def]
    """Make `proposals` proposals; add what changes to `stats` in place; return how many were accepted.

    theta (r,) belongs to the state's own terms, the first r of `stats`; `rows` (1 or n·n, q) are the change statistics
    of the dyad-independent terms, the last q; `base` (1 or n·n,) is their part of the log-odds.
    """
    graph = state.graph
    n, r, q = graph.n, len(theta), rows.shape[1]
    room = np.empty(r)
    ties, listed, size, directed = graph.ties, graph.tie_list, graph.size, graph.directed
    base_step, row_step, weight_step = int(len(base) > 1), int(len(rows) > 1), int(len(weight) > 1)
    out = borrowed(room)
    accepted = 0
    for _ in range(proposals):
        u = uniform(words)
        count = size[0] - stuck
        chance = share if count > 0 else 0.0
        if u < chance:
            code = np.int64(listed[int(u / chance * size[0])])
            while stuck and not free[code]:
                code = np.int64(listed[int(uniform(words) * size[0])])
        else:
            code = _any_dyad((u - chance) / (1.0 - chance), n, directed, dyads, keep, alias)
        i = np.int64(np.uint32(code) // np.uint32(n))
        j = code - i * n
        log_odds = base[code * base_step]
        if r:
            change(state, i, j, out)
            for a in range(r):
                log_odds += theta[a] * out[a]
        tied = ties[i, j]
        ratio = 1.0
        if share > 0.0:
            a = weight[code * weight_step]
            if tied:  # back: an untied dyad among count − 1 ties
                after = share if count > 1 else 0.0
                ratio = (1.0 - after) * a / (chance / count + (1.0 - chance) * a)
            else:
                ratio = (share / (count + 1) + (1.0 - share) * a) / ((1.0 - chance) * a)
        if uniform(words) < ratio * math.exp(-log_odds if tied else log_odds):
            flip(state, i, j)
            accepted += 1
            sign = -1.0 if tied else 1.0
            for b in range(r):
                stats[b] += sign * out[b]
            for b in range(q):
                stats[r + b] += sign * rows[code * row_step, b]
    return accepted


@compiled
def sample(  # type: ignore[no-untyped-def]
    state, words, theta, base, rows, free, dyads, keep, alias, weight, share, stuck, interval, stats, drawn, networks
):
    """Fill `drawn` (samples, r + q) with statistics `interval` proposals apart, `networks` (samples or 0, n, n)."""
    accepted = 0
    for s in range(len(drawn)):
        accepted += walk(
            state, words, theta, base, rows, free, dyads, keep, alias, weight, share, stuck, interval, stats
        )
        drawn[s] = stats
        if len(networks):
            networks[s] = state.graph.ties
    return accepted


@compiled
def alias_tables(weights):  # type: ignore[no-untyped-def]
    """Return Walker's tables of weights (d,) that sum to 1: keep (d,) float64, alias (d,) int32."""
    d = len(weights)
    keep, alias = weights * d, np.arange(d).astype(np.int32)
    small, large = np.empty(d, np.int32), np.empty(d, np.int32)
    smalls, larges = 0, 0
    for k in range(d):
        if keep[k] < 1.0:
            small[smalls] = k
            smalls += 1
        else:
            large[larges] = k
            larges += 1
    while smalls and larges:
        smalls -= 1
        low, high = small[smalls], large[larges - 1]
        alias[low] = high
        keep[high] -= 1.0 - keep[low]
        if keep[high] < 1.0:
            larges -= 1
            small[smalls] = high
            smalls += 1
    for k in range(smalls):
        keep[small[k]] = 1.0
    for k in range(larges):
        keep[large[k]] = 1.0
    return keep, alias
