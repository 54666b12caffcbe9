"""A shape study on disk: the networks as the trade study saves them, a Parquet file a table, and the words (JSON)."""

from pathlib import Path

from xenotime.networks import Communities
from xenotime.studies import on_disk, saved
from xenotime.studies.shape.settings import ShapeSettings
from xenotime.studies.shape.study import ShapeStudy

#: Says in ``study.json`` what kind of study the folder holds.
KIND = "shape"
NETWORKS = "networks"
COMMUNITIES = ("members", "tracks", "yearly", "events")
AGAIN = "run `xenotime study shape --out FOLDER` again"


def save(study: ShapeStudy, folder: Path | str) -> Path:
    """Write a study to `folder` and return it; ``study.json`` comes last and holds the hash of every other file."""
    folder = Path(folder)
    saved.save(study.networks, folder / NETWORKS)
    frames = {f"communities_{name}": getattr(study.communities, name) for name in COMMUNITIES} | dict(study.tables)
    files = [f"{NETWORKS}/{on_disk.WORDS}", *on_disk.write_tables(frames, folder)]
    words = {
        "study": KIND,
        "headline": study.headline,
        "findings": study.findings,
        "caveats": study.caveats,
        "words": study.words,
        "communities": dict(study.communities.attrs),
        "settings": study.settings.model_dump(),
    }
    on_disk.write_words(words, folder, files)
    return folder


def load(folder: Path | str) -> ShapeStudy:
    """Read a study that `save` wrote.

    Raises
    ------
    InputError
        Files are missing, damaged, or belong to different studies.
    """
    folder = Path(folder)
    words, files = on_disk.read_words(folder, AGAIN)
    with on_disk.damage_said(folder, AGAIN):
        frames = on_disk.read_tables(folder, files)
        attrs = words["communities"]
        attrs["sources"] = tuple(attrs["sources"])
        parts = {name: frames.pop(f"communities_{name}") for name in COMMUNITIES}
        return ShapeStudy(
            networks=saved.load(folder / NETWORKS),
            communities=Communities(**parts, attrs=attrs),
            tables=frames,
            words=on_disk.sentences_of(words["words"]),
            headline=words["headline"],
            findings=tuple(words["findings"]),
            caveats=tuple(words["caveats"]),
            settings=ShapeSettings.model_validate(words["settings"]),
        )
