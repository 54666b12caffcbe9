"""The Metropolis sampler and MCMC-MLE beside ergmx in one run: proposals a second, effective samples a second, a fit.

ergmx (GPL-3.0-only) is a yardstick only: install it into an environment of its own and name its interpreter.

    python -m venv yardstick && yardstick/bin/pip install ergmx==0.5.0 igraph numpy
    python benchmarks/bench_mcmc.py --panel panel.npz --ergmx yardstick/bin/python

Both walk one network each in one thread. Processor time, the best of some repeats, since other work may share the
machine; for the fit wall time too. Effective samples are counted by the same code for both. `panel.npz` is the
reference panel of the rare-earth size.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

MODEL = "edges + mutual + gwesp(0.5, fixed=TRUE)"
NINE = (
    "edges + mutual + gwesp(0.5, fixed=TRUE) + gwidegree(0.5, fixed=TRUE) + gwodegree(0.5, fixed=TRUE)"
    " + nodeicov('gdp') + nodeocov('supply') + edgecov('w1') + edgecov('w2')"
)
#: Coefficients at which networks have the stated size and density.
SIZES = {140: (0.075, [-3.1005, 1.5, 0.25]), 1000: (0.008, [-4.888, 1.5, 0.25])}
YEAR = 11  # the twelfth
REPEATS = 4

ERGMX = """
import json, sys, time
import ergmx, igraph, numpy as np
folder, repeats, fit = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "fit"
found = {}
for name in ("140", "1000"):
    data = np.load(f"{folder}/{name}.npz")
    graph = igraph.Graph.Adjacency(data["ties"].tolist(), mode="directed")
    interval = int(data["interval"])
    for weight in (0.0, None):
        def run(count):
            start = time.process_time()
            drawn = ergmx.simulate(graph, str(data["model"]), data["theta"], nsim=count, output="stats", burnin=1000,
                                   interval=interval, seed=1, triadic_weight=weight)
            return time.process_time() - start, np.asarray(drawn)
        empty = min(run(1)[0] for _ in range(2))
        timed = [run(401) for _ in range(repeats)]
        label = f"{name} TNT" if weight == 0.0 else f"{name} default"
        found[label] = (min(t for t, _ in timed) - empty, timed[0][1][1:].tolist())
if fit:
    data = np.load(f"{folder}/year.npz")
    graph = igraph.Graph.Adjacency(data["ties"].tolist(), mode="directed")
    for name in ("gdp", "supply"):
        graph.vs[name] = data[name].tolist()
    for name in ("w1", "w2"):
        graph[name] = data[name]
    start, used = time.perf_counter(), time.process_time()
    result = ergmx.ergm(graph, str(data["model"]), seed=1)
    coefficients = [float(c) for c in result.coef.values()]
    found["fit"] = (time.perf_counter() - start, time.process_time() - used, coefficients)
json.dump(found, open(f"{folder}/found.json", "w"))
"""


def network(n, density, theta):
    """A network in equilibrium, and the sampler that drew it."""
    from xenotime.tergm import Panel, model_of
    from xenotime.tergm.sampler import year_sampler

    ties = (np.random.default_rng(1).random((n, n)) < density) & ~np.eye(n, dtype=bool)
    model = model_of(MODEL, Panel.from_arrays(ties.astype(float)))
    sampler = year_sampler(model, np.array(theta), 0)
    drawn = sampler.chain(1, "start").draw(sampler.aim(np.array(theta), "tnt"), 1, 3_000_000, networks=True)[1]
    return year_sampler(model, np.array(theta), 0, start=drawn[0])


def ours(sampler, theta, kind, interval):
    """Best processor time of 400 draws, and the draws."""
    chain, aim = sampler.chain(2, kind), sampler.aim(np.array(theta), kind)
    chain.draw(aim, 10, interval)
    best, drawn = np.inf, None
    for _ in range(REPEATS):
        start = time.process_time()
        drawn = chain.draw(aim, 400, interval)[0]
        best = min(best, time.process_time() - start)
    return best, drawn


def main() -> None:
    from threadpoolctl import threadpool_limits

    from xenotime.tergm import Panel, fit
    from xenotime.tergm.diagnostics import effective_size

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panel", type=Path, help="the reference panel, for the nine-term fit")
    parser.add_argument("--ergmx", help="Python interpreter of an environment with ergmx and igraph")
    parser.add_argument("--fit-ergmx", action="store_true", help="time ergmx's nine-term fit too (a minute)")
    options = parser.parse_args()
    rows = []

    def add(who, name, seconds, drawn, interval):
        proposals = 400 * interval
        effective = effective_size(np.asarray(drawn)[None])
        rows.append((name, who, proposals / seconds / 1e6, effective.min() / seconds, effective.mean() / seconds))

    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1, "blas"):
        intervals = {}
        for n, (density, theta) in SIZES.items():
            sampler = network(n, density, theta)
            interval = intervals[n] = 4 * sampler.ties
            np.savez(f"{folder}/{n}.npz", ties=sampler.start, theta=theta, model=MODEL, interval=interval)
            for kind in ("tnt", "uniform"):
                seconds, drawn = ours(sampler, theta, kind, interval)
                add("xenotime", f"{n} {kind.upper() if kind == 'tnt' else kind}", seconds, drawn, interval)
        mine = None
        if options.panel:
            data = np.load(options.panel)
            covariates = {name: data[name][YEAR] for name in ("gdp", "supply", "w1", "w2")}
            np.savez(f"{folder}/year.npz", ties=data["A"][YEAR], model=NINE, **covariates)
            panel = Panel.from_arrays(
                data["A"][YEAR],
                node_covariates={name: covariates[name] for name in ("gdp", "supply")},
                dyad_covariates={name: covariates[name] for name in ("w1", "w2")},
            )
            fit(NINE, panel)  # compiled code is loaded
            times = []
            for seed in (1, 2, 3):
                start, used = time.perf_counter(), time.process_time()
                mine = fit(NINE, panel, method="mcmle", seed=seed)
                times.append(f"{time.perf_counter() - start:.2f} ({time.process_time() - used:.2f})")
            print(f"nine-term MCMC-MLE of one year, three seeds: {', '.join(times)} s (of processor time)")
            print(mine)
        if options.ergmx:
            Path(folder, "yardstick.py").write_text(ERGMX, encoding="utf-8")
            asked = "fit" if options.fit_ergmx and options.panel else "no"
            command = [options.ergmx, f"{folder}/yardstick.py", folder, str(REPEATS), asked]
            subprocess.run(command, check=True, stdout=sys.stderr)
            found = json.loads(Path(folder, "found.json").read_text(encoding="utf-8"))
            theirs = found.pop("fit", None)
            for label, (seconds, drawn) in found.items():
                add("ergmx", label, seconds, drawn, intervals[int(label.split()[0])])
            if theirs is not None and mine is not None:
                print(f"ergmx, the same fit: {theirs[0]:.1f} s ({theirs[1]:.1f})")
                print("difference in our standard errors:", end=" ")
                print(np.round((mine.estimates - theirs[2]) / np.array(list(mine.std_errors.values())), 3))
    print(f"{'':14} {'':10} {'proposals/s':>12} {'ESS/s, worst':>14} {'ESS/s, mean':>13}")
    for name, who, million, worst, mean in sorted(rows):
        print(f"{name:14} {who:10} {million:>10.2f} M {worst:>14.0f} {mean:>13.0f}")


if __name__ == "__main__":
    main()
