"""Strategic chokepoints: the exporters that a stage cannot do without.

Three questions, asked of each exporter at each stage: how deeply do importers depend on it, how many, and could the
others fill the gap?
"""

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.indicators.base import Floats, ratio
from xenotime.networks.layers import columns, layers


def grip(flow: Floats) -> Floats:
    """Return Σ_j (s_j^in / W)(w_ij / s_j^in)², shape (n,): dependence on i squared, averaged over the world's imports.

    Between 0 and 1; summed over exporters it is the mean supplier HHI of the world's imports, of which it is i's part.
    """
    found: Floats = np.nansum(flow * np.nan_to_num(ratio(flow, flow.sum(axis=0, keepdims=True))), axis=1)
    result: Floats = np.asarray(ratio(found, flow.sum()))
    return result


def shortfall(flow: Floats, spare: float) -> Floats:
    """Return max(0, s_i^out − spare Σ_{k≠i} s_k^out) / W, shape (n,): of world trade, what others could not replace.

    Parameters
    ----------
    spare : float
        By what fraction the other exporters could raise their exports.
    """
    exports = flow.sum(axis=1)
    found: Floats = np.asarray(ratio(np.maximum(exports - spare * (exports.sum() - exports), 0.0), exports.sum()))
    return found


def chokepoints(trade: xr.Dataset, dependent: float = 0.5, spare: float = 0.25) -> pl.DataFrame:
    """Rank exporters by how far a stage hangs on them.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. All of its trade is used, whether a tie or not.
    dependent : float
        An importer is held dependent where one exporter has at least this share of its imports.
    spare : float
        By what fraction the other exporters could together raise their exports; a judgement, to be varied.

    Returns
    -------
    polars.DataFrame
        Every exporter, the strongest grip first within a stage and year: `stage, year, country, rank, export_share,
        grip, dependents, dependent_share, shortfall`. `grip` is Σ_j w_ij² / (s_j^in W), `dependents` counts dependent
        importers, `dependent_share` is their part of the world's imports, `shortfall` is the part of world trade that
        the others could not replace.

    Raises
    ------
    InputError
        `dependent` outside 0 … 1, or `spare` negative.
    """
    if not 0 < dependent <= 1 or spare < 0:
        raise InputError(
            f"dependent = {dependent!r} must be in 0 … 1, spare = {spare!r} not negative",
            where="networks.chokepoints",
            remedy="both are fractions: 0.5 is 50 %",
        )
    tables = []
    for layer in layers(trade):
        share = np.nan_to_num(ratio(layer.flow, layer.flow.sum(axis=0, keepdims=True)))
        hooked = share >= dependent
        exports = layer.flow.sum(axis=1)
        held = grip(layer.flow)
        arrays = {
            "country": layer.countries,
            "rank": np.array([1 + int((held > one).sum()) for one in held]),
            "export_share": ratio(exports, exports.sum()),
            "grip": held,
            "dependents": hooked.sum(axis=1),
            "dependent_share": ratio((hooked * layer.flow.sum(axis=0)).sum(axis=1), exports.sum()),
            "shortfall": shortfall(layer.flow, spare),
        }
        order = np.argsort(-held, kind="stable")
        order = order[exports[order] > 0]
        tables.append(
            columns(
                layer,
                **{
                    name: pl.Series(np.asarray(array)[order].tolist(), dtype=_TYPES.get(name))
                    for name, array in arrays.items()
                },
            )
        )
    return pl.concat(tables)


_TYPES = {"country": pl.String, "rank": pl.Int64, "dependents": pl.Int64} | dict.fromkeys(
    ("export_share", "grip", "dependent_share", "shortfall"), pl.Float64
)
