"""Expected ties of a year by a heat-bath walk that can be run twice with the same random numbers.

Every free dyad is visited in turn and drawn from its conditional probability. Two worlds that differ in some log-odds
are walked with the same order and the same numbers: the heat bath makes the draws agree wherever they can (common
random numbers), so that small differences stand out. What is averaged is not the ties but the probabilities they were
drawn from, which has less noise, and none at all where no term depends on other ties.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from xenotime.core import generator
from xenotime.tergm.borrow import borrowed
from xenotime.tergm.chains import uniform
from xenotime.tergm.kernel import compiled
from xenotime.tergm.sampler import YearSampler
from xenotime.tergm.state import change, flip


@compiled
def sweep(state, words, theta, base, tails, heads, order, sweeps, chance):  # type: ignore[no-untyped-def]
    """Visit all dyads in `order`, `sweeps` times; add the probability at each visit to `chance` (d,)."""
    room = np.empty(len(theta))
    out = borrowed(room)
    ties = state.graph.ties
    for _ in range(sweeps):
        for place in order:
            i, j = tails[place], heads[place]
            log_odds = base[place]
            if len(theta):
                change(state, i, j, out)
                for a in range(len(theta)):
                    log_odds += theta[a] * out[a]
            p = 1.0 / (1.0 + np.exp(-log_odds))
            chance[place] += p
            if (uniform(words) < p) != (ties[i, j] == 1):
                flip(state, i, j)


@dataclass(frozen=True)
class Coupled:
    """A year at given coefficients, ready to be walked in several worlds with the same random numbers.

    Attributes
    ----------
    sampler : YearSampler
    theta : (r,) float64
        Coefficients of the terms that depend on other ties.
    base : (d,) float64
        Log-odds of the free dyads from the others.
    tails, heads : (d,) int64
        The free dyads.
    order : (d,) int64
        In which they are visited.
    words : (4,) uint64
        Where the random numbers start.
    """

    sampler: YearSampler
    theta: np.ndarray
    base: np.ndarray
    tails: np.ndarray
    heads: np.ndarray
    order: np.ndarray
    words: np.ndarray

    @classmethod
    def of(cls, sampler: YearSampler, theta: np.ndarray, seed: int, *labels: str | int) -> Self:
        """Return the walk of a year at coefficients (p,), offsets included."""
        finite = np.where(sampler.infinite, 0.0, theta)[sampler.order]
        r = int((~sampler.model.independent).sum())
        tails, heads = np.nonzero(sampler.free)
        base = sampler.rows @ finite[r:]
        random = generator(seed, *labels)
        return cls(
            sampler,
            finite[:r],
            base[tails * len(sampler.start) + heads] if len(base) > 1 else np.full(len(tails), base[0]),
            tails,
            heads,
            random.permutation(len(tails)),
            random.integers(1, 2**64, 4, dtype=np.uint64),
        )

    def walk(self, sweeps: int, shift: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Walk `sweeps` times over all dyads and half as often before.

        Parameters
        ----------
        sweeps : int
        shift : (d,) float64 or float
            Added to the log-odds of the free dyads: the other world.

        Returns
        -------
        (d,) float64
            Mean probability of each free dyad.
        (m, m) uint8
            The network at the end.
        """
        bound = self.sampler.dependent.copy()
        words = self.words.copy()
        base = self.base + shift
        if len(self.theta):
            sweep(bound.state, words, self.theta, base, self.tails, self.heads, self.order,
                  max(1, sweeps // 2), np.zeros(len(base)))  # fmt: skip
        chance = np.zeros(len(base))
        sweep(bound.state, words, self.theta, base, self.tails, self.heads, self.order, sweeps, chance)
        return chance / sweeps, bound.ties()

    def probabilities(self, sweeps: int, shift: np.ndarray | float = 0.0) -> np.ndarray:
        """Return the mean probability of each free dyad, (d,); see `walk`."""
        return self.walk(sweeps, shift)[0]
