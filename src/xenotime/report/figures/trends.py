"""Trends by stage: world trade, the leading exporters' shares, concentration, and the shape of the network."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from xenotime.report import formulas, numbers, style
from xenotime.report.figures.base import (
    Years,
    country_colours,
    end_labels,
    last_known,
    line,
    money_scale,
    nothing_known,
    panels,
    percent_axis,
    plain_axis,
    year_ticks,
)
from xenotime.studies import TradeStudy
from xenotime.studies.words import dollars, percent

LEADERS = 5


@style.styled
def draw_value(study: TradeStudy) -> Figure:
    """World trade by stage, one panel each, with the peak and the last year written in."""
    figure, axes = panels(len(study.stages), 1.7, right=0.62, apart=0.95)
    colours = style.stage_colours(study.stages)
    years = numbers.year_axis(study)
    for stage, panel in zip(study.stages, axes, strict=True):
        values = numbers.total(study, stage).to_numpy()
        if not np.isfinite(values).any():
            panel.set_title(numbers.stage_title(stage))
            nothing_known(panel)
            continue
        scale, unit = money_scale(float(np.nanmax(values)))
        panel.set_title(f"{numbers.stage_title(stage)}, {unit}")
        scaled = values / scale
        panel.fill_between(years, scaled, color=colours[stage], alpha=0.14, linewidth=0)
        line(panel, years, scaled, colours[stage], linewidth=1.8)
        panel.set_ylim(0, max(float(np.nanmax(scaled)) * 1.2, 1e-9))
        plain_axis(panel)
        year_ticks(panel, years)
        peak, last = int(np.nanargmax(values)), int(np.flatnonzero(np.isfinite(values))[-1])
        if peak != last:
            _mark_peak(panel, years, peak, scaled[peak], dollars(values[peak]), colours[stage])
        panel.plot([years[last]], [scaled[last]], "o", color=colours[stage], markersize=3.4, clip_on=False)
        said = "" if years[last] == years[-1] else f"{years[last]}: "
        end_labels(panel, [(said + dollars(values[last]), scaled[last], colours[stage])], int(years[-1]))
    return figure


def _mark_peak(panel: Any, years: Years, i: int, height: float, text: str, colour: str) -> None:
    """A dot on the line with its year and value above it, kept within the panel."""
    share = (years[i] - years[0]) / max(years[-1] - years[0], 1)
    side = "right" if share > 0.75 else "left" if share < 0.25 else "center"
    panel.plot([years[i]], [height], "o", color=colour, markersize=3.4, clip_on=False)
    panel.annotate(
        f"{years[i]}: {text}",
        xy=(years[i], height),
        xytext=(0, 5),
        textcoords="offset points",
        ha=side,
        va="bottom",
        fontsize=style.SMALL,
        color=style.ink(colour),
        annotation_clip=False,
    )


def caption_value(study: TradeStudy) -> str:
    """Words under world trade."""
    return (
        "World trade by stage and year in current US dollars (not deflated: a price spike raises it with no change in "
        f"tonnes); each panel has its own scale. {_gaps(study)}{numbers.source_line(study)}"
    )


def alt_value(study: TradeStudy) -> str:
    """What world trade shows, in words."""
    parts = []
    for stage in study.stages:
        if years := numbers.active_years(study, stage):
            world = numbers.total(study, stage)
            first, last = (dollars(float(world.sel(year=year))) for year in (years[0], years[-1]))
            parts.append(f"{stage} {first} in {years[0]}, {last} in {years[-1]}")
    return f"Line charts of world trade by stage: {'; '.join(parts) or 'no trade recorded'}."


@style.styled
def draw_shares(study: TradeStudy) -> Figure:
    """Shares of world exports of the leading exporters, one panel a stage, lines named at their ends."""
    figure, axes = panels(len(study.stages), 2.1, right=0.85, apart=1.2, left=0.42)
    colours = country_colours(study)
    years = numbers.year_axis(study)
    for stage, panel in zip(study.stages, axes, strict=True):
        panel.set_title(numbers.stage_title(stage))
        share = numbers.shares(study, stage)
        leaders = exporters_shown(study, stage)
        if not leaders:
            nothing_known(panel)
            continue
        values = {iso3: share.sel(exporter=iso3).to_numpy() for iso3 in leaders}
        for iso3 in reversed(leaders):
            line(panel, years, values[iso3], colours.get(iso3, style.OTHER), linewidth=2.0 if iso3 in colours else 1.2)
        panel.set_ylim(0, min(1.0, max(float(np.nanmax(series)) for series in values.values()) * 1.12))
        percent_axis(panel)
        year_ticks(panel, years)
        ends = [(numbers.name(i), last_known(values[i]) or 0.0, colours.get(i, style.OTHER)) for i in leaders]
        end_labels(panel, ends, int(years[-1]))
    return figure


def exporters_shown(study: TradeStudy, stage: str) -> list[str]:
    """Return the stage's leading exporters of its last year with trade, and the leader of its first."""
    years = numbers.active_years(study, stage)
    if not years:
        return []
    share = numbers.shares(study, stage)
    leaders = numbers.ranked(share.sel(year=years[-1]), LEADERS)
    early = numbers.ranked(share.sel(year=years[0]), 2)
    return leaders + [iso3 for iso3 in early if iso3 not in leaders]


def caption_shares(study: TradeStudy) -> str:
    """Words under the shares."""
    return (
        f"Shares of world exports by value: the {LEADERS} largest exporters of the latest year and the two largest of "
        f"the first. {_gaps(study)}{numbers.source_line(study)}"
    )


