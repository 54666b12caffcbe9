"""What the flows of the embedded world are fitted to: world totals, countries' shares, known large flows, unit values.

Downstream the shares and totals are BACI's, by year, from `xenotime.reference`. For the other stages no table of shares
may ship, so they come from `stages.csv` and `destinations.csv` (single Comtrade and BACI figures, the rest assumptions
marked as such) and from the known large flows. Every target carries its basis, and `World.residuals` shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference
from xenotime.pipeline.world import facts

Float = NDArray[np.float64]
Names = NDArray[np.str_]

#: The least value a tie stands for, thousand USD. The threshold rule at τ gives the ties back exactly.
TAU_KUSD = {"upstream": 20.0, "midstream": 50.0, "downstream": 100.0}
#: Unit value of a country's magnets over the world's (CEPII BACI 2024, USD/kg: 22.7, 39.7, 57.7, 44.0).
MAGNET_UNIT_VALUE = {"CHN": 0.85, "JPN": 1.5, "PHL": 2.1, "DEU": 1.6}
#: Years of the trend by which published shares and totals are carried beyond them, and the yearly factors it may take.
TREND_YEARS, TREND_FACTORS = 3, (0.85, 1.15)
#: What a target rests on.
PUBLISHED, INTERPOLATED, EXTRAPOLATED, ASSUMED = "published", "interpolated", "extrapolated", "assumption"


@dataclass(frozen=True)
class Margins:
    """Targets of a stage by year.

    Attributes
    ----------
    exports, imports : ndarray (year, n)
        Countries' totals in thousand USD; NaN where nothing is published or assumed.
    world : ndarray (year,)
        Total of trade out of these countries, in thousand USD.
    pairs : ndarray (year, n, n)
        Known large flows and assumed destinations in thousand USD; NaN elsewhere.
    unit_value : ndarray (year, n)
        USD per kg, by exporter.
    basis : ndarray (year,) of str
        What exports, imports and world rest on.
    pairs_basis : ndarray (year, n, n) of str
        What each pair rests on; empty elsewhere.
    """

    exports: Float
    imports: Float
    world: Float
    pairs: Float
    unit_value: Float
    basis: Names
    pairs_basis: Names


def margins(stage: str, names: Sequence[str], years: Sequence[int]) -> Margins:
    """Return the targets of a stage.

    Where `names` are not all countries of the world, the total shrinks to the share of exports that they have.
    """
    everyone = facts.default_countries()
    out, into, world, basis = _shares(stage, tuple(years))
    place = [everyone.index(name) for name in names]
    exports, imports = out[:, place], into[:, place]
    covered = np.nansum(exports, axis=1) / np.nansum(out, axis=1)
    exports = exports * world[:, None]
    pairs, pairs_basis = large_flows(stage, names, years, world, basis)
    _add_destinations(pairs, pairs_basis, stage, names, years, exports)
    level = facts.knots("unit_value_usd_kg", stage, ["WLD"], years)
    factor = [MAGNET_UNIT_VALUE.get(name, 1.3) if stage == "downstream" else 1.0 for name in names]
    return Margins(
        exports=exports,
        imports=imports * world[:, None],
        world=world * covered,
        pairs=pairs,
        unit_value=level * factor,
        basis=basis,
        pairs_basis=pairs_basis,
    )


@cache
def _shares(stage: str, years: tuple[int, ...]) -> tuple[Float, Float, Float, Names]:
    """Export and import shares of all countries of the world as fractions, the total in thousand USD, the basis."""
    everyone = facts.default_countries()
    if stage == "downstream":
        return _published(everyone, years)
    imports = facts.knots("import_pct", stage, everyone, years) / 100
    basis = np.full(len(years), ASSUMED, "<U12")
    if stage == "midstream":
        world = facts.levels("world_kusd", stage, ["WLD"], years)[:, 0]
        return facts.knots("export_pct", stage, everyone, years) / 100, imports, world, basis
    inside = facts.spans("export_kusd", stage, everyone, years)
    exports = np.where(inside, facts.levels("export_kusd", stage, everyone, years), np.nan)
    world = np.nansum(exports, axis=1)
    return exports / world[:, None], imports, world, basis


def _published(names: Sequence[str], years: Sequence[int]) -> tuple[Float, Float, Float, Names]:
    """BACI's shares of 850511 as fractions, world exports in thousand USD; carried on by trend where BACI has none."""
    table = reference.facts("margins").filter(pl.col("stage") == "downstream")
    known = sorted(table["year"].unique().to_list())
    place = {name: column for column, name in enumerate(names)}
    exports = np.full((len(known), len(names)), np.nan)
    imports, world = exports.copy(), np.empty(len(known))
    for row, year in enumerate(known):
        here = table.filter(pl.col("year") == year)
        world[row] = 1000 * here["world_exports_musd"][0]
        for name, out, into in here.select("country", "export_share_pct", "import_share_pct").iter_rows():
            if name in place:
                exports[row, place[name]] = np.nan if not out else out / 100
                imports[row, place[name]] = np.nan if not into else into / 100
    basis = np.array([PUBLISHED if known[0] <= year <= known[-1] else EXTRAPOLATED for year in years])
    at = np.clip(np.array(years) - known[0], 0, len(known) - 1)
    shares = []
    for side in (exports, imports):
        carried = _carried(side, known, years)
        # Shares that are carried on keep the sum of the nearest known year.
        shares.append(carried * (np.nansum(side[at], axis=1) / np.nansum(carried, axis=1))[:, None])
    return shares[0], shares[1], _carried(world[:, None], known, years)[:, 0], basis


