"""Who depends on whom: the largest importers' shares from the largest suppliers, by stage, in the latest year."""

from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xenotime.report import numbers, style
from xenotime.report.figures.base import nothing_known, panels, title_lines
from xenotime.report.labels import wrapped
from xenotime.studies import TradeStudy
from xenotime.studies.words import percent

IMPORTERS = 12
CELL = 0.185  # inches, height of a row


def supplier_count(study: TradeStudy) -> int:
    """Return how many suppliers a panel has room for."""
    return {1: 14, 2: 9, 4: 9}.get(len(study.stages), 7)


def grid(study: TradeStudy, stage: str, year: int) -> tuple[list[str], list[str], np.ndarray]:
    """Return importers, suppliers and the matrix (importer, supplier + 1) of import shares; last column: all others.

    NaN where the flow is unknown, and where a country would supply itself.
    """
    importers = numbers.ranked(numbers.by_country(study, stage, "importer").sel(year=year), IMPORTERS)
    suppliers = numbers.ranked(numbers.by_country(study, stage).sel(year=year), supplier_count(study))
    share = numbers.import_shares(study, stage, year).sel(importer=importers)
    named = share.sel(exporter=suppliers).to_numpy().T
    others = share.sum("exporter").to_numpy() - np.nansum(named, axis=1)
    return importers, suppliers, np.column_stack([named, others])


@style.styled
def draw(study: TradeStudy) -> Figure:
    """One panel a stage; rows are importers, columns suppliers, cells shares of the row's imports in per cent."""
    columns = 2 if len(study.stages) in (2, 4) else min(max(len(study.stages), 1), 3)
    figure, axes = panels(
        max(len(study.stages), 1),
        IMPORTERS * CELL,
        columns=columns,
        left=0.95,
        right=0.3,
        top=0.95 + 0.14 * (title_lines(study, _room(columns), ", 2000") - 1),
        bottom=0.1,
        apart=1.08,
    )
    hues = style.stage_colours(study.stages)
    for stage, panel in zip(study.stages, axes, strict=False):
        years = numbers.active_years(study, stage)
        panel.spines[:].set_visible(False)
        panel.grid(visible=False)
        if not years:
            panel.set_title("\n".join(_title(study, stage, "", columns)))
            nothing_known(panel)
            continue
        _panel(panel, study, stage, years[-1], hues[stage])
        lines = _title(study, stage, f", {years[-1]}", columns)
        panel.text(
            -0.9 / panel.get_position().width / style.WIDTH,
            1 + (0.66 + 0.14 * len(lines)) / (IMPORTERS * CELL),
            "\n".join(lines),
            transform=panel.transAxes,
            fontsize=style.TEXT + 0.8,
            fontweight="bold",
            va="top",
        )
    return figure


def _room(columns: int) -> float:
    """Width in inches for a panel's title, with the importers' names to its left."""
    return (style.WIDTH - 0.2) / columns - 0.15


def _title(study: TradeStudy, stage: str, suffix: str, columns: int) -> list[str]:
    text = numbers.panel_title(study, stage) + suffix
    return wrapped(text, _room(columns) * 72, style.TEXT + 0.8, bold=True)


def _panel(panel: Any, study: TradeStudy, stage: str, year: int, hue: str) -> None:
    importers, suppliers, share = grid(study, stage, year)
    scale = LinearSegmentedColormap.from_list("share", ["#ffffff", hue, style.ink(hue, 0.55)])
    ax = panel
    ax.set_xlim(0, supplier_count(study) + 1)
    ax.set_ylim(IMPORTERS, 0)
    for i in range(share.shape[0]):
        for j in range(share.shape[1]):
            value = share[i, j]
            other = j == share.shape[1] - 1
            fill = "#f2f2f2" if not np.isfinite(value) else "#ffffff" if other else scale(float(value))
            ax.add_patch(Rectangle((j + 0.03, i + 0.03), 0.94, 0.94, facecolor=fill, edgecolor="none"))
            own = not other and importers[i] == suppliers[j]
            text = "–" if own else f"{100 * value:.0f}" if value >= 0.005 else ""
            dark = np.isfinite(value) and not other and np.dot(scale(float(value))[:3], (0.299, 0.587, 0.114)) < 0.56
            colour = "white" if dark else style.SOFT if other or not np.isfinite(value) else style.INK
            ax.text(j + 0.5, i + 0.53, text, ha="center", va="center", fontsize=style.SMALL, color=colour)
    names = [numbers.name(iso3) for iso3 in suppliers] + ["Others"]
    ax.set_xticks(np.arange(len(names)) + 0.5, names, rotation=45, ha="left", rotation_mode="anchor")
    ax.xaxis.tick_top()
    ax.set_yticks(np.arange(len(importers)) + 0.5, [numbers.name(iso3) for iso3 in importers])
    ax.tick_params(length=0, labelcolor=style.INK, pad=2)


def caption(study: TradeStudy) -> str:
    """Words under the heat map."""
    return (
        "Import dependence: share of each importer's known imports, by value, from each supplier, per cent. Rows: the "
        f"{IMPORTERS} largest importers of the stage in its latest year, largest first; columns: its "
        f"{supplier_count(study)} largest exporters, and all others together. White: under half a per cent; grey: "
        f"unknown; –: own trade, not in the data. {numbers.source_line(study, numbers.last_years(study))}"
    )


def alt(study: TradeStudy) -> str:
    """What the heat map shows, in words."""
    parts = []
    for stage in study.stages:
        if years := numbers.active_years(study, stage):
            importers, suppliers, share = grid(study, stage, years[-1])
            named = np.nan_to_num(share[:, :-1])
            i, j = np.unravel_index(int(named.argmax()), named.shape)
            parts.append(
                f"{stage} in {years[-1]}: {numbers.name(importers[i])} takes {percent(float(named[i, j]))} of its "
                f"imports from {numbers.name(suppliers[j])}, the highest share shown"
            )
    return f"Heat maps of import shares by importer and supplier. {'; '.join(parts) or 'No trade recorded'}."
