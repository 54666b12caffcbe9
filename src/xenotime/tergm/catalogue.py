"""The list of terms as people read it: how each is spelled with its arguments, and what it counts.

Everything is read off `TERMS`: the arguments are a term's fields, its meaning the first line of its docstring.
"""

from dataclasses import MISSING, Field, fields
from typing import Any

import polars as pl

from xenotime.tergm.terms import TERMS


def catalogue() -> pl.DataFrame:
    """Return one row a term of `TERMS`.

    Returns
    -------
    DataFrame
        term; spelling (with its arguments and their defaults, as a formula reads them); dyad_independent (whether the
        change of a tie is the same whatever the other ties of the year); networks it is defined on ("any", "directed",
        "undirected"); meaning; examples.
    """
    return pl.DataFrame(
        [
            {
                "term": name,
                "spelling": f"{name}({arguments})" if arguments else name,
                "dyad_independent": bool(term.dyad_independent),
                "networks": term.direction,
                "meaning": (term.__doc__ or "").strip().partition("\n")[0],
                "examples": list(term.examples),
            }
            for name, term in TERMS.items()
            for arguments in [", ".join(_argument(field) for field in fields(term) if field.init)]
        ]
    )


def _argument(field: Field[Any]) -> str:
    name = field.name.replace("_", ".")
    return name if field.default is MISSING else f"{name}={_value(field.default)}"


def _value(value: Any) -> str:
    """Spell a default as R does."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return f"'{value}'"
    return "Inf" if value == float("inf") else f"{value:g}"
