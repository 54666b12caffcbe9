"""Every dependence rule, by being listed, keeps these promises."""

from pathlib import Path

import numpy as np
import pytest

from xenotime.networks import RULES

DOCS = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")


def defaults(rule):
    return {name: np.array([parameter.default])[:, None, None] for name, parameter in rule.parameters.items()}


def some_flow(seed, n=9):
    rng = np.random.default_rng(seed)
    flow = np.where(rng.random((n, n)) < 0.5, np.exp(rng.normal(6, 3, (n, n))), 0.0)
    np.fill_diagonal(flow, 0.0)
    return flow[None, None]


@pytest.fixture(params=RULES.values(), ids=RULES.keys())
def rule(request):
    return request.param


def test_is_listed_under_its_name_and_described(rule):
    assert RULES[rule.name] is rule
    assert rule.title
    assert rule.formula
    assert rule.source
    assert rule.measure in ("value_kusd", "quantity_t")
    for parameter in rule.parameters.values():
        assert parameter.low <= parameter.default <= parameter.high
        assert parameter.unit
        assert parameter.doc
    given = "; ".join(f"`{name}` = {one.default:g} {one.unit}" for name, one in rule.parameters.items())
    suffices = "no" if rule.needs_small_flows else "yes"
    row = f"| `{rule.name}` | {rule.formula} | {given} | {suffices} | {rule.source} | {rule.note} |"
    assert row in DOCS, f"docs/networks.md lacks the row\n{row}"


@pytest.mark.parametrize("seed", range(5))
def test_ties_are_flows(rule, seed):
    flow = some_flow(seed)
    ties = rule.compute(flow, **defaults(rule))
    assert ties.dtype == bool
    assert ties.shape == flow.shape
    assert not (ties & (flow == 0)).any()
    assert ties.any()


def test_nothing_traded_gives_no_tie(rule):
    assert not rule.compute(np.zeros((2, 3, 4, 4)), **defaults(rule)).any()


@pytest.mark.parametrize("seed", range(5))
def test_labels_do_not_matter(rule, seed):
    flow = some_flow(seed)
    order = np.random.default_rng(seed + 100).permutation(flow.shape[-1])
    swapped = np.ix_([0], [0], order, order)
    np.testing.assert_array_equal(
        rule.compute(flow[swapped], **defaults(rule)), rule.compute(flow, **defaults(rule))[swapped]
    )


@pytest.mark.parametrize("seed", range(5))
def test_stages_and_years_do_not_touch_each_other(rule, seed):
    one, other = some_flow(seed), some_flow(seed + 50)
    both = np.concatenate([np.concatenate([one, other], axis=1), np.concatenate([other, one], axis=1)], axis=0)
    ties = rule.compute(both, **defaults(rule))
    np.testing.assert_array_equal(ties[0, 0], rule.compute(one, **defaults(rule))[0, 0])
    np.testing.assert_array_equal(ties[1, 0], rule.compute(other, **defaults(rule))[0, 0])
    np.testing.assert_array_equal(ties[1, 1], ties[0, 0])


def test_flows_are_left_as_they_were(rule):
    flow = some_flow(1)
    flow.setflags(write=False)
    rule.compute(flow, **defaults(rule))


@pytest.mark.parametrize("name", [name for name in RULES if not name.endswith("_threshold")])
def test_shares_and_ranks_do_not_depend_on_the_currency(name):
    rule = RULES[name]
    flow = some_flow(2)
    np.testing.assert_array_equal(rule.compute(flow * 1024.0, **defaults(rule)), rule.compute(flow, **defaults(rule)))
