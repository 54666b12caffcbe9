"""Gravity by PPML: against statsmodels' Poisson with dummies, and a planted homophily found again."""

import numpy as np
import pytest
import xarray as xr

from xenotime.core import generator
from xenotime.networks.regions.distance import distances_km
from xenotime.networks.regions.gravity import fit_gravity, homophily

COUNTRIES = ["ARG", "AUS", "BRA", "CHN", "DEU", "FRA", "IND", "ITA", "JPN", "KOR", "POL", "USA", "VNM", "ZAF"]


def world(gamma: float, beta: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flows, groups and km with known coefficients and unit-mean gamma noise."""
    random = generator(seed, "gravity")
    n = len(COUNTRIES)
    group = np.arange(n) % 3
    km = distances_km(COUNTRIES)
    size = random.lognormal(0, 1, (2, n))
    same = (group[:, None] == group).astype(float)
    mean = np.outer(size[0], size[1]) * np.exp(gamma * same) * np.where(km > 0, km, 1.0) ** beta
    weight = 1e6 * mean * random.gamma(2, 0.5, (n, n)) * (random.random((n, n)) < 0.9)
    np.fill_diagonal(weight, 0)
    return weight, group, km


def covariates(group: np.ndarray, km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    counted = km > 0
    return np.stack([(group[:, None] == group).astype(float), np.log(np.where(counted, km, 1.0))]), counted


def test_as_statsmodels():
    sm = pytest.importorskip("statsmodels.api", reason="statsmodels is an oracle, in the extra 'oracles'")
    weight, group, km = world(0.8, -0.9)
    x, counted = covariates(group, km)
    found = fit_gravity(weight, x, counted)
    n = len(weight)
    i, j = np.nonzero(counted)
    design = np.column_stack([np.eye(n)[i], np.eye(n)[j][:, 1:], x[0][i, j], x[1][i, j]])
    scale = weight.sum()
    fit = sm.GLM(weight[i, j] / scale, design, family=sm.families.Poisson()).fit(tol=1e-13, maxiter=200)
    assert found.slopes == pytest.approx(fit.params[-2:], abs=1e-7)
    meats = []
    score = design * (weight[i, j] / scale - fit.mu)[:, None]
    for cluster in (i, j, i * n + j):
        total = np.zeros((n * n, design.shape[1]))
        np.add.at(total, cluster, score)
        meats.append(total.T @ total)
    bread = np.linalg.inv((design * fit.mu[:, None]).T @ design)
    wanted = bread @ (meats[0] + meats[1] - meats[2]) @ bread * n / (n - 1)
    assert found.covariance == pytest.approx(wanted[-2:, -2:], rel=1e-5)
    assert np.nansum(found.fitted, axis=1) == pytest.approx(weight.sum(axis=1), rel=1e-6)


def test_planted_homophily_is_found():
    truth, found = (0.8, -0.9), []
    for seed in range(20):
        weight, group, km = world(*truth, seed=seed)
        found.append(fit_gravity(weight, *covariates(group, km)).slopes)
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(20)
    assert (np.abs(mean - truth) < 4 * error).all()


def test_countries_without_exports_or_imports_change_nothing():
    weight, group, km = world(0.5, -1.0)
    weight[3], weight[:, 5] = 0, 0
    x, counted = covariates(group, km)
    whole = fit_gravity(weight, x, counted)
    out, into = np.delete(np.arange(14), 3), np.delete(np.arange(14), 5)
    assert np.isnan(whole.fitted[3]).all()
    assert np.isnan(whole.fitted[:, 5]).all()
    assert np.nansum(whole.fitted[np.ix_(out, into)]) == pytest.approx(weight[counted].sum(), rel=1e-8)


def test_a_group_of_everyone_cannot_be_told_from_size():
    weight, _, km = world(0.5, -1.0)
    assert fit_gravity(weight, *covariates(np.zeros(14, dtype=int), km)) is None


def test_groups_that_trade_only_among_themselves_have_no_finite_homophily():
    weight, group, km = world(0.5, -1.0)
    weight[group[:, None] != group] = 0
    assert fit_gravity(weight, *covariates(group, km)) is None


def test_table(cube):
    weight, group, km = world(0.8, -0.9)
    trade: xr.Dataset = cube(np.stack([weight, 3 * weight]), COUNTRIES)
    table = homophily(trade, dict(zip(COUNTRIES, (f"g{g}" for g in group))))
    found = fit_gravity(weight, *covariates(group, km))
    assert table["homophily"].to_list() == pytest.approx([found.slopes[0]] * 2)
    assert table["times"][0] == pytest.approx(np.exp(found.slopes[0]))
    assert table["se"][0] == pytest.approx(np.sqrt(found.covariance[0, 0]))
    assert table["pairs"].to_list() == [14 * 13] * 2
