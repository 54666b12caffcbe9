"""The chains that ship with the package, and a user's own, read from YAML."""

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from xenotime.core import InputError

if TYPE_CHECKING:
    from xenotime.reference.staging import Chain

_FOLDER = files("xenotime.reference").joinpath("chains")


@cache
def chains() -> tuple[str, ...]:
    """Return the names of the chains that ship with the package: one YAML each, the file name is the name."""
    names = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def _shipped(name: str) -> "Chain":
    from xenotime.reference.staging import load

    with as_file(_FOLDER.joinpath(f"{name}.yaml")) as path:
        return load(path)


def chain(name: str | Path) -> "Chain":
    """Return a chain by name, or a user's own by the path of its YAML file.

    Parameters
    ----------
    name : str or Path
        A name in `chains`, or a path (a `Path`, or text that ends in ``.yaml`` or ``.yml``).

    Raises
    ------
    InputError
        Unknown name; or the file is missing or breaks a rule, naming file, field and remedy.
    """
    if isinstance(name, Path) or name.endswith((".yaml", ".yml")):
        from xenotime.reference.staging import load

        return load(Path(name))
    if name not in chains():
        raise InputError(
            f"unknown chain {name!r}",
            remedy=f"use one of {', '.join(chains())}, or the path of a YAML file (docs/how-to/new-chain.md)",
        )
    return _shipped(name)
