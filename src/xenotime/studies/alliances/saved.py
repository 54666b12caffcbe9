"""An alliances study on disk: the networks as the trade study saves them, tables (Parquet), panels, words (JSON).

Fits are not pickled: a stage's panel (NumPy archive) and formula are kept, and the headline fit, which is
deterministic, is made again on reading; where its coefficients are not those of the saved table, the folder is
refused.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from xenotime import tergm
from xenotime.core import InputError, Provenance, atomic_path, sha256_of, write_text
from xenotime.studies import saved
from xenotime.studies.alliances.estimates import MPLE
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.study import AlliancesStudy
from xenotime.tergm import Panel

#: Says in ``study.json`` what kind of study the folder holds.
KIND = "alliances"
NETWORKS, TABLES, PANELS = "networks", "tables", "panels"
AGAIN = "run `xenotime study alliances --out FOLDER` again"
#: Coefficients of a fit made again agree with the saved ones to this relative difference.
SAME = 1e-6


def save(study: AlliancesStudy, folder: Path | str) -> Path:
    """Write a study to `folder` and return it; ``study.json`` comes last and holds the hash of every other file."""
    folder = Path(folder)
    saved.save(study.networks, folder / NETWORKS)
    hashes = {f"{NETWORKS}/{saved.WORDS}": sha256_of(folder / NETWORKS / saved.WORDS)}
    for name, frame in study.tables.items():
        file = f"{TABLES}/{name}.parquet"
        with atomic_path(folder / file) as aside:
            frame.write_parquet(aside)
        hashes[file] = sha256_of(folder / file)
    for stage, fit in study.fits.items():
        file = f"{PANELS}/{stage}.npz"
        _write_panel(fit.model.panel, folder / file)
        hashes[file] = sha256_of(folder / file)
    words = {
        "study": KIND,
        "headline": study.headline,
        "findings": study.findings,
        "caveats": study.caveats,
        "words": study.words,
        "seeds": {stage: fit.seed for stage, fit in study.fits.items()},
        "settings": study.settings.model_dump(mode="json"),
        "provenance": [asdict(p) for p in study.sources],
        "files": hashes,
    }
    write_text(folder / saved.WORDS, json.dumps(words, ensure_ascii=False, indent=1))
    return folder


def load(folder: Path | str) -> AlliancesStudy:
    """Read a study that `save` wrote; the headline fits are made again (without their bootstrap).

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
        tables = {Path(name).stem: pl.read_parquet(folder / name) for name in files if name.startswith(TABLES)}
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
            words={
                chapter: {stage: tuple(lines) for stage, lines in by_stage.items()}
                for chapter, by_stage in words["words"].items()
            },
            headline=words["headline"],
            findings=tuple(words["findings"]),
            caveats=tuple(words["caveats"]),
            sources=tuple(
                Provenance(**{**p, "years": tuple(p["years"]) if p["years"] else None}) for p in words["provenance"]
            ),
        )
    except (ValueError, TypeError, KeyError, AttributeError, pl.exceptions.PolarsError) as fault:
        raise InputError(f"is damaged: {fault}", where=str(folder / saved.WORDS), remedy=AGAIN) from None


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
