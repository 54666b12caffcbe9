"""What an ingest did, for the person who ran it: pieces, rows set aside by reason, world totals to hold against."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.sources import Parsed, dollars
from xenotime.store import Piece, spans

_PIECES: dict[str, Any] = {
    "file": pl.String,
    "table": pl.String,
    "source": pl.String,
    "version": pl.String,
    "hs_version": pl.String,
    "year": pl.Int64,
    "rows": pl.Int64,
    "quarantined": pl.Int64,
    "outcome": pl.String,
}
_ASIDE: dict[str, Any] = {
    "reason": pl.String,
    "column": pl.String,
    "rows": pl.Int64,
    "file": pl.String,
    "row": pl.Int64,
    "value": pl.String,
    "remedy": pl.String,
    "value_kusd": pl.Float64,
}
_WORLD: dict[str, Any] = {"source": pl.String, "year": pl.Int64, "what": pl.String, "value_kusd": pl.Float64}
_PRODUCTS: dict[str, Any] = {**_WORLD, "hs6": pl.String}
#: Products shown in the report.
LARGEST = 10


@dataclass(frozen=True)
class IngestReport:
    """What went into the store and what did not.

    Attributes
    ----------
    store : Path
        The store's folder.
    snapshot : str
        Name of the state the store is in now.
    changed : bool
        False where the store already held all of it.
    pieces : polars.DataFrame
        `file, table, source, version, hs_version, year, rows, quarantined, outcome` ("added", "replaced",
        "unchanged"). `rows` are those the store holds for the piece: a row that stands in another taking of the same
        file counts there.
    quarantined : polars.DataFrame
        Rows set aside by `reason` and `column`: how many, one of them (`file, row, value, remedy`), and `value_kusd`,
        what they say was traded, thousand US dollars, where that can be read (null: in none of them).
    world : polars.DataFrame
        `source, year, what` ("trade", "import reports", "export reports"), `value_kusd`: sum over all countries and
        products of this ingest, thousand current US dollars.
    products : polars.DataFrame
        `source, year, what, hs6, value_kusd`: the same by product for the latest year, largest first.
    notes : tuple of str
        What was done to rows, what was taken out of the store, years that are missing between others.
    reconciled : IngestReport, optional
        Of the flows made from customs reports in the same transaction.
    """

    store: Path
    snapshot: str
    changed: bool
    pieces: pl.DataFrame
    quarantined: pl.DataFrame
    world: pl.DataFrame
    products: pl.DataFrame
    notes: tuple[str, ...]
    reconciled: "IngestReport | None" = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "store": str(self.store),
            "snapshot": self.snapshot,
            "changed": self.changed,
            "pieces": self.pieces.to_dicts(),
            "quarantined": self.quarantined.to_dicts(),
            "world": self.world.to_dicts(),
            "products": self.products.to_dicts(),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        rows, aside = self.pieces["rows"].sum(), self.pieces["quarantined"].sum()
        state = "stored" if self.changed else "nothing changed: the store already held"
        lines = [f"{state} {rows:,} rows in {len(self.pieces)} pieces, {aside:,} rows set aside"]
        lines += [f"store {self.store}, snapshot {self.snapshot}", "", *self._holdings()]
        if not self.world.is_empty():
            over = "countries" if self.products["hs6"].n_unique() < 2 else "countries and products"
            lines += ["", f"sum over all {over}, {_unit(self.world)[1]}", *self._world_rows()]
        lines += self._product_rows()
        if aside:
            lines += ["", "set aside (table quarantine of the store)"]
            for row in self.quarantined.iter_rows(named=True):
                where = row["file"] if row["row"] is None else f"{row['file']}, row {row['row']}"
                where += f": {row['column']} = {row['value']!r}" if row["column"] else ""
                worth = "" if row["value_kusd"] is None else f" ({dollars(row['value_kusd'])})"
                lines += [f"  {row['rows']:,} × {row['reason']}{worth}; e.g. {where}", f"    Remedy: {row['remedy']}"]
        if self.notes:
            lines += ["", "notes", *(f"  {note}" for note in self.notes)]
        return "\n".join(lines)

    def _holdings(self) -> list[str]:
        kept = self.pieces.group_by("table", "source", "version", "hs_version", maintain_order=True).agg(
            pl.col("file").unique(maintain_order=True),
            pl.col("year").min().alias("first"),
            pl.col("year").max().alias("last"),
            pl.col("rows").sum(),
        )
        table = [("table", "source", "version", "HS", "years", "rows", "from")]
        for row in kept.iter_rows(named=True):
            span = "all" if row["first"] is None else f"{row['first']}–{row['last']}"
            years = str(row["first"]) if row["first"] is not None and row["first"] == row["last"] else span
            first, *others = row["file"]
            files = f"{first} and {len(others)} more" if others else first
            what = (row["table"], row["source"], row["version"], row["hs_version"])
            table.append((*what, years, f"{row['rows']:,}", files))
        return _aligned(table)

    def _world_rows(self) -> list[str]:
        wide = self.world.with_columns(pl.col("value_kusd") / _unit(self.world)[0]).pivot(
            "what", index="year", values="value_kusd", aggregate_function="sum"
        )
        names = wide.columns[1:]
        rows = [
            (str(year), *("–" if value is None else f"{value:,.1f}" for value in values))
            for year, *values in wide.sort("year").iter_rows()
        ]
        return _aligned([("year", *names), *rows])

    def _product_rows(self) -> list[str]:
        lines = []
        for (source, year, what), rows in self.products.group_by("source", "year", "what", maintain_order=True):
            if len(rows) < 2:
                continue
            size, unit = _unit(rows)
            shown = [
                (row["hs6"], f"{row['value_kusd'] / size:,.1f}") for row in rows.head(LARGEST).iter_rows(named=True)
            ]
            named = f"the {LARGEST} largest of {len(rows):,} products" if len(rows) > LARGEST else "by product"
            lines += ["", f"{source}, {what} of {year}, {named}, {unit}"]
            lines += _aligned([("HS", "value"), *shown])
        return lines


def _unit(values: pl.DataFrame) -> tuple[float, str]:
    """Return the unit in which the largest value is readable, in thousand US dollars, and its name."""
    small = values.filter(pl.col("value_kusd") >= 1e3).is_empty()
    return (1.0, "thousand US dollars") if small else (1e3, "million US dollars")


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    number = [
        all(row[at].replace(",", "").replace(".", "").strip("–").isdigit() for row in table[1:])
        for at in range(len(widths))
    ]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, number, strict=True)
        ).rstrip()
        for row in table
    ]


class Tally:
    """Counts pieces as they go by; the pieces themselves are not kept."""

    def __init__(self) -> None:
        #: Rows read, whether the store held them already or not.
        self.read = 0
        #: Tables the pieces belong to.
        self.tables: set[str] = set()
        #: Source, version and raw file of the pieces.
        self.origins: set[tuple[str, str, str]] = set()
        self._pieces: list[dict[str, Any]] = []
        self._aside: list[pl.DataFrame] = []
        self._world: list[pl.DataFrame] = []
        self._products: dict[tuple[str, str], list[pl.DataFrame]] = {}
        self._notes: list[str] = []

    def add(self, piece: Parsed, outcome: str, rows: int) -> None:
        """Count one piece that the store took in, and the rows it holds for it."""
        self.read += len(piece.frame)
        self.tables.add(piece.table)
        self.origins.add((piece.provenance.source, piece.provenance.version, piece.file))
        self._pieces.append(
            {
                "file": f"{piece.file} ({piece.limits})" if piece.limits else piece.file,
                "table": piece.table,
                "source": piece.provenance.source,
                "version": piece.provenance.version,
                "hs_version": piece.hs_version,
                "year": piece.year,
                "rows": rows,
                "quarantined": len(piece.quarantine),
                "outcome": outcome,
            }
        )
        if not piece.quarantine.is_empty():
            self._aside.append(
                piece.quarantine.group_by("reason", "column", maintain_order=True).agg(
                    pl.len().cast(pl.Int64).alias("rows"),
                    pl.col("file", "row", "value", "remedy").first(),
                    _sum_of_known("value_kusd"),
                )
            )
        if "value_kusd" in piece.frame.columns:
            self._add_values(piece)
        self._notes += [note for note in piece.notes if note not in self._notes]

    def drop(self, pieces: Sequence[Piece]) -> None:
        """Note pieces that were taken out of the store."""
        self._notes += [
            f"taken out of the store, since it is no longer in what was read: {piece.words} ({piece.data.rows:,} rows)"
            for piece in pieces
        ]

    def _add_values(self, piece: Parsed) -> None:
        what = pl.col("flow") + " reports" if piece.table == "reports" else pl.lit("trade")
        values = (
            piece.frame.select(
                source=pl.lit(piece.provenance.source),
                year=pl.col("year").cast(pl.Int64),
                what=what,
                value_kusd=pl.col("value_kusd"),
                hs6=pl.col("hs6").cast(pl.String),
            )
            .group_by("source", "year", "what", "hs6")
            .agg(pl.col("value_kusd").sum())
            .select(list(_PRODUCTS))
        )
        self._world.append(values.group_by("source", "year", "what").agg(pl.col("value_kusd").sum()))
        for (source, kind), rows in values.group_by("source", "what"):
            kept = self._products.setdefault((str(source), str(kind)), [])
            latest = max([part["year"][0] for part in kept] + rows["year"].to_list())
            newest = [part.filter(pl.col("year") == latest) for part in (*kept, rows)]
            self._products[str(source), str(kind)] = [part for part in newest if len(part)]

    def years(self) -> set[int]:
        """Return the years of the pieces so far."""
        return {int(piece["year"]) for piece in self._pieces if piece["year"] is not None}

    def report(self, store: Path, *, before: str, after: str) -> IngestReport:
        """Return the report, given the store's snapshot before and after."""
        aside = pl.concat([pl.DataFrame(schema=_ASIDE), *(part.select(list(_ASIDE)) for part in self._aside)])
        world = pl.concat([pl.DataFrame(schema=_WORLD), *self._world])
        products = pl.concat([pl.DataFrame(schema=_PRODUCTS), *(p for kept in self._products.values() for p in kept)])
        gaps = self._gaps()
        return IngestReport(
            store=store,
            snapshot=after,
            changed=before != after,
            pieces=pl.DataFrame(self._pieces, schema=_PIECES),
            quarantined=aside.group_by("reason", "column", maintain_order=True)
            .agg(
                pl.col("rows").sum(),
                pl.col("file", "row", "value", "remedy").first(),
                _sum_of_known("value_kusd"),
            )
            .sort("rows", descending=True),
            world=world.group_by("source", "year", "what")
            .agg(pl.col("value_kusd").sum())
            .sort("source", "what", "year"),
            products=products.group_by("source", "year", "what", "hs6")
            .agg(pl.col("value_kusd").sum())
            .sort("source", "what", "value_kusd", "hs6", descending=[False, False, True, False]),
            notes=tuple(
                self._notes + ([f"no data for {gaps}, though there are for years before and after"] if gaps else [])
            ),
        )

    def _gaps(self) -> str:
        years = self.years()
        missing = [year for year in range(min(years), max(years)) if year not in years] if years else []
        return spans(missing) if missing else ""


def _sum_of_known(column: str) -> pl.Expr:
    """Return the sum of a column, null where nothing in it is known."""
    return pl.when(pl.col(column).is_not_null().any()).then(pl.col(column).sum()).alias(column)
