"""Which group each country is in: regions, blocs as they stood each year, communities, or the user's own."""

from collections.abc import Iterable, Sequence

import polars as pl
import xarray as xr

from xenotime.core import InputError
from xenotime.networks.communities import Communities
from xenotime.networks.cube import names_of
from xenotime.networks.layers import Groups, refuse_strangers
from xenotime.reference import blocs, countries, members

#: Columns of `xenotime.reference.countries` that group countries.
LEVELS = ("region", "subregion")

#: What `regionalisation` and its kin accept for groups.
By = str | Sequence[str] | Groups | Communities


def groups(trade: xr.Dataset, by: By) -> Groups:
    """Return groups of countries as a table or a mapping, from their name.

    Parameters
    ----------
    trade : xarray.Dataset
        From `xenotime.networks.build`; its years date the blocs.
    by : str, sequence of str, Communities, mapping or polars.DataFrame
        ``"region"`` or ``"subregion"`` of the reference table; the name of a bloc, or of several that share no member
        in one year (`xenotime.reference.blocs`); what `communities` returned; country to group; or a table `country,
        group`, with `year` and `stage` where groups change.

    Returns
    -------
    mapping or polars.DataFrame
        As `xenotime.networks.layers.Groups`. A country outside every group has none.

    Raises
    ------
    InputError
        A name that is neither a level nor a bloc.
    """
    if isinstance(by, Communities):
        return by.groups()
    if isinstance(by, str) and by in LEVELS:
        return dict(countries().select("iso3", by).drop_nulls().iter_rows())
    if isinstance(by, str):
        by = (by,)
    if isinstance(by, Sequence):
        return _blocs(names_of(by, "by", "networks.regions"), [int(year) for year in trade["year"].values])
    refuse_strangers(by, trade["exporter"].values.astype(str).tolist())
    return by


def _blocs(names: Iterable[str], years: Sequence[int]) -> pl.DataFrame:
    known = {name.casefold(): name for name in blocs()["bloc"].unique()}
    unknown = [name for name in names if name.casefold() not in known]
    if unknown:
        raise InputError(
            f"no group or bloc {', '.join(unknown)}",
            where="networks.regions",
            remedy=f"use {' or '.join(LEVELS)}, or blocs among {', '.join(sorted(known.values()))}",
        )
    rows = [
        (year, country, known[name.casefold()]) for name in names for year in years for country in members(name, year)
    ]
    return pl.DataFrame(rows, schema={"year": pl.Int16, "country": pl.String, "group": pl.String}, orient="row")
