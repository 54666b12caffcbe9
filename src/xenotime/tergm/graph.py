"""The mutable network that change kernels read and samplers toggle.

One `Graph` holds a binary network in every form a term may want, and `toggle` keeps all of them right in time
proportional to the degrees: the 0/1 matrix, degrees, neighbour lists with the place of each neighbour in them (so that
a tie leaves its list in constant time), a list of all ties (from which a sampler draws one at random), and, only if a
term asks, the four matrices of shared-partner counts. Rows of bits answer "whom do i and j share" for 64 nodes at a
time, which up to some thousand nodes is faster than counts that must be kept. It is a
numba structref: one pointer in compiled code.

Fields (n nodes; all arrays are C-contiguous):

============== =================== ====================================================================
n              int64               nodes
directed       int64               1 directed, 0 undirected (then `ties` is symmetric and in_* = out_*)
ties           uint8 (n, n)        1 where i→j
out_degree     int64 (n,)          ties sent;  ``in_degree`` ties received
out_list       int16 (n, n)        whom i sends to, first ``out_degree[i]`` entries; ``in_list`` senders to i
out_place      int16 (n, n)        place of j in ``out_list[i]``; ``in_place[j, i]`` place of i in ``in_list[j]``
size           int64 (1,)          number of ties
tie_list       int32 (n·n,)        ``i·n + j`` of each tie, first ``size[0]`` entries (undirected: i < j)
tie_place      int32 (n, n)        place of i→j in ``tie_list``
out_bits       uint64 (n, words)   bit ``j % 64`` of word ``j // 64`` of row i is set where i→j; ``in_bits`` where j→i
otp            int16 (n, n)        two-paths i→k→j  (ITP of (i, j) is ``otp[j, i]``)
osp            int16 (n, n)        k with i→k and j→k
isp            int16 (n, n)        k with k→i and k→j
rtp            int16 (n, n)        k with i↔k and k↔j
============== =================== ====================================================================

A count matrix no term asked for has shape (0, 0).
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

import numba
import numpy as np
from numba import types
from numba.experimental import structref
from numba.extending import intrinsic

from xenotime.core import InputError
from xenotime.tergm.borrow import register

#: Kinds of shared-partner counts a term may ask for in `Term.needs`.
COUNTS = ("otp", "osp", "isp", "rtp")
MAX_NODES = 32_000

_FIELDS: dict[str, Any] = {
    "n": types.int64,
    "directed": types.int64,
    "ties": types.Array(types.uint8, 2, "C"),
    "out_degree": types.Array(types.int64, 1, "C"),
    "in_degree": types.Array(types.int64, 1, "C"),
    "out_list": types.Array(types.int16, 2, "C"),
    "in_list": types.Array(types.int16, 2, "C"),
    "out_place": types.Array(types.int16, 2, "C"),
    "in_place": types.Array(types.int16, 2, "C"),
    "size": types.Array(types.int64, 1, "C"),
    "tie_list": types.Array(types.int32, 1, "C"),
    "tie_place": types.Array(types.int32, 2, "C"),
    "out_bits": types.Array(types.uint64, 2, "C"),
    "in_bits": types.Array(types.uint64, 2, "C"),
    **{count: types.Array(types.int16, 2, "C") for count in COUNTS},
}


@register
class GraphType(types.StructRef):  # type: ignore[misc]
    """numba's type of a `Graph`."""

    def preprocess_fields(self, fields: Any) -> Any:
        """Forget literal values, so that every graph has the one type."""
        return tuple((name, types.unliteral(kind)) for name, kind in fields)


class Graph(structref.StructRefProxy):  # type: ignore[misc]
    """A binary network kept in all forms that terms read; see the module's table of fields. Make one by `graph_of`."""

    def __new__(cls, *fields: Any) -> "Graph":
        """Wrap the fields in the order of the module's table."""
        return cast(Graph, structref.StructRefProxy.__new__(cls, *fields))


