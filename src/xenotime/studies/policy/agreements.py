"""Pairs whose trade is free of duty by agreement: members of one bloc, and pairs that the store knows an agreement of.

An agreement in force is not free trade in every good on the first day. RCEP is left out of the defaults: its schedules
run over twenty years and differ by pair, so its pairs pay what a tariff file says of them. The same holds for partial
agreements among the pairs of the store (CEPII's `fta_wto` counts whatever was notified): where a duty by pair and
heading is known it goes before, and `pair_agreements: ignore` leaves the rest dutiable.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference

if TYPE_CHECKING:
    from xenotime.store import Store

Mask = NDArray[np.bool_]
Note = tuple[str, str, str]

#: An agreement known of one year still stands for so many years after.
OLDEST = 5


def in_blocs(names: Sequence[str], year: int, blocs: Sequence[str]) -> tuple[Mask, Note]:
    """Return the pairs (n, n) within one of the blocs at the end of the year, and what to say of them.

    Raises
    ------
    InputError
        A bloc that is not known.
    """
    free = np.zeros((len(names), len(names)), dtype=bool)
    for bloc in blocs:
        inside = np.isin(names, reference.members(bloc, year))
        free |= np.outer(inside, inside)
    np.fill_diagonal(free, val=False)
    return free, ("duty-free pairs", f"{int(free.sum())} pairs within {', '.join(blocs) or 'none'} ({year})",
                  "reference, blocs; RCEP only where it is named")  # fmt: skip


def in_store(store: "Store", names: Sequence[str], year: int) -> tuple[Mask, list[Note]]:
    """Return the pairs (n, n) with a trade agreement in table ``relations``, or else in ``dyads``, and what to say."""
    free = np.zeros((len(names), len(names)), dtype=bool)
    found = _relations(store, year)
    if found is None:
        found = _dyads(store, year)
    if found is None:
        return free, []
    pairs, when, source = found
    place = {name: k for k, name in enumerate(names)}
    for one, other in pairs.iter_rows():
        if one in place and other in place and one != other:
            free[place[one], place[other]] = True
    said = f"{int(free.sum())} pairs with a trade agreement of their own in {when}, taken as free of duty"
    return free, [("agreements by pair", said, source)]


def _relations(store: "Store", year: int) -> tuple[pl.DataFrame, int, str] | None:
    held = store.table("relations", year=_years(year)).filter(pl.col("relation") == "trade_agreement")
    return _latest(held, "actor", "target", held["value"] > 0) if len(held) else None


def _dyads(store: "Store", year: int) -> tuple[pl.DataFrame, int, str] | None:
    held = store.table("dyads", year=_years(year)).drop_nulls("trade_agreement")
    return _latest(held, "exporter", "importer", held["trade_agreement"]) if len(held) else None


def _latest(held: pl.DataFrame, one: str, other: str, agreed: pl.Series) -> tuple[pl.DataFrame, int, str]:
    when = int(held["year"].max())  # type: ignore[arg-type]
    source = ", ".join(sorted(set((held["source"] + " " + held["source_version"]).to_list())))
    return held.filter(agreed & (held["year"] == when)).select(one, other).unique(), when, source


def _years(year: int) -> list[int]:
    return list(range(year - OLDEST, year + 1))
