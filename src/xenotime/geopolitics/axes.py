"""What every function of this package asks of its tables: one source, the years it covers, the countries it knows.

A year without a row is a year the source does not cover (each source is ingested by the year), and a country without a
row in any year is one it does not know: both are missing. A pair without a row in a covered year, both countries known,
is 0 (convention 7).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime.core import InputError
from xenotime.reference import country_names
from xenotime.schema import TABLES, years_asked

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
T = TypeVar("T")

#: Axes of a cube of politics. Joined with a trade cube, the actor is the exporter and the target the importer.
AXES = ("year", "actor", "target")


@dataclass(frozen=True)
class Source:
    """Where a cube comes from: the source's name, its versions, in words."""

    name: str
    versions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {', '.join(self.versions)}"


def table_of(frame: pl.DataFrame, name: str, where: str) -> None:
    """Refuse what is not a table of the store.

    Raises
    ------
    InputError
        No polars frame; a column is missing; a key twice, which would count twice.
    """
    if not isinstance(frame, pl.DataFrame):
        raise InputError(
            f"a {type(frame).__name__} is given, not a polars.DataFrame",
            where=where,
            remedy=f"give table {name}: store.table({name!r})",
        )
    spec = TABLES[name]
    missing = [column for column in spec.columns if column not in frame.columns]
    if missing:
        raise InputError(
            f"the table has no column {', '.join(map(repr, missing))}", where=where, remedy=f"give table {name}"
        )
    key = [column for column in spec.key if column in frame.columns]
    # Hashes first: a fraction of a second for millions of rows, where comparing them takes several.
    if frame.select(key).hash_rows().n_unique() < len(frame) and frame.select(key).is_duplicated().any():
        twice = frame.filter(frame.select(key).is_duplicated()).row(0, named=True)
        raise InputError(
            f"two rows of {', '.join(str(twice[column]) for column in key)}",
            where=where,
            remedy=f"give each row of {name} once: both together would count twice",
        )


def amounts(frame: pl.DataFrame, columns: Collection[str], where: str, *, least: float = -np.inf) -> None:
    """Refuse amounts that are unknown, not finite, or too small.

    Raises
    ------
    InputError
        Names the column and the first such row.
    """
    for column in columns:
        value = pl.col(column).cast(pl.Float64)
        wrong = frame.filter(~(value.is_finite() & (value >= least)).fill_null(value=False))
        if len(wrong):
            raise InputError(
                f"column {column!r} is {wrong[column][0]} in {len(wrong):,} rows",
                where=f"{where}, {', '.join(str(one) for one in wrong.row(0)[:3])}",
                remedy=f"give numbers{'' if np.isinf(least) else f' of {least:g} or more'}, or leave the rows out",
            )


def one_network(network: object, where: str) -> xr.DataArray:
    """Return a network with its axes in order.

    Raises
    ------
    InputError
        A set of networks instead of one, or other axes.
    """
    if isinstance(network, xr.Dataset):
        raise InputError(
            f"a set of networks is given: {', '.join(map(str, network.data_vars))}",
            where=where,
            remedy='choose one of them, as network["conflict"]',
        )
    if not isinstance(network, xr.DataArray) or set(network.dims) != set(AXES):
        dims = ", ".join(map(str, network.dims)) if isinstance(network, xr.DataArray) else type(network).__name__
        raise InputError(
            f"not a network over {', '.join(AXES)}: {dims}", where=where, remedy="give a variable of event_networks()"
        )
    return network.transpose(*AXES)


def one_source(frame: pl.DataFrame, source: str | None, where: str) -> tuple[pl.DataFrame, Source]:
    """Return the rows of one source; several are never mixed.

    Parameters
    ----------
    frame : polars.DataFrame
        With columns `year, source, source_version`.
    source : str, optional
        Which; needed where the frame holds several.

    Raises
    ------
    InputError
        No rows, several sources and none chosen, or two versions of one source for one year.
    """
    there = frame["source"].unique().sort().to_list()
    if source is None and len(there) > 1:
        raise InputError(
            f"the table holds several sources: {', '.join(there)}",
            where=where,
            remedy=f'choose one: source="{there[0]}"; agreement_between() compares them',
        )
    chosen = source if source is not None else (there[0] if there else "")
    rows = frame.filter(pl.col("source") == chosen)
    if rows.is_empty():
        raise InputError(
            f"no rows of {f'source {source!r}' if source is not None else 'any source'}",
            where=where,
            remedy=f"the table holds {', '.join(there) or 'nothing'}",
        )
    editions = rows.select("year", "source_version").unique()
    twice = editions.filter(pl.col("year").is_duplicated())
    if twice.height:
        doubled = twice.filter(pl.col("year") == pl.col("year").min())
        raise InputError(
            f"two versions of {chosen} for {doubled['year'][0]}: "
            f"{', '.join(sorted(map(str, doubled['source_version'])))}",
            where=where,
            remedy="keep one version a year; both together would count everything twice",
        )
    return rows, Source(chosen, tuple(editions["source_version"].unique().sort()))


