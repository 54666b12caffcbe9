"""What Liu et al. 2025 (Sustainability 17(11) 4881) report, each claim judged from this study's numbers.

Their thresholds, event source and terms are not public, so nothing here reproduces their tables: a claim is held
against data and choices of one's own. "Supports" and "contradicts" need an estimate that is told from noise;
otherwise the verdict is "cannot judge", with the reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from xenotime.studies.alliances.certainty import HANGING, certainty
from xenotime.studies.alliances.phrases import labelled, minus, named, number

Tables = Mapping[str, pl.DataFrame]
#: What the article is on.
CHAIN = "rare_earths"
SUPPORTS, CONTRADICTS, OPEN = "supports", "contradicts", "cannot judge"
Verdict = tuple[str, str]
UNOBSERVED = "reconstructed data are no evidence"
#: Log-odds the article reports for one point of eigenvector centrality (its whole range).
COOPERATION, CONFLICT = 1.69, -0.289


@dataclass(frozen=True)
class Claim:
    """A published claim and how it is judged: tables and level of tests to verdict and reason."""

    name: str
    text: str
    judge: Callable[[Tables, float], Verdict]


def claims(tables: Tables, level: float, chain: str = CHAIN, *, reconstructed: bool = False) -> pl.DataFrame:
    """Return one row a claim: claim, text, verdict, why; none of another mineral's chain than the article's.

    A reconstructed world is no evidence for or against any.
    """
    rows = [
        (one.name, one.text, *(judged if not reconstructed else (OPEN, f"{UNOBSERVED}; in them, {judged[1]}")))
        for one in (CLAIMS if chain == CHAIN else ())
        for judged in [one.judge(tables, level)]
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("claim", "text", "verdict", "why"), pl.String), orient="row")


def _centrality(tables: Tables, covariate: str, stage: str | None = None) -> list[dict[str, Any]]:
    rows = tables["coefficients"].filter(
        (pl.col("method") == "mple")
        & pl.col("term").str.contains(rf"^node[io]cov\.{covariate}(\.lag\d+)?$")
        & pl.col("p").is_not_null()
    )
    if stage is not None:
        rows = rows.filter(pl.col("stage") == stage)
    return list(rows.iter_rows(named=True))


def _among(tables: Tables, row: Mapping[str, Any], level: float) -> tuple[bool, str]:
    """Return whether a covariate turns its sign beside exporter and importer effects, and what it does there."""
    other = tables["coefficients"].filter(
        (pl.col("method") == "sender_receiver") & (pl.col("term") == row["term"]) & (pl.col("stage") == row["stage"])
    )
    if other.is_empty() or other["p"][0] is None:
        return False, "it is an association: countries' own effects could not be held fixed"
    beside = other.row(0, named=True)
    told, same = beside["p"] <= level, np.sign(beside["estimate"]) == np.sign(row["estimate"])
    if told and same:
        return False, f"it survives exporter and importer effects: {_figure(beside)}"
    if told:
        return True, f"its sign turns with exporter and importer effects: {_figure(beside)}"
    return False, f"it is an association between countries: with exporter and importer effects {_figure(beside)}"


def _figure(row: Mapping[str, Any]) -> str:
    return f"{number(row['estimate'], 2)} ({number(row['low'], 2)} to {number(row['high'], 2)})"


def _named(row: Mapping[str, Any]) -> str:
    return f"{row['stage']}, {labelled(row['term'])}: {_figure(row)}"


def _centralities(covariate: str, size: float, stage: str | None = None) -> Callable[[Tables, float], Verdict]:
    """Return a judge of log-odds for a centrality's whole range: its sign, its size, and countries' own effects."""
    published = minus(f"{size}")

    def judge(tables: Tables, level: float) -> Verdict:
        rows = _centrality(tables, covariate, stage)
        if not rows:
            modelled = stage is None or stage in tables["coefficients"]["stage"]
            model = "the model" if stage is None else f"the model of {stage}"
            return OPEN, f"{named(covariate)} is not in {model}" if modelled else f"there is no model of {stage}"
        listed = "; ".join(_named(row) for row in rows)
        by_year = [row for row in rows if row["p"] <= level]
        told = [row for row in by_year if certainty(tables, row["stage"], row["term"], level).told]
        with_it = [row for row in by_year if np.sign(row["estimate"]) == np.sign(size)]
        if not told:
            return OPEN, f"{listed}: {HANGING}" if by_year else f"no estimate is told from noise: {listed}"
        if not with_it:
            return CONTRADICTS, f"where it is told from noise it has the other sign: {listed}"
        if len(with_it) < len(by_year):
            best = max(with_it, key=lambda row: abs(float(row["estimate"])))
            return (
                OPEN,
                f"exporters and importers, or stages, disagree in sign: {listed}; {_among(tables, best, level)[1]}",
            )
        best = max(told, key=lambda row: abs(float(row["estimate"])))
        turns, words = _among(tables, best, level)
        if turns:
            return OPEN, f"{listed}; {words}"
        inside = best["low"] <= size <= best["high"]
        return (
            SUPPORTS,
            f"in sign: {listed}; the published {published} lies {'within' if inside else 'outside'} it; {words}",
        )

    return judge


def _most_sensitive(stage: str, covariate: str) -> Callable[[Tables, float], Verdict]:
    def judge(tables: Tables, level: float) -> Verdict:
        rows = tables["sensitivity"].filter(pl.col("covariate") == covariate)
        sizes = dict(rows.filter(pl.col("other").is_null()).select("stage", "per_sd").iter_rows())
        if stage not in sizes or len(sizes) < 2:
            there = f"only {' and '.join(sizes)} has" if sizes else "none has"
            return OPEN, f"stages cannot be compared: {there} {named(covariate)} in its model"
        pairs = rows.filter(pl.col("other").is_not_null())
        listed = minus(", ".join(f"{name} {value:+.3f}" for name, value in sizes.items()))
        figures = f"log-odds for one standard deviation: {listed}"
        over = pairs.filter((pl.col("other") == stage) & (pl.col("p") <= level))
        if over.height:
            return CONTRADICTS, f"{over['stage'][0]} answers more (p = {over['p'][0]:.2g}); {figures}"
        own = pairs.filter(pl.col("stage") == stage)
        told = own.filter(pl.col("p") <= level)
        if told.height == len(sizes) - 1:
            return SUPPORTS, f"{stage} answers more than every other stage, told apart from each; {figures}"
        return OPEN, f"{stage} is not told apart from every other stage; {figures}"

    return judge


def _speed(tables: Tables, covariate: str) -> dict[str, tuple[float, float, bool]]:
    """Return long over short run by stage, with the difference in the first year and whether it is told from noise."""
    if "paths" not in tables:
        return {}
    found = {}
    rows = tables["paths"].filter(pl.col("covariate") == covariate)
    for stage in rows["stage"].unique(maintain_order=True):
        course = rows.filter(pl.col("stage") == stage).sort("step")
        first, last = course.row(0, named=True), course.row(-1, named=True)
        told = first["low"] * first["high"] > 0 and last["low"] * last["high"] > 0
        found[stage] = (last["difference"] / first["difference"], first["difference"], bool(told))
    return found


def _long_and_short(tables: Tables, level: float) -> Verdict:
    cooperation, conflict = _speed(tables, "cooperation"), _speed(tables, "conflict")
    both = [s for s in cooperation if s in conflict and cooperation[s][2] and conflict[s][2]]
    if not both:
        return (
            OPEN,
            "at no stage are both cooperation and conflict told from noise, in the short and in the long run",
        )
    parts = [f"{s}: cooperation {cooperation[s][0]:.1f}, conflict {conflict[s][0]:.1f}" for s in both]
    figures = f"expected ties after some years over those in the first: {'; '.join(parts)}"
    memory = "in this model what lasts is carried by memory, which is the same for both"
    if all(conflict[s][0] < 1.25 and cooperation[s][0] >= 1.5 for s in both):
        return SUPPORTS, f"{figures}; {memory}"
    if all(conflict[s][0] >= 1.5 for s in both):
        return CONTRADICTS, f"conflict's effect builds up as well; {figures}; {memory}"
    return OPEN, f"{figures}; {memory}"


CLAIMS = (
    Claim(
        "cooperation centrality",
        "Cooperation centrality multiplies the odds of a tie by up to 5.4 (exp(1.69)).",
        _centralities("cooperation_centrality", COOPERATION),
    ),
    Claim(
        "conflict centrality",
        "One point of conflict eigenvector centrality cuts the odds of midstream ties by 25.1 % (1 − exp(−0.289)).",
        _centralities("conflict_centrality", CONFLICT, "midstream"),
    ),
    Claim(
        "downstream and cooperation",
        "Downstream is most sensitive to cooperation.",
        _most_sensitive("downstream", "cooperation"),
    ),
    Claim(
        "midstream and conflict", "Midstream is most sensitive to conflict.", _most_sensitive("midstream", "conflict")
    ),
    Claim(
        "long and short run",
        "Cooperation acts over the long term, conflict over the short term.",
        _long_and_short,
    ),
)
