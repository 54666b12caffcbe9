"""CEPII GeoDist: distance, border, language and colonial ties of country pairs, the same for every year.

Mayer and Zignago (2011), "Notes on CEPII's distances measures: the GeoDist database", CEPII Working Paper 2011-25.
Reads `dist_cepii` as CEPII ships it for Stata (``.dta``) or saved as CSV. The distance taken is `distw`, between the
main cities of two countries weighted by population (arithmetic mean); `distwces` (harmonic) is not kept. Country codes
of 2011 (ROM, ZAR, TMP, PAL) are brought up to date. YUG, there the Serbia and Montenegro of before 2006 placed at
Belgrade, is read as Serbia, which GeoDist does not have otherwise.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, SourceError
from xenotime.reference import to_iso3
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import flag, is_blank, number, piece, require, unknown_country
from xenotime.sources._whole_files import read_whole
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="geodist",
    title="CEPII GeoDist",
    producer="CEPII",
    licence="Etalab Open Licence 2.0",
    url="http://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=6",
    citation="Mayer, T. and Zignago, S. (2011), Notes on CEPII's distances measures, CEPII Working Paper 2011-25",
    tables=("dyads",),
    absence="a pair that is not listed is unknown",
)
#: Columns of the other file of GeoDist, that of countries.
GEO = ("iso3", "lat", "lon")
COLUMNS = ("iso_o", "iso_d", "contig", "comlang_off", "colony", "distcap", "distw")


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download GeoDist's file of pairs; see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("geodist", folder, **options)


def parse(path: Path, *, version: str | None = None) -> Iterator[Parsed]:
    """Read `dist_cepii` and yield one piece of table ``dyads``, without years.

    Parameters
    ----------
    path : Path
        ``.dta``, ``.csv`` (also ``.gz``) or ``.parquet``.
    version : str, optional
        Default "2011", the year of the release.

    Raises
    ------
    InputError
        No such file, or a workbook.
    SourceError
        Not GeoDist, or damaged.
    """
    path = Path(path)
    rows = _read(path)
    columns = [name for name in rows.columns if name != ROW]
    if set(GEO) <= set(columns):
        raise SourceError(
            "this is GeoDist's file of countries (geo_cepii); distances stand in its file of pairs, dist_cepii",
            where=str(path),
            remedy="xenotime fetch geodist, or take dist_cepii.dta from the same page",
        )
    require(columns, COLUMNS, where=str(path), what="GeoDist's file of pairs (dist_cepii)")
    notes = []
    if "YUG" in rows["iso_o"]:
        rows = rows.with_columns(pl.col("iso_o", "iso_d").replace("YUG", "SRB"))
        notes.append("YUG (Serbia and Montenegro, placed at Belgrade) read as Serbia; Montenegro is not in GeoDist")
    rows = rows.with_columns(
        to_iso3(rows["iso_o"], "iso3").alias("_exporter"), to_iso3(rows["iso_d"], "iso3").alias("_importer")
    )
    rules = [unknown_country("_exporter", "iso_o"), unknown_country("_importer", "iso_d")]
    for column in ("distw", "distcap"):
        wrong = ~is_blank(column) & ~(number(column) >= 0).fill_null(False)
        rules.append(Rule(wrong, column, pl.col(column), "not a distance", "write kilometres, or leave it empty"))
    yield piece(
        rows,
        rules,
        {
            "year": pl.lit(None),
            "exporter": pl.col("_exporter"),
            "importer": pl.col("_importer"),
            "distance_km": number("distw"),
            "distance_capitals_km": number("distcap"),
            "contiguous": flag("contig"),
            "common_language": flag("comlang_off"),
            "colonial_tie": flag("colony"),
            "trade_agreement": pl.lit(None),
        },
        name="dyads",
        columns=columns,
        info=INFO,
        version=version or "2011",
        path=path,
        notes=notes,
        note="distance between main cities, weighted by population; a country's distance to itself is its inner one",
    )


def _read(path: Path) -> pl.DataFrame:
    if path.suffix.lower() in (".zip", ".xls"):
        raise InputError(
            "CEPII's zip holds an old Excel workbook, which is not read",
            where=str(path),
            remedy="take dist_cepii.dta from the same page, or save the workbook as CSV",
        )
    return read_whole(path)