def alt_shares(study: TradeStudy) -> str:
    """What the shares show, in words."""
    parts = []
    for stage in study.stages:
        years = numbers.active_years(study, stage)
        if years:
            share = numbers.shares(study, stage)
            leader = numbers.ranked(share.sel(year=years[-1]), 1)[0]
            ends = (percent(float(share.sel(exporter=leader, year=year))) for year in (years[-1], years[0]))
            now, then = (end if end != "nan %" else "unknown" for end in ends)
            parts.append(f"{stage}: {numbers.name(leader)} {now} in {years[-1]}, {then} in {years[0]}")
    return f"Line charts of exporters' shares by stage. {'; '.join(parts) or 'No trade recorded'}."


def _gaps(study: TradeStudy) -> str:
    """Say which years are gaps, by stage, where any are."""
    axis = set(numbers.year_axis(study).tolist())
    said = []
    for stage in study.stages:
        held = {int(y) for y, v in zip(numbers.year_axis(study), numbers.total(study, stage).values) if np.isfinite(v)}
        if held and (gone := sorted(axis - held)):
            said.append(f"{stage}: {', '.join(map(str, gone[:8]))}{' and more' if len(gone) > 8 else ''}")
    return f"Gaps are years without data ({'; '.join(said)}). " if said else ""


#: Indicators drawn as trends: name in `networks.INDICATORS`, words, whether to write it in per cent.
CONCENTRATION = (
    ("export_hhi", "HHI of exporters, 0–1", False),
    ("import_hhi", "HHI of importers, 0–1", False),
    ("supplier_hhi", "HHI of the median importer’s suppliers, 0–1", False),
)
STRUCTURE = (
    ("density", "Density, ties over possible ties", True),
    ("average_degree", "Average degree, ties a country", False),
    ("reciprocity", "Reciprocity, share of ties returned", True),
    ("average_clustering", "Average clustering coefficient, 0–1", False),
    ("average_path_length", "Average path length, ties", False),
    ("degree_assortativity", "Degree assortativity, −1 to 1", False),
)


def _indicator_panels(study: TradeStudy, wanted: tuple[tuple[str, str, bool], ...]) -> Figure:
    held = [row for row in wanted if row[0] in study.indicators["indicator"].unique().to_list()]
    figure, axes = panels(max(len(held), 1), 1.55, columns=3, right=0.75, apart=1.05, left=0.42)
    if not held:
        nothing_known(axes[0], "the study holds none of these indicators")
        return figure
    colours = style.stage_colours(study.stages)
    years = numbers.year_axis(study)
    for (indicator, title, is_share), panel in zip(held, axes, strict=True):
        panel.set_title(title, fontsize=style.TEXT, fontweight="normal", color=style.INK)
        series = {stage: numbers.indicator(study, stage, indicator) for stage in study.stages}
        series = {stage: values for stage, values in series.items() if np.isfinite(values).any()}
        if not series:
            nothing_known(panel, "not defined")
            continue
        for stage, values in series.items():
            line(panel, years, values, colours[stage], linewidth=1.7)
        low = min(float(np.nanmin(values)) for values in series.values())
        high = max(float(np.nanmax(values)) for values in series.values())
        room = max((high - min(low, 0)) * 0.1, 1e-6)
        panel.set_ylim(min(low - room, 0) if low < 0 else 0, high + room)
        if is_share:
            percent_axis(panel)
        else:
            plain_axis(panel)
        if low < 0:
            panel.axhline(0, color=style.RULE, linewidth=0.7, zorder=1)
        year_ticks(panel, years)
        ends = [(numbers.stage_title(s), last_known(v) or 0.0, colours[s]) for s, v in series.items()]
        end_labels(panel, ends, int(years[-1]))
    return figure


@style.styled
def draw_concentration(study: TradeStudy) -> Figure:
    """Herfindahl–Hirschman indices of exporters, importers and suppliers, one line a stage."""
    return _indicator_panels(study, CONCENTRATION)


def caption_concentration(study: TradeStudy) -> str:
    """Words under concentration."""
    return (
        "Concentration by stage: Herfindahl–Hirschman index, the sum of squared shares, from near 0 (many equals) to 1 "
        f"(one alone); one over it is the number of equal traders that would give it. {_gaps(study)}"
        f"{numbers.source_line(study)}"
    )


def alt_concentration(study: TradeStudy) -> str:
    """What concentration shows, in words."""
    return f"Line charts of concentration by stage. {_ends(study, 'export_hhi', 'exporter HHI')}"


@style.styled
def draw_structure(study: TradeStudy) -> Figure:
    """Measures of the network of dependence, one panel each, one line a stage."""
    return _indicator_panels(study, STRUCTURE)


def caption_structure(study: TradeStudy) -> str:
    """Words under structure."""
    return (
        f"The network of dependence ties ({formulas.rule(study)}) by stage and year. {_gaps(study)}"
        f"{numbers.source_line(study)}"
    )


def alt_structure(study: TradeStudy) -> str:
    """What structure shows, in words."""
    return f"Line charts of network measures by stage. {_ends(study, 'density', 'density')}"


def _ends(study: TradeStudy, indicator: str, words: str) -> str:
    parts = []
    for stage in study.stages:
        values = numbers.indicator(study, stage, indicator)
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            years = numbers.year_axis(study)[known[[0, -1]]]
            first, last = values[known[[0, -1]]]
            parts.append(f"{stage}: {words} {first:.3g} in {years[0]}, {last:.3g} in {years[1]}")
    return f"{'; '.join(parts)}." if parts else "No values."
