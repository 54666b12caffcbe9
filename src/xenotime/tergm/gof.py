"""Goodness of fit: networks simulated one step ahead of each year beside the observed ones.

Compared are the distributions of `census.py` and the prediction of ties. Each year is sampled by several chains,
thinned by the number of ties; where they mix badly it is drawn again with more proposals between draws, and the
effective number of draws is stated. A year has too few draws to tell mixing from chance (among a hundred independent
ones the worst of ten statistics often shows thirty), so autocorrelations are pooled over years, and one year alone is
drawn again only where it is far off. P-values are Monte-Carlo: the rank of the observed among the simulated, two-sided.
Each statistic also has one joint p-value: of the largest standardised departure over its levels, which allows for
looking at many. In sample the coefficients have seen the year; out of sample they come from the years before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from xenotime.core import InputError
from xenotime.tergm.census import TRIADS, network_counts
from xenotime.tergm.checks import whole_number
from xenotime.tergm.diagnostics import effective_size
from xenotime.tergm.labels import listing, listing_span
from xenotime.tergm.model import Model
from xenotime.tergm.predict import Prediction, observed_of, place_in_panel
from xenotime.tergm.results import TergmFit
from xenotime.tergm.rolling import refit, until
from xenotime.tergm.sampler import in_threads
from xenotime.tergm.simulate import CHAINS, THIN, pace, simulate_step

#: Everything is drawn again, four times thinner, where a statistic's effective draws, pooled over years, are fewer than
#: this share of all; one year, where its own are fewer than the second share.
MIXED, MIXED_ALONE = 0.5, 0.1
ATTEMPTS = 3


@dataclass(frozen=True)
class GofStatistic:
    """One distribution, observed and simulated.

    Attributes
    ----------
    name : str
    levels : tuple of str
        What is counted: degrees, distances, types of triads.
    observed : (T, L) float64
    simulated : (N, T, L) float64
    """

    name: str
    levels: tuple[str, ...]
    observed: np.ndarray
    simulated: np.ndarray

    def p_values(self) -> np.ndarray:
        """Return Monte-Carlo p-values of each level's mean over years, (L,)."""
        return monte_carlo_p(self.observed.mean(axis=0), self.simulated.mean(axis=1))

    def joint_p(self) -> float:
        """Return the Monte-Carlo p-value of the largest standardised departure of all levels' means over years."""
        return largest_departure_p(self.observed.mean(axis=0), self.simulated.mean(axis=1))


def monte_carlo_p(observed: np.ndarray, simulated: np.ndarray) -> np.ndarray:
    """Return two-sided Monte-Carlo p-values, (L,), of observed (L,) among simulated (N, L): never zero."""
    size = len(simulated) + 1
    low = (1 + (simulated <= observed + 1e-12).sum(axis=0)) / size
    high = (1 + (simulated >= observed - 1e-12).sum(axis=0)) / size
    return np.asarray(np.minimum(1.0, 2 * np.minimum(low, high)))


def largest_departure_p(observed: np.ndarray, simulated: np.ndarray) -> float:
    """Return the Monte-Carlo p-value of max over levels |x − mean| / sd, observed (L,) among simulated (N, L).

    Mean and deviation are over observed and simulated together, so that under the model all N + 1 are alike.
    """
    together = np.vstack([observed, simulated])
    spread = together.std(axis=0)
    varies = spread > 1e-12
    if not varies.any():
        return 1.0
    size = np.abs((together - together.mean(axis=0))[:, varies] / spread[varies]).max(axis=1)
    return float((size >= size[0] - 1e-12).mean())


