"""How far a crisis in one country spreads along trade, within a stage and down the chain.

Lee, Yang, Kim, Lee, Goh, Kim (2011), PLoS ONE 6:e18443: a country collapses and its links, in and out, shrink by the
factor 1 − f. Another collapses when what it has lost in imports, or in exports, is more than t times its capacity C_i,
and so on, in rounds. With one f and one t for all, only t / f matters. They take GDP as capacity; for one product that
needs a t of its own size, so without a capacity the country's own trade at the stage is taken, s_i^out + s_i^in.

Across stages (in the spirit of Lee, Goh 2016, Sci. Rep. 6:26346, where layers of trade fail together): a country that
loses more than a share of what it disposes of at one stage, T_i = max(imports, exports), collapses as a maker at the
next. What a country makes itself counts in T_i as far as it exports it; what it makes and uses at home is in no trade
table, so makers with mines of their own look more fragile than they are.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.networks.cube import names_of, sound
from xenotime.networks.layers import ByCountry, Floats, Ints, Layer, by_country, columns, layers
from xenotime.networks.mediation.tracing import dispositions

# Rounding must not fell a country that loses just its limit.
_ROUNDING = 1 + 1e-9

#: Capacity C_i: one table for all years, or one a year.
Capacity = ByCountry | pl.DataFrame


def capacity_of(layer: Layer, capacity: Capacity | None) -> Floats:
    """Return C_i in thousand USD, shape (n,); infinite (never collapses) where it is not known, with a DataWarning."""
    if capacity is None:
        return np.asarray(layer.flow.sum(axis=0) + layer.flow.sum(axis=1), dtype=float)
    if isinstance(capacity, pl.DataFrame):
        if not {"year", "country", "capacity_kusd"} <= set(capacity.columns):
            raise InputError(
                f"capacity has the columns {', '.join(capacity.columns)}",
                where="networks.crisis, capacity",
                remedy="give year, country and capacity_kusd; GDP in USD is divided by 1000",
            )
        rows = capacity.filter(pl.col("year") == layer.year).select("country", "capacity_kusd").drop_nulls()
        capacity = dict(rows.rows())
    found = by_country(layer, capacity, f"capacity in {layer.year}")
    trades = layer.flow.any(axis=0) | layer.flow.any(axis=1)
    spared = layer.countries[np.isnan(found) & trades]
    if len(spared):
        warnings.warn(
            f"Stage {layer.stage}, {layer.year}: {len(spared)} of {int(trades.sum())} countries that trade have no "
            f"capacity and are taken never to collapse: {', '.join(map(str, spared[:12]))}"
            f"{', …' if len(spared) > 12 else ''}. Remedy: give every country's, or leave capacity out.",
            DataWarning,
            stacklevel=3,
        )
    return np.where(np.isnan(found), np.inf, found)


def _checked(cut: float, **thresholds: float) -> None:
    if not 0 < cut <= 1 or not all(value >= 0 for value in thresholds.values()):
        said = ", ".join(f"{name} = {value!r}" for name, value in thresholds.items())
        raise InputError(
            f"cut = {cut!r} must be in 0 … 1, {said} not negative",
            where="networks.crisis",
            remedy="all are fractions: 0.5 is 50 %",
        )


def collapses(flow: Floats, limit: Floats, inputs: Floats, cut: float, stage: int, seed: int) -> Ints:
    """Return the round in which each country collapses at each stage, shape (stages, n); −1 where it stands."""
    from xenotime.networks.resilience import kernels

    found: Ints = kernels.crisis(flow, limit * _ROUNDING, inputs * _ROUNDING, cut, stage, seed)
    return found


def crisis_reach(flow: Floats, cut: float = 1.0, threshold: float = 0.3) -> Floats:
    """Return the share of the other trading countries that collapse after each, capacity its own trade, shape (n,).

    NaN for a country that trades nothing, or alone.
    """
    limit = threshold * (flow.sum(axis=0) + flow.sum(axis=1))[None]
    seeds = np.flatnonzero(limit[0] > 0)
    reach = np.full(len(flow), np.nan)
    for seed in seeds:
        when = collapses(flow[None], limit, np.full_like(limit, np.inf), cut, 0, int(seed))[0]
        reach[seed] = (when > 0).sum() / (len(seeds) - 1)
    return reach


def _lost(flow: Floats, fallen: Any, cut: float) -> float:
    """Return the share of a stage's trade that is gone: links with an end that fell shrink once."""
    whole = flow.sum()
    hit = fallen[:, None] | fallen[None, :]
    return min(float(cut * flow[hit].sum() / whole), 1.0) if whole > 0 else float("nan")


