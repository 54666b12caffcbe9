"""Typed tables of facts by name; every row carries its source, and the edition where the producer revises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from xenotime.core import InputError
from xenotime.reference.files import table


@dataclass(frozen=True)
class Facts:
    """A table of facts: its file or files, what it holds, and its columns."""

    files: tuple[str, ...]
    doc: str
    columns: Mapping[str, Any]


_TEXT, _YEAR, _NUMBER, _FLAG = pl.String, pl.Int16, pl.Float64, pl.Boolean

_OUTPUT: Mapping[str, Any] = {
    "year": _YEAR,
    "country": _TEXT,
    "commodity": _TEXT,
    "stage": _TEXT,
    "quantity_t": _NUMBER,
    "basis": _TEXT,
    "estimated": _FLAG,
    "source": _TEXT,
    "source_version": _TEXT,
}

#: Every table, with what a reader should know of it.
FACTS: Mapping[str, Facts] = {
    "production": Facts(
        ("mine_output_usgs", "mine_output_bgs"),
        "Rare-earth mine output by country, t of oxide (REO), 1992-2025. USGS in every edition that gives the year; "
        "BGS where USGS has nothing: a country's series may jump where one takes over from the other, since the two "
        "count differently",
        _OUTPUT,
    ),
    "other_production": Facts(
        ("other_mine_output",),
        "Mine output of cobalt, lithium, natural graphite and tungsten, 2024 and 2025, t",
        _OUTPUT,
    ),
    "reserves": Facts(
        ("reserves_by_edition",),
        "Rare-earth reserves by edition of USGS, t of oxide; WLD is the world, for which `bound` may be 'at least'",
        {
            "edition": _TEXT,
            "country": _TEXT,
            "commodity": _TEXT,
            "quantity_t": _NUMBER,
            "basis": _TEXT,
            "bound": _TEXT,
            "source": _TEXT,
        },
    ),
    "prices": Facts(
        ("oxide_prices",),
        "Rare-earth prices, yearly averages, USD/kg FOB, by edition; the 2022 edition's series are older grades",
        {
            "year": _YEAR,
            "item": _TEXT,
            "grade": _TEXT,
            "usd_per_kg": _NUMBER,
            "estimated": _FLAG,
            "edition": _TEXT,
            "source": _TEXT,
        },
    ),
    "quotas": Facts(
        ("china_quota_tonnes",),
        "China's quotas, t. Export quotas for all firms from 2009; before, those of domestic firms alone: never splice "
        "them",
        {"year": _YEAR, "country": _TEXT, "kind": _TEXT, "quantity_t": _NUMBER, "note": _TEXT, "source": _TEXT},
    ),
    "margins": Facts(
        ("magnet_margins",),
        "Shares of countries in world exports and imports of magnets (850511), per cent of the value in the file, "
        "2002-2024",
        {
            "stage": _TEXT,
            "hs6": _TEXT,
            "year": _YEAR,
            "country": _TEXT,
            "export_share_pct": _NUMBER,
            "import_share_pct": _NUMBER,
            "world_exports_musd": _NUMBER,
            "source": _TEXT,
        },
    ),
    "stage_shares": Facts(
        ("supply_shares",),
        "Shares of countries in world supply by commodity and stage, per cent, over the years given; `countries` may "
        "name several together",
        {
            "commodity": _TEXT,
            "stage": _TEXT,
            "year_from": _YEAR,
            "year_to": _YEAR,
            "countries": _TEXT,
            "share_pct": _NUMBER,
            "projection": _FLAG,
            "source": _TEXT,
        },
    ),
    "large_flows": Facts(
        ("known_large_flows", "magnet_large_flows"),
        "Large bilateral flows known from checked sources, thousand current USD; a list, not a matrix. Magnets: pairs "
        "among the 25 largest of any of ten benchmark years, in each of these years from 1 million USD on",
        {
            "year": _YEAR,
            "stage": _TEXT,
            "products": _TEXT,
            "exporter": _TEXT,
            "importer": _TEXT,
            "value_kusd": _NUMBER,
            "source": _TEXT,
        },
    ),
    "policy_events": Facts(
        ("dated_measures",),
        "Dated measures and events; `check` says how far each was verified, and is to be read before use",
        {
            "date": pl.Date,
            "actor": _TEXT,
            "target": _TEXT,
            "measure": _TEXT,
            "items": _TEXT,
            "instrument": _TEXT,
            "status": _TEXT,
            "source": _TEXT,
            "check": _TEXT,
        },
    ),
    "hubs": Facts(
        ("reexport_hubs",),
        "Countries whose exports of a stage are largely re-exports, with the reason; years empty = all",
        {"stage": _TEXT, "country": _TEXT, "from": _YEAR, "to": _YEAR, "reason": _TEXT, "source": _TEXT},
    ),
    "us_import_sources": Facts(
        ("us_sources",),
        "Shares of countries in US imports of rare-earth compounds and metals, per cent",
        {
            "year_from": _YEAR,
            "year_to": _YEAR,
            "commodity": _TEXT,
            "country": _TEXT,
            "share_pct": _NUMBER,
            "source": _TEXT,
        },
    ),
    "elasticities": Facts(
        ("trade_elasticities",),
        "Published elasticities. `recorded` is the number as published, `recorded_as` says what it is (sigma, 1-sigma, "
        "1-eta), `value` is sigma (or eta) itself, positive",
        {
            "kind": _TEXT,
            "product": _TEXT,
            "importer": _TEXT,
            "recorded": _NUMBER,
            "std_error": _NUMBER,
            "recorded_as": _TEXT,
            "value": _NUMBER,
            "note": _TEXT,
            "source": _TEXT,
        },
    ),
}


def facts(name: str) -> pl.DataFrame:
    """Return a table of facts.

    Parameters
    ----------
    name : str
        A key of `FACTS`: ``"production"``, ``"reserves"``, ``"prices"``, ``"quotas"``, ``"margins"``,
        ``"stage_shares"``, ``"large_flows"``, ``"policy_events"``, ``"hubs"``, ``"elasticities"``, …

    Returns
    -------
    polars.DataFrame
        The columns named in ``FACTS[name]``, units in the column names; countries are ISO3.

    Raises
    ------
    InputError
        Unknown table.
    """
    if name not in FACTS:
        raise InputError(f"unknown table of facts {name!r}", remedy=f"use one of {', '.join(FACTS)}")
    return pl.concat([table(file, FACTS[name].columns) for file in FACTS[name].files])
