"""Pairs of countries out of political data: codes dated, spells spread over years, both directions, no conflict lost.

A file lists pairs by year, or spells with a beginning and an end; a year counts when the relation held on any day of
it. Rows of one pair are told apart by what identifies them (a treaty, a dispute): rows that repeat each other are
counted, rows that contradict an earlier one are set aside, and several treaties or disputes of a pair make one value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from xenotime.reference import cow_countries, to_iso3
from xenotime.sources._dates import TOLERANCE, years_outside
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW
from xenotime.sources._yearly import FIRST_YEAR, Taking, not_a_year, part, pieces
from xenotime.sources.base import Parsed

_KEY = ("year", "actor", "target", "relation")
#: Codes named in a note before the rest are counted.
_NAMED = 12


@dataclass(frozen=True)
class Pairs:
    """How the rows of a file name pairs and years, and what holds between them.

    Attributes
    ----------
    one, other : str
        Columns with the codes of the two countries; the first acts where `directed`.
    first, last : str
        Columns with the first and last year or date; the same column where a row is a year.
    values : mapping
        Relation to its value: null where the row says nothing of it, 0 where it says that it does not hold.
    scheme : {"cow", "iso3", "name"}
        What the codes are.
    back : mapping, optional
        Relation to its value from the other to the one; nothing where a row holds from one to the other alone. The same
        as `values` for relations without direction.
    identity : tuple of str
        Columns that tell rows of the same pair and year apart.
    several : {"max", "min"}
        Which value counts where several rows of a pair speak for a year.
    exhaustive : bool
        Whether the file lists all there was from its first year to its last, so that a year between without a row is
        covered too.
    covers : tuple of int
        Years that the file speaks for though none of the rows handed over is of them.
    """

    one: str
    other: str
    first: str
    last: str
    values: Mapping[str, pl.Expr]
    back: Mapping[str, pl.Expr] | None = None
    scheme: str = "cow"
    identity: tuple[str, ...] = ()
    several: Literal["max", "min"] = "max"
    exhaustive: bool = False
    covers: tuple[int, ...] = ()


def relation_pieces(
    rows: pl.DataFrame, pairs: Pairs, rules: Sequence[Rule], taking: Taking, notes: Sequence[str] = ()
) -> Iterator[Parsed]:
    """Yield one piece of table ``relations`` a year.

    Parameters
    ----------
    rows : polars.DataFrame
        The file's columns as strings, with `ROW`, and ``:first`` and ``:last``, the typed years.
    rules : sequence of Rule
        What no good row does, beside what holds for all: years that can be read, an end not before the beginning,
        two known countries.
    """
    said = list(notes)
    early = (pl.col(":last") < FIRST_YEAR).fill_null(False)
    count = rows.filter(early).height
    if count:
        said.append(f"{count:,} of {len(rows):,} rows end before {FIRST_YEAR} and are left out")
    rows = rows.filter(~early).with_columns(
        to_iso3(rows.filter(~early)[pairs.one], pairs.scheme).alias(":one"),
        to_iso3(rows.filter(~early)[pairs.other], pairs.scheme).alias(":other"),
    )
    said += _unknown(rows, pairs)
    good, aside = part(rows, [*_years(pairs), *rules, *_countries(pairs)], taking, ":first")
    good, again = _without_contradictions(good, pairs, taking)
    aside = pl.concat([aside, again])
    long = _by_year(good, pairs, said)
    years = {*long["year"].unique().to_list(), *(year for year in pairs.covers if year >= FIRST_YEAR)}
    covered = range(min(years), max(years) + 1) if pairs.exhaustive and years else years
    yield from pieces(_settled(long, pairs), aside, covered, taking, table="relations", notes=said)


def _years(pairs: Pairs) -> list[Rule]:
    rules = [not_a_year(":first", pairs.first)]
    if pairs.last != pairs.first:
        rules += [
            not_a_year(":last", pairs.last),
            Rule(
                (pl.col(":last") < pl.col(":first")).fill_null(False),
                pairs.last,
                pl.col(pairs.last),
                "ends before it begins",
                "exchange beginning and end, or mend the date",
            ),
        ]
    return rules


def _countries(pairs: Pairs) -> list[Rule]:
    unknown = [
        Rule(
            pl.col(typed).is_null(),
            column,
            pl.col(column),
            f"unknown country code ({pairs.scheme} codes)",
            "check the code; states that ended before 1988 have no place in the country table",
        )
        for typed, column in ((":one", pairs.one), (":other", pairs.other))
    ]
    same = Rule(
        (pl.col(pairs.one).str.strip_chars() == pl.col(pairs.other).str.strip_chars()).fill_null(False),
        pairs.other,
        pl.col(pairs.other),
        "both countries are the same",
        "mend the code",
    )
    return [*unknown, same]


def _unknown(rows: pl.DataFrame, pairs: Pairs) -> list[str]:
    """Name the codes of no country that we know, with how many rows each has."""
    codes = [
        rows.filter(pl.col(typed).is_null() & pl.col(column).is_not_null())[column].alias("code")
        for typed, column in ((":one", pairs.one), (":other", pairs.other))
    ]
    found = pl.concat(codes).value_counts(sort=True, name="rows").sort("rows", "code", descending=[True, False])
    if found.is_empty():
        return []
    named = ", ".join(f"{code} ({count:,} rows)" for code, count in found.head(_NAMED).iter_rows())
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return [f"codes of no country known here: {named}{more}; their rows are set aside"]


def _without_contradictions(good: pl.DataFrame, pairs: Pairs, taking: Taking) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Set aside the rows that say of the same pair, years and matter another thing than an earlier row.

    Where a row speaks for both directions, a row of the pair in the other order has to say the same, turned round.
    """
    one, other = pl.col(pairs.one).str.strip_chars(), pl.col(pairs.other).str.strip_chars()
    turned = one > other if pairs.back is not None else pl.lit(False)
    back = pairs.values if pairs.back is None else pairs.back
    typed = good.sort(ROW).with_columns(
        *(value.alias(f":value:{relation}") for relation, value in pairs.values.items()),
        *(value.alias(f":back:{relation}") for relation, value in back.items()),
        *(pl.col(name).alias(f":is:{name}") for name in pairs.identity),
    )
    key = [
        pl.when(turned).then(other).otherwise(one),
        pl.when(turned).then(one).otherwise(other),
        *(pl.col(name) for name in (":first", ":last", *(f":is:{name}" for name in pairs.identity))),
    ]
    same = [expression.alias(f":same:{at}") for at, expression in enumerate(key)]
    there = {
        relation: pl.when(turned).then(pl.col(f":back:{relation}")).otherwise(pl.col(f":value:{relation}"))
        for relation in pairs.values
    }
    and_back = {
        relation: pl.when(turned).then(pl.col(f":value:{relation}")).otherwise(pl.col(f":back:{relation}"))
        for relation in pairs.values
    }
    against = [said.ne_missing(said.first().over(same)) for side in (there, and_back) for said in side.values()]
    rule = Rule(
        pl.any_horizontal(against),
        pairs.one,
        pl.concat_str(pl.col(pairs.one), pl.lit(", "), pl.col(pairs.other)),
        "contradicts an earlier row of the same pair and time",
        "keep the right one of the two; the first was taken",
    )
    return part(typed, [rule], taking, ":first")


