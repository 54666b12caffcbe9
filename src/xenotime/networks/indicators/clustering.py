"""How clustered: do a country's partners trade with each other? Directed, binary and weighted (Fagiolo 2007).

A country whose partners could not close a triangle has no clustering coefficient: it is null here (networkx writes 0),
and the world's average is over countries that have one.
"""

import numpy as np

from xenotime.networks.indicators.base import Bools, Floats, Indicator, ratio, weights


def _triangles_possible(ties: Bools) -> Floats:
    """Return 2 [k_i (k_i − 1) − 2 k_i^↔], with k_i^↔ the number of reciprocated partners."""
    a = ties.astype(float)
    degree = a.sum(axis=0) + a.sum(axis=1)
    both = (a * a.T).sum(axis=1)
    possible: Floats = 2 * (degree * (degree - 1) - 2 * both)
    return possible


def _closed(edge: Floats, ties: Bools) -> Floats:
    symmetric = edge + edge.T
    cubed = np.einsum("ij,ji->i", symmetric @ symmetric, symmetric)
    found: Floats = np.minimum(ratio(cubed, _triangles_possible(ties)), 1.0)
    return found


def clustering(ties: Bools) -> Floats:
    """(A + Aᵀ)³_ii / 2[k_i(k_i − 1) − 2k_i^↔]."""
    return _closed(ties.astype(float), ties)


def weighted_clustering(ties: Bools, value_kusd: Floats) -> Floats:
    """(W̃ + W̃ᵀ)³_ii / 2[k_i(k_i − 1) − 2k_i^↔], with W̃ = (a w / max a w)^(1/3)."""
    tie_values = weights(ties, value_kusd)
    largest = tie_values.max(initial=0.0)
    return _closed(np.cbrt(tie_values / largest) if largest > 0 else tie_values, ties)


def _mean(values: Floats) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def average_clustering(ties: Bools) -> float:
    """Mean of C_i over countries where it is defined."""
    return _mean(clustering(ties))


def average_weighted_clustering(ties: Bools, value_kusd: Floats) -> float:
    """Mean of C̃_i over countries where it is defined."""
    return _mean(weighted_clustering(ties, value_kusd))


_FAGIOLO = "Fagiolo (2007), Phys. Rev. E 76:026107"

CLUSTERING = (
    Indicator(
        "average_clustering", "Average clustering coefficient", "", "world",
        "mean of C_i over countries where it is defined", f"{_FAGIOLO}, eq. 8", ("ties",), average_clustering, (0, 1),
    ),
    Indicator(
        "average_weighted_clustering", "Average weighted clustering coefficient", "", "world",
        "mean of C̃_i over countries where it is defined", f"{_FAGIOLO}, eq. 10",
        ("ties", "value_kusd"), average_weighted_clustering, (0, 1),
    ),
    Indicator(
        "clustering", "Clustering coefficient", "", "country",
        "C_i = (A + Aᵀ)³_ii / 2[k_i(k_i − 1) − 2k_i^↔]", f"{_FAGIOLO}, eq. 8", ("ties",), clustering, (0, 1),
    ),
    Indicator(
        "weighted_clustering", "Weighted clustering coefficient", "", "country",
        "C̃_i = (W̃ + W̃ᵀ)³_ii / 2[k_i(k_i − 1) − 2k_i^↔], W̃_ij = (a_ij w_ij / max a w)^(1/3)",
        f"{_FAGIOLO}, eq. 10", ("ties", "value_kusd"), weighted_clustering, (0, 1),
    ),
)  # fmt: skip
