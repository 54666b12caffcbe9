"""Covariates of nodes and dyads: nodecov, nodefactor, nodematch, nodemix, absdiff, diff, sender, receiver, edgecov, …

All are dyad-independent, and three change functions serve them: a value of the sender, of the receiver or of both;
a value of the dyad; a category of the dyad, each with its own statistic. `lag` (negative: lead) reads the covariate
so many steps before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.checks import finite_number
from xenotime.tergm.kernel import as_table
from xenotime.tergm.labels import places
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import Term, dyads, lag_suffix


def _sender(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    for s in range(len(out)):
        out[s] = table[s, i]


def _receiver(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    for s in range(len(out)):
        out[s] = table[s, j]


def _either(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    for s in range(len(out)):
        out[s] = table[s, i] + table[s, j]


def _dyad(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = table[i, j]


def _category(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    place = int(table[i + 1, j])
    if place >= 0:
        out[place] = 1.0


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


@dataclass(frozen=True)
class DyadValues(Term):
    """Σ y_ij x_ij; the table holds x."""

    dyad_independent: ClassVar[bool] = True
    change = staticmethod(_dyad)

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Σ y_ij x_ij (undirected: over i < j)."""
        return np.array([dyads(np.where(ties != 0, table, 0.0), directed)])


@dataclass(frozen=True)
class edgecov(DyadValues):
    """A covariate of dyads."""

    attr: str
    lag: int = 0

    examples: ClassVar[tuple[str, ...]] = ("edgecov('w')", "edgecov('w', lag=1)", "edgecov('w', lag=-1)")

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`edgecov.conflict`, `edgecov.conflict.lag1`."""
        return (f"edgecov.{self.attr}{lag_suffix(self.lag)}",)

    def table(self, year: Slice) -> np.ndarray:
        """X, (n, n)."""
        return as_table(year.dyad(self.attr, self.lag))


def _check_power(name: str, power: float) -> None:
    if finite_number(power, f"{name}: pow") <= 0:
        raise InputError(f"{name}: pow must be above 0, not {power:g}", remedy="pow=1 is the difference itself")


@dataclass(frozen=True)
class absdiff(DyadValues):
    """Σ y_ij |x_i − x_j|^pow."""

    attr: str
    pow: float = 1
    lag: int = 0

    examples: ClassVar[tuple[str, ...]] = ("absdiff('x')", "absdiff('x', pow=2)")

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `absdiff.gdp`, `absdiff2.gdp`."""
        power = "" if self.pow == 1 else f"{self.pow:g}"
        return (f"absdiff{power}.{self.attr}{lag_suffix(self.lag)}",)

    def check(self, panel: Panel) -> None:
        """The power is positive."""
        super().check(panel)
        _check_power(type(self).__name__, self.pow)

    def table(self, year: Slice) -> np.ndarray:
        """|x_i − x_j|^pow."""
        x = year.node(self.attr, self.lag)
        return as_table(np.abs(x[:, None] - x[None, :]) ** self.pow)


