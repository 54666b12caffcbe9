"""Homophily beyond gravity: how much more countries of one group trade than their sizes and distance explain.

For each stage and year, w_ij = exp(a_i + b_j + β ln d_ij + γ δ(g_i, g_j)) by Poisson pseudo-maximum likelihood with
exporter and importer effects (Santos Silva, Tenreyro 2006, Rev. Econ. Stat. 88:641), zeros included. The effects make
fitted exports and imports those observed, so γ is net of size, and of multilateral resistance (Fally 2015, J. Int.
Econ. 97:76). Standard errors are clustered by exporter and by importer (Cameron, Gelbach, Miller 2011).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray
from scipy.special import stdtr
from threadpoolctl import threadpool_limits

from xenotime.networks.communities.arrays import panels
from xenotime.networks.communities.quality import together, trades
from xenotime.networks.cube import sound
from xenotime.networks.layers import Layer, groups_of
from xenotime.networks.regions.distance import distances_km
from xenotime.networks.regions.groups import By, groups
from xenotime.networks.regions.regionalisation import _numbers

#: Least part of a covariate's variation that the effects and other covariates must leave.
LEAST = 1e-8

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SCHEMA = {
    "stage": pl.String(), "year": pl.Int16(), "homophily": pl.Float64(), "se": pl.Float64(), "p": pl.Float64(),
    "times": pl.Float64(), "distance_elasticity": pl.Float64(), "distance_se": pl.Float64(), "pairs": pl.Int64(),
}  # fmt: skip


@dataclass(frozen=True)
class Gravity:
    """A fitted gravity equation of one network.

    Attributes
    ----------
    slopes : ndarray, shape (covariates,)
    covariance : ndarray, shape (covariates, covariates)
        Clustered by exporter and by importer.
    fitted : ndarray, shape (n, n)
        Fitted flows; NaN for pairs that do not count.
    clusters : int
        Exporters or importers, whichever are fewer.
    """

    slopes: Floats
    covariance: Floats
    fitted: Floats
    clusters: int


def fit_gravity(weight: Floats, covariates: Floats, counted: Bools) -> Gravity | None:
    """Fit w_ij = exp(a_i + b_j + Σ_k β_k x_kij) by Poisson pseudo-maximum likelihood.

    Parameters
    ----------
    weight : ndarray, shape (n, n)
        Values, zero where none.
    covariates : ndarray, shape (covariates, n, n)
        x; finite where counted.
    counted : ndarray of bool, shape (n, n)
        Which pairs count. Countries that, over these, export nothing leave the exporters, likewise importers: their
        effect would be −∞.

    Returns
    -------
    Gravity or None
        None where the covariates do not vary beyond the effects, or the fit does not converge (for instance a group
        all of whose trade is inside).
    """
    n = len(weight)
    flow = np.where(counted, weight, 0.0) / max(weight.sum(where=counted), 1e-300)
    sells, buys = flow.sum(axis=1) > 0, flow.sum(axis=0) > 0
    use = counted[np.ix_(sells, buys)]
    y = flow[np.ix_(sells, buys)]
    x = np.where(use, covariates[:, sells][:, :, buys], 0.0)
    out, into = y.sum(axis=1), y.sum(axis=0)
    a, b, slopes = np.log(out), np.log(into), np.zeros(len(x))
    if not len(y) or not use.any():
        return None
    mu = _mean(a, b, slopes, x, use)
    for _ in range(100):
        score = np.concatenate([out - mu.sum(axis=1), into - mu.sum(axis=0), (x * (y - mu)).sum(axis=(1, 2))])
        if np.abs(score).max() < 1e-10:
            break
        step = _solve(mu, x, score)
        if step is None:
            return None
        size, value = 1.0, _likelihood(y, mu, use)
        while size > 1e-8:
            tried = (a + size * step[: len(a)], b + size * step[len(a) : -len(x)], slopes + size * step[-len(x) :])
            new = _mean(*tried, x, use)
            if np.isfinite(new).all() and _likelihood(y, new, use) >= value - 1e-14:
                break
            size /= 2
        a, b, slopes = tried
        mu = new
    else:
        return None
    fitted = np.full((n, n), np.nan)
    fitted[np.ix_(sells, buys)] = np.where(use, mu, np.nan) * weight.sum(where=counted)
    covariance = _clustered(y, mu, x)
    return None if covariance is None else Gravity(slopes, covariance, fitted, min(y.shape))


def _mean(a: Floats, b: Floats, slopes: Floats, x: Floats, use: Bools) -> Floats:
    with np.errstate(over="ignore"):
        return np.where(use, np.exp(a[:, None] + b + np.tensordot(slopes, x, axes=1)), 0.0)


def _likelihood(y: Floats, mu: Floats, use: Bools) -> float:
    return float((y * np.log(np.where(use & (mu > 0), mu, 1.0))).sum() - mu.sum())


def _information(mu: Floats, x: Floats) -> Floats:
    rows, columns = (x * mu).sum(axis=2), (x * mu).sum(axis=1)
    inner = np.tensordot(x * mu, x, axes=([1, 2], [1, 2]))
    found: Floats = np.block(
        [
            [np.diag(mu.sum(axis=1)), mu, rows.T],
            [mu.T, np.diag(mu.sum(axis=0)), columns.T],
            [rows, columns, inner],
        ]
    )
    return found


def _solve(mu: Floats, x: Floats, right: Floats) -> Floats | None:
    """Return the Newton step; the last importer's effect is held, since a + c, b − c is the same model."""
    information = _information(mu, x)
    keep = np.ones(len(information), dtype=bool)
    keep[sum(mu.shape) - 1] = False
    step = np.zeros(len(information))
    try:
        step[keep] = np.linalg.solve(information[np.ix_(keep, keep)], right[keep])
    except np.linalg.LinAlgError:
        return None
    return step if np.isfinite(step).all() else None


