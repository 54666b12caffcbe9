"""Blocs, alliances, rival camps and dated crises: what shapes cooperation and conflict in the embedded world.

Membership by year comes from `xenotime.reference`. `crises.csv` holds the dates with their sources; the sizes of the
shocks, in standard deviations of the two indices, are assumptions of the embedded world.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime import reference

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]

#: Blocs that make trade easier; a pair that shares one in a year is "same bloc".
TRADE_BLOCS = ("EU", "NAFTA", "USMCA", "RCEP", "CPTPP", "ASEAN", "EAEU", "Mercosur", "GCC")
#: Alliances and the camp that faces them: pairs across are rivals.
ALLIANCES = ("NATO", "Quad", "AUKUS", "SCO")
FACING = (("NATO", "SCO"),)


def _shared(blocs: Iterable[str], names: Sequence[str], years: Sequence[int]) -> Bool:
    """Whether a pair shares one of the blocs in a year: (year, n, n), False on the diagonal."""
    found = np.zeros((len(years), len(names), len(names)), bool)
    for bloc in blocs:
        inside = _inside(bloc, names, years)
        found |= inside[:, :, None] & inside[:, None, :]
    found[:, np.arange(len(names)), np.arange(len(names))] = False
    return found


def _inside(bloc: str, names: Sequence[str], years: Sequence[int]) -> Bool:
    """Membership: (year, n)."""
    return np.array([np.isin(names, reference.members(bloc, year)) for year in years])


def same_bloc(names: Sequence[str], years: Sequence[int]) -> Bool:
    """Whether a pair shares a trade bloc: (year, n, n)."""
    return _shared(TRADE_BLOCS, names, years)


def allied(names: Sequence[str], years: Sequence[int]) -> Bool:
    """Whether a pair shares an alliance or security bloc: (year, n, n)."""
    return _shared(ALLIANCES, names, years)


def rivals(names: Sequence[str], years: Sequence[int]) -> Bool:
    """Whether a pair stands in facing camps: (year, n, n)."""
    found = np.zeros((len(years), len(names), len(names)), bool)
    for one, two in FACING:
        here, there = _inside(one, names, years), _inside(two, names, years)
        across = (here & ~there)[:, :, None] & (there & ~here)[:, None, :]
        found |= across | np.swapaxes(across, 1, 2)
    return found


@cache
def crises() -> pl.DataFrame:
    """Return the dated crises: year, one, other (countries or blocs, semicolons), shocks, event, source."""
    path = files("xenotime.pipeline.world").joinpath("crises.csv")
    return pl.read_csv(path.read_bytes())


def crisis_path(index: str, names: Sequence[str], years: Sequence[int], persistence: float) -> Float:
    """Return what the crises add to an index, each shock fading by `persistence` a year: (year, n, n), symmetric.

    Parameters
    ----------
    index : {"cooperation", "conflict"}
        A column of `crises`.
    """
    shocks = np.zeros((len(years), len(names), len(names)))
    for row in crises().iter_rows(named=True):
        one, other = _party(row["one"], names, row["year"]), _party(row["other"], names, row["year"])
        pairs = (one[:, None] & other[None, :]) | (other[:, None] & one[None, :])
        np.fill_diagonal(pairs, False)
        for t, year in enumerate(years):
            if year >= row["year"]:
                shocks[t] += pairs * row[index] * persistence ** (year - row["year"])
    return shocks


def _party(listed: str, names: Sequence[str], year: int) -> Bool:
    """Which of `names` a party of a crisis stands for: (n,)."""
    known = reference.blocs()["bloc"].unique().to_list()
    inside: set[str] = set()
    for item in listed.split(";"):
        inside |= set(reference.members(item, year)) if item in known else {item}
    return np.isin(names, sorted(inside))
