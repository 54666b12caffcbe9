"""Every measure of shape, by being listed, keeps the promises of indicators."""

from pathlib import Path

import numpy as np
import pytest
import test_indicators as promises

from xenotime.networks import SHAPE

DOCS = (Path(__file__).parents[2] / "docs" / "resilience.md").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize("measure", SHAPE.values(), ids=SHAPE.keys())


@EVERY
def test_is_listed_under_its_name_and_described(measure):
    assert SHAPE[measure.name] is measure
    cells = (measure.title, measure.scope, measure.unit or "–", measure.basis)
    row = f"| `{measure.name}` | {' | '.join(cells)} | {measure.definition} | {measure.paper} |"
    assert row in DOCS, f"docs/resilience.md lacks the row\n{row}"


@EVERY
@pytest.mark.parametrize(
    "promise",
    [
        promises.test_is_within_its_bounds_and_has_its_shape,
        promises.test_labels_do_not_matter,
        promises.test_the_currency_does_not_matter_but_as_declared,
        promises.test_an_empty_network_is_what_is_declared_and_never_a_silent_zero,
        promises.test_a_single_tie_is_measured,
    ],
    ids=lambda promise: promise.__name__.removeprefix("test_"),
)
def test_keeps(measure, promise):
    promise(measure)


@pytest.mark.parametrize("measure", [one for one in SHAPE.values() if one.needs == ("value_kusd",)])
def test_nothing_known_is_nothing_said(measure):
    promises.test_nothing_known_is_nothing_said(measure)


def test_no_name_is_taken_twice():
    from xenotime.networks import INDICATORS

    assert not set(SHAPE) & set(INDICATORS)
    assert np.all([name.isidentifier() for name in SHAPE])
