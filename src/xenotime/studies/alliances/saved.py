"""An alliances study on disk: the networks as the trade study saves them, tables (Parquet), panels, words (JSON).

Fits are not pickled: a stage's panel (NumPy archive) and formula are kept, and the headline fit, which is
deterministic, is made again on reading; where its coefficients are not those of the saved table, the folder is
refused.
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from xenotime import tergm
from xenotime.core import InputError, atomic_path
from xenotime.studies import on_disk, saved
from xenotime.studies.alliances.estimates import MPLE
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.study import AlliancesStudy
from xenotime.tergm import Panel

#: Says in ``study.json`` what kind of study the folder holds.
KIND = "alliances"
NETWORKS, PANELS = "networks", "panels"
AGAIN = "run `xenotime study alliances --out FOLDER` again"
#: Coefficients of a fit made again agree with the saved ones to this relative difference.
SAME = 1e-6


def save(study: AlliancesStudy, folder: Path | str) -> Path:
    """Write a study to `folder` and return it; ``study.json`` comes last and holds the hash of every other file."""
    folder = Path(folder)
    saved.save(study.networks, folder / NETWORKS)
    files = [f"{NETWORKS}/{on_disk.WORDS}", *on_disk.write_tables(study.tables, folder)]
    for stage, fit in study.fits.items():
        file = f"{PANELS}/{stage}.npz"
        _write_panel(fit.model.panel, folder / file)
        files.append(file)
    words = {
        "study": KIND,
        "headline": study.headline,
        "findings": study.findings,
        "caveats": study.caveats,
        "words": study.words,
        "seeds": {stage: fit.seed for stage, fit in study.fits.items()},
        "settings": study.settings.model_dump(mode="json"),
        "provenance": [asdict(p) for p in study.sources],
    }
    on_disk.write_words(words, folder, files)
    return folder


def load(folder: Path | str) -> AlliancesStudy:
    """Read a study that `save` wrote; the headline fits are made again (without their bootstrap).

    Raises
    ------
    InputError
        Files are missing, damaged, or belong to different studies.
    """
    folder = Path(folder)
    words, files = on_disk.read_words(folder, AGAIN)
    with on_disk.damage_said(folder, AGAIN):
        tables = on_disk.read_tables(folder, files)
        fits = {
            stage: tergm.fit(formula, _read_panel(folder / PANELS / f"{stage}.npz"), seed=words["seeds"][stage])
            for stage, formula in tables["models"].filter(method=MPLE).select("stage", "formula").iter_rows()
        }
        _check_same(fits, tables["coefficients"], folder)
        return AlliancesStudy(
            networks=saved.load(folder / NETWORKS),
            settings=AlliancesSettings.model_validate(words["settings"]),
            fits=fits,
            tables=tables,
            words=on_disk.sentences_of(words["words"]),
            headline=words["headline"],
            findings=tuple(words["findings"]),
            caveats=tuple(words["caveats"]),
            sources=on_disk.provenance_of(words["provenance"]),
        )


def _write_panel(panel: Panel, path: Path) -> None:
    """Write a panel; what holds for all years is kept once."""
    arrays: dict[str, np.ndarray] = {
        "ties": panel.ties,
        "years": np.array(panel.years),
        "nodes": np.array(panel.nodes),
        "risk": panel.risk,
        "exists": panel.exists,
    }
    for kind, covariates in (("node", panel.node_covariates), ("dyad", panel.dyad_covariates)):
        for name, values in covariates.items():
            arrays[f"{kind}:{name}"] = values[0] if name in panel.static else values
    with atomic_path(path) as aside, Path(aside).open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def _read_panel(path: Path) -> Panel:
    with np.load(path) as held:
        covariates = {
            kind: {name.partition(":")[2]: held[name] for name in held.files if name.startswith(f"{kind}:")}
            for kind in ("node", "dyad")
        }
        return Panel.from_arrays(
            held["ties"], held["years"], held["nodes"], node_covariates=covariates["node"],
            dyad_covariates=covariates["dyad"], risk=held["risk"], exists=held["exists"],
        )  # fmt: skip


def _check_same(fits: dict[str, tergm.TergmFit], table: pl.DataFrame, folder: Path) -> None:
    """Refuse a folder whose panels do not give the coefficients it tells of."""
    for stage, fit in fits.items():
        rows = table.filter((pl.col("stage") == stage) & (pl.col("method") == MPLE)).drop_nulls("estimate")
        told = dict(rows.select("term", "estimate").iter_rows())
        if any(abs(fit.params.get(term, np.inf) - value) > SAME * max(1.0, abs(value)) for term, value in told.items()):
            raise InputError(
                f"the panel of {stage} does not give the coefficients that are told", where=str(folder), remedy=AGAIN
            )
