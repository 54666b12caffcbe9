"""How the cost of communities and regionalisation grows from 100 to 1,000 countries.

Sparse networks of 15 suppliers a country, log-normal values, groups of about fifty; compiled code loaded beforehand.
``python benchmarks/bench_communities.py [countries ...]`` prints milliseconds a run and year of each method
(five years, 10 runs and their consensus), then seconds of one year regionalised against 10 nulls.
"""

import sys
import time

import numpy as np
import xarray as xr

from xenotime import networks as net
from xenotime.schema import CUBE_AXES

SUPPLIERS, YEARS, RUNS = 15, 5, 10


def panel(n: int) -> xr.Dataset:
    rng = np.random.default_rng(n)
    group = np.arange(n) % max(n // 50, 2)
    value = np.zeros((1, YEARS, n, n))
    likely = np.where(group[:, None] == group, 4.0, 1.0)
    np.fill_diagonal(likely, 0.0)
    for importer in range(n):
        some = rng.choice(n, SUPPLIERS, replace=False, p=likely[:, importer] / likely[:, importer].sum())
        value[0, :, some, importer] = np.exp(rng.normal(4, 1.5, (SUPPLIERS, YEARS)))
    value[:, :, np.arange(n), np.arange(n)] = np.nan
    names = [f"C{k:04d}" for k in range(n)]
    return xr.Dataset(
        {"value_kusd": (CUBE_AXES, value)},
        coords={"stage": ["downstream"], "year": range(2000, 2000 + YEARS), "exporter": names, "importer": names},
    )


def spent(task) -> float:
    begun = time.perf_counter()
    task()
    return time.perf_counter() - begun


def costs(n: int) -> dict[str, float]:
    trade = panel(n)
    each = 1000 / (RUNS * YEARS)
    found = net.communities(trade, runs=2)
    groups = {f"C{k:04d}": str(k % 5) for k in range(n)}
    one = trade.isel(year=[0])
    return {
        "modularity, ms a run and year": each * spent(lambda: net.communities(trade, coupling=0, runs=RUNS)),
        "coupled, ms a run and year": each * spent(lambda: net.communities(trade, runs=RUNS)),
        "constant Potts, ms a run and year": each
        * spent(lambda: net.communities(trade, method="constant_potts", coupling=0, runs=RUNS)),
        "flow, ms a run and year": each * spent(lambda: net.communities(trade, method="flow", runs=RUNS)),
        "regionalisation, groups, s": spent(lambda: net.regionalisation(one, groups, nulls=10)),
        "regionalisation, communities, s": spent(
            lambda: net.regionalisation(one, found, which=["modularity"], nulls=10)
        ),
        "homophily, s": spent(lambda: net.homophily(one, groups)),
    }


def main() -> None:
    sizes = [int(one) for one in sys.argv[1:]] or [100, 200, 500, 1000]
    costs(20)
    columns = {n: costs(n) for n in sizes}
    print(f"| consensus included | {' | '.join(f'{n} countries' for n in sizes)} |")
    print(f"|---|{'---|' * len(sizes)}")
    for name in columns[sizes[0]]:
        print(f"| {name} | {' | '.join(f'{columns[n][name]:.3g}' for n in sizes)} |")


if __name__ == "__main__":
    main()
