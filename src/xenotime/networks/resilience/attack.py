"""What is left of a network as countries drop out of it, deliberately or at random (Albert, Jeong, Barabási 2000).

Countries are taken out one after another: at random, or the most important first, by an order fixed at the start or
computed anew after each. The largest component is the weakly connected one (goods may have gone either way); efficiency
follows the direction of goods. Both are over all N countries that had a tie at the start, so what is taken out counts
as lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError, generator
from xenotime.networks.cube import enough, names_of
from xenotime.networks.layers import Bools, Floats, Ints, Layer, columns, layers, links

Score = Callable[[Bools, Floats], Floats]


def degree(ties: Bools, flow: Floats) -> Floats:
    """k_i^out + k_i^in."""
    found: Floats = (ties.sum(axis=0) + ties.sum(axis=1)).astype(float)
    return found


def strength(ties: Bools, flow: Floats) -> Floats:
    """Value of all ties of a country, in and out."""
    value = flow * ties
    found: Floats = value.sum(axis=0) + value.sum(axis=1)
    return found


def betweenness(ties: Bools, flow: Floats) -> Floats:
    """Σ σ_st(i) / σ_st over pairs of others."""
    from xenotime.networks.indicators import kernels

    found: Floats = kernels.betweenness(*links(ties))
    return found


@dataclass(frozen=True)
class Strategy:
    """In which order countries are taken out.

    Attributes
    ----------
    score : callable or None
        ``score(ties, flow)``: the greatest goes first; equals by strength, by all trade, by label. None is at random.
    anew : bool
        Scored again on what is left after each removal.
    """

    title: str
    score: Score | None
    anew: bool = False


STRATEGIES: dict[str, Strategy] = {
    "random": Strategy("at random", None),
    "degree": Strategy("most ties first", degree),
    "strength": Strategy("most trade first", strength),
    "betweenness": Strategy("most between others first", betweenness),
    "degree_recomputed": Strategy("most ties left first", degree, anew=True),
    "strength_recomputed": Strategy("most trade left first", strength, anew=True),
    "betweenness_recomputed": Strategy("most between those left first", betweenness, anew=True),
}


def _ranked(strategy: Strategy, ties: Bools, flow: Floats) -> tuple[Floats, Floats]:
    """Return score and strength, rounded so that the order of a sum does not decide between equals."""
    assert strategy.score is not None
    score, size = strategy.score(ties, flow), strength(ties, flow)
    rounded = [np.round(one / max(one.max(initial=0.0), 1e-300), 10) for one in (score, size)]
    return rounded[0], rounded[1]


def order_of(strategy: Strategy, ties: Bools, flow: Floats) -> Ints:
    """Return the countries in the order of their removal, shape (n,): equal scores by strength, then by all trade."""
    trade = flow.sum(axis=0) + flow.sum(axis=1)
    if not strategy.anew:
        score, size = _ranked(strategy, ties, flow)
        return np.lexsort((-trade, -size, -score))
    n = len(ties)
    left, order = np.ones(n, dtype=bool), np.empty(n, dtype=np.int64)
    ties = ties.copy()
    for step in range(n):
        score, size = _ranked(strategy, ties, flow)
        score[~left] = -1.0
        order[step] = np.lexsort((-trade, -size, -score))[0]
        left[order[step]] = False
        ties[order[step]] = ties[:, order[step]] = False
    return order


def components_left(ties: Bools, order: Ints) -> Floats:
    """Return S(q), q = 0 … N: the largest component's share of all N countries after q removals."""
    from xenotime.networks.resilience import kernels

    n = len(ties)
    first, target = links(ties)
    alive = np.ones(n, dtype=bool)
    left = np.empty(n + 1)
    left[0] = kernels.largest_component(first, target, alive)
    for step, country in enumerate(order):
        alive[country] = False
        left[step + 1] = kernels.largest_component(first, target, alive)
    return left / n


def _at_points(ties: Bools, flow: Floats, order: Ints, points: Ints) -> tuple[Floats, Floats]:
    """Return efficiency, and the share of trade, among those left after `points` removals."""
    from xenotime.networks.resilience import kernels

    n = len(ties)
    first, target = links(ties)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    efficiency, trade = np.empty(len(points)), np.empty(len(points))
    for at, gone in enumerate(points):
        alive = place >= gone
        efficiency[at] = kernels.inverse_distances(first, target, alive) / max(n * (n - 1), 1)
        trade[at] = flow[np.ix_(alive, alive)].sum() / flow.sum() if flow.sum() > 0 else np.nan
    return efficiency, trade


def global_efficiency(ties: Bools) -> float:
    """Σ_{i≠j} (1 / d_ij) / N(N − 1) over the N countries with a tie (Latora, Marchiori 2001); NaN without ties."""
    from xenotime.networks.resilience import kernels

    active = ties.any(axis=0) | ties.any(axis=1)
    n = int(active.sum())
    if n < 2:
        return float("nan")
    total = kernels.inverse_distances(*links(ties[np.ix_(active, active)]), np.ones(n, dtype=bool))
    return float(total / (n * (n - 1)))


