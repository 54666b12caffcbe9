"""What stands beside the headline, in sentences: speed, robustness, volumes, fit, forecasts, published claims."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from xenotime import reference
from xenotime.studies.alliances.covariates import COVARIATES
from xenotime.studies.alliances.phrases import amount, interval, labelled, named, number, threshold
from xenotime.studies.alliances.settings import AlliancesSettings

Tables = Mapping[str, pl.DataFrame]


def rows_of(tables: Tables, name: str, stage: str, covariate: str | None = None) -> pl.DataFrame:
    """Return a stage's rows of a table, of a pair covariate where it is named; no rows where there is no table."""
    if name not in tables:
        return pl.DataFrame()
    rows = tables[name].filter(pl.col("stage") == stage)
    if covariate is None:
        return rows
    if "term" in rows.columns:
        return rows.filter(pl.col("term").str.contains(rf"^edgecov\.{covariate}(\.(lag|lead)\d+)?$"))
    return rows.filter(pl.col("covariate") == covariate)


def years_of(row: Mapping[str, Any]) -> str:
    """Write the years of ties that an estimate stands on: few years make poor errors."""
    count = row["last"] - row["first"] + 1
    return f"{count} year{'s' if count != 1 else ''}, {row['first']}–{row['last']}"


def speed(tables: Tables, stage: str, covariate: str, settings: AlliancesSettings) -> tuple[str, ...]:
    """Say which lag fits best, what the lead says, and what a lasting change does in the short and in the long run."""
    said = []
    lags = rows_of(tables, "lags", stage, covariate)
    if lags.height:
        best = lags.filter((pl.col("model") == "alone") & pl.col("best"))
        if best.height and best["p"][0] <= settings.level:
            at = best["lag"][0]
            when = f"{at} year{'s' if at != 1 else ''} before the tie" if at else "in the same year"
            said.append(f"Of the lags tried, {named(covariate)} fits best {when}.")
        lead = lags.filter((pl.col("model") == "joint") & (pl.col("lag") < 0)).drop_nulls("p")
        for row in lead.iter_rows(named=True):
            follows = row["p"] <= settings.level
            verdict = (
                "so the covariate follows trade too, and the estimate is not one of politics on trade alone"
                if follows
                else "no sign that it follows trade"
            )
            said.append(
                f"Beside the model's lag, {named(covariate)} a year after the tie has {number(row['estimate'])} "
                f"({interval(row)}; {years_of(row)}): {verdict}."
            )
    course = rows_of(tables, "paths", stage, covariate)
    if course.height > 1:
        course = course.sort("step")
        first, last = course.row(0, named=True), course.row(-1, named=True)
        told = first["low"] * first["high"] > 0
        if told:
            said.append(
                f"One standard deviation more {named(covariate)} on all pairs, lasting, changes expected ties by "
                f"{number(first['difference'], 1)} in the first year ({number(first['low'], 1)} to "
                f"{number(first['high'], 1)}; from {first['before']:.0f}) and by {number(last['difference'], 1)} after "
                f"{last['step']} years ({number(last['low'], 1)} to {number(last['high'], 1)}): the long run, "
                f"simulated, is {last['difference'] / first['difference']:.1f} times the short run."
            )
        else:
            said.append(
                f"What one standard deviation more {named(covariate)} does in the first year is not told from nothing "
                f"({number(first['low'], 1)} to {number(first['high'], 1)} ties), so there is no long run to speak of."
            )
    return tuple(said)


