"""A fit in print: the table of coefficients with stars, the foot that says how it was fitted, the notes."""

from typing import TYPE_CHECKING

import numpy as np

from xenotime.tergm.labels import listing_span

if TYPE_CHECKING:
    from xenotime.tergm.results import TergmFit

STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"), (0.1, "."))


def summary(fit: "TergmFit") -> str:
    """Return a fit as text: a table of coefficients as R users know it, how it was fitted, notes."""
    frame = fit.to_frame()
    width = max(8, *(len(name) for name in fit.names))
    years = fit.model.years
    span = f"{len(years)} year(s) ({listing_span(years)})"
    lines = [
        f"TERGM by {fit.method.upper()}: {fit.observations:,} dyads, {span}",
        f"Direction: {'sender → receiver (exporter → importer)' if fit.model.panel.directed else 'undirected'}",
        "",
        f"{'':{width}} {'Estimate':>11} {'Std. Error':>11} {'t value':>9} {'Pr(>|t|)':>9}"
        f"     {'[0.025':>9} {'0.975]':>9}",
    ]
    for row in frame.iter_rows(named=True):
        head = f"{row['term']:{width}} {row['estimate']:>11.5f}"
        if np.isnan(row["std_error"]):  # an offset, or separated
            mark = "separated" if row["term"] in fit.separated else "none" if np.isnan(row["estimate"]) else "fixed"
            lines.append(f"{head} {mark:>11}")
            continue
        star = next((mark for bound, mark in STARS if row["p_value"] < bound), "")
        lines.append(
            f"{head} {row['std_error']:>11.5f} {row['t']:>9.3f} {row['p_value']:>9.4f} {star:3}"
            f" {row['low']:>9.4f} {row['high']:>9.4f}"
        )
    label = "Pseudo-log-likelihood" if fit.method == "mple" else "Log-likelihood"
    reach = "normal" if np.isinf(fit.degrees) else f"t({fit.degrees:g})"
    lines += [
        "",
        f"Standard errors and intervals: {fit.spread}, {reach}. {label}: {fit.loglik:.4f}",
        f"Status: {fit.status} after {fit.iterations} iterations (residual {fit.residual:.1e})",
    ]
    if fit.method != "mple" and np.isfinite(fit.loglik):
        error = fit.diagnostics.get("loglik_error", 0.0)
        lines.append(f"AIC: {fit.aic:.2f}, BIC: {fit.bic:.2f} (log-likelihood's Monte-Carlo error {error:.3f})")
    if fit.bootstrap is not None:
        lines.append(str(fit.bootstrap))
    lines += [f"Note: {note}" for note in fit.notes]
    return "\n".join(lines)
