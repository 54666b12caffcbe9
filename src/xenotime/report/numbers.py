"""What figures and tables read from a study: sums, shares and ranks by stage and year, and where they come from.

Missing stays missing (convention 7): a total of which nothing is known is NaN, a year without any trade in a stage was
not recorded, and a year the study does not hold is a gap in the axis; none of them is a zero.
"""

from functools import cache

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime import networks, reference
from xenotime.schema import Status
from xenotime.studies import TradeStudy
from xenotime.studies.words import dollars, percent

Floats = NDArray[np.float64]
SIDES = {"exporter": "importer", "importer": "exporter"}

#: With more than this share of pairs unknown, a total is not the world's; the findings draw the line at the same place.
MUCH_UNKNOWN = 0.2
#: With more than this share of pairs unknown, what counts ties tells of the gaps, not of the network: it is left out.
UNREADABLE = 0.5


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
    """Return the trade of a stage in thousand USD over (year,), NaN where nothing is known or nothing was recorded.

    No product of a chain goes untraded for a year in the whole world: a sum of zero is a file that was not ingested.
    """
    summed = by_country(study, stage).sum("exporter", min_count=1)
    return summed.where(summed > 0)


def has_cut(study: TradeStudy) -> bool:
    """Whether the data are an extract: pairs absent from it traded little, not nothing."""
    return bool((study.trade["status"] == Status.CUT).any())


def unknown_share(study: TradeStudy, stage: str) -> Floats:
    """Return the share of pairs of countries whose trade is unknown, over `year_axis`; NaN for a year not held."""
    status = study.trade["status"].sel(stage=stage)
    pairs = (status != Status.OWN).sum(["exporter", "importer"])
    unknown = (status == Status.MISSING).sum(["exporter", "importer"]) / pairs.where(pairs > 0)
    return np.asarray(unknown.reindex(year=year_axis(study)).to_numpy(), dtype=float)


def most_unknown(study: TradeStudy) -> float:
    """Return the largest share of unknown pairs of any stage and year with trade."""
    held = [unknown_share(study, stage)[np.isfinite(total(study, stage).to_numpy())] for stage in study.stages]
    return float(max((share.max() for share in held if len(share)), default=0.0))


def is_world(study: TradeStudy) -> bool:
    """Whether totals may be called the world's: no extract, and few pairs unknown."""
    return not has_cut(study) and most_unknown(study) <= MUCH_UNKNOWN


def trade_words(study: TradeStudy) -> str:
    """Return whose trade the totals are: "world trade" or "the trade in the file"."""
    return "world trade" if is_world(study) else "the trade in the file"


def exports_words(study: TradeStudy) -> str:
    """Return what shares are shares of: "world exports" or "the exports in the file"."""
    return "world exports" if is_world(study) else "the exports in the file"


def shares(study: TradeStudy, stage: str, side: str = "exporter") -> xr.DataArray:
    """Return each country's share of world trade over (year, side); NaN in a year without trade."""
    return by_country(study, stage, side) / total(study, stage)


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
    """Return an indicator over `year_axis`, NaN where the study has no value for it, or none that means anything.

    A world indicator as it is; of one that each country has, the median over the countries where it is defined. In a
    year without trade in the stage, and for one that counts ties where most pairs are unknown, there is no value.
    """
    rows = study.indicators.filter((pl.col("stage") == stage) & (pl.col("indicator") == name)).drop_nulls("value")
    held = dict(rows.group_by("year").agg(pl.col("value").median()).iter_rows())
    values = np.array([held.get(int(year), np.nan) for year in year_axis(study)], dtype=float)
    values[~np.isfinite(total(study, stage).to_numpy())] = np.nan
    if counts_ties(name):
        values[unknown_share(study, stage) > UNREADABLE] = np.nan
    return values


def counts_ties(name: str) -> bool:
    """Whether an indicator rests on which ties there are, so that small or unknown flows matter to it."""
    return name in networks.INDICATORS and "ties" in networks.INDICATORS[name].needs


def held_indicators(study: TradeStudy) -> set[str]:
    """Return the names of the indicators the study holds."""
    return set(study.indicators["indicator"].unique().to_list())


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


def panel_title(study: TradeStudy, stage: str) -> str:
    """Return the title of a stage's panel: "Upstream: concentrate"; of a study with one stage, the goods alone."""
    traded = goods(study, stage)
    if len(study.stages) == 1:
        return traded
    return f"{stage_title(stage)}: {in_sentence(traded)}"


def in_sentence(title: str) -> str:
    """Lower the first letter of a title, unless it begins with a symbol or an abbreviation."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def staging(study: TradeStudy) -> "reference.Staging | None":
    """Return how headings were sorted into stages; None in a study put together by hand, which does not say."""
    return reference.Staging.model_validate(study.sorting) if study.sorting else None


def money(kusd: float) -> str:
    """Return thousand US dollars in few words, also where a million is too coarse: "$1.5 m", "$200,000"."""
    if kusd >= 1e4:
        return dollars(kusd)
    return f"${kusd / 1e3:.1f} m" if kusd >= 1e3 else f"${kusd * 1e3:,.0f}"


def last_years(study: TradeStudy) -> tuple[int, int]:
    """Return the earliest and the latest of the stages' last years with trade."""
    last = [years[-1] for stage in study.stages if (years := active_years(study, stage))]
    return (min(last), max(last)) if last else (min(study.years), max(study.years))


def banners(study: TradeStudy) -> list[tuple[str, str]]:
    """Return (lead, words) of what a reader must know before the first number; none for complete, observed data."""
    said = []
    if study.reconstructed:
        said.append(
            (
                "Reconstructed, not observed.",
                "The flows in this report are simulated from published facts. They show what the method does; they are "
                "not evidence about any country.",
            )
        )
    notes = {kind: _told(study, kind) for kind in ("observed", "estimated")}
    if has_cut(study):
        said.append(
            (
                "An extract, not the world.",
                f"{notes['observed'] or notes['estimated']} Totals and shares are those of the file, and "
                "what counts ties is marked in the figures.",
            )
        )
    if notes["estimated"]:
        said.append(("Estimated.", f"{notes['estimated']} The flows are worked out from other data, not read off."))
    if (unknown := most_unknown(study)) >= 0.005:
        said.append(
            (
                "With gaps.",
                f"Of up to {percent(unknown)} of the pairs of countries in a stage and year nothing is known; they are "
                "left out of sums and are no ties.",
            )
        )
    return said


def _told(study: TradeStudy, kind: str) -> str:
    """Return the titles of the sources of a kind, with their notes."""
    parts = [
        f"{p.title or p.source} {p.version}".strip() + (f": {p.note}" if p.note else "")
        for p in study.provenance
        if p.kind == kind
    ]
    return "".join(f"{part.rstrip('.')}. " for part in parts).strip()


def span(first: int, last: int) -> str:
    """Return years as people write them: 2002–2024, or 2022."""
    return str(first) if first == last else f"{first}–{last}"


def source_line(study: TradeStudy, years: tuple[int, int] | None = None) -> str:
    """Say where a figure's numbers come from: source, version, years, kind (convention 9)."""
    first, last = years or (min(study.years), max(study.years))
    parts = [f"{p.title or p.source} {p.version}".strip() + f", {p.kind}" for p in study.provenance]
    line = f"Source: {'; '.join(parts) or 'not stated'}; {span(first, last)}."
    return line + (" Reconstructed, not observed." if study.reconstructed else "")
