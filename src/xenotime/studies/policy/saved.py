"""A policy study on disk: a Parquet file a table, and the words (JSON)."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, Provenance, atomic_path, sha256_of, write_text
from xenotime.studies.policy.study import PolicyStudy

#: Says in ``study.json`` what kind of study the folder holds.
KIND = "policy"
WORDS, FOLDER = "study.json", "tables"
AGAIN = "run `xenotime study policy --out FOLDER` again"
TABLES = tuple(field.name for field in fields(PolicyStudy) if field.type is pl.DataFrame)


def save(study: PolicyStudy, folder: Path | str) -> Path:
    """Write a study to `folder` and return it; ``study.json`` comes last and holds the hash of every other file."""
    folder = Path(folder)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    hashes = {}
    for name in TABLES:
        file = f"{FOLDER}/{name}.parquet"
        with atomic_path(folder / file) as aside:
            getattr(study, name).write_parquet(aside)
        hashes[file] = sha256_of(folder / file)
    words: dict[str, Any] = {"study": KIND}
    words |= {field.name: getattr(study, field.name) for field in fields(study) if field.name not in TABLES}
    words["provenance"] = [asdict(p) for p in study.provenance]
    words["files"] = hashes
    write_text(folder / WORDS, json.dumps(words, ensure_ascii=False, indent=1))
    return folder


def load(folder: Path | str) -> PolicyStudy:
    """Read a study that `save` wrote.

    Raises
    ------
    InputError
        Files are missing, damaged, or belong to different studies.
    """
    folder = Path(folder)
    try:
        words: dict[str, Any] = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        files = dict(words.pop("files"))
        words.pop("study")
        changed = [name for name in files if not (folder / name).is_file() or sha256_of(folder / name) != files[name]]
        if changed:
            raise InputError(
                f"{', '.join(changed)} missing, or changed since the study was saved", where=str(folder), remedy=AGAIN
            )
        words["provenance"] = tuple(
            Provenance(**{**p, "years": tuple(p["years"]) if p["years"] else None}) for p in words["provenance"]
        )
        for name in ("findings", "caveats"):
            words[name] = tuple(words[name])
        words |= {name: pl.read_parquet(folder / FOLDER / f"{name}.parquet") for name in TABLES}
        return PolicyStudy(**words)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, pl.exceptions.PolarsError) as fault:
        raise InputError(f"is damaged: {fault}", where=str(folder / WORDS), remedy=AGAIN) from None
