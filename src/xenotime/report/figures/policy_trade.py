"""World trade by scenario on three bases, with the interval of the first."""

from matplotlib.figure import Figure

from xenotime.report import style
from xenotime.report.figures.policy_base import interval, rows_figure, signed_axis, solved, source_line, zero_line
from xenotime.studies.policy import PolicyStudy
from xenotime.studies.policy.numbers import signed


@style.styled
def draw(study: PolicyStudy) -> Figure:
    """Draw one row a scenario: quantity with its interval, producer value, border value."""
    figure, axes, rows = rows_figure(study)
    zero_line(axes)
    for k, row in enumerate(rows.iter_rows(named=True)):
        axes.plot([100 * row["quantity_low"], 100 * row["quantity_high"]], [k, k], color=style.BLUE, lw=2.2, zorder=2)
        axes.plot(100 * row["producer_value"], k, "D", mfc="white", mec=style.VERMILION, ms=4, zorder=3)
        axes.plot(100 * row["border_value"], k, "s", mfc="white", mec=style.GREEN, ms=4, zorder=3)
        axes.plot(100 * row["quantity"], k, "o", color=style.BLUE, ms=4.6, zorder=4)
    signed_axis(axes, "change of world trade, %")
    handles = [
        axes.plot([], [], "o", color=style.BLUE, ms=4.6, label="quantity")[0],
        axes.plot([], [], "D", mfc="white", mec=style.VERMILION, ms=4, label="value to producers")[0],
        axes.plot([], [], "s", mfc="white", mec=style.GREEN, ms=4, label="value at the border")[0],
    ]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncol=3, fontsize=style.SMALL, handletextpad=0.3
    )
    return figure


def caption(study: PolicyStudy) -> str:
    """Words under the figure."""
    return (
        "Change of world trade between countries by scenario, on three bases: quantity; what producers receive; value "
        f"at the border, export taxes and rents included. {interval(study)} {source_line(study)}"
    )


def alt(study: PolicyStudy) -> str:
    """What the figure shows, in words."""
    rows = solved(study)
    worst, best = rows.row(0, named=True), rows.row(-1, named=True)
    return (
        f"{len(rows)} scenarios; world quantity changes from {signed(worst['quantity'])} ({worst['title']}) to "
        f"{signed(best['quantity'])} ({best['title']})."
    )
