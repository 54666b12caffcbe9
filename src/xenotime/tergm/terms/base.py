"""What a term is: a statistic of a network, the change of it when one tie is toggled, and a few facts about both.

A term is a frozen dataclass named as statnet names it (one name for the term, its spelling in a formula and its
coefficient; hence lower case). It has

- ``change(graph, table, i, j, out)``, a plain function that numba compiles (`kernel.py`): what the statistics gain
  when i→j is present rather than absent, whatever its present state;
- ``table(year)``, what the change function reads besides the graph: parameters and covariates of that year, as a
  two-dimensional float64 array;
- ``statistic(ties, table, directed)``, the definition in plain NumPy, written apart from the change function: each is
  the other's test (`tests/contracts/test_terms.py`);
- ``names(panel)``, the names of its coefficients.

Nothing here knows how a model is fitted: `model.py` binds terms to years, `mple.py` and samplers use what is bound.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Self

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.checks import whole_number
from xenotime.tergm.labels import listing
from xenotime.tergm.panel import Panel, Slice

View = Literal["network", "formation", "persistence"]
NO_TABLE = np.zeros((1, 1))


@dataclass(frozen=True)
class Term(ABC):
    """A statistic of a network and its change; subclass it for a term of your own (docs/how-to/new-term.md).

    Class attributes
    ----------------
    needs : tuple of str
        Shared-partner counts the change function reads from the graph ("otp", "osp", "isp", "rtp").
    dyad_independent : bool
        True where the change of a dyad does not depend on any other tie of that year.
    direction : {"any", "directed", "undirected"}
        The networks it is defined on.
    examples : tuple of str
        Spellings for the contract tests and the docs; covariates there are called 'x' (number), 'group' (category)
        and 'w' (dyads).
    """

    dyad_independent: ClassVar[bool] = False
    direction: ClassVar[Literal["any", "directed", "undirected"]] = "any"
    examples: ClassVar[tuple[str, ...]] = ()
    view: ClassVar[View] = "network"

    def __post_init__(self) -> None:
        if hasattr(self, "lag"):
            whole_number(self.lag, f"{type(self).__name__}: a lag")

    @staticmethod
    @abstractmethod
    def change(graph: Any, table: Any, i: int, j: int, out: Any) -> None:
        """Write into `out` what the statistics gain when i→j is present rather than absent."""

    @abstractmethod
    def statistic(self, ties: np.ndarray, table: np.ndarray, directed: bool) -> np.ndarray:
        """Return the statistics of a network, (p,): the definition.

        Parameters
        ----------
        ties : (n, n) float64
            0/1, zero diagonal; symmetric where undirected.
        table : (rows, columns) float64
            From `table`.
        directed : bool
        """

    def names(self, panel: Panel) -> tuple[str, ...]:
        """Return the names of the coefficients, one a statistic."""
        return (type(self).__name__,)

    def table(self, year: Slice) -> np.ndarray:
        """Return what the change function reads besides the graph, (rows, columns) float64."""
        return NO_TABLE

    @property
    def kernel(self) -> Callable[..., None]:
        """The change function that fits these parameters."""
        return type(self).change

    @property
    def needs(self) -> tuple[str, ...]:
        """Shared-partner counts the change function reads from the graph."""
        return ()

    @property
    def lags(self) -> tuple[int, ...]:
        """Lags of the covariates it reads (0 = same year, negative = lead)."""
        return (getattr(self, "lag", 0),)

    @property
    def memory(self) -> tuple[int, ...]:
        """Lags at which it reads the network itself; a dyad counts only where both ends existed then."""
        return ()

    @property
    def coefficients(self) -> tuple[float, ...] | None:
        """Fixed coefficients of an offset; None where they are to be estimated."""
        return None

    def scale(self, step: int) -> float:
        """Return the factor on the statistic in a step (counted from 0): products with time."""
        return 1.0

    def check(self, panel: Panel) -> None:
        """Raise `InputError` where the term cannot be used on this panel."""
        if self.direction != "any" and (self.direction == "directed") != panel.directed:
            raise InputError(
                f"{type(self).__name__} is defined on {self.direction} networks; the panel is not",
                remedy="choose another term (xenotime terms), or give the panel its direction",
            )

    def __add__(self, other: "Term | Formula") -> "Formula":
        return Formula((self,)) + other

    @classmethod
    def from_call(cls, args: Sequence[Any], named: Mapping[str, Any]) -> Self:
        """Make the term from a formula's arguments, as R matches them: by name, then by place."""
        slots = [item.name for item in fields(cls) if item.init]
        given = {name.replace(".", "_"): value for name, value in named.items()}
        foreign = [name for name in given if name not in slots]
        free = [slot for slot in slots if slot not in given]
        if foreign or len(args) > len(free):
            wrong = listing(foreign) if foreign else f"{len(args)} arguments"
            raise InputError(
                f"{cls.__name__} does not take {wrong}", remedy=f"its arguments: {listing(slots) or 'none'}"
            )
        given.update(zip(free, args, strict=False))
        try:
            return cls(**given)
        except TypeError as error:
            raise InputError(f"{cls.__name__}: {error}", remedy=f"its arguments: {listing(slots)}") from error


@dataclass(frozen=True)
class Formula:
    """A sum of terms, in order. Make one by adding terms, or by `parse`.

    Attributes
    ----------
    terms : tuple of Term
    """

    terms: tuple[Term, ...]

    def __add__(self, other: "Term | Formula") -> "Formula":
        if isinstance(other, Term):
            return Formula((*self.terms, other))
        if isinstance(other, Formula):
            return Formula(self.terms + other.terms)
        return NotImplemented

    def __iter__(self) -> Iterator[Term]:
        return iter(self.terms)

    def __len__(self) -> int:
        return len(self.terms)


def lag_suffix(lag: int) -> str:
    """Return what a lag adds to a coefficient's name."""
    if lag == 0:
        return ""
    return f".lag{lag}" if lag > 0 else f".lead{-lag}"


def dyads(matrix: np.ndarray, directed: bool) -> float:
    """Return the sum over dyads: all ordered pairs, or i < j where undirected."""
    return float(matrix.sum() if directed else np.triu(matrix, 1).sum())


def numbers(value: Any, what: str) -> tuple[float, ...]:
    """Return one number or several as a tuple; `InputError` where they are not numbers."""
    items = tuple(value) if isinstance(value, (tuple, list, range, np.ndarray)) else (value,)
    if not items or any(isinstance(item, (bool, str)) or item is None for item in items):
        raise InputError(f"{what} must be a number or several, not {value!r}")
    return tuple(float(item) for item in items)


def whole_numbers(value: Any, what: str, least: int = 0) -> tuple[float, ...]:
    """Return one whole number or several, `least` or more; `InputError` where they are not."""
    found = numbers(value, what)
    wrong = [item for item in found if not item.is_integer() or item < least]
    if wrong:
        raise InputError(f"{what} must be whole numbers from {least} on, not {wrong[0]:g}")
    return found
