"""Regional or global: every measure of every stage and year, beside what countries' sizes alone would give."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from xenotime.core import InputError, generator
from xenotime.networks.communities import COMMUNITY_METHODS, Communities
from xenotime.networks.communities.arrays import panels
from xenotime.networks.communities.quality import trades
from xenotime.networks.cube import enough, names_of, sound
from xenotime.networks.layers import Layer, groups_of
from xenotime.networks.regions.distance import distances_km
from xenotime.networks.regions.groups import By, groups
from xenotime.networks.regions.measures import REGION_MEASURES
from xenotime.networks.regions.nulls import maximum_entropy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCHEMA = {
    "stage": pl.String(), "year": pl.Int16(), "measure": pl.String(), "value": pl.Float64(),
    "null_mean": pl.Float64(), "null_sd": pl.Float64(), "z": pl.Float64(), "p": pl.Float64(),
}  # fmt: skip


def regionalisation(
    trade: xr.Dataset,
    by: By = "region",
    ties: xr.DataArray | None = None,
    which: Sequence[str] | None = None,
    nulls: int = 100,
    seed: int = 1,
) -> pl.DataFrame:
    """Measure how regional trade is in each stage and year, against a null that keeps every country's size.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. Unknown trade counts as none.
    by : str, sequence of str, Communities, mapping or polars.DataFrame
        The groups, as `xenotime.networks.regions.groups` takes them. Communities are found in the data that they are
        measured on, so each drawn network is given communities of its own, by the same method and resolution.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; only the values of its ties count then. Without it every flow does.
    which : sequence of str, optional
        Names in `REGION_MEASURES`; all without it.
    nulls : int
        Networks drawn from the maximum-entropy ensemble of each stage and year (`xenotime.networks.regions.nulls`).
        0 leaves the null's columns empty.
    seed : int
        Not negative.

    Returns
    -------
    polars.DataFrame
        `stage, year, measure, value`, the mean and standard deviation over the null (`null_mean`, `null_sd`), `z` =
        (value − mean) / sd and the two-sided Monte Carlo `p`, (1 + draws at least as far from the null's mean) /
        (1 + draws). Null where undefined, and where the null says nothing (`Measure.tested`).

    Raises
    ------
    InputError
        Unknown measures or groups, ties of other labels.
    """
    trade = sound(trade)
    names = list(REGION_MEASURES) if which is None else names_of(which, "which", "networks.regionalisation")
    unknown = [name for name in names if name not in REGION_MEASURES]
    if unknown:
        raise InputError(
            f"no measure {', '.join(unknown)}",
            where="networks.regionalisation",
            remedy=f"choose among {', '.join(REGION_MEASURES)}",
        )
    enough(nulls, 0, "nulls", "networks.regionalisation")
    countries = trade["exporter"].values.astype(object)
    distance = distances_km(countries.tolist())
    grouping = groups(trade, by)
    again = _search_again(by)
    rows: list[tuple[object, ...]] = []
    with threadpool_limits(limits=1, user_api="blas"):
        for stage, weights in panels(trade, ties):
            for year, weight in zip(trade["year"].values.astype(int).tolist(), weights, strict=True):
                here = trades(weight)
                if not here.any():
                    continue
                flow = weight[np.ix_(here, here)]
                group = _numbers(groups_of(Layer(stage, year, countries[here], flow, flow > 0), grouping))
                random = generator(seed, "regionalisation", stage, year)
                table = _against_null(names, flow, group, distance[np.ix_(here, here)], again, nulls, random)
                rows += [(stage, year, name, *numbers) for name, numbers in zip(names, table.tolist(), strict=True)]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _search_again(by: By) -> Callable[[Floats, int], Ints] | None:
    """Return the search for communities in a drawn network, where the groups came out of such a search."""
    if not isinstance(by, Communities):
        return None
    method, resolution = COMMUNITY_METHODS[str(by.attrs["method"])], float(str(by.attrs["resolution"]))
    return lambda weight, seed: method.search(weight, resolution, np.array([seed]))[0]


def _numbers(labels: NDArray[np.object_]) -> Ints:
    """Return a number for each group, −1 for none."""
    names = {name: k for k, name in enumerate(sorted({str(label) for label in labels if label is not None}))}
    return np.array([-1 if label is None else names[str(label)] for label in labels], dtype=np.int64)


def _against_null(
    names: Sequence[str],
    weight: Floats,
    group: Ints,
    distance: Floats,
    again: Callable[[Floats, int], Ints] | None,
    nulls: int,
    random: np.random.Generator,
) -> Floats:
    """Return value, null's mean, null's sd, z and p by measure, shape (measures, 5)."""
    found = np.full((len(names), 5), np.nan)
    found[:, 0] = [REGION_MEASURES[name].function(weight, group, distance) for name in names]
    tested = [k for k, name in enumerate(names) if REGION_MEASURES[name].tested]
    if nulls == 0 or not tested:
        return found
    ensemble = maximum_entropy(weight)
    drawn = np.empty((nulls, len(tested)))
    for draw in range(nulls):
        other = ensemble.draw(random)
        own = group
        if again is not None:
            there = trades(other)
            own = np.full(len(group), -1)
            own[there] = again(other[np.ix_(there, there)], int(random.integers(2**32)))
        drawn[draw] = [REGION_MEASURES[names[k]].function(other, own, distance) for k in tested]
    value, mean = found[tested, 0], drawn.mean(axis=0)
    spread = drawn.std(axis=0, ddof=1) if nulls > 1 else np.full(len(tested), np.nan)
    found[tested, 1], found[tested, 2] = mean, spread
    found[tested, 3] = np.divide(value - mean, spread, out=np.full(len(tested), np.nan), where=spread > 0)
    # Rounding aside, so that a draw equal to the observed network counts as equally far.
    far = np.abs(drawn - mean) >= np.abs(value - mean) - 1e-12 * np.abs(mean)
    found[tested, 4] = np.where(np.isnan(value), np.nan, (1 + far.sum(axis=0)) / (1 + nulls))
    return found
