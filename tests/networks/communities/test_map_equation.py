"""The map equation: flows and description length equal to Infomap's; the search as good as Infomap's."""

import numpy as np
import pytest

from xenotime.core import generator
from xenotime.networks.communities.map_equation import codelength, link_flow
from xenotime.networks.communities.methods import COMMUNITY_METHODS

infomap = pytest.importorskip("infomap")


def hub_trade(n: int, density: float, groups: int, seed: int) -> np.ndarray:
    """Flows mostly within groups; two thirds of the later countries export nothing."""
    random = generator(seed, "hubs", n)
    group = np.arange(n) % groups
    weight = (random.random((n, n)) < density) * random.lognormal(0, 1.5, (n, n))
    weight *= np.where(group[:, None] == group, 1, 0.06)
    weight[n // 2 :][random.random(n - n // 2) < 0.67] = 0
    np.fill_diagonal(weight, 0)
    here = (weight.sum(axis=0) + weight.sum(axis=1)) > 0
    return weight[np.ix_(here, here)]


def run_infomap(weight: np.ndarray, trials: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Codelength, modules and visit rates."""
    search = infomap.Infomap(two_level=True, directed=True, silent=True, num_trials=trials, seed=3)
    for i, j in zip(*np.nonzero(weight)):
        search.add_link(int(i), int(j), float(weight[i, j]))
    found = search.run()
    n = len(weight)
    modules, visits = np.zeros(n, dtype=int), np.zeros(n)
    for node in found.nodes():
        modules[node.node_id], visits[node.node_id] = node.module_id, node.flow
    return found.codelength, modules, visits


@pytest.mark.parametrize(("n", "density", "groups"), [(40, 0.3, 3), (120, 0.1, 6)])
def test_flows_and_codelength_are_infomaps(n, density, groups):
    weight = hub_trade(n, density, groups, 1)
    wanted, modules, visits = run_infomap(weight, 3)
    flow = link_flow(weight)
    assert flow.sum(axis=0) == pytest.approx(visits, abs=1e-10)
    assert codelength(flow, modules) == pytest.approx(wanted, abs=1e-9)
    method = COMMUNITY_METHODS["flow"]
    ours = method.quality(weight, method.search(weight, 1.0, np.arange(20)), 1.0)
    assert -ours.max() <= wanted + 0.002


def test_one_community_costs_the_entropy_of_visits():
    weight = hub_trade(30, 0.3, 2, 2)
    flow = link_flow(weight)
    visit = flow.sum(axis=0)
    visit = visit[visit > 0]
    alone = codelength(flow, np.zeros(len(weight), dtype=int))
    assert alone == pytest.approx(-(visit * np.log2(visit)).sum())


def test_two_pairs_by_hand():
    """Two pairs that trade only with each other, evenly: one bit a step within a pair, no step between."""
    weight = np.zeros((4, 4))
    weight[0, 1] = weight[1, 0] = weight[2, 3] = weight[3, 2] = 1.0
    assert codelength(link_flow(weight), np.array([0, 0, 1, 1])) == pytest.approx(1.0)
    assert codelength(link_flow(weight), np.array([0, 0, 0, 0])) == pytest.approx(2.0)
