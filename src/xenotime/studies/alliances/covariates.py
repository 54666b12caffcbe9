"""The covariates of the alliances study: what each is, its unit, the table of the store it is read from, where it ends.

A covariate is one line of `COVARIATES` and one function that reads it. Nothing is filled in silence: a year outside a
source's own years stays unknown, unless the settings freeze the covariate there (``carry``), and then `coverage` says
so; a country the source never mentions stays unknown, and the panel leaves it out with the reason. Within the years
and countries a source covers, a pair that it does not list had no event, no treaty, no dispute: zero, and counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference
from xenotime.core import InputError
from xenotime.schema import RELATIONS

if TYPE_CHECKING:
    from xenotime.store import Store

Float = NDArray[np.float64]

#: Blocs whose members trade on easier terms; a pair that shares one in a year is in the same bloc.
TRADE_BLOCS = ("EU", "NAFTA", "USMCA", "RCEP", "CPTPP", "ASEAN", "EAEU", "Mercosur", "GCC")
#: What the output of a stage may be called in table ``production``.
OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "upstream": ("mine",),
    "midstream": ("separation", "refinery"),
    "downstream": ("magnets",),
}
COUNTRY: Literal["country"] = "country"
PAIR: Literal["pair"] = "pair"


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


@dataclass(frozen=True)
class Reader:
    """What covariates are read from: the store, the countries and years wanted, the stage, the choices made.

    Attributes
    ----------
    sources : mapping of str to str
        Which source to use, by covariate or by table, where the store holds several.
    carry : tuple of str
        Covariates frozen at their last year.
    """

    store: "Store"
    names: tuple[str, ...]
    years: tuple[int, ...]
    stage: str = ""
    commodity: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    carry: tuple[str, ...] = ()
    _tables: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def table(self, name: str) -> pl.DataFrame:
        """Return a table of the store, read once."""
        if name not in self._tables:
            self._tables[name] = self.store.table(name)
        return self._tables[name]

    @cached_property
    def place(self) -> dict[str, int]:
        """Country to its place."""
        return {name: at for at, name in enumerate(self.names)}

    def chosen(self, frame: pl.DataFrame, *asked: str) -> tuple[pl.DataFrame, str, str]:
        """Return the rows of one source, its name, and what was chosen among several.

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
        rows = rows.filter(pl.col("source_version") == version)
        note = f"of {', '.join(held)}" if len(held) > 1 else ""
        return rows, f"{wanted} {version}", note

    def covered(self, name: str, years: Sequence[int]) -> tuple[dict[int, int], tuple[int, ...]]:
        """Return the study's years with the source's year to read for each, and which of them are carried."""
        there = set(years)
        pairs = {year: year for year in self.years if year in there}
        carried = tuple(year for year in self.years if there and year > max(there)) if name in self.carry else ()
        return pairs | dict.fromkeys(carried, max(there, default=0)), carried

    def by_country(self, name: str, frame: pl.DataFrame, value: str, source: str, note: str = "") -> Reading:
        """Return a column of a frame (year, country, value) as (T, n)."""
        known = frame.drop_nulls(value)
        years = sorted(known["year"].unique().to_list())
        wanted, carried = self.covered(name, years)
        read: dict[int, list[tuple[str, float]]] = {}
        for year, country, number in known.select("year", "country", value).iter_rows():
            read.setdefault(year, []).append((country, number))
        values = np.full((len(self.years), len(self.names)), np.nan)
        for year, of in wanted.items():
            for country, number in read.get(of, []):
                if country in self.place:
                    values[self.years.index(year), self.place[country]] = number
        return Reading(values, source, years[0], years[-1], carried, note)

    def by_pair(
        self, name: str, frame: pl.DataFrame, value: str, source: str, note: str = "", *, unlisted: float = 0.0
    ) -> Reading:
        """Return a column of a frame (year, exporter, importer, value) as (T, n, n).

        Pairs that a covered year does not list get `unlisted`; countries that no row names stay unknown.
        """
        years = sorted(frame["year"].unique().to_list())
        wanted, carried = self.covered(name, years)
        within = frame.filter(
            pl.col("year").is_in(sorted(set(wanted.values())))
            & pl.col("exporter").is_in(list(self.names))
            & pl.col("importer").is_in(list(self.names))
        )
        place = pl.DataFrame({"label": list(self.names), "at": np.arange(len(self.names))})
        joined = within.join(place, left_on="exporter", right_on="label").join(
            place, left_on="importer", right_on="label", suffix="_to"
        )
        mentioned = set(frame["exporter"].unique()) | set(frame["importer"].unique())
        unknown = np.array([country not in mentioned for country in self.names])
        values = np.full((len(self.years), len(self.names), len(self.names)), np.nan)
        of_year = {key[0]: part for key, part in joined.partition_by("year", as_dict=True).items()}
        for year, of in wanted.items():
            matrix = np.full((len(self.names), len(self.names)), unlisted)
            if of in of_year:
                rows = of_year[of]
                matrix[rows["at"].to_numpy(), rows["at_to"].to_numpy()] = rows[value].cast(pl.Float64).to_numpy()
            matrix[unknown] = np.nan
            matrix[:, unknown] = np.nan
            values[self.years.index(year)] = matrix
        return Reading(values, source, years[0], years[-1], carried, note)


