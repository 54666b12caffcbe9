"""What a user asks of a table, made sure of: years, products, values of a column; anything else is refused in words."""

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import polars as pl

from xenotime.core.errors import InputError
from xenotime.schema.tables import HS6, HS_CHAPTERS, TABLES


def years_asked(years: Any) -> list[int] | None:
    """Return the years asked for, sorted, each once; None where nothing was said.

    Parameters
    ----------
    years : int, iterable of int, or None
        Whole numbers of any kind (Python, numpy, pandas; 2022.0 too).

    Raises
    ------
    InputError
        Something that is not a year.
    """
    if years is None:
        return None
    remedy = "write 2022, [2021, 2022] or range(2002, 2025) (on the command line: --years 2002-2024)"
    listed = [years] if isinstance(years, str) or not isinstance(years, Iterable) else list(years)
    found = set()
    for year in listed:
        if not _whole(year):
            raise InputError(f"{year!r} is not a year", where="years", remedy=remedy)
        found.add(int(year))
    return sorted(found)


def codes_asked(hs: Any) -> tuple[str, ...] | None:
    """Return the products asked for, each once, in their order; None where nothing was said.

    Parameters
    ----------
    hs : str, iterable of str, or None
        Six-digit codes as text: a number has lost its leading zero.

    Raises
    ------
    InputError
        Something that is not a six-digit code, or is of a chapter that the Harmonized System does not have.
    """
    if hs is None:
        return None
    listed = [hs] if isinstance(hs, str) or not isinstance(hs, Iterable) else list(hs)
    for code in listed:
        if not isinstance(code, str):
            raise InputError(f"HS code {code!r} is not text", where="hs", remedy='write it in quotes: "284690"')
        if len(code) != 6 or not (code.isascii() and code.isdigit()):
            raise InputError(f"HS code {code!r} is not six digits", where="hs", remedy='write it as "284690"')
        if code[:2] not in HS_CHAPTERS:
            raise InputError(
                f"HS code {code!r}: the Harmonized System has no chapter {code[:2]} of products",
                where="hs",
                remedy="check the code: chapters run from 01 to 97, without 77",
            )
    return tuple(dict.fromkeys(listed))


def values_asked(table: str, column: str, value: Any) -> list[Any]:
    """Return the values asked of a column as a list, each of a kind that the column can hold.

    Raises
    ------
    InputError
        A value the column can never hold, so that the answer would be empty without a word.
    """
    rule = TABLES[table].columns[column]
    if column == "year":
        return years_asked(value) or []
    listed = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    if rule.pattern == HS6:
        return list(codes_asked(listed) or ())
    for one in listed:
        wrong = ""
        if rule.dtype == pl.String:
            if not isinstance(one, str):
                wrong = "text"
            elif rule.among is not None and one not in rule.among:
                wrong = f"one of {', '.join(rule.among)}"
            elif rule.pattern is not None and not pl.Series([one]).str.contains(rule.pattern).all():
                wrong = f"of the form {rule.pattern}"
        elif rule.dtype == pl.Boolean:
            wrong = "" if isinstance(one, bool) else "True or False"
        elif rule.dtype == pl.Float64:
            wrong = "" if isinstance(one, Real) else "a number"
        elif not _whole(one):
            wrong = "a whole number"
        if wrong:
            raise InputError(
                f"{column} of table {table!r} is never {one!r}: it is {wrong}",
                where=column,
                remedy=f"column {column}: {rule.doc}",
            )
    return listed


def _whole(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
