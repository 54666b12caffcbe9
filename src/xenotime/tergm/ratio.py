"""The likelihood ratio from draws: importance sampling (Geyer, Thompson 1992), limited steps (Hummel et al. 2012).

With draws s of the statistics at θ, ℓ(θ + δ) − ℓ(θ) = Σ_t [δ·s_t,obs − log E exp(δ·s_t)], concave in δ. They tell of
it only near θ: where the observed statistics lie outside them, the step aims at a point between their mean and the
observed ones. Hummel's hull is taken along the direction of the step, for each year: a year's mean must stay among that
year's draws.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

#: How far towards the farthest draw a step may move a year's mean.
MARGIN = 0.6


@dataclass(frozen=True)
class Step:
    """A step of the coefficients.

    Attributes
    ----------
    delta : (q,) float64
    length : float
        Share of the way to the observed statistics; 1 where they are reached.
    distance : float
        Standard deviations by which the step moves the mean of the year it moves most.
    curve : (q, q) float64
        Information at θ + δ, summed over the years.
    gain : float
        Log-likelihood gained.
    """

    delta: np.ndarray
    length: float
    distance: float
    curve: np.ndarray
    gain: float


def best_step(draws: list[np.ndarray], observed: np.ndarray) -> Step | None:
    """Return the step to the maximum of the likelihood ratio, or part of it; None where draws do not vary.

    Parameters
    ----------
    draws : list of (n, q) float64
        By year, at θ.
    observed : (T, q) float64
    """
    means = np.array([each.mean(axis=0) for each in draws])
    covariances = [np.atleast_2d(np.cov(each, rowvar=False)) for each in draws]
    total = np.sum(covariances, axis=0)
    scale = np.sqrt(np.diag(total))
    if not (scale > 0).all() or np.linalg.eigvalsh(total / np.outer(scale, scale))[0] < 1e-10:
        return None
    goal = (observed - means).sum(axis=0)
    delta = np.linalg.solve(total, goal)
    length, distance = _reach(draws, means, covariances, delta)
    if length < 1.0:
        return Step(length * delta, length, length * distance, total, 0.0)
    if distance > 0.5:
        return Step(delta, 1.0, distance, total, 0.0)
    return _maximise(draws, means, observed, delta, distance)


def _reach(
    draws: list[np.ndarray], means: np.ndarray, covariances: list[np.ndarray], delta: np.ndarray
) -> tuple[float, float]:
    length, distance = 1.0, 0.0
    for each, mean, covariance in zip(draws, means, covariances, strict=True):
        shift = float(delta @ covariance @ delta)  # by which the year's δ·s is to rise
        distance = max(distance, np.sqrt(shift))
        room = float(((each - mean) @ delta).max())
        if shift > MARGIN * room:
            length = min(length, MARGIN * room / shift)
    return length, distance


def _maximise(
    draws: list[np.ndarray], means: np.ndarray, observed: np.ndarray, delta: np.ndarray, distance: float
) -> Step:
    """Newton's method on the importance-sampled likelihood ratio."""
    centred = [each - mean for each, mean in zip(draws, means, strict=True)]
    target = (observed - means).sum(axis=0)
    value, delta = 0.0, np.zeros_like(delta)
    for _ in range(25):
        score, curve = target.copy(), np.zeros((len(delta), len(delta)))
        for each in centred:
            eta = each @ delta
            weight = np.exp(eta - logsumexp(eta))
            mean = weight @ each
            score -= mean
            curve += (each - mean).T @ ((each - mean) * weight[:, None])
        step = np.linalg.solve(curve, score)
        if step @ score < 1e-14:
            break
        share = 1.0
        while share > 1e-6:
            new = log_ratio(centred, target, delta + share * step)
            if new >= value:
                break
            share /= 2
        delta, value = delta + share * step, new
    return Step(delta, 1.0, distance, curve, value)


def log_ratio(centred: list[np.ndarray], target: np.ndarray, delta: np.ndarray) -> float:
    """Return δ·target − Σ_t log mean exp(δ·s_t) for draws and target measured from each year's mean."""
    return float(delta @ target - sum(logsumexp(each @ delta) - np.log(len(each)) for each in centred))
