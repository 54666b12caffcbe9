"""The specification curve: estimates sorted, the choices behind each marked below, and the joint test by it."""

from collections.abc import Callable
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from xenotime.report import numbers, style
from xenotime.report.alliances.base import (
    Place,
    below,
    below_title,
    covariate_title,
    label_room,
    level,
    number,
    panel_title,
    told,
)
from xenotime.report.figures.base import nothing_known
from xenotime.studies.alliances import AlliancesStudy

#: Columns of the table that are no choice.
FIXED = frozenset({
    "stage", "covariate", "specification", "term", "label", "estimate", "error", "low", "high", "p", "dyads", "first",
    "last", "status", "sd", "per_sd", "one_step", "p_relabelled", "headline",
})  # fmt: skip
#: What shares are of, by rule.
SHARES = {"import_share": "imports", "export_share": "exports"}
#: Inches.
UPPER, LINE, BELOW, ABOVE, GAP = 1.25, 0.15, 0.12, 0.52, 0.1


def choices(study: AlliancesStudy, covariate: str) -> list[tuple[str, str]]:
    """Return (choice, what was chosen) in the order of the table, those without an alternative left out."""
    table = study.tables["curve"].filter((pl.col("covariate") == covariate) & pl.col("per_sd").is_not_null())
    found = []
    for name in [column for column in table.columns if column not in FIXED]:
        held = table[name].drop_nulls().unique(maintain_order=True).sort().to_list()
        found += [(name, value) for value in held] if len(held) > 1 else []
    return found


def shown_choice(name: str, value: str, rule: str) -> str:
    """Return a choice in words: "threshold: US$ 20,000"; a share is of what the dependence rule says."""
    head, found, size = value.partition(" = ")
    if found and head == "minimum_kusd":
        return f"{name}: US$\N{NO-BREAK SPACE}{1000 * float(size):,.0f}"
    if found and head == "minimum_share":
        return f"{name}: {100 * float(size):g} % of {SHARES.get(rule, 'trade')}"
    return f"{name}: {value}"


def drawer(covariate: str) -> Callable[[AlliancesStudy], Figure]:
    """Return what draws the curve of a covariate, a column a stage."""

    @style.styled
    def draw(study: AlliancesStudy) -> Figure:
        marks = choices(study, covariate)
        labels = [shown_choice(*mark, study.networks.rule) for mark in marks]
        left, apart, right = label_room(labels), 0.3, 0.1
        count = len(study.stages)
        wide = (style.WIDTH - left - right - apart * (count - 1)) / count
        low_part = LINE * (len(marks) + 0.6)
        tall = ABOVE + UPPER + GAP + low_part + BELOW
        figure = Figure(figsize=(style.WIDTH, tall))
        table = study.tables["curve"].filter((pl.col("covariate") == covariate) & pl.col("per_sd").is_not_null())
        scaled = table.with_columns((pl.col(end) * pl.col("sd")).alias(f"{end}_sd") for end in ("low", "high"))
        bounds = [0.0, *scaled["low_sd"].drop_nulls(), *scaled["high_sd"].drop_nulls()]
        for k, stage in enumerate(study.stages):
            x = (left + k * (wide + apart)) / style.WIDTH
            upper = figure.add_axes((x, (BELOW + low_part + GAP) / tall, wide / style.WIDTH, UPPER / tall))
            lower = figure.add_axes((x, BELOW / tall, wide / style.WIDTH, low_part / tall))
            rows = scaled.filter(pl.col("stage") == stage).sort("per_sd")
            upper.set_title(panel_title(study, Place(covariate, stage)), pad=15)
            below_title(upper, joint(study, covariate, stage))
            _column(upper, lower, rows, marks, style.stage_colours(study.stages)[stage], bounds)
            if k == 0:
                lower.set_yticks(range(len(labels)), labels)
                lower.tick_params(axis="y", length=0, labelcolor=style.INK, labelsize=style.SMALL + 0.2)
        return figure

    return draw


