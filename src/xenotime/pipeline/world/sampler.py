"""A small Metropolis sampler for one conditional ERGM: mutual, gwesp and a term for every dyad.

The embedded world needs ties whose law is known. This sampler draws them, and does nothing else: it knows no formula,
no years and no estimation, and it stays apart from any package that fits tie models, so that a fit checked against
these ties is not checked against itself.

The model is P(y) ∝ exp(Σ_ij η_ij y_ij + θ_m mutual(y) + θ_g gwesp(y)) over the graphs that differ only on the free
dyads. η holds everything that does not depend on other ties: edges, covariates, memory of the year before. The two
statistics are (Hunter 2007, *Social Networks* 29:216; outgoing two-paths, fixed decay α)

    mutual = Σ_{i<j} y_ij y_ji,        gwesp = Σ_{i≠j} y_ij f(s_ij),     s_ij = number of k with i→k→j,
    f(s) = e^α [1 − r^s],              r = 1 − e^−α,                     so that f(s + 1) − f(s) = r^s.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Int = NDArray[np.int64]

#: Random numbers are made for at most this many proposals at once, to bound memory.
CHUNK = 2_000_000


@njit(cache=True)
def _state(y):  # type: ignore[no-untyped-def]
    """Neighbour lists, degrees and two-path counts of a graph, kept up to date by `_toggle`."""
    n = y.shape[0]
    targets = np.zeros((n, n), np.int32)
    sources = np.zeros((n, n), np.int32)
    outdegree = np.zeros(n, np.int64)
    indegree = np.zeros(n, np.int64)
    paths = np.zeros((n, n), np.int32)
    for i in range(n):
        for j in range(n):
            if y[i, j]:
                targets[i, outdegree[i]] = j
                outdegree[i] += 1
                sources[j, indegree[j]] = i
                indegree[j] += 1
    for i in range(n):
        for a in range(outdegree[i]):
            k = targets[i, a]
            for b in range(outdegree[k]):
                if targets[k, b] != i:
                    paths[i, targets[k, b]] += 1
    return targets, sources, outdegree, indegree, paths


@njit(cache=True)
def _drop(listed, count, item):  # type: ignore[no-untyped-def]
    """Remove `item` from the first `count` entries of a list, by moving the last one into its place."""
    for a in range(count):
        if listed[a] == item:
            listed[a] = listed[count - 1]
            return


@njit(cache=True)
def _gwesp_change(i, j, y, state, scale, powers):  # type: ignore[no-untyped-def]
    """Change of gwesp when y_ij goes from 0 to 1, the other ties held."""
    targets, sources, outdegree, indegree, paths = state
    own = 1 if y[i, j] else 0  # where the tie is there already, the two-paths through it are counted in `paths`
    change = scale * (1.0 - powers[paths[i, j]])
    for a in range(outdegree[j]):
        k = targets[j, a]
        if k != i and y[i, k]:
            change += powers[paths[i, k] - own]
    for a in range(indegree[i]):
        k = sources[i, a]
        if k != j and y[k, j]:
            change += powers[paths[k, j] - own]
    return change


@njit(cache=True)
def _toggle(i, j, y, state):  # type: ignore[no-untyped-def]
    """Turn y_ij over and keep `state` true."""
    targets, sources, outdegree, indegree, paths = state
    step = -1 if y[i, j] else 1
    for a in range(outdegree[j]):
        if targets[j, a] != i:
            paths[i, targets[j, a]] += step
    for a in range(indegree[i]):
        if sources[i, a] != j:
            paths[sources[i, a], j] += step
    if step == 1:
        targets[i, outdegree[i]] = j
        sources[j, indegree[j]] = i
    else:
        _drop(targets[i], outdegree[i], j)
        _drop(sources[j], indegree[j], i)
    outdegree[i] += step
    indegree[j] += step
    y[i, j] = not y[i, j]


@njit(cache=True)
def _metropolis(y, eta, mutual, gwesp, scale, powers, senders, receivers, picks, uniforms):  # type: ignore[no-untyped-def]
    """Propose to toggle the picked free dyads in turn; `y` is changed in place."""
    state = _state(y)
    for step in range(len(picks)):
        i = senders[picks[step]]
        j = receivers[picks[step]]
        logodds = eta[i, j]
        if y[j, i]:
            logodds += mutual
        if gwesp != 0.0:
            logodds += gwesp * _gwesp_change(i, j, y, state, scale, powers)
        if y[i, j]:
            logodds = -logodds
        if logodds >= 0.0 or uniforms[step] < np.exp(logodds):
            _toggle(i, j, y, state)


@njit(cache=True)
def _change_statistics(y, scale, powers, senders, receivers):  # type: ignore[no-untyped-def]
    """Change of (mutual, gwesp) for each free dyad, 0 → 1."""
    state = _state(y)
    change = np.empty((len(senders), 2))
    for d in range(len(senders)):
        i = senders[d]
        j = receivers[d]
        change[d, 0] = 1.0 if y[j, i] else 0.0
        change[d, 1] = _gwesp_change(i, j, y, state, scale, powers)
    return change


@dataclass(frozen=True)
class TieModel:
    """One year of one stage, given the year before.

    Attributes
    ----------
    eta : ndarray (n, n) of float
        What a tie i→j adds to the log-probability by itself.
    mutual, gwesp : float
        Coefficients of the two statistics that tie dyads together.
    free : ndarray (n, n) of bool
        The risk set; other dyads stay as they are (absent).
    decay : float
        α of gwesp.
    """

    eta: Float
    mutual: float
    gwesp: float
    free: Bool
    decay: float = 0.5

    def _constants(self) -> tuple[float, Float, Int, Int]:
        senders, receivers = np.nonzero(self.free)
        powers = (1.0 - np.exp(-self.decay)) ** np.arange(len(self.eta) + 1)
        return float(np.exp(self.decay)), powers, senders, receivers

    def draw(self, start: Bool, sweeps: int, random: np.random.Generator) -> Bool:
        """Run the chain from `start` and return its last graph.

        Parameters
        ----------
        start : ndarray (n, n) of bool
        sweeps : int
            Proposals in units of the number of free dyads.
        random : numpy.random.Generator

        Returns
        -------
        ndarray (n, n) of bool
        """
        scale, powers, senders, receivers = self._constants()
        y = start.copy()
        left = sweeps * len(senders)
        while left > 0:
            size = min(left, CHUNK)
            picks = random.integers(len(senders), size=size, dtype=np.int32)
            uniforms = random.random(size)
            _metropolis(y, self.eta, self.mutual, self.gwesp, scale, powers, senders, receivers, picks, uniforms)
            left -= size
        return y

    def change_statistics(self, y: Bool) -> Float:
        """Return the changes of mutual and gwesp, y_ij 0 → 1, for the free dyads in row order: (dyads, 2)."""
        scale, powers, senders, receivers = self._constants()
        change: Float = _change_statistics(y, scale, powers, senders, receivers)
        return change

    def log_odds(self, y: Bool) -> Float:
        """Return the log-odds of each free dyad given all other ties, in row order: (dyads,)."""
        odds: Float = self.eta[self.free] + self.change_statistics(y) @ np.array([self.mutual, self.gwesp])
        return odds

    def probabilities(self, y: Bool) -> Float:
        """Return the probability of each free dyad given all other ties, in row order: (dyads,)."""
        odds = self.log_odds(y)
        chance: Float = 1.0 / (1.0 + np.exp(-odds))
        return chance


def calibrate(
    model: TieModel, start: Bool, density: float, random: np.random.Generator, rounds: int = 24
) -> tuple[float, Bool]:
    """Find the edges coefficient under which the expected density of the free dyads is `density`.

    After every two sweeps the conditional probabilities p_ij(y) of all free dyads are computed and the coefficient is
    moved so that their mean meets the target at that graph; the mean over the second half of the rounds is returned.
    At the fixed point E[mean p_ij(y)] = E[density], and the conditional mean is far less noisy than the density of
    single draws.

    Returns
    -------
    edges : float
        To be added to `model.eta`.
    y : ndarray (n, n) of bool
        The last graph of the pilot chain.
    """
    edges = 0.0
    kept: list[float] = []
    y = start
    for turn in range(rounds):
        y = replace(model, eta=model.eta + edges).draw(y, 2, random) if turn else y
        edges = _shift(model.log_odds(y), density)
        if turn >= rounds // 2:
            kept.append(edges)
    return float(np.mean(kept)), y


def _shift(odds: Float, density: float) -> float:
    """Solve mean(logistic(odds + x)) = density for x, by bisection refined with Newton steps."""
    low, high = -60.0, 60.0
    x = 0.0
    for _ in range(60):
        chance: Any = 1.0 / (1.0 + np.exp(-np.clip(odds + x, -500, 500)))
        gap = float(chance.mean()) - density
        if gap > 0:
            high = x
        else:
            low = x
        slope = float((chance * (1 - chance)).mean())
        newton = x - gap / slope if slope > 1e-12 else low
        step = newton if low < newton < high else (low + high) / 2
        if abs(step - x) < 1e-10:
            break
        x = step
    return x