@dataclass(frozen=True)
class Gof:
    """Goodness of fit of a model.

    Attributes
    ----------
    years : tuple of int
    statistics : dict of str to GofStatistic
    prediction : Prediction
        Share of simulated networks with each tie, beside the observed ties.
    effective : dict of str to float
        Effective number of draws a year (of `simulations`) for each statistic of the model.
    simulations : int
    sample : {"in sample", "out of sample"}
    seed : int
    """

    years: tuple[int, ...]
    statistics: dict[str, GofStatistic]
    prediction: Prediction
    effective: dict[str, float]
    simulations: int
    sample: str
    seed: int

    def to_frame(self, by_year: bool = False) -> pl.DataFrame:
        """Return one row a statistic and level (and year): observed and simulated means over years, p-value.

        Columns: statistic, level, [year,] observed, simulated, low, high (2.5 and 97.5 % of simulations), min, max,
        p_value.
        """
        frames = []
        for item in self.statistics.values():
            cases = (
                [(year, item.observed[t], item.simulated[:, t]) for t, year in enumerate(self.years)]
                if by_year
                else [(None, item.observed.mean(axis=0), item.simulated.mean(axis=1))]
            )
            for year, seen, drawn in cases:
                low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
                frame = pl.DataFrame({
                    "statistic": [item.name] * len(seen), "level": item.levels, "year": [year] * len(seen),
                    "observed": seen, "simulated": drawn.mean(axis=0), "low": low, "high": high,
                    "min": drawn.min(axis=0), "max": drawn.max(axis=0), "p_value": monte_carlo_p(seen, drawn),
                }, schema_overrides={"year": pl.Int64})  # fmt: skip
                frames.append(frame if by_year else frame.drop("year"))
        return pl.concat(frames)

    def joint(self) -> pl.DataFrame:
        """Return one row a statistic: its joint p-value and the level that departs most."""
        rows = []
        for item in self.statistics.values():
            seen, drawn = item.observed.mean(axis=0), item.simulated.mean(axis=1)
            together = np.vstack([seen, drawn])
            spread = together.std(axis=0)
            away = np.divide(seen - together.mean(axis=0), spread, out=np.zeros_like(seen), where=spread > 1e-12)
            worst = int(np.abs(away).argmax())
            rows.append((item.name, item.joint_p(), item.levels[worst], seen[worst], drawn[:, worst].mean()))
        names = ["statistic", "p_value", "worst_level", "observed", "simulated"]
        return pl.DataFrame(rows, schema=names, orient="row")

    def plot(self) -> Any:
        """Return a matplotlib figure: boxes of the simulated, a line for the observed, a panel a statistic."""
        from xenotime.tergm.figures import gof_figure

        return gof_figure(self)

    def __str__(self) -> str:
        score = self.prediction.scores().row(-1, named=True)
        slowest = min(self.effective, key=lambda name: self.effective[name])
        lines = [
            f"Goodness of fit, {self.sample}, one step ahead: {self.simulations} simulations of each of "
            f"{len(self.years)} year(s) ({listing_span(self.years)})",
            f"Effective draws a year: {self.effective[slowest]:.0f} of {self.simulations} for the slowest statistic "
            f"({slowest})",
            f"Tie prediction: area under ROC {score['auc_roc']:.3f}, precision–recall {score['auc_pr']:.3f} (chance "
            f"{score['ties'] / score['dyads']:.3f}); Brier {score['brier']:.4f}",
            "",
            f"{'statistic':27} {'p':>7}   worst level: observed against simulated (means over years)",
        ]
        lines += [
            f"{row['statistic']:27} {row['p_value']:>7.3f}   {row['worst_level']}: {row['observed']:.4g} against "
            f"{row['simulated']:.4g}"
            for row in self.joint().iter_rows(named=True)
        ]
        return "\n".join(lines)


def goodness_of_fit(
    fit: TergmFit,
    simulations: int = 100,
    seed: int = 1,
    years: Iterable[int] | None = None,
    *,
    chains: int = CHAINS,
    workers: int | None = None,
) -> Gof:
    """Return the goodness of fit in sample.

    Parameters
    ----------
    fit : TergmFit
    simulations : int
        Networks a year.
    seed : int
        The same seed gives the same numbers on any number of workers.
    years : iterable of int, optional
        All modelled years if absent.
    chains : int
        Walks that share the simulations of a year.
    workers : int, optional
        Threads; all cores if absent.
    """
    steps = _steps(fit.model, years)
    thetas = dict.fromkeys(steps, fit.theta)
    return _compare(fit.model, thetas, simulations, seed, chains, workers, "in sample")


def goodness_ahead(
    fit: TergmFit,
    years: Iterable[int],
    simulations: int = 100,
    seed: int = 1,
    *,
    chains: int = CHAINS,
    workers: int | None = None,
) -> Gof:
    """Return the goodness of fit out of sample: each year under coefficients fitted to the years before it.

    The year's covariates are given; for forecasts that know nothing of the year, see `rolling.rolling_forecast`.
    """
    steps = _steps(fit.model, years)
    early = [fit.model.panel.years[step] for step in steps if step - fit.model.steps[0] < 3]
    if early:
        raise InputError(
            f"fewer than three modelled years before {listing(early)}", remedy="leave more years to fit the model to"
        )
    thetas = {step: refit(fit, until(fit.model.panel, step), seed).estimates for step in steps}
    return _compare(fit.model, thetas, simulations, seed, chains, workers, "out of sample")


def _steps(model: Model, years: Iterable[int] | None) -> list[int]:
    chosen = model.years if years is None else tuple(years)
    foreign = [year for year in chosen if year not in model.years]
    if foreign or not chosen:
        raise InputError(f"no such year: {listing(foreign) or 'none given'}", remedy=f"choose from {model.years}")
    return [model.panel.index(year) for year in chosen]


