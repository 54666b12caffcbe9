"""Bootstrap over years of a pooled pseudo-likelihood: every replicate solved exactly, many at a time.

A resample of years is a vector of integer weights, so nothing is stacked anew. Around the pooled estimate each year's
score is known to third order (score, Hessian, third derivatives); a replicate starts from the root of that expansion,
and then Newton steps with the exact score, and the Hessian of the expansion, bring it to the exact solution. The exact
scores of sixteen replicates are computed side by side, each year's rows being read once for all of them: with u = x·δ
a row's odds are its odds at the estimate times e^u, and e^u is a polynomial, which the processor computes for several
replicates at once. A replicate that does not settle is solved alone by `logit.solve`; one without a finite solution
(a resample that separates) is NaN and counted.

Percentile and BCa intervals follow R's boot (normal interpolation between order statistics; acceleration by regression
on the frequencies), so that they are btergm's.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import special

from xenotime.core import InputError, generator
from xenotime.tergm import logit
from xenotime.tergm.design import Design
from xenotime.tergm.lanes import scores_beside, third_moments

#: A replicate is solved when no coefficient moves by more than this share of its pooled standard error.
SETTLED = 2e-8
MAX_STEPS = 12
FEW_YEARS = 10
#: Replicates whose expansion is held at once (memory: chunk × q³ numbers).
CHUNK = 128


@dataclass(frozen=True)
class Bootstrap:
    """Replicates of the estimates over resampled years.

    Attributes
    ----------
    replicates : (R, q) float64
        Estimates of each resample, columns as the estimated coefficients; NaN where there is none.
    draws : (R, T) int64
        Places of the modelled years drawn (from 0).
    years : tuple of int
        The modelled years.
    kind : str
        How years were drawn, and how solved.
    seed : int, optional
    failed : int
        Replicates without a finite solution.
    """

    replicates: np.ndarray
    draws: np.ndarray
    years: tuple[int, ...]
    kind: str = "years, exact"
    seed: int | None = None
    failed: int = 0

    @property
    def frequencies(self) -> np.ndarray:
        """How often each year was drawn, (R, T) int64."""
        return frequencies(self.draws, len(self.years))

    def interval(self, estimate: np.ndarray, level: float = 0.95, kind: str = "percentile") -> np.ndarray:
        """Return low and high of each coefficient, (q, 2), as R's `boot.ci` computes them.

        Parameters
        ----------
        estimate : (q,) float64
            The pooled estimates.
        level : float
        kind : {"percentile", "bca"}
        """
        if kind == "bca" and self.kind.startswith("parametric"):
            raise InputError("BCa rests on resampled years, which a parametric bootstrap has none of")
        good = np.isfinite(self.replicates).all(axis=1)
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        result = np.empty((len(estimate), 2))
        for k, value in enumerate(estimate):
            drawn = self.replicates[good, k]
            adjusted = _bca(drawn, value, self.frequencies[good], tails) if kind == "bca" else tails
            result[k] = quantile(drawn, adjusted)
        return result

    def __str__(self) -> str:
        lost = f", {self.failed} without a finite solution" if self.failed else ""
        if self.kind.startswith("parametric"):
            return f"Bootstrap, {self.kind}: {len(self.replicates)} replicates{lost}"
        few = f"; {len(self.years)} years are too few for it to be quoted" if len(self.years) < FEW_YEARS else ""
        return f"Bootstrap over years ({self.kind}): {len(self.replicates)} replicates{lost}{few}"


def frequencies(draws: np.ndarray, years: int) -> np.ndarray:
    """Return how often each year stands in each draw, (R, T) int64."""
    counts = np.zeros((len(draws), years), np.int64)
    np.add.at(counts, (np.arange(len(draws))[:, None], draws), 1)
    return counts


def draw_years(years: int, replicates: int, seed: int, block: int = 1) -> np.ndarray:
    """Return places of years drawn with replacement, (R, T); in moving blocks of `block` consecutive years.

    Parameters
    ----------
    years : int
        Number of modelled years, T.
    replicates : int
    seed : int
    block : int
        1 draws single years.
    """
    if not 1 <= block <= years:
        raise InputError(f"a block of {block} years does not fit into {years}", remedy="give block between 1 and T")
    random = generator(seed, "bootstrap", "years", block)
    blocks = -(-years // block)
    first = random.integers(0, years - block + 1, size=(replicates, blocks))
    return (first[:, :, None] + np.arange(block)).reshape(replicates, -1)[:, :years]


def bootstrap(
    design: Design,
    theta: np.ndarray,
    draws: np.ndarray,
    *,
    seed: int | None = None,
    workers: int = 1,
    kind: str = "years, exact",
) -> Bootstrap:
    """Solve every resample of years exactly.

    Parameters
    ----------
    design : Design
        The rows of the pooled fit (columns: the estimated coefficients).
    theta : (q,) float64
        Pooled estimates.
    draws : (R, T) int64
        Places of years.
    workers : int
        Threads; the numbers do not depend on it.
    """
    weights = frequencies(draws, len(design.starts) - 1).astype(np.float64)
    expansion = expand(design, theta)
    order = range(0, len(draws), CHUNK)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        solved = list(pool.map(lambda at: _solve_chunk(design, theta, expansion, weights[at : at + CHUNK]), order))
    replicates = np.concatenate(solved) if solved else np.empty((0, len(theta)))
    failed = int((~np.isfinite(replicates).all(axis=1)).sum())
    return Bootstrap(replicates, draws, design.model.years, kind, seed, failed)


def one_step(design: Design, theta: np.ndarray, draws: np.ndarray, *, seed: int | None = None) -> Bootstrap:
    """Return one Newton step a resample from the pooled estimates: within about 0.04 standard errors of exact."""
    weights = frequencies(draws, len(design.starts) - 1).astype(np.float64)
    _, score, curve = logit.yearly(design.x, design.y, design.offset, design.starts, theta)
    hessian = np.einsum("rt,tab->rab", weights, curve)
    steps = np.linalg.solve(hessian, (weights @ score)[:, :, None])[:, :, 0]
    return Bootstrap(theta + steps, draws, design.model.years, "years, one step (approximate)", seed, 0)


@dataclass(frozen=True)
class Expansion:
    """Scores around the pooled estimate, year by year: score (T, q), curve (T, q, q), third (T, q, q, q).

    ``odds`` (rows,) are the odds of a tie at the estimate; ``error`` (q,) the pooled standard errors.
    """

    score: np.ndarray
    curve: np.ndarray
    third: np.ndarray
    odds: np.ndarray
    error: np.ndarray


def expand(design: Design, theta: np.ndarray) -> Expansion:
    """Return the expansion of each year's score at theta."""
    _, score, curve = logit.yearly(design.x, design.y, design.offset, design.starts, theta)
    eta = design.x @ theta + design.offset
    odds = np.exp(eta)
    p = odds / (1 + odds)
    skew = p * (1 - p) * (1 - 2 * p)
    third = np.array(
        [
            third_moments(design.x, skew, first, last)
            for first, last in zip(design.starts, design.starts[1:], strict=False)
        ]
    )
    error = np.sqrt(np.diag(np.linalg.inv(curve.sum(axis=0))))
    return Expansion(score, curve, third, odds, error)


