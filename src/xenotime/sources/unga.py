"""The UN General Assembly: ideal points of countries, and how alike pairs of them vote.

Ideal points (Bailey, Strezhnev and Voeten 2017, "Estimating Dynamic State Preferences from United Nations Voting Data",
Journal of Conflict Resolution 61:430-456) go into table ``country_indices``. Roll calls (Voeten, "Data and Analyses of
Voting in the UN General Assembly": rcid, ccode, vote, and session, year or date) go into table ``relations`` as
`vote_agreement`: Cohen's kappa of the votes that both countries cast in a year, yes, abstention and no being one step
apart (linear weights), which takes out the agreement that the habits of the two would give by chance: Häge (2011),
"Choice or Circumstance? Adjusting Measures of Foreign Policy Similarity for Chance Agreement", Political Analysis
19:287-305. A session counts as the year it begins in. Taiwan has not voted since 1971.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from xenotime.core import SourceError
from xenotime.reference import cow_countries
from xenotime.sources._rows import Rule
from xenotime.sources._tabular import ROW
from xenotime.sources._whole import is_blank, number
from xenotime.sources._whole_files import read_whole
from xenotime.sources._yearly import FIRST_YEAR, Taking, not_a_year, not_finite_number, part, pieces, year_of
from xenotime.sources.base import Parsed, SourceInfo

Float = NDArray[np.float64]

INFO = SourceInfo(
    name="unga",
    title="Votes in the UN General Assembly: ideal points and roll calls",
    producer="Bailey, Strezhnev and Voeten",
    licence="CC0 (Harvard Dataverse)",
    url="https://doi.org/10.7910/DVN/LEJUQZ",
    citation="Bailey, M. A., Strezhnev, A. and Voeten, E. (2017), Estimating Dynamic State Preferences from United "
    "Nations Voting Data, Journal of Conflict Resolution 61:430-456",
    tables=("country_indices", "relations"),
    absence="unknown: a country without a row did not vote, or is no member; a pair without a row voted together too "
    "seldom to tell",
)
#: Ideal points by what the editions of the file call them.
IDEAL = ("IdealPoint", "IdealPointAll")
#: What the numbers of a vote mean; others (8 absent, 9 no member) are no votes.
VOTES = {1: "yes", 2: "abstains", 3: "no"}
#: Ideal points are scaled to variance 1; what lies beyond this is a wrong number.
FURTHEST = 10.0
#: Fewest votes that both cast in a year for their agreement to be told.
LEAST_VOTES = 10
#: Session 1 began in 1946.
_BEFORE_FIRST = 1945


def fetch(folder: Path, **options: Any) -> list[Path]:
    """Download ideal points or roll calls; see `xenotime.sources._fetch.fetch_files`."""
    from xenotime.sources._fetch import fetch_files

    return fetch_files("unga", folder, **options)


def parse(path: Path, *, version: str | None = None, years: Collection[int] | None = None) -> Iterator[Parsed]:
    """Read ideal points or roll calls, and yield one piece a year.

    Parameters
    ----------
    path : Path
        ``.csv`` (also ``.gz``), ``.tab``, ``.parquet`` or ``.dta``; which of the two it is, its columns tell.
    version : str, optional
        Default "as downloaded".
    years : collection of int, optional
        Only these.

    Raises
    ------
    InputError
        No such file.
    SourceError
        Neither of the two, damaged, or none of the years asked for.
    """
    path = Path(path)
    rows = read_whole(path)
    columns = tuple(name for name in rows.columns if name != ROW)
    ideal = next((name for name in IDEAL if name in columns), None)
    taking = Taking(INFO, version or "as downloaded", path, columns, years)
    if ideal and {"ccode", "session"} <= set(columns):
        yield from _ideal_points(rows, ideal, taking)
    elif {"rcid", "ccode", "vote"} <= set(columns) and _dated_by(columns):
        yield from _roll_calls(rows, taking)
    else:
        raise SourceError(
            "neither ideal points (ccode, session, IdealPoint) nor roll calls (rcid, ccode, vote, and session, year or "
            f"date): it has {', '.join(columns[:12])}",
            where=str(path),
            remedy="give the file as downloaded from Harvard Dataverse, or read it with --source table and a mapping",
        )


def _dated_by(columns: Collection[str]) -> str | None:
    return next((name for name in ("session", "year", "date") if name in columns), None)


def _year(column: str) -> pl.Expr:
    if column != "session":
        return year_of(column)
    session = number("session")
    return pl.when((session > 0) & (session < 200) & (session == session.floor())).then(
        session.cast(pl.Int32, strict=False) + _BEFORE_FIRST
    )


def _known(rows: pl.DataFrame, dated: str) -> tuple[pl.DataFrame, list[Rule]]:
    """Add year and country, and give the rules that both must be known."""
    typed = rows.with_columns(_year(dated).alias(":year"))
    country = cow_countries(typed["ccode"], typed[":year"].fill_null(_BEFORE_FIRST))
    return typed.with_columns(country.alias(":country")), [
        not_a_year(":year", dated),
        Rule(
            pl.col(":country").is_null(),
            "ccode",
            pl.col("ccode"),
            "unknown country code (cow codes)",
            "check the code; states that ended before 1988 have no place in the country table",
        ),
    ]


def _ideal_points(rows: pl.DataFrame, ideal: str, taking: Taking) -> Iterator[Parsed]:
    typed, rules = _known(rows, "session")
    typed = typed.with_columns(number(ideal).alias(":value"))
    beyond = Rule(
        (pl.col(":value").abs() > FURTHEST).fill_null(value=False), ideal, pl.col(ideal), "no ideal point",
        f"ideal points lie between about -3 and 3; beyond {FURTHEST} it is a wrong number",
    )  # fmt: skip
    good, aside = part(typed, [*rules, not_finite_number(ideal), beyond], taking, ":year")
    held = good.filter(pl.col(":value").is_not_null()).sort(ROW)
    again = Rule(
        ~pl.struct(":year", ":country").is_first_distinct(),
        "ccode",
        pl.col("ccode"),
        "repeats a country and session",
        "keep one of them; the first was taken",
    )
    held, repeated = part(held, [again], taking, ":year")
    empty = len(good.filter(is_blank(ideal)))
    frame = held.select(year=":year", country=":country", index=pl.lit("ideal_point"), value=pl.col(":value"))
    yield from pieces(
        frame,
        pl.concat([aside, repeated]),
        frame["year"].unique().to_list(),
        taking,
        table="country_indices",
        notes=[f"{empty:,} rows without an ideal point left out"] if empty else [],
    )


def _roll_calls(rows: pl.DataFrame, taking: Taking) -> Iterator[Parsed]:
    dated = str(_dated_by(taking.columns))
    typed, rules = _known(rows, dated)
    typed = typed.with_columns(number("vote").alias(":vote"))
    strange = ~is_blank("vote") & ~pl.col(":vote").is_in([1.0, 2.0, 3.0, 8.0, 9.0]).fill_null(False)
    rules.append(Rule(strange, "vote", pl.col("vote"), "no vote", "write 1 yes, 2 abstention, 3 no, 8 absent, 9 none"))
    good, aside = part(typed, rules, taking, ":year")
    again = Rule(
        ~pl.struct("rcid", ":country").is_first_distinct(),
        "rcid",
        pl.col("rcid"),
        "a second vote of this country on the same call",
        "keep the right one of the two; the first was taken",
    )
    good, repeated = part(good.sort(ROW), [again], taking, ":year")
    cast = good.filter(pl.col(":vote").is_in([float(vote) for vote in VOTES]), pl.col(":year") >= FIRST_YEAR)
    made, few = [], 0
    for (year,), votes in cast.partition_by(":year", as_dict=True, maintain_order=True).items():
        found, left = _agreement(votes, int(year))
        made.append(found)
        few += left
    notes = [f"{few:,} pairs and years with fewer than {LEAST_VOTES} votes of both left out"] if few else []
    frame = pl.concat(made) if made else pl.DataFrame(schema={"year": pl.Int32})
    yield from pieces(
        frame,
        pl.concat([aside, repeated]),
        frame["year"].unique().to_list(),
        taking,
        table="relations",
        notes=["agreement is Cohen's kappa with linear weights over yes, abstention, no", *notes],
    )


def _agreement(votes: pl.DataFrame, year: int) -> tuple[pl.DataFrame, int]:
    """Return the agreement of all pairs in a year, and how many pairs voted together too seldom."""
    names = votes[":country"].unique().sort()
    calls = votes["rcid"].unique().sort()
    table: Float = np.zeros((len(names), len(calls)))
    at = names.search_sorted(votes[":country"]).to_numpy()
    table[at, calls.search_sorted(votes["rcid"]).to_numpy()] = votes[":vote"].to_numpy()
    kappa, together = weighted_kappa(table)
    voted = (together > 0) & ~np.eye(len(names), dtype=bool)
    told = voted & (together >= LEAST_VOTES) & np.isfinite(kappa)
    i, j = np.nonzero(told)
    known = names.to_numpy()
    frame = pl.DataFrame(
        {"actor": known[i], "target": known[j], "value": kappa[i, j]},
        schema={"actor": pl.String, "target": pl.String, "value": pl.Float64},
    ).select(
        pl.lit(year, pl.Int32).alias("year"), "actor", "target", pl.lit("vote_agreement").alias("relation"), "value"
    )
    return frame, int((voted & ~told).sum()) // 2


def weighted_kappa(table: Float) -> tuple[Float, Float]:
    """Return Cohen's kappa with linear weights of every pair of voters.

    κ = 1 − Σ_kl |k − l| o_kl / Σ_kl |k − l| e_kl, o_kl the share of calls on which one votes k and the other l, e_kl
    what it would be if the two voted independently, each with its own shares among the calls on which both voted (Cohen
    1968, Psychological Bulletin 70:213-220).

    Parameters
    ----------
    table : ndarray, shape (countries, calls)
        1 yes, 2 abstention, 3 no; 0 where a country did not vote.

    Returns
    -------
    kappa : ndarray, shape (countries, countries)
        NaN where two never voted on the same call, or each always voted the same way as the other.
    together : ndarray, shape (countries, countries)
        Calls on which both voted.
    """
    kinds = [(table == kind).astype(np.float64) for kind in VOTES]
    cast = (table > 0).astype(np.float64)
    together = cast @ cast.T
    mine = [kind @ cast.T for kind in kinds]
    seen, expected = np.zeros_like(together), np.zeros_like(together)
    for k, one in enumerate(kinds):
        for m, other in enumerate(kinds):
            if k != m:
                seen += abs(k - m) * (one @ other.T)
                expected += abs(k - m) * mine[k] * mine[m].T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - seen * together / expected, np.nan), together
