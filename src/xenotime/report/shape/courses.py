"""Figures of the shape study that follow the years: regional or global with its null, carriers, grip on importers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from xenotime.networks import REGION_MEASURES
from xenotime.report import numbers, style
from xenotime.report.figures.base import (
    Floats,
    end_labels,
    last_known,
    line,
    nothing_known,
    panels,
    percent_axis,
    plain_axis,
    title,
    year_ticks,
)
from xenotime.report.figures.trends import line_looks
from xenotime.report.labels import wrapped
from xenotime.studies import ShapeStudy
from xenotime.studies.shape.words import SUBJECTS
from xenotime.studies.words import percent

#: Rows of the figure on regions: grouping, measure, words.
REGIONS = (
    ("region", "within_share", "Trade within continents"),
    ("bloc", "within_share", "Trade within blocs"),
    ("region", "mean_distance", "Mean distance, km"),
    ("community", "modularity", "Modularity of communities"),
)
LINES = 5
#: A carrier, or a grip, that never came to this is not drawn.
LEAST = 0.005
#: A panel narrower than this, in inches, has no room for a year every five.
NARROW = 1.6


def axis(study: ShapeStudy) -> Any:
    """Every calendar year of the study, also those it does not hold."""
    return numbers.year_axis(study.networks)


def series(study: ShapeStudy, rows: pl.DataFrame, column: str) -> Floats:
    """Return a column over `axis`, NaN where a year is not held."""
    held = dict(rows.select("year", column).drop_nulls().iter_rows())
    return np.array([held.get(int(year), np.nan) for year in axis(study)], dtype=float)


def heading(study: ShapeStudy, stage: str, words: str) -> str:
    """Return a panel's title: the stage before the words where there are several."""
    return f"{numbers.stage_title(stage)}: {words[:1].lower()}{words[1:]}" if len(study.stages) > 1 else words


@style.styled
def draw_regions(study: ShapeStudy) -> Figure:
    """Each measure a row, each stage a column: the course, and the band of what sizes alone would give."""
    stages = study.stages
    columns = 2 if len(stages) == 1 else len(stages)
    cells = [(by, measure, words, stage) for by, measure, words in REGIONS for stage in stages]
    wide = (style.WIDTH - 1.0 - 0.9 * (columns - 1)) / columns + 0.35
    top = title_room([heading(study, stage, words) for _, _, words, stage in cells], wide, style.TEXT)
    figure, axes = panels(len(cells), 1.35, columns=columns, left=0.5, right=0.5, apart=0.9, top=top)
    hue = style.stage_colours(stages)
    for (by, measure, words, stage), panel in zip(cells, axes, strict=True):
        rows = study.tables["regionalisation"].filter(
            (pl.col("by") == by) & (pl.col("measure") == measure) & (pl.col("stage") == stage)
        )
        title(panel, heading(study, stage, words), size=style.TEXT, room=0.6)
        value, mean, spread = (series(study, rows, column) for column in ("value", "null_mean", "null_sd"))
        is_share = REGION_MEASURES[measure].unit == "fraction"
        least = -np.inf if measure == "modularity" else 0.0
        low, high = (np.clip(mean + k * spread, least, 1.0 if is_share else np.inf) for k in (-2, 2))
        if not np.isfinite(value).any():
            nothing_known(panel, "not defined")
            continue
        years = axis(study)
        panel.fill_between(years, low, high, color=style.RULE, alpha=0.6, linewidth=0)
        line(panel, years, mean, style.OTHER, linestyle=(0, (3, 1.5)), linewidth=1.0)
        line(panel, years, value, hue[stage], linewidth=1.9)
        bounds = np.concatenate([value, low, high])
        foot, head = min(float(np.nanmin(bounds)), 0.0), float(np.nanmax(bounds))
        panel.set_ylim(foot, head + 0.08 * (head - foot) + 1e-9)
        if is_share:
            percent_axis(panel)
        else:
            plain_axis(panel)
        _years(panel, years)
        ends = [(_number(value, is_share), last_known(value) or 0.0, hue[stage])]
        if np.isfinite(mean).any():
            ends.append(("by size", last_known(mean) or 0.0, style.OTHER))
        end_labels(panel, ends, int(years[-1]))
    return figure


def _number(values: Floats, is_share: bool) -> str:
    last = last_known(values) or 0.0
    return percent(last) if is_share else f"{last:,.0f}" if abs(last) >= 100 else f"{last:.2f}"


def _years(panel: Any, years: Any) -> None:
    """Whole years on the axis, every tenth where the panel is too narrow for more."""
    if len(years) > 1:
        year_ticks(panel, years)
    if panel.get_position().width * panel.figure.get_figwidth() < NARROW and len(years) > 11:
        ticks = [int(year) for year in years if year % 10 == 0]
        panel.set_xticks(ticks, [str(year) for year in ticks])


def title_room(texts: Sequence[str], width: float, size: float) -> float:
    """Return the room above a panel, inches, that the longest of some titles needs at `width` inches."""
    lines = max(len(wrapped(text, width * 72, size, bold=True)) for text in texts)
    return 0.3 + 0.14 * (lines - 1)


def stage_room(study: ShapeStudy, left: float, right: float, apart: float, room: float) -> float:
    """Return the same for panels of which there is one a stage, titled by it."""
    count = len(study.stages)
    columns = 2 if count == 4 else min(count, 3)
    width = (style.WIDTH - left - right - apart * (columns - 1)) / columns + room
    return title_room([numbers.panel_title(study.networks, stage) for stage in study.stages], width, style.TEXT + 0.8)


