"""Consensus of runs, stability, likeness of partitions: by hand, by trying all, against igraph."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xenotime.networks.communities.consensus import co_assignment, consensus, stability
from xenotime.networks.communities.quality import adjusted_rand

igraph = pytest.importorskip("igraph", reason="igraph is an oracle, in the extra 'oracles'")

RUNS = np.array([[0, 0, 0, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1], [2, 2, 2, 0, 0]])


def test_by_hand():
    together = co_assignment(RUNS)
    assert together[0].tolist() == [1, 1, 0.75, 0, 0]
    assert together[2].tolist() == [0.75, 0.75, 1, 0.25, 0.25]
    label = consensus(together, RUNS)
    assert label.tolist() == [0, 0, 0, 1, 1]
    sure = stability(together, label)
    # Country 0 with 1 (always) and 2 (three in four); country 2 keeps 2 × ¾ of 2 and meets 3 and 4 a quarter each.
    assert sure[0] == pytest.approx(1.75 / 2)
    assert sure[2] == pytest.approx(1.5 / 2.5)
    assert sure[3] == pytest.approx(1 / 1.25)


def test_runs_that_agree_are_wholly_stable():
    runs = np.array([[0, 1, 0, 2], [1, 0, 1, 2]])
    together = co_assignment(runs)
    assert stability(together, consensus(together, runs)).tolist() == [1, 1, 1, 1]


@given(arrays(np.int64, (5, 6), elements=st.integers(0, 2)))
def test_no_run_and_no_single_move_contradicts_the_runs_less(labels):
    def contradictions(label):
        same = label[:, None] == label
        return sum((same != (run[:, None] == run)).sum() for run in labels)

    found = consensus(co_assignment(labels), labels)
    ours = contradictions(found)
    assert ours <= min(contradictions(run) for run in labels)
    for i in range(6):
        for c in range(7):
            moved = found.copy()
            moved[i] = c
            assert ours <= contradictions(moved)


@given(arrays(np.int64, 12, elements=st.integers(0, 3)), arrays(np.int64, 12, elements=st.integers(0, 3)))
def test_adjusted_rand_is_igraphs(one, other):
    if len(set(one)) in {1, 12} and len(set(other)) in {1, 12}:
        return  # nothing to adjust: conventions differ
    wanted = igraph.compare_communities(one.tolist(), other.tolist(), method="adjusted_rand")
    assert adjusted_rand(one, other) == pytest.approx(wanted, abs=1e-12)
    assert adjusted_rand(one, one) == 1
