"""The study's tables in sentences, by chapter: every figure in them is read from a table, none is typed.

"Association" is the word unless an effect survives within pairs: then the deviation from the pair's own mean goes with
ties too, by errors clustered by year and by those clustered by year, exporter and importer, and what differs between
pairs and stays is ruled out (what changes with it is not).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from xenotime.core import Provenance
from xenotime.studies.alliances import words_beside as beside
from xenotime.studies.alliances.certainty import HANGING, Certainty, certainty
from xenotime.studies.alliances.claims import CONTRADICTS, OPEN, SUPPORTS
from xenotime.studies.alliances.covariates import COVARIATES
from xenotime.studies.alliances.phrases import interval, named, number, tie, titled
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.words_beside import correlated
from xenotime.studies.trade import TradeStudy
from xenotime.studies.words import in_sentence, percent

if TYPE_CHECKING:
    from xenotime.studies.alliances.beside import Stage

Tables = Mapping[str, pl.DataFrame]
VERDICTS: Mapping[str, str] = {
    SUPPORTS: "supports it",
    CONTRADICTS: "contradicts it",
    OPEN: "cannot judge it",
}
#: Methods beside the headline, in words.
METHODS: Mapping[str, str] = {
    "mple": "pseudo-likelihood (headline)",
    "multiway": "errors by year, exporter and importer",
    "mcmle": "MCMC-MLE",
    "mundlak": "pair mean and deviation",
    "mundlak_multiway": "pair mean and deviation, errors by year, exporter and importer",
    "sender_receiver": "exporter and importer effects",
}
CHAPTERS = (
    "effects", "within", "estimators", "sensitivity", "speed", "robust", "volumes", "fit", "forecasts", "claims",
)  # fmt: skip


def sentences(
    tables: Tables, stages: tuple[str, ...], settings: AlliancesSettings
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return what each chapter says of each stage."""
    said: dict[str, dict[str, tuple[str, ...]]] = {chapter: {} for chapter in CHAPTERS}
    for stage in stages:
        for chapter, of in (("effects", effect), ("within", within), ("estimators", estimators)):
            lines = [of(tables, stage, name, settings) for name in settings.interest]
            said[chapter][stage] = tuple(line for line in lines if line)
        said["sensitivity"][stage] = sensitive(tables, stage, settings)
        for chapter, several in (("speed", beside.speed), ("robust", beside.robust)):
            said[chapter][stage] = tuple(
                line for name in settings.interest for line in several(tables, stage, name, settings)
            )
        lines = [beside.volume(tables, stage, name, settings) for name in settings.interest]
        said["volumes"][stage] = tuple(line for line in lines if line)
        said["fit"][stage] = beside.fit_words(tables, stage, settings)
        said["forecasts"][stage] = beside.forecast(tables, stage)
    judged = tuple(
        f"Published: {row['text']} This study {VERDICTS[row['verdict']]}: {row['why']}."
        for row in tables["claims"].iter_rows(named=True)
    )
    said["claims"] = {stage: judged if stage == stages[-1] else () for stage in stages}
    return said


def row_of(tables: Tables, stage: str, method: str, covariate: str, part: str = "") -> dict[str, Any] | None:
    """Return the row of a pair covariate's coefficient, or None."""
    stem = rf"^edgecov\.{covariate}{part}(\.(lag|lead)\d+)?$"
    rows = tables["coefficients"].filter(
        (pl.col("stage") == stage) & (pl.col("method") == method) & pl.col("term").str.contains(stem)
    )
    rows = rows.filter(pl.col("estimate").is_not_null())
    return rows.row(0, named=True) if rows.height else None