@dataclass(frozen=True)
class Covariate:
    """A covariate of countries or of pairs.

    Attributes
    ----------
    kind : {"country", "pair"}
    title, unit : str
    table : str
        Of the store, or "reference" for facts the package ships.
    read : callable
        Reader to `Reading`; None where the store has nothing of it.
    political : bool
        Read at the study's lag; others in the same year.
    sides : tuple of {"sender", "receiver"}
        Of a country's covariate: whose value counts in the default formula.
    default : bool
        Whether the default formula has it where the store has it.
    """

    name: str
    kind: Literal["country", "pair"]
    title: str
    unit: str
    table: str
    read: Callable[[Reader], Reading | None]
    political: bool = False
    sides: tuple[Literal["sender", "receiver"], ...] = ("sender", "receiver")
    default: bool = True


def _index(column: str) -> Callable[[Reader], Reading | None]:
    """Return a reader of one column of table ``dyad_year``."""

    def read(reader: Reader) -> Reading | None:
        frame = reader.table("dyad_year").filter(pl.col(column).is_not_null())
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, column, "dyad_year")
        if column == "events":
            rows = rows.with_columns(pl.col("events").log1p())
        found = reader.by_pair("salience" if column == "events" else column, rows, column, source)
        listed = rows.filter(pl.col("year").is_in(list(reader.years)))
        pairs = listed.height / max(1, listed["year"].n_unique() * len(reader.names) * (len(reader.names) - 1))
        zero = "" if pairs >= 1 else "pairs without a listed event in a covered year count as 0"
        return Reading(
            found.values,
            source,
            found.first,
            found.last,
            found.carried,
            "; ".join(word for word in (note, zero) if word),
        )

    return read


def _relation(name: str) -> Callable[[Reader], Reading | None]:
    """Return a reader of one relation of table ``relations``: 0 where the source covers the year and lists nothing."""

    def read(reader: Reader) -> Reading | None:
        frame = reader.table("relations").filter(pl.col("relation") == name)
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, name, "relations")
        rows = rows.rename({"actor": "exporter", "target": "importer"})
        return reader.by_pair(name, rows, "value", source, note)

    assert name in RELATIONS
    return read


def _ideal_distance(reader: Reader) -> Reading | None:
    frame = reader.table("country_indices").filter((pl.col("index") == "ideal_point") & pl.col("country").is_not_null())
    if frame.is_empty():
        return None
    rows, source, note = reader.chosen(frame, "ideal_distance", "country_indices")
    found = reader.by_country("ideal_distance", rows, "value", source, note)
    apart = np.abs(found.values[:, :, None] - found.values[:, None, :])
    return Reading(apart, source, found.first, found.last, found.carried, note)


def _size(column: str, name: str) -> Callable[[Reader], Reading | None]:
    """Return a reader of the log of a column of ``country_year``, as a distance from the year's mean."""

    def read(reader: Reader) -> Reading | None:
        frame = reader.table("country_year").filter(pl.col(column) > 0)
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, name, "country_year")
        found = reader.by_country(name, rows.with_columns(pl.col(column).log()), column, source, note)
        known = ~np.isnan(found.values)
        mean = np.where(known, found.values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        return Reading(found.values - mean[:, None], source, found.first, found.last, found.carried, note)

    return read


def _output(step: int) -> Callable[[Reader], Reading | None]:
    """Return a reader of log output of the study's stage, or of the stage `step` further down."""

    def read(reader: Reader) -> Reading | None:
        stages = list(OUTPUTS)
        if reader.stage not in stages or stages.index(reader.stage) + step >= len(stages):
            return None
        names = OUTPUTS[stages[stages.index(reader.stage) + step]]
        frame = reader.table("production").filter(
            pl.col("stage").is_in(names) & (pl.col("commodity") == reader.commodity)
        )
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, "log_output", "production")
        made = rows.group_by("year", "country").agg(pl.col("quantity_t").sum().log1p())
        found = reader.by_country("log_output", made, "quantity_t", source)
        zero = "countries without listed output in a covered year make none"
        covered = np.array([found.first <= year <= found.last for year in reader.years])  # type: ignore[operator]
        values = np.where(covered[:, None], np.nan_to_num(found.values), found.values)
        words = "; ".join(word for word in (note, zero) if word)
        return Reading(values, source, found.first, found.last, found.carried, words)

    return read