structref.define_proxy(Graph, GraphType, list(_FIELDS))
GRAPH = GraphType(list(_FIELDS.items()))


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    return cast(Callable[..., Any], numba.njit(cache=True, nogil=True)(function))


@intrinsic
def popcount(_typing, word):  # type: ignore[no-untyped-def]
    """Return the number of bits set in a word (within compiled code)."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@intrinsic
def lowest_bit(_typing, word):  # type: ignore[no-untyped-def]
    """Return the place of the lowest bit set in a word, which must not be 0 (within compiled code)."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return types.int64(types.uint64), generate


@_compiled
def shared_bits(some, others, i, j):  # type: ignore[no-untyped-def]
    """Return how many bits row i of `some` and row j of `others` share."""
    count = 0
    for word in range(some.shape[1]):
        count += popcount(some[i, word] & others[j, word])
    return count


@_compiled
def _drop(degree, members, place, bits, i, j):  # type: ignore[no-untyped-def]
    hole = place[i, j]
    last = degree[i] - 1
    moved = members[i, last]
    members[i, hole] = moved
    place[i, moved] = hole
    degree[i] = last
    bits[i, j >> 6] ^= np.uint64(1) << np.uint64(j & 63)


@_compiled
def _append(degree, members, place, bits, i, j):  # type: ignore[no-untyped-def]
    members[i, degree[i]] = j
    place[i, j] = degree[i]
    degree[i] += 1
    bits[i, j >> 6] |= np.uint64(1) << np.uint64(j & 63)


