"""What holds and what does not: each estimate of interest taken through the checks of the study, read from its tables.

A check passes, fails, or cannot be made. What is told from noise and passes all that can be made holds; what fails one
is named with what it fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from xenotime.report import numbers
from xenotime.report.alliances.base import Place, covariate_title, interest, places, rows_of
from xenotime.report.alliances.cells import chance
from xenotime.report.tables import NOTHING, Header, Table, words
from xenotime.studies.alliances import AlliancesStudy

Row = Mapping[str, Any]
#: Keeps a figure on one line.
HARD = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Outcome:
    """How a check ended (None: it was tried and could not be made), and the figure or the reason it rests on."""

    passed: bool | None
    figure: str


@dataclass(frozen=True)
class Check:
    """A check: heading, what is said where it fails, and how it is made (None where the study does not have it).

    A check `of_signs` asks whether the sign is kept: of an estimate that is not told from noise it asks nothing.
    """

    title: str
    failed: str
    made: Callable[[AlliancesStudy, Place, Row], Outcome | None]
    of_signs: bool = False


def headline(study: AlliancesStudy, place: Place) -> Row | None:
    """Return the headline row of an estimate of interest, None where the stage's model does not have it."""
    return _coefficient(study, place, "mple", interest(study).get(place.covariate, {}).get(place.stage, ""))


def _coefficient(study: AlliancesStudy, place: Place, method: str, term: str) -> Row | None:
    rows = study.tables["coefficients"].filter(
        (pl.col("stage") == place.stage) & (pl.col("method") == method) & (pl.col("term") == term)
    )
    row = next(rows.iter_rows(named=True), None)
    return row if row and row["estimate"] is not None and row["p"] is not None else None


def _told(study: AlliancesStudy, place: Place, head: Row) -> Outcome:
    return Outcome(head["p"] <= study.settings.level, _p(head["p"]))


def _holm(study: AlliancesStudy, place: Place, head: Row) -> Outcome | None:
    p = head.get("p_holm")
    return None if p is None else Outcome(p <= study.settings.level, _p(p))


def _relabelled(study: AlliancesStudy, place: Place, head: Row) -> Outcome | None:
    p = head.get("p_relabelled")
    return None if p is None else Outcome(p <= study.settings.level, _p(p))


def _again(method: str, part: str = "") -> Callable[[AlliancesStudy, Place, Row], Outcome | None]:
    """Return a check whether another method finds the same sign, told from noise."""

    def made(study: AlliancesStudy, place: Place, head: Row) -> Outcome | None:
        status = study.tables["models"].filter((pl.col("stage") == place.stage) & (pl.col("method") == method))
        term = head["term"].replace(f"edgecov.{place.covariate}", f"edgecov.{place.covariate}{part}")
        row = _coefficient(study, place, method, term)
        if status.is_empty():
            return None
        if row is None or status["status"][0] != "converged":
            state = status["status"][0]
            return Outcome(None, "not estimated" if state == "converged" else state)
        return Outcome(row["p"] <= study.settings.level and _same_sign(row, head), _p(row["p"]))

    return made


def _within(study: AlliancesStudy, place: Place, head: Row) -> Outcome | None:
    """Whether the deviation from the pair's mean keeps the sign, told from noise by both errors; the larger p."""
    ways = [_again(method, "__deviation")(study, place, head) for method in ("mundlak", "mundlak_multiway")]
    by_year, several = ways
    if by_year is None or several is None or by_year.passed is None or several.passed is None:
        return next((way for way in ways if way is None or way.passed is None), None)
    term = head["term"].replace(f"edgecov.{place.covariate}", f"edgecov.{place.covariate}__deviation")
    p = max(row["p"] for method in ("mundlak", "mundlak_multiway") if (row := _coefficient(study, place, method, term)))
    return Outcome(by_year.passed and several.passed, _p(p))


def _placebo(study: AlliancesStudy, place: Place, head: Row) -> Outcome | None:
    rows = rows_of(study, "lags")
    if rows.is_empty():
        return None
    leads = rows.filter(
        (pl.col("stage") == place.stage)
        & (pl.col("covariate") == f"edgecov.{place.covariate}")
        & (pl.col("model") == "joint")
        & (pl.col("lag") < 0)
    ).drop_nulls("p")
    if leads.is_empty():
        return None
    p = min(leads["p"].to_list())
    return Outcome(p > study.settings.level, _p(p))


def _every(table: str) -> Callable[[AlliancesStudy, Place, Row], Outcome | None]:
    """Return a check whether all cases of a table (periods, thresholds, sources) have the sign of the headline."""

    def made(study: AlliancesStudy, place: Place, head: Row) -> Outcome | None:
        rows = rows_of(study, table)
        if rows.is_empty():
            return None
        known = rows.filter((pl.col("stage") == place.stage) & (pl.col("term") == head["term"])).drop_nulls("estimate")
        if known.height < 2:
            return None
        same = sum(_same_sign(row, head) for row in known.iter_rows(named=True))
        return Outcome(same == known.height, f"{same}{HARD}of{HARD}{known.height}")

    return made


def _without_each(study: AlliancesStudy, place: Place, head: Row) -> Outcome | None:
    """Whether the estimate stays as far from zero as its interval reaches, whoever is left out."""
    rows = rows_of(study, "influence")
    if rows.is_empty() or head["low"] is None:
        return None
    known = rows.filter((pl.col("stage") == place.stage) & (pl.col("term") == head["term"])).drop_nulls("estimate")
    if known.is_empty():
        return None
    reach = (head["high"] - head["low"]) / 2
    left = known.filter((pl.col("estimate") * np.sign(head["estimate"])) <= reach)
    worst = left.sort(pl.col("change_errors").abs(), descending=True)["left_out"].unique(maintain_order=True).to_list()
    named = ", ".join(_name(one) for one in worst[:2]) + (" …" if len(worst) > 2 else "")
    return Outcome(not worst, named)


