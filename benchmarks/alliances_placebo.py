"""Placebo study: do leads of cooperation and conflict tell a world without feedback from one with it?

Run: python benchmarks/alliances_placebo.py [--seeds 400] [--page docs/alliances-placebo.md]

Each world is drawn by `xenotime.demo_world` with one constant coefficient of edges a stage, so that all seeds share one
truth. Variants A (nothing hidden) and B (cooperation answers trade) go through `studies.alliances.robustness.lags` as
the study does it: a lead beside the lag is the placebo. Variants A and C (an unobserved effect of each pair) are fitted
plainly, with the pair's mean (Mundlak), with the mean and the first year's tie (Wooldridge), and with an effect of each
pair. Results are kept by twenty seeds in the folder --out, and a run that was broken off goes on there.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import polars as pl
from scipy import stats
from scipy.special import expit, logit

import xenotime as xt
from xenotime import tergm
from xenotime.studies.alliances.designs import estimate, known_rows
from xenotime.studies.alliances.robustness import lags
from xenotime.tergm import parse

STAGES = ("midstream", "downstream")
COUNTRIES, YEARS = 40, range(2001, 2024)
SWEEPS = 30
CHUNK = 20
VARIANT_SEEDS = {"A": 1, "B": 10_001, "C": 20_001}
COVARIATES = ("cooperation", "conflict")
INTEREST = tuple(f"edgecov.{name}.lag1" for name in COVARIATES)
#: The terms each stage was drawn with (those with a zero coefficient too, where the study would have them).
FORMULAS = {
    "midstream": "edges + mutual + gwesp(0.5, fixed=TRUE) + nodeocov('log_output') + nodeicov('log_output_next') + "
    "nodeicov('log_gdp') + edgecov('log_distance') + edgecov('large_flow') + edgecov('cooperation', lag=1) + "
    "edgecov('conflict', lag=1) + memory('stability')",
    "downstream": "edges + mutual + gwesp(0.5, fixed=TRUE) + nodeocov('log_output') + nodeicov('log_gdp') + "
    "edgecov('log_distance') + edgecov('same_bloc') + edgecov('cooperation', lag=1) + edgecov('conflict', lag=1) + "
    "memory('stability')",
}
MEANS = " + edgecov('cooperation_mean') + edgecov('conflict_mean')"
#: How variants A and C are fitted: what is added to the formula.
WAYS = {
    "as it stands": "",
    "pair means (Mundlak)": MEANS,
    "pair means and first tie (Wooldridge)": MEANS + " + edgecov('first_tie')",
    "an effect of each pair": None,
}
PERSISTENT = ("mutual", *INTEREST, "memory.stability")


def edges_of(countries=COUNTRIES, years=YEARS):
    """Return the constant coefficients of edges as `demo_world` takes them: the means of one calibrated world."""
    world = xt.demo_world(seed=0, countries=countries, years=years, stages=list(STAGES))
    return world.edges * 0 + world.edges.mean("year").round(2)


def truth_of(stage):
    theta = xt.demo_world(seed=0, countries=8, years=range(2001, 2003), stages=[stage]).theta[stage]
    return {
        "mutual": theta["mutual"],
        "edgecov.cooperation.lag1": theta["edgecov('cooperation', lag=1)"],
        "edgecov.conflict.lag1": theta["edgecov('conflict', lag=1)"],
        "memory.stability": theta["memory('stability')"],
    }


def world_of(variant, seed, edges, countries=COUNTRIES):
    years = [int(year) for year in edges.year.values]
    return xt.demo_world(
        seed, countries=countries, years=years, variant=variant, stages=list(STAGES), edges=edges, sweeps=SWEEPS
    )


def panel_of(world, stage):
    """Return a stage as a panel, the pairs' means and first ties beside the covariates of the formulas."""
    covariates = world.covariates.isel(year=slice(1, None))  # the year before the first is not needed
    ties = world.y.sel(stage=stage).values
    dyads = {name: covariates[name].values for name in ("log_distance", "same_bloc", *COVARIATES)}
    dyads["large_flow"] = covariates["large_flow"].sel(stage=stage).values
    dyads |= {f"{name}_mean": covariates[name].values.mean(axis=0) for name in COVARIATES}
    dyads["first_tie"] = ties[0].astype(float)
    nodes = {"log_gdp": covariates["log_gdp"].values}
    nodes |= {name: covariates[name].sel(stage=stage).values for name in ("log_output", "log_output_next")}
    return tergm.Panel.from_arrays(
        ties,
        years=world.years,
        nodes=world.names,
        risk=world.risk.sel(stage=stage).values,
        node_covariates=nodes,
        dyad_covariates=dyads,
    )


