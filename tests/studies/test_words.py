"""The sentences of the trade study, against a cube small enough to read by eye."""

import numpy as np
import pytest
import xarray as xr

from xenotime.core import Provenance
from xenotime.schema import Status
from xenotime.studies import words


def cube(values, years=(2002, 2023), status=None):
    """Stage magnets; CHN, JPN, DEU; `values` is (year, exporter, importer) in kUSD."""
    values = np.array(values, dtype=float)[None]
    for i in range(3):
        values[..., i, i] = np.nan
    if status is None:
        status = np.zeros(values.shape, dtype=np.int8)
        status[..., range(3), range(3)] = Status.OWN
    axes = ("stage", "year", "exporter", "importer")
    names = ["CHN", "JPN", "DEU"]
    return xr.Dataset(
        {"value_kusd": (axes, values), "status": (axes, status)},
        coords={"stage": ["magnets"], "year": list(years), "exporter": names, "importer": names},
        attrs={"warnings": ["850511 holds every metal magnet"], "staging": "x", "reconstructed": False},
    )


TITLES = {"magnets": "Permanent magnets"}
#        to   CHN JPN DEU    2002: Japan ships 3 of 4 m;  2023: China ships 8 of 10 bn
OLD = [[0, 500, 500], [1000, 0, 2000], [0, 0, 0]]
NEW = [[0, 2e6, 6e6], [5e5, 0, 1e6], [5e5, 0, 0]]


def test_the_headline_counts_shares_and_dependent_importers():
    said = words.headline(cube([OLD, NEW]), TITLES, reconstructed=False)
    assert said == (
        "China shipped 80 % of the world's exports of permanent magnets in 2023 ($8.0 bn of $10.0 bn), against 25 % in "
        "2002; 2 of the 3 countries that import at least $1 m took more than half of theirs from it."
    )
    assert words.headline(cube([OLD, NEW]), TITLES, reconstructed=True).startswith("In the reconstructed world")


def tied(data, rule="import_share", **parameters):
    """Every flow a tie, by the rule named."""
    return (data["value_kusd"].fillna(0) > 0).rename("tie").assign_attrs(rule=rule, parameters=parameters)


def test_findings_give_leaders_concentration_and_dependence():
    data = cube([OLD, NEW])
    said = words.findings(data, tied(data, minimum_share=0.05), TITLES)
    # HHI 2002: .25² + .75² = .625; 2023: .8² + .15² + .05² = .665
    assert "China 80 %, Japan 15 %, Germany 5.0 %" in said[0]
    assert "rose from 0.62 to 0.67" in said[0] or "rose from 0.63 to 0.67" in said[0]
    # suppliers per importer: 2002 CHN 1, JPN 1, DEU 2; 2023 CHN 2, JPN 1, DEU 2; shares of main: .5, 1, 6/7
    assert "median importer of permanent magnets took 86 % of its imports" in said[1]
    assert "at least 5 % of a country's imports numbered 1.7 on average (1.3 in 2002)" in said[1]


def test_a_rule_that_fixes_the_number_of_suppliers_is_not_quoted_for_it():
    data = cube([OLD, NEW])
    assert "suppliers of at least" not in words.findings(data, tied(data, "top_k", k=2), TITLES)[1]


def test_an_extract_is_not_the_world():
    status = np.zeros((1, 2, 3, 3), dtype=np.int8)
    status[0, 0, 0, 1] = Status.CUT
    assert words.scope(cube([OLD, NEW], status=status)) == "the exports in these data"


def test_caveats_tell_cuts_baskets_and_what_the_rule_lacked():
    status = np.zeros((1, 2, 3, 3), dtype=np.int8)
    status[..., range(3), range(3)] = Status.OWN
    status[0, 0, 0, 1] = Status.CUT
    data = cube([OLD, NEW], status=status).assign_attrs(reconstructed=True)
    sources = [Provenance("mine", "v1", note="only what was declared")]
    said = " ".join(words.caveats(data, ["a rule needs small flows"], sources))
    assert "Reconstructed, not observed" in said
    assert "mine v1: only what was declared" in said
    assert "an extract" in said
    assert "a rule needs small flows" in said
    assert "850511 holds every metal magnet" in said


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.004, "0.4 %"), (0.0994, "9.9 %"), (0.625, "62 %"), (1, "100 %")]
)
def test_shares_are_whole_per_cent_where_honest(share, text):
    assert words.percent(share) == text


def test_dollars():
    assert (words.dollars(5_760_000), words.dollars(410_000)) == ("$5.8 bn", "$410 m")
