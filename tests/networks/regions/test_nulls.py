"""The maximum-entropy null: fitted sums are the observed ones, draws keep them, and the ensemble is the random one."""

import numpy as np
import pytest

from xenotime.core import generator
from xenotime.networks.regions.kernels import scaled
from xenotime.networks.regions.nulls import maximum_entropy


def network(n: int, density: float, seed: int = 1) -> np.ndarray:
    random = generator(seed, "null")
    size = random.lognormal(0, 1.2, n)
    weight = (random.random((n, n)) < density) * np.outer(size, size) * random.lognormal(0, 1, (n, n))
    np.fill_diagonal(weight, 0)
    here = (weight.sum(axis=0) + weight.sum(axis=1)) > 0
    return weight[np.ix_(here, here)]


@pytest.mark.parametrize(("n", "density"), [(12, 0.5), (60, 0.1), (60, 0.02)])
def test_ensemble_expects_what_was_observed(n, density):
    weight = network(n, density)
    found = maximum_entropy(weight)
    tie = weight > 0
    assert found.probability.sum(axis=1) == pytest.approx(tie.sum(axis=1), abs=1e-3)
    assert found.probability.sum(axis=0) == pytest.approx(tie.sum(axis=0), abs=1e-3)
    flow = found.probability * found.mean
    assert flow.sum(axis=1) == pytest.approx(weight.sum(axis=1), abs=1e-5 * weight.sum())
    assert flow.sum(axis=0) == pytest.approx(weight.sum(axis=0), abs=1e-5 * weight.sum())
    assert (np.diag(found.probability) == 0).all()
    assert (found.mean >= 0).all()


def test_a_giant_that_both_exports_and_imports_most_is_fitted():
    """One θ + φ on the diagonal is negative then: a solver of positive θ and φ does not get there."""
    weight = np.ones((8, 8))
    weight[0, :] = 40
    weight[:, 0] = 35
    np.fill_diagonal(weight, 0)
    found = maximum_entropy(weight)
    assert (found.probability * found.mean).sum(axis=1) == pytest.approx(weight.sum(axis=1), rel=1e-4)


def test_draws_keep_exports_imports_and_partners():
    weight = network(40, 0.6)
    found = maximum_entropy(weight)
    random = generator(1, "draws")
    draws = np.stack([found.draw(random) for _ in range(300)])
    assert (np.einsum("kii->ki", draws) == 0).all()
    gaps = np.array([found.unmet(draw) for draw in draws])
    assert np.median(gaps) < 1e-3
    assert gaps.mean() < 0.02
    ties = (draws > 0).sum(axis=2)
    error = ties.std(axis=0) / np.sqrt(300)
    assert (np.abs(ties.mean(axis=0) - (weight > 0).sum(axis=1)) < 5 * error + 1e-9).all()
    assert draws.mean(axis=0).sum(axis=0) == pytest.approx(weight.sum(axis=0), rel=1e-2)


def test_unmet_by_hand():
    found = maximum_entropy(network(10, 0.6))
    assert found.unmet(np.zeros_like(found.mean)) == pytest.approx(0.5)


def test_scaling_by_hand():
    """2 × 2, all ties, exports (3, 1), imports (2, 2): rows share their exports evenly."""
    i, j = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = scaled(i, j, np.ones(4), np.array([3.0, 1.0]), np.array([2.0, 2.0]), 100, 1e-12)
    assert found == pytest.approx([1.5, 1.5, 0.5, 0.5])


def test_a_sparse_network_of_one_possible_form_is_itself():
    weight = np.zeros((4, 4))
    weight[0, 1:] = [5.0, 2.0, 1.0]
    found = maximum_entropy(weight)
    assert found.draw(generator(1, "x")) == pytest.approx(weight, rel=1e-3)
