"""The covariates of the alliances study: what each is, its unit, the table it is read from, and how.

A covariate is one line of `COVARIATES` and one function that reads it. What the store holds of events, treaties and
positions becomes yearly arrays through `xenotime.geopolitics`; where each ends, and what is carried on, is said in the
study's table ``coverage``.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
import xarray as xr

from xenotime import geopolitics, reference
from xenotime.core import DataWarning
from xenotime.geopolitics.axes import AXES
from xenotime.schema import RELATIONS
from xenotime.studies.alliances.reader import Float, Reader, Reading, words

#: Blocs whose members trade on easier terms; a pair that shares one in a year is in the same bloc.
TRADE_BLOCS = ("EU", "NAFTA", "USMCA", "RCEP", "CPTPP", "ASEAN", "EAEU", "Mercosur", "GCC")
#: What the output of a stage may be called in table ``production``.
OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "upstream": ("mine",),
    "midstream": ("separation", "refinery"),
    "downstream": ("magnets",),
}
#: Covariates made of events, counted or in a ready index.
EVENTS = ("cooperation", "conflict", "salience", "cooperation_centrality", "conflict_centrality")
COUNTRY: Literal["country"] = "country"
PAIR: Literal["pair"] = "pair"
#: What is combined into alignment, as far as it is there: +1 speaks for it, -1 against it.
ALIGNED: Mapping[str, float] = {"defence_pact": 1.0, "vote_agreement": 1.0, "dispute": -1.0, "rivalry": -1.0}


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
    lagged : bool
        Can answer trade, so that it is read at the study's lag; others are read in the same year.
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
    lagged: bool = False
    sides: tuple[Literal["sender", "receiver"], ...] = ("sender", "receiver")
    default: bool = True


def _events(column: Literal["cooperation", "conflict", "events"]) -> Callable[[Reader], Reading | None]:
    """Return a reader of cooperation, conflict or all events: of counted events, or of an index made of them."""
    name = "salience" if column == "events" else column

    def read(reader: Reader) -> Reading | None:
        indices = reader.table("dyad_year").filter(pl.col(column).is_not_null())
        counts = reader.table("event_counts")
        both = ["year", "source", "source_version"]
        held = pl.concat([indices.select(both), counts.select(both)]).unique()
        if held.is_empty():
            return None
        _, source, note = reader.chosen(held, name, "cooperation", "events")
        producer = source.split(" ")[0]
        if producer in counts["source"]:
            return _counted(reader, name, "total" if column == "events" else column, producer, note)
        return _indexed(reader, name, column, indices.filter(pl.col("source") == producer), source, note)

    return read


def _counted(reader: Reader, name: str, variable: str, producer: str, note: str) -> Reading:
    """Read counted events: logs of events per 100,000 of the source-year, economic codes dropped."""
    counts = reader.table("event_counts").filter(pl.col("source") == producer)
    days = reader.table("event_days").filter(pl.col("source") == producer)

    def make() -> xr.Dataset:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # said in the table of coverage
            return geopolitics.event_networks(counts, days if days.height else None, reader.names, reader.years)

    cube = reader.cube(f"events of {producer}", make)
    first, last = counts["year"].min(), counts["year"].max()
    remarks = words(
        note, "ln(1 + events per 100,000 of the source-year), economic codes left out", *cube.attrs["warnings"]
    )
    found = Reading(cube[variable].to_numpy(), _versions(cube), int(str(first)), int(str(last)), (), remarks)
    return reader.frozen(name, found)


def _indexed(reader: Reader, name: str, column: str, rows: pl.DataFrame, source: str, note: str) -> Reading:
    """Read a ready index: ln(1 + index), or as it is where it goes below 0 (then it is centred already)."""
    first, last = int(str(rows["year"].min())), int(str(rows["year"].max()))
    if rows.select((pl.col("cooperation", "conflict") < 0).any()).row(0) != (False, False) and column != "events":
        kept = "" if reader.normalise == "none" else ", since it goes below 0: not per source-year"
        found = reader.by_pair(rows, column, source, words(note, f"index as the source gives it{kept}"))
        return reader.frozen(name, found)
    cube = reader.cube(
        f"indices of {source}, {reader.normalise}",
        lambda: geopolitics.from_indices(rows, None, reader.names, reader.years, normalise=reader.normalise),
    )
    variable = "total" if column == "events" else column
    per = " per 100,000 of the source-year" if reader.normalise == "source_year" and column != "events" else ""
    remarks = words(
        note, f"ln(1 + index{per}); mean of both directions; a pair without an event in a covered year counts as 0"
    )
    return reader.frozen(name, Reading(cube[variable].to_numpy(), source, first, last, (), remarks))


def _versions(cube: xr.Dataset | xr.DataArray) -> str:
    return f"{cube.attrs['source']} {', '.join(cube.attrs['source_versions'])}"


def _relation(name: str, *, whole_world: bool = False) -> Callable[[Reader], Reading | None]:
    """Return a reader of one relation of table ``relations``: 0 where the source covers the year and lists nothing.

    A list of the whole world's agreements or sanctions knows countries that have none; other sources know the states
    of their system, or the countries they name (`xenotime.geopolitics.relation`).
    """
    assert name in RELATIONS

    def read(reader: Reader) -> Reading | None:
        frame = reader.table("relations").filter(pl.col("relation") == name)
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, name, "relations")
        carry: Literal["last"] | None = "last" if name in reader.carry else None
        known = reader.names if whole_world else None
        cube = geopolitics.relation(rows, name, reader.names, reader.years, carry, known=known)
        first, last = int(str(rows["year"].min())), int(str(rows["year"].max()))
        return Reading(cube.to_numpy(), source, first, last, tuple(cube.attrs["carried_years"]), note)

    return read


def _ideal_distance(reader: Reader) -> Reading | None:
    frame = reader.table("country_indices").filter((pl.col("index") == "ideal_point") & pl.col("country").is_not_null())
    if frame.is_empty():
        return None
    rows, source, note = reader.chosen(frame, "ideal_distance", "country_indices")
    carry: Literal["last"] | None = "last" if "ideal_distance" in reader.carry else None
    index = geopolitics.country_index(rows, "ideal_point", reader.names, reader.years, carry)
    apart = geopolitics.index_distance(index).to_numpy()
    first, last = int(str(rows["year"].min())), int(str(rows["year"].max()))
    return Reading(apart, source, first, last, tuple(index.attrs["carried_years"]), note)


def _alignment(reader: Reader) -> Reading | None:
    parts, weights, sources, spans = {}, {}, [], []
    for name, weight in ALIGNED.items():
        found = COVARIATES[name].read(reader)
        if found is not None:
            axes = {"year": list(reader.years), "actor": list(reader.names), "target": list(reader.names)}
            parts[name] = xr.DataArray(found.values, axes, AXES)
            weights[name] = weight
            sources.append(found.source)
            spans.append((found.first or reader.years[0], found.last or reader.years[-1], found.carried))
    if len(parts) < 2:
        return None
    values = geopolitics.alignment(parts, weights).to_numpy()
    stated = ", ".join(f"{name} {weight:+g}" for name, weight in weights.items())
    carried = tuple(sorted({year for *_, years in spans for year in years}))
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    return Reading(values, " + ".join(sources), first, last, carried, f"weights {stated}")


def _centrality(of: Literal["cooperation", "conflict"]) -> Callable[[Reader], Reading | None]:
    """Return a reader of the eigenvector centrality of countries, 0 to 1, in the network of a covariate of pairs."""

    def read(reader: Reader) -> Reading | None:
        found = COVARIATES[of].read(reader)
        if found is None:
            return None
        note = "weights below 0 count as no tie" if np.nanmin(found.values, initial=0.0) < 0 else ""
        axes = {"year": list(reader.years), "actor": list(reader.names), "target": list(reader.names)}
        network = xr.DataArray(np.maximum(found.values, 0.0), axes, AXES, name=of)
        cube = reader.cube(
            f"centrality of {of}, {found.source}, {reader.normalise}",
            lambda: geopolitics.centralities(network, ("eigenvector",)),
        )
        values = cube["eigenvector"].to_numpy()
        # What is carried on in the network is carried on here.
        return replace(found, values=values, note=words(note, "highest of the year = 1"))

    return read


def _size(column: str, name: str) -> Callable[[Reader], Reading | None]:
    """Return a reader of the log of a column of ``country_year``, as a distance from the year's mean."""

    def read(reader: Reader) -> Reading | None:
        frame = reader.table("country_year").filter(pl.col(column) > 0)
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, name, "country_year")
        found = reader.by_country(rows.with_columns(pl.col(column).log()), column, source, note)
        known = ~np.isnan(found.values)
        mean = np.where(known, found.values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        return reader.frozen(name, replace(found, values=found.values - mean[:, None]))

    return read


def _output(name: str, further: int) -> Callable[[Reader], Reading | None]:
    """Return a reader of log output of the study's stage, or of one further down; 0 where a covered year lists none."""

    def read(reader: Reader) -> Reading | None:
        at = _stage_of_output(reader.stage, further)
        if at is None:
            return None
        frame = reader.table("production").filter(
            pl.col("stage").is_in(OUTPUTS[at]) & (pl.col("commodity") == reader.commodity)
        )
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, name, "production")
        made = rows.group_by("year", "country").agg(pl.col("quantity_t").sum().log1p())
        found = reader.by_country(made, "quantity_t", source)
        listed = np.isin(reader.years, made["year"].unique().to_list())
        values = np.where(listed[:, None], np.nan_to_num(found.values), found.values)
        remark = "countries without listed output in a covered year make none"
        return reader.frozen(name, replace(found, values=values, note=words(note, remark)))

    return read


