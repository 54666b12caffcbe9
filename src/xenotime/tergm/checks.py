"""Checks of what a user asks for: whole numbers, sizes of a simulation, levels of an interval, finite numbers."""

import operator
from typing import Any

import numpy as np

from xenotime.core import InputError


def whole_number(value: Any, what: str, least: int | None = None) -> int:
    """Return a whole number; `InputError` where it is a fraction, logical or text, or smaller than `least`."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{what} must be a whole number, not {value!r}", remedy="give for instance 1") from None
    if least is not None and number < least:
        raise InputError(f"{what} must be {least} or more, not {number}")
    return number


def finite_number(value: Any, what: str) -> float:
    """Return a number; `InputError` where it is none, NaN or infinite."""
    if isinstance(value, (bool, str)) or not np.isscalar(value) or not np.isfinite(value):
        raise InputError(f"{what} must be a finite number, not {value!r}")
    return float(value)  # type: ignore[arg-type]


def interval_level(level: float) -> float:
    """Return the level of an interval; `InputError` where it does not lie between 0 and 1."""
    if not 0 < level < 1:
        remedy = f"give level={level / 100:g}" if 1 < level < 100 else "give for instance level=0.95"
        raise InputError(f"the level of an interval lies between 0 and 1, not at {level:g}", remedy=remedy)
    return level
