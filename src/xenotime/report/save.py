"""Figures one by one, as files for a paper: PNG, PDF or SVG, each with its title above and its source line below."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from xenotime import networks
from xenotime.core import InputError, atomic_path
from xenotime.report import numbers, style
from xenotime.report.figures import FIGURES, FigureKind, trends
from xenotime.report.labels import wrapped
from xenotime.studies import TradeStudy

FORMATS = tuple(style.METADATA)


def figure(study: TradeStudy, name: str) -> Figure:
    """Draw one figure of the report.

    Parameters
    ----------
    name : str
        A name in `FIGURES`, or of an indicator the study holds, for its trend.

    Raises
    ------
    InputError
        Unknown name, or a trend asked of a study with one year.
    """
    return _drawable(study, name).draw(study)


def _drawable(study: TradeStudy, name: str) -> FigureKind:
    """Return the figure of that name, or the trend of the indicator of that name."""
    if name in FIGURES:
        kind = FIGURES[name]
    elif name in numbers.held_indicators(study):
        known = networks.INDICATORS.get(name)
        kind = FigureKind(
            known.title if known else name,
            partial(trends.draw_indicator, indicator=name),
            numbers.source_line,
            numbers.source_line,
            2,
        )
    else:
        raise InputError(
            f"unknown figure {name!r}", remedy=f"use one of {', '.join(FIGURES)}, or an indicator of the study"
        )
    if len(study.years) < kind.least_years:
        raise InputError(
            f"figure {name!r} needs {kind.least_years} years, the study has {len(study.years)}",
            remedy="study more years, or draw another figure",
        )
    return kind


def save_figure(study: TradeStudy, name: str, path: Path | str) -> Path:
    """Write one figure to `path`, whose ending says the format, with title and source line; return the path.

    Raises
    ------
    InputError
        Unknown figure or format.
    """
    path = Path(path)
    kind = path.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise InputError(f"unknown format {kind!r}", where=str(path), remedy=f"use one of {', '.join(FORMATS)}")
    chosen = _drawable(study, name)
    drawn = chosen.draw(study)
    with style.look():
        text, wide = chosen.describe(study), (style.WIDTH - 0.1) * 72
        tall = drawn.get_figheight()
        drawn.text(
            0.005,
            1 + 0.08 / tall,
            "\n".join(wrapped(text, wide, style.TEXT + 1.4, bold=True)),
            fontsize=style.TEXT + 1.4,
            fontweight="bold",
            va="bottom",
        )
        source = numbers.source_line(study, chosen.covers(study)[1])
        below = "\n".join(wrapped(source, wide, style.SMALL))
        drawn.text(0.005, -0.06 / tall, below, fontsize=style.SMALL, color=style.SOFT, va="top")
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
