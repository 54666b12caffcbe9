"""Blocs, alliances and trade agreements with the dates at which each country came and went."""

from functools import cache

import polars as pl

from xenotime.core import InputError
from xenotime.reference.files import table

_BLOCS = {
    "bloc": pl.String,
    "title": pl.String,
    "kind": pl.String,
    "date_means": pl.String,
    "iso3": pl.String,
    "joined": pl.Date,
    "left": pl.Date,
    "note": pl.String,
    "source": pl.String,
}


def blocs() -> pl.DataFrame:
    """Return every spell of membership.

    Returns
    -------
    polars.DataFrame
        `bloc`, `title`, `kind` ("alliance", "trade agreement", "economic union", "forum"), `date_means` (accession,
        entry into force, …), `iso3`, `joined`, `left` (dates, null = still in; the first day outside), `note`,
        `source`.
    """
    return table("blocs", _BLOCS)


@cache
def _spells(bloc: str) -> tuple[tuple[str, int, int], ...]:
    """Each spell as (country, first year at whose end it was in, last such year)."""
    rows = blocs().filter(pl.col("bloc") == bloc).select("iso3", "joined", "left").iter_rows()
    return tuple((iso3, joined.year, 9999 if left is None else left.year - 1) for iso3, joined, left in rows)


def members(bloc: str, year: int) -> tuple[str, ...]:
    """Return the members of a bloc at the end of a year, sorted.

    Who joins within a year counts as a member that year; who leaves within it does not.

    Parameters
    ----------
    bloc : str
        Short name, e.g. ``"EU"``; case does not matter.
    year : int
        Calendar year.

    Returns
    -------
    tuple of str
        ISO3 codes; empty before the bloc began.

    Raises
    ------
    InputError
        Unknown bloc.
    """
    known = {name.casefold(): name for name in blocs()["bloc"].unique()}
    if bloc.casefold() not in known:
        raise InputError(f"unknown bloc {bloc!r}", remedy=f"use one of {', '.join(sorted(known.values()))}")
    spells = _spells(known[bloc.casefold()])
    return tuple(sorted({iso3 for iso3, first, last in spells if first <= year <= last}))