def _newton(hessian: np.ndarray, score: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Return Newton steps (R, q); NaN where the Hessian is singular in the metric of the standard errors."""
    scaled = hessian * (error[:, None] * error[None, :])
    good = np.isfinite(scaled).all(axis=(1, 2)) & np.isfinite(score).all(axis=1)
    weakest = np.linalg.eigvalsh(scaled[good])[:, 0]
    good[good] = weakest > 1e-10 * np.maximum(1.0, np.abs(scaled[good]).max(axis=(1, 2)))
    steps = np.full(score.shape, np.nan)
    steps[good] = np.linalg.solve(scaled[good], (score[good] * error)[:, :, None])[:, :, 0] * error
    return steps


def _solve_chunk(design: Design, theta: np.ndarray, around: Expansion, weights: np.ndarray) -> np.ndarray:
    """Return exact estimates of some resamples, (R, q)."""
    score = weights @ around.score
    curve = np.einsum("rt,tab->rab", weights, around.curve)
    third = np.einsum("rt,tabc->rabc", weights, around.third)
    delta = _newton(curve, score, around.error)
    for _ in range(3):
        bend = np.einsum("rabc,rc->rab", third, delta)
        gradient = score - np.einsum("rab,rb->ra", curve + bend / 2, delta)
        delta = delta + _newton(curve + bend, gradient, around.error)
    # An expansion that leads far away is not trusted; such a replicate starts from the estimate, or is solved alone.
    moved = np.abs(delta) / around.error
    active = np.isfinite(moved).all(axis=1)
    settled = np.zeros(len(weights), bool)
    previous = np.full(len(weights), np.inf)
    for _ in range(MAX_STEPS):
        todo = np.flatnonzero(active & ~settled)
        if not len(todo):
            break
        exact = scores_beside(design, around.odds, weights[todo], delta[todo])
        bend = np.einsum("rabc,rc->rab", third[todo], delta[todo])
        step = _newton(curve[todo] + bend, exact, around.error)
        size = np.abs(step / around.error).max(axis=1)
        worse = ~(size < 2 * previous[todo])
        active[todo[worse]] = False
        fine = todo[~worse]
        delta[fine] += step[~worse]
        # The next step would be smaller by the factor this one was, at least: known to be small without computing it.
        left = size * np.where(np.isfinite(previous[todo]), np.minimum(1.0, size / previous[todo]), 1.0)
        settled[fine] = left[~worse] < SETTLED
        previous[todo] = size
    for r in np.flatnonzero(~settled):
        delta[r] = _solve_alone(design, theta, weights[r]) - theta
    return np.asarray(theta + delta)


def _solve_alone(design: Design, theta: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the estimate of one resample by Newton's method with step halving; NaN where it runs off to infinity."""
    drawn = np.repeat(weights, np.diff(design.starts)) > 0
    if logit.separated_columns(design.x[drawn], design.y[drawn]):
        return np.full(len(theta), np.nan)
    solved = logit.solve(design.x, design.y, design.offset, design.starts, weights=weights, start=theta)
    return solved.theta if solved.converged else np.full(len(theta), np.nan)


def quantile(values: np.ndarray, levels: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return quantiles as R's `boot:::norm.inter`: between order statistics on the scale of the normal."""
    ordered = np.sort(values)
    size = len(ordered)
    result = []
    for level in levels:
        if not np.isfinite(level):
            result.append(np.nan)
            continue
        rank = (size + 1) * level
        k = int(rank)
        if k < 1 or k >= size:
            result.append(ordered[0] if k < 1 else ordered[-1])
        elif rank == k:
            result.append(ordered[k - 1])
        else:
            at, below, above = special.ndtri([level, k / (size + 1), (k + 1) / (size + 1)])
            result.append(ordered[k - 1] + (at - below) / (above - below) * (ordered[k] - ordered[k - 1]))
    return np.asarray(result, dtype=np.float64)


def _bca(drawn: np.ndarray, value: float, counts: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """Return the levels that bias and acceleration ask for (Efron 1987; influence by regression on frequencies)."""
    years = counts.shape[1]
    share = counts[:, 1:] / years
    slopes = np.linalg.lstsq(np.column_stack([np.ones(len(share)), share]), drawn, rcond=None)[0][1:]
    influence = np.concatenate([[0.0], slopes])
    influence -= influence.mean()
    squares = (influence**2).sum()
    acceleration = (influence**3).sum() / (6 * squares**1.5) if squares > 0 else 0.0
    # A resample that draws every year once is the pooled fit, to rounding: it is not below it.
    bias = special.ndtri((drawn < value - 1e-11 * max(1.0, abs(value))).mean())
    if not np.isfinite(bias):
        return np.array([np.nan, np.nan])
    z = bias + special.ndtri(tails)
    return np.asarray(special.ndtr(bias + z / (1 - acceleration * z)))
