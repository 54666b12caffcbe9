"""Small pieces of flows to put into a store."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from xenotime.core import Provenance
from xenotime.schema import TABLES, empty
from xenotime.store import writer

CODES = ("280530", "284610", "284690", "850511")


@dataclass(frozen=True)
class Parcel:
    """What `xenotime.store` takes in; the sources' own `Parsed` has the same fields."""

    table: str
    frame: pl.DataFrame
    quarantine: pl.DataFrame
    provenance: Provenance
    file: str
    sha256: str
    year: int | None
    hs_version: str = ""
    notes: tuple[str, ...] = ()
    limits: str = ""


def flows(year: int, rows: list[tuple[str, str, str, float, float | None]], version: str = "V1") -> pl.DataFrame:
    return pl.DataFrame(
        [
            (year, exporter, importer, hs6, "HS17", value, mass, "published", "zero", "baci", version)
            for exporter, importer, hs6, value, mass in rows
        ],
        schema=TABLES["flows"].dtypes,
        orient="row",
    )


def parcel(year: int, rows=None, *, version="V1", file=None, sha256="0" * 64, quarantine=None, limits="") -> Parcel:
    if rows is None:
        rows = [
            ("MMR", "CHN", "284690", 10.0 + year % 10, None),
            ("CHN", "JPN", "280530", 20.0, 1.5),
            ("CHN", "DEU", "850511", 30.0, 2.5),
        ]
    return Parcel(
        "flows",
        flows(year, rows, version),
        empty("quarantine") if quarantine is None else quarantine,
        Provenance("baci", version, years=(year, year), title="BACI"),
        file or f"BACI_HS17_Y{year}_{version}.csv",
        sha256,
        year,
        "HS17",
        limits=limits,
    )


def put_all(folder: Path, *parcels: Parcel) -> list[str]:
    with writer(folder) as work:
        return [work.put(one) for one in parcels]
