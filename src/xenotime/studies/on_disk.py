"""What every saved study shares: ``study.json``, written last, holds the words and the hash of every other file.

So files of two studies never pass for one, and what was damaged or changed since is refused by name.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, Provenance, atomic_path, sha256_of, write_text

WORDS, TABLES = "study.json", "tables"


def write_tables(frames: Mapping[str, pl.DataFrame], folder: Path) -> list[str]:
    """Write each table as Parquet into the folder's ``tables``, and return the names of the files in the folder."""
    files = []
    for name, frame in frames.items():
        file = f"{TABLES}/{name}.parquet"
        with atomic_path(folder / file) as aside:
            frame.write_parquet(aside)
        files.append(file)
    return files


def read_tables(folder: Path, files: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Read those of the files that `write_tables` wrote, by their names."""
    return {Path(name).stem: pl.read_parquet(folder / name) for name in files if name.startswith(f"{TABLES}/")}


def write_words(words: Mapping[str, Any], folder: Path, files: Sequence[str]) -> None:
    """Write ``study.json``: the words, and the hashes of the folder's other files."""
    hashes = {name: sha256_of(folder / name) for name in files}
    write_text(folder / WORDS, json.dumps({**words, "files": hashes}, ensure_ascii=False, indent=1))


def read_words(folder: Path, again: str) -> tuple[dict[str, Any], list[str]]:
    """Return the words and the names of the files that belong to them, each as it was written.

    Parameters
    ----------
    folder : Path
    again : str
        What to do where the folder is not whole.

    Raises
    ------
    InputError
        The folder holds no study, or a file of it is missing or was changed.
    """
    if not (folder / WORDS).is_file():
        raise InputError(
            f"holds no saved study: {WORDS} missing",
            where=str(folder),
            remedy="run `xenotime study --out FOLDER` first, and give FOLDER",
        )
    with damage_said(folder, again):
        words: dict[str, Any] = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        files = dict(words.pop("files"))
        changed = [name for name in files if not (folder / name).is_file() or sha256_of(folder / name) != files[name]]
    if changed:
        raise InputError(
            f"{', '.join(changed)} missing, or changed since the study was saved", where=str(folder), remedy=again
        )
    return words, list(files)


@contextmanager
def damage_said(folder: Path, again: str) -> Iterator[None]:
    """Say of words that cannot be made a study of that they are damaged."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, pl.exceptions.PolarsError) as fault:
        raise InputError(f"is damaged: {fault}", where=str(folder / WORDS), remedy=again) from None


def provenance_of(entries: Sequence[Mapping[str, Any]]) -> tuple[Provenance, ...]:
    """Return provenance from its entries in JSON."""
    return tuple(Provenance(**{**one, "years": tuple(one["years"]) if one["years"] else None}) for one in entries)


def sentences_of(chapters: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return sentences by chapter and stage from JSON, where tuples had become lists."""
    return {name: {stage: tuple(lines) for stage, lines in stages.items()} for name, stages in chapters.items()}
