"""Makers of small cubes and random networks for the tests of the shape of trade."""

import numpy as np
import xarray as xr

from xenotime.schema import CUBE_AXES, Status


def cube(value, stages=("downstream",), years=(2020,), countries=None):
    """A trade cube of an array (..., n, n) in thousand USD; the diagonal is own trade, the rest known."""
    value = np.asarray(value, dtype=float)
    n = value.shape[-1]
    countries = list(countries) if countries else [f"C{k:02d}" for k in range(n)]
    value = np.broadcast_to(value, (len(stages), len(years), n, n)).copy()
    value[..., range(n), range(n)] = np.nan
    status = np.where(np.isnan(value), Status.MISSING, Status.KNOWN).astype(np.int8)
    status[..., range(n), range(n)] = Status.OWN
    return xr.Dataset(
        {"value_kusd": (CUBE_AXES, value), "quantity_t": (CUBE_AXES, value / 20), "status": (CUBE_AXES, status)},
        coords={"stage": list(stages), "year": list(years), "exporter": countries, "importer": countries},
        attrs={"chain": "made_up", "sources": ["made_up 1"], "direction": "goods: exporter -> importer"},
    )


def random_flow(seed, n=12, density=0.3):
    """Values over several orders of magnitude, zero diagonal."""
    rng = np.random.default_rng(seed)
    flow = np.where(rng.random((n, n)) < density, np.exp(rng.normal(3, 2, (n, n))), 0.0)
    np.fill_diagonal(flow, 0.0)
    return flow


def tie_cube(ties, like):
    """Ties, shape (n, n) or that of the cube, as `dependence` gives them."""
    shape = tuple(like.sizes[axis] for axis in CUBE_AXES)
    return xr.DataArray(
        np.broadcast_to(np.asarray(ties, dtype=bool), shape),
        coords={axis: like[axis] for axis in CUBE_AXES},
        dims=CUBE_AXES,
    )
