"""One self-contained HTML page from a trade study: figures and style inlined, no script, no outside request."""

from xenotime.core.version import __version__
from xenotime.report import appendix, formulas, numbers, tables
from xenotime.report.figures import FIGURES
from xenotime.report.page import Picture, encoded, filled
from xenotime.studies import TradeStudy

#: Chapters of the page in order, each with its figures.
CHAPTERS = (
    ("Who ships to whom", ("map",)),
    ("The network by stage", ("network",)),
    ("Trends", ("value", "shares", "concentration", "structure")),
    ("Dependence", ("dependence",)),
)


def render(study: TradeStudy) -> str:
    """Return the page of a study as HTML."""
    held = pictures(study)
    by_stage = [
        (
            numbers.panel_title(study, stage),
            [
                table
                for table in (
                    tables.leaders(study, stage, "exporter"),
                    tables.leaders(study, stage, "importer"),
                    tables.suppliers(study, stage),
                    tables.yearly(study, stage),
                )
                if table
            ],
        )
        for stage in study.stages
    ]
    return filled(
        "template.html.j2",
        study=study,
        title=f"{study.title}: trade networks by stage, {numbers.span(min(study.years), max(study.years))}",
        chapters=[(title, [held[name] for name in names if name in held]) for title, names in CHAPTERS],
        one_year=min(study.years) == max(study.years),
        stages=by_stage,
        banners=numbers.banners(study),
        staging=numbers.staging(study),
        indicators=appendix.all_indicators(study),
        contents=tables.stage_contents(study),
        definitions=tables.definitions(study),
        provenance=tables.provenance(study),
        rule=formulas.rule(study),
        symbols=formulas.SYMBOLS,
        source_line=numbers.source_line(study),
        stage_list=", ".join(numbers.stage_title(stage).lower() for stage in study.stages),
        version=__version__,
    )


def pictures(study: TradeStudy) -> dict[str, Picture]:
    """Return every figure the study bears, as SVG in a data address, numbered in the order of the page."""
    held: dict[str, Picture] = {}
    for name in (name for _, names in CHAPTERS for name in names):
        kind = FIGURES[name]
        if len(study.years) < kind.least_years:
            continue
        data = encoded(kind.draw(study))
        held[name] = Picture(name, len(held) + 1, kind.title, kind.caption(study), kind.alt(study), data)
    return held
