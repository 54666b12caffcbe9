"""The alliances study as one self-contained HTML page: chapters in the order in which an analyst asks."""

from collections.abc import Sequence
from dataclasses import dataclass

from xenotime.core.version import __version__
from xenotime.report import formulas, numbers
from xenotime.report.alliances import checklist, tables
from xenotime.report.alliances.base import level, modelled, rows_of, source_line
from xenotime.report.alliances.figures import AlliancesFigure, figures
from xenotime.report.page import Picture, encoded, filled
from xenotime.report.tables import Table, provenance
from xenotime.studies.alliances import AlliancesStudy

#: Chapters in order: name, title, the chapters of the study's words told in it, its figures (an ending underscore
#: stands for all that begin so).
CHAPTERS = (
    ("estimates", "What goes with a trade tie", ("effects", "within", "estimators"), ("coefficients", "methods")),
    ("sensitivity", "Which stage answers most", ("sensitivity",), ("sensitivity",)),
    ("speed", "How fast", ("speed",), ("lags", "paths")),
    ("robust", "Does it hold", ("robust",), ("curve_", "choices", "influence")),
    ("fit", "Does the model fit", ("fit",), ("fit_",)),
    ("forecasts", "Does it predict", ("forecasts",), ("forecasts",)),
    ("volumes", "And how much is traded", ("volumes",), ()),
    ("claims", "Published claims", (), ()),
    ("coverage", "What the covariates are, and where they end", (), ("coverage",)),
)


@dataclass(frozen=True)
class Chapter:
    """A chapter ready for the page: sentences by stage, figures, tables that stand open, tables folded away."""

    name: str
    title: str
    told: tuple[tuple[str, tuple[str, ...]], ...]
    pictures: tuple[Picture, ...]
    tables: tuple[Table, ...]
    folded: tuple[Table, ...]


def render(study: AlliancesStudy) -> str:
    """Return the page of a study as HTML."""
    first, last = modelled(study)
    goods = study.title if len(study.stages) > 1 else numbers.goods(study.networks, study.stages[0])
    return filled(
        "alliances/template.html.j2",
        study=study,
        title=f"{goods}: alliances, conflicts and trade ties, {numbers.span(first, last)}",
        banners=numbers.banners(study.networks),
        chapters=chapters(study),
        rule=formulas.rule(study.networks),
        answer=checklist.answer(study),
        judged=judged(study),
        checked=checklist.table(study),
        by_stage=findings(study),
        formulas=tables.formulas(study),
        method=tables.of_chapter(study, "method")[0],
        level=level(study),
        provenance=provenance(study),
        source_line=source_line(study),
        version=__version__,
    )


def chapters(study: AlliancesStudy) -> list[Chapter]:
    """Return the chapters that the study bears, their figures numbered in the order of the page."""
    held = figures(study)
    found: list[Chapter] = []
    for name, title, told, prefixes in CHAPTERS:
        count = sum(len(chapter.pictures) for chapter in found)
        pictures = [
            _picture(study, figure, held[figure], count + place)
            for place, figure in enumerate(_in_order(prefixes, held), 1)
        ]
        said = tuple((words, lines) for words, lines in _told(study, told) if lines)
        opened, folded = tables.of_chapter(study, name)
        if said or pictures or opened or folded:
            found.append(Chapter(name, title, said, tuple(pictures), tuple(opened), tuple(folded)))
    return found


def _in_order(prefixes: Sequence[str], held: dict[str, AlliancesFigure]) -> list[str]:
    return [name for one in prefixes for name in held if name == one or (one.endswith("_") and name.startswith(one))]


def _picture(study: AlliancesStudy, name: str, kind: AlliancesFigure, number: int) -> Picture:
    return Picture(name, number, kind.title, kind.caption(study), kind.alt(study), encoded(kind.draw(study)))


def _told(study: AlliancesStudy, told: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return what chapters of the study's words say of each stage, furthest downstream first; no finding twice."""
    return [
        (
            numbers.panel_title(study.networks, stage),
            tuple(
                line
                for words in told
                for line in study.words.get(words, {}).get(stage, ())
                if f"{stage.capitalize()}. {line}" not in study.findings
            ),
        )
        for stage in reversed(study.stages)
    ]


def findings(study: AlliancesStudy) -> list[tuple[str, tuple[str, ...]]]:
    """Return the findings under the stage they begin with; those of no stage first."""
    heads = {stage: f"{stage.capitalize()}. " for stage in reversed(study.stages)}
    claims = {line for lines in study.words.get("claims", {}).values() for line in lines}  # the table says them
    general = tuple(
        line for line in study.findings if not line.startswith(tuple(heads.values())) and line not in claims
    )
    found = [("", general)] if general else []
    for stage, head in heads.items():
        lines = tuple(line.removeprefix(head) for line in study.findings if line.startswith(head))
        if lines:
            found.append((numbers.panel_title(study.networks, stage), lines))
    return found


def judged(study: AlliancesStudy) -> str:
    """Return how many published claims these data support, contradict and cannot judge; "" where none is held."""
    rows = rows_of(study, "claims")
    if rows.is_empty():
        return ""
    held = rows["verdict"].to_list()
    supports, contradicts, open_ = (held.count(word) for word in ("supports", "contradicts", "cannot judge"))
    return (
        f"Of {len(held)} published claims, these data support {supports}, contradict {contradicts} and cannot judge "
        f"{open_}."
    )
