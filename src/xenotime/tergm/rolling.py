"""Forecasts of next year's ties from rolling origins, against simple rules.

From each origin year the model is fitted to the years up to it, and next year's ties are simulated with covariates as
they stood at the origin (a covariate with a lag reads what was known by then), so that nothing later is used. The rules
to beat: a logit of the last state, one of the last state and the share of past years with a tie, and a gravity logit:
covariates alone, no network and no memory. A model that does not beat them is said not to (`contest.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.special import expit

from xenotime.core import InputError
from xenotime.tergm import contest, logit
from xenotime.tergm.labels import listing
from xenotime.tergm.model import Model, model_of
from xenotime.tergm.mple import fit_mple
from xenotime.tergm.panel import Panel
from xenotime.tergm.predict import Prediction, ahead_prediction, conditional_prediction
from xenotime.tergm.results import TergmFit
from xenotime.tergm.simulate import future
from xenotime.tergm.terms.base import Formula, Term
from xenotime.tergm.terms.dyads import edges

LAST, FREQUENCY, GRAVITY = "last state", "last state and frequency", "gravity logit"


@dataclass(frozen=True)
class Forecast:
    """Forecasts of the years after the origins, by the model and by simple rules, on the same dyads.

    Attributes
    ----------
    predictions : dict of str to Prediction
        "model", "last state", "last state and frequency", and "gravity logit" where there is a covariate.
    origins : tuple of int
        The last year each forecast knew.
    gravity : tuple of str
        Coefficients of the gravity logit; empty where there is none.
    """

    predictions: dict[str, Prediction]
    origins: tuple[int, ...]
    gravity: tuple[str, ...] = ()

    @property
    def model(self) -> Prediction:
        """The model's forecast."""
        return self.predictions["model"]

    def scores(self) -> pl.DataFrame:
        """Return one row a predictor and year, and one for all years (year null)."""
        return pl.concat(
            [
                found.scores().select(pl.lit(name).alias("predictor"), pl.all())
                for name, found in self.predictions.items()
            ]
        )

    def calibration(self, bins: int = 10) -> pl.DataFrame:
        """Return predicted against observed shares of ties by predictor, in groups of equal size."""
        return pl.concat(
            [
                found.calibration(bins).select(pl.lit(name).alias("predictor"), pl.all())
                for name, found in self.predictions.items()
            ]
        )

    def against(self, level: float = 0.95) -> pl.DataFrame:
        """Return what the model gains on each rule, paired by dyad, errors clustered by year; see `contest.against`."""
        return contest.against(self.predictions, level)

    def verdict(self, level: float = 0.95) -> list[str]:
        """Return sentences: which rules the model beats, and which it does not, told apart at 1 − `level`."""
        return contest.sentences(self.against(level))

    def to_frame(self) -> pl.DataFrame:
        """Return one row a predictor, dyad and year."""
        return pl.concat(
            [found.to_frame().select(pl.lit(name).alias("predictor"), pl.all()) for name, found in
             self.predictions.items()]
        )  # fmt: skip

    def __str__(self) -> str:
        lines = [
            f"Forecasts one year ahead from {self.origins[0]}–{self.origins[-1]}, covariates as at the origin",
            "",
            f"{'':26} {'ROC':>6} {'PR':>6} {'Brier':>8} {'log score':>10}",
        ]
        lines += [
            f"{row['predictor']:26} {row['auc_roc']:>6.3f} {row['auc_pr']:>6.3f} {row['brier']:>8.4f} "
            f"{row['log_score']:>10.4f}"
            for row in self.scores().filter(pl.col("year").is_null()).iter_rows(named=True)
        ]
        if self.gravity:
            lines += ["", f"Gravity logit: {' + '.join(self.gravity)}"]
        return "\n".join([*lines, "", *self.verdict()])


def until(panel: Panel, steps: int) -> Panel:
    """Return the first `steps` years of a panel."""
    return replace(
        panel,
        ties=panel.ties[:steps],
        years=panel.years[:steps],
        node_covariates={name: values[:steps] for name, values in panel.node_covariates.items()},
        dyad_covariates={name: values[:steps] for name, values in panel.dyad_covariates.items()},
        risk=panel.risk[:steps],
        exists=panel.exists[:steps],
    )


def refit(fit: TergmFit, panel: Panel, seed: int) -> TergmFit:
    """Return the same model fitted by the same method to another panel; its coefficients must be the same ones."""
    from xenotime.tergm.fit import METHODS

    model = model_of(fit.model.formula, panel)
    if model.names != fit.names:
        lost = set(fit.names) ^ set(model.names)
        raise InputError(
            f"up to {panel.years[-1]} the coefficients are not the same: {listing(sorted(lost))}",
            remedy="take a later origin, or merge rare categories",
        )
    found = METHODS[fit.method](model, seed=seed)
    if not found.converged:
        raise InputError(f"up to {panel.years[-1]} the model does not converge", remedy="take a later origin")
    return found


