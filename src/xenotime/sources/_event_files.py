"""Event files as blocks of whole lines: plain, in a zip or gzipped; and which files of a folder are event files."""

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from xenotime.core import InputError, SourceError, sha256_of

#: Bytes read at a time; what a reader holds in memory is a few times this.
BLOCK_BYTES = 1 << 25
#: Endings of files that may hold events.
SUFFIXES = (".csv", ".tab", ".tsv", ".txt", ".zip", ".gz")
#: GDELT's other streams, which lie in the same folder on its server.
OTHER_STREAMS = (".mentions.", ".gkg.", ".gkgcounts.")
_KINDS = {b"PK": "zip", b"\x1f\x8b": "gzip"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Block:
    """Whole lines of a file.

    Attributes
    ----------
    data : (n,) uint8
        The bytes; each line ends with a line feed. Valid until the next block is asked for.
    line : int
        Number of the first line in the file, from 1.
    cut : bool
        The last line had no line feed (one was put): it may have been cut off.
    """

    data: npt.NDArray[np.uint8]
    line: int
    cut: bool


class Lines:
    """An event file, to be read once; `sha256` is known when all of it has been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as stream:
            self._kind = _KINDS.get(stream.read(2), "plain")  # by its first bytes: names on servers vary
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Hash of the file as it lies on the disk."""
        return self._hash.hexdigest() if self._kind == "plain" else sha256_of(self.path)

    def blocks(self) -> Iterator[Block]:
        """Yield the file in blocks.

        Raises
        ------
        SourceError
            Empty, damaged, not a zip or gzip file, or not text in a one-byte encoding.
        """
        line, filled, buffer = 1, 0, bytearray(BLOCK_BYTES)
        try:
            with self.opened() as stream:
                while number := stream.readinto(memoryview(buffer)[filled:]):  # type: ignore[union-attr]
                    if self._kind == "plain":
                        self._hash.update(memoryview(buffer)[filled : filled + number])
                    filled += number
                    start = self._start(buffer) if line == 1 else 0
                    end = buffer.rfind(b"\n", 0, filled) + 1
                    if end:
                        data = np.frombuffer(buffer, np.uint8, end - start, start)
                        yield Block(data, line, cut=False)
                        line += int(np.count_nonzero(data == 10))
                        buffer[: filled - end] = buffer[end:filled]
                        filled -= end
                    elif filled == len(buffer):
                        if filled > 4 * BLOCK_BYTES:
                            raise self._fault("has no line ends", "bring the file as the producer ships it")
                        buffer = buffer + bytearray(BLOCK_BYTES)
        except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise self._fault(
                f"is damaged or cut off ({error})", "fetch it again; until then none of it is counted"
            ) from error
        start = self._start(buffer) if line == 1 else 0
        if filled > start:
            yield Block(np.frombuffer(bytes(buffer[start:filled]) + b"\n", np.uint8), line, cut=True)
        elif line == 1:
            raise self._fault("is empty", "fetch it again, or leave it out")

    @contextmanager
    def opened(self) -> Iterator[IO[bytes] | gzip.GzipFile]:
        """Open the file, unpacked."""
        if self._kind == "gzip":
            with gzip.open(self.path) as stream:
                yield stream
        elif self._kind == "plain":
            with self.path.open("rb", buffering=0) as stream:
                yield stream
        else:
            with zipfile.ZipFile(self.path) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
                if len(members) != 1:
                    raise self._fault(
                        f"holds {len(members)} files", "unpack it and name the folder, or the files with events"
                    )
                if members[0].flag_bits & 1:
                    raise self._fault("is locked with a password", "unpack it and name the files")
                with archive.open(members[0]) as stream:
                    yield stream

    def _start(self, buffer: bytearray) -> int:
        """Return where the text begins, behind a byte order mark."""
        if buffer.startswith(_UTF16):
            raise self._fault("is in UTF-16", "save it as UTF-8 or ISO-8859-1")
        return len(_UTF8_MARK) if buffer.startswith(_UTF8_MARK) else 0

    def _fault(self, what: str, remedy: str) -> SourceError:
        return SourceError(what, where=str(self.path), remedy=remedy)


def decoded(text: bytes) -> str:
    """Return a field or a line as text: UTF-8, or ISO-8859-1 where it is not that."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def event_files(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the event files among `paths` and in their folders, by name, and the files of folders left aside.

    Raises
    ------
    InputError
        No such file.
    SourceError
        A folder without any.
    """
    found: dict[Path, Path] = {}
    aside: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError("no such file", where=str(path), remedy="check the path")
        if not path.is_dir():
            found.setdefault(path.resolve(), path)
            continue
        inside = [file for file in sorted(path.rglob("*")) if file.is_file() and not file.name.startswith(".")]
        taken = [file for file in inside if _is_event_file(file)]
        aside += [file for file in inside if file not in set(taken) and file.suffix != ".json"]
        if not taken:
            raise SourceError(
                "the folder holds no event files",
                where=str(path),
                remedy=f"name a folder with files that end in {', '.join(SUFFIXES)}",
            )
        found.update({file.resolve(): file for file in taken})
    return sorted(found.values(), key=lambda file: (file.name, str(file))), aside


def _is_event_file(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith(SUFFIXES) and not any(stream in name for stream in OTHER_STREAMS)
