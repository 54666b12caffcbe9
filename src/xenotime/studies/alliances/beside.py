"""What stands beside the headline: other lags, periods, thresholds, sources, countries; volumes; forecasts; fit.

Each function composes one part (`robustness`, `curve`, `networks.ppml`, the tie model's forecasts and goodness of fit)
over a stage and returns tables with a column ``stage``. A part that the data do not allow gives no rows and a remark.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.networks import ppml
from xenotime.studies.alliances import choices, estimates, robustness
from xenotime.studies.alliances.covariates import COVARIATES, PAIR
from xenotime.studies.alliances.panels import StagePanel
from xenotime.studies.alliances.reader import Reader
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.specification import Specification, label
from xenotime.studies.trade import TradeStudy
from xenotime.tergm import Panel, TergmFit
from xenotime.tergm.terms import edgecov

BINS = 10
Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Stage:
    """A stage on its way through the study: what it was read from, panel, formula, fits."""

    name: str
    reader: Reader
    made: StagePanel
    spec: Specification
    found: estimates.StageFits

    @property
    def panel(self) -> Panel:
        """The panel."""
        return self.made.panel

    @property
    def fit(self) -> TergmFit:
        """The headline fit."""
        return self.found.fits[estimates.MPLE]

    @property
    def interest(self) -> tuple[str, ...]:
        """Coefficients of interest that are estimated."""
        estimated = {self.fit.names[column] for column in self.fit.estimated}
        return tuple(name for name in self.spec.interest.values() if name in estimated)


@dataclass(frozen=True)
class Part:
    """A part of the study for one stage.

    Attributes
    ----------
    title : str
        What it does, for the progress bar and for remarks.
    tables : callable
        Returns the part's tables by name, without the column ``stage``.
    """

    title: str
    tables: Callable[[], Tables]


def parts(base: TradeStudy, stage: Stage, settings: AlliancesSettings) -> list[Part]:
    """Return what is computed for a stage beside its fits, as the settings ask."""
    fit, panel, formula, interest = stage.fit, stage.panel, stage.spec.formula, stage.interest
    seed, level = settings.seed, 1 - settings.level
    found = [
        Part("effects", lambda: {"effects": estimates.totals(fit, interest, settings)}),
        Part("influence", lambda: {
            "influence": robustness.influence(panel, formula, interest, leave=settings.leave_out)
        }),
        Part("thresholds", lambda: {
            "thresholds": robustness.thresholds(
                choices.thresholds(base, stage, settings), formula, interest, level=level
            )
        }),
        Part("sources", lambda: {"sources": sources(stage, level)}),
        Part("volumes", lambda: {"volumes": volumes(base, stage, level)}),
    ]  # fmt: skip
    if settings.lags:
        lags = [lag for lag in settings.lags if lag >= 0]
        leads = [-lag for lag in settings.lags if lag < 0]
        found.append(Part("lags", lambda: {
            "lags": robustness.lags(panel, formula, interest, lags=lags, leads=leads, level=level)
        }))  # fmt: skip
    if settings.breaks:
        found.append(
            Part(
                "periods",
                lambda: {"periods": robustness.periods(panel, formula, interest, settings.breaks, level=level)},
            )
        )
    if settings.paths:
        found.append(Part("paths", lambda: {"paths": estimates.paths(fit, stage.spec, settings)}))
    if settings.gof:
        found.append(Part("goodness of fit", lambda: goodness(fit, settings.gof, seed)))
    if settings.origins:
        found.append(Part("forecasts", lambda: forecasts(fit, settings.origins, seed, level)))
    if settings.permutations:
        found.append(Part("specification curve", lambda: choices.curve(base, stage, settings)))
    return found


def labelled(frame: pl.DataFrame) -> pl.DataFrame:
    """Add words for people after column ``term``, where there is one."""
    if "term" not in frame.columns or "label" in frame.columns:
        return frame
    words = pl.Series("label", [label(term) for term in frame["term"]], dtype=pl.String)
    return frame.insert_column(frame.get_column_index("term") + 1, words)


def sources(stage: Stage, level: float) -> pl.DataFrame:
    """Fit with the covariates of interest from every other source the store holds."""
    panels: dict[str, Panel] = {}
    place = [stage.reader.names.index(node) for node in stage.panel.nodes]
    tables = [stage.reader.table(name) for name in ("dyad_year", "event_counts", "relations", "country_indices")]
    held = sorted({source for table in tables for source in table["source"].unique()})
    for source in held:
        panel, changed = stage.panel, []
        for name in stage.spec.interest:
            before = stage.made.readings[name]
            if before.source.startswith(f"{source} "):
                continue
            reader = replace(stage.reader, sources={**stage.reader.sources, name: source}, _tables=stage.reader._tables)
            try:
                other = COVARIATES[name].read(reader)
            except InputError:  # this source has nothing of it
                continue
            if other is not None:
                values = other.values[..., np.array(place)[:, None], place]
                panel = replace(panel, dyad_covariates={**panel.dyad_covariates, name: values})
                changed.append(name)
        if changed:
            panels[source] = panel
    first = stage.made.readings[next(iter(stage.spec.interest))].source.split(" ")[0]
    return robustness.sources({first: stage.panel, **panels}, stage.spec.formula, stage.interest, level=level)


def volumes(base: TradeStudy, stage: Stage, level: float) -> pl.DataFrame:
    """Fit gravity on values with the pair covariates of the formula: what the tie model does not speak of.

    Exporter-year, importer-year and pair effects; what does not vary within pairs is dropped, with the reason.
    Columns: term, estimate, std_error, z, p_value, low, high, percent, dropped (why, or null), status, cells.
    """
    panel, years = stage.panel, list(stage.fit.model.years)
    nodes = list(panel.nodes)
    axes = {"year": years, "exporter": nodes, "importer": nodes}
    value = base.trade["value_kusd"].sel(stage=stage.name, year=years, exporter=nodes, importer=nodes, drop=True)
    steps = np.array([panel.index(year) for year in years])
    value = value.where(panel.risk[steps])
    covariates = {}
    for term in stage.fit.model.formula:
        if isinstance(term, edgecov) and COVARIATES[term.attr.partition("__")[0]].kind == PAIR:
            at = np.zeros_like(steps) if term.attr in panel.static else steps - term.lag
            covariates[term.names(panel)[0]] = xr.DataArray(panel.dyad_values(term.attr)[at], axes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        found = ppml(value.assign_coords(axes), covariates)
    rows = found.to_frame(level).with_columns(dropped=pl.lit(None, pl.String))
    out = pl.DataFrame(
        {"term": list(found.dropped), "dropped": list(found.dropped.values())},
        schema={"term": pl.String, "dropped": pl.String},
    )
    return pl.concat([rows, out], how="diagonal").with_columns(
        status=pl.lit(found.status), cells=pl.lit(found.counts["used"], pl.Int64)
    )


def goodness(fit: TergmFit, simulations: int, seed: int) -> Tables:
    """Return observed against simulated statistics, level by level, and the joint test of each statistic."""
    found = fit.gof(simulations, seed)
    return {"gof": found.to_frame(), "gof_joint": found.joint()}


def forecasts(fit: TergmFit, origins: int, seed: int, level: float) -> Tables:
    """Forecast next year's ties from rolling origins, against simple rules; scores, tests, verdict, calibration."""
    years = fit.model.panel.years
    first = fit.model.steps[0] + 2
    chosen = [years[step] for step in range(first, len(years) - 1)][-origins:]
    if not chosen:
        raise InputError("too few years for a forecast: three must lie up to an origin")
    found = fit.forecast(chosen, sweeps=40, seed=seed)
    calibration = [
        each.calibration(BINS).select(pl.lit(name).alias("predictor"), pl.all())
        for name, each in found.predictions.items()
    ]
    return {
        "forecasts": found.scores(),
        "forecast_tests": found.against(level),
        "forecast_verdict": pl.DataFrame({"sentence": found.verdict(level)}, schema={"sentence": pl.String}),
        "calibration": pl.concat(calibration),
    }
