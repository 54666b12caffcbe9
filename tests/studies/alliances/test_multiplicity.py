"""Adjusted p-values: SciPy's and statsmodels' numbers."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xenotime.core import InputError
from xenotime.studies.alliances.multiplicity import adjusted, benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array)


@given(P_VALUES)
def test_benjamini_hochberg_is_scipys(p):
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), rtol=1e-12)


@given(P_VALUES, st.floats(0.001, 0.999))
def test_holm_rejects_what_its_procedure_rejects(p, level):
    """Step down from the smallest: reject while p ≤ level / (tests left), stop at the first that is not."""
    rejected = np.zeros(len(p), bool)
    for left, place in zip(range(len(p), 0, -1), np.argsort(p, kind="stable")):
        if p[place] * left > level:
            break
        rejected[place] = True
    np.testing.assert_array_equal(holm(p) <= level, rejected)


@pytest.mark.slow  # for the import alone
@given(P_VALUES)
def test_holm_is_statsmodels(p):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    np.testing.assert_allclose(holm(p), multitest.multipletests(p, method="holm")[1], rtol=1e-9, atol=1e-15)


@given(P_VALUES)
def test_holm_is_never_below_benjamini_hochberg_nor_that_below_p(p):
    assert (holm(p) >= benjamini_hochberg(p) - 1e-15).all()
    assert (benjamini_hochberg(p) >= p - 1e-15).all()


def test_missing_ones_count_in_no_family():
    frame = adjusted(pl.DataFrame({"stage": ["a", "b", "c"], "p": [0.01, None, 0.04]}))
    assert frame["p_holm"].to_list() == pytest.approx([0.02, None, 0.04])
    assert frame["p_bh"].to_list() == pytest.approx([0.02, None, 0.04])


def test_what_is_no_p_value_is_refused():
    with pytest.raises(InputError, match="between 0 and 1"):
        holm(np.array([0.5, 1.5]))