def _compare(
    model: Model,
    thetas: dict[int, np.ndarray],
    simulations: int,
    seed: int,
    chains: int,
    workers: int | None,
    sample: str,
) -> Gof:
    if whole_number(simulations, "simulations") < 2:
        raise InputError(f"{simulations} simulations say nothing", remedy="give 100 or more")
    steps = list(thetas)
    stretch = dict.fromkeys(steps, 1)
    found: dict[int, _Year] = {}
    todo, tries = steps, 0
    while todo:

        def one(step: int) -> _Year:
            return _simulated(model, thetas[step], step, simulations, seed, chains, stretch[step])

        found |= dict(zip(todo, in_threads(one, todo, workers), strict=True))
        drawn = [found[step] for step in steps]
        pooled = _pooled_size([each.drawn for each in drawn])
        tries += 1
        todo = []
        if tries < ATTEMPTS:
            badly = bool(pooled.min() < MIXED * simulations)
            todo = [step for step in steps if badly or found[step].effective < MIXED_ALONE * simulations]
        for step in todo:
            stretch[step] *= 4
    years = tuple(model.panel.years[step] for step in steps)
    statistics = {
        name: _padded(name, [each.observed[name] for each in drawn], [each.simulated[name] for each in drawn])
        for name in drawn[0].observed
    }
    shares = np.array([each.share for each in drawn])
    prediction = Prediction(
        years, model.panel.nodes, shares, observed_of(model, steps), f"share of {simulations} simulations, {sample}"
    )
    sizes = dict(zip(model.names, np.minimum(pooled, simulations).tolist(), strict=True))
    return Gof(years, statistics, prediction, sizes, simulations, sample, seed)


@dataclass(frozen=True)
class _Year:
    """One year's counts: observed and simulated; share of simulations with each tie; statistics by chain (c, n, p)."""

    observed: dict[str, np.ndarray]
    simulated: dict[str, np.ndarray]
    share: np.ndarray
    drawn: np.ndarray
    effective: float


def _simulated(
    model: Model, theta: np.ndarray, step: int, simulations: int, seed: int, chains: int, stretch: int
) -> _Year:
    year, counted, directed = model.panel.slice(step), model.counted(step), model.panel.directed
    unit = pace(int(year.ties[counted].sum()), int(counted.sum()))
    drawn = simulate_step(model, theta, step, simulations, seed, chains=chains, interval=THIN * unit * stretch)
    shares = np.array_split(drawn.statistics, np.cumsum(_lengths(simulations, chains))[:-1])
    shortest = min(len(part) for part in shares)
    return _Year(
        network_counts(year.ties[None], directed),
        network_counts(drawn.networks, directed),
        place_in_panel(model, step, drawn.networks.mean(axis=0)[counted]),
        np.array([part[:shortest] for part in shares]),
        float(drawn.effective.min()),
    )


def _lengths(draws: int, chains: int) -> list[int]:
    """Return how many of the draws come from each chain, as `simulate.simulate_step` shares them out."""
    return [len(range(number, draws, chains)) for number in range(min(chains, draws))]


def _pooled_size(drawn: list[np.ndarray]) -> np.ndarray:
    """Return the effective draws a year of each statistic, (p,), autocorrelations pooled over years."""
    alike = []
    for chains in drawn:
        spread = chains.std(axis=(0, 1))
        alike.append((chains - chains.mean(axis=(0, 1))) / np.where(spread > 0, spread, 1.0))
    together = np.concatenate(alike)
    scale = sum(chains.shape[0] * chains.shape[1] for chains in drawn) / len(drawn)
    return np.asarray(effective_size(together) / (together.shape[0] * together.shape[1]) * scale)


def _padded(name: str, observed: list[np.ndarray], simulated: list[np.ndarray]) -> GofStatistic:
    """Return a statistic over years of unequal numbers of nodes, without levels that never occur at the far end."""
    unreached = [counts[:, -1:] for counts in (*observed, *simulated)] if name == "geodesic distance" else None
    if unreached is not None:
        observed, simulated = [counts[:, :-1] for counts in observed], [counts[:, :-1] for counts in simulated]
    width = max(counts.shape[1] for counts in observed)
    wide = [np.pad(counts, ((0, 0), (0, width - counts.shape[1]))) for counts in (*observed, *simulated)]
    levels: tuple[str, ...]
    if name == "triad census":
        levels = TRIADS if width == len(TRIADS) else ("no tie", "one tie", "two ties", "three ties")
    elif name == "modularity":
        levels = ("Q",)
    else:
        filled = np.flatnonzero(np.any([counts.any(axis=0) for counts in wide], axis=0))
        width = int(filled[-1]) + 1 if len(filled) else 1
        wide = [counts[:, :width] for counts in wide]
        first = 1 if name == "geodesic distance" else 0
        levels = tuple(str(level) for level in range(first, first + width))
    if unreached is not None:
        wide = [np.hstack(pair) for pair in zip(wide, unreached, strict=True)]
        levels = (*levels, "none")
    count = len(observed)
    return GofStatistic(
        name, levels, np.array([counts[0] for counts in wide[:count]], float),
        np.array(wide[count:], float).transpose(1, 0, 2),
    )  # fmt: skip