@_compiled
def _set_tie(graph, i, j, step):  # type: ignore[no-untyped-def]
    ties, place, listed, size = graph.ties, graph.tie_place, graph.tie_list, graph.size
    if step > 0:
        ties[i, j] = 1
        place[i, j] = size[0]
        listed[size[0]] = i * graph.n + j
        size[0] += 1
        _append(graph.out_degree, graph.out_list, graph.out_place, graph.out_bits, i, j)
        if graph.directed:
            _append(graph.in_degree, graph.in_list, graph.in_place, graph.in_bits, j, i)
        else:
            ties[j, i] = 1
            _append(graph.out_degree, graph.out_list, graph.out_place, graph.out_bits, j, i)
    else:
        ties[i, j] = 0
        hole = place[i, j]
        size[0] -= 1
        moved = listed[size[0]]
        listed[hole] = moved
        place[moved // graph.n, moved % graph.n] = hole
        _drop(graph.out_degree, graph.out_list, graph.out_place, graph.out_bits, i, j)
        if graph.directed:
            _drop(graph.in_degree, graph.in_list, graph.in_place, graph.in_bits, j, i)
        else:
            ties[j, i] = 0
            _drop(graph.out_degree, graph.out_list, graph.out_place, graph.out_bits, j, i)


@_compiled
def _count_two_paths(graph, i, j, step):  # type: ignore[no-untyped-def]
    otp = graph.otp
    for a in range(graph.out_degree[j]):
        k = graph.out_list[j, a]
        if k != i:
            otp[i, k] += step
            if not graph.directed:
                otp[k, i] += step
    for a in range(graph.in_degree[i]):
        k = graph.in_list[i, a]
        if k != j:
            otp[k, j] += step
            if not graph.directed:
                otp[j, k] += step


@_compiled
def _count_shared(counts, degree, members, hub, other, step):  # type: ignore[no-untyped-def]
    for a in range(degree[hub]):
        k = members[hub, a]
        if k != other:
            counts[other, k] += step
            counts[k, other] += step


@_compiled
def _count_mutual(graph, i, j, step):  # type: ignore[no-untyped-def]
    rtp, ties = graph.rtp, graph.ties
    for a in range(graph.out_degree[i]):
        k = graph.out_list[i, a]
        if k != j and ties[k, i]:
            rtp[j, k] += step
            rtp[k, j] += step
    for a in range(graph.out_degree[j]):
        k = graph.out_list[j, a]
        if k != i and ties[k, j]:
            rtp[i, k] += step
            rtp[k, i] += step


@_compiled
def toggle(graph, i, j):  # type: ignore[no-untyped-def]
    """Add the tie i→j if absent, remove it if present, and keep every field right; undirected graphs need i < j."""
    step = -1 if graph.ties[i, j] else 1
    _set_tie(graph, i, j, step)
    if graph.otp.size:
        _count_two_paths(graph, i, j, step)
    if graph.osp.size:
        _count_shared(graph.osp, graph.in_degree, graph.in_list, j, i, step)
    if graph.isp.size:
        _count_shared(graph.isp, graph.out_degree, graph.out_list, i, j, step)
    if graph.rtp.size and graph.ties[j, i]:
        _count_mutual(graph, i, j, step)


@_compiled
def _fill(graph, ties):  # type: ignore[no-untyped-def]
    for i in range(graph.n):
        for j in range(0 if graph.directed else i + 1, graph.n):
            if ties[i, j] and i != j:
                _set_tie(graph, i, j, 1)


@_compiled
def _add_pairs(counts, firsts, seconds):  # type: ignore[no-untyped-def]
    if counts.size:
        for i in firsts:
            for j in seconds:
                if i != j:
                    counts[i, j] += 1


@_compiled
def _fill_counts(graph):  # type: ignore[no-untyped-def]
    """Fill the counts that are kept, by walking over the pairs of neighbours of each node k."""
    for k in range(graph.n):
        sent, received = graph.out_list[k, : graph.out_degree[k]], graph.in_list[k, : graph.in_degree[k]]
        _add_pairs(graph.otp, received, sent)
        _add_pairs(graph.osp, received, received)
        _add_pairs(graph.isp, sent, sent)
        if graph.rtp.size:
            both = np.array([i for i in sent if graph.ties[i, k]], dtype=np.int16)
            _add_pairs(graph.rtp, both, both)


def graph_of(ties: np.ndarray, *, directed: bool, needs: Iterable[str] = ()) -> Graph:
    """Make the mutable graph of a network.

    Parameters
    ----------
    ties : (n, n) array
        Non-zero where i→j; the diagonal is ignored. Undirected: symmetric.
    directed : bool
        Whether i→j and j→i are two ties.
    needs : iterable of {"otp", "osp", "isp", "rtp"}
        Shared-partner counts to keep.
    """
    n = len(ties)
    if n > MAX_NODES:
        raise InputError(f"{n} nodes are more than the engine's {MAX_NODES}", remedy="fit a part of the network")
    ties = np.ascontiguousarray(ties != 0).astype(np.uint8)
    np.fill_diagonal(ties, 0)
    wanted = set(needs)
    counts = {kind: np.zeros((n, n) if kind in wanted else (0, 0), np.int16) for kind in COUNTS}

    def neighbours() -> tuple[np.ndarray, ...]:
        lists, places = np.zeros((n, n), np.int16), np.zeros((n, n), np.int16)
        return np.zeros(n, np.int64), lists, places, np.zeros((n, (n + 63) // 64), np.uint64)

    out = neighbours()
    into = neighbours() if directed else out
    graph = Graph(
        n,
        int(directed),
        np.zeros((n, n), np.uint8),
        out[0],
        into[0],
        out[1],
        into[1],
        out[2],
        into[2],
        np.zeros(1, np.int64),
        np.zeros(n * n, np.int32),
        np.zeros((n, n), np.int32),
        out[3],
        into[3],
        *counts.values(),
    )
    _fill(graph, ties)
    if wanted:
        _fill_counts(graph)
    return graph


@_compiled
def ties_of(graph):  # type: ignore[no-untyped-def]
    """Return a copy of the graph's 0/1 matrix, (n, n) uint8."""
    return graph.ties.copy()
