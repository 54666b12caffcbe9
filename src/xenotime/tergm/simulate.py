"""Networks drawn from a model: one step ahead of every year, or along a path of years.

One step ahead, a year's network is drawn given the *observed* past: what goodness of fit compares with. Along a path,
each year is drawn given the years drawn before it: what "in the long run" means. Every year is sampled by several
chains, thinned by the number of ties (on average each tie has been proposed some times between two draws), and the
effective number of draws is reported. The same seed gives the same numbers on any number of workers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.checks import whole_number
from xenotime.tergm.diagnostics import effective_size
from xenotime.tergm.labels import listing, listing_span
from xenotime.tergm.model import Model, model_of
from xenotime.tergm.panel import Panel
from xenotime.tergm.sampler import Aim, Chain, Kind, in_threads, year_sampler

#: Proposals between two draws, and before the first, for each tie of the network.
THIN, BURN = 10, 40
CHAINS = 4


@dataclass(frozen=True)
class Draws:
    """Networks drawn one step ahead of one year.

    Attributes
    ----------
    year : int
    present : (m,) int
        Places in ``panel.nodes`` of the nodes that exist.
    networks : (draws, m, m) uint8
        Dyads that do not count are as observed. Undirected: symmetric.
    statistics : (draws, p) float64
        In the order of ``model.names``.
    effective : (p,) float64
        Effective number of draws for each statistic (of `draws`).
    """

    year: int
    present: np.ndarray
    networks: np.ndarray
    statistics: np.ndarray
    effective: np.ndarray


@dataclass(frozen=True)
class Paths:
    """Networks drawn along a path of years, each given the ones before.

    Attributes
    ----------
    years : tuple of int
    nodes : tuple of str
    networks : (draws, years, n, n) uint8
    statistics : (draws, years, p) float64
    names : tuple of str
    """

    years: tuple[int, ...]
    nodes: tuple[str, ...]
    networks: np.ndarray
    statistics: np.ndarray
    names: tuple[str, ...]


def pace(ties: int, dyads: int) -> int:
    """Return the number that proposals are counted by: ties, but no fewer than the square root of the dyads."""
    return max(16, min(ties, dyads - ties), int(np.sqrt(dyads)))


def simulate_step(
    model: Model,
    theta: np.ndarray,
    step: int,
    draws: int = 100,
    seed: int = 1,
    *,
    chains: int = CHAINS,
    interval: int | None = None,
    burn: int | None = None,
    proposal: Kind = "weighted",
) -> Draws:
    """Draw networks of one year given the observed past.

    Parameters
    ----------
    model : Model
    theta : (p,) array
        Coefficients of all columns, offsets included (``fit.estimates``).
    step : int
        Step of the panel, from 0; one of ``model.steps``.
    draws : int
    seed : int
    chains : int
        Walks that share the draws, each from the observed network on.
    interval, burn : int, optional
        Proposals between two draws and before the first; `THIN` and `BURN` for each tie if absent.
    proposal : {"weighted", "tnt", "uniform"}
    """
    whole_number(draws, "draws", 1)
    values = check_theta(model, theta)
    sampler = year_sampler(model, values, step)
    aim = sampler.aim(values, proposal)
    unit = pace(sampler.ties, int(sampler.free.sum()))
    networks, statistics, parts = [], [], []
    for number in range(chains):
        share = len(range(number, draws, chains))
        if not share:
            continue
        chain = sampler.chain(seed, "one step ahead", step, number)
        _settle(chain, aim, burn)
        drawn, seen, _ = chain.draw(aim, share, THIN * unit if interval is None else interval, networks=True)
        networks.append(seen)
        statistics.append(drawn)
        parts.append(len(drawn))
    shortest = min(parts)
    together = np.array([drawn[:shortest] for drawn in statistics])
    effective = np.minimum(draws, effective_size(together) * draws / (shortest * len(parts)))
    year = model.panel.slice(step)
    return Draws(year.year, year.present, np.concatenate(networks), np.concatenate(statistics), effective)


def _settle(chain: Chain, aim: Aim, burn: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Walk away from the start, longer where the network has grown; return statistics and network, each once."""
    free = chain.sampler.free
    if burn is None:
        chain.draw(aim, 1, BURN * pace(chain.sampler.ties, int(free.sum())) // 2)
        burn = BURN * pace(int(chain.bound.ties()[free].sum()), int(free.sum()))
    drawn, seen, _ = chain.draw(aim, 1, burn, networks=True)
    return drawn, seen


def simulate_steps(
    model: Model,
    theta: np.ndarray,
    draws: int = 100,
    seed: int = 1,
    *,
    chains: int = CHAINS,
    interval: int | None = None,
    burn: int | None = None,
    proposal: Kind = "weighted",
    workers: int | None = None,
) -> tuple[Draws, ...]:
    """Draw networks one step ahead of every modelled year; see `simulate_step`. Years run in threads."""
    return tuple(
        in_threads(
            lambda step: simulate_step(
                model, theta, step, draws, seed, chains=chains, interval=interval, burn=burn, proposal=proposal
            ),
            model.steps,
            workers,
        )
    )


def simulate_path(
    model: Model,
    theta: np.ndarray,
    steps: range,
    draws: int = 100,
    seed: int = 1,
    *,
    burn: int | None = None,
    proposal: Kind = "weighted",
    workers: int | None = None,
) -> Paths:
    """Draw networks along a path of years: each given what was drawn for the years before it.

    Parameters
    ----------
    model : Model
        Its panel must hold the covariates of all `steps`; ties of those years are not read, only who exists and what
        is at risk. Years before ``steps[0]`` are as observed, the unknown read as no tie.
    theta : (p,) array
    steps : range
        Steps of the panel, one after the other, from 0.
    draws, seed
        As in `simulate_step`.
    burn : int, optional
        Proposals a year; `BURN` for each tie if absent.
    proposal : {"weighted", "tnt", "uniform"}
    workers : int, optional
        Threads; all cores if absent.
    """
    whole_number(draws, "draws", 1)
    values = check_theta(model, theta)
    years, outside = model.panel.years, [step for step in steps if step not in model.steps]
    if outside or not len(steps):
        named = [years[step] if 0 <= step < len(years) else f"step {step}" for step in outside]
        raise InputError(
            f"{listing(named) or 'no year'} cannot be simulated: no dyad counts there, or the model reads years before "
            "the panel's first",
            remedy=f"years of the model: {listing_span(model.years)}",
        )
    plain = np.nan_to_num(model.panel.ties)

    def one(number: int) -> tuple[np.ndarray, np.ndarray]:
        ties = plain.copy()
        networks = np.zeros((len(steps), model.panel.n, model.panel.n), np.uint8)
        statistics = np.empty((len(steps), len(model.names)))
        for place, step in enumerate(steps):
            # The years from here on are not read; the copy keeps what was drawn apart from other draws.
            given = replace(model, panel=replace(model.panel, ties=ties))
            inside = np.ix_(given.panel.exists[step], given.panel.exists[step])
            ties[step] = 0.0
            before = ties[step - 1] if step else ties[step]
            start = np.where(model.panel.risk[step], before, 0.0)[inside]
            sampler = year_sampler(given, values, step, start=start)
            chain = sampler.chain(seed, "path", number, step)
            drawn, seen = _settle(chain, sampler.aim(values, proposal), burn)
            ties[step][inside] = seen[0]
            networks[place][inside] = seen[0]
            statistics[place] = drawn[0]
        return networks, statistics

    found = in_threads(one, range(draws), workers)
    return Paths(
        tuple(model.panel.years[step] for step in steps),
        model.panel.nodes,
        np.array([networks for networks, _ in found]),
        np.array([statistics for _, statistics in found]),
        model.names,
    )


def future(panel: Panel, years: int, covariates: Mapping[str, Any] | None = None) -> Panel:
    """Return the panel with years after its last: covariates held at their last value, or as given.

    Parameters
    ----------
    panel : Panel
    years : int
        How many to add, one apart.
    covariates : dict, optional
        By name: (n,) or (years, n) for node covariates, (n, n) or (years, n, n) for dyad covariates.

    Raises
    ------
    InputError
        Where a covariate is unknown or its shape does not fit.
    """
    whole_number(years, "horizon", 1)
    given = dict(covariates or {})
    foreign = [name for name in given if name not in {**panel.node_covariates, **panel.dyad_covariates}]
    if foreign:
        raise InputError(f"the panel has no covariate {listing(foreign)}")

    def longer(values: np.ndarray, name: str | None = None) -> np.ndarray:
        last = np.broadcast_to(values[-1], (years, *values.shape[1:]))
        added = last if name not in given else np.asarray(given[name], dtype=values.dtype)
        if added.shape not in {last.shape, last.shape[1:]}:
            raise InputError(
                f"the future of '{name}' has shape {added.shape}", remedy=f"give {last.shape[1:]} or {last.shape}"
            )
        return np.concatenate([values, np.broadcast_to(added, last.shape)])

    n = panel.n
    return replace(
        panel,
        ties=np.concatenate([np.nan_to_num(panel.ties), np.zeros((years, n, n))]),
        years=(*panel.years, *range(panel.years[-1] + 1, panel.years[-1] + 1 + years)),
        node_covariates={name: longer(values, name) for name, values in panel.node_covariates.items()},
        dyad_covariates={name: longer(values, name) for name, values in panel.dyad_covariates.items()},
        risk=longer(panel.risk),
        exists=longer(panel.exists),
        static=panel.static - given.keys(),
    )


def simulate_future(
    model: Model,
    theta: np.ndarray,
    horizon: int,
    draws: int = 100,
    seed: int = 1,
    *,
    covariates: Mapping[str, Any] | None = None,
    burn: int | None = None,
    workers: int | None = None,
) -> Paths:
    """Draw paths of the years after the panel's last; see `future` for the covariates and `simulate_path`."""
    whole_number(horizon, "horizon", 1)
    steps = model.panel.steps
    lead = max(0, *(-lag for term in model.formula for lag in term.lags))
    longer = model_of(model.formula, future(model.panel, horizon + lead, covariates))
    return simulate_path(longer, theta, range(steps, steps + horizon), draws, seed, burn=burn, workers=workers)


def check_theta(model: Model, theta: np.ndarray) -> np.ndarray:
    """Return coefficients as (p,) float64; `InputError` where they do not fit the model or are NaN."""
    values = np.asarray(theta, dtype=np.float64)
    if values.shape != (len(model.names),):
        raise InputError(
            f"{values.size} coefficients for {len(model.names)} statistics", remedy=f"order: {listing(model.names)}"
        )
    missing = [name for name, value in zip(model.names, values, strict=True) if np.isnan(value)]
    if missing:
        raise InputError(f"the coefficient of {listing(missing)} is not a number")
    return values
