"""Specification curve: one estimate under all defensible choices, and one test of all of them together.

Every specification is fitted exactly (pooled MPLE, year-clustered errors). That many estimates share a sign says
little, since they share the data. So the countries of the covariate of interest are relabelled at random, the same way
in all specifications and years, all specifications are estimated again, and the observed curve is compared with those
curves (Simonsohn, Simmons and Nelson 2020, Nat. Hum. Behav. 4:1208). Relabelling keeps the dependence between pairs
that share a country and between years; only what the controls do not explain of it is relabelled, which is right
when the two are correlated (double semi-partialling: Dekker, Krackhardt and Snijders 2007, Psychometrika 72:563).

Relabelled estimates are one Newton step from the fit of the controls alone, with errors clustered by year; the observed
curve goes through the same step before it is compared, and some relabelled fits are solved exactly to say how far the
step is off.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeVar

import numpy as np
import polars as pl
from scipy import special
from threadpoolctl import threadpool_limits

from xenotime.core import InputError, generator
from xenotime.studies.alliances.designs import ROW, Estimate, columns_of, estimate, known_rows, with_lag
from xenotime.tergm import Formula, Panel, parse
from xenotime.tergm.design import Design
from xenotime.tergm.logit import solve
from xenotime.tergm.state import change_rows

#: Relabellings worked on at once: bounds memory (rows of a year × this).
TOGETHER = 128
#: Relabellings and specifications that are solved exactly, to check the step.
CHECKED_DRAWS, CHECKED_SPECIFICATIONS = 2, 4
STATISTICS = ("median estimate per SD", "share significant, dominant sign", "mean z")


@dataclass(frozen=True)
class Specification:
    """One way to ask the question.

    Attributes
    ----------
    choices : mapping of str to str
        Name of each choice -> what was chosen; the same names in all specifications of a curve.
    panel : Panel
        Hand the same object to specifications that share it: their columns are then computed once.
    formula : str or Formula
    term : str
        The coefficient of interest; of a covariate, since only covariates can be relabelled.
    """

    choices: Mapping[str, str]
    panel: Panel = field(repr=False)
    formula: str | Formula = field(repr=False)
    term: str


Edit = Callable[[Specification], Specification]


def same(specification: Specification) -> Specification:
    """Leave the specification as it is: the edit of a choice's default."""
    return specification


def at_lag(lag: int) -> Edit:
    """Return an edit that puts the covariate of interest at another lag (negative: lead)."""

    def edit(given: Specification) -> Specification:
        terms, called = [], given.term
        for term in parse(given.formula):
            if given.term in term.names(given.panel):
                moved = with_lag(term, lag)
                called = moved.names(given.panel)[term.names(given.panel).index(given.term)]
                terms.append(moved)
            else:
                terms.append(term)
        return replace(given, formula=Formula(tuple(terms)), term=called)

    return edit


def dropping(*names: str) -> Edit:
    """Return an edit that leaves out the terms with these coefficients; at least one of them must be there."""

    def edit(given: Specification) -> Specification:
        if given.term in names:
            raise InputError(f"{given.term} is of interest: it cannot be left out")
        terms = tuple(parse(given.formula))
        kept = tuple(term for term in terms if not set(names) & set(term.names(given.panel)))
        if len(kept) == len(terms):
            there = ", ".join(name for term in terms for name in term.names(given.panel))
            raise InputError(f"{', '.join(names)}: nothing to leave out", remedy=f"coefficients: {there}")
        return replace(given, formula=Formula(kept))

    return edit


def adding(text: str) -> Edit:
    """Return an edit that adds terms in the formula's spelling."""
    return lambda given: replace(given, formula=parse(given.formula) + parse(text))


def on(panel: Panel, term: str | None = None) -> Edit:
    """Return an edit that takes another panel (threshold, rule, source), and another coefficient if it is called so."""
    return lambda given: replace(given, panel=panel, term=term or given.term)


def specifications(base: Specification, choices: Mapping[str, Mapping[str, Edit]]) -> list[Specification]:
    """Return every combination of choices, each a mapping of label to edit, applied in their order to `base`."""
    found = []
    for labels in product(*choices.values()):
        made = base
        for name, label in zip(choices, labels, strict=True):
            made = choices[name][label](made)
        found.append(replace(made, choices=dict(zip(choices, labels, strict=True))))
    return found


