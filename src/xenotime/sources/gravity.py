"""CEPII Gravity: what stands between two countries, year by year (V202211: 1948–2021, 87 columns).

Conte, Cotterlaz and Mayer (2022), "The CEPII Gravity database", CEPII Working Paper 2022-05. States that split or
merged stand in it twice in the years around (DEU.1 and DEU.2, SDN, YEM, …): only pairs of which both countries exist
that year are kept. The distance is `distw_harmonic`, the one its authors recommend. Trade, GDP and membership columns
are not kept: they have better sources here.
"""

import zipfile
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import SourceError
from xenotime.reference import to_iso3
from xenotime.schema import empty
from xenotime.sources._rows import Rule
from xenotime.sources._scratch import scratch_folder
from xenotime.sources._tabular import ROW, TextTable, open_table
from xenotime.sources._whole import flag, is_blank, number, piece, require, unknown_country
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="gravity",
    title="CEPII Gravity",
    producer="CEPII",
    licence="Etalab Open Licence 2.0",
    url="http://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=8",
    citation="Conte, M., Cotterlaz, P. and Mayer, T. (2022), The CEPII Gravity database, CEPII Working Paper 2022-05",
    tables=("dyads",),
    absence="a pair that is not listed is unknown",
)
COLUMNS = (
    *("year", "iso3_o", "iso3_d", "country_exists_o", "country_exists_d"),
    *("distw_harmonic", "distcap", "contig", "comlang_off", "col_dep_ever", "fta_wto"),
)


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download the database (about 200 MB zipped); see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("gravity", folder, **options)


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read the database and yield one piece of table ``dyads`` a year.

    Parameters
    ----------
    path : Path
        CEPII's zip, or the CSV in it.
    version : str, optional
        Default: as the file name says ("V202211").
    years : collection of int, optional
        Only these years.

    Raises
    ------
    SourceError
        Not Gravity of this layout (V202102 and before have other columns), or damaged.
    """
    path = Path(path)
    with scratch_folder() as scratch:
        kept, vanished = _read(_unpacked(path, scratch), path, years)
    if kept.is_empty():
        raise SourceError(
            "no pair of existing countries in the years asked for", where=str(path), remedy="check the years"
        )
    kept = kept.with_columns(
        to_iso3(kept["iso3_o"], "iso3").alias("_exporter"), to_iso3(kept["iso3_d"], "iso3").alias("_importer")
    )
    rules = [unknown_country("_exporter", "iso3_o"), unknown_country("_importer", "iso3_d")]
    for column in ("distw_harmonic", "distcap"):
        wrong = ~is_blank(column) & ~(number(column) >= 0).fill_null(False)
        rules.append(Rule(wrong, column, pl.col(column), "not a distance", "write kilometres, or leave it empty"))
    whole = piece(
        kept,
        rules,
        {
            "year": number("year"),
            "exporter": pl.col("_exporter"),
            "importer": pl.col("_importer"),
            "distance_km": number("distw_harmonic"),
            "distance_capitals_km": number("distcap"),
            "contiguous": flag("contig"),
            "common_language": flag("comlang_off"),
            "colonial_tie": flag("col_dep_ever"),
            "trade_agreement": flag("fta_wto"),
        },
        name="dyads",
        columns=COLUMNS,
        info=INFO,
        version=version or _version(path),
        path=path,
        notes=(f"{vanished:,} rows of countries that did not exist that year left out",) if vanished else (),
        note="harmonic mean of distances between main cities, weighted by population",
    )
    quarantine, notes = whole.quarantine, whole.notes
    for (year,), frame in sorted(whole.frame.partition_by("year", as_dict=True).items()):
        yield replace(
            whole,
            frame=frame,
            quarantine=quarantine,
            notes=notes,
            year=int(year),
            provenance=replace(whole.provenance, years=(int(year), int(year))),
        )
        quarantine, notes = empty("quarantine"), ()


def _version(path: Path) -> str:
    parts = path.name.split(".")[0].split("_")
    return next((part for part in parts if part.startswith("V") and part[1:7].isdigit()), "V202211")


def _unpacked(path: Path, scratch: Path) -> Path:
    """Return the CSV: the path itself, or the member of the zip that holds the pairs, unpacked beside nothing."""
    if path.suffix.lower() != ".zip" or not path.is_file():
        return path
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if Path(name).name.startswith("Gravity_V")]
            if not members:
                raise SourceError(
                    "no Gravity_V….csv in the zip",
                    where=str(path),
                    remedy="give Gravity_csv_V202211.zip as CEPII ships it",
                )
            return Path(archive.extract(members[0], scratch))
    except (zipfile.BadZipFile, EOFError) as error:
        raise SourceError("the zip is damaged or cut off", where=str(path), remedy="download it again") from error


def _read(csv: Path, path: Path, years: Collection[int] | None) -> tuple[pl.DataFrame, int]:
    """Return the columns needed of pairs that exist, and the number of rows of pairs that do not."""
    opened = open_table(csv)
    require(opened.columns, COLUMNS, where=str(path), what="CEPII Gravity V202211")
    needed = TextTable(csv, COLUMNS, opened.rows.select(ROW, *COLUMNS))
    parts, vanished = [pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(COLUMNS, pl.String)})], 0
    for batch in needed.batches():
        asked = batch if years is None else batch.filter(number("year").is_in([float(year) for year in years]))
        exists = asked.filter(flag("country_exists_o") & flag("country_exists_d"))
        vanished += asked.height - exists.height
        parts.append(exists.cast({ROW: pl.UInt32}))
    return pl.concat(parts), vanished
