"""Find the communities of every stage and year of a cube, and follow them: many runs, their consensus, its tracks."""

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime.core import InputError, generator
from xenotime.networks.communities.arrays import panels
from xenotime.networks.communities.consensus import co_assignment, consensus, stability
from xenotime.networks.communities.methods import COMMUNITY_METHODS, Method, coupled
from xenotime.networks.communities.quality import adjusted_rand, trades
from xenotime.networks.communities.result import Communities
from xenotime.networks.communities.tracks import events, follow
from xenotime.networks.cube import enough, sound

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MEMBERS = {
    "stage": pl.String(), "year": pl.Int16(), "country": pl.String(), "community": pl.Int32(),
    "value_kusd": pl.Float64(), "stability": pl.Float64(),
}  # fmt: skip
YEARLY = {
    "stage": pl.String(), "year": pl.Int16(), "communities": pl.Int32(), "largest_share": pl.Float64(),
    "quality": pl.Float64(), "best_quality": pl.Float64(), "agreement": pl.Float64(), "stability": pl.Float64(),
}  # fmt: skip
EVENTS = {
    "stage": pl.String(), "year": pl.Int16(), "event": pl.String(), "community": pl.Int32(), "other": pl.Int32(),
    "share": pl.Float64(), "value_kusd": pl.Float64(),
}  # fmt: skip


def communities(
    trade: xr.Dataset,
    ties: xr.DataArray | None = None,
    method: str = "modularity",
    resolution: float = 1.0,
    coupling: float | None = None,
    runs: int = 50,
    noise: float = 0.0,
    seed: int = 1,
) -> Communities:
    """Find the communities of each stage and year, and follow them through the years.

    Each year is searched `runs` times; the consensus is the partition that contradicts the runs on the fewest pairs of
    countries; communities of successive years are paired by greatest overlap (docs/communities.md).

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. Unknown trade counts as none.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; only the values of its ties count then. Without it every flow does.
    method : str
        A name in `COMMUNITY_METHODS`.
    resolution : float
        γ: above 1 more and smaller communities, below 1 fewer and larger ones. The flow method has none.
    coupling : float, optional
        ω, at least 0: what it is worth to stay with the same community from one year to the next, as a share of a
        country's own turnover. 0 searches each year for itself. The method's own default without it: 0.2, and 0 for
        the flow method, which has none.
    runs : int
        Searches, each with its own seed (and its own noise).
    noise : float
        Standard deviation of the log of a random factor on every flow, drawn anew for each run: how stable communities
        are against errors in the data, not only against the luck of the search. 0: none.
    seed : int
        Not negative.

    Returns
    -------
    Communities

    Raises
    ------
    InputError
        An unknown method, parameters out of range, ties of other labels, resolution or coupling with a method that has
        none.
    """
    trade = sound(trade)
    chosen, coupling = _checked(method, resolution, coupling, runs, noise)
    countries = trade["exporter"].values.astype(str)
    years = trade["year"].values.astype(int)
    frames: dict[str, list[pl.DataFrame]] = {"members": [], "tracks": [], "yearly": [], "events": []}
    for stage, weights in panels(trade, ties):
        labels = search(weights, chosen, resolution, coupling, runs, noise, generator(seed, "communities", stage))
        for name, frame in _tables(stage, weights, labels, chosen, resolution, countries, years).items():
            frames[name].append(frame)
    return Communities(
        **{name: pl.concat(parts) for name, parts in frames.items()},
        attrs={
            "chain": trade.attrs.get("chain"),
            "sources": tuple(trade.attrs.get("sources", ())),
            "reconstructed": bool(trade.attrs.get("reconstructed", False)),
            "method": chosen.name,
            "formula": chosen.formula,
            "paper": chosen.paper,
            "resolution": resolution,
            "coupling": coupling,
            "runs": runs,
            "noise": noise,
            "seed": seed,
        },
    )


def _checked(method: str, resolution: float, coupling: float | None, runs: int, noise: float) -> tuple[Method, float]:
    where = "networks.communities"
    if method not in COMMUNITY_METHODS:
        raise InputError(f"no method {method!r}", where=where, remedy=f"choose among {', '.join(COMMUNITY_METHODS)}")
    chosen = COMMUNITY_METHODS[method]
    coupling = chosen.coupling if coupling is None else coupling
    if chosen.null is None and (resolution != 1 or coupling != 0):
        raise InputError(
            f"method {method!r} has no resolution and no coupling of years",
            where=where,
            remedy="leave both out, or take method='modularity'",
        )
    for name, value, least in (("resolution", resolution, 0), ("coupling", coupling, 0), ("noise", noise, 0)):
        if not (isinstance(value, (int, float, np.number)) and np.isfinite(value) and value >= least):
            raise InputError(f"{name} is {value}", where=where, remedy=f"give a number of at least {least}")
    enough(runs, 1, "runs", where)
    return chosen, coupling


