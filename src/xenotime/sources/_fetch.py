"""Follow the address book: download what a source needs, check it, and write down where it came from.

The address book (`addresses.yaml`) is data. Each file gets a record beside it, `NAME.json`: address, producer, licence,
date, size and SHA-256. A file whose content still fits its record is not fetched again, one that was damaged is, and an
edition that never changes must have the same content for ever. Adding a source's download is an entry in the address
book and a `fetch` that calls `fetch_files`; nothing else.
"""

import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xenotime.core import InputError, SourceError, atomic_path, sha256_of, write_text
from xenotime.sources._download import Patience, Resuming
from xenotime.sources.mapping import nearest

#: Environment variable with the path of an address book of one's own.
OWN_BOOK = "XENOTIME_ADDRESSES"


class FileAddress(BaseModel):
    """One file of a source: its name here and its address, both with ``{parameters}``; see `addresses.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    url: str
    fixed: bool = False
    unpack: tuple[str, ...] = ()
    sha256: str = ""


class Address(BaseModel):
    """A source's entry in the address book; see the head of `addresses.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    producer: str
    licence: str
    page: str
    key_variable: str = ""
    key_header: str = ""
    defaults: dict[str, str | int | tuple[str, ...]] = Field(default_factory=dict)
    files: tuple[FileAddress, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in the order they appear."""
        text = "".join(file.name + file.url for file in self.files)
        return tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))


def addresses() -> dict[str, Address]:
    """Return the address book; entries of the user's own book (`XENOTIME_ADDRESSES`) replace the shipped ones."""
    shipped = files("xenotime.sources").joinpath("addresses.yaml").read_text(encoding="utf-8")
    book = _book(shipped, "addresses.yaml")
    own = os.environ.get(OWN_BOOK)
    if own:
        if not Path(own).is_file():
            raise InputError("no such address book", where=f"{OWN_BOOK}={own}", remedy="correct or unset the variable")
        book |= _book(Path(own).read_text(encoding="utf-8"), own)
    return book


def fetch_files(source: str, folder: Path | str, *, patience: Patience | None = None, **parameters: Any) -> list[Path]:
    """Download a source's files into `folder` and return them.

    Parameters
    ----------
    source : str
        Name in the address book.
    folder : path
        Where the raw files go; made if it is not there.
    patience : Patience, optional
        Time-outs and attempts.
    **parameters
        Parameters of the addresses; a list means one file for each entry.

    Returns
    -------
    list of Path
        Ready to be parsed: the files, or the members taken out of them. Those already there and whole are returned
        without a request.

    Raises
    ------
    InputError
        Unknown source or parameter, or no access key in the environment.
    SourceError
        Refused, unreachable, or not the content it has to be. What was there before stays as it was.
    """
    book = addresses()
    if source not in book:
        raise InputError(
            f"the address book has no source {source!r}{nearest(source, book)}", remedy=f"known: {', '.join(book)}"
        )
    entry = book[source]
    headers = _key(entry, source)
    found: list[Path] = []
    for file, name, url in _wanted(entry, source, parameters):
        wanted = _Wanted(source, entry, file, url, Path(folder) / name)
        try:
            if not wanted.is_whole():
                _fetch_one(wanted, headers, patience or Patience())
            found += _unpacked(wanted) if file.unpack else [wanted.path]
        except OSError as error:
            raise SourceError(
                f"cannot write: {error.strerror or error}",
                where=str(folder),
                remedy="free some space or choose another folder, and fetch again: it goes on where it stopped",
            ) from error
    return found


@dataclass(frozen=True)
class _Wanted:
    source: str
    entry: Address
    file: FileAddress
    url: str
    path: Path

    @property
    def record_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def record(self) -> dict[str, Any]:
        try:
            kept = json.loads(self.record_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) and kept.get("url") == self.url else {}

    def known_hash(self) -> str:
        if self.file.sha256:
            return self.file.sha256
        return str(self.record().get("sha256", "")) if self.file.fixed else ""

    def is_whole(self) -> bool:
        """Whether the file is here, from this address, with the content it had when it came."""
        kept = self.record()
        return bool(kept) and self.path.is_file() and sha256_of(self.path) == (self.file.sha256 or kept.get("sha256"))


def _fetch_one(wanted: _Wanted, headers: Mapping[str, str], patience: Patience) -> None:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    part = wanted.path.with_name(f"{wanted.path.name}.part")
    known = wanted.known_hash()
    with atomic_path(wanted.path) as aside:
        try:
            pooch.retrieve(
                wanted.url,
                known_hash=f"sha256:{known}" if known else None,
                fname=aside.name,
                path=aside.parent,
                downloader=Resuming(part, headers, patience, wanted.entry.page),
            )
        except ValueError as error:
            raise SourceError(
                f"{wanted.path.name} has other content than it has to have (SHA-256 is not {known[:12]}…)",
                where=wanted.url,
                remedy=f"fetch again; if the producer has changed the file, remove {wanted.record_path} to accept it",
            ) from error
        write_text(wanted.record_path, json.dumps(_record(wanted, aside), indent=1, ensure_ascii=False) + "\n")


def _record(wanted: _Wanted, file: Path) -> dict[str, Any]:
    return {
        "source": wanted.source,
        "producer": wanted.entry.producer,
        "licence": wanted.entry.licence,
        "page": wanted.entry.page,
        "url": wanted.url,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "bytes": file.stat().st_size,
        "sha256": sha256_of(file),
    }


def _unpacked(wanted: _Wanted) -> list[Path]:
    try:
        with zipfile.ZipFile(wanted.path) as archive:
            return [_member(archive, name, wanted.path.parent) for name in wanted.file.unpack]
    except (zipfile.BadZipFile, StopIteration) as error:
        raise SourceError(
            f"does not hold {', '.join(wanted.file.unpack)}"
            if isinstance(error, StopIteration)
            else "is not a zip file",
            where=str(wanted.path),
            remedy=f"the producer may have changed it: look on {wanted.entry.page}",
        ) from error


def _member(archive: zipfile.ZipFile, name: str, folder: Path) -> Path:
    inside = next(entry for entry in archive.infolist() if Path(entry.filename).name == name)
    target = folder / name
    with archive.open(inside) as stream, atomic_path(target) as aside, aside.open("wb") as out:
        shutil.copyfileobj(stream, out)
    return target


def _wanted(entry: Address, source: str, given: Mapping[str, Any]) -> Iterator[tuple[FileAddress, str, str]]:
    values = {**entry.defaults, **{name: value for name, value in given.items() if value is not None}}
    for name in given:
        if name not in entry.parameters:
            raise InputError(
                f"{source} has no parameter {name!r} to fetch by{nearest(name, entry.parameters)}",
                remedy=f"its parameters: {', '.join(entry.parameters) or 'none'}",
            )
    for file in entry.files:
        names = [name for name in entry.parameters if f"{{{name}}}" in file.name + file.url]
        missing = [name for name in names if name not in values]
        if missing:
            raise InputError(f"{source} needs {', '.join(missing)}", remedy=f"give -o {missing[0]}=VALUE")
        choices = [_each(values[name]) for name in names]
        for chosen in product(*choices):
            now = dict(zip(names, chosen, strict=True))
            name = re.sub(r"[^\w.\-]+", "_", file.name.format(**now))
            yield file, name, _url(file.url.format(**{key: quote(value, safe=",:") for key, value in now.items()}))


def _each(value: Any) -> list[str]:
    return [str(value)] if isinstance(value, str | int) else [str(item) for item in value]


def _url(filled: str) -> str:
    """Leave out query parameters without a value."""
    parts = urlsplit(filled)
    kept = [pair for pair in parts.query.split("&") if pair and parse_qsl(pair)]
    return urlunsplit(parts._replace(query="&".join(kept)))


def _key(entry: Address, source: str) -> dict[str, str]:
    if not entry.key_variable:
        return {}
    key = os.environ.get(entry.key_variable, "")
    if not key:
        raise InputError(
            f"{source} needs an access key",
            where=f"environment variable {entry.key_variable}",
            remedy=f"get one at {entry.page} and set the variable",
        )
    return {entry.key_header: key}


def _book(text: str, where: str) -> dict[str, Address]:
    import yaml

    try:
        return {name: Address.model_validate(entry) for name, entry in yaml.safe_load(text).items()}
    except (yaml.YAMLError, AttributeError, ValidationError) as error:
        raise InputError(
            f"not an address book: {error}", where=where, remedy="see the head of addresses.yaml"
        ) from error
