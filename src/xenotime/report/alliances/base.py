"""What the figures of the alliances study share: grids by covariate and stage, rows of estimates, source lines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from xenotime.core import Provenance
from xenotime.report import numbers, style
from xenotime.report.figures.base import nothing_known, panels
from xenotime.report.labels import text_size, wrapped
from xenotime.studies.alliances import AlliancesStudy
from xenotime.studies.alliances.covariates import COVARIATES
from xenotime.studies.words import percent

#: Height of a row of estimates, and room for another group of rows, inches.
ROW, GROUP = 0.175, 0.09


@dataclass(frozen=True)
class Row:
    """One estimate of a figure.

    Attributes
    ----------
    label : str
        At the left.
    estimate, low, high : float or None
        None where there is none.
    note : str
        Said in its place where there is none.
    group : str
        Rows of different groups stand apart.
    colour : str
        Default: the panel's.
    """

    label: str
    estimate: float | None
    low: float | None
    high: float | None
    note: str = ""
    group: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Place:
    """A panel: a covariate of interest at a stage."""

    covariate: str
    stage: str


def level(study: AlliancesStudy) -> str:
    """Return what intervals hold: "95 %"."""
    return percent(1 - study.settings.level)


def modelled(study: AlliancesStudy) -> tuple[int, int]:
    """Return the first and last year of ties that are modelled."""
    years = [year for fit in study.fits.values() for year in fit.model.years]
    return min(years), max(years)


def source_line(study: AlliancesStudy) -> str:
    """Say where a figure's numbers come from: flows and covariates, years of ties, kind (convention 9)."""
    parts = dict.fromkeys(_named(p) for p in study.provenance)
    return f"Source: {'; '.join(parts) or 'not stated'}; {_ends(study)}"


def below(study: AlliancesStudy) -> str:
    """Say the same under a figure of the page, which names the sources of covariates in a table."""
    flows = dict.fromkeys(_named(p) for p in study.networks.provenance)
    others = len({p.source for p in study.provenance} - {p.source for p in study.networks.provenance})
    more = f"; covariates of {others} other source{'' if others == 1 else 's'}, named below" if others else ""
    return f"Source: {'; '.join(flows) or 'not stated'}{more}; {_ends(study)}"


def _named(source: Provenance) -> str:
    return f"{source.title or source.source} {source.version}".strip() + f", {source.kind}"


def _ends(study: AlliancesStudy) -> str:
    said = f"ties of {numbers.span(*modelled(study))}; estimated."
    return said + (" Reconstructed, not observed." if study.reconstructed else "")


def rows_of(study: AlliancesStudy, table: str) -> pl.DataFrame:
    """Return a table of the study; one without rows where the study does not bear it."""
    return study.tables.get(table, pl.DataFrame())


def borne(table: str) -> Callable[[AlliancesStudy], bool]:
    """Return a question to a study: whether it bears a table."""
    return lambda study: rows_of(study, table).height > 0


def sentences(study: AlliancesStudy, *chapters: str) -> str:
    """Return what chapters of the study's words say, stage by stage."""
    said = [
        line for chapter in chapters for stage in study.stages for line in study.words.get(chapter, {}).get(stage, ())
    ]
    return " ".join(said)


def interest(study: AlliancesStudy) -> dict[str, dict[str, str]]:
    """Return the coefficients of interest that are estimated: covariate -> stage -> coefficient."""
    found: dict[str, dict[str, str]] = {}
    for covariate in study.settings.interest:
        terms = study.tables["coefficients"].filter(
            pl.col("term").str.contains(rf"^edgecov\.{covariate}(\.(lag|lead)\d+)?$")
            & (pl.col("method") == "mple")
            & pl.col("estimate").is_not_null()
        )
        held = dict(terms.select("stage", "term").iter_rows())
        if held:
            found[covariate] = {stage: held[stage] for stage in study.stages if stage in held}
    return found


def covariate_of(term: str) -> str:
    """Return the covariate a coefficient is of: ``edgecov.conflict__mean`` is of "conflict"."""
    return term.partition(".")[2].partition(".")[0].partition("__")[0]


def covariate_title(covariate: str) -> str:
    """Return a covariate in words."""
    return COVARIATES[covariate].title if covariate in COVARIATES else covariate


def places(study: AlliancesStudy) -> list[Place]:
    """Return a panel a covariate of interest and stage, covariate by covariate, whether or not the stage has it."""
    return [Place(covariate, stage) for covariate in interest(study) for stage in study.stages]


def columns(study: AlliancesStudy) -> int:
    """Return how many panels stand in a row: the stages, or the covariates where there is one stage."""
    return min(len(study.stages) if len(study.stages) > 1 else max(len(interest(study)), 1), 3)


def panel_title(study: AlliancesStudy, place: Place) -> str:
    """Return what a panel shows."""
    words = covariate_title(place.covariate)
    return f"{words}, {numbers.stage_title(place.stage).lower()}" if len(study.stages) > 1 else words


