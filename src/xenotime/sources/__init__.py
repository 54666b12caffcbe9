"""Where data come from, one file a source. A source is a module listed in `SOURCES`; see `base` for what it offers."""

from collections.abc import Mapping
from typing import cast

from xenotime.core import InputError
from xenotime.sources import (
    atop,
    baci,
    bgs,
    comtrade,
    cow,
    gdelt,
    geodist,
    gpr,
    gravity,
    icews,
    polecat,
    rivalries,
    rta,
    sanctions,
    table,
    unga,
    usgs,
    wdi,
    wits,
)
from xenotime.sources._money import dollars
from xenotime.sources.base import Parsed, Source, SourceInfo
from xenotime.sources.mapping import TableMapping, load_mapping, nearest
from xenotime.sources.suggest import how_to_read

#: The sources by name. A new one is a module beside this file and a line here.
SOURCES: Mapping[str, Source] = {
    "baci": cast(Source, baci),
    "comtrade": cast(Source, comtrade),
    "geodist": cast(Source, geodist),
    "gravity": cast(Source, gravity),
    "wdi": cast(Source, wdi),
    "wits": cast(Source, wits),
    "usgs": cast(Source, usgs),
    "bgs": cast(Source, bgs),
    "atop": cast(Source, atop),
    "cow_alliances": cast(Source, cow.ALLIANCES),
    "cow_disputes": cast(Source, cow.DISPUTES),
    "cow_contiguity": cast(Source, cow.CONTIGUITY),
    "rivalries": cast(Source, rivalries),
    "rta": cast(Source, rta),
    "sanctions": cast(Source, sanctions),
    "unga": cast(Source, unga),
    "gpr": cast(Source, gpr),
    "gdelt": cast(Source, gdelt),
    "icews": cast(Source, icews),
    "polecat": cast(Source, polecat),
    "table": cast(Source, table),
}


def source_named(name: str) -> Source:
    """Return a source by name.

    Raises
    ------
    InputError
        Unknown name; the message lists the known ones.
    """
    if name not in SOURCES:
        raise InputError(f"unknown source {name!r}{nearest(name, SOURCES)}", remedy=f"known: {', '.join(SOURCES)}")
    return SOURCES[name]


__all__ = [
    "SOURCES",
    "Parsed",
    "Source",
    "SourceInfo",
    "TableMapping",
    "dollars",
    "how_to_read",
    "load_mapping",
    "source_named",
]
