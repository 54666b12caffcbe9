"""How central a country is in a network of politics, on a scale from 0 to 1, as a covariate of countries.

One unit of each is its whole range, so a coefficient reads as "from not at all central to the most central of the
year". Scaled within the year, so the volume of a source does not matter.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from xenotime.core import InputError
from xenotime.geopolitics.axes import Bools, Floats, listed, one_network
from xenotime.networks.indicators.base import ratio
from xenotime.networks.indicators.centrality import eigenvector as eigenvector_of


@dataclass(frozen=True)
class Centrality:
    """A centrality of countries.

    Attributes
    ----------
    function : callable
        ``function(ties, weight) -> (n,)`` on known countries alone, 0 on the diagonal; within 0 and 1, NaN where
        undefined.
    """

    name: str
    title: str
    definition: str
    function: Callable[[Bools, Floats], Floats]


def _highest_is_one(score: Floats) -> Floats:
    found: Floats = np.asarray(ratio(score, np.nanmax(score, initial=0.0)), dtype=float)
    # Without one tie nobody is central: 0, as the sum is.
    return np.nan_to_num(found, nan=0.0) if not np.isnan(score).all() else score


def _degree(ties: Bools, _: Floats) -> Floats:
    n = len(ties)
    found: Floats = (ties.sum(axis=0) + ties.sum(axis=1)) / (2 * max(n - 1, 1))
    return found


def _eigenvector(ties: Bools, weight: Floats) -> Floats:
    if not ties.any():
        return np.zeros(len(ties))
    return _highest_is_one(eigenvector_of(ties, weight))


def _of(axis: int | None) -> Callable[[Bools, Floats], Floats]:
    def strength(ties: Bools, weight: Floats) -> Floats:
        kept = np.where(ties, weight, 0.0)
        return _highest_is_one(kept.sum(axis=0) + kept.sum(axis=1) if axis is None else kept.sum(axis=axis))

    return strength


#: Every centrality by name. n: countries known in the year; a_ij = 1 for a tie, w_ij its weight.
CENTRALITIES: Mapping[str, Centrality] = {
    one.name: one
    for one in (
        Centrality("degree", "Degree", "(Σ_j a_ij + Σ_j a_ji) / 2(n − 1)", _degree),
        Centrality("strength", "Strength", "s_i / max_k s_k, s_i = Σ_j (w_ij + w_ji)", _of(None)),
        Centrality(
            "eigenvector", "Eigenvector centrality", "x_i / max_k x_k, x = (W + Wᵀ)x / ρ; Bonacich (1972)", _eigenvector
        ),
        Centrality(
            "out_degree", "Degree as actor", "Σ_j a_ij / (n − 1)", lambda a, _: a.sum(axis=1) / max(len(a) - 1, 1)
        ),
        Centrality(
            "in_degree", "Degree as target", "Σ_j a_ji / (n − 1)", lambda a, _: a.sum(axis=0) / max(len(a) - 1, 1)
        ),
        Centrality("out_strength", "Strength as actor", "s_i / max_k s_k, s_i = Σ_j w_ij", _of(1)),
        Centrality("in_strength", "Strength as target", "s_i / max_k s_k, s_i = Σ_j w_ji", _of(0)),
    )
}


def centralities(
    network: xr.DataArray,
    which: Sequence[str] = ("degree", "strength", "eigenvector"),
    threshold: float | None = None,
) -> xr.Dataset:
    """Compute how central each country is in each year.

    Parameters
    ----------
    network : xarray.DataArray
        Weights over (year, actor, target), not negative, as a variable of `event_networks`.
    which : sequence of str
        Names in `CENTRALITIES`.
    threshold : float, optional
        A tie is a weight of at least this; any above 0 without it. Weights below are left out of strength and
        eigenvector centrality too.

    Returns
    -------
    xarray.Dataset
        One variable a centrality, over (year, country), between 0 and 1. NaN in years that are not covered, for
        countries the source does not know, and where the leading eigenvector is not unique. A known country without a
        tie has 0.

    Raises
    ------
    InputError
        An unknown centrality, or negative weights.
    """
    wanted = [listed(CENTRALITIES, name, "centrality") for name in ([which] if isinstance(which, str) else which)]
    cube = one_network(network, "geopolitics.centralities")
    weight = cube.to_numpy().astype(float)
    if (weight < 0).any():
        raise InputError(
            f"{network.name} has negative weights",
            where="geopolitics.centralities",
            remedy="centralities need weights of 0 or more: another transform than 'residual', or a threshold of ties",
        )
    if threshold is not None and not threshold > 0:
        raise InputError(f"threshold {threshold}", where="geopolitics.centralities", remedy="a number above 0")
    off = ~np.eye(weight.shape[1], dtype=bool)
    found = {one.name: np.full(weight.shape[:2], np.nan) for one in wanted}
    holes = 0
    for year, layer in enumerate(weight):
        known = ~np.isnan(layer) & off
        countries = np.flatnonzero(known.any(axis=0) | known.any(axis=1))
        if not len(countries):
            continue
        block = np.ix_(countries, countries)
        holes += int((~known[block]).sum()) - len(countries)
        flow = np.where(known, layer, 0.0)[block]
        ties = flow > 0 if threshold is None else flow >= threshold
        for one in wanted:
            found[one.name][year, countries] = one.function(ties, flow)
    tie = "weight above 0" if threshold is None else f"weight of at least {threshold:g}"
    result = xr.Dataset(coords={"year": cube["year"].values, "country": cube["actor"].values})
    for one in wanted:
        attrs = {"definition": one.definition, "title": one.title, "unit": "0 to 1, within the year"}
        result[one.name] = (("year", "country"), found[one.name], attrs)
    result.attrs = {
        "network": str(network.name), "threshold": threshold, "unknown_pairs": holes,
        "choices": [
            f"Centralities in {network.name}, a tie being a {tie}, scaled to 0-1 within each year.",
            *(f"{one.title}: {one.definition}." for one in wanted),
        ],
    }  # fmt: skip
    return result
