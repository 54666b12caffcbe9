"""The stacked design of the pseudo-likelihood: one row a counted dyad and year, one column a coefficient.

Also what must be known before fitting: non-finite covariates, columns that never vary, collinear columns (two types of
memory at one lag), a column empty in some year, and separation, each named after its term.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.labels import listing
from xenotime.tergm.model import Model
from xenotime.tergm.panel import Slice
from xenotime.tergm.state import change_rows
from xenotime.tergm.terms.dyad_values import absdiff
from xenotime.tergm.terms.node_values import NodeCovariate
from xenotime.tergm.terms.past import memory

#: Columns count as collinear where the smallest singular value of the scaled design falls below this share.
COLLINEAR = 1e-9


@dataclass(frozen=True)
class Design:
    """Rows of the pseudo-likelihood, ordered by year.

    Attributes
    ----------
    model : Model
    x : (rows, q) float64
        Change statistics of the coefficients to be estimated (``model.free_names``).
    y : (rows,) float64
        1 where tied.
    offset : (rows,) float64
        Sum of fixed coefficients times their change statistics.
    starts : (T + 1,) int64
        First row of each modelled year, and the number of rows.
    tail, head : (rows,) int32
        The dyad, as places in ``panel.nodes``.
    notes : tuple of str
        What a reader should know: terms empty in some year.
    """

    model: Model
    x: np.ndarray
    y: np.ndarray
    offset: np.ndarray
    starts: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    notes: tuple[str, ...] = ()

    @cached_property
    def year(self) -> np.ndarray:
        """Place of each row's year among the modelled years, (rows,) int64."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def keep(self, rows: np.ndarray, columns: np.ndarray) -> "Design":
        """Return the design of some rows (bool) and some columns (places)."""
        counts = np.bincount(self.year[rows], minlength=len(self.starts) - 1)
        return Design(
            self.model,
            np.ascontiguousarray(self.x[rows][:, columns]),
            self.y[rows],
            self.offset[rows],
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            self.tail[rows],
            self.head[rows],
            self.notes,
        )


def design_of(model: Model) -> Design:
    """Return the stacked design of a model, checked.

    Raises
    ------
    InputError
        Where a covariate is not finite on a counted dyad, a column never varies, columns are collinear, or an offset
        of −∞ rules out a tie that is there.
    """
    _check_memory(model)
    dyads = [np.nonzero(model.counted(step)) for step in model.steps]
    starts = np.concatenate([[0], np.cumsum([len(tail) for tail, _ in dyads])]).astype(np.int64)
    x, y, offset = np.empty((starts[-1], len(model.names))), np.empty(starts[-1]), np.zeros(starts[-1])
    ends = np.empty((2, starts[-1]), np.int32)
    possible = np.ones(starts[-1], bool)
    for place, (step, (tail, head)) in enumerate(zip(model.steps, dyads, strict=True)):
        rows = slice(starts[place], starts[place + 1])
        bound = model.bind(step)
        change_rows(bound.state, tail, head, x[rows])
        check_finite(model, model.names, x[rows], step, tail, head)
        y[rows] = bound.year.ties[tail, head]
        ends[:, rows] = bound.year.present[[tail, head]]
        if len(model.free) < len(model.names):
            possible[rows], offset[rows] = _offsets(model, x[rows], y[rows], step)
    design = Design(model, x, y, offset, starts, *ends)
    if len(model.free) < len(model.names):
        design = design.keep(possible, model.free)
    if not len(design.y):
        raise InputError("no dyad counts in any year", remedy="look at risk, exists and NaN in the panel")
    design, notes = _without_empty_years(design)
    _check_columns(design)
    return replace(design, notes=notes + _ties_off_risk(design) + _empty(design) + circular(design.model))


def _without_empty_years(design: Design) -> tuple[Design, tuple[str, ...]]:
    """Return the design without years in which no dyad counts (they are no clusters), and a note that names them."""
    model, filled = design.model, np.diff(design.starts) > 0
    if filled.all():
        return design, ()
    empty = [year for year, has in zip(model.years, filled, strict=True) if not has]
    steps = tuple(step for step, has in zip(model.steps, filled, strict=True) if has)
    starts = np.concatenate([design.starts[:-1][filled], design.starts[-1:]])
    return replace(design, model=replace(model, steps=steps), starts=starts), (f"no dyad counts in {listing(empty)}",)


def _ties_off_risk(design: Design) -> tuple[str, ...]:
    """Return a note on ties that stand where none is said to be possible; `InputError` where there are no others."""
    model = design.model
    panel, steps = model.panel, list(model.steps)
    stray = (panel.ties[steps] == 1) & ~panel.risk[steps]
    if not panel.directed:
        stray = np.triu(stray)
    if not stray.any():
        return ()
    step, tail, head = (int(place) for place in np.argwhere(stray)[0])
    what = (
        f"{int(stray.sum())} ties stand on dyads said not to be at risk, first: "
        f"{panel.years[steps[step]]} {panel.nodes[tail]} → {panel.nodes[head]}"
    )
    if not design.y.any():
        raise InputError(f"{what}; no other tie counts", remedy="look at risk: True where a tie is possible")
    return (what,)


