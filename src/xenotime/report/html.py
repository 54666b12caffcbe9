"""One self-contained HTML page from a trade study: figures and style inlined, no script, no outside request."""

import base64
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import jinja2

from xenotime.core import InputError, write_text
from xenotime.core.version import __version__
from xenotime.report import appendix, formulas, numbers, style, tables
from xenotime.report.figures import FIGURES
from xenotime.studies import TradeStudy

#: Chapters of the page in order, each with its figures.
CHAPTERS = (
    ("Who ships to whom", ("map",)),
    ("The network by stage", ("network",)),
    ("Trends", ("value", "shares", "concentration", "structure")),
    ("Dependence", ("dependence",)),
)


@dataclass(frozen=True)
class Picture:
    """A figure ready for the page."""

    name: str
    number: int
    title: str
    caption: str
    alt: str
    data: str


def write(study: TradeStudy, path: Path | str) -> Path:
    """Write a study as one self-contained HTML page and return its path.

    The page loads nothing from outside, needs no script, and prints on A4. The same study gives the same bytes.

    Parameters
    ----------
    study : TradeStudy
        From `xenotime.studies.trade`.
    path : path
        The file to write; its folder is made, and nothing partial is left.

    Raises
    ------
    InputError
        `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError("is a folder", where=str(path), remedy=f"give a file, e.g. {path / 'report.html'}")
    write_text(path, render(study))
    return path


def render(study: TradeStudy) -> str:
    """Return the page of a study as HTML."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["typeset"] = formulas.typeset
    folder = files("xenotime.report")
    template = environment.from_string(folder.joinpath("template.html.j2").read_text("utf-8"))
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
    return template.render(
        study=study,
        title=f"{study.title}: trade networks by stage, {numbers.span(min(study.years), max(study.years))}",
        css=folder.joinpath("style.css").read_text("utf-8"),
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
        data = base64.b64encode(style.encode(kind.draw(study), "svg")).decode("ascii")
        held[name] = Picture(name, len(held) + 1, kind.title, kind.caption(study), kind.alt(study), data)
    return held
