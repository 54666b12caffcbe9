"""Speed of GSIM, beside gegravity 0.3 in one run: one scenario, a batch of scenarios, 10,000 draws of one scenario.

Run: python benchmarks/bench_gsim.py [--countries 77 140] [--draws 10000] [--one-by-one 200] [--peer-python PYTHON]

Draws of a scenario with three quotas are timed in compiled code and, a few of them, one by one through the solver that
`gsim` uses, as draws with limits went before.

gegravity is needed for this comparison alone, so it is no dependency of xenotime. Install it anywhere (pip install
gegravity==0.3) and name that environment's interpreter; without it the comparison is left out, and said to be. The
models differ: gegravity's one-sector gravity model has endogenous incomes and normalises a price, GSIM has supply and
demand curves. Both find a price for each of n countries on n × n flows; gegravity is timed on `define_experiment` and
`simulate`, its baseline apart.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path


def flows_of(countries):
    import numpy as np

    rng = np.random.default_rng(1)
    flows = rng.lognormal(0, 2, (countries, countries))
    np.fill_diagonal(flows, flows.sum(axis=1))
    return flows


def peer(countries):
    """Time gegravity on the same flows; runs under the peer's interpreter and needs nothing of xenotime."""
    import gegravity as ge
    import numpy as np
    import pandas as pd

    # made like a gravity model, so that its solver has costs that explain the flows
    rng = np.random.default_rng(1)
    size = rng.lognormal(0, 1, countries)
    place = rng.random((countries, 2))
    distance = np.log(1 + 10 * np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)))
    abroad = 1 - np.eye(countries)
    flows = size[:, None] * size[None] * np.exp(-distance - 2 * abroad)
    names = [f"C{i:03d}" for i in range(countries)]
    frame = pd.DataFrame(
        {
            "exporter": np.repeat(names, countries),
            "importer": names * countries,
            "year": "2022",
            "trade": flows.ravel(),
            "Y": np.repeat(flows.sum(axis=1), countries),
            "E": np.tile(flows.sum(axis=0), countries),
            "lndist": distance.ravel(),
            "abroad": abroad.ravel(),
        }
    )
    baseline = ge.BaselineData(
        frame,
        imp_var_name="importer",
        exp_var_name="exporter",
        year_var_name="year",
        trade_var_name="trade",
        expend_var_name="E",
        output_var_name="Y",
    )
    coefficients = pd.DataFrame({"var": ["lndist", "abroad"], "coeff": [-1.0, -2.0], "ste": [0.1, 0.1]})
    costs = ge.CostCoeffs(estimates=coefficients, identifier_col="var", coeff_col="coeff", stderr_col="ste")
    model = ge.OneSectorGE(
        baseline,
        year="2022",
        reference_importer=names[0],
        expend_var_name="E",
        output_var_name="Y",
        cost_variables=["lndist", "abroad"],
        cost_coeff_values=costs,
        sigma=5,
        quiet=True,
    )
    begun = time.perf_counter()
    model.build_baseline(omr_rescale=10)
    built = time.perf_counter() - begun
    changed = frame.copy()
    changed.loc[(changed["exporter"] == names[1]) & (changed["importer"] != names[1]), "lndist"] += 0.22
    begun = time.perf_counter()
    model.define_experiment(changed)
    model.simulate()  # once: a second simulate() of one model fails in 0.3
    seconds = time.perf_counter() - begun
    solved = [value["success"] for value in model.solver_diagnostics.values()]
    print(json.dumps({"baseline": built, "scenario": seconds, "converged": bool(all(solved))}))


def timed(function, repeats):
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - begun)
    return min(times), result


