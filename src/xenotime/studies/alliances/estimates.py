"""What a stage's fits say: headline estimates with other intervals and estimators beside them, effects, sensitivity.

The headline is pooled MPLE with year-clustered CR1 errors and t(T − 1); percentile and BCa intervals over years, errors
clustered by year, exporter and importer, and MCMC-MLE stand beside it. The errors of several ways matter: of pair
covariates that last, year-clustered ones can be far too small (docs/alliances-checks.md). Mundlak's device splits each
covariate of interest into the pair's mean and its deviation: only the deviation says what goes with a change within
pairs. Exporter and importer effects stand for whatever of a country does not change.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy import special
from scipy.special import expit

from xenotime import tergm
from xenotime.core import DataWarning, InputError, XenotimeError
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.specification import Specification, label
from xenotime.tergm import Panel, TergmFit
from xenotime.tergm.fit import METHODS, Method
from xenotime.tergm.mcmle import Mcmle

MPLE, PERCENTILE, BCA, MULTIWAY, MCMLE, MUNDLAK, MUNDLAK_MULTIWAY, COUNTRIES = (
    "mple", "mple_percentile", "mple_bca", "multiway", "mcmle", "mundlak", "mundlak_multiway", "sender_receiver",
)  # fmt: skip
#: Fits that are told with errors clustered several ways besides, and what those rows are called.
SEVERAL_WAYS: Mapping[str, str] = {MPLE: MULTIWAY, MUNDLAK: MUNDLAK_MULTIWAY}
#: Errors that let ties of one exporter and of one importer hang together, beside those of one year.
CLUSTERS = "year+exporter+importer"
LIFTED = (
    "Errors clustered by year, exporter and importer: the matrix was not positive semi-definite, so its negative "
    "eigenvalues were set to zero, which can only widen intervals."
)
COEFFICIENTS: dict[str, Any] = {
    "stage": pl.String, "method": pl.String, "term": pl.String, "label": pl.String, "estimate": pl.Float64,
    "error": pl.Float64, "low": pl.Float64, "high": pl.Float64, "p": pl.Float64, "odds_ratio": pl.Float64,
    "per_sd": pl.Float64, "marginal": pl.Float64, "marginal_low": pl.Float64, "marginal_high": pl.Float64,
}  # fmt: skip
MODELS: dict[str, Any] = {
    "stage": pl.String, "method": pl.String, "status": pl.String, "first": pl.Int64, "last": pl.Int64,
    "countries": pl.Int64, "dyads": pl.Int64, "ties": pl.Int64, "formula": pl.String, "notes": pl.List(pl.String),
}  # fmt: skip


@dataclass(frozen=True)
class StageFits:
    """A stage's fits and their formulas by method; what could not be fitted stands in `failed` with the reason."""

    fits: Mapping[str, TergmFit]
    formulas: Mapping[str, str]
    failed: Mapping[str, str]


def fitted(panel: Panel, spec: Specification, settings: AlliancesSettings) -> StageFits:
    """Fit a stage by every method asked for.

    Raises
    ------
    InputError
        The headline model cannot be fitted.
    """
    fits = {
        MPLE: tergm.fit(spec.formula, panel, bootstrap=settings.bootstrap, seed=settings.seed),
    }
    failed: dict[str, str] = {}
    other: dict[str, tuple[str, Panel, Method]] = {}
    if settings.mcmle:
        other[MCMLE] = spec.formula, panel, Mcmle(precision=settings.precision, loglik_error=float("inf"))
    if spec.interest:
        other[MUNDLAK] = *within_pairs(spec, panel, fits[MPLE]), METHODS[MPLE]
    other[COUNTRIES] = f"{spec.formula} + {country_effects(fits[MPLE])}", panel, METHODS[MPLE]
    for method, (formula, over, way) in other.items():
        try:
            fits[method] = tergm.fit(formula, over, way, seed=settings.seed)
        except XenotimeError as fault:
            failed[method] = str(fault)
    return StageFits(fits, {MPLE: spec.formula} | {method: formula for method, (formula, *_) in other.items()}, failed)


