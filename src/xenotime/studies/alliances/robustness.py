"""Does an estimate depend on a choice: lag, lead, period, threshold, source, a single country or year?

Every function takes a panel, a formula and the coefficients of interest, fits by pooled MPLE with year-clustered errors
(docs/tergm.md) and returns a frame. What they share: `term, estimate, error, low, high, p, dyads, first, last, status`;
numbers are null where a fit gave none, and `status` says why. Nothing here tells an effect from an association: a lead
that is far from zero says that a covariate follows trade; a lead near zero does not say that trade follows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from xenotime.core import InputError
from xenotime.studies.alliances.designs import (
    ROW,
    Estimate,
    estimate,
    interval,
    known_rows,
    terms_of,
    with_lag,
)
from xenotime.tergm import Formula, Panel, Term
from xenotime.tergm.design import Design
from xenotime.tergm.labels import listing
from xenotime.tergm.logit import yearly
from xenotime.tergm.terms.base import lag_suffix

EXACT = "exact: removed from the network"
ONE_STEP = "one step: its dyads removed"
_TYPES: dict[str, type[pl.DataType]] = (
    {"best": pl.Boolean}
    | dict.fromkeys(("estimate", "error", "low", "high", "p", "loglik", "density"), pl.Float64)
    | dict.fromkeys(("lag", "dyads", "first", "last", "years", "ties"), pl.Int64)
)


def _frame(rows: list[dict[str, object]], order: Sequence[str]) -> pl.DataFrame:
    types = {name: _TYPES.get(name, pl.String) for name in order}
    return pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None).select(order)


def lags(
    panel: Panel,
    formula: str | Formula,
    interest: Sequence[str],
    *,
    lags: Sequence[int] = (0, 1, 2, 3),
    leads: Sequence[int] = (1,),
    level: float = 0.95,
) -> pl.DataFrame:
    """Fit each covariate of interest at other lags and leads, all on the dyads and years where every one is known.

    Parameters
    ----------
    panel : Panel
    formula : str or Formula
    interest : sequence of str
        Coefficients of covariates, as in ``fit.params`` (``edgecov.cooperation.lag1``). One is moved at a time, the
        others keep the lag the formula gives them.
    lags, leads : sequences of int
        In steps of the panel; a lead of 1 is next year's covariate.
    level : float
        What intervals hold.

    Returns
    -------
    DataFrame
        model, covariate, lag (negative: lead), term, estimate, error, low, high, p, loglik, best, dyads, first, last,
        status. ``model`` is "alone" (that lag in the place of the formula's) or "joint" (the formula's lag and the
        leads together). ``best`` marks the lag (not lead) with the highest pseudo-likelihood of its covariate.

    Notes
    -----
    The placebo is the lead in the *joint* model. A persistent covariate at a lead stands in for itself at a lag, so a
    lead alone is far from zero even where nothing runs from trade to the covariate. The joint model is a test and no
    estimate: where the covariate answers trade, its lead takes the lag's coefficient with it.
    """
    parsed, behind = terms_of(formula, panel, interest)
    if any(step < 1 for step in leads) or any(step < 0 for step in lags):
        raise InputError("lags are 0 or more, leads 1 or more", remedy="a lead of 1 is next year's covariate")
    own = {name: term.lags[0] for name, term in behind.items()}
    moved = {
        name: {lag: with_lag(term, lag) for lag in dict.fromkeys([own[name], *lags, *(-lead for lead in leads)])}
        for name, term in behind.items()
    }
    wide = Formula((*parsed.terms, *(term for found in moved.values() for term in found.values())))
    design, _ = known_rows(panel, [wide])
    rest = {name: [other for term in parsed for other in term.names(panel)] for name in interest}
    rows: list[dict[str, object]] = []
    for name in interest:
        place = rest[name].index(name)
        called = {lag: _name_at(term, behind[name], name, panel) for lag, term in moved[name].items()}
        base = name.removesuffix(lag_suffix(own[name]))
        alone = {lag: [*rest[name][:place], called[lag], *rest[name][place + 1 :]] for lag in called}
        fits = {lag: estimate(design, names) for lag, names in alone.items()}
        score = {lag: found.loglik for lag, found in fits.items() if lag in lags and np.isfinite(found.loglik)}
        best = max(score, key=lambda lag: score[lag]) if score else None
        shown = [lag for lag in sorted(fits, reverse=True) if lag in lags or -lag in leads]
        rows += [
            _at("alone", base, lag, fits[lag].row(called[lag], level), fits[lag].loglik, lag == best) for lag in shown
        ]
        if leads:
            ahead = [-lead for lead in leads if -lead != own[name]]
            joint = estimate(design, [*rest[name], *(called[lag] for lag in ahead)])
            rows += [
                _at("joint", base, lag, joint.row(called[lag], level), joint.loglik, False)
                for lag in (own[name], *ahead)
            ]
    return _frame(rows, ["model", "covariate", "lag", *ROW[:6], "loglik", "best", *ROW[6:]])


def _name_at(term: Term, original: Term, name: str, panel: Panel) -> str:
    """Return what a coefficient is called when its term stands at another lag (a term may have several)."""
    return term.names(panel)[original.names(panel).index(name)]


def _at(
    model: str, covariate: str, lag: int, row: Mapping[str, object], loglik: float, best: bool
) -> dict[str, object]:
    known = loglik if np.isfinite(loglik) else None
    return {"model": model, "covariate": covariate, "lag": lag, **row, "loglik": known, "best": best}


def periods(
    panel: Panel,
    formula: str | Formula,
    interest: Sequence[str],
    splits: Sequence[int] = (2011, 2018),
    *,
    level: float = 0.95,
) -> pl.DataFrame:
    """Fit sub-periods, and test whether coefficients changed from one to the next.

    Parameters
    ----------
    panel : Panel
    formula : str or Formula
    interest : sequence of str
    splits : sequence of int
        First years of new periods; those outside the modelled years split nothing.
    level : float
        What intervals hold.

    Returns
    -------
    DataFrame
        period, first, last, years, term, estimate, error, low, high, p, difference, difference_error, difference_p,
        dyads, status. The difference is to the period before (null in the first); periods share no year, so variances
        add, and degrees of freedom are Welch's.
    """
    parsed, _ = terms_of(formula, panel, interest)
    design, names = known_rows(panel, [parsed])
    modelled = design.model.years
    edges = [modelled[0], *(split for split in sorted(set(splits)) if modelled[0] < split <= modelled[-1])]
    bounds = [*pairwise(edges), (edges[-1], modelled[-1] + 1)]
    year = np.array(modelled)[design.year]
    rows: list[dict[str, object]] = []
    before: Estimate | None = None
    for first, end in bounds:
        found = estimate(design, names, (year >= first) & (year < end))
        inside = [label for label in modelled if first <= label < end]
        for name in interest:
            said = {**found.row(name, level), "first": inside[0], "last": inside[-1]}
            label = f"{inside[0]}–{inside[-1]}" if len(inside) > 1 else f"{inside[0]}"
            rows.append({"period": label, "years": len(inside), **said, **_change(found, before, name)})
        before = found
    order = ["period", "first", "last", "years", *ROW[:6], "difference", "difference_error", "difference_p", "dyads"]
    frame = pl.DataFrame(rows, schema_overrides=_TYPES, infer_schema_length=None)
    return frame.with_columns(pl.col("difference", "difference_error", "difference_p").cast(pl.Float64)).select(
        *order, "status"
    )


def _change(now: Estimate, before: Estimate | None, name: str) -> dict[str, float | None]:
    none: dict[str, float | None] = {"difference": None, "difference_error": None, "difference_p": None}
    k = now.names.index(name)
    if before is None or not (np.isfinite(before.theta[k]) and np.isfinite(now.theta[k])):
        return none
    one, two = before.error[k] ** 2, now.error[k] ** 2
    gap, error = float(now.theta[k] - before.theta[k]), float(np.sqrt(one + two))
    if not error > 0:
        return none
    degrees = (one + two) ** 2 / (one**2 / before.degrees + two**2 / now.degrees)
    return {"difference": gap, "difference_error": error, "difference_p": interval(gap, error, degrees)[2]}


def thresholds(
    panels: Mapping[str, Panel],
    formula: str | Formula | Mapping[str, str | Formula],
    interest: Sequence[str],
    *,
    level: float = 0.95,
) -> pl.DataFrame:
    """Fit the same formula to networks of other thresholds (or other rules); intervals hold `level`.

    Returns
    -------
    DataFrame
        threshold (the key of `panels`), ties, density, term, estimate, error, low, high, p, dyads, first, last, status.
    """
    return _cases("threshold", panels, formula, interest, level)


def sources(
    panels: Mapping[str, Panel],
    formula: str | Formula | Mapping[str, str | Formula],
    interest: Sequence[str] | Mapping[str, Sequence[str]],
    *,
    level: float = 0.95,
) -> pl.DataFrame:
    """Fit the same formula with covariates from other sources.

    Parameters
    ----------
    panels : mapping of source to Panel
    formula, interest
        The same for all, or by source.
    level : float
        What intervals hold.

    Returns
    -------
    DataFrame
        source (the key of `panels`), ties, density, term, estimate, error, low, high, p, dyads, first, last, status.
        Sources differ in the years they cover: compare `first` and `last` before estimates.
    """
    return _cases("source", panels, formula, interest, level)


def _cases(
    kind: str,
    panels: Mapping[str, Panel],
    formula: str | Formula | Mapping[str, str | Formula],
    interest: Sequence[str] | Mapping[str, Sequence[str]],
    level: float,
) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for label, panel in panels.items():
        wanted = interest[label] if isinstance(interest, Mapping) else interest
        parsed, _ = terms_of(formula[label] if isinstance(formula, Mapping) else formula, panel, wanted)
        design, names = known_rows(panel, [parsed])
        found = estimate(design, names)
        head = {kind: str(label), "ties": int(design.y.sum()), "density": float(design.y.mean())}
        rows += [{**head, **found.row(name, level)} for name in wanted]
    return _frame(rows, [kind, "ties", "density", *ROW])


def influence(
    panel: Panel, formula: str | Formula, interest: Sequence[str], *, leave: Sequence[str] = ("CHN", "USA")
) -> pl.DataFrame:
    """Say how far each country and each year moves the estimates.

    Parameters
    ----------
    panel : Panel
    formula : str or Formula
    interest : sequence of str
    leave : sequence of str
        Nodes for which the model is fitted again, exactly, with the node gone from the network (statistics such as
        shared partners change with it). Those not in the panel are passed over.

    Returns
    -------
    DataFrame
        kind ("country", "year"), left_out, how, term, estimate, error (of the full fit), change, change_errors (change
        over that error), status. Countries and years are left out by one Newton step from the full estimate on the rows
        that remain (`ONE_STEP`: the network keeps their ties), `leave` exactly besides (`EXACT`).
    """
    parsed, _ = terms_of(formula, panel, interest)
    design, names = known_rows(panel, [parsed])
    full = estimate(design, names)
    if full.status != "converged":
        raise InputError(f"the full model: {full.status}", remedy="mend the formula before asking who moves it")
    rows: list[dict[str, object]] = []

    def add(kind: str, label: str, how: str, theta: np.ndarray, status: str) -> None:
        for name in interest:
            k = names.index(name)
            known = bool(np.isfinite(theta[k]))
            change = float(theta[k] - full.theta[k])
            rows.append({
                "kind": kind, "left_out": label, "how": how, "term": name,
                "estimate": float(theta[k]) if known else None, "error": float(full.error[k]),
                "change": change if known else None,
                "change_errors": change / float(full.error[k]) if known else None, "status": status,
            })  # fmt: skip

    for node in leave:
        if node in panel.nodes:
            found = estimate(known_rows(without(panel, [node]), [parsed])[0], names)
            add("country", node, EXACT, found.theta, found.status)
    for label, theta in _one_step(design, full):
        kind = "country" if isinstance(label, str) else "year"
        add(kind, str(label), ONE_STEP, theta, "one step")
    order = ["kind", "left_out", "how", "term", "estimate", "error", "change", "change_errors", "status"]
    return pl.DataFrame(rows, infer_schema_length=None).select(order)


def _one_step(design: Design, full: Estimate) -> Iterable[tuple[str | int, np.ndarray]]:
    """Yield label and one Newton step from the full estimate without each country's dyads, then without each year."""
    panel = design.model.panel
    _, score, curve = yearly(design.x, design.y, design.offset, design.starts, full.theta)
    total_score, total_curve = score.sum(axis=0), curve.sum(axis=0)
    for place, node in enumerate(panel.nodes):
        touched = (design.tail == place) | (design.head == place)
        if touched.any():
            part = design.x[touched], design.y[touched], design.offset[touched], np.array([0, int(touched.sum())])
            _, gone, bent = yearly(*part, full.theta)
            yield node, _stepped(full.theta, total_score - gone[0], total_curve - bent[0])
    for place, year in enumerate(design.model.years):
        yield year, _stepped(full.theta, total_score - score[place], total_curve - curve[place])


