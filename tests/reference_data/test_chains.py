"""Chains: a contract that every shipped one keeps, the rare-earth rules by hand, and what a user's mistakes answer."""

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from xenotime import reference
from xenotime.core import InputError
from xenotime.reference import Select

CHAINS = reference.chains()
STAGINGS = [(name, staging) for name in CHAINS for staging in reference.chain(name).stagings]


def stages_of(chain, staging, hs6, exporter, year):
    """Stages a flow falls into, read straight off the table of selections."""
    found = []
    for row in chain.selects(staging).iter_rows(named=True):
        here = row["hs6"] == hs6
        here &= row["exporters"] is None or exporter in row["exporters"]
        here &= row["except_exporters"] is None or exporter not in row["except_exporters"]
        here &= row["year_from"] is None or row["year_from"] <= year
        here &= row["year_to"] is None or year <= row["year_to"]
        if here:
            found.append(row["stage"])
    return found


def test_the_minerals_that_ship():
    assert set(CHAINS) == {"rare_earths", "cobalt", "lithium", "graphite", "gallium_germanium", "tungsten"}


@pytest.mark.parametrize(("name", "staging"), STAGINGS)
def test_contract(name, staging):
    chain = reference.chain(name)
    assert chain.name == name
    assert chain.default_stages in chain.stagings
    selects = chain.selects(staging)
    assert tuple(dict.fromkeys(selects["stage"])) == chain.stage_names(staging)
    assert set(selects["hs6"]) == set(chain.codes(staging))
    assert set(chain.codes(staging)) <= set(reference.hs_codes()["hs6"])
    assert list(chain.codes(staging)) == sorted(chain.codes(staging))
    for version in reference.HS_VERSIONS:
        assert set(chain.vintage_codes(version, staging)) <= set(chain.codes(staging))
    described = chain.staging(staging)
    assert described.reason
    assert described.source
    for warn in described.warnings:
        assert set(warn.codes) <= set(chain.all_codes())
    for stage in described.stages:
        assert all(select.holds and select.source for select in stage.selects)


@pytest.mark.parametrize(("name", "staging"), STAGINGS)
def test_each_flow_falls_into_at_most_one_stage(name, staging):
    chain = reference.chain(name)
    exporters = ("CHN", "MMR", "LAO", "USA", "AUS", "MDG", "COD", "ZWE", "DEU")
    years = (1995, 2010, 2011, 2015, 2016, 2017, 2018, 2024, 2025)
    for hs6, exporter, year in product(chain.codes(staging), exporters, years):
        assert len(stages_of(chain, staging, hs6, exporter, year)) <= 1, (hs6, exporter, year)


@pytest.mark.parametrize(
    ("hs6", "exporter", "year", "stage"),
    [
        ("284690", "MMR", 2005, "upstream"), ("284690", "MMR", 2023, "upstream"), ("284610", "LAO", 2023, "upstream"),
        ("284690", "USA", 2017, "midstream"), ("284690", "USA", 2018, "upstream"), ("284690", "USA", 2024, "upstream"),
        ("284690", "USA", 2025, "midstream"), ("284690", "AUS", 2010, "midstream"), ("284690", "AUS", 2011, "upstream"),
        ("284690", "MDG", 2018, "upstream"), ("284690", "CHN", 2023, "midstream"), ("284690", "MYS", 2023, "midstream"),
        ("284690", "THA", 2023, "midstream"), ("280530", "MMR", 2023, "midstream"),
        ("850511", "USA", 2020, "downstream"), ("261220", "BRA", 2020, "upstream"),
    ],
)  # fmt: skip
def test_rare_earths_by_origin(hs6, exporter, year, stage):
    assert stages_of(reference.chain("rare_earths"), None, hs6, exporter, year) == [stage]


def test_by_origin_leaves_no_compound_out():
    chain = reference.chain("rare_earths")
    for staging, hs6, exporter, year in product(
        ("by_origin", "fine"), ("284610", "284690"), reference.country_names(), (1995, 2010, 2011, 2018, 2025)
    ):
        assert len(stages_of(chain, staging, hs6, exporter, year)) == 1


def test_rare_earth_stagings():
    chain = reference.chain("rare_earths")
    assert chain.default_stages == "by_origin"
    assert chain.stage_names() == ("upstream", "midstream", "downstream")
    assert chain.stage_names("fine") == ("concentrate", "compound", "metal_alloy", "magnet")
    assert chain.codes("published") == ("253090", "280530", "284610", "284690", "720299", "850511")
    assert "253090" not in chain.codes("by_origin")
    assert "253090" in chain.all_codes()
    texts = {code: warn.text for warn in chain.staging("published").warnings for code in warn.codes}
    assert "$15.3bn" in texts["253090"]
    assert "$12.7bn" in texts["253090"]
    assert {"850511", "720299", "284690"} <= set(texts)


