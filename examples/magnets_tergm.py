"""The tie model on real magnet trade (HS 850511), 2002–2018: who depends on whom, and what goes with it.

Run: python examples/magnets_tergm.py --data ../shared/data [--out out/tergm/magnets] [--mcmle]

A tie i → j says that i supplies 5 % or more of j's imports of permanent magnets in that year. 850511 holds more than
rare-earth magnets (ferrite, alnico). Nodes are the countries whose imports the file lists in every year and for which
all covariates are there; import shares are computed before, among all countries. Estimates are associations.
"""

import argparse
import tempfile
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import xarray as xr

from xenotime import tergm
from xenotime.core import DataWarning
from xenotime.networks import build, dependence
from xenotime.pipeline import ingest
from xenotime.reference import to_iso3
from xenotime.store import open_store
from xenotime.tergm.effects import conditional_effects
from xenotime.tergm.gof import goodness_of_fit
from xenotime.tergm.save import save_fit

MAGNETS = "trade/baci_850511_magnets_2002_2024_top.csv"
#: Alliances end in 2018.
YEARS = range(2002, 2019)
MINIMUM_SHARE = 0.05
#: No gwidegree: a share of 5 % bounds the number of suppliers. Politics and size one year before, against answers.
FORMULA = (
    "edges + mutual + gwesp(0.5, fixed=TRUE) + gwodegree(0.5, fixed=TRUE)"
    " + nodeocov('log_gdp', lag=1) + nodeicov('log_gdp', lag=1)"
    " + edgecov('log_distance') + edgecov('contiguous') + edgecov('common_language')"
    " + edgecov('alliance', lag=1) + absdiff('ideal_point', lag=1)"
    " + delrecip + memory('stability')"
)


def ties(data):
    """Return ties (year, exporter, importer) of the countries whose imports are listed in every year."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # said above: 850511 holds more than rare-earth magnets
        ingest(f"{folder}/store", data / MAGNETS, mapping="baci_extract", years=YEARS)
        trade = build(open_store(f"{folder}/store").flows(), chain="rare_earths")
    found = dependence(trade, "import_share", minimum_share=MINIMUM_SHARE).sel(stage="downstream", drop=True)
    listed = (trade["value_kusd"].sel(stage="downstream").fillna(0).sum("exporter") > 0).all("year")
    names = [str(name) for name in listed["importer"].values[listed.values]]
    return found.sel(exporter=names, importer=names)


def by_country(frame, value, names):
    """Return a long frame (iso3, year, value) as (years, countries), NaN where nothing is known."""
    years = {year: place for place, year in enumerate(YEARS)}
    places = {name: place for place, name in enumerate(names)}
    result = np.full((len(years), len(names)), np.nan)
    for iso3, year, number in frame.select("iso3", "year", value).iter_rows():
        if iso3 in places and year in years and number is not None:
            result[years[year], places[iso3]] = number
    return result


def gdp(data, names):
    """Return log GDP in current US dollars, as a distance from the year's mean: (years, countries)."""
    frame = pl.read_csv(data / "macro/wdi_gdp_current_usd.csv.gz")
    values = np.log(by_country(frame, "gdp_current_usd", names))
    return values - np.nanmean(values, axis=1, keepdims=True)


def ideal_points(data, names):
    """Return ideal points of votes in the UN General Assembly: (years, countries). Session 1 is that of 1946."""
    frame = pl.read_csv(data / "politics/unga_ideal_points_all_apr2020.csv.gz", infer_schema_length=None)
    frame = frame.select(
        iso3=to_iso3(frame["ccode"], "cow"), year=pl.col("session") + 1945, ideal="IdealPoint"
    ).drop_nulls()
    values = by_country(frame, "ideal", names)
    # A country that cast too few votes in a session keeps its last position.
    for t in range(1, len(values)):
        values[t] = np.where(np.isnan(values[t]), values[t - 1], values[t])
    return values


def alliances(data, names):
    """Return whether a defence pact binds a pair: (years, countries, countries)."""
    frame = pl.read_csv(data / "politics/atop_alliance_dyad_year_1945on.csv.gz").filter(
        pl.col("atop_defense") == 1, pl.col("year").is_in(list(YEARS))
    )
    frame = frame.select("year", one=to_iso3(frame["ccode1"], "cow"), other=to_iso3(frame["ccode2"], "cow"))
    places = {name: place for place, name in enumerate(names)}
    result = np.zeros((len(YEARS), len(names), len(names)))
    for year, one, other in frame.iter_rows():
        if one in places and other in places:
            i, j, t = places[one], places[other], year - YEARS[0]
            result[t, i, j] = result[t, j, i] = 1
    return result


def geography(data, names):
    """Return log distance (population-weighted, km), contiguity, common official language: (countries, countries)."""
    frame = pl.read_csv(data / "gravity/cepii_dist.csv.gz", infer_schema_length=None)
    # CEPII's codes of 2011 for two countries.
    older = {"ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "YUG": "SRB", "PAL": "PSE"}
    frame = frame.with_columns(pl.col("iso_o", "iso_d").replace(older))
    places = {name: place for place, name in enumerate(names)}
    result = np.full((3, len(names), len(names)), np.nan)
    columns = frame.select(
        "iso_o", "iso_d", pl.col("distw", "dist").cast(pl.Float64, strict=False), "contig", "comlang_off"
    )
    for one, other, weighted, plain, contiguous, language in columns.iter_rows():
        if one in places and other in places:
            distance = plain if weighted is None else weighted
            result[:, places[one], places[other]] = np.log(distance), contiguous, language
    return dict(zip(("log_distance", "contiguous", "common_language"), result, strict=True))


def panel(data):
    """Return the panel, and the countries left out because a covariate is missing."""
    found = ties(data)
    names = [str(name) for name in found["importer"].values]
    nodes = {"log_gdp": gdp(data, names), "ideal_point": ideal_points(data, names)}
    dyads = {"alliance": alliances(data, names), **geography(data, names)}
    complete = np.all([np.isfinite(values).all(axis=0) for values in nodes.values()], axis=0)
    complete &= np.isfinite(dyads["log_distance"]).sum(axis=1) > len(names) / 2
    kept = np.flatnonzero(complete)
    ties_kept: xr.DataArray = found.isel(exporter=kept, importer=kept)
    made = tergm.Panel.from_arrays(
        ties_kept.values,
        years=YEARS,
        nodes=[names[place] for place in kept],
        node_covariates={name: values[:, kept] for name, values in nodes.items()},
        dyad_covariates={name: values[..., kept[:, None], kept] for name, values in dyads.items()},
    )
    return made, [name for name, whole in zip(names, complete, strict=True) if not whole]


def main():
    """Fit, look at effects and fit, and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("out/tergm/magnets"))
    parser.add_argument("--mcmle", action="store_true", help="by MCMC-MLE instead of MPLE")
    options = parser.parse_args()
    made, left_out = panel(options.data)
    print(made)
    print(f"left out, a covariate is missing: {', '.join(left_out)}\n")
    fit = tergm.fit(FORMULA, made, "mcmle") if options.mcmle else tergm.fit(FORMULA, made, bootstrap=500, seed=1)
    effects = conditional_effects(fit)
    gof = goodness_of_fit(fit, simulations=100, seed=1)
    print(fit, effects, gof, sep="\n\n")
    for path in save_fit(fit, options.out, effects=effects, gof=gof):
        print(path)


if __name__ == "__main__":
    main()
