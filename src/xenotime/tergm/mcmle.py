"""Maximum likelihood by Markov chain Monte Carlo, conditional on the past; for one network too.

Geyer and Thompson's (1992) method: start at the MPLE, draw every year's networks at θ, move to the maximum of the
likelihood ratio those draws show, no farther than they reach (`ratio.py`), until the observed statistics lie amid the
draws. Then enough draws are made for the Monte-Carlo error to be a small share of the standard errors, and the end is
judged: Hotelling's T² and t-ratios of observed against drawn statistics, split R-hat, effective sizes. Years share the
coefficients; their chains run in threads, and the same seed gives the same numbers on any number of workers.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from xenotime.core import InputError
from xenotime.tergm.bridge import pairwise_fit, path_sampling
from xenotime.tergm.diagnostics import covariance_of_mean, effective_size, hotelling, split_rhat
from xenotime.tergm.ensemble import Ensemble, ensemble_of
from xenotime.tergm.labels import listing
from xenotime.tergm.model import Model
from xenotime.tergm.mple import fit_mple
from xenotime.tergm.ratio import Step, best_step
from xenotime.tergm.results import TergmFit
from xenotime.tergm.sampler import Kind

#: Draws of each chain while the coefficients still move, and at the first look of the last phase.
EARLY, LATE = 250, 500
#: Chains this long that still disagree are stuck: drawing on would not help.
AGREED = 8_000
#: Judgement: largest t-ratio, largest split R-hat, smallest p of Hotelling's T².
LARGEST_T, LARGEST_RHAT, SMALLEST_P = 0.2, 1.05, 1e-4
#: Times a step into degenerate networks is taken back by half.
RETREATS = 6
#: Times the last phase begins anew where it does not pass.
ROUNDS = 5
#: A network with this share of its free dyads tied, or untied, counts as full, or empty.
FULL = 0.98


@dataclass(frozen=True)
class Mcmle:
    """MCMC-MLE with its settings: ``fit(…, method=Mcmle(precision=0.01))``.

    Attributes
    ----------
    precision : float
        Monte-Carlo standard error of each coefficient, as a share of its standard error, at which to stop drawing.
    chains : int
        For each year.
    iterations : int
        Steps of the coefficients at most.
    most : int
        Draws of each chain at most.
    loglik_error : float
        Monte-Carlo standard error of the log-likelihood to reach; infinite leaves it out.
    proposal : {"weighted", "tnt", "uniform"}
    """

    precision: float = 0.05
    chains: int = 4
    iterations: int = 40
    most: int = 40_000
    loglik_error: float = 0.2
    proposal: Kind = "weighted"

    def __post_init__(self) -> None:
        if not 0 < self.precision < 1 or self.chains < 2 or self.loglik_error <= 0:
            raise InputError("precision must lie between 0 and 1, loglik_error above 0, chains at 2 or more")

    def __call__(self, model: Model, *, seed: int = 1, workers: int | None = None) -> TergmFit:
        """Fit the model.

        Raises
        ------
        InputError
            Where the design is at fault, as for the MPLE.
        """
        # Threads belong to the chains: BLAS's own, beside other busy ones, spin more than they work.
        with threadpool_limits(1, "blas"):
            return self._fit(model, seed, workers)

    def _fit(self, model: Model, seed: int, workers: int | None) -> TergmFit:
        first = fit_mple(model)
        if model.independent.all():
            note = "no term depends on other ties: the pseudo-likelihood is the likelihood, no sampling was needed"
            diagnostics = {"loglik_error": 0.0}
            return replace(first, method="mcmle", notes=(*first.notes, note), diagnostics=diagnostics)
        entangled = set(np.array(model.names)[~model.independent].tolist())
        endless = [name for name in first.separated if name in entangled]
        if endless:
            raise InputError(
                f"{listing(endless)} separates: the networks hold its smallest or largest value possible (for instance "
                "no reciprocated pair at all), so its coefficient runs off to infinity and cannot be simulated",
                remedy="leave the term out, or fix it at a finite value, for instance offset(mutual, -5)",
            )
        chains, search = _approach(self, first, seed, workers)
        if search.trouble:
            return _failed(first, search)
        return _finish(self, chains, first, search)


@dataclass
class Search:
    """Where the search stands: coefficients, the way there, the last draws, what went wrong."""

    theta: np.ndarray
    columns: np.ndarray
    path: list[np.ndarray] = field(default_factory=list)
    draws: list[np.ndarray] = field(default_factory=list)
    step: Step | None = None
    noise: np.ndarray | None = None
    status: str = ""
    trouble: str = ""

    def look(self, chains: Ensemble, samples: int, stretch: float = 1.0) -> None:
        """Draw at the coefficients and form the step from there."""
        self.draws = chains.draw(self.theta, samples, stretch)
        self.judge(chains)

    def judge(self, chains: Ensemble) -> None:
        """Form the step from the draws at hand."""
        inside = [each[:, :, self.columns].reshape(-1, len(self.columns)) for each in self.draws]
        self.step = best_step(inside, chains.observed[:, self.columns])

    def ratios(self, chains: Ensemble) -> np.ndarray:
        """Return drawn minus observed statistics over their standard deviation, summed over the years, (q,)."""
        summed = np.sum([each[:, :, self.columns] for each in self.draws], axis=0)
        away = summed.mean(axis=(0, 1)) - chains.observed[:, self.columns].sum(axis=0)
        return np.asarray(away / summed.std(axis=(0, 1)))

    def test(self, chains: Ensemble) -> tuple[float, float]:
        """Return T² and p of drawn against observed statistics, both samples' errors counted: the draws' and that of
        the coefficients, which come from the draws before.
        """
        summed = np.sum([each[:, :, self.columns] for each in self.draws], axis=0)
        return hotelling(summed, chains.observed[:, self.columns].sum(axis=0), self.noise)

    def move(self, step: Step) -> None:
        """Take a step."""
        self.noise = np.sum([covariance_of_mean(each[:, :, self.columns]) for each in self.draws], axis=0)
        self.path.append(self.theta.copy())
        self.theta = self.theta.copy()
        self.theta[self.columns] += step.delta


def _approach(settings: Mcmle, first: TergmFit, seed: int, workers: int | None) -> tuple[Ensemble, Search]:
    """Move until a whole step is small for every year: the observed statistics lie amid the draws.

    A step into degenerate networks is taken back by half, and the MPLE, where it leads there, half the way to the model
    with independent pairs; the chains then start at the observed networks again.
    """
    search = Search(first.estimates.copy(), first.estimated)
    chains = _chains(settings, first, seed, workers, 0)
    chains.draw(search.theta, 1, 40.0)
    retreats = 0
    for _ in range(settings.iterations):
        search.look(chains, EARLY)
        search.trouble = _degenerate(chains, search)
        if search.trouble:
            retreats += 1
            if retreats > RETREATS:
                search.status = "degenerate"
                return chains, search
            back = search.path[-1] if search.path else pairwise_fit(chains, search.theta)[0]
            search.theta = search.theta.copy()
            search.theta[search.columns] = (back + search.theta)[search.columns] / 2
            chains = _chains(settings, first, seed, workers, retreats)
            chains.draw(search.theta, 1, 40.0)
            continue
        step = search.step
        assert step is not None  # `_degenerate` says so
        search.move(step)
        if step.length == 1.0 and step.distance < 1.0:
            return chains, search
        chains.draw(search.theta, 1, 20.0)
    search.status = "not converged"
    search.trouble = (
        f"after {settings.iterations} steps the networks drawn still lie apart from the observed one: no estimate"
    )
    return chains, search


def _chains(settings: Mcmle, first: TergmFit, seed: int, workers: int | None, attempt: int) -> Ensemble:
    return ensemble_of(
        first.model,
        first.estimates,
        seed,
        chains=settings.chains,
        proposal=settings.proposal,
        workers=workers,
        label=f"estimation {attempt}",
    )


def _degenerate(chains: Ensemble, search: Search) -> str:
    """Return what shows that the model is degenerate at these coefficients, or nothing."""
    observed, now = chains.density()
    years = chains.model.years
    for t, share in enumerate(observed):
        for kind, gone in (("full", now[t] > FULL), ("empty", now[t] < (1 - FULL) * share)):
            for place in np.flatnonzero(gone & (share < FULL)):
                column, drawn, stays = _farthest(chains, search, t, int(place))
                if stays:
                    return (
                        f"degenerate: near the MPLE the networks drawn for {years[t]} are {kind} (share of dyads tied "
                        f"{now[t][place]:.3f}, observed {share:.3f}); {chains.model.names[column]} drives it "
                        f"({chains.observed[t][column]:.4g} observed, {drawn:.4g} drawn): take a geometrically "
                        "weighted form (gwesp, gwdegree) or leave it out"
                    )
    if search.step is None:
        return "degenerate: the statistics of the networks drawn do not vary, or only together"
    return ""


def _farthest(chains: Ensemble, search: Search, t: int, place: int) -> tuple[int, float, bool]:
    """Return the dependent column whose pull on a chain is farthest from the observed, its mean, and if it stays there.

    A tiny network may pass through the full one; a degenerate model does not come back.
    """
    late = search.draws[t][place, search.draws[t].shape[1] // 2 :]
    away = np.abs(late.mean(axis=0) - chains.observed[t])
    pull = np.abs(np.where(np.isfinite(search.theta), search.theta, 0.0)) * away
    pull[chains.model.independent] = -1.0
    column = int(pull.argmax())
    return column, float(late[:, column].mean()), bool(late[:, column].std() < 0.1 * away[column])


def _failed(first: TergmFit, search: Search) -> TergmFit:
    """Return a fit without numbers: what was found out stands in its notes and diagnostics."""
    estimates = first.estimates.copy()
    estimates[search.columns] = np.nan
    nothing = np.full_like(first.covariance, np.nan)
    return replace(
        first,
        method="mcmle",
        estimates=estimates,
        covariance=nothing,
        hessian_covariance=nothing,
        spread="none",
        loglik=np.nan,
        status=search.status,
        iterations=len(search.path),
        residual=np.nan,
        notes=(*first.notes, search.trouble),
        diagnostics={"last": search.theta, "mple": first.estimates, "path": np.array(search.path)},
    )


def _finish(settings: Mcmle, chains: Ensemble, first: TergmFit, search: Search) -> TergmFit:
    """Draw until the Monte-Carlo error is small, judge, and make the result."""
    for _ in range(ROUNDS):
        chains.draw(search.theta, 1, 20.0)
        search.look(chains, LATE)
        _extend(settings, chains, search)
        search.trouble = _degenerate(chains, search)
        step, at = search.step, search.theta
        if search.trouble or step is None:
            search.status = "degenerate"
            return _failed(first, search)
        square, p_value = search.test(chains)
        search.move(step)
        if step.length == 1.0 and p_value > SMALLEST_P and np.abs(search.ratios(chains)).max() < LARGEST_T:
            break
    assert step is not None
    inside = [each[:, :, search.columns] for each in search.draws]
    bread = np.linalg.inv(step.curve)
    noise = bread @ np.sum([covariance_of_mean(each) for each in inside], axis=0) @ bread
    years = len(inside)
    scores = chains.observed[:, search.columns] - _tilted_means(inside, step.delta)
    scores -= scores.mean(axis=0)  # zero but for the last step's rounding
    if years > 1:
        covariance = years / (years - 1) * bread @ scores.T @ scores @ bread + noise
        spread, degrees = "year-clustered CR1 with Monte-Carlo error", float(years - 1)
    else:
        covariance, spread, degrees = bread + noise, "inverse information with Monte-Carlo error", np.inf
    ratios = search.ratios(chains)
    rhat = np.max([split_rhat(each) for each in inside], axis=0)
    error = np.sqrt(np.diag(noise))
    share = error / np.sqrt(np.diag(bread))
    wrong = _verdict(settings, chains.model, search.columns, ratios, rhat, share)
    if p_value <= SMALLEST_P:
        wrong.append(
            f"drawn and observed statistics differ (Hotelling's T² {square:.1f}, p {p_value:.1g}): not settled"
        )
    loglik = None
    if np.isfinite(settings.loglik_error):
        loglik = path_sampling(chains, search.theta, settings.loglik_error)
    value = np.nan if loglik is None else loglik.value
    diagnostics: dict[str, Any] = {
        "monte_carlo_error": _full(error, search.columns, len(first.names)),
        "t_ratio": _full(ratios, search.columns, len(first.names)),
        "rhat": _full(rhat, search.columns, len(first.names)),
        "effective": _full(np.min([effective_size(each) for each in inside], axis=0), search.columns, len(first.names)),
        "hotelling": (square, p_value),
        "draws": inside[0].shape[0] * inside[0].shape[1],
        "drawn_at": at,
        "path": np.array(search.path),
        "traces": dict(zip(chains.model.years, search.draws, strict=True)),
        "mple": first.estimates,
        "loglik_error": np.nan if loglik is None else loglik.error,
        "loglik_pairs": np.nan if loglik is None else loglik.reference,
    }
    notes = [note for note in first.notes if not note.startswith("one year:")]
    return replace(
        first,
        method="mcmle",
        estimates=search.theta,
        covariance=_spread_out(covariance, search.columns, len(first.names)),
        hessian_covariance=_spread_out(bread + noise, search.columns, len(first.names)),
        spread=spread,
        degrees=degrees,
        loglik=value,
        status="not converged" if wrong else "converged",
        iterations=len(search.path),
        residual=float(np.abs(ratios).max()),
        notes=(*notes, *wrong),
        diagnostics=diagnostics,
    )


def _extend(settings: Mcmle, chains: Ensemble, search: Search) -> None:
    """Draw on at the same coefficients until the Monte-Carlo errors are small enough and the chains of each year agree.

    The errors add up over the years and can be small while one year's chains are still too short to agree by R-hat.
    """
    while search.step is not None and search.step.length == 1.0:
        have = search.draws[0].shape[1]
        bread = np.linalg.inv(search.step.curve)
        inside = [each[:, :, search.columns] for each in search.draws]
        noise = bread @ np.sum([covariance_of_mean(each) for each in inside], axis=0) @ bread
        excess = float((np.diag(noise) / np.diag(bread)).max()) / settings.precision**2
        agree = max(float(split_rhat(each).max()) for each in inside) <= LARGEST_RHAT or have >= AGREED
        if (excess <= 1.0 and agree) or have >= settings.most:
            return
        longer = min(max(1.1 * excess - 1, 0.0 if agree else 1.0), 4.0)
        more = chains.draw(search.theta, min(settings.most - have, max(LATE, int(have * longer))))
        search.draws = [np.concatenate(pair, axis=1) for pair in zip(search.draws, more, strict=True)]
        search.judge(chains)


def _tilted_means(inside: list[np.ndarray], delta: np.ndarray) -> np.ndarray:
    """Return each year's mean statistics at θ + δ from the draws at θ, (T, q)."""
    means = []
    for each in inside:
        flat = each.reshape(-1, each.shape[2])
        eta = (flat - flat.mean(axis=0)) @ delta
        weight = np.exp(eta - eta.max())
        means.append(weight @ flat / weight.sum())
    return np.array(means)


def _verdict(
    settings: Mcmle, model: Model, columns: np.ndarray, ratios: np.ndarray, rhat: np.ndarray, share: np.ndarray
) -> list[str]:
    """Return what stands against quoting the estimates."""
    found = []
    for what, values, bound in (
        ("t-ratio of drawn against observed", np.abs(ratios), LARGEST_T),
        ("split R-hat", rhat, LARGEST_RHAT),
        ("Monte-Carlo error over standard error", share, 2 * settings.precision),
    ):
        worst = int(values.argmax())
        if not values[worst] <= bound:
            found.append(
                f"{model.names[columns[worst]]}: {what} is {values[worst]:.3g} (at most {bound:g}): not settled"
            )
    return found


def _full(values: np.ndarray, columns: np.ndarray, size: int) -> np.ndarray:
    result = np.full(size, np.nan)
    result[columns] = values
    return result


def _spread_out(matrix: np.ndarray, columns: np.ndarray, size: int) -> np.ndarray:
    result = np.full((size, size), np.nan)
    result[np.ix_(columns, columns)] = matrix
    return result
