"""What the shape study measures: tables by stage and year, each by one function of `xenotime.networks`.

Communities, regions, mediation and crises are of all trade; attacks, critical links, core and regression are of ties.
What is computed for one year alone is of the last year in which the stage has trade.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime import networks
from xenotime.core import progress
from xenotime.networks.communities.quality import adjusted_rand, placed_alike
from xenotime.networks.regions.distance import distances_km
from xenotime.networks.regions.groups import By
from xenotime.reference import countries
from xenotime.studies.shape.settings import ShapeSettings

#: Measured of each grouping; communities are sought anew in every drawn network.
REGIONAL = {
    "region": ("within_share", "relative_intensity", "mean_distance", "ei_index_ties"),
    "bloc": ("within_share",),
    "community": ("modularity",),
}
#: Ways in which countries drop out, and the measures of the same over the years.
STRATEGIES = ("random", "degree", "strength", "betweenness_recomputed")
WORLD = ("global_efficiency", "robustness_degree", "robustness_strength", "core_share", "core_fit")
#: A tie of so many years before stands among what explains a tie.
EARLIER = 5


def measured(
    cube: xr.Dataset, ties: xr.DataArray, settings: ShapeSettings
) -> tuple[networks.Communities, dict[str, pl.DataFrame]]:
    """Return the communities, and every table of the study by name.

    Parameters
    ----------
    cube : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray
        From `xenotime.networks.dependence`.
    settings : ShapeSettings
    """
    found = networks.communities(cube, runs=settings.runs, seed=settings.seed)
    makers: dict[str, Callable[[], pl.DataFrame]] = {
        "certainty": lambda: certainty(cube, found, settings),
        "regionalisation": lambda: regional(cube, found, settings),
        "homophily": lambda: networks.homophily(cube, "region"),
        "mediation": lambda: mediation(cube, settings),
        "chokepoints": lambda: networks.chokepoints(cube),
        "world": lambda: networks.shape(cube, ties, WORLD),
        "attack": lambda: attacked(cube, ties, settings),
        "crisis": lambda: crises(cube, settings),
        "chain_crisis": lambda: chain_crises(cube, settings),
        "links": lambda: _at_last(cube, ties, networks.critical_links),
        "core": lambda: _at_last(cube, ties, networks.core_periphery),
        "regression": lambda: regression(cube, ties, settings),
    }
    tables = {name: make() for name, make in progress(makers.items(), "shape of trade", total=len(makers))}
    tables["trends"] = networks.trends(
        tables["regionalisation"], by=("by", "stage", "measure"), level=settings.level, seed=settings.seed
    )
    return found, tables


def last_years(cube: xr.Dataset) -> dict[str, int]:
    """Return the last year with trade of each stage that has any."""
    traded = cube["value_kusd"].sum(["exporter", "importer"]) > 0
    found = {}
    for stage in (str(s) for s in cube["stage"].values):
        years = cube["year"].values[traded.sel(stage=stage).to_numpy()]
        if len(years):
            found[stage] = int(years[-1])
    return found


def _at_last(
    cube: xr.Dataset, ties: xr.DataArray, function: Callable[[xr.Dataset, xr.DataArray], pl.DataFrame]
) -> pl.DataFrame:
    """Apply a function to each stage in its last year with trade."""
    at = [{"stage": [stage], "year": [year]} for stage, year in last_years(cube).items()]
    return pl.concat(function(cube.sel(one), ties.sel(one)) for one in at)


def certainty(cube: xr.Dataset, found: networks.Communities, settings: ShapeSettings) -> pl.DataFrame:
    """Say by stage and year how sure the communities are.

    Returns
    -------
    polars.DataFrame
        `stage, year, communities, agreement, stability`, `noise_stability` (with errors on the flows),
        `flow_communities` (by the map equation), and how far these agree with ours: `flow_alike`, the share of pairs of
        countries, weighted by their turnovers, that both put together or both apart, and `flow_rand`, the adjusted
        Rand index, in which every country counts alike.
    """
    rough = networks.communities(cube, runs=settings.noisy_runs, noise=settings.noise, seed=settings.seed)
    flow = networks.communities(cube, method="flow", runs=settings.noisy_runs, seed=settings.seed)
    both = found.members.join(
        flow.members.select("stage", "year", "country", pl.col("community").alias("flow")),
        on=["stage", "year", "country"],
    )
    rows = [
        (*key, len(part["flow"].unique()), *_alike(part))
        for key, part in both.group_by("stage", "year", maintain_order=True)
    ]
    second = pl.DataFrame(
        rows,
        schema={
            "stage": pl.String,
            "year": pl.Int16,
            "flow_communities": pl.Int32,
            "flow_alike": pl.Float64,
            "flow_rand": pl.Float64,
        },
        orient="row",
    )
    key = ["stage", "year"]
    noisy = rough.yearly.select(*key, pl.col("stability").alias("noise_stability"))
    own = found.yearly.select(*key, "communities", "agreement", "stability")
    return own.join(noisy, on=key, how="left").join(second, on=key, how="left").sort(key)


def _alike(part: pl.DataFrame) -> tuple[float, float]:
    one, other = part["community"].to_numpy(), part["flow"].to_numpy()
    return placed_alike(one, other, part["value_kusd"].to_numpy()), adjusted_rand(one, other)


def regional(cube: xr.Dataset, found: networks.Communities, settings: ShapeSettings) -> pl.DataFrame:
    """Return `by`, then the columns of `networks.regionalisation`, for regions, blocs and communities."""
    groupings: dict[str, By] = {"region": "region", "bloc": settings.blocs, "community": found}
    return pl.concat(
        networks.regionalisation(cube, groupings[by], which=which, nulls=settings.nulls, seed=settings.seed).select(
            pl.lit(by).alias("by"), pl.all()
        )
        for by, which in REGIONAL.items()
    )


def mediation(cube: xr.Dataset, settings: ShapeSettings) -> pl.DataFrame:
    """Return `networks.carriers` between the two countries; no rows where the cube does not hold both."""
    held = set(cube["exporter"].values.astype(str))
    if not {settings.origin, settings.destination} <= held:
        return networks.carriers(cube, *cube["exporter"].values[:2].astype(str).tolist()).clear()
    return networks.carriers(cube, settings.origin, settings.destination)


def attacked(cube: xr.Dataset, ties: xr.DataArray, settings: ShapeSettings) -> pl.DataFrame:
    """Return attack curves of each stage's first and last year with trade."""
    traded = cube["value_kusd"].sum(["exporter", "importer"]) > 0
    parts = []
    for stage in last_years(cube):
        years = cube["year"].values[traded.sel(stage=stage).to_numpy()]
        at = {"stage": [stage], "year": sorted({int(years[0]), int(years[-1])})}
        parts.append(networks.attack(cube.sel(at), ties.sel(at), STRATEGIES, 40, settings.draws, seed=settings.seed))
    return pl.concat(parts)


