"""The common end of sources small enough to be read whole: rows under rules, one checked piece, nothing lost.

A source reads its file into strings, adds typed columns, states its rules and how the columns of the table are made
of the typed ones; `piece` does the rest.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from xenotime.core import Provenance, SourceError, sha256_of
from xenotime.reference import codes
from xenotime.reference.geography import normalised_name
from xenotime.schema import TABLES, check
from xenotime.sources._rows import FAULT, Rule, first_fault, set_aside
from xenotime.sources.base import Parsed, SourceInfo

#: Cells that say "not known" rather than something wrong.
BLANK = ("", ".", "..", "NA", "N/A", "NaN")


def number(column: str) -> pl.Expr:
    """Return a column of strings as numbers, null where it is none; commas part thousands."""
    return pl.col(column).str.strip_chars().str.replace_all(",", "").cast(pl.Float64, strict=False)


def is_blank(column: str) -> pl.Expr:
    """Return whether a cell is empty or says "not known"."""
    return pl.col(column).is_null() | pl.col(column).str.strip_chars().is_in(BLANK)


def flag(column: str) -> pl.Expr:
    """Return a column of 0 and 1 (also 1.0, quoted) as truth values, null where unknown."""
    return number(column) != 0


def no_country(values: pl.Series, scheme: str) -> pl.Series:
    """Return True where a code or name is known to stand for something other than a country: an area, a total."""
    others = codes(scheme).filter(pl.col("iso3").is_null())["code"].to_list()
    if scheme != "name":
        return values.is_in(others)
    known = {normalised_name(name) for name in others}
    distinct = values.unique().drop_nulls()
    is_other = pl.Series([normalised_name(value) in known for value in distinct], dtype=pl.Boolean)
    return values.replace_strict(distinct, is_other, default=False, return_dtype=pl.Boolean)


def unknown_country(typed: str, column: str) -> Rule:
    """Return the rule that a country must be known; `typed` holds its ISO3."""
    return Rule(
        pl.col(typed).is_null(),
        column,
        pl.col(column),
        "unknown country",
        "check its spelling, or add it to the country table of xenotime.reference",
    )


def require(columns: Sequence[str], needed: Sequence[str], *, where: str, what: str) -> None:
    """Refuse a file without the columns that make it what it should be.

    Raises
    ------
    SourceError
        Names the first missing column and what the file has.
    """
    missing = [name for name in needed if name not in columns]
    if missing:
        shown = ", ".join(columns[:12]) + (", …" if len(columns) > 12 else "")
        raise SourceError(
            f"no column {missing[0]!r}, so this is not {what}; it has {shown}",
            where=where,
            remedy="give the producer's own file, or read it with --source table and a mapping",
        )


def piece(
    rows: pl.DataFrame,
    rules: Sequence[Rule],
    table: Mapping[str, pl.Expr],
    *,
    name: str,
    columns: Sequence[str],
    info: SourceInfo,
    version: str,
    path: Path,
    notes: Sequence[str] = (),
    note: str = "",
) -> Parsed:
    """Part good rows from bad, and return the checked piece.

    Parameters
    ----------
    rows : polars.DataFrame
        The file's columns as strings, the line number (`ROW`), and typed columns.
    rules : sequence of Rule
        What no good row does.
    table : dict
        Column of the table to the expression that makes it, `source` and `source_version` left out.
    name : str
        The table.
    columns : sequence of str
        The file's columns.
    note : str
        For provenance: what a reader should know of these numbers.

    Raises
    ------
    SourceError
        No good row.
    SchemaError
        A row passed the rules and still breaks the table's schema.
    """
    provenance = Provenance(
        info.name, version, title=info.title, citation=info.citation, licence=info.licence, note=note
    )
    dtypes = TABLES[name].dtypes
    made = {column: expression.cast(dtypes[column]) for column, expression in table.items()}
    keys = [column for column in TABLES[name].key if column in made]
    rows = rows.with_columns(first_fault(rules)) if rules else rows.with_columns(pl.lit(None, pl.Int16).alias(FAULT))
    bad = set_aside(rows.filter(pl.col(FAULT).is_not_null()), rules, columns, file=path.name, provenance=provenance)
    good = rows.filter(pl.col(FAULT).is_null()).drop(FAULT)
    repeats = [
        Rule(
            ~pl.struct(*(made[key].alias(f"key:{key}") for key in keys)).is_first_distinct(),
            columns[0],
            pl.col(columns[0]),
            f"repeats the {', '.join(keys)} of an earlier row",
            "keep one of them; the first was taken",
        )
    ]
    good = good.with_columns(first_fault(repeats))
    repeated = good.filter(pl.col(FAULT).is_not_null())
    bad = pl.concat([bad, set_aside(repeated, repeats, columns, file=path.name, provenance=provenance)])
    frame = good.filter(pl.col(FAULT).is_null()).select(
        **made, source=pl.lit(info.name), source_version=pl.lit(version)
    )
    if frame.is_empty():
        why = f": {bad['reason'].mode().sort()[0]}" if len(bad) else "".join(f"; {said}" for said in notes)
        raise SourceError(f"no row can be used{why}", where=str(path), remedy="check that this is the file meant")
    years = frame["year"].drop_nulls()
    span = (int(years.min()), int(years.max())) if len(years) else None  # type: ignore[arg-type]
    return Parsed(
        table=name,
        frame=check(frame.select(list(dtypes)).sort(keys), name, where=path.name),
        quarantine=bad,
        provenance=Provenance(**{**provenance.to_dict(), "years": span}),
        file=path.name,
        sha256=sha256_of(path),
        notes=tuple(notes),
    )
