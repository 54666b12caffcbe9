"""Indicators against numbers worked out by hand, on four countries."""

import numpy as np
import pytest

from xenotime.networks import INDICATORS

NAN = float("nan")
# A → B 60 (3 t), A → C 20 (mass unknown), B → A 15 (0.5 t), C → A 5 (0 t); D trades nothing, and D → A is unknown.
VALUE = np.array([[NAN, 60, 20, 0], [15, NAN, 0, 0], [5, 0, NAN, 0], [NAN, 0, 0, NAN]])
MASS = np.array([[NAN, 3, NAN, 0], [0.5, NAN, 0, 0], [0, 0, NAN, 0], [NAN, 0, 0, NAN]])
TIES = np.array([[0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
ARRAYS = {"ties": TIES, "known": ~np.isnan(VALUE), "value_kusd": VALUE, "quantity_t": MASS}

WANTED = {
    "trade_kusd": 100,
    "trade_t": 3.5,
    "mass_coverage": 0.8,
    "unit_value": 75 / 3.5,  # the flow of 0 t has no unit value
    "exports_kusd": [80, 15, 5, 0],
    "imports_kusd": [20, 60, 20, 0],
    "balance_kusd": [60, -45, -15, 0],
    "relative_balance": [0.6, -0.6, -0.6, NAN],
    "export_unit_value": [20, 30, NAN, NAN],
    "import_unit_value": [30, 20, NAN, NAN],
    "ties": 3,
    "density": 3 / 11,
    "unknown_pairs": 1,
    "active_countries": 3,
    "average_degree": 0.75,
    "average_weighted_degree": 95 / 4,
    "reciprocity": 2 / 3,
    # min over both directions: A–B 15 twice, A–C 5 twice; all value but the pair A–D, unknown one way.
    "weighted_reciprocity": 0.4,
    # Ties (out-degree, in-degree): A→B (2, 1), A→C (2, 1), B→A (1, 1): the in-degree does not vary.
    "degree_assortativity": NAN,
    "out_degree": [2, 1, 0, 0],
    "in_degree": [1, 1, 1, 0],
    "degree": [3, 2, 1, 0],
    "out_degree_centrality": [2 / 3, 1 / 3, 0, 0],
    "in_degree_centrality": [1 / 3, 1 / 3, 1 / 3, 0],
    "degree_centrality": [1, 2 / 3, 1 / 3, 0],
    "weighted_out_degree": [80, 15, 0, 0],
    "weighted_in_degree": [15, 60, 20, 0],
    "export_hhi": 0.8**2 + 0.15**2 + 0.05**2,
    "import_hhi": 0.2**2 + 0.6**2 + 0.2**2,
    "export_top1": 0.8,
    "export_top3": 1,
    "export_top5": 1,
    "import_top1": 0.6,
    "import_top3": 1,
    "import_top5": 1,
    "export_share": [0.8, 0.15, 0.05, 0],
    "import_share": [0.2, 0.6, 0.2, 0],
    "supplier_hhi": [0.75**2 + 0.25**2, 1, 1, NAN],
    "market_hhi": [0.75**2 + 0.25**2, 1, 1, NAN],
    "import_dependence": [0.75, 1, 1, NAN],
    "supplier_top3": [1, 1, 1, NAN],
    "supplier_top5": [1, 1, 1, NAN],
    # No triangle, but A has three ties with one reciprocated partner: 2 (3·2 − 2·1) = 8 could be closed.
    # B has two ties, both with A: none could.
    "clustering": [0, NAN, NAN, NAN],
    "average_clustering": 0,
    "weighted_clustering": [0, NAN, NAN, NAN],
    "average_weighted_clustering": 0,
    "average_path_length": (1 + 1 + 1 + 2) / 4,  # A→B, A→C, B→A, B→A→C
    "reachable_share": 4 / 12,
    "closeness_out": [2 / 3 * 2 / 2, 2 / 3 * 2 / 3, NAN, NAN],
    "closeness_in": [1 / 3, 1 / 3, 2 / 3 * 2 / 3, NAN],
    "betweenness": [1 / 6, 0, 0, 0],
    # W + Wᵀ: A–B 75, A–C 20, a star: x_A = 1/√2, leaves in proportion.
    "eigenvector": np.array([1, 75 / np.hypot(75, 20), 20 / np.hypot(75, 20), 0]) / np.sqrt(2),
    # The core is A ⇄ B with ρ = √(60·15) = 30: x_A = x_B 15/30, and C imports from A: x_C = x_A 20/30.
    "eigenvector_importer": np.array([1, 2, 2 / 3, 0]) / np.sqrt(1 + 4 + 4 / 9),
    "eigenvector_exporter": np.array([2, 1, 0, 0]) / np.sqrt(5),
    "hubs": [1, 0, 0, 0],
    "authorities": [0, 0.75, 0.25, 0],
}


@pytest.mark.parametrize("name", WANTED)
def test_by_hand(name):
    indicator = INDICATORS[name]
    found = indicator.function(*(ARRAYS[need] for need in indicator.needs))
    np.testing.assert_allclose(found, WANTED[name], rtol=1e-12, atol=1e-12)


def test_all_are_worked_out_but_the_two_walks():
    """PageRank and CheiRank of four countries are not a sum to do by hand; see test_oracles."""
    assert set(INDICATORS) - set(WANTED) == {"pagerank", "cheirank"}


@pytest.mark.parametrize("name", ["eigenvector_importer", "eigenvector_exporter"])
def test_an_acyclic_network_has_no_directed_eigenvector(name):
    value = np.triu(np.ones((4, 4)), 1)
    assert np.isnan(INDICATORS[name].function(value > 0, value)).all()


@pytest.mark.parametrize("name", ["eigenvector", "eigenvector_importer", "eigenvector_exporter", "hubs", "authorities"])
def test_two_cores_of_one_strength_have_no_leading_eigenvector(name):
    value = np.zeros((4, 4))
    value[[0, 1, 2, 3], [1, 0, 3, 2]] = 1.0
    assert np.isnan(INDICATORS[name].function(value > 0, value)).all()


def test_tonnes_without_any_known_mass_are_unknown():
    value = np.array([[NAN, 1.0], [2.0, NAN]])
    assert np.isnan(INDICATORS["trade_t"].function(value, np.full((2, 2), NAN)))


@pytest.mark.parametrize("name", ["hubs", "authorities"])
def test_leading_vectors_that_rounding_would_choose_are_undefined(name):
    """Singular values 1e6 (1 ± 8e-10): the vector in floating point hangs on the order of labels."""
    value = np.zeros((4, 4))
    value[[0, 1, 2, 2, 3], [3, 0, 1, 3, 2]] = 40, 1e6, 1e6, 1e6, 1e6
    value[2, 1] = 0
    assert np.isnan(INDICATORS[name].function(value > 0, value)).all()