def kept_within(tables: Tables, stage: str, covariate: str, level: float) -> bool | None:
    """Return whether the deviation from the pair's mean goes with ties, in the direction of the headline.

    Both errors must tell it from noise: those clustered by year and those by year, exporter and importer.
    """
    whole, inside = row_of(tables, stage, "mple", covariate), row_of(tables, stage, "mundlak", covariate, "__deviation")
    if whole is None or inside is None or inside["p"] is None:
        return None
    agreed = np.sign(inside["estimate"]) == np.sign(whole["estimate"])
    return bool(agreed and all(_told_within(tables, stage, covariate, level)))


def _told_within(tables: Tables, stage: str, covariate: str, level: float) -> tuple[bool, bool]:
    """Return whether the deviation is told from noise by year, and by year, exporter and importer."""
    rows = (row_of(tables, stage, method, covariate, "__deviation") for method in ("mundlak", "mundlak_multiway"))
    by_year, several = (row is not None and row["p"] is not None and row["p"] <= level for row in rows)
    return by_year, several


def told_from_noise(tables: Tables, stage: str, covariate: str, level: float) -> bool:
    """Return whether a covariate's headline estimate is told from noise, and not by year-clustered errors alone."""
    row = row_of(tables, stage, "mple", covariate)
    return row is not None and certainty(tables, stage, row["term"], level).told


def effect(tables: Tables, stage: str, covariate: str, settings: AlliancesSettings) -> str:
    """Say how large the headline estimate is, as odds and as probability, and whether it is told from noise."""
    row = row_of(tables, stage, "mple", covariate)
    title = named(covariate)
    if row is None:
        return ""
    stands = certainty(tables, stage, row["term"], settings.level)
    figures = f"log-odds {number(row['estimate'])} per unit, {interval(row)}"
    if not stands.headline:
        return f"{COVARIATES[covariate].title}: no association with ties that is told from noise ({figures})."
    besides = _besides(stands)
    if not stands.told:
        whole = COVARIATES[covariate].title
        return f"{whole}: no association that is told from noise: {figures} by year alone; {besides}."
    binary = COVARIATES[covariate].unit.startswith("1 =")
    times = row["odds_ratio"] if binary else row["per_sd"]
    odds = f"{percent(abs(times - 1))} {'higher' if times > 1 else 'lower'} odds of a tie"
    points = f"{100 * row['marginal']:+.2f}".replace("-", "−")
    more = f"{COVARIATES[covariate].title}, against none," if binary else f"One standard deviation more {title}"
    return f"{more} goes with {odds}, {points} percentage points on average ({figures}; {besides})."


def _besides(stands: Certainty) -> str:
    """Say what allowing pairs of one country to hang together does to an estimate."""
    parts = []
    if stands.multiway is not None:
        parts.append(f"{interval(stands.multiway)} with errors by year, exporter and importer")
    if stands.p_relabelled is not None:
        parts.append(f"p = {stands.p_relabelled:.3f} by relabelling countries")
    figures = ", ".join(parts) or "other errors are not to be had"
    return figures if stands.together else f"{HANGING} ({figures})"


def within(tables: Tables, stage: str, covariate: str, settings: AlliancesSettings) -> str:
    """Say whether the estimate survives within pairs."""
    inside = row_of(tables, stage, "mundlak", covariate, "__deviation")
    between = row_of(tables, stage, "mundlak", covariate, "__mean")
    title = named(covariate)
    if inside is None or between is None:
        return ""
    kept = kept_within(tables, stage, covariate, settings.level)
    wide = row_of(tables, stage, "mundlak_multiway", covariate, "__deviation")
    besides = f"; {interval(wide)} with errors by year, exporter and importer" if wide is not None else ""
    by_year, several = _told_within(tables, stage, covariate, settings.level)
    only = {
        (True, False): ", told from noise by year alone",
        (False, True): ", told from noise by year, exporter and importer alone",
    }.get((by_year, several), "")
    figures = (
        f"a pair's deviation from its own mean has {number(inside['estimate'])} ({interval(inside)}{besides}){only}, "
        f"the mean {number(between['estimate'])} ({interval(between)})"
    )
    told = told_from_noise(tables, stage, covariate, settings.level)
    if kept and told:
        return f"For {title} the estimate survives within pairs: {figures}."
    if told:
        return (
            f"For {title} the estimate does not survive within pairs, so it is an association between pairs: {figures}."
        )
    amount = "something" if kept else "nothing that both errors tell from noise" if only else "nothing"
    return f"For {title} there is {amount} within pairs: {figures}."


