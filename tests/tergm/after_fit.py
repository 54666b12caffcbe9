"""Small fits for the tests of what comes after a fit, and probabilities computed apart from the code under test."""

import numpy as np
from tergm_panels import random_panel

from xenotime.tergm import Panel, change_statistics, fit

STRUCTURE = "edges + mutual + gwesp(0.5, fixed=TRUE) + nodeocov('x') + edgecov('w') + memory('stability')"
COVARIATES = "edges + nodeocov('x') + edgecov('w')"


def small_fit(formula=STRUCTURE, **options):
    return fit(formula, random_panel(seed=3, years=6, n=14), **options)


def with_covariate(panel, **arrays):
    """The same panel with some covariates replaced, built anew."""
    return Panel.from_arrays(
        panel.ties, panel.years, panel.nodes, panel.directed,
        {name: arrays.get(name, values) for name, values in panel.node_covariates.items()},
        {name: arrays.get(name, values) for name, values in panel.dyad_covariates.items()},
        panel.risk, panel.exists,
    )  # fmt: skip


def probabilities(formula, panel, theta, years):
    """(T, n, n) conditional probabilities from the change statistics, NaN on the diagonal."""
    eta = np.array([change_statistics(formula, panel, year) @ theta for year in years])
    return 1 / (1 + np.exp(-eta))


def entry_and_exit(seed=5, years=6, n=12):
    """A panel in which one node enters late and another leaves early, with an unknown dyad."""
    rng = np.random.default_rng(seed)
    ties = (rng.random((years, n, n)) < 0.25).astype(float)
    exists = np.ones((years, n), bool)
    exists[:2, 0] = False
    exists[4:, 1] = False
    ties[~(exists[:, :, None] & exists[:, None, :])] = 0
    ties[3, 5, 6] = np.nan
    return Panel.from_arrays(
        ties, range(2001, 2001 + years), [f"n{place}" for place in range(n)], exists=exists,
        dyad_covariates={"w": rng.normal(size=(years, n, n))},
    )  # fmt: skip