def _by_year(good: pl.DataFrame, pairs: Pairs, said: list[str]) -> pl.DataFrame:
    """Return year, actor, target and the values, one row a row of the file and year, countries dated."""
    spread = good.with_columns(
        pl.int_ranges(pl.max_horizontal(":first", pl.lit(FIRST_YEAR)), pl.col(":last") + 1, dtype=pl.Int32).alias(
            "year"
        )
    ).explode("year")
    for typed, column, name in ((":one", pairs.one, "actor"), (":other", pairs.other, "target")):
        dated = cow_countries(spread[column], spread["year"]) if pairs.scheme == "cow" else spread[typed]
        spread = spread.with_columns(dated.alias(name)).with_columns(
            years_outside(spread[column], dated, spread["year"], pairs.scheme).alias(f":off:{name}")
        )
    outside = pl.max_horizontal(":off:actor", ":off:target") > TOLERANCE
    one = pl.col("actor") == pl.col("target")
    for gone, why in (
        (outside, "of countries that did not exist in that year"),
        (one & ~outside, "between two codes of one country"),
    ):
        count = spread.filter(gone).height
        if count:
            said.append(f"{count:,} pairs and years {why} left out")
    return spread.filter(~outside & ~one).select(
        "year", "actor", "target", *(f":{side}:{relation}" for side in ("value", "back") for relation in pairs.values)
    )


def _settled(long: pl.DataFrame, pairs: Pairs) -> pl.DataFrame:
    """Return one value a relation, pair and year; in both directions where the relation has none."""
    parts = []
    for relation in pairs.values:
        ways = [("actor", "target", "value"), ("target", "actor", "back")][: 1 if pairs.back is None else 2]
        found = pl.concat(
            long.select(
                "year",
                pl.col(one).alias("actor"),
                pl.col(other).alias("target"),
                relation=pl.lit(relation),
                value=pl.col(f":{side}:{relation}").cast(pl.Float64),
            )
            for one, other, side in ways
        ).filter(pl.col("value") != 0)
        picked = pl.col("value").max() if pairs.several == "max" else pl.col("value").min()
        parts.append(found.group_by(_KEY).agg(picked))
    return pl.concat(parts)