def placebo(variant, seed, edges):
    """Return the lags and leads of one world, as the study computes them."""
    world = world_of(variant, seed, edges)
    found = [
        lags(panel_of(world, stage), FORMULAS[stage], INTEREST).select(
            pl.lit(seed).alias("seed"), pl.lit(stage).alias("stage"), pl.all()
        )
        for stage in STAGES
    ]
    return pl.concat(found).drop("loglik", "dyads", "first", "last")


def hidden(variant, seed, edges):
    """Return what each way of fitting says about one world."""
    world = world_of(variant, seed, edges)
    rows = []
    for stage in STAGES:
        panel = panel_of(world, stage)
        for way, added in WAYS.items():
            if added is None:
                found = with_pair_effects(panel, FORMULAS[stage])
            else:
                design, names = known_rows(panel, [parse(FORMULAS[stage] + added)])
                fit = estimate(design, names)
                found = {name: tuple(fit.row(name)[key] for key in ("estimate", "low", "high")) for name in names}
            rows += [
                (seed, stage, way, term, *found.get(term, (None, None, None)))
                for term in PERSISTENT
            ]  # fmt: skip
    columns = {"seed": pl.Int64, "stage": pl.String, "way": pl.String, "term": pl.String}
    return pl.DataFrame(rows, schema=columns | dict.fromkeys(("estimate", "low", "high"), pl.Float64), orient="row")


def with_pair_effects(panel, formula):
    """Fit the logit with an effect of each unordered pair by Newton's method; estimates alone, by coefficient.

    Pairs always or never tied say nothing. The effects (a diagonal block of the Hessian) are solved out of each step;
    columns that do not vary within pairs, and `edges`, drop out.
    """
    design, names = known_rows(panel, [parse(formula)])
    low, high = np.minimum(design.tail, design.head), np.maximum(design.tail, design.head)
    pair = np.unique(low.astype(np.int64) * panel.n + high, return_inverse=True)[1]
    share = np.bincount(pair, design.y) / np.bincount(pair)
    rows = ((share > 0) & (share < 1))[pair]
    pair = np.unique(pair[rows], return_inverse=True)[1]
    x, y, count = design.x[rows], design.y[rows], np.bincount(pair)

    def sums(values, weights):
        return np.stack([np.bincount(pair, values[:, k] * weights) for k in range(values.shape[1])], axis=1)

    within = x - (sums(x, np.ones(len(y))) / count[:, None])[pair]
    keep = [
        k for k, name in enumerate(names) if (within[:, k] ** 2).sum() > 1e-9 * (x[:, k] ** 2).sum()
    ]  # fmt: skip
    x, names = x[:, keep], [names[k] for k in keep]
    theta, alpha = np.zeros(len(keep)), logit(np.bincount(pair, y) / count)
    for _ in range(100):
        p = expit(x @ theta + alpha[pair])
        weight, rest = p * (1 - p), y - p
        own, cross, gap = np.bincount(pair, weight), sums(x, weight), np.bincount(pair, rest)
        curve = (x * weight[:, None]).T @ x - cross.T @ (cross / own[:, None])
        if not np.isfinite(curve).all() or np.linalg.matrix_rank(curve) < len(curve):
            return {}  # a column separates: there is no finite estimate
        step = np.linalg.solve(curve, x.T @ rest - cross.T @ (gap / own))
        effect = (gap - cross @ step) / own
        size = min(1.0, 2.0 / max(np.abs(effect).max(), np.abs(step).max()))
        theta, alpha = theta + size * step, alpha + size * effect
        if np.abs(step).max() < 1e-8:
            break
    else:
        return {}
    return {name: (value, None, None) for name, value in zip(names, theta)}


KINDS = {"placebo": (placebo, ("A", "B", "C")), "hidden": (hidden, ("A", "C"))}


def chunk(kind, variant, first, count, edges, path):
    os.nice(10)
    run = KINDS[kind][0]
    found = pl.concat([run(variant, seed, edges) for seed in range(first, first + count)])
    aside = path.with_suffix(".part")
    found.write_parquet(aside)
    aside.rename(path)
    return path.name


