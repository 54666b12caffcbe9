"""Compiled loops: networks with the same degrees, and the census of triads. Loaded on first use."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def switch(ties: NDArray[np.bool_], attempts: int, random: Any) -> Any:
    """Return a network in which every country keeps its number of suppliers and of markets.

    Two ties a → b and c → d, drawn at random, become a → d and c → b wherever that makes no loop and no double tie
    (Maslov, Sneppen 2002, Science 296:910).
    """
    tie = ties.copy()
    tail, head = np.nonzero(tie)
    m = len(tail)
    for _ in range(attempts):
        if m < 2:
            break
        e = int(random.random() * m)
        f = int(random.random() * m)
        a, b, c, d = tail[e], head[e], tail[f], head[f]
        if a == d or c == b or tie[a, d] or tie[c, b]:
            continue
        tie[a, b] = False
        tie[c, d] = False
        tie[a, d] = True
        tie[c, b] = True
        head[e] = d
        head[f] = b
    return tie


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def census(
    ties: NDArray[np.bool_], first: NDArray[np.int64], partner: NDArray[np.int64], kinds: NDArray[np.int64]
) -> Any:
    """Count the triads of each of 16 kinds, int64 (16,) (Batagelj, Mrvar 2001, Soc. Networks 23:237).

    Parameters
    ----------
    ties : ndarray of bool, shape (n, n)
        False on the diagonal.
    first, partner : ndarray of int
        The partners of i, either way, are ``partner[first[i]:first[i + 1]]``.
    kinds : ndarray of int, shape (64,)
        The kind of each code of six ties.
    """
    n = len(ties)
    count = np.zeros(16, dtype=np.int64)
    mark = np.full(n, -1, dtype=np.int64)
    pair = 0
    for v in range(n):
        for at in range(first[v], first[v + 1]):
            u = partner[at]
            if u <= v:
                continue
            near = 0
            for side in range(2):
                node = v if side == 0 else u
                for along in range(first[node], first[node + 1]):
                    w = partner[along]
                    if w in (u, v) or mark[w] == pair:
                        continue
                    mark[w] = pair
                    near += 1
                    # Each triad once: from its first pair of neighbours.
                    if u < w or (v < w and not (ties[v, w] or ties[w, v])):
                        code = (
                            ties[v, u] + 2 * ties[u, v] + 4 * ties[v, w] + 8 * ties[w, v] + 16 * ties[u, w]
                            + 32 * ties[w, u]
                        )  # fmt: skip
                        count[kinds[code]] += 1
            both = ties[v, u] and ties[u, v]
            count[2 if both else 1] += n - near - 2
            pair += 1
    count[0] = n * (n - 1) * (n - 2) // 6 - count[1:].sum()
    return count
