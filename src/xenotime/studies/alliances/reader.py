"""From the tables of the store to arrays over a study's countries and years: one source each, years as it covers them.

Nothing is filled in silence: a year outside a source's own years stays unknown, unless the settings freeze the
covariate there (``carry``); a country the source cannot know stays unknown. Within the years and countries a source
covers, a pair that it does not list had no event, no treaty, no dispute: 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime.core import InputError

if TYPE_CHECKING:
    from xenotime.store import Store

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """A covariate as read for the countries and years of a study.

    Attributes
    ----------
    values : (T, n) or (T, n, n) or, the same in all years, (n, n) float64
        NaN where unknown.
    source : str
    first, last : int, optional
        Years the source covers; none where it holds for every year.
    carried : tuple of int
        Years that repeat the last one covered, because the settings say so.
    note : str
        What a reader must know: what was chosen, what counts as zero.
    """

    values: Float
    source: str
    first: int | None = None
    last: int | None = None
    carried: tuple[int, ...] = ()
    note: str = ""

    @property
    def static(self) -> bool:
        """Whether it is the same in all years."""
        return self.first is None and self.values.ndim == 2


@dataclass(frozen=True)
class Reader:
    """What covariates are read from: the store, the countries and years wanted, the stage, the choices made.

    Attributes
    ----------
    sources : mapping of str to str
        Which source to use, by covariate or by table, where the store holds several.
    carry : tuple of str
        Covariates frozen at their last year.
    normalise : {"none", "source_year"}
        Of ready indices of events, see `xenotime.geopolitics.from_indices`.
    """

    store: "Store"
    names: tuple[str, ...]
    years: tuple[int, ...]
    stage: str = ""
    commodity: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    carry: tuple[str, ...] = ()
    normalise: str = "none"
    _tables: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    _cubes: dict[str, xr.Dataset] = field(default_factory=dict, repr=False, compare=False)

    def table(self, name: str) -> pl.DataFrame:
        """Return a table of the store, read once."""
        if name not in self._tables:
            self._tables[name] = self.store.table(name)
        return self._tables[name]

    def cube(self, name: str, make: Callable[[], xr.Dataset]) -> xr.Dataset:
        """Return a cube, made once."""
        if name not in self._cubes:
            self._cubes[name] = make()
        return self._cubes[name]

    def of(self, stage: str) -> "Reader":
        """Return the reader of another stage; what was read is shared."""
        return replace(self, stage=stage)

    @cached_property
    def place(self) -> dict[str, int]:
        """Country to its place."""
        return {name: at for at, name in enumerate(self.names)}

    def chosen(self, frame: pl.DataFrame, *asked: str) -> tuple[pl.DataFrame, str, str]:
        """Return the rows of one source (its newest version), its name with version, and among which it was chosen.

        Without a choice in the settings it is the source that covers most of the study's years.
        """
        held = sorted(frame["source"].unique().to_list())
        wanted = next((self.sources[name] for name in asked if name in self.sources), None)
        if wanted is not None and wanted not in held:
            raise InputError(
                f"no {asked[0]} of source {wanted!r}", where="sources", remedy=f"the store holds {', '.join(held)}"
            )
        if wanted is None:
            inside = frame.filter(pl.col("year").is_in(list(self.years)) | pl.col("year").is_null())
            counted = dict(inside.group_by("source").agg(pl.col("year").n_unique()).iter_rows())
            wanted = max(held, key=lambda name: counted.get(name, 0))
        rows = frame.filter(pl.col("source") == wanted)
        version = str(rows["source_version"].max())
        note = f"chosen of {', '.join(held)}" if len(held) > 1 else ""
        return rows.filter(pl.col("source_version") == version), f"{wanted} {version}", note

    def carried(self, name: str, last: int) -> tuple[int, ...]:
        """Return the years in which a covariate that ends in `last` is frozen."""
        return tuple(year for year in self.years if year > last) if name in self.carry else ()

    def frozen(self, name: str, reading: Reading) -> Reading:
        """Return the reading with the years after its last frozen, where the settings say so."""
        if reading.last is None or not (carried := self.carried(name, reading.last)):
            return reading
        if reading.last not in self.years:
            raise InputError(
                f"{name} ends in {reading.last}, before the first year of the study",
                where="carry",
                remedy="begin the study in a year the covariate covers",
            )
        values = reading.values.copy()
        for year in carried:
            values[self.years.index(year)] = values[self.years.index(reading.last)]
        return replace(reading, values=values, carried=carried)

    def by_country(self, frame: pl.DataFrame, value: str, source: str, note: str = "") -> Reading:
        """Return a column of a frame (year, country, value) as (T, n)."""
        known = frame.drop_nulls(value)
        values = np.full((len(self.years), len(self.names)), np.nan)
        steps = {year: at for at, year in enumerate(self.years)}
        for year, country, number in known.select("year", "country", value).iter_rows():
            if year in steps and country in self.place:
                values[steps[year], self.place[country]] = number
        years = known["year"]
        return Reading(values, source, _year(years.min()), _year(years.max()), (), note)

    def by_pair(self, frame: pl.DataFrame, value: str, source: str, note: str = "") -> Reading:
        """Return a column of a frame (year, exporter, importer, value) as (T, n, n); what is not listed is unknown."""
        steps = pl.DataFrame(
            {"year": list(self.years), "step": np.arange(len(self.years))}, schema_overrides={"year": pl.Int16}
        )
        place = pl.DataFrame({"label": list(self.names), "at": np.arange(len(self.names))})
        rows = (
            frame.drop_nulls(value)
            .join(steps, on="year")
            .join(place, left_on="exporter", right_on="label")
            .join(place, left_on="importer", right_on="label", suffix="_to")
        )
        values = np.full((len(self.years), len(self.names), len(self.names)), np.nan)
        values[rows["step"], rows["at"], rows["at_to"]] = rows[value].cast(pl.Float64).to_numpy()
        years = frame["year"]
        return Reading(values, source, _year(years.min()), _year(years.max()), (), note)


def words(*parts: str) -> str:
    """Join remarks that are there."""
    return "; ".join(part for part in parts if part)


def _year(value: object) -> int | None:
    return int(str(value)) if value is not None else None
