"""What if: a covariate of chosen countries and years is changed, and the ties that become likelier or less likely.

The *conditional* answer holds the other ties as observed. The *total* answer simulates both worlds along the years from
the first change on, each year given the years drawn before it, with the same random numbers, so that others' ties and
memory carry the change on. Intervals are of the expected differences: the coefficients' uncertainty (and the error of
simulation), not the chance of single ties.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import special
from scipy.special import expit

from xenotime.core import InputError
from xenotime.tergm.checks import finite_number, interval_level, whole_number
from xenotime.tergm.coupled import Coupled
from xenotime.tergm.effects import Spread
from xenotime.tergm.labels import listing
from xenotime.tergm.model import Model, model_of
from xenotime.tergm.panel import Panel
from xenotime.tergm.predict import change_of_year, log_odds, place_in_panel
from xenotime.tergm.results import TergmFit
from xenotime.tergm.sampler import in_threads, year_sampler
from xenotime.tergm.scope import Labels, Years, labels_of, years_of
from xenotime.tergm.simulate import future
from xenotime.tergm.totals import drawn_estimates


@dataclass(frozen=True)
class Change:
    """A change of one covariate.

    Attributes
    ----------
    covariate : str
        Of nodes or of dyads, as the panel names it.
    exporters, importers : labels, optional
        Dyad covariates: on which dyads; all if absent. A node covariate takes `countries`.
    countries : labels, optional
        Node covariates: of whom; all if absent.
    years : int or several, optional
        The covariate's own years; all if absent.
    to, add, times : float, optional
        Exactly one: the new value, or what is added, or what the value is multiplied by.
    """

    covariate: str
    exporters: Labels = None
    importers: Labels = None
    countries: Labels = None
    years: Years = None
    to: float | None = None
    add: float | None = None
    times: float | None = None

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return new values in place of old ones."""
        if self.to is not None:
            return np.full_like(values, self.to)
        if self.add is not None:
            return np.asarray(values + self.add)
        assert self.times is not None  # exactly one is given: see `changed`
        return np.asarray(values * self.times)


def changed(panel: Panel, changes: Iterable[Change]) -> Panel:
    """Return the panel with changed covariates.

    Raises
    ------
    InputError
        Where a covariate, label or year is unknown, or a change does not say what it does.
    """
    nodes, dyads, static = dict(panel.node_covariates), dict(panel.dyad_covariates), set(panel.static)
    for change in changes:
        if sum(value is not None for value in (change.to, change.add, change.times)) != 1:
            raise InputError(f"the change of '{change.covariate}' needs exactly one of to, add, times")
        given = next(value for value in (change.to, change.add, change.times) if value is not None)
        finite_number(given, f"the change of '{change.covariate}'")
        years = years_of(change.years, panel.years)
        steps = np.isin(panel.years, panel.years if years is None else years)
        if change.covariate in nodes:
            if change.exporters is not None or change.importers is not None:
                raise InputError(f"'{change.covariate}' belongs to countries, not to dyads", remedy="give countries=")
            if nodes[change.covariate].dtype.kind not in "fiub":
                raise InputError(f"'{change.covariate}' holds categories: it cannot be changed by numbers")
            whom = labels_of(change.countries, panel.nodes, "country")
            where = steps[:, None] & np.isin(panel.nodes, panel.nodes if whom is None else whom)
            nodes[change.covariate] = _replaced(nodes[change.covariate], where, change)
        elif change.covariate in dyads:
            if change.countries is not None:
                raise InputError(
                    f"'{change.covariate}' belongs to dyads", remedy="give exporters= and importers=, one way or both"
                )
            tails, heads = (
                np.isin(panel.nodes, panel.nodes if labels is None else labels)
                for labels in (
                    labels_of(change.exporters, panel.nodes, "exporter"),
                    labels_of(change.importers, panel.nodes, "importer"),
                )
            )
            between = tails[:, None] & heads[None, :]
            where = steps[:, None, None] & (between if panel.directed else between | between.T)
            dyads[change.covariate] = _replaced(dyads[change.covariate], where, change)
        else:
            known = listing((*panel.node_covariates, *panel.dyad_covariates)) or "none"
            raise InputError(f"the panel has no covariate '{change.covariate}'", remedy=f"it has {known}")
        if not steps.all():
            static.discard(change.covariate)
    return replace(panel, node_covariates=nodes, dyad_covariates=dyads, static=frozenset(static))