def robustness_of(ties: Bools, flow: Floats, strategy: Strategy) -> float:
    """R = (1/N) Σ_{q=1}^{N} S(q) under a static strategy; NaN without ties.

    Countries of equal score and strength go together, and S between is on a straight line, so labels do not matter.
    """
    active = ties.any(axis=0) | ties.any(axis=1)
    if not active.any():
        return float("nan")
    inside = np.ix_(active, active)
    tie, value = ties[inside], flow[inside]
    order = order_of(strategy, tie, value)
    score, size = _ranked(strategy, tie, value)
    new = (np.diff(score[order]) != 0) | (np.diff(size[order]) != 0)
    n = len(tie)
    ends = np.concatenate([[0], np.flatnonzero(new) + 1, [n]])
    return float(np.interp(np.arange(1, n + 1), ends, components_left(tie, order)[ends]).mean())


def _strategies(names: Sequence[str] | None) -> dict[str, Strategy]:
    chosen = list(STRATEGIES) if names is None else names_of(names, "strategies", "networks.attack")
    unknown = [name for name in chosen if name not in STRATEGIES]
    if unknown:
        raise InputError(
            f"no strategy {', '.join(unknown)}", where="networks.attack", remedy=f"choose among {', '.join(STRATEGIES)}"
        )
    return {name: STRATEGIES[name] for name in chosen}


def _orders(
    name: str, strategy: Strategy, layer: Layer, ties: Bools, flow: Floats, draws: int, seed: int
) -> list[Ints]:
    if strategy.score is not None:
        return [order_of(strategy, ties, flow)]
    random = generator(seed, "attack", name, layer.stage, layer.year)
    return [random.permutation(len(ties)) for _ in range(draws)]


def attack(
    trade: xr.Dataset,
    ties: xr.DataArray | None = None,
    strategies: Sequence[str] | None = None,
    points: int = 20,
    draws: int = 20,
    seed: int = 1,
) -> pl.DataFrame:
    """Take countries out of each network and measure what is left.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; the default rule without it.
    strategies : sequence of str, optional
        Names in `STRATEGIES`; all without it.
    points : int
        Into how many equal parts each curve is cut.
    draws, seed : int
        How many random orders, and the seed they come from.

    Returns
    -------
    polars.DataFrame
        `stage, year, strategy, removed, largest_component, largest_low, largest_high, efficiency, trade_left,
        robustness`; `removed` is a fraction of the N countries with a tie, the next five are what is left of the whole
        (efficiency: Latora, Marchiori 2001, Phys. Rev. Lett. 87:198701), averages over draws where the order is random,
        with the 5 % and 95 % quantiles of the component. `robustness` is R = (1/N) Σ_q S(q), the mean of the largest
        component after each removal, up to ½ (Schneider et al. 2011, PNAS 108:3838). A network without ties has no
        rows.

    Raises
    ------
    InputError
        An unknown strategy, less than one point or draw.
    """
    for count, what in ((points, "points"), (draws, "draws")):
        enough(count, 1, what, "networks.attack")
    chosen = _strategies(strategies)
    tables = []
    for layer in layers(trade, ties):
        active = layer.ties.any(axis=0) | layer.ties.any(axis=1)
        n = int(active.sum())
        if n == 0:
            continue
        inside = np.ix_(active, active)
        tie, flow = layer.ties[inside], layer.flow[inside]
        at = np.unique(np.round(np.linspace(0, n, points + 1)).astype(np.int64))
        for name, strategy in chosen.items():
            orders = _orders(name, strategy, layer, tie, flow, draws, seed)
            whole = np.stack([components_left(tie, order) for order in orders])
            efficiency, left = (
                np.stack(one) for one in zip(*[_at_points(tie, flow, order, at) for order in orders], strict=True)
            )
            tables.append(
                columns(
                    layer,
                    strategy=[name] * len(at),
                    removed=at / n,
                    largest_component=whole[:, at].mean(axis=0),
                    largest_low=np.quantile(whole[:, at], 0.05, axis=0),
                    largest_high=np.quantile(whole[:, at], 0.95, axis=0),
                    efficiency=efficiency.mean(axis=0),
                    trade_left=left.mean(axis=0),
                    robustness=np.full(len(at), whole[:, 1:].mean()),
                )
            )
    return pl.concat(tables) if tables else pl.DataFrame(schema=_SCHEMA)


_SCHEMA = {"stage": pl.String, "year": pl.Int16, "strategy": pl.String} | dict.fromkeys(
    (
        "removed", "largest_component", "largest_low", "largest_high", "efficiency", "trade_left", "robustness",
    ),
    pl.Float64,
)  # fmt: skip
