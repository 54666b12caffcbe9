"""Terms on single dyads: edges, density, mutual, asymmetric (definitions as statnet's)."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import Term, dyads
from xenotime.tergm.terms.groups import grouped_names, masked, same_group


def _constant(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = table[0, 0]


@dataclass(frozen=True)
class edges(Term):
    """Number of ties."""

    dyad_independent: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("edges",)
    change = staticmethod(_constant)

    def table(self, year: Slice) -> np.ndarray:
        """One."""
        return np.ones((1, 1))

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ y_ij."""
        return np.array([dyads(ties, directed)])


@dataclass(frozen=True)
class density(Term):
    """Ties over possible ties."""

    dyad_independent: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("density",)
    change = staticmethod(_constant)

    def table(self, year: Slice) -> np.ndarray:
        """One over the number of dyads."""
        return np.full((1, 1), (1 if year.directed else 2) / max(1, year.n * (year.n - 1)))

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ y_ij / dyads."""
        n = len(ties)
        return np.array([dyads(ties, directed) / (n * (n - 1) / (1 if directed else 2))])


def _mutual(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = graph.ties[j, i]


def _mutual_same(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    if table[0, i] == table[0, j] and table[1, i] >= 0:
        out[int(table[1, i])] = graph.ties[j, i]


def _mutual_by(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    if graph.ties[j, i]:
        for end in (i, j):
            if table[1, end] >= 0:
                out[int(table[1, end])] += 1.0


@dataclass(frozen=True)
class mutual(Term):
    """Reciprocated pairs; within one group (`same`), for each group (`diff`), or by the group of either end (`by`)."""

    same: str | None = None
    by: str | None = None
    diff: bool = False

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("mutual", "mutual(same='group', diff=TRUE)", "mutual(by='group')")
    change = staticmethod(_mutual)

    @property
    def kernel(self) -> Any:
        """The change function of the variant."""
        if self.by:
            return _mutual_by
        return _mutual_same if self.same else _mutual

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`mutual`, `mutual.group`, `mutual.same.group.A`, `mutual.by.group.A`."""
        if self.by:
            return tuple(f"mutual.by.{self.by}.{level}" for level in panel.levels(self.by).labels)
        if self.same and self.diff:
            return tuple(f"mutual.same.{self.same}.{level}" for level in panel.levels(self.same).labels)
        return (f"mutual.{self.same}",) if self.same else ("mutual",)

    def table(self, year: Slice) -> np.ndarray:
        """Codes of the groups, and the statistic each belongs to."""
        return same_group(year, self.by or self.same, self.diff or self.by is not None)

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ_{i<j} y_ij y_ji, over the pairs that count."""
        pairs = np.triu(ties * ties.T, 1)
        if self.by:
            ends = pairs.sum(axis=0) + pairs.sum(axis=1)
            return np.array([ends[table[1] == g].sum() for g in range(int(table[2, 0]))])
        return masked(pairs, table).sum(axis=(1, 2)) if self.same else np.array([pairs.sum()])


def _asymmetric(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = 1.0 - 2.0 * graph.ties[j, i]


def _asymmetric_same(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    if table[0, i] == table[0, j] and table[1, i] >= 0:
        out[int(table[1, i])] = 1.0 - 2.0 * graph.ties[j, i]


@dataclass(frozen=True)
class asymmetric(Term):
    """Pairs tied in one direction only; within one group (`attr`), for each group (`diff`)."""

    attr: str | None = None
    diff: bool = False

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("asymmetric", "asymmetric(attr='group', diff=TRUE)")
    change = staticmethod(_asymmetric)

    @property
    def kernel(self) -> Any:
        """The change function of the variant."""
        return _asymmetric_same if self.attr else _asymmetric

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`asymmetric`, `asymmetric.group`, `asymmetric.group.A`."""
        return grouped_names("asymmetric", panel, self.attr, self.diff)

    def table(self, year: Slice) -> np.ndarray:
        """Codes of the groups, and the statistic each belongs to."""
        return same_group(year, self.attr, self.diff)

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ_{i<j} |y_ij − y_ji|, over the pairs that count."""
        pairs = np.triu(np.abs(ties - ties.T), 1)
        return masked(pairs, table).sum(axis=(1, 2)) if self.attr else np.array([pairs.sum()])