def _replaced(values: np.ndarray, where: np.ndarray, change: Change) -> np.ndarray:
    result = values.copy()
    result[where] = change(values[where])
    return result


@dataclass(frozen=True)
class Counterfactual:
    """Tie probabilities with and without a change.

    Attributes
    ----------
    years : tuple of int
    nodes : tuple of str
    before, after : (T, n, n) float64
        NaN where a dyad does not count; undirected: only i < j.
    error : (T, n, n) float64
        Standard error of the difference.
    kind : {"conditional", "total"}
    spread : str
        What the intervals are.
    degrees : float
        Of their t.
    sums : DataFrame
        Expected number of ties: year (null = all), exporter, importer (null = all), before, after, difference,
        std_error.
    """

    years: tuple[int, ...]
    nodes: tuple[str, ...]
    before: np.ndarray
    after: np.ndarray
    error: np.ndarray
    kind: str
    spread: str
    degrees: float
    sums: pl.DataFrame

    def to_frame(self, level: float = 0.95) -> pl.DataFrame:
        """Return one row a dyad and year whose probability changes, largest first.

        Columns: year, exporter, importer, before, after, difference, std_error, low, high.
        """
        gain = self.after - self.before
        place, tail, head = np.nonzero(np.nan_to_num(gain) != 0)
        labels = np.array(self.nodes)
        at = (place, tail, head)
        frame = pl.DataFrame({
            "year": np.array(self.years)[place], "exporter": labels[tail], "importer": labels[head],
            "before": self.before[at], "after": self.after[at], "difference": gain[at], "std_error": self.error[at],
        })  # fmt: skip
        return self._bounded(frame, level).sort(pl.col("difference").abs(), descending=True)

    def totals(self, level: float = 0.95) -> pl.DataFrame:
        """Return expected numbers of ties with intervals: by year, by exporter, by importer, and altogether."""
        return self._bounded(self.sums, level)

    def _bounded(self, frame: pl.DataFrame, level: float) -> pl.DataFrame:
        reach = float(special.stdtrit(self.degrees, (1 + interval_level(level)) / 2))
        gain, error = pl.col("difference"), pl.col("std_error")
        return frame.with_columns((gain - reach * error).alias("low"), (gain + reach * error).alias("high"))

    def __str__(self) -> str:
        whole = self.totals().row(-1, named=True)
        lines = [
            f"Counterfactual, {self.kind}: expected ties {whole['before']:.2f} → {whole['after']:.2f}, difference "
            f"{whole['difference']:+.3f} [{whole['low']:+.3f}, {whole['high']:+.3f}] ({self.spread})",
            "",
            f"{'year':>5} {'exporter → importer':24} {'before':>7} {'after':>7} {'low':>8} {'high':>8}  (difference)",
        ]
        lines += [
            f"{row['year']:>5} {row['exporter'] + ' → ' + row['importer']:24} {row['before']:>7.3f} "
            f"{row['after']:>7.3f} {row['low']:>+8.3f} {row['high']:>+8.3f}"
            for row in self.to_frame().head(10).iter_rows(named=True)
        ]
        return "\n".join(lines)


def _worlds(fit: TergmFit, changes: Change | Sequence[Change]) -> tuple[Model, Model]:
    listed = [changes] if isinstance(changes, Change) else list(changes)
    other = replace(fit.model, panel=changed(fit.model.panel, listed))
    return fit.model, other


