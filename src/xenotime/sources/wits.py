"""WITS, UNCTAD TRAINS: import duties by importer, exporter and six-digit heading, into table ``tariffs``.

Reads answers of the API (SDMX-JSON), results of an Advanced Query and bulk files (CSV); see `_wits_files`. A rate is
the simple average over the national tariff lines of a heading. Most-favoured-nation rates (MFN) hold for all exporters
and have none; preferential ones (PREF, PRF) and effectively applied ones (AHS) are stored as "applied", pair by pair;
bound rates (BND) are ceilings, not duties, and are left out.

Two traps. A line with a specific duty (so much a kilogram) has no rate in the data type "reported": a heading that has
only such lines stands as 0 in the file and is left out here, not free of duty; "aveestimated" holds equivalents. And
the European Union reports as one (918): its rates are given to the members of that year, the United Kingdom in 2020
among them, which kept the Union's tariff to the end of that year (Withdrawal Agreement, articles 126 and 127).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from xenotime import reference
from xenotime.core import SourceError
from xenotime.reference import to_iso3
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import number, piece, unknown_country
from xenotime.sources._wits_files import COLUMNS, read
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="wits",
    title="WITS, UNCTAD TRAINS tariffs",
    producer="World Bank and UNCTAD",
    licence="free with attribution; terms of WITS",
    url="https://wits.worldbank.org",
    citation="World Bank, World Integrated Trade Solution; UNCTAD, Trade Analysis Information System (TRAINS)",
    tables=("tariffs",),
    absence="unknown, never free of duty; a pair without a preferential rate pays the MFN rate",
)
#: Duty types that stand for a kind of rate; the first that names a pair's rate is taken.
KINDS = {"AHS": "applied", "PREF": "applied", "PRF": "applied", "MFN": "mfn"}
WORLD = frozenset({"000", "0", "1", "WLD", "World"})
UNION = frozenset({"918", "97", "EUN", "EU"})
SCHEMES = ("m49", "comtrade", "iso3")
HIGHEST = 2000.0


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download tariffs, one file a reporter and product; see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("wits", folder, **options)


def parse(path: Path, *, version: str | None = None) -> Iterator[Parsed]:
    """Read a file and yield one piece of table ``tariffs``.

    Parameters
    ----------
    path : Path
        ``.json`` of the API, ``.csv`` (also ``.gz``) of an Advanced Query or a bulk file.
    version : str, optional
        Default: which rates the file holds ("reported", "with estimated equivalents"), where it says so.

    Raises
    ------
    InputError
        No such file.
    SourceError
        None of these layouts, or no rate that can be used.
    """
    path = Path(path)
    rows, notes = read(path)
    rows = rows.with_columns(pl.col(COLUMNS).str.strip_chars()).with_columns(
        pl.col("duty").str.to_uppercase(), pl.col("product").str.zfill(6).alias("heading")
    )
    rows = _drop(rows, ~pl.col("duty").is_in(list(KINDS)), "of bound and other duties", notes)
    rows = _drop(rows, ~pl.col("heading").str.contains(r"^\d{6}$") | (pl.col("product").str.len_chars() < 5),
                 "of totals and groups of headings", notes)  # fmt: skip
    specific = number("lines_without_rate").fill_null(0) > 0
    none_left = specific & (number("lines_without_rate") >= number("lines")).fill_null(False)
    rows = _drop(
        rows, none_left, "whose lines all have specific duties without an equivalent (their 0 is no rate)", notes
    )
    if partly := rows.select(specific.sum()).item():
        notes.append(
            f"{partly:,} rates leave out lines with specific duties: the mean is over the rest, and may be too low"
        )
    notes += _vintages(rows)
    rows = _typed(rows, notes)
    if rows.is_empty():
        raise SourceError(
            f"no rate can be used: {'; '.join(notes)}", where=str(path), remedy="ask for MFN, PREF or AHS rates by HS6"
        )
    rules = [
        unknown_country("importer", "reporter"),
        Rule(
            pl.col("exporter").is_null() & ~pl.col("for_all"),
            "partner",
            pl.col("partner"),
            "unknown country, or a group of beneficiaries",
            "ask for partners one by one",
        ),
        Rule(~number("year").is_between(1900, 2100).fill_null(False), "year", pl.col("year"), "not a year", "mend it"),
        Rule(
            ~number("average").is_between(0, HIGHEST).fill_null(False),
            "average",
            pl.col("average"),
            f"no rate between 0 and {HIGHEST:g} per cent",
            "mend the value",
        ),
    ]
    yield piece(
        rows,
        rules,
        {
            "year": number("year"),
            "importer": pl.col("importer"),
            "exporter": pl.col("exporter"),
            "hs6": pl.col("heading"),
            "rate": number("average") / 100,
            "kind": pl.col("kind"),
        },
        name="tariffs",
        columns=list(COLUMNS),
        info=INFO,
        version=version or _kind_of_rates(rows),
        path=path,
        notes=notes,
    )


def _drop(rows: pl.DataFrame, out: pl.Expr, what: str, notes: list[str]) -> pl.DataFrame:
    """Leave rows out and say how many."""
    left = rows.filter(~out.fill_null(True))
    if len(left) < len(rows):
        notes.append(f"{len(rows) - len(left):,} of {len(rows):,} rates left out: {what}")
    return left


def _vintages(rows: pl.DataFrame) -> list[str]:
    """Say which vintages of the Harmonized System the headings are of: codes change meaning between them."""
    counted = rows.drop_nulls("nomenclature").group_by("nomenclature").len().sort("nomenclature")
    if counted.is_empty():
        return ["the file does not say of which HS vintage its headings are"]
    held = ", ".join(f"{name} ({count:,})" for name, count in counted.iter_rows())
    return [f"headings are of HS vintage {held}; a heading is matched by its code"]


def _kind_of_rates(rows: pl.DataFrame) -> str:
    held = rows["datatype"].drop_nulls().str.to_lowercase().unique().sort().to_list()
    if not held:
        return "as downloaded"
    return " and ".join("with estimated equivalents" if "ave" in name else name for name in held)


def _typed(rows: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Add importer, exporter, kind; the Union's rows become one a member; of a pair's rates AHS goes before PREF."""
    sides = {}
    for side in ("reporter", "partner"):
        found = pl.Series([None] * len(rows), dtype=pl.String)
        for scheme, column in [*((scheme, side) for scheme in SCHEMES), ("name", f"{side}_name")]:
            found = pl.select(pl.coalesce(found, to_iso3(rows[column], scheme))).to_series()
        sides[side] = found
    rows = rows.with_columns(
        importer=sides["reporter"],
        exporter=sides["partner"],
        kind=pl.col("duty").replace_strict(KINDS),
        for_all=pl.col("partner").is_null() | pl.col("partner").is_in(WORLD),
    ).with_columns(exporter=pl.when("for_all").then(None).otherwise("exporter"))
    for column, code in (("importer", "reporter"), ("exporter", "partner")):
        rows = _of_members(rows, column, code)
    pair = ["importer", "exporter", "heading", "year", "kind"]
    superseded = (pl.col("duty") != "AHS") & (pl.col("duty") == "AHS").any().over(pair)
    rows = _drop(rows, superseded, "preferential, where the rate effectively applied is there too", notes)
    return rows.select(ROW, *COLUMNS, "importer", "exporter", "heading", "kind", "for_all")


def _of_members(rows: pl.DataFrame, column: str, code: str) -> pl.DataFrame:
    """Give rows of the European Union to each member of their year."""
    union = pl.col(code).is_in(UNION)
    whole = rows.filter(union)
    if whole.is_empty():
        return rows
    years = whole["year"].unique().to_list()
    members = pl.DataFrame(
        [(year, name) for year in years for name in _members(year)], schema=["year", "member"], orient="row"
    )
    given = whole.join(members, on="year", how="left").with_columns(pl.col("member").alias(column)).drop("member")
    return pl.concat([rows.filter(~union.fill_null(False)), given])


def _members(year: str | None) -> tuple[str, ...]:
    if year is None or not year.isdigit() or not 1900 <= int(year) <= 2100:
        return ()
    members = reference.members("EU", int(year))
    return tuple(sorted({*members, "GBR"})) if int(year) == 2020 else members
