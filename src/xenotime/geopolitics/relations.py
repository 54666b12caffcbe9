"""Treaties, disputes, borders, votes and positions of countries as cubes, with what each source cannot know as NaN."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.geopolitics.axes import (
    AXES,
    Bools,
    countries_of,
    coverage,
    known_cells,
    listed,
    missing_words,
    one_source,
    places,
    spans,
    table_of,
    year_places,
    years_of,
)
from xenotime.reference import codes
from xenotime.schema import INDICES, RELATIONS

#: Relations that are coded for the members of the Correlates of War system of states: Hong Kong is not one.
STATE_SYSTEM = frozenset(
    {
        "defence_pact", "offence_pact", "neutrality_pact", "nonaggression_pact", "consultation_pact", "dispute",
        "dispute_hostility", "contiguity", "rivalry",
    }
)  # fmt: skip
#: Relations whose absent pair is not 0 but unknown: no vote in common.
NO_ZERO = frozenset({"vote_agreement"})
Carry = Literal["last"] | None


def relation(
    relations: pl.DataFrame,
    name: str,
    countries: Sequence[str] | None = None,
    years: Iterable[int] | None = None,
    carry: Carry = None,
    *,
    source: str | None = None,
    known: Iterable[str] | None = None,
) -> xr.DataArray:
    """Return one relation by year and pair.

    Parameters
    ----------
    relations : polars.DataFrame
        Table ``relations``. A year in which the source has any row is one it covers.
    name : str
        Which, of `xenotime.schema.RELATIONS`.
    countries, years, source
        As in `event_networks`.
    carry : {None, "last"}
        "last": years after the last covered one get its values, and the attributes say which. Without it they are NaN.
    known : iterable of str, optional
        Countries the source can know. Without it: for pacts, disputes, borders and rivalries the states of the
        Correlates of War system in their years; otherwise the countries in any row of the source.

    Returns
    -------
    xarray.DataArray
        Over (year, actor, target). 0 for a pair that is not listed in a covered year (votes: NaN, since they shared
        none); NaN on the diagonal, outside coverage and for countries the source cannot know. Attributes: `source`,
        `covered_years`, `carried_years`, `carried_from`, `missing_years`, `unknown_countries`, `unit`, `choices`.

    Raises
    ------
    InputError
        A relation the table does not hold, or several sources of it.
    """
    here = f"geopolitics.relation, {name}"
    listed(RELATIONS, name, "relation")
    table_of(relations, "relations", here)
    holders = relations.filter(pl.col("relation") == name)["source"].unique().sort().to_list()
    if not holders:
        there = ", ".join(relations["relation"].unique().sort()) or "nothing"
        raise InputError(f"the table holds no {name}", where=here, remedy=f"it holds {there}; ingest a source of it")
    rows, origin = one_source(relations.filter(pl.col("source").is_in(holders)), source, here)
    covered = set(rows["year"].unique().to_list())
    by_system = known is None and name in STATE_SYSTEM
    everyone = set(rows["actor"].unique()) | set(rows["target"].unique())
    knows = set(codes("cow")["iso3"].drop_nulls()) if by_system else everyone if known is None else set(known)
    axis = countries_of(countries, knows, here)
    axis_years = years_of(years, covered)
    read, carried = _read_years(axis_years, covered, carry)
    rows = rows.filter(pl.col("relation") == name, pl.col("year").is_in(sorted(set(read))))
    wanted = sorted(set(read))
    cells = known_cells(wanted, covered, axis, knows)
    if by_system:
        cells &= _in_system(wanted, axis)
    values = np.where(cells, np.nan if name in NO_ZERO else 0.0, np.nan)
    at = (year_places(rows["year"], wanted), *(places(rows[end], axis) for end in AXES[1:]))
    inside = np.all([one >= 0 for one in at], axis=0)
    cell = tuple(one[inside] for one in at)
    values[cell] = np.where(cells[cell], rows["value"].to_numpy()[inside], np.nan)
    result = xr.DataArray(
        values[[wanted.index(year) for year in read]],
        coords={"year": axis_years, "actor": axis, "target": axis},
        dims=AXES,
        name=name,
        attrs={**coverage(origin, covered, axis_years, axis, knows), **_carried(covered, carried)},
    )
    result.attrs["missing_years"] = [one for one in result.attrs["missing_years"] if one not in carried]
    result.attrs |= {"unit": RELATIONS[name], "choices": _words(f"{name} ({RELATIONS[name]})", result.attrs)}
    return result


def country_index(
    indices: pl.DataFrame,
    name: str,
    countries: Sequence[str] | None = None,
    years: Iterable[int] | None = None,
    carry: Carry = None,
    *,
    source: str | None = None,
) -> xr.DataArray:
    """Return an index of countries by year.

    Parameters
    ----------
    indices : polars.DataFrame
        Table ``country_indices``.
    name : str
        Which, of `xenotime.schema.INDICES`.
    countries, years, carry, source
        As in `relation`.

    Returns
    -------
    xarray.DataArray
        Over (year, country), NaN where the source has no value. Attributes as `relation`.

    Raises
    ------
    InputError
        An index the table does not hold for countries, or several sources of it.
    """
    here = f"geopolitics.country_index, {name}"
    rows = _index_rows(indices, name, here).filter(pl.col("country").is_not_null())
    if rows.is_empty():
        raise InputError(
            f"the table holds {name} of the world, not of countries",
            where=here,
            remedy="world_index() reads the world's",
        )
    rows, origin = one_source(rows, source, here)
    covered, knows = set(rows["year"].unique().to_list()), set(rows["country"].unique())
    axis, axis_years = countries_of(countries, knows, here), years_of(years, covered)
    read, carried = _read_years(axis_years, covered, carry)
    wanted = sorted(set(read))
    values = np.full((len(wanted), len(axis)), np.nan)
    at = (year_places(rows["year"], wanted), places(rows["country"], axis))
    inside = (at[0] >= 0) & (at[1] >= 0)
    values[at[0][inside], at[1][inside]] = rows["value"].to_numpy()[inside]
    result = xr.DataArray(
        values[[wanted.index(year) for year in read]],
        coords={"year": axis_years, "country": axis},
        dims=("year", "country"),
        name=name,
        attrs={**coverage(origin, covered, axis_years, axis, knows), **_carried(covered, carried)},
    )
    result.attrs["missing_years"] = [one for one in result.attrs["missing_years"] if one not in carried]
    result.attrs |= {"unit": INDICES[name], "choices": _words(f"{name} ({INDICES[name]})", result.attrs)}
    return result


def world_index(
    indices: pl.DataFrame, name: str, years: Iterable[int] | None = None, *, source: str | None = None
) -> xr.DataArray:
    """Return the world's value of an index by year, NaN where there is none; over (year,)."""
    here = f"geopolitics.world_index, {name}"
    rows = _index_rows(indices, name, here).filter(pl.col("country").is_null())
    if rows.is_empty():
        raise InputError(
            f"the table holds {name} of countries, not of the world", where=here, remedy="country_index() reads theirs"
        )
    rows, origin = one_source(rows, source, here)
    found = dict(rows.select("year", "value").iter_rows())
    axis = years_of(years, found)
    attrs = {**coverage(origin, found, axis, [], set()), "unit": INDICES[name]}
    return xr.DataArray(
        [found.get(year, np.nan) for year in axis], coords={"year": axis}, dims="year", name=name, attrs=attrs
    )


