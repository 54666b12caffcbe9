"""Figures one by one, as files for a paper: PNG, PDF or SVG, each with its source line under it."""

from collections.abc import Iterable
from pathlib import Path

from matplotlib.figure import Figure

from xenotime.core import InputError, atomic_path
from xenotime.report import numbers, style
from xenotime.report.figures import FIGURES
from xenotime.studies import TradeStudy

FORMATS = tuple(style.METADATA)


def figure(study: TradeStudy, name: str) -> Figure:
    """Draw one figure of the report.

    Parameters
    ----------
    name : str
        A name in `FIGURES`.

    Raises
    ------
    InputError
        Unknown name, or a trend asked of a study with one year.
    """
    if name not in FIGURES:
        raise InputError(f"unknown figure {name!r}", remedy=f"use one of {', '.join(FIGURES)}")
    kind = FIGURES[name]
    if len(study.years) < kind.least_years:
        raise InputError(
            f"figure {name!r} needs {kind.least_years} years, the study has {len(study.years)}",
            remedy="study more years, or draw another figure",
        )
    return kind.draw(study)


def save_figure(study: TradeStudy, name: str, path: Path | str) -> Path:
    """Write one figure to `path`, whose ending says the format, with its source line; return the path.

    Raises
    ------
    InputError
        Unknown figure or format.
    """
    path = Path(path)
    kind = path.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise InputError(f"unknown format {kind!r}", where=str(path), remedy=f"use one of {', '.join(FORMATS)}")
    drawn = figure(study, name)
    with style.look():
        drawn.text(
            0.005,
            -0.06 / drawn.get_figheight(),
            numbers.source_line(study),
            fontsize=style.SMALL,
            color=style.SOFT,
            va="top",
            wrap=True,
        )
    body = style.encode(drawn, kind, bbox_inches="tight", pad_inches=0.08)
    with atomic_path(path) as aside:
        aside.write_bytes(body)
    return path


def save_figures(study: TradeStudy, folder: Path | str, formats: Iterable[str] = ("png", "pdf")) -> list[Path]:
    """Write every figure the study bears to `folder`, in each format, and return the files.

    Raises
    ------
    InputError
        Unknown format.
    """
    borne = [name for name, kind in FIGURES.items() if len(study.years) >= kind.least_years]
    return [save_figure(study, name, Path(folder) / f"{name}.{kind}") for name in borne for kind in formats]
