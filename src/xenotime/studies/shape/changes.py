"""Before and after in the shape study: everything that can be compared, of two years or of a scenario, and in words.

Two observed years are set against errors of reporting, a scenario against the range of the elasticities; both by
`xenotime.networks.compare` (docs/compare.md).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
import xarray as xr

from xenotime import networks
from xenotime.core import InputError
from xenotime.networks import INDICATORS, SHAPE, SHAPE_TABLES, Questions
from xenotime.studies.policy import PolicySettings, scenario_networks
from xenotime.studies.shape.settings import ShapeSettings
from xenotime.studies.shape.story import listed, name
from xenotime.studies.words import dollars, percent

if TYPE_CHECKING:
    from xenotime.store import Store

Row = Mapping[str, Any]

LEVEL = 0.9
#: Rows of pairs of countries are tens of thousands, and no page shows them: `compare` has them.
WHICH = (*INDICATORS, *SHAPE, *(table.name for table in SHAPE_TABLES.values() if table.of != "pair"))
#: Countries named, and the least change of a share that is told.
TOP, LEAST = 3, 0.002


def _plain(value: float) -> str:
    # Rounded first, and added to zero: what is nothing has no sign.
    shown = round(value, 3) + 0.0
    return (f"{shown:.2f}" if abs(shown) >= 0.0995 else f"{shown:.3f}").replace("-", "−")


def _km(value: float) -> str:
    return f"{value:,.0f} km"


def _times(value: float) -> str:
    return f"{value:.1f} times" if value <= 100 else "over 100 times"


CONTINENTS, COMMUNITIES = "regions.within_share", "communities.within_share"
#: What the page shows of the world's network: measure, its name in a sentence, how it is written.
MAIN: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "trade_kusd": ("world trade", dollars),
    "export_hhi": ("concentration of exporters (HHI)", _plain),
    "import_hhi": ("concentration of importers (HHI)", _plain),
    "density": ("density of ties", lambda value: f"{100 * value:.2f} %"),
    "weighted_reciprocity": ("reciprocity by value", _plain),
    CONTINENTS: ("trade within continents", percent),
    "regions.relative_intensity": ("trade within continents over chance", _plain),
    "regions.mean_distance": ("mean distance of trade", _km),
    "homophily.times": ("trade within continents over what size and distance give", _times),
    COMMUNITIES: ("trade within the communities of before", percent),
    "communities.modularity": ("modularity of the communities of before", _plain),
    "communities.modularity_anew": ("modularity of communities found anew", _plain),
    "transit_total": ("trade that is passed on", percent),
    "global_efficiency": ("global efficiency", _plain),
    "robustness_strength": ("robustness, most trade first", _plain),
    "core_fit": ("fit of core and periphery", _plain),
}


def pair(
    cube: xr.Dataset, settings: ShapeSettings, store: "Store", which: Mapping[str, str | None]
) -> tuple[xr.Dataset, xr.Dataset] | None:
    """Return the two networks to be compared, with their draws; None where there is one year and no scenario.

    Parameters
    ----------
    cube : xarray.Dataset
        Of the study.
    settings : ShapeSettings
        `scenario`, or `between`, or neither: then the first and last year in which every stage trades.
    store, which
        Where a scenario's market is calibrated from, and `source`, `version`, `hs_version`.

    Raises
    ------
    InputError
        A year without trade, a scenario that cannot be solved here.
    """
    if settings.scenario is not None:
        asked = PolicySettings.read(chain=settings.chain, draws=settings.noise_draws, seed=settings.seed)
        return scenario_networks(store, settings.scenario, settings=asked, **which)
    traded = cube["value_kusd"].sum(["exporter", "importer"]) > 0
    held = cube.sel(stage=cube["stage"].values[traded.any("year").to_numpy()])
    years = [int(year) for year in cube["year"].values[traded.sel(stage=held["stage"]).all("stage").to_numpy()]]
    if settings.between is not None:
        absent = [str(year) for year in settings.between if year not in years]
        if absent:
            raise InputError(
                f"no trade of every stage in {' and '.join(absent)}",
                where="studies.shape, between",
                remedy=f"name two years among {', '.join(map(str, years))}" if years else "choose other years",
            )
        years = list(settings.between)
    if len(years) < 2:
        return None
    return (
        networks.reporting_noise(
            held.sel(year=[years[0]]), settings.noise_draws, settings.reporting_error, settings.seed
        ),
        networks.reporting_noise(
            held.sel(year=[years[-1]]), settings.noise_draws, settings.reporting_error, settings.seed + 1
        ),
    )


def changes(
    cube: xr.Dataset,
    ties: Callable[[xr.Dataset], xr.DataArray],
    settings: ShapeSettings,
    store: "Store",
    which: Mapping[str, str | None],
) -> pl.DataFrame:
    """Return `networks.compare` of the pair, without pairs of countries; no rows where there is nothing to compare."""
    found = pair(cube, settings, store, which)
    if found is None:
        empty = cube.isel(year=[0])
        return networks.compare(empty, empty, ["trade_kusd"], ties=ties).clear()
    before, after = found
    asked = Questions(
        origin=settings.origin, destination=settings.destination, blocs=settings.blocs, threshold=usual(settings),
        cut=settings.cut, input_threshold=settings.input_threshold, seed=settings.seed,
    )  # fmt: skip
    weighed = "quantity_t"
    names = [
        one
        for one in WHICH
        if (SHAPE_TABLES[one].lacks(before, asked) is None if one in SHAPE_TABLES
            else weighed not in (INDICATORS | SHAPE)[one].needs)
    ]  # fmt: skip
    return networks.compare(before, after, names, ties=ties, level=LEVEL, questions=asked)


def usual(settings: ShapeSettings) -> float:
    """Return the middle one of the thresholds of crises."""
    return sorted(settings.thresholds)[len(settings.thresholds) // 2]


def main_rows(table: pl.DataFrame, stage: str) -> dict[str, Row]:
    """Return the rows of `MAIN` of a stage by measure, in its order, where both sides are defined."""
    world = table.filter(
        pl.col("stage") == stage, pl.col("country").is_null(), pl.col("detail").is_null(),
        pl.col("change").is_not_null(),
    )  # fmt: skip
    held = {str(row["indicator"]): row for row in world.iter_rows(named=True)}
    return {measure: held[measure] for measure in MAIN if measure in held}


def sentences(table: pl.DataFrame, stage: str, settings: ShapeSettings) -> tuple[str, ...]:
    """Say what changed by more than noise: regional or global, who carries, whose grip, the rest of the network."""
    held = table.filter(pl.col("stage") == stage)
    rows = main_rows(table, stage)
    if not rows:
        why = "The scenario acts on another stage" if settings.scenario else "The study holds one year with trade here"
        return (f"{why}: there is nothing to compare.",)
    return (
        _regional(rows, settings),
        *_carriers(held, settings),
        *_grips(held),
        *_rest(rows, settings),
        _luck(held, settings),
    )


def lead(row: Row, settings: ShapeSettings) -> str:
    """Return "From 2002 to 2024", or the scenario and its year."""
    if settings.scenario is not None:
        return f"Under the scenario {settings.scenario} on trade of {row['year_before']}"
    return f"From {row['year_before']} to {row['year_after']}"


def _regional_by(settings: ShapeSettings) -> tuple[str, ...]:
    """Return the measures that say whether trade is regional.

    Communities of before fit the network that they were found in, so in another year they hold less of trade even where
    nothing became more global: of two years continents alone decide. A scenario's two networks are nearly one.
    """
    return (CONTINENTS, COMMUNITIES) if settings.scenario else (CONTINENTS,)


def _regional(rows: Mapping[str, Row], settings: ShapeSettings) -> str:
    """Call it regional, or global, where trade within continents says so, of a scenario also within communities."""
    noise = "the range of the elasticities" if settings.scenario else "errors of reporting"
    sure = {one: rows[one] for one in _regional_by(settings) if one in rows and rows[one]["more_than_noise"]}
    ways = {row["change"] > 0 for row in sure.values()}
    start = lead(next(iter(rows.values())), settings)
    if not ways:
        return f"{start} trade becomes neither more regional nor more global by more than {noise}."
    becomes = "is mixed" if len(ways) > 1 else f"becomes more {'regional' if ways == {True} else 'global'}"
    told = listed([_moved(measure, row) for measure, row in sure.items()])
    return f"{start} trade {becomes}: {told}, by more than {noise}."


def _rest(rows: Mapping[str, Row], settings: ShapeSettings) -> list[str]:
    """Tell the other measures of the world's network, and which of them are not told from noise."""
    named = _regional_by(settings)
    moved = [_moved(one, row) for one, row in rows.items() if row["more_than_noise"] and one not in named]
    still = [MAIN[one][0] for one, row in rows.items() if not row["more_than_noise"]]
    said = [f"Of the network as a whole, by more than noise: {'; '.join(moved)}."] if moved else []
    return said + ([f"Not told from noise: {'; '.join(still)}."] if still else [])


