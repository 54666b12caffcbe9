"""Simulated marginal effects of the embedded world: what raising cooperation or conflict does to the chance of a tie.

A finite difference with common random numbers: the covariate of every pair is lowered and raised by half a standard
deviation in the year it acts from, the stage's chain is run both ways from the same ties of the year before with the
same random numbers, and the mean conditional probability of a tie over the risk set is compared. Ties answer each
other within the year (mutual, gwesp), so this is the total effect in the first year; `conditional` holds the others'
ties fixed, θ·p(1 − p), and is what most papers print.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from xenotime.core import generator
from xenotime.pipeline.world.covariates import Covariates, Setting
from xenotime.pipeline.world.sampler import TieModel
from xenotime.pipeline.world.ties import GWESP, MUTUAL, TERMS, Bool, Float, Theta, linear_predictor

#: Years used at most, sweeps before measuring, graphs measured, and sweeps between two of them.
YEARS, BURN_IN, GRAPHS, APART = 6, 20, 10, 2
COVARIATES = ("cooperation", "conflict")


def marginal_effects(
    setting: Setting, covariates: Covariates, theta: Theta, edges: Float, ties: Bool, seed: int
) -> pl.DataFrame:
    """Return the effects by stage and covariate.

    Returns
    -------
    polars.DataFrame
        `stage`, `covariate`, `term`, `theta`, `simulated` (change of the mean probability of a tie for one standard
        deviation more on every pair), `conditional`, `probability` (mean), `years` (how many were simulated).
    """
    last = len(setting.years) - 1
    chosen = sorted({int(t) for t in np.linspace(1, last, min(YEARS, last)).round()})
    rows = []
    for s, stage in enumerate(setting.stages):
        for name in COVARIATES:
            term = next(term for term in TERMS if term.covariate == name)
            weight = theta[stage][term.name]
            found = [
                _difference(setting, covariates, theta, edges[s, t], (s, t), ties[s, t - 1], weight, seed)
                for t in chosen
            ]
            simulated, conditional, chance = np.mean(found, axis=0)
            rows.append((stage, name, term.name, weight, simulated, conditional, chance, len(chosen)))
    columns = ["stage", "covariate", "term", "theta", "simulated", "conditional", "probability", "years"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _difference(
    setting: Setting,
    covariates: Covariates,
    theta: Theta,
    edges: float,
    at: tuple[int, int],
    before: Bool,
    weight: float,
    seed: int,
) -> tuple[float, float, float]:
    """Simulated and conditional effect and the mean probability, one stage and year."""
    stage, free = setting.stages[at[0]], setting.risk[at]
    eta = linear_predictor(stage, theta[stage], covariates, at, before) + edges
    model = TieModel(eta, theta[stage][MUTUAL], theta[stage][GWESP], free)
    means, slopes = [], []
    for half in (-0.5, 0.5):
        moved = replace(model, eta=eta + half * weight)
        random = generator(seed, "effects", stage, setting.years[at[1]])
        y = moved.draw(before & free, BURN_IN, random)
        level, slope = 0.0, 0.0
        for _ in range(GRAPHS):
            y = moved.draw(y, APART, random)
            chance = moved.probabilities(y)
            level += chance.mean() / GRAPHS
            slope += (chance * (1 - chance)).mean() / GRAPHS
        means.append(level)
        slopes.append(slope)
    return means[1] - means[0], weight * float(np.mean(slopes)), float(np.mean(means))
