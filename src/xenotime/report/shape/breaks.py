"""Figures of the shape study on what breaks: attack curves, crises within a stage, crises down the chain."""

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from xenotime.networks import STRATEGIES
from xenotime.report import numbers, style
from xenotime.report.figures.base import nothing_known, panels, percent_axis, title
from xenotime.report.shape.courses import heading, stage_room
from xenotime.studies import ShapeStudy

SEEDS = 10
STRATEGY_COLOURS = {
    "random": style.OTHER,
    "degree": style.GREEN,
    "strength": style.BLUE,
    "betweenness_recomputed": style.VERMILION,
}
LEFT = (("largest_component", "Largest component"), ("trade_left", "Trade left"))


@style.styled
def draw_attack(study: ShapeStudy) -> Figure:
    """What is left as countries drop out, in each stage's last year; two rows, one column a stage."""
    stages = study.stages
    columns = 2 if len(stages) == 1 else len(stages)
    figure, axes = panels(2 * len(stages), 1.7, columns=columns, left=0.5, right=0.15, apart=0.6, bottom=0.5)
    cells = [(column, words, stage) for column, words in LEFT for stage in stages]
    for k, ((column, words, stage), panel) in enumerate(zip(cells, axes, strict=True)):
        rows = study.tables["attack"].filter(pl.col("stage") == stage)
        title(panel, heading(study, stage, words), size=style.TEXT, room=0.3)
        if rows.is_empty():
            nothing_known(panel, "no ties")
            continue
        now = rows.filter(pl.col("year") == rows["year"].max())
        for name, colour in STRATEGY_COLOURS.items():
            curve = now.filter(pl.col("strategy") == name).sort("removed")
            x, y = curve["removed"].to_numpy(), curve[column].to_numpy()
            if name == "random" and column == "largest_component":
                low, high = (curve[edge].to_numpy() for edge in ("largest_low", "largest_high"))
                panel.fill_between(x, low, high, color=style.RULE, alpha=0.6, linewidth=0)
            panel.plot(x, y, color=colour, linewidth=1.6, label=STRATEGIES[name].title)
        panel.set_xlim(0, 0.5)
        panel.set_ylim(0, 1.02)
        percent_axis(panel)
        panel.set_xticks([0, 0.1, 0.2, 0.3, 0.4, 0.5], ["0", "10", "20", "30", "40", "50 %"])
        panel.set_xlabel("countries removed")
        if k == len(cells) - 1:
            panel.legend(loc="upper right", fontsize=style.SMALL, labelcolor="linecolor", handlelength=1.2)
    return figure


def caption_attack(study: ShapeStudy) -> str:
    """Words under the attack curves."""
    years = ", ".join(f"{stage} {year}" for stage, year in _last(study.tables["attack"]).items())
    return (
        "What is left as countries drop out: the largest component's share of all countries with a tie, and the share "
        f"of trade between those left ({years}). Band: 5 to 95 % of {study.settings.draws} random "
        "orders. “Most between "
        "those left” is worked out anew after each removal; the others keep the order of the start. Ties are those of "
        f"the rule {study.networks.rule.replace('_', ' ')}. {numbers.source_line(study.networks)}"
    )


def _last(table: pl.DataFrame) -> dict[str, int]:
    return dict(table.group_by("stage", maintain_order=True).agg(pl.col("year").max()).iter_rows())


def alt_attack(study: ShapeStudy) -> str:
    """What the attack curves show, in words."""
    return " ".join(["Curves of what is left.", *(study.words["attack"][stage][0] for stage in study.stages)])


def seeds(study: ShapeStudy, stage: str) -> list[str]:
    """Return the countries whose collapse goes furthest at the middle threshold."""
    rows = study.tables["crisis"].filter((pl.col("stage") == stage) & (pl.col("threshold") == middle(study)))
    best = rows.sort(["avalanche", "lost_share", "country"], descending=[True, True, False])
    return [str(country) for country in best["country"].head(SEEDS)]


