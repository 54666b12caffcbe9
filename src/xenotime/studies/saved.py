"""A study on disk: one folder with the cubes (netCDF), the indicators (Parquet) and the words (JSON)."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import polars as pl
import xarray as xr

from xenotime.core import InputError, Provenance, atomic_path, sha256_of, write_text
from xenotime.studies.trade import TradeStudy

WORDS = "study.json"
CUBES = "networks.nc"
TIES = "ties.nc"
INDICATORS = "indicators.parquet"
#: Fields of a study that lie in files of their own.
IN_FILES = frozenset({"trade", "ties", "indicators"})
AGAIN = "run `xenotime study --out FOLDER` again"


def save(study: TradeStudy, folder: Path | str) -> Path:
    """Write a study to `folder` (made where it is not there) and return the folder.

    The cubes are netCDF 3, which R, Julia, QGIS and `xarray.open_dataset` read. The words come last and hold the hash
    of every other file, so files of two studies never pass for one.
    """
    folder = Path(folder)
    write_cube(study.trade, folder / CUBES)
    write_cube(study.ties.astype("int8").to_dataset(name="tie"), folder / TIES)
    with atomic_path(folder / INDICATORS) as aside:
        study.indicators.write_parquet(aside)
    words = {field.name: getattr(study, field.name) for field in fields(study) if field.name not in IN_FILES}
    words["provenance"] = [asdict(p) for p in study.provenance]
    words["files"] = {name: sha256_of(folder / name) for name in (CUBES, TIES, INDICATORS)}
    write_text(folder / WORDS, json.dumps(words, ensure_ascii=False, indent=1))
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
        The folder holds no study, or its files are damaged or belong to different studies.
    """
    folder = Path(folder)
    missing = [name for name in (WORDS, CUBES, TIES, INDICATORS) if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"holds no saved study: {', '.join(missing)} missing",
            where=str(folder),
            remedy="run `xenotime study --out FOLDER` first, and give FOLDER",
        )
    try:
        words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        hashes = words.pop("files")
        changed = [name for name in (CUBES, TIES, INDICATORS) if sha256_of(folder / name) != hashes[name]]
        words["provenance"] = tuple(
            Provenance(**{**p, "years": tuple(p["years"]) if p["years"] else None}) for p in words["provenance"]
        )
        for name in ("stages", "stage_titles", "years", "findings", "caveats"):
            words[name] = tuple(words[name])
        if set(words) != {field.name for field in fields(TradeStudy)} - IN_FILES:
            raise ValueError("its entries are not those of a study")
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise InputError(f"is damaged: {fault}", where=str(folder / WORDS), remedy=AGAIN) from None
    if changed:
        raise InputError(
            f"{', '.join(changed)} changed since the study was saved, or belong to another",
            where=str(folder),
            remedy=AGAIN,
        )
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
