"""Base tariffs of a market: an importer's mean rate, free trade between partners of an agreement, and what is assumed.

Means over all goods (World Bank, WITS) are not the duty on a magnet: they stand in for it until duties by heading are
at hand, which the store's table ``tariffs`` takes too. A member of a customs union without a row of its own gets its
partners' rate. A mean already counts duty-free trade, so agreements on top of it make the rest too low.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference
from xenotime.studies.policy.numbers import percent

if TYPE_CHECKING:
    from xenotime.store import Store

Floats = NDArray[np.float64]

#: A rate this many years old still stands for the year asked about.
OLDEST = 5
CUSTOMS_UNIONS = ("EU", "EAEU", "GCC", "Mercosur")
#: Kinds of rate, those that say most of what is paid first.
KINDS = ("applied", "applied_weighted_mean", "mfn", "mfn_weighted_mean")


def tariffs(
    store: "Store", names: Sequence[str], year: int, hs6: Sequence[str], default: float, agreements: Sequence[str]
) -> tuple[Floats, list[tuple[str, str, str]]]:
    """Return base tariffs [exporter, importer] as fractions, and what they rest on.

    Parameters
    ----------
    store : Store
        Its table ``tariffs`` is read where it holds one.
    names : sequence of str
        Countries of the market.
    year : int
        The rate of the year, or of the latest within `OLDEST` years before.
    hs6 : sequence of str
        Headings of the stage; a rate of a heading goes before a rate of all goods.
    default : float
        The rate of importers of whom the store knows none.
    agreements : sequence of str
        Blocs (dated, `reference.members`) within which trade is free of duty.

    Returns
    -------
    rates : ndarray (n, n)
    notes : list of (what, value, source)
    """
    rows = _rows(store, year, hs6)
    place = {name: k for k, name in enumerate(names)}
    rates = np.full((len(names), len(names)), np.nan)
    for row in rows.iter_rows(named=True):  # the best row of a pair comes last
        column = place.get(row["importer"])
        if column is None:
            continue
        if row["exporter"] is None:
            rates[:, column] = row["rate"]
        elif row["exporter"] in place:
            rates[place[row["exporter"]], column] = row["rate"]
    _fill_unions(rates, names, year)
    known = [name for k, name in enumerate(names) if np.isfinite(rates[:, k]).any()]
    rates = np.where(np.isnan(rates), default, rates)
    notes = _notes(rows, known, names, default)
    free = _free(names, year, agreements)
    rates[free] = 0.0
    np.fill_diagonal(rates, 0.0)
    inside = ", ".join(agreements) or "none"
    notes.append(("duty-free pairs", f"{int(free.sum())} pairs within {inside} ({year})", "reference, blocs"))
    return rates, notes


def _rows(store: "Store", year: int, hs6: Sequence[str]) -> pl.DataFrame:
    held = store.table("tariffs", year=list(range(year - OLDEST, year + 1)))
    rank = pl.col("kind").replace_strict(list(KINDS), list(range(len(KINDS))), default=len(KINDS))
    return (
        held.filter(pl.col("hs6").is_null() | pl.col("hs6").is_in(list(hs6)))
        .with_columns(rank.alias("rank"))
        .sort(
            pl.col("exporter").is_not_null(),
            pl.col("hs6").is_not_null(),
            -pl.col("rank"),
            "year",
            "importer",
            "exporter",
            "hs6",
            nulls_last=True,
        )
    )


def _fill_unions(rates: Floats, names: Sequence[str], year: int) -> None:
    """Give members of a customs union without a rate the middle rate of those with one."""
    for union in CUSTOMS_UNIONS:
        inside = np.isin(names, reference.members(union, year))
        known = inside & np.isfinite(rates).all(axis=0)
        if known.any():
            lacking = inside & np.isnan(rates).all(axis=0)
            rates[:, lacking] = np.median(rates[:, known], axis=1)[:, None]


def _free(names: Sequence[str], year: int, agreements: Sequence[str]) -> NDArray[np.bool_]:
    free = np.zeros((len(names), len(names)), dtype=bool)
    for bloc in agreements:
        inside = np.isin(names, reference.members(bloc, year))
        free |= np.outer(inside, inside)
    np.fill_diagonal(free, val=False)
    return free


def _notes(
    rows: pl.DataFrame, known: Sequence[str], names: Sequence[str], default: float
) -> list[tuple[str, str, str]]:
    notes = []
    if known:
        years = sorted(set(rows["year"].to_list()))
        spans = f"{years[0]}–{years[-1]}"
        sources = ", ".join(sorted(set((rows["source"] + " " + rows["source_version"]).to_list())))
        kinds = ", ".join(sorted({kind.replace("_", " ") for kind in rows["kind"]}))
        notes.append(("tariffs", f"{len(known)} of {len(names)} importers, {kinds}, {spans}", sources))
    if known and len(known) < len(names):
        notes.append(("tariffs of the others", percent(default), "assumed"))
    elif not known:
        notes.append(("tariffs", f"{percent(default)} of all importers, all goods", "assumed"))
    return notes
