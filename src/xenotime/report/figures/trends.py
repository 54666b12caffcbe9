"""Trends by stage: trade, the leading exporters' shares, concentration, the shape of the network, any indicator."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from xenotime import networks
from xenotime.report import formulas, numbers, style
from xenotime.report.figures.base import (
    Years,
    end_labels,
    last_known,
    line,
    mark,
    money_scale,
    nothing_known,
    panels,
    percent_axis,
    plain_axis,
    title,
    title_lines,
    year_ticks,
)
from xenotime.studies import TradeStudy
from xenotime.studies.words import dollars, percent

LEADERS = 5
#: An exporter that never had this share of a stage is not drawn, unless it is among the two largest.
LEAST_SHARE = 0.03
LINE = 0.14  # inches, one more line of a panel's title


def _stage_panels(
    study: TradeStudy, height: float, *, columns: int, left: float, right: float, apart: float, suffix: str
) -> tuple[Figure, list[Any]]:
    """One panel a stage, at most `columns` in a row, with room for the longest title."""
    columns = max(min(len(study.stages), columns if len(study.stages) != 4 else 2), 1)
    wide = (style.WIDTH - left - right - apart * (columns - 1)) / columns
    top = 0.3 + LINE * (title_lines(study, wide + apart * 0.7, suffix) - 1)
    return panels(len(study.stages), height, columns=columns, left=left, right=right, apart=apart, top=top)


@style.styled
def draw_value(study: TradeStudy) -> Figure:
    """Trade by stage, one panel each, with the peak and the last year written in."""
    figure, axes = _stage_panels(study, 1.7, columns=3, left=0.45, right=0.62, apart=0.95, suffix=", US$ billion")
    colours = style.stage_colours(study.stages)
    years = numbers.year_axis(study)
    for stage, panel in zip(study.stages, axes, strict=True):
        values = numbers.total(study, stage).to_numpy()
        if not np.isfinite(values).any():
            title(panel, numbers.panel_title(study, stage), room=0.7)
            nothing_known(panel)
            continue
        scale, unit = money_scale(float(np.nanmax(values)))
        title(panel, f"{numbers.panel_title(study, stage)}, {unit}", room=0.7)
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
        if incomplete := limit(study, stage, "lower bound"):
            mark(panel, incomplete)
    return figure


def limit(study: TradeStudy, stage: str, extract: str) -> str:
    """Say in a few words what the data of a stage leave out, "" where nothing; `extract` is what an extract gives."""
    said = [f"extract: {extract}"] if numbers.has_cut(study) else []
    unknown = numbers.unknown_share(study, stage)[np.isfinite(numbers.total(study, stage).to_numpy())]
    if len(unknown) and unknown.max() >= 0.005:
        low, high = percent(float(unknown.min())), percent(float(unknown.max()))
        said.append(f"{high if low == high else f'{low} to {high}'} of pairs unknown")
    return "; ".join(said)


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
    """Words under trade."""
    words = numbers.trade_words(study)
    return (
        f"{words[:1].upper()}{words[1:]} by stage and year in current US dollars (not deflated: a price spike raises "
        f"it with no change in tonnes); each panel has its own scale. {_gaps(study)}{numbers.source_line(study)}"
    )


def alt_value(study: TradeStudy) -> str:
    """What trade shows, in words."""
    parts = []
    for stage in study.stages:
        if years := numbers.active_years(study, stage):
            world = numbers.total(study, stage)
            first, last = (dollars(float(world.sel(year=year))) for year in (years[0], years[-1]))
            parts.append(f"{stage} {first} in {years[0]}, {last} in {years[-1]}")
    return f"Line charts of {numbers.trade_words(study)} by stage: {'; '.join(parts) or 'no trade recorded'}."


@style.styled
def draw_shares(study: TradeStudy) -> Figure:
    """Shares of exports of the leading exporters, one panel a stage, lines named at their ends."""
    figure, axes = _stage_panels(study, 2.2, columns=2, left=0.42, right=1.05, apart=1.42, suffix="")
    years = numbers.year_axis(study)
    for stage, panel in zip(study.stages, axes, strict=True):
        title(panel, numbers.panel_title(study, stage), room=1.0)
        share = numbers.shares(study, stage)
        leaders = exporters_shown(study, stage)
        if not leaders:
            nothing_known(panel)
            continue
        values = {iso3: share.sel(exporter=iso3).to_numpy() for iso3 in leaders}
        looks = line_looks(leaders)
        for rank, iso3 in reversed(list(enumerate(leaders))):
            colour, dashes = looks[iso3]
            line(panel, years, values[iso3], colour, linestyle=dashes, linewidth=2.2 if rank < 2 else 1.3)
        panel.set_ylim(0, min(1.0, max(float(np.nanmax(series)) for series in values.values()) * 1.12))
        percent_axis(panel)
        year_ticks(panel, years)
        ends = []
        for iso3 in leaders:
            last = last_known(values[iso3]) or 0.0
            number = f" {percent(last)}" if last >= 0.0005 else ""  # an early leader that has left the trade
            ends.append((numbers.name(iso3) + number, last, looks[iso3][0]))
        end_labels(panel, ends, int(years[-1]))
    return figure


def line_looks(countries: list[str]) -> dict[str, tuple[str, Any]]:
    """Return colour and dashes of each country's line: its own colour, solid; else greys told apart by their dashes."""
    grey = [iso3 for iso3 in countries if iso3 not in style.COUNTRY_COLOURS]
    looks: dict[str, tuple[str, Any]] = {
        iso3: style.GREY_LINES[i % len(style.GREY_LINES)] for i, iso3 in enumerate(grey)
    }
    return {iso3: looks.get(iso3) or (style.country_colour(iso3), "solid") for iso3 in countries}


