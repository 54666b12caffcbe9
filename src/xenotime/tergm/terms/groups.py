"""What terms restricted to one category share: names, tables of codes, sums by group."""

import numpy as np

from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import NO_TABLE


def grouped_names(base: str, panel: Panel, attr: str | None, diff: bool) -> tuple[str, ...]:
    """Return `base`, `base.attr` or one `base.attr.level` a category."""
    if attr is None:
        return (base,)
    if not diff:
        return (f"{base}.{attr}",)
    return tuple(f"{base}.{attr}.{level}" for level in panel.levels(attr).labels)


def same_group(year: Slice, attr: str | None, diff: bool) -> np.ndarray:
    """Return (3, n): each node's category, the statistic its group counts for, and the number of statistics.

    Groups count for statistic 0, or each for its own where `diff`. A node whose category is unknown gets a category
    of its own and counts for none (−1).
    """
    if attr is None:
        return NO_TABLE
    codes = year.codes(attr).astype(np.float64)
    unknown = codes < 0
    counts_for = np.where(unknown, -1.0, codes if diff else 0.0)
    codes[unknown] = -1.0 - np.arange(unknown.sum())
    statistics = float(len(year.panel.levels(attr).values)) if diff else 1.0
    return np.vstack([codes, counts_for, np.full(year.n, statistics)])


def masked(ties: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return the ties within categories, (statistics, n, n): one network for each statistic of `same_group`."""
    inside = ties * (table[0][:, None] == table[0][None, :])
    sizes = range(int(table[2, 0]))
    return np.array([inside * (table[1][:, None] == g) for g in sizes])
