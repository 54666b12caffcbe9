"""Trade within and between groups: shares, E–I index, and what the sizes of countries alone would give.

A flow counts when at least one of its two countries is in a group: with regions that is all trade, with a bloc it is
the trade of its members with each other and with the rest of the world.
"""

import numpy as np
from numpy.typing import NDArray

from xenotime.networks.communities.quality import together

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def within_share(weight: Floats, group: Ints) -> float:
    """Return the share of trade that stays within groups, I / (I + E); NaN without trade of any group.

    Parameters
    ----------
    weight : ndarray, shape (n, n)
        Values (or 0 and 1, for ties), zero where none.
    group : ndarray of int, shape (n,)
        Negative: in no group.
    """
    counted = weight.sum(where=(group >= 0)[:, None] | (group >= 0))
    return float(weight.sum(where=together(group)) / counted) if counted > 0 else float("nan")


def ei_index(weight: Floats, group: Ints) -> float:
    """Return (E − I) / (E + I): −1 all trade within groups, 1 all between. Krackhardt, Stern (1988), eq. 1."""
    return 1 - 2 * within_share(weight, group)


def ei_index_of_ties(weight: Floats, group: Ints) -> float:
    """Return the E–I index of ties, each counting 1."""
    return ei_index((weight > 0).astype(float), group)


def relative_intensity(weight: Floats, group: Ints) -> float:
    """Return within-group trade over what exports and imports alone would give; NaN where that is zero.

    I / Ê[I], with ŵ_ij = s_i^out s_j^in / W scaled so that, own trade left out, the ŵ of pairs i ≠ j sum to W. The
    trade intensity index of Anderson, Norheim (1993), for all groups at once.
    """
    out, into = weight.sum(axis=1), weight.sum(axis=0)
    same = together(group)
    np.fill_diagonal(same, val=False)
    expected = np.outer(out, into)
    np.fill_diagonal(expected, 0.0)
    chance = expected.sum(where=same)
    if chance <= 0 or weight.sum() <= 0:
        return float("nan")
    return float(weight.sum(where=same) / weight.sum() * expected.sum() / chance)