def conditional_counterfactual(fit: TergmFit, changes: Change | Sequence[Change]) -> Counterfactual:
    """Return what a change does to each tie's probability, other ties as observed; delta method.

    Years on which it has no effect are left out.
    """
    theta, columns, models = fit.theta, fit.estimated, _worlds(fit, changes)
    root = _root(fit.covariance[np.ix_(columns, columns)])
    steps, chances, factors = [], [], []
    for step in fit.model.steps:
        rows = [change_of_year(model, step)[0] for model in models]
        if np.array_equal(rows[0], rows[1]):
            continue
        p = [expit(log_odds(x, theta)) for x in rows]
        slopes = [(chance * (1 - chance))[:, None] * x[:, columns] for chance, x in zip(p, rows, strict=True)]
        steps.append(step)
        chances.append(p)
        factors.append((slopes[1] - slopes[0]) @ root)
    if not steps:
        raise InputError("the change touches no dyad that counts in any modelled year", remedy="look at years and lags")
    return _result(fit, fit.model, steps, chances, factors, "conditional", f"{fit.spread}, delta method")


def total_counterfactual(
    fit: TergmFit,
    changes: Change | Sequence[Change],
    *,
    horizon: int = 0,
    paths: int = 20,
    parameter_draws: int = 20,
    sweeps: int = 10,
    spread: Spread = "headline",
    seed: int = 1,
    workers: int | None = None,
) -> Counterfactual:
    """Return what a change does to expected ties along the years from its first effect on, others answering.

    Parameters
    ----------
    horizon : int
        Years added after the panel's last, all covariates (the changed ones too) held at their last value.
    paths : int
        Paths simulated in both worlds at the estimates; a quarter as many at each draw of the coefficients.
    parameter_draws : int
        Draws of the coefficients for the intervals.
    sweeps : int
        Visits to every dyad and year that are averaged, after half as many.
    spread : {"headline", "bootstrap"}
        Where draws of the coefficients come from.
    seed, workers
        The same seed gives the same numbers on any number of workers.
    """
    for size, what, least in (
        (horizon, "horizon", 0), (paths, "paths", 1), (parameter_draws, "parameter_draws", 1), (sweeps, "sweeps", 1),
    ):  # fmt: skip
        whole_number(size, what, least)
    estimates, models = fit.theta, _worlds(fit, changes)
    touched = [
        step
        for step in fit.model.steps
        if not np.array_equal(change_of_year(models[0], step)[0], change_of_year(models[1], step)[0])
    ]
    if not touched:
        raise InputError("the change touches no dyad that counts in any modelled year", remedy="look at years and lags")
    if horizon:
        models = tuple(  # type: ignore[assignment]
            model_of(model.formula, future(model.panel, horizon)) for model in models
        )
    steps = [step for step in models[0].steps if step >= touched[0]]
    thetas = [estimates, *drawn_estimates(fit, parameter_draws, seed, spread)]
    few = max(2, paths // 4)
    tasks = [(theta, number) for place, theta in enumerate(thetas) for number in range(paths if place == 0 else few)]

    def one(task: tuple[np.ndarray, int]) -> list[np.ndarray]:
        return _two_paths(models, steps, task[0], seed, task[1], sweeps)

    found = in_threads(one, tasks, workers)
    chances, factors = [], []
    for place in range(len(steps)):
        at = np.array([path[place] for path in found])  # (tasks, 2, d)
        chances.append(list(at[:paths].mean(axis=0)))
        gain = at[:, 1] - at[:, 0]
        drawn = gain[paths:].reshape(parameter_draws, few, -1).mean(axis=1)
        # Draws of the coefficients share their random numbers, so the error of simulation stands beside their spread.
        spreads = (drawn - drawn.mean(axis=0)) / np.sqrt(max(1, parameter_draws - 1))
        noise = (gain[:paths] - gain[:paths].mean(axis=0)) / np.sqrt(max(1, paths - 1) * paths)
        factors.append(np.vstack([spreads, noise]).T)
    words = (
        f"{parameter_draws} draws of the coefficients ({fit.spread if spread == 'headline' else 'bootstrap'}) and the "
        f"error of {paths} paths"
    )
    plain = replace(models[0], panel=replace(models[0].panel, ties=np.nan_to_num(models[0].panel.ties)))
    return _result(fit, plain, steps, chances, factors, "total", words)


def _two_paths(
    models: tuple[Model, Model], steps: list[int], theta: np.ndarray, seed: int, number: int, sweeps: int
) -> list[np.ndarray]:
    """Return each year's mean probabilities in both worlds, (2, d), along one path with common random numbers."""
    found: list[list[np.ndarray]] = [[] for _ in steps]
    for model in models:
        ties = np.nan_to_num(model.panel.ties)
        for place, step in enumerate(steps):
            given = replace(model, panel=replace(model.panel, ties=ties))
            inside = np.ix_(given.panel.exists[step], given.panel.exists[step])
            before = ties[step - 1] if step else ties[step]
            start = np.where(model.panel.risk[step], before, 0.0)[inside]
            sampler = year_sampler(given, theta, step, start=start)
            mean, network = Coupled.of(sampler, theta, seed, "counterfactual", number, step).walk(sweeps)
            chance = sampler.start.astype(np.float64)  # what an infinite coefficient fixes keeps its state
            chance[sampler.free] = mean
            found[place].append(chance[given.counted(step)])
            ties[step] = 0.0
            ties[step][inside] = network
    return [np.array(pair) for pair in found]


def _root(covariance: np.ndarray) -> np.ndarray:
    """Return R with R Rᵀ the covariance (which may be singular: few years)."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _result(
    fit: TergmFit,
    model: Model,
    steps: list[int],
    chances: list[list[np.ndarray]],
    factors: list[np.ndarray],
    kind: str,
    spread: str,
) -> Counterfactual:
    """Collect years: `chances` (2, d) each; `factors` (d, K) whose squares sum to the variance of a difference."""
    before, after = (
        np.array([place_in_panel(model, step, pair[side]) for step, pair in zip(steps, chances, strict=True)])
        for side in (0, 1)
    )
    error = np.array([
        place_in_panel(model, step, np.sqrt((factor**2).sum(axis=1)))
        for step, factor in zip(steps, factors, strict=True)
    ])  # fmt: skip
    years = tuple(model.panel.years[step] for step in steps)
    rows = []
    ends = [_ends(model, step) for step in steps]
    keys = {
        "year": [np.full(len(tail), year) for (tail, _), year in zip(ends, years, strict=True)],
        "exporter": [np.array(model.panel.nodes)[tail] for tail, _ in ends],
        "importer": [np.array(model.panel.nodes)[head] for _, head in ends],
    }
    every = np.concatenate(factors)
    p = [np.concatenate([pair[side] for pair in chances]) for side in (0, 1)]
    groups = {**{name: np.concatenate(parts) for name, parts in keys.items()}, "": np.zeros(len(every))}
    for name, key in groups.items():
        for label in np.unique(key):
            chosen = key == label
            sums = [float(side[chosen].sum()) for side in p]
            spreads = float(np.sqrt((every[chosen].sum(axis=0) ** 2).sum()))
            where = [label.item() if name == slot else None for slot in ("year", "exporter", "importer")]
            rows.append((*where, *sums, sums[1] - sums[0], spreads))
    schema = {"year": pl.Int64, "exporter": pl.String, "importer": pl.String, "before": pl.Float64,
              "after": pl.Float64, "difference": pl.Float64, "std_error": pl.Float64}  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Counterfactual(years, model.panel.nodes, before, after, error, kind, spread, fit.degrees, frame)


def _ends(model: Model, step: int) -> tuple[np.ndarray, np.ndarray]:
    present = model.panel.slice(step).present
    tails, heads = np.nonzero(model.counted(step))
    return present[tails], present[heads]