def index_distance(index: xr.DataArray) -> xr.DataArray:
    """Return how far apart two countries are on an index: |x_i − x_j|, over (year, actor, target).

    Parameters
    ----------
    index : xarray.DataArray
        Over (year, country), as from `country_index`.

    Returns
    -------
    xarray.DataArray
        NaN where either country has no value, and on the diagonal. Attributes of `index`.
    """
    x = index.transpose("year", "country").to_numpy().astype(float)
    apart = np.abs(x[:, :, None] - x[:, None, :])
    apart[:, np.arange(x.shape[1]), np.arange(x.shape[1])] = np.nan
    axis = index["country"].values
    attrs = index.attrs | {"definition": f"|x_i − x_j|, x = {index.name}"}
    coords = {"year": index["year"].values, "actor": axis, "target": axis}
    return xr.DataArray(apart, coords=coords, dims=AXES, name=f"{index.name}_distance", attrs=attrs)


def _index_rows(indices: pl.DataFrame, name: str, here: str) -> pl.DataFrame:
    listed(INDICES, name, "index")
    table_of(indices, "country_indices", here)
    rows = indices.filter(pl.col("index") == name)
    if rows.is_empty():
        raise InputError(f"the table holds no {name}", where=here, remedy="ingest a source of it")
    return rows


def _read_years(years: Sequence[int], covered: set[int], carry: Carry) -> tuple[list[int], list[int]]:
    """Return the year each year of the axis is read from, and those that are carried."""
    if carry not in (None, "last"):
        raise InputError(f"no way to carry {carry!r}", where="geopolitics, carry", remedy='None or "last"')
    last = max(covered)
    carried = [year for year in years if year > last] if carry == "last" else []
    return [last if year in carried else year for year in years], carried


def _in_system(years: Sequence[int], axis: Sequence[str]) -> Bools:
    """Return which pairs are of states of the system in that year, shape (year, n, n)."""
    member = np.zeros((len(years), len(axis)), dtype=bool)
    for iso3, first, final in codes("cow").select("iso3", "valid_from", "valid_to").iter_rows():
        if iso3 in axis:
            there = [(first or 0) <= year <= (final or 9999) for year in years]
            member[:, axis.index(iso3)] |= np.array(there, dtype=bool)
    return member[:, :, None] & member[:, None, :]


def _carried(covered: set[int], carried: Sequence[int]) -> dict[str, object]:
    return {"carried_years": list(carried), "carried_from": max(covered) if carried else None}


def _words(what: str, attrs: Mapping[str, object]) -> list[str]:
    versions = ", ".join(attrs["source_versions"])  # type: ignore[arg-type]
    words = [f"{what} of {attrs['source']} {versions}, years {spans(attrs['covered_years']) or 'none'}."]  # type: ignore[arg-type]
    if attrs["carried_years"]:
        words.append(
            f"{spans(attrs['carried_years'])} are not observed: values of {attrs['carried_from']} are carried on."  # type: ignore[arg-type]
        )
    return words + missing_words(attrs)
