"""US Geological Survey, Mineral Commodity Summaries: mine and refinery output and reserves, into table ``production``.

The layout changes with every edition, so the file's own columns decide how it is read:

- 2022–2024, one file a commodity: *salient* (United States, five years) and *world* (two years and reserves);
- 2025, all commodities: ``MCS2025_World_Data.csv``;
- 2026, one long table of all chapters.

Producers revise: the edition is the version, and editions are never mixed. A figure above a bound (``>540``), a range,
withheld (``W``) or merely "small" is no number and is set aside; a dash is zero.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, SourceError
from xenotime.reference import to_iso3
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW, require_file
from xenotime.sources._whole import no_country, number, piece, unknown_country
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="usgs",
    title="Mineral Commodity Summaries",
    producer="U.S. Geological Survey, National Minerals Information Center",
    licence="Public domain (U.S. Government work)",
    url="https://www.usgs.gov/centers/national-minerals-information-center/mineral-commodity-summaries",
    citation="U.S. Geological Survey, Mineral Commodity Summaries",
    tables=("production",),
    absence="unknown: small producers stand under 'other countries'",
)
#: Commodity as the Survey names it (lower case) to ours, and what its tonnes measure.
COMMODITIES = {
    "rare earths": ("rare_earths", "REO content"),
    "cobalt": ("cobalt", "metal content"),
    "lithium": ("lithium", "metal content"),
    "graphite": ("graphite", "gross weight"),
    "graphite (natural)": ("graphite", "gross weight"),
    "gallium": ("gallium", "metal content"),
    "germanium": ("germanium", "metal content"),
    "tungsten": ("tungsten", "metal content"),
}
#: What a statistic is called, in lower case, to the stage of the chain.
STAGES = {
    "mine production": "mine",
    "refinery production": "refinery",
    "primary production": "refinery",
    "reserves": "reserves",
}
#: How many tonnes a unit is.
TONNES = {"metric tons": 1.0, "thousand metric tons": 1e3, "kilograms": 1e-3, "t": 1.0}
_DASHES = ("—", "–", "-", "--")
_UNKNOWN = ("", "NA", "N/A", "XX")


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download the editions in the address book; see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("usgs", folder, **options)


def parse(path: Path, *, version: str | None = None) -> Iterator[Parsed]:
    """Read one file of an edition and yield one piece of table ``production``.

    Parameters
    ----------
    path : Path
        ``.csv``, as the Survey publishes it.
    version : str, optional
        Default: the edition, as the file or its name says it ("MCS2026"; "MCS2024 salient" for the file of the
        United States, whose figures the world file of the edition repeats).

    Yields
    ------
    Parsed
        Stages "mine", "refinery" and "reserves". World totals and "other countries" are left out and counted.

    Raises
    ------
    InputError
        No such file; the edition is neither in the file nor in its name.
    SourceError
        A layout that no edition read here has, or nothing on the commodities of `COMMODITIES`.
    """
    path = Path(path)
    rows = _read(path)
    columns = [name for name in rows.columns if name != ROW]
    layout = next((layout for layout in LAYOUTS if layout.fits(columns)), None)
    if layout is None:
        raise SourceError(
            "not a layout of the Mineral Commodity Summaries that is read here: " + ", ".join(columns[:8]),
            where=str(path),
            remedy="editions 2022 to 2026 are read; map the columns of another with --source table",
        )
    edition = version or _edition(rows, path)
    if isinstance(layout, Salient):  # names rows that the world file of the edition names too
        edition = f"{edition} salient"
    cells = layout.cells(rows, columns, edition).with_columns(pl.col("_value").str.strip_chars().fill_null(""))
    notes: list[str] = []
    cells = _left_out(cells, pl.col("_commodity").is_null(), "of other commodities or statistics", notes)
    cells = _left_out(cells, pl.col("_value").is_in(_UNKNOWN), "without a figure", notes)
    if cells.is_empty():
        raise SourceError("nothing on " + ", ".join(COMMODITIES), where=str(path), remedy="give another file")
    name = cells["_name"].map_elements(_mended, return_dtype=pl.String)
    cells = cells.with_columns(name.alias("_name"), to_iso3(name, "name").alias("_country"))
    total = no_country(cells["_name"], "name") | cells["_name"].str.to_lowercase().str.contains("^(world|other)")
    cells = _left_out(cells, pl.lit(total), "of world totals and other countries", notes)
    is_zero = pl.col("_value").is_in(_DASHES)
    quantity = pl.when(is_zero).then(pl.lit(0.0)).otherwise(number("_value"))
    tonnes = pl.col("_unit").replace_strict(TONNES, default=None, return_dtype=pl.Float64)
    rules = [
        unknown_country("_country", layout.country),
        Rule(quantity.is_null(), layout.figure, pl.col("_value"), "not one number (a bound, a range, withheld)",
             "none needed: the Survey gives no figure"),
        Rule(quantity < 0, layout.figure, pl.col("_value"), "negative", "mend the value"),
        Rule(tonnes.is_null(), layout.figure, pl.col("_unit"), "unknown unit", "convert to metric tons"),
    ]  # fmt: skip
    yield piece(
        cells,
        rules,
        {
            "year": pl.col("_year"),
            "country": pl.col("_country"),
            "commodity": pl.col("_commodity"),
            "stage": pl.col("_stage"),
            "quantity_t": quantity * tonnes,
            "basis": pl.col("_basis"),
            "estimated": pl.col("_estimated"),
        },
        name="production",
        columns=columns,
        info=INFO,
        version=edition,
        path=path,
        notes=notes,
        note="the latest year of an edition is an estimate",
    )


def _left_out(cells: pl.DataFrame, out: pl.Expr, what: str, notes: list[str]) -> pl.DataFrame:
    kept = cells.filter(~out)
    if kept.height < cells.height:
        notes.append(f"{cells.height - kept.height:,} cells {what} left out")
    return kept


def _read(path: Path) -> pl.DataFrame:
    require_file(path)
    content = path.read_bytes()
    if b"\0" in content[:65_536]:
        raise SourceError(
            "not a text file", where=str(path), remedy="give the Survey's CSV; unpack a zip, save a sheet as CSV"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    try:
        return pl.read_csv(
            io.StringIO(text), infer_schema=False, row_index_name=ROW, row_index_offset=2, truncate_ragged_lines=True
        )
    except pl.exceptions.PolarsError as error:
        raise SourceError(
            f"cannot be read: {str(error).splitlines()[0]}", where=str(path), remedy="download it again"
        ) from error


def _edition(rows: pl.DataFrame, path: Path) -> str:
    named = [rows[column][0] for column in ("DataSource", "Source", "SOURCE") if column in rows.columns and len(rows)]
    for text in (*named, path.name):
        found = re.search(r"mcs[ _]?(20\d\d)", str(text), re.IGNORECASE)
        if found:
            return f"MCS{found.group(1)}"
    raise InputError(
        "neither the file nor its name says which edition it is",
        where=str(path),
        remedy="give it with --version, e.g. MCS2026",
    )


def _mended(name: str) -> str:
    """Undo UTF-8 that was read as Latin-1 ("CÃ´te"), and blanks that are not plain ones."""
    with contextlib.suppress(UnicodeError):
        name = name.encode("latin-1").decode("utf-8")
    return re.sub(r"\s+", " ", name).strip()


def _commodity(column: str, position: int) -> pl.Expr:
    named = {name: values[position] for name, values in COMMODITIES.items()}
    return pl.col(column).str.strip_chars().str.to_lowercase().replace_strict(
        named, default=None, return_dtype=pl.String
    )  # fmt: skip


def _stage(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars().str.to_lowercase()
    return pl.coalesce(pl.when(text.str.starts_with(words)).then(pl.lit(stage)) for words, stage in STAGES.items())


def _only_known(cells: pl.DataFrame) -> pl.DataFrame:
    """Leave `_commodity` only where there is a stage too."""
    return cells.with_columns(pl.when(pl.col("_stage").is_not_null()).then(pl.col("_commodity")).alias("_commodity"))


@dataclass(frozen=True)
class Layout:
    """One layout of the Survey's files: the columns it must have, those of country and figure, and how to read them."""

    needs: tuple[str, ...]
    country: str
    figure: str

    def fits(self, columns: list[str]) -> bool:
        """Return whether the file has the layout's columns."""
        return all(name in columns for name in self.needs)

    def cells(self, rows: pl.DataFrame, columns: list[str], edition: str) -> pl.DataFrame:
        """Return one row a figure, with `_name, _commodity, _basis, _stage, _year, _value, _unit, _estimated`."""
        raise NotImplementedError


