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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import polars as pl
from scipy import special
from threadpoolctl import threadpool_limits

from xenotime.core import InputError
from xenotime.studies.alliances.designs import ROW, with_lag
from xenotime.studies.alliances.relabelling import CHECKED_DRAWS, Fitted, on_panel, orders_of
from xenotime.tergm import Formula, Panel, parse

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


def curve(
    given: Sequence[Specification], *, permutations: int = 500, seed: int = 1, level: float = 0.95
) -> SpecificationCurve:
    """Fit all specifications and test them together.

    Parameters
    ----------
    given : sequence of Specification
        One covariate of interest, however measured: estimates are compared per standard deviation of each measure.
        Specifications that share a panel are fitted on the dyads and years where the columns of all are known.
    permutations : int
        Relabellings of countries; at least 200 for a test at 5 %.
    seed : int
    level : float
        What intervals hold; 1 − level is where an estimate counts as significant.

    Raises
    ------
    InputError
        No specification, choices that differ in name, a term that depends on other ties, or none that can be fitted.
    """
    if not given or len({tuple(spec.choices) for spec in given}) > 1 or permutations < 2:
        raise InputError(
            "a curve needs specifications with the same choices, and two relabellings or more",
            remedy="use `specifications`",
        )
    orders = orders_of([spec.panel for spec in given], permutations, seed)
    fits: dict[int, Fitted] = {}
    # Specifications are worked on side by side; BLAS's own threads would only get in their way.
    with threadpool_limits(limits=1, user_api="blas"):
        for panel in {id(spec.panel): spec.panel for spec in given}.values():
            places = [place for place, spec in enumerate(given) if spec.panel is panel]
            found = on_panel(
                panel, [(parse(given[place].formula), given[place].term) for place in places], orders[panel.nodes]
            )
            fits |= dict(zip(places, found, strict=True))
    whole = [fits[place] for place in range(len(given))]
    used = [each for each in whole if each.steps is not None]
    if not used:
        raise InputError(f"no specification can be fitted: {whole[0].exact.status}")
    steps = np.stack([each.steps[0] * each.sd for each in used if each.steps is not None])
    z = np.stack([each.steps[1] for each in used if each.steps is not None])
    reach = np.array([special.stdtrit(each.exact.degrees, (1 + level) / 2) for each in used])[:, None]
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
        _estimates(given, whole, level), _tested(statistics, len(used)), _drawn(statistics), seed, tuple(notes)
    )


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


def _estimates(given: Sequence[Specification], fits: list[Fitted], level: float) -> pl.DataFrame:
    rows = []
    for spec, each in zip(given, fits, strict=True):
        row = each.exact.row(spec.term, level)
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
