"""The typed facts the embedded world is built on: who mines, separates, makes magnets; sizes, blocs, crises, margins.

What `xenotime.reference` ships (countries and capitals, blocs, production, margins, hubs, policy events, large flows)
is taken from there. Small tables stand beside this module: `countries.csv`, GDP of 140 countries in two years;
`stages.csv`, knots of the levels and shares that no open source publishes by year; `destinations.csv` and `buyers.csv`,
where a few exporters sell and can sell; `headings.csv`, how flows divide over headings. Each row says where it is from;
a row marked "assumption of the embedded world" is ours and is no fact.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference
from xenotime.core import InputError

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]

STAGES = ("upstream", "midstream", "downstream")
EARTH_KM = 6371.0
#: Mean published share of magnet exports, per cent, from which a country counts as a maker of magnets.
MAKER_SHARE_PCT = 0.05
#: Countries closer than this (or the same capital) count as this far.
NEAREST_KM = 50.0
#: A typed series that reaches one of these years holds beyond it too; any other begins and ends where it is typed.
FIRST_YEAR, LAST_YEAR = 2001, 2023


@cache
def own(name: str) -> pl.DataFrame:
    """Return a table that stands beside this module."""
    path = files("xenotime.pipeline.world").joinpath(f"{name}.csv")
    return pl.read_csv(path.read_bytes(), infer_schema_length=None)


def default_countries(count: int | None = None) -> tuple[str, ...]:
    """Return the countries of the world: rare-earth countries first, then by GDP.

    Raises
    ------
    InputError
        More than the table holds, or fewer than two.
    """
    listed = tuple(own("countries")["iso3"].to_list())
    if count is None:
        return listed
    if not 2 <= count <= len(listed):
        raise InputError(
            f"the embedded world has 2 to {len(listed)} countries, not {count}", where="demo_world(countries=...)"
        )
    return listed[:count]


def chosen_countries(countries: int | Iterable[str] | None) -> tuple[str, ...]:
    """Return the names asked for: all, the first so many, or a list.

    Raises
    ------
    InputError
        A name that the world does not hold, or one given twice.
    """
    if countries is None or isinstance(countries, int):
        return default_countries(countries)
    names = tuple(countries)
    unknown = sorted(set(names) - set(default_countries()))
    if unknown or len(set(names)) < len(names) or len(names) < 2:
        raise InputError(
            f"not countries of the embedded world: {', '.join(unknown)}"
            if unknown
            else "name at least two countries, each once",
            where="demo_world(countries=...)",
            remedy="choose from xenotime.pipeline.world.facts.default_countries()",
        )
    return names


def gdp(names: Sequence[str], years: Sequence[int]) -> Float:
    """GDP in billion current USD, log-linear between the two typed years: (year, n)."""
    table = own("countries")
    at = {iso3: (low, high) for iso3, low, high in table.select("iso3", "gdp_2001_busd", "gdp_2023_busd").iter_rows()}
    logs = np.log(np.array([at[name] for name in names], float))
    weight = (np.array(years, float)[:, None] - 2001) / 22
    found: Float = np.exp(logs[:, 0] + weight * (logs[:, 1] - logs[:, 0]))
    return found


def distances(names: Sequence[str]) -> Float:
    """Great-circle distance between capitals in km, at least `NEAREST_KM`: (n, n), symmetric."""
    places = reference.countries().select("iso3", "lat", "lon")
    at = {iso3: (lat, lon) for iso3, lat, lon in places.iter_rows()}
    lat, lon = np.radians(np.array([at[name] for name in names], float)).T
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    found: Float = np.maximum(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))), NEAREST_KM)
    return found


def knots(kind: str, stage: str, names: Sequence[str], years: Sequence[int]) -> Float:
    """A typed series, linear between its knots and flat beyond; NaN where nothing is typed: (year, n)."""
    table = own("stages").filter((pl.col("kind") == kind) & (pl.col("stage") == stage)).sort("year")
    found = np.full((len(years), len(names)), np.nan)
    for column, name in enumerate(names):
        typed = table.filter(pl.col("iso3") == name)
        if len(typed):
            found[:, column] = np.interp(years, typed["year"], typed["value"])
    return found


def levels(kind: str, stage: str, names: Sequence[str], years: Sequence[int]) -> Float:
    """A typed series of positive levels, log-linear between its knots and flat beyond; NaN where none: (year, n)."""
    table = own("stages").filter((pl.col("kind") == kind) & (pl.col("stage") == stage)).sort("year")
    found = np.full((len(years), len(names)), np.nan)
    for column, name in enumerate(names):
        typed = table.filter(pl.col("iso3") == name)
        if len(typed):
            found[:, column] = np.exp(np.interp(years, typed["year"], np.log(typed["value"].to_numpy())))
    return found


def spans(kind: str, stage: str, names: Sequence[str], years: Sequence[int]) -> Bool:
    """Which country-years lie within a typed series, by the rule of `FIRST_YEAR` and `LAST_YEAR`: (year, n)."""
    table = own("stages").filter((pl.col("kind") == kind) & (pl.col("stage") == stage))
    typed = {name: (first, last) for name, first, last in _extent(table).iter_rows()}
    found = np.zeros((len(years), len(names)), bool)
    for column, name in enumerate(names):
        if name in typed:
            first, last = typed[name]
            found[:, column] = [
                (year >= first or first <= FIRST_YEAR) and (year <= last or last >= LAST_YEAR) for year in years
            ]
    return found


def _extent(table: pl.DataFrame) -> pl.DataFrame:
    return table.group_by("iso3").agg(first=pl.col("year").min(), last=pl.col("year").max())


def world_mine_output(years: Sequence[int]) -> Float:
    """Mined rare-earth oxide of all countries, t: (year,)."""
    producers = _production()["country"].unique().sort().to_list()
    total: Float = mine_output(producers, years).sum(axis=1)
    return total


def output(stage: str, names: Sequence[str], years: Sequence[int]) -> Float:
    """Output of a stage in t (oxide; magnets downstream), zero where nothing is made: (year, n).

    Midstream is the typed shares of processing times all that is mined. Downstream is China's typed share of the typed
    world level; the rest is spread over the other countries in proportion to their mean published share of magnet
    exports, since no open source gives magnet output by country.
    """
    if stage == "upstream":
        return mine_output(names, years)
    if stage == "midstream":
        share = np.nan_to_num(knots("output_pct", "midstream", names, years)) / 100
        return share * world_mine_output(years)[:, None]
    world = knots("world_output_t", "downstream", ["WLD"], years)
    china = knots("output_pct", "downstream", ["CHN"], years) / 100
    made = _makers()
    others = np.array([made.get(name, 0.0) if name != "CHN" else 0.0 for name in names])
    rest = sum(share for name, share in made.items() if name != "CHN")
    found: Float = np.where(np.array(names) == "CHN", china * world, (1 - china) * world * others / rest)
    return found


def exporters(stage: str, names: Sequence[str], years: Sequence[int]) -> Bool:
    """Who may export a stage: (year, n).

    Midstream and downstream: producers, and hubs flagged for re-export. Upstream a mine is not enough: the default
    staging counts 2846 as upstream only out of countries that do not separate, so the others (China, India, Russia,
    the United States before 2018) could send no more than thorium ore. Only exporters with typed exports count, and no
    hubs.
    """
    if stage == "upstream":
        return spans("export_kusd", stage, names, years)
    able: Bool = output(stage, names, years) > 0
    for name, first, last in hubs(stage):
        if name in names:
            able[:, list(names).index(name)] |= (np.array(years) >= first) & (np.array(years) <= last)
    return able


def importers(stage: str, names: Sequence[str], years: Sequence[int]) -> Bool:
    """Who may import a stage: everyone, but upstream only the separators with a typed share of imports: (year, n)."""
    if stage == "upstream":
        return spans("import_pct", stage, names, years)
    return np.ones((len(years), len(names)), bool)


def risk(stage: str, names: Sequence[str], years: Sequence[int]) -> Bool:
    """Pairs that may trade a stage; where `buyers.csv` names an exporter's importers, only these: (year, n, n)."""
    able = exporters(stage, names, years)[:, :, None] & importers(stage, names, years)[:, None, :]
    for exporter, listed in own("buyers").filter(pl.col("stage") == stage).select("exporter", "importers").iter_rows():
        if exporter in names:
            able[:, list(names).index(exporter)] &= np.isin(names, listed.split(";"))
    found: Bool = able & ~np.eye(len(names), dtype=bool)
    return found