class Salient(Layout):
    """2022–2024, the United States over five years; the last is an estimate."""

    def cells(self, rows: pl.DataFrame, columns: list[str], edition: str) -> pl.DataFrame:
        """See `Layout`."""
        year = pl.col("Year").cast(pl.Int16, strict=False)
        return rows.with_columns(
            pl.lit("United States").alias("_name"),
            _commodity("Commodity", 0).alias("_commodity"),
            _commodity("Commodity", 1).alias("_basis"),
            pl.lit("mine").alias("_stage"),
            year.alias("_year"),
            pl.col("USprod_Concentrate_t").alias("_value"),
            pl.lit("metric tons").alias("_unit"),
            (year == year.max()).alias("_estimated"),
        )


class World(Layout):
    """2022–2025, countries in rows, years in column names: ``Prod_t_est_2022``, ``PROD_EST_ 2024``, ``Reserves_t``."""

    def cells(self, rows: pl.DataFrame, columns: list[str], edition: str) -> pl.DataFrame:
        """See `Layout`."""
        given = {column.lower(): column for column in columns}
        notes = pl.col(given.get("prod_notes", columns[0])).fill_null("")
        parts = []
        for lower, column in given.items():
            production = re.fullmatch(r"prod_(?:t_|kt_)?(est_)?\s*(20\d\d)", lower)
            reserves = re.fullmatch(r"reserves(?:_t|_kt)?_?\s*(20\d\d)?", lower)
            if production:
                year, stage = int(production.group(2)), _stage(given["type"])
                estimated = pl.lit(bool(production.group(1))) | notes.str.contains(f"(?i)estimated (for )?{year}")
            elif reserves:
                year, stage = int(reserves.group(1) or int(edition[3:]) - 1), pl.lit("reserves")
                estimated = pl.lit(False)
            else:
                continue
            unit = pl.col(given["unit_meas"]) if "unit_meas" in given else pl.lit("kt" if "kt" in lower else "t")
            parts.append(
                rows.with_columns(
                    pl.col(given["country"]).alias("_name"),
                    _commodity(given.get("commodity", ""), 0).alias("_commodity")
                    if "commodity" in given
                    else pl.lit("rare_earths").alias("_commodity"),
                    _commodity(given["commodity"], 1).alias("_basis")
                    if "commodity" in given
                    else pl.lit("REO content").alias("_basis"),
                    stage.alias("_stage"),
                    pl.lit(year, pl.Int16).alias("_year"),
                    pl.col(column).alias("_value"),
                    unit.str.strip_chars().alias("_unit"),
                    estimated.alias("_estimated"),
                )
            )
        cells = _only_known(pl.concat(parts))
        # Reserves belong to the rows of mine production; those of another statistic repeat or lack them.
        return cells.filter((pl.col("_stage") != "reserves") | (_stage(given["type"]) == "mine"))