def estimators(tables: Tables, stage: str, covariate: str, settings: AlliancesSettings) -> str:
    """Say whether the other estimators agree with the headline."""
    head = row_of(tables, stage, "mple", covariate)
    if head is None:
        return ""
    parts = []
    for method in ("mcmle", "sender_receiver"):
        words = METHODS[method]
        row = row_of(tables, stage, method, covariate)
        status = tables["models"].filter((pl.col("stage") == stage) & (pl.col("method") == method))
        if row is None or status.is_empty():
            continue
        state = status["status"][0]
        if state != "converged":
            parts.append(f"{words} did not converge ({state})")
            continue
        parts.append(f"with {words} it is {number(row['estimate'])} ({interval(row)})")
        told = all(p is not None and p <= settings.level for p in (head["p"], row["p"]))
        if told and np.sign(row["estimate"]) != np.sign(head["estimate"]):
            parts[-1] += ", so its sign hangs on what is held fixed"
    if not parts:
        return ""
    title = COVARIATES[covariate].title
    return f"{title}: {number(head['estimate'])} by the headline method; {', '.join(parts)}."


def sensitive(tables: Tables, stage: str, settings: AlliancesSettings) -> tuple[str, ...]:
    """Say where this stage stands among the stages, covariate by covariate."""
    said = []
    for covariate in settings.interest:
        rows = tables["sensitivity"].filter((pl.col("covariate") == covariate) & pl.col("other").is_not_null())
        first = rows.filter(pl.col("stage") == stage)
        if first.is_empty():
            continue
        for row in first.iter_rows(named=True):
            told = row["p"] is not None and row["p"] <= settings.level
            verdict = "told apart" if told else "not told apart"
            said.append(
                f"{COVARIATES[covariate].title}: one standard deviation moves log-odds by "
                f"{number(row['per_sd'])} here; "
                f"against {row['other']} the difference is {number(row['difference'])}, {verdict}"
                + (f" (p = {row['p']:.2g})." if row["p"] is not None else ".")
            )
    return tuple(said)


def headline(base: TradeStudy, tables: Tables, stages: tuple[str, ...], settings: AlliancesSettings) -> str:
    """One sentence: what goes with ties at which stage, and whether it survives within pairs."""
    parts = []
    for covariate in settings.interest:
        found, alone = [], False
        rows = {stage: row for stage in stages if (row := row_of(tables, stage, "mple", covariate))}
        for stage, row in rows.items():
            stands = certainty(tables, stage, row["term"], settings.level)
            alone |= stands.headline and not stands.told
            if not stands.told:
                continue
            kept = kept_within(tables, stage, covariate, settings.level)
            found.append(
                f"{'more' if row['estimate'] > 0 else 'fewer'} {f'{stage} ' if len(base.stages) > 1 else ''}ties"
                + ("" if kept else " (between pairs only)" if kept is not None else "")
            )
        title = named(covariate)
        if found:
            parts.append(f"{title} goes with {' and '.join(found)}")
        elif rows:
            parts.append(f"{title} is {HANGING}" if alone else f"of {title} no association is told from noise")
    span = f"{base.years[1]}–{base.years[-1]}"
    lead = "Reconstructed, not observed: in" if base.reconstructed else "In"
    goods = in_sentence(base.title if len(base.stages) > 1 else base.stage_titles[0])
    return f"{lead} {goods}, {span}, {'; '.join(parts) if parts else 'no covariate of interest was to be had'}."


