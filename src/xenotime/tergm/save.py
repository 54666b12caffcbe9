"""A fit as files in a folder, where a report or a paper picks them up: tables and figures, named alike every time."""

from pathlib import Path
from typing import Any

import polars as pl

from xenotime.core import atomic_path, write_text
from xenotime.tergm.effects import Effects
from xenotime.tergm.gof import Gof
from xenotime.tergm.results import TergmFit
from xenotime.tergm.tables import compare


def save_fit(
    fit: TergmFit, folder: Path | str, *, effects: Effects | None = None, gof: Gof | None = None
) -> tuple[Path, ...]:
    """Write a fit's tables and figures into a folder, over those of an earlier fit.

    Parameters
    ----------
    fit : TergmFit
    folder : path
        Made if it is not there; by custom ``out/tergm/<name of the model>``.
    effects : Effects, optional
        From `TergmFit`'s marginal effects.
    gof : Gof, optional

    Returns
    -------
    tuple of Path
        What was written: ``summary.txt``, ``table.md``, ``table.tex``, ``coefficients.csv`` and ``.svg``; with effects
        ``effects.csv`` and ``.svg``; with a goodness of fit ``gof.txt``, ``gof.csv`` and ``.svg``. Files of parts that
        are not given are removed, so that none stays behind from another fit.
    """
    target = Path(folder)
    table = compare([fit])
    texts = {"summary.txt": str(fit), "table.md": table.to_markdown(), "table.tex": table.to_latex()}
    frames: dict[str, pl.DataFrame] = {"coefficients.csv": fit.to_frame()}
    figures: dict[str, Any] = {"coefficients.svg": table.plot()}
    if effects is not None:
        frames["effects.csv"], figures["effects.svg"] = effects.to_frame(), effects.plot()
    if gof is not None:
        texts["gof.txt"] = str(gof)
        frames["gof.csv"], figures["gof.svg"] = gof.to_frame(), gof.plot()
    for name, text in texts.items():
        write_text(target / name, text + "\n")
    for name, frame in frames.items():
        write_text(target / name, frame.write_csv())
    for name, figure in figures.items():
        with atomic_path(target / name) as aside:
            figure.savefig(aside)
    for name in ("effects.csv", "effects.svg", "gof.txt", "gof.csv", "gof.svg"):
        if name not in {*texts, *frames, *figures}:
            (target / name).unlink(missing_ok=True)
    return tuple(target / name for name in (*texts, *frames, *figures))
