"""What a fit gives back: estimates, intervals, notes, and what can be asked of it. Frozen; `summary.py` prints it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy import special

from xenotime.core import InputError
from xenotime.core.version import __version__
from xenotime.tergm.bootstrap import Bootstrap
from xenotime.tergm.checks import interval_level
from xenotime.tergm.covariance import CLUSTERS, sandwich
from xenotime.tergm.design import Design
from xenotime.tergm.model import Model
from xenotime.tergm.scope import Labels, Years, scope_of
from xenotime.tergm.simulate import Paths, simulate_future

if TYPE_CHECKING:
    from xenotime.tergm.counterfactual import Change as What
    from xenotime.tergm.counterfactual import Counterfactual
    from xenotime.tergm.effects import Change, Effects, Spread
    from xenotime.tergm.gof import Gof
    from xenotime.tergm.predict import Prediction
    from xenotime.tergm.rolling import Forecast
    from xenotime.tergm.tables import Comparison
    from xenotime.tergm.wald import Wald


@dataclass(frozen=True)
class TergmFit:
    """A fitted model.

    Attributes
    ----------
    model : Model
        Formula, panel, names.
    design : Design
        Stacked rows the pseudo-likelihood used.
    method : str
        "mple" or another of `fit.METHODS`.
    estimates : (p,) float64
        All columns in formula order: estimated, fixed (offsets), ±∞ where separated.
    covariance : (p, p) float64
        Headline covariance; NaN for columns that were not estimated.
    hessian_covariance : (p, p) float64
        Inverse of the negative Hessian: too small for a pseudo-likelihood.
    spread : str
        What the headline intervals are.
    degrees : float
        Degrees of freedom of t; infinite for the normal.
    loglik : float
        At the estimates; a pseudo-likelihood for "mple".
    observations : int
        Dyads that counted.
    status : {"converged", "not converged", "degenerate"}
    iterations : int
    residual : float
        Largest last step over its standard error.
    notes : tuple of str
        What a reader must know before quoting a number.
    separated : tuple of str
        Coefficients that run off to infinity.
    bootstrap : Bootstrap, optional
        Replicates over years.
    seed : int, optional
    diagnostics : dict
        What a method adds (for "mcmle" see `docs/tergm-mcmc.md`).
    package : str
        Version of xenotime.
    """

    model: Model
    design: Design
    method: str
    estimates: np.ndarray
    covariance: np.ndarray
    hessian_covariance: np.ndarray
    spread: str
    degrees: float
    loglik: float
    observations: int
    status: str
    iterations: int
    residual: float
    notes: tuple[str, ...] = ()
    separated: tuple[str, ...] = ()
    bootstrap: Bootstrap | None = None
    seed: int | None = None
    diagnostics: dict[str, Any] = field(default_factory=dict)
    package: str = __version__

    @property
    def names(self) -> tuple[str, ...]:
        """Coefficient names in formula order."""
        return self.model.names

    @property
    def params(self) -> dict[str, float]:
        """Estimates by coefficient name, in formula order."""
        return dict(zip(self.names, self.estimates.tolist(), strict=True))

    @property
    def std_errors(self) -> dict[str, float]:
        """Headline standard errors by coefficient name; NaN for what was not estimated."""
        return dict(zip(self.names, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def se_hessian(self) -> dict[str, float]:
        """Standard errors from the inverse Hessian (MPLE's own: too small)."""
        return dict(zip(self.names, np.sqrt(np.diag(self.hessian_covariance)).tolist(), strict=True))

    @property
    def estimated(self) -> np.ndarray:
        """Columns with a finite estimate of their own (no offset, not separated), int."""
        return np.flatnonzero(np.isfinite(np.diag(self.covariance)))

    @property
    def theta(self) -> np.ndarray:
        """The `estimates`, for whatever computes with them; `InputError` where the fit failed and has none."""
        if np.isnan(self.estimates).any():
            raise InputError(f"this fit is {self.status} and has no coefficients", remedy="its notes say why")
        return self.estimates

    @property
    def aic(self) -> float:
        """Akaike's criterion, −2ℓ + 2q; `InputError` for a pseudo-likelihood, which has none."""
        return 2 * len(self.estimated) - 2 * self._likelihood()

    @property
    def bic(self) -> float:
        """Bayes's criterion, −2ℓ + q log(dyads); `InputError` for a pseudo-likelihood, which has none."""
        return len(self.estimated) * float(np.log(self.observations)) - 2 * self._likelihood()

    def _likelihood(self) -> float:
        if self.method == "mple" and not self.model.independent.all():
            raise InputError("a pseudo-likelihood has no AIC or BIC", remedy="fit with method='mcmle'")
        return self.loglik

    @property
    def converged(self) -> bool:
        """Whether the estimates solve the score equations."""
        return self.status == "converged"

    def simulate(
        self,
        horizon: int = 5,
        draws: int = 100,
        seed: int = 1,
        *,
        covariates: Mapping[str, Any] | None = None,
        workers: int | None = None,
    ) -> Paths:
        """Draw paths of networks for the years after the last, at the estimates.

        Parameters
        ----------
        horizon : int
            Years after the panel's last.
        draws : int
            Paths.
        seed : int
            The same seed gives the same networks on any number of workers.
        covariates : dict, optional
            What is known of the future, by name: (n,) or (horizon, n), (n, n) or (horizon, n, n). The rest stays at
            its last value. A model with leads needs as many years more.
        workers : int, optional
            Threads; all cores if absent.
        """
        return simulate_future(self.model, self.theta, horizon, draws, seed, covariates=covariates, workers=workers)

    def odds_ratios(self, level: float = 0.95) -> pl.DataFrame:
        """Return odds ratios per unit, standard deviation and quartile distance; see `effects.odds_ratios`."""
        from xenotime.tergm.effects import odds_ratios

        return odds_ratios(self, level)

    def effects(
        self,
        terms: str | Iterable[str] | None = None,
        *,
        exporters: Labels = None,
        importers: Labels = None,
        countries: Labels = None,
        years: Years = None,
        change: "Change" = "natural",
        level: float = 0.95,
        spread: "Spread" = "headline",
    ) -> "Effects":
        """Return average marginal effects on the probability of a tie, other ties as observed.

        Parameters
        ----------
        terms : str or several, optional
            Coefficients; all that vary if absent.
        exporters, importers, countries : label or labels, optional
            Senders, receivers, or either end: a country, a pair, a bloc. The whole world if absent.
        years : int or several, optional
        change, level, spread
            See `effects.conditional_effects`.
        """
        from xenotime.tergm.effects import conditional_effects

        scope = scope_of(self.model, exporters, importers, countries, years)
        return conditional_effects(self, terms, scope, change, level, spread)

    def total_effects(
        self,
        terms: str | Iterable[str],
        *,
        exporters: Labels = None,
        importers: Labels = None,
        countries: Labels = None,
        years: Years = None,
        **settings: Any,
    ) -> "Effects":
        """Return average effects with the other ties of the year answering; settings of `totals.total_effects`."""
        from xenotime.tergm.totals import total_effects

        return total_effects(self, terms, scope_of(self.model, exporters, importers, countries, years), **settings)

    def predict(self) -> "Prediction":
        """Return each tie's probability in the modelled years, other ties of the year as observed."""
        from xenotime.tergm.predict import conditional_prediction

        return conditional_prediction(self.model, self.theta)

    def predict_ahead(self, *, sweeps: int = 100, seed: int = 1, workers: int | None = None) -> "Prediction":
        """Return each tie's probability given the observed past alone; see `predict.ahead_prediction`."""
        from xenotime.tergm.predict import ahead_prediction

        return ahead_prediction(self.model, self.theta, sweeps=sweeps, seed=seed, workers=workers)

    def forecast(self, origins: Iterable[int] | None = None, **settings: Any) -> "Forecast":
        """Return forecasts of next year's ties from rolling origins; settings of `rolling.rolling_forecast`."""
        from xenotime.tergm.rolling import rolling_forecast

        return rolling_forecast(self, origins, **settings)

    def counterfactual(self, changes: "What | Sequence[What]") -> "Counterfactual":
        """Return what changed covariates do to each tie, other ties as observed; see `counterfactual.Change`."""
        from xenotime.tergm.counterfactual import conditional_counterfactual

        return conditional_counterfactual(self, changes)

    def counterfactual_path(self, changes: "What | Sequence[What]", **settings: Any) -> "Counterfactual":
        """Return what changed covariates do along the years, other ties and memory answering.

        Settings of `counterfactual.total_counterfactual`.
        """
        from xenotime.tergm.counterfactual import total_counterfactual

        return total_counterfactual(self, changes, **settings)

    def gof(self, simulations: int = 100, seed: int = 1, years: Iterable[int] | None = None, **settings: Any) -> "Gof":
        """Return goodness of fit in sample, one step ahead; see `gof.goodness_of_fit`."""
        from xenotime.tergm.gof import goodness_of_fit

        return goodness_of_fit(self, simulations, seed, years, **settings)

    def gof_ahead(self, years: Iterable[int], simulations: int = 100, seed: int = 1, **settings: Any) -> "Gof":
        """Return goodness of fit out of sample, each year under a fit to those before; see `gof.goodness_ahead`."""
        from xenotime.tergm.gof import goodness_ahead

        return goodness_ahead(self, years, simulations, seed, **settings)

    def wald(self, terms: str | Iterable[str] | None = None) -> "Wald":
        """Test that coefficients are zero together; refused for as many as there are years (see `wald.py`)."""
        from xenotime.tergm.wald import wald

        return wald(self, terms)

    def with_parametric_bootstrap(
        self, replicates: int = 100, seed: int = 1, *, workers: int | None = None
    ) -> "TergmFit":
        """Return the fit with a parametric bootstrap (simulated and fitted again) beside its headline intervals."""
        from xenotime.tergm.parametric import parametric_bootstrap

        return parametric_bootstrap(self, replicates, seed, workers=workers)

    def table(self) -> "Comparison":
        """Return the fit as a table with `to_markdown`, `to_latex` and `plot`; several: `tables.compare`."""
        from xenotime.tergm.tables import compare

        return compare([self])

    def plot(self, **options: Any) -> Any:
        """Return a matplotlib figure of the coefficients; options of `figures.coefficient_figure`."""
        return self.table().plot(**options)

    def conf_int(self, level: float = 0.95, kind: str = "headline") -> pl.DataFrame:
        """Return intervals, one row a coefficient: term, estimate, low, high.

        Parameters
        ----------
        level : float
        kind : {"headline", "hessian", "percentile", "bca", "year", "exporter", "importer", "pair", …}
            "headline": year-clustered CR1 with t(T − 1). "percentile" and "bca" need a bootstrap. Cluster names, joined
            by "+", give the sandwich clustered those ways with t(fewest clusters − 1); several ways can give a matrix
            that is not positive semi-definite: a `DataWarning` says that it was lifted.
        """
        interval_level(level)
        if kind in {"percentile", "bca"}:
            low, high = self._bootstrap_interval(level, kind)
        else:
            covariance, degrees = self._spread(kind)
            reach = special.stdtrit(degrees, (1 + level) / 2) * np.sqrt(np.diag(covariance))
            low, high = self.estimates - reach, self.estimates + reach
        return pl.DataFrame({"term": self.names, "estimate": self.estimates, "low": low, "high": high})

    def _spread(self, kind: str) -> tuple[np.ndarray, float]:
        if kind == "headline":
            return self.covariance, self.degrees
        if kind == "hessian":
            return self.hessian_covariance, np.inf
        if self.method != "mple":
            raise InputError(
                f"errors clustered by {kind} come from the rows of a pseudo-likelihood, not from {self.method}",
                remedy="kinds: headline, hessian; or fit with method='mple'",
            )
        ways = tuple(kind.split("+"))
        if not set(ways) <= set(CLUSTERS):
            raise InputError(
                f"intervals of kind '{kind}' are unknown",
                remedy=f"kinds: headline, hessian, percentile, bca, or clusters: {', '.join(CLUSTERS)}, joined by +",
            )
        columns = self.estimated
        inner = np.ix_(columns, columns)
        place = np.searchsorted(self.model.free, columns)
        whole = self.design.keep(np.ones(len(self.design.y), bool), place)
        found, fewest = sandwich(whole, self.estimates[columns], self.hessian_covariance[inner], ways)
        covariance = np.full_like(self.covariance, np.nan)
        covariance[inner] = found
        return covariance, fewest - 1

    def _bootstrap_interval(self, level: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
        if self.bootstrap is None:
            raise InputError(f"this fit has no bootstrap, so no {kind} interval", remedy="fit with bootstrap=1000")
        inside = self.bootstrap.interval(self.estimates[self.estimated], level, kind)
        low, high = np.full(len(self.names), np.nan), np.full(len(self.names), np.nan)
        low[self.estimated], high[self.estimated] = inside.T
        return low, high

    def to_frame(self, kind: str = "headline") -> pl.DataFrame:
        """Return one row a coefficient: estimate, error, t, p, interval, odds ratio, MPLE's own error.

        Parameters
        ----------
        kind : str
            Of error, t, p and interval: "headline", "hessian" or clusters joined by "+", as in `conf_int`.
        """
        if kind in {"percentile", "bca"}:
            raise InputError(f"a {kind} interval has no standard error", remedy=f"take conf_int(kind={kind!r})")
        covariance, degrees = self._spread(kind)
        error = np.sqrt(np.diag(covariance))
        reach = special.stdtrit(degrees, 0.975) * error
        intervals = pl.DataFrame({
            "term": self.names, "estimate": self.estimates, "low": self.estimates - reach,
            "high": self.estimates + reach,
        })  # fmt: skip
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            t = self.estimates / error
            odds = np.exp(self.estimates)
        frame = intervals.with_columns(
            pl.Series("std_error", error),
            pl.Series("t", t),
            pl.Series("p_value", 2 * special.stdtr(degrees, -np.abs(t))),
            pl.Series("odds_ratio", odds),
            pl.Series("std_error_hessian", np.sqrt(np.diag(self.hessian_covariance))),
        )
        if self.bootstrap is not None:
            low, high = self._bootstrap_interval(0.95, "percentile")
            frame = frame.with_columns(pl.Series("percentile_low", low), pl.Series("percentile_high", high))
        first = ["term", "estimate", "std_error", "t", "p_value", "low", "high", "odds_ratio", "std_error_hessian"]
        return frame.select(*first, *[name for name in frame.columns if name not in first])

    def summary(self) -> str:
        """Return the table of coefficients as text."""
        from xenotime.tergm.summary import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()
