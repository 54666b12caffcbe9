"""Base tariffs of a market, the best that is known of each pair, and how much of trade rests on what.

What is known best goes first: the duty on a pair and heading (preferential or effectively applied: WITS/TRAINS), duty-
free trade by agreement, the importer's duty on the heading (what is applied, then most-favoured nation), a pair's mean
over all goods, the importer's mean over all goods (World Bank), what is assumed. A stage of several headings has their
mean, weighted by the importer's trade. Means over all goods are not the duty on a magnet, and count duty-free trade
already, so agreements on top of them make the rest too low. A member of a customs union of whom nothing is known has
the middle rate of its partners.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference
from xenotime.studies.policy.agreements import Note, in_blocs, in_store
from xenotime.studies.policy.numbers import percent

if TYPE_CHECKING:
    from xenotime.store import Store

Floats = NDArray[np.float64]

#: A rate this many years old still stands for the year asked about.
OLDEST = 5
CUSTOMS_UNIONS = ("EU", "EAEU", "GCC", "Mercosur")
#: Kinds of rate, those that say most of what is paid first.
KINDS = ("applied", "applied_weighted_mean", "mfn", "mfn_weighted_mean")
#: What a rate can rest on, from what says least to what says most.
ASSUMED, UNION, MEAN, PAIR_MEAN, HEADING, AGREEMENT, PAIR = range(7)
BASES = {
    PAIR: "duties by pair and heading",
    AGREEMENT: "agreements, free of duty",
    HEADING: "importers' duties on the heading",
    PAIR_MEAN: "means by pair over all goods",
    MEAN: "importers' means over all goods",
    UNION: "rates of partners in a customs union",
    ASSUMED: "an assumed rate",
}
TRADE = pl.Schema({"exporter": pl.String, "importer": pl.String, "hs6": pl.String, "value_kusd": pl.Float64})


def tariffs(
    store: "Store",
    names: Sequence[str],
    year: int,
    hs6: Sequence[str],
    default: float,
    agreements: Sequence[str],
    *,
    by_pair: bool = True,
    trade: pl.DataFrame | None = None,
) -> tuple[Floats, list[Note]]:
    """Return base tariffs [exporter, importer] as fractions, and what they rest on.

    Parameters
    ----------
    store : Store
        Its tables ``tariffs``, ``relations`` and ``dyads`` are read where it holds them.
    names : sequence of str
        Countries of the market.
    year : int
        The rate of the year, or of the latest within `OLDEST` years before.
    hs6 : sequence of str
        Headings of the stage.
    default : float
        The rate of importers of whom the store knows none.
    agreements : sequence of str
        Blocs (dated, `reference.members`) within which trade is free of duty.
    by_pair : bool
        Whether trade agreements of single pairs in the store count too.
    trade : polars.DataFrame, optional
        The stage's flows: `exporter, importer, hs6, value_kusd`. They weight headings, and say how much of trade rests
        on what; without them headings weigh alike, and pairs do.

    Returns
    -------
    rates : ndarray (n, n)
    notes : list of (what, value, source)
    """
    flows = pl.DataFrame(schema=TRADE) if trade is None else trade.select(list(TRADE))
    rows = _rows(store, year, hs6)
    rates = np.full((len(names), len(names)), default)
    basis = np.full(rates.shape, ASSUMED)
    _lay(rates, basis, MEAN, rows.filter(pl.col("exporter").is_null(), pl.col("hs6").is_null()), names, flows)
    _lay(rates, basis, PAIR_MEAN, rows.filter(pl.col("exporter").is_not_null(), pl.col("hs6").is_null()), names, flows)
    _lay(rates, basis, HEADING, rows.filter(pl.col("exporter").is_null(), pl.col("hs6").is_not_null()), names, flows)
    _fill_unions(rates, basis, names, year)
    known = [name for k, name in enumerate(names) if (basis[:, k] != ASSUMED).any()]
    free, said = in_blocs(names, year, agreements)
    notes = [said]
    if by_pair:
        agreed, more = in_store(store, names, year)
        free |= agreed
        notes += more
    rates[free], basis[free] = 0.0, AGREEMENT
    of_pairs = rows.filter(pl.col("exporter").is_not_null(), pl.col("hs6").is_not_null())
    _lay(rates, basis, PAIR, of_pairs, names, flows)
    np.fill_diagonal(rates, 0.0)
    known += [name for k, name in enumerate(names) if name not in known and (basis[:, k] == PAIR).any()]
    return rates, [*_notes(rows.filter(pl.col("importer").is_in(names)), known, names, default),
                   _shares(basis, names, flows), *notes]  # fmt: skip


def _rows(store: "Store", year: int, hs6: Sequence[str]) -> pl.DataFrame:
    """Return the best rate of each importer, exporter (or null) and heading (or null)."""
    held = store.table("tariffs", year=list(range(year - OLDEST, year + 1)))
    rank = pl.col("kind").replace_strict(list(KINDS), list(range(len(KINDS))), default=len(KINDS))
    # of one year's rates as reported and with estimated equivalents of specific duties, the latter say more
    estimated = pl.col("source_version").str.contains("equivalents")
    return (
        held.filter(pl.col("hs6").is_null() | pl.col("hs6").is_in(list(hs6)))
        .sort(rank, -pl.col("year").cast(pl.Int32), ~estimated, "source", "source_version")
        .unique(["importer", "exporter", "hs6"], keep="first", maintain_order=True)
    )


def _lay(
    rates: Floats, basis: NDArray[np.int64], level: int, rows: pl.DataFrame, names: Sequence[str], flows: pl.DataFrame
) -> None:
    """Lay known rates over what is there: by importer, or by pair; the mean over headings."""
    place = {name: k for k, name in enumerate(names)}
    weights = flows.group_by("importer", "hs6").agg(pl.col("value_kusd").sum().alias("weight"))
    # headings that an importer does not buy weigh next to nothing, so that its mean is over what it buys if it can be
    mean = (
        rows.join(weights, on=["importer", "hs6"], how="left")
        .with_columns(pl.col("weight").fill_null(0.0) + 1e-9)
        .group_by("importer", "exporter")
        .agg((pl.col("rate") * pl.col("weight")).sum() / pl.col("weight").sum())
    )
    for importer, exporter, rate in mean.iter_rows():
        if importer not in place or (exporter is not None and exporter not in place):
            continue
        at = slice(None) if exporter is None else place[exporter]
        rates[at, place[importer]], basis[at, place[importer]] = rate, level


def _fill_unions(rates: Floats, basis: NDArray[np.int64], names: Sequence[str], year: int) -> None:
    """Give members of a customs union without a rate the middle rate of those with one."""
    for union in CUSTOMS_UNIONS:
        inside = np.isin(names, reference.members(union, year))
        known = inside & (basis != ASSUMED).all(axis=0)
        if known.any():
            lacking = inside & (basis == ASSUMED).all(axis=0)
            rates[:, lacking] = np.median(rates[:, known], axis=1)[:, None]
            basis[:, lacking] = UNION


def _notes(rows: pl.DataFrame, known: Sequence[str], names: Sequence[str], default: float) -> list[Note]:
    notes = []
    if known:
        years = sorted(set(rows["year"].to_list()))
        spans = f"{years[0]}–{years[-1]}" if years[0] != years[-1] else f"{years[0]}"
        sources = ", ".join(sorted(set((rows["source"] + " " + rows["source_version"]).to_list())))
        kinds = ", ".join(sorted({kind.replace("_", " ") for kind in rows["kind"]}))
        notes.append(("tariffs", f"{len(known)} of {len(names)} importers, {kinds}, {spans}", sources))
    if known and len(known) < len(names):
        notes.append(("tariffs of the others", percent(default), "assumed"))
    elif not known:
        notes.append(("tariffs", f"{percent(default)} of all importers, all goods", "assumed"))
    return notes


def _shares(basis: NDArray[np.int64], names: Sequence[str], flows: pl.DataFrame) -> Note:
    """Say which share of trade rests on which kind of rate."""
    weight = np.ones(basis.shape) if flows.is_empty() else np.zeros(basis.shape)
    place = {name: k for k, name in enumerate(names)}
    for exporter, importer, value in flows.select("exporter", "importer", "value_kusd").iter_rows():
        if exporter in place and importer in place:
            weight[place[exporter], place[importer]] += value
    np.fill_diagonal(weight, 0.0)
    total = weight.sum()
    shares = {level: float(weight[basis == level].sum() / total) if total else 0.0 for level in BASES}
    said = [f"{percent(share)} {BASES[level]}" for level, share in shares.items() if share >= 5e-4]
    return "tariffs rest on", ", ".join(said) or "nothing", "pairs" if flows.is_empty() else "share of trade by value"
