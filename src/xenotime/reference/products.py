"""Products of the Harmonized System that the chains use: what each heading is called, and what it really holds."""

from functools import cache

import polars as pl

from xenotime.reference.files import table

#: Vintages of the Harmonized System, oldest first.
HS_VERSIONS = ("HS92", "HS96", "HS02", "HS07", "HS12", "HS17", "HS22")

_HS = {
    "hs6": pl.String,
    "title": pl.String,
    "holds": pl.String,
    "rare_earth_content": pl.String,
    "first_vintage": pl.String,
    "last_vintage": pl.String,
    "vintage_note": pl.String,
    "source": pl.String,
}


def hs_codes() -> pl.DataFrame:
    """Return the headings that the chains use, and the neighbours one might take for them.

    Returns
    -------
    polars.DataFrame
        `hs6`, `title`, `holds` (what trade under the heading really is), `rare_earth_content` ("high", "medium",
        "low", "very low", "none"), `first_vintage`, `last_vintage` (of the Harmonized System; null = still),
        `vintage_note`, `source`.
    """
    return table("hs_codes", _HS)


@cache
def _vintages() -> dict[str, tuple[int, int]]:
    order = {name: place for place, name in enumerate(HS_VERSIONS)}
    rows = hs_codes().select("hs6", "first_vintage", "last_vintage").iter_rows()
    return {hs6: (order[first], order[last] if last else len(order) - 1) for hs6, first, last in rows}


def in_vintage(hs6: str, hs_version: str) -> bool:
    """Return whether a known product exists in a known vintage."""
    first, last = _vintages()[hs6]
    return first <= HS_VERSIONS.index(hs_version) <= last
