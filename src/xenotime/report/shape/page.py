"""The shape study as one self-contained HTML page, in the look of the trade study's."""

from dataclasses import dataclass

from xenotime.core.version import __version__
from xenotime.report import numbers
from xenotime.report.page import Picture, encoded, filled
from xenotime.report.shape import tables
from xenotime.report.shape.figures import figures
from xenotime.report.tables import Table, provenance
from xenotime.studies import ShapeStudy

#: Chapters in order: name, title, the chapters of the study's words told in it, its figures.
CHAPTERS = (
    ("communities", "Who trades mostly with whom", ("communities",), ("communities_",)),
    ("noise", "More than noise?", ("noise",), ()),
    ("regions", "Regional or global", ("regions",), ("regions",)),
    ("mediation", "Who stands between", ("mediation",), ("mediation",)),
    ("chokepoints", "Chokepoints", ("chokepoints",), ("chokepoints",)),
    ("attack", "Countries drop out", ("attack",), ("attack",)),
    ("crisis", "Crises", ("crisis",), ("crisis", "chain")),
    ("links", "Critical links, core and periphery", ("links", "core"), ()),
    ("regression", "What goes with a tie", ("regression",), ()),
    ("changes", "Before and after", ("changes",), ("changes",)),
)


@dataclass(frozen=True)
class Chapter:
    """A chapter ready for the page: sentences by stage, figures, tables."""

    name: str
    title: str
    told: tuple[tuple[str, tuple[str, ...]], ...]
    pictures: tuple[Picture, ...]
    tables: tuple[Table, ...]


def render(study: ShapeStudy) -> str:
    """Return the page of a study as HTML."""
    span = numbers.span(min(study.years), max(study.years))
    return filled(
        "shape/template.html.j2",
        study=study,
        title=f"{study.title}: the shape of trade, {span}",
        banners=numbers.banners(study.networks),
        chapters=chapters(study),
        provenance=provenance(study.networks),
        source_line=numbers.source_line(study.networks),
        one_year=len(study.years) == 1,
        version=__version__,
    )


def chapters(study: ShapeStudy) -> list[Chapter]:
    """Return the chapters with their figures, numbered in the order of the page."""
    held = figures(study)
    shown = tables.of_chapters(study)
    count = 0
    found = []
    for name, title, told, prefixes in CHAPTERS:
        pictures = []
        for figure, kind in held.items():
            if any(figure == one or (one.endswith("_") and figure.startswith(one)) for one in prefixes):
                count += 1
                drawn = encoded(kind.draw(study))
                pictures.append(Picture(figure, count, kind.title, kind.caption(study), kind.alt(study), drawn))
        said = tuple(
            (numbers.panel_title(study.networks, stage), tuple(s for words in told for s in study.words[words][stage]))
            for stage in reversed(study.stages)
        )
        found.append(Chapter(name, title, said, tuple(pictures), tuple(shown.get(name, ()))))
    return found