class Long(Layout):
    """2026, one figure a row."""

    def cells(self, rows: pl.DataFrame, columns: list[str], edition: str) -> pl.DataFrame:
        """See `Layout`."""
        world = pl.col("Section").str.starts_with("World").fill_null(False)
        return _only_known(
            rows.with_columns(
                pl.col("Country").alias("_name"),
                pl.when(world).then(_commodity("Commodity", 0)).alias("_commodity"),
                _commodity("Commodity", 1).alias("_basis"),
                _stage("Statistics_detail").alias("_stage"),
                pl.col("Year").cast(pl.Int16, strict=False).alias("_year"),
                pl.col("Value").alias("_value"),
                pl.col("Unit").str.strip_chars().alias("_unit"),
                pl.col("Notes").fill_null("").str.starts_with("Estimated").alias("_estimated"),
            )
        )


LAYOUTS: tuple[Layout, ...] = (
    Salient(("DataSource", "Commodity", "Year", "USprod_Concentrate_t"), "Commodity", "USprod_Concentrate_t"),
    World(("Source", "Country", "Type"), "Country", "Prod_t, Reserves_t"),
    World(("SOURCE", "COMMODITY", "COUNTRY", "TYPE", "UNIT_MEAS"), "COUNTRY", "PROD, RESERVES"),
    Long(("MCS chapter", "Section", "Commodity", "Country", "Unit", "Year", "Value", "Notes"), "Country", "Value"),
)
