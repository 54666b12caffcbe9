"""BACI, the reconciled world trade of CEPII: one row a year, exporter, importer and six-digit product.

Gaulier and Zignago (2010), "BACI: International Trade Database at the Product-Level", CEPII working paper 2010-23.
Reads a release as CEPII ships it (the zip, the folder it unpacks to, one yearly CSV) into table ``flows``. Value is in
thousand current US dollars, mass in tonnes, as in the files. A pair that is absent traded nothing.

What stops the reading and what is set aside: a file that is broken as a whole (truncated, empty, a wrong header, a
year missing, a wrong vintage, more than 1 % bad rows) raises; single bad rows go to the quarantine.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, Provenance, SourceError, sha256_of
from xenotime.reference import HS_VERSIONS
from xenotime.schema import codes_asked, empty
from xenotime.sources._baci_codes import Products, products
from xenotime.sources._baci_faults import read_faulty, refuse_if_many, set_twins_aside
from xenotime.sources._baci_files import VERSION, Release, open_release
from xenotime.sources._baci_rows import COLUMNS, Rows, as_flows, beside, header_of, read_clean, sort_rows
from xenotime.sources._dates import beside_note
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="baci",
    title="BACI",
    producer="CEPII",
    licence="Etalab Open Licence 2.0",
    url="https://www.cepii.fr/DATA_DOWNLOAD/baci/doc/baci_webpage.html",
    citation=(
        "Gaulier, G. and Zignago, S. (2010), BACI: International Trade Database at the Product-Level. "
        "The 1994-2007 Version, CEPII Working Paper 2010-23"
    ),
    tables=("flows",),
    absence="zero: the table is complete",
)


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download the zip of a release; see `xenotime.sources._fetch.fetch_files`.

    Parameters
    ----------
    **options
        `hs_version` (``"HS92"`` … ``"HS22"``) and `version` (``"V202601"``).
    """
    from xenotime.sources._fetch import fetch_files

    _refuse_unknown(options)
    return fetch_files("baci", folder, **options)


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    """Refuse a vintage or version that no release can have, before the network is asked."""
    for name, said in options.items():
        for value in [said] if isinstance(said, str) else said if isinstance(said, Iterable) else [said]:
            if name == "hs_version" and value not in HS_VERSIONS:
                raise InputError(f"unknown HS vintage {value!r}", remedy=f"use one of {', '.join(HS_VERSIONS)}")
            if name == "version" and not re.fullmatch(VERSION, str(value)):
                raise InputError(f"{value!r} is not a version of BACI", remedy="write it as V202601")


def parse(
    path: Path,
    *,
    hs6: Collection[str] | None = None,
    years: Collection[int] | None = None,
    version: str | None = None,
    hs_version: str | None = None,
) -> Iterator[Parsed]:
    """Read a release and yield one piece a year, in the order of the years, holding one year at a time in memory.

    Parameters
    ----------
    path : Path
        ``BACI_HS17_V202601.zip``, a folder of yearly CSVs, or one yearly CSV. Product and country tables are found
        beside them.
    hs6 : collection of str, optional
        Keep these products only. Rows without one of these codes are not looked at, so their faults are not found.
    years : collection of int, optional
        Read these years only; each has to be there. Without it a gap between the first and the last is an error.
    version, hs_version : str, optional
        Choose among several releases in a folder; or say what a CSV with a name of your own holds.

    Yields
    ------
    Parsed
        Table ``flows``; its text columns are Enum, its rows in the order of product, exporter, importer, and every
        value satisfies the schema. The notes say what was summed, left out or read in another order.

    Raises
    ------
    InputError
        Wrong path or options.
    SourceError
        A file is broken as a whole; see the module.
    """
    asked = codes_asked(hs6)
    wanted = None if asked is None else frozenset(int(code) for code in asked)
    release = open_release(Path(path), version=version, hs_version=hs_version, years=years)
    allowed = products(release.products, release.product_table, release.hs_version)
    for year in release.years:
        if years is None or year in set(years):
            yield _year(release, year, allowed, wanted)


def _year(release: Release, year: int, allowed: Products, wanted: frozenset[int] | None) -> Parsed:
    provenance = Provenance(
        source=INFO.name,
        version=release.version,
        years=(year, year),
        title=INFO.title,
        citation=INFO.citation,
        licence=INFO.licence,
    )
    # The hash is taken beside the reading: both leave the other a core.
    with release.csv_of(year) as csv, ThreadPoolExecutor(1) as beside:
        digest = beside.submit(sha256_of, csv)
        header = header_of(csv)
        quarantine = empty("quarantine")
        rows = read_clean(csv, header, year, allowed, wanted)
        if rows is None:
            rows, quarantine = read_faulty(csv, header, year, allowed, wanted, provenance)
        _refuse_foreign(rows, allowed, release, csv)
        if not len(rows.product) and not rows.areas and wanted is None:
            raise SourceError("the file has a header and no rows", where=csv.name, remedy="download or unpack it again")
        notes = _notes(rows, header, release, csv, year)
        total = len(rows.product) + rows.areas + quarantine.height
        sorted_rows = sort_rows(rows, csv.name, year)
        if len(sorted_rows.twins):
            if not len(rows.line):
                del rows
                rows, quarantine = read_faulty(csv, header, year, allowed, wanted, provenance)
                sorted_rows = sort_rows(rows, csv.name, year)
            rows, twins = set_twins_aside(rows, sorted_rows.twins, csv, header, year, provenance)
            quarantine = pl.concat([quarantine, twins]).sort("row")
            refuse_if_many(quarantine, total, csv.name)
            sorted_rows = sort_rows(rows, csv.name, year)
        if sorted_rows.merged:
            notes.append(f"codes {', '.join(sorted_rows.merged)} stand for countries with several codes: summed")
        return Parsed(
            table="flows",
            frame=as_flows(sorted_rows.rows, year, release.hs_version, INFO.name, release.version),
            quarantine=quarantine,
            provenance=provenance,
            file=csv.name,
            sha256=digest.result(),
            year=year,
            hs_version=release.hs_version,
            notes=tuple(notes),
        )


def _refuse_foreign(rows: Rows, allowed: Products, release: Release, csv: Path) -> None:
    """Without a product table, refuse a file with a product its vintage does not have."""
    if not allowed.foreign:
        return
    found = sorted(code for code in allowed.foreign if (rows.product == code).any())
    if found:
        raise SourceError(
            f"holds {found[0]:06d}, which {release.hs_version} does not have: this is another vintage",
            where=csv.name,
            remedy="give the vintage the file really has, or bring the product table beside it",
        )


def _notes(rows: Rows, header: tuple[str, ...], release: Release, csv: Path, year: int) -> list[str]:
    notes = []
    if header != COLUMNS:
        notes.append(f"the columns stand in the order {','.join(header)}: read by name")
    if rows.areas:
        notes.append(
            f"{rows.areas:,} rows of regions that are not countries (areas n.e.s.) left out, "
            f"{rows.areas_value:,.0f} thousand USD in all"
        )
    dated, worth = beside(rows, year)
    if dated:
        notes.append(beside_note(dated, worth))
    if not release.product_table:
        notes.append("no product table beside the file: products checked for their form only")
    with csv.open("rb") as stream:
        stream.seek(-1, 2)
        if stream.read(1) != b"\n":
            notes.append("the last line has no line end: the file may have been cut off")
    return notes