def collect(kind, variant, seeds, edges, out, pool):
    """Return the futures of what is not there yet, and the files of all."""
    out.mkdir(parents=True, exist_ok=True)
    begin = VARIANT_SEEDS[variant]
    files, waiting = [], []
    for first in range(begin, begin + seeds, CHUNK):
        count = min(CHUNK, begin + seeds - first)
        path = out / f"{kind}-{variant}-{first}-{count}.parquet"
        files.append(path)
        if not path.exists():
            waiting.append(pool.submit(chunk, kind, variant, first, count, edges, path))
    return waiting, files


def rejections(frame):
    """Return how often a lead is rejected at 5 %: beside its lag, with 95 % limits, and alone."""
    leads = frame.filter(pl.col("lag") < 0, pl.col("p").is_not_null())
    rows = []
    for (stage, covariate), part in leads.group_by(["stage", "covariate"], maintain_order=True):
        joint, alone = (part.filter(model=model) for model in ("joint", "alone"))
        hits, seeds = int((joint["p"] < 0.05).sum()), joint.height
        limits = stats.binomtest(hits, seeds).proportion_ci(method="exact")
        rows.append((stage, covariate, seeds, hits / seeds, limits.low, limits.high, joint["estimate"].mean(),
                     (alone["p"] < 0.05).mean()))  # fmt: skip
    names = ["stage", "covariate", "seeds", "share", "low", "high", "estimate", "alone"]
    return pl.DataFrame(rows, schema=names, orient="row")


def recovery(frame):
    """Return bias, spread, coverage of the planted coefficients at their lag, and how often that lag is best."""
    rows = []
    for stage in STAGES:
        truth = truth_of(stage)
        for term in INTEREST:
            covariate = term.removesuffix(".lag1")
            alone = frame.filter(pl.col("stage") == stage, pl.col("covariate") == covariate, pl.col("model") == "alone")
            own = alone.filter(pl.col("lag") == 1, pl.col("estimate").is_not_null())
            inside = ((own["low"] <= truth[term]) & (own["high"] >= truth[term])).mean()
            best = [alone.filter(pl.col("lag") == lag, pl.col("best")).height / own.height for lag in range(4)]
            rows.append(
                (stage, covariate, truth[term], own.height, own["estimate"].mean() - truth[term],
                 own["estimate"].std(), inside, *best)
            )  # fmt: skip
    names = ["stage", "covariate", "truth", "seeds", "bias", "sd", "coverage", *(f"best{lag}" for lag in range(4))]
    return pl.DataFrame(rows, schema=names, orient="row")


def ways(frame):
    """Return mean error, spread and coverage of each way of fitting."""
    rows = []
    for stage in STAGES:
        truth = truth_of(stage)
        for way in WAYS:
            for term in PERSISTENT:
                part = frame.filter(
                    pl.col("stage") == stage, pl.col("way") == way, pl.col("term") == term,
                    pl.col("estimate").is_not_null(),
                )  # fmt: skip
                inside = ((part["low"] <= truth[term]) & (part["high"] >= truth[term])).mean()
                rows.append(
                    (stage, way, term, truth[term], part.height, part["estimate"].mean() - truth[term],
                     part["estimate"].std(), inside)
                )  # fmt: skip
    names = ["stage", "way", "term", "truth", "seeds", "bias", "sd", "coverage"]
    return pl.DataFrame(rows, schema=names, orient="row")


def percent(share):
    return "—" if share is None else f"{100 * share:.1f}"


def label(term):
    return term.removeprefix("edgecov.").removesuffix(".lag1")


def markdown(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(cells) + " |" for cells in rows])


HEADER = """# Can a placebo tell cause from consequence?

<!-- written by benchmarks/alliances_placebo.py; edit the script, not this page -->

If cooperation next year seems to explain a tie this year, then cooperation follows trade, or both follow something
else. The alliances study shows such leads beside its lags (`studies.alliances.robustness.lags`). Here they are tried on
[embedded worlds](embedded-world.md) whose truth is known: {seeds} worlds a variant, {countries} countries, {years}
years, midstream and downstream, one truth for all; fitted by pooled MPLE with the terms the ties were drawn from. The
lead stands **beside** the lag: alone it would stand in for the lag, since cooperation lasts. Run on {date}, xenotime
{version}.
"""


