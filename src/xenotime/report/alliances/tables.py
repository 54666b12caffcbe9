"""The tables of the alliances study's page, by chapter; each reads one table of the study."""

import re
from collections.abc import Callable, Mapping, Sequence

import polars as pl

from xenotime.report import numbers
from xenotime.report.alliances import tables_beside
from xenotime.report.alliances.base import covariate_title, interest, level, rows_of
from xenotime.report.alliances.cells import chance, estimated, header, interval, stage_rows, titled
from xenotime.report.alliances.estimates import headline
from xenotime.report.tables import NOTHING, Cell, Table, figure, words
from xenotime.studies.alliances import AlliancesStudy
from xenotime.studies.alliances.covariates import COVARIATES
from xenotime.studies.alliances.phrases import titled as titles_of

ByStage = Callable[[AlliancesStudy, str], Table | None]
Whole = Callable[[AlliancesStudy], Table | None]
METHODS = {
    "mple": "Pseudo-likelihood (headline)",
    "mple_percentile": "Bootstrap over years, percentile",
    "mple_bca": "Bootstrap over years, BCa",
    "multiway": "Errors by year, exporter and importer",
    "mcmle": "MCMC-MLE",
    "mundlak": "Pair means and deviations",
    "mundlak_multiway": "Pair means and deviations, errors by year, exporter and importer",
    "sender_receiver": "Exporter and importer effects",
}
#: A list of years in a remark.
YEARS = re.compile(r"\b\d{4}(?:, \d{4})+\b")
KINDS = {"conditional": "other ties as they are", "total": "other ties answer"}


def estimates(study: AlliancesStudy, stage: str) -> Table | None:
    """Return the headline estimates of a stage, as a paper prints them, without stars."""
    rows = headline(study, stage).to_dicts()
    rows += [
        row for row in stage_rows(study, "coefficients", stage) if row["method"] == "mple" and row["term"] == "edges"
    ]
    model = next((row for row in stage_rows(study, "models", stage) if row["method"] == "mple"), None)
    if not rows or model is None:
        return None
    adjusted = any(row.get("p_holm") is not None for row in rows)
    cells = tuple(
        (
            words(row["label"]), *estimated(row),
            *((chance(row["p_holm"]), chance(row["p_bh"])) if adjusted else ()),
            figure(row["odds_ratio"], 2), figure(row["per_sd"], 2),
            figure(None if row["marginal"] is None else 100 * row["marginal"], 2),
        )
        for row in rows
    )  # fmt: skip
    span = numbers.span(model["first"], model["last"])
    what = (
        f"Estimates, {span}: {model['ties']:,} ties among {model['dyads']:,} pairs and years of "
        f"{model['countries']} countries"
    )
    heads = (
        "*Term", "Log-odds", "Error", f"{level(study)} interval", "p",
        *(("p, Holm", "p, BH") if adjusted else ()),
        "Odds ratio", "Odds ratio, 1 SD", "Probability, 1 SD, points",
    )  # fmt: skip
    return Table(titled(study, stage, what), header(*heads), cells)


def methods(study: AlliancesStudy, stage: str) -> Table | None:
    """Return the covariates of interest by other methods, and their conditional and total effects."""
    terms = [held[stage] for held in interest(study).values() if stage in held]
    stems = [term.partition(".lag")[0].partition(".lead")[0] for term in terms]
    status = {row["method"]: row["status"] for row in stage_rows(study, "models", stage)}
    cells = []
    for row in stage_rows(study, "coefficients", stage):
        stem = row["term"].partition(".lag")[0].partition(".lead")[0].partition("__")[0]
        if stem in stems:
            state = status.get(row["method"].removesuffix("_percentile").removesuffix("_bca"), "")
            cells.append((
                words(row["label"]), words(METHODS.get(row["method"], row["method"])), *estimated(row), words(state),
            ))  # fmt: skip
    cells.sort(key=lambda cell: cell[0].text.partition(",")[0])
    cells += [
        (
            words(row["label"]), words(f"Chance of a tie for 1 SD more, points; {KINDS[row['kind']]}"),
            figure(100 * row["effect"], 2), Cell(NOTHING), interval(row, 2, 100.0), Cell(NOTHING), words(""),
        )
        for row in stage_rows(study, "effects", stage)
    ]  # fmt: skip
    if not cells:
        return None
    heads = ("*Term", "*Method", "Log-odds", "Error", f"{level(study)} interval", "p", "*Status")
    return Table(titled(study, stage, "The same by other methods"), header(*heads), tuple(cells))


def sensitivity(study: AlliancesStudy) -> Table | None:
    """Return the stages compared pair by pair."""
    rows = rows_of(study, "sensitivity")
    if rows.is_empty() or rows["other"].is_null().all():
        return None
    cells = tuple(
        (
            words(covariate_title(row["covariate"])), words(numbers.stage_title(row["stage"])),
            figure(row["per_sd"], 3),
            words(numbers.stage_title(row["other"])), figure(row["difference"], 3),
            interval({"low": row["difference_low"], "high": row["difference_high"]}), chance(row["p"]),
        )
        for row in rows.filter(pl.col("other").is_not_null()).iter_rows(named=True)
    )  # fmt: skip
    heads = (
        "*Covariate",
        "*Stage",
        "Log-odds for 1 SD more",
        "*Against",
        "Difference of sizes",
        f"{level(study)} interval",
        "p",
    )
    return Table("Which stage answers more: sizes compared stage by stage", header(*heads), cells)