def _offsets(model: Model, rows: np.ndarray, y: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows remain (bool) and the sum of finite offsets."""
    possible, shift = np.ones(len(y), bool), np.zeros(len(y))
    for column in np.flatnonzero(~np.isnan(model.fixed)):
        coefficient = model.fixed[column]
        if np.isfinite(coefficient):
            shift += coefficient * rows[:, column]
            continue
        touched = rows[:, column] != 0
        certain = (np.sign(rows[:, column]) * np.sign(coefficient) > 0).astype(float)
        if (touched & (y != certain)).any():
            raise InputError(
                f"{model.names[column]} = {coefficient:g} rules out {int((touched & (y != certain)).sum())} dyads "
                f"as they are in {model.panel.years[step]}",
                remedy="mend the covariate, or give a finite coefficient",
            )
        possible &= ~touched
    return possible, shift


def _check_memory(model: Model) -> None:
    seen: dict[int, str] = {}
    for term in model.formula:
        if isinstance(term, memory):
            if term.lag in seen and seen[term.lag] != term.type:
                raise InputError(
                    f"memory('{seen[term.lag]}') and memory('{term.type}') at lag {term.lag} are one parameter "
                    "(collinear with edges)",
                    remedy="keep one type a lag",
                )
            seen[term.lag] = term.type


def check_finite(
    model: Model, names: Sequence[str], rows: np.ndarray, step: int, tail: np.ndarray, head: np.ndarray
) -> None:
    """Raise `InputError` naming term, year and dyad where change statistics, (rows, names), are not finite."""
    if np.isfinite(rows.sum()):
        return
    wrong = ~np.isfinite(rows)
    row, column = (int(place) for place in np.argwhere(wrong)[0])
    nodes = model.panel.slice(step).nodes
    raise InputError(
        f"{names[column]} is not a finite number on {int(wrong[:, column].sum())} dyads",
        where=f"{model.panel.years[step]}: {nodes[tail[row]]} → {nodes[head[row]]}",
        remedy="fill the covariate, or mark those dyads unknown (NaN ties) or not at risk",
    )


def _check_columns(design: Design) -> None:
    names = design.model.free_names
    products = design.x.T @ design.x
    length = np.sqrt(np.diag(products))
    never = [name for name, size in zip(names, length, strict=True) if size == 0]
    if never:
        raise InputError(
            f"{listing(never)} is zero on every dyad that counts: its coefficient has no meaning",
            remedy="leave it out, or look at its covariate",
        )
    gram = products / np.outer(length, length)
    values, vectors = np.linalg.eigh(gram)
    # The Gram matrix squares the condition; its rounding error is about 1e-16 · rows' share, hence the square root.
    if values[0] < max(COLLINEAR, 1e-14 * len(names)) and _dependent(design, vectors[:, 0] / length):
        loading = np.abs(vectors[:, 0])
        involved = [name for name, size in zip(names, loading, strict=True) if size > 1e-3 * loading.max()]
        if len(involved) == 1:
            involved *= 2
        raise InputError(
            f"{' and '.join([', '.join(involved[:-1]), involved[-1]])} are collinear: no data can tell them apart",
            remedy="leave one of them out (a covariate that never varies repeats `edges`)",
        )


def _dependent(design: Design, direction: np.ndarray) -> bool:
    """Return whether a combination of columns vanishes on all rows, to rounding."""
    scale = np.abs(design.x) @ np.abs(direction)
    return bool((np.abs(design.x @ direction) <= 1e-8 * scale.max()).all())


def circular(model: Model) -> tuple[str, ...]:
    """Return a note for each same-year node covariate that is a function of the degrees of the network it explains.

    Such a covariate contains the answer (Block et al. 2022, arXiv 1911.01385).
    """
    notes = []
    used = {term.attr for term in model.formula if isinstance(term, (NodeCovariate, absdiff)) and term.lag == 0}
    for name in sorted(used):
        for kind, axis in (("in-degrees", 0), ("out-degrees", 1)):
            if all(_repeats(model.panel.slice(step), name, axis) for step in model.steps):
                notes.append(
                    f"{name} is computed from the {kind} of the network it is to explain: circular (give it a lag)"
                )
                break
    return tuple(notes)


def _repeats(year: Slice, name: str, axis: int) -> bool:
    """Return whether a covariate rises or falls strictly with the degree, and is the same wherever the degree is."""
    degree = year.ties.sum(axis=axis).astype(np.int64)
    values = [set(np.round(year.node(name)[degree == d], 10).tolist()) for d in np.unique(degree)]
    if len(values) < 3 or any(len(each) != 1 for each in values):
        return False
    steps = np.diff([each.pop() for each in values])
    return bool((steps > 0).all() or (steps < 0).all())


def _empty(design: Design) -> tuple[str, ...]:
    """Return a note for each column that is zero on all dyads of some year."""
    notes = []
    for k, name in enumerate(design.model.free_names):
        filled = [design.x[first:last, k].any() for first, last in zip(design.starts, design.starts[1:], strict=False)]
        years = [year for year, has in zip(design.model.years, filled, strict=True) if not has]
        if years:
            notes.append(f"{name} is zero on every dyad in {listing(years)}: those years say nothing about it")
    return tuple(notes)
