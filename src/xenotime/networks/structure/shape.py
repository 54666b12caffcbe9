"""Core and periphery, rich club, motifs: tables by stage and year, against networks with the same degrees."""

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime.networks.cube import enough
from xenotime.networks.indicators.base import ratio
from xenotime.networks.layers import Bools, Floats, Ints, columns, layers, links
from xenotime.networks.structure.nulls import against, same_degrees

#: The sixteen triads in the names of Davis and Leinhardt: mutual, asymmetric and null pairs, and the direction.
TRIADS = (
    "003", "012", "102", "021D", "021U", "021C", "111D", "111U", "030T", "030C", "201", "120D", "120U", "120C", "210",
    "300",
)  # fmt: skip
# Kind of triad by code, Σ 2^k over the ties v→u, u→v, v→w, w→v, u→w, w→u (Batagelj, Mrvar 2001, table 1).
_KINDS = np.array([
    1, 2, 2, 3, 2, 4, 6, 8, 2, 6, 5, 7, 3, 8, 7, 11, 2, 6, 4, 8, 5, 9, 9, 13, 6, 10, 9, 14, 7, 14, 12, 15,
    2, 5, 6, 7, 6, 9, 10, 14, 4, 9, 9, 12, 8, 13, 14, 15, 3, 7, 8, 11, 7, 12, 14, 15, 8, 14, 13, 15, 11, 15, 15, 16,
], dtype=np.int64) - 1  # fmt: skip


def core(ties: Bools) -> NDArray[np.bool_]:
    """Return which countries are in the core, shape (n,).

    The core minimises pairs without a tie inside it plus tied pairs outside it, ties taken in either direction: the
    discrete model of Borgatti, Everett (2000, Soc. Networks 21:375), whose optimum is found by sorting degrees (Lip
    2011, arXiv:1102.5511). Countries of equal degree are in or out together, so labels do not matter; of equally good
    cores the smallest.
    """
    either = ties | ties.T
    degree = either.sum(axis=1)
    best, threshold = float(either.sum() / 2), np.inf
    for least in np.unique(degree[degree > 0])[::-1]:
        k = int((degree >= least).sum())
        misfit = k * (k - 1) / 2 + either.sum() / 2 - degree[degree >= least].sum()
        if misfit < best:
            best, threshold = misfit, least
    found: NDArray[np.bool_] = degree >= threshold
    return found


def core_fit(ties: Bools, inside: Bools) -> float:
    """Return the correlation of ties with the ideal (1 within the core, 0 within the periphery); NaN if undefined.

    Over pairs of one kind; pairs between core and periphery are left open, as in the model.
    """
    pairs = np.triu(np.ones_like(ties), 1) & (inside[:, None] == inside[None, :])
    either, ideal = (ties | ties.T)[pairs].astype(float), np.broadcast_to(inside[:, None], ties.shape)[pairs]
    if len(either) < 2 or either.std() == 0 or ideal.std() == 0:
        return float("nan")
    return float(np.corrcoef(either, ideal.astype(float))[0, 1])


def core_periphery(trade: xr.Dataset, ties: xr.DataArray | None = None) -> pl.DataFrame:
    """Split the countries of each network into a core and a periphery.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, in_core, partners, core_size, core_fit`, one row a country with a tie: `partners` counts
        those tied to it either way, `core_fit` is the correlation with the ideal pattern, −1 … 1.
    """
    tables = []
    for layer in layers(trade, ties):
        active = layer.ties.any(axis=0) | layer.ties.any(axis=1)
        tie = layer.ties[np.ix_(active, active)]
        inside = core(tie)
        tables.append(
            columns(
                layer,
                country=pl.Series(layer.countries[active].tolist(), dtype=pl.String),
                in_core=inside,
                partners=(tie | tie.T).sum(axis=1),
                core_size=np.full(len(tie), inside.sum()),
                core_fit=np.full(len(tie), core_fit(tie, inside)),
            )
        )
    return pl.concat(tables)


