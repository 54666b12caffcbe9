"""What every page is made of: its template filled in, the house style inlined, and figures as data."""

import base64
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2
from matplotlib.figure import Figure

from xenotime.report import formulas, style


@dataclass(frozen=True)
class Picture:
    """A figure ready for the page."""

    name: str
    number: int
    title: str
    caption: str
    alt: str
    data: str


def encoded(figure: Figure) -> str:
    """Return a figure as SVG for a data address."""
    return base64.b64encode(style.encode(figure, "svg")).decode("ascii")


def filled(template: str, **values: Any) -> str:
    """Return a page: a template of this package, filled in, with `css`."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typeset"] = formulas.typeset
    return environment.get_template(template).render(css=_text("style.css"), **values)


def _text(name: str) -> str:
    return files("xenotime.report").joinpath(name).read_text("utf-8")