@cache
def _production() -> pl.DataFrame:
    """Mine output by country and year, t REO: USGS where it has the year, in its latest edition, else BGS.

    The surveys differ where one takes over from the other (China: BGS 180,000 t in 2019, USGS 140,000 t in 2020, with
    180,000 t in BGS). Where "output_link" is typed, BGS is scaled to USGS by the ratio of the year that both give.
    """
    links = own("stages").filter(pl.col("kind") == "output_link").group_by("iso3")
    linked = links.agg(first=pl.col("year").min(), last=pl.col("year").max(), link=pl.col("value").mean())
    table = reference.facts("production").filter(pl.col("quantity_t").is_not_null())
    ranked = table.with_columns(survey=pl.col("source").str.starts_with("BGS")).sort(
        "survey", "source_version", descending=[False, True]
    )
    chosen = ranked.unique(["country", "year"], keep="first", maintain_order=True)
    inside = pl.col("survey") & pl.col("year").is_between("first", "last")
    return chosen.join(linked, left_on="country", right_on="iso3", how="left").select(
        "country",
        "year",
        quantity_t=pl.col("quantity_t") * pl.when(inside).then(pl.col("link")).otherwise(1.0),
    )


def mine_output(names: Sequence[str], years: Sequence[int]) -> Float:
    """Mined rare-earth oxide, t; a year without a figure repeats the nearest year within three: (year, n)."""
    found = np.zeros((len(years), len(names)))
    table = _production()
    for column, name in enumerate(names):
        typed = table.filter(pl.col("country") == name).sort("year")
        known, tonnes = typed["year"].to_numpy().astype(int), typed["quantity_t"].to_numpy()
        for row, year in enumerate(years):
            if len(known):
                nearest = int(np.argmin(np.abs(known - year)))
                found[row, column] = tonnes[nearest] if abs(known[nearest] - year) <= 3 else 0.0
    return found + np.nan_to_num(knots("output_t", "upstream", names, years))


@cache
def _makers() -> dict[str, float]:
    """Mean published share of magnet exports by country, per cent, over the years published."""
    table = reference.facts("margins").filter(pl.col("stage") == "downstream")
    years = table["year"].n_unique()
    shares = table.group_by("country").agg(pl.col("export_share_pct").fill_null(0).sum() / years)
    return {name: share for name, share in shares.iter_rows() if share >= MAKER_SHARE_PCT}


@cache
def hubs(stage: str) -> tuple[tuple[str, int, int], ...]:
    """Re-exporters of a stage: (country, first year, last year)."""
    table = reference.facts("hubs").filter(pl.col("stage") == stage)
    return tuple((name, first or 0, last or 9999) for name, first, last in table.select("country", "from", "to").rows())


def large_flows(stage: str) -> pl.DataFrame:
    """Return the known large flows of a stage: year, exporter, importer, value_kusd."""
    return (
        reference.facts("large_flows")
        .filter(pl.col("stage") == stage)
        .group_by("year", "exporter", "importer")
        .agg(pl.col("value_kusd").sum())
    )
