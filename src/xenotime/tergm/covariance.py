"""Covariance of pooled estimates: inverse Hessian, and sandwiches clustered by year, exporter, importer, pair.

CR1: bread · (G/(G − 1) Σ_g s_g s_gᵀ) · bread with s_g the score of cluster g. Several ways at once by inclusion and
exclusion (Cameron, Gelbach and Miller 2011); a matrix that comes out not positive semi-definite is lifted by setting
its negative eigenvalues to zero, with a warning.
"""

import warnings
from itertools import combinations

import numpy as np

from xenotime.core import DataWarning, InputError
from xenotime.tergm.design import Design
from xenotime.tergm.kernel import compiled

#: Share of the largest eigenvalue below which a negative one is rounding.
ROUNDING = 1e-12
CLUSTERS = ("year", "exporter", "importer", "pair")


@compiled
def _cluster_scores(x, y, offset, theta, cluster, groups):  # type: ignore[no-untyped-def]
    q = x.shape[1]
    scores = np.zeros((groups, q))
    for row in range(len(y)):
        eta = offset[row]
        for a in range(q):
            eta += x[row, a] * theta[a]
        residual = y[row] - 1.0 / (1.0 + np.exp(-eta))
        for a in range(q):
            scores[cluster[row], a] += residual * x[row, a]
    return scores


def cluster_of(design: Design, by: tuple[str, ...]) -> np.ndarray:
    """Return each row's cluster, 0 … G − 1, (rows,) int64: rows alike in all of `by` share one."""
    n = design.model.panel.n
    low, high = np.minimum(design.tail, design.head), np.maximum(design.tail, design.head)
    parts = {"year": design.year, "exporter": design.tail, "importer": design.head, "pair": low * np.int64(n) + high}
    unknown = [name for name in by if name not in parts]
    if unknown:
        raise InputError(f"clusters {unknown} are unknown", remedy=f"choose from {', '.join(CLUSTERS)}")
    key = np.zeros(len(design.y), np.int64)
    for name in by:
        values = parts[name].astype(np.int64)
        key = key * (int(values.max()) + 1) + values
    if key.max() > 4 * len(key):
        return np.unique(key, return_inverse=True)[1].astype(np.int64)
    present = np.bincount(key) > 0  # the same, without sorting
    return np.asarray((np.cumsum(present) - 1)[key])


def sandwich(
    design: Design, theta: np.ndarray, bread: np.ndarray, by: tuple[str, ...] = ("year",)
) -> tuple[np.ndarray, int]:
    """Return the clustered covariance of the estimates, and the smallest number of clusters.

    Parameters
    ----------
    design : Design
    theta : (q,) float64
        Estimates.
    bread : (q, q) float64
        Inverse of the negative Hessian.
    by : tuple of {"year", "exporter", "importer", "pair"}
        One way, or several at once.

    Returns
    -------
    (q, q) float64 and int

    Warns
    -----
    DataWarning
        Where several ways gave a matrix that had to be lifted.
    """
    meat = np.zeros_like(bread)
    fewest = len(design.y)
    for size in range(1, len(by) + 1):
        for subset in combinations(by, size):
            cluster = cluster_of(design, subset)
            groups = int(cluster.max()) + 1
            if size == 1:
                fewest = min(fewest, groups)
            if groups < 2:
                raise InputError(f"one cluster ({subset[0]}) says nothing about its spread", remedy="give more years")
            scores = _cluster_scores(design.x, design.y, design.offset, theta, cluster, groups)
            meat += (-1) ** (size + 1) * groups / (groups - 1) * scores.T @ scores
    covariance = bread @ meat @ bread
    if len(by) > 1:
        values, vectors = np.linalg.eigh(covariance)
        if values[0] < -ROUNDING * values[-1]:
            warnings.warn(
                f"errors clustered by {'+'.join(by)}: the matrix was not positive semi-definite (least eigenvalue "
                f"{values[0]:.2g}, largest {values[-1]:.2g}); its negative eigenvalues were set to zero, "
                "which can only widen the intervals",
                DataWarning,
                stacklevel=2,
            )
        covariance = (vectors * np.maximum(values, 0)) @ vectors.T
    return covariance, fewest
