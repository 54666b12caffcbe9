"""Parametric bootstrap: the whole path of years is simulated at the estimates, and the model fitted to each.

Unlike a bootstrap over years it needs no years to be alike, and it carries the dependence of a year on the ones before;
but it takes the model to be right, so that it says nothing about what was left out. The first years, which the model
reads and does not explain, stay as observed.
"""

from dataclasses import replace

import numpy as np

from xenotime.core import InputError
from xenotime.tergm import logit
from xenotime.tergm.bootstrap import Bootstrap
from xenotime.tergm.checks import whole_number
from xenotime.tergm.design import design_of
from xenotime.tergm.results import TergmFit
from xenotime.tergm.sampler import in_threads
from xenotime.tergm.simulate import simulate_path


def parametric_bootstrap(
    fit: TergmFit, replicates: int = 100, seed: int = 1, *, workers: int | None = None
) -> TergmFit:
    """Return the fit with a parametric bootstrap beside its headline intervals.

    Parameters
    ----------
    fit : TergmFit
        By pooled MPLE, without separated coefficients.
    replicates : int
        Paths simulated and fitted. A replicate whose fit has no finite solution is NaN and counted.
    seed, workers
        The same seed gives the same numbers on any number of workers.
    """
    whole_number(replicates, "replicates", 2)
    model = fit.model
    if fit.method != "mple" or fit.separated:
        raise InputError(
            f"{listing_of(fit)}: the parametric bootstrap refits pooled MPLE with finite coefficients",
            remedy="fit with method='mple', and leave out terms that separate",
        )
    steps = range(model.steps[0], model.steps[-1] + 1)
    paths = simulate_path(model, fit.theta, steps, replicates, seed, workers=workers)

    def one(network: np.ndarray) -> np.ndarray:
        ties = model.panel.ties.copy()
        ties[steps.start : steps.stop] = np.where(np.isnan(ties[steps.start : steps.stop]), np.nan, network)
        try:
            design = design_of(replace(model, panel=replace(model.panel, ties=ties)))
        except InputError:  # a column that never varies in the simulated years
            return np.full(len(fit.estimated), np.nan)
        if logit.separated_columns(design.x, design.y):
            return np.full(len(fit.estimated), np.nan)
        solved = logit.solve(design.x, design.y, design.offset, design.starts, start=fit.estimates[fit.estimated])
        return solved.theta if solved.converged else np.full(len(fit.estimated), np.nan)

    found = np.array(in_threads(one, paths.networks, workers))
    every = np.tile(np.arange(len(model.steps)), (replicates, 1))
    failed = int((~np.isfinite(found).all(axis=1)).sum())
    drawn = Bootstrap(found, every, model.years, "parametric: simulated and fitted again", seed, failed)
    return replace(fit, bootstrap=drawn)


def listing_of(fit: TergmFit) -> str:
    """Return what stands against a parametric bootstrap of a fit."""
    return f"{', '.join(fit.separated)} separates" if fit.separated else f"this is a fit by {fit.method}"