def grid(
    study: AlliancesStudy, shown: Sequence[Place], height: float, *, left: float, apart: float, outdent: float = 0.0
) -> tuple[Figure, list[Any]]:
    """Return titled panels for covariates and stages, in rows of `columns`.

    All in inches: `height` of a panel, room at the `left` of the first and between panels (`apart`), and how far to the
    left of its panel a title begins (`outdent`).
    """
    count = columns(study)
    wide = (style.WIDTH - left - 0.1 - apart * (count - 1)) / count
    room = (wide + outdent) * 72
    titles = [wrapped(panel_title(study, place), room, style.TEXT + 0.6, bold=True) for place in shown]
    top = 0.2 + 0.13 * max(len(lines) for lines in titles)
    figure, axes = panels(len(shown), height, columns=count, left=left, right=0.1, apart=apart, bottom=0.42, top=top)
    for lines, panel in zip(titles, axes, strict=True):
        panel.set_title("\n".join(lines), fontsize=style.TEXT + 0.6, x=-outdent / wide)
    return figure, axes


def below_title(panel: Any, text: str) -> None:
    """Write a line between a panel and its title."""
    panel.annotate(
        text, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", fontsize=style.SMALL + 0.2,
        color=style.SOFT, va="bottom",
    )  # fmt: skip


def label_room(labels: Iterable[str], size: float = style.SMALL + 0.2) -> float:
    """Return inches at the left of a panel that the widest of its rows' labels takes."""
    return max((text_size(label, size)[0] for label in labels), default=0.0) / 72 + 0.12


def row_of(label: str, held: Mapping[str, Any], note: str = "", group: str = "", colour: str = "") -> Row:
    """Return a row of a figure from a row of a table; no estimate where it holds none."""
    return Row(label, held.get("estimate"), held.get("low"), held.get("high"), note, group, colour)


def heights(rows: Sequence[Row]) -> np.ndarray:
    """Return how far down each row stands, in rows: groups stand apart."""
    steps = [0.0]
    for before, row in pairwise(rows):
        steps.append(1.0 + (GROUP / ROW if row.group != before.group else 0.0))
    return np.cumsum(steps)


def told(low: float | None, high: float | None) -> bool:
    """Whether an interval leaves out zero."""
    return low is not None and high is not None and low * high > 0


def limits(rows: Iterable[Row], zero: float = 0.0) -> tuple[float, float]:
    """Return ends of an axis on which every estimate is seen; intervals much wider than most run out of it."""
    known = [row for row in rows if row.estimate is not None]
    if not known:
        return zero - 1.0, zero + 1.0
    middle = np.array([row.estimate for row in known] + [zero], dtype=float)
    low = np.array([row.low if row.low is not None else row.estimate for row in known], dtype=float)
    high = np.array([row.high if row.high is not None else row.estimate for row in known], dtype=float)
    reach = max(1.2 * float(np.quantile(high - low, 0.8)), 0.6 * float(np.ptp(middle)), 1e-9)
    least = max(float(min(low.min(), zero)), float(middle.min()) - reach)
    most = min(float(max(high.max(), zero)), float(middle.max()) + reach)
    room = 0.06 * (most - least)
    return least - room, most + room


def draw_rows(panel: Any, rows: Sequence[Row], colour: str, *, labels: bool, ends: tuple[float, float]) -> None:
    """Draw estimates with their intervals, one a row; full where the interval leaves out zero, else hollow."""
    if all(row.estimate is None and not row.note for row in rows):
        nothing_known(panel, "not in the model")
        return
    at = heights(rows)
    low, high = ends
    panel.set_xlim(low, high)
    panel.set_ylim(at[-1] + 0.65, -0.65)
    panel.axvline(0, color=style.SOFT, linewidth=0.8, zorder=1)
    panel.grid(visible=False, axis="y")
    panel.grid(visible=True, axis="x")
    panel.spines["left"].set_visible(False)
    for y, row in zip(at, rows, strict=True):
        hue = row.colour or colour
        if row.estimate is None:
            panel.annotate(
                row.note, (0.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=style.SMALL,
                color=style.SOFT, gid=style.HALO,
            )  # fmt: skip
            continue
        if row.low is not None and row.high is not None:
            panel.plot([max(row.low, low), min(row.high, high)], [y, y], color=hue, linewidth=1.2, zorder=2,
                       solid_capstyle="butt")  # fmt: skip
            for end, out, mark in ((low, row.low < low, "<"), (high, row.high > high, ">")):
                if out:
                    panel.plot([end], [y], mark, color=hue, markersize=3.4, clip_on=False, zorder=3)
        interval = row.low is not None
        full = told(row.low, row.high) or not interval
        look: dict[str, Any] = {"marker": "o", "markersize": 4} if interval else {"marker": "s", "markersize": 3}
        panel.plot([row.estimate], [y], color=hue, markerfacecolor=hue if full else "white", zorder=4, **look)
    panel.set_yticks(at, [row.label for row in rows] if labels else [""] * len(rows))
    panel.tick_params(axis="y", length=0, labelcolor=style.INK, labelsize=style.SMALL + 0.2)
    signed(panel)


def signed(panel: Any, bins: int = 4) -> None:
    """Label a horizontal axis of signed numbers with true minus signs."""
    from matplotlib.ticker import MaxNLocator

    low, high = panel.get_xlim()
    ticks = [t for t in MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= t <= high]
    panel.set_xticks(ticks, [number(tick) for tick in ticks])
    panel.set_xlim(low, high)


def number(value: float) -> str:
    """Write a number in few digits with a true minus sign."""
    return f"{round(value, 10) + 0.0:g}".replace("-", "−")