def country_effects(headline: TergmFit) -> str:
    """Return terms that give each exporter and importer an effect of its own, but one of each that has ties.

    The effect of one without a tie, or with every tie, is infinite, and its pairs say nothing of anything else: were it
    to stand with the one left out, estimates would hang on which country that is.
    """
    design, terms = headline.design, []
    for kind, ends in (("sender", design.tail), ("receiver", design.head)):
        ties = np.bincount(ends, weights=design.y, minlength=headline.model.panel.n)
        pairs = np.bincount(ends, minlength=headline.model.panel.n)
        told = np.flatnonzero((ties > 0) & (ties < pairs))
        own = np.setdiff1d(np.flatnonzero(pairs), told[:1])
        if len(told) and len(own):
            terms.append(f"{kind}(nodes=c({', '.join(str(at + 1) for at in own)}))")
    return " + ".join(terms)


def within_pairs(spec: Specification, panel: Panel, headline: TergmFit) -> tuple[str, Panel]:
    """Return formula and panel with each covariate of interest split into the pair's mean and its deviation from it.

    The mean is over the years that the headline model reads, existing or not, so that both parts add up to the whole.
    """
    formula, dyads, static = spec.formula, dict(panel.dyad_covariates), set(panel.static)
    for name, term in spec.interest.items():
        lag = lag_of(term)
        steps = [step - lag for step in headline.model.steps]
        values = panel.dyad_values(name)
        here = panel.exists[steps]
        both = here[:, :, None] & here[:, None, :]  # a pair's mean is over the years in which both exist
        mean = np.where(both, values[steps], 0.0).sum(axis=0) / np.maximum(both.sum(axis=0), 1)
        dyads[f"{name}__mean"] = np.broadcast_to(mean, values.shape)
        dyads[f"{name}__deviation"] = values - mean
        static.add(f"{name}__mean")
        at = f", lag={lag}" if lag else ""
        formula = formula.replace(
            f"edgecov('{name}'{at})", f"edgecov('{name}__mean') + edgecov('{name}__deviation'{at})"
        )
    return formula, replace(panel, dyad_covariates=dyads, static=frozenset(static))


def coefficients(stage: str, found: StageFits, level: float) -> pl.DataFrame:
    """Return one row a method and coefficient; effects of countries are left out of the table."""
    frames = []
    for method, fit in found.fits.items():
        terms = [name for name in fit.names if not name.startswith(("sender.", "receiver."))]
        frames.append(_rows(stage, method, fit, terms, level))
        if method == MPLE and fit.bootstrap is not None:
            frames += [
                _rows(stage, name, fit, terms, level, kind) for name, kind in ((PERCENTILE, "percentile"), (BCA, "bca"))
            ]
        if _several_ways(method, fit):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DataWarning)  # a lifted matrix is said in table models
                frames.append(_rows(stage, SEVERAL_WAYS[method], fit, terms, level, CLUSTERS))
    return pl.concat(frames)


def _rows(
    stage: str, method: str, fit: TergmFit, terms: Sequence[str], level: float, kind: str = "headline"
) -> pl.DataFrame:
    failed = bool(np.isnan(fit.estimates).any())
    bounds = fit.conf_int(1 - level, kind) if not failed else fit.conf_int(1 - level)
    shown = kind in ("headline", CLUSTERS)
    tests = fit.to_frame(kind if shown else "headline").select("term", "std_error", "p_value")
    table = bounds.join(tests, on="term", maintain_order="left")
    table = table.filter(pl.col("term").is_in(list(terms)))
    spread = {fit.names[c]: _deviation(fit, int(c)) for c in fit.estimated}
    effects = {}
    if method in (MPLE, MUNDLAK) and kind == "headline" and not failed:
        varying = [name for name in terms if spread.get(name, 0) > 0]
        effects = {row["term"]: row for row in fit.effects(varying, level=1 - level).to_frame().iter_rows(named=True)}
    rows = []
    for row in table.iter_rows(named=True):
        name, effect = row["term"], effects.get(row["term"], {})
        rows.append((
            stage, method, name, label(name), row["estimate"], row["std_error"] if shown else None, row["low"],
            row["high"], row["p_value"] if shown else None, _exp(row["estimate"]),
            _exp(row["estimate"] * spread[name]) if name in spread else None, effect.get("effect"), effect.get("low"),
            effect.get("high"),
        ))  # fmt: skip
    return pl.DataFrame(rows, schema=COEFFICIENTS, orient="row").fill_nan(None)


def _deviation(fit: TergmFit, column: int) -> float:
    return float(fit.design.x[:, int(np.searchsorted(fit.model.free, column))].std())


def _exp(value: float) -> float | None:
    return float(np.exp(np.clip(value, -700, 700))) if np.isfinite(value) else None


