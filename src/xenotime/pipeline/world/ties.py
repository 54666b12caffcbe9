"""The tie process of the embedded world: coefficients θ*, their lags, and the drawing of ties year by year.

Given the ties of the year before, the ties of a stage follow a conditional ERGM (`sampler`): edges by year, mutual,
gwesp(0.5), covariates at the lags stated in `TERMS`, memory("stability"). The coefficients are stated here; edges are
calibrated to the stated densities on a pilot panel with its own random numbers, before the panel itself is drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xenotime.core import generator
from xenotime.pipeline.world.covariates import Covariates, Setting, respond
from xenotime.pipeline.world.sampler import TieModel, calibrate

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
Theta = Mapping[str, Mapping[str, float]]


#: Covariates that differ by stage.
BY_STAGE = ("log_output", "log_output_next", "large_flow")


@dataclass(frozen=True)
class Term:
    """A covariate in the tie model: which array, on which side of the tie, how many years back."""

    name: str
    covariate: str
    side: Literal["sender", "receiver", "pair"]
    lag: int

    def matrix(self, covariates: Covariates, stage: int, year: int) -> Float:
        """Return the covariate of each pair in a year (index over the panel's years): (n, n)."""
        array: Float = getattr(covariates, self.covariate)
        if array.ndim == 2 and self.side == "pair":
            return array
        if self.covariate in BY_STAGE:
            array = array[stage]
        at: Float = array[1 + year - self.lag]
        if self.side == "pair":
            return at
        return np.broadcast_to(at[:, None] if self.side == "sender" else at[None, :], (len(at), len(at)))


#: Terms of every stage, with their lags, in the spelling of the tie model's formulas.
TERMS = (
    Term("nodeocov('log_output')", "log_output", "sender", 0),
    Term("nodeocov('log_output_next')", "log_output_next", "sender", 0),
    Term("nodeicov('log_output_next')", "log_output_next", "receiver", 0),
    Term("nodeocov('log_gdp')", "log_gdp", "sender", 0),
    Term("nodeicov('log_gdp')", "log_gdp", "receiver", 0),
    Term("edgecov('log_distance')", "log_distance", "pair", 0),
    Term("edgecov('same_bloc')", "same_bloc", "pair", 0),
    Term("edgecov('cooperation', lag=1)", "cooperation", "pair", 1),
    Term("edgecov('conflict', lag=1)", "conflict", "pair", 1),
    Term("edgecov('large_flow')", "large_flow", "pair", 0),
)
MUTUAL, GWESP, MEMORY = "mutual", "gwesp(0.5, fixed=TRUE)", "memory('stability')"
#: Lag in years of each covariate; memory looks one year back.
LAGS: Mapping[str, int] = MappingProxyType({**{term.name: term.lag for term in TERMS}, MEMORY: 1})

#: θ* but for edges. Zeros are meant: an estimator should find nothing there.
THETA: Theta = MappingProxyType(
    {
        stage: MappingProxyType(dict(zip((MUTUAL, GWESP, *(term.name for term in TERMS), MEMORY), values)))
        for stage, values in {
            #              mutual gwesp  output own-next buyer  gdp-o gdp-i  dist   bloc  coop  conf   large memory
            "upstream": (0.00, 0.00, 0.40, -0.20, 0.40, 0.00, 0.30, -0.60, 0.00, 0.25, -0.15, 3.00, 1.60),
            "midstream": (0.40, 0.08, 0.25, 0.00, 0.15, 0.00, 0.45, -0.40, 0.00, 0.15, -0.30, 1.50, 1.70),
            "downstream": (0.50, 0.10, 0.40, 0.00, 0.00, 0.00, 0.50, -0.50, 0.25, 0.30, 0.00, 0.00, 1.80),
        }.items()
    }
)
#: Stated share of the risk set that is tied, in 2001 and in 2023; linear between.
DENSITY: Mapping[str, tuple[float, float]] = {
    "upstream": (0.300, 0.320),
    "midstream": (0.070, 0.100),
    "downstream": (0.080, 0.115),
}


@dataclass(frozen=True)
class Panel:
    """Ties over the years, and what they were drawn with.

    Attributes
    ----------
    ties : ndarray (stage, year, n, n) of bool
    edges : ndarray (stage, year)
        The calibrated coefficients of edges.
    covariates : Covariates
        As the ties met them: in variant B cooperation has answered past ties.
    """

    ties: Bool
    edges: Float
    covariates: Covariates


def linear_predictor(
    stage: str, theta: Mapping[str, float], covariates: Covariates, at: tuple[int, int], before: Bool
) -> Float:
    """Return what each tie adds to the log-probability by itself, but for edges: (n, n).

    Parameters
    ----------
    stage : str
    theta : mapping
        Coefficients of the stage.
    at : (int, int)
        Indices of stage and year.
    before : ndarray (n, n) of bool
        Ties of the year before.
    """
    eta = np.where(before, theta[MEMORY], -theta[MEMORY]) + covariates.hidden
    for term in TERMS:
        if theta[term.name] != 0.0:
            eta = eta + theta[term.name] * term.matrix(covariates, *at)
    return eta


def densities(setting: Setting, density: float | Mapping[str, float] | None) -> Float:
    """Return the density aimed at by stage and year: (stage, year)."""
    position = (np.array(setting.years, float) - 2001) / 22
    aims = np.empty((len(setting.stages), len(setting.years)))
    for s, stage in enumerate(setting.stages):
        low, high = DENSITY[stage]
        if density is not None:
            low = high = density[stage] if isinstance(density, Mapping) else density
        aims[s] = np.clip(low + (high - low) * position, 0.005, 0.9)
    return aims


def pilot(setting: Setting, covariates: Covariates, theta: Theta, aims: Float, seed: int, variant: str) -> Float:
    """Calibrate edges by stage and year on a panel of their own: (stage, year)."""
    covariates = replace(covariates, cooperation=covariates.cooperation.copy())
    edges = np.zeros_like(aims)
    before = _beginning(setting, aims, seed, "pilot")
    for t, year in enumerate(setting.years):
        now = before.copy()
        for s, stage in enumerate(setting.stages):
            random = generator(seed, "pilot", stage, year)
            for run_in in range(3 if t == 0 else 1):
                past = before[s] if run_in == 0 else now[s]
                model = _model(setting, covariates, theta, (s, t), past)
                edges[s, t], now[s] = calibrate(model, past & model.free, aims[s, t], random)
        if variant == "B":
            respond(covariates.cooperation, t + 2, now.sum(axis=0).astype(float))
        before = now
    return edges


def draw(
    setting: Setting,
    covariates: Covariates,
    theta: Theta,
    edges: Float,
    aims: Float,
    seed: int,
    variant: str,
    sweeps: int,
) -> Panel:
    """Draw the panel. The first year comes from a run-in of three years under its own coefficients.

    Each year's chain starts at the ties of the year before and runs `sweeps` proposals per free pair.
    """
    covariates = replace(covariates, cooperation=covariates.cooperation.copy())
    ties = np.zeros((len(setting.stages), len(setting.years), len(setting.names), len(setting.names)), bool)
    before = _beginning(setting, aims, seed, "ties")
    for t, year in enumerate(setting.years):
        for s, stage in enumerate(setting.stages):
            now = before[s]
            random = generator(seed, "ties", stage, year)
            for _ in range(3 if t == 0 else 1):
                model = _model(setting, covariates, theta, (s, t), now)
                now = replace(model, eta=model.eta + edges[s, t]).draw(now & model.free, sweeps, random)
            ties[s, t] = now
        before = ties[:, t]
        if variant == "B":
            respond(covariates.cooperation, t + 2, before.sum(axis=0).astype(float))
    return Panel(ties, edges, covariates)


def _beginning(setting: Setting, aims: Float, seed: int, panel: str) -> Bool:
    """Independent ties at the first year's density: (stage, n, n)."""
    start = setting.risk[:, 0].copy()
    for s, stage in enumerate(setting.stages):
        start[s] &= generator(seed, panel, stage, "run-in").random(start[s].shape) < aims[s, 0]
    return start


def _model(setting: Setting, covariates: Covariates, theta: Theta, at: tuple[int, int], before: Bool) -> TieModel:
    """The stage's model in a year, without edges; ties that left the risk set are gone."""
    stage = setting.stages[at[0]]
    free = setting.risk[at]
    eta = linear_predictor(stage, theta[stage], covariates, at, before)
    return TieModel(eta, theta[stage][MUTUAL], theta[stage][GWESP], free)
