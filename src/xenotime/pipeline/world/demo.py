"""The embedded world as a store, so that every command runs without data. Reconstructed, not observed."""

import hashlib
import os
import shutil
import time
from contextlib import suppress
from importlib.metadata import version as installed_version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import platformdirs
import polars as pl

from xenotime.core import InputError, Provenance, StoreError, atomic_path
from xenotime.pipeline.world import politics
from xenotime.pipeline.world.world import NOTICE, World, demo_world
from xenotime.schema import empty
from xenotime.sources.base import Parsed
from xenotime.store import Store, open_store, writer

#: What a reader of any figure drawn from this store should know first.
CAVEAT = (
    "Facts: countries' shares of magnet trade and its totals (2001 extrapolated), the largest known flows. "
    "Assumptions: most other totals and shares. "
    "Drawn: who else ships to whom, and how much. Reconstructed, not observed."
)
#: States of the package whose worlds stay in the cache; older ones are swept when a new one is written.
KEPT_STATES = 3
#: Seconds since its last use in which no world is swept: another process may be reading it.
IN_USE = 3600.0
#: What the output of a stage is called in table "production".
_OUTPUTS = {
    "upstream": ("mine", "REO content"),
    "midstream": ("separation", "REO content"),
    "downstream": ("magnets", "gross weight"),
}


def demo_store(folder: Path | str | None = None, seed: int = 1) -> Store:
    """Open the embedded world as a store, drawing and writing it first where it is not there yet.

    Parameters
    ----------
    folder : path, optional
        Where the store lies or shall lie; the user's cache folder without it, one per seed and state of the package.
        Of the cache, only the worlds of the `KEPT_STATES` states last used stay.
    seed : int

    Returns
    -------
    Store
        Tables `flows`, `country_year`, `dyads`, `dyad_year`, `relations`, `production`; every row says "demo" and its
        version, and the flows say "reconstructed".

    Raises
    ------
    InputError
        `folder` holds something else.
    """
    target = Path(folder) if folder is not None else _cache() / f"demo-{_state()}-seed{seed}"
    if (target / "manifest.json").exists():
        if folder is None:
            _mark_used(target)
        return _ours(target, seed)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(
            "holds something that is not a store", where=str(target), remedy="name an empty or a new folder"
        )
    world = demo_world(seed)
    try:
        with atomic_path(target) as aside, writer(aside) as into:
            for piece in pieces(world):
                into.put(piece)
    except OSError:
        # Another process wrote the same world first; the rename onto a full folder is refused, and theirs will do.
        if not (target / "manifest.json").exists():
            raise
    if folder is None:
        _sweep(target.parent)
    return _ours(target, seed)


def pieces(world: World) -> list[Parsed]:
    """Return a world's tables as pieces for `xenotime.store.writer`."""
    provenance = Provenance(
        source="demo",
        version=world.version,
        kind="reconstructed",
        years=(world.years[0], world.years[-1]),
        title="Embedded world of xenotime",
        citation="xenotime, docs/embedded-world.md",
        licence="BSD-3-Clause",
        note=CAVEAT,
    )
    tables = {
        "flows": world.flows,
        "country_year": _country_year(world),
        "dyads": _dyads(world),
        "dyad_year": _dyad_year(world),
        "relations": _relations(world),
        "production": _production(world),
    }
    return [
        Parsed(
            table=name,
            frame=frame,
            quarantine=empty("quarantine"),
            provenance=provenance,
            file=f"embedded world, seed {world.seed}, variant {world.variant}",
            sha256=world.digest,
            hs_version="HS92" if name == "flows" else "",
            notes=(NOTICE,),
        )
        for name, frame in tables.items()
    ]


def _cache() -> Path:
    return Path(platformdirs.user_cache_dir("xenotime", appauthor=False))


def _mark_used(store: Path) -> None:
    """Set the folder's time to now, so that the sweep knows it as used; a read-only cache stays as it is."""
    with suppress(OSError):
        os.utime(store)


def _sweep(cache: Path) -> None:
    """Delete the worlds of all states of the package but the `KEPT_STATES` last used and those that may be in use.

    Each is renamed before it is deleted: a sweep that is killed leaves no half a store under a store's name.
    """
    last_used: dict[str, float] = {}
    stores = [path for path in cache.glob("demo-*-seed*") if path.is_dir()]
    for path in stores:
        state = path.name.rpartition("-seed")[0]
        last_used[state] = max(last_used.get(state, 0.0), path.stat().st_mtime)
    kept = sorted(last_used, key=lambda state: last_used[state], reverse=True)[:KEPT_STATES]
    for path in stores:
        state = path.name.rpartition("-seed")[0]
        if state not in kept and time.time() - last_used[state] > IN_USE:
            with suppress(OSError):
                path.rename(cache / f"swept-{path.name}")
    for path in cache.glob("swept-demo-*"):
        shutil.rmtree(path, ignore_errors=True)


