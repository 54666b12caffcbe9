"""What goodness of fit compares: distributions of a whole network, counted in compiled code on rows of bits.

Directed networks: shared partners are two-paths i→k→j (OTP, statnet's default), over ordered pairs; the triad census
is Holland and Leinhardt's sixteen types. Undirected ones are given as symmetric matrices; pairs then count twice here
and are halved by `network_counts`. Modularity (Leicht and Newman 2008) is that of a partition found by greedy moves of
nodes and then of whole communities, always in the same order, so that two networks are treated alike; it is no claim to
the best partition.
"""

import numpy as np

from xenotime.tergm.graph import lowest_bit, popcount
from xenotime.tergm.kernel import compiled

#: The types of a triad, in statnet's order.
TRIADS = ("003", "012", "102", "021D", "021U", "021C", "111D", "111U", "030T", "030C", "201", "120D", "120U", "120C",
          "210", "300")  # fmt: skip


def _triad_type(ij: int, ik: int, jk: int) -> int:
    """Return the place in `TRIADS` of a triad; states of i–j: 0 none, 1 i→j, 2 j→i, 3 both."""
    y = np.zeros((3, 3), bool)
    for a, b, state in ((0, 1, ij), (0, 2, ik), (1, 2, jk)):
        y[a, b], y[b, a] = state & 1, state & 2
    both = [(a, b) for a in range(3) for b in range(a + 1, 3) if y[a, b] and y[b, a]]
    one = [(a, b) for a in range(3) for b in range(3) if y[a, b] and not y[b, a]]
    name = f"{len(both)}{len(one)}{3 - len(both) - len(one)}"
    sent = [sum(a == k for a, _ in one) for k in range(3)]
    got = [sum(b == k for _, b in one) for k in range(3)]
    if name in {"021", "120"}:
        # D: one node sends both, U: one node receives both, C: a path.
        name += "D" if 2 in sent else "U" if 2 in got else "C"
    elif name == "111":
        # Holland and Leinhardt: the single arc points to an end of the pair (D), or comes from one (U).
        name += "D" if one[0][1] in both[0] else "U"
    elif name == "030":
        name += "C" if sent == [1, 1, 1] else "T"
    return TRIADS.index(name)


TRIAD_TYPE = np.array([[[_triad_type(ij, ik, jk) for jk in range(4)] for ik in range(4)] for ij in range(4)])
#: Tied pairs in each type: how often the count below meets one triad.
TIED_PAIRS = np.array([3 - int(name[2]) for name in TRIADS])


