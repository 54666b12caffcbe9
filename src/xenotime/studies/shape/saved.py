"""A shape study on disk: the networks as the trade study saves them, a Parquet file a table, and the words (JSON)."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import InputError, atomic_path, sha256_of, write_text
from xenotime.networks import Communities
from xenotime.studies import saved
from xenotime.studies.shape.settings import ShapeSettings
from xenotime.studies.shape.study import ShapeStudy

#: Says in ``study.json`` what kind of study the folder holds.
KIND = "shape"
NETWORKS, TABLES = "networks", "tables"
COMMUNITIES = ("members", "tracks", "yearly", "events")
AGAIN = "run `xenotime study shape --out FOLDER` again"


def save(study: ShapeStudy, folder: Path | str) -> Path:
    """Write a study to `folder` and return it; ``study.json`` comes last and holds the hash of every other file."""
    folder = Path(folder)
    saved.save(study.networks, folder / NETWORKS)
    frames = {f"communities_{name}": getattr(study.communities, name) for name in COMMUNITIES} | dict(study.tables)
    hashes = {f"{NETWORKS}/{saved.WORDS}": sha256_of(folder / NETWORKS / saved.WORDS)}
    for name, frame in frames.items():
        file = f"{TABLES}/{name}.parquet"
        with atomic_path(folder / file) as aside:
            frame.write_parquet(aside)
        hashes[file] = sha256_of(folder / file)
    words = {
        "study": KIND,
        "headline": study.headline,
        "findings": study.findings,
        "caveats": study.caveats,
        "words": study.words,
        "communities": dict(study.communities.attrs),
        "settings": study.settings.model_dump(),
        "files": hashes,
    }
    write_text(folder / saved.WORDS, json.dumps(words, ensure_ascii=False, indent=1))
    return folder


def load(folder: Path | str) -> ShapeStudy:
    """Read a study that `save` wrote.

    Raises
    ------
    InputError
        Files are missing, damaged, or belong to different studies.
    """
    folder = Path(folder)
    try:
        words: dict[str, Any] = json.loads((folder / saved.WORDS).read_text(encoding="utf-8"))
        files = dict(words["files"])
        changed = [name for name in files if not (folder / name).is_file() or sha256_of(folder / name) != files[name]]
        if changed:
            raise InputError(
                f"{', '.join(changed)} missing, or changed since the study was saved", where=str(folder), remedy=AGAIN
            )
        frames = {Path(name).stem: pl.read_parquet(folder / name) for name in files if name.startswith(TABLES)}
        attrs = words["communities"]
        attrs["sources"] = tuple(attrs["sources"])
        parts = {name: frames.pop(f"communities_{name}") for name in COMMUNITIES}
        said = {
            chapter: {stage: tuple(lines) for stage, lines in by_stage.items()}
            for chapter, by_stage in words["words"].items()
        }
        return ShapeStudy(
            networks=saved.load(folder / NETWORKS),
            communities=Communities(**parts, attrs=attrs),
            tables=frames,
            words=said,
            headline=words["headline"],
            findings=tuple(words["findings"]),
            caveats=tuple(words["caveats"]),
            settings=ShapeSettings.model_validate(words["settings"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, pl.exceptions.PolarsError) as fault:
        raise InputError(f"is damaged: {fault}", where=str(folder / saved.WORDS), remedy=AGAIN) from None
