"""Who is meant: countries, dated blocs, rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from xenotime.core import InputError
from xenotime.markets import Market
from xenotime.scenarios.parties import Party, Setting

NAMES = ("CHN", "DEU", "FRA", "GBR", "JPN", "USA")


def who(words, year=2022, names=NAMES, **more):
    return Party.model_validate(words).resolve(Setting(year=year, names=names, **more))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("CHN", ("CHN",)),
        ("JPN, CHN", ("CHN", "JPN")),
        (["USA", "EU"], ("DEU", "FRA", "USA")),
        ("all", NAMES),
        ("all but CHN, EU", ("GBR", "JPN", "USA")),
        ("eu but DEU", ("FRA",)),
        ({"of": "EU", "year": 2018}, ("DEU", "FRA", "GBR")),
        ({"of": ["all"], "but": "EU, USA"}, ("CHN", "GBR", "JPN")),
        ("MMR, JPN", ("JPN",)),
    ],
)
def test_words(words, found):
    assert who(words) == found


def test_blocs_are_dated():
    assert who("EU", 2018) == ("DEU", "FRA", "GBR")
    assert who("EU", 2022) == ("DEU", "FRA")
    with pytest.raises(InputError, match="MSP had no members in 2015") as problem:
        who("MSP", 2015)
    assert "began in 2022" in str(problem.value)


def test_a_region_of_the_market_is_meant_by_its_own_name():
    assert who("EU, USA", names=("CHN", "EU", "USA")) == ("EU", "USA")


def test_the_largest_are_counted_after_leaving_out():
    flows = np.array([[9.0, 50.0, 10.0], [30.0, 0.0, 0.0], [5.0, 20.0, 99.0]])
    market = Market.from_arrays(flows, names=("CHN", "JPN", "USA"))
    there = {"names": market.names, "market": market}
    assert who("top 1 exporters", **there) == ("CHN",)  # 60; own trade of 9 not counted
    assert who("top 2 exporters", **there) == ("CHN", "JPN")  # 30 before 25
    assert who("top 1 exporters but CHN", **there) == ("JPN",)
    assert who("top 1 importers", **there) == ("JPN",)  # 70
    assert who("all but top 1 exporters", **there) == ("JPN", "USA")
    with pytest.raises(InputError, match="depends on the market"):
        who("top 1 exporters")


def test_members_is_a_word_of_blocs():
    assert who("all but members", members=("CHN", "JPN")) == ("DEU", "FRA", "GBR", "USA")
    with pytest.raises(InputError, match="means nobody"):
        who("members")


def test_nobody_left_and_ended_states_are_refused():
    with pytest.raises(InputError, match=r"nobody of Myanmar is in the market of 2022"):
        who("MMR")
    with pytest.raises(InputError, match="did not exist in 2022"):
        who("SUN")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("China", "CHN (China)"),
        ("CHM", "CHN (China)"),
        ("Nato allies", "NATO"),
        ("qqqqqq", "use ISO3 codes"),
        (["all but CHN"], "not in a list"),
        ("UK", "GBR"),
        ("mercosure", "Mercosur"),
    ],
)
def test_unknown_words_get_the_nearest(words, remedy):
    with pytest.raises(ValidationError) as problem:
        Party.model_validate(words)
    error = problem.value.errors()[0]
    assert "unknown country, bloc or rule" in error["msg"]
    assert remedy in error["ctx"]["remedy"]


@given(
    st.lists(st.sampled_from(["CHN", "EU", "top 3 exporters", "all", "Five Eyes"]), min_size=1, unique=True),
    st.lists(st.sampled_from(["USA", "MSP", "JPN"]), unique=True),
    st.none() | st.integers(1995, 2030),
)
def test_written_words_mean_the_same(of, but, year):
    party = Party(of=tuple(of), but=tuple(but), year=year)
    adapter = TypeAdapter(Party)
    assert adapter.validate_python(adapter.dump_python(party, mode="json")) == party


def test_plain_words():
    assert Party.model_validate("all but CHN, EU").describe() == "all countries but China and the EU"
    assert Party.model_validate({"of": "EU", "year": 2018}).describe() == "the EU (as of 2018)"
