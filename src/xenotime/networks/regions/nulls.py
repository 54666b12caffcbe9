"""Trade as it would be if only countries' sizes and numbers of partners mattered: maximum-entropy networks.

The conditional reconstruction method (Parisi, Squartini, Garlaschelli 2020, New J. Phys. 22:053053): of all networks
with the observed numbers of markets and suppliers and the observed exports and imports of every country, on average,
the most random. Ties are drawn first, p_ij = x_i y_j / (1 + x_i y_j) (directed configuration model); then the value of
each tie, exponential with mean 1 / (θ_i + φ_j). The drawn values are then scaled by rows and columns (iterative
proportional fitting) until every country exports and imports what it does in truth, as far as the drawn ties allow:
a country that drew no market cannot export. `MaximumEntropy.unmet` says how much of trade that is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from xenotime.core import SchemaError

Floats = NDArray[np.float64]

#: Expected numbers of partners are this near to the observed ones, and expected values, in shares of all trade.
NEAR = 1e-6
STEPS = 200
#: Rounds of scaling of one draw.
SCALINGS = 100


@dataclass(frozen=True)
class MaximumEntropy:
    """The fitted ensemble of one network.

    Attributes
    ----------
    probability : ndarray, shape (n, n)
        p_ij of a tie.
    mean : ndarray, shape (n, n)
        Mean value of the flow where there is a tie; 0 where no tie can be.
    out, into : ndarray, shape (n,)
        Exports and imports.
    """

    probability: Floats
    mean: Floats
    out: Floats
    into: Floats

    def draw(self, random: np.random.Generator) -> Floats:
        """Return one network of the ensemble, exports and imports met as far as its ties allow, shape (n, n)."""
        from xenotime.networks.regions.kernels import scaled

        i, j = np.nonzero(random.random(self.probability.shape) < self.probability)
        value = self.mean[i, j] * random.standard_exponential(len(i))
        weight = np.zeros_like(self.mean)
        weight[i, j] = scaled(i, j, value, self.out, self.into, SCALINGS, 1e-4)
        return weight

    def unmet(self, weight: Floats) -> float:
        """Return the share of trade by which a draw misses exports or imports, whichever is more."""
        short = max(np.abs(weight.sum(axis=1) - self.out).sum(), np.abs(weight.sum(axis=0) - self.into).sum())
        return float(short / 2 / self.out.sum())


def maximum_entropy(weight: Floats) -> MaximumEntropy:
    """Fit the ensemble to a network.

    Parameters
    ----------
    weight : ndarray, shape (n, n)
        Values, zero where none and on the diagonal; some positive.

    Raises
    ------
    SchemaError
        The equations did not converge.
    """
    probability = _ties(weight > 0)
    out, into = weight.sum(axis=1), weight.sum(axis=0)
    return MaximumEntropy(probability, _values(probability, out, into), out, into)


def _ties(tie: NDArray[np.bool_]) -> Floats:
    """Return p_ij that give every country its expected numbers of markets and suppliers."""
    sells, buys = tie.any(axis=1), tie.any(axis=0)
    out, into = tie.sum(axis=1)[sells].astype(float), tie.sum(axis=0)[buys].astype(float)
    other = ~np.eye(len(tie), dtype=bool)[np.ix_(sells, buys)]
    # Newton steps in ln x and ln y. A country with every partner there is has ln x = ∞: each step goes at most 3 that
    # way, and p_ij is near enough to 1 after a few.
    x, y = np.log(out / np.sqrt(out.sum())), np.log(into / np.sqrt(out.sum()))
    for _ in range(STEPS):
        chance = np.where(other, expit(x[:, None] + y), 0.0)
        slope = np.concatenate([out - chance.sum(axis=1), into - chance.sum(axis=0)])
        if np.abs(slope).max() < NEAR:
            found = np.zeros(tie.shape)
            found[np.ix_(sells, buys)] = chance
            return found
        step = _newton(chance * (1 - chance), slope, 1e-9)
        step *= min(1.0, 3.0 / np.abs(step).max())
        x, y = x + step[: len(x)], y + step[len(x) :]
    raise SchemaError("the ties' null did not converge", where="networks.regions", remedy="report this network")


def _newton(bend: Floats, slope: Floats, trace: float) -> Floats:
    """Return the step that solves curve @ step = slope, curve = [[diag Σ_j b, b], [bᵀ, diag Σ_i b]].

    What is added to rows and taken from columns alike changes nothing, so the last column's step is 0. `trace` is added
    to the curvature, so that where none is left (a country whose ties are all certain) the step stays finite.
    """
    rows, columns = bend.sum(axis=1), bend.sum(axis=0)
    curve = np.block([[np.diag(rows), bend], [bend.T, np.diag(columns)]])[:-1, :-1]
    curve[np.diag_indices(len(curve))] += trace
    return np.append(np.linalg.solve(curve, slope[:-1]), 0.0)


def _values(probability: Floats, out: Floats, into: Floats) -> Floats:
    """Return 1 / (θ_i + φ_j) that give every country its expected exports and imports."""
    total = out.sum()
    exports, imports = out / total, into / total
    sells, buys = exports > 0, imports > 0
    chance = probability[np.ix_(sells, buys)]
    s, z = exports[sells], imports[buys]
    # Minimise the convex −Σ p_ij ln(θ_i + φ_j) + Σ s_i θ_i + Σ z_j φ_j by damped Newton steps. A single θ or φ may be
    # negative (a country that is the largest exporter and the largest importer), sums over possible ties may not.
    theta, phi = chance.sum(axis=1) / (2 * s), chance.sum(axis=0) / (2 * z)
    possible = chance > 0
    for _ in range(STEPS):
        rate = np.where(possible, theta[:, None] + phi, 1.0)
        flow = chance / rate
        slope = np.concatenate([s - flow.sum(axis=1), z - flow.sum(axis=0)])
        if np.abs(slope).sum() < NEAR:
            mean = np.zeros_like(probability)
            mean[np.ix_(sells, buys)] = np.where(possible, total / rate, 0.0)
            return mean
        bend = flow / rate
        step = _newton(bend, slope, 0.0)
        move = step[: len(s), None] + step[len(s) :]
        falls = possible & (move > 0)
        size = min(1.0, 0.9 / float((move / rate)[falls].max(initial=0.9)))
        while size > 1e-12:
            tried = rate - size * move
            gain = (chance * np.log(np.where(possible, tried / rate, 1.0))).sum() + size * (
                np.concatenate([s, z]) @ step
            )
            if gain >= 0:
                break
            size /= 2
        theta, phi = theta - size * step[: len(s)], phi - size * step[len(s) :]
    raise SchemaError("the values' null did not converge", where="networks.regions", remedy="report this network")
