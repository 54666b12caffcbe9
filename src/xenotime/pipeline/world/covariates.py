"""Covariates of the embedded world, drawn before any tie: sizes, distance, blocs, cooperation and conflict.

Sizes follow typed facts with autoregressive noise. Cooperation and conflict are symmetric indices on pairs,

    x_ij,t = μ_ij + φ (x_ij,t−1 − μ_ij) + shock_ij,t + ε_ij,t,

with pair means μ that depend on blocs, alliances, distance and size, and the dated crises as shocks; they are set to
mean 0 and standard deviation 1 over all pairs and years before shocks, so a coefficient reads per standard deviation.
In variant B ties of the year before raise cooperation; `respond` adds that, year by year.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from xenotime.core import generator
from xenotime.pipeline.world import facts, politics
from xenotime.pipeline.world.margins import margins

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]

#: Autoregression φ of the yearly series.
PERSISTENCE: Mapping[str, float] = {"log_gdp": 0.8, "log_output": 0.6, "cooperation": 0.75, "conflict": 0.65}
#: Standard deviation of the yearly noise of the sizes, in logs.
NOISE: Mapping[str, float] = {"log_gdp": 0.05, "log_output": 0.08}
#: Share of the variance of cooperation and conflict that lies between pairs.
BETWEEN = 0.5
#: Rise of cooperation, in its standard deviations, per stage in which the pair traded the year before (variant B).
FEEDBACK = 0.2
#: Standard deviation of the unobserved pair effect, and its correlation with the pair mean of cooperation (variant C).
HIDDEN_SD, HIDDEN_CORRELATION = 0.8, 0.5


@dataclass(frozen=True)
class Setting:
    """Who, when and which stages, with the facts that stand before any draw.

    Attributes
    ----------
    names : tuple of str
        Countries, ISO3.
    years : tuple of int
        The years of the panel; arrays by year start one year earlier, since ties depend on the year before.
    stages : tuple of str
    risk : ndarray (stage, year, n, n) of bool
        Pairs that may trade; over `years`.
    """

    names: tuple[str, ...]
    years: tuple[int, ...]
    stages: tuple[str, ...]
    risk: Bool

    @property
    def with_year_before(self) -> tuple[int, ...]:
        """The years of the covariates: one more at the front."""
        return (self.years[0] - 1, *self.years)


@dataclass(frozen=True)
class Covariates:
    """Arrays by name; the year axis starts one year before the panel.

    Attributes
    ----------
    log_gdp : ndarray (year, n)
        ln GDP, billion current USD.
    log_output, log_output_next : ndarray (stage, year, n)
        ln(1 + output of the stage in t), and of the stage that buys from it; zero where there is none.
    log_distance : ndarray (n, n)
        ln km between capitals.
    same_bloc : ndarray (year, n, n)
        1 where the pair shares a trade bloc.
    cooperation, conflict : ndarray (year, n, n)
    large_flow : ndarray (stage, year, n, n)
        1 where a large flow of the pair is typed, known or assumed (`margins.Margins.pairs`): a fact, not a draw.
    hidden : ndarray (n, n)
        The unobserved pair effect of variant C, else zero.
    """

    log_gdp: Float
    log_output: Float
    log_output_next: Float
    log_distance: Float
    same_bloc: Float
    cooperation: Float
    conflict: Float
    large_flow: Float
    hidden: Float = field(repr=False)


def draw(setting: Setting, seed: int, variant: str) -> Covariates:
    """Draw all covariates from the seed."""
    names, years = setting.names, setting.with_year_before
    size = facts.gdp(names, years)
    log_gdp = np.log(size) + _noise(seed, "log_gdp", (len(years), len(names)))
    outputs = {stage: facts.output(stage, names, years) for stage in facts.STAGES}
    logs = {
        stage: np.where(
            output > 0, np.log1p(output) + _noise(seed, f"log_output.{stage}", output.shape, "log_output"), 0.0
        )
        for stage, output in outputs.items()
    }
    nothing = np.zeros_like(log_gdp)
    following = dict(zip(facts.STAGES, facts.STAGES[1:]))
    distance = facts.distances(names)
    bloc = politics.same_bloc(names, years)
    cooperation, conflict = _relations(setting, seed, log_gdp, distance, bloc)
    hidden = np.zeros_like(distance)
    if variant == "C":
        standing = cooperation.mean(axis=0)
        own = _symmetric(generator(seed, "hidden").normal(size=distance.shape))
        hidden = HIDDEN_SD * (HIDDEN_CORRELATION * standing / standing.std() + np.sqrt(1 - HIDDEN_CORRELATION**2) * own)
        np.fill_diagonal(hidden, 0.0)
    return Covariates(
        log_gdp=log_gdp,
        log_output=np.stack([logs[stage] for stage in setting.stages]),
        log_output_next=np.stack(
            [logs[following[stage]] if stage in following else nothing for stage in setting.stages]
        ),
        log_distance=np.log(distance),
        same_bloc=bloc.astype(float),
        cooperation=cooperation,
        conflict=conflict,
        large_flow=np.stack([~np.isnan(margins(stage, names, years).pairs) for stage in setting.stages]).astype(float),
        hidden=hidden,
    )


def respond(cooperation: Float, year: int, traded: Float) -> None:
    """Let cooperation in `year` (index, changed in place) and after answer the trade of the year before.

    Parameters
    ----------
    cooperation : ndarray (year, n, n)
    traded : ndarray (n, n)
        Number of stages in which i sent goods to j the year before.
    """
    push = FEEDBACK * np.maximum(traded, traded.T)
    for later in range(year, len(cooperation)):
        cooperation[later] += push * PERSISTENCE["cooperation"] ** (later - year)


def _noise(seed: int, label: str, shape: tuple[int, int], kind: str | None = None) -> Float:
    """Autoregressive noise along the first axis, stationary from the first year."""
    name = kind or label
    return _autoregressive(generator(seed, label).normal(size=shape), PERSISTENCE[name]) * NOISE[name]


def _autoregressive(shocks: Float, persistence: float) -> Float:
    """Turn independent unit shocks into an AR(1) series of unit variance along the first axis."""
    series = shocks.copy()
    for t in range(1, len(series)):
        series[t] = persistence * series[t - 1] + np.sqrt(1 - persistence**2) * shocks[t]
    return series


def _symmetric(matrix: Float) -> Float:
    """Copy the upper triangle to the lower; the diagonal is zero."""
    upper = np.triu(matrix, 1)
    return upper + np.swapaxes(upper, -1, -2)


def _standard(matrix: Float) -> Float:
    """Mean 0 and standard deviation 1 over pairs of different countries."""
    off = ~np.eye(len(matrix), dtype=bool)
    return np.where(off, (matrix - matrix[off].mean()) / matrix[off].std(), 0.0)


def _relations(setting: Setting, seed: int, log_gdp: Float, distance: Float, bloc: Bool) -> tuple[Float, Float]:
    """Cooperation and conflict: (year, n, n) each."""
    years, n = setting.with_year_before, len(setting.names)
    allied = politics.allied(setting.names, years).mean(axis=0)
    rival = politics.rivals(setting.names, years).mean(axis=0)
    salience = log_gdp.mean(axis=0)
    salience = 0.25 * (salience[:, None] + salience[None, :])
    near = -np.log(distance)
    tendency = {
        "cooperation": salience + 0.5 * near + 0.8 * bloc.mean(axis=0) + 0.6 * allied - 0.4 * rival,
        "conflict": salience + 0.6 * near - 0.6 * allied + 0.8 * rival,
    }
    found = []
    for name in ("cooperation", "conflict"):
        random = generator(seed, name)
        pair = _symmetric(random.normal(size=(n, n)))
        mean = _standard(0.8 * _standard(tendency[name]) + 0.6 * pair)
        moves = np.stack([_symmetric(random.normal(size=(n, n))) for _ in years])
        series = np.sqrt(BETWEEN) * mean + np.sqrt(1 - BETWEEN) * _autoregressive(moves, PERSISTENCE[name])
        found.append(series + politics.crisis_path(name, setting.names, years, PERSISTENCE[name]))
    return found[0], found[1]