def _state() -> str:
    """Package version and a hash of all that shapes the world, so that no store outlives the code that drew it."""
    found = hashlib.sha256()
    for package in ("xenotime.pipeline.world", "xenotime.reference", "xenotime.schema"):
        for path in _files(files(package)):
            found.update(path.read_bytes())
    return f"{installed_version('xenotime')}-{found.hexdigest()[:10]}"


def _files(folder: Traversable) -> list[Traversable]:
    found = []
    for path in sorted(folder.iterdir(), key=lambda item: item.name):
        if path.is_dir() and path.name != "__pycache__":
            found += _files(path)
        elif path.name.endswith((".py", ".csv", ".yaml")):
            found.append(path)
    return found


def _ours(target: Path, seed: int) -> Store:
    store = open_store(target)
    held = store.pieces().filter(pl.col("table") == "flows")
    if held.is_empty() or any(source != "demo" for source in held["source"]):
        raise InputError(
            "this store does not hold the embedded world", where=str(target), remedy="name an empty or a new folder"
        )
    if not all(f"/seed{seed}/" in version for version in held["version"]):
        raise StoreError(
            f"this store holds the embedded world {held['version'][0]}, not seed {seed}",
            where=str(target),
            remedy="delete the folder, name another, or ask for the seed it holds",
        )
    return store


def _labels(world: World) -> dict[str, pl.Expr]:
    return {"source": pl.lit("demo"), "source_version": pl.lit(world.version)}


def _country_year(world: World) -> pl.DataFrame:
    gdp = np.exp(world.covariates["log_gdp"].values) * 1e9
    years = [int(year) for year in world.covariates["year"].values]
    return pl.DataFrame(
        {
            "year": np.repeat(np.array(years, np.int16), len(world.names)),
            "country": list(world.names) * len(years),
            "gdp_usd": gdp.ravel(),
        }
    ).with_columns(population=pl.lit(None, pl.Float64), **_labels(world))


def _pairs(world: World) -> tuple[np.ndarray, np.ndarray]:
    i, j = np.nonzero(~np.eye(len(world.names), dtype=bool))
    return i, j


def _dyads(world: World) -> pl.DataFrame:
    i, j = _pairs(world)
    names = np.array(world.names)
    nothing = pl.lit(None, pl.Boolean)
    return pl.DataFrame({"exporter": names[i], "importer": names[j]}).select(
        pl.lit(None, pl.Int16).alias("year"),
        "exporter",
        "importer",
        distance_km=pl.lit(None, pl.Float64),
        distance_capitals_km=pl.Series(np.exp(world.covariates["log_distance"].values[i, j])),
        contiguous=nothing,
        common_language=nothing,
        colonial_tie=nothing,
        trade_agreement=nothing,
        **_labels(world),
    )


def _dyad_year(world: World) -> pl.DataFrame:
    i, j = _pairs(world)
    names = np.array(world.names)
    years = world.covariates["year"].values.astype(np.int16)
    return pl.DataFrame(
        {
            "year": np.repeat(years, len(i)),
            "exporter": np.tile(names[i], len(years)),
            "importer": np.tile(names[j], len(years)),
            "cooperation": world.covariates["cooperation"].values[:, i, j].ravel(),
            "conflict": world.covariates["conflict"].values[:, i, j].ravel(),
        }
    ).with_columns(events=pl.lit(None, pl.Float64), **_labels(world))


def _relations(world: World) -> pl.DataFrame:
    """What blocs of `xenotime.reference` make of pairs: agreements are facts, pacts and rivals what the world holds."""
    years = [int(year) for year in world.covariates["year"].values]
    names = np.array(world.names)
    held = {
        "defence_pact": politics.allied(world.names, years),
        "rivalry": politics.rivals(world.names, years),
        "trade_agreement": politics.same_bloc(world.names, years),
    }
    parts = []
    for relation, holds in held.items():
        t, i, j = np.nonzero(holds)
        pairs = {"year": np.array(years, np.int16)[t], "actor": names[i], "target": names[j]}
        parts.append(pl.DataFrame(pairs).with_columns(relation=pl.lit(relation), value=pl.lit(1.0), **_labels(world)))
    return pl.concat(parts)


def _production(world: World) -> pl.DataFrame:
    parts = []
    years = world.covariates["year"].values.astype(np.int16)
    for stage in world.stages:
        name, basis = _OUTPUTS[stage]
        tonnes = np.expm1(world.covariates["log_output"].sel(stage=stage).values)
        t, at = np.nonzero(tonnes > 0)
        parts.append(
            pl.DataFrame({"year": years[t], "country": np.array(world.names)[at], "quantity_t": tonnes[t, at]}).select(
                "year",
                "country",
                commodity=pl.lit("rare_earths"),
                stage=pl.lit(name),
                quantity_t=pl.col("quantity_t"),
                basis=pl.lit(basis),
                estimated=pl.lit(True),
                **_labels(world),
            )
        )
    return pl.concat(parts)