@dataclass(frozen=True)
class SpecificationCurve:
    """Estimates of all specifications, and the joint test.

    Attributes
    ----------
    estimates : DataFrame
        specification (from 1, by estimate per SD), one column a choice, term, estimate, error, low, high, p, dyads,
        first, last, status, sd (of the covariate on the rows), per_sd (estimate × sd), one_step, p_relabelled (how
        often a relabelled covariate has a z as far from 0 in this specification alone).
    test : DataFrame
        statistic (`STATISTICS`), observed, expected (mean under relabelling), p, specifications, permutations. p is
        two-sided for the median and for mean z.
    drawn : DataFrame
        permutation, and the three statistics under it.
    seed : int
    notes : tuple of str
        What was left out, and how far the step is from exact fits.
    """

    estimates: pl.DataFrame
    test: pl.DataFrame
    drawn: pl.DataFrame
    seed: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        fitted = self.estimates.filter(pl.col("per_sd").is_not_null())
        signs = int((fitted["per_sd"] > 0).sum())
        lines = [f"{fitted.height} specifications; {signs} positive, {int((fitted['p'] < 0.05).sum())} with p < 0.05"]
        lines += [
            f"{row['statistic']}: {row['observed']:.3f} ({row['expected']:.3f} when countries are relabelled), "
            f"p = {row['p']:.3f}, {row['permutations']} relabellings"
            for row in self.test.iter_rows(named=True)
        ]
        return "\n".join([*lines, *self.notes])


def curve(given: Sequence[Specification], *, permutations: int = 500, seed: int = 1) -> SpecificationCurve:
    """Fit all specifications and test them together.

    Parameters
    ----------
    given : sequence of Specification
        One covariate of interest, however measured: estimates are compared per standard deviation of each measure.
        Specifications that share a panel are fitted on the dyads and years where the columns of all are known.
    permutations : int
        Relabellings of countries; at least 200 for a test at 5 %.
    seed : int

    Raises
    ------
    InputError
        No specification, choices that differ in name, a term that depends on other ties, or none that can be fitted.
    """
    if not given or len({tuple(spec.choices) for spec in given}) > 1 or permutations < 1:
        raise InputError(
            "a curve needs specifications with the same choices, and permutations", remedy="use `specifications`"
        )
    orders = _orders(given, permutations, seed)
    fits: dict[int, _Fitted] = {}
    # Specifications are worked on side by side; BLAS's own threads would only get in their way.
    with threadpool_limits(limits=1, user_api="blas"):
        for panel in {id(spec.panel): spec.panel for spec in given}.values():
            places = [place for place, spec in enumerate(given) if spec.panel is panel]
            found = _on_panel(panel, [given[place] for place in places], orders[panel.nodes])
            fits |= dict(zip(places, found, strict=True))
    whole = [fits[place] for place in range(len(given))]
    used = [each for each in whole if each.steps is not None]
    if not used:
        raise InputError(f"no specification can be fitted: {whole[0].exact.status}")
    steps = np.stack([each.steps[0] * each.sd for each in used if each.steps is not None])
    z = np.stack([each.steps[1] for each in used if each.steps is not None])
    reach = np.array([special.stdtrit(each.exact.degrees, 0.975) for each in used])[:, None]
    statistics = _statistics(steps, z, reach)
    notes = list(dict.fromkeys(note for each in whole for note in each.notes))
    if len(used) < len(given):
        notes.append(f"{len(given) - len(used)} specifications could not be fitted: see their status")
    gaps = [each.gap for each in used if each.gap is not None]
    if gaps:
        notes.append(
            f"Relabelled estimates, one step instead of exact, are off by {max(gaps):.2f} of their own spread at most "
            f"({len(gaps)} specifications, {CHECKED_DRAWS} relabellings each)"
        )
    return SpecificationCurve(
        _estimates(given, whole), _tested(statistics, len(used)), _drawn(statistics), seed, tuple(notes)
    )


def _orders(given: Sequence[Specification], permutations: int, seed: int) -> dict[tuple[str, ...], np.ndarray]:
    """Return relabellings by node list, (1 + P, n), the first one none: the same for all that share their nodes.

    Each relabelling gives every country of any panel a random key; a panel's countries take each other's places in the
    order of their keys.
    """
    everyone = sorted({node for spec in given for node in spec.panel.nodes})
    keys = generator(seed, "specification curve").random((permutations, len(everyone)))
    found = {}
    for nodes in {spec.panel.nodes for spec in given}:
        places = [everyone.index(node) for node in nodes]
        found[nodes] = np.vstack([np.arange(len(nodes)), np.argsort(keys[:, places], axis=1)])
    return found


