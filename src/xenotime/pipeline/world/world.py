"""The embedded world: rare-earth trade by stage whose truth is known. Reconstructed, not observed.

`demo_world` draws covariates, then ties with stated coefficients, then flows on the ties; estimation can be checked
against it, and the package runs on it anywhere. See docs/embedded-world.md for what is fact, what is assumption and
what is drawn.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.pipeline.world import covariates as drawing
from xenotime.pipeline.world import facts, flows, ties
from xenotime.pipeline.world.covariates import Covariates, Setting
from xenotime.pipeline.world.effects import marginal_effects
from xenotime.pipeline.world.margins import TAU_KUSD
from xenotime.schema import CUBE_AXES

#: What differs between the worlds.
VARIANTS: Mapping[str, str] = {
    "A": "covariates drawn before ties; nothing hidden",
    "B": "cooperation answers the ties of the year before (feedback)",
    "C": "an unobserved effect of each pair, correlated with its mean cooperation",
    "D": "the noise of a flow depends on the ties around it",
}
NOTICE = "reconstructed, not observed"
SWEEPS = 100


@dataclass(frozen=True, eq=False)
class World:
    """A world and its truth. Reconstructed, not observed.

    Attributes
    ----------
    seed, variant : int, str
        What it was drawn with; `VARIANTS` says what the variant means.
    names, years, stages : tuple
        Countries (ISO3), years, stages.
    risk : xarray.DataArray of bool (stage, year, exporter, importer)
        Pairs that may trade: the exporter produces, or is flagged as a hub; upstream is narrower (`facts.risk`).
    y : xarray.DataArray of bool (stage, year, exporter, importer)
        Ties. The law holds from the second year on, given the year before; the first year is a run-in.
    covariates : xarray.Dataset
        `log_gdp` (year, country), `log_output`, `log_output_next` (stage, year, country), `log_distance`
        (exporter, importer), `same_bloc`, `cooperation`, `conflict` (year, exporter, importer), `large_flow` (stage,
        year, exporter, importer). The year axis starts one year before `years`, for the lags.
    theta : mapping
        Stage → coefficient name → θ*; `edges` apart, since they differ by year.
    edges : xarray.DataArray (stage, year)
        The coefficient of edges.
    lags : mapping
        Coefficient name → lag in years.
    tau_kusd : mapping
        Stage → the threshold τ; the value-threshold rule at τ gives `y` back.
    """

    seed: int
    variant: str
    names: tuple[str, ...]
    years: tuple[int, ...]
    stages: tuple[str, ...]
    risk: xr.DataArray = field(repr=False)
    y: xr.DataArray = field(repr=False)
    covariates: xr.Dataset = field(repr=False)
    theta: ties.Theta = field(repr=False)
    edges: xr.DataArray = field(repr=False)
    lags: Mapping[str, int] = field(repr=False)
    tau_kusd: Mapping[str, float]
    _setting: Setting = field(repr=False)
    _drawn: Covariates = field(repr=False)

    @property
    def version(self) -> str:
        """Package version, seed and variant: what the numbers depend on."""
        return f"{installed_version('xenotime')}/seed{self.seed}/{self.variant}"

    @property
    def hidden(self) -> xr.DataArray:
        """The pair effect that variant C hides from the estimator, on the log-odds; zero in the other variants."""
        names = list(self.names)
        return xr.DataArray(self._drawn.hidden, {"exporter": names, "importer": names}, ("exporter", "importer"))

    @cached_property
    def _flows(self) -> flows.Flows:
        return flows.draw(self._setting, self._drawn, self.y.values, self.seed, self.variant)

    @cached_property
    def flows(self) -> pl.DataFrame:
        """Flows as a table of schema "flows"; drawn when first asked for."""
        return flows.table(self._setting, self._flows, self.version)

    @cached_property
    def effects(self) -> pl.DataFrame:
        """Simulated marginal effects of cooperation and conflict; simulated when first asked for (`effects`)."""
        return marginal_effects(self._setting, self._drawn, self.theta, self.edges.values, self.y.values, self.seed)

    @cached_property
    def residuals(self) -> pl.DataFrame:
        """Flows against their targets: stage, year, country, partner, side, target_kusd, value_kusd, basis, gap_pct."""
        return flows.residuals(self._setting, self._flows)

    @property
    def digest(self) -> str:
        """SHA-256 of ties, coefficients and flows: the same seed gives the same digest."""
        found = hashlib.sha256(np.packbits(self.y.values).tobytes())
        found.update(np.round(self.edges.values, 6).tobytes())
        found.update(np.round(self._flows.value_kusd, 1).tobytes())
        return found.hexdigest()

    def describe(self) -> str:
        """Return the world in a few lines, for people."""
        lines = [
            f"Embedded world, seed {self.seed}, variant {self.variant} ({VARIANTS[self.variant]}): {NOTICE}.",
            f"{len(self.names)} countries, {self.years[0]}–{self.years[-1]}, stages {', '.join(self.stages)}.",
        ]
        for s, stage in enumerate(self.stages):
            y, risk = self.y.values[s], self.risk.values[s]
            buyers = y.any(axis=1).sum(axis=1).mean()
            stable = (y[1:] & y[:-1]).sum() / max(1, y[:-1].sum())
            zero = [name for name, value in self.theta[stage].items() if value == 0]
            lines.append(
                f"{stage}: {y.sum() / len(self.years):.0f} ties a year of {risk.sum() / len(self.years):.0f} possible"
                f" ({y.sum() / risk.sum():.1%}), {y.sum() / len(self.years) / max(buyers, 1):.1f} suppliers per"
                f" importer, {stable:.0%} of ties last a year; τ = {self.tau_kusd[stage]:g} thousand USD;"
                f" θ* is zero for {', '.join(zero)}."
            )
        lines.append(
            "The value-threshold rule at τ gives the ties back exactly; other dependence rules have no planted truth."
        )
        lines.append(
            "Totals and shares: BACI's downstream from 2002 on, assumptions around known flows elsewhere"
            " (`residuals`, column `basis`)."
        )
        return "\n".join(lines)


def demo_world(
    seed: int = 1,
    countries: int | Iterable[str] | None = None,
    years: Iterable[int] = range(2001, 2024),
    variant: str = "A",
    stages: Iterable[str] | None = None,
    *,
    theta: Mapping[str, Mapping[str, float]] | None = None,
    edges: xr.DataArray | None = None,
    density: float | Mapping[str, float] | None = None,
    sweeps: int = SWEEPS,
) -> World:
    """Draw an embedded world. Reconstructed, not observed; the same arguments give the same numbers.

    Parameters
    ----------
    seed : int
    countries : int or iterable of str, optional
        How many (in the order of `facts.default_countries`) or which; all 140 without it.
    years : iterable of int
        Consecutive years within 1995–2030.
    variant : {"A", "B", "C", "D"}
        See `VARIANTS`.
    stages : iterable of str, optional
        Some of upstream, midstream, downstream; all without it.
    theta : mapping, optional
        Coefficients to change, by stage and name as in `World.theta`.
    edges : xarray.DataArray (stage, year), optional
        Coefficients of edges to use as they are, e.g. another world's, instead of calibrating them; a study over many
        seeds then has one truth.
    density : float or mapping of stage to float, optional
        Share of the risk set to be tied, every year, instead of the stated `ties.DENSITY`.
    sweeps : int
        Length of each year's chain, in proposals per possible tie.

    Returns
    -------
    World

    Raises
    ------
    InputError
        Unknown variant, stage, country or coefficient; years not consecutive; nobody who could export a stage.
    """
    setting = _setting(countries, years, stages)
    if variant not in VARIANTS:
        raise InputError(
            f"no variant {variant!r}", where="demo_world(variant=...)", remedy=f"use one of {', '.join(VARIANTS)}"
        )
    truth = _truth(setting, theta)
    drawn = drawing.draw(setting, seed, variant)
    aims = ties.densities(setting, density)
    level = (
        ties.pilot(setting, drawn, truth, aims, seed, variant)
        if edges is None
        else edges.sel(stage=list(setting.stages), year=list(setting.years)).values
    )
    panel = ties.draw(setting, drawn, truth, level, aims, seed, variant, sweeps)
    coords = {
        "stage": list(setting.stages),
        "year": list(setting.years),
        "exporter": list(setting.names),
        "importer": list(setting.names),
    }
    return World(
        seed=seed,
        variant=variant,
        names=setting.names,
        years=setting.years,
        stages=setting.stages,
        risk=xr.DataArray(setting.risk, coords, CUBE_AXES),
        y=xr.DataArray(panel.ties, coords, CUBE_AXES, attrs={"note": NOTICE}),
        covariates=_labelled(setting, panel.covariates),
        theta=truth,
        edges=xr.DataArray(level, {name: coords[name] for name in ("stage", "year")}, ("stage", "year")),
        lags=ties.LAGS,
        tau_kusd={stage: TAU_KUSD[stage] for stage in setting.stages},
        _setting=setting,
        _drawn=panel.covariates,
    )


def _setting(countries: int | Iterable[str] | None, years: Iterable[int], stages: Iterable[str] | None) -> Setting:
    names = facts.chosen_countries(countries)
    span = tuple(int(year) for year in years)
    if len(span) < 2 or span != tuple(range(span[0], span[-1] + 1)) or not 1995 <= span[0] <= span[-1] <= 2030:
        raise InputError("years must be two or more consecutive years within 1995–2030", where="demo_world(years=...)")
    asked = facts.STAGES if stages is None else tuple(stages)
    unknown = sorted(set(asked) - set(facts.STAGES))
    if unknown or not asked or len(set(asked)) < len(asked):
        raise InputError(
            f"not stages of the embedded world: {', '.join(unknown) or 'none, or one given twice'}",
            where="demo_world(stages=...)",
            remedy=f"choose from {', '.join(facts.STAGES)}",
        )
    risk = np.stack([facts.risk(stage, names, span) for stage in asked])
    for s, stage in enumerate(asked):
        row = risk[s].any(axis=(1, 2))
        if not row.all():
            raise InputError(
                f"none of the countries can export {stage} to another in {span[int(np.argmin(row))]}",
                where="demo_world",
                remedy="take more countries, or leave the stage out",
            )
    return Setting(names, span, asked, risk)


def _truth(setting: Setting, changes: Mapping[str, Mapping[str, float]] | None) -> ties.Theta:
    changes = changes or {}
    found = {}
    for stage in setting.stages:
        unknown = sorted(set(changes.get(stage, {})) - set(ties.THETA[stage]))
        if unknown:
            raise InputError(
                f"no coefficient {', '.join(unknown)}",
                where=f"demo_world(theta=...), {stage}",
                remedy=f"use names among {', '.join(ties.THETA[stage])}",
            )
        found[stage] = {**ties.THETA[stage], **changes.get(stage, {})}
    return found


def _labelled(setting: Setting, drawn: Covariates) -> xr.Dataset:
    """Covariates as a labelled dataset, the year before included."""
    names, pair = list(setting.names), ("exporter", "importer")
    variables: dict[str, Any] = {
        "log_gdp": (("year", "country"), drawn.log_gdp, {"units": "ln(billion current USD)"}),
        "log_output": (("stage", "year", "country"), drawn.log_output, {"units": "ln(1 + t)"}),
        "log_output_next": (("stage", "year", "country"), drawn.log_output_next, {"units": "ln(1 + t)"}),
        "log_distance": (pair, drawn.log_distance, {"units": "ln(km)"}),
        "same_bloc": (("year", *pair), drawn.same_bloc, {"units": "1 = share a trade bloc"}),
        "cooperation": (("year", *pair), drawn.cooperation, {"units": "standard deviations"}),
        "conflict": (("year", *pair), drawn.conflict, {"units": "standard deviations"}),
        "large_flow": (("stage", "year", *pair), drawn.large_flow, {"units": "1 = known or assumed to be large"}),
    }
    coords = {
        "stage": list(setting.stages),
        "year": list(setting.with_year_before),
        "country": names,
        "exporter": names,
        "importer": names,
    }
    return xr.Dataset(variables, coords, attrs={"note": NOTICE})
