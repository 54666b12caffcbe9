"""What coefficients mean: odds ratios, and average marginal effects on the probability of a tie.

A *conditional* effect compares the probability of each tie at two values of one column of the design, all other ties
as observed, and averages over dyads. A *total* effect lets the other ties answer: expected ties at the two values, by
simulation one step ahead given the observed past (`totals.py`). They are two numbers, and they are equal where no term
depends on other ties of the year.

The step of a column (`change`):

- "natural": from 0 to 1 where the column holds nothing else; from −1 to 1 for ``memory("stability")``, which is coded
  ±1, so that its odds ratio, tie before against none, is exp(2θ); otherwise one standard deviation more than observed;
- "slope": the derivative, per unit (conditional effects only);
- "sd", "iqr": one standard deviation, or the distance between the quartiles, more than observed;
- a number: so much more than observed.

Standard deviation and quartiles are of the column's values on the dyads of the scope.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from scipy import special
from scipy.special import expit

from xenotime.core import InputError
from xenotime.tergm.checks import finite_number, interval_level
from xenotime.tergm.labels import listing
from xenotime.tergm.results import TergmFit
from xenotime.tergm.scope import Scope

Change = Literal["natural", "slope", "sd", "iqr"] | float
Spread = Literal["headline", "bootstrap"]
#: Rows whose probabilities under all replicates are held at once.
CHUNK = 4_096


@dataclass(frozen=True)
class Effects:
    """Average marginal effects on the probability of a tie, one row a term.

    Attributes
    ----------
    frame : DataFrame
        term, change (what was compared), effect (in probability; 0.01 is one percentage point), std_error, low, high,
        dyads (that the average is over); total effects also elsewhere (mean over the dyads outside the scope).
    kind : {"conditional", "total"}
    scope : Scope
    spread : str
        What the intervals are.
    level : float
    """

    frame: pl.DataFrame
    kind: str
    scope: Scope
    spread: str
    level: float

    def to_frame(self) -> pl.DataFrame:
        """Return one row a term."""
        return self.frame

    def plot(self) -> Any:
        """Return a matplotlib figure of the effects and their intervals."""
        from xenotime.tergm.figures import effects_figure

        return effects_figure(self)

    def __str__(self) -> str:
        width = max(12, *(len(name) for name in self.frame["term"]))
        wide = max(6, *(len(text) for text in self.frame["change"]))
        lines = [
            f"Average marginal effects on the probability of a tie, {self.kind}, in percentage points",
            f"{self.scope}; {self.level:.0%} intervals: {self.spread}",
            "",
            f"{'':{width}} {'change':{wide}} {'effect':>9} {'low':>9} {'high':>9}",
        ]
        for row in self.frame.iter_rows(named=True):
            shown = [100 * row[name] for name in ("effect", "low", "high")]
            lines.append(
                f"{row['term']:{width}} {row['change']:{wide}} {shown[0]:>9.3f} {shown[1]:>9.3f} {shown[2]:>9.3f}"
            )
        return "\n".join(lines)


def odds_ratios(fit: TergmFit, level: float = 0.95) -> pl.DataFrame:
    """Return odds ratios: one row a coefficient and step.

    Returns
    -------
    DataFrame
        term; change: "unit", "sd", "iqr", and for ``memory("stability")``, coded ±1, also "tie before vs none" (a step
        of 2: exp(2θ)); step; odds_ratio, low, high (headline intervals). Conditional odds: other ties fixed.
    """
    estimates, intervals = fit.theta, fit.conf_int(level)
    place = {int(column): k for k, column in enumerate(fit.model.free)}
    rows = []
    for column in fit.estimated:
        name = fit.names[column]
        values = fit.design.x[:, place[int(column)]]
        low, high = np.quantile(values, [0.25, 0.75])
        steps = {"unit": 1.0, "sd": float(values.std()), "iqr": float(high - low)}
        if is_stability(name):
            steps["tie before vs none"] = 2.0
        bounds = intervals.row(int(column), named=True)
        for what, step in steps.items():
            if step > 0:
                odds = (float(np.exp(step * value)) for value in (estimates[column], bounds["low"], bounds["high"]))
                rows.append((name, what, step, *odds))
    return pl.DataFrame(rows, schema=["term", "change", "step", "odds_ratio", "low", "high"], orient="row")


def is_stability(name: str) -> bool:
    """Return whether a coefficient is of ``memory("stability")``, coded ±1."""
    return name.startswith("memory.stability")


@dataclass(frozen=True)
class Contrast:
    """Two values of one column: what an effect compares.

    Attributes
    ----------
    text : str
        For tables.
    low, high : float or None
        Values the column is set to; None: as observed.
    step : float
        Added to the observed value on the high side where `high` is None.
    """

    text: str
    low: float | None
    high: float | None
    step: float = 0.0

    def sides(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the column's values on the two sides."""
        return tuple(  # type: ignore[return-value]
            x + extra if value is None else np.full_like(x, value)
            for value, extra in ((self.low, 0.0), (self.high, self.step))
        )