@compiled
def _bits(ties):  # type: ignore[no-untyped-def]
    n = len(ties)
    rows = np.zeros((n, (n + 63) // 64), np.uint64)
    for i in range(n):
        for j in range(n):
            if ties[i, j]:
                rows[i, j >> 6] |= np.uint64(1) << np.uint64(j & 63)
    return rows


@compiled
def _partners(out, into, ties, esp, dsp):  # type: ignore[no-untyped-def]
    n, words = out.shape
    for i in range(n):
        for j in range(n):
            if i != j:
                shared = 0
                for w in range(words):
                    shared += popcount(out[i, w] & into[j, w])
                dsp[shared] += 1
                if ties[i, j]:
                    esp[shared] += 1


@compiled
def _distances(out, counts):  # type: ignore[no-untyped-def]
    """Add ordered pairs by geodesic distance to `counts`: places 1 … n − 1, and n for pairs without a path."""
    n, words = out.shape
    seen, front, after = np.zeros(words, np.uint64), np.zeros(words, np.uint64), np.zeros(words, np.uint64)
    for i in range(n):
        seen[:] = 0
        seen[i >> 6] = np.uint64(1) << np.uint64(i & 63)
        front[:] = seen
        reached, distance = 1, 0
        while True:
            after[:] = 0
            for w in range(words):
                rest = front[w]
                while rest:
                    k = (w << 6) + lowest_bit(rest)
                    rest &= rest - np.uint64(1)
                    for v in range(words):
                        after[v] |= out[k, v]
            distance += 1
            fresh = 0
            for w in range(words):
                front[w] = after[w] & ~seen[w]
                seen[w] |= front[w]
                fresh += popcount(front[w])
            if fresh == 0:
                break
            counts[distance] += fresh
            reached += fresh
        counts[n] += n - reached


@compiled
def _triads(out, into, ties, types, tied_pairs, counts):  # type: ignore[no-untyped-def]
    """Fill `counts` (16,): each tied pair i < j looks at all third nodes at once."""
    n, words = out.shape
    found = np.zeros(16, np.int64)
    for i in range(n):
        for j in range(i + 1, n):
            state = int(ties[i, j] != 0) + 2 * int(ties[j, i] != 0)
            if state == 0:
                continue
            untied = n - 2
            for a in range(4):
                for b in range(4):
                    if a == 0 and b == 0:
                        continue
                    count = 0
                    for w in range(words):
                        mine = (out[i, w] if a & 1 else ~out[i, w]) & (into[i, w] if a & 2 else ~into[i, w])
                        other = (out[j, w] if b & 1 else ~out[j, w]) & (into[j, w] if b & 2 else ~into[j, w])
                        both = mine & other
                        if w == i >> 6:
                            both &= ~(np.uint64(1) << np.uint64(i & 63))
                        if w == j >> 6:
                            both &= ~(np.uint64(1) << np.uint64(j & 63))
                        count += popcount(both)
                    found[types[state, a, b]] += count
                    untied -= count
            found[types[state, 0, 0]] += untied
    counts[0] = n * (n - 1) * (n - 2) // 6
    for t in range(1, 16):
        counts[t] = found[t] // tied_pairs[t]
        counts[0] -= counts[t]


@compiled
def _local_moves(weight, group):  # type: ignore[no-untyped-def]
    """Move nodes, in order, to the neighbouring group that gains most modularity, until none gains."""
    n = len(weight)
    total = weight.sum()
    sent, got = weight.sum(axis=1), weight.sum(axis=0)
    group_sent, group_got = np.zeros(n), np.zeros(n)
    for i in range(n):
        group_sent[group[i]] += sent[i]
        group_got[group[i]] += got[i]
    moved_ever = False
    link = np.zeros(n)
    for _ in range(50):
        moved = False
        for i in range(n):
            own = group[i]
            link[:] = 0.0
            for j in range(n):
                if j != i:
                    link[group[j]] += weight[i, j] + weight[j, i]
            group_sent[own] -= sent[i]
            group_got[own] -= got[i]
            best, gain = own, link[own] - (sent[i] * group_got[own] + got[i] * group_sent[own]) / total
            for g in range(n):
                if link[g] > 0.0:
                    value = link[g] - (sent[i] * group_got[g] + got[i] * group_sent[g]) / total
                    if value > gain + 1e-10:
                        best, gain = g, value
            group_sent[best] += sent[i]
            group_got[best] += got[i]
            if best != own:
                group[i] = best
                moved = True
        if not moved:
            break
        moved_ever = True
    return moved_ever


@compiled
def communities(ties):  # type: ignore[no-untyped-def]
    """Return a community for each node, (n,) int64, by greedy moves on modularity, level after level."""
    n = len(ties)
    member = np.arange(n)
    weight = ties.astype(np.float64)
    if weight.sum() == 0.0:
        return member
    while True:
        group = np.arange(len(weight))
        if not _local_moves(weight, group):
            return member
        names = np.full(len(weight), -1)
        count = 0
        for i in range(len(weight)):
            if names[group[i]] < 0:
                names[group[i]] = count
                count += 1
        merged = np.zeros((count, count))
        for i in range(len(weight)):
            for j in range(len(weight)):
                merged[names[group[i]], names[group[j]]] += weight[i, j]
        for i in range(n):
            member[i] = names[group[member[i]]]
        weight = merged


@compiled
def modularity(ties, member):  # type: ignore[no-untyped-def]
    """Return Leicht and Newman's directed modularity of a partition; 0 for a network without ties."""
    n = len(ties)
    total = 0.0
    inside, sent, got = 0.0, np.zeros(n), np.zeros(n)
    for i in range(n):
        for j in range(n):
            if ties[i, j]:
                total += 1.0
                sent[member[i]] += 1.0
                got[member[j]] += 1.0
                inside += 1.0 if member[i] == member[j] else 0.0
    if total == 0.0:
        return 0.0
    return inside / total - (sent * got).sum() / total**2


@compiled
def _count_all(networks, types, tied_pairs, degrees, esp, dsp, distances, triads, modular):  # type: ignore[no-untyped-def]
    for s in range(len(networks)):
        ties = networks[s]
        out, into = _bits(ties), _bits(ties.T)
        for i in range(len(ties)):
            sent, got = 0, 0
            for j in range(len(ties)):
                sent += ties[i, j]
                got += ties[j, i]
            degrees[0, s, sent] += 1
            degrees[1, s, got] += 1
        _partners(out, into, ties, esp[s], dsp[s])
        _distances(out, distances[s])
        _triads(out, into, ties, types, tied_pairs, triads[s])
        modular[s] = modularity(ties, communities(ties))


def network_counts(networks: np.ndarray, directed: bool) -> dict[str, np.ndarray]:
    """Return the distributions of networks.

    Parameters
    ----------
    networks : (s, n, n) uint8
        0/1, zero diagonal; symmetric where undirected.
    directed : bool

    Returns
    -------
    dict of arrays
        "out-degree" and "in-degree" ("degree" where undirected), (s, n): nodes with k ties; "edge-wise shared
        partners", "dyad-wise shared partners", (s, n − 1): ties and pairs with k; "geodesic distance", (s, n): pairs at
        distance 1 … n − 1, and without a path; "triad census", (s, 16) in the order of `TRIADS`, or (s, 4) by number of
        ties; "modularity", (s, 1).
    """
    s, n = networks.shape[:2]
    degrees = np.zeros((2, s, n), np.int64)
    esp, dsp, triads = np.zeros((s, n), np.int64), np.zeros((s, n), np.int64), np.zeros((s, 16), np.int64)
    distances, modular = np.zeros((s, n + 1), np.int64), np.zeros(s)
    _count_all(np.ascontiguousarray(networks), TRIAD_TYPE, TIED_PAIRS, degrees, esp, dsp, distances, triads, modular)
    partners = {"edge-wise shared partners": esp[:, : n - 1], "dyad-wise shared partners": dsp[:, : n - 1]}
    rest = {"geodesic distance": distances[:, 1:], "triad census": triads, "modularity": modular[:, None]}
    if directed:
        return {"out-degree": degrees[0], "in-degree": degrees[1], **partners, **rest}
    rest["geodesic distance"] = rest["geodesic distance"] // 2
    rest["triad census"] = triads[:, [0, 2, 10, 15]]
    return {"degree": degrees[0], **{name: counts // 2 for name, counts in partners.items()}, **rest}
