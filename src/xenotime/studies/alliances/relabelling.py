"""Relabelled covariates: the same model again with the countries of one covariate in another order, many times over.

The kernels of `curve.py`: what the controls leave of a covariate, one-step estimates under every relabelling of the
countries with errors clustered by year, and exact fits of some to check the step.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy import special

from xenotime.core import InputError, generator
from xenotime.studies.alliances.designs import Estimate, columns_of, estimate, known_rows
from xenotime.tergm import Formula, Panel
from xenotime.tergm.design import Design
from xenotime.tergm.logit import solve
from xenotime.tergm.state import change_rows

#: Relabellings worked on at once: bounds memory (rows of a year × this).
TOGETHER = 128
#: Relabellings and specifications that are solved exactly, to check the step.
CHECKED_DRAWS, CHECKED_SPECIFICATIONS = 2, 4


def orders_of(panels: Sequence[Panel], permutations: int, seed: int) -> dict[tuple[str, ...], np.ndarray]:
    """Return relabellings by node list, (1 + P, n), the first one none: the same for all that share their nodes.

    Each relabelling gives every country of any panel a random key; a panel's countries take each other's places in the
    order of their keys.
    """
    everyone = sorted({node for panel in panels for node in panel.nodes})
    keys = generator(seed, "specification curve").random((permutations, len(everyone)))
    found = {}
    for nodes in {panel.nodes for panel in panels}:
        places = [everyone.index(node) for node in nodes]
        found[nodes] = np.vstack([np.arange(len(nodes)), np.argsort(keys[:, places], axis=1)])
    return found


@dataclass(frozen=True)
class Fitted:
    """One specification: exact, and its one-step estimates and z under every relabelling (the first one none)."""

    exact: Estimate
    sd: float = np.nan
    steps: tuple[np.ndarray, np.ndarray] | None = None
    gap: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Null:
    """The fit of a specification's controls alone, and what the covariate has beyond them.

    Attributes
    ----------
    controls : (rows, q) float64
    rest : list of (n·n,) float64
        By year, the covariate less what the controls explain of it, 0 where it is not known.
    residual, weight : (rows,) float64
        y − p and p(1 − p).
    """

    controls: np.ndarray
    rest: list[np.ndarray]
    residual: np.ndarray
    weight: np.ndarray


def on_panel(panel: Panel, given: Sequence[tuple[Formula, str]], orders: np.ndarray) -> list[Fitted]:
    """Fit formulas on one panel, exactly and relabelled.

    Parameters
    ----------
    panel : Panel
    given : sequence of (Formula, str)
        Each with the name of its coefficient of interest.
    orders : (1 + P, n) int
        Relabellings, the first one none.
    """
    parsed = [formula for formula, _ in given]
    for formula, interest in given:
        behind = [term for term in formula if interest in term.names(panel)]
        if not behind or not behind[0].dyad_independent or behind[0].memory:
            raise InputError(
                f"{interest} is no coefficient of a covariate in its formula",
                remedy="name the covariate of interest as in fit.params",
            )
    design, _ = known_rows(panel, parsed)
    grids = [_everywhere(design, place) for place in range(len(design.model.steps))]
    names = [[name for term in formula for name in term.names(panel)] for formula in parsed]
    exact = _side_by_side(lambda called: estimate(design, called), names)
    nulls: list[_Null | None] = []
    thetas: dict[tuple[str, ...], np.ndarray | None] = {}
    missing = False
    for (_, interest), called, fit in zip(given, names, exact, strict=True):
        controls = tuple(name for name in called if name != interest)
        if controls not in thetas:
            thetas[controls] = _controls_alone(design, controls)
        theta = thetas[controls]
        null = None
        if fit.status == "converged" and theta is not None:
            null, partial = _null(design, grids, columns_of(design, controls), interest, theta)
            missing |= partial
        nulls.append(null)
    steps = _relabelled(design, nulls, orders)
    note = ("where a relabelled pair has no known value, it counts as what the controls expect",) if missing else ()
    found = []
    for number, ((_, interest), fit, null) in enumerate(zip(given, exact, nulls, strict=True)):
        if null is None:
            found.append(Fitted(fit))
            continue
        sd = float(design.x[:, columns_of(design, [interest])[0]].std())
        gap = _gap(design, null, orders, steps[number][0]) if number < CHECKED_SPECIFICATIONS else None
        found.append(Fitted(fit, sd, steps[number], gap, note))
    return found


def _everywhere(design: Design, place: int) -> np.ndarray:
    """Return all columns of a year on all ordered pairs, (n·n, columns), NaN where a country does not exist."""
    panel, step = design.model.panel, design.model.steps[place]
    present = panel.slice(step).present
    off = ~np.eye(len(present), dtype=bool)
    tail, head = np.nonzero(off if panel.directed else np.triu(off, 1))
    rows = np.empty((len(tail), len(design.model.names)))
    bound = design.model.bind(step)  # named, since its tables must outlive the call
    change_rows(bound.state, tail, head, rows)
    whole = np.full((panel.n * panel.n, rows.shape[1]), np.nan)
    whole[present[tail] * panel.n + present[head]] = rows
    if not panel.directed:
        whole[present[head] * panel.n + present[tail]] = rows
    return whole


def _controls_alone(design: Design, controls: tuple[str, ...]) -> np.ndarray | None:
    """Return the coefficients of the controls without the covariate of interest; None where they have none."""
    fit = estimate(design, controls)
    return fit.theta if fit.status == "converged" else None


def _null(
    design: Design, grids: list[np.ndarray], controls: np.ndarray, term: str, theta: np.ndarray
) -> tuple[_Null, bool]:
    column = int(columns_of(design, [term])[0])
    there = np.isfinite(theta)  # a column that is zero on all rows (a year that is not read) has no coefficient
    controls, theta = controls[there], theta[there]
    z = np.ascontiguousarray(design.x[:, controls])
    p = special.expit(z @ theta)
    weight = p * (1 - p)
    weighted = z * weight[:, None]
    slope = np.linalg.solve(weighted.T @ z, weighted.T @ design.x[:, column])
    rest, partial = [], False
    off = ~np.eye(design.model.panel.n, dtype=bool).ravel()
    for grid in grids:
        beyond = grid[:, column] - grid[:, controls] @ slope
        partial |= bool(np.isnan(beyond[off]).any())
        rest.append(np.nan_to_num(beyond))
    return _Null(z, rest, design.y - p, weight), partial


def _relabelled(design: Design, nulls: list[_Null | None], orders: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return one-step estimates and their z for every specification, each (1 + P,).

    With e the relabelled rest of the covariate, z the controls, w the weights and r the residuals of the null: e is
    taken off the controls (c = (z'wz)⁻¹ z'we), b = r'e / e'w(e − zc), and year t's score at b is
    S_t − b I_t = r_t'(e − zc) − b (e − zc)'w_t(e − zc).
    """
    n, years = design.model.panel.n, len(design.starts) - 1
    # By specification: z'we (T, q, D), r'e (T, D), e'we (T, D); z'r (T, q), z'wz (T, q, q).
    sums = [_Sums(null, years, len(orders)) if null is not None else None for null in nulls]
    for t in range(years):
        rows = slice(design.starts[t], design.starts[t + 1])
        tail, head = design.tail[rows], design.head[rows]
        for first in range(0, len(orders), TOGETHER):
            block = slice(first, min(first + TOGETHER, len(orders)))
            where = (orders[block][:, tail] * n + orders[block][:, head]).T
            _side_by_side(_added(t, rows, block, where), zip(sums, nulls, strict=True))
    return [each.solved() if each is not None else (np.zeros(0), np.zeros(0)) for each in sums]


