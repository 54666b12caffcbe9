"""Paths across stages: whose oxide stands in whose magnets.

Customs data do not link what a country buys at one stage to what it sells at the next. The plainest link: what country
b disposes of at the first stage, T_b = max(imports, exports), is one pool, of which a holds w1_ab / T_b and b itself
(T_b − imports) / T_b; and all that b sells at the second stage is made from that pool. So the path a → b → c carries
(w1_ab / T_b) w2_bc: the value of c's imports from b that hangs on a. It is a value at risk, not the value of a's oxide
in the magnet. A country's own first-stage goods that it uses at home are in no trade table, so the share of its foreign
suppliers is an upper bound.
"""

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.cube import sound
from xenotime.networks.layers import Floats, Layer, columns, layers
from xenotime.networks.mediation.tracing import dispositions


def suppliers_in_pool(flow: Floats) -> Floats:
    """Return the share of supplier a (row) in what b (column) disposes of, b itself on the diagonal, shape (n, n).

    Columns sum to 1, or to 0 where b neither buys nor sells.
    """
    disposed, made, _ = dispositions(flow)
    held = flow + np.diag(made)
    found: Floats = np.divide(held, disposed, out=np.zeros_like(held), where=disposed > 0)
    return found


def _pairs_of_stages(trade: xr.Dataset, first: str, second: str) -> list[tuple[Layer, Layer]]:
    trade = sound(trade)
    held = [str(stage) for stage in trade["stage"].values]
    absent = [stage for stage in (first, second) if stage not in held]
    if absent or first == second:
        raise InputError(
            f"no stage {', '.join(absent)}" if absent else f"both stages are {first}",
            where="networks.mediation",
            remedy=f"name two of {', '.join(held)}, the earlier one first",
        )
    by_stage = {stage: list(layers(trade.sel(stage=[stage]))) for stage in (first, second)}
    return list(zip(by_stage[first], by_stage[second], strict=True))


def stage_origins(trade: xr.Dataset, first: str, second: str) -> pl.DataFrame:
    """Say how much of each country's imports at the second stage hangs on each supplier of the first.

    Returns
    -------
    polars.DataFrame
        `year, stage_from, stage_to, origin, user, value_kusd, share`, the share of the user's second-stage imports.
        `origin` is null where the maker trades nothing at the first stage, so that nobody knows.

    Raises
    ------
    InputError
        A stage that the cube does not hold.
    """
    tables = []
    for before, after in _pairs_of_stages(trade, first, second):
        pool = suppliers_in_pool(before.flow)
        known = pool @ after.flow
        unknown = after.flow.sum(axis=0) - known.sum(axis=0)
        value = np.vstack([known, np.where(unknown > 1e-9 * after.flow.sum(), unknown, 0.0)])
        a, c = np.nonzero(value)
        names = np.array([*after.countries, None], dtype=object)
        tables.append(
            columns(
                after,
                origin=pl.Series(names[a].tolist(), dtype=pl.String),
                user=after.countries[c].tolist(),
                value_kusd=value[a, c],
                share=value[a, c] / after.flow.sum(axis=0)[c],
            )
        )
    return _named(pl.concat(tables), first, second)


def stage_paths(trade: xr.Dataset, first: str, second: str, origin: str) -> pl.DataFrame:
    """List the paths from one supplier of the first stage, by the makers that carry its goods into the second.

    Returns
    -------
    polars.DataFrame
        `year, stage_from, stage_to, origin, maker, user, value_kusd, pool_share, share`, largest first within a year:
        the value of the user's second-stage imports from the maker that hangs on the origin, the origin's share of what
        the maker disposes of at the first stage, and the path's share of all the user's second-stage imports.

    Raises
    ------
    InputError
        A stage or country that the cube does not hold.
    """
    tables = []
    for before, after in _pairs_of_stages(trade, first, second):
        pool = suppliers_in_pool(before.flow)[before.place(origin)]
        value = pool[:, None] * after.flow
        b, c = np.nonzero(value)
        tables.append(
            columns(
                after,
                origin=[origin] * len(b),
                maker=after.countries[b].tolist(),
                user=after.countries[c].tolist(),
                value_kusd=value[b, c],
                pool_share=pool[b],
                share=value[b, c] / after.flow.sum(axis=0)[c],
            )
        )
    found = pl.concat(tables).sort(["year", "value_kusd"], descending=[False, True], maintain_order=True)
    return _named(found, first, second)


def _named(frame: pl.DataFrame, first: str, second: str) -> pl.DataFrame:
    return frame.select(
        "year", pl.lit(first).alias("stage_from"), pl.lit(second).alias("stage_to"), pl.exclude("year", "stage")
    )
