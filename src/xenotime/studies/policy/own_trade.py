"""What customs do not record of a stage: what producers sell at home, and what hubs merely pass on.

Own trade = output − domestic exports. Where exports exceed output, the excess was not made there: it is taken back to
the countries the hub bought from, by their shares in its imports, and the hub's own trade is zero. A hub that makes
nothing is then no exporter, and so has no producer and no elasticity of supply. Totals of the origins stay as they
were: what they sold to the hub they now sell to its customers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference

if TYPE_CHECKING:
    from xenotime.reference import Chain
    from xenotime.store import Store

Floats = NDArray[np.float64]

#: Stage of a chain to the stage that tables of output call it.
OUTPUT_STAGES: Mapping[str, str] = {
    "upstream": "mine", "concentrate": "mine", "midstream": "separation", "compound": "separation",
    "downstream": "magnets", "magnet": "magnets",
}  # fmt: skip
#: The basis in which tonnes of output and of customs are the same thing.
SAME_BASIS = "gross weight"
#: An excess of exports over output below this share of exports is rounding, not re-export.
ROUNDING = 0.02
#: Nearer to the whole than this is the whole.
EXACT = 1e-12
OUTPUT = {
    "country": pl.String, "quantity_t": pl.Float64, "basis": pl.String, "estimated": pl.Boolean, "source": pl.String,
}  # fmt: skip
ADJUSTMENTS = {"country": pl.String, "what": pl.String, "value_kusd": pl.Float64, "to": pl.String, "why": pl.String}


@dataclass(frozen=True, eq=False)
class Base:
    """Flows between countries and at home, after adjustment.

    Attributes
    ----------
    flows : ndarray (n, n)
        Thousand USD, diagonal zero.
    own : ndarray (n,)
        Own trade in thousand USD; zero where unknown.
    adjustments : polars.DataFrame
        `country, what, value_kusd, to, why`, one row each thing that was done.
    notes : tuple of (what, value, source)
    """

    flows: Floats
    own: Floats
    adjustments: pl.DataFrame
    notes: tuple[tuple[str, str, str], ...]


def output(store: "Store", chain: "Chain", stage: str, year: int) -> pl.DataFrame:
    """Return output of a stage in a year: `OUTPUT`; no rows where nobody knows it.

    The store's own table goes before the facts that ship with the package; of several editions the latest counts.
    """
    wanted = OUTPUT_STAGES.get(stage, stage)
    held = store.table("production", year=year)
    for table in (held, reference.facts("production"), reference.facts("other_production")):
        rows = table.filter(
            pl.col("commodity") == chain.commodity, pl.col("stage") == wanted, pl.col("year") == year
        ).sort("source_version")
        if len(rows):
            source = rows["source"][-1]
            return (
                rows.filter(pl.col("source") == source)
                .group_by("country", maintain_order=True)
                .last()
                .with_columns(pl.format("{} {}", "source", "source_version").alias("source"))
                .select(list(OUTPUT))
            )
    return pl.DataFrame(schema=OUTPUT)


def with_own_trade(
    names: Sequence[str], flows: Floats, tonnes: Floats, made: pl.DataFrame, hubs: Mapping[str, str], which: str
) -> Base:
    """Set output against exports: own trade where there is more, re-exports where there is less.

    Parameters
    ----------
    names : sequence of str
    flows, tonnes : ndarray (n, n)
        Value and mass of trade; mass may be NaN.
    made : polars.DataFrame
        From `output`.
    hubs : mapping of country to reason
        Known hubs. Where their output is unknown, their exports are re-exports as far as their imports reach.
    which : {"known", "all", "none"}
        Whose exports above output are re-exports: of known hubs, and of others where output is measured and in the same
        tonnes; of everyone; of nobody. What is not taken back counts as a fault of the estimate of output.
    """
    measured = {row["country"]: row for row in made.iter_rows(named=True)}
    same = bool(len(made)) and set(made["basis"]) == {SAME_BASIS}
    exported, value = np.nansum(tonnes, axis=1), flows.sum(axis=1)
    price = _price(flows, tonnes)
    own, excess = np.zeros(len(names)), np.zeros(len(names))
    rows: list[tuple[str, str, float, str, str]] = []
    for k, name in enumerate(names):
        row = measured.get(name)
        if row is None:
            excess[k] = value[k] if name in hubs or (which == "all" and same) else 0.0
        elif np.isnan(price[k]):
            continue
        elif row["quantity_t"] >= exported[k] * (1 - ROUNDING):
            own[k] = max(row["quantity_t"] - exported[k], 0.0) * price[k]
        elif which == "all" or (which == "known" and (name in hubs or (same and not row["estimated"]))):
            excess[k] = value[k] * (1 - row["quantity_t"] / exported[k])
        else:
            short = f"output of {row['quantity_t']:,.0f} t ({row['basis']}), exports of {exported[k]:,.0f} t"
            rows.append((name, "own trade set to zero", 0.0, "", f"{short}: taken for a fault of the estimate"))
    if which == "none":
        excess[:] = 0.0
    moved, more = reexports(names, flows, excess, {name: hubs.get(name, "exports above output") for name in names})
    adjustments = pl.DataFrame([*rows, *more], schema=ADJUSTMENTS, orient="row")
    return Base(moved, own, adjustments, _words(made, same, int((own > 0).sum())))


def _price(flows: Floats, tonnes: Floats) -> Floats:
    """Return each exporter's unit value, thousand USD a tonne, over flows of known mass; else the world's."""
    weighed = np.where(tonnes > 0, flows, 0.0)
    mass = np.where(tonnes > 0, tonnes, 0.0)
    world = weighed.sum() / mass.sum() if mass.sum() > 0 else np.nan
    each = mass.sum(axis=1)
    price: Floats = np.divide(weighed.sum(axis=1), each, out=np.full(len(flows), world), where=each > 0)
    return price


def reexports(
    names: Sequence[str], flows: Floats, excess: Floats, why: Mapping[str, str]
) -> tuple[Floats, list[tuple[str, str, float, str, str]]]:
    """Take the excess exports of hubs back to where the hubs bought, hub by hub, the largest excess first.

    The excess cannot be more than a hub's imports. What would go back to its own origin is left out of trade. Exports
    of the origins add up to what they were, less what came home to them.

    Parameters
    ----------
    flows : ndarray (n, n)
    excess : ndarray (n,)
        Value of exports that were not made there.

    Returns
    -------
    flows : ndarray (n, n)
    rows : list
        Of `ADJUSTMENTS`.
    """
    flows = flows.copy()
    rows = []
    for h in np.argsort(-excess, kind="stable"):
        exports, imports = flows[h].sum(), flows[:, h].sum()
        taken = min(excess[h], imports, exports)
        if taken <= 0:
            if excess[h] > 0:
                rows.append((names[h], "left as its own output", float(excess[h]), "", "it imports nothing to pass on"))
            continue
        share = flows[:, h] / imports
        passed = taken * flows[h] / exports
        # All of it gone is exactly nothing: a residue of rounding would leave the hub a producer.
        flows[h] = 0.0 if taken >= exports * (1 - EXACT) else flows[h] - passed
        flows[:, h] = 0.0 if taken >= imports * (1 - EXACT) else flows[:, h] - taken * share
        flows += np.outer(share, passed)
        home = float(np.diag(flows).sum())
        np.fill_diagonal(flows, 0.0)
        largest = [names[k] for k in np.argsort(-share)[:3] if share[k] > 0]
        rows.append(
            (names[h], "re-exports taken back to their origins", float(taken), ", ".join(largest), why[names[h]])
        )
        if home > 0:
            rows.append((names[h], "came back to its origin, left out", home, "", "a country's sales to itself"))
        if excess[h] > taken * (1 + 1e-9):
            rows.append((names[h], "left as its own output", float(excess[h] - taken), "", "more than it imports"))
    return np.maximum(flows, 0.0), rows


def merged(names: Sequence[str], flows: Floats, into: Mapping[str, str]) -> tuple[list[str], Floats]:
    """Make one region of some countries: rows and columns are added up, trade among them is left out."""
    labels = [into.get(name, name) for name in names]
    kept = [name for name in names if name not in into]
    kept += [name for name in dict.fromkeys(into.values()) if name not in kept and name in labels]
    to = np.array([[label == name for label in labels] for name in kept], dtype=float)
    found = to @ flows @ to.T
    np.fill_diagonal(found, 0.0)
    return kept, found


def _words(made: pl.DataFrame, same: bool, count: int) -> tuple[tuple[str, str, str], ...]:
    if made.is_empty():
        return (("own trade", "absent: nobody's output of this stage and year is known", "no table of output"),)
    notes = [
        ("own trade", f"output less exports at export prices, {count} countries; absent elsewhere", made["source"][0])
    ]
    if not same:
        notes.append(("oxide content", "a tonne of exports counts as a tonne of oxide", "assumed"))
    return tuple(notes)
