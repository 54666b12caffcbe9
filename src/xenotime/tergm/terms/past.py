"""The network's own past and the time: memory, delrecip, timecov (as btergm defines them, Leifeld et al. 2018).

All are covariates of dyads, fixed once the past is given, hence dyad-independent. With `edges` in the model the four
types of memory are one parameter (stability = 2·autoregression − 1, innovation = 1 − autoregression, loss =
−autoregression): several lags are fine, two types at one lag are collinear, and the fit names them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.kernel import as_table
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import lag_suffix
from xenotime.tergm.terms.dyad_values import DyadValues

#: Covariate of a dyad that was tied, and of one that was not.
MEMORY = {"autoregression": (1.0, 0.0), "stability": (1.0, -1.0), "innovation": (0.0, 1.0), "loss": (-1.0, 0.0)}


@dataclass(frozen=True)
class PastTies(DyadValues):
    """A covariate made from the network `lag` steps before."""

    def past_lag(self) -> int:
        """Return the lag, checked."""
        lag: int = getattr(self, "lag", 1)
        if lag < 1:
            raise InputError(f"{type(self).__name__}: a lag of {lag} is not the past", remedy="give lag=1 or more")
        return lag

    @property
    def lags(self) -> tuple[int, ...]:
        """It reads no covariate."""
        return (0,)

    @property
    def memory(self) -> tuple[int, ...]:
        """The lag."""
        return (self.past_lag(),)


@dataclass(frozen=True)
class memory(PastTies):
    """Whether the tie was there before: stability (±1), autoregression (1/0), innovation (0/1), loss (−1/0)."""

    type: str = "stability"
    lag: int = 1

    examples: ClassVar[tuple[str, ...]] = ("memory('stability')", "memory('autoregression', lag=2)", "memory('loss')")

    def _codes(self) -> tuple[float, float]:
        if self.type not in MEMORY:
            raise InputError(f"memory: type '{self.type}' is unknown", remedy=f"types: {', '.join(MEMORY)}")
        return MEMORY[self.type]

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`memory.stability`; at another lag than 1 `memory.stability.lag2`."""
        self._codes()
        return (f"memory.{self.type}{lag_suffix(self.lag) if self.lag != 1 else ''}",)

    def table(self, year: Slice) -> np.ndarray:
        """Code of tied and of untied dyads."""
        tied, untied = self._codes()
        return as_table(np.where(year.past(self.past_lag()) != 0, tied, untied))


@dataclass(frozen=True)
class delrecip(PastTies):
    """Delayed reciprocity: whether j→i was there before; `mutuality=TRUE` codes its absence −1."""

    mutuality: bool = False
    lag: int = 1

    direction: ClassVar[Any] = "directed"
    examples: ClassVar[tuple[str, ...]] = ("delrecip", "delrecip(mutuality=TRUE, lag=2)")

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`delrecip`, `delrecip.lag2`."""
        return (f"delrecip{lag_suffix(self.lag) if self.lag != 1 else ''}",)

    def table(self, year: Slice) -> np.ndarray:
        """y'_ji."""
        back = year.past(self.past_lag()).T.astype(np.float64)
        return as_table(2 * back - 1 if self.mutuality else back)


TRANSFORMS: dict[str, Callable[[float], float]] = {
    "identity": lambda t: t,
    "square": lambda t: t**2,
    "sqrt": lambda t: t**0.5,
    "log": lambda t: float(np.log(t)),
}


@dataclass(frozen=True)
class timecov(DyadValues):
    """A trend, or a dyad covariate times a trend: transform(t)·1[minimum ≤ t ≤ maximum] (·x_ij).

    t counts the panel's steps from 1, as in btergm (with a memory term it therefore starts at 2). `transform` is a
    function of t, or one of "identity", "square", "sqrt", "log". As a factor, `mutual:timecov(…)`, it gives the
    product of any term with time.
    """

    x: str | None = None
    minimum: float = 1
    maximum: float = float("inf")
    transform: Any = "identity"
    lag: int = 0

    examples: ClassVar[tuple[str, ...]] = ("timecov", "timecov('w', minimum=2, transform='square')")

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`timecov`, `timecov.conflict`, with what was asked of it."""
        return (self.label(),)

    def label(self) -> str:
        """Return the coefficient's name; as a factor of a product it is `time` where nothing was asked of it."""
        parts = ["timecov"]
        if self.x:
            parts.append(f"{self.x}{lag_suffix(self.lag)}")
        if self.minimum != 1 or np.isfinite(self.maximum):
            parts.append(
                f"{self.minimum:g}to{self.maximum:g}" if np.isfinite(self.maximum) else f"from{self.minimum:g}"
            )
        if self.transform != "identity":
            parts.append(self.transform if isinstance(self.transform, str) else self.transform.__name__.strip("<>"))
        return ".".join(parts)

    def factor(self, step: int) -> float:
        """Return transform(t)·1[minimum ≤ t ≤ maximum] of a step counted from 0."""
        t = float(step + 1)
        if not self.minimum <= t <= self.maximum:
            return 0.0
        function = TRANSFORMS.get(self.transform) if isinstance(self.transform, str) else self.transform
        if function is None or not callable(function):
            raise InputError(
                f"timecov: transform '{self.transform}' is unknown",
                remedy=f"give one of {', '.join(TRANSFORMS)}, or a Python function in a formula made of objects",
            )
        return float(function(t))

    def table(self, year: Slice) -> np.ndarray:
        """The trend of the year, times x."""
        values = np.ones((year.n, year.n)) if self.x is None else year.dyad(self.x, self.lag)
        return as_table(self.factor(year.step) * values)
