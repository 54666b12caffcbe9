"""Every indicator, by being listed, keeps these promises."""

from pathlib import Path

import numpy as np
import pytest

from xenotime.networks import INDICATORS

DOCS = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize("indicator", INDICATORS.values(), ids=INDICATORS.keys())
LAYERS = 60
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def layers():
    """Sixty stage-years: zeros, equal values, values far apart, unknown cells and masses, ties among the flows."""
    rng = np.random.default_rng(8)
    for _ in range(LAYERS):
        n = int(rng.integers(2, 8))
        value = rng.choice([0.0, 0.0, 0.0, 1.0, 2.5, 40.0, 1e3, 1e6], (n, n))
        value[rng.random((n, n)) < rng.choice([0.0, 0.1, 0.5])] = np.nan
        np.fill_diagonal(value, np.nan)
        mass = value * rng.choice([0.05, 0.1, 2.0, np.nan], (n, n))
        yield layer(value, mass, (value > 0) & (rng.random((n, n)) < rng.choice([0.3, 1.0])))


def layer(value, mass, ties):
    arrays = {"ties": ties, "known": ~np.isnan(value), "value_kusd": value, "quantity_t": mass}
    for array in arrays.values():
        array.setflags(write=False)  # an indicator that writes into its arguments fails here
    return arrays


def nothing(n=5):
    value = np.zeros((n, n))
    np.fill_diagonal(value, np.nan)
    return layer(value, value.copy(), np.zeros((n, n), dtype=bool))


def measure(indicator, arrays):
    return np.asarray(indicator.function(*(arrays[need] for need in indicator.needs)), dtype=float)


def in_bounds(indicator, found):
    low, high = indicator.bounds
    defined = found[~np.isnan(found)]
    assert np.isfinite(defined).all()
    assert (defined >= low - 1e-9).all()
    assert (defined <= high + 1e-9).all()


@EVERY
def test_is_listed_under_its_name_and_described(indicator):
    assert INDICATORS[indicator.name] is indicator
    assert indicator.title
    assert indicator.definition
    assert indicator.paper
    cells = (indicator.title, indicator.scope, indicator.unit or "–", indicator.basis)
    row = f"| `{indicator.name}` | {' | '.join(cells)} | {indicator.definition} | {indicator.paper} |"
    assert row in DOCS, f"docs/networks.md lacks the row\n{row}"


@EVERY
def test_is_within_its_bounds_and_has_its_shape(indicator):
    defined = 0
    for arrays in layers():
        found = measure(indicator, arrays)
        assert found.shape == (() if indicator.scope == "world" else (len(arrays["ties"]),))
        in_bounds(indicator, found)
        defined += int((~np.isnan(found)).any())
    assert defined > LAYERS / 4, "undefined nearly everywhere: nothing was tested"


@EVERY
def test_labels_do_not_matter(indicator):
    rng = np.random.default_rng(9)
    for arrays in layers():
        order = rng.permutation(len(arrays["ties"]))
        swapped = {name: array[np.ix_(order, order)] for name, array in arrays.items()}
        before, after = measure(indicator, arrays), measure(indicator, swapped)
        np.testing.assert_allclose(after, before if indicator.scope == "world" else before[order], **CLOSE)


@EVERY
def test_the_currency_does_not_matter_but_as_declared(indicator):
    for arrays in layers():
        other = {**arrays, "value_kusd": arrays["value_kusd"] * 7.3}
        wanted = measure(indicator, arrays) * 7.3**indicator.homogeneity
        np.testing.assert_allclose(measure(indicator, other), wanted, **CLOSE)


@EVERY
def test_an_empty_network_is_what_is_declared_and_never_a_silent_zero(indicator):
    wanted = np.nan if indicator.empty is None else indicator.empty
    found = measure(indicator, nothing())
    np.testing.assert_array_equal(found, np.full(found.shape, wanted))


@EVERY
def test_a_single_tie_is_measured(indicator):
    value = np.zeros((5, 5))
    value[3, 1] = 12.0
    np.fill_diagonal(value, np.nan)
    found = measure(indicator, layer(value, value / 4, value > 0))
    in_bounds(indicator, found)
    if indicator.scope == "country":  # the three countries outside are alike
        np.testing.assert_allclose(found[[0, 2]], found[[4, 4]], rtol=1e-12)


@pytest.mark.parametrize(
    "indicator", [one for one in INDICATORS.values() if "value_kusd" in one.needs and "ties" not in one.needs]
)
def test_nothing_known_is_nothing_said(indicator):
    """With every pair unknown, whatever rests on all trade is undefined."""
    value = np.full((4, 4), np.nan)
    found = measure(indicator, layer(value, value.copy(), np.zeros((4, 4), dtype=bool)))
    assert np.isnan(found).all()
