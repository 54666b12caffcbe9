"""Which pairs count as tied: a threshold, a percentile, or a backbone of weights that chance would not give."""

import warnings
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.geopolitics.axes import AXES, Floats, one_network
from xenotime.networks import RULES

_HERE = "geopolitics.threshold"


def threshold(
    network: xr.DataArray,
    level: float | Mapping[int, float] | None = None,
    *,
    percentile: float | None = None,
    pooled: bool = False,
    among: Literal["positive", "all"] = "positive",
) -> xr.DataArray:
    """Return which pairs have at least a weight.

    Parameters
    ----------
    network : xarray.DataArray
        Weights over (year, actor, target).
    level : float or mapping of year to float, optional
        Least weight of a tie, in the unit of the network.
    percentile : float, optional
        Instead of a level: the weight that this percentage (0 to 100) of pairs lies below.
    pooled : bool
        One percentile over all years together. Without it each year has its own, and about the same density by making.
    among : {"positive", "all"}
        Pairs the percentile is over: those with a weight above 0, or all known ones.

    Returns
    -------
    xarray.DataArray
        1.0 for a tie, 0.0 for none, NaN where unknown. A weight of 0 or less is never a tie. Attribute `levels`: the
        level of each year; `choices`, and the attributes of `network`.

    Raises
    ------
    InputError
        Neither or both of level and percentile, a percentile outside 0 to 100, a year without a level.

    Warns
    -----
    DataWarning
        When in some year one single event lies above the level: density then follows how much is reported, whatever
        the normalisation.
    """
    cube = one_network(network, _HERE)
    weight = cube.to_numpy().astype(float)
    years = [int(year) for year in cube["year"].values]
    if (level is None) == (percentile is None):
        raise InputError("give a level or a percentile", where=_HERE, remedy="one of the two")
    if percentile is not None:
        levels = _percentiles(weight, percentile, pooled=pooled, among=among)
        chosen = f"the {percentile:g}th percentile of {among} weights, {'all years pooled' if pooled else 'each year'}"
    else:
        levels = _levels(level, years)
        chosen = f"weights of at least {level:g}" if isinstance(level, (int, float)) else "weights of a level by year"
    tie = np.where(np.isnan(weight), np.nan, (weight >= levels[:, None, None]) & (weight > 0))
    by_year = dict(zip(years, levels.tolist(), strict=True))
    single = network.attrs.get("one_event", {})
    low = [year for year in years if year in single and by_year[year] <= single[year] * (1 + 1e-9)]
    said = []
    if low:
        said.append(
            f"One event is enough for a tie in {', '.join(map(str, low))} (level {by_year[low[0]]:.3g}, one event "
            f"{single[low[0]]:.3g} in {low[0]}): density follows how much is reported. Take a higher level."
        )
        warnings.warn(said[0], DataWarning, stacklevel=2)
    attrs = network.attrs | {
        "levels": by_year,
        "unit": "1 = tie",
        "choices": [*network.attrs.get("choices", []), f"Ties of {network.name}: {chosen}.", *said],
    }
    return xr.DataArray(tie, coords=cube.coords, dims=AXES, name=f"{network.name}_tie", attrs=attrs)


def backbone(network: xr.DataArray, alpha: float = 0.05) -> xr.DataArray:
    """Keep the weights that stand out at one of their ends, by the disparity filter of `xenotime.networks.RULES`.

    Parameters
    ----------
    network : xarray.DataArray
        Weights over (year, actor, target), not negative. Best untransformed: logarithms level what the filter tests.
    alpha : float
        Level of significance against an even random split of a country's weight over its partners.

    Returns
    -------
    xarray.DataArray
        The weights kept, 0 for the others, NaN where unknown; symmetric where `network` is.

    Raises
    ------
    InputError
        Negative weights, or a level outside 0 to 1.
    """
    cube = one_network(network, "geopolitics.backbone")
    weight = cube.to_numpy().astype(float)
    if (weight < 0).any() or not 0 < alpha <= 1:
        raise InputError(
            f"alpha {alpha}, least weight {np.nanmin(weight):g}",
            where="geopolitics.backbone",
            remedy="weights of 0 or more, alpha above 0 and at most 1",
        )
    rule = RULES["disparity_filter"]
    kept = rule.compute(np.nan_to_num(weight, nan=0.0), np.array(alpha)[None, None, None])
    words = [
        f"Backbone of {network.name}: {rule.formula}, alpha = {alpha:g}; {rule.source}.",
        *(["On transformed weights."] if network.attrs.get("transform", "none") != "none" else []),
    ]
    attrs = network.attrs | {"alpha": alpha, "choices": [*network.attrs.get("choices", []), *words]}
    found = np.where(np.isnan(weight), np.nan, np.where(kept, weight, 0.0))
    return xr.DataArray(found, coords=cube.coords, dims=AXES, name=network.name, attrs=attrs)


def _levels(level: Any, years: list[int]) -> Floats:
    given = list(level.values()) if isinstance(level, Mapping) else [level]
    if not np.isfinite(np.array(given, dtype=float)).all():
        raise InputError(f"level {level}", where=_HERE, remedy="give finite numbers, in the unit of the network")
    if not isinstance(level, Mapping):
        return np.full(len(years), float(level))
    absent = [str(year) for year in years if year not in level]
    if absent:
        raise InputError(
            f"no level for {', '.join(absent)}", where=_HERE, remedy="give one for every year, or a single number"
        )
    return np.array([float(level[year]) for year in years])


def _percentiles(weight: Floats, percentile: float, *, pooled: bool, among: str) -> Floats:
    if not 0 <= percentile <= 100 or among not in ("positive", "all"):
        raise InputError(
            f"percentile {percentile} among {among!r}", where=_HERE, remedy='0 to 100, among "positive" or "all"'
        )

    def of(values: Floats) -> float:
        counted = values[values > 0] if among == "positive" else values[~np.isnan(values)]
        return float(np.percentile(counted, percentile)) if len(counted) else np.inf

    if pooled:
        return np.full(len(weight), of(weight))
    return np.array([of(layer) for layer in weight])