def rolling_forecast(
    fit: TergmFit,
    origins: Iterable[int] | None = None,
    *,
    gravity: str | Term | Formula | None = None,
    sweeps: int = 100,
    seed: int = 1,
    workers: int | None = None,
) -> Forecast:
    """Return forecasts of next year's ties from each origin.

    Parameters
    ----------
    fit : TergmFit
        Its formula and method are fitted anew at every origin.
    origins : iterable of int, optional
        Years; the five before the last if absent. At least three modelled years must lie up to an origin.
    gravity : str, Term or Formula, optional
        The gravity logit; if absent, the formula's own covariates without network and memory (`covariates_alone`).
    sweeps, seed, workers
        As in `predict.ahead_prediction`.
    """
    panel, model = fit.model.panel, fit.model
    plain = covariates_alone(model) if gravity is None else model_of(gravity, panel)
    _check_past(model)
    if plain is not None:
        _check_past(plain)
        _check_plain(plain)
    first = max(model.steps[0], plain.steps[0] if plain else 0)
    possible = list(range(first + 2, panel.steps - 1))
    chosen = possible[-5:] if origins is None else [panel.index(year) for year in origins]
    wrong = [panel.years[step] for step in chosen if step not in possible]
    if wrong or not chosen:
        raise InputError(
            f"no forecast from {listing(wrong) or 'no year'}: three modelled years must lie up to an origin, and one "
            "after it",
            remedy=f"origins: {listing(panel.years[step] for step in possible)}",
        )
    found: dict[str, list[np.ndarray]] = {"model": [], LAST: [], FREQUENCY: []}
    if plain:
        found[GRAVITY] = []
    for step in chosen:
        past = until(panel, step + 1)
        coefficients = refit(fit, past, seed).estimates
        ahead = model_of(model.formula, future(past, 1))
        chance = ahead_prediction(ahead, coefficients, [step + 1], sweeps=sweeps, seed=seed, workers=workers)
        rules = {"model": chance.probability[0], **_simple_rules(past)}
        if plain is not None:
            rules[GRAVITY] = _gravity_rule(plain, past)
        unknown = np.isnan(np.stack(list(rules.values()))).any(axis=0)  # all are judged on the same dyads
        for name, values in rules.items():
            found[name].append(np.where(unknown, np.nan, values))
    after = [step + 1 for step in chosen]
    truth = np.where(panel.known[after], panel.ties[after], np.nan)
    years = tuple(panel.years[step] for step in after)
    return Forecast(
        {
            name: Prediction(years, panel.nodes, np.array(values), truth, f"forecast by {name}")
            for name, values in found.items()
        },
        tuple(panel.years[step] for step in chosen),
        plain.names if plain else (),
    )


def covariates_alone(model: Model) -> Model | None:
    """Return the model without the terms that read the network, of this year or before; None where only edges stays."""
    kept = tuple(term for term in model.formula if term.dyad_independent and not term.memory)
    if all(isinstance(term, edges) for term in kept):
        return None
    if not any(isinstance(term, edges) for term in kept):
        kept = (edges(), *kept)
    return model_of(Formula(kept), model.panel)


def _check_past(model: Model) -> None:
    leads = [name for term in model.formula for name in term.names(model.panel) if any(lag < 0 for lag in term.lags)]
    if leads:
        raise InputError(f"{listing(leads)} reads the future: no forecast", remedy="leave leads out")


def _check_plain(model: Model) -> None:
    networked = [
        name for term in model.formula for name in term.names(model.panel) if term.memory or not term.dyad_independent
    ]
    if networked:
        raise InputError(
            f"{listing(networked)} reads the network: not for the gravity logit", remedy="give covariates alone"
        )


def _gravity_rule(plain: Model, past: Panel) -> np.ndarray:
    """Return the gravity logit's probabilities for the year after the panel's last, (n, n), NaN where it has none."""
    fitted = fit_mple(model_of(plain.formula, past))
    if not fitted.converged:
        raise InputError(f"up to {past.years[-1]} the gravity logit does not converge", remedy="take a later origin")
    ahead = model_of(plain.formula, future(past, 1))
    if ahead.names != fitted.names:
        raise InputError(f"up to {past.years[-1]} the gravity logit has other coefficients", remedy="merge categories")
    last = replace(ahead, steps=(past.steps,))
    return np.asarray(conditional_prediction(last, fitted.estimates).probability[0])


def _simple_rules(past: Panel) -> dict[str, np.ndarray]:
    """Return each rule's probabilities for the year after the panel's last, (n, n)."""
    known = np.where(past.known, past.ties, np.nan)
    seen, tied = np.cumsum(~np.isnan(known), axis=0), np.nancumsum(known, axis=0)
    share = np.divide(tied, seen, out=np.zeros_like(tied), where=seen > 0)
    last = np.nan_to_num(known)
    now, before = known[1:], np.stack([np.ones_like(last), last, share], axis=-1)
    rows = ~np.isnan(now)
    if not past.directed:
        rows &= np.triu(np.ones(rows.shape[1:], bool), 1)
    y = now[rows]
    result = {}
    for name, columns in ((LAST, [0, 1]), (FREQUENCY, [0, 1, 2])):
        x = np.ascontiguousarray(before[:-1][rows][:, columns])
        solved = logit.solve(x, y, np.zeros(len(y)), np.array([0, len(y)]))
        result[name] = expit(before[-1][:, :, columns] @ solved.theta)
    return result
