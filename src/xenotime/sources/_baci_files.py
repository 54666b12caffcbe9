"""A BACI release on disk, as CEPII ships it: the zip, the folder it unpacks to, or one of its yearly CSV files.

Finds the yearly files and the product table beside them, reads version and vintage from the names, and refuses a
release that is broken as a whole: a truncated zip, two releases in one folder, a year missing in the middle.
"""

import errno
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from xenotime.core import InputError, SourceError
from xenotime.reference import HS_VERSIONS
from xenotime.sources._scratch import scratch_folder

#: How CEPII writes the version of a release.
VERSION = r"V\d{4,6}[a-z]?"
YEARLY = re.compile(rf"^BACI_(?P<hs>HS\d{{2}})_Y(?P<year>\d{{4}})_(?P<version>{VERSION})\.csv$", re.IGNORECASE)
PRODUCTS = re.compile(rf"^product_codes_(?P<hs>HS\d{{2}})_(?P<version>{VERSION})\.csv$", re.IGNORECASE)
_AGAIN = "download it again (xenotime fetch baci), or copy it again"


@dataclass(frozen=True)
class Release:
    """The files of one BACI release.

    Attributes
    ----------
    path : Path
        The zip, the folder, or the folder of the single CSV.
    version, hs_version : str
        As in the file names, e.g. ``"V202601"``, ``"HS17"``.
    years : mapping of int to str
        Year to the name of its file, in the zip or the folder.
    products : frozenset of int, optional
        Codes of the product table; None where there is none.
    product_table : str
        Its name, or "".
    """

    path: Path
    version: str
    hs_version: str
    years: Mapping[int, str]
    products: frozenset[int] | None
    product_table: str

    @contextmanager
    def csv_of(self, year: int) -> Iterator[Path]:
        """Give the yearly CSV as a file on disk; out of a zip it is unpacked aside and removed afterwards."""
        name = self.years[year]
        if self.path.is_dir():
            yield self.path / name
            return
        with scratch_folder() as folder:
            target = folder / Path(name).name
            with (
                _in_words(self.path, name),
                zipfile.ZipFile(self.path) as archive,
                archive.open(name) as packed,
                target.open("wb") as unpacked,
            ):
                shutil.copyfileobj(packed, unpacked, 1 << 20)
            yield target


def open_release(
    path: Path, *, version: str | None, hs_version: str | None, years: Collection[int] | None = None
) -> Release:
    """Find the files of a release.

    Parameters
    ----------
    path : Path
        A zip, a folder, or a yearly CSV.
    version, hs_version : str, optional
        Choose among several releases in a folder, or say what a CSV with another name holds.
    years : collection of int, optional
        Years that have to be there. Without it there may be no gap between the first and the last.

    Raises
    ------
    InputError
        No such path; several releases; a CSV whose name does not say year, vintage and version.
    SourceError
        The zip is damaged; there is no yearly file, or one is missing.
    """
    if hs_version is not None and hs_version not in HS_VERSIONS:
        raise InputError(f"unknown HS vintage {hs_version!r}", remedy=f"use one of {', '.join(HS_VERSIONS)}")
    if not path.exists():
        raise InputError("no such file", where=str(path), remedy="check the path")
    if path.is_dir():
        return _chosen(path, [entry.name for entry in path.iterdir() if entry.is_file()], version, hs_version, years)
    if path.suffix.lower() == ".zip":
        with _in_words(path, ""), zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        if any(member.flag_bits & 1 for member in members):
            raise SourceError(
                "the zip is protected with a password", where=str(path), remedy="unpack it, and give the folder"
            )
        names = [member.filename for member in members]
        return _chosen(path, names, version, hs_version, years)
    return _single(path, version, hs_version, years)


def _version(text: str) -> str:
    """Write a version as CEPII does, whatever a file system made of its case: V202601, V202401b."""
    return f"V{text[1:].lower()}"


def _is_of_macos(name: str) -> bool:
    """Tell the files that macOS adds to a zip or a folder: as named as the real ones, and empty of data."""
    return "__MACOSX" in Path(name).parts or Path(name).name.startswith("._")