def _added(
    t: int, rows: slice, block: slice, where: np.ndarray
) -> "Callable[[tuple[_Sums | None, _Null | None]], None]":
    """Return what adds a year's rows under some relabellings to a specification's sums."""

    def add(one: "tuple[_Sums | None, _Null | None]") -> None:
        sums, null = one
        if sums is not None and null is not None:
            sums.add(null, t, rows, block, where)

    return add


Item = TypeVar("Item")
Found = TypeVar("Found")


def _side_by_side(function: Callable[[Item], Found], items: Iterable[Item]) -> list[Found]:
    """Return function(item) of all items, in order, on all cores."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(function, items))


class _Sums:
    """What the one-step estimates of a specification need, added up year by year."""

    def __init__(self, null: _Null, years: int, draws: int) -> None:
        q = null.controls.shape[1]
        self.cross, self.score = np.zeros((years, q, draws)), np.zeros((years, draws))
        self.square = np.zeros((years, draws))
        self.gap, self.curve = np.zeros((years, q)), np.zeros((years, q, q))

    def add(self, null: _Null, t: int, rows: slice, block: slice, where: np.ndarray) -> None:
        """Add a year's rows under some relabellings: `where` (rows, draws) are places in the year's grid."""
        z, weight, residual = null.controls[rows], null.weight[rows], null.residual[rows]
        if block.start == 0:
            self.gap[t] = z.T @ residual
            self.curve[t] = (z * weight[:, None]).T @ z
        e = null.rest[t].take(where)
        self.score[t, block] = residual @ e
        self.cross[t][:, block] = (z * weight[:, None]).T @ e
        np.multiply(e, e, out=e)
        self.square[t, block] = weight @ e

    def solved(self) -> tuple[np.ndarray, np.ndarray]:
        """Return estimates and z, (draws,) each."""
        c = np.linalg.solve(self.curve.sum(axis=0), self.cross.sum(axis=0))
        score = self.score - self.gap @ c
        bent = np.einsum("qd,tqr,rd->td", c, self.curve, c, optimize=True)
        information = self.square - 2 * np.einsum("tqd,qd->td", self.cross, c) + bent
        total = information.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            b = score.sum(axis=0) / total
            years = len(score)
            spread = years / (years - 1) * ((score - b * information) ** 2).sum(axis=0) / total**2
            z = b / np.sqrt(spread)
        return np.nan_to_num(b), np.nan_to_num(z)


def _gap(design: Design, null: _Null, orders: np.ndarray, steps: np.ndarray) -> float:
    """Return the largest distance of one-step from exact relabelled estimates, over the spread of the former."""
    n, worst, spread = design.model.panel.n, 0.0, float(steps[1:].std())
    for draw in range(1, 1 + min(CHECKED_DRAWS, len(orders) - 1)):
        order = orders[draw]
        where = order[design.tail] * n + order[design.head]
        e = np.concatenate(
            [null.rest[t].take(where[a:b]) for t, (a, b) in enumerate(zip(design.starts, design.starts[1:]))]
        )
        x = np.column_stack([null.controls, e])
        solved = solve(np.ascontiguousarray(x), design.y, design.offset, design.starts)
        worst = max(worst, abs(float(solved.theta[-1]) - float(steps[draw])) / spread)
    return worst
