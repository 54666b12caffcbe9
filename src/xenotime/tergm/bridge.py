"""The log-likelihood of a model with dependent ties, by path sampling (Gelman and Meng 1998; Hunter and Handcock 2006).

ℓ(θ̂) = ℓ(θ₀) + ∫₀¹ (θ̂ − θ₀)·(s_obs − E_θ(u) s) du along the line θ(u) from θ₀ to θ̂. θ₀ has only terms under which
pairs of nodes are independent, fitted by themselves, so that its likelihood is known exactly (`pairs.py`). The integral
is Gauss and Legendre's sum; the chains walk the nodes one after the other from θ̂ on, so that each starts near its
equilibrium.
"""

from dataclasses import dataclass

import numpy as np

from xenotime.tergm.diagnostics import effective_size
from xenotime.tergm.ensemble import Ensemble
from xenotime.tergm.pairs import pairs_of, pairwise

NODES = 10
#: Draws of each chain at a node, first and most.
FIRST, MOST = 60, 8_000


@dataclass(frozen=True)
class LogLikelihood:
    """A log-likelihood by path sampling.

    Attributes
    ----------
    value : float
    error : float
        Monte-Carlo standard error.
    reference : float
        Log-likelihood of the model with independent pairs that the path starts from.
    """

    value: float
    error: float
    reference: float


def pairwise_fit(chains: Ensemble, theta: np.ndarray) -> tuple[np.ndarray, float]:
    """Return θ₀ (p,) and its exact log-likelihood: pairs of nodes independent, their coefficients fitted anew.

    Offsets stay as in `theta`, infinite coefficients out of it; where the fit has no finite solution, the pairwise
    coefficients stay too.
    """
    model = chains.model
    columns = np.flatnonzero(pairwise(model) & np.isfinite(theta))
    start = np.where(np.isfinite(theta), 0.0, theta)
    if not len(columns):
        free = sum(int(sampler.free.sum()) for sampler in chains.samplers)
        return start, -free * float(np.log(2.0))
    pairs = pairs_of(model, chains.samplers, columns)
    start[columns] = pairs.maximise(theta[columns], np.isin(columns, model.free))
    return start, pairs.loglik(start[columns])


def path_sampling(chains: Ensemble, theta: np.ndarray, error: float) -> LogLikelihood:
    """Return the log-likelihood at θ, with draws until its Monte-Carlo standard error is below `error`.

    Parameters
    ----------
    chains : Ensemble
        Near their equilibrium at θ.
    theta : (p,) float64
    error : float
    """
    start, reference = pairwise_fit(chains, theta)
    finite = np.isfinite(theta)
    direction = np.zeros(len(theta))
    direction[finite] = theta[finite] - start[finite]
    if not direction.any():
        return LogLikelihood(reference, 0.0, reference)
    places, weights = np.polynomial.legendre.leggauss(NODES)
    places, weights = (places[::-1] + 1) / 2, weights[::-1] / 2
    observed = chains.observed @ direction
    total, variance, count = 0.0, 0.0, FIRST
    for number, (place, weight) in enumerate(zip(places, weights, strict=True)):
        at = np.where(finite, start + place * direction, theta)
        chains.draw(at, 1, 20.0)
        draws = [each @ direction for each in chains.draw(at, count)]
        # What is left of the error, shared evenly among the nodes that are left; each counts by its weight.
        allowed = (error**2 - variance) / (NODES - number)
        spread = _variance_of_mean(draws)
        while weight**2 * spread > allowed and draws[0].shape[1] < MOST:
            have = draws[0].shape[1]
            wanted = min(MOST, max(have + FIRST, int(1.2 * have * weight**2 * spread / allowed)))
            more = chains.draw(at, wanted - have)
            draws = [np.concatenate([old, new @ direction], axis=1) for old, new in zip(draws, more, strict=True)]
            spread = _variance_of_mean(draws)
        total += weight * float(sum(seen - each.mean() for seen, each in zip(observed, draws, strict=True)))
        variance += weight**2 * spread
    return LogLikelihood(reference + total, float(np.sqrt(variance)), reference)


def _variance_of_mean(draws: list[np.ndarray]) -> float:
    """Return the variance of Σ_t mean of the draws (c, n) of year t."""
    return float(sum(each.var() / effective_size(each[:, :, None])[0] for each in draws))
