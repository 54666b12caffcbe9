"""A formula bound to a panel: which columns, which years, which dyads; observed and change statistics.

`model_of` checks every term against the panel and fixes the years that can be modelled (those whose lags and leads the
panel holds). A dyad counts in a year when it is at risk and known, both ends exist in that year and at every lag used,
and the past it reads is known. Everything after (design, estimation, simulation) starts from a `Model`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from xenotime.core import InputError
from xenotime.tergm.formula import parse
from xenotime.tergm.kernel import as_table
from xenotime.tergm.labels import listing
from xenotime.tergm.panel import Panel
from xenotime.tergm.state import Bound, bind, change_rows
from xenotime.tergm.terms.base import Formula, Term


@dataclass(frozen=True)
class Model:
    """Terms, panel and what follows from both.

    Attributes
    ----------
    formula : Formula
    panel : Panel
    names : tuple of str
        Names of all p columns, offsets included, in formula order.
    starts : tuple of int
        First column of each term, and p at the end.
    fixed : (p,) float64
        Coefficients of offsets, NaN where a coefficient is to be estimated.
    steps : tuple of int
        Steps of the panel (from 0) that can be modelled.
    """

    formula: Formula
    panel: Panel
    names: tuple[str, ...]
    starts: tuple[int, ...]
    fixed: np.ndarray
    steps: tuple[int, ...]

    @cached_property
    def free(self) -> np.ndarray:
        """Columns to be estimated, int."""
        return np.flatnonzero(np.isnan(self.fixed))

    @property
    def free_names(self) -> tuple[str, ...]:
        """Names of the coefficients to be estimated."""
        return tuple(self.names[column] for column in self.free)

    @property
    def years(self) -> tuple[int, ...]:
        """Labels of the modelled years."""
        return tuple(self.panel.years[step] for step in self.steps)

    @cached_property
    def independent(self) -> np.ndarray:
        """(p,) bool: columns of dyad-independent terms, which a simulation need compute only once a year."""
        flags = [term.dyad_independent for term in self.formula]
        return np.repeat(flags, np.diff(self.starts))

    @cached_property
    def lags(self) -> tuple[int, ...]:
        """Positive lags in use, of the network and of covariates."""
        return tuple(sorted({lag for term in self.formula for lag in (*term.lags, *term.memory) if lag > 0}))

    def bind(self, step: int, ties: np.ndarray | None = None) -> Bound:
        """Return one year (step of the panel, from 0) for compiled code, on another network if `ties` is given."""
        return bind(self.formula.terms, self.panel.slice(step), ties=ties)

    def counted(self, step: int) -> np.ndarray:
        """Return which dyads of a year count, (m, m) bool over the nodes that exist in it (undirected: i < j)."""
        panel, year = self.panel, self.panel.slice(step)
        counts = panel.known[step].copy()
        read = {lag for term in self.formula for lag in term.memory}
        for lag in self.lags:
            alive = panel.exists[step - lag]
            counts &= alive[:, None] & alive[None, :]
            if lag in read:
                unknown = np.isnan(panel.ties[step - lag])
                counts &= ~(unknown | unknown.T)
        if not panel.directed:
            counts = np.triu(counts)
        return np.asarray(counts[np.ix_(year.present, year.present)])

    def statistic(self, step: int, ties: np.ndarray | None = None) -> np.ndarray:
        """Return the statistics of a year's network (or of another, (m, m)), (p,), by the terms' definitions."""
        year = self.panel.slice(step)
        network = (year.ties if ties is None else np.asarray(ties)).astype(np.float64)
        found = []
        for term in self.formula:
            seen = network
            if term.view != "network":
                past = year.past(1)
                seen = np.maximum(network, past) if term.view == "formation" else network * past
            found.append(term.scale(step) * term.statistic(seen, as_table(term.table(year)), year.directed))
        return np.concatenate(found)


def model_of(formula: "str | Term | Formula", panel: Panel, terms: Mapping[str, type[Term]] | None = None) -> Model:
    """Bind a formula to a panel.

    Raises
    ------
    InputError
        Where a term does not fit the panel, two coefficients share a name, or no year can be modelled.
    """
    summed = parse(formula, terms)
    if not len(summed):
        raise InputError("the formula has no terms", remedy="write for instance edges + mutual")
    for term in summed:
        term.check(panel)
    names_of = [term.names(panel) for term in summed]
    names = tuple(name for part in names_of for name in part)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InputError(f"the formula has {listing(twice)} more than once", remedy="keep one of them")
    fixed: list[float] = []
    for term, part in zip(summed, names_of, strict=True):
        given = term.coefficients
        if given is not None and len(given) not in {1, len(part)}:
            raise InputError(f"offset({part[0]} …) has {len(part)} coefficients, but {len(given)} are given")
        fixed.extend([np.nan] * len(part) if given is None else given * (len(part) // len(given)))
    lags = [lag for term in summed for lag in (*term.lags, *term.memory)]
    first, last = max(0, *lags, 0), panel.steps + min(0, *lags, 0)
    if first >= last:
        raise InputError(
            f"no year can be modelled: the formula reads {first} step(s) before and {panel.steps - last} after, "
            f"and the panel has {panel.steps}",
            remedy="give more years, or shorter lags",
        )
    starts = tuple(int(column) for column in np.concatenate([[0], np.cumsum([len(part) for part in names_of])]))
    return Model(summed, panel, names, starts, np.array(fixed), tuple(range(first, last)))


def statistics(
    formula: "str | Term | Formula", panel: Panel, terms: Mapping[str, type[Term]] | None = None
) -> pl.DataFrame:
    """Return the observed statistics: one row a modelled year (`year`), one column a statistic."""
    model = model_of(formula, panel, terms)
    rows = np.array([model.statistic(step) for step in model.steps])
    return pl.DataFrame({"year": list(model.years), **{name: rows[:, k] for k, name in enumerate(model.names)}})


def change_statistics(
    formula: "str | Term | Formula",
    panel: Panel,
    year: int | None = None,
    terms: Mapping[str, type[Term]] | None = None,
) -> np.ndarray:
    """Return what each statistic gains when y_ij goes from 0 to 1, all else as observed.

    Parameters
    ----------
    formula : str, Term or Formula
    panel : Panel
    year : int, optional
        Label of the year; may be left out where the panel has one.
    terms : dict, optional
        Terms of your own by spelling.

    Returns
    -------
    (n, n, statistics) float64
        NaN on the diagonal and for nodes that do not exist in the year. Undirected: symmetric.
    """
    model = model_of(formula, panel, terms)
    if year is None and panel.steps > 1:
        raise InputError("which year?", remedy=f"give one of {listing(model.years)}")
    step = panel.index(panel.years[0] if year is None else year)
    if step not in model.steps:
        raise InputError(f"{panel.years[step]} cannot be modelled: its lags lie outside the panel")
    bound = model.bind(step)
    m = bound.year.n
    tails, heads = np.nonzero(~np.eye(m, dtype=bool) if panel.directed else np.triu(np.ones((m, m), bool), 1))
    rows = np.empty((len(tails), len(model.names)))
    change_rows(bound.state, tails, heads, rows)
    result = np.full((panel.n, panel.n, len(model.names)), np.nan)
    present = bound.year.present
    result[present[tails], present[heads]] = rows
    if not panel.directed:
        result[present[heads], present[tails]] = rows
    return result
