"""Concentration of trade, and how much of it lies between groups and how much within: Herfindahl–Hirschman and Theil.

Theil (1967), Economics and Information Theory. T = Σ_i s_i ln(n s_i) over the n countries that trade; with groups g of
n_g countries and share S_g, T = Σ_g S_g ln(S_g n / n_g) [between] + Σ_g S_g T_g [within].
"""

import numpy as np
from numpy.typing import NDArray

from xenotime.networks.communities.quality import trades

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def hhi(amount: Floats) -> float:
    """Return Σ s², of amounts not negative; NaN where they sum to zero."""
    total = amount.sum()
    return float(((amount / total) ** 2).sum()) if total > 0 else float("nan")


def theil(amount: Floats) -> float:
    """Return Theil's T of amounts, shape (n,), in nats: 0 all equal, ln n all in one; NaN where they sum to zero."""
    total = amount.sum()
    if total <= 0:
        return float("nan")
    share = amount[amount > 0] / total
    return float((share * np.log(share * len(amount))).sum())


def theil_parts(amount: Floats, group: Ints) -> tuple[float, float]:
    """Return the parts of Theil's T between and within groups, which add up to it; NaN where the amounts sum to zero.

    Parameters
    ----------
    amount : ndarray, shape (n,)
        Not negative.
    group : ndarray of int, shape (n,)
        Countries in no group (negative) are one group of their own.
    """
    total = amount.sum()
    if total <= 0:
        return float("nan"), float("nan")
    _, which, size = np.unique(np.maximum(group, -1), return_inverse=True, return_counts=True)
    held = np.bincount(which, weights=amount) / total
    there = held > 0
    between = float((held[there] * np.log(held[there] * len(amount) / size[there])).sum())
    within = sum(float(held[g]) * theil(amount[which == g]) for g in np.flatnonzero(there))
    return between, within


def exports(weight: Floats) -> Floats:
    """Return the exports of the countries that trade."""
    return np.asarray(weight.sum(axis=1)[trades(weight)])


def imports(weight: Floats) -> Floats:
    """Return the imports of the countries that trade."""
    return np.asarray(weight.sum(axis=0)[trades(weight)])
