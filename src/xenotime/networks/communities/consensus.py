"""One partition out of many runs, and how far the runs agree on it.

The consensus is the partition that contradicts the runs on the fewest pairs of countries: it maximises
Σ_ij (D_ij − ½) δ(c_i, c_j), where D_ij is the share of runs that put i and j together (the median partition:
Régnier 1965; Filkov, Skiena 2004). That is the constant Potts model on D at γ = ½, so Leiden finds it; in contrast to
repeated thresholding (Lancichinetti, Fortunato 2012) it needs no threshold to be chosen and says what it optimises.
"""

import numpy as np
from numpy.typing import NDArray

from xenotime.networks.communities.arrays import neighbours

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: How often the consensus is sought, from fixed seeds: the problem is small and its optimum almost always unique.
TRIES = 5


def co_assignment(labels: Ints) -> Floats:
    """Return D, shape (n, n): the share of runs in which i and j are in one community; the diagonal is 1.

    Parameters
    ----------
    labels : ndarray of int, shape (runs, n)
        Not negative.
    """
    runs, n = labels.shape
    count = np.zeros((n, n))
    # Many runs end in the same partition: count each once, with its weight.
    distinct, times = np.unique(labels, axis=0, return_counts=True)
    for label, weight in zip(distinct, times, strict=True):
        count += weight * (label[:, None] == label)
    count /= runs
    return count


def consensus(together: Floats, labels: Ints) -> Ints:
    """Return the partition that contradicts the runs on the fewest pairs, int64 (n,).

    The best of the runs themselves and of some searches, then improved until no move of a country or of a
    sub-community does better.

    Parameters
    ----------
    together : ndarray, shape (n, n)
        From `co_assignment`.
    labels : ndarray of int, shape (runs, n)
        The runs it comes from.
    """
    from xenotime.networks.communities.leiden import leiden, renumbered

    n = len(together)
    one, year = np.ones(n), np.zeros(n, dtype=np.int64)
    network = neighbours(2 * together)
    tries = leiden(*network, one, one, year, 1, 0.5, np.arange(TRIES), np.arange(n))
    candidates = np.unique(np.vstack([labels, tries]), axis=0)
    worth = [(together - 0.5).sum(where=label[:, None] == label) for label in candidates]
    best, _ = renumbered(candidates[int(np.argmax(worth))])
    found: Ints = leiden(*network, one, one, year, 1, 0.5, np.arange(1), best)[0]
    return found


def stability(together: Floats, label: Ints) -> Floats:
    """Return how surely each country is in the company that `label` gives it, shape (n,), 0 to 1.

    Σ_j min(D_ij, δ_ij) / Σ_j max(D_ij, δ_ij) over j ≠ i, with δ_ij = 1 where the consensus puts i and j together: 1
    where every run gives country i exactly this company, less both for company lost and for company gained (Ružička's
    form of Jaccard's index).

    Parameters
    ----------
    together : ndarray, shape (n, n)
        From `co_assignment`.
    label : ndarray of int, shape (n,)
        The consensus.
    """
    same = (label[:, None] == label).astype(float)
    other = ~np.eye(len(label), dtype=bool)
    least = np.minimum(together, same).sum(axis=1, where=other)
    most = np.maximum(together, same).sum(axis=1, where=other)
    found: Floats = np.divide(least, most, out=np.ones(len(label)), where=most > 0)
    return found
