"""Does a model forecast better than simple rules? Differences paired by dyad, with errors clustered by year.

Both sides predict the same dyads of the same years, so what counts is the difference of their losses, year by year.
One-step forecasts leave differences of different years uncorrelated where neither is better (Diebold and Mariano 1995,
J. Bus. Econ. Stat. 13:253), so the years are the clusters, with t(years − 1). Years are few: a difference that is not
told from zero is no proof of a draw.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy import special

from xenotime.tergm.checks import interval_level
from xenotime.tergm.predict import Prediction
from xenotime.tergm.scores import precision_recall

#: Below this many years no interval is given.
FEW = 3
LABELS = {"brier": "Brier score", "log_score": "log score", "auc_pr": "area under precision–recall"}


def against(predictions: Mapping[str, Prediction], level: float = 0.95) -> pl.DataFrame:
    """Compare "model" with every other prediction.

    Returns
    -------
    DataFrame
        rule, measure ("brier", "log_score", "auc_pr"), model, other (their scores), gain (positive: the model is
        better), error, low, high, p, years, verdict ("better", "worse", "not told apart", "too few years"). Brier and
        log score are means over dyads, errors CR1 by year; the area under precision–recall is the mean of the years'.
    """
    interval_level(level)
    model = predictions["model"]
    rows = []
    for rule, other in predictions.items():
        if rule == "model":
            continue
        rows += [_row(rule, measure, model, other, level) for measure in LABELS]
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(rule: str, measure: str, model: Prediction, other: Prediction, level: float) -> dict[str, object]:
    ours, theirs, weights = [], [], []
    for year in model.years:
        tied, chance = model.pairs(year)
        rival = other.pairs(year)[1]
        if not len(tied) or (measure == "auc_pr" and not tied.any()):
            continue
        ours.append(_score(measure, tied, chance))
        theirs.append(_score(measure, tied, rival))
        weights.append(1.0 if measure == "auc_pr" else float(len(tied)))
    sign = -1.0 if measure == "brier" else 1.0
    share = np.array(weights) / sum(weights)
    gains = sign * (np.array(ours) - np.array(theirs))
    gain, years = float(share @ gains), len(gains)
    row: dict[str, object] = {
        "rule": rule, "measure": measure, "model": float(share @ np.array(ours)),
        "other": float(share @ np.array(theirs)), "gain": gain,
    }  # fmt: skip
    nothing = {"error": None, "low": None, "high": None, "p": None, "years": years, "verdict": "too few years"}
    if years < FEW:
        return row | nothing
    error = float(np.sqrt(years / (years - 1) * ((share * (gains - gain)) ** 2).sum()))
    if error < 1e-12 * max(1e-3, abs(gain)):  # the same forecast twice
        return row | nothing | {"error": 0.0, "low": gain, "high": gain, "verdict": "not told apart"}
    reach = float(special.stdtrit(years - 1, (1 + level) / 2)) * error
    p = float(2 * special.stdtr(years - 1, -abs(gain / error)))
    verdict = "better" if gain > reach else "worse" if gain < -reach else "not told apart"
    return row | {"error": error, "low": gain - reach, "high": gain + reach, "p": p, "years": years, "verdict": verdict}


def _score(measure: str, tied: np.ndarray, chance: np.ndarray) -> float:
    if measure == "brier":
        return float(np.mean((tied - chance) ** 2))
    if measure == "auc_pr":
        return precision_recall(tied, chance).area
    kept = np.clip(chance, 1e-12, 1 - 1e-12)
    return float(np.mean(np.where(tied > 0, np.log(kept), np.log1p(-kept))))


def sentences(table: pl.DataFrame) -> list[str]:
    """Return one sentence a rule: whether the model beats it, on which measures, with the Brier difference."""
    said = []
    for (rule,), part in table.group_by(["rule"], maintain_order=True):
        won = [LABELS[row["measure"]] for row in part.iter_rows(named=True) if row["verdict"] == "better"]
        lost = [LABELS[row["measure"]] for row in part.iter_rows(named=True) if row["verdict"] == "worse"]
        first = part.filter(pl.col("measure") == "brier").row(0, named=True)
        figures = f"Brier {first['model']:.4f} against {first['other']:.4f}"
        if first["low"] is not None:
            gain, low, high = (f"{first[name]:+.4f}".replace("-", "−") for name in ("gain", "low", "high"))
            figures += f", gain {gain} ({low} to {high})"
        figures += f", {first['years']} year{'s' if first['years'] != 1 else ''}"
        if first["verdict"] == "too few years":
            said.append(f"Too few years to say whether the model beats the rule '{rule}' ({figures}).")
        elif lost and not won:
            said.append(f"The model does not beat the rule '{rule}': it is worse by {' and '.join(lost)} ({figures}).")
        elif not won:
            said.append(f"The model does not beat the rule '{rule}': no measure tells them apart ({figures}).")
        elif lost:
            said.append(
                f"Against the rule '{rule}' the model is better by {' and '.join(won)}, worse by {' and '.join(lost)} "
                f"({figures})."
            )
        else:
            said.append(f"The model beats the rule '{rule}' by {' and '.join(won)} ({figures}).")
    return said
