"""Cubes to the arrays that communities and regions are computed on, and matrices to lists of neighbours."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from xenotime.networks.cube import sound, warn_of_unknown
from xenotime.networks.layers import same_labels
from xenotime.schema import CUBE_AXES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def panels(trade: xr.Dataset, ties: xr.DataArray | None) -> Iterator[tuple[str, Floats]]:
    """Yield each stage with its values (year, exporter, importer) in thousand USD, zero where unknown or no tie.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray or None
        From `xenotime.networks.dependence`; None keeps every flow.

    Raises
    ------
    InputError
        Ties whose labels are not those of `trade` (convention 6).
    """
    trade = sound(trade)
    warn_of_unknown(trade)
    value = trade["value_kusd"].transpose(*CUBE_AXES).fillna(0.0)
    if ties is not None:
        same_labels(trade, ties)
        value = value.where(ties, 0.0)
    for stage in trade["stage"].values:
        yield str(stage), value.sel(stage=stage).to_numpy()


def neighbours(symmetric: Floats) -> tuple[Ints, Ints, Floats]:
    """Return (first, target, weight) of a symmetric matrix without its diagonal, as the compiled kernels take it.

    Parameters
    ----------
    symmetric : ndarray, shape (n, n)
        Not negative.
    """
    other = np.where(np.eye(len(symmetric), dtype=bool), 0.0, symmetric)
    i, j = np.nonzero(other)
    return np.searchsorted(i, np.arange(len(symmetric) + 1)), j, other[i, j]
