"""The rows of a yearly BACI file that has faults: line by line, each bad row set aside with the reason and the remedy.

Slower than `_baci_rows.read_clean`, and only used where that one gives up.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from xenotime.core import Provenance, SourceError
from xenotime.schema import MOST_KUSD, MOST_TONNES, empty
from xenotime.sources._baci_codes import AREA, BITS, OUTSIDE, UNKNOWN, Products, countries
from xenotime.sources._baci_rows import COLUMNS, MISSING, Rows, digits, join, without_areas
from xenotime.sources._rows import FAULT, Rule, first_fault, set_aside
from xenotime.sources._tabular import ROW

BATCH_ROWS = 100_000
#: A file with more bad rows than this share is not a BACI file with faults, but another file.
MOST_BAD = 0.01
#: Bytes of the shortest row, "2024,4,8,010121,1,": what a file of a given size holds at most.
SHORTEST = 18
#: … unless they are this few, and fewer than half.
FEW_BAD = 20


def read_faulty(
    csv: Path,
    header: tuple[str, ...],
    year: int,
    products: Products,
    wanted: Collection[int] | None,
    provenance: Provenance,
) -> tuple[Rows, pl.DataFrame]:
    """Read a file line by line.

    Returns
    -------
    rows : Rows
        The good ones, with their line numbers; repeated keys are still among them.
    quarantine : polars.DataFrame
        The bad ones, in the schema of table ``quarantine``.

    Raises
    ------
    SourceError
        More than 1 % of the rows are bad (and more than 20, or half): the file is not what it should be.
    """
    rules = _rules(year, products)
    good: list[Rows] = []
    bad = [empty("quarantine")]
    looked_at = 0
    hopeless = MOST_BAD * csv.stat().st_size / SHORTEST
    for batch in _lines(csv, header, wanted, year):
        judged = batch.with_columns(first_fault(rules))
        looked_at += judged.height
        faulty = judged.filter(pl.col(FAULT).is_not_null())
        short = faulty.filter(pl.col(FAULT) == 0)
        bad.append(set_aside(short, rules, ["line"], file=csv.name, provenance=provenance))
        other = faulty.filter(pl.col(FAULT) != 0)
        bad.append(
            set_aside(other, rules, list(COLUMNS), file=csv.name, provenance=provenance, value_kusd=pl.col("v_"))
        )
        good.append(_rows_of(judged.filter(pl.col(FAULT).is_null())))
        if sum(part.height for part in bad) > max(hopeless, FEW_BAD):
            break
    quarantine = pl.concat(bad).sort("row")
    refuse_if_many(quarantine, looked_at, csv.name)
    return join(good), quarantine


def refuse_if_many(quarantine: pl.DataFrame, looked_at: int, file: str) -> None:
    """Raise where so many rows are bad that the file cannot be what it should be."""
    bad = quarantine.height
    if bad <= MOST_BAD * looked_at or (bad <= FEW_BAD and 2 * bad < looked_at):
        return
    (column, reason, remedy), count = _commonest(quarantine)
    first = quarantine.filter(column=column, reason=reason).row(0, named=True)
    raise SourceError(
        f"{bad:,} of {looked_at:,} rows are bad; {count:,} of them: {column} {first['value']!r}, {reason}",
        where=f"{file}, row {first['row']}",
        remedy=f"this looks like another kind of file, vintage or year: check it against its name; or {remedy}",
    )


def _commonest(quarantine: pl.DataFrame) -> tuple[tuple[str, str, str], int]:
    counted = quarantine.group_by("column", "reason", "remedy").len().sort("len", "column", descending=[True, False])
    column, reason, remedy, count = counted.row(0)
    return (column, reason, remedy), count


def _lines(csv: Path, header: tuple[str, ...], wanted: Collection[int] | None, year: int) -> Iterator[pl.DataFrame]:
    """Yield `line`, `ROW`, `fields`, the six columns as stripped text and `<name>_` as numbers; no blank lines."""
    # The header is line 1; the separator is a character no CSV holds, so a line stays whole.
    lines = pl.scan_csv(
        csv,
        has_header=False,
        skip_lines=1,
        separator="\x01",
        quote_char=None,
        schema={"line": pl.String},
        encoding="utf8-lossy",
        row_index_name=ROW,
        row_index_offset=2,
    )
    parts = pl.col("parts")
    rows = (
        lines.filter(pl.col("line").str.strip_chars() != "")
        .with_columns(pl.col("line").str.split(",").alias("parts"))
        .with_columns(
            parts.list.len().alias("fields"),
            *(
                parts.list.get(at, null_on_oob=True).str.strip_chars(' "\t\r').fill_null("").alias(name)
                for at, name in enumerate(header)
            ),
        )
        .with_columns(
            *(pl.col(name).cast(pl.Int32, strict=False).alias(f"{name}_") for name in "tij"),
            pl.when(pl.col("k").str.contains(r"^[0-9]{5,6}$")).then(pl.col("k")).cast(pl.Int32).alias("k_"),
            *(pl.col(name).cast(pl.Float64, strict=False).alias(f"{name}_") for name in "vq"),
        )
        .drop("parts")
    )
    if wanted is not None:
        spoilt = pl.col("k_").is_null() & pl.col("line").str.contains_any(digits(wanted))
        rows = rows.filter(pl.col("k_").is_in(sorted(wanted)) | spoilt)
    known = countries(year)
    for batch in rows.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
        numbers = {}
        for name in "ij":
            code = batch[f"{name}_"].fill_null(1000).to_numpy()
            numbers[f"{name}_number"] = known.number[np.where((code >= 0) & (code < 1000), code, 1000)]
        places = {
            f"{name}_place": np.where(numbers[f"{name}_number"] >= 0, known.iso3[numbers[f"{name}_number"]], 0)
            for name in "ij"
        }
        yield batch.with_columns(**{name: pl.Series(array) for name, array in (numbers | places).items()})


def _rules(year: int, products: Products) -> list[Rule]:
    allowed = pl.Series(np.flatnonzero(products.allowed), dtype=pl.Int32)
    countries_only = "correct the code; it must be one of BACI's country codes (xenotime.reference.codes('baci'))"
    dated = "correct the code or the year (dates: xenotime.reference.countries()), or leave the row out"
    both_areas = pl.min_horizontal("i_number", "j_number") == AREA

    def rule(broken: pl.Expr, column: str, reason: str, remedy: str) -> Rule:
        return Rule(broken.fill_null(value=True), column, pl.col(column), reason, remedy)

    return [
        rule(
            pl.col("fields") != len(COLUMNS),
            "line",
            "the row does not have the six fields t,i,j,k,v,q",
            "complete the row; if it is the last one, the file was cut off: get it again",
        ),
        rule(pl.col("t_") != year, "t", f"the year is not {year}, the year of the file", "correct the year"),
        rule(pl.col("i_number") == UNKNOWN, "i", "unknown country code of the exporter", countries_only),
        rule(pl.col("j_number") == UNKNOWN, "j", "unknown country code of the importer", countries_only),
        rule(pl.col("i_number") == OUTSIDE, "i", f"the exporter did not exist in {year}", dated),
        rule(pl.col("j_number") == OUTSIDE, "j", f"the importer did not exist in {year}", dated),
        rule(pl.col("k_").is_null(), "k", "the product is not a six-digit HS code", "correct the code"),
        rule(
            pl.col("k_").is_in(allowed.implode()).not_(),
            "k",
            f"the product is not in {products.listed_in}"
            if products.listed_in
            else "no product: the HS has no such chapter, or leaves it to national use",
            "correct the code, or check the vintage",
        ),
        rule(
            (pl.col("v_").is_finite() & (pl.col("v_") >= 0)).not_(),
            "v",
            "the value is not a number of 0 or more",
            "correct the value (thousand US dollars), or leave the row out",
        ),
        rule(pl.col("v_") == 0, "v", "the value is 0: BACI has positive flows only", "leave the row out"),
        rule(
            pl.col("v_") > MOST_KUSD,
            "v",
            "more than a trillion dollars in one flow",
            "correct the value (thousand US dollars, not dollars), or leave the row out",
        ),
        rule(
            (
                pl.col("q").is_in(MISSING) | (pl.col("q_").is_finite() & (pl.col("q_") >= 0)).fill_null(value=False)
            ).not_(),
            "q",
            "the quantity is not a number of 0 or more, nor NA",
            "correct the quantity (tonnes), or write NA",
        ),
        Rule(
            (pl.col("q_") > MOST_TONNES).fill_null(value=False),
            "q",
            pl.col("q"),
            "more tonnes than any flow weighs",
            "correct the quantity (tonnes, not kilograms), or write NA",
        ),
        rule(
            (pl.col("i_place") == pl.col("j_place")) & both_areas.not_(),
            "j",
            "exporter and importer are the same country",
            "correct one of the codes, or leave the row out: trade within a country is not in BACI",
        ),
    ]


def _rows_of(good: pl.DataFrame) -> Rows:
    exporter, importer = good["i_number"].to_numpy(), good["j_number"].to_numpy()
    rows = Rows(
        good["k_"].cast(pl.UInt32).to_numpy(),
        (exporter.astype(np.uint32) << np.uint32(BITS)) | importer.astype(np.uint32),
        good["v_"].to_numpy(),
        good["q_"].fill_null(float("nan")).to_numpy(),
        good[ROW].cast(pl.UInt32).to_numpy(),
    )
    return without_areas(rows, (exporter == AREA) | (importer == AREA))


def set_twins_aside(
    rows: Rows, twins: np.ndarray, csv: Path, header: tuple[str, ...], year: int, provenance: Provenance
) -> tuple[Rows, pl.DataFrame]:
    """Keep the first row of each repeated key and set the others aside, naming the line of the first."""
    key = (rows.product[twins].astype(np.uint64) << np.uint64(2 * BITS)) | rows.pair[twins]
    repeated = (
        pl.DataFrame({"at": twins, "key": key, ROW: rows.line[twins]})
        .with_columns(pl.col(ROW).min().over("key").alias("first"))
        .filter(pl.col(ROW) != pl.col("first"))
    )
    keep = np.ones(len(rows.product), dtype=bool)
    keep[repeated["at"].to_numpy()] = False
    lines = pl.concat(_only(_lines(csv, header, None, year), repeated[ROW])).join(
        repeated.select(pl.col(ROW), "first"), on=ROW, how="inner"
    )
    parts = []
    for first, group in lines.with_columns(pl.lit(0, pl.Int16).alias(FAULT)).group_by("first", maintain_order=True):
        twin = Rule(
            pl.lit(value=True),
            "k",
            pl.col("k"),
            f"repeats exporter, importer and product of row {first[0]}, which was kept",
            "keep the one that is right and remove the other",
        )
        parts.append(
            set_aside(group, [twin], list(COLUMNS), file=csv.name, provenance=provenance, value_kusd=pl.col("v_"))
        )
    kept = Rows(
        rows.product[keep],
        rows.pair[keep],
        rows.value[keep],
        rows.mass[keep],
        rows.line[keep],
        rows.areas,
        rows.areas_value,
    )
    return kept, pl.concat([empty("quarantine"), *parts])


def _only(batches: Iterator[pl.DataFrame], lines: pl.Series) -> Iterator[pl.DataFrame]:
    wanted = lines.cast(pl.UInt32).implode()
    for batch in batches:
        yield batch.filter(pl.col(ROW).cast(pl.UInt32).is_in(wanted)).with_columns(pl.col(ROW).cast(pl.UInt32))
