"""What a partition is worth, and how alike two partitions are, in plain NumPy: definitions, not search."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def together(label: Ints) -> NDArray[np.bool_]:
    """Return δ(c_i, c_j), shape (n, n): both in one community; a negative label is in none."""
    return np.asarray((label[:, None] == label) & (label >= 0))


def modularity(weight: Floats, label: Ints, resolution: float = 1.0) -> float:
    """Return the modularity of a partition of a directed weighted network.

    Q = Σ_ij [w_ij / W − γ s_i^out s_j^in / W²] δ(c_i, c_j). Leicht, Newman (2008), Phys. Rev. Lett. 100:118703, with
    values for weights and the resolution γ of Reichardt, Bornholdt (2006).

    Parameters
    ----------
    weight : ndarray, shape (n, n)
        Value from exporter to importer, zero where none.
    label : ndarray of int, shape (n,)
        Community of each country; negative: none.
    resolution : float
        γ.

    Returns
    -------
    float
        At most 1; NaN without trade.
    """
    total = weight.sum()
    if total <= 0:
        return float("nan")
    same = together(label)
    expected = float(weight.sum(axis=1) @ same @ weight.sum(axis=0))
    return float(weight.sum(where=same) / total - resolution * expected / total**2)


def constant_potts(weight: Floats, label: Ints, resolution: float = 1.0) -> float:
    """Return the quality of the constant Potts model, γ in units of the mean flow between traders.

    Q = Σ_{i≠j} [w_ij / W − γ / (n (n − 1))] δ(c_i, c_j), n the countries that trade. Traag, Van Dooren, Nesterov
    (2011), Phys. Rev. E 84:016114.

    Parameters
    ----------
    weight, label, resolution
        As in `modularity`.
    """
    total = weight.sum()
    if total <= 0:
        return float("nan")
    here = trades(weight)
    n = float(here.sum())
    same = together(np.where(here, label, -1))
    np.fill_diagonal(same, val=False)
    return float(weight.sum(where=same) / total - resolution * same.sum() / (n * (n - 1)))


def trades(weight: Floats) -> NDArray[np.bool_]:
    """Return which countries export or import anything, of weights (..., n, n)."""
    return np.asarray((weight > 0).any(axis=-1) | (weight > 0).any(axis=-2))


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Return the adjusted Rand index of two partitions of the same countries: 1 the same, 0 as alike as by chance.

    Hubert, Arabie (1985), J. Classif. 2:193. Countries that either partition leaves out (negative) do not count.

    Parameters
    ----------
    one, other : ndarray of int, shape (n,)
    """
    both = (one >= 0) & (other >= 0)
    n = int(both.sum())
    if n < 2:
        return 1.0
    _, a = np.unique(one[both], return_inverse=True)
    _, b = np.unique(other[both], return_inverse=True)

    def pairs(labels: Ints) -> float:
        count = np.bincount(labels)
        return float((count * (count - 1) / 2).sum())

    alike, in_one, in_other = pairs(a * (b.max() + 1) + b), pairs(a), pairs(b)
    chance = in_one * in_other / (n * (n - 1) / 2)
    most = (in_one + in_other) / 2
    return 1.0 if most == chance else (alike - chance) / (most - chance)


def placed_alike(one: Ints, other: Ints, mass: Floats) -> float:
    """Return the share of pairs, weighted by the product of their masses, that both put together or both apart.

    Parameters
    ----------
    one, other : ndarray of int, shape (n,)
        Labels of the same countries.
    mass : ndarray, shape (n,)
        Turnover: large traders count more than they do in `adjusted_rand`. 1 where no pair has any.
    """
    weight = np.outer(mass, mass)
    np.fill_diagonal(weight, 0.0)
    same = (one[:, None] == one) == (other[:, None] == other)
    whole = float(weight.sum())
    return float((weight * same).sum()) / whole if whole > 0 else 1.0