def years_of(years: Iterable[int] | None, covered: Iterable[int]) -> list[int]:
    """Return the axis of years: those asked for, or the covered ones.

    Raises
    ------
    InputError
        No year at all.
    """
    asked = years_asked(years)
    found = sorted(set(covered)) if asked is None else asked
    if not found:
        raise InputError("no year is given", where="geopolitics, years", remedy="leave `years` out for all there are")
    return found


def countries_of(countries: Sequence[str] | None, known: Iterable[str], where: str) -> list[str]:
    """Return the axis of countries: those asked for, in their order, or those the source knows, sorted.

    Raises
    ------
    InputError
        A code twice, or one that is no country.
    """
    if countries is None:
        return sorted(set(known))
    axis = [countries] if isinstance(countries, str) else list(countries)
    names = country_names()
    odd = [str(one) for one in axis if one not in names]
    twice = sorted({one for one in axis if axis.count(one) > 1}) if len(set(axis)) < len(axis) else []
    if odd or twice or not axis:
        raise InputError(
            f"not a list of distinct ISO 3166 alpha-3 codes: {', '.join(odd + twice) or 'it is empty'}",
            where=f"{where}, countries",
            remedy="give each country once, as in xenotime.reference.countries()['iso3']",
        )
    return axis


def places(column: pl.Series, axis: Sequence[str]) -> NDArray[np.int64]:
    """Return the position of each label on the axis, -1 where it is not on it, shape (rows,)."""
    # An Enum is the fastest look-up polars has: ten million labels in a fraction of a second.
    codes = column.cast(pl.Enum(list(axis)), strict=False).to_physical().cast(pl.Int64)
    return codes.fill_null(-1).to_numpy()


def year_places(column: pl.Series, years: Sequence[int]) -> NDArray[np.int64]:
    """Return the position of each year on the axis, -1 where it is not on it, shape (rows,)."""
    low, high = min(years, default=0), max(years, default=0)
    lookup = np.full(high - low + 3, -1, dtype=np.int64)
    for place, year in enumerate(years):
        lookup[year - low + 1] = place
    found = np.clip(column.cast(pl.Int64).to_numpy() - low + 1, 0, high - low + 2)
    return np.asarray(lookup[found])


def known_cells(years: Sequence[int], covered: set[int], axis: Sequence[str], known: set[str]) -> Bools:
    """Return which cells a source can say something about, shape (year, n, n); never the diagonal.

    Raises
    ------
    InputError
        One country alone, which has no partner.
    """
    if len(axis) < 2:
        raise InputError(
            f"{axis[0]} alone makes no pair", where="geopolitics, countries", remedy="give two countries or more"
        )
    seen = np.array([year in covered for year in years], dtype=bool)
    knows = np.array([country in known for country in axis], dtype=bool)
    cells: Bools = seen[:, None, None] & knows[None, :, None] & knows[None, None, :]
    cells[:, np.arange(len(axis)), np.arange(len(axis))] = False
    return cells


def spans(years: Iterable[int]) -> str:
    """Return years as a reader writes them: "2001-2004, 2007"."""
    listed = sorted(set(years))
    runs: list[list[int]] = []
    for year in listed:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def coverage(
    source: Source, covered: Iterable[int], years: Sequence[int], axis: Sequence[str], known: set[str]
) -> dict[str, Any]:
    """Return the attributes that say where a cube comes from and what it cannot know."""
    there = set(covered)
    return {
        "source": source.name,
        "source_versions": list(source.versions),
        "covered_years": [year for year in years if year in there],
        "missing_years": [year for year in years if year not in there],
        "unknown_countries": [country for country in axis if country not in known],
    }


def missing_words(attrs: Mapping[str, Any]) -> list[str]:
    """Return what a cube's source cannot know, as sentences; `attrs` as from `coverage`."""
    words = []
    if attrs["missing_years"]:
        words.append(f"Not covered, so missing: {spans(attrs['missing_years'])}.")
    if attrs["unknown_countries"]:
        words.append(f"Not known to the source, so missing: {', '.join(attrs['unknown_countries'])}.")
    return words


def none_covered(years: Sequence[int], covered: Collection[int], origin: Source) -> list[str]:
    """Return what to say where a source covers none of the years asked for."""
    if set(years) & set(covered):
        return []
    return [f"{origin} covers none of {spans(years)}, but {spans(covered)}: everything is missing."]


def listed(registry: Mapping[str, T], name: str, what: str) -> T:
    """Return an entry of a registry, or say what there is."""
    if name not in registry:
        raise InputError(f"no {what} {name!r}", where="geopolitics", remedy=f"one of {', '.join(registry)}")
    return registry[name]
