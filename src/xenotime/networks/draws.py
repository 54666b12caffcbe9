"""Cubes with other flows: a scenario's, or draws of what may have been (a leading axis `draw`)."""

import numpy as np
import xarray as xr

from xenotime.core import InputError, generator
from xenotime.networks.cube import shaped, sound
from xenotime.networks.layers import Floats
from xenotime.schema import CUBE_AXES, Status


def with_flows(trade: xr.Dataset, value_kusd: Floats) -> xr.Dataset:
    """Return a cube like `trade` with other values: a scenario's flows, or draws of them.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`; stages, years, countries and attributes are kept.
    value_kusd : ndarray
        Thousand USD over `CUBE_AXES`, or with a leading axis of draws. NaN is unknown; the diagonal is left out.

    Returns
    -------
    xarray.Dataset
        Its `quantity_t` is NaN, since a change in value says nothing of mass.

    Raises
    ------
    InputError
        A shape that does not fit, a negative or infinite value.
    """
    trade = shaped(trade)
    value = np.array(value_kusd, dtype=float)
    shape = tuple(trade.sizes[axis] for axis in CUBE_AXES)
    if value.shape[-4:] != shape or value.ndim > 5:
        raise InputError(
            f"values have shape {value.shape}, the cube {shape}",
            where="networks.with_flows",
            remedy="give them over stage, year, exporter, importer, draws before these",
        )
    if (value < 0).any() or np.isinf(value).any():
        raise InputError(
            "values are negative or infinite", where="networks.with_flows", remedy="give thousand USD; NaN is unknown"
        )
    diagonal = np.arange(shape[-1])
    value[..., diagonal, diagonal] = np.nan
    axes = ("draw", *CUBE_AXES) if value.ndim == 5 else CUBE_AXES
    unknown = np.isnan(value).any(axis=0) if value.ndim == 5 else np.isnan(value)
    traded = (value > 0).any(axis=0) if value.ndim == 5 else value > 0
    status = trade["status"].transpose(*CUBE_AXES).to_numpy()
    status = np.where(unknown, Status.MISSING, np.where((status == Status.CUT) & ~traded, Status.CUT, Status.KNOWN))
    status[..., diagonal, diagonal] = Status.OWN
    return trade.drop_vars(list(trade.data_vars)).assign(
        status=(CUBE_AXES, status.astype(np.int8), trade["status"].attrs),
        value_kusd=(axes, value, trade["value_kusd"].attrs),
        quantity_t=(CUBE_AXES, np.full(shape, np.nan), trade["quantity_t"].attrs),
    )


def reporting_noise(trade: xr.Dataset, draws: int, log_sd: float, seed: int = 1) -> xr.Dataset:
    """Draw cubes in which every flow is off by as much as customs reports are.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    draws : int
    log_sd : float
        Standard deviation of the log of a flow's error, errors independent over flows. The two sides of one flow report
        values further apart than a reconciled value is from the truth; decision 4 has figures: a reconciled flow is off
        BACI's by a median |log| of about 0.09 to 0.1, which is a standard deviation of about 0.15.
    seed : int
        Give `before` and `after` of a comparison different seeds: errors of two years are then independent, and a
        change that lasts through them is more than noise. Real errors of one pair persist, so this is careful.

    Returns
    -------
    xarray.Dataset
        With a leading axis `draw`; expected values are those of `trade`.

    Raises
    ------
    InputError
        Fewer than two draws, a negative deviation.
    """
    if not isinstance(draws, (int, np.integer)) or draws < 2 or not 0 <= log_sd < np.inf:
        raise InputError(
            f"draws = {draws} must be at least 2, log_sd = {log_sd} not negative",
            where="networks.reporting_noise",
            remedy="a standard deviation of 0.15 is what decision 4 suggests",
        )
    value = sound(trade)["value_kusd"].transpose(*CUBE_AXES).to_numpy()
    random = generator(seed, "reporting")
    error = random.normal(-(log_sd**2) / 2, log_sd, (draws, *value.shape))
    return with_flows(trade, value[None] * np.exp(error))
