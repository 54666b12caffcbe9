"""One network of a cube at a time: the arrays of a stage and year, and the tidy table that comes back.

Everything here that is computed by stage and year takes its arrays from `layers`, so unknown trade means the same
everywhere: it adds nothing to a sum and is never a tie (decision 6).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from xenotime.core import InputError
from xenotime.networks.cube import sound, warn_of_unknown
from xenotime.networks.rules import select_ties
from xenotime.reference import countries
from xenotime.schema import CUBE_AXES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

#: Any of a cube's countries, as the tables label it, with a number for each.
ByCountry = Mapping[str, float]


@dataclass(frozen=True)
class Layer:
    """The network of one stage and year.

    Attributes
    ----------
    countries : ndarray of str, shape (n,)
    flow : ndarray, shape (n, n)
        Thousand USD from exporter (row) to importer (column); 0 where unknown and on the diagonal.
    ties : ndarray of bool, shape (n, n)
    """

    stage: str
    year: int
    countries: NDArray[np.object_]
    flow: Floats
    ties: Bools

    def place(self, country: str) -> int:
        """Return the position of a country, or say that the cube does not hold it."""
        found = np.flatnonzero(self.countries == country)
        if not len(found):
            raise InputError(
                f"the cube holds no country {country!r}",
                where="networks",
                remedy=f"one of its {len(self.countries)} ISO 3166 alpha-3 codes, such as {self.countries[0]}",
            )
        return int(found[0])


def layers(trade: xr.Dataset, ties: xr.DataArray | None = None) -> Iterator[Layer]:
    """Yield every stage and year of a cube, in the order of its axes.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`.
    ties : xarray.DataArray, optional
        From `xenotime.networks.dependence`; its default rule, an import share of at least 5 %, without it.

    Raises
    ------
    InputError
        A cube that is none, ties whose labels are not those of `trade`.

    Warns
    -----
    DataWarning
        When the trade of some pairs is unknown.
    """
    trade = sound(trade)
    warn_of_unknown(trade)
    if ties is None:
        ties, _ = select_ties(trade, "import_share")
    same_labels(trade, ties)
    value = np.nan_to_num(trade["value_kusd"].transpose(*CUBE_AXES).to_numpy(), nan=0.0)
    tie = ties.transpose(*CUBE_AXES).to_numpy().astype(bool)
    countries = trade["exporter"].values.astype(object)
    # Many small matrices, here and in whoever takes them: BLAS threads beside each other cost more than they give.
    with threadpool_limits(limits=1, user_api="blas"):
        for s, stage in enumerate(trade["stage"].values):
            for y, year in enumerate(trade["year"].values):
                yield Layer(str(stage), int(year), countries, value[s, y], tie[s, y])


def links(ties: Bools) -> tuple[Ints, Ints]:
    """Return the ties by exporter, as the kernels take them."""
    first = np.concatenate([[0], np.cumsum(ties.sum(axis=1))]).astype(np.int64)
    return first, np.nonzero(ties)[1].astype(np.int64)


def same_labels(trade: xr.Dataset, ties: xr.DataArray) -> None:
    """Joins are exact (convention 6)."""
    if not isinstance(ties, xr.DataArray):
        raise InputError(
            f"a {type(ties).__name__} holds no ties", where="networks", remedy="take them from dependence()"
        )
    for axis in CUBE_AXES:
        if axis not in ties.coords:
            raise InputError(
                f"ties have no labels on axis {axis}", where="networks", remedy="take them from dependence()"
            )
        ours, theirs = trade[axis].values.tolist(), ties[axis].values.tolist()
        if ours != theirs:
            odd = sorted({str(label) for label in set(ours) ^ set(theirs)})
            raise InputError(
                f"trade and ties differ on axis {axis}: {', '.join(odd[:12]) or 'the same labels in another order'}",
                where="networks",
                remedy="take the ties from dependence() on this cube, or select both alike",
            )


def by_country(layer: Layer, numbers: ByCountry, what: str) -> Floats:
    """Return the numbers in the order of the layer's countries; NaN for a country that is not named.

    Raises
    ------
    InputError
        A number that is negative or not finite, or numbers that name no country of the cube.
    """
    if not isinstance(numbers, Mapping) or not all(
        isinstance(one, (int, float, np.number)) for one in numbers.values()
    ):
        raise InputError(f"{what} is {numbers!r:.80}", where="networks", remedy="give a mapping of country to number")
    found = np.array([numbers.get(country, np.nan) for country in layer.countries], dtype=float)
    given = np.array(list(numbers.values()), dtype=float)
    if not np.isfinite(given).all() or (given < 0).any() or np.isnan(found).all():
        raise InputError(
            f"{what} must be numbers, not negative, by ISO 3166 alpha-3 code of countries of the cube",
            where="networks",
            remedy="leave out countries whose number is not known",
        )
    return found


def columns(layer: Layer, **arrays: Any) -> pl.DataFrame:
    """Return arrays of one length as a table with the layer's stage and year in front, null where undefined."""
    # Lists hold labels; of one without any, polars could not tell that.
    typed = {
        name: pl.Series(one, dtype=pl.String) if isinstance(one, list) and not one else one
        for name, one in arrays.items()
    }
    frame = pl.DataFrame(typed, infer_schema_length=None)
    return frame.select(
        pl.lit(layer.stage, dtype=pl.String).alias("stage"), pl.lit(layer.year, dtype=pl.Int16).alias("year"), pl.all()
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


#: Which group each country is in: by country, or a table with columns `country, group` and, where groups change,
#: `year` and `stage`.
Groups = Mapping[str, str] | pl.DataFrame


def groups_of(layer: Layer, groups: Groups) -> NDArray[np.object_]:
    """Return the group of each of the layer's countries, None for a country without one, shape (n,).

    Raises
    ------
    InputError
        A table without the columns, or with a country twice in one network.
    """
    if isinstance(groups, Mapping):
        return np.array([groups.get(country) for country in layer.countries], dtype=object)
    if not {"country", "group"} <= set(groups.columns):
        raise InputError(
            f"groups have the columns {', '.join(groups.columns)}",
            where="networks",
            remedy="give country and group, and year or stage where groups change",
        )
    for axis, label in (("stage", layer.stage), ("year", layer.year)):
        if axis in groups.columns:
            groups = groups.filter(pl.col(axis) == label)
    if groups["country"].is_duplicated().any():
        raise InputError(
            f"a country is in two groups in stage {layer.stage}, {layer.year}",
            where="networks",
            remedy="give one group a country; where blocs overlap, choose one",
        )
    known = dict(groups.select("country", "group").rows())
    return np.array([known.get(country) for country in layer.countries], dtype=object)


def refuse_strangers(groups: Groups, held: Iterable[str]) -> None:
    """Refuse names that are no country, neither of the cube (`held`) nor of the reference: a slip would go unseen.

    Raises
    ------
    InputError
        With the names.
    """
    if not isinstance(groups, (Mapping, pl.DataFrame)):
        raise InputError(
            f"groups are a {type(groups).__name__}", where="networks", remedy='give a mapping, {"CHN": "East", ...}'
        )
    if isinstance(groups, pl.DataFrame) and "country" not in groups.columns:
        return  # `groups_of` says so
    named = groups["country"].unique().to_list() if isinstance(groups, pl.DataFrame) else list(groups)
    odd = sorted(str(one) for one in set(named) - set(held) - set(countries()["iso3"]))
    if odd:
        raise InputError(
            f"groups name {', '.join(odd[:12])}, which is no country",
            where="networks, groups",
            remedy="give ISO 3166 alpha-3 codes, such as CHN",
        )
