"""Triads: ttriple, ctriple, triangle; ties with a two-path (transitiveties) or a returning two-path (cyclicalties).

With `attr` all three nodes must be of one category; with `diff` each category has its own statistic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numba
import numpy as np

from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import Term
from xenotime.tergm.terms.groups import grouped_names, masked, same_group
from xenotime.tergm.terms.partners import Partners, shared_partners


def _ttriple(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = graph.otp[i, j] + graph.osp[i, j] + graph.isp[i, j]


def _ctriple(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = graph.otp[j, i]


def _triangle(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    if graph.directed:
        out[0] = graph.otp[i, j] + graph.osp[i, j] + graph.isp[i, j] + graph.otp[j, i]
    else:
        out[0] = graph.otp[i, j]


@numba.njit(cache=True)
def _within(graph, table, i, j, out, transitive, cyclic):  # type: ignore[no-untyped-def]
    """Count triads closed by i→j whose third node is of the same group."""
    out[:] = 0.0
    if table[0, i] != table[0, j] or table[1, i] < 0:
        return
    ties = graph.ties
    found = 0
    for a in range(graph.out_degree[j]):
        k = graph.out_list[j, a]
        if k != i and table[0, k] == table[0, i]:
            found += cyclic * ties[k, i] + transitive * ties[i, k]
    if transitive and graph.directed:
        for a in range(graph.in_degree[j]):
            k = graph.in_list[j, a]
            if k != i and table[0, k] == table[0, i]:
                found += ties[i, k] + ties[k, i]
    out[int(table[1, i])] = found


def _ttriple_within(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _within(graph, table, i, j, out, 1, 0)


def _ctriple_within(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _within(graph, table, i, j, out, 0, 1)


def _triangle_within(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _within(graph, table, i, j, out, 1, 1 if graph.directed else 0)


@dataclass(frozen=True)
class Triads(Term):
    """What ttriple, ctriple and triangle share."""

    attr: str | None = None
    diff: bool = False

    change_within: ClassVar[Callable[..., None]]
    change = staticmethod(_ttriple)

    @property
    def kernel(self) -> Callable[..., None]:
        """The change function of the variant."""
        return type(self).change_within if self.attr else type(self).change

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`ttriple`, `ttriple.group`, `ttriple.group.A`."""
        return grouped_names(type(self).__name__, panel, self.attr, self.diff)

    def table(self, year: Slice) -> np.ndarray:
        """Codes of the groups, and the statistic each belongs to."""
        return same_group(year, self.attr, self.diff)

    def count(self, ties: np.ndarray, directed: bool) -> float:
        """Return the number of triads in one network."""
        raise NotImplementedError

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Triads, within each group where asked."""
        networks = masked(ties, table) if self.attr else ties[None]
        return np.array([self.count(network, directed) for network in networks])


@dataclass(frozen=True)
class ttriple(Triads):
    """Transitive triples, Σ y_ij (yy)_ij."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("ttriple", "ttriple(attr='group', diff=TRUE)")
    change = staticmethod(_ttriple)
    change_within = staticmethod(_ttriple_within)

    @property
    def needs(self) -> tuple[str, ...]:
        """Two-paths, shared receivers, shared senders."""
        return () if self.attr else ("otp", "osp", "isp")

    def count(self, ties: np.ndarray, directed: bool) -> float:
        """Σ y_ij (yy)_ij."""
        return float((ties * (ties @ ties)).sum())