def models(stage: str, found: StageFits) -> pl.DataFrame:
    """Return one row a method: what was fitted to what, whether it converged, what its notes say."""
    rows: list[tuple[Any, ...]] = []
    for method, fit in found.fits.items():
        years, y = fit.model.years, fit.design.y
        alive = len(fit.model.panel.nodes)
        rows.append((
            stage, method, fit.status, years[0], years[-1], alive, fit.observations, int(y.sum()),
            found.formulas.get(method), _notes(fit),
        ))  # fmt: skip
        if _several_ways(method, fit):
            lifted = fit.status == "converged" and _lifted(fit)
            rows.append((stage, SEVERAL_WAYS[method], *rows[-1][2:-1], [LIFTED] if lifted else []))
    rows += [
        (stage, method, "not fitted", None, None, None, None, None, None, [why]) for method, why in found.failed.items()
    ]
    return pl.DataFrame(rows, schema=MODELS, orient="row")


def _several_ways(method: str, fit: TergmFit) -> bool:
    """Return whether a fit has rows with errors clustered several ways; split covariates only once converged."""
    return method in SEVERAL_WAYS and (method == MPLE or fit.status == "converged")


def _notes(fit: TergmFit) -> list[str]:
    """Return a fit's notes; those on effects of countries that are infinite as one."""
    apart = [note for note in fit.notes if note.startswith(("sender.", "receiver."))]
    said = [note for note in fit.notes if note not in apart]
    if apart:
        said.append(
            f"{len(apart)} effects of countries without a tie, or with all, are infinite: their pairs are left out"
        )
    return said


