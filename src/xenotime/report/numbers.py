"""What figures and tables read from a study: sums, shares and ranks by stage and year, and where they come from.

Missing stays missing (convention 7): a total of which nothing is known is NaN, and a year the study does not hold is a
gap in the axis, never a zero.
"""

from functools import cache

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime import reference
from xenotime.studies import TradeStudy

Floats = NDArray[np.float64]
SIDES = {"exporter": "importer", "importer": "exporter"}


def year_axis(study: TradeStudy) -> NDArray[np.int64]:
    """Return every calendar year from the study's first to its last, also those it does not hold."""
    return np.arange(min(study.years), max(study.years) + 1)


def by_country(study: TradeStudy, stage: str, side: str = "exporter") -> xr.DataArray:
    """Return exports (side ``"exporter"``) or imports (``"importer"``) in thousand USD over (year, side).

    Years run over `year_axis`; NaN where nothing is known of the country that year.
    """
    flows = study.trade["value_kusd"].sel(stage=stage)
    return flows.sum(SIDES[side], min_count=1).reindex(year=year_axis(study))


def total(study: TradeStudy, stage: str) -> xr.DataArray:
    """Return world trade of a stage in thousand USD over (year,), NaN where nothing is known."""
    return by_country(study, stage).sum("exporter", min_count=1)


def shares(study: TradeStudy, stage: str, side: str = "exporter") -> xr.DataArray:
    """Return each country's share of world trade over (year, side); NaN in a year without trade."""
    world = total(study, stage)
    return by_country(study, stage, side) / world.where(world > 0)


def active_years(study: TradeStudy, stage: str) -> list[int]:
    """Return the years in which the stage has trade."""
    world = total(study, stage)
    return [int(year) for year in world["year"].values[world.to_numpy() > 0]]


def ranked(values: xr.DataArray, count: int) -> list[str]:
    """Return the labels of the largest positive values, largest first; ties by label, so the order is always one."""
    pairs = sorted((-float(v), str(label)) for label, v in zip(values[values.dims[0]].values, values.values) if v > 0)
    return [label for _, label in pairs[:count]]


def leading(study: TradeStudy, count: int) -> list[str]:
    """Return the countries that matter most over the whole study: by their mean share of exports plus imports."""
    best: dict[str, float] = {}
    for stage in study.stages:
        for side in SIDES:
            mean = shares(study, stage, side).fillna(0).mean("year")
            for label, value in zip(mean[side].values, mean.values):
                if value > 0:
                    best[str(label)] = best.get(str(label), 0.0) + float(value)
    return sorted(best, key=lambda iso3: (-best[iso3], iso3))[:count]


def flows_of(study: TradeStudy, stage: str, year: int) -> Floats:
    """Return the matrix (exporter, importer) of a stage and year in thousand USD; NaN where unknown."""
    return np.asarray(study.trade["value_kusd"].sel(stage=stage, year=year).to_numpy(), dtype=float)


def largest_flows(study: TradeStudy, stage: str, year: int, count: int) -> list[tuple[str, str, float]]:
    """Return (exporter, importer, thousand USD) of the largest flows, largest first."""
    matrix = np.nan_to_num(flows_of(study, stage, year))
    exporters, importers = (study.trade[axis].values for axis in ("exporter", "importer"))
    order = np.argsort(-matrix, axis=None, kind="stable")[:count]
    pairs = (np.unravel_index(int(cell), matrix.shape) for cell in order)
    return [(str(exporters[i]), str(importers[j]), float(matrix[i, j])) for i, j in pairs if matrix[i, j] > 0]


def import_shares(study: TradeStudy, stage: str, year: int) -> xr.DataArray:
    """Return each supplier's share of each importer's known imports over (exporter, importer)."""
    flows = study.trade["value_kusd"].sel(stage=stage, year=year)
    imports = flows.sum("exporter", min_count=1)
    return flows / imports.where(imports > 0)


def indicator(study: TradeStudy, stage: str, name: str) -> Floats:
    """Return an indicator over `year_axis`, NaN where the study has no value for it.

    A world indicator as it is; of one that each country has, the median over the countries where it is defined.
    """
    rows = study.indicators.filter((pl.col("stage") == stage) & (pl.col("indicator") == name)).drop_nulls("value")
    held = dict(rows.group_by("year").agg(pl.col("value").median()).iter_rows())
    return np.array([held.get(int(year), np.nan) for year in year_axis(study)], dtype=float)


def name(iso3: str) -> str:
    """Return a country's short name, or its code where it has none."""
    return reference.country_names().get(iso3, iso3)


@cache
def capitals() -> dict[str, tuple[float, float]]:
    """Return ISO3 to (lon, lat) of the capital."""
    table = reference.countries().drop_nulls(["lat", "lon"])
    return {iso3: (lon, lat) for iso3, lon, lat in table.select("iso3", "lon", "lat").iter_rows()}


@cache
def iso3_of_m49() -> dict[str, str]:
    """Return M49 code to ISO3, today's states last so that they win."""
    table = reference.countries().sort("valid_to", nulls_last=True)
    return {str(m49).zfill(3): iso3 for m49, iso3 in table.select("m49", "iso3").iter_rows() if m49}


def stage_title(stage: str) -> str:
    """Return a stage's name as a heading: ``metal_alloy`` is "Metal alloy"."""
    return stage.replace("_", " ").capitalize()


def goods(study: TradeStudy, stage: str) -> str:
    """Return what a stage trades, in words: "Permanent magnets"."""
    return dict(zip(study.stages, study.stage_titles, strict=True))[stage]


def span(first: int, last: int) -> str:
    """Return years as people write them: 2002–2024, or 2022."""
    return str(first) if first == last else f"{first}–{last}"


def source_line(study: TradeStudy, years: tuple[int, int] | None = None) -> str:
    """Say where a figure's numbers come from: source, version, years, kind (convention 9)."""
    first, last = years or (min(study.years), max(study.years))
    parts = [f"{p.title or p.source} {p.version}".strip() + f", {p.kind}" for p in study.provenance]
    line = f"Source: {'; '.join(parts) or 'not stated'}; {span(first, last)}."
    return line + (" Reconstructed, not observed." if study.reconstructed else "")
