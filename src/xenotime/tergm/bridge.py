"""The log-likelihood of a model with dependent ties, by path sampling (Gelman and Meng 1998; Hunter and Handcock 2006).

ℓ(θ̂) = ℓ(θ₀) + ∫₀¹ (θ̂ − θ₀)·(s_obs − E_θ(u) s) du along the line θ(u) from θ₀ to θ̂. θ₀ has only dyad-independent terms,
fitted by themselves, so that its likelihood is known exactly. The integral is Gauss and Legendre's sum; the chains walk
the nodes one after the other from θ̂ on, so that each starts near its equilibrium.
"""

from dataclasses import dataclass

import numpy as np

from xenotime.tergm.diagnostics import effective_size
from xenotime.tergm.ensemble import Ensemble
from xenotime.tergm.logit import solve

NODES = 16
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
        Log-likelihood of the dyad-independent model the path starts from.
    """

    value: float
    error: float
    reference: float


def independent_fit(chains: Ensemble, theta: np.ndarray) -> tuple[np.ndarray, float]:
    """Return θ₀ (p,) and its exact log-likelihood: dependent terms 0, the others fitted by themselves.

    Offsets of dyad-independent terms stay as in `theta`. Where the fit has no finite solution they all do.
    """
    model = chains.model
    finite = np.isfinite(theta)
    columns = np.flatnonzero(model.independent & finite)
    loose = np.flatnonzero(np.isin(columns, model.free))
    parts, tied, sizes = [], [], []
    for sampler in chains.samplers:
        codes = np.flatnonzero(sampler.free.ravel())
        rows = (
            sampler.rows
            if len(sampler.rows) > 1
            else np.broadcast_to(sampler.rows, (sampler.free.size, len(sampler.rows[0])))
        )
        own = sampler.order[int((~model.independent).sum()) :]
        parts.append(rows[codes][:, np.isin(own, columns)])
        tied.append(sampler.start.ravel()[codes].astype(np.float64))
        sizes.append(len(codes))
    x, y = np.concatenate(parts), np.concatenate(tied)
    held = np.setdiff1d(np.arange(len(columns)), loose)
    offset = x[:, held] @ theta[columns[held]]
    start = np.where(finite, 0.0, theta)
    start[columns] = theta[columns]
    if len(loose):
        solved = solve(np.ascontiguousarray(x[:, loose]), y, offset, np.array([0, len(y)]))
        if solved.converged and np.abs(x[:, loose] @ solved.theta).max() < 30:
            start[columns[loose]] = solved.theta
    eta = x @ start[columns]
    return start, float(y @ eta - np.logaddexp(0.0, eta).sum())


def path_sampling(chains: Ensemble, theta: np.ndarray, error: float) -> LogLikelihood:
    """Return the log-likelihood at θ, with draws until its Monte-Carlo standard error is below `error`.

    Parameters
    ----------
    chains : Ensemble
        Near their equilibrium at θ.
    theta : (p,) float64
    error : float
    """
    start, reference = independent_fit(chains, theta)
    finite = np.isfinite(theta)
    direction = np.where(finite, theta - start, 0.0) if finite.any() else np.zeros(len(theta))
    direction[~finite] = 0.0
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
