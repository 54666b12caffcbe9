"""Predicted tie probabilities of the modelled years, and how well they do.

Given the other ties of the year as observed (conditional), or given the past alone, the other ties simulated (one step
ahead). The first reads the very year it predicts: it describes fit, and is no forecast. For years the model has not
seen, see `rolling.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from scipy.special import expit

from xenotime.tergm.checks import whole_number
from xenotime.tergm.coupled import Coupled
from xenotime.tergm.model import Model
from xenotime.tergm.sampler import in_threads, year_sampler
from xenotime.tergm.scores import Curve, brier, calibration, log_score, precision_recall, roc
from xenotime.tergm.state import change_rows


@dataclass(frozen=True)
class Prediction:
    """Tie probabilities beside what happened.

    Attributes
    ----------
    years : tuple of int
    nodes : tuple of str
    probability : (T, n, n) float64
        NaN where a dyad does not count; undirected: only i < j.
    observed : (T, n, n) float64
        0/1, NaN as in `probability`.
    what : str
        How the probabilities came about.
    """

    years: tuple[int, ...]
    nodes: tuple[str, ...]
    probability: np.ndarray
    observed: np.ndarray
    what: str

    @cached_property
    def _known(self) -> np.ndarray:
        return np.asarray(~(np.isnan(self.probability) | np.isnan(self.observed)))

    def pairs(self, year: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return outcomes and probabilities of the dyads that count, each (d,); of one year if given."""
        chosen = self._known if year is None else self._known[self.years.index(year)]
        tied, chance = (
            values if year is None else values[self.years.index(year)] for values in (self.observed, self.probability)
        )
        return tied[chosen], chance[chosen]

    def roc(self) -> Curve:
        """Return the ROC curve over all years."""
        return roc(*self.pairs())

    def precision_recall(self) -> Curve:
        """Return the precision–recall curve over all years."""
        return precision_recall(*self.pairs())

    def calibration(self, bins: int = 10) -> pl.DataFrame:
        """Return predicted against observed shares of ties in groups of equal size."""
        return calibration(*self.pairs(), bins=bins)

    def scores(self) -> pl.DataFrame:
        """Return one row a year and one for all (year null): dyads, ties, auc_roc, auc_pr, brier, log_score."""
        rows = []
        for year in (*self.years, None):
            tied, chance = self.pairs(year)
            if len(tied):
                areas = roc(tied, chance).area, precision_recall(tied, chance).area
                rows.append((year, len(tied), int(tied.sum()), *areas, brier(tied, chance), log_score(tied, chance)))
        names = ["year", "dyads", "ties", "auc_roc", "auc_pr", "brier", "log_score"]
        return pl.DataFrame(rows, schema=names, orient="row")

    def to_frame(self) -> pl.DataFrame:
        """Return one row a dyad and year: year, exporter, importer, probability, tie (null where unknown)."""
        place, tail, head = np.nonzero(~np.isnan(self.probability))
        labels = np.array(self.nodes)
        return pl.DataFrame({
            "year": np.array(self.years)[place],
            "exporter": labels[tail],
            "importer": labels[head],
            "probability": self.probability[place, tail, head],
            "tie": self.observed[place, tail, head],
        }).with_columns(pl.col("tie").fill_nan(None).cast(pl.Int8))  # fmt: skip

    def __str__(self) -> str:
        row = self.scores().row(-1, named=True)
        return (
            f"Tie probabilities, {self.what}: {row['dyads']:,} dyads, {row['ties']:,} ties; area under ROC "
            f"{row['auc_roc']:.3f}, precision–recall {row['auc_pr']:.3f} (chance {row['ties'] / row['dyads']:.3f}); "
            f"Brier {row['brier']:.4f}"
        )


def log_odds(x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Return x·θ, (d,), where a coefficient of ±∞ decides the dyads its column touches and leaves the others alone."""
    infinite = np.flatnonzero(np.isinf(theta))
    eta = x @ np.where(np.isinf(theta), 0.0, theta)
    for column in infinite:
        touched = x[:, column] != 0
        eta[touched] = np.sign(x[touched, column]) * theta[column]
    return np.asarray(eta)


def change_of_year(model: Model, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the change statistics of the counted dyads of a year, (d, p), and their ends among existing nodes."""
    tails, heads = np.nonzero(model.counted(step))
    x = np.empty((len(tails), len(model.names)))
    bound = model.bind(step)  # named, since its tables must outlive the call
    change_rows(bound.state, tails, heads, x)
    return x, tails, heads


def place_in_panel(model: Model, step: int, values: np.ndarray) -> np.ndarray:
    """Return values of the counted dyads, (d,), as an (n, n) matrix of the panel, NaN elsewhere."""
    present = model.panel.slice(step).present
    tails, heads = np.nonzero(model.counted(step))
    result = np.full((model.panel.n, model.panel.n), np.nan)
    result[present[tails], present[heads]] = values
    return result


def observed_of(model: Model, steps: Iterable[int]) -> np.ndarray:
    """Return the observed ties of counted dyads, (T, n, n), NaN elsewhere."""
    found = []
    for step in steps:
        ties = model.panel.slice(step).ties
        found.append(place_in_panel(model, step, ties[model.counted(step)].astype(np.float64)))
    return np.array(found)


def conditional_prediction(model: Model, theta: np.ndarray) -> Prediction:
    """Return the probability of each tie of the modelled years given all other ties as observed."""
    found = [
        place_in_panel(model, step, expit(log_odds(change_of_year(model, step)[0], theta))) for step in model.steps
    ]
    return Prediction(
        model.years, model.panel.nodes, np.array(found), observed_of(model, model.steps), "other ties as observed"
    )


def ahead_prediction(
    model: Model,
    theta: np.ndarray,
    steps: Iterable[int] | None = None,
    *,
    sweeps: int = 100,
    seed: int = 1,
    workers: int | None = None,
) -> Prediction:
    """Return the probability of each tie given the observed past alone, other ties of the year simulated.

    Parameters
    ----------
    sweeps : int
        Visits to every dyad that are averaged, after half as many; see `coupled.Coupled`.
    """
    whole_number(sweeps, "sweeps", 1)
    chosen = tuple(model.steps if steps is None else steps)

    def one(step: int) -> np.ndarray:
        sampler = year_sampler(model, theta, step)
        chance = sampler.start.astype(np.float64)  # dyads that an infinite coefficient fixes keep their state
        chance[sampler.free] = Coupled.of(sampler, theta, seed, "ahead", step).probabilities(sweeps)
        return place_in_panel(model, step, chance[model.counted(step)])

    found = np.array(in_threads(one, chosen, workers))
    years = tuple(model.panel.years[step] for step in chosen)
    return Prediction(
        years, model.panel.nodes, found, observed_of(model, chosen), "one step ahead of the observed past"
    )
