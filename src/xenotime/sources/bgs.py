"""British Geological Survey, World Mineral Statistics: output by country and year, into table ``production``.

Reads the answer of the Survey's OGC API (GeoJSON) and CSV of the same columns. For rare earths only the table
"Production of rare earth oxides" is read: "Production of rare earth minerals" gives tonnes of mineral concentrates,
which are not comparable and overlap with it. Years of some countries are financial years (the notes of the source
say which); they are taken as the calendar year named.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import SourceError
from xenotime.reference import to_iso3
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW, open_table, require_file
from xenotime.sources._whole import is_blank, number, piece, require, unknown_country
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="bgs",
    title="World Mineral Statistics",
    producer="British Geological Survey",
    licence="Open Government Licence v3.0; contains British Geological Survey materials © UKRI",
    url="https://www.bgs.ac.uk/mineralsuk/statistics/world-mineral-statistics",
    citation="British Geological Survey, World Mineral Statistics data",
    tables=("production",),
    absence="unknown: not listed, not zero",
)
#: Commodity as the Survey names it, to ours, the stage, and what its tonnes measure.
COMMODITIES = {"rare earth oxides": ("rare_earths", "mine", "REO content")}
COLUMNS = ("year", "country_iso3_code", "country_trans", "bgs_commodity_trans", "units", "quantity")
NOTE_CODE = "concat_figure_notes_code"
#: Mark of an estimate among the note codes ("*|b").
ESTIMATE = "*"


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download the Survey's series; see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("bgs", folder, **options)


def parse(path: Path, *, version: str | None = None) -> Iterator[Parsed]:
    """Read a file and yield one piece of table ``production``.

    Parameters
    ----------
    path : Path
        ``.json`` or ``.geojson`` of the API, ``.csv`` (also ``.gz``), ``.parquet``.
    version : str, optional
        Default: "to 2023", the last year in the file.

    Raises
    ------
    InputError
        No such file.
    SourceError
        Not of this layout, without the table of rare earth oxides, or cut off by the API's limit of rows.
    """
    path = Path(path)
    rows = _read(path)
    columns = [name for name in rows.columns if name != ROW]
    require(columns, COLUMNS, where=str(path), what="the Survey's mineral statistics")
    if NOTE_CODE not in columns:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(NOTE_CODE))
    ours = pl.col("bgs_commodity_trans").is_in(list(COMMODITIES))
    if "bgs_statistic_type_trans" in columns:
        ours = ours & (pl.col("bgs_statistic_type_trans") == "Production")
    kept = rows.filter(ours)
    if kept.is_empty():
        raise SourceError(
            f"no production of {', '.join(COMMODITIES)} in it", where=str(path), remedy="fetch that table"
        )
    notes = []
    if kept.height < rows.height:
        notes.append(f"{rows.height - kept.height:,} rows of other tables (minerals, trade) left out")
    blank = kept.filter(is_blank("quantity")).height
    if blank:
        notes.append(f"{blank:,} rows without a quantity left out")
    kept = kept.filter(~is_blank("quantity"))
    code = to_iso3(kept["country_iso3_code"], "iso3")
    kept = kept.with_columns(
        code.fill_null(to_iso3(kept["country_trans"], "name")).alias("_country"),
        pl.col("year").str.slice(0, 4).cast(pl.Int16, strict=False).alias("_year"),
    )
    rules = [
        unknown_country("_country", "country_trans"),
        Rule(~pl.col("_year").is_between(1900, 2100).fill_null(False), "year", pl.col("year"), "not a year", "mend it"),
        Rule(
            ~pl.col("units").str.starts_with("tonnes").fill_null(False),
            "units",
            pl.col("units"),
            "not in tonnes",
            "convert to metric tonnes",
        ),
        Rule(
            ~(number("quantity") >= 0).fill_null(False),
            "quantity",
            pl.col("quantity"),
            "not a number, or negative",
            "mend the value",
        ),
    ]
    last = kept.select(pl.col("_year").max()).item()

    def of(position: int) -> pl.Expr:
        named = {commodity: values[position] for commodity, values in COMMODITIES.items()}
        return pl.col("bgs_commodity_trans").replace_strict(named, return_dtype=pl.String)

    yield piece(
        kept,
        rules,
        {
            "year": pl.col("_year"),
            "country": pl.col("_country"),
            "commodity": of(0),
            "stage": of(1),
            "quantity_t": number("quantity"),
            "basis": of(2),
            "estimated": pl.col(NOTE_CODE).fill_null("").str.contains(ESTIMATE, literal=True),
        },
        name="production",
        columns=columns,
        info=INFO,
        version=version or f"to {last}",
        path=path,
        notes=notes,
        note="some countries by financial year",
    )


def _read(path: Path) -> pl.DataFrame:
    if path.suffix.lower() not in (".json", ".geojson"):
        return pl.concat(list(open_table(path).batches()))
    require_file(path)
    try:
        answer: Any = json.loads(path.read_bytes())
    except ValueError as error:
        raise SourceError(f"not JSON: {error}", where=str(path), remedy="download it again, whole") from error
    features = answer.get("features") if isinstance(answer, dict) else None
    if not features:
        raise SourceError("no features in the answer", where=str(path), remedy="check the commodity asked for")
    matched = int(answer.get("numberMatched", len(features)))
    if matched > len(features):
        raise SourceError(
            f"{len(features):,} of {matched:,} rows: the answer was cut off by the limit asked for",
            where=str(path),
            remedy="fetch with a higher limit",
        )
    records = [feature.get("properties", {}) for feature in features]
    names = list(dict.fromkeys(name for record in records for name in record))
    values = {name: [None if record.get(name) is None else str(record[name]) for record in records] for name in names}
    return pl.DataFrame(values, schema=dict.fromkeys(names, pl.String)).with_columns(pl.lit(None, pl.Int64).alias(ROW))
