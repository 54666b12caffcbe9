"""Panels made from the reference files, and small made-up ones."""

import gzip
import json
from pathlib import Path

import numpy as np

from xenotime.tergm import Panel

REFERENCE = Path(__file__).resolve().parent.parent / "reference"


def reference(name):
    with gzip.open(REFERENCE / f"{name}.json.gz", "rt", encoding="utf-8") as stream:
        return json.load(stream)


def matrix(network):
    y = np.zeros((network["n"], network["n"]))
    for tail, head in network["edges"]:
        y[tail, head] = 1
        if not network["directed"]:
            y[head, tail] = 1
    return y


def statnet_panel(network):
    return Panel.from_arrays(
        matrix(network),
        directed=network["directed"],
        node_covariates=network["vertex_attributes"],
        dyad_covariates=network["dyadic_covariates"] or {},
    )


def random_panel(seed=0, years=4, n=12, directed=True, density=0.2):
    """A panel with covariates 'x' (number), 'group' (category), 'w' (dyads); ties do not depend on them."""
    rng = np.random.default_rng(seed)
    ties = (rng.random((years, n, n)) < density).astype(float)
    w = rng.normal(size=(years, n, n))
    if not directed:
        ties = np.triu(ties, 1) + np.triu(ties, 1).transpose(0, 2, 1)
        w = w + w.transpose(0, 2, 1)
    return Panel.from_arrays(
        ties,
        years=range(2001, 2001 + years),
        nodes=[f"n{place}" for place in range(n)],
        directed=directed,
        node_covariates={"x": rng.normal(size=(years, n)), "group": [["a", "b", "c"][place % 3] for place in range(n)]},
        dyad_covariates={"w": w},
    )
