"""The penalised fit of exporter and importer effects against margins computed by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xenotime.pipeline.world.flows import fit, headings


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 9))
def test_margins_that_the_ties_can_carry_are_met(seed, n):
    random = np.random.default_rng(seed)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    true = np.exp(random.normal(0, 1, len(i)) + random.normal(0, 0.7, n)[i] + random.normal(0, 0.7, n)[j])
    exports, imports = np.bincount(i, true), np.bincount(j, true)
    g = fit(i, j, random.normal(0, 0.5, len(i)), exports, imports, np.full(len(i), np.nan))
    # the penalty of 0.01 on effects of a few units leaves gaps of a few per cent
    np.testing.assert_allclose(np.bincount(i, g), exports, rtol=0.12)
    np.testing.assert_allclose(np.bincount(j, g), imports, rtol=0.12)
    assert (g > 0).all()


def test_a_known_flow_is_drawn_to_its_value():
    i, j = np.nonzero(~np.eye(4, dtype=bool))
    known = np.full(len(i), np.nan)
    known[0] = 60.0
    g = fit(i, j, np.zeros(len(i)), np.array([100.0, 50, 50, 50]), np.array([50.0, 90, 60, 50]), known)
    assert g[0] == pytest.approx(60, rel=0.05)


def test_a_target_that_no_tie_can_carry_stays_a_residual():
    """Two countries, one tie: the exporter's 100 cannot be met while the importer takes 10; nothing runs away."""
    g = fit(np.array([0]), np.array([1]), np.zeros(1), np.array([100.0, 0]), np.array([0.0, 10]), np.array([np.nan]))
    assert np.isfinite(g).all()
    assert 9 < g[0] < 101


def test_headings_follow_the_origin():
    rows = [
        ("284690", "upstream", ["MMR"], None, None, None),
        ("284690", "midstream", None, ["MMR"], None, None),
        ("280530", "midstream", None, None, None, 2010),
    ]
    assert headings("upstream", "MMR", 2020, rows) == {"284690": 1.0}
    assert headings("upstream", "CHN", 2020, rows) == {}
    split = headings("midstream", "CHN", 2005, rows)
    assert split == pytest.approx({"284690": 0.6 / 0.85, "280530": 0.25 / 0.85})
    assert headings("midstream", "CHN", 2011, rows) == {"284690": 1.0}
