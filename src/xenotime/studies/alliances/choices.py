"""Defensible choices beside those of the headline: thresholds of a tie, lags, structure, the growth of the media.

What GDELT counts per observed day fell by 40 % from 2018 to 2021: the media, not politics. Effects of each year take
out what moves all pairs alike; an index per 100,000 of the source's year takes it out of the covariate itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from xenotime.networks.rules import select_ties
from xenotime.studies.alliances import curve as curves
from xenotime.studies.alliances.covariates import COVARIATES, EVENTS, PAIR
from xenotime.studies.alliances.estimates import lag_of
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.specification import STRUCTURE, year_effects
from xenotime.studies.trade import TradeStudy
from xenotime.tergm import Panel

if TYPE_CHECKING:
    from xenotime.studies.alliances.beside import Stage

#: The parameter that thresholds vary, by rule, and the setting that lists its values.
THRESHOLDS: Mapping[str, tuple[str, str]] = {
    "value_threshold": ("minimum_kusd", "thresholds"),
    "import_share": ("minimum_share", "share_thresholds"),
    "export_share": ("minimum_share", "share_thresholds"),
}
#: How the volume of the media is allowed for, in words.
AS_IT_IS, PER_YEAR, YEARS = "as the source counts", "per 100,000 of the source's year", "effects of each year"


def thresholds(base: TradeStudy, stage: "Stage", settings: AlliancesSettings) -> dict[str, Panel]:
    """Return the stage's panel under other thresholds of the rule, by what they are; its countries and risk stay."""
    if base.rule not in THRESHOLDS:
        return {", ".join(f"{k} = {v:g}" for k, v in base.rule_parameters.items()): stage.panel}
    parameter, listed = THRESHOLDS[base.rule]
    values = sorted({*getattr(settings, listed), float(base.rule_parameters[parameter])})
    return {f"{parameter} = {value:g}": under(base, stage, {parameter: value}) for value in values}


def under(base: TradeStudy, stage: "Stage", parameters: Mapping[str, float]) -> Panel:
    """Return the stage's panel with ties drawn with other parameters of the rule."""
    trade = base.trade.sel(stage=[stage.name])
    ties, _ = select_ties(trade, base.rule, **parameters)
    nodes = list(stage.panel.nodes)
    drawn = ties.sel(stage=stage.name, exporter=nodes, importer=nodes).to_numpy().astype(float)
    values = np.where(np.isnan(stage.panel.ties), np.nan, drawn)
    values.setflags(write=False)
    return replace(stage.panel, ties=values)


def curve(base: TradeStudy, stage: "Stage", settings: AlliancesSettings) -> dict[str, pl.DataFrame]:
    """Estimate each covariate of interest under all defensible choices, and test each curve as a whole."""
    tables: dict[str, list[pl.DataFrame]] = {"curve": [], "curve_test": []}
    thresholded = _thresholds(base, stage, settings)
    for covariate, term in stage.spec.interest.items():
        if term not in stage.interest:
            continue
        lag = lag_of(term)
        choices = thresholded | _media(stage, covariate, settings, max(lag + 1, stage.spec.past))
        choices["lag"] = {_years(lag): curves.same, _years(lag + 1): curves.at_lag(lag + 1)}
        if not settings.formula:
            held = [name for name in STRUCTURE if name in stage.fit.names and name not in ("edges", "memory.stability")]
            choices["structure"] = {"all": curves.same, "memory alone": curves.dropping(*held)}
        start = curves.Specification({}, stage.panel, stage.spec.formula.removesuffix(stage.spec.years), term)
        found = curves.curve(
            curves.specifications(start, choices),
            permutations=settings.permutations,
            seed=settings.seed,
            level=1 - settings.level,
        )
        named_by = pl.lit(covariate).alias("covariate")
        as_told = pl.all_horizontal(pl.col(name) == next(iter(options)) for name, options in choices.items())
        tables["curve"].append(found.estimates.select(named_by, as_told.alias("headline"), pl.all()))
        tables["curve_test"].append(found.test.select(named_by, pl.all()))
    return {name: pl.concat(frames, how="diagonal") for name, frames in tables.items() if frames}


def _years(lag: int) -> str:
    return f"{lag} year{'' if lag == 1 else 's'}"


def _thresholds(base: TradeStudy, stage: "Stage", settings: AlliancesSettings) -> dict[str, dict[str, curves.Edit]]:
    """Return the threshold of the headline and the next higher one, where the rule has one."""
    if base.rule not in THRESHOLDS:
        return {}
    parameter, listed = THRESHOLDS[base.rule]
    now = float(base.rule_parameters[parameter])
    other = [value for value in getattr(settings, listed) if value > now][:1]
    named = {f"{parameter} = {value:g}": curves.on(under(base, stage, {parameter: value})) for value in other}
    return {"threshold": {f"{parameter} = {now:g}": curves.same, **named}}


def _media(
    stage: "Stage", covariate: str, settings: AlliancesSettings, deepest: int
) -> dict[str, dict[str, curves.Edit]]:
    """Return ways to allow for a source that grows or shrinks, the headline's first; none for what is no events."""
    if covariate not in EVENTS:
        return {}
    now, other = (AS_IT_IS, PER_YEAR) if settings.normalise == "none" else (PER_YEAR, AS_IT_IS)
    ways: dict[str, curves.Edit] = {now: curves.same}
    changed = otherwise_normalised(stage)
    if changed:
        ways[other] = _with_covariates(changed)
    effects = year_effects(stage.panel.years, deepest)
    by_year = {YEARS: curves.adding(effects)} if effects else {}  # a single year has no effect of its own
    # Counted events are per 100,000 of the source's year already.
    return {"media": {**by_year, **ways} if settings.year_effects else {**ways, **by_year}}


def otherwise_normalised(stage: "Stage") -> dict[str, np.ndarray]:
    """Return covariates made of indices of events as the other normalisation has them; none of counted events."""
    other = "source_year" if stage.reader.normalise == "none" else "none"
    reader = replace(stage.reader, normalise=other)
    panel = stage.panel
    place = np.array([reader.names.index(node) for node in panel.nodes])
    found = {}
    for name, before in stage.made.readings.items():
        reading = COVARIATES[name].read(reader) if name in EVENTS else None
        if reading is None or np.array_equal(reading.values, before.values, equal_nan=True):
            continue
        alive = panel.exists
        if COVARIATES[name].kind == PAIR:
            both = alive[:, :, None] & alive[:, None, :]
            found[name] = np.where(both, reading.values[:, place[:, None], place], 0.0)
        else:
            found[name] = np.where(alive, reading.values[:, place], 0.0)
    return found


def _with_covariates(changed: Mapping[str, np.ndarray]) -> curves.Edit:
    """Return an edit that takes other values of covariates; specifications that share a panel go on sharing one."""
    made: dict[int, tuple[Panel, Panel]] = {}

    def edit(given: curves.Specification) -> curves.Specification:
        panel = given.panel
        if id(panel) not in made:
            nodes, dyads = dict(panel.node_covariates), dict(panel.dyad_covariates)
            for name, values in changed.items():
                (dyads if COVARIATES[name].kind == PAIR else nodes)[name] = values
            made[id(panel)] = panel, replace(panel, node_covariates=nodes, dyad_covariates=dyads)
        return replace(given, panel=made[id(panel)][1])

    return edit
