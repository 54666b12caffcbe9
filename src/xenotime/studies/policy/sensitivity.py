"""Which parameter drives an answer: first-order Sobol indices and PAWN from draws at hand, no further solves.

The first-order index Var(E[Y | X_i]) / Var(Y) is estimated by projecting the answer on Legendre polynomials of the
parameter's rank (Plischke 2010, Reliab. Eng. Syst. Saf. 95:354, has the idea with cosines; Li and Rabitz 2002 with
polynomials). PAWN is the median Kolmogorov–Smirnov distance between the answer and the answer within a slice of the
parameter (Pianosi and Wagener 2015, Environ. Model. Softw. 67:1). Draws without an answer are counted and left out, and
too few of them give null: libraries that take them as numbers answer zero without a word.
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
    rows = []
    for name, values in parameters.items():
        x = values[solved]
        found = (first_order(x, y), pawn(x, y), float(stats.spearmanr(x, y).statistic)) if enough else (None,) * 3
        rows.append((name, *found, int(solved.sum()), int((~solved).sum())))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def first_order(x: Floats, y: Floats) -> float:
    """Return the first-order Sobol index of `x` for `y`, between 0 and 1, corrected for the number of draws."""
    u = 2 * (stats.rankdata(x) - 0.5) / len(x) - 1
    basis = np.polynomial.legendre.legvander(u, DEGREE)[:, 1:]
    design = np.column_stack([np.ones(len(x)), basis])
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    unexplained = ((y - fitted) ** 2).sum() / (len(y) - DEGREE - 1)
    return float(np.clip(1 - unexplained / y.var(ddof=1), 0.0, 1.0))


def pawn(x: Floats, y: Floats) -> float:
    """Return the PAWN index of `x` for `y`: the median distance over slices of `x`."""
    order = np.argsort(x, kind="stable")
    apart = [stats.ks_2samp(y, y[part]).statistic for part in np.array_split(order, SLICES)]
    return float(np.median(apart))