def _lifted(fit: TergmFit) -> bool:
    """Return whether the matrix of errors clustered several ways had to be made positive semi-definite."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        fit.to_frame(CLUSTERS)
    return any(issubclass(one.category, DataWarning) for one in caught)


def year_influence(fit: TergmFit) -> dict[int, np.ndarray]:
    """Return what each year adds to the estimates' sampling error: (q,) by year, for the estimated coefficients.

    The sum of their outer products, times T / (T − 1), is the year-clustered CR1 covariance but for the factor of
    degrees of freedom; two stages share their years, so that their covariance is the sum of cross products.
    """
    columns = np.searchsorted(fit.model.free, fit.estimated)
    x = fit.design.x[:, columns]
    theta = fit.estimates[fit.estimated]
    residual = fit.design.y - expit(x @ theta + fit.design.offset)
    bread = fit.hessian_covariance[np.ix_(fit.estimated, fit.estimated)]
    starts = fit.design.starts
    return {
        year: bread @ (x[a:b].T @ residual[a:b])
        for year, a, b in zip(fit.model.years, starts[:-1], starts[1:], strict=True)
        if b > a
    }


def sensitivity(fits: Mapping[str, TergmFit], specs: Mapping[str, Specification], level: float) -> pl.DataFrame:
    """Compare stages: which answers most to one standard deviation more of a covariate of interest.

    Returns
    -------
    DataFrame
        covariate, stage, per_sd (change of log-odds for one standard deviation of the stage's own), low, high, marginal
        (change of probability), other (the stage it is compared with; null in the stages' own rows), difference of the
        sizes |per_sd| (the larger first), difference_low, difference_high, p. That stages share their years counts.
    """
    rows: list[tuple[Any, ...]] = []
    for covariate in sorted({name for spec in specs.values() for name in spec.interest}):
        moves, values, infl, marg, deg = {}, {}, {}, {}, {}
        for stage, fit in fits.items():
            name = specs[stage].interest.get(covariate)
            if name is None or name not in [fit.names[c] for c in fit.estimated]:
                continue
            column = fit.names.index(name)
            sd = _deviation(fit, column)
            place = list(fit.estimated).index(column)
            values[stage] = fit.params[name] * sd
            infl[stage] = {year: u[place] * sd for year, u in year_influence(fit).items()}
            moves[stage] = sd * fit.std_errors[name]
            marg[stage] = float(fit.effects(name, change="sd").to_frame()["effect"][0])
            deg[stage] = fit.degrees
        for stage, value in values.items():
            reach = float(special.stdtrit(deg[stage], 1 - level / 2)) * moves[stage]
            rows.append(
                (covariate, stage, value, value - reach, value + reach, marg[stage], None, None, None, None, None)
            )
        ranked = sorted(values, key=lambda s: -abs(values[s]))
        for at, stage in enumerate(ranked):
            rows += [
                _difference(covariate, stage, other, values, infl, marg[stage], level) for other in ranked[at + 1 :]
            ]
    names = {
        "covariate": pl.String, "stage": pl.String, "per_sd": pl.Float64, "low": pl.Float64, "high": pl.Float64,
        "marginal": pl.Float64, "other": pl.String, "difference": pl.Float64, "difference_low": pl.Float64,
        "difference_high": pl.Float64, "p": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=names, orient="row")


def _difference(
    covariate: str,
    stage: str,
    other: str,
    values: Mapping[str, float],
    influence: Mapping[str, Mapping[int, float]],
    marginal: float,
    level: float,
) -> tuple[Any, ...]:
    years = sorted(set(influence[stage]) | set(influence[other]))
    shared = len(set(influence[stage]) & set(influence[other]))
    one, two = np.sign(values[stage]), np.sign(values[other])
    each = np.array([one * influence[stage].get(year, 0.0) - two * influence[other].get(year, 0.0) for year in years])
    if shared < 2:
        return (covariate, stage, values[stage], None, None, marginal, other, None, None, None, None)
    gap = abs(values[stage]) - abs(values[other])
    error = float(np.sqrt((each**2).sum() * len(years) / (len(years) - 1)))
    reach = float(special.stdtrit(shared - 1, 1 - level / 2)) * error
    p = float(2 * special.stdtr(shared - 1, -abs(gap) / error)) if error > 0 else 1.0
    return (covariate, stage, values[stage], None, None, marginal, other, gap, gap - reach, gap + reach, p)


def paths(fit: TergmFit, spec: Specification, settings: AlliancesSettings) -> pl.DataFrame:
    """Simulate what one standard deviation more of a covariate on all pairs does, lasting, year after year.

    Returns
    -------
    DataFrame
        covariate, step (years since the change shows, 1 the first), year, before, after, difference, low, high:
        expected numbers of ties, others' ties and memory answering. "Short run" is step 1, "long run" the last.
    """
    rows: list[tuple[Any, ...]] = []
    panel = fit.model.panel
    years = [panel.years[step] for step in fit.model.steps][-settings.path_years :]
    for covariate, name in spec.interest.items():
        if name not in [fit.names[column] for column in fit.estimated] or covariate in panel.static:
            continue
        sd = _deviation(fit, fit.names.index(name))
        began = years[0] - lag_of(name)
        what = tergm.Change(covariate, years=[year for year in panel.years if year >= began], add=sd)
        found = fit.counterfactual_path(
            what, paths=settings.paths, parameter_draws=2 * settings.paths, sweeps=4, seed=settings.seed
        )
        totals = found.totals(1 - settings.level).filter(
            pl.col("year").is_not_null() & pl.col("exporter").is_null() & pl.col("importer").is_null()
        )
        rows += [
            (covariate, step, *(row[key] for key in ("year", "before", "after", "difference", "low", "high")))
            for step, row in enumerate(totals.sort("year").iter_rows(named=True), 1)
        ]
    names = {
        "covariate": pl.String, "step": pl.Int64, "year": pl.Int64, "before": pl.Float64, "after": pl.Float64,
        "difference": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=names, orient="row")


def lag_of(term: str) -> int:
    """Return the lag in a coefficient's name, negative for a lead, 0 where it has none."""
    for mark, sign in ((".lag", 1), (".lead", -1)):
        number = term.rpartition(mark)[2]
        if mark in term and number.isdigit():
            return sign * int(number)
    return 0


def totals(fit: TergmFit, interest: Sequence[str], settings: AlliancesSettings) -> pl.DataFrame:
    """Return conditional and total effects of one standard deviation more of each covariate of interest.

    Columns: kind ("conditional": other ties of the year as observed; "total": they answer), term, change, effect (of
    the probability of a tie), low, high.
    """
    if not interest:
        raise InputError("no coefficient of interest is estimated")
    level = 1 - settings.level
    kinds = {"conditional": fit.effects(interest, change="sd", level=level).to_frame()}
    if settings.total_draws:
        kinds["total"] = fit.total_effects(
            interest, change="sd", level=level, sweeps=10, parameter_draws=settings.total_draws, seed=settings.seed
        ).to_frame()
    columns = ("term", "change", "effect", "low", "high")
    return pl.concat([frame.select(pl.lit(kind).alias("kind"), *columns) for kind, frame in kinds.items()])
