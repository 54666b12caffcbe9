"""The page's table of measures is the registry's, and so is the table of methods of communities."""

from pathlib import Path

import pytest

from xenotime.networks import COMMUNITY_METHODS, REGION_MEASURES

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("measure", REGION_MEASURES.values(), ids=REGION_MEASURES)
def test_measure_stands_in_the_docs(measure):
    way = {1: "higher", -1: "lower", 0: "–"}[measure.more_regional]
    row = (
        f"| `{measure.name}` | {measure.title} | {measure.unit or '–'} | {measure.definition} "
        f"| {'yes' if measure.tested else 'no'} | {way} | {measure.paper} |"
    )
    assert row in (DOCS / "regionalisation.md").read_text(encoding="utf-8").splitlines()
    assert REGION_MEASURES[measure.name] is measure


@pytest.mark.parametrize("method", COMMUNITY_METHODS.values(), ids=COMMUNITY_METHODS)
def test_method_stands_in_the_docs(method):
    row = f"| `{method.name}` | {method.formula} | {method.paper} |"
    assert row in (DOCS / "communities.md").read_text(encoding="utf-8").splitlines()
    assert COMMUNITY_METHODS[method.name] is method