def _standing(columns: tuple[str, ...], name: str, log: bool = False) -> Callable[[Reader], Reading | None]:
    """Return a reader of what stands between two countries: the first of `columns` of table ``dyads`` that is known."""

    def read(reader: Reader) -> Reading | None:
        frame = reader.table("dyads").with_columns(value=pl.coalesce(pl.col(*columns).cast(pl.Float64)))
        frame = frame.drop_nulls("value")
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, name, "dyads")
        if log:
            rows = rows.filter(pl.col("value") > 0).with_columns(pl.col("value").log())
        if rows["year"].null_count() < rows.height and not log:
            yearly = rows.drop_nulls("year")
            return reader.by_pair(name, yearly, "value", source, note, unlisted=np.nan)
        last = rows.sort("year", nulls_last=True).unique(["exporter", "importer"], keep="last")
        values = np.full((len(reader.names), len(reader.names)), np.nan)
        for exporter, importer, value in last.select("exporter", "importer", "value").iter_rows():
            if exporter in reader.place and importer in reader.place:
                values[reader.place[exporter], reader.place[importer]] = value
        return Reading(values, source, note=note)

    return read


def _trade_agreement(reader: Reader) -> Reading | None:
    return _relation("trade_agreement")(reader) or _standing(("trade_agreement",), "trade_agreement")(reader)


def _same_region(reader: Reader) -> Reading | None:
    held = dict(reference.countries().select("iso3", "region").iter_rows())
    regions = np.array([held.get(name) or name for name in reader.names])
    return Reading((regions[:, None] == regions[None, :]).astype(float), "UN M49 regions")


def _same_bloc(reader: Reader) -> Reading | None:
    values = np.zeros((len(reader.years), len(reader.names), len(reader.names)))
    for at, year in enumerate(reader.years):
        for bloc in TRADE_BLOCS:
            inside = np.isin(reader.names, reference.members(bloc, year))
            values[at] = np.maximum(values[at], inside[:, None] & inside[None, :])
    return Reading(values, "reference: blocs", note=", ".join(TRADE_BLOCS))


_ALL = (
    Covariate("cooperation", PAIR, "Cooperation", "scale of the source", "dyad_year", _index("cooperation"), True),
    Covariate("conflict", PAIR, "Conflict", "scale of the source", "dyad_year", _index("conflict"), True),
    Covariate("salience", PAIR, "Salience (all events)", "ln(1 + events)", "dyad_year", _index("events"), True),
    Covariate("defence_pact", PAIR, "Defence pact", RELATIONS["defence_pact"], "relations",
              _relation("defence_pact"), True),
    Covariate("dispute", PAIR, "Militarised dispute", RELATIONS["dispute"], "relations", _relation("dispute"), True),
    Covariate("rivalry", PAIR, "Strategic rivalry", RELATIONS["rivalry"], "relations", _relation("rivalry"), True),
    Covariate("sanction", PAIR, "Sanction", RELATIONS["sanction"], "relations", _relation("sanction"), True),
    Covariate("vote_agreement", PAIR, "Agreement of votes", RELATIONS["vote_agreement"], "relations",
              _relation("vote_agreement"), True),
    Covariate("ideal_distance", PAIR, "Distance of ideal points", "standard deviations of UN votes", "country_indices",
              _ideal_distance, True),
    Covariate("trade_agreement", PAIR, "Trade agreement", "1 = in force", "relations", _trade_agreement),
    Covariate("same_bloc", PAIR, "Same trade bloc", "1 = share a bloc", "reference", _same_bloc),
    Covariate("log_distance", PAIR, "Log distance", "ln km", "dyads",
              _standing(("distance_km", "distance_capitals_km"), "log_distance", log=True)),
    Covariate("contiguous", PAIR, "Contiguous", "1 = share a border", "dyads",
              _standing(("contiguous",), "contiguous")),
    Covariate("common_language", PAIR, "Common language", "1 = share an official language", "dyads",
              _standing(("common_language",), "common_language")),
    Covariate("colonial_tie", PAIR, "Colonial tie", "1 = ever", "dyads", _standing(("colonial_tie",), "colonial_tie"),
              default=False),
    Covariate("same_region", PAIR, "Same region", "1 = same continent", "reference", _same_region),
    Covariate("log_gdp", COUNTRY, "Log GDP", "ln current USD, from the year's mean", "country_year",
              _size("gdp_usd", "log_gdp")),
    Covariate("log_population", COUNTRY, "Log population", "ln persons, from the year's mean", "country_year",
              _size("population", "log_population")),
    Covariate("log_output", COUNTRY, "Log output of the stage", "ln(1 + t)", "production", _output(0),
              sides=("sender",)),
    Covariate("log_output_next", COUNTRY, "Log output of the next stage", "ln(1 + t)", "production", _output(1)),
)  # fmt: skip
#: Every covariate by name.
COVARIATES: Mapping[str, Covariate] = {covariate.name: covariate for covariate in _ALL}
