"""Several chains for every year of a model, walking in threads: what MCMC estimation draws from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xenotime.tergm.model import Model
from xenotime.tergm.sampler import Chain, Kind, YearSampler, in_threads, year_sampler
from xenotime.tergm.simulate import pace


@dataclass(frozen=True)
class Ensemble:
    """Chains of all modelled years; each draw walks them on.

    Attributes
    ----------
    model : Model
    samplers : tuple of YearSampler
        One a modelled year.
    chains : tuple of tuple of Chain
        By year.
    proposal : {"weighted", "tnt", "uniform"}
    workers : int or None
    """

    model: Model
    samplers: tuple[YearSampler, ...]
    chains: tuple[tuple[Chain, ...], ...]
    proposal: Kind
    workers: int | None

    @property
    def observed(self) -> np.ndarray:
        """Observed statistics, (T, p)."""
        return np.array([sampler.at_start for sampler in self.samplers])

    def draw(self, theta: np.ndarray, samples: int, stretch: float = 1.0) -> list[np.ndarray]:
        """Walk every chain on at these coefficients.

        Parameters
        ----------
        theta : (p,) float64
        samples : int
            Draws of each chain.
        stretch : float
            Proposals between two draws, in ties of the network.

        Returns
        -------
        list of (c, samples, p) float64
            One array a year.
        """
        aims = in_threads(lambda sampler: sampler.aim(theta, self.proposal), self.samplers, self.workers)
        tasks = [(t, chain) for t, of_year in enumerate(self.chains) for chain in of_year]

        def walk(task: tuple[int, Chain]) -> np.ndarray:
            t, chain = task
            sampler = self.samplers[t]
            unit = pace(sampler.ties, int(sampler.free.sum()))
            return chain.draw(aims[t], samples, max(1, int(stretch * unit)))[0]

        found = in_threads(walk, tasks, self.workers)
        width = len(self.chains[0])
        return [np.array(found[t * width : (t + 1) * width]) for t in range(len(self.samplers))]

    def density(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the share of free dyads tied: observed (T,), and in each chain as it stands (T, c)."""
        observed = np.array([sampler.start[sampler.free].mean() for sampler in self.samplers])
        now = [
            [float(chain.bound.ties()[sampler.free].mean()) for chain in of_year]
            for sampler, of_year in zip(self.samplers, self.chains, strict=True)
        ]
        return observed, np.array(now)


def ensemble_of(
    model: Model,
    theta: np.ndarray,
    seed: int,
    *,
    chains: int,
    proposal: Kind = "weighted",
    workers: int | None = None,
    label: str = "estimation",
) -> Ensemble:
    """Return chains of every modelled year at the observed networks; of `theta` only infinite values matter."""
    samplers = tuple(in_threads(lambda step: year_sampler(model, theta, step), model.steps, workers))
    made: Sequence[tuple[Chain, ...]] = [
        tuple(sampler.chain(seed, label, sampler.step, number) for number in range(chains)) for sampler in samplers
    ]
    return Ensemble(model, samplers, tuple(made), proposal, workers)