WHAT = {
    "A": "A: nothing hidden",
    "B": "B: cooperation answers trade",
    "C": "C: an unobserved effect of each pair",
}
READ_LEADS = """\
In A a test at 5 % should reject in about 5 % of worlds; in B the lead of cooperation should be found out, while
conflict answers nothing. In C the lead of cooperation is rejected in about half of the worlds: it stands in for what
is hidden in a pair. So a lead that is rejected says that the estimate at the lag is no effect to quote, not why. The
last column says why the lead has to stand beside the lag. In B the lag loses its coefficient to the lead: the joint
model is a test and no estimate. A lead that is *not* rejected is no proof: feedback of the size planted here (a fifth
of a standard deviation for each stage traded) is always found, smaller may not be, and what is hidden in pairs is
missed in half of the worlds."""
READ_LAGS = """\
Bias and coverage are of lag 1, where the effects were planted; "best" is the lag with the highest pseudo-likelihood.
Where θ* is 0 no lag is right, and the best one is chance; where it is small (0.15) and the covariate lasts, the best
lag is wrong in two worlds of five: a table of lags says more than the best one of them."""
READ_HIDDEN = """\
Mean error (in brackets, coverage of 95 % intervals in per cent). The pair effect of variant C is correlated with the
pair's mean cooperation. Fitted as it stands, cooperation comes out too high, and so do mutual and memory. The pair's
means beside the covariates take most of that off cooperation, but little off memory and mutual. An effect of each
pair (a dummy) moves memory and mutual too low even in variant A, where nothing is hidden: the bias of a lagged
outcome beside fixed effects, in {modelled} modelled years; it comes without intervals here. So: quote cooperation
with the pair's means beside it, and do not read memory or mutual as causes."""


def page(found, seeds, years):
    """Return the page: frames by (kind, variant)."""
    head = HEADER.format(
        seeds=seeds, countries=COUNTRIES, years=len(years), date=date.today().isoformat(), version=xt.__version__
    ).rstrip()  # fmt: skip
    rows = []
    for variant, what in WHAT.items():
        for row in rejections(found["placebo", variant]).iter_rows(named=True):
            limits = f"{percent(row['low'])}–{percent(row['high'])}"
            rows.append([what, row["stage"], label(row["covariate"]), str(row["seeds"]), percent(row["share"]), limits,
                         f"{row['estimate']:+.3f}", percent(row["alone"])])  # fmt: skip
    heads = [
        "variant", "stage", "lead of", "worlds", "rejected at 5 %, %", "95 % limits", "mean estimate",
        "rejected without the lag, %",
    ]  # fmt: skip
    text = [head, "## How often the lead is rejected", markdown(heads, rows), READ_LEADS]
    rows = [
        [row["stage"], label(row["covariate"]), f"{row['truth']:g}", f"{row['bias']:+.3f}", f"{row['sd']:.3f}",
         percent(row["coverage"]), *(percent(row[f"best{lag}"]) for lag in range(4))]
        for row in recovery(found["placebo", "A"]).iter_rows(named=True)
    ]  # fmt: skip
    bests = [f"lag {lag} best, %" for lag in range(4)]
    heads = ["stage", "covariate", "θ* at lag 1", "bias", "sd", "coverage, %", *bests]
    text += ["## Are planted effects and lags found? (variant A)", markdown(heads, rows), READ_LAGS]
    rows = []
    for variant in "AC":
        table = ways(found["hidden", variant])
        for (stage, way), part in table.group_by(["stage", "way"], maintain_order=True):
            cells = (f"{row['bias']:+.3f} ({percent(row['coverage'])})" for row in part.iter_rows(named=True))
            rows.append([variant, stage, way, *cells])
    heads = ["variant", "stage", "fitted", *(label(term) for term in PERSISTENT)]
    reading = READ_HIDDEN.format(modelled=len(years) - 1)
    text += ["## What an unobserved effect of each pair does (variant C)", markdown(heads, rows), reading]
    return "\n\n".join(text) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/placebo"))
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    edges = edges_of()
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        parts = {
            (kind, variant): collect(kind, variant, options.seeds, edges, options.out, pool)
            for kind, (_, variants) in KINDS.items()
            for variant in variants
        }
        waiting = [each for futures, _ in parts.values() for each in futures]
        for done, each in enumerate(as_completed(waiting), start=1):
            print(f"{done}/{len(waiting)} {each.result()}", flush=True)
    found = {key: pl.concat([pl.read_parquet(path) for path in files]) for key, (_, files) in parts.items()}
    text = page(found, options.seeds, YEARS)
    if options.page is None:
        print(text)
    else:
        options.page.write_text(text)
        print(f"written: {options.page}")


if __name__ == "__main__":
    main()
