"""Many tests at once: Holm's and Benjamini and Hochberg's adjusted p-values over stages and covariates.

Holm (1979, Scand. J. Stat. 6:65) bounds the chance of one false finding or more; Benjamini and Hochberg (1995, J. R.
Stat. Soc. B 57:289) the expected share of false ones among the findings. The family is the whole of what is handed in;
a p-value that is missing counts in none.
"""

import numpy as np
import polars as pl

from xenotime.core import InputError


def _ordered(p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values = np.asarray(p, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(values))
    if values.ndim != 1 or (values[known] < 0).any() or (values[known] > 1).any():
        raise InputError("p-values are a row of numbers between 0 and 1")
    order = known[np.argsort(values[known], kind="stable")]
    return np.full(len(values), np.nan), order, values[order]


def holm(p: np.ndarray) -> np.ndarray:
    """Return Holm's adjusted p-values, (m,); NaN stays NaN and does not count."""
    result, order, sorted_p = _ordered(p)
    m = len(order)
    result[order] = np.minimum(np.maximum.accumulate(sorted_p * np.arange(m, 0, -1)), 1.0)
    return result


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Return Benjamini and Hochberg's adjusted p-values, (m,); NaN stays NaN and does not count."""
    result, order, sorted_p = _ordered(p)
    m = len(order)
    scaled = sorted_p * m / np.arange(1, m + 1)
    result[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return result


def adjusted(frame: pl.DataFrame, p: str = "p") -> pl.DataFrame:
    """Return the frame with `p_holm` and `p_bh`: all its rows are one family; null stays null."""
    values = frame[p].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return frame.with_columns(
        pl.Series("p_holm", holm(values)).fill_nan(None), pl.Series("p_bh", benjamini_hochberg(values)).fill_nan(None)
    )
