"""What an indicator is, and the few sums they share.

An indicator is a pure function of the arrays of one stage and year. The nodes are all countries of the cube, active or
not; an unknown cell is NaN in `value_kusd` and `quantity_t`, and False in `ties`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Need = Literal["ties", "known", "value_kusd", "quantity_t"]


@dataclass(frozen=True)
class Indicator:
    """One indicator: what it measures, and the function that does.

    Attributes
    ----------
    name, title : str
        The name in `INDICATORS` and in the column `indicator`; the title for tables and figures.
    unit : str
        "" for a pure number.
    scope : {"world", "country"}
        One number a stage and year, or one a country.
    definition : str
        The formula, in the symbols of docs/networks.md.
    paper : str
        Where it is defined.
    needs : tuple of str
        The arrays it takes, in the order of the function's arguments, each of shape (n, n), exporter before importer:
        ``ties`` (bool), ``known`` (bool: the pair's trade is known), ``value_kusd`` and ``quantity_t`` (float64, NaN
        where unknown and on the diagonal).
    function : callable
        Returns a float (scope world) or an array of shape (n,) (scope country); NaN where undefined.
    bounds : tuple of float
        Least and greatest possible value.
    homogeneity : int
        Degree in value: with every value multiplied by c (ties as they are), the indicator is multiplied by
        c**homogeneity. 0 for shares and for everything on ties alone.
    empty : float or None
        Its value on a network without ties or trade; None where it is undefined there.
    """

    name: str
    title: str
    unit: str
    scope: Literal["world", "country"]
    definition: str
    paper: str
    needs: tuple[Need, ...]
    function: Callable[..., Any]
    bounds: tuple[float, float] = (0.0, np.inf)
    homogeneity: int = 0
    empty: float | None = None

    @property
    def basis(self) -> str:
        """What it is computed on: binary ties, ties weighted by value, or all trade whether a tie or not."""
        if "ties" not in self.needs:
            return "all trade"
        return "ties weighted by value" if "value_kusd" in self.needs else "binary ties"


def weights(ties: Bools, value_kusd: Floats) -> Floats:
    """Return the value of each tie in thousand USD, shape (n, n), zero where there is none."""
    return np.where(ties, np.nan_to_num(value_kusd, nan=0.0), 0.0)


def total(flow: Floats, axis: int | None) -> Any:
    """Return the sum over known cells, along `axis` or (None) over all; NaN where not one cell is known."""
    known = ~np.isnan(flow)
    return np.where(known.any(axis=axis), np.where(known, flow, 0.0).sum(axis=axis), np.nan)[()]


def ratio(above: Any, below: Any) -> Any:
    """Return above / below, NaN where `below` is zero or unknown."""
    above, below = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=(below != 0) & ~np.isnan(below))[()]


def shares(flow: Floats, axis: int) -> Floats:
    """Return each known cell's share in the sum along `axis`; NaN where the sum is zero or unknown, 0 where unknown."""
    filled = np.nan_to_num(flow, nan=0.0)
    found: Floats = ratio(filled, filled.sum(axis=axis, keepdims=True))
    return found
