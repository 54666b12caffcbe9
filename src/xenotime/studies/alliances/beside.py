"""What stands beside the headline: other lags, periods, thresholds, sources, countries; volumes; forecasts; fit.

Each function composes one part (`robustness`, `curve`, `networks.ppml`, the tie model's forecasts and goodness of fit)
over a stage and returns tables with a column ``stage``. A part that the data do not allow gives no rows and a remark.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.networks import ppml
from xenotime.networks.rules import select_ties
from xenotime.studies.alliances import curve as curves
from xenotime.studies.alliances import estimates, robustness
from xenotime.studies.alliances.covariates import COVARIATES, PAIR
from xenotime.studies.alliances.panels import StagePanel
from xenotime.studies.alliances.reader import Reader
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.specification import STRUCTURE, Specification, label
from xenotime.studies.trade import TradeStudy
from xenotime.tergm import Panel, TergmFit
from xenotime.tergm.terms import edgecov

#: The parameter that thresholds vary, by rule, and the setting that lists its values.
THRESHOLDS: Mapping[str, tuple[str, str]] = {
    "value_threshold": ("minimum_kusd", "thresholds"),
    "import_share": ("minimum_share", "share_thresholds"),
    "export_share": ("minimum_share", "share_thresholds"),
}
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
    seed = settings.seed
    found = [
        Part("effects", lambda: {"effects": estimates.totals(fit, interest, settings)}),
        Part("influence", lambda: {
            "influence": robustness.influence(panel, formula, interest, leave=settings.leave_out)
        }),
        Part("thresholds", lambda: {
            "thresholds": robustness.thresholds(thresholds(base, stage, settings), formula, interest)
        }),
        Part("sources", lambda: {"sources": sources(stage)}),
        Part("volumes", lambda: {"volumes": volumes(base, stage)}),
    ]  # fmt: skip
    if settings.lags:
        lags = [lag for lag in settings.lags if lag >= 0]
        leads = [-lag for lag in settings.lags if lag < 0]
        found.append(Part("lags", lambda: {"lags": robustness.lags(panel, formula, interest, lags=lags, leads=leads)}))
    if settings.breaks:
        found.append(
            Part("periods", lambda: {"periods": robustness.periods(panel, formula, interest, settings.breaks)})
        )
    if settings.paths:
        found.append(Part("paths", lambda: {"paths": estimates.paths(fit, stage.spec, settings)}))
    if settings.gof:
        found.append(Part("goodness of fit", lambda: goodness(fit, settings.gof, seed)))
    if settings.origins:
        found.append(Part("forecasts", lambda: forecasts(fit, settings.origins, seed)))
    if settings.permutations:
        found.append(Part("specification curve", lambda: curve(base, stage, settings)))
    return found


def labelled(frame: pl.DataFrame) -> pl.DataFrame:
    """Add words for people after column ``term``, where there is one."""
    if "term" not in frame.columns or "label" in frame.columns:
        return frame
    words = pl.Series("label", [label(term) for term in frame["term"]], dtype=pl.String)
    return frame.insert_column(frame.get_column_index("term") + 1, words)


def thresholds(base: TradeStudy, stage: Stage, settings: AlliancesSettings) -> dict[str, Panel]:
    """Return the stage's panel under other thresholds of the rule, by what they are; its countries and risk stay."""
    if base.rule not in THRESHOLDS:
        return {", ".join(f"{k} = {v:g}" for k, v in base.rule_parameters.items()): stage.panel}
    parameter, listed = THRESHOLDS[base.rule]
    values = sorted({*getattr(settings, listed), float(base.rule_parameters[parameter])})
    return {f"{parameter} = {value:g}": under(base, stage, {parameter: value}) for value in values}


def under(base: TradeStudy, stage: Stage, parameters: Mapping[str, float]) -> Panel:
    """Return the stage's panel with ties drawn with other parameters of the rule."""
    trade = base.trade.sel(stage=[stage.name])
    ties, _ = select_ties(trade, base.rule, **parameters)
    nodes = list(stage.panel.nodes)
    drawn = ties.sel(stage=stage.name, exporter=nodes, importer=nodes).to_numpy().astype(float)
    values = np.where(np.isnan(stage.panel.ties), np.nan, drawn)
    values.setflags(write=False)
    return replace(stage.panel, ties=values)


def sources(stage: Stage) -> pl.DataFrame:
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
    return robustness.sources({first: stage.panel, **panels}, stage.spec.formula, stage.interest)


def volumes(base: TradeStudy, stage: Stage) -> pl.DataFrame:
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
    rows = found.to_frame().with_columns(dropped=pl.lit(None, pl.String))
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


def forecasts(fit: TergmFit, origins: int, seed: int) -> Tables:
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
        "forecast_tests": found.against(),
        "forecast_verdict": pl.DataFrame({"sentence": found.verdict()}, schema={"sentence": pl.String}),
        "calibration": pl.concat(calibration),
    }


def curve(base: TradeStudy, stage: Stage, settings: AlliancesSettings) -> Tables:
    """Estimate each covariate of interest under all defensible choices, and test each curve as a whole."""
    tables: dict[str, list[pl.DataFrame]] = {"curve": [], "curve_test": []}
    structure = [name for name in STRUCTURE if name in stage.fit.names and name not in ("edges", "memory.stability")]
    lag = settings.lag
    choices: dict[str, dict[str, curves.Edit]] = {
        "lag": {f"{lag} year": curves.same, f"{lag + 1} years": curves.at_lag(lag + 1)},
        "structure": {"all": curves.same, "memory alone": curves.dropping(*structure)},
    }
    if base.rule in THRESHOLDS:
        parameter, listed = THRESHOLDS[base.rule]
        now = float(base.rule_parameters[parameter])
        other = [value for value in getattr(settings, listed) if value > now][:1]
        named = {f"{parameter} = {value:g}": curves.on(under(base, stage, {parameter: value})) for value in other}
        choices = {"threshold": {f"{parameter} = {now:g}": curves.same, **named}, **choices}
    if settings.formula:
        del choices["structure"]
    for covariate, term in stage.spec.interest.items():
        if term not in stage.interest:
            continue
        start = curves.Specification({}, stage.panel, stage.spec.formula, term)
        found = curves.curve(
            curves.specifications(start, choices), permutations=settings.permutations, seed=settings.seed
        )
        named_by = pl.lit(covariate).alias("covariate")
        as_told = pl.all_horizontal(pl.col(name) == next(iter(options)) for name, options in choices.items())
        tables["curve"].append(found.estimates.select(named_by, as_told.alias("headline"), pl.all()))
        tables["curve_test"].append(found.test.select(named_by, pl.all()))
    return {name: pl.concat(frames) for name, frames in tables.items() if frames}