def crisis(
    trade: xr.Dataset,
    cut: float = 1.0,
    threshold: float = 0.3,
    capacity: Capacity | None = None,
) -> pl.DataFrame:
    """Let each country collapse in turn, at each stage by itself, and see how far it spreads.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`. All of its trade is used, whether a tie or not.
    cut : float
        f: what part of its trade a collapsed country loses.
    threshold : float
        t: another collapses when it has lost more than t times its capacity in imports, or in exports.
    capacity : mapping or polars.DataFrame, optional
        C_i in thousand USD by country, or a table `year, country, capacity_kusd`; countries left out never collapse
        (a DataWarning says which).
        Without it, the country's own trade at the stage.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, avalanche, rounds, lost_share, capacity`, one row a country that trades at the stage:
        how many others collapse, in how many rounds, what share of the stage's trade is gone, and what the capacity
        was ("given" or "own trade").

    Raises
    ------
    InputError
        `cut` outside 0 … 1, a negative threshold or capacity.
    """
    _checked(cut, threshold=threshold)
    tables = []
    for layer in layers(trade):
        limit = threshold * capacity_of(layer, capacity)[None]
        never = np.full_like(limit, np.inf)
        seeds = np.flatnonzero(layer.flow.any(axis=0) | layer.flow.any(axis=1))
        when = [collapses(layer.flow[None], limit, never, cut, 0, int(seed))[0] for seed in seeds]
        tables.append(
            columns(
                layer,
                country=pl.Series(layer.countries[seeds].tolist(), dtype=pl.String),
                avalanche=pl.Series([int((one > 0).sum()) for one in when], dtype=pl.Int64),
                rounds=pl.Series([int(one.max()) for one in when], dtype=pl.Int64),
                lost_share=pl.Series([_lost(layer.flow, one >= 0, cut) for one in when], dtype=pl.Float64),
            ).with_columns(capacity=pl.lit("own trade" if capacity is None else "given"))
        )
    return pl.concat(tables)


def crisis_path(
    trade: xr.Dataset, seed: str, cut: float = 1.0, threshold: float = 0.3, capacity: Capacity | None = None
) -> pl.DataFrame:
    """List who collapses when, after one country does; parameters as `crisis`.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, round`, in the order of collapse, the seed in round 0.
    """
    _checked(cut, threshold=threshold)
    tables = []
    for layer in layers(trade):
        limit = threshold * capacity_of(layer, capacity)[None]
        when = collapses(layer.flow[None], limit, np.full_like(limit, np.inf), cut, 0, layer.place(seed))[0]
        tables.append(_in_order(layer, when))
    return pl.concat(tables)


def _in_order(layer: Layer, when: Ints) -> pl.DataFrame:
    order = np.lexsort((np.arange(len(when)), when))
    order = order[when[order] >= 0]
    return columns(layer, country=layer.countries[order].tolist(), round=when[order])


def chain_crisis(
    trade: xr.Dataset,
    stage: str,
    seeds: Sequence[str] | None = None,
    cut: float = 1.0,
    threshold: float = 0.3,
    input_threshold: float = 0.5,
    capacity: Mapping[str, Capacity] | None = None,
) -> pl.DataFrame:
    """Let a country collapse at one stage, and follow the crisis through that stage and down to the later ones.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`, its stages in the order of the chain. A cube of one stage is `crisis`.
    stage : str
        Where it begins.
    seeds : sequence of str, optional
        The countries to let collapse, each by itself; all that trade at the stage without it.
    cut, threshold
        As in `crisis`, at every stage.
    input_threshold : float
        A country collapses at the next stage when it has lost more than this share of what it disposes of at this one.
    capacity : mapping of stage to capacity, optional
        As in `crisis`, by stage; a stage left out takes the country's own trade.

    Returns
    -------
    polars.DataFrame
        `stage, year, country, seed_stage, collapsed, first_round, lost_share, capacity`: one row a seed (`country`) and
        stage from `seed_stage` on: how many others collapse there, in which round the first does (null if none), what
        share of that stage's trade is gone, and what the capacity was there ("given" or "own trade").

    Raises
    ------
    InputError
        A stage or country that the cube does not hold, a parameter out of range.
    """
    _checked(cut, threshold=threshold, input_threshold=input_threshold)
    trade = sound(trade)
    names = [str(one) for one in trade["stage"].values]
    if stage not in names:
        raise InputError(f"no stage {stage!r}", where="networks.chain_crisis", remedy=f"one of {', '.join(names)}")
    start = names.index(stage)
    seeds = None if seeds is None else names_of(seeds, "seeds", "networks.chain_crisis")
    rows: list[dict[str, Any]] = []
    for year in trade["year"].values:
        levels = list(layers(trade.sel(year=[year])))[start:]
        flow = np.stack([level.flow for level in levels])
        odd = sorted(set(capacity or {}) - {level.stage for level in levels})
        if odd:
            raise InputError(
                f"capacity is given for {', '.join(odd)}, which is no stage of the cube",
                where="networks.chain_crisis, capacity",
                remedy=f"one capacity a stage: {', '.join(level.stage for level in levels)}",
            )
        given = [(capacity or {}).get(level.stage) for level in levels]
        limit = threshold * np.stack([capacity_of(*one) for one in zip(levels, given, strict=True)])
        inputs = input_threshold * np.stack([dispositions(one)[0] for one in flow])
        begin = levels[0]
        active = np.flatnonzero(begin.flow.any(axis=0) | begin.flow.any(axis=1))
        places = active if seeds is None else [begin.place(country) for country in seeds]
        for seed in places:
            when = collapses(flow, limit, inputs, cut, 0, int(seed))
            for level, one in zip(levels, when, strict=True):
                others = one[one > 0]
                rows.append(
                    {
                        "stage": level.stage,
                        "year": level.year,
                        "country": str(level.countries[seed]),
                        "seed_stage": stage,
                        "collapsed": len(others),
                        "first_round": int(others.min()) if len(others) else None,
                        "lost_share": _lost(level.flow, one >= 0, cut),
                        "capacity": "own trade" if (capacity or {}).get(level.stage) is None else "given",
                    }
                )
    schema = {
        "stage": pl.String, "year": pl.Int16, "country": pl.String, "seed_stage": pl.String, "collapsed": pl.Int64,
        "first_round": pl.Int64, "lost_share": pl.Float64, "capacity": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, infer_schema_length=None).with_columns(pl.col("lost_share").fill_nan(None))