def robust(tables: Tables, stage: str, covariate: str, settings: AlliancesSettings) -> tuple[str, ...]:
    """Say how far the estimate depends on period, threshold, source, single countries and the specification."""
    said = []
    title = COVARIATES[covariate].title
    periods = rows_of(tables, "periods", stage, covariate)
    if periods.height > 1:
        listed = ", ".join(
            f"{row['period']} {number(row['estimate'])}" for row in periods.drop_nulls("estimate").iter_rows(named=True)
        )
        moved = periods.filter(pl.col("difference_p") <= settings.level)
        change = (
            f"it changed in {', '.join(str(y) for y in moved['first'])}"
            if moved.height
            else "no change is told from noise"
        )
        said.append(f"{title} by period: {listed}; {change}.")
    for name, column, words in (("thresholds", "threshold", "least size of a tie"), ("sources", "source", "source")):
        rows = rows_of(tables, name, stage, covariate).drop_nulls("estimate") if name in tables else pl.DataFrame()
        if rows.height > 1:
            listed = "; ".join(
                f"{threshold(row[column], settings.rule)}, {number(row['estimate'])} ({interval(row)})"
                for row in rows.iter_rows(named=True)
            )
            said.append(f"{title} by {words}: {listed}.")
    moved_by = rows_of(tables, "influence", stage, covariate)
    if moved_by.height:
        most = moved_by.drop_nulls("change_errors").sort(pl.col("change_errors").abs(), descending=True)
        if most.height:
            row = most.row(0, named=True)
            left_out = reference.country_names().get(row["left_out"], row["left_out"])
            said.append(
                f"Leaving out {left_out} moves {named(covariate)} most, by {number(row['change_errors'], 1)} of its "
                f"standard error, to {number(row['estimate'])}."
            )
    tests = rows_of(tables, "curve_test", stage, covariate)
    estimates = rows_of(tables, "curve", stage)
    if tests.height and estimates.height:
        estimates = estimates.filter(pl.col("covariate") == covariate).drop_nulls("per_sd")
        median = tests.filter(pl.col("statistic").str.starts_with("median"))
        signs = int((estimates["per_sd"] > 0).sum())
        said.append(
            f"In {estimates.height} specifications {named(covariate)} is positive in {signs}, with a median of "
            f"{number(median['observed'][0])} per standard deviation; with countries relabelled at random so large a "
            f"median comes with p = {median['p'][0]:.3f}."
        )
    return tuple(said)


def volume(tables: Tables, stage: str, covariate: str, settings: AlliancesSettings) -> str:
    """Say what gravity on values finds for the same covariate."""
    rows = rows_of(tables, "volumes", stage, covariate)
    if rows.is_empty():
        return ""
    row = rows.row(0, named=True)
    title = COVARIATES[covariate].title
    if row["estimate"] is None:
        return f"{title}: not in the model of values ({row['dropped']})."
    told = row["p_value"] <= settings.level
    return (
        f"{title} on values (PPML with exporter-year, importer-year and pair effects): {number(row['estimate'])} in "
        f"logs for one unit ({interval({**row, 'p': row['p_value']})}){'' if told else ', not told from noise'}."
    )


def fit_words(tables: Tables, stage: str, settings: AlliancesSettings) -> tuple[str, ...]:
    """Say which statistics of the networks the model reproduces, and which it does not."""
    joint = rows_of(tables, "gof_joint", stage)
    if joint.is_empty():
        return ()
    bad = joint.filter(pl.col("p_value") <= settings.level)
    if bad.is_empty():
        return (f"The model reproduces all {joint.height} statistics of the networks that were compared.",)
    listed = "; ".join(
        f"{row['statistic']} (furthest off at {row['worst_level']}: {amount(row['observed'])} observed, "
        f"{amount(row['simulated'])} drawn)"
        for row in bad.iter_rows(named=True)
    )
    return (f"The model does not reproduce {bad.height} of {joint.height} statistics of the networks: {listed}.",)


def forecast(tables: Tables, stage: str) -> tuple[str, ...]:
    """Say whether the model's forecasts beat simple rules."""
    scores = rows_of(tables, "forecasts", stage)
    if scores.is_empty():
        return ()
    whole = scores.filter(pl.col("year").is_null() & (pl.col("predictor") == "model"))
    said = []
    if whole.height:
        row = whole.row(0, named=True)
        years = scores.drop_nulls("year")["year"].n_unique()
        said.append(
            f"Next year's ties, forecast {years} times from the years before: area under the precision-recall curve "
            f"{row['auc_pr']:.2f} ({row['ties'] / row['dyads']:.2f} by chance), Brier score {row['brier']:.4f}."
        )
    return (*said, *rows_of(tables, "forecast_verdict", stage)["sentence"])


def correlated(names: tuple[str, ...], correlations: Any, limit: float = 0.8) -> list[str]:
    """Say which covariates go together so closely that their coefficients share what they explain."""
    return [
        f"{labelled(one)} and {labelled(names[j])} ({number(correlations[i, j], 2)})"
        for i, one in enumerate(names)
        for j in range(i + 1, len(names))
        if abs(correlations[i, j]) >= limit
    ]
