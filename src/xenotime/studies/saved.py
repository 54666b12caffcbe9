"""A study on disk: one folder with the cubes (netCDF), the indicators (Parquet) and the words (JSON)."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import xarray as xr

from xenotime.core import InputError, Provenance, atomic_path
from xenotime.studies.trade import TradeStudy

WORDS = "study.json"
CUBES = "networks.nc"
TIES = "ties.nc"
INDICATORS = "indicators.parquet"


def save(study: TradeStudy, folder: Path | str) -> Path:
    """Write a study to `folder` (made, or replaced file by file) and return the folder.

    The cubes are netCDF 3, which R, Julia, QGIS and `xarray.open_dataset` read.
    """
    folder = Path(folder)
    write_cube(study.trade, folder / CUBES)
    write_cube(study.ties.astype("int8").to_dataset(name="tie"), folder / TIES)
    with atomic_path(folder / INDICATORS) as aside:
        study.indicators.write_parquet(aside)
    words = {
        name: getattr(study, name)
        for name in ("chain", "title", "staging", "stages", "stage_titles", "years", "rule", "rule_formula", "headline")
    }
    words |= {"findings": study.findings, "caveats": study.caveats, "reconstructed": study.reconstructed}
    words["provenance"] = [asdict(p) for p in study.provenance]
    with atomic_path(folder / WORDS) as aside:
        aside.write_text(json.dumps(words, ensure_ascii=False, indent=1), encoding="utf-8")
    return folder


def write_cube(cube: xr.Dataset, path: Path | str) -> None:
    """Write a labelled cube as netCDF 3; attributes that are not text become JSON."""
    plain = cube.copy()
    for holder in (plain, *plain.data_vars.values()):
        holder.attrs = {name: json.dumps(value, default=str) for name, value in holder.attrs.items()}
    with atomic_path(path) as aside:
        plain.to_netcdf(aside, engine="scipy")


def load(folder: Path | str) -> TradeStudy:
    """Read a study that `save` wrote.

    Raises
    ------
    InputError
        The folder holds no study.
    """
    folder = Path(folder)
    missing = [name for name in (WORDS, CUBES, TIES, INDICATORS) if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"holds no saved study: {', '.join(missing)} missing",
            where=str(folder),
            remedy="run `xenotime study --out FOLDER` first, and give FOLDER",
        )
    words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    words["provenance"] = tuple(
        Provenance(**{**p, "years": tuple(p["years"]) if p["years"] else None}) for p in words["provenance"]
    )
    for name in ("stages", "stage_titles", "years", "findings", "caveats"):
        words[name] = tuple(words[name])
    cube = _rich_attrs(xr.load_dataset(folder / CUBES, engine="scipy"))
    ties = _rich_attrs(xr.load_dataset(folder / TIES, engine="scipy"))["tie"].astype(bool)
    return TradeStudy(trade=cube, ties=ties, indicators=pl.read_parquet(folder / INDICATORS), **words)


def _rich_attrs(cube: xr.Dataset) -> xr.Dataset:
    cube.attrs = {name: _unjson(value) for name, value in cube.attrs.items()}
    for variable in cube.variables.values():
        variable.attrs = {name: _unjson(value) for name, value in variable.attrs.items()}
    for axis in ("stage", "exporter", "importer"):
        cube[axis] = cube[axis].astype(str)
    return cube


def _unjson(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value
