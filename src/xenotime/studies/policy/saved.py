"""A policy study on disk: a Parquet file a table, and the words (JSON)."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.studies import on_disk
from xenotime.studies.policy.study import PolicyStudy

#: Says in ``study.json`` what kind of study the folder holds.
KIND = "policy"
AGAIN = "run `xenotime study policy --out FOLDER` again"
TABLES = tuple(field.name for field in fields(PolicyStudy) if field.type is pl.DataFrame)


def save(study: PolicyStudy, folder: Path | str) -> Path:
    """Write a study to `folder` and return it; ``study.json`` comes last and holds the hash of every other file."""
    folder = Path(folder)
    files = on_disk.write_tables({name: getattr(study, name) for name in TABLES}, folder)
    words: dict[str, Any] = {"study": KIND}
    words |= {field.name: getattr(study, field.name) for field in fields(study) if field.name not in TABLES}
    words["provenance"] = [asdict(p) for p in study.provenance]
    on_disk.write_words(words, folder, files)
    return folder


def load(folder: Path | str) -> PolicyStudy:
    """Read a study that `save` wrote.

    Raises
    ------
    InputError
        Files are missing, damaged, or belong to different studies.
    """
    folder = Path(folder)
    words, files = on_disk.read_words(folder, AGAIN)
    with on_disk.damage_said(folder, AGAIN):
        words.pop("study")
        words["provenance"] = on_disk.provenance_of(words["provenance"])
        for name in ("findings", "caveats"):
            words[name] = tuple(words[name])
        words |= on_disk.read_tables(folder, files)
        return PolicyStudy(**words)
