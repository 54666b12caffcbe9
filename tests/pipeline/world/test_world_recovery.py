"""The planted coefficients can be found again: a plain logistic fit on change statistics counted by brute force."""

import numpy as np
import pytest

from xenotime.pipeline.world import demo_world
from xenotime.pipeline.world.ties import GWESP, MEMORY, MUTUAL

SEEDS = 30


def change_statistics(y, alpha=0.5):
    """Mutual and gwesp changes by their definition, with matrix products: independent of the sampler's counting."""
    n = len(y)
    a = y.astype(float)
    ratio = 1 - np.exp(-alpha)
    change = np.zeros((n, n, 2))
    change[:, :, 0] = a.T

    def gwesp(graph):
        return (graph * np.exp(alpha) * (1 - ratio ** (graph @ graph))).sum()

    for i in range(n):
        for j in range(n):
            if i != j:
                one, two = a.copy(), a.copy()
                one[i, j], two[i, j] = 1.0, 0.0
                change[i, j, 1] = gwesp(one) - gwesp(two)
    return change


def design(world, stage):
    """Response and regressors of the pooled logit: one row per possible tie and year, one edges column a year."""
    s = world.stages.index(stage)
    data, names = world.covariates, [MUTUAL, GWESP, *(name for name in world.lags if name != MEMORY), MEMORY]
    tied, rows = [], []
    for t, year in enumerate(world.years[1:], start=1):
        y, free = world.y.values[s, t], world.risk.values[s, t]
        change = change_statistics(y)
        n = len(y)
        columns = [change[:, :, 0], change[:, :, 1]]
        for name in names[2:-1]:
            kind, covariate = name.split("('")[0], name.split("'")[1]
            array = data[covariate]
            if "stage" in array.dims:
                array = array.sel(stage=stage)
            if "year" in array.dims:
                array = array.sel(year=year - world.lags[name])
            values = array.values
            if kind == "nodeocov":
                values = np.repeat(values[:, None], n, axis=1)
            elif kind == "nodeicov":
                values = np.repeat(values[None, :], n, axis=0)
            columns.append(values)
        columns.append(np.where(world.y.values[s, t - 1], 1.0, -1.0))
        years = [np.full((n, n), float(k == t)) for k in range(1, len(world.years))]
        rows.append(np.stack([c[free] for c in columns + years], axis=1))
        tied.append(y[free])
    x = np.concatenate(rows)
    keep = [k for k in range(x.shape[1]) if x[:, k].std() > 0]
    labels = names + [f"edges {year}" for year in world.years[1:]]
    return np.concatenate(tied).astype(float), x[:, keep], [labels[k] for k in keep]


def logit(y, x):
    """Newton's method; coefficients, scores by row, Hessian."""
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        hessian = (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.solve(hessian, x.T @ (y - p))
        beta += step
        if np.abs(step).max() < 1e-9:
            return beta, hessian
    raise AssertionError("no convergence")


def estimates(variant="A", seeds=SEEDS):
    found, errors = [], []
    for seed in range(1, seeds + 1):
        world = demo_world(seed, 26, range(2005, 2013), variant, ["downstream"], density=0.15)
        y, x, labels = design(world, "downstream")
        beta, hessian = logit(y, x)
        truth = [
            float(world.edges.sel(stage="downstream", year=int(label[6:])))
            if label.startswith("edges")
            else world.theta["downstream"][label]
            for label in labels
        ]
        found.append(beta - truth)
        errors.append(np.sqrt(np.diag(np.linalg.inv(hessian))))
    return np.array(found), np.array(errors), labels


@pytest.mark.slow
def test_a_logistic_fit_finds_the_planted_coefficients():
    gap, error, labels = estimates()
    structural = [k for k, label in enumerate(labels) if not label.startswith("edges")]
    spread = gap.std(axis=0, ddof=1) / np.sqrt(SEEDS)
    # 4 Monte-Carlo standard errors, plus the small bias of pseudo-likelihood at this size (a few per cent)
    for k in structural:
        assert abs(gap[:, k].mean()) < 4 * spread[k] + 0.04, labels[k]
    # pseudo-likelihood errors are too small under dependence, but not by much here: coverage near 95 %
    inside = (np.abs(gap[:, structural]) < 1.96 * error[:, structural]).mean()
    assert 0.88 < inside < 0.99


@pytest.mark.slow
def test_variant_c_misleads_the_same_fit():
    """Were variant C's hidden pair effect not there, the fit would not be off where theory says it is."""
    gap, _, labels = estimates("C", seeds=10)
    for label in (MEMORY, "edgecov('cooperation', lag=1)"):
        off = gap[:, labels.index(label)]
        assert off.mean() > 3 * off.std(ddof=1) / np.sqrt(len(off)), label
