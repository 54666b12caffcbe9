"""Compute indicators for every stage and year of a cube, into one tidy table."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import xarray as xr
from threadpoolctl import threadpool_limits

from xenotime.core import DataWarning, InputError
from xenotime.networks.cube import names_of, sound
from xenotime.networks.indicators.base import Indicator
from xenotime.networks.layers import same_labels
from xenotime.networks.rules import select_ties
from xenotime.schema import CUBE_AXES, Status

SCHEMA = {
    "stage": pl.String(),
    "year": pl.Int16(),
    "country": pl.String(),
    "indicator": pl.String(),
    "value": pl.Float64(),
}


def compute(
    trade: xr.Dataset,
    ties: xr.DataArray | None,
    which: Sequence[str] | None,
    registry: Mapping[str, Indicator],
) -> pl.DataFrame:
    """Return the tidy table; see `xenotime.networks.indicators.indicators`."""
    names = list(registry) if which is None else names_of(which, "which", "networks.indicators")
    unknown = [name for name in names if name not in registry]
    if unknown:
        raise InputError(
            f"no indicator {', '.join(unknown)}",
            where="networks.indicators",
            remedy=f"choose among {', '.join(registry)}",
        )
    trade = sound(trade)
    if ties is None:
        ties, _ = select_ties(trade, "import_share")
    same_labels(trade, ties)

    value = trade["value_kusd"].transpose(*CUBE_AXES).to_numpy()
    quantity = trade["quantity_t"].transpose(*CUBE_AXES).to_numpy()
    status = trade["status"].transpose(*CUBE_AXES).to_numpy()
    tie = ties.transpose(*CUBE_AXES).to_numpy()
    missing = int((status == Status.MISSING).sum())
    if missing:
        warnings.warn(
            f"{missing} pairs of countries (over stages and years) have unknown trade: sums and ties are lower bounds, "
            "density is over known pairs; the indicator unknown_pairs counts them by stage and year.",
            DataWarning,
            stacklevel=3,
        )

    found: list[tuple[str, int, Indicator, Any]] = []
    # Thousands of small matrices: BLAS threads beside each other cost many times what they give.
    with threadpool_limits(limits=1, user_api="blas"):
        for s, stage in enumerate(trade["stage"].values):
            for y, year in enumerate(trade["year"].values):
                arrays: dict[str, Any] = {
                    "ties": tie[s, y],
                    "known": (status[s, y] == Status.KNOWN) | (status[s, y] == Status.CUT),
                    "value_kusd": value[s, y],
                    "quantity_t": quantity[s, y],
                }
                for name in names:
                    one = registry[name]
                    found.append((str(stage), int(year), one, one.function(*(arrays[need] for need in one.needs))))
    return _tidy(found, trade["exporter"].values.astype(object))


def _tidy(found: list[tuple[str, int, Indicator, Any]], countries: np.ndarray) -> pl.DataFrame:
    """Return one row a value, null where it is undefined."""
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    world = np.array([None], dtype=object)
    whom = [countries if one.scope == "country" else world for _, _, one, _ in found]
    lengths = [len(labels) for labels in whom]
    columns = {
        "stage": np.repeat(np.array([stage for stage, _, _, _ in found], dtype=object), lengths).tolist(),
        "year": np.repeat([year for _, year, _, _ in found], lengths),
        "country": np.concatenate(whom).tolist(),
        "indicator": np.repeat(np.array([one.name for _, _, one, _ in found], dtype=object), lengths).tolist(),
        "value": np.concatenate([np.atleast_1d(values) for _, _, _, values in found]).astype(float),
    }
    return pl.DataFrame(columns, schema=SCHEMA).with_columns(pl.col("value").fill_nan(None))
