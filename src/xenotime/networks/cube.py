"""What a trade cube must be before anything is measured on it; a hand-made one is completed where that is safe."""

import warnings
from collections.abc import Iterable

import numpy as np
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.schema import CUBE_AXES, Status


def shaped(trade: xr.Dataset) -> xr.Dataset:
    """Return a cube with all its variables, whatever its axes beyond `CUBE_AXES` (draws).

    A cube of `value_kusd` alone is completed: unknown mass, and a status read off the values (unknown where NaN).

    Raises
    ------
    InputError
        No dataset, no `value_kusd`, values that are no numbers, an axis or its labels missing, an axis of no length,
        importers in another order than exporters, labels twice.
    """
    remedy = f"make the cube with networks.build: value_kusd over {', '.join(CUBE_AXES)}, each with labels"
    if not isinstance(trade, xr.Dataset):
        raise InputError(f"a {type(trade).__name__} is no trade cube", where="networks", remedy=remedy)
    if "value_kusd" not in trade:
        held = ", ".join(map(str, trade.data_vars)) or "nothing"
        raise InputError(f"the cube has no value_kusd (it has {held})", where="networks", remedy=remedy)
    value = trade["value_kusd"]
    absent = [axis for axis in CUBE_AXES if axis not in value.dims or axis not in trade.coords]
    if absent:
        raise InputError(
            f"the cube has no axis {', '.join(absent)}, or no labels on it", where="networks", remedy=remedy
        )
    if value.dtype.kind not in "fiu":
        raise InputError(f"value_kusd holds {value.dtype}, not numbers", where="networks", remedy=remedy)
    if value.dtype != np.float64:
        trade = trade.assign(value_kusd=value.astype(float))
        value = trade["value_kusd"]
    for axis in CUBE_AXES:
        labels = trade[axis].values
        if not len(labels):
            raise InputError(
                f"the cube has nothing on axis {axis}", where="networks", remedy="choose at least one: trade.sel(...)"
            )
        if len(np.unique(labels)) < len(labels):
            raise InputError(f"the cube has a label twice on axis {axis}", where="networks", remedy="drop one of them")
    if not np.array_equal(trade["exporter"].values, trade["importer"].values):
        raise InputError(
            "exporters and importers of the cube are not the same countries in the same order",
            where="networks",
            remedy="trade.reindex(importer=trade['exporter'].values), or make the cube with networks.build",
        )
    if "quantity_t" not in trade:
        trade = trade.assign(quantity_t=xr.full_like(_one(value), np.nan, dtype=float))
    if "status" not in trade:
        unknown = np.isnan(_one(value).transpose(*CUBE_AXES).to_numpy())
        status = np.where(unknown, Status.MISSING, Status.KNOWN).astype(np.int8)
        diagonal = np.arange(status.shape[-1])
        status[..., diagonal, diagonal] = Status.OWN
        trade = trade.assign(status=(CUBE_AXES, status))
    return trade


def _one(value: xr.DataArray) -> xr.DataArray:
    """Return the values without an axis of draws."""
    return value.isel({axis: 0 for axis in value.dims if axis not in CUBE_AXES})


def sound(trade: xr.Dataset) -> xr.Dataset:
    """Return a cube as `shaped` does, after looking at its values.

    Raises
    ------
    InputError
        As `shaped`; also draws, or a flow that is negative or infinite, with its place.
    """
    trade = shaped(trade)
    value = trade["value_kusd"]
    more = [str(axis) for axis in value.dims if axis not in CUBE_AXES]
    if more:
        raise InputError(
            f"the cube has an axis {', '.join(more)}",
            where="networks",
            remedy="networks.compare takes draws; elsewhere take one of them: trade.isel(draw=0)",
        )
    flows = value.transpose(*CUBE_AXES).to_numpy()
    odd = np.argwhere((flows < 0) | np.isinf(flows))
    if len(odd):
        stage, year, i, j = odd[0]
        names = trade["exporter"].values
        raise InputError(
            f"a flow of {float(flows[tuple(odd[0])]):g} thousand USD ({len(odd)} such flows)",
            where=f"{trade['stage'].values[stage]}, {trade['year'].values[year]}, {names[i]} to {names[j]}",
            remedy="flows are finite and not negative; what is unknown is NaN",
        )
    return trade


def warn_of_unknown(trade: xr.Dataset, stacklevel: int = 3) -> None:
    """Say how many pairs' trade is not known and will be taken for none."""
    off = ~np.eye(trade.sizes["exporter"], dtype=bool)
    unknown = int((np.isnan(trade["value_kusd"].transpose(..., *CUBE_AXES).to_numpy()) & off).sum())
    if unknown:
        warnings.warn(
            f"{unknown} pairs of countries (over stages and years) have unknown trade, which is taken for none here: "
            "trade['status'] names them.",
            DataWarning,
            stacklevel=stacklevel + 1,
        )


def names_of(given: Iterable[str], what: str, where: str) -> list[str]:
    """Return names as a list.

    Raises
    ------
    InputError
        One text instead of several, which would be read letter by letter, or something that is no name.
    """
    several = isinstance(given, Iterable) and not isinstance(given, str)
    named = list(given) if several else []
    if not several or not all(isinstance(one, str) for one in named):
        raise InputError(f"{what} is {given!r}", where=where, remedy=f"give a list of names: [{str(given)!r}]")
    return named


def enough(count: int, least: int, what: str, where: str) -> None:
    """Refuse a count that is no whole number, or below the least that makes sense.

    Raises
    ------
    InputError
        The count is neither.
    """
    if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < least:
        raise InputError(f"{what} is {count!r}", where=where, remedy=f"give a whole number of at least {least}")