def contrast_of(name: str, x: np.ndarray, change: Change) -> Contrast | None:
    """Return what a change means for a column with these values; None where the column does not vary."""
    if not isinstance(change, str):
        step = finite_number(change, "the step of an effect")
        return Contrast(f"+{step:g}", None, None, step)
    if change not in {"natural", "slope", "sd", "iqr"}:
        raise InputError(f"change '{change}' is unknown", remedy="natural, slope, sd, iqr, or a number")
    if change == "slope":
        return Contrast("per unit", None, None)
    return _contrast_of_values(name, x, change) if np.ptp(x) > 0 else None


def _contrast_of_values(name: str, x: np.ndarray, change: str) -> Contrast:
    if change == "natural" and is_stability(name):
        return Contrast("-1 → 1", -1.0, 1.0)
    if change == "natural" and np.isin(x, (0.0, 1.0)).all():
        return Contrast("0 → 1", 0.0, 1.0)
    if change == "iqr":
        low, high = np.quantile(x, [0.25, 0.75])
        return Contrast(f"+IQR ({high - low:.3g})", None, None, float(high - low))
    return Contrast(f"+SD ({x.std():.3g})", None, None, float(x.std()))


def chosen_terms(fit: TergmFit, terms: str | Iterable[str] | None) -> list[int]:
    """Return columns of the named coefficients (all estimated ones that are named by default)."""
    if terms is None:
        return [int(column) for column in fit.estimated]
    names = (terms,) if isinstance(terms, str) else tuple(terms)
    estimated = [fit.names[column] for column in fit.estimated]
    foreign = [name for name in names if name not in estimated]
    if foreign:
        raise InputError(f"no estimated coefficient {listing(foreign)}", remedy=f"choose from {listing(estimated)}")
    return [fit.names.index(name) for name in names]


