"""Speed of the tie model beside ergmx 0.5.0 in one run: pooled fit with its design, exact bootstrap, start-up, memory.

Run: python benchmarks/bench_tergm.py [--rounds 3] [--peer-python PYTHON] [--panel panel.npz]

Model P on a panel of the rare-earth size: 140 countries, 23 years, ten terms, 428,120 rows. The panel is the one of
../shared/reference/bench where that lies beside the checkout (or --panel), else one made here by the same recipe.
ergmx (GPL) is needed for this comparison alone and is no dependency of xenotime: install it anywhere (pip install
ergmx==0.5.0 igraph) and name that environment's interpreter; without it the comparison is left out, and said to be.

Every piece of work is done by both in turn, each in a process of its own with one BLAS thread, and repeated. Given are
the shortest wall-clock and the shortest processor time; on a busy machine compare processor times. R's figures stand
for scale: measured on another day (the reference folder's README).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REFERENCE = Path(os.environ.get("XENOTIME_REAL_DATA", "../shared/data")).parent / "reference" / "bench" / "panel.npz"
R_REPLICATE_S, R_DESIGN_S = 2.4, 3.9
PEER_REPLICATES = 20
REPLICATES = 1000
FORMULA = (
    "edges + mutual + gwesp(0.5, fixed=TRUE) + gwidegree(0.5, fixed=TRUE) + gwodegree(0.5, fixed=TRUE)"
    " + nodeicov('gdp') + nodeocov('supply') + edgecov('w1') + edgecov('w2') + memory('stability')"
)


def make_panel(path, n=140, years=23, seed=1):
    """Write a panel as the reference's recipe makes it: memory, attributes, reciprocity; density 0.05 to 0.12."""
    import numpy as np

    rng = np.random.default_rng(seed)
    off = ~np.eye(n, dtype=bool)
    gdp0, supply0 = rng.normal(size=n), rng.exponential(size=n) - 1
    place = rng.uniform(size=(n, 2))
    distance = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    agreement, before = np.zeros((n, n)), None
    parts = {name: [] for name in ("A", "gdp", "supply", "w1", "w2")}
    for t, density in enumerate(np.linspace(0.05, 0.12, years)):
        gdp = gdp0 + 0.03 * t + rng.normal(0, 0.05, n)
        supply = supply0 + rng.normal(0, 0.05, n)
        new = np.triu(rng.random((n, n)) < (0.15 if t == 0 else 0.006) * np.exp(-2 * distance), 1)
        agreement = np.maximum(agreement, new + new.T)
        w1 = np.log(distance + 0.05) + rng.normal(0, 0.02, (n, n))
        eta = 0.5 * gdp[None] + 0.5 * supply[:, None] - 0.4 * w1 + 0.5 * agreement
        eta += 0 if before is None else 1.6 * (2 * before - 1)
        low, high = -15.0, 15.0
        for _ in range(60):
            middle = (low + high) / 2
            chance = 1 / (1 + np.exp(-middle - eta))
            low, high = (low, middle) if chance[off].mean() > 0.93 * density else (middle, high)
        ties = (rng.random((n, n)) < chance) & off
        ties |= ties.T & ~ties & (rng.random((n, n)) < 0.1)
        before = ties.astype(float)
        for name, value in zip(parts, (before, gdp, supply, w1, agreement.copy())):
            parts[name].append(value)
    np.savez(path, **{name: np.stack(value) for name, value in parts.items()})


def timed(work):
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - wall, time.process_time() - processor), result


def ours(path, workers):
    begun = time.perf_counter()
    import xenotime.tergm as tg

    imported = time.perf_counter() - begun
    import resource

    import numpy as np

    data = np.load(path)
    panel = tg.Panel.from_arrays(
        data["A"],
        node_covariates={name: data[name] for name in ("gdp", "supply")},
        dyad_covariates={name: data[name] for name in ("w1", "w2")},
    )
    tiny = tg.Panel.from_arrays(
        data["A"][:4, :20, :20],
        node_covariates={name: data[name][:4, :20] for name in ("gdp", "supply")},
        dyad_covariates={name: data[name][:4, :20, :20] for name in ("w1", "w2")},
    )
    start, _ = timed(lambda: tg.fit(FORMULA, tiny))  # code is loaded from the cache here
    fits = [timed(lambda: tg.fit(FORMULA, panel)) for _ in range(3)]
    result = fits[0][1]
    boot, _ = timed(lambda: tg.with_bootstrap(result, REPLICATES, seed=1, workers=workers))
    return {
        "start": [imported + start[0]] * 2,
        "fit": [min(pair[k] for pair, _ in fits) for k in (0, 1)],
        "replicate": [seconds / REPLICATES for seconds in boot],
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "estimates": result.estimates.tolist(),
    }


