"""Signed alignment: who stands with whom, from events, votes and treaties, with weights that are stated.

There is no agreed scale of alignment; each part is put on -1 (against) to 1 (with), and the weights are the user's. The
result names them.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import xarray as xr

from xenotime.core import InputError
from xenotime.geopolitics.axes import AXES

_HERE = "geopolitics.alignment"


def balance(network: xr.Dataset) -> xr.DataArray:
    """Return how far cooperation outweighs conflict: (cooperation − conflict) / (cooperation + conflict).

    Parameters
    ----------
    network : xarray.Dataset
        From `event_networks` or `from_indices`, with ``transform="none"``: a ratio of logarithms would mean nothing.

    Returns
    -------
    xarray.DataArray
        Over (year, actor, target), -1 (all conflict) to 1 (all cooperation); 0 for a known pair with neither.

    Raises
    ------
    InputError
        A transformed network.
    """
    if network.attrs.get("transform") != "none":
        raise InputError(
            f"the network's transform is {network.attrs.get('transform')!r}",
            where="geopolitics.balance",
            remedy='make it with transform="none"',
        )
    with_, against = network["cooperation"].transpose(*AXES), network["conflict"].transpose(*AXES)
    both = with_ + against
    # A pair with neither is 0; an unknown one stays NaN, since it has no sum to be above or at 0.
    found = ((with_ - against) / both.where(both > 0)).where(both != 0, 0.0)
    words = ["Balance: (cooperation − conflict) / (cooperation + conflict), 0 for a pair with neither."]
    found.attrs = network.attrs | {"unit": "-1 to 1", "choices": [*network.attrs["choices"], *words]}
    result: xr.DataArray = found.rename("balance")
    return result


def alignment(
    parts: Mapping[str, xr.DataArray],
    weights: Mapping[str, float],
    missing: Literal["unknown", "reweigh"] = "unknown",
) -> xr.DataArray:
    """Combine signed parts into one alignment, Σ_k w_k s_k / Σ_k |w_k|.

    Parameters
    ----------
    parts : mapping of name to xarray.DataArray
        Each over the same (year, actor, target) and between -1 and 1: `balance` of events, ``vote_agreement``, a pact
        (0 or 1), a dispute (0 or 1, with a negative weight).
    weights : mapping of name to float
        One a part; negative where the part speaks against alignment.
    missing : {"unknown", "reweigh"}
        A pair of which a part is unknown is unknown, or is combined of the parts that are known.

    Returns
    -------
    xarray.DataArray
        Between -1 and 1. Attributes: `weights` (as shares of Σ |w|), `missing`, `sources`, `choices`.

    Raises
    ------
    InputError
        Weights and parts of different names, all weights 0, labels that differ, or a part outside -1 to 1.
    """
    odd = sorted(set(parts) ^ set(weights))
    size = sum(abs(float(weight)) for weight in weights.values())
    if odd or not parts or not np.isfinite(size) or size == 0:
        raise InputError(
            f"parts and weights differ in {', '.join(odd)}" if odd else "no part has a weight",
            where=_HERE,
            remedy="give one finite weight for each part, not all of them 0",
        )
    if missing not in ("unknown", "reweigh"):
        raise InputError(f"no such choice {missing!r}", where=f"{_HERE}, missing", remedy='"unknown" or "reweigh"')
    first = next(iter(parts.values())).transpose(*AXES)
    above, below = np.zeros(first.shape), np.zeros(first.shape)
    for name, part in parts.items():
        cube = part.transpose(*AXES)
        _fits(name, cube, first)
        values, known = cube.to_numpy().astype(float), cube.notnull().to_numpy()
        above += np.where(known, values, 0.0 if missing == "reweigh" else np.nan) * weights[name]
        below += np.where(known, abs(weights[name]), 0.0)
    found = np.divide(above, below, out=np.full(first.shape, np.nan), where=below > 0)
    stated = {name: float(weights[name]) / size for name in parts}
    listed = ", ".join(f"{name} {weight:+.3g}" for name, weight in stated.items())
    rest = "is unknown" if missing == "unknown" else "is combined of the parts that are known"
    attrs = {
        "weights": stated, "missing": missing, "unit": "-1 (against) to 1 (with)",
        "sources": {name: str(part.attrs.get("source", "")) for name, part in parts.items()},
        "choices": [
            f"Alignment: Σ w s / Σ |w| with weights {listed}; a pair of which a part is unknown {rest}.",
            *(f"{name}: {word}" for name, part in parts.items() for word in part.attrs.get("choices", [])),
        ],
    }  # fmt: skip
    return xr.DataArray(found, coords=first.coords, dims=AXES, name="alignment", attrs=attrs)


def _fits(name: str, part: xr.DataArray, first: xr.DataArray) -> None:
    """Joins are exact (convention 6); a part outside -1 to 1 would drown the others."""
    for axis in AXES:
        if part[axis].values.tolist() != first[axis].values.tolist():
            odd = sorted(map(str, set(part[axis].values.tolist()) ^ set(first[axis].values.tolist())))
            raise InputError(
                f"part {name} differs on axis {axis}: {', '.join(odd[:12]) or 'the same labels in another order'}",
                where=_HERE,
                remedy="make every part with the same countries and years",
            )
    low, high = float(part.min()), float(part.max())
    if low < -1 - 1e-9 or high > 1 + 1e-9:
        raise InputError(
            f"part {name} runs from {low:g} to {high:g}",
            where=_HERE,
            remedy="put it on -1 (against) to 1 (with); balance() does so for events",
        )
