"""Indicators of trade networks by stage and year, for the world and for each country; one file a subject.

A new indicator is a pure function and an `Indicator` in one of the files here (docs/how-to/new-indicator.md).
"""

from collections.abc import Sequence

import polars as pl
import xarray as xr

from xenotime.networks.indicators import panel
from xenotime.networks.indicators.base import Indicator
from xenotime.networks.indicators.centrality import CENTRALITY
from xenotime.networks.indicators.clustering import CLUSTERING
from xenotime.networks.indicators.concentration import CONCENTRATION
from xenotime.networks.indicators.connection import CONNECTION
from xenotime.networks.indicators.paths import PATHS
from xenotime.networks.indicators.totals import TOTALS

#: Every indicator by name, in the order of tables.
INDICATORS: dict[str, Indicator] = {
    one.name: one for one in (*TOTALS, *CONNECTION, *CONCENTRATION, *CLUSTERING, *PATHS, *CENTRALITY)
}


def indicators(trade: xr.Dataset, ties: xr.DataArray | None = None, which: Sequence[str] | None = None) -> pl.DataFrame:
    """Compute indicators for every stage and year of a cube.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`, with the labels of `trade`; by default its default rule, an import share
        of at least 5 %.
    which : sequence of str, optional
        Names in `INDICATORS`; all without it.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, indicator, value`; `country` is null for the world, `value` is null where the indicator
        is undefined. Units stand in `INDICATORS`.

    Raises
    ------
    InputError
        An unknown indicator, or ties whose labels are not those of `trade`.

    Warns
    -----
    DataWarning
        When the trade of some pairs is unknown.
    """
    return panel.compute(trade, ties, which, INDICATORS)


__all__ = ["INDICATORS", "Indicator", "indicators"]