def _moved(measure: str, row: Row) -> str:
    words, written = MAIN[measure]
    before, after = written(row["before"]), written(row["after"])
    way = "rises" if row["change"] > 0 else "falls"
    if before != after:
        return f"{words} {way} from {before} to {after}"
    if written is percent:
        return f"{words} {way} from {before} by {100 * abs(row['change']):.1g} points"
    return f"{words} {way} from {before} by {100 * abs(row['change'] / row['before']):.1g} % of it"


def _carriers(held: pl.DataFrame, settings: ShapeSettings) -> list[str]:
    rows = held.filter(pl.col("indicator") == "carriers.carried_share", pl.col("change").is_not_null())
    direct = rows.filter(pl.col("country") == settings.origin)
    if direct.is_empty():
        return []
    row = direct.row(0, named=True)
    ends = f"{name(settings.origin)} to {name(settings.destination)}"
    told = _beyond(rows.filter(pl.col("country") != settings.origin), _points)
    sure = "" if row["more_than_noise"] else ", which is not told from noise"
    text = f"Of what goes from {ends}, {_points(row)} goes directly{sure}"
    return [f"{text}. Carriers that change most, by more than noise: {listed(told)}." if told else f"{text}."]


def _grips(held: pl.DataFrame) -> list[str]:
    told = _beyond(held.filter(pl.col("indicator") == "grip", pl.col("change").is_not_null()), _grip)
    return [f"Grip on importers, of 1, moves most, by more than noise: {listed(told)}."] if told else []


