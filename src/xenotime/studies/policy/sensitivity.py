"""Which parameter drives an answer: first-order Sobol indices and PAWN from draws at hand, no further solves.

The first-order index Var(E[Y | X_i]) / Var(Y) is estimated by projecting the answer on Legendre polynomials of the
parameters' ranks (Plischke 2010, Reliab. Eng. Syst. Saf. 95:354, has the idea with cosines; Li and Rabitz 2002 with
polynomials), of all parameters at once: one by one, what the others explain is noise, and in 40 draws an index of 0.03
comes out anywhere between 0 and 0.4. The indices add up to 1 at most. PAWN is the median Kolmogorov–Smirnov distance
between the answer and the answer within a slice of the parameter (Pianosi and Wagener 2015, Environ. Model. Softw.
67:1). Draws without an answer are counted and left out, and too few of them give null: libraries that take them as
numbers answer zero without a word.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

#: Fewest answers from which an index is computed.
FEWEST = 30
DEGREE = 6
SLICES = 8
SCHEMA = {
    "parameter": pl.String, "first_order": pl.Float64, "pawn": pl.Float64, "rank_correlation": pl.Float64,
    "draws": pl.Int64, "failed": pl.Int64,
}  # fmt: skip


def drivers(parameters: Mapping[str, Floats], answer: Floats) -> pl.DataFrame:
    """Return how far each parameter explains an answer.

    Parameters
    ----------
    parameters : mapping of name to ndarray (draws,)
    answer : ndarray (draws,)
        NaN where the draw has no answer.

    Returns
    -------
    polars.DataFrame
        `parameter, first_order, pawn` (0 nothing, 1 all), `rank_correlation` (its sign says which way), `draws` used,
        `failed`. Null with fewer than `FEWEST` answers, or where the answer never varies.
    """
    solved = np.isfinite(answer)
    y = answer[solved]
    enough = len(y) >= FEWEST and float(np.ptp(y)) > 1e-12 * max(1.0, float(np.abs(y).max()))
    share = first_order({name: values[solved] for name, values in parameters.items()}, y) if enough else {}
    rows = []
    for name, values in parameters.items():
        x = values[solved]
        found = (share[name], pawn(x, y), float(stats.spearmanr(x, y).statistic)) if enough else (None,) * 3
        rows.append((name, *found, int(solved.sum()), int((~solved).sum())))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def first_order(parameters: Mapping[str, Floats], y: Floats) -> dict[str, float]:
    """Return the first-order Sobol index of each parameter for `y`, from 0 to 1, corrected for the number of draws.

    The variance of `y` is the sum of the parts' and of what is left over, so that parameters which happen to go
    together in few draws do not share what each explains.
    """
    draws, degree = len(y), min(DEGREE, (len(y) // 2 - 1) // len(parameters))
    centred = {}
    for name, x in parameters.items():
        basis = np.polynomial.legendre.legvander(2 * (stats.rankdata(x) - 0.5) / draws - 1, degree)[:, 1:]
        centred[name] = basis - basis.mean(axis=0)
    design = np.column_stack(list(centred.values()))
    coefficients = np.linalg.lstsq(design, y - y.mean(), rcond=None)[0]
    left_over = float(((y - y.mean() - design @ coefficients) ** 2).sum()) / (draws - design.shape[1] - 1)
    noise = np.linalg.pinv(design.T @ design) * left_over  # covariance of the coefficients
    parts = {}
    for k, (name, basis) in enumerate(centred.items()):
        own = slice(k * degree, (k + 1) * degree)
        square = coefficients[own] @ basis.T @ basis @ coefficients[own] - np.trace(basis.T @ basis @ noise[own, own])
        parts[name] = max(float(square) / (draws - 1), 0.0)
    total = sum(parts.values()) + left_over
    return {name: part / total for name, part in parts.items()}


def pawn(x: Floats, y: Floats) -> float:
    """Return the PAWN index of `x` for `y`: the median distance over slices of `x`."""
    order = np.argsort(x, kind="stable")
    apart = [stats.ks_2samp(y, y[part]).statistic for part in np.array_split(order, SLICES)]
    return float(np.median(apart))
