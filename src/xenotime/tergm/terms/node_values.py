"""Covariates of nodes: nodecov, nodefactor and their sender's and receiver's kind; sender, receiver, sociality.

All are dyad-independent, and one change function an end serves them: the value of the sender, of the receiver, or of
both. `lag` (negative: lead) reads the covariate so many steps before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from xenotime.tergm.kernel import as_table
from xenotime.tergm.labels import places
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import Term, lag_suffix


def _sender(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    for s in range(len(out)):
        out[s] = table[s, i]


def _receiver(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    for s in range(len(out)):
        out[s] = table[s, j]


def _either(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    for s in range(len(out)):
        out[s] = table[s, i] + table[s, j]


@dataclass(frozen=True)
class NodeValues(Term):
    """Σ y_ij x_i, Σ y_ij x_j or Σ y_ij (x_i + x_j); the table holds x, a row a statistic."""

    dyad_independent: ClassVar[bool] = True
    ends: ClassVar[Literal["sender", "receiver", "both"]] = "both"
    change = staticmethod(_either)

    @property
    def kernel(self) -> Callable[..., None]:
        """The change function of the end."""
        return {"sender": _sender, "receiver": _receiver, "both": _either}[self.ends]

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ of the node's values over ties."""
        sent, received = table @ ties.sum(axis=1), table @ ties.sum(axis=0)
        if not directed:
            return np.asarray(sent)
        return np.asarray({"sender": sent, "receiver": received, "both": sent + received}[self.ends])


@dataclass(frozen=True)
class NodeCovariate(NodeValues):
    """A numeric covariate of nodes."""

    attr: str
    lag: int = 0

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `nodeicov.gdp`; with a lag `nodeicov.gdp.lag1`."""
        return (f"{type(self).__name__}.{self.attr}{lag_suffix(self.lag)}",)

    def table(self, year: Slice) -> np.ndarray:
        """x, one row."""
        return as_table(year.node(self.attr, self.lag))


@dataclass(frozen=True)
class nodecov(NodeCovariate):
    """Σ y_ij (x_i + x_j)."""

    examples: ClassVar[tuple[str, ...]] = ("nodecov('x')",)
    ends: ClassVar[Any] = "both"


@dataclass(frozen=True)
class nodeicov(NodeCovariate):
    """Σ y_ij x_j: the receiver's (importer's) value."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("nodeicov('x')", "nodeicov('x', lag=1)")
    ends: ClassVar[Any] = "receiver"


@dataclass(frozen=True)
class nodeocov(NodeCovariate):
    """Σ y_ij x_i: the sender's (exporter's) value."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("nodeocov('x')",)
    ends: ClassVar[Any] = "sender"


@dataclass(frozen=True)
class NodeFactor(NodeValues):
    """Indicators of a category of nodes; the first category is left out unless `levels` says otherwise."""

    attr: str
    levels: Any = None
    lag: int = 0

    def _kept(self, panel: Panel) -> tuple[int, ...]:
        found = panel.levels(self.attr)
        return found.chosen(self.levels, range(1, len(found.values)))

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `nodefactor.region.Asia`."""
        labels = panel.levels(self.attr).labels
        return tuple(
            f"{type(self).__name__}.{self.attr}.{labels[place]}{lag_suffix(self.lag)}" for place in self._kept(panel)
        )

    def table(self, year: Slice) -> np.ndarray:
        """One row of 0/1 a category kept."""
        codes = year.codes(self.attr, self.lag)
        return as_table([codes == place for place in self._kept(year.panel)])


@dataclass(frozen=True)
class nodefactor(NodeFactor):
    """Ties' ends in a category."""

    examples: ClassVar[tuple[str, ...]] = ("nodefactor('group')", "nodefactor('group', levels=TRUE)")
    ends: ClassVar[Any] = "both"


@dataclass(frozen=True)
class nodeifactor(NodeFactor):
    """Ties received by a category."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("nodeifactor('group')",)
    ends: ClassVar[Any] = "receiver"


@dataclass(frozen=True)
class nodeofactor(NodeFactor):
    """Ties sent by a category."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("nodeofactor('group', levels=-2)",)
    ends: ClassVar[Any] = "sender"


@dataclass(frozen=True)
class NodeEffects(NodeValues):
    """One coefficient a node; the first is left out unless `nodes=TRUE` (or R's numbers) says otherwise."""

    nodes: Any = None

    def _kept(self, panel: Panel) -> tuple[int, ...]:
        if self.nodes is True:
            return tuple(range(panel.n))
        if self.nodes is None:
            return tuple(range(1, panel.n))
        wanted = self.nodes if isinstance(self.nodes, tuple) else (self.nodes,)
        return places(wanted, panel.n, type(self).__name__)

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`sender.CHN`: the node's label, not its number."""
        return tuple(f"{type(self).__name__}.{panel.nodes[place]}" for place in self._kept(panel))

    def table(self, year: Slice) -> np.ndarray:
        """One row of 0/1 a node kept."""
        return as_table(year.present[None, :] == np.array(self._kept(year.panel))[:, None])


@dataclass(frozen=True)
class sender(NodeEffects):
    """Ties sent by each node."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("sender",)
    ends: ClassVar[Any] = "sender"


@dataclass(frozen=True)
class receiver(NodeEffects):
    """Ties received by each node."""

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("receiver(nodes=TRUE)",)
    ends: ClassVar[Any] = "receiver"


@dataclass(frozen=True)
class sociality(NodeEffects):
    """Ties of each node (undirected)."""

    direction: ClassVar[Any] = "undirected"
    examples: ClassVar[tuple[str, ...]] = ("sociality",)
    ends: ClassVar[Any] = "both"
