"""The three layouts in which WITS hands out TRAINS tariffs, brought to one table of strings (`COLUMNS`).

- Answers of the API in SDMX-JSON. Their structure names the dimensions in another order than the keys of the series
  have (product and partner stand exchanged); which order is meant is told by the number of values of each.
- Results of an Advanced Query, as CSV.
- Bulk files (AVEMFN, AVEPref and their like), as CSV.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import SourceError
from xenotime.sources._tabular import ROW, open_table, require_file

#: Reporter and partner by code and by name; product; year; duty type; simple average in per cent; vintage (H0 to H6);
#: lines of the national tariff in all, and those without an ad-valorem rate; reported, or with estimated equivalents.
COLUMNS = (
    "reporter", "reporter_name", "partner", "partner_name", "product", "year", "duty", "average", "nomenclature",
    "lines", "lines_without_rate", "datatype",
)  # fmt: skip
ADVANCED = {
    "Reporter": "reporter",
    "Reporter Name": "reporter_name",
    "Partner": "partner",
    "Partner Name": "partner_name",
    "Product": "product",
    "Tariff Year": "year",
    "Duty Type": "duty",
    "Simple Average": "average",
    "Native Nomen": "nomenclature",
    "Nbr of Total Lines": "lines",
    "Nbr of NA Lines": "lines_without_rate",
}
BULK = {
    "Reporter_ISO_N": "reporter",
    "Partner": "partner",
    "ProductCode": "product",
    "Year": "year",
    "SimpleAverage": "average",
    "NomenCode": "nomenclature",
    "TotalNoOfLines": "lines",
    "Nbr_NA_Lines": "lines_without_rate",
}
#: What a layout must have to be told by.
ESSENTIAL = ("reporter", "product", "year", "average")
PRODUCT, PARTNER = "PRODUCTCODE", "PARTNER"
DIMENSIONS = {"REPORTER": "reporter", PARTNER: "partner", PRODUCT: "product", "DATATYPE": "datatype"}
ATTRIBUTES = {
    "TARIFFTYPE": "duty",
    "NOMENCODE": "nomenclature",
    "TOTALNOOFLINES": "lines",
    "NBR_NA_LINES": "lines_without_rate",
}


def read(path: Path) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows as `COLUMNS` and the line number, and notes.

    Raises
    ------
    InputError
        No such file.
    SourceError
        None of the three layouts, an error message of the API, or damaged.
    """
    require_file(path)
    if path.suffix.lower() == ".json":
        return _from_api(path)
    if path.suffix.lower() == ".xml":
        raise SourceError("SDMX-ML is not read", where=str(path), remedy="ask the API for JSON (format=JSON)")
    rows = pl.concat(list(open_table(path).batches()))
    for layout in (ADVANCED, BULK):
        given = {column: ours for column, ours in layout.items() if column in rows.columns}
        if set(ESSENTIAL) <= set(given.values()):
            return _whole(rows.select(ROW, *given).rename(given), layout), []
    raise SourceError(
        "neither the result of an Advanced Query nor a bulk file of TRAINS: it has "
        + ", ".join(name for name in rows.columns if name != ROW),
        where=str(path),
        remedy=f"it needs the columns {', '.join(ADVANCED)}",
    )


def _whole(rows: pl.DataFrame, layout: Mapping[str, str]) -> pl.DataFrame:
    """Add the columns a layout leaves out; a bulk file without a type of duty says it by its partner."""
    blank = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in rows.columns]
    rows = rows.with_columns(blank)
    if layout is BULK:
        preferred = pl.col("partner").is_not_null() & ~pl.col("partner").is_in(["000", "0", "WLD"])
        rows = rows.with_columns(pl.when(preferred).then(pl.lit("PREF")).otherwise(pl.lit("MFN")).alias("duty"))
    return rows.select(ROW, *COLUMNS)


