"""Brokerage roles between blocs or communities (Gould, Fernandez 1989, Sociol. Methodol. 19:89).

Country b brokers from a to c where a → b → c are ties and a → c is none, a ≠ c. The groups of the three say its role.
Goods of two different stages may make no path in truth; within a stage, a two-path is a path that goods can take.
"""

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.cube import sound
from xenotime.networks.layers import Bools, Floats, Groups, Ints, columns, groups_of, layers, refuse_strangers

#: Role of b in a → b → c, by which of the three are of one group.
ROLES = {
    "coordinator": "a, b and c are of one group",
    "itinerant": "a and c are of one group, b is of another",
    "gatekeeper": "b and c are of one group, a is of another: b lets goods in",
    "representative": "a and b are of one group, c is of another: b takes goods out",
    "liaison": "all three are of different groups",
}


def roles(ties: Bools, group: Ints) -> Floats:
    """Count each country's open two-paths by role, shape (n, 5), roles in the order of `ROLES`.

    Parameters
    ----------
    ties : ndarray of bool, shape (n, n)
        False on the diagonal.
    group : ndarray of int, shape (n,)
    """
    tie = ties.astype(float)
    same = (group[:, None] == group[None, :]).astype(float)
    inside, outside = tie * same, tie * (1 - same)
    no_tie = ~ties & ~np.eye(len(ties), dtype=bool)
    no_tie_within, no_tie_across = no_tie * same, no_tie * (1 - same)

    def open_paths(inward: Floats, outward: Floats, apart: Floats) -> Floats:
        """Σ_ac inward_ab outward_bc apart_ac for each b."""
        found: Floats = ((apart.T @ inward) * outward.T).sum(axis=0)
        return found

    return np.stack(
        [
            open_paths(inside, inside, no_tie_within),
            open_paths(outside, outside, no_tie_within),
            open_paths(outside, inside, no_tie_across),
            open_paths(inside, outside, no_tie_across),
            open_paths(outside, outside, no_tie_across),
        ],
        axis=1,
    )


def brokerage(trade: xr.Dataset, groups: Groups, ties: xr.DataArray | None = None) -> pl.DataFrame:
    """Count how often each country brokers between others, by role.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    groups : mapping or polars.DataFrame
        The bloc, region or community of each country: `{"CHN": "RCEP", ...}`, or a table `country, group` with `year`
        and `stage` where groups change.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, role, paths, share`: the number of open two-paths through the country, and its share of
        all those of that role (null where there is none).

    Raises
    ------
    InputError
        A country with a tie and without a group.
    """
    refuse_strangers(groups, sound(trade)["exporter"].values.astype(str).tolist())
    tables = []
    for layer in layers(trade, ties):
        labels = groups_of(layer, groups)
        active = layer.ties.any(axis=0) | layer.ties.any(axis=1)
        lost = [str(country) for country in layer.countries[active & (labels == None)]]  # noqa: E711 (elementwise)
        if lost:
            raise InputError(
                f"{len(lost)} countries with ties in stage {layer.stage}, {layer.year} have no group: "
                + ", ".join(lost[:12]),
                where="networks.brokerage, groups",
                remedy="give each a group, if only one called 'rest'",
            )
        _, group = np.unique(np.array([str(label) for label in labels]), return_inverse=True)
        paths = roles(layer.ties, group)
        n = len(layer.countries)
        total = paths.sum(axis=0)
        tables.append(
            columns(
                layer,
                country=np.repeat(layer.countries, len(ROLES)).tolist(),
                role=list(ROLES) * n,
                paths=paths.astype(np.int64).reshape(-1),
                share=np.divide(paths, total, out=np.full(paths.shape, np.nan), where=total > 0).reshape(-1),
            )
        )
    return pl.concat(tables)
