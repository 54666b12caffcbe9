"""What a year's networks look like in a row of numbers, and who is at the top of them."""

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.geopolitics.axes import AXES, Floats
from xenotime.geopolitics.measures import TRANSFORMS

#: Transforms under which cooperation and conflict stay on one scale, so that one can be more than the other.
COMPARABLE = ("none", "log1p")


def summary(network: xr.Dataset, top: int = 3) -> pl.DataFrame:
    """Describe networks of cooperation and conflict by year.

    Parameters
    ----------
    network : xarray.Dataset
        From `event_networks` or `from_indices`.
    top : int
        How many of the strongest pairs to name.

    Returns
    -------
    polars.DataFrame
        `year, countries` (known), `pairs` (known; unordered where the networks are undirected), for each of
        cooperation and conflict `_density` (share of pairs above 0) and `_mean`; `more_conflict` (share of pairs with
        more conflict than cooperation), `balanced_triads` (of the signs of cooperation − conflict, both
        directions summed: share of closed triads whose product is positive; Cartwright, Harary 1956, Psychol. Rev. 63),
        `most_cooperation`, `most_conflict` (pairs, strongest first). Null in years that are not covered; densities
        also where the transform has negative numbers, `more_conflict` and `balanced_triads` where it puts the two on
        scales of their own.
    """
    if not isinstance(network, xr.Dataset) or not set(_BOTH) <= set(network.data_vars):
        raise InputError(
            "not a set of networks of cooperation and conflict",
            where="geopolitics.summary",
            remedy="give what event_networks() or from_indices() returns",
        )
    comparable = network.attrs["transform"] in COMPARABLE
    directed = bool(network.attrs.get("directed"))
    signed = TRANSFORMS[network.attrs["transform"]].signed
    leading = top_pairs(network, top)
    rows = []
    for year in network["year"].values.tolist():
        with_, against = (network[name].sel(year=year).transpose(*AXES[1:]).to_numpy() for name in _BOTH)
        known = ~np.isnan(with_) & ~np.isnan(against)
        counted = known if directed else known & np.triu(np.ones_like(known), 1)
        row: dict[str, object] = {"year": year, "countries": int(known.any(axis=0).sum()), "pairs": int(counted.sum())}
        if counted.any():
            for name, layer in zip(_BOTH, (with_, against), strict=True):
                row[f"{name}_density"] = None if signed else float((layer[counted] > 0).mean())
                row[f"{name}_mean"] = float(layer[counted].mean())
                strongest = leading.filter(pl.col("year") == year, pl.col("network") == name)
                row[f"most_{name}"] = ", ".join(f"{a}-{b}" for a, b in strongest.select("actor", "target").iter_rows())
            if comparable:
                row["more_conflict"] = float((against > with_)[counted].mean())
                row["balanced_triads"] = _balanced(np.where(known, with_ - against, 0.0))
        rows.append(row)
    return pl.DataFrame(rows, schema=_SCHEMA)


def top_pairs(network: xr.Dataset, top: int = 10) -> pl.DataFrame:
    """Name the pairs with the most cooperation and the most conflict in each year.

    Parameters
    ----------
    network : xarray.Dataset
        From `event_networks` or `from_indices`.
    top : int

    Returns
    -------
    polars.DataFrame
        `year, network, place, actor, target, weight`; in undirected networks each pair once, in the order of the
        alphabet. Pairs without a weight above 0 are not listed; equals stand in the order of their labels.
    """
    if top < 1:
        raise InputError(f"the {top} strongest pairs", where="geopolitics.top_pairs", remedy="at least 1")
    directed = bool(network.attrs.get("directed"))
    labels = network["actor"].values.tolist()
    order = np.argsort(labels)
    tables = [pl.DataFrame(schema=_TOP)]
    for year in network["year"].values.tolist():
        for name in _BOTH:
            layer = network[name].sel(year=year).transpose(*AXES[1:]).to_numpy()[np.ix_(order, order)]
            weight = np.nan_to_num(layer if directed else np.triu(layer, 1), nan=0.0)
            best = [place for place in np.argsort(-weight, axis=None, kind="stable")[:top] if weight.flat[place] > 0]
            i, j = np.unravel_index(np.array(best, dtype=int), weight.shape)
            tables.append(
                pl.DataFrame(
                    {
                        "year": [year] * len(best),
                        "network": [name] * len(best),
                        "place": range(1, len(best) + 1),
                        "actor": [labels[order[one]] for one in i],
                        "target": [labels[order[one]] for one in j],
                        "weight": weight[i, j],
                    },
                    schema=_TOP,
                )
            )
    return pl.concat(tables)


_BOTH = ("cooperation", "conflict")
_TOP = {
    "year": pl.Int16, "network": pl.String, "place": pl.Int64, "actor": pl.String, "target": pl.String,
    "weight": pl.Float64,
}  # fmt: skip
_SCHEMA = {
    "year": pl.Int16, "countries": pl.Int64, "pairs": pl.Int64, "cooperation_density": pl.Float64,
    "conflict_density": pl.Float64, "cooperation_mean": pl.Float64, "conflict_mean": pl.Float64,
    "more_conflict": pl.Float64, "balanced_triads": pl.Float64, "most_cooperation": pl.String,
    "most_conflict": pl.String,
}  # fmt: skip


def _balanced(difference: Floats) -> float | None:
    """Share of closed triads with a positive product of signs; None without a closed triad."""
    sign = np.sign(difference + difference.T)
    np.fill_diagonal(sign, 0.0)
    signed = float(np.einsum("ij,ji->", sign @ sign, sign))
    closed = float(np.einsum("ij,ji->", np.abs(sign) @ np.abs(sign), np.abs(sign)))
    return (signed + closed) / (2 * closed) if closed else None
