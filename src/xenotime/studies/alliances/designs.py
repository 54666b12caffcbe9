"""One design for many fits: rows stacked once over a common sample, columns picked for each fit.

Lags, sub-periods, influence and specification curves fit the same ties dozens of times with other columns. `rows_of`
stacks the columns of several formulas once, on the dyads and years where *all* of them are known, so that fits differ
by what they hold and not by where; `estimate` fits some of the columns by pooled MPLE with the year-clustered CR1
errors of the tie model (docs/tergm.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from scipy import special

from xenotime.core import InputError
from xenotime.tergm import Formula, Panel, Term, model_of, parse
from xenotime.tergm.covariance import sandwich
from xenotime.tergm.design import COLLINEAR, Design
from xenotime.tergm.labels import listing
from xenotime.tergm.logit import separated_columns, solve
from xenotime.tergm.model import Model
from xenotime.tergm.state import change_rows
from xenotime.tergm.terms.operators import Wrapped


@dataclass(frozen=True)
class Estimate:
    """Pooled MPLE of some columns.

    Attributes
    ----------
    names : tuple of str
    theta, error : (q,) float64
        Estimates and year-clustered CR1 errors; NaN where there is none (see `status`).
    covariance : (q, q) float64
    degrees : float
        Of the t distribution: years − 1.
    loglik : float
    dyads : int
        Rows.
    years : tuple of int
        First and last year.
    status : str
        "converged", or what stands in the way.
    """

    names: tuple[str, ...]
    theta: np.ndarray
    error: np.ndarray
    covariance: np.ndarray
    degrees: float
    loglik: float
    dyads: int
    years: tuple[int, int]
    status: str

    def row(self, name: str, level: float = 0.95) -> dict[str, float | str | int | None]:
        """Return one coefficient as a row: term, estimate, error, low, high, p, dyads, first, last, status.

        `level` is what the interval from low to high holds.
        """
        k = self.names.index(name)
        low, high, p = interval(self.theta[k], self.error[k], self.degrees, level)
        values = {"estimate": self.theta[k], "error": self.error[k], "low": low, "high": high, "p": p}
        known = {key: float(value) if np.isfinite(value) else None for key, value in values.items()}
        return {
            "term": name, **known, "dyads": self.dyads, "first": self.years[0], "last": self.years[1],
            "status": self.status,
        }  # fmt: skip


#: Columns of `Estimate.row`, for empty frames and for order.
ROW = ("term", "estimate", "error", "low", "high", "p", "dyads", "first", "last", "status")


def interval(estimate: float, error: float, degrees: float, level: float = 0.95) -> tuple[float, float, float]:
    """Return low, high and the two-sided p-value of a t-distributed estimate."""
    if not error > 0:
        return np.nan, np.nan, np.nan
    reach = special.stdtrit(degrees, (1 + level) / 2) * error
    return estimate - reach, estimate + reach, float(2 * special.stdtr(degrees, -abs(estimate / error)))


def known_rows(panel: Panel, formulas: Iterable[Formula]) -> tuple[Design, tuple[str, ...]]:
    """Return the columns of several formulas side by side, over the dyads and years where all of them are known.

    Parameters
    ----------
    panel : Panel
    formulas : iterable of Formula
        Terms that stand in several of them are stacked once. Offsets are not offered here.

    Returns
    -------
    Design and tuple of str
        All columns, unchecked for collinearity, and their names; leads count like lags: both ends must exist then.
    """
    terms: dict[tuple[str, ...], Term] = {}
    for formula in formulas:
        for term in formula:
            if term.coefficients is not None:
                raise InputError(
                    f"{listing(term.names(panel))} is an offset: robustness checks do not take offsets",
                    remedy="leave such dyads out of the risk set instead",
                )
            terms.setdefault(term.names(panel), term)
    model = model_of(Formula(tuple(terms.values())), panel)
    parts, tied, ends, counts, steps = [], [], [], [], []
    for step in model.steps:
        rows, y, where = _year(model, step)
        if not len(y):
            continue
        steps.append(step)
        parts.append(rows)
        tied.append(y)
        ends.append(where)
        counts.append(len(y))
    if not parts:
        raise InputError(
            "no dyad counts in any year: covariates and ties are nowhere known together",
            remedy="take shorter lags, or covariates that reach further",
        )
    tail, head = np.concatenate(ends, axis=1)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    y = np.concatenate(tied)
    whole = replace(model, steps=tuple(steps))
    return Design(whole, np.concatenate(parts), y, np.zeros(len(y)), starts, tail, head), model.names


def _year(model: Model, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return change statistics, ties and ends of the dyads of a year on which everything is known."""
    counted = model.counted(step)
    present = model.panel.slice(step).present
    for lead in {-lag for term in model.formula for lag in term.lags if lag < 0}:
        alive = model.panel.exists[step + lead][present]
        counted = counted & alive[:, None] & alive[None, :]
    tail, head = np.nonzero(counted)
    rows = np.empty((len(tail), len(model.names)))
    bound = model.bind(step)  # named, since its tables must outlive the call
    change_rows(bound.state, tail, head, rows)
    known = np.isfinite(rows).all(axis=1)
    tail, head = tail[known], head[known]
    return rows[known], bound.year.ties[tail, head].astype(np.float64), present[np.stack([tail, head])].astype(np.int32)


