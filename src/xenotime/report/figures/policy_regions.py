"""Regionalisation by scenario: the change of trade within regions, communities of the baseline, and a bloc."""

from typing import Any

import polars as pl
from matplotlib.figure import Figure

from xenotime.report import style
from xenotime.report.figures.policy_base import interval, rows_figure, solved, source_line, zero_line
from xenotime.studies.policy import PolicyStudy

#: Measure, its label, colour, and height within the row.
SERIES = (
    ("within_regions", "within world regions", style.BLUE, -0.22),
    ("within_communities", "within the baseline's communities", style.ORANGE, 0.0),
    ("within_msp", "within the Minerals Security Partnership, of its trade", style.GREEN, 0.22),
)


@style.styled
def draw(study: PolicyStudy) -> Figure:
    """Draw one row a scenario, a mark and interval a grouping."""
    figure, axes, rows = rows_figure(study)
    zero_line(axes)
    held = _held(study)
    for k, scenario in enumerate(rows["scenario"]):
        for name, _, colour, up in SERIES:
            row = held[scenario, name]
            if row["median"] is None:
                continue
            clear = row["more_than_noise"]
            axes.plot([100 * row["low"], 100 * row["high"]], [k + up] * 2, color=colour, lw=1.5, alpha=0.75, zorder=2)
            face = colour if clear else "white"
            axes.plot(100 * row["median"], k + up, "o", mfc=face, mec=colour, ms=3.4, zorder=3)
    _compressed(axes)
    axes.set_xlabel("change of the share of trade, percentage points")
    handles = [axes.plot([], [], "o", color=colour, ms=3.6, label=label)[0] for _, label, colour, _ in SERIES]
    axes.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1, 1.0), ncol=3, fontsize=style.SMALL, handletextpad=0.3,
        columnspacing=1.2,
    )  # fmt: skip
    return figure


def _compressed(axes: Any) -> None:
    """Scale the axis by asinh: one scenario that moves a fifth of trade would hide all that move a hundredth."""
    low, high = axes.get_xlim()
    axes.set_xscale("asinh", linear_width=1.0)
    axes.set_xlim(low, high)
    ticks = [tick for tick in (-50, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50) if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:+d}".replace("-", "−") if tick else "0" for tick in ticks])
    axes.minorticks_off()


def _held(study: PolicyStudy) -> dict[tuple[str, str], dict[str, Any]]:
    names = [name for name, *_ in SERIES]
    rows = study.network.filter(pl.col("measure").is_in(names))
    return {(row["scenario"], row["measure"]): row for row in rows.iter_rows(named=True)}


def caption(study: PolicyStudy) -> str:
    """Words under the figure."""
    return (
        "Regional or global: change of the share of trade, by border value, that stays within world regions, in the "
        "communities of the baseline (held as they were; intervals run over the seeds of the search too), and among "
        "members of the Minerals Security Partnership. The axis is compressed away from zero. Filled marks: more than "
        f"noise. {interval(study)} {source_line(study)}"
    )


def alt(study: PolicyStudy) -> str:
    """What the figure shows, in words."""
    counted = dict(solved(study).group_by("regionalisation").len().iter_rows())
    said = ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))
    return f"Change of trade within groups by scenario; verdicts: {said}."
