"""A panel: one network a year over the same named nodes, with covariates, entry and exit, and what may be tied at all.

Everything a model reads stands here under labels, so that nothing is aligned by position in silence. A panel never
changes; `Panel.slice` gives one year as terms see it, restricted to the nodes that exist in that year.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.labels import Levels, as_values, check_labels


@dataclass(frozen=True)
class Panel:
    """Networks of T years over n nodes. Make one with `from_arrays` (or `from_xarray`, `from_networkx`, `from_polars`).

    Attributes
    ----------
    ties : (T, n, n) float64
        1 where i→j in that year, 0 where not, NaN where unknown; the diagonal is 0.
    years : tuple of int
        Labels of the steps, increasing. A lag of 1 is one step.
    nodes : tuple of str
    directed : bool
    node_covariates : dict of (T, n) arrays
        Float64, or strings for categories.
    dyad_covariates : dict of (T, n, n) float64 arrays
    risk : (T, n, n) bool
        Where a tie is possible; structural zeros are False.
    exists : (T, n) bool
        Which nodes exist.
    static : frozenset of str
        Covariates given once for all years; they are the same at every lag, even before the first year.
    """

    ties: np.ndarray
    years: tuple[int, ...]
    nodes: tuple[str, ...]
    directed: bool
    node_covariates: Mapping[str, np.ndarray] = field(default_factory=dict)
    dyad_covariates: Mapping[str, np.ndarray] = field(default_factory=dict)
    risk: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0), bool))
    exists: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), bool))
    static: frozenset[str] = frozenset()

    @classmethod
    def from_arrays(
        cls,
        ties: Any,
        years: Iterable[int] | None = None,
        nodes: Iterable[Any] | None = None,
        directed: bool = True,
        node_covariates: Mapping[str, Any] | None = None,
        dyad_covariates: Mapping[str, Any] | None = None,
        risk: Any = None,
        exists: Any = None,
    ) -> "Panel":
        """Make a panel from arrays.

        Parameters
        ----------
        ties : (T, n, n) or (n, n) array
            0/1 (or bool), NaN where unknown. Row = sender (exporter), column = receiver.
        years : T integers, optional
            Increasing; 1 … T if absent.
        nodes : n labels, optional
            "1" … "n" if absent.
        directed : bool
            If False, `ties` must be symmetric.
        node_covariates : dict of (n,) or (T, n) arrays, optional
            Numbers or strings (categories).
        dyad_covariates : dict of (n, n) or (T, n, n) arrays, optional
            Numbers; row = sender. The diagonal is not read.
        risk : (n, n) or (T, n, n) bool, optional
            False where a tie cannot be (structural zeros). Such dyads stay out of the likelihood.
        exists : (T, n) bool, optional
            Entry and exit. All exist if absent.

        Raises
        ------
        InputError
            Where shapes, labels or values do not fit, naming them.
        """
        values = np.array(ties, dtype=np.float64)
        if values.ndim == 2:
            values = values[None]
        if values.ndim != 3 or values.shape[1] != values.shape[2]:
            raise InputError(f"ties have shape {values.shape}", remedy="give (years, nodes, nodes)")
        steps, n = values.shape[:2]
        labels = tuple(str(node) for node in (range(1, n + 1) if nodes is None else nodes))
        when = tuple(int(year) for year in (range(1, steps + 1) if years is None else years))
        check_labels(labels, n, "nodes")
        check_labels(when, steps, "years")
        if list(when) != sorted(when):
            raise InputError(f"years are not in order: {list(when)}", remedy="sort the panel by year")
        diagonal = np.arange(n)
        values[:, diagonal, diagonal] = 0.0
        _check_ties(values, when, labels, directed)
        alive = np.ones((steps, n), bool) if exists is None else np.array(exists, dtype=bool)
        if alive.shape != (steps, n):
            raise InputError(f"exists has shape {alive.shape}", remedy=f"give {(steps, n)}")
        _check_absent(values, alive, when, labels)
        values[~(alive[:, :, None] & alive[:, None, :])] = 0.0
        allowed = np.ones((steps, n, n), bool)
        if risk is not None:
            given = np.array(risk, dtype=bool)
            if given.shape not in {(n, n), (steps, n, n)}:
                raise InputError(f"risk has shape {given.shape}", remedy=f"give {(n, n)} or {(steps, n, n)}")
            allowed = allowed & given
        allowed[:, diagonal, diagonal] = False
        if not directed and (allowed != allowed.transpose(0, 2, 1)).any():
            raise InputError("risk is not symmetric, though the panel is undirected")
        per_node, static_nodes = as_values(node_covariates or {}, (steps, n), "node")
        per_dyad, static_dyads = as_values(dyad_covariates or {}, (steps, n, n), "dyad")
        if not directed:
            for name, matrix in per_dyad.items():
                _check_symmetric(matrix, f"dyad covariate '{name}'", when, labels)
        for array in (values, allowed, alive, *per_node.values(), *per_dyad.values()):
            array.setflags(write=False)
        return cls(
            values, when, labels, directed, per_node, per_dyad, allowed, alive, frozenset(static_nodes | static_dyads)
        )

    @classmethod
    def from_xarray(cls, ties: Any, *, directed: bool = True, **covariates: Any) -> "Panel":
        """Make a panel from a DataArray (year, sender, receiver), or (year, exporter, importer).

        Covariates are DataArrays over (year, node), (node,), (year, sender, receiver) or (sender, receiver) in the
        names of the ties' own dimensions; their labels must be the panel's labels, in any order.
        """
        from xenotime.tergm.convert import panel_from_xarray

        return panel_from_xarray(ties, directed, covariates)

    @classmethod
    def from_networkx(cls, graphs: Mapping[int, Any] | Sequence[Any]) -> "Panel":
        """Make a panel from networkx graphs, one a year; node attributes become node covariates."""
        from xenotime.tergm.convert import panel_from_networkx

        return panel_from_networkx(graphs)

    @classmethod
    def from_polars(cls, ties: Any, *, nodes: Any = None, dyads: Any = None, directed: bool = True) -> "Panel":
        """Make a panel from long frames: `ties` (year, sender, receiver[, tie]), `nodes` (year, node, …), `dyads`.

        See `convert.panel_from_polars`.
        """
        from xenotime.tergm.convert import panel_from_polars

        return panel_from_polars(ties, nodes, dyads, directed)

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def steps(self) -> int:
        """Number of years."""
        return len(self.years)

    @cached_property
    def known(self) -> np.ndarray:
        """(T, n, n) bool: dyads that may be tied and whose state is known: both ends exist, at risk, not NaN."""
        alive = self.exists[:, :, None] & self.exists[:, None, :]
        return np.asarray(self.risk & alive & ~np.isnan(self.ties))

    def levels(self, name: str) -> Levels:
        """Return the categories of a node covariate among existing nodes of all years, in R's order."""
        return Levels.of(name, self.node_values(name)[self.exists])

    def node_values(self, name: str) -> np.ndarray:
        """Return a node covariate, (T, n)."""
        return self._named(name, self.node_covariates, "node")

    def dyad_values(self, name: str) -> np.ndarray:
        """Return a dyad covariate, (T, n, n) float64."""
        return self._named(name, self.dyad_covariates, "dyad")

    def _named(self, name: str, among: Mapping[str, np.ndarray], kind: str) -> np.ndarray:
        if name not in among:
            known = ", ".join(sorted(among)) or "none"
            raise InputError(
                f"the panel has no {kind} covariate '{name}'", remedy=f"{kind} covariates of this panel: {known}"
            )
        return among[name]

    def index(self, year: int) -> int:
        """Return the step of a year, counted from 0; `InputError` names the panel's years."""
        if year not in self.years:
            raise InputError(f"the panel has no year {year}", remedy=f"years: {self.years[0]}–{self.years[-1]}")
        return self.years.index(year)

    def slice(self, step: int) -> "Slice":
        """Return one year as terms see it (step counted from 0)."""
        return Slice(self, step)

    def __str__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        span = f"{self.years[0]}–{self.years[-1]}" if self.steps > 1 else f"{self.years[0]}"
        pairs = 1 if self.directed else 2
        density = np.nansum(self.ties[self.known]) / max(1, int(self.known.sum()))
        lines = [
            f"Panel: {self.steps} years ({span}), {self.n} nodes, {kind}",
            f"  dyads at risk and known: {int(self.known.sum()) // pairs:,}; density {density:.4f}",
            f"  node covariates: {', '.join(self.node_covariates) or '—'}",
            f"  dyad covariates: {', '.join(self.dyad_covariates) or '—'}",
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Slice:
    """One year of a panel, restricted to the m nodes that exist in it: what `Term.table` reads.

    Attributes
    ----------
    panel : Panel
    step : int
        Counted from 0; the year is ``panel.years[step]``.
    """

    panel: Panel
    step: int

    @cached_property
    def present(self) -> np.ndarray:
        """Places of the existing nodes in the panel, (m,) int."""
        return np.flatnonzero(self.panel.exists[self.step])

    @property
    def n(self) -> int:
        """Number of existing nodes, m."""
        return len(self.present)

    @property
    def year(self) -> int:
        """The year's label."""
        return self.panel.years[self.step]

    @property
    def directed(self) -> bool:
        """Whether i→j and j→i are two ties."""
        return self.panel.directed

    @property
    def nodes(self) -> tuple[str, ...]:
        """Labels of the existing nodes."""
        return tuple(self.panel.nodes[place] for place in self.present)

    @cached_property
    def ties(self) -> np.ndarray:
        """The network, (m, m) uint8; an unknown dyad reads as no tie."""
        return self.past(0)

    def past(self, lag: int) -> np.ndarray:
        """Return the network `lag` steps before, (m, m) uint8; who did not exist then, and the unknown, has no tie."""
        before = self._at(self.panel.ties, lag, "the network")
        return np.asarray(np.nan_to_num(self._both(before)), dtype=np.uint8)

    def node(self, name: str, lag: int = 0) -> np.ndarray:
        """Return a numeric node covariate, (m,) float64, `lag` steps before (negative: after)."""
        values = self.panel.node_values(name)
        if values.dtype.kind not in "fiub":
            raise InputError(f"node covariate '{name}' holds categories", remedy="use nodefactor, nodematch or nodemix")
        return np.asarray(self._at(values, lag, name)[self.present], dtype=np.float64)

    def codes(self, name: str, lag: int = 0) -> np.ndarray:
        """Return the place of each node's category in ``panel.levels(name)``, (m,) int."""
        values = self._at(self.panel.node_values(name), lag, name)[self.present]
        return self.panel.levels(name).codes(values)

    def dyad(self, name: str, lag: int = 0) -> np.ndarray:
        """Return a dyad covariate, (m, m) float64, `lag` steps before (negative: after)."""
        return self._both(self._at(self.panel.dyad_values(name), lag, name))

    def _both(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(matrix if self.n == self.panel.n else matrix[np.ix_(self.present, self.present)])

    def _at(self, values: np.ndarray, lag: int, name: str) -> np.ndarray:
        if name in self.panel.static:
            return np.asarray(values[0])
        step = self.step - lag
        if not 0 <= step < self.panel.steps:
            raise InputError(
                f"{name} is not known {abs(lag)} step(s) {'before' if lag > 0 else 'after'} {self.year}",
                remedy=f"the panel holds {self.panel.years[0]}–{self.panel.years[-1]}",
            )
        return np.asarray(values[step])


def _check_ties(values: np.ndarray, years: tuple[int, ...], nodes: tuple[str, ...], directed: bool) -> None:
    """Refuse ties that are neither 0, 1 nor NaN, and undirected ones that are not symmetric; name the first."""
    wrong = ~(np.isnan(values) | (values == 0) | (values == 1))
    if wrong.any():
        t, i, j = (int(place) for place in np.argwhere(wrong)[0])
        raise InputError(
            f"a tie must be 0, 1 or NaN, not {values[t, i, j]:g}",
            where=f"{years[t]}: {nodes[i]} → {nodes[j]}",
            remedy="apply a dependence rule or a threshold first",
        )
    if not directed:
        _check_symmetric(values, "the network", years, nodes)


def _check_symmetric(values: np.ndarray, what: str, years: tuple[int, ...], nodes: tuple[str, ...]) -> None:
    """Refuse (T, n, n) values of an undirected panel that are not symmetric (NaN is like NaN); name the first."""
    other = values.transpose(0, 2, 1)
    differ = ~((values == other) | (np.isnan(values) & np.isnan(other)))
    if differ.any():
        t, i, j = (int(place) for place in np.argwhere(differ)[0])
        raise InputError(
            f"{what} is not symmetric, though the panel is said to be undirected",
            where=f"{years[t]}: {nodes[i]} – {nodes[j]}",
            remedy="symmetrise it first, or give directed=True",
        )


def _check_absent(values: np.ndarray, alive: np.ndarray, years: tuple[int, ...], nodes: tuple[str, ...]) -> None:
    """Refuse ties of nodes that do not exist in that year; name the first."""
    absent = ~(alive[:, :, None] & alive[:, None, :])
    wrong = absent & (values == 1)
    if wrong.any():
        t, i, j = (int(place) for place in np.argwhere(wrong)[0])
        gone = nodes[i] if not alive[t, i] else nodes[j]
        raise InputError(
            f"{gone} has a tie in {years[t]}, when it does not exist",
            where=f"{nodes[i]} → {nodes[j]}",
            remedy="mend `exists` or the tie",
        )
