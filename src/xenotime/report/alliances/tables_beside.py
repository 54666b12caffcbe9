"""Tables of what stands beside the headline: speed, robustness, fit, forecasts, values."""

import polars as pl

from xenotime.report import numbers
from xenotime.report.alliances.base import covariate_title, level
from xenotime.report.alliances.cells import chance, estimated, header, interval, stage_rows, titled
from xenotime.report.alliances.curves import shown_choice
from xenotime.report.tables import NOTHING, Cell, Header, Table, figure, words
from xenotime.studies.alliances import AlliancesStudy

MEASURES = {"brier": "Brier score", "log_score": "Log score", "auc_pr": "Area under precision–recall"}


def lags(study: AlliancesStudy, stage: str) -> Table | None:
    """Return estimates at other lags and at the lead, alone and beside the model's own lag."""
    rows = stage_rows(study, "lags", stage)
    if not rows:
        return None
    cells = tuple(
        (
            words(row["label"]),
            words("alone" if row["model"] == "alone" else "lag and lead together"),
            *estimated(row), figure(row["loglik"], 1),
            words("best" if row["best"] else ""),
        )
        for row in rows
    )  # fmt: skip
    first = rows[0]
    span = numbers.span(first["first"], first["last"])
    what = f"Lags and lead, all on the same {first['dyads']:,} pairs and years, {span}"
    heads = (
        "*Covariate",
        "*In the model",
        "Log-odds",
        "Error",
        f"{level(study)} interval",
        "p",
        "Log pseudo-likelihood",
        "*Fit",
    )
    return Table(titled(study, stage, what), header(*heads), cells)


def paths(study: AlliancesStudy, stage: str) -> Table | None:
    """Return the short and the long run of a lasting change."""
    rows = pl.DataFrame(stage_rows(study, "paths", stage), infer_schema_length=None)
    if rows.is_empty():
        return None
    cells = []
    for (covariate,), part in rows.group_by(["covariate"], maintain_order=True):
        ordered = part.sort("step").to_dicts()
        for row, run in ((ordered[0], "short run"), (ordered[-1], "long run")):
            cells.append((
                words(covariate_title(str(covariate))), words(run), Cell(str(row["step"])), figure(row["before"], 1),
                figure(row["after"], 1), figure(row["difference"], 1), interval(row, 1),
                figure(100 * row["difference"] / row["before"] if row["before"] else None, 1),
            ))  # fmt: skip
    heads = (
        "*Covariate",
        "*Run",
        "Year of the change",
        "Expected ties without",
        "With",
        "Difference",
        f"{level(study)} interval",
        "%",
    )
    return Table(
        titled(study, stage, "One standard deviation more of it on all pairs, lasting"), header(*heads), tuple(cells)
    )


def _cases(study: AlliancesStudy, stage: str, name: str, column: str, what: str) -> Table | None:
    rows = stage_rows(study, name, stage)
    if len({row[column] for row in rows}) < 2:
        return None
    cells = []
    for row in rows:
        shown = row[column].partition(" = ") if name == "thresholds" else ("", "", "")
        label = shown_choice("", row[column], study.networks.rule).removeprefix(": ") if shown[1] else row[column]
        cells.append((
            words(label), words(row["label"]), *estimated(row),
            *((chance(row["difference_p"]),) if name == "periods" else (figure(row["ties"]),)),
            figure(row["dyads"]), words(numbers.span(row["first"], row["last"]) if row["first"] else NOTHING),
            words("" if row["status"] == "converged" else row["status"]),
        ))  # fmt: skip
    extra = "p of the change since the period before" if name == "periods" else "Ties"
    heads = (
        f"*{column.capitalize()}",
        "*Covariate",
        "Log-odds",
        "Error",
        f"{level(study)} interval",
        "p",
        extra,
        "Pairs and years",
        "*Years",
        "*Remark",
    )
    return Table(titled(study, stage, what), header(*heads), tuple(cells))


def periods(study: AlliancesStudy, stage: str) -> Table | None:
    """Return estimates by sub-period."""
    return _cases(study, stage, "periods", "period", "Sub-periods")


def thresholds(study: AlliancesStudy, stage: str) -> Table | None:
    """Return estimates by the threshold of a tie."""
    return _cases(study, stage, "thresholds", "threshold", "Other thresholds of a tie")


def sources(study: AlliancesStudy, stage: str) -> Table | None:
    """Return estimates by source of the covariates of interest."""
    return _cases(study, stage, "sources", "source", "Other sources")


