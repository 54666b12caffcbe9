"""Numbers for BACI's codes: countries and products as small integers, so that a year of eleven million rows fits.

A row's key is one 32-bit integer, product over exporter over importer, in the order of product code, ISO3 of the
exporter, ISO3 of the importer: sorting the keys sorts the rows as the store wants them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from xenotime.reference import codes, hs_codes
from xenotime.reference.products import in_vintage
from xenotime.schema import HS_CHAPTERS
from xenotime.sources._dates import TOLERANCE, years_outside

#: Country numbers take nine bits each, so product numbers have fourteen.
BITS = 9
MOST_PRODUCTS = 1 << (32 - 2 * BITS)
UNKNOWN, AREA, OUTSIDE = -1, -2, -3


@dataclass(frozen=True)
class Countries:
    """BACI's country codes in the order of their ISO3.

    Attributes
    ----------
    number : numpy.ndarray of int16, shape (1001,)
        Code to number; `UNKNOWN`, `AREA` for a region that is not a country, or `OUTSIDE` for a country more than a
        year outside its dates. The last entry stands for all codes out of range.
    iso3 : numpy.ndarray of uint16, shape (numbers,)
        Number to place in `names`: several codes may stand for one country (56 and 58 for Belgium).
    names : tuple of str
        ISO3 in alphabetical order.
    codes : tuple of str
        Number to BACI's code.
    beside : numpy.ndarray of bool, shape (numbers,)
        Whether the year is the one before the country began, or the one after it ended.
    """

    number: np.ndarray
    iso3: np.ndarray
    names: tuple[str, ...]
    codes: tuple[str, ...]
    beside: np.ndarray


@cache
def countries(year: int) -> Countries:
    """Return BACI's country codes in a year, from `xenotime.reference`."""
    listed = codes("baci")
    number = np.full(1001, UNKNOWN, np.int16)
    number[listed.filter(pl.col("kind") == "area")["code"].cast(pl.Int32).to_numpy()] = AREA
    known = listed.filter(pl.col("iso3").is_not_null()).sort("iso3", pl.col("code").cast(pl.Int32))
    off = years_outside(
        known["code"], known["iso3"], pl.Series([year]).new_from_index(0, known.height), "baci"
    ).to_numpy()
    placed = np.where(off > TOLERANCE, OUTSIDE, np.arange(known.height)).astype(np.int16)
    number[known["code"].cast(pl.Int32).to_numpy()] = placed
    names = tuple(known["iso3"].unique().sort().to_list())
    place = {name: at for at, name in enumerate(names)}
    iso3 = np.array([place[name] for name in known["iso3"]], dtype=np.uint16)
    return Countries(number, iso3, names, tuple(known["code"].to_list()), off == TOLERANCE)


@dataclass(frozen=True)
class Products:
    """Which product codes a file may hold.

    Attributes
    ----------
    allowed : numpy.ndarray of bool, shape (1_000_001,)
        By code; the last entry stands for all codes out of range.
    listed_in : str
        The product table, or "" where only the form of a code can be checked.
    foreign : frozenset of int
        Codes that `xenotime.reference` knows and that this vintage does not have: without a product table they tell
        a wrong vintage.
    """

    allowed: np.ndarray
    listed_in: str
    foreign: frozenset[int]


def products(listed: Iterable[int] | None, listed_in: str, hs_version: str) -> Products:
    """Return the products of a release; `listed` is its product table, None where there is none."""
    allowed = np.zeros(1_000_001, dtype=bool)
    if listed is None:
        # A six-digit code has lost at most its first zero.
        for chapter in map(int, HS_CHAPTERS):
            allowed[chapter * 10_000 : (chapter + 1) * 10_000] = True
    else:
        allowed[[code for code in listed if 10_000 <= code < 1_000_000]] = True
    foreign = [int(code) for code in hs_codes()["hs6"] if not in_vintage(code, hs_version)] if listed is None else []
    return Products(allowed, listed_in, frozenset(foreign))
