"""Formulas: R's spelling and Python objects say the same; what is not understood is named with its place."""

import pytest
from tergm_panels import random_panel

from xenotime.core import InputError
from xenotime.tergm import Form, Offset, Persist, Times, model_of, parse
from xenotime.tergm.terms import edgecov, edges, gwesp, idegree, memory, mutual, nodematch, timecov


def test_strings_and_objects_are_the_same():
    text = (
        "nets ~ edges + mutual + gwesp(0.5, fixed=TRUE, type=\"OSP\") + edgecov('w', lag=-1) + idegree(c(1, 3:5))"
        " + nodematch('group', diff = T) + memory(type='loss', lag=2)"
    )
    objects = (
        edges()
        + mutual()
        + gwesp(0.5, type="OSP")
        + edgecov("w", lag=-1)
        + idegree((1, 3, 4, 5))
        + nodematch("group", diff=True)
        + memory("loss", lag=2)
    )
    assert parse(text) == objects


def test_operators_apply_to_each_term_of_a_sum():
    assert parse("Form(~edges + mutual) + Persist(~edges)").terms == (Form(edges()), Form(mutual()), Persist(edges()))
    assert parse("offset(edgecov('w'), -Inf)").terms == (Offset(edgecov("w"), float("-inf")),)
    assert parse("(edges + mutual):time").terms == (Times(edges(), timecov()), Times(mutual(), timecov()))


def test_names_are_readable():
    formula = (
        "edges + edgecov('w', lag=1) + edgecov('w', lag=-1) + memory('stability') + memory('stability', lag=2)"
        " + Form(~mutual) + mutual:timecov(minimum=2) + offset(nodecov('x'), 1) + timecov('w') + nodeicov('x')"
    )
    assert model_of(formula, random_panel(years=5)).names == (
        "edges", "edgecov.w.lag1", "edgecov.w.lead1", "memory.stability", "memory.stability.lag2", "Form~mutual",
        "mutual:timecov.from2", "offset(nodecov.x)", "timecov.w", "nodeicov.x",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "match"),
    [
        ("edges + gwespp(0.5)", "'gwespp' is not a term.*\n.*gwesp"),
        ("edges +", "expected a term"),
        ("edges mutual", "'mutual' has no meaning here"),
        ("gwesp(0.5, fixed=FALSE)", "decay that is estimated"),
        ("gwesp(0.5, kind='OTP')", "gwesp does not take kind.*\n.*decay, fixed, type"),
        ("gwesp", "gwesp: .*decay"),
        ("gwesp(0.5, type='XYZ')", "type 'XYZ' is unknown"),
        ("edgecov(w)", "expected a number.*\n.*quotes: 'w'"),
        ("edgecov('v')", "no dyad covariate 'v'.*\n.*w"),
        ("nodecov('group')", "holds categories"),
        ("edges + edges", "edges more than once"),
        ("offset(edges)", "an offset needs its coefficient"),
        ("mutual:edges", "only products with time"),
        ("memory('often')", "type 'often' is unknown.*\n.*stability"),
        ("memory(lag=9)", "no year can be modelled"),
        ("kstar(2)", "defined on undirected networks"),
        ("Form(~Persist(~edges))", "do not nest"),
        ("edges + ; import os", "expected a term"),
        ("__import__('os')", "is not a term"),
    ],
)
def test_errors_say_what_and_where(formula, match):
    from xenotime.tergm import change_statistics

    with pytest.raises(InputError, match=f"(?s){match}"):
        change_statistics(formula, random_panel(), 2003)