def conditional_effects(
    fit: TergmFit,
    terms: str | Iterable[str] | None = None,
    scope: Scope | None = None,
    change: Change = "natural",
    level: float = 0.95,
    spread: Spread = "headline",
) -> Effects:
    """Return average marginal effects, other ties as observed.

    Parameters
    ----------
    fit : TergmFit
    terms : str or several, optional
        Coefficients; all that vary if absent.
    scope : Scope, optional
        Dyads and years the average is over.
    change : {"natural", "slope", "sd", "iqr"} or float
        See the module.
    level : float
    spread : {"headline", "bootstrap"}
        Delta method from the headline covariance with its t, or percentiles over the fit's bootstrap replicates.
    """
    interval_level(level)
    scope = scope or Scope()
    design = fit.design
    years = np.isin([fit.model.years[place] for place in range(len(fit.model.years))], scope.years or fit.model.years)
    inside = scope.dyads(fit.model.panel.nodes, fit.model.panel.directed)[design.tail, design.head]
    inside &= years[design.year]
    if not inside.any():
        raise InputError(f"no dyad counts in the scope: {scope}", remedy="look at risk, exists and the years")
    free = np.searchsorted(fit.model.free, fit.estimated)
    x, offset = np.ascontiguousarray(design.x[inside][:, free]), design.offset[inside]
    theta = fit.theta[fit.estimated]
    covariance = fit.covariance[np.ix_(fit.estimated, fit.estimated)]
    reach = special.stdtrit(fit.degrees, (1 + level) / 2)
    rows = []
    for column in chosen_terms(fit, terms):
        k = int(np.searchsorted(fit.estimated, column))
        contrast = contrast_of(fit.names[column], x[:, k], change)
        if contrast is None:
            if terms is not None:
                raise InputError(
                    f"{fit.names[column]} does not vary in the scope: it has no effect of one "
                    f"{'standard deviation' if change != 'iqr' else 'interquartile range'}",
                    remedy="give change=1.0, or a wider scope",
                )
            continue
        of = _slope if change == "slope" else _difference
        value, gradient = of(x, offset, theta, k, contrast)
        error = float(np.sqrt(gradient @ covariance @ gradient))
        low, high = value - reach * error, value + reach * error
        if spread == "bootstrap":
            drawn = _replicated(fit, x, offset, k, contrast, change == "slope")
            error = float(drawn.std(ddof=1))
            low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        rows.append((fit.names[column], contrast.text, value, error, float(low), float(high), len(x)))
    frame = pl.DataFrame(rows, schema=["term", "change", "effect", "std_error", "low", "high", "dyads"], orient="row")
    words = f"{fit.spread}, delta method" if spread == "headline" else "percentiles over the bootstrap replicates"
    return Effects(frame, "conditional", scope, words, level)


def _shifted(x: np.ndarray, offset: np.ndarray, theta: np.ndarray, k: int, values: np.ndarray) -> np.ndarray:
    return np.asarray(x @ theta + offset + theta[k] * (values - x[:, k]))


def _difference(
    x: np.ndarray, offset: np.ndarray, theta: np.ndarray, k: int, contrast: Contrast
) -> tuple[float, np.ndarray]:
    """Return the mean difference of probabilities and its gradient in theta."""
    value, gradient = 0.0, np.zeros(len(theta))
    for sign, side in zip((-1.0, 1.0), contrast.sides(x[:, k]), strict=True):
        p = expit(_shifted(x, offset, theta, k, side))
        slope = p * (1 - p)
        value += sign * float(p.mean())
        part = slope @ x / len(x)
        part[k] = slope @ side / len(x)
        gradient += sign * part
    return value, gradient


def _slope(
    x: np.ndarray, offset: np.ndarray, theta: np.ndarray, k: int, _contrast: Contrast
) -> tuple[float, np.ndarray]:
    """Return the mean derivative of probabilities in column k and its gradient in theta."""
    p = expit(x @ theta + offset)
    slope = p * (1 - p)
    gradient = theta[k] * ((slope * (1 - 2 * p)) @ x) / len(x)
    gradient[k] += slope.mean()
    return float(theta[k] * slope.mean()), np.asarray(gradient)


def replicates_of(fit: TergmFit) -> np.ndarray:
    """Return the bootstrap estimates that solved, (R, q); `InputError` where the fit has none."""
    if fit.bootstrap is None:
        raise InputError("this fit has no bootstrap", remedy="fit with bootstrap=1000, or spread='headline'")
    drawn = fit.bootstrap.replicates
    return np.asarray(drawn[np.isfinite(drawn).all(axis=1)])


def _replicated(
    fit: TergmFit, x: np.ndarray, offset: np.ndarray, k: int, contrast: Contrast, slope: bool
) -> np.ndarray:
    """Return the effect at every bootstrap estimate, (R,)."""
    drawn = replicates_of(fit)
    total = np.zeros(len(drawn))
    for start in range(0, len(x), CHUNK):
        rows = slice(start, start + CHUNK)
        eta = x[rows] @ drawn.T + offset[rows, None]
        if slope:
            p = expit(eta)
            total += drawn[:, k] * (p * (1 - p)).sum(axis=0)
            continue
        for sign, side in zip((-1.0, 1.0), contrast.sides(x[rows, k]), strict=True):
            total += sign * expit(eta + np.outer(side - x[rows, k], drawn[:, k])).sum(axis=0)
    return np.asarray(total / len(x))
