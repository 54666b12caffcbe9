"""How many communities there are depends on the resolution: the same search along a range of it."""

from collections.abc import Sequence

import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.communities.detect import communities
from xenotime.networks.communities.quality import adjusted_rand


def resolution_scan(
    trade: xr.Dataset,
    resolutions: Sequence[float],
    ties: xr.DataArray | None = None,
    method: str = "constant_potts",
    runs: int = 20,
    noise: float = 0.0,
    seed: int = 1,
) -> pl.DataFrame:
    """Search each stage and year at each resolution, years apart.

    A partition that stays the same over a wide range of γ, and on which runs agree, is one that the data hold; one that
    changes with every step of γ is the method's.

    Parameters
    ----------
    trade, ties, method, runs, noise, seed
        As in `xenotime.networks.communities`.
    resolutions : sequence of float
        γ, in the order to be compared, e.g. ``numpy.geomspace(0.25, 32, 15)``. In the constant Potts model its unit is
        the mean flow over all pairs of countries that trade.

    Returns
    -------
    polars.DataFrame
        `stage, year, resolution, communities, largest_share, quality, agreement, stability` as `Communities.yearly`,
        and `like_previous`: the adjusted Rand index with the consensus at the resolution before (null at the first).
    """
    if not len(resolutions):
        raise InputError(
            "no resolution is given", where="networks.resolution_scan", remedy="try numpy.geomspace(0.25, 32, 15)"
        )
    tables, before = [], None
    for resolution in resolutions:
        found = communities(trade, ties, method, resolution, 0.0, runs, noise, seed)
        members = found.members.select("stage", "year", "country", "community")
        yearly = found.yearly.with_columns(resolution=pl.lit(float(resolution)))
        if before is None:
            alike = yearly.select("stage", "year", like_previous=pl.lit(None, pl.Float64))
        else:
            both = members.join(before, on=["stage", "year", "country"], suffix="_before")
            alike = pl.DataFrame(
                [
                    (*key, adjusted_rand(part["community"].to_numpy(), part["community_before"].to_numpy()))
                    for key, part in both.group_by("stage", "year")
                ],
                schema={"stage": pl.String, "year": pl.Int16, "like_previous": pl.Float64},
                orient="row",
            )
        tables.append(yearly.join(alike, on=["stage", "year"]))
        before = members
    return (
        pl.concat(tables)
        .select(
            "stage", "year", "resolution", "communities", "largest_share", "quality", "agreement", "stability",
            "like_previous",
        )
        .sort("stage", "year", maintain_order=True)
    )  # fmt: skip