@dataclass(frozen=True)
class diff(DyadValues):
    """Difference of the ends' values: sender − receiver ("t-h") or the reverse, whole, absolute, or one sign only."""

    attr: str
    pow: float = 1
    dir: str = "t-h"
    sign_action: str = "identity"
    lag: int = 0

    examples: ClassVar[tuple[str, ...]] = (
        "diff('x', sign.action='abs')",
        "diff('x', pow=2, sign.action='abs')",
    )

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `diff.t-h.gdp`, `diff.posonly.t-h.gdp`."""
        power = "" if self.pow == 1 else f"{self.pow:g}"
        sign = "" if self.sign_action == "identity" else f".{self.sign_action}"
        way = "" if self.sign_action == "abs" else f".{self.dir}"
        return (f"diff{power}{sign}{way}.{self.attr}{lag_suffix(self.lag)}",)

    def check(self, panel: Panel) -> None:
        """On undirected networks only the absolute difference is defined."""
        super().check(panel)
        _check_power(type(self).__name__, self.pow)
        if self.sign_action not in {"identity", "abs", "posonly", "negonly"} or self.dir not in {"t-h", "h-t"}:
            raise InputError(
                f"diff: dir '{self.dir}', sign.action '{self.sign_action}' are unknown",
                remedy="dir: t-h or h-t; sign.action: identity, abs, posonly or negonly",
            )
        if not panel.directed and self.sign_action != "abs":
            raise InputError("diff: an undirected tie has no sender", remedy="give sign.action='abs', or use absdiff")

    def table(self, year: Slice) -> np.ndarray:
        """The difference, its sign cut as asked, to the power."""
        x = year.node(self.attr, self.lag)
        gap = x[:, None] - x[None, :] if self.dir == "t-h" else x[None, :] - x[:, None]
        cut = {"abs": np.abs(gap), "posonly": np.maximum(gap, 0), "negonly": np.minimum(gap, 0)}
        return as_table(cut.get(self.sign_action, gap) ** self.pow)


@dataclass(frozen=True)
class DyadCategories(Term):
    """Ties in each of several categories of dyads; the table's first row holds their number, the others the place."""

    dyad_independent: ClassVar[bool] = True
    change = staticmethod(_category)

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Ties in each category."""
        return np.array([dyads(ties * (table[1:] == place), directed) for place in range(int(table[0, 0]))])


def _categories(place: np.ndarray, number: int) -> np.ndarray:
    return np.vstack([np.full(place.shape[1], float(number)), place.astype(np.float64)])


@dataclass(frozen=True)
class nodematch(DyadCategories):
    """Ties within a category; with `diff`, each category has its own coefficient."""

    attr: str
    diff: bool = False
    keep: Any = None
    levels: Any = None
    lag: int = 0

    examples: ClassVar[tuple[str, ...]] = ("nodematch('group')", "nodematch('group', diff=TRUE)")

    def _kept(self, panel: Panel) -> tuple[int, ...]:
        found = panel.levels(self.attr)
        return found.chosen(self.keep if self.levels is None else self.levels, range(len(found.values)))

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `nodematch.region`, `nodematch.region.Asia`."""
        if not self.diff:
            return (f"nodematch.{self.attr}{lag_suffix(self.lag)}",)
        labels = panel.levels(self.attr).labels
        return tuple(f"nodematch.{self.attr}.{labels[place]}{lag_suffix(self.lag)}" for place in self._kept(panel))

    def table(self, year: Slice) -> np.ndarray:
        """Place of the statistic a dyad belongs to, −1 for none."""
        codes, kept = year.codes(self.attr, self.lag), self._kept(year.panel)
        place = np.full(len(year.panel.levels(self.attr).values) + 1, -1)
        place[list(kept)] = range(len(kept)) if self.diff else 0
        same = (codes[:, None] == codes[None, :]) & (codes >= 0)[:, None]
        return _categories(np.where(same, place[codes][:, None], -1), len(kept) if self.diff else 1)


@dataclass(frozen=True)
class nodemix(DyadCategories):
    """Ties from one category to another; the first pair is left out unless `levels2` says otherwise."""

    attr: str
    levels2: Any = None
    lag: int = 0

    examples: ClassVar[tuple[str, ...]] = ("nodemix('group')", "nodemix('group', levels2=-2)")

    def _pairs(self, panel: Panel) -> list[tuple[int, int]]:
        """Return pairs of (sender's, receiver's) category in statnet's order: by columns of the mixing matrix."""
        size = len(panel.levels(self.attr).values)
        pairs = [(a, b) for b in range(size) for a in range(size) if panel.directed or a <= b]
        if self.levels2 is True:
            return pairs
        wanted = -1 if self.levels2 is None else self.levels2
        numbers = wanted if isinstance(wanted, tuple) else (wanted,)
        return [pairs[place] for place in places(numbers, len(pairs), self.attr)]

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `mix.region.Africa.Asia`."""
        labels = panel.levels(self.attr).labels
        return tuple(f"mix.{self.attr}.{labels[a]}.{labels[b]}{lag_suffix(self.lag)}" for a, b in self._pairs(panel))

    def table(self, year: Slice) -> np.ndarray:
        """Place of the statistic a dyad belongs to, −1 for none."""
        size = len(year.panel.levels(self.attr).values)
        place = np.full((size + 1, size + 1), -1)
        pairs = self._pairs(year.panel)
        for number, (a, b) in enumerate(pairs):
            place[a, b] = number
            if not year.directed:
                place[b, a] = number
        codes = year.codes(self.attr, self.lag)
        return _categories(place[codes[:, None], codes[None, :]], len(pairs))