def crises(cube: xr.Dataset, settings: ShapeSettings) -> pl.DataFrame:
    """Return `threshold`, then the columns of `networks.crisis`, in the last year of each stage."""
    parts = [
        networks.crisis(cube.sel(stage=[stage], year=[year]), settings.cut, threshold).select(
            pl.lit(threshold).alias("threshold"), pl.all()
        )
        for stage, year in last_years(cube).items()
        for threshold in settings.thresholds
    ]
    return pl.concat(parts)


def chain_crises(cube: xr.Dataset, settings: ShapeSettings) -> pl.DataFrame:
    """Return `threshold`, then the columns of `networks.chain_crisis`, begun at each stage but the last.

    In the last year in which every stage trades; no rows where there is none, or one stage only.
    """
    stages = [str(stage) for stage in cube["stage"].values]
    traded = (cube["value_kusd"].sum(["exporter", "importer"]) > 0).all("stage").to_numpy()
    years = cube["year"].values[traded]
    seeds = stages[:-1] if len(years) else []
    at = cube.sel(year=years[-1:])
    parts = [
        networks.chain_crisis(at, stage, None, settings.cut, threshold, settings.input_threshold).select(
            pl.lit(threshold).alias("threshold"), pl.all()
        )
        for stage in seeds
        for threshold in settings.thresholds
    ]
    if parts:
        return pl.concat(parts)
    empty = networks.chain_crisis(cube.isel(year=[0]), stages[0], [])
    return empty.select(pl.lit(0.0).alias("threshold"), pl.all()).clear()


def regression(cube: xr.Dataset, ties: xr.DataArray, settings: ShapeSettings) -> pl.DataFrame:
    """Regress ties of each stage's last year on what may go with them (MRQAP), among its largest traders.

    Returns
    -------
    polars.DataFrame
        `stage, year, name, coefficient, t, p_value, r_squared, countries`. Ties are 0 or 1, so a coefficient is a
        difference in probability: of the same region, per unit of ln(distance in km) and of ln(exporter's exports), and
        of a tie `EARLIER` years before (left out where there is no such year). A network that is constant among these
        countries is left out; a stage with fewer than five traders has no rows.
    """
    region = dict(countries().select("iso3", "region").iter_rows())
    parts = []
    for stage, year in last_years(cube).items():
        flow = np.nan_to_num(cube["value_kusd"].sel(stage=stage, year=year).to_numpy())
        names = cube["exporter"].values.astype(str)
        km = distances_km(names.tolist())
        size = flow.sum(axis=0) + flow.sum(axis=1)
        known = (size > 0) & (np.isfinite(km).sum(axis=1) > 1)
        best = np.array([i for i in np.argsort(-size, kind="stable") if known[i]][: settings.traders], dtype=int)
        if len(best) < 5:
            continue
        inside = np.ix_(best, best)
        where = np.array([region.get(name) for name in names[best]])
        exports = np.log1p(flow.sum(axis=1)[best])
        given: dict[str, NDArray[np.float64]] = {
            "same_region": (where[:, None] == where).astype(float),
            "ln_distance": np.log(np.maximum(km[inside], 1.0)),
            "ln_exports": np.repeat(exports[:, None], len(best), axis=1),
        }
        if year - EARLIER in cube["year"].values:
            before = ties.sel(stage=stage, year=year - EARLIER).to_numpy()[inside]
            given["earlier_tie"] = before.astype(float)
        off = ~np.eye(len(best), dtype=bool)
        given = {name: one for name, one in given.items() if np.ptp(one[off]) > 0}
        y = ties.sel(stage=stage, year=year).to_numpy()[inside].astype(float)
        if not given or np.ptp(y[off]) == 0:
            continue
        fit = networks.mrqap(y, given, permutations=settings.permutations, seed=settings.seed)
        parts.append(
            fit.to_frame().select(
                pl.lit(stage).alias("stage"),
                pl.lit(year, dtype=pl.Int16).alias("year"),
                pl.all(),
                pl.lit(fit.r_squared).alias("r_squared"),
                pl.lit(len(best), dtype=pl.Int64).alias("countries"),
            )
        )
    schema = {
        "stage": pl.String, "year": pl.Int16, "name": pl.String, "coefficient": pl.Float64, "t": pl.Float64,
        "p_value": pl.Float64, "r_squared": pl.Float64, "countries": pl.Int64,
    }  # fmt: skip
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)
