"""Who competes with whom: importers for the same suppliers, exporters for the same markets; one row a pair."""

from collections.abc import Callable

import numpy as np
import polars as pl
import xarray as xr

from xenotime.networks.indicators.base import Floats, ratio
from xenotime.networks.layers import columns, layers


def overlap(profiles: Floats) -> Floats:
    """Return Σ_k min(x_ki, x_kj) for all pairs of columns, shape (m, m)."""
    # Σ_k min(a, b) pair by pair: an (n, m, m) array would take gigabytes at a thousand countries.
    found = np.empty((profiles.shape[1], profiles.shape[1]))
    used = profiles[profiles.any(axis=1)]
    for i in range(used.shape[1]):
        rows = used[:, i] > 0
        found[i] = np.minimum(used[rows, i][:, None], used[rows]).sum(axis=0)
    return found


def similarity(profiles: Floats) -> Floats:
    """Return Σ_k min(x_ki / x_i, x_kj / x_j), x_i the column's sum (Finger, Kreinin 1979); NaN for an empty column.

    Parameters
    ----------
    profiles : ndarray, shape (n, m)
        One column a competitor: `flow` compares importers by suppliers, `flow.T` exporters by markets.
    """
    size = profiles.sum(axis=0)
    found = overlap(np.nan_to_num(ratio(profiles, size)))
    return _between_traders(np.minimum(found, 1.0), size)


def competition(profiles: Floats) -> Floats:
    """Return 2 Σ_k min(x_ki, x_kj) / (x_i + x_j) (Glick, Rose 1999); NaN for an empty column.

    The form of Glick and Rose, Σ_k [(x_ki + x_kj) / (x_i + x_j)] [1 − |x_ki − x_kj| / (x_ki + x_kj)], is the same.
    """
    size = profiles.sum(axis=0)
    return _between_traders(ratio(2 * overlap(profiles), size[:, None] + size[None, :]), size)


def _between_traders(found: Floats, size: Floats) -> Floats:
    trades = size > 0
    result: Floats = np.where(trades[:, None] & trades[None, :], found, np.nan)
    np.fill_diagonal(result, np.nan)
    return result


def pressure(profiles: Floats) -> Floats:
    """Return Σ_k (x_ki / x_i) (1 − x_ki / x_k), shape (m,): how much of what i draws on is shared with others.

    x_k is the row's sum: for importers, the mean over i's purchases of the share of the supplier's goods that go to
    others.
    """
    own = ratio(profiles, profiles.sum(axis=1, keepdims=True))
    weight = ratio(profiles, profiles.sum(axis=0, keepdims=True))
    traders = profiles.sum(axis=0) > 0
    found: Floats = np.where(traders, np.clip(np.nansum(weight * (1 - own), axis=0), 0.0, 1.0), np.nan)
    return found


def importers_in_competition(flow: Floats) -> Floats:
    """Pressure on importers, from other buyers of their suppliers' goods."""
    return pressure(flow)


def exporters_in_competition(flow: Floats) -> Floats:
    """Pressure on exporters, from other sellers in their markets."""
    return pressure(flow.T)


def import_competition(trade: xr.Dataset) -> pl.DataFrame:
    """Compare importers by their suppliers.

    Returns
    -------
    polars.DataFrame
        One row an unordered pair that shares a supplier, in alphabetical order, `stage, year, country, rival,
        similarity, competition`: `similarity` of import shares (Finger, Kreinin 1979, Econ. J. 89:905), blind to size;
        `competition` of values (Glick, Rose 1999, J. Int. Money Finance 18:603), high only between buyers of one size.
        Both 0 … 1.
    """
    return _rivals(trade, lambda flow: flow)


def export_competition(trade: xr.Dataset) -> pl.DataFrame:
    """Compare exporters by their markets; columns as `import_competition`."""
    return _rivals(trade, lambda flow: flow.T)


def _rivals(trade: xr.Dataset, profiles_of: Callable[[Floats], Floats]) -> pl.DataFrame:
    tables = []
    for layer in layers(trade):
        profiles = profiles_of(layer.flow)
        alike, rival = similarity(profiles), competition(profiles)
        i, j = np.nonzero(np.triu(np.nan_to_num(alike)))
        # Which of a pair comes first must not hang on the order of the cube's countries.
        later = layer.countries[i].astype(str) > layer.countries[j].astype(str)
        i, j = np.where(later, j, i), np.where(later, i, j)
        tables.append(
            columns(
                layer,
                country=pl.Series(layer.countries[i].tolist(), dtype=pl.String),
                rival=pl.Series(layer.countries[j].tolist(), dtype=pl.String),
                similarity=alike[i, j],
                competition=rival[i, j],
            )
        )
    return pl.concat(tables)
