"""How events become the weight of a pair: what is counted, what it is divided by, how it is scaled; three lists.

In the definitions n_ij is the number of events of actor i towards target j in a year (of a class q: n_ij^q), g_ij^q
the Goldstein points of those, N = Σ_ij n_ij all events of the source in that year, d the days it observed. Undirected
networks put n_ij + n_ji for n_ij.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from xenotime.geopolitics.axes import Bools, Floats

#: Events of the source-year that a share is given per: whole numbers to read, and log1p bends where it should.
PER = 100_000.0


@dataclass(frozen=True)
class Volume:
    """What weights are divided by.

    Attributes
    ----------
    days : ndarray, shape (year,)
        Days the source observed; NaN where unknown.
    source_year : ndarray, shape (year,)
        Events of the source in the year, between any two countries; NaN where not covered.
    pair : ndarray, shape (year, n, n)
        Events of the pair.
    """

    days: Floats
    source_year: Floats
    pair: Floats


@dataclass(frozen=True)
class Measure:
    """What is counted of an event.

    Attributes
    ----------
    weight : polars.Expr
        Of a row of table ``event_counts``; a number that is not negative.
    normalisations : tuple of str
        What it may be divided by; the first is its default.
    """

    name: str
    title: str
    unit: str
    definition: str
    weight: pl.Expr
    normalisations: tuple[str, ...]


@dataclass(frozen=True)
class Normalisation:
    """What a weight is divided by, so that years (or pairs) compare.

    Attributes
    ----------
    unit : str
        With {} for the unit of the measure.
    function : callable
        ``function(weight, volume) -> weight``, shapes (..., year, n, n).
    media_proof : bool
        A year in which the source reports everything k times as often looks the same.
    """

    name: str
    title: str
    unit: str
    definition: str
    function: Callable[[Floats, Volume], Floats]
    media_proof: bool
    needs_days: bool = False


@dataclass(frozen=True)
class Transform:
    """The last step: how the normalised weight is scaled.

    Attributes
    ----------
    function : callable
        ``function(weight, known) -> weight``, shape (year, n, n); NaN where not known.
    signed : bool
        Gives negative numbers.
    media_proof : bool
        As in `Normalisation`, whatever the weight was divided by.
    """

    name: str
    title: str
    unit: str
    definition: str
    function: Callable[[Floats, Bools], Floats]
    signed: bool = False
    media_proof: bool = False


def _points() -> pl.Expr:
    # A few codes of a cooperative class have a negative score ("make pessimistic comment", -0.4) and the other way
    # round: such rows count 0, so that no network has negative weights.
    cooperative = pl.col("quad").cast(pl.String).str.ends_with("cooperation")
    signed = pl.when(cooperative).then(pl.col("intensity_sum")).otherwise(-pl.col("intensity_sum"))
    return signed.clip(lower_bound=0.0)


_COUNTED = ("source_year", "day", "none", "dyad_total")

#: What is counted.
MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        Measure("events", "Events", "events", "n_ij^q", pl.col("events").cast(pl.Float64), _COUNTED),
        Measure(
            "goldstein", "Goldstein points", "Goldstein points",
            "g_ij^q: Σ of scores in cooperation, −Σ of scores in conflict; codes scored with the other sign count 0",
            _points(), _COUNTED,
        ),
        Measure(
            "share", "Share of the pair's events", "fraction", "n_ij^q / n_ij, 0 for a pair without an event",
            pl.col("events").cast(pl.Float64), ("dyad_total",),
        ),
    )
}  # fmt: skip


def _by_year(weight: Floats, divisor: Floats) -> Floats:
    return weight / np.where(divisor > 0, divisor, np.nan)[:, None, None]


def _by_source_year(weight: Floats, volume: Volume) -> Floats:
    # A covered year without one event has nothing to share out: 0 of nothing is 0.
    return PER * weight / np.where(volume.source_year == 0, 1.0, volume.source_year)[:, None, None]


def _by_pair(weight: Floats, volume: Volume) -> Floats:
    return weight / np.where(volume.pair > 0, volume.pair, 1.0)


#: What it is divided by.
NORMALISATIONS: Mapping[str, Normalisation] = {
    one.name: one
    for one in (
        Normalisation(
            "source_year", "per 100,000 events of the source in the year", "{} per 100,000 events of the source-year",
            "100,000 x / N: what part of the world's reported events is the pair's", _by_source_year, True,
        ),
        Normalisation(
            "day", "per observed day", "{} per observed day",
            "x / d: mends gaps in the source, not the growth of the media", lambda x, v: _by_year(x, v.days), False,
            needs_days=True,
        ),
        Normalisation(
            "dyad_total", "per event of the pair", "{} per event of the pair",
            "x / n_ij: salience taken out; 0 for a pair without an event", _by_pair, True,
        ),
        Normalisation("none", "as counted", "{}", "x", lambda x, _: x, False),
    )
}  # fmt: skip


def log1p(weight: Floats, known: Bools) -> Floats:
    """ln(1 + x)."""
    return np.where(known, np.log1p(np.where(known, weight, 0.0)), np.nan)


def rank(weight: Floats, known: Bools) -> Floats:
    """Share of the year's known pairs with a lower weight: 0 for the least, always below 1."""
    found = np.full(weight.shape, np.nan)
    # Sums that are equal but for rounding are equal: their last digit would follow the order of rows.
    weight = np.round(weight / max(float(np.nanmax(np.abs(weight), initial=0.0)), 1e-300), 12)
    for year in range(weight.shape[0]):
        here = known[year]
        values = weight[year][here]
        if len(values):
            found[year][here] = np.searchsorted(np.sort(values), values, side="left") / len(values)
    return found


def residual(weight: Floats, known: Bools) -> Floats:
    """ln(1 + x_ij) less what actor and target explain: residuals of least squares on both, year by year.

    Rows and columns are demeaned in turn until both means are zero, which is the projection (von Neumann); the missing
    diagonal makes it converge in a few rounds, not in one.
    """
    left = np.where(known, np.log1p(np.where(known, weight, 0.0)), 0.0)
    size = max(float(np.abs(left).max(initial=0.0)), 1e-300)
    for _ in range(1000):
        furthest = 0.0
        for axis in (1, 2):
            mean = left.sum(axis=axis, keepdims=True) / np.maximum(known.sum(axis=axis, keepdims=True), 1)
            left = np.where(known, left - mean, 0.0)
            furthest = max(furthest, float(np.abs(mean).max(initial=0.0)))
        if furthest <= 1e-14 * size:
            break
    return np.where(known, left, np.nan)


def _plain(weight: Floats, known: Bools) -> Floats:
    return np.where(known, weight, np.nan)


#: How it is scaled.
TRANSFORMS: Mapping[str, Transform] = {
    one.name: one
    for one in (
        Transform("log1p", "log of 1 + x", "ln(1 + {})", "ln(1 + x)", log1p),
        Transform("none", "as it is", "{}", "x", _plain),
        Transform(
            "rank", "rank among the year's pairs", "share of pairs", "share of the year's known pairs with a lower x",
            rank, media_proof=True,
        ),
        Transform(
            "residual", "log of 1 + x beyond actor and target", "ln(1 + {}), difference",
            "ln(1 + x_ij) − a_i − b_j, a and b by least squares in each year (double-demeaned)", residual, signed=True,
        ),
    )
}  # fmt: skip
