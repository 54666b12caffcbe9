"""Studies on disk, of whatever kind: `save` and `load` find the kind's own. A new kind is a line in `KINDS`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xenotime.core import InputError
from xenotime.studies import on_disk, saved
from xenotime.studies.alliances import AlliancesStudy
from xenotime.studies.alliances import saved as alliances_saved
from xenotime.studies.policy import saved as policy_saved
from xenotime.studies.policy.study import PolicyStudy
from xenotime.studies.shape import ShapeStudy
from xenotime.studies.shape import saved as shape_saved
from xenotime.studies.trade import TradeStudy

Study = TradeStudy | ShapeStudy | PolicyStudy | AlliancesStudy


@dataclass(frozen=True)
class Kind:
    """How a kind of study is kept: its class, and the functions that write it to a folder and read it."""

    study: type
    save: Callable[[Any, Path], Path]
    load: Callable[[Path], Any]


#: By what ``study.json`` says under ``study``; without it, a trade study.
KINDS: Mapping[str, Kind] = {
    "trade": Kind(TradeStudy, saved.save, saved.load),
    "shape": Kind(ShapeStudy, shape_saved.save, shape_saved.load),
    "policy": Kind(PolicyStudy, policy_saved.save, policy_saved.load),
    "alliances": Kind(AlliancesStudy, alliances_saved.save, alliances_saved.load),
}


def save(study: Study, folder: Path | str) -> Path:
    """Write a study to `folder` (made where it is not there) and return the folder."""
    (kind,) = (kind for kind in KINDS.values() if isinstance(study, kind.study))
    return kind.save(study, Path(folder))


def load(folder: Path | str) -> Study:
    """Read a study of any kind that `save` wrote.

    Raises
    ------
    InputError
        The folder holds no study, or its files are damaged or belong to different studies.
    """
    study: Study = KINDS[_kind(Path(folder))].load(Path(folder))
    return study


def _kind(folder: Path) -> str:
    """Return the kind of study in a folder; a damaged file is left to the trade study's reader, which says so."""
    try:
        words = json.loads((folder / on_disk.WORDS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "trade"
    kind = words.get("study", "trade") if isinstance(words, dict) else "trade"
    if kind not in KINDS:
        raise InputError(
            f"holds a study of kind {kind!r}", where=str(folder), remedy=f"this version reads {', '.join(KINDS)}"
        )
    return str(kind)
