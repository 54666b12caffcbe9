"""Total effects: what a step of a covariate does to expected ties when the other ties of the year answer.

Both worlds are simulated one step ahead of the observed past with the same random numbers (`coupled.py`). What a step
is, and the result, are those of `effects.py`; where no term depends on other ties, so is the number.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
from scipy import special

from xenotime.core import InputError, generator
from xenotime.tergm.checks import interval_level, whole_number
from xenotime.tergm.coupled import Coupled
from xenotime.tergm.effects import Change, Contrast, Effects, Spread, chosen_terms, contrast_of, replicates_of
from xenotime.tergm.labels import listing
from xenotime.tergm.results import TergmFit
from xenotime.tergm.sampler import YearSampler, in_threads, year_sampler
from xenotime.tergm.scope import Scope


def total_effects(
    fit: TergmFit,
    terms: str | Iterable[str],
    scope: Scope | None = None,
    change: Change = "natural",
    level: float = 0.95,
    spread: Spread = "headline",
    *,
    sweeps: int = 40,
    parameter_draws: int = 30,
    seed: int = 1,
    workers: int | None = None,
) -> Effects:
    """Return average total effects: other ties of the year answer, by coupled simulation one step ahead.

    Parameters
    ----------
    terms : str or several
        Coefficients of covariates (of terms that do not depend on other ties).
    sweeps : int
        Visits to every dyad that are averaged; half as many before.
    parameter_draws : int
        Coefficients drawn for the interval (from the headline covariance, or bootstrap replicates); every draw has
        random numbers of its own, so that their spread holds the error of simulation too.
    seed, workers
        The same seed gives the same numbers on any number of workers.

    See `effects.conditional_effects` for the rest.
    """
    interval_level(level)
    whole_number(sweeps, "sweeps", 1)
    whole_number(parameter_draws, "parameter_draws", 0)
    scope = scope or Scope()
    if change == "slope":
        raise InputError("a total effect compares two worlds, so it has no slope", remedy="change='sd' or a number")
    estimates, columns = fit.theta, chosen_terms(fit, terms)
    entangled = [fit.names[column] for column in columns if not fit.model.independent[column]]
    if entangled:
        raise InputError(
            f"{listing(entangled)} is itself the dependence between ties: it has no total effect",
            remedy="ask for its conditional effect",
        )
    steps = [step for step in fit.model.steps if scope.has_year(fit.model.panel.years[step])]
    thetas = np.vstack([estimates, drawn_estimates(fit, parameter_draws, seed, spread)])
    chosen = scope.dyads(fit.model.panel.nodes, fit.model.panel.directed)
    samplers = {step: year_sampler(fit.model, estimates, step) for step in steps}
    values = {step: _column_values(sampler, columns) for step, sampler in samplers.items()}
    masks = {step: _mask(sampler, chosen) for step, sampler in samplers.items()}
    rows = []
    for at, column in enumerate(columns):
        inside = np.concatenate([values[step][at][masks[step]] for step in steps])
        contrast = contrast_of(fit.names[column], inside, change) if len(inside) else None
        if contrast is None:
            raise InputError(f"{fit.names[column]} does not vary in the scope: {scope}", remedy="widen the scope")

        def one(task: tuple[int, int], at: int = at, column: int = column, contrast: Contrast = contrast) -> Any:
            step, number = task
            theta = thetas[number]
            sampler, x, mask = samplers[step], values[step][at], masks[step]
            walk = Coupled.of(sampler, theta, seed, "total", step, number)
            means = [
                walk.probabilities(sweeps, shift=np.where(mask, theta[column] * (side - x), 0.0))
                for side in contrast.sides(x)
            ]
            gain = means[1] - means[0]
            return gain[mask].sum(), gain[~mask].sum(), mask.sum(), (~mask).sum()

        tasks = [(step, number) for number in range(len(thetas)) for step in steps]
        found = np.array(in_threads(one, tasks, workers)).reshape(len(thetas), len(steps), 4).sum(axis=1)
        effect = found[:, 0] / found[:, 2]
        rows.append((fit.names[column], contrast.text, *_spread_of(effect, fit, level, spread), int(found[0, 2]),
                     float(found[0, 1] / max(1, found[0, 3]))))  # fmt: skip
    names = ["term", "change", "effect", "std_error", "low", "high", "dyads", "elsewhere"]
    words = f"{parameter_draws} draws of the coefficients ({fit.spread if spread == 'headline' else 'bootstrap'})"
    return Effects(pl.DataFrame(rows, schema=names, orient="row"), "total", scope, words, level)


def _column_values(sampler: YearSampler, columns: list[int]) -> list[np.ndarray]:
    """Return the named dyad-independent columns on the free dyads, each (d,)."""
    places = np.searchsorted(np.flatnonzero(sampler.model.independent), columns)
    codes = np.flatnonzero(sampler.free.ravel())
    rows = sampler.rows[codes] if len(sampler.rows) > 1 else np.broadcast_to(
        sampler.rows, (len(codes), sampler.rows.shape[1])
    )  # fmt: skip
    return [np.array(rows[:, place]) for place in places]


def _mask(sampler: YearSampler, chosen: np.ndarray) -> np.ndarray:
    present = sampler.model.panel.slice(sampler.step).present
    return np.asarray(chosen[np.ix_(present, present)][sampler.free])


def drawn_estimates(fit: TergmFit, draws: int, seed: int, spread: Spread) -> np.ndarray:
    """Return coefficients drawn from the headline covariance or the bootstrap, (draws, p); offsets as they are."""
    random = generator(seed, "coefficients")
    result = np.tile(fit.theta, (draws, 1))
    if spread == "bootstrap":
        pool = replicates_of(fit)
        result[:, fit.estimated] = pool[random.integers(0, len(pool), draws)]
        return result
    covariance = fit.covariance[np.ix_(fit.estimated, fit.estimated)]
    result[:, fit.estimated] += random.multivariate_normal(np.zeros(len(covariance)), covariance, draws, method="eigh")
    return result


def _spread_of(drawn: np.ndarray, fit: TergmFit, level: float, spread: Spread) -> tuple[float, float, float, float]:
    """Return value, error, low and high of a quantity at the estimates (first) and at drawn coefficients."""
    value, others = float(drawn[0]), drawn[1:]
    if len(others) < 2:
        return value, np.nan, np.nan, np.nan
    error = float(others.std(ddof=1))
    if spread == "bootstrap":
        low, high = np.quantile(others, [(1 - level) / 2, (1 + level) / 2])
        return value, error, float(low), float(high)
    reach = float(special.stdtrit(fit.degrees, (1 + level) / 2)) * error
    return value, error, value - reach, value + reach