def _clustered(y: Floats, mu: Floats, x: Floats) -> Floats | None:
    """Return the covariance of the slopes, clustered by exporter and by importer; None where they cannot be told."""
    effects = sum(mu.shape)
    information = _information(mu, x)
    keep = np.arange(effects) != effects - 1
    block, mixed = information[:effects, :effects][np.ix_(keep, keep)], information[:effects, effects:][keep]
    try:
        loading = np.zeros((effects, len(x)))
        loading[keep] = np.linalg.solve(block, mixed)
        # Covariates net of the effects, in the metric of the fitted flows (Frisch, Waugh, Lovell).
        net = x - loading[: len(mu)].T[:, :, None] - loading[len(mu) :].T[:, None, :]
        left = np.tensordot(net * mu, net, axes=([1, 2], [1, 2]))
        scale = np.sqrt((x**2 * mu).sum(axis=(1, 2)))
        if np.linalg.eigvalsh(left / np.outer(scale, scale)).min() < LEAST:
            return None
        bread = np.linalg.inv(left)
    except np.linalg.LinAlgError:
        return None
    score = net * (y - mu) * (mu > 0)
    by_exporter, by_importer = score.sum(axis=2), score.sum(axis=1)
    meat = by_exporter @ by_exporter.T + by_importer @ by_importer.T - np.tensordot(score, score, axes=([1, 2], [1, 2]))
    few = min(y.shape)
    covariance: Floats = bread @ meat @ bread * few / (few - 1) if few > 1 else np.full((len(x), len(x)), np.nan)
    return covariance


def homophily(trade: xr.Dataset, by: By = "region", ties: xr.DataArray | None = None) -> pl.DataFrame:
    """Estimate, by stage and year, how much more trade there is within groups than gravity gives.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. Unknown trade counts as none.
    by
        Groups, as in `xenotime.networks.regions.groups`. Communities are found in the same trade, so that their γ is
        high by construction: use `regionalisation` for them.
    ties : xarray.DataArray, optional
        Only the values of its ties count then.

    Returns
    -------
    polars.DataFrame
        `stage, year, homophily` (γ), `se`, `p` (t with clusters − 1 degrees), `times` = exp(γ), `distance_elasticity`
        (β), `distance_se`, `pairs` that count. Null where γ cannot be told from the effects. Pairs without a known
        distance do not count.
    """
    trade = sound(trade)
    countries = trade["exporter"].values.astype(object)
    km = distances_km(countries.tolist())
    grouping = groups(trade, by)
    rows: list[tuple[object, ...]] = []
    with threadpool_limits(limits=1, user_api="blas"):
        for stage, weights in panels(trade, ties):
            for year, weight in zip(trade["year"].values.astype(int).tolist(), weights, strict=True):
                here = trades(weight)
                flow, far = weight[np.ix_(here, here)], km[np.ix_(here, here)]
                group = _numbers(groups_of(Layer(stage, year, countries[here], flow, flow > 0), grouping))
                counted = (far > 0) & ~np.eye(len(flow), dtype=bool)
                x = np.stack([together(group).astype(float), np.log(np.where(counted, far, 1.0))])
                fit = fit_gravity(flow, x, counted) if counted.any() else None
                if fit is None:
                    rows.append((stage, year, *[None] * 6, int(counted.sum())))
                    continue
                se = np.sqrt(np.where(np.diag(fit.covariance) >= 0, np.diag(fit.covariance), np.nan))
                gamma, beta = fit.slopes
                p = float(2 * stdtr(fit.clusters - 1, -abs(gamma) / se[0]))
                rows.append((stage, year, gamma, se[0], p, np.exp(gamma), beta, se[1], int(counted.sum())))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(pl.col(pl.Float64).fill_nan(None))
