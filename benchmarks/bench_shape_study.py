"""How long the shape study and what stands under it take: a large cube, all indicators, the study and its page.

``python benchmarks/bench_shape_study.py [table mapping]`` prints a table of wall and processor seconds, compiled code
loaded beforehand. With a file and the name of its mapping (a BACI extract of magnets and ``baci_extract``), also the
study on that file, all years, with its page.
"""

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

import xenotime as xt
from xenotime import networks as net
from xenotime.reference import country_names
from xenotime.store import Store

QUICK = {"runs": 2, "noisy_runs": 2, "nulls": 2, "permutations": 9, "noise_draws": 2}


def flows(countries: int, years: int, share: float) -> pl.DataFrame:
    """Return made-up flows of magnets: every pair trades with probability `share`, in every year."""
    rng = np.random.default_rng(1)
    names = np.array(sorted(country_names())[:countries])
    year, exporter, importer = np.nonzero(rng.random((years, countries, countries)) < share)
    apart = exporter != importer
    value = np.exp(rng.normal(5, 3, apart.sum()))
    return pl.DataFrame(
        {
            "year": (year[apart] + 2025 - years).astype(np.int16),
            "exporter": names[exporter[apart]],
            "importer": names[importer[apart]],
            "value_kusd": value,
            "quantity_t": value / 20,
        }
    ).with_columns(
        hs6=pl.lit("850511"), hs_version=pl.lit("HS02"), quality=pl.lit("published"), absence=pl.lit("zero"),
        source=pl.lit("made_up"), source_version=pl.lit("1"),
    )  # fmt: skip


def report(what: str, task: Callable[[], object]) -> None:
    """Print a line of the table."""
    wall, processor = time.perf_counter(), time.process_time()
    task()
    print(f"| {what} | {time.perf_counter() - wall:.1f} | {time.process_time() - processor:.1f} |", flush=True)


def written(store: Store, folder: Path, settings: xt.studies.ShapeSettings | None = None) -> None:
    """Run the study on all years and write its page."""
    xt.report.write(xt.studies.shape(store, settings=settings), folder / "shape.html")


def main() -> None:
    warnings.simplefilter("ignore")
    large = flows(230, 23, 0.2)
    cube = net.build(large, "rare_earths")
    net.indicators(cube.isel(year=[0]))
    print("| what | wall s | processor s |\n|---|---|---|")
    report(f"build, 230 countries, 23 years, {large.height:,} flows", lambda: net.build(large, "rare_earths"))
    middle = net.build(flows(140, 23, 0.2), "rare_earths")
    report("indicators, all, 140 countries, 23 years", lambda: net.indicators(middle))
    with tempfile.TemporaryDirectory() as name:
        folder, demo = Path(name), xt.demo_store()
        written(demo, folder, xt.studies.ShapeSettings.read(**QUICK))
        report("shape study and page, embedded world", lambda: written(demo, folder))
        if len(sys.argv) == 3:
            file, mapping = sys.argv[1:]
            xt.ingest(folder / "store", [Path(file)], source="table", mapping=mapping)
            store = xt.open_store(folder / "store")
            report(f"shape study and page, {Path(file).name}", lambda: written(store, folder))


if __name__ == "__main__":
    main()