def _grip(row: Row) -> str:
    return f"{row['after']:.2f} instead of {row['before']:.2f}"


def _beyond(rows: pl.DataFrame, written: Callable[[Row], str]) -> list[str]:
    """Name the countries whose share moves most, by more than noise."""
    sure = rows.filter("more_than_noise", pl.col("change").abs() >= LEAST).sort(
        [pl.col("change").abs(), pl.col("country")], descending=[True, False]
    )
    return [f"{name(row['country'])} {written(row)}" for row in sure.head(TOP).iter_rows(named=True)]


def _points(row: Row) -> str:
    points = f"{100 * row['change']:+.1f} points".replace("-", "−")
    return f"{percent(row['after'])} instead of {percent(row['before'])} ({points})"


def _luck(held: pl.DataFrame, settings: ShapeSettings) -> str:
    """Count what changed; a solve has no sampling noise, so luck is told of observed years alone."""
    known = held.filter(pl.col("more_than_noise").is_not_null())
    beyond = int(known["more_than_noise"].sum())
    text = f"Of {len(known):,} measures of the world and of countries, {beyond:,} change by more than noise"
    if settings.scenario is not None:
        return f"{text}."
    return f"{text}; of as many without any change, about {(1 - LEVEL) * len(known):,.0f} would."