def columns_of(design: Design, names: Sequence[str]) -> np.ndarray:
    """Return the places of columns by name; `InputError` names what is not there."""
    there = design.model.names
    missing = [name for name in names if name not in there]
    if missing:
        raise InputError(f"{listing(missing)} is no coefficient of the formula", remedy=f"it has {', '.join(there)}")
    return np.array([there.index(name) for name in names], np.int64)


def estimate(design: Design, names: Sequence[str], rows: np.ndarray | None = None) -> Estimate:
    """Fit some columns of a design by pooled MPLE, on some rows (bool) or on all.

    A column that is zero throughout, or that separates by itself, is left out as the tie model does and has an infinite
    or no estimate; other faults (collinear columns, fewer than two years, no convergence) give a status and NaN.
    """
    chosen = columns_of(design, names)
    part = design.keep(np.ones(len(design.y), bool) if rows is None else rows, chosen)
    part = _filled(part)
    theta, size = np.full(len(names), np.nan), len(names)
    covariance = np.full((size, size), np.nan)
    steps = part.model.steps
    years = (part.model.panel.years[steps[0]], part.model.panel.years[steps[-1]]) if steps else (0, 0)

    def failed(status: str) -> Estimate:
        return Estimate(
            tuple(names), theta, np.full(size, np.nan), covariance, np.nan, np.nan, len(part.y), years, status
        )

    if len(steps) < 2:
        return failed("fewer than two years")
    free, used, separated = np.arange(size), part, list[str]()
    while True:
        found = separated_columns(used.x, used.y)
        empty = [k for k in range(used.x.shape[1]) if not used.x[:, k].any()]
        if not found and not empty:
            break
        for k, value in found.items():
            theta[free[k]] = value
            separated.append(names[free[k]])
        untouched = ~(used.x[:, list(found)] != 0).any(axis=1)
        gone = [*found, *empty]
        free = np.delete(free, gone)
        if not len(free) or not untouched.any():
            return failed("separates altogether")
        used = _filled(used.keep(untouched, np.delete(np.arange(used.x.shape[1]), gone)))
    length = np.sqrt((used.x**2).sum(axis=0))
    if np.linalg.eigvalsh(used.x.T @ used.x / np.outer(length, length))[0] < COLLINEAR:
        return failed("collinear columns")
    solved = solve(used.x, used.y, used.offset, used.starts)
    if not solved.converged:
        return failed("not converged")
    bread = np.linalg.inv(solved.curve.sum(axis=0))
    clustered, fewest = sandwich(used, solved.theta, bread)
    theta[free] = solved.theta
    covariance[np.ix_(free, free)] = clustered
    status = "converged" + (f" ({listing(separated)} separates)" if separated else "")
    return Estimate(
        tuple(names), theta, np.sqrt(np.diag(covariance)), covariance, float(fewest - 1), solved.loglik, len(used.y),
        years, status,
    )  # fmt: skip


def _filled(design: Design) -> Design:
    """Return the design without years that have no rows: they are no clusters."""
    filled = np.diff(design.starts) > 0
    if filled.all():
        return design
    steps = tuple(step for step, has in zip(design.model.steps, filled, strict=True) if has)
    starts = np.concatenate([design.starts[:-1][filled], design.starts[-1:]])
    return replace(design, model=replace(design.model, steps=steps), starts=starts)


def with_lag(term: Term, lag: int) -> Term:
    """Return a covariate's term at another lag (negative: lead), also inside `Form` and the like."""
    if isinstance(term, Wrapped):
        return replace(term, term=with_lag(term.term, lag))
    if not hasattr(term, "lag") or term.memory:
        raise InputError(
            f"{type(term).__name__} has no covariate to lag", remedy="name coefficients of covariates as of interest"
        )
    moved: Term = replace(cast(Any, term), lag=lag)
    return moved


def terms_of(formula: str | Term | Formula, panel: Panel, interest: Sequence[str]) -> tuple[Formula, dict[str, Term]]:
    """Return the parsed formula and the term behind each coefficient of interest."""
    parsed = parse(formula)
    behind = {name: term for term in parsed for name in term.names(panel)}
    missing = [name for name in interest if name not in behind]
    if missing or not interest:
        raise InputError(
            f"{listing(missing) or 'nothing'} is of interest, and no coefficient of the formula",
            remedy=f"coefficients: {', '.join(behind)}",
        )
    return parsed, {name: behind[name] for name in interest}
