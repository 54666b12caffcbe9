"""Markets for tests: the published example, and random ones."""

import csv
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

import xenotime as xt

REFERENCE = Path(__file__).parent.parent / "reference" / "gsim"


def matrix(name):
    with (REFERENCE / name).open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return np.array([[float(value) for value in row[1:]] for row in rows[1:]])


def column(name, label):
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return np.array([float(row[label]) for row in csv.DictReader(file)])


def example():
    return xt.markets.Market.from_arrays(
        matrix("inputs/trade.csv"),
        tariffs=matrix("inputs/tariff_initial.csv") - 1,
        names=["USA", "JAPAN", "EU", "ROW"],
    )


def scenario(name):
    changes = {"tariffs": matrix(f"inputs/tariff_final_{name}.csv") - 1}
    if "export_tax" in name:
        changes["export_taxes"] = matrix(f"inputs/export_tax_final_{name}.csv") - 1
    return changes


def random_market(seed, n, *, sigma=(1.2, 8.0), own=True, by_pair=False, taxed=True, density=0.7):
    rng = np.random.default_rng(seed)
    flows = rng.lognormal(0, 1.5, (n, n)) * (rng.random((n, n)) < density)
    flows[np.arange(n), (np.arange(n) + 1) % n] += 1.0  # everybody sells to somebody
    np.fill_diagonal(flows, rng.lognormal(0.5, 1, n) if own else 0.0)
    off = 1 - np.eye(n)
    rate = 0.3 if taxed else 0.0
    return xt.markets.Market.from_arrays(
        flows,
        tariffs=rate * rng.random((n, n)) * off,
        export_taxes=rate * (rng.random((n, n)) - 0.3) * off,
        output_subsidies=rate * rng.random(n),
        demand=-rng.uniform(0.4, 2.5, n),
        supply=rng.uniform(0.1, 3.0, n),
        substitution=rng.uniform(*sigma, (n, n) if by_pair else n),
    )


def random_shock(market, seed):
    """Taxes of every kind, moderate to large."""
    rng = np.random.default_rng((seed, 1))
    n, off = market.n, 1 - np.eye(market.n)
    return (
        xt.markets.Shock.base(market)
        .set_tariffs(rng.random((n, n)) * off)
        .set_export_taxes((1.2 * rng.random((n, n)) - 0.3) * off)
        .set_output_subsidies(0.5 * rng.random(n))
        .add_friction(0.3 * rng.random((n, n)))
    )


seeds = st.integers(0, 10_000)
sizes = st.integers(2, 7)
