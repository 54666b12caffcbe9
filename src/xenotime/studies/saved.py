"""A study on disk: one folder with the cubes (netCDF), the indicators (Parquet) and the words (JSON)."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import polars as pl
import xarray as xr

from xenotime.core import atomic_path
from xenotime.studies import on_disk
from xenotime.studies.trade import TradeStudy

CUBES = "networks.nc"
TIES = "ties.nc"
INDICATORS = "indicators.parquet"
#: Fields of a study that lie in files of their own.
IN_FILES = frozenset({"trade", "ties", "indicators"})
FILES = {CUBES, TIES, INDICATORS}
AGAIN = "run `xenotime study --out FOLDER` again"


def save(study: TradeStudy, folder: Path | str) -> Path:
    """Write a study to `folder` (made where it is not there) and return the folder.

    The cubes are netCDF 3, which R, Julia, QGIS and `xarray.open_dataset` read.
    """
    folder = Path(folder)
    write_cube(study.trade, folder / CUBES)
    write_cube(study.ties.astype("int8").to_dataset(name="tie"), folder / TIES)
    with atomic_path(folder / INDICATORS) as aside:
        study.indicators.write_parquet(aside)
    words = {field.name: getattr(study, field.name) for field in fields(study) if field.name not in IN_FILES}
    words["provenance"] = [asdict(p) for p in study.provenance]
    on_disk.write_words(words, folder, (CUBES, TIES, INDICATORS))
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
    words, files = on_disk.read_words(folder, AGAIN)
    with on_disk.damage_said(folder, AGAIN):
        words["provenance"] = on_disk.provenance_of(words["provenance"])
        for name in ("stages", "stage_titles", "years", "findings", "caveats"):
            words[name] = tuple(words[name])
        if set(words) != {field.name for field in fields(TradeStudy)} - IN_FILES or set(files) != FILES:
            raise ValueError("its entries are not those of a study")
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
