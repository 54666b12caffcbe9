"""Options that several verbs share, and what they mean."""

from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from xenotime.core import InputError

if TYPE_CHECKING:
    from xenotime.store import Store

StoreOption = Annotated[
    Path | None,
    typer.Option("--store", envvar="XENOTIME_STORE", help="Folder of the store; without it, the embedded world."),
]
ChainOption = Annotated[
    str | None, typer.Option("--chain", help="A mineral's chain: a name, or a YAML file's path; default rare_earths.")
]
StagesOption = Annotated[
    str | None, typer.Option("--stages", help="How headings are sorted into stages, e.g. published, by_origin, fine.")
]
YearsOption = Annotated[str | None, typer.Option("--years", help="A year, or first-last: 2002-2024.")]
RuleOption = Annotated[str | None, typer.Option("--rule", help="How ties of dependence are drawn from flows.")]
ParameterOption = Annotated[
    list[str] | None, typer.Option("--parameter", "-p", help="Parameter of the rule: name=number. Repeatable.")
]
VersionOption = Annotated[
    str | None, typer.Option("--data-version", help="Version of the source, where the store holds several.")
]
HsVersionOption = Annotated[
    str | None, typer.Option("--hs-version", help="HS vintage, where the store holds several, e.g. HS17.")
]
SourceOption = Annotated[str | None, typer.Option("--source", help="Source, where the store holds several.")]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help="YAML file with the study's settings.")]
NamedSettingsOption = Annotated[
    str | None, typer.Option("--settings", help="YAML file with the study's settings, or a name: alliances_2019_2024.")
]
WorkOption = Annotated[
    Path | None, typer.Option("--work", help="For events: folder that keeps what is counted, file by file.")
]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", help="For events: address of a Dask scheduler, e.g. tcp://host:8786.")
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", help="For events: start this many worker processes here (Dask).")
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for the report, the cubes and the tables.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def years_of(text: str | None) -> list[int] | None:
    """Read ``"2002-2024"`` or ``"2022"``.

    Raises
    ------
    InputError
        It is neither.
    """
    if text is None:
        return None
    first, dash, last = text.replace("–", "-").partition("-")
    try:
        low, high = int(first), int(last if dash else first)
    except ValueError:
        raise InputError(f"{text!r} is not a year or a span of years", remedy="write --years 2002-2024") from None
    if low > high:
        raise InputError(f"{text!r} ends before it begins", remedy=f"write --years {high}-{low}")
    return list(range(low, high + 1))


def pairs_of(entries: list[str] | None, option: str) -> dict[str, str]:
    """Read repeated ``name=value`` options."""
    found = {}
    for entry in entries or []:
        name, sign, value = entry.partition("=")
        if not sign or not name:
            raise InputError(f"{entry!r} is not name=value", where=option, remedy=f"write {option} name=value")
        if name.strip() in found:
            raise InputError(f"{name.strip()} is given twice", where=option, remedy="leave one of them out")
        found[name.strip()] = value.strip()
    return found


def numbers_of(entries: list[str] | None, option: str) -> dict[str, float]:
    """Read repeated ``name=number`` options."""
    found = {}
    for name, value in pairs_of(entries, option).items():
        try:
            found[name] = float(value)
        except ValueError:
            raise InputError(f"{name}={value!r} is not a number", where=option) from None
    return found


def require_place(out: Path, *, folder: bool) -> None:
    """Refuse a place that cannot be written to, before hours of work rather than after.

    Raises
    ------
    InputError
        A folder stands where a file should, or the other way round, or there is no right to write.
    """
    if folder and out.exists() and not out.is_dir():
        raise InputError("is a file; a folder is wanted", where=str(out), remedy="give --out another name")
    if not folder and out.is_dir():
        raise InputError("is a folder; a file is wanted", where=str(out), remedy="give a file name in it")
    home = out if folder else out.parent
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home):
            pass
    except OSError as fault:
        raise InputError(
            f"cannot be written to: {fault.strerror}", where=str(home), remedy="give --out a folder you may write to"
        ) from None


def store_at(folder: Path | None) -> "Store":
    """Open the store of the user, or the embedded world when none was named (and say so)."""
    if folder is None:
        from xenotime.pipeline import demo_store

        typer.echo("No --store given: using the embedded world (reconstructed, not observed).", err=True)
        return demo_store()
    from xenotime.store import open_store

    return open_store(folder)
