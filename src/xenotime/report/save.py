"""Figures one by one, as files for a paper: PNG, PDF or SVG, each with its title above and its source line below."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from xenotime import networks
from xenotime.core import InputError, atomic_path
from xenotime.report import numbers, style
from xenotime.report.alliances.base import modelled
from xenotime.report.alliances.base import source_line as alliances_source
from xenotime.report.alliances.figures import figures as alliances_figures
from xenotime.report.figures import FIGURES, FigureKind, trends
from xenotime.report.figures.policy_base import source_line as policy_source
from xenotime.report.labels import wrapped
from xenotime.report.policy.figures import figures as policy_figures
from xenotime.report.shape.figures import figures as shape_figures
from xenotime.studies import AlliancesStudy, PolicyStudy, ShapeStudy, Study, TradeStudy

FORMATS = tuple(style.METADATA)


def figure(study: Study, name: str) -> Figure:
    """Draw one figure of the report.

    Parameters
    ----------
    name : str
        A name in `FIGURES`, or of an indicator the study holds, for its trend; of a shape, policy or
        alliances study, a name that `figures` of its package in `xenotime.report` gives.

    Raises
    ------
    InputError
        Unknown name, or a trend asked of a study with one year.
    """
    return _drawn(study, name)[0]


def _drawn(study: Study, name: str) -> tuple[Figure, str, str]:
    """Return a figure, its title and its source line."""
    if isinstance(study, ShapeStudy):
        held = shape_figures(study)
        if name not in held:
            raise InputError(f"unknown figure {name!r}", remedy=f"this study bears {', '.join(held)}")
        span = numbers.span(min(study.years), max(study.years))
        return held[name].draw(study), f"{held[name].title}. {study.title}, {span}", numbers.source_line(study.networks)
    if isinstance(study, PolicyStudy):
        return _drawn_policy(study, name)
    if isinstance(study, AlliancesStudy):
        return _drawn_alliances(study, name)
    chosen = _drawable(study, name)
    return chosen.draw(study), chosen.describe(study), numbers.source_line(study, chosen.covers(study)[1])


def _drawn_policy(study: PolicyStudy, name: str) -> tuple[Figure, str, str]:
    borne = policy_figures(study)
    if name not in borne:
        raise InputError(f"unknown figure {name!r}", remedy=f"this study bears {', '.join(borne)}")
    years = ", ".join(str(year) for year in sorted(set(study.markets["year"].to_list())))
    return borne[name].draw(study), f"{borne[name].title}. {study.title}, {years}", policy_source(study)


def _drawn_alliances(study: AlliancesStudy, name: str) -> tuple[Figure, str, str]:
    borne = alliances_figures(study)
    if name not in borne:
        raise InputError(f"unknown figure {name!r}", remedy=f"this study bears {', '.join(borne)}")
    span = numbers.span(*modelled(study))
    return borne[name].draw(study), f"{borne[name].title}. {study.title}, {span}", alliances_source(study)


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


def save_figure(study: Study, name: str, path: Path | str) -> Path:
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
    drawn, text, source = _drawn(study, name)
    with style.look():
        wide = (style.WIDTH - 0.1) * 72
        tall = drawn.get_figheight()
        drawn.text(
            0.005,
            1 + 0.08 / tall,
            "\n".join(wrapped(text, wide, style.TEXT + 1.4, bold=True)),
            fontsize=style.TEXT + 1.4,
            fontweight="bold",
            va="bottom",
        )
        below = "\n".join(wrapped(source, wide, style.SMALL))
        drawn.text(0.005, -0.06 / tall, below, fontsize=style.SMALL, color=style.SOFT, va="top")
    body = style.encode(drawn, kind, bbox_inches="tight", pad_inches=0.08)
    with atomic_path(path) as aside:
        aside.write_bytes(body)
    return path


def save_figures(study: Study, folder: Path | str, formats: Iterable[str] = ("png", "pdf")) -> list[Path]:
    """Write every figure the study bears to `folder`, in each format, and return the files.

    Raises
    ------
    InputError
        Unknown format.
    """
    if isinstance(study, ShapeStudy):
        borne = list(shape_figures(study))
    elif isinstance(study, PolicyStudy):
        borne = list(policy_figures(study))
    elif isinstance(study, AlliancesStudy):
        borne = list(alliances_figures(study))
    else:
        borne = [name for name, kind in FIGURES.items() if len(study.years) >= kind.least_years]
    return [save_figure(study, name, Path(folder) / f"{name}.{kind}") for name in borne for kind in formats]