def _stepped(theta: np.ndarray, score: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Return one Newton step; NaN where what remains does not identify the coefficients."""
    held = np.diag(curve)  # below zero by rounding where nothing is left of a column
    scale = np.sqrt(np.maximum(held, 0.0))
    if not (held > 0).all() or np.linalg.eigvalsh(curve / np.outer(scale, scale))[0] < 1e-10:
        return np.full_like(theta, np.nan)
    return np.asarray(theta + np.linalg.solve(curve, score))


def without(panel: Panel, nodes: Sequence[str]) -> Panel:
    """Return the panel without some nodes: their ties are gone from every statistic."""
    missing = [node for node in nodes if node not in panel.nodes]
    if missing:
        raise InputError(f"{listing(missing)} is no node of the panel")
    kept = np.array([place for place, node in enumerate(panel.nodes) if node not in set(nodes)])
    inner = np.ix_(np.arange(panel.steps), kept, kept)
    return replace(
        panel,
        nodes=tuple(panel.nodes[place] for place in kept),
        ties=panel.ties[inner],
        node_covariates={name: values[:, kept] for name, values in panel.node_covariates.items()},
        dyad_covariates={name: values[inner] for name, values in panel.dyad_covariates.items()},
        risk=panel.risk[inner],
        exists=panel.exists[:, kept],
    )
