"""UN Comtrade: what customs offices report, both sides of a flow, into table ``reports``.

Reads answers of API v1 (JSON), CSV and Parquet exports. Follows the layout documented at https://comtradeapi.un.org:
`netWgt` is in kilograms, `primaryValue` in dollars, imports are valued CIF and exports FOB. Breakdown rows, which would
count a flow two, four or eight times, are reduced to the total (`_breakdown`). It does not reconcile the two sides:
`xenotime.pipeline.reconcile` does.
"""

import warnings
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import DataWarning, InputError, Provenance, SourceError, sha256_of
from xenotime.reference import codes, to_iso3
from xenotime.schema import MOST_TONNES, TABLES, check, empty
from xenotime.sources._breakdown import MULTIPLE, TOTAL, mark_breakdown
from xenotime.sources._comtrade_files import SURPLUS, read_rows
from xenotime.sources._comtrade_rules import TOTALS, rules_of, unclear_total
from xenotime.sources._dates import beside_dates, years_outside
from xenotime.sources._rows import FAULT, first_fault, set_aside
from xenotime.sources._tabular import ROW
from xenotime.sources.base import Parsed, SourceInfo

INFO = SourceInfo(
    name="comtrade",
    title="UN Comtrade",
    producer="United Nations Statistics Division",
    licence="UN Comtrade terms of use: free for research, no redistribution in bulk",
    url="https://comtradeplus.un.org",
    citation="United Nations Statistics Division, UN Comtrade database",
    tables=("reports",),
    absence="zero where the country reports that year, missing where it does not",
    key_variable="COMTRADE_API_KEY",
)

