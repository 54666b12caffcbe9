"""A disruption that spreads like a disease: SIR along ties (Kermack, McKendrick 1927, Proc. R. Soc. A 115:700).

In one step an infected exporter infects each importer tied to it with probability β w_ij / s_j^in, so in proportion to
how much the importer depends on it; then it recovers with probability γ and cannot be infected again. No threshold is
needed, unlike in `crisis`, and no capacity; the price is that a shock has no size.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError, generator
from xenotime.networks.cube import enough, names_of
from xenotime.networks.indicators.base import ratio
from xenotime.networks.layers import columns, layers, links


def epidemic(
    trade: xr.Dataset,
    ties: xr.DataArray | None = None,
    infection: float = 0.8,
    recovery: float = 0.5,
    seeds: Sequence[str] | None = None,
    draws: int = 200,
    seed: int = 1,
) -> pl.DataFrame:
    """Start SIR epidemics from exporters and see how many they reach.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.
    infection, recovery : float
        β and γ, probabilities a step; γ above 0.
    seeds : sequence of str, optional
        Where to start, each by itself; every country with an outgoing tie without it.
    draws, seed : int
        Epidemics from each, and the seed of their randomness.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, infected, infected_error, infected_share, peak, steps`: averages over draws of the number
        of other countries ever infected (with its standard error; and as a share of the other countries with a tie), of
        the most infected at one time, and of the steps until none is. Countries without a tie have no row.

    Raises
    ------
    InputError
        A probability out of range, fewer than two draws, a country that the cube does not hold.
    """
    enough(draws, 2, "draws", "networks.epidemic")
    if not 0 <= infection <= 1 or not 0 < recovery <= 1:
        raise InputError(
            f"infection = {infection!r} must be in 0 … 1, recovery = {recovery!r} above 0 and up to 1",
            where="networks.epidemic",
            remedy="mend the parameter",
        )
    from xenotime.networks.resilience import kernels

    seeds = None if seeds is None else names_of(seeds, "seeds", "networks.epidemic")
    tables = []
    for layer in layers(trade, ties):
        first, target = links(layer.ties)
        share = np.nan_to_num(ratio(layer.flow, layer.flow.sum(axis=0, keepdims=True)))
        chance = infection * share[layer.ties]
        active = layer.ties.any(axis=0) | layer.ties.any(axis=1)
        places = np.flatnonzero(layer.ties.any(axis=1)) if seeds is None else [layer.place(one) for one in seeds]
        found = np.array(
            [
                kernels.epidemic(
                    first, target, chance, recovery, int(place), draws,
                    generator(seed, "epidemic", layer.stage, layer.year, str(layer.countries[place])),
                )
                for place in places
            ]
        ).reshape(len(places), draws, 3)  # fmt: skip
        ever, peak, steps = found[..., 0] - 1, found[..., 1], found[..., 2]
        tables.append(
            columns(
                layer,
                country=pl.Series([str(layer.countries[place]) for place in places], dtype=pl.String),
                infected=ever.mean(axis=1),
                infected_error=ever.std(axis=1, ddof=1) / np.sqrt(draws),
                infected_share=ever.mean(axis=1) / max(int(active.sum()) - 1, 1),
                peak=peak.mean(axis=1),
                steps=steps.mean(axis=1),
            )
        )
    return pl.concat(tables)
