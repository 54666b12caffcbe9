"""An alluvial figure of communities: each year a column of blocks, ribbons for the countries that pass between them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from xenotime.core import InputError
from xenotime.networks import Communities
from xenotime.reference import country_names
from xenotime.report import style
from xenotime.report.figures.base import title
from xenotime.report.labels import spread, wrapped
from xenotime.studies.words import percent

#: Communities that never had this share of a year's turnover are drawn together, in grey.
LEAST_SHARE = 0.02
#: Countries named beside a community, at most.
NAMED = 5
HEIGHT, SIDE, TOP, BOTTOM = 2.9, 1.35, 0.35, 0.3  # inches
#: Width of a block and room between blocks, in years and in shares of turnover.
BLOCK, GAP = 0.16, 0.03
OTHERS = -1

Ends = dict[tuple[int, int], tuple[float, float]]


@style.styled
def alluvial(found: Communities, stage: str | None = None, years: Sequence[int] | None = None) -> Figure:
    """Draw how countries pass from community to community.

    The height of a block is the community's share of the year's turnover (exports + imports); a ribbon is as high on
    the left as its countries' share in that year, on the right in the next. Ribbons that stay are in the colour of
    their community, countries that change come in the colour they had. A ribbon that begins or ends inside the figure
    is of countries that do not trade in the other year.

    Parameters
    ----------
    found : Communities
        From `xenotime.networks.communities`.
    stage : str, optional
        Which stage; the first without it.
    years : sequence of int, optional
        Which years to draw, at least two; all without it.

    Raises
    ------
    InputError
        A stage or years that the communities do not hold.
    """
    members = _members(found, stage, years)
    shown = sorted(set(members["shown"]) - {OTHERS}) + ([OTHERS] if OTHERS in set(members["shown"]) else [])
    colours = _colours(found, str(members["stage"][0]), shown)
    axis = sorted(set(members["year"]))
    ends = _blocks(members, axis, shown)

    tall = TOP + HEIGHT + BOTTOM
    figure = Figure(figsize=(style.WIDTH, tall))
    axes = figure.add_axes((SIDE / style.WIDTH, BOTTOM / tall, (style.WIDTH - 2 * SIDE) / style.WIDTH, HEIGHT / tall))
    place = {year: float(k) for k, year in enumerate(axis)}
    for year, following in pairwise(axis):
        _ribbons(axes, members, ends, colours, (year, following), (place[year], place[following]))
    for (year, community), (low, high) in ends.items():
        axes.add_patch(
            Rectangle((place[year] - BLOCK / 2, low), BLOCK, high - low, facecolor=colours[community], edgecolor="none")
        )
    axes.set_xlim(-BLOCK / 2, len(axis) - 1 + BLOCK / 2)
    axes.set_ylim(0, 1 + GAP * (len(shown) - 1))
    step = max(1, round(len(axis) / 8))
    ticks = sorted({*range(0, len(axis), step), len(axis) - 1} - set(range(len(axis) - step, len(axis) - 1)))
    axes.set_xticks(ticks, [str(axis[k]) for k in ticks])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for year, side in ((axis[0], "left"), (axis[-1], "right")):
        _labels(axes, members.filter(pl.col("year") == year), ends, colours, side)
    title(axes, f"Communities of trade, {members['stage'][0]}: shares of turnover")
    return figure


def _members(found: Communities, stage: str | None, years: Sequence[int] | None) -> pl.DataFrame:
    """Return the members drawn, with share of the year's turnover and `shown`, the community or `OTHERS`."""
    stages = found.members["stage"].unique(maintain_order=True).to_list()
    stage = stages[0] if stage is None and stages else stage
    held = found.members.filter(pl.col("stage") == stage)
    present = set(held["year"].to_list())
    asked = sorted(present if years is None else {int(year) for year in years})
    absent = [str(year) for year in asked if year not in present]
    if stage not in stages or absent or len(asked) < 2:
        raise InputError(
            f"no communities of stage {stage!r} in {', '.join(absent) or 'two years'}",
            where="report.alluvial",
            remedy=f"choose a stage among {', '.join(stages)} and two of its years or more",
        )
    held = held.filter(pl.col("year").is_in(asked)).with_columns(
        share=pl.col("value_kusd") / pl.col("value_kusd").sum().over("year")
    )
    largest = held.group_by("year", "community").agg(pl.col("share").sum()).group_by("community").agg(pl.max("share"))
    keep = largest.filter(pl.col("share") >= LEAST_SHARE)["community"].to_list()
    shown = pl.when(pl.col("community").is_in(keep)).then("community").otherwise(OTHERS)
    return held.with_columns(shown=shown.cast(pl.Int64))


