"""Pooled maximum pseudo-likelihood: a logit without intercept over all counted dyads and years.

Headline intervals come from the year-clustered CR1 sandwich with t(T − 1); `docs/tergm.md` says why. A column that
separates by itself is reported at ±∞ and its rows are dropped, as R's ergm does; a combination of columns that
separates is an error that names them.
"""

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.covariance import sandwich
from xenotime.tergm.design import Design, design_of
from xenotime.tergm.labels import listing
from xenotime.tergm.logit import Logit, separated_columns, separating_columns, solve
from xenotime.tergm.model import Model
from xenotime.tergm.results import TergmFit

#: Log-odds beyond this (a probability of 1e-11) give cause to look for separation.
FAR = 25.0


def fit_mple(model: Model) -> TergmFit:
    """Fit a model by pooled MPLE.

    Raises
    ------
    InputError
        Where the design is at fault (see `design.design_of`), or several columns separate together.
    """
    whole = design_of(model)
    used, columns, infinite = _drop_separated(whole)
    solved = solve(used.x, used.y, used.offset, used.starts)
    names = [model.free_names[place] for place in columns]
    _refuse_joint_separation(used, solved, names)
    bread = np.linalg.inv(solved.curve.sum(axis=0))
    notes = list(whole.notes)
    years = int((np.diff(used.starts) > 0).sum())
    if years > 1:
        covariance, _ = sandwich(used, solved.theta, bread)
        spread, degrees = "year-clustered CR1", float(years - 1)
        if len(columns) >= years:
            notes.append(
                f"{len(columns)} coefficients and {years} years: no joint Wald test from the year-clustered matrix"
            )
    else:
        covariance, spread, degrees = bread, "inverse Hessian (MPLE's own: too small)", np.inf
        notes.append("one year: nothing to cluster by, so these errors ignore the dependence between ties")
    where = model.free[columns]
    estimates = model.fixed.copy()
    estimates[where] = solved.theta
    for place, value in infinite.items():
        estimates[model.free[place]] = value
    separated = tuple(model.free_names[place] for place in infinite)
    notes += [
        f"{name} separates: the data put it at {value:+.0f}; the dyads it touches are left out (as R's ergm does)"
        for name, value in zip(separated, infinite.values(), strict=True)
    ]
    if not solved.converged:
        notes.append(f"Newton's method stopped at a residual of {solved.residual:.1e}: do not quote these numbers")
    return TergmFit(
        model=whole.model,
        design=used if not infinite else whole.keep(_untouched(whole, infinite), np.arange(whole.x.shape[1])),
        method="mple",
        estimates=estimates,
        covariance=_spread_out(covariance, where, len(model.names)),
        hessian_covariance=_spread_out(bread, where, len(model.names)),
        spread=spread,
        degrees=degrees,
        loglik=solved.loglik,
        observations=len(used.y),
        status="converged" if solved.converged else "not converged",
        iterations=solved.iterations,
        residual=solved.residual,
        notes=tuple(notes),
        separated=separated,
    )


def _untouched(design: Design, infinite: dict[int, float]) -> np.ndarray:
    """Return which rows no separated column touches, bool."""
    return np.asarray(~(design.x[:, list(infinite)] != 0).any(axis=1))


def _drop_separated(design: Design) -> tuple[Design, np.ndarray, dict[int, float]]:
    """Return the design without separated columns and the rows they touch, what remains, and where they go."""
    columns, infinite = np.arange(design.x.shape[1]), dict[int, float]()
    current = design
    while found := separated_columns(current.x, current.y):
        infinite |= {int(columns[k]): value for k, value in found.items()}
        rows = ~(current.x[:, list(found)] != 0).any(axis=1)
        columns = np.delete(columns, list(found))
        if not rows.any() or not len(columns):
            names = listing(design.model.free_names[k] for k in infinite)
            raise InputError(
                f"{names} separates tied from untied dyads altogether: there is no finite estimate",
                remedy="leave the term out, or look at the network (no tie at all, or every tie?)",
            )
        current = current.keep(rows, np.delete(np.arange(current.x.shape[1]), list(found)))
    return current, columns, infinite


def _refuse_joint_separation(design: Design, solved: Logit, names: list[str]) -> None:
    """Raise where a combination of columns runs off to infinity."""
    farthest = np.abs(design.x @ solved.theta + design.offset).max()
    if solved.converged and farthest < FAR:
        return
    columns = separating_columns(design.x, design.y)
    if columns:
        raise InputError(
            f"{listing(names[k] for k in columns)} together separate tied from untied dyads: "
            "there is no finite estimate",
            remedy="leave one of them out, or merge rare categories",
        )


def _spread_out(matrix: np.ndarray, where: np.ndarray, size: int) -> np.ndarray:
    full = np.full((size, size), np.nan)
    full[np.ix_(where, where)] = matrix
    return full
