"""Do two sources tell the same story? Correlation over pairs, year by year, and a warning where they do not."""

import warnings
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import polars as pl
import xarray as xr
from scipy.stats import rankdata

from xenotime.core import DataWarning, InputError
from xenotime.geopolitics.axes import AXES, Bools, Floats
from xenotime.networks import qap_correlation

#: Below this rank correlation over active pairs two sources are said to disagree: they share a quarter of the variance.
LOW = 0.5


def agreement_between(
    sources: Mapping[str, xr.Dataset],
    which: tuple[str, ...] = ("cooperation", "conflict"),
    *,
    top: int = 50,
    permutations: int = 0,
    seed: int = 1,
    low: float = LOW,
) -> pl.DataFrame:
    """Compare networks from several sources, each with each, in every year both cover.

    Parameters
    ----------
    sources : mapping of name to xarray.Dataset
        From `event_networks` or `from_indices`; at least two. Only countries both know are compared, so the axes may
        differ. Directed networks are compared with directed ones alone.
    which : tuple of str
        Variables to compare.
    top : int
        How many of the strongest pairs are compared as a list.
    permutations, seed : int
        Of the QAP test of the rank correlation (countries relabelled); 0: none, and `p_value` is null. A thousand
        take some seconds a row at 150 countries.
    low : float
        Rank correlation over active pairs below which a year is warned about.

    Returns
    -------
    polars.DataFrame
        `network, source, other, year, countries, pairs` (known to both), `active` (with a weight in at least one),
        `spearman` (over all pairs), `spearman_active`, `pearson` (of the weights as they are), `top_overlap` (share of
        the strongest `top` pairs that are the same), `top_by_chance` (its expectation between unrelated sources),
        `p_value`. Null where not defined.

    Raises
    ------
    InputError
        Fewer than two sources, a variable that one lacks, directed and undirected networks together.

    Warns
    -----
    DataWarning
        Sources that have no year or no two countries in common, or whose rankings of active pairs agree less than
        `low`.

    Notes
    -----
    Most pairs have no event in either source, and agree in that: `spearman` is mostly about who is active at all,
    `spearman_active` about how much.
    """
    if len(sources) < 2:
        raise InputError("one source cannot be compared", where="geopolitics.agreement_between", remedy="give two")
    if len({bool(network.attrs.get("directed")) for network in sources.values()}) > 1:
        raise InputError(
            "directed and undirected networks",
            where="geopolitics.agreement_between",
            remedy="make all of them directed, or none",
        )
    rows: list[dict[str, object]] = []
    said: list[str] = []
    for (name, one), (other_name, other) in combinations(sources.items(), 2):
        years = sorted(set(one.attrs["covered_years"]) & set(other.attrs["covered_years"]))
        if not years:
            said.append(f"{name} and {other_name} have no year in common: nothing says whether they agree.")
        for network in which:
            a, b = (_variable(source, network, label) for source, label in ((one, name), (other, other_name)))
            for year in years:
                found = _compare(a.sel(year=year), b.sel(year=year), top, permutations, seed)
                if found is None:
                    said.append(f"{name} and {other_name} know no two countries in common in {year}.")
                    continue
                rows.append({"network": network, "source": name, "other": other_name, "year": year, **found})
                agree = found["spearman_active"]
                if agree is None or agree < low:
                    said.append(
                        f"{name} and {other_name} disagree on {network} in {year}: rank correlation over "
                        f"{found['active']} active pairs {'undefined' if agree is None else f'{agree:.2f}'}, below "
                        f"{low:g}. Estimate with each of them, and show both."
                    )
    if said:
        warnings.warn("\n".join(said), DataWarning, stacklevel=2)
    return pl.DataFrame(rows, schema=_SCHEMA)


_SCHEMA = {
    "network": pl.String, "source": pl.String, "other": pl.String, "year": pl.Int16, "countries": pl.Int64,
    "pairs": pl.Int64, "active": pl.Int64, "spearman": pl.Float64, "spearman_active": pl.Float64,
    "pearson": pl.Float64, "top_overlap": pl.Float64, "top_by_chance": pl.Float64, "p_value": pl.Float64,
}  # fmt: skip


def _variable(network: xr.Dataset, name: str, source: str) -> xr.DataArray:
    if not isinstance(network, xr.Dataset):
        raise InputError(
            f"{source} is a {type(network).__name__}, not a set of networks",
            where="geopolitics.agreement_between",
            remedy="give what event_networks() or from_indices() returns",
        )
    if name not in network:
        raise InputError(
            f"{source} has no network {name!r}",
            where="geopolitics.agreement_between",
            remedy=f"it has {', '.join(map(str, network.data_vars))}",
        )
    return network[name].transpose(*AXES)


def _compare(
    one: xr.DataArray, other: xr.DataArray, top: int, permutations: int, seed: int
) -> dict[str, float | None] | None:
    """Return the comparison of one year; None where the sources share fewer than two countries."""
    common = [label for label in one["actor"].values.tolist() if label in set(other["actor"].values.tolist())]
    a, b = (cube.sel(actor=common, target=common).to_numpy().astype(float) for cube in (one, other))
    off = ~np.eye(len(common), dtype=bool)
    both = ~np.isnan(a) & ~np.isnan(b) & off
    here = np.flatnonzero(both.any(axis=0) | both.any(axis=1))
    if len(here) < 2:
        return None
    a, b, both = a[np.ix_(here, here)], b[np.ix_(here, here)], both[np.ix_(here, here)]
    # Of an undirected network one triangle holds all pairs; the other would count each of them twice.
    if np.array_equal(a, a.T, equal_nan=True) and np.array_equal(b, b.T, equal_nan=True):
        counted = both & np.triu(np.ones_like(both), 1)
    else:
        counted = both
    x, y = a[counted], b[counted]
    active = (x != 0) | (y != 0)
    k = min(top, len(x))
    return {
        "countries": len(here),
        "pairs": len(x),
        "active": int(active.sum()),
        "spearman": _correlation(rankdata(x), rankdata(y)),
        "spearman_active": _correlation(rankdata(x[active]), rankdata(y[active])),
        "pearson": _correlation(x, y),
        "top_overlap": _overlap(x, y, k),
        "top_by_chance": k / len(x),
        "p_value": _p_value(a, b, both, permutations, seed),
    }


def _correlation(x: Floats, y: Floats) -> float | None:
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _overlap(x: Floats, y: Floats, k: int) -> float | None:
    """Share of the k strongest pairs in common; equals at the last place count by the part of them that has room."""
    if not k or not x.any() or not y.any():
        return None

    def part(values: Floats) -> Floats:
        last = np.sort(values)[-k]
        above, equal = values > last, values == last
        room: Floats = above + equal * (k - above.sum()) / equal.sum()
        return room

    return float(np.minimum(part(x), part(y)).sum() / k)


def _p_value(a: Floats, b: Floats, both: Bools, permutations: int, seed: int) -> float | None:
    """Return the QAP p-value of the rank correlation; None where not asked for or a pair is unknown to one of them."""
    off = ~np.eye(len(a), dtype=bool)
    if permutations < 1 or not both[off].all() or len(a) < 4 or np.ptp(a[off]) == 0 or np.ptp(b[off]) == 0:
        return None
    ranks = []
    for values in (a, b):
        rank = np.zeros(a.shape)
        rank[off] = rankdata(values[off])
        ranks.append(rank)
    with np.errstate(divide="ignore"):  # equal networks leave no residual: their t is infinite, and not used here
        return qap_correlation(ranks[0], ranks[1], permutations, seed).p_value