def search(
    weights: Floats,
    method: Method,
    resolution: float,
    coupling: float,
    runs: int,
    noise: float,
    random: np.random.Generator,
) -> Ints:
    """Return the labels of every run, int64 (runs, years, n); −1 where a country does not trade.

    Parameters
    ----------
    weights : ndarray, shape (years, n, n)
        Values of trade, zero where none.
    method, resolution, coupling, runs, noise
        As in `communities`.
    random : numpy.random.Generator
        Source of the runs' seeds and of the noise.
    """
    seeds = random.integers(2**32, size=runs)
    if noise > 0:
        # Each run sees its own data, so it is one search of one perturbed panel.
        rough = [weights * np.exp(noise * random.standard_normal(weights.shape)) for _ in range(runs)]
        return np.concatenate(
            [_search(one, method, resolution, coupling, seeds[r : r + 1]) for r, one in enumerate(rough)]
        )
    return _search(weights, method, resolution, coupling, seeds)


def _search(weights: Floats, method: Method, resolution: float, coupling: float, seeds: Ints) -> Ints:
    here = trades(weights)
    if coupling > 0 and method.null is not None and here.any():
        return coupled(weights, method.null, resolution, coupling, seeds)
    labels = np.full((len(seeds), *here.shape), -1)
    for t in np.flatnonzero(here.any(axis=1)):
        at = np.flatnonzero(here[t])
        labels[:, t, at] = method.search(weights[t][np.ix_(at, at)], resolution, seeds)
    return labels


def agreed(labels: Ints, here: NDArray[np.bool_]) -> tuple[Ints, Floats, Floats]:
    """Return consensus labels (years, n), stability (years, n; NaN where not `here`), agreement of runs (years,)."""
    years, n = here.shape
    label, sure = np.full((years, n), -1), np.full((years, n), np.nan)
    agreement = np.full(years, np.nan)
    for t in np.flatnonzero(here.any(axis=1)):
        at = np.flatnonzero(here[t])
        together = co_assignment(labels[:, t, at])
        label[t, at] = consensus(together, labels[:, t, at])
        sure[t, at] = stability(together, label[t, at])
        agreement[t] = float(np.mean([adjusted_rand(run[t, at], label[t, at]) for run in labels]))
    return label, sure, agreement


def _tables(
    stage: str,
    weights: Floats,
    labels: Ints,
    method: Method,
    resolution: float,
    countries: NDArray[np.str_],
    years: Ints,
) -> dict[str, pl.DataFrame]:
    here = trades(weights)
    turnover = weights.sum(axis=1) + weights.sum(axis=2)
    world = turnover.sum(axis=1)
    mass = np.divide(turnover, world[:, None], out=np.zeros_like(turnover), where=world[:, None] > 0)
    label, sure, agreement = agreed(labels, here)
    tracks = follow(label, mass)
    t, i = np.nonzero(here)
    members = pl.DataFrame(
        {
            "stage": [stage] * len(t),
            "year": years[t],
            "country": countries[i].tolist(),
            "community": tracks[t, i],
            "value_kusd": turnover[t, i],
            "stability": sure[t, i],
        },
        schema=MEMBERS,
    )
    rows = []
    for at in np.flatnonzero(here.any(axis=1)):
        there = here[at]
        size = np.bincount(tracks[at][there], weights=mass[at][there])
        tried = np.unique(np.vstack([label[at][there], *labels[:, at, there]]), axis=0)
        worth = method.quality(weights[at][np.ix_(there, there)], tried, resolution)
        rows.append(
            (
                stage,
                years[at],
                int((size > 0).sum()),
                float(size.max()),
                float(worth[(tried == label[at][there]).all(axis=1)][0]),
                float(worth.max()),
                agreement[at],
                float((sure[at] * mass[at])[here[at]].sum()),
            )
        )
    happened = []
    for one in events(tracks, mass):
        when = one.year_index - (one.kind in {"death", "merge", "pause"})
        value = float(turnover[when][tracks[when] == one.track].sum())
        other = None if one.other < 0 else one.other
        share = None if np.isnan(one.share) else one.share
        happened.append((stage, years[one.year_index], one.kind, one.track, other, share, value))
    return {
        "members": members,
        "tracks": _names(members),
        "yearly": pl.DataFrame(rows, schema=YEARLY, orient="row"),
        "events": pl.DataFrame(happened, schema=EVENTS, orient="row"),
    }


def _names(members: pl.DataFrame) -> pl.DataFrame:
    leader = (
        members.group_by("stage", "community", "country")
        .agg(pl.col("value_kusd").sum())
        .sort(["value_kusd", "country"], descending=[True, False])
        .group_by("stage", "community", maintain_order=True)
        .agg(pl.col("country").first().alias("name"))
    )
    return (
        members.group_by("stage", "community")
        .agg(
            pl.col("year").min().alias("first_year"),
            pl.col("year").max().alias("last_year"),
            pl.col("year").n_unique().cast(pl.Int32).alias("years"),
            pl.col("value_kusd").sum(),
        )
        .join(leader, on=["stage", "community"])
        .sort("stage", "community")
        .with_columns(pl.int_range(1, pl.len() + 1).over("stage", "name").alias("place"))
        .select(
            "stage",
            "community",
            pl.when(pl.col("place") == 1)
            .then(pl.col("name"))
            .otherwise(pl.format("{} {}", "name", "place"))
            .alias("name"),
            "first_year",
            "last_year",
            "years",
            "value_kusd",
        )
    )
