"""Every term of TERMS: its kernel against its definition, by brute force; a term listed there is tested here.

For each example spelling, on random graphs: the change statistics of every dyad equal statistic(with) − statistic
(without); they do not depend on the labels of nodes; summed along any path from the empty graph they give s(y) − s(∅);
and they stay right while the graph is toggled, as a sampler does it.
"""

import numpy as np
import pytest

from xenotime.tergm import TERMS, Panel, change_statistics, model_of
from xenotime.tergm.graph import COUNTS, graph_of
from xenotime.tergm.state import change, flip

N = 9


def small_panel(directed, seed=3, n=N, density=0.3):
    rng = np.random.default_rng(seed)
    ties = (rng.random((4, n, n)) < density).astype(float)
    w = rng.normal(size=(4, n, n))
    if not directed:
        ties = np.triu(ties, 1) + np.triu(ties, 1).transpose(0, 2, 1)
        w = w + w.transpose(0, 2, 1)
    return Panel.from_arrays(
        ties,
        directed=directed,
        node_covariates={"x": rng.normal(size=(4, n)), "group": ["abc"[place % 3] for place in range(n)]},
        dyad_covariates={"w": w},
    )


def kinds(term):
    return {"any": (True, False), "directed": (True,), "undirected": (False,)}[term.direction]


def usable(spelling, directed):
    return directed or not any(kind in spelling for kind in ("ITP", "RTP", "OSP", "ISP"))


CASES = [
    pytest.param(spelling, directed, id=f"{spelling}-{'directed' if directed else 'undirected'}")
    for term in TERMS.values()
    for spelling in term.examples
    for directed in kinds(term)
    if usable(spelling, directed)
]
SOME = ["edges", "mutual", "gwesp(0.5, fixed=TRUE)", "gwesp(0.3, fixed=TRUE, type='RTP')", "isolates", "memory('loss')"]
CASES += [
    pytest.param(f"{operator}({spelling})", True, id=f"{operator}-{spelling}")
    for operator in ("Form", "Persist")
    for spelling in SOME
]
CASES += [
    pytest.param("mutual:timecov(transform='square')", True),
    pytest.param("offset(gwidegree(0.5), 2):time", True),
]


@pytest.fixture(scope="module")
def panels():
    return {directed: small_panel(directed) for directed in (True, False)}


def dyads(panel):
    return [(i, j) for i in range(N) for j in range(N) if (i != j if panel.directed else i < j)]


def with_tie(ties, i, j, value, directed):
    changed = ties.copy()
    changed[i, j] = value
    if not directed:
        changed[j, i] = value
    return changed


def test_every_term_has_an_example_and_a_description():
    for spelling, term in TERMS.items():
        assert term.examples, spelling
        assert all(spelling in example for example in term.examples)
        assert term.__doc__


@pytest.mark.parametrize(("spelling", "directed"), CASES)
def test_change_is_statistic_with_minus_without(panels, spelling, directed):
    panel = panels[directed]
    model = model_of(spelling, panel)
    step = model.steps[0]
    found = change_statistics(spelling, panel, panel.years[step])
    ties = panel.slice(step).ties.astype(float)
    for i, j in dyads(panel):
        expected = model.statistic(step, with_tie(ties, i, j, 1, directed)) - model.statistic(
            step, with_tie(ties, i, j, 0, directed)
        )
        np.testing.assert_allclose(found[i, j], expected, atol=1e-9, err_msg=f"{spelling} {i}→{j}")


@pytest.mark.parametrize(("spelling", "directed"), CASES)
def test_changes_along_a_path_sum_to_the_statistic(panels, spelling, directed):
    """Start empty, toggle at random (ties come and go), end at the observed graph: s(y) − s(∅), term by term."""
    panel = panels[directed]
    model = model_of(spelling, panel)
    step = model.steps[-1]
    bound = model.bind(step, ties=np.zeros((N, N)))
    rng = np.random.default_rng(8)
    target = panel.slice(step).ties
    present = np.zeros((N, N), bool)
    detour = [dyads(panel)[place] for place in rng.integers(0, len(dyads(panel)), 60)]
    total, out = np.zeros(len(model.names)), np.empty(len(model.names))
    moves = [(i, j, True) for i, j in detour] + [(i, j, False) for i, j in rng.permutation(dyads(panel))]
    for i, j, always in moves:
        if not always and present[i, j] == target[i, j]:
            continue
        change(bound.state, i, j, out)
        total += -out if present[i, j] else out
        flip(bound.state, i, j)
        present[i, j] = not present[i, j]
    np.testing.assert_array_equal(bound.ties(), target)
    expected = model.statistic(step) - model.statistic(step, np.zeros((N, N)))
    np.testing.assert_allclose(total, expected, atol=1e-8)


@pytest.mark.parametrize(("spelling", "directed"), CASES)
def test_labels_do_not_matter(panels, spelling, directed):
    panel = panels[directed]
    if spelling in {"sender", "sociality", "receiver(nodes=TRUE)"}:
        pytest.skip("one coefficient a node: named by label, ordered by place")
    order = np.random.default_rng(5).permutation(N)
    shuffled = Panel.from_arrays(
        panel.ties[:, order][:, :, order],
        directed=directed,
        node_covariates={name: values[:, order] for name, values in panel.node_covariates.items()},
        dyad_covariates={"w": panel.dyad_values("w")[:, order][:, :, order]},
    )
    step = model_of(spelling, panel).steps[0]
    before = change_statistics(spelling, panel, panel.years[step])
    after = change_statistics(spelling, shuffled, panel.years[step])
    np.testing.assert_allclose(after, before[order][:, order], atol=1e-9)


@pytest.mark.parametrize("directed", [True, False])
def test_the_graph_stays_whole_under_toggling(directed):
    """Every field after 200 toggles equals a graph made afresh."""
    rng = np.random.default_rng(1)
    graph = graph_of(np.zeros((N, N)), directed=directed, needs=COUNTS if directed else ("otp",))
    ties = np.zeros((N, N))
    from xenotime.tergm.graph import ties_of, toggle

    for _ in range(200):
        i, j = sorted(rng.choice(N, 2, replace=False)) if not directed else rng.choice(N, 2, replace=False)
        toggle(graph, i, j)
        ties = with_tie(ties, i, j, 1 - ties[i, j], directed)
    np.testing.assert_array_equal(ties_of(graph), ties)
    out, into, listed, counts = fields(graph)
    np.testing.assert_array_equal([len(each) for each in out], ties.sum(axis=1))
    assert [set(each) for each in out] == [set(np.flatnonzero(row)) for row in ties]
    assert [set(each) for each in into] == [set(np.flatnonzero(row)) for row in ties.T]
    where = ties if directed else np.triu(ties)
    assert sorted(listed) == sorted((i * N + j) for i, j in np.argwhere(where))
    expected = {
        "otp": ties @ ties,
        "osp": ties @ ties.T,
        "isp": ties.T @ ties,
        "rtp": (ties * ties.T) @ (ties * ties.T),
    }
    for kind, found in zip(COUNTS, counts, strict=True):
        if found.size:
            wanted = expected[kind].copy()
            np.fill_diagonal(wanted, 0)
            np.testing.assert_array_equal(found, wanted)


def fields(graph):
    from numba import njit

    @njit
    def read(g):
        out = [g.out_list[i, : g.out_degree[i]].copy() for i in range(g.n)]
        into = [g.in_list[i, : g.in_degree[i]].copy() for i in range(g.n)]
        return out, into, g.tie_list[: g.size[0]].copy(), (g.otp, g.osp, g.isp, g.rtp)

    return read(graph)
