"""What the flows of the embedded world are fitted to: world totals, countries' shares, known large flows, unit values.

Downstream the shares are BACI's, by year, from `xenotime.reference`. For the other stages no table of shares may ship,
so they come from `stages.csv` (USGS, IEA and EU shares, single Comtrade and BACI figures, and assumptions marked as
such) and from the known large flows. Upstream exports follow mine output beyond what the country separates itself,
but where a country's large flows are known for a year, these are its exports.
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

#: The least value a tie stands for, thousand USD. The threshold rule at τ gives the ties back exactly.
TAU_KUSD = {"upstream": 20.0, "midstream": 50.0, "downstream": 100.0}
#: Share of mine output that is sold as concentrate even by a country that could separate all of it.
SOLD_AT_LEAST = 0.01
#: Unit value of a country's magnets over the world's (CEPII BACI 2024, USD/kg: 22.7, 39.7, 57.7, 44.0).
MAGNET_UNIT_VALUE = {"CHN": 0.85, "JPN": 1.5, "PHL": 2.1, "DEU": 1.6}


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
        Known large flows in thousand USD; NaN elsewhere.
    unit_value : ndarray (year, n)
        USD per kg, by exporter.
    """

    exports: Float
    imports: Float
    world: Float
    pairs: Float
    unit_value: Float


def margins(stage: str, names: Sequence[str], years: Sequence[int]) -> Margins:
    """Return the targets of a stage.

    Where `names` are not all countries of the world, the total shrinks to the share of exports that they have.
    """
    everyone = facts.default_countries()
    out, into, world = _shares(stage, tuple(years))
    place = [everyone.index(name) for name in names]
    exports, imports = out[:, place], into[:, place]
    covered = np.nansum(exports, axis=1) / np.nansum(out, axis=1)
    pairs = large_flows(stage, names, years)
    if stage == "upstream":
        exports = _with_known(exports, np.nansum(pairs, axis=2) / world[:, None])
    level = facts.knots("unit_value_usd_kg", stage, ["WLD"], years)
    factor = [MAGNET_UNIT_VALUE.get(name, 1.3) if stage == "downstream" else 1.0 for name in names]
    return Margins(
        exports=exports * world[:, None],
        imports=imports * world[:, None],
        world=world * covered,
        pairs=pairs,
        unit_value=level * factor,
    )


@cache
def _shares(stage: str, years: tuple[int, ...]) -> tuple[Float, Float, Float]:
    """Export and import shares of all countries of the world as fractions, and the total in thousand USD."""
    everyone = facts.default_countries()
    if stage == "downstream":
        return _published(everyone, years)
    world = facts.knots("world_kusd", stage, ["WLD"], years)[:, 0]
    exports = facts.knots("export_pct", stage, everyone, years) / 100 if stage == "midstream" else _ore(everyone, years)
    return exports, facts.knots("import_pct", stage, everyone, years) / 100, world


def _published(names: Sequence[str], years: Sequence[int]) -> tuple[Float, Float, Float]:
    """BACI's shares of 850511 as fractions, and world exports in thousand USD; years before 2002 repeat 2002."""
    table = reference.facts("margins").filter(pl.col("stage") == "downstream")
    known = sorted(table["year"].unique().to_list())
    exports = np.full((len(years), len(names)), np.nan)
    imports = exports.copy()
    world = np.empty(len(years))
    place = {name: column for column, name in enumerate(names)}
    for row, year in enumerate(years):
        nearest = min(known, key=lambda k: abs(k - year))
        here = table.filter(pl.col("year") == nearest)
        world[row] = 1000 * here["world_exports_musd"][0]
        for name, out, into in here.select("country", "export_share_pct", "import_share_pct").iter_rows():
            if name in place:
                exports[row, place[name]] = np.nan if not out else out / 100
                imports[row, place[name]] = np.nan if not into else into / 100
    return exports, imports, world


def _ore(names: Sequence[str], years: Sequence[int]) -> Float:
    """Export shares upstream: what a country mines beyond what it separates itself; NaN for non-miners."""
    mined = facts.mine_output(names, years)
    sold = np.maximum(mined - facts.output("midstream", names, years), SOLD_AT_LEAST * mined)
    total = sold.sum(axis=1, keepdims=True)
    found: Float = np.where(sold > 0, sold / np.where(total > 0, total, 1.0), np.nan)
    return found


def _with_known(shares: Float, known: Float) -> Float:
    """Put known shares in place of those from output, and scale the others so that each year's sum stays."""
    rest = np.where(known > 0, np.nan, shares)
    total, left = np.nansum(shares, axis=1), np.nansum(rest, axis=1)
    scale = np.clip(total - known.sum(axis=1), 0.02, None) / np.where(left > 0, left, 1.0)
    found: Float = np.where(known > 0, known, rest * scale[:, None])
    return found


def large_flows(stage: str, names: Sequence[str], years: Sequence[int]) -> Float:
    """Known large flows, log-linear between the years they are known for: (year, n, n), thousand USD, else NaN."""
    found = np.full((len(years), len(names), len(names)), np.nan)
    place = {name: index for index, name in enumerate(names)}
    listed = facts.large_flows(stage).sort("year")
    for (exporter, importer), typed in listed.group_by("exporter", "importer", maintain_order=True):
        if exporter in place and importer in place:
            known = typed["year"].to_numpy()
            value = np.exp(np.interp(years, known, np.log(typed["value_kusd"].to_numpy())))
            inside = (np.array(years) >= known.min()) & (np.array(years) <= known.max())
            found[:, place[exporter], place[importer]] = np.where(inside, value, np.nan)
    return found