@dataclass(frozen=True)
class _Fitted:
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


def _on_panel(panel: Panel, given: list[Specification], orders: np.ndarray) -> list[_Fitted]:
    parsed = [parse(spec.formula) for spec in given]
    for spec, formula in zip(given, parsed, strict=True):
        behind = [term for term in formula if spec.term in term.names(panel)]
        if not behind or not behind[0].dyad_independent or behind[0].memory:
            raise InputError(
                f"{spec.term} is no coefficient of a covariate in its formula",
                where=", ".join(f"{name} {label}" for name, label in spec.choices.items()),
                remedy="name the covariate of interest as in fit.params",
            )
    design, _ = known_rows(panel, parsed)
    grids = [_everywhere(design, place) for place in range(len(design.model.steps))]
    names = [[name for term in formula for name in term.names(panel)] for formula in parsed]
    exact = _side_by_side(lambda called: estimate(design, called), names)
    nulls: list[_Null | None] = []
    thetas: dict[tuple[str, ...], np.ndarray | None] = {}
    missing = False
    for spec, called, fit in zip(given, names, exact, strict=True):
        controls = tuple(name for name in called if name != spec.term)
        if controls not in thetas:
            thetas[controls] = _controls_alone(design, controls)
        theta = thetas[controls]
        null = None
        if fit.status == "converged" and theta is not None:
            null, partial = _null(design, grids, columns_of(design, controls), spec.term, theta)
            missing |= partial
        nulls.append(null)
    steps = _relabelled(design, nulls, orders)
    note = ("where a relabelled pair has no known value, it counts as what the controls expect",) if missing else ()
    found = []
    for number, (spec, fit, null) in enumerate(zip(given, exact, nulls, strict=True)):
        if null is None:
            found.append(_Fitted(fit))
            continue
        sd = float(design.x[:, columns_of(design, [spec.term])[0]].std())
        gap = _gap(design, null, orders, steps[number][0]) if number < CHECKED_SPECIFICATIONS else None
        found.append(_Fitted(fit, sd, steps[number], gap, note))
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


def _statistics(steps: np.ndarray, z: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Return the three statistics of each curve, (3, 1 + P), from (specifications, 1 + P) estimates per SD and z."""
    median = np.median(steps, axis=0)
    share = ((np.abs(z) > reach) & (np.sign(steps) == np.sign(median))).mean(axis=0)
    return np.stack([median, share, z.mean(axis=0)])


def _tested(statistics: np.ndarray, specifications: int) -> pl.DataFrame:
    rows = []
    for name, values in zip(STATISTICS, statistics, strict=True):
        far = np.abs(values[1:]) >= abs(values[0]) * (1 - 1e-12)
        rows.append({
            "statistic": name, "observed": float(values[0]), "expected": float(values[1:].mean()),
            "p": float((1 + far.sum()) / len(values)), "specifications": specifications,
            "permutations": len(values) - 1,
        })  # fmt: skip
    return pl.DataFrame(rows)


def _drawn(statistics: np.ndarray) -> pl.DataFrame:
    columns = {"permutation": np.arange(1, statistics.shape[1])}
    return pl.DataFrame(columns | {name: values[1:] for name, values in zip(STATISTICS, statistics, strict=True)})


def _estimates(given: Sequence[Specification], fits: list[_Fitted]) -> pl.DataFrame:
    rows = []
    for spec, each in zip(given, fits, strict=True):
        row = each.exact.row(spec.term)
        value, step = row["estimate"], each.steps
        known = isinstance(value, float) and np.isfinite(each.sd)
        rows.append({
            **spec.choices, **row, "sd": each.sd if known else None,
            "per_sd": float(value) * each.sd if known and isinstance(value, float) else None,
            "one_step": float(step[0][0]) if step is not None else None,
            "p_relabelled": float((np.abs(step[1]) >= abs(step[1][0]) * (1 - 1e-12)).mean()) if step else None,
        })  # fmt: skip
    numbers = dict.fromkeys(
        ("estimate", "error", "low", "high", "p", "sd", "per_sd", "one_step", "p_relabelled"), pl.Float64
    )
    frame = pl.DataFrame(rows, schema_overrides=numbers, infer_schema_length=None)
    order = ["specification", *given[0].choices, *ROW, "sd", "per_sd", "one_step", "p_relabelled"]
    return frame.sort("per_sd", nulls_last=True).with_row_index("specification", offset=1).select(order)