def tests(study: AlliancesStudy, stage: str) -> Table | None:
    """Return the joint tests of the specification curves."""
    rows = stage_rows(study, "curve_test", stage)
    cells = tuple(
        (
            words(covariate_title(row["covariate"])), words(row["statistic"].capitalize().replace("per sd", "per SD")),
            figure(row["observed"], 3), figure(row["expected"], 3), chance(row["p"]), figure(row["specifications"]),
            figure(row["permutations"]),
        )
        for row in rows
    )  # fmt: skip
    heads = (
        "*Covariate",
        "*Statistic of the curve",
        "Observed",
        "When countries are relabelled",
        "p",
        "Specifications",
        "Relabellings",
    )
    return (
        Table(titled(study, stage, "Joint tests of the specification curve"), header(*heads), cells) if cells else None
    )


def fit(study: AlliancesStudy, stage: str) -> Table | None:
    """Return the joint test of each statistic of the networks."""
    cells = tuple(
        (
            words(row["statistic"].capitalize()), chance(row["p_value"]), words(row["worst_level"]),
            figure(row["observed"], 2), figure(row["simulated"], 2),
        )
        for row in stage_rows(study, "gof_joint", stage)
    )  # fmt: skip
    heads = ("*Statistic", "Joint p", "*Departs most at", "Observed there", "Simulated there")
    return Table(titled(study, stage, "Does the model make such networks"), header(*heads), cells) if cells else None


def scores(study: AlliancesStudy, stage: str) -> Table | None:
    """Return the scores of forecasts over all years, by predictor."""
    rows = [row for row in stage_rows(study, "forecasts", stage) if row["year"] is None]
    cells = tuple(
        (
            words(row["predictor"].capitalize()), figure(row["auc_pr"], 3), figure(row["auc_roc"], 3),
            figure(row["brier"], 4), figure(row["log_score"], 4), figure(row["dyads"]), figure(row["ties"]),
        )
        for row in rows
    )  # fmt: skip
    heads = (
        "*Forecast by",
        "Area under precision–recall",
        "Area under ROC",
        "Brier score",
        "Log score",
        "Pairs and years",
        "Ties",
    )
    return Table(titled(study, stage, "Forecasts of next year's ties"), header(*heads), cells) if cells else None


def gains(study: AlliancesStudy, stage: str) -> Table | None:
    """Return what the model gains on each simple rule."""
    cells = tuple(
        (
            words(row["rule"].capitalize()), words(MEASURES.get(row["measure"], row["measure"])),
            figure(row["gain"], 4), interval(row, 4), chance(row["p"]), figure(row["years"]), words(row["verdict"]),
        )
        for row in stage_rows(study, "forecast_tests", stage)
    )  # fmt: skip
    heads = ("*Against", "*Measure", "Gain of the model", f"{level(study)} interval", "p", "Years", "*The model is")
    return (
        Table(titled(study, stage, "What the model gains on each simple rule"), header(*heads), cells)
        if cells
        else None
    )


def volumes(study: AlliancesStudy, stage: str) -> Table | None:
    """Return gravity on values beside the tie model, covariate by covariate."""
    ties = {row["term"]: row for row in stage_rows(study, "coefficients", stage) if row["method"] == "mple"}
    rows = stage_rows(study, "volumes", stage)
    cells = tuple(
        (
            words(row["label"]), figure(ties.get(row["term"], {}).get("estimate"), 3),
            chance(ties.get(row["term"], {}).get("p")), figure(row["estimate"], 3),
            figure(row["std_error"], 3), interval(row), chance(row["p_value"]),
            figure(row["percent"], 1), words((row["dropped"] or "").replace("_", "-")),
        )
        for row in rows
    )  # fmt: skip
    if not cells:
        return None
    top = (
        Header("", number=False),
        Header("Ties", 2, number=False),
        Header("Values (PPML)", 5, number=False),
        Header(""),
    )
    low = header(
        "*Covariate",
        "Log-odds",
        "p",
        "Estimate",
        "Error",
        f"{level(study)} interval",
        "p",
        "Value, %, for one unit",
        "*Left out of values because",
    )
    what = (
        f"Values beside ties: PPML with exporter-year, importer-year and pair effects, {rows[0]['cells'] or 0:,} flows"
    )
    return Table(titled(study, stage, what), (top, *low), cells)