@dataclass(frozen=True)
class ctriple(Triads):
    """Cyclic triples, tr(y³)/3."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("ctriple", "ctriple(attr='group')")
    change = staticmethod(_ctriple)
    change_within = staticmethod(_ctriple_within)

    @property
    def needs(self) -> tuple[str, ...]:
        """Two-paths."""
        return () if self.attr else ("otp",)

    def count(self, ties: np.ndarray, directed: bool) -> float:
        """tr(y³)/3."""
        return float(np.trace(ties @ ties @ ties) / 3)


@dataclass(frozen=True)
class triangle(Triads):
    """Triangles; on directed networks transitive and cyclic triples together."""

    examples: ClassVar[tuple[str, ...]] = ("triangle", "triangle(attr='group', diff=TRUE)")
    change = staticmethod(_triangle)
    change_within = staticmethod(_triangle_within)

    @property
    def needs(self) -> tuple[str, ...]:
        """All counts a triangle may close."""
        return () if self.attr else ("otp", "osp", "isp")

    def count(self, ties: np.ndarray, directed: bool) -> float:
        """Directed: ttriple + ctriple; undirected: tr(y³)/6."""
        cyclic = np.trace(ties @ ties @ ties)
        return float((ties * (ties @ ties)).sum() + cyclic / 3 if directed else cyclic / 6)


@numba.njit(cache=True)
def _closed(graph, table, tail, head, without_tail, without_head, cyclic):  # type: ignore[no-untyped-def]
    """Whether a two-path within the group goes tail→k→head (cyclic: head→k→tail), not over one given tie."""
    first, last = (head, tail) if cyclic else (tail, head)
    for a in range(graph.out_degree[first]):
        k = graph.out_list[first, a]
        if k == last or table[0, k] != table[0, first] or not graph.ties[k, last]:
            continue
        over = (first == without_tail and k == without_head) or (k == without_tail and last == without_head)
        if not graph.directed:
            over = over or (first == without_head and k == without_tail)
            over = over or (k == without_head and last == without_tail)
        if not over:
            return True
    return False


@numba.njit(cache=True)
def _closed_within(graph, table, i, j, out, cyclic):  # type: ignore[no-untyped-def]
    out[0] = 0.0
    if table[0, i] != table[0, j]:
        return
    ties = graph.ties
    gained = 1.0 if _closed(graph, table, i, j, i, j, cyclic) else 0.0
    for a in range(graph.out_degree[j]):
        k = graph.out_list[j, a]
        tied = ties[k, i] if cyclic else ties[i, k]
        if k != i and table[0, k] == table[0, i] and tied:
            tail, head = (k, i) if cyclic else (i, k)
            gained += not _closed(graph, table, tail, head, i, j, cyclic)
    for a in range(graph.in_degree[i]):
        k = graph.in_list[i, a]
        tied = ties[j, k] if cyclic else ties[k, j]
        if k != j and table[0, k] == table[0, i] and tied:
            tail, head = (j, k) if cyclic else (k, j)
            gained += not _closed(graph, table, tail, head, i, j, cyclic)
    out[0] = gained


def _transitive_within(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _closed_within(graph, table, i, j, out, False)


def _cyclical_within(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    _closed_within(graph, table, i, j, out, True)


@dataclass(frozen=True)
class ClosedTies(Partners):
    """Ties with at least one two-path of their type; with `attr`, within one category."""

    attr: str | None = None

    kind: ClassVar[str] = "OTP"
    change_within: ClassVar[Callable[..., None]]

    @property
    def sharing(self) -> str:
        """The type of two-path."""
        return self.kind

    @property
    def kernel(self) -> Callable[..., None]:
        """The change function of the variant."""
        return type(self).change_within if self.attr else super().kernel

    @property
    def needs(self) -> tuple[str, ...]:
        """Two-paths, where no category restricts them."""
        return () if self.attr else super().needs

    def check(self, panel: Panel) -> None:
        """Direction only."""
        Term.check(self, panel)

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`transitiveties`, `transitiveties.group`."""
        return grouped_names(type(self).__name__, panel, self.attr, False)

    def table(self, year: Slice) -> np.ndarray:
        """1[k > 0], or the codes of the groups."""
        if self.attr:
            return same_group(year, self.attr, False)
        return (np.arange(year.n + 1) > 0).astype(np.float64)[None]

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ y_ij 1[s_ij > 0]."""
        if not self.attr:
            return super().statistic(ties, table, directed)
        inside = masked(ties, table)[0]
        closed = inside * (shared_partners(inside, self.kind) > 0)
        return np.array([closed.sum() / (1 if directed else 2)])


@dataclass(frozen=True)
class transitiveties(ClosedTies):
    """Ties i→j with at least one two-path i→k→j."""

    examples: ClassVar[tuple[str, ...]] = ("transitiveties", "transitiveties(attr='group')")
    kind: ClassVar[str] = "OTP"
    change_within = staticmethod(_transitive_within)


@dataclass(frozen=True)
class cyclicalties(ClosedTies):
    """Ties i→j with at least one returning two-path j→k→i."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("cyclicalties", "cyclicalties(attr='group')")
    kind: ClassVar[str] = "ITP"
    change_within = staticmethod(_cyclical_within)
