"""Operators over ordinary terms: Form, Persist (separable models), offset (fixed coefficients), products with time.

`Form` and `Persist` copy no term: they only say on which network the engine evaluates it, y_t ∪ y_{t−1} or
y_t ∩ y_{t−1} (Krivitsky and Handcock 2014). A dyad that was tied cannot change the first, one that was not cannot
change the second.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.panel import Panel, Slice
from xenotime.tergm.terms.base import Formula, Term, View, numbers
from xenotime.tergm.terms.past import timecov


@dataclass(frozen=True)
class Wrapped(Term):
    """A term that passes everything on to the one it wraps; a subclass changes one thing."""

    term: Term

    @staticmethod
    def change(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
        """Never called: `kernel` is the wrapped term's."""
        raise NotImplementedError

    @property
    def dyad_independent(self) -> bool:  # type: ignore[override]
        """As the wrapped term."""
        return self.term.dyad_independent

    @property
    def direction(self) -> Any:  # type: ignore[override]
        """As the wrapped term."""
        return self.term.direction

    @property
    def view(self) -> View:  # type: ignore[override]
        """As the wrapped term."""
        return self.term.view

    @property
    def kernel(self) -> Callable[..., None]:
        """As the wrapped term."""
        return self.term.kernel

    @property
    def needs(self) -> tuple[str, ...]:
        """As the wrapped term."""
        return self.term.needs

    @property
    def lags(self) -> tuple[int, ...]:
        """As the wrapped term."""
        return self.term.lags

    @property
    def memory(self) -> tuple[int, ...]:
        """As the wrapped term."""
        return self.term.memory

    @property
    def coefficients(self) -> tuple[float, ...] | None:
        """As the wrapped term."""
        return self.term.coefficients

    def scale(self, step: int) -> float:
        """As the wrapped term."""
        return self.term.scale(step)

    def check(self, panel: Panel) -> None:
        """As the wrapped term."""
        self.term.check(panel)

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As the wrapped term."""
        return self.term.names(panel)

    def table(self, year: Slice) -> np.ndarray:
        """As the wrapped term."""
        return self.term.table(year)

    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """As the wrapped term, on the network it is given."""
        return self.term.statistic(ties, table, directed)


@dataclass(frozen=True)
class OnView(Wrapped):
    """A term evaluated on the union or the intersection with the network one step before."""

    def check(self, panel: Panel) -> None:
        """Views do not nest."""
        super().check(panel)
        if self.term.view != "network":
            raise InputError("Form and Persist do not nest", remedy="apply one of them to an ordinary term")

    @property
    def memory(self) -> tuple[int, ...]:
        """The step before, and what the term reads itself."""
        return (1, *self.term.memory)

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `Form~edges`."""
        return tuple(f"{type(self).__name__}~{name}" for name in self.term.names(panel))


@dataclass(frozen=True)
class Form(OnView):
    """The term on y_t ∪ y_{t−1}: how ties form."""

    view: ClassVar[View] = "formation"


@dataclass(frozen=True)
class Persist(OnView):
    """The term on y_t ∩ y_{t−1}: how ties last."""

    view: ClassVar[View] = "persistence"


@dataclass(frozen=True)
class Offset(Wrapped):
    """A term whose coefficients are fixed; −∞ leaves out the dyads it touches (structural zeros)."""

    coef: float | tuple[float, ...]

    @property
    def coefficients(self) -> tuple[float, ...]:
        """The fixed coefficients."""
        return numbers(self.coef, "an offset's coefficient")

    def names(self, panel: Panel) -> tuple[str, ...]:
        """As statnet's: `offset(edgecov.x)`."""
        return tuple(f"offset({name})" for name in self.term.names(panel))


@dataclass(frozen=True)
class Times(Wrapped):
    """A term times a function of time: its statistic in year t is multiplied by `time.factor(t)`."""

    time: timecov

    def scale(self, step: int) -> float:
        """The product of the factors."""
        return self.term.scale(step) * self.time.factor(step)

    def names(self, panel: Panel) -> tuple[str, ...]:
        """`mutual:time`."""
        label = self.time.label()
        return tuple(f"{name}:{'time' if label == 'timecov' else label}" for name in self.term.names(panel))


def wrap(make: Callable[[Term], Term], inner: Term | Iterable[Term]) -> Formula:
    """Apply an operator to one term or to each of a sum."""
    terms = (inner,) if isinstance(inner, Term) else tuple(inner)
    return Formula(tuple(make(term) for term in terms))
