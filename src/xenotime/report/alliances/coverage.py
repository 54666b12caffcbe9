"""The figure of coverage: the years each covariate is known, beside those the model reads, frozen years hatched."""

import polars as pl
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from xenotime.report import style
from xenotime.report.alliances.base import below, label_room, modelled
from xenotime.studies.alliances import AlliancesStudy
from xenotime.studies.alliances.covariates import COVARIATES

#: A bar that begins before the networks' years runs on at most this many years to the left.
BEFORE = 3


def used(study: AlliancesStudy) -> pl.DataFrame:
    """Return the covariates in the model, once each, in the widest use of all stages."""
    rows = study.tables["coverage"].filter("used").unique("covariate", keep="last", maintain_order=True)
    return rows.sort(pl.col("covariate").replace_strict({name: k for k, name in enumerate(COVARIATES)}, default=99))


def borne(study: AlliancesStudy) -> bool:
    """Whether a covariate of the model has years."""
    return used(study)["first"].is_not_null().any()


@style.styled
def draw(study: AlliancesStudy) -> Figure:
    """One bar a covariate, on calendar years."""
    rows = used(study)
    first, last = min(study.years) - BEFORE, max(study.years) + 1
    labels = rows["title"].to_list()
    left, tall = label_room(labels), 0.2 * rows.height
    above, below = 0.3, 0.3
    figure = Figure(figsize=(style.WIDTH, above + tall + below))
    high = figure.get_figheight()
    axes = figure.add_axes((left / style.WIDTH, below / high, (style.WIDTH - left - 1.9) / style.WIDTH, tall / high))
    begin, end = modelled(study)
    axes.axvspan(begin, end + 1, color="#f4f4f4", linewidth=0, zorder=0)
    for k, row in enumerate(rows.iter_rows(named=True)):
        known = row["first"] is not None
        start, stop = (max(row["first"], first), min(row["last"] + 1, last)) if known else (first, last)
        colour = style.BLUE if known else style.RULE
        axes.barh(k, max(stop - start, 0), left=start, height=0.5, color=colour, linewidth=0, zorder=2)
        for year in row["carried"] or []:
            axes.barh(k, 1, left=year, height=0.5, facecolor="white", edgecolor=style.VERMILION, hatch="////",
                      linewidth=0, zorder=2)  # fmt: skip
        source = (row["source"] or "").partition("/")[0]
        axes.annotate(source if len(source) < 34 else source[:32] + "…", (1, k), (6, 0),
                      xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
                      fontsize=style.SMALL, color=style.SOFT, annotation_clip=False)  # fmt: skip
    axes.set_yticks(range(rows.height), labels)
    axes.tick_params(axis="y", length=0, labelcolor=style.INK, labelsize=style.SMALL + 0.2)
    axes.set_ylim(rows.height - 0.4, -0.6)
    axes.set_xlim(first, last)
    step = next((s for s in (1, 2, 5, 10) if (last - first) / s <= 12), 20)
    years = [year for year in range(first, last) if year % step == 0]
    axes.set_xticks([year + 0.5 for year in years], [str(year) for year in years])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    keys = [Patch(facecolor=style.BLUE, label="known")]
    if rows["carried"].list.len().max():
        keys.append(Patch(facecolor="white", edgecolor=style.VERMILION, hatch="////", linewidth=0, label="frozen"))
    if rows["first"].is_null().any():
        keys.append(Patch(facecolor=style.RULE, label="known throughout"))
    axes.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=style.SMALL,
                borderaxespad=0.2, handlelength=1.4, handleheight=0.7)  # fmt: skip
    return figure


def caption(study: AlliancesStudy) -> str:
    """Words under the coverage."""
    begin, end = modelled(study)
    frozen = used(study).filter(pl.col("carried").list.len() > 0)
    said = ", ".join(f"{row['title'].lower()} at {row['last']}" for row in frozen.iter_rows(named=True))
    return (
        f"Years in which each covariate of the model is known; shaded, the years of ties that are modelled "
        f"({begin}–{end}), whose covariates are read up to {study.settings.lag} year"
        f"{'' if study.settings.lag == 1 else 's'} earlier. "
        + (f"Frozen at its last year and carried on: {said}. " if said else "")
        + below(study)
    )


def alt(study: AlliancesStudy) -> str:
    """What the coverage shows, in words."""
    said = [
        f"{row['title']} {row['first']} to {row['last']}" for row in used(study).iter_rows(named=True) if row["first"]
    ]
    return f"Bars of years by covariate: {'; '.join(said)}."