def caption_regions(study: ShapeStudy) -> str:
    """Words under the figure on regions."""
    blocs = ", ".join(study.settings.blocs)
    return (
        f"Regional or global, by stage and year. Blocs are {blocs}, each with its members of the day. Grey: mean and "
        f"two standard deviations of {study.settings.nulls} networks drawn by year in which every country keeps its "
        "exports, its imports and, on average, its numbers of partners; communities are sought anew "
        "in each. A line inside the "
        f"band is not told from countries' sizes. {numbers.source_line(study.networks)}"
    )


def alt_regions(study: ShapeStudy) -> str:
    """What the figure on regions shows, in words."""
    said = [study.words["regions"][stage][0] for stage in study.stages]
    return f"Line charts of {', '.join(SUBJECTS.values())}, with the band of a null. {' '.join(said)}"


def _lines(study: ShapeStudy, courses: dict[str, list[tuple[str, Floats]]], empty: str, height: float = 2.1) -> Figure:
    """Draw countries' courses, one panel a stage, named at their ends."""
    top = stage_room(study, 0.45, 1.1, 1.45, 1.0)
    figure, axes = panels(len(study.stages), height, left=0.45, right=1.1, apart=1.45, top=top)
    years = axis(study)
    for stage, panel in zip(study.stages, axes, strict=True):
        title(panel, numbers.panel_title(study.networks, stage), room=1.0)
        held = courses[stage]
        if not held:
            nothing_known(panel, empty)
            continue
        looks = line_looks([country for country, _ in held])
        for rank, (country, values) in reversed(list(enumerate(held))):
            colour, dashes = looks[country]
            line(panel, years, values, colour, linestyle=dashes, linewidth=2.0 if rank < 2 else 1.3)
        panel.set_ylim(0, max(float(np.nanmax(values)) for _, values in held) * 1.12)
        percent_axis(panel)
        _years(panel, years)
        ends = [
            (
                f"{numbers.name(country)} {percent(last_known(values) or 0.0)}",
                last_known(values) or 0.0,
                looks[country][0],
            )
            for country, values in held
        ]
        end_labels(panel, ends, int(years[-1]))
    return figure


def carriers(study: ShapeStudy, stage: str) -> list[tuple[str, Floats]]:
    """Return the third countries that carry most, and those always shown, with their shares of arrivals."""
    rows = study.tables["mediation"].filter((pl.col("stage") == stage) & (pl.col("country") != study.settings.origin))
    return _courses(study, rows, "carried_share", study.settings.carriers, zero=True)


def grips(study: ShapeStudy, stage: str) -> list[tuple[str, Floats]]:
    """Return the exporters with the strongest grip, with its course."""
    return _courses(study, study.tables["chokepoints"].filter(pl.col("stage") == stage), "grip", (), zero=False)


def _courses(
    study: ShapeStudy, rows: pl.DataFrame, column: str, always: Sequence[str], *, zero: bool
) -> list[tuple[str, Floats]]:
    """The largest at their peak; with `zero`, a country without a row in a year that has others counts as nothing."""
    known = set(rows.drop_nulls(column)["year"].to_list())
    found = {}
    for (country,), part in rows.group_by("country", maintain_order=True):
        values = series(study, part, column)
        if zero:
            values = np.where(np.isnan(values) & np.isin(axis(study), list(known)), 0.0, values)
        if np.isfinite(values).any():
            found[str(country)] = values
    peak = {country: float(np.nanmax(values)) for country, values in found.items()}
    best = [c for c in sorted(peak, key=lambda c: (-peak[c], c)) if peak[c] >= LEAST][:LINES]
    best += [country for country in always if country in found and country not in best]
    last = {country: last_known(found[country]) or 0.0 for country in best}
    return [(country, found[country]) for country in sorted(best, key=lambda c: (-last[c], c))]


@style.styled
def draw_mediation(study: ShapeStudy) -> Figure:
    """Shares of what arrives that third countries carry."""
    return _lines(study, {stage: carriers(study, stage) for stage in study.stages}, "nothing carried")


def caption_mediation(study: ShapeStudy) -> str:
    """Words under the carriers."""
    origin, destination = (numbers.name(c) for c in (study.settings.origin, study.settings.destination))
    return (
        f"Who carries goods from {origin} to {destination}: share of all that arrives, by the last country on the way; "
        "what goes directly is the rest. Inferred by proportional mixing (what a country exports is of the same mix as "
        f"all it disposes of), naïve about value added. {numbers.source_line(study.networks)}"
    )


def alt_mediation(study: ShapeStudy) -> str:
    """What the carriers show, in words."""
    return " ".join(
        ["Line charts of carriers' shares.", *(study.words["mediation"][stage][0] for stage in study.stages)]
    )


@style.styled
def draw_chokepoints(study: ShapeStudy) -> Figure:
    """Grip on importers of the exporters that have most of it."""
    return _lines(study, {stage: grips(study, stage) for stage in study.stages}, "no trade recorded")


def caption_chokepoints(study: ShapeStudy) -> str:
    """Words under the chokepoints."""
    return (
        "Grip on importers: an exporter's share in each importer's purchases, squared, averaged over the world's "
        f"imports; of 100 %, were it the only supplier of all. The {LINES} highest at their peak. "
        f"{numbers.source_line(study.networks)}"
    )


def alt_chokepoints(study: ShapeStudy) -> str:
    """What the chokepoints show, in words."""
    return " ".join(["Line charts of grip.", *(study.words["chokepoints"][stage][0] for stage in study.stages)])
