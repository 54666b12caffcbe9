"""Every kind of study as one self-contained HTML page. A new kind is a line in `PAGES`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from xenotime.core import InputError, write_text
from xenotime.report import html
from xenotime.report.alliances.page import render as render_alliances
from xenotime.report.policy.page import render as render_policy
from xenotime.report.shape.page import render as render_shape
from xenotime.studies import AlliancesStudy, PolicyStudy, ShapeStudy, Study, TradeStudy

PAGES: Mapping[type, Callable[[Any], str]] = {
    TradeStudy: html.render,
    PolicyStudy: render_policy,
    ShapeStudy: render_shape,
    AlliancesStudy: render_alliances,
}


def write(study: Study, path: Path | str) -> Path:
    """Write a study as one self-contained HTML page and return its path.

    The page loads nothing from outside, needs no script, and prints on A4. The same study gives the same bytes.

    Parameters
    ----------
    study : TradeStudy, PolicyStudy, ShapeStudy or AlliancesStudy
        From `xenotime.studies`.
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
    write_text(path, PAGES[type(study)](study))
    return path
