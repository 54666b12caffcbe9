"""Covariates of dyads: edgecov, and what two nodes' values make of a dyad: absdiff, diff, nodematch, nodemix.

All are dyad-independent, and two change functions serve them: a value of the dyad; a category of the dyad, each with
its own statistic. `lag` (negative: lead) reads the covariate so many steps before.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.checks import finite_number
from xenotime.tergm.kernel import as_table
from xenotime.tergm.labels import places
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import Term, dyads, lag_suffix


def _dyad(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[0] = table[i, j]


def _category(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
    out[:] = 0.0
    place = int(table[i + 1, j])
    if place >= 0:
        out[place] = 1.0


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