def club(ties: Bools) -> tuple[Ints, Floats]:
    """Return k = 0 … and φ(k), the density of ties among countries with more than k; NaN among fewer than two.

    Degrees count suppliers and markets (Colizza, Flammini, Serrano, Vespignani 2006, Nature Phys. 2:110).
    """
    degree = ties.sum(axis=0) + ties.sum(axis=1)
    levels = np.arange(int(degree.max(initial=0)))
    both = np.minimum(degree[:, None], degree[None, :])[ties]
    among = np.array([(both > k).sum() for k in levels], dtype=float)
    size = np.array([(degree > k).sum() for k in levels], dtype=float)
    return levels, np.asarray(ratio(among, size * (size - 1)), dtype=float)


def rich_club(trade: xr.Dataset, ties: xr.DataArray | None = None, draws: int = 50, seed: int = 1) -> pl.DataFrame:
    """Ask whether countries with many ties are tied to each other more than their degrees make them.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.
    draws, seed : int
        Networks at random with the same in- and out-degrees, and their seed.

    Returns
    -------
    polars.DataFrame
        `stage, year, degree, countries, density, expected, ratio, z`: for each degree k the number of countries with
        more ties than k, the density φ(k) among them, its mean over the draws, φ / mean (above 1: a rich club), and z.
    """
    _enough(draws)
    tables = []
    for layer in layers(trade, ties):
        levels, density = club(layer.ties)
        if not len(levels):
            continue
        degree = layer.ties.sum(axis=0) + layer.ties.sum(axis=1)
        drawn = np.array([club(one)[1] for one in same_degrees(layer.ties, draws, seed, layer.stage, layer.year)])
        mean, _, z = against(density, drawn)
        tables.append(
            columns(
                layer,
                degree=levels,
                countries=np.array([(degree > k).sum() for k in levels]),
                density=density,
                expected=mean,
                ratio=np.asarray(ratio(density, mean)),
                z=z,
            )
        )
    schema = {"stage": pl.String, "year": pl.Int16, "degree": pl.Int64, "countries": pl.Int64} | dict.fromkeys(
        ("density", "expected", "ratio", "z"), pl.Float64
    )
    return pl.concat(tables) if tables else pl.DataFrame(schema=schema)


def triads(ties: Bools) -> Ints:
    """Return the number of triads of each kind, in the order of `TRIADS`, shape (16,)."""
    from xenotime.networks.structure import kernels

    found: Ints = kernels.census(np.ascontiguousarray(ties), *links(ties | ties.T), _KINDS)
    return found


def motifs(trade: xr.Dataset, ties: xr.DataArray | None = None, draws: int = 100, seed: int = 1) -> pl.DataFrame:
    """Count triads of each kind and compare with networks of the same degrees.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.
    draws, seed : int
        Networks at random with the same in- and out-degrees, and their seed. Mutual ties are not kept, so a kind with
        mutual ties stands out where reciprocity does.

    Returns
    -------
    polars.DataFrame
        `stage, year, triad, count, expected, deviation, z` (Holland, Leinhardt 1976; Milo et al. 2002, Science
        298:824), among countries with a tie; z is null where the draws do not differ. `120D`-like names are those of
        Davis and Leinhardt: pairs mutual, asymmetric, null, then direction.
    """
    _enough(draws)
    tables = []
    for layer in layers(trade, ties):
        active = layer.ties.any(axis=0) | layer.ties.any(axis=1)
        tie = layer.ties[np.ix_(active, active)]
        count = triads(tie)
        drawn = np.array([triads(one) for one in same_degrees(tie, draws, seed, layer.stage, layer.year)], dtype=float)
        mean, deviation, z = against(count.astype(float), drawn)
        tables.append(columns(layer, triad=list(TRIADS), count=count, expected=mean, deviation=deviation, z=z))
    return pl.concat(tables)


def _enough(draws: int) -> None:
    enough(draws, 2, "draws", "networks.structure")