def test_vintages_of_a_chain():
    gallium = reference.chain("gallium_germanium")
    assert gallium.vintage_codes("HS92") == ("282560", "811230", "811291", "811299")
    assert gallium.vintage_codes("HS17") == ("282560", "811292", "811299")
    assert "850760" not in reference.chain("lithium").vintage_codes("HS07")
    with pytest.raises(InputError, match="HS93"):
        gallium.vintage_codes("HS93")


def test_a_chain_does_not_change():
    chain = reference.chain("rare_earths")
    with pytest.raises(ValidationError):
        chain.title = "other"


def test_unknown_names_answer_with_the_known_ones():
    with pytest.raises(InputError, match="unobtainium") as caught:
        reference.chain("unobtainium")
    assert "rare_earths" in str(caught.value)
    with pytest.raises(InputError, match="coarse") as caught:
        reference.chain("rare_earths").selects("coarse")
    assert "by_origin" in str(caught.value)


OWN = """
name: nickel
title: Nickel
commodity: nickel
default_stages: by_product
products:
  - {hs6: "260400", title: Nickel ores and concentrates, source: WCO}
  - {hs6: "282731", title: Magnesium chloride, first_vintage: HS02, last_vintage: HS07, source: WCO}
stagings:
  by_product:
    title: Ore, then chloride
    source: made up for a test
    reason: made up for a test
    stages:
      - name: upstream
        title: Ore
        selects: [{hs6: "260400", holds: ore, source: WCO}]
      - name: midstream
        title: Chloride
        selects: [{hs6: "282731", holds: chloride, years: [2000, 2010], source: WCO}]
"""


def test_a_users_own_chain(tmp_path):
    path = tmp_path / "nickel.yaml"
    path.write_text(OWN, encoding="utf-8")
    for given_as in (path, str(path)):
        chain = reference.chain(given_as)
        assert chain.codes() == ("260400", "282731")
        assert chain.vintage_codes("HS92") == ("260400",)
        assert chain.vintage_codes("HS07") == ("260400", "282731")


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ('hs6: "260400", holds', "hs6: 260400, holds", "stages.0.selects.0.hs6", "string"),
        ('hs6: "260400", holds', 'hs6: "260499", holds', "", "'260499'"),
        ('hs6: "282731", holds: chloride, years: [2000, 2010]', 'hs6: "260400", holds: ore', "", "selected twice"),
        ("first_vintage: HS02", "first_vintage: HS03", "products.1.first_vintage", "HS03"),
        ("first_vintage: HS02", "first_vintage: HS12", "products.1", "backwards"),
        ("years: [2000, 2010]", "years: [2010, 2000]", "selects.0", "backwards"),
        ("holds: ore", "holds: ore, exporters: [ZZZ]", "exporters.0", "'ZZZ'"),
        ("holds: ore", "holds: ore, exporters: [CHN], except_exporters: [USA]", "selects.0", "not both"),
        ("holds: ore", "holds: ore, exporter: [CHN]", "selects.0.exporter", "Extra inputs"),
        ("default_stages: by_product", "default_stages: other", "", "'other'"),
        ("name: midstream", "name: upstream", "stagings.by_product", "same name"),
        ("    reason: made up for a test\n", "", "stagings.by_product.reason", "required"),
        ("stagings:", "stagings: [", "", "not YAML"),
    ],
)
def test_mistakes_name_file_field_and_remedy(tmp_path, old, new, field, message):
    assert old in OWN
    path = tmp_path / "nickel.yaml"
    path.write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        reference.chain(path)
    assert "nickel.yaml" in caught.value.where
    assert field in caught.value.where
    assert message in caught.value.what
    assert caught.value.remedy


def test_a_missing_file_is_the_users_mistake(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        reference.chain(tmp_path / "none.yaml")


NAMES = st.lists(st.sampled_from(["CHN", "USA", "MMR"]), min_size=1, max_size=3, unique=True)
YEARS = st.tuples(st.none() | st.integers(2000, 2004), st.none() | st.integers(2005, 2009))
SELECTS = st.builds(
    lambda who, names, years: Select(hs6="284690", holds="x", source="x", years=years, **({who: names} if who else {})),
    st.sampled_from([None, "exporters", "except_exporters"]),
    NAMES,
    st.none() | YEARS | st.tuples(st.integers(2003, 2004), st.integers(2004, 2006)),
)


@settings(deadline=None)
@given(SELECTS, SELECTS)
def test_two_selections_meet_exactly_when_a_flow_is_in_both(one, two):
    def holds(select, exporter, year):
        first, last = select.years or (None, None)
        return (
            (select.exporters is None or exporter in select.exporters)
            and (select.except_exporters is None or exporter not in select.except_exporters)
            and (first is None or first <= year)
            and (last is None or year <= last)
        )

    flows = product(["CHN", "USA", "MMR", "DEU"], range(1999, 2012))
    assert one.meets(two) == any(holds(one, e, y) and holds(two, e, y) for e, y in flows)


def test_selections_as_a_table():
    table = reference.chain("rare_earths").selects()
    assert table.columns == ["hs6", "stage", "exporters", "except_exporters", "year_from", "year_to"]
    assert table.schema["exporters"] == pl.List(pl.String)
    assert table.schema["year_from"] == pl.Int16
