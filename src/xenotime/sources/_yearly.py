"""The common end of political sources: years, their bounds, and one checked piece a year.

That a source has a piece for a year is how the store knows that the source speaks for that year: a pair that is not
listed in it has no pact, no dispute, no border. So a year without any row still gets its piece where the file is an
exhaustive list, and the notes say where it ends.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from xenotime.core import Provenance, SourceError, sha256_of
from xenotime.schema import TABLES, check
from xenotime.sources._rows import FAULT, Rule, first_fault, set_aside
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import is_blank, number
from xenotime.sources.base import Parsed, SourceInfo

#: First year read: the numbers of earlier states stand for countries that the country table does not know.
FIRST_YEAR = 1945
_OLDEST, _NEWEST = 1000, 2100


@dataclass(frozen=True)
class Taking:
    """What is being read: source, edition, file, its columns, and the years asked for (None: all)."""

    info: SourceInfo
    version: str
    path: Path
    columns: tuple[str, ...]
    years: Collection[int] | None = None
    note: str = ""

    @property
    def provenance(self) -> Provenance:
        """Source and edition, without years."""
        info = self.info
        return Provenance(
            info.name, self.version, title=info.title, citation=info.citation, licence=info.licence, note=self.note
        )


def year_of(column: str) -> pl.Expr:
    """Return the year in a column of years or dates (1990, 1990.0, 1990-10-03, 199010, 19901003); null where none."""
    text = pl.col(column).str.strip_chars().str.replace(r"\.0+$", "")
    shaped = text.str.contains(r"^[0-9]{4}([0-9]{2}|[0-9]{4}|[-/m][0-9]{1,2}([-/][0-9]{1,2})?)?([ T].*)?$")
    year = pl.when(shaped).then(text.str.slice(0, 4).cast(pl.Int32, strict=False))
    return pl.when(year.is_between(_OLDEST, _NEWEST)).then(year)


def not_a_year(typed: str, column: str) -> Rule:
    """Return the rule that a year must be readable, and not lie in the future; `typed` holds it as a number.

    One date that is wrong by a digit would have the source speak, with 0 for all other pairs, for years to come.
    """
    bad = pl.col(typed).is_null() | (pl.col(typed) > datetime.now(tz=UTC).year)
    return Rule(bad, column, pl.col(column), "not a year up to now", "write it as 1998, or 1998-10-03")


def not_finite_number(column: str) -> Rule:
    """Return the rule that a value is a number where it is not left empty."""
    broken = ~is_blank(column) & ~number(column).is_finite().fill_null(False)
    return Rule(broken, column, pl.col(column), "not a number", "write a number, or leave it empty")


def neither_0_nor_1(column: str) -> Rule:
    """Return the rule that a mark is 0 or 1 where it is not left empty."""
    broken = ~is_blank(column) & ~number(column).is_in([0.0, 1.0]).fill_null(False)
    return Rule(broken, column, pl.col(column), "neither 0 nor 1", "write 1 or 0, or leave it empty where unknown")


def part(rows: pl.DataFrame, rules: Sequence[Rule], taking: Taking, year: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return good rows, and the others as table ``quarantine`` with a column `year` (null where it is not known).

    Parameters
    ----------
    rows : polars.DataFrame
        With `ROW` and the typed column `year`.
    """
    judged = rows.with_columns(first_fault(rules)) if rules else rows.with_columns(pl.lit(None, pl.Int16).alias(FAULT))
    bad = judged.filter(pl.col(FAULT).is_not_null())
    aside = set_aside(bad, rules, taking.columns, file=taking.path.name, provenance=taking.provenance)
    at = bad.select(pl.col(ROW).cast(pl.Int64), pl.col(year).cast(pl.Int32).alias("year"))
    return (
        judged.filter(pl.col(FAULT).is_null()).drop(FAULT),
        aside.join(at, left_on="row", right_on=ROW, how="left", maintain_order="left"),
    )


def pieces(
    frame: pl.DataFrame,
    aside: pl.DataFrame,
    covered: Collection[int],
    taking: Taking,
    *,
    table: str,
    notes: Sequence[str],
) -> Iterator[Parsed]:
    """Yield one piece for each covered year that was asked for.

    Parameters
    ----------
    frame : polars.DataFrame
        The table's columns without `source` and `source_version`.
    aside : polars.DataFrame
        Rows set aside, with `year`; those of no covered year stand with the first piece.
    covered : collection of int
        Years the file speaks for.

    Raises
    ------
    SourceError
        No year can be used.
    """
    path, years = taking.path, sorted(covered)
    if not years:
        first = aside.row(0, named=True) if len(aside) else None
        why = f": {first['column']} is {first['value']!r}, {first['reason']}" if first else ""
        raise SourceError(
            f"no row can be used{why}", where=str(path), remedy="check that this is the file meant, and whole"
        )
    ends = f"ends in {years[-1]}: what held later is unknown, not absent"
    wanted = years if taking.years is None else [year for year in years if year in set(taking.years)]
    if not wanted:
        raise SourceError(
            f"holds none of the years asked for: it covers {years[0]} to {years[-1]}",
            where=str(path),
            remedy="ask for years it covers",
        )
    dtypes = TABLES[table].dtypes
    whole = frame.select(
        *(pl.col(name).cast(dtype) for name, dtype in dtypes.items() if name in frame.columns),
        source=pl.lit(taking.info.name),
        source_version=pl.lit(taking.version),
    ).select(list(dtypes))
    keys = [name for name in TABLES[table].key if name not in ("source", "source_version")]
    by_year = whole.sort(keys).partition_by("year", as_dict=True, maintain_order=True)
    digest = sha256_of(path)
    for year in wanted:
        stray = ~pl.col("year").is_in(wanted).fill_null(False) if year == wanted[0] else pl.lit(False)
        here = aside.filter((pl.col("year") == year).fill_null(False) | stray).drop("year")
        rows = by_year.get((year,), whole.clear())
        yield Parsed(
            table=table,
            frame=check(rows, table, where=path.name),
            quarantine=here,
            provenance=replace(taking.provenance, years=(year, year)),
            file=path.name,
            sha256=digest,
            year=year,
            notes=(*notes, ends) if year == wanted[0] else (),
        )
