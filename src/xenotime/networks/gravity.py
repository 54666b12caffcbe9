"""Gravity on volumes: Poisson pseudo-maximum likelihood with exporter-year, importer-year and pair effects.

E[v_ijt] = exp(x_ijt β + λ_it + ψ_jt + μ_ij), estimated on levels with the zeros in (Santos Silva and Tenreyro 2006,
Rev. Econ. Stat. 88:641). Fixed effects are taken out of every weighted least-squares step (Correia, Guimarães and
Zylkin 2020, Stata J. 20:95); observations that separate, so that no finite estimate exists with them, are found
and dropped (Correia, Guimarães and Zylkin 2019, arXiv 1903.01633). What is constant within effects,
such as distance beside pair effects, drops out and is named. No correction for the small bias that three-way effects
leave in short panels (Weidner and Zylkin 2021), and no general equilibrium: those are other tools.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from types import MappingProxyType

import numpy as np
import polars as pl
import xarray as xr
from scipy import special
from threadpoolctl import threadpool_limits

from xenotime.core import InputError
from xenotime.networks.estimable import AXES, EFFECTS, Cells, estimable, identified, separated
from xenotime.networks.layers import Floats

CLUSTERS = ("pair", "country_pair", "exporter", "importer", "year")
MAX_STEPS = 300
#: Fitted logs are kept within these; a cell falls without end where one step takes more than this off its log.
LOWEST, FALLS = 100.0, 0.1
#: Cells with trade are at rest where no step moves their fitted log by more; steps allowed for that.
AT_REST, PATIENCE = 1e-4, 60


@dataclass(frozen=True)
class PoissonFit:
    """Poisson pseudo-maximum likelihood with fixed effects.

    Attributes
    ----------
    names : tuple of str
        Covariates that were estimated.
    estimates : (k,) float64
        Semi-elasticities: 100·(exp(β) − 1) per cent more trade for one unit.
    covariance : (k, k) float64
        Clustered; see `errors`.
    errors : str
        How errors are clustered, and the small-sample rule.
    effects, cluster : tuple of str
    clusters : mapping of str to int
        How many clusters each way has.
    counts : mapping of str to int
        What became of the cells: cells, own_trade, unknown, covariate_unknown, singletons, separated_by_effects,
        separated_by_combination, used.
    dropped : mapping of str to str
        Covariates that could not be estimated, and why.
    deviance, loglik, pseudo_r2 : float
        Poisson; McFadden's R² against a constant alone.
    status : str
        "converged" or what went wrong.
    iterations : int
    residual : float
        Relative change of the deviance in the last step.
    unit, source : str
        Of the volumes, where their attributes say so.
    """

    names: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    errors: str
    effects: tuple[str, ...]
    cluster: tuple[str, ...]
    clusters: Mapping[str, int]
    counts: Mapping[str, int]
    dropped: Mapping[str, str]
    deviance: float
    loglik: float
    pseudo_r2: float
    status: str
    iterations: int
    residual: float
    unit: str = ""
    source: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def converged(self) -> bool:
        """Whether the estimates may be quoted."""
        return self.status == "converged"

    @property
    def params(self) -> dict[str, float]:
        """Covariate -> estimate."""
        return dict(zip(self.names, self.estimates.tolist(), strict=True))

    def to_frame(self, level: float = 0.95) -> pl.DataFrame:
        """Return `term, estimate, std_error, z, p_value, low, high, percent`: one row a covariate.

        Intervals hold `level`, by normal quantiles.
        """
        error = np.sqrt(np.diag(self.covariance))
        with np.errstate(divide="ignore", invalid="ignore"):
            z = self.estimates / error
        reach = special.ndtri((1 + level) / 2) * error
        return pl.DataFrame({
            "term": self.names, "estimate": self.estimates, "std_error": error, "z": z,
            "p_value": 2 * special.ndtr(-np.abs(z)), "low": self.estimates - reach, "high": self.estimates + reach,
            "percent": 100 * np.expm1(self.estimates),
        })  # fmt: skip

    def __str__(self) -> str:
        counts = self.counts
        lines = [
            f"Poisson pseudo-maximum likelihood, effects: {', '.join(self.effects)}",
            f"{counts['used']:,} of {counts['cells']:,} cells; left out: {counts['own_trade']:,} own trade, "
            f"{counts['unknown']:,} unknown, {counts['covariate_unknown']:,} without a covariate, "
            f"{counts['separated_by_effects'] + counts['separated_by_combination']:,} separated, "
            f"{counts['singletons']:,} singletons",
            "",
            f"{'':24} {'Estimate':>10} {'Std. Error':>11} {'z value':>9} {'Pr(>|z|)':>9} {'%':>8}",
        ]
        lines += [
            f"{row['term']:24} {row['estimate']:>10.5f} {row['std_error']:>11.5f} {row['z']:>9.3f} "
            f"{row['p_value']:>9.4f} {row['percent']:>8.1f}"
            for row in self.to_frame().iter_rows(named=True)
        ]
        lines += [f"{name:24} dropped: {why}" for name, why in self.dropped.items()]
        groups = ", ".join(f"{count:,} {name}" for name, count in self.clusters.items())
        lines += ["", f"Standard errors: {self.errors} ({groups}). Pseudo R²: {self.pseudo_r2:.4f}"]
        lines.append(f"Status: {self.status} after {self.iterations} iterations (residual {self.residual:.1e})")
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])


def ppml(
    volumes: xr.DataArray,
    covariates: Mapping[str, xr.DataArray],
    *,
    effects: Sequence[str] = ("exporter_year", "importer_year", "pair"),
    cluster: Sequence[str] = ("pair",),
    tolerance: float = 1e-10,
) -> PoissonFit:
    """Fit gravity on volumes.

    Parameters
    ----------
    volumes : DataArray (year, exporter, importer)
        Values or masses, 0 where none; NaN is unknown and left out, and so is own trade (the diagonal).
    covariates : mapping of name to DataArray
        Over (year, exporter, importer) or (exporter, importer), with the labels of `volumes`, in any order. Cells
        without a finite covariate are left out and counted.
    effects : sequence of {"exporter_year", "importer_year", "pair", "exporter", "importer", "year"}
        "pair" is exporter → importer.
    cluster : sequence of {"pair", "country_pair", "exporter", "importer", "year"}
        One way, or several at once (Cameron, Gelbach and Miller 2011); "country_pair" joins both directions. The
        covariance is scaled as R's fixest does by default: G/(G − 1) with G the fewest clusters, times (N − 1)/(N − k),
        where k counts the covariates and the levels of those effects that are not nested in a cluster.
    tolerance : float
        Relative change of the deviance at which the fit has converged.

    Raises
    ------
    InputError
        Labels that differ, negative volumes, unknown effects or clusters, nothing left to estimate.
    """
    effects, cluster = tuple(effects), tuple(cluster)
    _check_names(effects, tuple(EFFECTS), "effects")
    _check_names(cluster, CLUSTERS, "clusters")
    cells, counts = _cells(volumes, covariates)
    cells = identified(cells, effects, counts)
    names, dropped = tuple(covariates), dict[str, str]()
    while True:
        kept, without = estimable(cells, effects, names)
        dropped |= without
        names = tuple(names[k] for k in kept)
        cells.x = np.ascontiguousarray(cells.x[kept])
        apart = separated(cells, effects)
        if not apart.any():
            with threadpool_limits(limits=1, user_api="blas"):  # few columns: BLAS's threads would wait for each other
                solved = _solve(cells, effects, tolerance)
            if not solved.separated.any():
                break
            apart = solved.separated
        counts["separated_by_combination"] += int(apart.sum())
        cells = identified(cells.keep(~apart), effects, counts)
    counts["used"] = len(cells.y)
    return _result(cells, solved, names, effects, cluster, counts, dropped, volumes.attrs)


def _check_names(given: tuple[str, ...], known: tuple[str, ...], what: str) -> None:
    wrong = [name for name in given if name not in known]
    if wrong or not given or len(set(given)) < len(given):
        raise InputError(
            f"{what} {', '.join(wrong) or given} are not ones to use",
            where="networks.ppml",
            remedy=f"choose among {', '.join(known)}, each once",
        )


def _cells(volumes: xr.DataArray, covariates: Mapping[str, xr.DataArray]) -> tuple[Cells, dict[str, int]]:
    """Return the cells that are known, and what was left out."""
    if set(volumes.dims) != set(AXES):
        raise InputError(
            f"volumes have axes {volumes.dims}", where="networks.ppml", remedy="give (year, exporter, importer)"
        )
    volumes = volumes.transpose(*AXES)
    if not covariates:
        raise InputError("no covariate is given", where="networks.ppml", remedy="give at least one")
    if volumes["exporter"].values.tolist() != volumes["importer"].values.tolist():
        raise InputError("exporters and importers are not the same countries in one order", where="networks.ppml")
    values = np.asarray(volumes.values, dtype=np.float64)
    wrong = (values < 0) | np.isinf(values)
    if wrong.any():
        t, i, j = (int(place) for place in np.argwhere(wrong)[0])
        labels = [str(volumes[axis].values[place]) for axis, place in zip(AXES, (t, i, j), strict=True)]
        raise InputError(
            f"{int(wrong.sum())} volumes are negative or infinite, first {values[t, i, j]:g}",
            where=f"networks.ppml: {labels[0]} {labels[1]} → {labels[2]}",
            remedy="an unknown volume is NaN, none is 0",
        )
    columns = np.stack([_aligned(name, given, volumes) for name, given in covariates.items()])
    off = np.broadcast_to(~np.eye(values.shape[1], dtype=bool), values.shape)
    known, complete = ~np.isnan(values), np.isfinite(columns).all(axis=0)
    counts = {
        "cells": values.size,
        "own_trade": int((~off).sum()),
        "unknown": int((off & ~known).sum()),
        "covariate_unknown": int((off & known & ~complete).sum()),
        "singletons": 0,
        "separated_by_effects": 0,
        "separated_by_combination": 0,
    }
    rows = off & known & complete
    return Cells(values[rows], columns[:, rows], np.stack(np.nonzero(rows)), values.shape[1]), counts


def _aligned(name: str, given: xr.DataArray, volumes: xr.DataArray) -> Floats:
    axes = AXES if "year" in given.dims else AXES[1:]
    if set(given.dims) != set(axes):
        raise InputError(
            f"covariate '{name}' has axes {given.dims}", where="networks.ppml", remedy=f"give {AXES} or {AXES[1:]}"
        )
    for axis in axes:
        ours, theirs = set(volumes[axis].values.tolist()), set(given[axis].values.tolist())
        if ours != theirs:
            lost = sorted(map(str, ours ^ theirs))
            raise InputError(
                f"covariate '{name}' and the volumes differ in {axis}: {', '.join(lost[:10])}",
                where="networks.ppml",
                remedy="select the same labels on both first",
            )
    ordered = given.sel({axis: volumes[axis].values for axis in axes}).transpose(*axes)
    return np.asarray(np.broadcast_to(ordered.values.astype(np.float64), volumes.shape))


def _deviance(y: Floats, mu: Floats) -> float:
    return float(2 * (special.xlogy(y, y / mu) - (y - mu)).sum())


@dataclass(frozen=True)
class _Solved:
    """A solution: coefficients (k,), log of the fitted values (rows,), covariates within effects (k, rows)."""

    beta: Floats
    eta: Floats
    within: Floats
    separated: np.ndarray
    deviance: float
    iterations: int
    residual: float
    converged: bool


def _solve(cells: Cells, effects: tuple[str, ...], tolerance: float) -> _Solved:
    """Solve by iteratively reweighted least squares, effects taken out of every step.

    A cell without trade that separates (some combination of covariates and effects is below 0 there, nowhere above 0 on
    cells without trade, and 0 wherever there is trade) has no finite fitted log: each step takes about 1 off it for
    ever, while every other cell comes to rest. That tells them apart once all cells with trade are at rest.
    """
    from xenotime.networks.fixed_effects import Groupings

    unit = float(cells.y.mean())
    y, ids = cells.y / unit, cells.groups(effects)
    scale = np.linalg.norm(cells.x, axis=1)
    within = cells.x / scale[:, None]
    mu = (y + 1.0) / 2
    eta = np.log(mu)
    worked = eta + (y - mu) / mu
    rest, before = worked.copy(), eta
    beta = np.zeros(len(within))
    deviance, residual, done, resting, inner, settled = np.inf, np.inf, 0, 0, 1e-4, True
    while done < MAX_STEPS:
        done += 1
        # What was taken out before lies in the span of the effects: only the change has to be taken out again.
        columns, settled = Groupings(ids, mu).out_of(np.vstack([within, rest[None]]), inner)
        within, outcome = columns[:-1], columns[-1]
        beta = np.linalg.lstsq((within * mu) @ within.T, (within * mu) @ outcome, rcond=1e-14)[0]
        tried = np.clip(worked - (outcome - beta @ within), -LOWEST, LOWEST)
        new = _deviance(y, np.exp(tried))
        for _ in range(20):
            if new <= deviance * (1 + 1e-9) or not np.isfinite(deviance):
                break
            tried = (tried + eta) / 2
            new = _deviance(y, np.exp(tried))
        residual = abs(new - deviance) / (0.1 + new) if np.isfinite(deviance) else np.inf
        before, eta, deviance = eta, tried, new
        mu = np.exp(eta)
        last, worked = worked, eta + (y - mu) / mu
        rest = outcome + (worked - last)
        if residual < tolerance and inner <= tolerance:
            resting += 1
            # Small trade counts for little in the deviance, and takes longer to come to rest.
            if np.abs(eta - before)[y > 0].max() < AT_REST or resting > PATIENCE:
                break
        inner = max(tolerance, min(inner, 0.01 * residual))
    still = np.abs(eta - before)[y > 0].max() < AT_REST
    falling = (y == 0) & (eta - before < -FALLS) & still
    within, last_settled = Groupings(ids, mu).out_of(within, tolerance)
    converged = bool(residual < tolerance and settled and last_settled)
    return _Solved(beta / scale, eta + np.log(unit), within * scale[:, None], falling, deviance * unit, done,
                   residual, converged)  # fmt: skip


def _result(
    cells: Cells,
    solved: _Solved,
    names: tuple[str, ...],
    effects: tuple[str, ...],
    cluster: tuple[str, ...],
    counts: dict[str, int],
    dropped: dict[str, str],
    attrs: Mapping[str, object],
) -> PoissonFit:
    y, mu, mean = cells.y, np.exp(solved.eta), float(cells.y.mean())
    bread = np.asarray(np.linalg.pinv((solved.within * mu) @ solved.within.T, hermitian=True), dtype=np.float64)
    used = len(names) + _free_levels(cells, effects, cluster)
    covariance, sizes = _clustered(cells, solved.within * (y - mu), bread, cluster, used)
    loglik = float((y * solved.eta - mu - special.gammaln(y + 1)).sum())
    constant = float((special.xlogy(y, mean) - mean - special.gammaln(y + 1)).sum())
    sources = attrs.get("sources", attrs.get("source", ""))
    return PoissonFit(
        names=names,
        estimates=solved.beta,
        covariance=covariance,
        errors=f"clustered by {' and '.join(cluster)}, G/(G − 1) · (N − 1)/(N − {used})",
        effects=effects,
        cluster=cluster,
        clusters=MappingProxyType(sizes),
        counts=MappingProxyType(counts),
        dropped=MappingProxyType(dropped),
        deviance=solved.deviance,
        loglik=loglik,
        pseudo_r2=1 - loglik / constant,
        status="converged" if solved.converged else "not converged",
        iterations=solved.iterations,
        residual=solved.residual,
        unit=str(attrs.get("unit", attrs.get("units", ""))),
        source=", ".join(map(str, sources)) if isinstance(sources, (list, tuple)) else str(sources),
        notes=() if solved.converged else ("the iterations did not settle: do not quote these numbers",),
    )


def _free_levels(cells: Cells, effects: tuple[str, ...], cluster: tuple[str, ...]) -> int:
    """Return how many levels of effects count as estimated: those not nested in a cluster (fixest's rule)."""
    clusters = cells.groups(cluster)
    levels, nested = 0, 0
    for ids in cells.groups(effects):
        inside = any(len(np.unique(np.stack([ids, way]), axis=1)[0]) == int(ids.max()) + 1 for way in clusters)
        nested += inside
        levels += 0 if inside else int(ids.max()) + 1
    return levels - (len(effects) - 1) + nested


def _clustered(
    cells: Cells, scores: Floats, bread: Floats, cluster: tuple[str, ...], used: int
) -> tuple[Floats, dict[str, int]]:
    """Return the clustered covariance of (k, rows) scores, and the number of clusters each way."""
    from xenotime.networks.fixed_effects import compact

    k, rows = scores.shape
    ids = cells.groups(cluster)
    sizes = {name: int(way.max()) + 1 for name, way in zip(cluster, ids, strict=True)}
    fewest = min(sizes.values())
    if fewest < 2 or rows <= used:
        raise InputError(
            f"{fewest} cluster(s) and {rows} cells for {used} coefficients say nothing about their spread",
            where="networks.ppml",
            remedy="cluster another way, or give more years",
        )
    meat = np.zeros((k, k))
    for size in range(1, len(cluster) + 1):
        for ways in combinations(range(len(cluster)), size):
            key = np.zeros(rows, np.int64)
            for way in ways:
                key = compact(key * (int(ids[way].max()) + 1) + ids[way])
            sums = np.stack([np.bincount(key, score) for score in scores])
            meat += (-1) ** (size + 1) * sums @ sums.T
    covariance = bread @ meat @ bread * fewest / (fewest - 1) * (rows - 1) / (rows - used)
    if len(cluster) > 1:
        values, vectors = np.linalg.eigh(covariance)
        covariance = (vectors * np.maximum(values, 0)) @ vectors.T
    return np.asarray(covariance), sizes
