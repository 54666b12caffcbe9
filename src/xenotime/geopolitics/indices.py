"""Indices of cooperation and conflict that somebody else made of events, in the shape of `event_networks`."""

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import DataWarning, InputError
from xenotime.geopolitics.axes import (
    AXES,
    Floats,
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
from xenotime.geopolitics.measures import PER, TRANSFORMS

_HERE = "geopolitics.from_indices"
_SCALES = ("none", "source_year")


def from_indices(
    frame: pl.DataFrame,
    source: str | None = None,
    countries: Sequence[str] | None = None,
    years: Iterable[int] | None = None,
    *,
    directed: bool = False,
    normalise: str = "none",
    transform: str = "log1p",
    known: Iterable[str] | None = None,
) -> xr.Dataset:
    """Make networks of cooperation and conflict from ready indices by pair and year.

    Parameters
    ----------
    frame : polars.DataFrame
        Table ``dyad_year``; exporter is the actor, importer the target.
    source, countries, years, transform, known
        As in `event_networks`.
    directed : bool
        Tell actor from target. Without it both cells of a pair hold the mean of its two directions (of the one that is
        listed, where only one is).
    normalise : {"none", "source_year"}
        The index as it is (its scale is the source's: some are already per observed day), or per 100,000 of the year's
        sum of cooperation and conflict over all ordered pairs, so that a source that grows makes no trend.

    Returns
    -------
    xarray.Dataset
        `cooperation`, `conflict` and, where the source counts them, `total`, as `event_networks`; 0 for a pair of known
        countries that is not listed in a covered year, NaN where an index is null. Attribute `without` names what the
        source does not tell.

    Raises
    ------
    InputError
        Several sources, an unknown choice, or an index below 0.

    Warns
    -----
    DataWarning
        None of the years asked for is covered.
    """
    scale = listed(TRANSFORMS, transform, "transform")
    listed(dict.fromkeys(_SCALES), normalise, "normalisation of indices")
    table_of(frame, "dyad_year", _HERE)
    rows, origin = one_source(frame, source, _HERE)
    covered = set(rows["year"].unique().to_list())
    knows = set(known) if known is not None else set(rows["exporter"].unique()) | set(rows["importer"].unique())
    axis, axis_years = countries_of(countries, knows, _HERE), years_of(years, covered)
    rows = rows.filter(pl.col("exporter") != pl.col("importer"), pl.col("year").is_in(axis_years))
    below = rows.filter((pl.col("cooperation") < 0) | (pl.col("conflict") < 0))
    if below.height:
        one = below.row(0, named=True)
        raise InputError(
            f"an index below 0 ({below.height} rows)",
            where=f"{_HERE}, {origin.name}, {one['year']}, {one['exporter']} to {one['importer']}",
            remedy="cooperation and conflict are both given as 0 or more; turn the sign of a score of conflict",
        )
    cells = known_cells(axis_years, covered, axis, knows)
    yearly = dict(
        rows.group_by("year").agg((pl.col("cooperation").sum() + pl.col("conflict").sum()).alias("sum")).iter_rows()
    )
    divisor = np.array([yearly.get(year, 0.0) or 1.0 for year in axis_years])[:, None, None]
    factor = PER / divisor if normalise == "source_year" else np.ones_like(divisor)
    unit = "per 100,000 of the source-year" if normalise == "source_year" else f"index of {origin.name}"
    result = xr.Dataset(coords={"year": axis_years, "actor": axis, "target": axis})
    counted = not rows["events"].is_null().all()
    for name in ("cooperation", "conflict", *(("events",) if counted else ())):
        values = _cube(rows, name, axis_years, axis, directed=directed)
        weight = values if name == "events" else values * factor
        there = cells & ~np.isnan(weight)
        attrs = {"unit": scale.unit.format("events" if name == "events" else unit)}
        result["total" if name == "events" else name] = (AXES, scale.function(weight, there), attrs)
    said = none_covered(axis_years, covered, origin)
    without = ["verbal and material parts", *(() if counted else ("total",))]
    result.attrs = {
        **coverage(origin, covered, axis_years, axis, knows),
        "measure": "index", "normalise": normalise, "transform": transform, "directed": directed,
        "media_proof": normalise == "source_year" or scale.media_proof, "without": without, "warnings": said,
    }  # fmt: skip
    result.attrs["choices"] = [
        f"Indices of {origin}, years {spans(result.attrs['covered_years']) or 'none'}, as the source makes them"
        + (", per 100,000 of the year's sum of cooperation and conflict" if normalise == "source_year" else "")
        + f", then {scale.title} ({scale.definition}).",
        "A source-year with every index k times as high gives the same network."
        if result.attrs["media_proof"]
        else "Not corrected for the volume of the media: trends in level and density may be the source's growth.",
        "Whether economic events are among them is the source's choice; they cannot be taken out here.",
        "Directed: from actor to target." if directed else "Undirected: mean of both directions.",
        f"The source does not tell {', '.join(without)}.",
        *missing_words(result.attrs),
        *said,
    ]
    for variable in result.data_vars.values():
        variable.attrs = result.attrs | variable.attrs
    if said:
        warnings.warn("\n".join(said), DataWarning, stacklevel=2)
    return result


def _cube(rows: pl.DataFrame, column: str, years: Sequence[int], axis: Sequence[str], *, directed: bool) -> Floats:
    """Return a column by year and pair, shape (year, n, n): 0 where not listed, NaN where null."""
    shape = (len(years), len(axis), len(axis))
    at = (year_places(rows["year"], years), places(rows["exporter"], axis), places(rows["importer"], axis))
    inside = np.all([one >= 0 for one in at], axis=0)
    found, listed_here = np.zeros(shape), np.zeros(shape)
    cell = tuple(one[inside] for one in at)
    found[cell] = rows[column].cast(pl.Float64).fill_null(np.nan).to_numpy()[inside]
    listed_here[cell] = 1.0
    if directed:
        return found
    rows_of_pair = listed_here + listed_here.swapaxes(-1, -2)
    both: Floats = (found + found.swapaxes(-1, -2)) / np.maximum(rows_of_pair, 1.0)
    return both
