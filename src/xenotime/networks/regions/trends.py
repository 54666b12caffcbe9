"""A trend told from noise: slopes with standard errors that allow for years that resemble the years before.

Two tests that fail in different ways: least squares with Newey–West errors (Newey, West 1987, Econometrica 55:703),
and Mann–Kendall's rank test with Hamed and Rao's variance (1998, J. Hydrol. 204:182). A trend is called one where both
reject; what that costs and how often it errs stands in docs/regionalisation.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr

from xenotime.core import InputError

Floats = NDArray[np.float64]

#: Fewest years of which a trend is tested.
FEWEST = 8


@dataclass(frozen=True)
class Trend:
    """A linear trend and two tests of it.

    Attributes
    ----------
    slope, se, p : float
        Least squares, per year; Newey–West standard error; two-sided p of t(years − 2).
    sen_slope : float
        Median of the slopes between all pairs of years (Sen 1968).
    mk_z, mk_p : float
        Mann–Kendall with Hamed–Rao's variance, corrected for continuity; two-sided.
    years : int
    """

    slope: float
    se: float
    p: float
    sen_slope: float
    mk_z: float
    mk_p: float
    years: int


def newey_west(year: Floats, value: Floats, lags: int | None = None) -> tuple[float, float, float]:
    """Return slope, its Newey–West standard error, and the two-sided p of t(T − 2).

    Bartlett's kernel with ⌊1.3 √T⌋ lags unless told (Lazarus, Lewis, Stock, Watson 2018, J. Bus. Econ. Stat. 36:541),
    more than the usual rule, because few years otherwise reject too often; factor T / (T − 2) for the two coefficients.

    Parameters
    ----------
    year, value : ndarray, shape (T,)
        In order of year, equally spaced.
    lags : int, optional
    """
    count = len(year)
    lags = int(1.3 * np.sqrt(count)) if lags is None else lags
    x = np.column_stack([np.ones(count), year - year.mean()])
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ value
    score = x * (value - x @ beta)[:, None]
    meat = score.T @ score
    for lag in range(1, min(lags, count - 1) + 1):
        cross = score[lag:].T @ score[:-lag]
        meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    variance = (bread @ meat @ bread)[1, 1] * count / (count - 2)
    se = float(np.sqrt(max(variance, 0.0)))
    p = float(2 * stdtr(count - 2, -abs(beta[1]) / se)) if se > 0 else float(beta[1] == 0)
    return float(beta[1]), se, p


def sen_slope(year: Floats, value: Floats) -> float:
    """Return the median of the slopes between all pairs of years."""
    i, j = np.triu_indices(len(year), 1)
    return float(np.median((value[j] - value[i]) / (year[j] - year[i])))


def _ranks(value: Floats) -> Floats:
    """Return ranks from 1, equal values sharing their mean rank."""
    _, which, count = np.unique(value, return_inverse=True, return_counts=True)
    found: Floats = (np.cumsum(count) - (count - 1) / 2)[which]
    return found


def mann_kendall(year: Floats, value: Floats) -> tuple[float, float]:
    """Return z and two-sided p of Mann–Kendall's test with Hamed and Rao's variance.

    The variance of S is multiplied by 1 + 2 / (T(T − 1)(T − 2)) Σ_k (T − k)(T − k − 1)(T − k − 2) ρ_k, over those
    autocorrelations ρ_k of the ranks of the values, less Sen's trend, that are significant at 5 %.

    Parameters
    ----------
    year, value : ndarray, shape (T,)
        In order of year, equally spaced.
    """
    count = len(value)
    i, j = np.triu_indices(count, 1)
    s = float(np.sign(value[j] - value[i]).sum())
    _, ties = np.unique(value, return_counts=True)
    variance = (count * (count - 1) * (2 * count + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    rank = _ranks(value - sen_slope(year, value) * (year - year[0]))
    rank = rank - rank.mean()
    lag = np.arange(1, count - 1)
    spread = (rank**2).sum()
    rho = np.array([(rank[k:] * rank[:-k]).sum() for k in lag]) / spread if spread > 0 else np.zeros(len(lag))
    # A white series of length T has ρ_k of mean −1 / T or so; 1.96 / √T is the usual band.
    rho = np.where(np.abs(rho) > ndtri(0.975) / np.sqrt(count), rho, 0.0)
    factor = 1 + 2 / (count * (count - 1) * (count - 2)) * float(
        ((count - lag) * (count - lag - 1) * (count - lag - 2) * rho).sum()
    )
    # Years that alternate would make the test too sure of itself; the factor only ever makes it more careful.
    z = float(np.sign(s) * max(abs(s) - 1, 0) / np.sqrt(variance * max(factor, 1.0))) if variance > 0 else 0.0
    return z, float(2 * ndtr(-abs(z)))


def trend(year: Floats, value: Floats) -> Trend | None:
    """Return the trend of a series, or None where fewer than `FEWEST` years are known.

    Parameters
    ----------
    year, value : ndarray, shape (T,)
        In order of year; NaN values are left out.
    """
    known = ~np.isnan(value)
    year, value = np.asarray(year, dtype=float)[known], value[known]
    if len(year) < FEWEST:
        return None
    slope, se, p = newey_west(year, value)
    z, mk_p = mann_kendall(year, value)
    return Trend(slope, se, p, sen_slope(year, value), z, mk_p, len(year))


def trends(table: pl.DataFrame, by: Sequence[str] = ("stage", "measure"), level: float = 0.05) -> pl.DataFrame:
    """Test every series of a table for a trend.

    Parameters
    ----------
    table : polars.DataFrame
        Columns `year`, `value` and `by`, as from `regionalisation` or `indicators` (there with ``by=("stage",
        "indicator", "country")``). Where it also has `null_mean`, the excess over the null is tested too: a trend of
        the value that the excess does not share is one of countries' sizes.
    by : sequence of str
        What tells the series apart.
    level : float
        Level of the tests.

    Returns
    -------
    polars.DataFrame
        `by`, `of` ("value" or "excess"), `years, slope, se, p, sen_slope, mk_z, mk_p`, and `trend`: "rising" or
        "falling" where both tests reject at `level` and agree on the direction, "none told from noise" where not, null
        where fewer than 8 years are known.

    Raises
    ------
    InputError
        A column is missing.
    """
    absent = [name for name in (*by, "year", "value") if name not in table.columns]
    if absent:
        raise InputError(
            f"the table has no column {', '.join(absent)}",
            where="networks.trends",
            remedy=f"it has {', '.join(table.columns)}; name its keys in by=",
        )
    series = [("value", pl.col("value"))]
    if "null_mean" in table.columns:
        series.append(("excess", pl.col("value") - pl.col("null_mean")))
    rows = []
    for key, part in table.sort("year").group_by(by, maintain_order=True):
        for of, column in series:
            values = part.select(column.cast(pl.Float64).fill_null(np.nan)).to_series().to_numpy()
            if of == "excess" and np.isnan(values).all():
                continue
            found = trend(part["year"].to_numpy(), values)
            if found is None:
                rows.append((*key, of, int((~np.isnan(values)).sum()), *[None] * 7))
                continue
            sure = found.p < level and found.mk_p < level and found.slope * found.mk_z > 0
            word = "none told from noise" if not sure else "rising" if found.slope > 0 else "falling"
            numbers = (found.slope, found.se, found.p, found.sen_slope, found.mk_z, found.mk_p)
            rows.append((*key, of, found.years, *numbers, word))
    schema = {
        **{name: table.schema[name] for name in by},
        "of": pl.String(),
        "years": pl.Int32(),
        **{name: pl.Float64() for name in ("slope", "se", "p", "sen_slope", "mk_z", "mk_p")},
        "trend": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort([*by, "of"], descending=[False] * len(by) + [True])