#: Names each field goes by: in the API and exports of today, then in older or trimmed files.
COLUMNS = {
    "year": ("refYear", "period", "year", "Year"),
    "reporter": ("reporterCode", "reporter", "Reporter Code"),
    "partner": ("partnerCode", "partner", "Partner Code"),
    "flow": ("flowCode", "flow", "Trade Flow"),
    "hs6": ("cmdCode", "cmd", "Commodity Code"),
    "value": ("primaryValue", "value", "Trade Value (US$)"),
}
OPTIONAL = {
    "weight": ("netWgt", "netwgt", "Netweight (kg)"),
    "vintage": ("classificationCode",),
    "frequency": ("freqCode",),
    "kind": ("typeCode",),
}
#: Rows after which the API's answers end: for a preview, an ordinary and a paying reader.
API_LIMITS = (500, 100_000, 250_000)
VINTAGES = {"H0": "HS92", "H1": "HS96", "H2": "HS02", "H3": "HS07", "H4": "HS12", "H5": "HS17", "H6": "HS22"}
FLOWS = {"M": "import", "X": "export", "Import": "import", "Export": "export"}
_KEY = ("_year", "_reporter", "_partner", "_flow", "_hs6", "_vintage")


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download annual reports of both sides, totals only, one file a year.

    Parameters
    ----------
    folder : Path
        Where the files go.
    **options
        `year` (one or a list), `codes` (six-digit products, comma-separated or a list); optionally `reporters`
        (Comtrade's numeric codes, default all) and `classification`: ``"HS"``, each country's own vintage, or
        ``"H0"`` … ``"H6"``, converted by the UN to one.

    Raises
    ------
    InputError
        No access key in the environment, or nothing asked for.
    SourceError
        The download failed.
    """
    joined: dict[str, Any] = {
        name: ",".join(map(str, value)) if name in ("codes", "reporters") and not isinstance(value, str) else value
        for name, value in options.items()
    }
    from xenotime.sources._fetch import fetch_files

    return fetch_files("comtrade", folder, **joined)


def parse(
    path: Path,
    *,
    hs_version: str | None = None,
    version: str | None = None,
    years: Collection[int] | None = None,
    hs6: Collection[str] | None = None,
) -> Iterator[Parsed]:
    """Read a file and yield one piece a year and HS vintage.

    Parameters
    ----------
    path : Path
        ``.json``, ``.csv`` (also ``.gz``) or ``.parquet``.
    hs_version : str, optional
        Vintage of the product codes; needed where the file has no column ``classificationCode``, and otherwise the
        only vintage read (rows in another are set aside).
    version : str, optional
        A name for this download, e.g. its date; Comtrade has no editions.
    years, hs6 : collection, optional
        Only these years, only these products.

    Yields
    ------
    Parsed
        Table ``reports``. Rows set aside stand with the first piece: areas not elsewhere specified, unknown codes,
        own trade (re-imports), products without six digits or of no chapter, values that are not numbers or beyond a
        trillion dollars, countries more than a year outside their dates, services, splits without a total.
        Left out and counted in the notes: rows of partner World, flows other than imports and exports, breakdown rows.

    Warns
    -----
    DataWarning
        Breakdown rows were found without the columns that mark them, and collapsed.

    Raises
    ------
    InputError
        No such file; the vintage is not given and not in the file.
    SourceError
        Not Comtrade data, monthly data, damaged, or nothing usable in it.
    """
    path = Path(path)
    rows = read_rows(path)
    original = [name for name in rows.columns if name not in (ROW, SURPLUS)]
    names = _names(original, str(path))
    if "vintage" not in names and hs_version is None:
        raise InputError(
            "the file does not say in which HS vintage its codes are",
            where=str(path),
            remedy="give it with --hs-version, e.g. HS17",
        )
    provenance = Provenance("comtrade", version or "as downloaded", title=INFO.title, citation=INFO.citation,
                            licence=INFO.licence)  # fmt: skip
    notes: list[str] = []
    if path.suffix == ".json" and len(rows) in API_LIMITS:
        notes.append(f"{len(rows):,} rows are the most that the API gives in one answer: more may have been cut off")
    rows = _typed(rows, names, hs_version)
    held = rows["_hs6"].drop_nulls().unique().sort()
    rows = _asked_for(rows, names, years, hs6, notes)
    rows = _without_marked_splits(rows, notes)
    rules = rules_of(names, hs_version)
    rows = rows.with_columns(first_fault(rules))
    aside = partial(
        set_aside, columns=original, file=path.name, provenance=provenance, value_kusd=pl.col("_value") / 1e3
    )
    bad = aside(rows.filter(pl.col(FAULT).is_not_null()), rules)
    good = _without_unmarked_splits(rows.filter(pl.col(FAULT).is_null()).drop(FAULT), notes, path)
    unclear = [unclear_total(names)]
    good = good.with_columns(first_fault(unclear))
    bad = pl.concat([bad, aside(good.filter(pl.col(FAULT).is_not_null()), unclear)])
    good = good.filter(pl.col(FAULT).is_null())
    if good.is_empty():
        commonest = bad.group_by("reason", "remedy").len().sort("len", "reason", descending=True)
        raise SourceError(
            "no row can be used" + (f": {commonest['reason'][0]}" if len(bad) else "; " + "; ".join(notes)),
            where=str(path),
            remedy=str(commonest["remedy"][0])
            if len(bad)
            else f"ask for what it holds: {len(held):,} products ({', '.join(held.head(8))}{', …' * (len(held) > 8)})",
        )
    beside = good.filter(pl.max_horizontal("_reporter_outside", "_partner_outside") > 0)
    if len(beside):
        notes.append(beside_dates(beside, pl.col("_value") / 1e3))
    yield from _pieces(_reports(good, provenance, notes), bad, provenance, path, tuple(notes))


def _names(columns: list[str], where: str) -> dict[str, str]:
    """Return field to the file's column."""
    found = {}
    for field, choices in {**COLUMNS, **OPTIONAL}.items():
        name = next((choice for choice in choices if choice in columns), None)
        if name is not None:
            found[field] = name
        elif field in COLUMNS:
            raise SourceError(
                f"no column for {field} (looked for {', '.join(choices)}); the file has {', '.join(columns)}",
                where=where,
                remedy="give a file as Comtrade exports it, or read it with --source table and a mapping",
            )
    found.update({name: name for name in TOTALS if name in columns})
    return found


def _typed(rows: pl.DataFrame, names: dict[str, str], hs_version: str | None) -> pl.DataFrame:
    """Add the fields, typed, under names with an underscore; null where a value cannot be read."""
    number = pl.Float64

    def code(field: str) -> pl.Expr:
        # pandas writes whole numbers as 842.0 once a column has had a gap
        return pl.col(names[field]).str.replace(r"\.0$", "")

    vintage = (
        pl.col(names["vintage"]).replace_strict(VINTAGES, default=None, return_dtype=pl.String)
        if "vintage" in names
        else pl.lit(hs_version)
    )
    weight = pl.col(names["weight"]).cast(number, strict=False) if "weight" in names else pl.lit(None, number)
    rows = rows.with_columns(
        code("year").cast(pl.Int32, strict=False).alias("_year"),
        code("reporter").alias("_reporter"),
        code("partner").alias("_partner"),
        pl.col(names["flow"]).replace_strict(FLOWS, default=None, return_dtype=pl.String).alias("_flow"),
        code("hs6").alias("_hs6"),
        pl.col(names["value"]).cast(number, strict=False).alias("_value"),
        # Zero stands for unknown; what no flow can weigh is a wrong unit.
        pl.when((weight > 0) & (weight <= MOST_TONNES * 1e3)).then(weight).alias("_weight"),
        vintage.alias("_vintage"),
        pl.all_horizontal(
            [code(name).fill_null(total) == total for name, total in TOTALS.items() if name in names] or [pl.lit(True)]
        ).alias("_total"),
    )
    for field in ("reporter", "partner"):
        iso3 = to_iso3(rows[f"_{field}"], "comtrade")
        outside = years_outside(rows[f"_{field}"], iso3, rows["_year"], "comtrade")
        rows = rows.with_columns(iso3.alias(f"_{field}_iso3"), outside.alias(f"_{field}_outside"))
    return rows


def _asked_for(
    rows: pl.DataFrame,
    names: dict[str, str],
    years: Collection[int] | None,
    hs6: Collection[str] | None,
    notes: list[str],
) -> pl.DataFrame:
    """Leave out, and count, rows that are no reports between two countries at all, or were not asked for."""
    world = codes("comtrade").filter(pl.col("kind") == "world")["code"].to_list()
    parts = [
        ("of flows other than imports and exports", pl.col(names["flow"]).is_not_null() & pl.col("_flow").is_null()),
        ("of partner World, the sum over partners", pl.col("_partner").is_in(world)),
    ]
    if years is not None:
        parts.append(("of years not asked for", pl.col("_year").is_in(list(years)).not_()))
    if hs6 is not None:
        parts.append(("of products not asked for", pl.col("_hs6").is_in(list(hs6)).not_()))
    for what, out in parts:
        before = len(rows)
        rows = rows.filter(~out.fill_null(False))
        if len(rows) < before:
            notes.append(f"{before - len(rows):,} rows {what} left out")
    return rows


def _without_marked_splits(rows: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Keep totals where the file marks them; splits whose total is missing stay, for a rule to set aside."""
    splits = ~pl.col("_total") & pl.col("_total").any().over(_KEY)
    kept = rows.filter(~splits)
    if len(kept) < len(rows):
        notes.append(f"{len(rows) - len(kept):,} breakdown rows left out (customs procedure, transport, partner 2)")
    return kept


def _without_unmarked_splits(rows: pl.DataFrame, notes: list[str], path: Path) -> pl.DataFrame:
    """Keep the largest row of each flow whose rows add up to 2, 4 or 8 times it; say so."""
    rows = mark_breakdown(rows, _KEY, "_value")
    split = rows.filter(pl.col(MULTIPLE) > 1)
    if split.is_empty():
        return rows
    counts = split.filter(pl.col(TOTAL)).group_by(MULTIPLE).len().sort(MULTIPLE)
    found = ", ".join(f"{number:,} flows ×{times}" for times, number in counts.rows())
    note = f"breakdown rows beside totals ({found}): the largest row of each is the total, the others are left out"
    notes.append(note)
    warnings.warn(f"{path.name}: {note}", DataWarning, stacklevel=4)
    return rows.filter(pl.col(TOTAL) | pl.col(MULTIPLE).is_null())


def _reports(rows: pl.DataFrame, provenance: Provenance, notes: list[str]) -> pl.DataFrame:
    """Return the rows as table ``reports``, adding up codes that stand for one country."""
    key = ["year", "reporter", "partner", "flow", "hs6", "hs_version"]
    reports = rows.select(
        pl.col("_year").cast(pl.Int16).alias("year"),
        pl.col("_reporter_iso3").alias("reporter"),
        pl.col("_partner_iso3").alias("partner"),
        pl.col("_flow").alias("flow"),
        pl.col("_hs6").alias("hs6"),
        pl.col("_vintage").alias("hs_version"),
        pl.col("_value") / 1e3,
        pl.col("_weight") / 1e3,
    )
    added = reports.group_by(key).agg(
        pl.col("_value").sum().alias("value_kusd"),
        # a sum of weights of which one is unknown is unknown
        pl.when(pl.col("_weight").null_count() == 0).then(pl.col("_weight").sum()).alias("quantity_t"),
    )
    if len(added) < len(reports):
        notes.append(f"{len(reports) - len(added):,} rows added to others because two codes stand for one country")
    return added.with_columns(
        pl.lit(provenance.source).alias("source"), pl.lit(provenance.version).alias("source_version")
    ).select(list(TABLES["reports"].columns))


def _pieces(
    reports: pl.DataFrame, bad: pl.DataFrame, provenance: Provenance, path: Path, notes: tuple[str, ...]
) -> Iterator[Parsed]:
    sha256 = sha256_of(path)
    for (year, vintage), piece in sorted(reports.partition_by("year", "hs_version", as_dict=True).items()):
        yield Parsed(
            table="reports",
            frame=check(piece.sort("hs6", "reporter", "partner", "flow"), "reports", where=path.name),
            quarantine=bad,
            provenance=replace(provenance, years=(int(year), int(year))),
            file=path.name,
            sha256=sha256,
            year=int(year),
            hs_version=str(vintage),
            notes=notes,
        )
        bad, notes = empty("quarantine"), ()
