"""How the cost of mediation, competition, resilience and structure grows from 100 to 1,000 countries.

One stage and year; every country buys from about a third of the others, log-normal values; the import-share rule leaves
a few ties a country. ``python benchmarks/bench_shape.py [countries ...]`` prints a table of seconds, compiled code
loaded beforehand.
"""

import sys
import time
import warnings

import numpy as np
import xarray as xr

from xenotime import networks as net
from xenotime.schema import CUBE_AXES, Status


def network(n: int) -> xr.Dataset:
    rng = np.random.default_rng(n)
    size = np.exp(rng.normal(0, 2, n))
    value = np.where(rng.random((n, n)) < 0.3, np.outer(size, size) * np.exp(rng.normal(4, 1.5, (n, n))), 0.0)
    np.fill_diagonal(value, np.nan)
    status = np.where(np.isnan(value), Status.OWN, Status.KNOWN).astype(np.int8)
    names = [f"C{k:04d}" for k in range(n)]
    one = {"value_kusd": value, "quantity_t": value / 20, "status": status}
    return xr.Dataset(
        {name: (CUBE_AXES, np.stack([array, array])[:, None]) for name, array in one.items()},
        coords={"stage": ["midstream", "downstream"], "year": [2020], "exporter": names, "importer": names},
    )


TASKS = {
    "carriers": lambda t, _: net.carriers(t, "C0000", "C0001"),
    "origins": lambda t, _: net.origins(t),
    "flow_betweenness, one pair": lambda t, _: net.flow_betweenness(t, [("C0000", "C0001")]),
    "brokerage": lambda t, d: net.brokerage(t, {c: str(k % 5) for k, c in enumerate(t["exporter"].values)}, d),
    "dependences": lambda t, _: net.dependences(t),
    "import_competition": lambda t, _: net.import_competition(t),
    "chokepoints": lambda t, _: net.chokepoints(t),
    "attack, static and random": lambda t, d: net.attack(t, d, ["random", "degree", "strength", "betweenness"]),
    "attack, degree recomputed": lambda t, d: net.attack(t, d, ["degree_recomputed"]),
    "attack, betweenness recomputed": lambda t, d: net.attack(t, d, ["betweenness_recomputed"]),
    "crisis, every seed": lambda t, _: net.crisis(t),
    "epidemic, every seed, 50 draws": lambda t, d: net.epidemic(t, d, draws=50),
    "critical_links": net.critical_links,
    "edge_interruption": lambda t, d: net.edge_interruption(t, d, draws=3),
    "core_periphery": net.core_periphery,
    "rich_club, 20 draws": lambda t, d: net.rich_club(t, d, draws=20),
    "motifs, 20 draws": lambda t, d: net.motifs(t, d, draws=20),
    "shape, all of SHAPE": net.shape,
    "mrqap, 3 networks, 100 permutations": lambda t, _: net.mrqap(
        np.nan_to_num(t["value_kusd"].values[0, 0]) > 0,
        {str(k): np.random.default_rng(k).normal(size=t["value_kusd"].shape[2:]) for k in range(3)},
        permutations=100,
    ),
}


def seconds(n: int) -> dict[str, float]:
    two = network(n)
    trade = two.sel(stage=["downstream"])
    ties = net.dependence(trade)
    found = {}
    for name, task in TASKS.items():
        begun = time.perf_counter()
        task(trade, ties)
        found[name] = time.perf_counter() - begun
    begun = time.perf_counter()
    net.chain_crisis(two, "midstream")
    found["chain_crisis, two stages, every seed"] = time.perf_counter() - begun
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    sizes = [int(one) for one in sys.argv[1:]] or [100, 300, 1000]
    seconds(20)
    columns = {n: seconds(n) for n in sizes}
    print(f"| seconds, one stage and year | {' | '.join(f'{n} countries' for n in sizes)} |")
    print(f"|---|{'---|' * len(sizes)}")
    for name in columns[sizes[0]]:
        print(f"| {name} | {' | '.join(f'{columns[n][name]:.2f}' for n in sizes)} |")


if __name__ == "__main__":
    main()
