"""Which countries an event is between: actors as a source writes them, looked up by date, and what is none counted.

Each event falls into exactly one class: between two countries; inside one country; with an actor of no country; with a
group of countries (Africa, "the West"); with a country that did not exist that year; with an actor nobody knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from xenotime.reference import codes, to_iso3
from xenotime.sources._dates import TOLERANCE, years_outside

#: What stands where no country is named.
BLANK = ("", "na", "none", "null", "nan", "---")
#: Parts several countries in one field.
SEVERAL = ";"
BETWEEN, INSIDE = "between two countries", "inside one country"
NOBODY, GROUP = "with an actor of no country", "with a group of countries"
NOT_THEN, UNKNOWN = "with a country that did not exist that year", "with an actor that is no known country"
CLASSES = (BETWEEN, INSIDE, NOBODY, GROUP, NOT_THEN, UNKNOWN)
#: Classes by which an event that is between no two countries is told, the gravest first.
_GRAVE = (UNKNOWN, NOT_THEN, GROUP, NOBODY)


@dataclass(frozen=True)
class Sorted:
    """Events of one year sorted by what they are between.

    Attributes
    ----------
    pairs : polars.DataFrame
        `actor, target` (ISO3) and the other columns of the counts, for events between two countries.
    classes : dict
        Events in each of `CLASSES`.
    codes : polars.DataFrame
        `class, code, events`: actors that are no country; an event with two of them counts at both.
    several : int
        Events that name several countries on a side, and so stand in more than one pair.
    """

    pairs: pl.DataFrame
    classes: dict[str, int]
    codes: pl.DataFrame
    several: int


def sort_out(counts: pl.DataFrame, schemes: Sequence[str]) -> Sorted:
    """Sort the counted events of one year.

    Parameters
    ----------
    counts : polars.DataFrame
        `year, actor, target, code, quad, events, intensity`, actors as the source writes them.
    schemes : sequence of str
        Schemes of `xenotime.reference.codes` in which the source writes countries; the first that knows one counts.
    """
    counts = counts.with_row_index("group")
    known = _parts(pl.concat([counts["actor"], counts["target"]]).unique(), counts["year"][0], schemes)
    sides = {side: known.rename({name: f"{side}_{name}" for name in ("iso3", "kind", "part")}) for side in _SIDES}
    rows = counts.lazy()
    for side in _SIDES:
        rows = rows.join(sides[side].lazy(), left_on=side, right_on="raw", how="left")
    both = pl.col("actor_iso3").is_not_null() & pl.col("target_iso3").is_not_null()
    between = (both & (pl.col("actor_iso3") != pl.col("target_iso3"))).fill_null(value=False)
    kinds = pl.concat_list("actor_kind", "target_kind")
    told = pl.coalesce(pl.when(kinds.list.contains(kind)).then(pl.lit(kind)) for kind in _GRAVE)
    found = rows.with_columns(
        pl.when(between)
        .then(pl.lit(BETWEEN))
        .when(both)
        .then(pl.lit(INSIDE))
        .otherwise(told)
        .replace_strict({name: place for place, name in enumerate((BETWEEN, INSIDE, *_GRAVE))}, return_dtype=pl.Int8)
        .alias("class")
    ).collect()
    one = found.group_by("group").agg(pl.col("class").min(), pl.col("events").first(), pl.len())
    named = dict(enumerate((BETWEEN, INSIDE, *_GRAVE)))
    sums = dict(one.group_by("class").agg(pl.col("events").sum()).iter_rows())
    pairs = found.filter(pl.col("class") == 0)
    return Sorted(
        pairs=pairs.select(
            "year", pl.col("actor_iso3").alias("actor"), pl.col("target_iso3").alias("target"), "code", "quad",
            "events", "intensity"
        ),
        classes={name: int(sums.get(place, 0)) for place, name in named.items()},
        codes=_no_country(found),
        several=int(one.filter(pl.col("len") > 1)["events"].sum()),
    )  # fmt: skip


_SIDES = ("actor", "target")


def _parts(raw: pl.Series, year: int, schemes: Sequence[str]) -> pl.DataFrame:
    """Return `raw, part, iso3, kind`: the countries named in each field, one a row."""
    parts = (
        pl.DataFrame({"raw": raw.cast(pl.String)})
        .with_columns(pl.col("raw").str.split(SEVERAL).alias("part"))
        .explode("part")
        .with_columns(pl.col("part").str.strip_chars())
        .unique(maintain_order=True)
    )
    iso3 = pl.Series("iso3", [None] * len(parts), pl.String)
    group = pl.Series([False] * len(parts), dtype=pl.Boolean)
    for scheme in schemes:
        found = to_iso3(parts["part"], scheme)
        others = codes(scheme).filter(pl.col("kind") != "country")["code"].str.to_lowercase().to_list()
        group |= iso3.is_null() & found.is_null() & parts["part"].str.to_lowercase().is_in(others)
        iso3 = parts.select(pl.coalesce(iso3, found).alias("iso3")).to_series()
    blank = parts["part"].str.to_lowercase().is_in(list(BLANK))
    outside = years_outside(iso3, iso3, pl.Series([year] * len(parts)), "iso3") > TOLERANCE
    return parts.with_columns(
        pl.when(blank | outside).then(None).otherwise(iso3).alias("iso3"),
        pl.when(blank)
        .then(pl.lit(NOBODY))
        .when(outside & iso3.is_not_null())
        .then(pl.lit(NOT_THEN))
        .when(iso3.is_not_null())
        .then(pl.lit("country"))
        .when(group)
        .then(pl.lit(GROUP))
        .otherwise(pl.lit(UNKNOWN))
        .alias("kind"),
    )


def _no_country(found: pl.DataFrame) -> pl.DataFrame:
    """Return the events of each actor that is no country."""
    named = [
        found.select("group", "events", pl.col(f"{side}_part").alias("code"), pl.col(f"{side}_kind").alias("class"))
        for side in _SIDES
    ]
    return (
        pl.concat(named)
        .filter(pl.col("class").is_in([UNKNOWN, NOT_THEN, GROUP]))
        .unique(["group", "code", "class"])
        .group_by("class", "code")
        .agg(pl.col("events").sum())
    )
