"""How well probabilities predict ties: ROC and precision–recall curves, Brier score, calibration.

Plain arrays in and out. Ties in the probabilities are treated as one step of a curve, so that the order of equal
predictions does not matter.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from xenotime.tergm.checks import whole_number


@dataclass(frozen=True)
class Curve:
    """A curve from (0, ·) to (1, ·), and the area under it.

    Attributes
    ----------
    x, y : (k,) float64
        ROC: false and true positive rate. Precision–recall: recall and precision.
    threshold : (k,) float64
        The probability from which on a tie is predicted.
    area : float
    """

    x: np.ndarray
    y: np.ndarray
    threshold: np.ndarray
    area: float


def _steps(observed: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return true and false positives at each distinct threshold, from high to low."""
    order = np.argsort(-probability, kind="stable")
    ranked, tied = probability[order], observed[order] > 0
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    hits = np.cumsum(tied)[ends].astype(np.float64)
    return hits, ends + 1 - hits, ranked[ends]


def roc(observed: np.ndarray, probability: np.ndarray) -> Curve:
    """Return the ROC curve of (d,) outcomes 0/1 and their predicted probabilities; area NaN where all are alike."""
    hits, false, threshold = _steps(observed, probability)
    if not hits[-1] or not false[-1]:
        return Curve(np.zeros(0), np.zeros(0), np.zeros(0), np.nan)
    x, y = np.append(0.0, false / false[-1]), np.append(0.0, hits / hits[-1])
    return Curve(x, y, np.append(np.inf, threshold), float(np.trapezoid(y, x)))


def precision_recall(observed: np.ndarray, probability: np.ndarray) -> Curve:
    """Return the precision–recall curve; its area is the average precision (no interpolation between points)."""
    hits, false, threshold = _steps(observed, probability)
    if not hits[-1]:
        return Curve(np.zeros(0), np.zeros(0), np.zeros(0), np.nan)
    recall, precision = hits / hits[-1], hits / (hits + false)
    return Curve(recall, precision, threshold, float((np.diff(recall, prepend=0.0) * precision).sum()))


def brier(observed: np.ndarray, probability: np.ndarray) -> float:
    """Return the mean squared distance of probabilities from outcomes: 0 perfect, lower is better."""
    return float(np.mean((observed - probability) ** 2))


def log_score(observed: np.ndarray, probability: np.ndarray) -> float:
    """Return the mean log-probability of what happened (higher is better), probabilities kept 1e-12 from 0 and 1."""
    p = np.clip(probability, 1e-12, 1 - 1e-12)
    return float(np.mean(np.where(observed > 0, np.log(p), np.log1p(-p))))


def calibration(observed: np.ndarray, probability: np.ndarray, bins: int = 10) -> pl.DataFrame:
    """Return predicted against observed shares of ties in `bins` groups of equal size, from low to high probability.

    Returns
    -------
    DataFrame
        from, to (probability), dyads, predicted (mean probability), observed (share tied).
    """
    whole_number(bins, "bins", 1)
    parts = [part for part in np.array_split(np.argsort(probability, kind="stable"), bins) if len(part)]
    rows = [
        (probability[part[0]], probability[part[-1]], len(part), probability[part].mean(), observed[part].mean())
        for part in parts
    ]
    return pl.DataFrame(rows, schema=["from", "to", "dyads", "predicted", "observed"], orient="row")
