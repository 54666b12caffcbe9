"""TradeRisk: how unstable are the countries that a country buys from?

The shape of the European Commission's supply risk (Blengini et al. 2017, EU methodology for critical raw materials
assessment): suppliers' shares weighted by their instability, once plainly, once squared so that concentration counts.
Instability is an argument: any index that rises with instability, such as the World Bank's governance indicators turned
round and scaled.
"""

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.indicators.base import ratio
from xenotime.networks.layers import ByCountry, Layer, by_country, columns, layers
from xenotime.networks.mediation.tracing import traced


def trade_risk(trade: xr.Dataset, instability: ByCountry | pl.DataFrame) -> pl.DataFrame:
    """Weigh each importer's suppliers by their instability.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. All of its trade is used, whether a tie or not.
    instability : mapping or polars.DataFrame
        A number, not negative, by country; or a table `year, country, instability`.

    Returns
    -------
    polars.DataFrame
        One row an importer, `stage, year, country, risk, concentrated_risk, traced_risk, coverage`, with suppliers'
        shares s_i in its imports and instability g_i: `risk` Σ s_i g_i, `concentrated_risk` Σ s_i² g_i, `traced_risk`
        as `risk` over where the goods were made (`xenotime.networks.origins`; null where the country uses none up).
        Shares are over suppliers of known instability, `coverage` their part of imports; null where none is known.

    Raises
    ------
    InputError
        A number that is negative or not finite, or none that fits.
    """
    tables = []
    for layer in layers(trade):
        g = _instability(layer, instability)
        known, weight = ~np.isnan(g), np.nan_to_num(g)
        imports = layer.flow.sum(axis=0)
        share = np.nan_to_num(ratio(layer.flow[known], layer.flow[known].sum(axis=0)))
        made = traced(layer.flow)[known]
        origin = np.nan_to_num(ratio(made, made.sum(axis=0)))
        buys = imports > 0
        covered = np.asarray(ratio(layer.flow[known].sum(axis=0), imports))
        defined = buys & (layer.flow[known].sum(axis=0) > 0)
        arrays = {
            "risk": np.where(defined, weight[known] @ share, np.nan),
            "concentrated_risk": np.where(defined, weight[known] @ share**2, np.nan),
            "traced_risk": np.where(made.sum(axis=0) > 1e-9 * imports, weight[known] @ origin, np.nan),
            "coverage": covered,
        }
        tables.append(
            columns(
                layer,
                country=pl.Series(layer.countries[buys].tolist(), dtype=pl.String),
                **{name: array[buys] for name, array in arrays.items()},
            )
        )
    return pl.concat(tables)


def _instability(layer: Layer, given: ByCountry | pl.DataFrame) -> np.ndarray:
    if isinstance(given, pl.DataFrame):
        if not {"year", "country", "instability"} <= set(given.columns):
            raise InputError(
                f"instability has the columns {', '.join(given.columns)}",
                where="networks.trade_risk",
                remedy="give year, country and instability",
            )
        given = dict(given.filter(pl.col("year") == layer.year).select("country", "instability").drop_nulls().rows())
    return by_country(layer, given, f"instability in {layer.year}")
