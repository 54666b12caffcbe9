"""Moran's I: are countries that are close, or tied, alike in some number? (Moran 1950, Biometrika 37:17)"""

from dataclasses import dataclass

import numpy as np

from xenotime.core import InputError, generator
from xenotime.networks.layers import Floats


@dataclass(frozen=True)
class Moran:
    """Moran's I and its distribution when the numbers are dealt out to countries at random.

    Attributes
    ----------
    i : float
        (n / Σ w_ij) Σ_ij w_ij z_i z_j / Σ_i z_i², z the numbers less their mean.
    expected : float
        −1 / (n − 1).
    deviation : float
        Over permutations.
    z : float
        (i − expected) / deviation; NaN where permutations do not differ.
    p_value : float
        Two-sided, of permutations at least as far from `expected`, the observed among them.
    n, permutations : int
    """

    i: float
    expected: float
    deviation: float
    z: float
    p_value: float
    n: int
    permutations: int


def _index(numbers: Floats, weights: Floats) -> Floats:
    """Return I for each row of numbers, shape (..., n)."""
    z = numbers - numbers.mean(axis=-1, keepdims=True)
    found: Floats = (
        numbers.shape[-1] / weights.sum() * np.einsum("...i,...i->...", z @ weights, z) / (z**2).sum(axis=-1)
    )
    return found


def moran(numbers: Floats, weights: Floats, permutations: int = 999, seed: int = 1) -> Moran:
    """Compute Moran's I with a test by permutation.

    Parameters
    ----------
    numbers : ndarray, shape (n,)
        One a country, such as import dependence. Countries whose number is NaN are left out.
    weights : ndarray, shape (n, n)
        How near j is to i: 1 / distance, a common border, the trade between them. Not negative, diagonal ignored; they
        need not be symmetric.
    permutations, seed : int

    Raises
    ------
    InputError
        Shapes that do not fit, fewer than three countries, numbers all alike, or weights that are negative or all 0.
    """
    numbers, weights = np.asarray(numbers, dtype=float), np.array(weights, dtype=float)
    if numbers.ndim != 1 or weights.shape != (len(numbers), len(numbers)):
        raise InputError(
            f"numbers have shape {numbers.shape}, weights {weights.shape}",
            where="networks.moran",
            remedy="give n numbers and n × n weights, countries in one order",
        )
    known = ~np.isnan(numbers)
    numbers, weights = numbers[known], weights[np.ix_(known, known)]
    np.fill_diagonal(weights, 0.0)
    fits = len(numbers) >= 3 and numbers.std() > 0 and np.isfinite(weights).all() and (weights >= 0).all()
    if not fits or weights.sum() == 0 or permutations < 1:
        raise InputError(
            f"{len(numbers)} countries of known number: there must be three or more, not all alike, and weights "
            "finite, not negative, not all zero",
            where="networks.moran",
            remedy="look at the numbers and weights you gave",
        )
    random = generator(seed, "moran")
    observed = float(_index(numbers, weights))
    drawn = _index(np.array([random.permutation(numbers) for _ in range(permutations)]), weights)
    expected = -1 / (len(numbers) - 1)
    far = np.abs(drawn - expected) >= abs(observed - expected) - 1e-12
    deviation = float(drawn.std())
    return Moran(
        i=observed,
        expected=expected,
        deviation=deviation,
        z=(observed - expected) / deviation if deviation > 1e-12 else float("nan"),
        p_value=float((1 + far.sum()) / (1 + permutations)),
        n=len(numbers),
        permutations=permutations,
    )
