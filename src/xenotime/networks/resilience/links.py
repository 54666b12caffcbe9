"""Which links matter: each one ranked by what is lost without it, and many of them interrupted together."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError, generator
from xenotime.networks.cube import enough, names_of
from xenotime.networks.indicators.base import Floats, ratio
from xenotime.networks.indicators.clustering import average_weighted_clustering
from xenotime.networks.layers import Bools, Ints, columns, layers, links
from xenotime.networks.resilience.attack import global_efficiency


def critical_links(trade: xr.Dataset, ties: xr.DataArray | None = None) -> pl.DataFrame:
    """Rank every tie by how much the network loses without it.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.

    Returns
    -------
    polars.DataFrame
        `stage, year, exporter, importer, rank, efficiency_lost, pairs_lost, value_kusd, import_share, export_share`,
        the most critical first within a stage and year. `efficiency_lost` is the fraction of global efficiency that
        goes with the tie (vulnerability of a link: Gol'dshtein, Koganov, Surdutovich 2004, cond-mat/0409298; Latora,
        Marchiori 2005, Phys. Rev. E 71:015103), `pairs_lost` the ordered pairs of countries left without a path. Equal
        losses are ranked by value.
    """
    from xenotime.networks.resilience import kernels

    tables = []
    for layer in layers(trade, ties):
        i, j = np.nonzero(layer.ties)
        first, target = links(layer.ties)
        lost, pairs = kernels.link_losses(first, target)
        whole = kernels.inverse_distances(first, target, np.ones(len(layer.ties), dtype=bool))
        value = layer.flow[i, j]
        order = np.lexsort((-value, -np.round(lost, 9)))
        arrays = {
            "rank": np.argsort(order) + 1,
            "efficiency_lost": np.asarray(ratio(lost, whole)),
            "pairs_lost": pairs,
            "value_kusd": value,
            "import_share": np.asarray(ratio(value, layer.flow.sum(axis=0)[j])),
            "export_share": np.asarray(ratio(value, layer.flow.sum(axis=1)[i])),
        }
        tables.append(
            columns(
                layer,
                exporter=pl.Series(layer.countries[i[order]].tolist(), dtype=pl.String),
                importer=pl.Series(layer.countries[j[order]].tolist(), dtype=pl.String),
                **{name: array[order] for name, array in arrays.items()},
            )
        )
    return pl.concat(tables)


def nearest_neighbour_strength(ties: Bools, flow: Floats) -> Floats:
    """Return ANNS_i = Σ_j (a_ij + a_ji) s_j / k_i, shape (n,); NaN for a country without ties.

    s_j is the value of all ties of j, k_i the number of ties of i, both directions together (Fagiolo, Reyes, Schiavo
    2010, J. Evol. Econ. 20:479).
    """
    value = flow * ties
    strength = value.sum(axis=0) + value.sum(axis=1)
    both = ties.astype(float) + ties.T
    found: Floats = np.asarray(ratio(both @ strength, both.sum(axis=1)))
    return found


def average_anns(ties: Bools, flow: Floats) -> float:
    """Mean of ANNS_i over countries with a tie."""
    found = nearest_neighbour_strength(ties, flow)
    return float(np.nanmean(found)) if ties.any() else float("nan")


def _by_value(ties: Bools, value: Floats) -> Ints:
    return np.argsort(-value, kind="stable")


def _by_load(ties: Bools, value: Floats) -> Ints:
    from xenotime.networks.resilience import kernels

    lost, _ = kernels.link_losses(*links(ties))
    return np.lexsort((-value, -np.round(lost, 9)))


#: Which ties are interrupted first; "random" is the third way.
_ORDERS: dict[str, Callable[[Bools, Floats], Ints]] = {"value": _by_value, "critical": _by_load}


def edge_interruption(
    trade: xr.Dataset,
    ties: xr.DataArray | None = None,
    orders: Sequence[str] = ("value", "critical", "random"),
    points: int = 10,
    draws: int = 10,
    seed: int = 1,
) -> pl.DataFrame:
    """Interrupt more and more ties and measure what is left.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.
    orders : sequence of {"value", "critical", "random"}
        The largest flows first, the most critical first (as `critical_links` ranks them at the start), or at random.
    points, draws, seed : int
        Parts of each curve; random orders, and their seed.

    Returns
    -------
    polars.DataFrame
        `stage, year, order, removed, anns_kusd, clustering, efficiency`: the fraction of ties interrupted, the mean
        average-nearest-neighbour strength and the mean weighted clustering (Fagiolo) over countries that have one, and
        global efficiency over the countries with a tie at the start; averages over draws. Null where nothing has one.

    Raises
    ------
    InputError
        An unknown order, less than one point or draw.
    """
    orders = names_of(orders, "orders", "networks.edge_interruption")
    known = (*_ORDERS, "random")
    unknown = [order for order in orders if order not in known]
    if unknown:
        raise InputError(
            f"no order {', '.join(unknown)}",
            where="networks.edge_interruption",
            remedy=f"orders are {', '.join(known)}",
        )
    for count, what in ((points, "points"), (draws, "draws")):
        enough(count, 1, what, "networks.edge_interruption")
    tables = []
    for layer in layers(trade, ties):
        active = layer.ties.any(axis=0) | layer.ties.any(axis=1)
        tie, flow = layer.ties[np.ix_(active, active)], layer.flow[np.ix_(active, active)]
        i, j = np.nonzero(tie)
        if not len(i):
            continue
        at = np.unique(np.round(np.linspace(0, len(i), points + 1)).astype(np.int64))
        whole = global_efficiency(tie)
        for order in orders:
            if order == "random":
                random = generator(seed, "interruption", layer.stage, layer.year)
                removals = [random.permutation(len(i)) for _ in range(draws)]
            else:
                removals = [_ORDERS[order](tie, flow[i, j])]
            curves = np.array(
                [[_left(tie, flow, i[one[:gone]], j[one[:gone]], whole) for gone in at] for one in removals]
            )
            mean = _mean_of_known(curves)
            tables.append(
                columns(
                    layer,
                    order=[order] * len(at),
                    removed=at / len(i),
                    anns_kusd=mean[:, 0],
                    clustering=mean[:, 1],
                    efficiency=mean[:, 2],
                )
            )
    schema = {"stage": pl.String, "year": pl.Int16, "order": pl.String} | dict.fromkeys(
        ("removed", "anns_kusd", "clustering", "efficiency"), pl.Float64
    )
    return pl.concat(tables) if tables else pl.DataFrame(schema=schema)


def _left(ties: Bools, flow: Floats, i: Ints, j: Ints, whole: float) -> tuple[float, float, float]:
    from xenotime.networks.resilience import kernels

    rest = ties.copy()
    rest[i, j] = False
    n = len(ties)
    efficiency = kernels.inverse_distances(*links(rest), np.ones(n, dtype=bool)) / (n * (n - 1)) if len(i) else whole
    return average_anns(rest, flow), average_weighted_clustering(rest, flow), efficiency


def _mean_of_known(curves: Floats) -> Floats:
    """Return the mean over the first axis of what is not NaN; NaN where nothing is."""
    known = ~np.isnan(curves)
    return np.asarray(ratio(np.where(known, curves, 0.0).sum(axis=0), known.sum(axis=0)), dtype=float)
