"""The comparison of scenarios as a table in colour: trade, concentration, shape, regionalisation, welfare."""

from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from xenotime.report import style
from xenotime.report.figures.policy_base import rows_figure, source_line
from xenotime.studies.policy import PolicyStudy

#: Column: head, table it is from ("world", "network", "welfare"), name there, factor, decimals.
COLUMNS = (
    ("quantity\n%", "world", "quantity", 100.0, 1),
    ("producer\nvalue %", "world", "producer_value", 100.0, 1),
    ("border\nvalue %", "world", "border_value", 100.0, 1),
    ("exporter\nHHI", "network", "export_hhi", 1.0, 3),
    ("supplier\nHHI", "network", "supplier_hhi", 1.0, 3),
    ("density\npts", "network", "density", 100.0, 2),
    ("modu-\nlarity", "network", "modularity", 1.0, 3),
    ("within\ncomm.\npts", "network", "within_communities", 100.0, 1),
    ("within\nregions\npts", "network", "within_regions", 100.0, 1),
    ("CN–US\ndirect\npts", "network", "china_us_direct", 100.0, 1),
    ("CN–US\ncarried\npts", "network", "china_us_carried", 100.0, 1),
    ("welfare\n% of\ntrade", "welfare", "welfare", 100.0, 1),
)
FALL, RISE = style.VERMILION, style.BLUE


@style.styled
def draw(study: PolicyStudy) -> Figure:
    """Draw the table: colour is the change over the largest in its column; grey figures are within noise."""
    figure, axes, rows = rows_figure(study, below=0.1, above=0.54)
    held = _held(study)
    colours = LinearSegmentedColormap.from_list("change", [FALL, "#ffffff", RISE])
    scenarios = rows["scenario"].to_list()
    for c, (head, table, name, factor, decimals) in enumerate(COLUMNS):
        found = [held.get((scenario, table, name), (None, False)) for scenario in scenarios]
        sizes = [abs(value) for value, _ in found if value is not None]
        most = max(sizes, default=0.0) or 1.0
        for k, (value, clear) in enumerate(found):
            if value is None:
                axes.text(c, k, "–", ha="center", va="center", fontsize=style.SMALL, color=style.SOFT)
                continue
            # Square root, so that one extreme scenario does not bleach the rest.
            shade = np.sign(value) * np.sqrt(abs(value) / most) * 0.62 if clear else 0.0
            axes.add_patch(_cell(c, k, colours(0.5 + shade / 2)))
            text = _text(value * factor, decimals)
            axes.text(
                c, k, text, ha="center", va="center", fontsize=style.SMALL, color=style.INK if clear else style.OTHER
            )
        axes.text(c, -0.62, head, ha="center", va="bottom", fontsize=style.SMALL, color=style.SOFT)
    axes.set_xlim(-0.5, len(COLUMNS) - 0.5)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    return figure


def _cell(column: int, row: int, colour: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=to_rgb(colour), lw=0, zorder=1)


def _text(value: float, decimals: int) -> str:
    if value == 0:
        return "0"
    return f"{value:+.{decimals}f}".replace("-", "−")


def _held(study: PolicyStudy) -> dict[tuple[str, str, str], tuple[float | None, bool]]:
    found: dict[tuple[str, str, str], tuple[float | None, bool]] = {}
    for row in study.world.iter_rows(named=True):
        found[row["scenario"], "world", row["basis"]] = (row["median"], bool(row["more_than_noise"]))
    for row in study.network.iter_rows(named=True):
        found[row["scenario"], "network", row["measure"]] = (row["median"], bool(row["more_than_noise"]))
    for row in study.comparison.drop_nulls("welfare").iter_rows(named=True):
        clear = row["welfare_low"] > 0 or row["welfare_high"] < 0
        found[row["scenario"], "welfare", "welfare"] = (row["welfare"], clear)
    return found


def caption(study: PolicyStudy) -> str:
    """Words under the figure."""
    return (
        "All scenarios beside each other: change of world trade on three bases, concentration, the network's shape, "
        "regionalisation, the share of Chinese goods in the United States that came directly and that which Japan, "
        "Malaysia and Viet Nam carried, and the world's net welfare over the base's trade. Blue rises, red falls, each "
        f"column on its own scale; grey figures are within noise. Medians over {study.settings['draws']} draws of the "
        f"elasticities. {source_line(study)}"
    )


def alt(study: PolicyStudy) -> str:
    """What the figure shows, in words."""
    return (
        f"Table in colour of {len(study.comparison)} scenarios by {len(COLUMNS)} measures; figures stand in the tables."
    )
