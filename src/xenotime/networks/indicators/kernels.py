"""Shortest paths on binary networks, compiled: breadth-first distances, and Brandes' betweenness.

Loaded by `paths` on first use, since numba takes a while to import.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def distances(first: NDArray[np.int64], target: NDArray[np.int64]) -> Any:
    """Return the number of steps of the shortest path from each node to each, int32 (n, n); −1 where there is none.

    Parameters
    ----------
    first : ndarray of int64, shape (n + 1,)
        Ties of node i are ``target[first[i]:first[i + 1]]``.
    target : ndarray of int64, shape (ties,)
    """
    n = len(first) - 1
    steps = np.full((n, n), -1, dtype=np.int32)
    queue = np.empty(n, dtype=np.int64)
    for source in range(n):
        row = steps[source]
        row[source] = 0
        queue[0] = source
        head, tail = 0, 1
        while head < tail:
            node = queue[head]
            head += 1
            for at in range(first[node], first[node + 1]):
                other = target[at]
                if row[other] < 0:
                    row[other] = row[node] + 1
                    queue[tail] = other
                    tail += 1
    return steps


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def betweenness(first: NDArray[np.int64], target: NDArray[np.int64]) -> Any:
    """Return Σ_{s≠v≠t} σ_st(v) / σ_st for each node v, float64 (n,); ties as in `distances`.

    Brandes (2001), J. Math. Sociol. 25:163, algorithm 1; predecessors are found again from the distances instead of
    being stored.
    """
    n = len(first) - 1
    score = np.zeros(n)
    queue = np.empty(n, dtype=np.int64)
    steps = np.empty(n, dtype=np.int64)
    paths = np.empty(n)
    dependency = np.empty(n)
    for source in range(n):
        steps[:] = -1
        paths[:] = 0.0
        dependency[:] = 0.0
        steps[source] = 0
        paths[source] = 1.0
        queue[0] = source
        head, tail = 0, 1
        while head < tail:
            node = queue[head]
            head += 1
            for at in range(first[node], first[node + 1]):
                other = target[at]
                if steps[other] < 0:
                    steps[other] = steps[node] + 1
                    queue[tail] = other
                    tail += 1
                if steps[other] == steps[node] + 1:
                    paths[other] += paths[node]
        for back in range(tail - 1, -1, -1):
            node = queue[back]
            for at in range(first[node], first[node + 1]):
                other = target[at]
                if steps[other] == steps[node] + 1:
                    dependency[node] += paths[node] / paths[other] * (1.0 + dependency[other])
            if node != source:
                score[node] += dependency[node]
    return score
