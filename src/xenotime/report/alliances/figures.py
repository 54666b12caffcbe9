"""Every figure of the alliances study. A new one is a function in a file beside, and a line in `ALLIANCES_FIGURES`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from xenotime.report.alliances import checks, coverage, curves, estimates, holds, speed
from xenotime.report.alliances.base import borne, covariate_title, interest, rows_of
from xenotime.studies.alliances import AlliancesStudy


@dataclass(frozen=True)
class AlliancesFigure:
    """One figure of the alliances study.

    Attributes
    ----------
    title : str
        What it shows.
    draw, caption, alt : callable
        Study to the figure; to the words under it, ending with the source line; to words for who does not see it.
    borne : callable
        Whether the study bears it.
    """

    title: str
    draw: Callable[[AlliancesStudy], Figure]
    caption: Callable[[AlliancesStudy], str]
    alt: Callable[[AlliancesStudy], str]
    borne: Callable[[AlliancesStudy], bool]


def _always(study: AlliancesStudy) -> bool:
    return True


def _of_interest(study: AlliancesStudy) -> bool:
    return bool(interest(study))


ALLIANCES_FIGURES: Mapping[str, AlliancesFigure] = {
    "coefficients": AlliancesFigure(
        "What goes with a tie", estimates.draw_coefficients, estimates.caption_coefficients,
        estimates.alt_coefficients, _always,
    ),
    "methods": AlliancesFigure(
        "By other methods", estimates.draw_methods, estimates.caption_methods, estimates.alt_methods, _of_interest
    ),
    "sensitivity": AlliancesFigure(
        "Which stage answers most", estimates.draw_sensitivity, estimates.caption_sensitivity,
        estimates.alt_sensitivity, lambda study: len(study.stages) > 1 and borne("sensitivity")(study),
    ),
    "lags": AlliancesFigure("How fast", speed.draw_lags, speed.caption_lags, speed.alt_lags, borne("lags")),
    "paths": AlliancesFigure(
        "Short run and long run", speed.draw_paths, speed.caption_paths, speed.alt_paths, borne("paths")
    ),
    "choices": AlliancesFigure("Beside the headline", holds.draw, holds.caption, holds.alt, holds.borne),
    "influence": AlliancesFigure(
        "Single countries and years", holds.draw_influence, holds.caption_influence, holds.alt_influence,
        borne("influence"),
    ),
    "forecasts": AlliancesFigure(
        "Does it predict", checks.draw_forecasts, checks.caption_forecasts, checks.alt_forecasts, borne("forecasts")
    ),
    "coverage": AlliancesFigure(
        "Where the covariates end", coverage.draw, coverage.caption, coverage.alt, coverage.borne
    ),
}  # fmt: skip


def curve_of(covariate: str) -> AlliancesFigure:
    """Return the specification curve of a covariate of interest."""
    return AlliancesFigure(
        f"Specification curve: {covariate_title(covariate).lower()}",
        curves.drawer(covariate),
        curves.captioner(covariate),
        curves.alter(covariate),
        lambda study: rows_of(study, "curve").height > 0 and covariate in study.tables["curve"]["covariate"],
    )


def fit_of(stage: str) -> AlliancesFigure:
    """Return the goodness of fit of a stage's networks."""
    return AlliancesFigure(
        f"Does the model fit: {stage.replace('_', ' ')}",
        checks.drawer(stage),
        checks.captioner(stage),
        checks.alter(stage),
        checks.fits_of(stage),
    )


def figures(study: AlliancesStudy) -> dict[str, AlliancesFigure]:
    """Return the figures that the study bears, by name: `ALLIANCES_FIGURES`, a curve a covariate, a fit a stage."""
    each = {f"curve_{covariate}": curve_of(covariate) for covariate in interest(study)}
    each |= {f"fit_{stage}": fit_of(stage) for stage in study.stages}
    return {name: kind for name, kind in (dict(ALLIANCES_FIGURES) | each).items() if kind.borne(study)}
