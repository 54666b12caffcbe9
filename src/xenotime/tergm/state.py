"""One year of a model as compiled code sees it: the network, its views, and the terms as addresses and tables.

Every engine works on a `State` with two compiled functions:

- ``change(state, i, j, out)`` writes the change statistics of i→j (tie present minus absent, whatever it is now), all
  p columns in formula order, products with time and the views of Form and Persist included;
- ``flip(state, i, j)`` toggles the tie in the network and in the views.

i and j count the nodes that exist in the year; undirected ties are given with i < j. `change_rows` runs `change` over
a list of dyads (the design of the pseudo-likelihood); a Metropolis sampler calls both in its own loop. A state is
mutable and belongs to one thread; `Bound.copy` gives another its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numba
import numpy as np
from numba import types
from numba.experimental import structref
from numba.extending import intrinsic

from xenotime.tergm.borrow import borrowed, field_values, register
from xenotime.tergm.graph import GRAPH, Graph, graph_of, ties_of, toggle
from xenotime.tergm.kernel import TABLE, VECTOR, as_pointer, as_table, call_change, compiled, emit_call, kernel_address
from xenotime.tergm.panel import Slice
from xenotime.tergm.terms.base import Term

VIEWS = {"network": 0, "formation": 1, "persistence": 2}

_FIELDS: dict[str, Any] = {
    "graph": GRAPH,
    "formation": GRAPH,  # y_t ∪ y_{t−1}; no nodes where no term asks for it
    "persistence": GRAPH,  # y_t ∩ y_{t−1}
    "past": types.Array(types.uint8, 2, "C"),  # y_{t−1}, for the views; (0, 0) where no term asks
    "kernels": types.Array(types.int64, 1, "C"),  # (terms,) machine addresses
    "tables": types.Array(types.int64, 2, "C"),  # (terms, 3) address, rows, columns
    "starts": types.Array(types.int64, 1, "C"),  # (terms + 1,) first column of each term
    "views": types.Array(types.int64, 1, "C"),  # (terms,) 0 network, 1 formation, 2 persistence
    "scales": VECTOR,  # (terms,) products with time
}


@register
class StateType(types.StructRef):  # type: ignore[misc]
    """numba's type of a `State`."""

    def preprocess_fields(self, fields: Any) -> Any:
        """Forget literal values, so that every state has the one type."""
        return tuple((name, types.unliteral(kind)) for name, kind in fields)


class State(structref.StructRefProxy):  # type: ignore[misc]
    """One year of a model in compiled code; made by `bind`."""

    def __new__(cls, *fields: Any) -> "State":
        """Wrap the fields in order."""
        return cast(State, structref.StructRefProxy.__new__(cls, *fields))


structref.define_proxy(State, StateType, list(_FIELDS))
STATE = StateType(list(_FIELDS.items()))


@compiled
def _graph_for(state, view):  # type: ignore[no-untyped-def]
    if view == 1:
        return state.formation
    if view == 2:
        return state.persistence
    return state.graph


