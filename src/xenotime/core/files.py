"""Files that are whole or absent: write aside, then rename (convention 10)."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(target: Path | str) -> Iterator[Path]:
    """Give a path to write to; it becomes `target` when the block ends well, and vanishes when it does not.

    The path given lies in the same folder, so the final rename is atomic. A file or a folder may be written.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    aside = scratch / target.name
    try:
        yield aside
        os.replace(aside, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_text(target: Path | str, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with atomic_path(target) as aside:
        aside.write_text(text, encoding="utf-8")


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
