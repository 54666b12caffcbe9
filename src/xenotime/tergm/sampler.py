"""Metropolis sampling of one year of a model, conditional on the past: what is free, how to propose, chains.

`YearSampler` splits the formula into dyad-independent terms, computed once, and the others, called at each proposal
(`chains.py`). Dyads that do not count (missing, structural zeros, ends that do not exist at some lag) stay as they are;
a coefficient of ±∞ fixes the dyads it touches. `Chain` is one walk with a network and random numbers of its own; it may
be continued, under other coefficients too.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from xenotime.core import InputError, generator
from xenotime.tergm.chains import Proposal, alias_tables, sample
from xenotime.tergm.design import check_finite
from xenotime.tergm.labels import listing
from xenotime.tergm.model import Model
from xenotime.tergm.state import Bound, bind, change_rows

Kind = Literal["weighted", "tnt", "uniform"]
#: Share of "weighted" proposals that are drawn evenly, so that no dyad is forgotten.
EVEN = 0.1
Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None) -> list[Result]:
    """Do the work on each item in threads (compiled loops release the GIL); results in the order of the items."""
    count = workers or os.cpu_count() or 1
    # BLAS's own threads, beside other busy ones, spin more than they work.
    with threadpool_limits(1, "blas"):
        if count == 1:
            return [work(item) for item in items]
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(work, items))


@dataclass(frozen=True)
class YearSampler:
    """One year of a model, ready to be sampled at any coefficients with the same infinite ones.

    Attributes
    ----------
    model : Model
    step : int
        Step of the panel, from 0.
    start : (m, m) uint8
        Network to start from; dyads that are not free keep its value.
    free : (m, m) bool
        Dyads that may change (undirected: i < j).
    infinite : (p,) bool
        Columns with a coefficient of ±∞, no part of the log-odds.
    """

    model: Model
    step: int
    start: np.ndarray
    free: np.ndarray
    infinite: np.ndarray

    @cached_property
    def dependent(self) -> Bound:
        """The terms that depend on other ties, bound to the start."""
        terms = tuple(term for term in self.model.formula if not term.dyad_independent)
        return bind(terms, self.model.panel.slice(self.step), ties=self.start)

    @cached_property
    def rows(self) -> np.ndarray:
        """Change statistics of the dyad-independent columns, (n·n, q) by code, or (1, q) where all dyads are alike."""
        return _independent_rows(self.model, self.step, self.free)

    @cached_property
    def order(self) -> np.ndarray:
        """Columns of the formula in the order the sampler keeps them: dependent, then independent."""
        flags = self.model.independent
        return np.concatenate([np.flatnonzero(~flags), np.flatnonzero(flags)])

    @cached_property
    def at_start(self) -> np.ndarray:
        """Statistics of the start, (p,), in formula order."""
        return self.model.statistic(self.step, self.start)

    @property
    def ties(self) -> int:
        """Number of free ties at the start."""
        return int(self.start[self.free].sum())

    def aim(self, theta: np.ndarray, kind: Kind = "weighted") -> "Aim":
        """Return what a chain needs to sample at these coefficients, (p,)."""
        finite = np.where(self.infinite, 0.0, theta)
        if not np.isfinite(finite).all():
            wrong = [self.model.names[k] for k in np.flatnonzero(~np.isfinite(finite))]
            raise InputError(f"the coefficient of {listing(wrong)} is not a finite number")
        r = int((~self.model.independent).sum())
        base = self.rows @ finite[self.order[r:]]
        return Aim(finite[self.order[:r]], base, self._propose(base, kind))

    def _propose(self, base: np.ndarray, kind: Kind) -> Proposal:
        n = len(self.start)
        free = self.free.ravel()
        codes = np.flatnonzero(free).astype(np.int32)
        if not len(codes):
            raise InputError(f"no dyad is free in {self.model.panel.years[self.step]}", remedy="look at risk and NaN")
        share = 0.0 if kind == "uniform" else 0.5
        none, nowhere = np.empty(0), np.empty(0, np.int32)
        whole = len(codes) == n * (n - 1) // (1 if self.model.panel.directed else 2)
        stuck = int((self._listed() & ~self.free).sum())
        if kind != "weighted" or len(base) == 1:
            dyads = nowhere if whole else codes
            return Proposal(free.astype(np.uint8), dyads, none, nowhere, np.full(1, 1.0 / len(codes)), share, stuck)
        chance = _matched(base[codes], max(1, self.ties))
        chance = (1 - EVEN) * chance / chance.sum() + EVEN / len(codes)
        weight = np.zeros(n * n)
        weight[codes] = chance
        keep, alias = alias_tables(chance)
        return Proposal(free.astype(np.uint8), codes, keep, alias, weight, share, stuck)

    def _listed(self) -> np.ndarray:
        """Ties as the graph lists them: each once."""
        return np.asarray((self.start if self.model.panel.directed else np.triu(self.start)) != 0)

    def chain(self, seed: int, *labels: str | int) -> "Chain":
        """Return a chain at the start with random numbers of its own."""
        words = generator(seed, *labels).integers(1, 2**64, 4, dtype=np.uint64)
        return Chain(self, self.dependent.copy(), words, self.at_start[self.order].copy())


@dataclass(frozen=True)
class Aim:
    """Coefficients as the compiled loop wants them.

    Attributes
    ----------
    theta : (r,) float64
        Of the dependent columns.
    base : (1,) or (n·n,) float64
        Log-odds from the others.
    proposal : Proposal
    """

    theta: np.ndarray
    base: np.ndarray
    proposal: Proposal


@dataclass(frozen=True)
class Chain:
    """One walk: its network, statistics and random numbers move on with each call.

    Attributes
    ----------
    sampler : YearSampler
    bound : Bound
        The dependent terms on the chain's own network.
    words : (4,) uint64
        The random number generator.
    now : (p,) float64
        Statistics of the network as it stands, in the sampler's order.
    """

    sampler: YearSampler
    bound: Bound
    words: np.ndarray
    now: np.ndarray

    def draw(
        self, aim: Aim, samples: int, interval: int, networks: bool = False
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Walk on and look `samples` times, `interval` proposals apart.

        Returns
        -------
        (samples, p) float64
            Statistics in formula order.
        (samples or 0, m, m) uint8
            Networks, if asked for.
        float
            Share of proposals accepted.
        """
        m = len(self.sampler.start)
        drawn = np.empty((samples, len(self.now)))
        seen = np.empty((samples if networks else 0, m, m), np.uint8)
        plan = aim.proposal
        accepted = sample(
            self.bound.state, self.words, aim.theta, aim.base, self.sampler.rows, plan.free, plan.dyads, plan.keep,
            plan.alias, plan.weight, plan.share, plan.stuck, interval, self.now, drawn, seen,
        )  # fmt: skip
        ordered = np.empty_like(drawn)
        ordered[:, self.sampler.order] = drawn
        return ordered, seen, accepted / max(1, samples * interval)