def _from_api(path: Path) -> tuple[pl.DataFrame, list[str]]:
    try:
        answer: Any = json.loads(path.read_bytes())
    except ValueError as error:
        raise SourceError(f"not JSON: {error}", where=str(path), remedy="download it again, whole") from error
    try:
        structure, series = answer["structure"], answer["dataSets"][0]["series"]
        dimensions = structure["dimensions"]["series"]
        (time,) = structure["dimensions"]["observation"]
        attributes = structure["attributes"]["observation"]
        names = [str(one["id"]).upper() for one in dimensions]
        keys = [tuple(int(part) for part in key.split(":")) for key in series]
        order, notes = _order(names, [len(one["values"]) for one in dimensions], keys)
        rows = [
            row
            for key, one in zip(keys, series.values())
            for row in _observations([dimensions[k]["values"] for k in order], [names[k] for k in order], key, one,
                                     time["values"], attributes)
        ]  # fmt: skip
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(
            f"not an answer of the tariff API of WITS in SDMX-JSON ({type(error).__name__}: {error})",
            where=str(path),
            remedy="check reporter, partner, product and year of the request, and ask again with format=JSON",
        ) from error
    if not rows:
        raise SourceError("the answer holds no rates", where=str(path), remedy="check product and year of the request")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    return frame.with_columns(pl.lit(None, pl.Int64).alias(ROW)).select(ROW, *COLUMNS), notes


def _order(names: Sequence[str], sizes: Sequence[int], keys: Sequence[tuple[int, ...]]) -> tuple[list[int], list[str]]:
    """Return, for each place of a key, the dimension it stands for.

    WITS lists the product behind the partner and writes it before. The order in which every list is used up to its end
    is the right one; where both are, the one WITS was seen to write.
    """
    stated = list(range(len(names)))
    if not {PRODUCT, PARTNER} <= set(names):
        raise ValueError(f"dimensions {', '.join(names)}")
    exchanged = list(stated)
    a, b = names.index(PRODUCT), names.index(PARTNER)
    exchanged[a], exchanged[b] = exchanged[b], exchanged[a]
    ends = [max((key[place] for key in keys), default=0) + 1 for place in stated]
    fits = {
        name: all(end == sizes[k] for end, k in zip(ends, order))
        for name, order in (("stated", stated), ("exchanged", exchanged))
    }
    possible = {
        name: all(end <= sizes[k] for end, k in zip(ends, order))
        for name, order in (("stated", stated), ("exchanged", exchanged))
    }
    if fits["stated"] and not fits["exchanged"]:
        return stated, []
    if possible["exchanged"]:
        same = ends[a] == ends[b] == 1
        note = "product and partner stand exchanged in the keys of this answer, as WITS writes them"
        return exchanged, [] if same else [note]
    return stated, []


def _observations(
    values: Sequence[Sequence[Mapping[str, Any]]],
    names: Sequence[str],
    key: tuple[int, ...],
    one: Mapping[str, Any],
    years: Sequence[Mapping[str, Any]],
    attributes: Sequence[Mapping[str, Any]],
) -> list[tuple[str | None, ...]]:
    """Return the rows of one series, one a year."""
    found: dict[str, str | None] = {}
    for name, known, place in zip(names, values, key):
        if name in DIMENSIONS:
            ours = DIMENSIONS[name]
            found[ours] = str(known[place]["id"])
            if f"{ours}_name" in COLUMNS:
                found[f"{ours}_name"] = str(known[place].get("name", ""))
    rows = []
    for when, observed in one["observations"].items():
        row = {**found, "year": str(years[int(when)]["id"])[:4]}
        row["average"] = None if observed[0] is None else str(observed[0])
        for attribute, given in zip(attributes, observed[1:]):
            ours = ATTRIBUTES.get(str(attribute["id"]).upper(), "")
            if ours:
                row[ours] = _meant(attribute["values"], given)
        rows.append(tuple(row.get(name) for name in COLUMNS))
    return rows


def _meant(values: Sequence[Mapping[str, Any]], given: Any) -> str | None:
    """Return what an attribute's number stands for: a place in its list of values."""
    if given is None:
        return None
    return str(values[int(given)]["id"]) if isinstance(given, int) and given < len(values) else str(given)