def _column(
    upper: Any, lower: Any, rows: pl.DataFrame, marks: list[tuple[str, str]], colour: str, bounds: list[float]
) -> None:
    """Draw one stage: estimates above, choices below."""
    lower.set_ylim(len(marks) - 0.4, -0.6)
    lower.set_yticks([])
    lower.grid(visible=False)
    for spine in lower.spines.values():
        spine.set_visible(False)
    lower.set_xticks([])
    if rows.is_empty():
        nothing_known(upper, "not in the model")
        return
    upper.axhline(0, color=style.SOFT, linewidth=0.8, zorder=1)
    room = 0.06 * (max(bounds) - min(bounds))
    upper.set_ylim(min(bounds) - room, max(bounds) + room)
    for axes in (upper, lower):
        axes.set_xlim(-0.8, rows.height - 0.2)
    for k, row in enumerate(rows.iter_rows(named=True)):
        sure = told(row["low_sd"], row["high_sd"])
        hue = colour if sure else style.OTHER
        upper.plot([k, k], [row["low_sd"], row["high_sd"]], color=hue, linewidth=1.0, zorder=2, solid_capstyle="butt")
        upper.plot([k], [row["per_sd"]], "o", color=hue, markersize=3.0, zorder=3)
        for y, (name, value) in enumerate(marks):
            on = row[name] == value
            lower.plot([k], [y], "s", color=hue if on else style.PALE, markersize=3.0 if rows.height <= 24 else 2.0)
    upper.set_xticks([])
    upper.spines["bottom"].set_visible(False)
    ticks = [tick for tick in upper.get_yticks() if upper.get_ylim()[0] <= tick <= upper.get_ylim()[1]]
    upper.set_yticks(ticks, [number(tick) for tick in ticks])
    before = ""
    for y, (name, _) in enumerate(marks):
        if before and name != before:
            lower.axhline(y - 0.5, color=style.RULE, linewidth=0.6)
        before = name


def joint(study: AlliancesStudy, covariate: str, stage: str) -> str:
    """Return the joint test of a stage's curve in few words."""
    if "curve_test" not in study.tables:
        return ""
    tests = study.tables["curve_test"].filter((pl.col("stage") == stage) & (pl.col("covariate") == covariate))
    median = tests.filter(pl.col("statistic").str.starts_with("median"))
    if median.is_empty():
        return ""
    return f"median {number(round(median['observed'][0], 3))}, joint p = {median['p'][0]:.3f}"


def captioner(covariate: str) -> Callable[[AlliancesStudy], str]:
    """Return what writes the words under the curve of a covariate."""

    def caption(study: AlliancesStudy) -> str:
        tests = study.tables.get("curve_test", pl.DataFrame())
        rows = study.tables["curve"].filter(pl.col("covariate") == covariate)
        failed = rows.filter(pl.col("per_sd").is_null()).height
        lost = f"{failed} of {rows.height} specifications could not be fitted. " if failed else ""
        draws = f" of {tests['permutations'].to_list()[0]} relabellings of the countries" if tests.height else ""
        return (
            f"{covariate_title(covariate)} under every combination of choices: log-odds of a tie for one standard "
            f"deviation more with {level(study)} intervals, sorted; the squares below say which choices an estimate "
            "rests on. Grey: the interval holds 0. Estimates share their data, so that many of one sign say little: "
            f"the joint p compares the median of the whole curve with those{draws}. {lost}{below(study)}"
        )

    return caption


def alter(covariate: str) -> Callable[[AlliancesStudy], str]:
    """Return what says the curve of a covariate in words."""

    def alt(study: AlliancesStudy) -> str:
        said = []
        for stage in study.stages:
            rows = study.tables["curve"].filter(
                (pl.col("stage") == stage) & (pl.col("covariate") == covariate) & pl.col("per_sd").is_not_null()
            )
            if rows.height:
                sure = sum(told(row["low"], row["high"]) for row in rows.iter_rows(named=True))
                up = int((rows["per_sd"] > 0).sum())
                said.append(
                    f"{numbers.stage_title(stage)}: {rows.height} estimates, {up} above 0, {sure} with an interval "
                    f"without 0; {joint(study, covariate, stage)}."
                )
        return f"Specification curve of {covariate_title(covariate).lower()}. {' '.join(said)}"

    return alt
