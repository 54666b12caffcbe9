"""Counted events into yearly networks of cooperation and conflict.

Follows what the literature on trade and politics does with GDELT and ICEWS (CAMEO quad classes, Goldstein's scale),
with the two corrections that it needs: economic codes, which hold trade itself, are left out unless asked for, and the
default is a share of the source's events in the year, since raw counts grow with the media (decision 50). Indices that
somebody else made of events come in through `from_indices` and get the same shape.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.geopolitics.axes import (
    AXES,
    Floats,
    amounts,
    countries_of,
    coverage,
    known_cells,
    listed,
    missing_words,
    none_covered,
    one_source,
    places,
    spans,
    table_of,
    year_places,
    years_of,
)
from xenotime.geopolitics.measures import (
    MEASURES,
    NORMALISATIONS,
    TRANSFORMS,
    Measure,
    Normalisation,
    Transform,
    Volume,
)
from xenotime.reference import cameo
from xenotime.schema import QUADS

#: A year observed on fewer days than this is said to be thin.
THIN_DAYS = 180

#: The networks, and the classes of events each of them adds up.
NETWORKS: Mapping[str, tuple[str, ...]] = {
    "cooperation": QUADS[:2],
    "conflict": QUADS[2:],
    "verbal_cooperation": QUADS[:1],
    "material_cooperation": QUADS[1:2],
    "verbal_conflict": QUADS[2:3],
    "material_conflict": QUADS[3:],
}
_HERE = "geopolitics.event_networks"


def event_networks(
    counts: pl.DataFrame,
    days: pl.DataFrame | None = None,
    countries: Sequence[str] | None = None,
    years: Iterable[int] | None = None,
    *,
    source: str | None = None,
    measure: str = "events",
    quads: Sequence[str] = QUADS,
    economic: bool = False,
    directed: bool = False,
    normalise: str | None = None,
    transform: str = "log1p",
    known: Iterable[str] | None = None,
) -> xr.Dataset:
    """Make yearly networks of cooperation and conflict from counted events.

    Parameters
    ----------
    counts : polars.DataFrame
        Table ``event_counts``. Shares of the source-year are over all its rows: give it whole, and choose countries
        here.
    days : polars.DataFrame, optional
        Table ``event_days``; needed to normalise by day. Its years are covered even where they have no event.
    countries : sequence of str, optional
        The axis, ISO 3166 alpha-3; all the source knows without it.
    years : iterable of int, optional
        The axis; those the source covers without it.
    source : str, optional
        Which source, where the table holds several: they are never mixed.
    measure : str
        A name in `MEASURES`: "events", "goldstein", "share".
    quads : sequence of str
        Classes of events that make cooperation and conflict, of `xenotime.schema.QUADS`. `total` is of all of them.
    economic : bool
        Keep the economic CAMEO codes, which contain trade, aid and sanctions themselves.
    directed : bool
        Tell actor from target. Without it a pair has the events of both directions, in both cells.
    normalise : str, optional
        A name in `NORMALISATIONS`; the measure's default without it (per 100,000 events of the source-year).
    transform : str
        A name in `TRANSFORMS`.
    known : iterable of str, optional
        Countries the source can know; those that appear in any of its rows without it.

    Returns
    -------
    xarray.Dataset
        `cooperation`, `conflict`, their verbal and material parts as far as `quads` holds them, and `total` (all
        events, as a measure of salience), over (year, actor, target); float64. NaN on the diagonal, in years that the
        source does not cover and for countries it does not know; 0 for a known pair without an event. Attribute
        `choices` lists in sentences what was chosen; the others hold the same for programs.

    Raises
    ------
    InputError
        Several sources, an unknown choice, no days where they are needed.

    Warns
    -----
    DataWarning
        Years observed on fewer than 180 days, or none of those asked for; codes that are not CAMEO, so that economic
        events cannot be left out.

    Notes
    -----
    Parts add up to the whole before the transform, and with ``transform="none"`` after it.
    """
    chosen, divide = _choices(measure, normalise)
    scale = listed(TRANSFORMS, transform, "transform")
    quads = (quads,) if isinstance(quads, str) else tuple(quads)
    wrong = [quad for quad in quads if quad not in QUADS]
    if wrong or not quads:
        raise InputError(
            f"no class of events {', '.join(map(repr, wrong)) or 'given'}",
            where=f"{_HERE}, quads",
            remedy=f"some of {', '.join(QUADS)}",
        )
    table_of(counts, "event_counts", _HERE)
    rows, origin = one_source(counts, source, _HERE)
    amounts(rows, ("events",), _HERE, least=0)
    amounts(rows, ("intensity_sum",), _HERE)
    observed = _days(days, origin.name)
    covered = set(rows["year"].unique().to_list()) | set(observed)
    knows = set(known) if known is not None else set(rows["actor"].unique()) | set(rows["target"].unique())
    axis = countries_of(countries, knows, _HERE)
    axis_years = years_of(years, covered)
    said = _said_of_days(observed, axis_years) if divide.needs_days or observed else []
    said += none_covered(axis_years, covered, origin)
    if divide.needs_days:
        _need_days(observed, covered & set(axis_years), origin.name)

    rows = rows.filter(pl.col("year").is_in(axis_years))
    left_out, dropped, notes = _economic(rows, keep=economic)
    said += notes
    at_home = pl.col("actor") == pl.col("target")
    domestic = int(rows.lazy().filter(at_home & ~left_out).select(pl.col("events").sum()).collect().item())
    rows = rows.filter(~at_home & ~left_out)
    by_year = dict(rows.group_by("year").agg(pl.col("events").sum()).iter_rows())
    weights, events = _cubes(rows, chosen, axis_years, axis)
    if not directed:
        weights, events = weights + weights.swapaxes(-1, -2), events + events.swapaxes(-1, -2)
    volume = Volume(
        days=np.array([observed.get(year, np.nan) for year in axis_years], dtype=float),
        source_year=np.array([by_year.get(year, 0.0 if year in covered else np.nan) for year in axis_years]),
        pair=events,
    )
    cells = known_cells(axis_years, covered, axis, knows)
    coords = {"year": axis_years, "actor": axis, "target": axis}
    result = xr.Dataset(coords=coords)
    single = _one_event(chosen, divide, scale, volume, axis_years)
    unit = scale.unit.format(divide.unit.format(chosen.unit) if measure != "share" else chosen.unit)
    for name, classes in NETWORKS.items():
        kept = [QUADS.index(quad) for quad in classes if quad in quads]
        if kept:
            found = scale.function(divide.function(weights[kept].sum(axis=0), volume), cells)
            result[name] = (AXES, found, {"unit": unit, "classes": [QUADS[place] for place in kept], **single})
    # A pair's events over the pair's events would be 1: salience is then a share of the source-year.
    by = NORMALISATIONS["source_year"] if divide.name == "dyad_total" else divide
    salience = scale.function(by.function(events, volume), cells)
    result["total"] = (AXES, salience, {"unit": scale.unit.format(by.unit.format("events")), "classes": list(QUADS)})
    result.attrs = {
        **coverage(origin, covered, axis_years, axis, knows),
        "measure": measure, "normalise": divide.name, "transform": transform, "directed": directed,
        "economic": economic, "quads": list(quads), "media_proof": divide.media_proof or scale.media_proof,
        "days_observed": {year: int(observed[year]) for year in axis_years if year in observed},
        "source_year_events": {year: int(count) for year, count in sorted(by_year.items())},
        "economic_events": dropped, "domestic_events": domestic,
        "warnings": said,
    }  # fmt: skip
    result.attrs["choices"] = _words(result.attrs, chosen, divide, quads)
    for variable in result.data_vars.values():  # taken out of the set, it still says how it was made
        variable.attrs = result.attrs | variable.attrs
    if said:
        warnings.warn("\n".join(said), DataWarning, stacklevel=2)
    return result


def _choices(measure: str, normalise: str | None) -> tuple[Measure, Normalisation]:
    chosen = listed(MEASURES, measure, "measure")
    name = chosen.normalisations[0] if normalise is None else normalise
    divide = listed(NORMALISATIONS, name, "normalisation")
    if name not in chosen.normalisations:
        raise InputError(
            f"measure {measure!r} cannot be normalised {divide.title}",
            where=_HERE,
            remedy=f"normalise: {', '.join(chosen.normalisations)}",
        )
    return chosen, divide


def _days(days: pl.DataFrame | None, source: str) -> dict[int, int]:
    """Return the days observed in each year the source covers."""
    if days is None:
        return {}
    table_of(days, "event_days", f"{_HERE}, days")
    rows = days.filter(pl.col("source") == source)
    if rows.is_empty():
        raise InputError(
            f"days of {', '.join(days['source'].unique().sort()) or 'no source'}, events of {source}",
            where=_HERE,
            remedy="give the event_days of the same source",
        )
    rows, _ = one_source(rows, source, f"{_HERE}, days")
    return dict(rows.select("year", "days").iter_rows())


def _need_days(observed: Mapping[int, int], years: set[int], source: str) -> None:
    absent = sorted(years - set(observed))
    if absent:
        raise InputError(
            f"the days that {source} observed are not known for {spans(absent)}",
            where=f"{_HERE}, normalise='day'",
            remedy="give table event_days as `days`, or choose another normalisation",
        )


def _said_of_days(observed: Mapping[int, int], years: Sequence[int]) -> list[str]:
    thin = {year: observed[year] for year in years if observed.get(year, THIN_DAYS) < THIN_DAYS}
    if not thin:
        return []
    listed = ", ".join(f"{year} ({days} days)" for year, days in sorted(thin.items()))
    return [f"Observed on fewer than {THIN_DAYS} days: {listed}. What happened on the others is not in these networks."]


def _economic(rows: pl.DataFrame, *, keep: bool) -> tuple[pl.Expr, int, list[str]]:
    """Return which rows are left out for their economic code, how many events those are, and what there is to say."""
    if keep:
        return pl.lit(value=False), 0, []
    table = cameo()
    codes = table.filter(pl.col("economic"))["code"]
    economic = pl.col("code").is_in(codes.implode())
    kinds = rows.group_by("code").agg(pl.col("events").sum())
    said = []
    if kinds.height and not kinds["code"].is_in(table["code"].implode()).any():
        said.append(
            "No code of these events is a CAMEO code, so economic events could not be told apart and are still in: "
            "cooperation may hold trade itself."
        )
    return economic, int(kinds.filter(economic)["events"].sum()), said


def _one_event(
    measure: Measure, divide: Normalisation, scale: Transform, volume: Volume, years: Sequence[int]
) -> dict[str, dict[int, float]]:
    """Return what a single event weighs in each year, where all events weigh the same and can be told from none."""
    if measure.name != "events" or divide.name == "dyad_total" or scale.name not in ("log1p", "none"):
        return {}
    one = np.ones((len(years), 1, 1))
    weight = scale.function(divide.function(one, volume), np.ones(one.shape, dtype=bool))[:, 0, 0]
    return {"one_event": {year: float(w) for year, w in zip(years, weight, strict=True) if np.isfinite(w)}}


def _cubes(rows: pl.DataFrame, measure: Measure, years: Sequence[int], axis: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the measure by class, shape (4, year, n, n), and all events, shape (year, n, n)."""
    shape = (len(QUADS), len(years), len(axis), len(axis))
    at = (places(rows["quad"], QUADS), year_places(rows["year"], years), *(places(rows[end], axis) for end in AXES[1:]))
    inside = np.all([one >= 0 for one in at], axis=0)
    cell = np.ravel_multi_index(tuple(one[inside] for one in at), shape)

    def added(weight: pl.Expr) -> Floats:
        values = rows.select(weight.alias("weight"))["weight"].to_numpy()[inside]
        return np.bincount(cell, weights=values, minlength=int(np.prod(shape))).reshape(shape).astype(float)

    weights = added(measure.weight)
    events = weights if measure.name != "goldstein" else added(MEASURES["events"].weight)
    return weights, events.sum(axis=0)


def _words(a: Mapping[str, Any], measure: Measure, divide: Normalisation, quads: Sequence[str]) -> list[str]:
    """Return the choices as sentences that a reader can quote."""
    words = [
        f"Events of {a['source']} {', '.join(a['source_versions'])}, years {spans(a['covered_years']) or 'none'}.",
        f"Measured as {measure.title.lower()} ({measure.definition}), {divide.title} ({divide.definition}), "
        f"then {TRANSFORMS[a['transform']].title} ({TRANSFORMS[a['transform']].definition}).",
        "A source-year reported k times as often gives the same network."
        if a["media_proof"]
        else "Not corrected for the volume of the media: trends in level and density may be the source's growth.",
        f"Classes of events: {', '.join(quads)}.",
        "Economic codes are kept: cooperation holds trade, aid and sanctions themselves."
        if a["economic"]
        else f"{a['economic_events']:,} events with economic CAMEO codes (trade, aid, sanctions) are left out.",
        "Directed: from actor to target." if a["directed"] else "Undirected: both directions added.",
    ]
    if a["domestic_events"]:
        words.append(f"{a['domestic_events']:,} events within one country are left out.")
    return [*words, *missing_words(a), *a["warnings"]]
