"""How far: shortest paths along the direction of goods, on binary ties; closeness and betweenness.

Trade networks are seldom strongly connected, so lengths are averaged over the ordered pairs that are connected, and
the share of such pairs stands beside.
"""

import numpy as np
from numpy.typing import NDArray

from xenotime.networks.indicators.base import Bools, Floats, Indicator, ratio


def _lists(ties: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ties by exporter, as `kernels` takes them."""
    first = np.concatenate([[0], np.cumsum(ties.sum(axis=1))]).astype(np.int64)
    return first, np.nonzero(ties)[1].astype(np.int64)


def distances(ties: Bools) -> NDArray[np.int32]:
    """Return d_ij, the least number of ties from i to j in the direction of goods, shape (n, n); −1 for no path."""
    from xenotime.networks.indicators import kernels

    found: NDArray[np.int32] = kernels.distances(*_lists(ties))
    return found


def average_path_length(ties: Bools) -> float:
    """Mean of d_ij over ordered pairs i ≠ j with a path."""
    steps = distances(ties)
    return float(ratio(steps[steps > 0].sum(), (steps > 0).sum()))


def reachable_share(ties: Bools) -> float:
    """Share of the n(n − 1) ordered pairs with a path."""
    n = ties.shape[0]
    return float(ratio((distances(ties) > 0).sum(), n * (n - 1)))


def _closeness(steps: NDArray[np.int32]) -> Floats:
    """Return closeness from distances whose rows are the countries measured."""
    reached = (steps > 0).sum(axis=1)
    far = np.where(steps > 0, steps, 0).sum(axis=1)
    found: Floats = reached / max(len(steps) - 1, 1) * ratio(reached, far)
    return found


def closeness_out(ties: Bools) -> Floats:
    """(r_i / (n − 1)) · (r_i / Σ_j d_ij) over the r_i countries that i's goods reach."""
    return _closeness(distances(ties))


def closeness_in(ties: Bools) -> Floats:
    """(r_i / (n − 1)) · (r_i / Σ_j d_ji) over the r_i countries whose goods reach i."""
    return _closeness(distances(ties).T)


def betweenness(ties: Bools) -> Floats:
    """Σ_{s≠i≠t} (shortest paths s→t through i) / (shortest paths s→t) / ((n − 1)(n − 2))."""
    from xenotime.networks.indicators import kernels

    n = ties.shape[0]
    found: Floats = ratio(kernels.betweenness(*_lists(ties)), max(n - 1, 0) * max(n - 2, 0))
    return found


_WF = "Wasserman, Faust (1994), Social Network Analysis, eq. 5.22 (as networkx, improved)"

PATHS = (
    Indicator(
        "average_path_length", "Average path length", "ties", "world", "mean of d_ij over ordered pairs with a path",
        "Watts, Strogatz (1998), Nature 393:440", ("ties",), average_path_length, (1, np.inf),
    ),
    Indicator(
        "reachable_share", "Share of pairs with a path", "fraction", "world",
        "number of ordered pairs i ≠ j with a path / n(n − 1)", "beside average_path_length",
        ("ties",), reachable_share, (0, 1), empty=0.0,
    ),
    Indicator(
        "closeness_out", "Closeness of exporters", "", "country",
        "(r_i / (n − 1)) · (r_i / Σ_j d_ij) over the r_i countries that i's goods reach", _WF,
        ("ties",), closeness_out, (0, 1),
    ),
    Indicator(
        "closeness_in", "Closeness of importers", "", "country",
        "(r_i / (n − 1)) · (r_i / Σ_j d_ji) over the r_i countries whose goods reach i", _WF,
        ("ties",), closeness_in, (0, 1),
    ),
    Indicator(
        "betweenness", "Betweenness centrality", "", "country",
        "Σ_{s≠i≠t} σ_st(i) / σ_st / ((n − 1)(n − 2)), σ_st the number of shortest paths from s to t",
        "Freeman (1977), Sociometry 40:35; Brandes (2001)", ("ties",), betweenness, (0, 1), empty=0.0,
    ),
)  # fmt: skip