def claims(study: AlliancesStudy) -> Table | None:
    """Return published claims with the verdict of these data."""
    rows = rows_of(study, "claims")
    if rows.is_empty():
        return None
    cells = tuple((words(row["text"]), words(row["verdict"]), words(row["why"])) for row in rows.iter_rows(named=True))
    heads = ("*Published (Liu et al. 2025)", "*These data", "*Why")
    return Table("Published claims: what these data support, contradict, or cannot judge", header(*heads), cells)


def coverage(study: AlliancesStudy) -> Table | None:
    """Return every covariate, in the model or not: unit, source, years, lag, what is unknown, what is frozen."""
    known = {name: k for k, name in enumerate(COVARIATES)}
    rows = (
        study.tables["coverage"]
        .unique("covariate", keep="last", maintain_order=True)
        .sort(~pl.col("used"), pl.col("covariate").replace_strict(known, default=99), maintain_order=True)
    )
    cells = []
    for row in rows.iter_rows(named=True):
        frozen = (
            f"frozen at {row['last']} for {numbers.span(min(row['carried']), max(row['carried']))}"
            if row["carried"]
            else ""
        )
        note = "; ".join(part for part in (frozen, _note(row["note"], frozen)) if part)
        cells.append((
            words(row["title"]), words("in the model" if row["used"] else "not in it"), words(row["unit"]),
            words(titles_of(row["source"], study.provenance) if row["source"] else NOTHING),
            words(numbers.span(row["first"], row["last"]) if row["first"] else NOTHING),
            Cell(str(row["lag"])) if row["lag"] is not None else Cell(NOTHING),
            figure(None if row["unknown_share"] is None else 100 * row["unknown_share"], 1), words(note),
        ))  # fmt: skip
    heads = ("*Covariate", "*Used", "*Unit", "*Source", "*Years known", "Lag, years", "Unknown, %", "*Remark")
    return Table("The covariates: what they are, and where they end", header(*heads), tuple(cells)) if cells else None


def _note(note: str | None, frozen: str) -> str:
    """Return a remark without what is said of freezing already."""
    parts = [part for part in (note or "").split("; ") if not (frozen and part.startswith("frozen at"))]
    return YEARS.sub(_spans, "; ".join(part for part in parts if part))


def _spans(found: re.Match[str]) -> str:
    """Write years that follow each other as a span: "2002, 2003, 2004" is 2002–2004."""
    runs: list[list[int]] = []
    for year in map(int, found[0].split(", ")):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(numbers.span(run[0], run[-1]) for run in runs)


def models(study: AlliancesStudy) -> Table | None:
    """Return what was fitted by which method, and whether it converged."""
    cells = tuple(
        (
            words(numbers.stage_title(row["stage"])), words(METHODS.get(row["method"], row["method"])),
            words(row["status"]), figure(row["dyads"]), figure(row["ties"]),
            words(YEARS.sub(_spans, " ".join(row["notes"] or []))),
        )
        for row in study.tables["models"].iter_rows(named=True)
    )  # fmt: skip
    heads = ("*Stage", "*Method", "*Status", "Pairs and years", "Ties", "*Notes")
    return Table("What was fitted", header(*heads), cells) if cells else None


def formulas(study: AlliancesStudy) -> list[tuple[str, str]]:
    """Return the formula of each stage's headline model."""
    rows = study.tables["models"].filter(pl.col("method") == "mple").select("stage", "formula")
    return [(numbers.stage_title(stage), formula) for stage, formula in rows.iter_rows()]


def left_out(study: AlliancesStudy) -> Table | None:
    """Return the countries that are in no model, those with the same reason together, whichever its years."""
    why = pl.col("reason").fill_null(NOTHING).str.replace(r" in \d{4}\b.*$", " in some years")
    rows = study.tables["nodes"].filter(~pl.col("used")).with_columns(why=why)
    cells = tuple(
        (
            words(numbers.stage_title(stage)), words(why), figure(len(countries)),
            words(", ".join(sorted(numbers.name(country) for country in countries))),
        )
        for stage, why, countries in rows.group_by("stage", "why", maintain_order=True).agg("country").iter_rows()
    )  # fmt: skip
    heads = ("*Stage", "*Why", "Countries", "*Which")
    return Table("Countries left out", header(*heads), cells) if cells else None


#: Tables of each chapter, one a stage: those that stand open, and those folded away.
BY_STAGE: Mapping[str, tuple[Sequence[ByStage], Sequence[ByStage]]] = {
    "estimates": ((estimates,), (methods,)),
    "speed": ((), (tables_beside.lags, tables_beside.paths)),
    "robust": (
        (),
        (tables_beside.tests, tables_beside.periods, tables_beside.thresholds, tables_beside.sources),
    ),
    "fit": ((), (tables_beside.fit,)),
    "forecasts": ((tables_beside.scores,), (tables_beside.gains,)),
    "volumes": ((tables_beside.volumes,), ()),
}
#: Tables of each chapter for all stages together, open.
WHOLE: Mapping[str, Sequence[Whole]] = {
    "sensitivity": (sensitivity,),
    "claims": (claims,),
    "coverage": (coverage,),
    "method": (models, left_out),
}


def of_chapter(study: AlliancesStudy, chapter: str) -> tuple[list[Table], list[Table]]:
    """Return a chapter's tables that stand open, and those folded away, stage by stage."""
    whole = [table for make in WHOLE.get(chapter, ()) if (table := make(study))]
    opened, folded = (
        [table for stage in study.stages for make in makers if (table := make(study, stage))]
        for makers in BY_STAGE.get(chapter, ((), ()))
    )
    return whole + opened, folded
