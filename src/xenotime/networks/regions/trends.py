"""A trend told from noise: two statistics of a linear trend, held against series without one but as persistent.

Newey–West's t (1987, Econometrica 55:703) and Mann–Kendall's S with Hamed and Rao's variance (1998, J. Hydrol. 204:182)
are the field's tests. By their books both reject far too often in twenty years (docs/regionalisation.md has the
figures), so each is also held against 999 drawn series without a trend and with the autocorrelation of the residuals,
corrected for its bias. A trend is called one where both reject then.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr

from xenotime.core import InputError, generator

Floats = NDArray[np.float64]

#: Fewest years of which a trend is tested.
FEWEST = 8


#: Series without a trend that a statistic is held against.
DRAWS = 999


@dataclass(frozen=True)
class Trend:
    """A linear trend and two tests of it.

    Attributes
    ----------
    years : int
    slope, se : float
        Least squares, per year, and its Newey–West standard error.
    p : float
        Two-sided, of slope / se against series without a trend as persistent as this one.
    sen_slope : float
        Median of the slopes between all pairs of years (Sen 1968).
    mk_p : float
        Two-sided, of Mann–Kendall's S against the same series.
    persistence : float
        First autocorrelation of those series, 0 to 0.99.
    newey_west_p, hamed_rao_p : float
        The tests by their books, for comparison with the literature.
    """

    years: int
    slope: float
    se: float
    p: float
    sen_slope: float
    mk_p: float
    persistence: float
    newey_west_p: float
    hamed_rao_p: float


def _lags(count: int) -> int:
    return int(1.3 * np.sqrt(count))


def newey_west(year: Floats, value: Floats, lags: int | None = None) -> tuple[float, float, float]:
    """Return slope, its Newey–West standard error, and the two-sided p of t(T − 2).

    Bartlett's kernel with ⌊1.3 √T⌋ lags unless told (Lazarus, Lewis, Stock, Watson 2018, J. Bus. Econ. Stat. 36:541);
    factor T / (T − 2) for the two coefficients.

    Parameters
    ----------
    year, value : ndarray, shape (T,)
        In order of year, equally spaced.
    lags : int, optional
    """
    count = len(year)
    lags = _lags(count) if lags is None else lags
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
    rest = value - sen_slope(year, value) * (year - year[0])
    # Sen's line goes through two points, whose residuals are equal but for rounding.
    rank = _ranks(np.round(rest / max(np.abs(value).max(), 1e-300), 12))
    rank = rank - rank.mean()
    lag = np.arange(1, count - 1)
    spread = (rank**2).sum()
    rho = np.array([(rank[k:] * rank[:-k]).sum() for k in lag]) / spread if spread > 0 else np.zeros(len(lag))
    # A white series of length T has ρ_k of mean −1 / T or so; 1.96 / √T is the usual band.
    rho = np.where(np.abs(rho) > ndtri(0.975) / np.sqrt(count), rho, 0.0)
    factor = 1 + 2 / (count * (count - 1) * (count - 2)) * float(
        ((count - lag) * (count - lag - 1) * (count - lag - 2) * rho).sum()
    )
    z = float(np.sign(s) * max(abs(s) - 1, 0) / np.sqrt(variance * factor)) if variance > 0 and factor > 0 else 0.0
    return z, float(2 * ndtr(-abs(z)))


def persistence(value: Floats) -> float:
    """Return the first autocorrelation of a series less its linear trend, corrected for bias, 0 to 0.99.

    In T years with a fitted trend, least squares finds about ρ − (2 + 4ρ) / T where ρ is true (Kendall 1954, Biometrika
    41:403, with two coefficients), hence (T ρ̂ + 2) / (T − 4). Negative autocorrelation counts as none: it would only
    make the tests surer.

    Parameters
    ----------
    value : ndarray, shape (T,)
    """
    count = len(value)
    rest = _detrended(value)[1]
    power = (rest**2).sum()
    if power <= 0:
        return 0.0
    return float(np.clip((count * (rest[1:] * rest[:-1]).sum() / power + 2) / (count - 4), 0.0, 0.99))


def _detrended(value: Floats) -> tuple[Floats, Floats, Floats]:
    """Return slope (...,), residuals (..., T) and centred time (T,) of series (..., T)."""
    time = np.arange(value.shape[-1]) - (value.shape[-1] - 1) / 2
    slope = value @ time / (time @ time)
    return slope, value - value.mean(axis=-1, keepdims=True) - slope[..., None] * time, time


def _statistics(value: Floats) -> tuple[Floats, Floats]:
    """Return |t| of Newey and West and |S| of Mann and Kendall of series (..., T), up to factors that T fixes."""
    slope, rest, time = _detrended(value)
    score = rest * time
    count = value.shape[-1]
    lags = _lags(count)
    meat = (score**2).sum(axis=-1)
    for lag in range(1, lags + 1):
        meat = meat + 2 * (1 - lag / (lags + 1)) * (score[..., lag:] * score[..., :-lag]).sum(axis=-1)
    i, j = np.triu_indices(count, 1)
    concordant = np.sign(value[..., j] - value[..., i]).sum(axis=-1)
    return np.abs(slope) / np.sqrt(np.maximum(meat, 1e-300)), np.abs(concordant)


def _without_trend(rho: float, count: int, random: np.random.Generator) -> Floats:
    """Return stationary autoregressive series (DRAWS, count)."""
    shock = random.standard_normal((DRAWS, count))
    series = np.empty_like(shock)
    series[:, 0] = shock[:, 0] / np.sqrt(1 - rho**2)
    for t in range(1, count):
        series[:, t] = rho * series[:, t - 1] + shock[:, t]
    return series


def trend(year: Floats, value: Floats, random: np.random.Generator) -> Trend | None:
    """Return the trend of a series, or None where fewer than `FEWEST` years are known.

    Parameters
    ----------
    year, value : ndarray, shape (T,)
        In order of year; NaN values are left out, and years count by their order in the tests' autocorrelations.
    random : numpy.random.Generator
        Draws the series without a trend.
    """
    known = ~np.isnan(value)
    year, value = np.asarray(year, dtype=float)[known], value[known]
    if len(year) < FEWEST:
        return None
    rho = persistence(value)
    # A series that hardly varies is all rounding.
    if np.ptp(value) <= 1e-12 * np.abs(value).max():
        value = np.full(len(value), value[0])
    slope, se, nominal = newey_west(year, value)
    ours, drawn = _statistics(value), _statistics(_without_trend(rho, len(value), random))
    p, mk_p = (float((1 + (d >= o).sum()) / (1 + DRAWS)) for o, d in zip(ours, drawn, strict=True))
    _, hamed_rao = mann_kendall(year, value)
    return Trend(len(year), slope, se, p, sen_slope(year, value), mk_p, rho, nominal, hamed_rao)


def trends(
    table: pl.DataFrame, by: Sequence[str] = ("stage", "measure"), level: float = 0.05, seed: int = 1
) -> pl.DataFrame:
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
    seed : int
        Not negative; of the series without a trend.

    Returns
    -------
    polars.DataFrame
        `by`, `of` ("value" or "excess"), the fields of `Trend`, and `trend`: "rising" or "falling" where both tests
        reject at `level` and agree on the direction, "none told from noise" where not, null where fewer than 8 years
        are known.

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
    if not (isinstance(level, (int, float)) and 0 < level < 1):
        raise InputError(f"level = {level!r}", where="networks.trends", remedy="give a fraction: 0.05 is 5 %")
    series = [("value", pl.col("value"))]
    if "null_mean" in table.columns:
        series.append(("excess", pl.col("value") - pl.col("null_mean")))
    rows = []
    for key, part in table.sort("year").group_by(by, maintain_order=True):
        for of, column in series:
            values = part.select(column.cast(pl.Float64).fill_null(np.nan)).to_series().to_numpy()
            if of == "excess" and np.isnan(values).all():
                continue
            random = generator(seed, "trends", *map(str, key), of)
            found = trend(part["year"].to_numpy(), values, random)
            if found is None:
                rows.append((*key, of, int((~np.isnan(values)).sum()), *[None] * (len(fields(Trend)))))
                continue
            sure = found.p < level and found.mk_p < level and found.slope * found.sen_slope > 0
            word = "none told from noise" if not sure else "rising" if found.slope > 0 else "falling"
            rows.append((*key, of, *astuple(found), word))
    schema = {
        **{name: table.schema[name] for name in by},
        "of": pl.String(),
        **{field.name: pl.Int32() if field.name == "years" else pl.Float64() for field in fields(Trend)},
        "trend": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort([*by, "of"], descending=[False] * len(by) + [True])