@contextmanager
def _in_words(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        where = f"{path}, {name}" if name else str(path)
        raise SourceError(f"the zip is truncated or damaged: {error}", where=where, remedy=_AGAIN) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise SourceError(
            f"no room to unpack {name}: the disk of {tempfile.gettempdir()} is full",
            where=str(path),
            remedy="free some space there (a year of BACI takes 400 MB), or set TMPDIR to another folder",
        ) from error


def _chosen(
    path: Path, names: list[str], version: str | None, hs_version: str | None, years: Collection[int] | None
) -> Release:
    releases: dict[tuple[str, str], dict[int, str]] = {}
    names = [name for name in names if not _is_of_macos(name)]
    for name in sorted(names):
        said = YEARLY.match(Path(name).name)
        if said:
            known = (said["hs"].upper(), _version(said["version"]))
            if hs_version in (None, known[0]) and version in (None, known[1]):
                years_found = releases.setdefault(known, {})
                first = years_found.setdefault(int(said["year"]), name)
                if first != name:
                    raise SourceError(
                        f"holds {said['year']} twice: {first} and {name}",
                        where=str(path),
                        remedy="leave one of the two in it",
                    )
    if not releases:
        asked = " ".join(word for word in (hs_version, version) if word)
        raise SourceError(
            f"holds no yearly file{f' of {asked}' if asked else ''}, such as BACI_HS17_Y2024_V202601.csv",
            where=str(path),
            remedy="bring the zip of one BACI release, or the folder it unpacks to",
        )
    if len(releases) > 1:
        listed = ", ".join(f"{hs} {number}" for hs, number in sorted(releases))
        raise InputError(
            f"holds several releases of BACI: {listed}",
            where=str(path),
            remedy="choose one: --version, --hs-version (in Python: version=, hs_version=)",
        )
    (hs, number), found = next(iter(releases.items()))
    if years is None:
        missing = sorted(set(range(min(found), max(found) + 1)) - set(found))
        because = f"between {min(found)} and {max(found)}"
    else:
        missing = sorted(set(years) - set(found))
        because = "that were asked for"
    if missing:
        raise SourceError(
            f"the files of {', '.join(map(str, missing))} are missing, {because}",
            where=str(path),
            remedy=f"{_AGAIN}; or name the years you want, to take only those",
        )
    products, table = _products(path, names, hs, number)
    return Release(path, number, hs, dict(sorted(found.items())), products, table)


def _single(path: Path, version: str | None, hs_version: str | None, years: Collection[int] | None) -> Release:
    said = YEARLY.match(path.name)
    year = int(said["year"]) if said else _first_year(path)
    hs = said["hs"].upper() if said else hs_version
    number = _version(said["version"]) if said else version
    if hs is None or number is None:
        raise InputError(
            "the name does not say which BACI this is (as BACI_HS17_Y2024_V202601.csv does)",
            where=str(path),
            remedy="say --version V202601 --hs-version HS17 (in Python: version=, hs_version=), or give the file its "
            "name back",
        )
    for given, found in ((hs_version, hs), (version, number)):
        if given is not None and given != found:
            raise InputError(
                f"the file's name says {found}, and {given} was asked for",
                where=str(path),
                remedy="leave the option out, or bring the other file",
            )
    if years is not None and set(years) != {year}:
        missing = sorted(set(years) - {year})
        raise SourceError(
            f"the file holds {year}, not {', '.join(map(str, missing))}",
            where=str(path),
            remedy="ask for that year, or bring the zip or folder with the others",
        )
    products, table = _products(path.parent, [entry.name for entry in path.parent.iterdir()], hs, number)
    return Release(path.parent, number, hs, {year: path.name}, products, table)


def _first_year(path: Path) -> int:
    """Return the year in the first row, for a file whose name does not tell; the rows are held to it later."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        header = [name.strip(' "\ufeff\r\n') for name in stream.readline().split(",")]
        first = [cell.strip(' "\r\n') for cell in stream.readline().split(",")]
    if "t" in header and len(first) == len(header) and first[header.index("t")].isdigit():
        return int(first[header.index("t")])
    raise SourceError(
        "does not begin as a BACI file: a header t,i,j,k,v,q, then rows",
        where=f"{path}, row 1",
        remedy="check that this is the yearly CSV of a BACI release; for other layouts give a mapping",
    )


def _products(path: Path, names: list[str], hs: str, version: str) -> tuple[frozenset[int] | None, str]:
    """Return the codes of the product table that belongs to the release, and its name."""
    tables = {name: said for name in names if not _is_of_macos(name) and (said := PRODUCTS.match(Path(name).name))}
    own = [name for name, said in tables.items() if said["hs"].upper() == hs and _version(said["version"]) == version]
    if not own:
        other = [name for name, said in tables.items() if said["hs"].upper() != hs]
        if other and not path.is_dir():
            raise SourceError(
                f"the yearly files say {hs}, the product table is {Path(other[0]).name}",
                where=str(path),
                remedy=_AGAIN,
            )
        return None, ""
    with _in_words(path, own[0]):
        if path.is_dir():
            raw = (path / own[0]).read_bytes()
        else:
            with zipfile.ZipFile(path) as archive:
                raw = archive.read(own[0])
    name = Path(own[0]).name
    try:
        table = pl.read_csv(raw, infer_schema=False, encoding="utf8-lossy", columns=[0])
    except pl.exceptions.PolarsError as error:
        raise SourceError("the product table cannot be read", where=f"{path}, {name}", remedy=_AGAIN) from error
    listed = table.to_series().str.strip_chars(' "').cast(pl.Int32, strict=False).drop_nulls()
    if listed.is_empty():
        raise SourceError("the product table holds no codes", where=f"{path}, {name}", remedy=_AGAIN)
    return frozenset(listed.to_list()), name