def _colours(found: Communities, stage: str, shown: Sequence[int]) -> dict[int, str]:
    """Return the colour of each community: its leading country's, or one still free."""
    name = dict(found.tracks.filter(pl.col("stage") == stage).select("community", "name").iter_rows())
    spare = [colour for colour in style.SPARE if colour not in style.COUNTRY_COLOURS.values()] + [*style.SPARE]
    colours: dict[int, str] = {}
    for community in shown:
        own = style.COUNTRY_COLOURS.get(str(name.get(community)))
        free = [colour for colour in spare if colour not in colours.values()]
        colours[community] = own or (free[0] if free else style.OTHER)
    return {**colours, OTHERS: style.RULE}


def _blocks(members: pl.DataFrame, axis: Sequence[int], shown: Sequence[int]) -> Ends:
    """Return the lower and upper end of each block; the largest community over all years at the foot."""
    size = {
        (year, community): share
        for year, community, share in members.group_by("year", "shown").agg(pl.col("share").sum()).iter_rows()
    }
    ends: Ends = {}
    for year in axis:
        at = 0.0
        for community in shown:
            if (year, community) in size:
                ends[year, community] = (at, at + size[year, community])
                at += size[year, community] + GAP
    return ends


def _ribbons(
    axes: Any,
    members: pl.DataFrame,
    ends: Ends,
    colours: dict[int, str],
    years: tuple[int, int],
    places: tuple[float, float],
) -> None:
    """Draw the countries that trade in both years, stacked in the order of communities at either end."""
    now, then = (members.filter(pl.col("year") == year).select("country", "shown", "share") for year in years)
    both = now.join(then, on="country", suffix="_next")
    flows = both.group_by("shown", "shown_next").agg(pl.col("share").sum(), pl.col("share_next").sum())
    order = {community: k for k, community in enumerate(colours)}
    rows = sorted(flows.iter_rows(), key=lambda row: (order[row[0]], order[row[1]]))
    left = {community: low for (year, community), (low, _) in ends.items() if year == years[0]}
    right = {community: low for (year, community), (low, _) in ends.items() if year == years[1]}
    starts = []
    for community, _, share, _ in rows:
        starts.append(left[community])
        left[community] += share
    x0, x1 = places[0] + BLOCK / 2, places[1] - BLOCK / 2
    middle = (x0 + x1) / 2
    arrivals = sorted(range(len(rows)), key=lambda k: (order[rows[k][1]], order[rows[k][0]]))
    for k in arrivals:
        community, following, share, share_next = rows[k]
        y0, y1 = starts[k], right[following]
        right[following] += share_next
        corners = [
            (x0, y0), (middle, y0), (middle, y1), (x1, y1),
            (x1, y1 + share_next), (middle, y1 + share_next), (middle, y0 + share), (x0, y0 + share), (x0, y0),
        ]  # fmt: skip
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        stays = community == following
        axes.add_patch(
            PathPatch(
                Path(corners, codes),
                facecolor=colours[community],
                alpha=0.35 if stays else 0.7,
                edgecolor="none",
                zorder=1 if stays else 2,
            )
        )


def _labels(axes: Any, members: pl.DataFrame, ends: Ends, colours: dict[int, str], side: str) -> None:
    """Name the leading countries of each community beside its block."""
    names = country_names()
    year = members["year"][0]
    texts, heights, tones = [], [], []
    for community in [c for (y, c) in ends if y == year and c != OTHERS]:
        low, high = ends[year, community]
        held = members.filter(pl.col("shown") == community).sort(["share", "country"], descending=[True, False])
        leaders = ", ".join(names.get(iso3, iso3) for iso3 in held["country"].head(NAMED).to_list())
        more = f" + {len(held) - NAMED}" if len(held) > NAMED else ""
        lines = wrapped(f"{percent(high - low)}  {leaders}{more}", (SIDE - 0.2) * 72, style.SMALL)
        texts.append("\n".join(lines))
        heights.append((low + high) / 2)
        tones.append(style.ink(colours[community]))
    if not texts:
        return
    line = style.SMALL * 1.2 / (HEIGHT * 72) * axes.get_ylim()[1]
    room = max(text.count("\n") + 1 for text in texts) * line
    placed = spread(np.array(heights), room, room / 2, axes.get_ylim()[1] - room / 2)
    edge = axes.get_xlim()[0 if side == "left" else 1]
    for text, y, tone in zip(texts, placed, tones, strict=True):
        axes.annotate(
            text,
            xy=(edge, y),
            xytext=(-5 if side == "left" else 5, 0),
            textcoords="offset points",
            ha="right" if side == "left" else "left",
            va="center",
            fontsize=style.SMALL,
            color=tone,
            linespacing=1.1,
            annotation_clip=False,
        )
