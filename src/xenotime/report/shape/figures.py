"""Every figure of the shape study. A new one is a function here or beside, and a line in `SHAPE_FIGURES`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl
from matplotlib.figure import Figure

from xenotime.report import numbers
from xenotime.report.figures.alluvial import LEAST_SHARE, alluvial
from xenotime.report.shape import before_after, breaks, courses
from xenotime.studies import ShapeStudy


@dataclass(frozen=True)
class ShapeFigure:
    """One figure of the shape study.

    Attributes
    ----------
    title : str
        What it shows.
    draw, caption, alt : callable
        Study to the figure; to the words under it, ending with the source line; to words for who does not see it.
    borne : callable
        Whether the study bears it: a course needs two years, a crisis down the chain two stages.
    """

    title: str
    draw: Callable[[ShapeStudy], Figure]
    caption: Callable[[ShapeStudy], str]
    alt: Callable[[ShapeStudy], str]
    borne: Callable[[ShapeStudy], bool]


def _courses(study: ShapeStudy) -> bool:
    return len(study.years) > 1


def _always(study: ShapeStudy) -> bool:
    return True


def followed(study: ShapeStudy) -> list[str]:
    """Return the stages whose communities can be followed: those that trade in two years or more."""
    years = study.communities.members.group_by("stage", maintain_order=True).agg(pl.col("year").n_unique())
    return [stage for stage, count in years.iter_rows() if count > 1]


def alluvial_of(stage: str) -> ShapeFigure:
    """Return the figure of a stage's communities through the years."""

    def caption(study: ShapeStudy) -> str:
        year = study.tables["certainty"].filter(pl.col("stage") == stage)
        sure = ", ".join(
            f"{words} {float(year[column].to_numpy().mean()):.2f}"
            for column, words in (("stability", "over repeated searches"), ("noise_stability", "with errors on flows"))
        )
        return (
            f"Communities of trade by year, {stage.replace('_', ' ')}: heights are shares of turnover (exports and "
            "imports), ribbons the countries that pass from one year to the next, beside the ends the largest members. "
            f"Communities that never had {100 * LEAST_SHARE:g} % are together in grey. Stability, of 1: {sure}. "
            f"{numbers.source_line(study.networks)}"
        )

    return ShapeFigure(
        f"Communities through the years: {stage.replace('_', ' ')}",
        lambda study: alluvial(study.communities, stage),
        caption,
        lambda study: " ".join(["Alluvial figure of communities.", *study.words["communities"][stage]]),
        lambda study: stage in followed(study),
    )


SHAPE_FIGURES: Mapping[str, ShapeFigure] = {
    "regions": ShapeFigure(
        "Regional or global", courses.draw_regions, courses.caption_regions, courses.alt_regions, _courses
    ),
    "mediation": ShapeFigure(
        "Who carries", courses.draw_mediation, courses.caption_mediation, courses.alt_mediation,
        lambda study: _courses(study) and any(courses.carriers(study, stage) for stage in study.stages),
    ),
    "chokepoints": ShapeFigure(
        "Grip on importers", courses.draw_chokepoints, courses.caption_chokepoints, courses.alt_chokepoints, _courses
    ),
    "attack": ShapeFigure("Countries drop out", breaks.draw_attack, breaks.caption_attack, breaks.alt_attack, _always),
    "crisis": ShapeFigure("Crises", breaks.draw_crisis, breaks.caption_crisis, breaks.alt_crisis, _always),
    "chain": ShapeFigure(
        "Crises down the chain", breaks.draw_chain, breaks.caption_chain, breaks.alt_chain,
        lambda study: len(study.tables["chain_crisis"]) > 0,
    ),
    "changes": ShapeFigure(
        "Before and after", before_after.draw, before_after.caption, before_after.alt, before_after.borne
    ),
}  # fmt: skip


def figures(study: ShapeStudy) -> dict[str, ShapeFigure]:
    """Return the figures that the study bears, by name: one of communities a stage, then `SHAPE_FIGURES`."""
    communities = {f"communities_{stage}": alluvial_of(stage) for stage in study.stages}
    return {name: kind for name, kind in (communities | dict(SHAPE_FIGURES)).items() if kind.borne(study)}
