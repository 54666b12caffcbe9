"""Every indicator of the study, by stage, in its first, middle and last year: what the page shows on request.

An indicator that someone adds to `xenotime.networks` stands here without a line of code in the report.
"""

import numpy as np

from xenotime import networks
from xenotime.report import numbers
from xenotime.report.tables import Cell, Header, Table, figure, first_middle_last, millions, words
from xenotime.studies import TradeStudy

SCOPES = {"world": "Indicators of the whole network", "country": "Indicators of countries: the median country"}


def all_indicators(study: TradeStudy) -> list[Table]:
    """Return a table of the indicators that the network has one of, and one of those that each country has."""
    return [table for scope in SCOPES if (table := _table(study, scope))]


def _table(study: TradeStudy, scope: str) -> Table | None:
    names = study.indicators["indicator"].unique(maintain_order=True).to_list()
    kept = [name for name in names if _scope(study, name) == scope]
    years = {stage: first_middle_last(numbers.active_years(study, stage)) for stage in study.stages}
    shown = [stage for stage in study.stages if years[stage]]
    if not kept or not shown:
        return None
    first = int(numbers.year_axis(study)[0])
    rows = []
    for name in kept:
        known = networks.INDICATORS.get(name)
        unit = known.unit if known else ""
        series = {stage: numbers.indicator(study, stage, name) for stage in shown}
        cells = [measure(float(series[stage][year - first]), unit) for stage in shown for year in years[stage]]
        rows.append((words(known.title if known else name), words(shown_unit(unit)), *cells))
    top = (
        Header("", number=False),
        Header("", number=False),
        *(Header(numbers.stage_title(stage), len(years[stage]), number=False) for stage in shown),
    )
    low = (
        Header("Indicator", number=False),
        Header("Unit", number=False),
        *(Header(str(year)) for stage in shown for year in years[stage]),
    )
    return Table(SCOPES[scope], (top, low), tuple(rows))


def _scope(study: TradeStudy, name: str) -> str:
    """Whether the network has one value of it or each country has its own, read off the values where unregistered."""
    if name in networks.INDICATORS:
        return networks.INDICATORS[name].scope
    rows = study.indicators.filter(study.indicators["indicator"] == name)
    return "world" if rows["country"].is_null().all() else "country"


def shown_unit(unit: str) -> str:
    """Return the unit in which `measure` writes: fractions in per cent, thousands of dollars in millions."""
    return {"fraction": "%", "thousand current USD": "US$ million"}.get(unit, unit)


def measure(value: float, unit: str) -> Cell:
    """Return a value as a cell: three digits of a small number, whole thousands of a large one."""
    if unit == "thousand current USD":
        return millions(value)
    if unit == "fraction":
        value = 100 * value
    if not np.isfinite(value) or value == 0:
        return figure(value)
    return figure(value, int(np.clip(2 - np.floor(np.log10(abs(value))), 0, 6)))