def peer(path):
    """Time ergmx; runs under the peer's interpreter and needs nothing of xenotime."""
    import resource

    import ergmx
    import igraph
    import numpy as np

    data = np.load(path)
    graphs = []
    for t, ties in enumerate(data["A"]):
        graph = igraph.Graph.Adjacency(ties.astype(int).tolist(), mode="directed")
        graph.vs["name"] = [str(k) for k in range(len(ties))]
        for name in ("gdp", "supply"):
            graph.vs[name] = data[name][t].tolist()
        for name in ("w1", "w2"):
            graph[name] = data[name][t].astype(float)
        graphs.append(graph)
    formula = FORMULA.replace("TRUE", "True")
    one, _ = min((timed(lambda: ergmx.btergm(graphs, formula, R=1, seed=1)) for _ in range(2)), key=lambda x: x[0])
    many, result = timed(lambda: ergmx.btergm(graphs, formula, R=1 + PEER_REPLICATES, seed=1))
    replicate = [(many[k] - one[k]) / PEER_REPLICATES for k in (0, 1)]
    return {
        "fit": [one[k] - replicate[k] for k in (0, 1)],
        "replicate": replicate,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "estimates": list(result.coef.values()),
    }


def elsewhere(interpreter, *arguments):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(
        [interpreter, __file__, *arguments], capture_output=True, text=True, check=False, env=environment
    )
    if run.returncode:
        return None, run.stderr.strip().splitlines()[-1]
    return json.loads(run.stdout.strip().splitlines()[-1]), ""


def best(runs, what):
    return [min(run[what][k] for run in runs) for k in (0, 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", type=Path, default=Path(sys.executable))
    parser.add_argument("--panel", type=Path)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        who, path = options.child
        print(json.dumps(peer(path) if who == "peer" else ours(path, workers=1 if who == "one" else 2)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = options.panel or REFERENCE
        if not path.exists():
            path = Path(folder) / "panel.npz"
            make_panel(path)
        compare(path, options)


def compare(path, options):
    one, two, peers, why = [], [], [], ""
    for _ in range(options.rounds):
        for workers, into in (("one", one), ("two", two)):
            found, error = elsewhere(sys.executable, "--child", workers, str(path))
            if found is None:
                raise SystemExit(error)
            into.append(found)
        found, why = elsewhere(options.peer_python, "--child", "peer", str(path))
        if found is not None:
            peers.append(found)
    print(f"model P on {path.name}; {options.rounds} rounds; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':38} {'wall':>10} {'processor':>10}")

    def line(label, seconds, unit=1e3, name="ms"):
        print(f"{label:38} {seconds[0] * unit:7.1f} {name} {seconds[1] * unit:7.1f} {name}")

    line("design + pooled fit", best(one, "fit"))
    line("a bootstrap replicate, one thread", best(one, "replicate"))
    line("a bootstrap replicate, two threads", best(two, "replicate"))
    print(f"start-up (import, first small fit)     {min(run['start'][0] for run in one):7.2f} s wall")
    print(f"memory                                 {max(run['memory'] for run in one + two):7.0f} MiB at most")
    if not peers:
        print(f"ergmx: not compared ({why})")
        return
    line("ergmx: design + pooled fit", best(peers, "fit"))
    line("ergmx: a bootstrap replicate", best(peers, "replicate"))
    print(f"ergmx: memory                          {max(run['memory'] for run in peers):7.0f} MiB at most")
    apart = max(abs(a - b) for a, b in zip(one[0]["estimates"], peers[0]["estimates"]))
    print(f"estimates differ by at most {apart:.1e}")
    for what, runs, scale in (("fit", one, R_DESIGN_S), ("replicate", one, R_REPLICATE_S), ("replicate", two, None)):
        wall, processor = (theirs / own for theirs, own in zip(best(peers, what), best(runs, what)))
        threads = "one thread" if runs is one else "two threads"
        text = f"times faster than ergmx, {what}, {threads}: {wall:.1f} wall, {processor:.1f} processor"
        if scale:
            text += f"; R btergm's {scale} s: {scale / best(runs, what)[1]:,.0f}"
        print(text)


if __name__ == "__main__":
    main()