def _name(left_out: str) -> str:
    return left_out if left_out.isdigit() else numbers.name(left_out)


def _curve(study: AlliancesStudy, place: Place, head: Row) -> Outcome | None:
    rows = rows_of(study, "curve_test")
    if rows.is_empty():
        return None
    median = rows.filter(
        (pl.col("stage") == place.stage)
        & (pl.col("covariate") == place.covariate)
        & pl.col("statistic").str.starts_with("median")
    ).drop_nulls("p")
    if median.is_empty():
        return None
    return Outcome(median["p"][0] <= study.settings.level, _p(median["p"][0]))


def _same_sign(one: Row, other: Row) -> bool:
    return bool(np.sign(one["estimate"]) == np.sign(other["estimate"]))


def _p(p: float) -> str:
    text = chance(p).text
    return f"p {text}".replace(" ", HARD) if text.startswith("<") else f"p = {text}".replace(" ", HARD)


NOT_TOLD = "has no association with ties that is told from noise"
#: The first check decides whether there is anything to hold.
CHECKS = (
    Check("Told from noise", "is not told from noise", _told),
    Check("Told from noise over all tests (Holm)", "does not survive that several are tested", _holm),
    Check(
        "With errors by year, exporter and importer",
        "is lost once pairs of one country may hang together",
        _again("multiway"),
    ),
    Check("Against relabelled countries", "is not told from relabelled countries", _relabelled),
    Check("By MCMC-MLE", "is not found by MCMC-MLE", _again("mcmle")),
    Check("Within pairs", "does not survive within pairs", _within),
    Check("Beside effects of each country", "does not survive effects of each country", _again("sender_receiver")),
    Check("Placebo: next year's says nothing", "follows trade by the placebo", _placebo),
    Check("Same sign in all periods", "turns in some period", _every("periods"), of_signs=True),
    Check("Same sign at all thresholds", "turns at some threshold", _every("thresholds"), of_signs=True),
    Check("Same sign by all sources", "turns with some source", _every("sources"), of_signs=True),
    Check("Without any one country or year", "rests on single countries or years", _without_each, of_signs=True),
    Check("All specifications together", "is not told from noise over all specifications", _curve),
)


def outcomes(study: AlliancesStudy, place: Place) -> dict[Check, Outcome | None] | None:
    """Return how each check ended; None where the stage's model does not have the covariate."""
    head = headline(study, place)
    if head is None:
        return None
    sure = _told(study, place, head).passed
    return {check: check.made(study, place, head) if sure or not check.of_signs else None for check in CHECKS}


def answer(study: AlliancesStudy) -> list[str]:
    """Return what holds and what does not, a sentence a covariate of interest; stages that end alike are one."""
    said = []
    for covariate in interest(study):
        alike: dict[str, list[str]] = {}
        for place in places(study):
            head, found = headline(study, place), outcomes(study, place)
            if place.covariate == covariate and head is not None and found is not None:
                alike.setdefault(_ended(head, found), []).append(place.stage.replace("_", " "))
        several = len(study.stages) > 1
        alike = dict(sorted(alike.items(), key=lambda one: one[0] == NOT_TOLD))
        parts = [words + (f" ({listed(stages)})" if several else "") for words, stages in alike.items()]
        if parts:
            said.append(f"{covariate_title(covariate)} {'; '.join(parts)}.")
    return said


def _ended(head: Row, found: Mapping[Check, Outcome | None]) -> str:
    """Return how an estimate came out of its checks: "goes with more ties in all 10 checks"."""
    made = {check: outcome.passed for check, outcome in found.items() if outcome and outcome.passed is not None}
    unmade = [
        numbers.in_sentence(check.title) for check, outcome in found.items() if outcome and outcome.passed is None
    ]
    fails = [check.failed for check, passed in made.items() if not passed]
    rest = f"; checks that could not be made: {listed(unmade)}" if unmade else ""
    sign = "more" if head["estimate"] > 0 else "fewer"
    if CHECKS[0].failed in fails:
        return NOT_TOLD
    if not fails:
        return f"goes with {sign} ties, and that holds in all {len(made)} checks{rest}"
    count = f"{len(made) - len(fails)} of {len(made)} checks"
    return f"is estimated to go with {sign} ties and passes {count}: it {listed(fails)}{rest}"


def listed(parts: list[str]) -> str:
    """Return parts as a list in words."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def table(study: AlliancesStudy) -> Table | None:
    """Return the checks, a row each, and a column a covariate of interest and stage."""
    found = {place: held for place in places(study) if (held := outcomes(study, place))}
    shown = [check for check in CHECKS if any(held[check] for held in found.values())]
    if not found:
        return None
    rows = tuple((words(check.title), *(words(_cell(held[check])) for held in found.values())) for check in shown)
    columns = (Header("Check", number=False),)
    if len(study.stages) > 1:
        each = [covariate for covariate in interest(study) if any(place.covariate == covariate for place in found)]
        top = tuple(
            Header(covariate_title(one), sum(place.covariate == one for place in found), number=False) for one in each
        )
        low = tuple(Header(numbers.stage_title(place.stage), number=False) for place in found)
        heads: tuple[tuple[Header, ...], ...] = ((Header("", number=False), *top), (*columns, *low))
    else:
        heads = ((*columns, *(Header(covariate_title(place.covariate), number=False) for place in found)),)
    return Table("Estimates of interest and the checks they pass", heads, rows)


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return NOTHING
    said = {True: "yes", False: "no", None: "not made"}[outcome.passed]
    return f"{said} ({outcome.figure})" if outcome.figure else said
