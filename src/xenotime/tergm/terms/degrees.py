"""Degrees: idegree, odegree, degree, istar, ostar, kstar, gwidegree, gwodegree, gwdegree, isolates, twopath, d^1.5.

All but `isolates` and `twopath` are sums of a function F of the degree, Σ_i F(d_i); only F differs, so one change
function serves all of them. The table's first row holds each node's group (0 where there are none), the rows after it
F(0), F(1), …, a row a function; statistics run function by function within group by group, as in statnet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numba
import numpy as np
from scipy.special import comb

from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import Term, numbers, whole_numbers
from xenotime.tergm.terms.partners import geometric, refuse_curved

End = Literal["in", "out", "both"]


@numba.njit(cache=True)
def _gain(table, node, degree, out):  # type: ignore[no-untyped-def]
    """Add what the node's functions gain from one more tie."""
    functions = table.shape[0] - 1
    group = int(table[0, node])
    if group >= 0:
        for f in range(functions):
            out[group * functions + f] += table[f + 1, degree + 1] - table[f + 1, degree]


def _out(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    _gain(table, i, graph.out_degree[i] - graph.ties[i, j], out)


def _in(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    _gain(table, j, graph.in_degree[j] - graph.ties[i, j], out)


def _both(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    _gain(table, i, graph.out_degree[i] - graph.ties[i, j], out)
    _gain(table, j, graph.out_degree[j] - graph.ties[i, j], out)


@numba.njit(cache=True)
def _gain_within(table, members, degree, node, other, out):  # type: ignore[no-untyped-def]
    """As `_gain`, counting only ties within the node's group, all groups together."""
    within = 0
    for a in range(degree[node]):
        k = members[node, a]
        if k != other and table[0, k] == table[0, node]:
            within += 1
    for f in range(table.shape[0] - 1):
        out[f] += table[f + 1, within + 1] - table[f + 1, within]


def _out_within(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    if table[0, i] == table[0, j]:
        _gain_within(table, graph.out_list, graph.out_degree, i, j, out)


def _in_within(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    if table[0, i] == table[0, j]:
        _gain_within(table, graph.in_list, graph.in_degree, j, i, out)


def _both_within(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    if table[0, i] == table[0, j]:
        _gain_within(table, graph.out_list, graph.out_degree, i, j, out)
        _gain_within(table, graph.out_list, graph.out_degree, j, i, out)


KERNELS: dict[tuple[str, bool], Callable[..., None]] = {
    ("out", False): _out,
    ("in", False): _in,
    ("both", False): _both,
    ("out", True): _out_within,
    ("in", True): _in_within,
    ("both", True): _both_within,
}


@dataclass(frozen=True)
class Degrees(Term):
    """A sum of functions of the degree. A subclass says which end and which functions."""

    end: ClassVar[End] = "out"
    change = staticmethod(_out)

    @property
    def by_group(self) -> str | None:
        """Category that nodes are grouped by."""
        return None

    @property
    def within(self) -> bool:
        """Whether only ties within a group count."""
        return False

    def functions(self, size: int) -> np.ndarray:
        """Return F(0) … F(size − 1), a row a function."""
        raise NotImplementedError

    @property
    def kernel(self) -> Callable[..., None]:
        """The change function of the end."""
        return KERNELS[self.end, self.within]

    def table(self, year: Slice) -> np.ndarray:
        """Groups, then functions."""
        functions = self.functions(year.n + 1)
        codes = np.zeros(year.n + 1)
        if self.by_group:
            codes[: year.n] = year.codes(self.by_group)
            codes[year.n] = len(year.panel.levels(self.by_group).values) - 1
        return np.vstack([codes, functions])

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ_i F(d_i), by group."""
        codes = table[0, : len(ties)]
        if self.within:
            ties = ties * (codes[:, None] == codes[None, :])
        degree = ties.sum(axis=0 if self.end == "in" else 1).astype(int)
        groups = 1 if self.within else int(table[0, len(ties)]) + 1
        inside = [np.ones(len(ties), bool)] if self.within else [codes == g for g in range(groups)]
        return np.array([(row[degree] * nodes).sum() for nodes in inside for row in table[1:]])


@dataclass(frozen=True)
class CountedDegrees(Degrees):
    """Nodes with exactly d ties; by group (`by`), or counting only ties within the group (`homophily`)."""

    d: int | tuple[int, ...]
    by: str | None = None
    homophily: bool = False

    short: ClassVar[str] = "deg"

    @property
    def by_group(self) -> str | None:
        """The category."""
        return self.by

    @property
    def within(self) -> bool:
        """Only ties within the group."""
        return self.by is not None and self.homophily

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `idegree2`, `ideg2.groupA`, `ideg2.homophily.group`."""
        counts = whole_numbers(self.d, "d")
        if self.by is None:
            return tuple(f"{type(self).__name__}{count:g}" for count in counts)
        if self.homophily:
            return tuple(f"{self.short}{count:g}.homophily.{self.by}" for count in counts)
        levels = panel.levels(self.by).labels
        return tuple(f"{self.short}{count:g}.{self.by}{level}" for level in levels for count in counts)

    def functions(self, size: int) -> np.ndarray:
        """1[k = d]."""
        return np.array([np.arange(size) == count for count in whole_numbers(self.d, "d")], dtype=np.float64)


@dataclass(frozen=True)
class idegree(CountedDegrees):
    """Nodes that receive exactly d ties."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = (
        "idegree(0:3)",
        "idegree(1:2, by='group')",
        "idegree(1:2, by='group', homophily=TRUE)",
    )
    end: ClassVar[End] = "in"
    short: ClassVar[str] = "ideg"


@dataclass(frozen=True)
class odegree(CountedDegrees):
    """Nodes that send exactly d ties."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("odegree(0:3)", "odegree(1:2, by='group', homophily=TRUE)")
    end: ClassVar[End] = "out"
    short: ClassVar[str] = "odeg"


@dataclass(frozen=True)
class degree(CountedDegrees):
    """Nodes with exactly d ties (undirected)."""

    direction: ClassVar[Any] = "undirected"
    examples: ClassVar[tuple[str, ...]] = ("degree(0:3)", "degree(1:2, by='group', homophily=TRUE)")
    end: ClassVar[End] = "both"


@dataclass(frozen=True)
class Stars(Degrees):
    """k-stars, Σ_i C(d_i, k); `attr`: all of one category."""

    k: int | tuple[int, ...]
    attr: str | None = None

    @property
    def by_group(self) -> str | None:
        """The category."""
        return self.attr

    @property
    def within(self) -> bool:
        """Stars count within a category only."""
        return self.attr is not None

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `istar2`, `istar2.group`."""
        suffix = f".{self.attr}" if self.attr else ""
        return tuple(f"{type(self).__name__}{k:g}{suffix}" for k in whole_numbers(self.k, "k", 1))

    def functions(self, size: int) -> np.ndarray:
        """C(d, k)."""
        return np.array([comb(np.arange(size), k) for k in whole_numbers(self.k, "k", 1)])


@dataclass(frozen=True)
class istar(Stars):
    """Stars of k ties received."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("istar(2:3)", "istar(2, attr='group')")
    end: ClassVar[End] = "in"


@dataclass(frozen=True)
class ostar(Stars):
    """Stars of k ties sent."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("ostar(2:3)", "ostar(2, attr='group')")
    end: ClassVar[End] = "out"


@dataclass(frozen=True)
class kstar(Stars):
    """Stars of k ties (undirected)."""

    direction: ClassVar[Any] = "undirected"
    examples: ClassVar[tuple[str, ...]] = ("kstar(2:3)", "kstar(2, attr='group')")
    end: ClassVar[End] = "both"


@dataclass(frozen=True)
class GeometricDegrees(Degrees):
    """Geometrically weighted degrees with a fixed decay, Σ_i f_α(d_i); `attr`: one statistic a category."""

    decay: float
    fixed: bool = True
    attr: str | None = None

    short: ClassVar[str] = "gwdeg"

    @property
    def by_group(self) -> str | None:
        """The category."""
        return self.attr

    def check(self, panel: Panel) -> None:
        """Only a fixed decay."""
        super().check(panel)
        refuse_curved(type(self).__name__, self.fixed)

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `gwideg.fixed.0.5`, `gwideg0.5.groupA`."""
        if self.attr is None:
            return (f"{self.short}.fixed.{self.decay:g}",)
        return tuple(f"{self.short}{self.decay:g}.{self.attr}{level}" for level in panel.levels(self.attr).labels)

    def functions(self, size: int) -> np.ndarray:
        """f_α(d)."""
        return geometric(numbers(self.decay, "decay")[0], size)[None]


@dataclass(frozen=True)
class gwidegree(GeometricDegrees):
    """Geometrically weighted in-degree (statnet's sign: positive means even in-degrees)."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("gwidegree(0.5, fixed=TRUE)", "gwidegree(0.5, fixed=TRUE, attr='group')")
    end: ClassVar[End] = "in"
    short: ClassVar[str] = "gwideg"


@dataclass(frozen=True)
class gwodegree(GeometricDegrees):
    """Geometrically weighted out-degree."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("gwodegree(0.5, fixed=TRUE)",)
    end: ClassVar[End] = "out"
    short: ClassVar[str] = "gwodeg"


@dataclass(frozen=True)
class gwdegree(GeometricDegrees):
    """Geometrically weighted degree (undirected)."""

    direction: ClassVar[Any] = "undirected"
    examples: ClassVar[tuple[str, ...]] = ("gwdegree(0.5, fixed=TRUE)", "gwdegree(0.5, fixed=TRUE, attr='group')")
    end: ClassVar[End] = "both"


@dataclass(frozen=True)
class PopularityDegrees(Degrees):
    """Σ_i d_i^1.5, a gentler preferential attachment (Snijders et al. 2010)."""

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `idegree1.5`."""
        return (f"{type(self).__name__[:-2]}1.5",)

    def functions(self, size: int) -> np.ndarray:
        """d^1.5."""
        return np.arange(size, dtype=np.float64)[None] ** 1.5


@dataclass(frozen=True)
class idegree15(PopularityDegrees):
    """Σ_i in-degree^1.5; statnet's `idegree1.5`."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("idegree1.5",)
    end: ClassVar[End] = "in"


@dataclass(frozen=True)
class odegree15(PopularityDegrees):
    """Σ_i out-degree^1.5; statnet's `odegree1.5`."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("odegree1.5",)
    end: ClassVar[End] = "out"


@dataclass(frozen=True)
class degree15(PopularityDegrees):
    """Σ_i degree^1.5 (undirected); statnet's `degree1.5`."""

    direction: ClassVar[Any] = "undirected"
    examples: ClassVar[tuple[str, ...]] = ("degree1.5",)
    end: ClassVar[End] = "both"


def _isolates(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    has = graph.ties[i, j]
    alone = 0.0
    for node in (i, j):
        ties = graph.out_degree[node] - has
        if graph.directed:
            ties += graph.in_degree[node]
        alone += ties == 0
    out[0] = -alone


@dataclass(frozen=True)
class isolates(Term):
    """Nodes without any tie."""

    examples: ClassVar[tuple[str, ...]] = ("isolates",)
    change = staticmethod(_isolates)

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Nodes that neither send nor receive."""
        return np.array([(ties.sum(axis=0) + ties.sum(axis=1) == 0).sum()], dtype=np.float64)


def _twopath(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = graph.out_degree[j] - graph.ties[j, i] + graph.in_degree[i] - graph.ties[j, i]


@dataclass(frozen=True)
class twopath(Term):
    """Two-paths i→k→j with i ≠ j (undirected: two-stars)."""

    examples: ClassVar[tuple[str, ...]] = ("twopath",)
    change = staticmethod(_twopath)

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ_{i≠j} (yy)_ij, each unordered pair once where undirected."""
        paths = ties @ ties
        return np.array([(paths.sum() - np.trace(paths)) / (1 if directed else 2)])
