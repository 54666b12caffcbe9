"""Exact likelihood of the part of a model in which pairs of nodes are independent: where a path of models starts.

Dyad-independent terms, `mutual` and `asymmetric` tie a dyad to its reverse only. A pair of nodes then has at most four
states (no tie, one, the other, both), so the likelihood, its gradient and its maximum are exact (the p₁ model of
Holland and Leinhardt 1981, with covariates).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from xenotime.tergm.model import Model
from xenotime.tergm.sampler import YearSampler
from xenotime.tergm.state import bind, change_rows
from xenotime.tergm.terms.base import Term
from xenotime.tergm.terms.dyads import asymmetric, mutual
from xenotime.tergm.terms.operators import Wrapped

STEPS, FAR = 50, 40.0


def pairwise(model: Model) -> np.ndarray:
    """Return the columns that see a dyad and at most its reverse, (p,) bool."""

    def sees_pair(term: Term) -> bool:
        inner = term
        while isinstance(inner, Wrapped):
            inner = inner.term
        return term.dyad_independent or (isinstance(inner, (mutual, asymmetric)) and term.view == "network")

    return np.repeat([sees_pair(term) for term in model.formula], np.diff(model.starts))


@dataclass(frozen=True)
class Pairs:
    """States of all pairs of some years.

    Attributes
    ----------
    columns : (q,) int
        Columns of the model that are pairwise.
    gains : (pairs, 4, q) float64
        Statistics of each state beyond those of no (free) tie.
    possible : (pairs, 4) bool
    seen : (pairs,) int
        The observed state.
    """

    columns: np.ndarray
    gains: np.ndarray
    possible: np.ndarray
    seen: np.ndarray

    def loglik(self, theta: np.ndarray) -> float:
        """Return the log-likelihood at coefficients (q,)."""
        eta = np.where(self.possible, self.gains @ theta, -np.inf)
        return float((eta[np.arange(len(eta)), self.seen] - logsumexp(eta, axis=1)).sum())

    def maximise(self, start: np.ndarray, loose: np.ndarray) -> np.ndarray:
        """Return the coefficients at the maximum over the `loose` (bool) ones, by Newton's method; `start` if none."""
        theta, value = start.copy(), self.loglik(start)
        gains = self.gains[:, :, loose]
        for _ in range(STEPS):
            eta = np.where(self.possible, self.gains @ theta, -np.inf)
            p = np.exp(eta - logsumexp(eta, axis=1)[:, None])
            mean = np.einsum("ns,nsq->nq", p, gains)
            score = (gains[np.arange(len(gains)), self.seen] - mean).sum(axis=0)
            weighted = (gains * p[:, :, None]).reshape(-1, gains.shape[2])
            curve = weighted.T @ gains.reshape(-1, gains.shape[2]) - mean.T @ mean
            step = np.linalg.lstsq(curve, score, rcond=None)[0]
            if step @ score < 1e-12:
                return theta
            share, trial = 1.0, theta.copy()
            while share > 1e-6:
                trial[loose] = theta[loose] + share * step
                if self.loglik(trial) >= value:
                    break
                share /= 2
            theta, value = trial, self.loglik(trial)
            if np.abs(theta[loose]).max() > FAR:
                break
        return start


def pairs_of(model: Model, samplers: tuple[YearSampler, ...], columns: np.ndarray) -> Pairs:
    """Return the states of all pairs with a free dyad."""
    parts = [_year_pairs(model, sampler, columns) for sampler in samplers]
    gains, possible, seen = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Pairs(columns, gains, possible, seen)


def _year_pairs(model: Model, sampler: YearSampler, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    m, ties = len(sampler.start), sampler.start != 0
    free = sampler.free
    low, high = np.nonzero(np.triu(free | free.T, 1))
    # A pairwise term reads its reverse only: on the empty network that is 0, on the complete one 1.
    alone, answered = (
        (_columns(model, sampler, ties_at, low, high, columns), _columns(model, sampler, ties_at, high, low, columns))
        for ties_at in (np.zeros((m, m)), 1.0 - np.eye(m))
    )
    there, back = free[low, high], free[high, low]
    gains = np.zeros((len(low), 4, len(columns)))
    gains[:, 1] = np.where((~back & ties[high, low])[:, None], answered[0], alone[0])
    gains[:, 2] = np.where((~there & ties[low, high])[:, None], answered[1], alone[1])
    gains[:, 3] = alone[0] + answered[1]
    possible = np.stack([np.ones(len(low), bool), there, back, there & back], axis=1)
    seen = (ties[low, high] & there) + 2 * (ties[high, low] & back)
    return gains, possible, seen.astype(np.int64)


def _columns(
    model: Model, sampler: YearSampler, ties: np.ndarray, tails: np.ndarray, heads: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    whole = pairwise(model)
    terms = tuple(term for term, first in zip(model.formula, model.starts, strict=False) if whole[first])
    if not model.panel.directed:
        tails, heads = np.minimum(tails, heads), np.maximum(tails, heads)
    rows = np.empty((len(tails), int(whole.sum())))
    bound = bind(terms, model.panel.slice(sampler.step), ties=ties)
    change_rows(bound.state, tails, heads, rows)
    return rows[:, np.isin(np.flatnonzero(whole), columns)]
