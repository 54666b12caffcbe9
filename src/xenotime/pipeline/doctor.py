"""The doctor: what is installed, what data is there, what is missing, and how to get it."""

import os
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import polars as pl

from xenotime.core import XenotimeError
from xenotime.sources import SOURCES
from xenotime.store import open_store

State = Literal["ok", "missing", "broken"]

#: What each extra brings: a module that shows it is there, and what it is for.
EXTRAS = {
    "test": ("pytest", "run the tests"),
    "docs": ("sphinx", "build the documentation"),
    "oracles": ("igraph", "compare indicators with another library"),
}
CORE = ("polars", "duckdb", "numpy", "scipy", "xarray", "numba", "pandera", "matplotlib")


@dataclass(frozen=True)
class Finding:
    """One thing the doctor looked at.

    Attributes
    ----------
    subject : str
        What was looked at.
    state : {"ok", "missing", "broken"}
        Missing things are optional; broken ones are in the way.
    detail : str
        What was found.
    remedy : str
        What to do, where something is to be done.
    """

    subject: str
    state: State
    detail: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def doctor(store: Path | str | None = None) -> tuple[Finding, ...]:
    """Look at the installation and, where one is named, at a store.

    Parameters
    ----------
    store : path, optional
        Folder of a store; every file in it is checked against its hash.
    """
    return (*_installation(), *_shapes(), *_keys(), *_store(store))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _installation() -> list[Finding]:
    found = [Finding("python", "ok", sys.version.split()[0])]
    versions = {name: _version(name) for name in CORE}
    lacking = [name for name, number in versions.items() if number is None]
    if lacking:
        found.append(Finding("core packages", "broken", f"missing: {', '.join(lacking)}", "pip install xenotime"))
    else:
        found.append(Finding("core packages", "ok", ", ".join(f"{n} {v}" for n, v in versions.items())))
    for extra, (module, purpose) in EXTRAS.items():
        if find_spec(module) is None:
            found.append(Finding(f"extra {extra}", "missing", purpose, f"pip install 'xenotime[{extra}]'"))
        else:
            found.append(Finding(f"extra {extra}", "ok", purpose))
    return found


def _shapes() -> list[Finding]:
    folder = files("xenotime").joinpath("report", "shapes")
    if folder.is_dir() and any(entry.name.endswith(".json") for entry in folder.iterdir()):
        return [Finding("country shapes", "ok", "world-atlas, for maps")]
    return [
        Finding(
            "country shapes",
            "missing",
            "maps are drawn without coastlines",
            "reinstall where the npm registry can be reached: pip install --force-reinstall --no-deps xenotime",
        )
    ]


def _keys() -> list[Finding]:
    found = []
    for source in SOURCES.values():
        variable = source.INFO.key_variable
        if not variable:
            continue
        if os.environ.get(variable):
            found.append(Finding(f"key for {source.INFO.name}", "ok", f"{variable} is set"))
        else:
            found.append(
                Finding(
                    f"key for {source.INFO.name}",
                    "missing",
                    f"{variable} is not set; needed only to fetch from {source.INFO.producer}",
                    f"export {variable}=... (get one at {source.INFO.url})",
                )
            )
    return found


def _store(folder: Path | str | None) -> list[Finding]:
    if folder is None:
        return [
            Finding(
                "store",
                "missing",
                "no store named: studies run on the embedded world",
                "xenotime ingest FILE --source baci --store data, then --store data",
            )
        ]
    try:
        store = open_store(folder)
        store.verify()
        pieces = store.pieces()
    except XenotimeError as problem:
        return [Finding("store", "broken", f"{problem.where or folder}: {problem.what}", problem.remedy or "")]
    summary = (
        pieces.group_by("table", "source", "version", maintain_order=True)
        .agg(
            pl.col("rows").sum(),
            pl.col("quarantined").sum(),
            pl.col("first_year").min().alias("first"),
            pl.col("last_year").max().alias("last"),
        )
        .iter_rows(named=True)
    )
    found = []
    for piece in summary:
        years = f", {piece['first']}–{piece['last']}" if piece["first"] is not None else ""
        aside = f", {piece['quarantined']:,} set aside" if piece["quarantined"] else ""
        found.append(
            Finding(
                f"store: {piece['table']}",
                "ok",
                f"{piece['source']} {piece['version']}{years}: {piece['rows']:,} rows{aside}",
            )
        )
    return found or [Finding("store", "missing", f"{folder} is empty", "xenotime ingest FILE --source ...")]
