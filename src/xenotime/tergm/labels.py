"""Labels of years, nodes and categories: checked against each other, and an error names those that disagree."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xenotime.core import InputError

SHOWN = 8


def listing(labels: Iterable[Any]) -> str:
    """Return labels for a message, at most eight of them."""
    names = [str(label) for label in labels]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def listing_span(years: Sequence[int]) -> str:
    """Return years as first–last where they run without a gap, listed otherwise."""
    if len(years) == years[-1] - years[0] + 1 and len(years) > 1:
        return f"{years[0]}–{years[-1]}"
    return listing(years)


def check_labels(labels: Sequence[Hashable], size: int, what: str) -> None:
    """Refuse a wrong number of labels and labels that come twice."""
    if len(labels) != size:
        raise InputError(f"{len(labels)} {what} are named, but the ties have {size}")
    twice = [label for label in dict.fromkeys(labels) if labels.count(label) > 1]
    if twice:
        raise InputError(f"{what} named twice: {listing(twice)}")


def check_same(given: Iterable[Hashable], wanted: Iterable[Hashable], what: str) -> None:
    """Refuse two sets of labels that differ, naming what is missing and what is foreign (convention 6)."""
    one, other = set(given), set(wanted)
    missing, foreign = sorted(map(str, other - one)), sorted(map(str, one - other))
    if missing or foreign:
        parts = [f"missing: {listing(missing)}"] * bool(missing) + [f"unknown: {listing(foreign)}"] * bool(foreign)
        raise InputError(f"labels of {what} are not the panel's; {'; '.join(parts)}")


def as_values(
    covariates: Mapping[str, Any], shape: tuple[int, ...], kind: str
) -> tuple[dict[str, np.ndarray], set[str]]:
    """Return covariates with a year axis, and the names of those given once for all years.

    Parameters
    ----------
    covariates : dict of arrays
        Each of `shape`, or of `shape` without its first axis (years).
    shape : (T, n) or (T, n, n)
    kind : {"node", "dyad"}
        For messages.
    """
    filled: dict[str, np.ndarray] = {}
    static: set[str] = set()
    for name, given in covariates.items():
        values = np.array(given)
        if values.dtype.kind in "fiub":
            values = values.astype(np.float64)
        elif kind == "node" and values.dtype.kind in "UOT":
            values = np.array([str(item) for item in values.ravel()], dtype=object).reshape(values.shape)
        else:
            raise InputError(f"{kind} covariate '{name}' holds {values.dtype}", remedy="give numbers")
        if values.shape == shape[1:]:
            values = np.broadcast_to(values, shape).copy()
            static.add(name)
        if values.shape != shape:
            raise InputError(
                f"{kind} covariate '{name}' has shape {values.shape}", remedy=f"give {shape} or {shape[1:]}"
            )
        filled[name] = values
    return filled, static


@dataclass(frozen=True)
class Levels:
    """The categories of a node covariate over all years: numbers in order, strings in alphabetical order.

    Attributes
    ----------
    name : str
        The covariate.
    values : tuple
        Categories in order.
    """

    name: str
    values: tuple[Any, ...]

    @classmethod
    def of(cls, name: str, values: np.ndarray) -> "Levels":
        """Collect the categories found in an array."""
        found = set(values.ravel().tolist())
        return cls(name, tuple(sorted(value for value in found if not (isinstance(value, float) and np.isnan(value)))))

    @property
    def labels(self) -> tuple[str, ...]:
        """Categories as they stand in coefficient names."""
        return tuple(f"{value:g}" if isinstance(value, float) else str(value) for value in self.values)

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Return the place of each value among the categories, −1 where it is unknown."""
        place = {value: number for number, value in enumerate(self.values)}
        return np.array([place.get(value, -1) for value in values.tolist()], dtype=np.int64)

    def chosen(self, keep: Any, default: Sequence[int]) -> tuple[int, ...]:
        """Return the places of the categories that R's `levels` argument keeps.

        Parameters
        ----------
        keep : None, True, int, or sequence
            None: `default`; True: all; positive numbers: those places (from 1); negative: all but those; strings:
            those names.
        default : sequence of int
            Places kept by default.
        """
        everything = tuple(range(len(self.values)))
        if keep is None:
            return tuple(default)
        if keep is True:
            return everything
        wanted = list(keep) if isinstance(keep, (tuple, list)) else [keep]
        if all(isinstance(item, str) for item in wanted):
            check_known = [item for item in wanted if item not in self.labels]
            if check_known:
                raise InputError(
                    f"'{self.name}' has no category {listing(check_known)}", remedy=f"it has {listing(self.labels)}"
                )
            return tuple(self.labels.index(item) for item in wanted)
        return places(wanted, len(self.values), self.name)


def places(wanted: Sequence[Any], size: int, name: str) -> tuple[int, ...]:
    """Return 0-based places from R's 1-based ones; negative ones are left out."""
    numbers = [int(item) for item in wanted]
    if any(number == 0 or abs(number) > size for number in numbers):
        raise InputError(f"'{name}' has {size} categories, not number(s) {listing(wanted)}")
    if all(number < 0 for number in numbers):
        return tuple(place for place in range(size) if -(place + 1) not in numbers)
    return tuple(number - 1 for number in numbers)