def _stage_of_output(stage: str, further: int) -> str | None:
    """Return the stage so many steps further down whose output is known by name, or None."""
    stages = list(OUTPUTS)
    if stage not in stages or stages.index(stage) + further >= len(stages):
        return None
    return stages[stages.index(stage) + further]


def has_stage(name: str, stage: str) -> bool:
    """Return whether a covariate can be told at a stage: nothing lies beyond the last, whose next output is none."""
    further = {"log_output": 0, "log_output_next": 1}.get(name)
    return further is None or _stage_of_output(stage, further) is not None


def _standing(name: str, *columns: str, log: bool = False) -> Callable[[Reader], Reading | None]:
    """Return a reader of what stands between two countries: the first of `columns` of ``dyads`` that is known."""

    def read(reader: Reader) -> Reading | None:
        frame = reader.table("dyads").with_columns(value=pl.coalesce(pl.col(*columns).cast(pl.Float64)))
        frame = frame.drop_nulls("value")
        if log:
            frame = frame.filter(pl.col("value") > 0).with_columns(pl.col("value").log())
        if frame.is_empty():
            return None
        rows, source, note = reader.chosen(frame, name, "dyads")
        if name == "trade_agreement" and rows["year"].null_count() < rows.height:
            return reader.frozen(name, reader.by_pair(rows.drop_nulls("year"), "value", source, note))
        last = rows.sort("year", nulls_last=True).unique(["exporter", "importer"], keep="last")
        year = pl.lit(reader.years[0], pl.Int16)
        values = reader.by_pair(last.with_columns(year=year), "value", source).values[0]
        return Reading(values, source, note=note)

    return read