def _carried(series: Float, known: Sequence[int], years: Sequence[int]) -> Float:
    """Return a series at `years`: as it is where known, else by the trend of the nearest `TREND_YEARS`."""
    found = np.empty((len(years), series.shape[1]))
    for row, year in enumerate(years):
        at = int(np.clip(year - known[0], 0, len(known) - 1))
        found[row] = series[at]
        away = abs(year - known[at])
        if away:
            inner = TREND_YEARS - 1 if at == 0 else len(known) - TREND_YEARS
            factor = np.nan_to_num(series[at] / series[inner], nan=1.0) ** (1 / (TREND_YEARS - 1))
            found[row] *= np.clip(factor, *TREND_FACTORS) ** away
    return found


def large_flows(
    stage: str, names: Sequence[str], years: Sequence[int], world: Float, basis: Names
) -> tuple[Float, Names]:
    """Known large flows: thousand USD, NaN where none, and what each rests on; (year, n, n) both.

    Between the years in which a flow is known, its share in the stage's world total is log-linear. In the years before
    BACI, to which its totals are carried back, a flow keeps its share of BACI's first year.
    """
    found = np.full((len(years), len(names), len(names)), np.nan)
    why = np.full(found.shape, "", "<U12")
    place = {name: index for index, name in enumerate(names)}
    total = dict(zip(years, world, strict=True))
    span = np.array(years)
    listed = facts.large_flows(stage).sort("year")
    everywhere = _world_at(stage, tuple(sorted(set(listed["year"].to_list()) - set(total))))
    for (exporter, importer), typed in listed.group_by("exporter", "importer", maintain_order=True):
        if exporter not in place or importer not in place:
            continue
        known = typed["year"].to_numpy().astype(int)
        share = typed["value_kusd"].to_numpy() / [total.get(year, everywhere.get(year)) for year in known.tolist()]
        value = world * np.exp(np.interp(span, known, np.log(share)))
        inside = (span >= known.min()) & (span <= known.max())
        inside |= (basis == EXTRAPOLATED) & (span < known.min()) & (known.min() == listed["year"].min())
        pair = (slice(None), place[exporter], place[importer])
        found[pair] = np.where(inside, value, np.nan)
        why[pair] = np.where(inside, np.where(np.isin(span, known), PUBLISHED, INTERPOLATED), "")
        why[pair] = np.where(inside & (basis == EXTRAPOLATED), EXTRAPOLATED, why[pair])
    return found, why


def _world_at(stage: str, years: tuple[int, ...]) -> dict[int, float]:
    """World totals of years that a world does not hold, but in which large flows are known."""
    return dict(zip(years, _shares(stage, years)[2].tolist(), strict=True)) if years else {}


def _add_destinations(
    pairs: Float, why: Names, stage: str, names: Sequence[str], years: Sequence[int], exports: Float
) -> None:
    """Put assumed destinations, as shares of the exporter's exports, where no flow is known; in place."""
    table = facts.own("destinations").filter(pl.col("stage") == stage).sort("year")
    for (exporter, importer), typed in table.group_by("exporter", "importer", maintain_order=True):
        if exporter not in names or importer not in names:
            continue
        i, j = list(names).index(exporter), list(names).index(importer)
        share = np.interp(years, typed["year"], typed["share_pct"]) / 100
        inside = (np.array(years) >= typed["year"].min()) & (np.array(years) <= typed["year"].max())
        fill = inside & np.isnan(pairs[:, i, j]) & ~np.isnan(exports[:, i])
        pairs[fill, i, j] = (share * exports[:, i])[fill]
        why[fill, i, j] = ASSUMED
