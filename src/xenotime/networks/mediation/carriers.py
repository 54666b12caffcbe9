"""Who carries trade between two countries, and where goods really come from: tables by stage and year."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.cube import names_of, sound
from xenotime.networks.layers import Layer, columns, layers
from xenotime.networks.mediation.tracing import Passage, passage, traced


def _followed(trade: xr.Dataset, origin: str, destination: str) -> list[tuple[Layer, Passage]]:
    if origin == destination:
        raise InputError(
            f"origin and destination are both {origin}", where="networks.mediation", remedy="name two countries"
        )
    return [(layer, passage(layer.flow, layer.place(origin), layer.place(destination))) for layer in layers(trade)]


def carriers(trade: xr.Dataset, origin: str, destination: str) -> pl.DataFrame:
    """Say who carries the goods that `origin` ships and that arrive in `destination`.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. All of its trade is used, whether a tie or not.
    origin, destination : str
        ISO 3166 alpha-3.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, carried_kusd, carried_share, through_kusd, through_share`, one row a country that
        carries anything, and one for `origin` itself: what arrives directly. `carried` is by last carrier and sums to
        all arrivals; `through` counts every country on the way. Shares are of all arrivals, null where nothing arrives.

    Raises
    ------
    InputError
        A country that the cube does not hold, or twice the same.

    Notes
    -----
    By proportional mixing (`xenotime.networks.mediation.tracing`, where its limits stand).
    """
    tables = []
    for layer, found in _followed(trade, origin, destination):
        carried, through = found.carried.copy(), found.through.copy()
        home = layer.place(origin)
        carried[home] = through[home] = found.direct
        rows = (through > 0) | (layer.countries == origin)
        arrived = found.arrived if found.arrived > 0 else np.nan
        tables.append(
            columns(
                layer,
                country=layer.countries[rows].tolist(),
                carried_kusd=carried[rows],
                carried_share=carried[rows] / arrived,
                through_kusd=through[rows],
                through_share=through[rows] / arrived,
            )
        )
    return pl.concat(tables)


def routes(trade: xr.Dataset, origin: str, destination: str, through: Sequence[str]) -> pl.DataFrame:
    """Split what arrives in `destination` from `origin` into direct, by each of some carriers, and by all others.

    Returns
    -------
    polars.DataFrame
        `stage, year, route, value_kusd, share`; `route` is "direct", each country of `through`, "others", in this
        order. The values sum to all arrivals, the shares to 1; shares are null where nothing arrives. All of a year
        is null where the flow from `origin` to `destination` itself is unknown.

    Raises
    ------
    InputError
        A carrier that stands twice, or is one of the two ends.
    """
    through = names_of(through, "through", "networks.routes")
    if len(set(through)) < len(through) or {origin, destination} & set(through):
        raise InputError(
            f"carriers are {', '.join(through)}",
            where="networks.routes, through",
            remedy=f"name each country once, and neither {origin} nor {destination}",
        )
    tables = []
    for layer, found in _followed(trade, origin, destination):
        named = [found.carried[layer.place(country)] for country in through]
        values = np.array([found.direct, *named, max(found.carried.sum() - sum(named), 0.0)])
        pair = {"stage": layer.stage, "year": layer.year, "exporter": origin, "importer": destination}
        if bool(trade["value_kusd"].sel(pair).isnull()):
            values = np.full(values.shape, np.nan)
        total = values.sum() if values.sum() > 0 else np.nan
        tables.append(columns(layer, route=["direct", *through, "others"], value_kusd=values, share=values / total))
    return pl.concat(tables)


def china_us(trade: xr.Dataset) -> pl.DataFrame:
    """Say by which way Chinese goods reach the United States: directly, by Japan, Malaysia, Viet Nam, or others.

    The case that the literature names (Han et al. 2025, iScience, doi 10.1016/j.isci.2025.113658, who find that
    Japan, Malaysia and Viet Nam stand between the two). `routes` gives the columns; a carrier that is not in the cube
    carries nothing and is left out.
    """
    held = set(sound(trade)["exporter"].values.tolist())
    return routes(trade, "CHN", "USA", tuple(country for country in ("JPN", "MYS", "VNM") if country in held))


def origins(trade: xr.Dataset) -> pl.DataFrame:
    """Trace what each country uses to where it was made, behind the country that shipped it.

    Returns
    -------
    polars.DataFrame
        `stage, year, origin, user, shipped_kusd, shipped_share, traced_kusd, traced_share`, one row a pair with either.
        `shipped_share` is of the user's imports, `traced_share` of what it uses up (its imports beyond its exports);
        null where it uses nothing up.
    """
    tables = []
    for layer in layers(trade):
        ends = traced(layer.flow)
        i, j = np.nonzero((layer.flow > 0) | (ends > 0))
        with np.errstate(invalid="ignore", divide="ignore"):
            shipped_share, traced_share = layer.flow / layer.flow.sum(axis=0), ends / ends.sum(axis=0)
        tables.append(
            columns(
                layer,
                origin=layer.countries[i].tolist(),
                user=layer.countries[j].tolist(),
                shipped_kusd=layer.flow[i, j],
                shipped_share=shipped_share[i, j],
                traced_kusd=ends[i, j],
                traced_share=traced_share[i, j],
            )
        )
    return pl.concat(tables)
