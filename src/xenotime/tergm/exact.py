"""Exact likelihood of tiny networks by enumeration: the truth that samplers and estimators are tested against.

With d free dyads a year there are 2^d networks; a Gray code visits them all by one toggle each, so their statistics
follow from change statistics. Up to `MAX_DYADS` free dyads: directed networks of 5 nodes, undirected ones of 7.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp

from xenotime.core import InputError
from xenotime.tergm.kernel import compiled
from xenotime.tergm.labels import listing
from xenotime.tergm.model import Model
from xenotime.tergm.simulate import check_theta
from xenotime.tergm.state import change, flip

MAX_DYADS = 21
#: Log-odds beyond which the likelihood is taken to have no maximum.
FAR = 40.0


@compiled
def _gray_walk(state, tails, heads, found):  # type: ignore[no-untyped-def]
    """Fill the rows of `found` (2^d, p) after the first, which holds the statistics of the network as it stands."""
    out = np.empty(found.shape[1])
    for k in range(1, len(found)):
        bit = 0
        while not (k >> bit) & 1:
            bit += 1
        i, j = tails[bit], heads[bit]
        change(state, i, j, out)
        sign = -1.0 if state.graph.ties[i, j] else 1.0
        flip(state, i, j)
        found[k] = found[k - 1] + sign * out


@dataclass(frozen=True)
class Enumeration:
    """All networks of every modelled year.

    Attributes
    ----------
    model : Model
    statistics : tuple of (2^d, p) float64
        One array a year: the statistics of all networks on its free dyads.
    observed : (p,) float64
        Sum over years.
    """

    model: Model
    statistics: tuple[np.ndarray, ...]
    observed: np.ndarray

    def log_normaliser(self, theta: np.ndarray) -> float:
        """Return Σ_t log Σ_y exp(θ·s_t(y))."""
        theta = check_theta(self.model, theta)
        return float(sum(logsumexp(each @ theta) for each in self.statistics))

    def loglik(self, theta: np.ndarray) -> float:
        """Return the log-likelihood of the observed networks."""
        return float(self.observed @ check_theta(self.model, theta)) - self.log_normaliser(theta)

    def moments(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (p,) and covariance (p, p) of the statistics, summed over the years."""
        theta = check_theta(self.model, theta)
        mean, covariance = np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
        for each in self.statistics:
            eta = each @ theta
            weight = np.exp(eta - logsumexp(eta))
            centre = weight @ each
            mean += centre
            covariance += (each - centre).T @ ((each - centre) * weight[:, None])
        return mean, covariance

    @cached_property
    def maximum(self) -> np.ndarray:
        """Coefficients (p,) at the maximum of the likelihood, offsets as fixed; by Newton's method with halving.

        Raises
        ------
        InputError
            Where the observed statistics lie at the edge of what is possible: there is no maximum.
        """
        model = self.model
        free, theta = model.free, np.where(np.isnan(model.fixed), 0.0, model.fixed)
        value = self.loglik(theta)
        for _ in range(200):
            mean, covariance = self.moments(theta)
            score = (self.observed - mean)[free]
            step = np.linalg.lstsq(covariance[np.ix_(free, free)], score, rcond=None)[0]
            if step @ score < 1e-22:
                break
            share = 1.0
            while True:
                trial = theta.copy()
                trial[free] += share * step
                new = self.loglik(trial)
                if new >= value or share < 1e-8:
                    break
                share /= 2
            theta, value = trial, new
            if np.abs(theta[free]).max() > FAR:
                names = [model.names[k] for k in free if abs(theta[k]) > FAR / 4]
                raise InputError(f"the likelihood has no maximum: {listing(names)} runs off to infinity")
        return theta


def enumerate_networks(model: Model) -> Enumeration:
    """Enumerate the networks of every modelled year.

    Raises
    ------
    InputError
        Where a year has more than `MAX_DYADS` free dyads, or an offset is infinite.
    """
    if np.isinf(model.fixed).any():
        raise InputError("an enumeration takes no infinite offset", remedy="mark those dyads as not at risk")
    found, observed = [], np.zeros(len(model.names))
    for step in model.steps:
        tails, heads = np.nonzero(model.counted(step))
        if len(tails) > MAX_DYADS:
            raise InputError(
                f"{len(tails)} free dyads in {model.panel.years[step]} make 2^{len(tails)} networks",
                remedy=f"enumerate at most {MAX_DYADS} dyads; fit larger networks by MCMC",
            )
        bound = model.bind(step)
        rows = np.empty((2 ** len(tails), len(model.names)))
        rows[0] = model.statistic(step)
        observed += rows[0]
        _gray_walk(bound.state, tails, heads, rows)
        found.append(rows)
    return Enumeration(model, tuple(found), observed)