def year_sampler(model: Model, theta: np.ndarray, step: int, start: np.ndarray | None = None) -> YearSampler:
    """Return the sampler of a year.

    Parameters
    ----------
    model : Model
    theta : (p,) float64
        Only its infinite coefficients matter here: the dyads they touch are set as they demand, and stay.
    step : int
    start : (m, m) array, optional
        Network to start from; the year's own if absent.
    """
    network = np.array(model.panel.slice(step).ties if start is None else start, dtype=np.uint8)
    free = model.counted(step)
    infinite = np.isinf(theta)
    if infinite.any():
        wrong = [model.names[k] for k in np.flatnonzero(infinite & ~model.independent)]
        if wrong:
            raise InputError(
                f"{listing(wrong)} depends on other ties and has an infinite coefficient: it cannot be simulated",
                remedy="give a finite coefficient, or leave the term out",
            )
        tails, heads = np.nonzero(free)
        columns = _columns(model, step, tails, heads)
        places = np.flatnonzero(model.independent)
        for column in np.flatnonzero(infinite):
            x = columns[:, np.searchsorted(places, column)]
            touched = x != 0
            network[tails[touched], heads[touched]] = x[touched] * theta[column] > 0
            free[tails[touched], heads[touched]] = False
        if not model.panel.directed:
            network = np.triu(network) | np.triu(network).T
    return YearSampler(model, step, network, free, infinite)


def _columns(model: Model, step: int, tails: np.ndarray, heads: np.ndarray) -> np.ndarray:
    terms = tuple(term for term in model.formula if term.dyad_independent)
    columns = np.empty((len(tails), int(model.independent.sum())))
    if terms:
        bound = bind(terms, model.panel.slice(step))  # named, since its tables must outlive the call
        change_rows(bound.state, tails, heads, columns)
        names = [model.names[k] for k in np.flatnonzero(model.independent)]
        check_finite(model, names, columns, step, tails, heads)
    return columns


def _independent_rows(model: Model, step: int, free: np.ndarray) -> np.ndarray:
    tails, heads = np.nonzero(free)
    columns = _columns(model, step, tails, heads)
    if not len(tails) or (columns == columns[0]).all():
        return np.ascontiguousarray(columns[:1]) if len(tails) else np.zeros((1, columns.shape[1]))
    rows = np.zeros((free.size, columns.shape[1]))
    rows[tails * free.shape[0] + heads] = columns
    return rows


def _matched(log_odds: np.ndarray, ties: float) -> np.ndarray:
    """Return probabilities of a tie with the given log-odds up to a constant that makes them sum to `ties`."""
    low, high = -50.0 - float(log_odds.max()), 50.0 - float(log_odds.min())
    target = min(ties, 0.999 * len(log_odds))
    for _ in range(60):
        middle = 0.5 * (low + high)
        total = (1.0 / (1.0 + np.exp(-np.clip(log_odds + middle, -700, 700)))).sum()
        low, high = (middle, high) if total < target else (low, middle)
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds + low, -700, 700))))