def findings(said: Mapping[str, Mapping[str, tuple[str, ...]]], stages: tuple[str, ...]) -> tuple[str, ...]:
    """Return effects and what is left within pairs, from the stage furthest downstream up."""
    found = []
    for stage in reversed(stages):
        for chapter in ("effects", "within", "fit"):
            found += [f"{stage.capitalize()}. {line}" for line in said[chapter][stage]]
        found += [f"{stage.capitalize()}. {line}" for line in said["forecasts"][stage][1:]]
    return (*found, *said["claims"][stages[-1]])


def unanswered(tables: Tables, coverage: pl.DataFrame, settings: AlliancesSettings) -> list[str]:
    """Say what the settings name and the study does not answer to: covariates of interest, and those to be frozen."""
    lacking = [
        named(name)
        for name in settings.interest
        if not any(row_of(tables, stage, "mple", name) for stage in tables["models"]["stage"].unique())
    ]
    carried = set(coverage.filter(pl.col("carried").list.len() > 0)["covariate"])
    known = dict(coverage.filter("used").select("covariate", "last").iter_rows())
    said = [f"Of interest, and in no model, so nothing is said of it: {', '.join(lacking)}."] if lacking else []
    for name in settings.carry:
        if name not in carried:
            why = f"its source reaches {known[name]}" if known.get(name) else "it does not end" if name in known else ""
            said.append(
                f"{COVARIATES[name].title} is not frozen, though `carry` names it: {why or 'it is in no model'}."
            )
    return said


def caveats(
    base: TradeStudy,
    tables: Tables,
    made: Mapping[str, "Stage"],
    failed: Mapping[str, str],
    remarks: Sequence[str],
    settings: AlliancesSettings,
    sources: Sequence[Provenance],
) -> tuple[str, ...]:
    """What to know before quoting, beside what the trade study says of the data; `sources` name the covariates'."""
    said = list(base.caveats)
    said.append(
        "A tie is a flow of goods from exporter to importer "
        f"{tie(base.rule, base.rule_formula, base.rule_parameters)}. Estimates are of the "
        "odds of a tie, other ties of the year held fixed; they say nothing of volumes."
    )
    for stage, one in made.items():
        columns = [c for c, name in enumerate(one.fit.model.free_names) if name.startswith(("edgecov", "node"))]
        close = correlated(
            tuple(one.fit.model.free_names[c] for c in columns), np.corrcoef(one.fit.design.x[:, columns].T)
        )
        if close:
            said.append(f"{stage.capitalize()}, hard to tell apart (correlation): {'; '.join(close)}.")
        left = len(one.made.left_out)
        said.append(
            f"{stage.capitalize()}: {one.panel.n} countries"
            + (f", {left} left out (table nodes says why)" if left else "")
            + f". {' '.join(one.made.notes)} {' '.join(one.spec.notes)}".rstrip()
        )
    coverage = tables["coverage"].unique("covariate", keep="last", maintain_order=True)
    frozen = coverage.filter(pl.col("carried").list.len() > 0)
    said += [
        f"{row['title']} is frozen at {row['last']}: its source ends there ({titled(row['source'], sources)})."
        for row in frozen.iter_rows(named=True)
    ]
    said += unanswered(tables, coverage, settings)
    absent = [named(name) for name in coverage.filter(~pl.col("used") & pl.col("source").is_null())["covariate"]]
    if absent:
        said.append(f"The store holds nothing of these terms of the default specification: {', '.join(absent)}.")
    said += [
        f"Not in the model: {why}." for why in coverage.filter(~pl.col("used") & pl.col("source").is_not_null())["note"]
    ]
    said += [f"{stage.capitalize()} is not estimated: {why}." for stage, why in failed.items()]
    said += [
        f"{row['stage'].capitalize()}, {METHODS[row['method']]}: {row['status']}: {' '.join(row['notes'])}"
        for row in tables["models"].filter(pl.col("status") != "converged").iter_rows(named=True)
    ]
    said += [f"Not done: {remark}." for remark in remarks]
    return tuple(said)