def _trade_agreement(reader: Reader) -> Reading | None:
    return _relation("trade_agreement", whole_world=True)(reader) or _standing("trade_agreement", "trade_agreement")(
        reader
    )


def _same_region(reader: Reader) -> Reading | None:
    held = dict(reference.countries().select("iso3", "region").iter_rows())
    regions = np.array([held.get(name) or name for name in reader.names])
    return Reading((regions[:, None] == regions[None, :]).astype(float), "UN M49 regions")


def _same_bloc(reader: Reader) -> Reading | None:
    values: Float = np.zeros((len(reader.years), len(reader.names), len(reader.names)))
    for at, year in enumerate(reader.years):
        for bloc in TRADE_BLOCS:
            inside = np.isin(reader.names, reference.members(bloc, year))
            values[at] = np.maximum(values[at], inside[:, None] & inside[None, :])
    return Reading(values, "reference: blocs", note=", ".join(TRADE_BLOCS))


_ALL = (
    Covariate("cooperation", PAIR, "Cooperation", "scale of the source", "dyad_year or event_counts",
              _events("cooperation"), True),
    Covariate("conflict", PAIR, "Conflict", "scale of the source", "dyad_year or event_counts", _events("conflict"),
              True),
    Covariate("salience", PAIR, "Salience (all events)", "ln(1 + events)", "dyad_year or event_counts",
              _events("events"), True),
    Covariate("cooperation_centrality", COUNTRY, "Cooperation centrality", "eigenvector, 0 to 1",
              "dyad_year or event_counts", _centrality("cooperation"), True),
    Covariate("conflict_centrality", COUNTRY, "Conflict centrality", "eigenvector, 0 to 1",
              "dyad_year or event_counts", _centrality("conflict"), True),
    Covariate("defence_pact", PAIR, "Defence pact", RELATIONS["defence_pact"], "relations",
              _relation("defence_pact"), True),
    Covariate("dispute", PAIR, "Militarised dispute", RELATIONS["dispute"], "relations", _relation("dispute"), True),
    Covariate("rivalry", PAIR, "Strategic rivalry", RELATIONS["rivalry"], "relations", _relation("rivalry"), True),
    Covariate("sanction", PAIR, "Sanction", RELATIONS["sanction"], "relations",
              _relation("sanction", whole_world=True), True),
    Covariate("ideal_distance", PAIR, "Distance of ideal points", "standard deviations of UN votes", "country_indices",
              _ideal_distance, True),
    Covariate("vote_agreement", PAIR, "Agreement of votes", RELATIONS["vote_agreement"], "relations",
              _relation("vote_agreement"), True),
    Covariate("alignment", PAIR, "Alignment", "-1 (against) to 1 (with)", "relations", _alignment, True,
              default=False),
    Covariate("trade_agreement", PAIR, "Trade agreement", "1 = in force", "relations", _trade_agreement),
    Covariate("same_bloc", PAIR, "Same trade bloc", "1 = share a bloc", "reference", _same_bloc),
    Covariate("log_distance", PAIR, "Log distance", "ln km", "dyads",
              _standing("log_distance", "distance_km", "distance_capitals_km", log=True)),
    Covariate("contiguous", PAIR, "Shared border", "1 = share one", "dyads", _standing("contiguous", "contiguous")),
    Covariate("common_language", PAIR, "Common language", "1 = share an official language", "dyads",
              _standing("common_language", "common_language")),
    Covariate("colonial_tie", PAIR, "Colonial tie", "1 = ever", "dyads", _standing("colonial_tie", "colonial_tie"),
              default=False),
    Covariate("same_region", PAIR, "Same region", "1 = same continent", "reference", _same_region),
    Covariate("log_gdp", COUNTRY, "Log GDP", "ln current USD, from the year's mean", "country_year",
              _size("gdp_usd", "log_gdp"), True),
    Covariate("log_population", COUNTRY, "Log population", "ln persons, from the year's mean", "country_year",
              _size("population", "log_population"), True),
    Covariate("log_output", COUNTRY, "Log output of the stage", "ln(1 + t)", "production", _output("log_output", 0),
              True, ("sender",)),
    Covariate("log_output_next", COUNTRY, "Log output of the next stage", "ln(1 + t)", "production",
              _output("log_output_next", 1), True),
)  # fmt: skip
#: Every covariate by name.
COVARIATES: Mapping[str, Covariate] = {covariate.name: covariate for covariate in _ALL}


def catalogue() -> pl.DataFrame:
    """Return one row a covariate: covariate, of ("pair" or "country"), title, unit, table, lagged, default.

    `lagged`: it can answer trade, so the default formula reads it years before the tie; `default`: that formula has it.
    """
    return pl.DataFrame(
        [
            {
                "covariate": one.name, "of": one.kind, "title": one.title, "unit": one.unit, "table": one.table,
                "lagged": one.lagged, "default": one.default,
            }
            for one in COVARIATES.values()
        ]
    )  # fmt: skip
