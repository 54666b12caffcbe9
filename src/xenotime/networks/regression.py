"""Regression of one network on others, with tests that respect that pairs share countries: QAP and MRQAP.

Ordinary standard errors take pairs for independent. The quadratic assignment procedure relabels countries at random and
asks how often chance does as well (Krackhardt 1988, Soc. Networks 10:359); with several explanatory networks, double
semi-partialling (Dekker, Krackhardt, Snijders 2007, Psychometrika 72:563) permutes for each of them what the others do
not explain of it, and compares t statistics, which is right under collinearity where permuting y is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from xenotime.core import InputError, generator
from xenotime.networks.layers import Floats


@dataclass(frozen=True)
class NetworkRegression:
    """Least squares of one network on others.

    Attributes
    ----------
    names : tuple of str
        "intercept", then the explanatory networks.
    coefficients, t, p_values : ndarray, shape (k + 1,)
        Least squares, its t statistics, and two-sided p-values by permutation (NaN for the intercept, which relabelling
        does not change).
    r_squared : float
    pairs, permutations, seed : int
    """

    names: tuple[str, ...]
    coefficients: Floats
    t: Floats
    p_values: Floats
    r_squared: float
    pairs: int
    permutations: int
    seed: int

    def to_frame(self) -> pl.DataFrame:
        """Return `name, coefficient, t, p_value`, one row a network."""
        return pl.DataFrame(
            {"name": self.names, "coefficient": self.coefficients, "t": self.t, "p_value": self.p_values}
        ).with_columns(pl.col("p_value").fill_nan(None))

    def __str__(self) -> str:
        said = f"{self.pairs} pairs, R² {self.r_squared:.3f}, {self.permutations} permutations, seed {self.seed}"
        return f"MRQAP (double semi-partialling), {said}\n{self.to_frame()}"


def mrqap(y: Floats, x: Mapping[str, Floats], permutations: int = 1000, seed: int = 1) -> NetworkRegression:
    """Regress a network on others, with p-values by double semi-partialling.

    Parameters
    ----------
    y : ndarray, shape (n, n)
        The network to explain, exporter before importer; ties as 0 and 1, or numbers. The diagonal is ignored.
    x : mapping of name to ndarray, shape (n, n)
        The networks that explain it, countries in the same order.
    permutations, seed : int

    Raises
    ------
    InputError
        Shapes that differ, a pair without a number, a network that others explain fully, or too few pairs.

    Notes
    -----
    Ties are regressed on as they are (a linear probability model); `xenotime.tergm` has models of ties.
    """
    y, given = np.asarray(y, dtype=float), {name: np.asarray(one, dtype=float) for name, one in x.items()}
    n = len(y)
    off = ~np.eye(n, dtype=bool)
    for name, one in {"y": y, **given}.items():
        if one.shape != (n, n):
            raise InputError(
                f"{name} has shape {one.shape}, y {y.shape}", where="networks.mrqap", remedy="give n × n arrays"
            )
        holes = int((~np.isfinite(one[off])).sum())
        if holes:
            raise InputError(
                f"{name} has no number for {holes} of {n * (n - 1)} pairs",
                where="networks.mrqap",
                remedy="leave out the countries with holes: relabelling needs every pair",
            )
    if not given or n * (n - 1) <= len(given) + 1 or permutations < 1:
        raise InputError(
            f"{len(given)} networks, {n * (n - 1)} pairs, {permutations} permutations",
            where="networks.mrqap",
            remedy="give at least one network, more pairs than networks, and a thousand permutations",
        )
    design = np.column_stack([np.ones(n * (n - 1)), *(one[off] for one in given.values())])
    scale = np.linalg.norm(design, axis=0)
    if np.linalg.matrix_rank(design / np.where(scale > 0, scale, 1.0), tol=1e-9) < design.shape[1]:
        raise InputError(
            f"one of {', '.join(given)} is constant or a combination of the others",
            where="networks.mrqap",
            remedy="leave it out",
        )
    target = y[off]
    coefficients = np.linalg.lstsq(design, target, rcond=None)[0]
    residual = target - design @ coefficients
    spread = ((target - target.mean()) ** 2).sum()
    freedom = len(target) - design.shape[1]
    covariance = np.linalg.inv(design.T @ design) * (residual @ residual) / freedom
    t = coefficients / np.sqrt(np.diag(covariance))
    p_values = np.full(len(t), np.nan)
    for k, name in enumerate(given, start=1):
        drawn = _drawn_t(target, design, k, off, permutations, generator(seed, "mrqap", name))
        p_values[k] = (1 + (np.abs(drawn) >= abs(t[k]) * (1 - 1e-12)).sum()) / (1 + permutations)
    return NetworkRegression(
        names=("intercept", *given),
        coefficients=coefficients,
        t=t,
        p_values=p_values,
        r_squared=float(1 - residual @ residual / spread) if spread > 0 else float("nan"),
        pairs=len(target),
        permutations=permutations,
        seed=seed,
    )


def _drawn_t(
    target: Floats, design: Floats, k: int, off: np.ndarray, permutations: int, random: np.random.Generator
) -> Floats:
    """Return t of the k-th network with what the others do not explain of it relabelled at random.

    By Frisch, Waugh, Lovell: the others are taken out of target and relabelled residual, then one slope is left.
    """
    others, _ = np.linalg.qr(np.delete(design, k, axis=1))

    def rest(column: Floats) -> Floats:
        found: Floats = column - others @ (others.T @ column)
        return found

    part = np.zeros(off.shape)
    part[off] = rest(design[:, k])
    clean = rest(target)
    freedom = len(target) - design.shape[1]
    found = np.empty(permutations)
    for draw in range(permutations):
        order = random.permutation(len(off))
        column = rest(part[np.ix_(order, order)][off])
        size = column @ column
        slope = column @ clean / size
        found[draw] = slope / np.sqrt((clean @ clean - slope**2 * size) / freedom / size)
    return found


@dataclass(frozen=True)
class NetworkCorrelation:
    """Correlation of two networks over pairs; its mean and two-sided p-value when countries are relabelled."""

    correlation: float
    expected: float
    p_value: float
    pairs: int
    permutations: int
    seed: int


def qap_correlation(a: Floats, b: Floats, permutations: int = 1000, seed: int = 1) -> NetworkCorrelation:
    """Correlate two networks over ordered pairs, and ask how often relabelled countries do as well.

    Parameters
    ----------
    a, b : ndarray, shape (n, n)
        Countries in one order; the diagonal is ignored.
    permutations, seed : int

    Raises
    ------
    InputError
        As `mrqap`.
    """
    fit = mrqap(a, {"b": b}, permutations=1, seed=seed)  # the checks, and the slope
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    off = ~np.eye(len(a), dtype=bool)
    observed = float(np.sign(fit.coefficients[1]) * np.sqrt(fit.r_squared))
    random = generator(seed, "qap")
    drawn = np.empty(permutations)
    for draw in range(permutations):
        order = random.permutation(len(a))
        drawn[draw] = np.corrcoef(a[off], b[np.ix_(order, order)][off])[0, 1]
    far = (np.abs(drawn) >= abs(observed) * (1 - 1e-12)).sum()
    return NetworkCorrelation(
        observed, float(drawn.mean()), float((1 + far) / (1 + permutations)), int(off.sum()), permutations, seed
    )