def middle(study: ShapeStudy) -> float:
    """Return the middle one of the thresholds."""
    return sorted(study.settings.thresholds)[len(study.settings.thresholds) // 2]


@style.styled
def draw_crisis(study: ShapeStudy) -> Figure:
    """Share of other countries that collapse after each of the most dangerous, one mark a threshold."""
    top = stage_room(study, 0.95, 0.2, 1.15, 0.1)
    figure, axes = panels(len(study.stages), SEEDS * 0.19, left=0.95, right=0.2, apart=1.15, bottom=0.5, top=top)
    shades = dict(zip(sorted(study.settings.thresholds), _shades(len(study.settings.thresholds)), strict=True))
    for k, (stage, panel) in enumerate(zip(study.stages, axes, strict=True)):
        title(panel, numbers.panel_title(study.networks, stage), room=0.1)
        rows = study.tables["crisis"].filter(pl.col("stage") == stage)
        named = seeds(study, stage)
        others = max(rows["country"].n_unique() - 1, 1)
        place = {country: i for i, country in enumerate(named)}
        for i, country in enumerate(named):
            reach = rows.filter(pl.col("country") == country)["avalanche"].to_numpy() / others
            panel.plot([reach.min(), reach.max()], [i, i], color=style.RULE, linewidth=1.2, zorder=1)
        for threshold, colour in shades.items():
            part = rows.filter((pl.col("threshold") == threshold) & pl.col("country").is_in(named))
            panel.plot(
                part["avalanche"].to_numpy() / others,
                [place[country] for country in part["country"]],
                "o", color=colour, markersize=4, label=f"threshold {100 * threshold:g} %", clip_on=False, zorder=3,
            )  # fmt: skip
        panel.set_ylim(SEEDS - 0.5, -0.5)
        panel.set_xlim(0, 1)
        panel.grid(visible=False, axis="y")
        panel.grid(visible=True, axis="x")
        panel.set_yticks(range(len(named)), [numbers.name(country) for country in named])
        panel.tick_params(axis="y", length=0, labelcolor=style.INK)
        panel.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        panel.set_xlabel("other countries that collapse")
        if k == 0:
            panel.legend(loc="lower right", fontsize=style.SMALL, handlelength=0.8)
    return figure


def _shades(count: int) -> list[str]:
    """From dark to light: the lowest threshold spreads furthest."""
    return [style.ink(style.VERMILION, share) for share in np.linspace(0.45, 1.0, count)]


def caption_crisis(study: ShapeStudy) -> str:
    """Words under the crises."""
    return (
        f"Share of the other trading countries that collapse after each, when it loses {100 * study.settings.cut:g} % "
        "of its trade and another collapses that has lost more than the threshold of its own trade in imports or in "
        f"exports (Lee et al. 2011). The {SEEDS} that reach furthest at the middle threshold; the thresholds are "
        "judgements, so "
        f"read the range. {numbers.source_line(study.networks, _span(study.tables['crisis']))}"
    )


def _span(table: pl.DataFrame) -> tuple[int, int]:
    years = table["year"].to_list()
    return min(years), max(years)


def alt_crisis(study: ShapeStudy) -> str:
    """What the crises show, in words."""
    return " ".join(["Dots by country and threshold.", *(study.words["crisis"][stage][0] for stage in study.stages)])


@style.styled
def draw_chain(study: ShapeStudy) -> Figure:
    """Share of each later stage's trade that goes when a country collapses at an earlier one, middle threshold."""
    table = study.tables["chain_crisis"].filter(pl.col("threshold") == middle(study))
    starts = table["seed_stage"].unique(maintain_order=True).to_list()
    figure, axes = panels(len(starts), SEEDS * 0.24, columns=len(starts), left=0.95, right=0.2, apart=1.15, bottom=0.5)
    hue = style.stage_colours(study.stages)
    for k, (start, panel) in enumerate(zip(starts, axes, strict=True)):
        rows = table.filter(pl.col("seed_stage") == start)
        title(panel, f"A collapse at the {start.replace('_', ' ')} stage", room=0.1)
        end = rows.filter(pl.col("stage") == study.stages[-1])
        named = end.sort(["lost_share", "country"], descending=[True, False])["country"].head(SEEDS).to_list()
        stages = [stage for stage in study.stages if stage in set(rows["stage"])]
        thick = 0.8 / len(stages)
        for s, stage in enumerate(stages):
            lost = dict(rows.filter(pl.col("stage") == stage).select("country", "lost_share").iter_rows())
            panel.barh(
                np.arange(len(named)) + (s - (len(stages) - 1) / 2) * thick,
                [lost.get(country) or 0.0 for country in named],
                height=thick, color=hue[stage], label=f"{stage.replace('_', ' ')} trade lost",
            )  # fmt: skip
        panel.set_ylim(SEEDS - 0.5, -0.5)
        panel.set_xlim(0, 1)
        panel.grid(visible=False, axis="y")
        panel.grid(visible=True, axis="x")
        panel.set_yticks(range(len(named)), [numbers.name(country) for country in named])
        panel.tick_params(axis="y", length=0, labelcolor=style.INK)
        panel.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        if k == 0:
            panel.legend(loc="lower right", fontsize=style.SMALL, handlelength=1.0)
    return figure


def caption_chain(study: ShapeStudy) -> str:
    """Words under the crises down the chain."""
    return (
        "Share of trade that goes, by stage, when a country loses its trade at one stage and the "
        "crisis runs through it "
        f"and down the chain: others collapse beyond {100 * middle(study):g} % of their own trade, makers stop at "
        f"the next stage where they lose more than {100 * study.settings.input_threshold:g} % of what "
        "they dispose of. The "
        f"{SEEDS} that cost the last stage most. What makers use at home is in no trade table, so they look more "
        f"fragile than they are. {numbers.source_line(study.networks, _span(study.tables['chain_crisis']))}"
    )


def alt_chain(study: ShapeStudy) -> str:
    """What the crises down the chain show, in words."""
    said = [line for stage in study.stages[:-1] for line in study.words["crisis"][stage][1:]]
    return " ".join(["Bars of trade lost by stage and country.", *said])
