"""Blocs: sane dates for every spell, and members typed by hand from the treaties."""

from datetime import date

import polars as pl
import pytest

from xenotime import reference
from xenotime.core import InputError


def test_every_spell_is_sane():
    blocs = reference.blocs()
    assert set(blocs["iso3"]) <= set(reference.countries()["iso3"])
    for column in ("bloc", "title", "kind", "date_means", "joined", "source"):
        assert blocs[column].null_count() == 0
    assert set(blocs["kind"]) == {"alliance", "trade agreement", "economic union", "forum"}
    ended = blocs.drop_nulls("left")
    assert (ended["left"] > ended["joined"]).all()
    assert blocs["joined"].is_between(date(1946, 1, 1), date(2026, 12, 31)).all()
    assert blocs.select("bloc", "iso3", "joined").is_unique().all()
    for column in ("title", "kind", "date_means", "source"):
        assert (blocs.group_by("bloc").agg(pl.col(column).n_unique())[column] == 1).all()


def test_the_blocs_the_studies_need_are_there():
    wanted = {"EU", "NATO", "Quad", "Five Eyes", "MSP", "RCEP", "CPTPP", "SCO", "BRICS", "EAEU", "ASEAN", "USMCA"}
    assert wanted <= set(reference.blocs()["bloc"])


@pytest.mark.parametrize(
    ("bloc", "year", "count"),
    [
        ("EU", 1995, 15), ("EU", 2003, 15), ("EU", 2004, 25), ("EU", 2007, 27), ("EU", 2013, 28), ("EU", 2019, 28),
        ("EU", 2020, 27), ("NATO", 1998, 16), ("NATO", 2004, 26), ("NATO", 2022, 30), ("NATO", 2024, 32),
        ("ASEAN", 1999, 10), ("ASEAN", 2024, 10), ("BRICS", 2011, 5), ("BRICS", 2024, 9), ("CPTPP", 2018, 6),
        ("CPTPP", 2023, 11), ("RCEP", 2021, 0), ("RCEP", 2023, 14), ("SCO", 2017, 8), ("OECD", 2021, 38),
        ("G7", 2000, 7), ("AU", 2017, 55), ("EAEU", 2015, 5), ("USMCA", 2019, 0), ("NAFTA", 2019, 3),
        ("NAFTA", 2020, 0), ("USMCA", 2020, 3), ("Five Eyes", 2000, 5), ("Quad", 2018, 4), ("GCC", 2000, 6),
    ],
)  # fmt: skip
def test_number_of_members(bloc, year, count):
    assert len(reference.members(bloc, year)) == count


def test_members_are_sorted_and_the_uk_left():
    assert reference.members("AUKUS", 2022) == ("AUS", "GBR", "USA")
    assert "GBR" in reference.members("EU", 2019)
    assert "GBR" not in reference.members("EU", 2020)
    assert "FIN" in reference.members("nato", 2023)
    assert "SWE" not in reference.members("NATO", 2023)


def test_unknown_bloc_names_the_known_ones():
    with pytest.raises(InputError, match="Warsaw Pact") as caught:
        reference.members("Warsaw Pact", 1980)
    assert "NATO" in str(caught.value)