def ours(countries, draws, one_by_one):
    import numpy as np

    from xenotime.markets import NESTS, Market, Quota, Shock, gsim, gsim_batch
    from xenotime.markets import draws as compiled
    from xenotime.markets.exact import solve

    market = Market.from_arrays(flows_of(countries), tariffs=0.05)
    base = Shock.base(market)
    tax = base.add_export_tax(0.25, ["C1"])
    quota = base.limit(*(Quota((name,), share=0.5) for name in market.names[:3]))
    found = {}
    found["one scenario, whole result"], _ = timed(lambda: gsim(market, tax), 10)
    found["one scenario, solver alone"], _ = timed(lambda: solve(tax, NESTS["ces"]), 10)
    found["one scenario, three quotas"], _ = timed(lambda: solve(quota, NESTS["ces"]), 5)
    rng = np.random.default_rng(2)

    def elasticities(shape):
        return {
            "demand": -rng.uniform(0.5, 2.0, shape),
            "supply": rng.uniform(0.3, 2.5, shape),
            "substitution": rng.uniform(1.2, 8.0, shape),
        }

    for nest in ("ces", "aces"):
        gsim_batch(market, {"tax": tax, "quota": quota}, nest=nest, **elasticities(4))  # compile
    one = elasticities(draws)
    found[f"{draws} draws, one elasticity a draw"], batch = timed(lambda: gsim_batch(market, {"tax": tax}, **one), 2)
    each = elasticities((draws, countries))
    found[f"{draws} draws, one a country"], other = timed(lambda: gsim_batch(market, {"tax": tax}, **each), 2)
    held = f"{draws} draws, three quotas"
    found[held], limited = timed(lambda: gsim_batch(market, {"quota": quota}, **one), 2)
    found[f"{held}, ACES"], tonnes = timed(lambda: gsim_batch(market, {"quota": quota}, nest="aces", **one), 2)
    some = {name: values[:one_by_one] for name, values in one.items()}
    most, compiled.MOST_LIMITS = compiled.MOST_LIMITS, 0
    seconds, full = timed(lambda: gsim_batch(market, {"quota": quota}, **some), 2)
    compiled.MOST_LIMITS = most
    apart = np.abs(full.prices - limited.prices[:one_by_one]).max()
    times = (seconds / len(full.demand)) / (found[held] / draws)
    notes = [
        f"three quotas: a draw takes {1e3 * seconds / len(full.demand):.2f} ms one by one, {times:.0f} times as long; "
        f"prices differ by {apart:.0e} at most; {limited.one_by_one['quota']:.4f} of the draws were left to it"
    ]
    shocks = {name: base.add_export_tax(0.25, [name]) for name in market.names}
    middle = {"demand": [-1.25], "supply": [1.5], "substitution": [5.0]}
    found[f"{len(shocks)} scenarios, one draw"], many = timed(lambda: gsim_batch(market, shocks, **middle), 3)
    lost = max(share for result in (batch, other, limited, tonnes, many) for share in result.failed.values())
    return found, lost, notes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--countries", type=int, nargs="+", default=[77, 140])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--one-by-one", type=int, default=200)
    parser.add_argument("--peer-python", type=Path, default=Path(sys.executable))
    parser.add_argument("--peer", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer(options.peer)
        return
    for countries in options.countries:
        found, lost, notes = ours(countries, options.draws, options.one_by_one)
        print(f"\n{countries} countries; share of draws without an answer {lost:.4f}")
        for what, seconds in found.items():
            print(f"  {what:45s} {seconds * 1e3:12.3f} ms")
        for note in notes:
            print(f"  {note}")
        command = [options.peer_python, __file__, "--peer", str(countries)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            print(f"  gegravity: not compared ({run.stderr.strip().splitlines()[-1]})")
            continue
        peers = json.loads(run.stdout.strip().splitlines()[-1])
        print(f"  gegravity 0.3, baseline {peers['baseline']:.2f} s, a scenario {peers['scenario']:.2f} s")
        if not peers["converged"]:
            print("  gegravity did not converge")
        scenario = found[f"{countries} scenarios, one draw"] / countries
        draw = found[f"{options.draws} draws, one elasticity a draw"] / options.draws
        print(f"  times faster a scenario: {peers['scenario'] / scenario:,.0f} in a batch of scenarios")
        print(f"  times faster a draw of a scenario: {peers['scenario'] / draw:,.0f}")


if __name__ == "__main__":
    main()
