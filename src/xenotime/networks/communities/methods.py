"""Ways to find communities, listed in `COMMUNITY_METHODS`: each a quality function and the search for its best."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xenotime.networks.communities.arrays import neighbours
from xenotime.networks.communities.quality import constant_potts, modularity, trades

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Method:
    """One definition of a community.

    Attributes
    ----------
    formula, paper : str
        The quality function in the symbols of docs/communities.md, and where it comes from.
    search : callable
        ``search(weight, resolution, seeds) -> labels``: `weight` (n, n) of countries that all trade, labels int64
        (seeds, n).
    quality : callable
        ``quality(weight, labels, resolution) -> values``: `weight` (n, n), labels (partitions, n), values
        (partitions,), greater is better.
    coupling : float
        What `communities` takes for ω unless told: see docs/communities.md for how it was chosen.
    null : callable or None
        ``null(share) -> (p, q)``, each (n,): the expected flow is γ p_i q_j, of `share` = weight / W. None where the
        method has no such form; then it has neither resolution nor coupling of years.
    """

    name: str
    title: str
    formula: str
    paper: str
    search: Callable[[Floats, float, Ints], Ints]
    quality: Callable[[Floats, Ints, float], Floats]
    coupling: float
    null: Callable[[Floats], tuple[Floats, Floats]] | None


def strengths(share: Floats) -> tuple[Floats, Floats]:
    """Return exports and imports as shares of world trade: the expectation of modularity."""
    return share.sum(axis=1), share.sum(axis=0)


def even(share: Floats) -> tuple[Floats, Floats]:
    """Return the same for every pair: the expectation of the constant Potts model, with a mean flow of 1 / W."""
    n = len(share)
    same = np.full(n, 1 / np.sqrt(max(n * (n - 1), 1)))
    return same, same


def _leiden(null: Callable[[Floats], tuple[Floats, Floats]]) -> Callable[[Floats, float, Ints], Ints]:
    def search(weight: Floats, resolution: float, seeds: Ints) -> Ints:
        from xenotime.networks.communities.leiden import leiden

        share = weight / weight.sum()
        p, q = null(share)
        year = np.zeros(len(p), dtype=np.int64)
        found: Ints = leiden(*neighbours(share + share.T), p, q, year, 1, float(resolution), seeds, np.arange(len(p)))
        return found

    return search


def _flow(weight: Floats, resolution: float, seeds: Ints) -> Ints:
    from xenotime.networks.communities.map_equation import flow_communities, link_flow

    flow = link_flow(weight)
    flow[np.eye(len(flow), dtype=bool)] = 0.0
    first, target, _ = neighbours(flow + flow.T)
    i = np.repeat(np.arange(len(flow)), np.diff(first))
    found: Ints = flow_communities(first, target, flow[i, target], flow[target, i], flow.sum(axis=0), seeds)
    return found


def _shortness(weight: Floats, labels: Ints, resolution: float) -> Floats:
    from xenotime.networks.communities.map_equation import codelength, link_flow

    flow = link_flow(weight)
    return np.array([-codelength(flow, label) for label in labels])


def _each(quality: Callable[[Floats, Ints, float], float]) -> Callable[[Floats, Ints, float], Floats]:
    return lambda weight, labels, resolution: np.array([quality(weight, label, resolution) for label in labels])


def coupled(
    weights: Floats,
    null: Callable[[Floats], tuple[Floats, Floats]],
    resolution: float,
    coupling: float,
    seeds: Ints,
) -> Ints:
    """Return labels (seeds, years, n) of all years at once, −1 where a country does not trade.

    Multislice communities (Mucha et al. 2010): each year's trade is a share of that year's total, and staying in the
    same community from one year to the next is worth `coupling` times the country's turnover share, the lesser of the
    two years, so that large and small countries are held alike.

    Parameters
    ----------
    weights : ndarray, shape (years, n, n)
        Years in order; some may be empty.
    null : callable
        Of a `Method`.
    resolution, coupling : float
        γ and ω.
    seeds : ndarray of int64
    """
    from xenotime.networks.communities.leiden import leiden

    here = trades(weights)
    years, n = here.shape
    number = np.full((years, n), -1)
    number[here] = np.arange(here.sum())
    rows, columns, values = [], [], []
    p, q, turnover = np.zeros(here.sum()), np.zeros(here.sum()), np.zeros((years, n))
    for t in np.flatnonzero(here.any(axis=1)):
        at = np.flatnonzero(here[t])
        share = weights[t][np.ix_(at, at)] / weights[t].sum()
        p[number[t, at]], q[number[t, at]] = null(share)
        turnover[t, at] = share.sum(axis=0) + share.sum(axis=1)
        i, j = np.nonzero(share + share.T)
        rows.append(number[t, at[i]])
        columns.append(number[t, at[j]])
        values.append((share + share.T)[i, j])
    for now, then in zip(range(years), range(1, years), strict=False):
        both = np.flatnonzero(here[now] & here[then])
        a, b = number[now, both], number[then, both]
        rows += [a, b]
        columns += [b, a]
        values += [coupling * np.minimum(turnover[now, both], turnover[then, both])] * 2
    source, target, value = np.concatenate(rows), np.concatenate(columns), np.concatenate(values)
    order = np.lexsort((target, source))
    source, target, value = source[order], target[order], value[order]
    keep = (source != target) & (value > 0)
    source, target, value = source[keep], target[keep], value[keep]
    first = np.searchsorted(source, np.arange(len(p) + 1))
    year = np.nonzero(here)[0]
    found = leiden(first, target, value, p, q, year, years, float(resolution), seeds, np.arange(len(p)))
    labels = np.full((len(seeds), years, n), -1)
    labels[:, here] = found
    return labels


_METHODS = (
    Method(
        "modularity",
        "modularity",
        "Σ_ij [w_ij / W − γ s_i^out s_j^in / W²] δ(c_i, c_j)",
        "Leicht, Newman (2008), Phys. Rev. Lett. 100:118703; search: Traag, Waltman, van Eck (2019), Sci. Rep. 9:5233",
        _leiden(strengths),
        _each(modularity),
        0.2,
        strengths,
    ),
    Method(
        "constant_potts",
        "constant Potts model",
        "Σ_{i≠j} [w_ij / W − γ / (n (n − 1))] δ(c_i, c_j)",
        "Traag, Van Dooren, Nesterov (2011), Phys. Rev. E 84:016114",
        _leiden(even),
        _each(constant_potts),
        0.2,
        even,
    ),
    Method(
        "flow",
        "map equation",
        "−L(M), L(M) = q H(Q) + Σ_m p_m H(P_m): bits a step to describe a walk along trade in two levels",
        "Rosvall, Bergstrom (2008), PNAS 105:1118",
        _flow,
        _shortness,
        0.0,
        None,
    ),
)

COMMUNITY_METHODS: Mapping[str, Method] = {method.name: method for method in _METHODS}