@intrinsic
def _call_on_view(_typing, state, view, address, table, i, j, out):  # type: ignore[no-untyped-def]
    """As `call_change` on the graph of a view, without counting a reference to it."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        data = field_values(context, builder, STATE, arguments[0])
        on = [builder.icmp_signed("==", arguments[1], arguments[1].type(code)) for code in (1, 2)]
        graph = builder.select(on[0], data.formation, builder.select(on[1], data.persistence, data.graph))
        return emit_call(context, builder, arguments[2], [graph, *arguments[3:]])

    return types.void(STATE, types.int64, types.intp, TABLE, types.int64, types.int64, VECTOR), generate


@compiled
def change(state, i, j, out):  # type: ignore[no-untyped-def]
    """Write the change statistics of i→j into `out`, (p,): tie present minus tie absent."""
    starts, views, out = state.starts, state.views, borrowed(out)
    for m in range(len(views)):
        part = out[starts[m] : starts[m + 1]]
        view = views[m]
        # A tie of the year before is in the union anyway; a dyad without one is never in the intersection.
        if (view == 1 and state.past[i, j]) or (view == 2 and not state.past[i, j]):
            part[:] = 0.0
            continue
        table = numba.carray(as_pointer(state.tables[m, 0]), (state.tables[m, 1], state.tables[m, 2]), np.float64)
        _call_on_view(state, view, state.kernels[m], table, i, j, part)
        scale = state.scales[m]
        if scale != 1.0:
            part *= scale


@compiled
def flip(state, i, j):  # type: ignore[no-untyped-def]
    """Toggle i→j in the network and in the views."""
    toggle(state.graph, i, j)
    if state.past.size:
        if state.past[i, j]:
            if state.persistence.n:
                toggle(state.persistence, i, j)
        elif state.formation.n:
            toggle(state.formation, i, j)


@compiled
def change_rows(state, tails, heads, out):  # type: ignore[no-untyped-def]
    """Write the change statistics of many dyads of the network as it stands into `out`, (dyads, p)."""
    starts, views, past, out = state.starts, state.views, state.past, borrowed(out)
    for m in range(len(views)):
        view, scale, kernel = views[m], state.scales[m], state.kernels[m]
        table = numba.carray(as_pointer(state.tables[m, 0]), (state.tables[m, 1], state.tables[m, 2]), np.float64)
        graph = _graph_for(state, view)
        for row in range(len(tails)):
            i, j = tails[row], heads[row]
            part = out[row, starts[m] : starts[m + 1]]
            if (view == 1 and past[i, j]) or (view == 2 and not past[i, j]):
                part[:] = 0.0
                continue
            call_change(kernel, graph, table, i, j, part)
            if scale != 1.0:
                part *= scale


@dataclass(frozen=True)
class Bound:
    """A state with what must outlive it.

    Attributes
    ----------
    state : State
        For compiled code.
    year : Slice
    terms : tuple of Term
        The terms bound, in order of their columns.
    tables : tuple of arrays
        What the change functions read; the state holds only their addresses.
    """

    state: State
    year: Slice
    terms: tuple[Term, ...]
    tables: tuple[np.ndarray, ...]

    @property
    def width(self) -> int:
        """Number of columns, p."""
        return int(np.asarray(_starts(self.state))[-1])

    def ties(self) -> np.ndarray:
        """Return a copy of the network as it stands, (n, n) uint8."""
        return np.asarray(ties_of(_network(self.state)))

    def copy(self, ties: np.ndarray | None = None) -> "Bound":
        """Return a state of its own over the same terms, on another network if one is given."""
        return bind(self.terms, self.year, ties=self.ties() if ties is None else ties, tables=self.tables)


@compiled
def _starts(state):  # type: ignore[no-untyped-def]
    return state.starts.copy()


@compiled
def _network(state):  # type: ignore[no-untyped-def]
    return state.graph


def bind(
    terms: tuple[Term, ...],
    year: Slice,
    *,
    ties: np.ndarray | None = None,
    tables: tuple[np.ndarray, ...] | None = None,
) -> Bound:
    """Bind terms to a year.

    Parameters
    ----------
    terms : tuple of Term
    year : Slice
    ties : (n, n) array, optional
        The network to start from; the year's own if absent.
    tables : tuple of arrays, optional
        Tables made before, to spare their making.
    """
    network = year.ties if ties is None else np.asarray(ties)
    made = tuple(as_table(term.table(year)) for term in terms) if tables is None else tables
    widths = [len(term.names(year.panel)) for term in terms]
    uses = {term.view for term in terms}
    past = year.past(1) if uses - {"network"} else np.zeros((0, 0), np.uint8)

    def view(name: str, combine: Callable[[], np.ndarray]) -> Graph:
        needs = {count for term in terms if term.view == name for count in term.needs}
        if name not in uses and name != "network":
            return graph_of(np.zeros((0, 0)), directed=year.directed)
        return graph_of(combine(), directed=year.directed, needs=needs)

    state = State(
        view("network", lambda: network),
        view("formation", lambda: (network != 0) | (past != 0)),
        view("persistence", lambda: (network != 0) & (past != 0)),
        past,
        np.array([kernel_address(term.kernel) for term in terms], dtype=np.int64),
        np.array([(table.ctypes.data, *table.shape) for table in made], dtype=np.int64).reshape(-1, 3),
        np.concatenate([[0], np.cumsum(widths)]).astype(np.int64),
        np.array([VIEWS[term.view] for term in terms], dtype=np.int64),
        np.array([term.scale(year.step) for term in terms], dtype=np.float64),
    )
    return Bound(state, year, terms, made)