def exporters_shown(study: TradeStudy, stage: str) -> list[str]:
    """Return the stage's leading exporters of its last year with trade, and the two leaders of its first.

    Of those beyond the two largest, the ones that at some time had `LEAST_SHARE` of the stage's exports.
    """
    years = numbers.active_years(study, stage)
    if not years:
        return []
    share = numbers.shares(study, stage)
    leaders = numbers.ranked(share.sel(year=years[-1]), LEADERS)
    early = numbers.ranked(share.sel(year=years[0]), 2)
    best = share.max("year")
    kept = leaders[:2] + [iso3 for iso3 in leaders[2:] if float(best.sel(exporter=iso3)) >= LEAST_SHARE]
    return kept + [iso3 for iso3 in early if iso3 not in kept]


def caption_shares(study: TradeStudy) -> str:
    """Words under the shares."""
    return (
        f"Shares of {numbers.exports_words(study)} by value: the {LEADERS} largest exporters of the latest year and "
        f"the two largest of the first, without those that never reached {100 * LEAST_SHARE:.0f} %. Numbers at the "
        "ends are those of the last year known. The two largest are drawn thick; dashed greys are countries without a "
        f"colour of their own in these reports. {_gaps(study)}{numbers.source_line(study)}"
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
    return f"Gaps are years without recorded trade ({'; '.join(said)}). " if said else ""


#: Indicators drawn as trends: name in `networks.INDICATORS`, words, whether to write it in per cent.
CONCENTRATION = (
    ("export_hhi", "HHI of exporters, 0–1", False),
    ("import_hhi", "HHI of importers, 0–1", False),
    ("supplier_hhi", "HHI of the median importer’s suppliers, 0–1", False),
)
STRUCTURE = (
    ("density", "Density, ties over possible ties", True),
    ("reciprocity", "Reciprocity, share of ties returned", True),
    ("average_clustering", "Average clustering coefficient, 0–1", False),
    ("average_path_length", "Average path length, ties", False),
    ("reachable_share", "Pairs with a path, of all pairs", True),
    ("degree_assortativity", "Degree assortativity, −1 to 1", False),
)
#: Indicators and rules of which an extract, which lacks small flows, gives a lower bound. A rule on shares draws a few
#: ties too many in an extract, since the totals miss the small flows (docs/networks.md has the measured figures).
LOWER_BOUND = ("density", "ties", "average_degree", "active_countries", "reachable_share")
ABSOLUTE_RULES = ("value_threshold", "mass_threshold")


def _indicator_panels(study: TradeStudy, wanted: tuple[tuple[str, str, bool], ...]) -> Figure:
    names = numbers.held_indicators(study)
    held = [row for row in wanted if row[0] in names]
    right, apart = (0.75, 1.05) if len(study.stages) > 1 else (0.5, 0.8)
    count = max(len(held), 1)
    figure, axes = panels(count, 1.55, columns=min(count, 3), right=right, apart=apart, left=0.5)
    if not held:
        nothing_known(axes[0], "the study holds none of these indicators")
        return figure
    for (indicator, words, is_share), panel in zip(held, axes, strict=True):
        panel.set_title(words, fontsize=style.TEXT, fontweight="normal", color=style.INK)
        _trend(panel, study, indicator, is_share=is_share)
    return figure


def _trend(panel: Any, study: TradeStudy, indicator: str, *, is_share: bool) -> None:
    """Draw one indicator, one line a stage; a study with one stage has its last value at the end instead of a name."""
    colours = style.stage_colours(study.stages)
    years = numbers.year_axis(study)
    series = {stage: numbers.indicator(study, stage, indicator) for stage in study.stages}
    series = {stage: values for stage, values in series.items() if np.isfinite(values).any()}
    counts = numbers.counts_ties(indicator)
    if not series:
        unknown = counts and numbers.most_unknown(study) > numbers.UNREADABLE
        nothing_known(panel, "left out: most pairs\nof countries are unknown" if unknown else "not defined")
        return
    for stage, values in series.items():
        line(panel, years, values, colours[stage], linewidth=1.7)
    low = min(float(np.nanmin(values)) for values in series.values())
    high = max(float(np.nanmax(values)) for values in series.values())
    said = {limit(study, stage, _extract_gives(study, indicator)) for stage in series} - {""} if counts else set()
    room = max((high - min(low, 0)) * (0.22 if said else 0.1), 1e-2 if high <= 0 else 1e-6)
    panel.set_ylim(min(low - room, 0) if low < 0 else 0, high + room)
    if is_share:
        percent_axis(panel)
    else:
        plain_axis(panel)
    if low < 0:
        panel.axhline(0, color=style.RULE, linewidth=0.7, zorder=1)
    year_ticks(panel, years)
    ends = []
    for stage, values in series.items():
        last = last_known(values) or 0.0
        number = percent(last) if is_share else f"{last:.3g}".replace("-", "−")
        ends.append((numbers.stage_title(stage) if len(study.stages) > 1 else number, last, colours[stage]))
    end_labels(panel, ends, int(years[-1]))
    if said:
        mark(panel, sorted(said)[0] if len(said) == 1 else "some pairs unknown: see the method")


def _extract_gives(study: TradeStudy, indicator: str) -> str:
    bound = indicator in LOWER_BOUND and study.rule in ABSOLUTE_RULES
    return "lower bound" if bound else "ties of large flows"


@style.styled
def draw_indicator(study: TradeStudy, indicator: str) -> Figure:
    """Any indicator the study holds as a trend, one line a stage; of countries, the median one."""
    kind = networks.INDICATORS.get(indicator)
    words, unit = (kind.title, kind.unit) if kind else (indicator.replace("_", " "), "")
    of = ", median country" if kind and kind.scope == "country" else ""
    figure, (panel,) = panels(1, 2.4, right=1.0, left=0.7)
    shown = "" if unit == "fraction" else unit
    panel.set_title(f"{words}{of}{f', {shown}' if shown else ''}")
    _trend(panel, study, indicator, is_share=unit == "fraction")
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
        f"The network of dependence ties ({formulas.rule(study)}) by stage and year. Average degree is density times "
        "the number of other countries and has the same course. Path length is averaged over the pairs with a path, so "
        f"read it with their share beside it: when a network falls apart its paths get shorter. {_limits(study)}"
        f"{_gaps(study)}{numbers.source_line(study)}"
    )


def _limits(study: TradeStudy) -> str:
    """Say in a sentence what incomplete data do to measures of ties, "" where the data are complete."""
    said = ""
    if numbers.has_cut(study):
        said += (
            "In an extract small flows are absent: all measures here are of the ties that large flows make, which may "
            "be fewer or, under a rule on shares, a few more than in complete data. "
        )
    if numbers.most_unknown(study) > numbers.UNREADABLE:
        said += "Years in which most pairs of countries are unknown are left out. "
    return said


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
