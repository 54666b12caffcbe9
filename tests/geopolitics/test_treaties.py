"""Relations and indices of countries: 0, unknown and carried are three things."""

import numpy as np
import polars as pl
import pytest

from xenotime import geopolitics as geo
from xenotime.core import InputError
from xenotime.schema import TABLES


def table(rows, source="atop"):
    return pl.DataFrame([(*row, source, "5.1") for row in rows], schema=TABLES["relations"].dtypes, orient="row")


def both(year, a, b, name, value=1.0):
    return [(year, a, b, name, value), (year, b, a, name, value)]


ROWS = [
    *both(2016, "USA", "JPN", "defence_pact"),
    *both(2017, "CHN", "PRK", "defence_pact"),
    *both(2018, "CHN", "PRK", "neutrality_pact"),
]
AXIS = ["CHN", "HKG", "JPN", "PRK", "USA"]


def test_zero_unknown_and_carried():
    made = geo.relation(table(ROWS), "defence_pact", AXIS, range(2015, 2021), carry="last")
    at = lambda year, i, j: made.sel(year=year, actor=i, target=j).item()  # noqa: E731
    assert at(2016, "JPN", "USA") == 1
    assert at(2016, "CHN", "PRK") == 0  # covered, not listed
    assert at(2018, "CHN", "PRK") == 0  # 2018 is covered by another pact of the source
    assert at(2020, "CHN", "PRK") == 0  # carried from 2018, not from the last year with a pact
    assert made.sel(year=2015).isnull().all()
    assert made.sel(actor="HKG").isnull().all()  # no state of the Correlates of War system
    assert np.isnan(at(2016, "USA", "USA"))
    assert made.attrs["covered_years"] == [2016, 2017, 2018]
    assert made.attrs["carried_years"] == [2019, 2020]
    assert made.attrs["carried_from"] == 2018
    assert made.attrs["missing_years"] == [2015]
    assert "2019-2020 are not observed: values of 2018 are carried on." in made.attrs["choices"]
    assert geo.relation(table(ROWS), "defence_pact", AXIS, [2019]).isnull().all()


def test_carried_values_are_those_of_the_last_year():
    made = geo.relation(table(ROWS), "neutrality_pact", AXIS, [2017, 2018, 2025], carry="last")
    np.testing.assert_array_equal(made.sel(year=2018), made.sel(year=2025))
    assert made.sel(year=2025, actor="PRK", target="CHN").item() == 1


def test_a_state_is_known_from_its_first_year():
    rows = [*both(2005, "SRB", "HRV", "defence_pact"), *both(2006, "SRB", "HRV", "defence_pact")]
    made = geo.relation(table(rows), "defence_pact", ["HRV", "MNE", "SRB"])
    assert made.sel(year=2005, actor="MNE").isnull().all()
    assert made.sel(year=2006, actor="MNE", target="HRV").item() == 0


def test_votes_not_shared_are_unknown_and_others_know_who_they_list():
    rows = [*both(2018, "USA", "ISR", "vote_agreement", 0.8), *both(2018, "CHN", "RUS", "vote_agreement", 0.7)]
    made = geo.relation(table(rows, "unga"), "vote_agreement")
    assert made.sel(year=2018, actor="USA", target="ISR").item() == 0.8
    assert np.isnan(made.sel(year=2018, actor="USA", target="CHN").item())
    rows = both(2018, "HKG", "NZL", "trade_agreement")
    made = geo.relation(table(rows, "rta"), "trade_agreement", ["HKG", "NZL", "USA"])
    assert made.sel(year=2018, actor="HKG", target="NZL").item() == 1
    assert made.sel(actor="USA").isnull().all()
    made = geo.relation(table(rows, "rta"), "trade_agreement", ["HKG", "NZL", "USA"], known=["HKG", "NZL", "USA"])
    assert made.sel(year=2018, actor="USA", target="NZL").item() == 0


def test_directions_are_kept():
    made = geo.relation(table([(2018, "USA", "IRN", "sanction", 1.0)], "gsdb"), "sanction")
    assert made.sel(year=2018, actor="USA", target="IRN").item() == 1
    assert made.sel(year=2018, actor="IRN", target="USA").item() == 0


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="no relation 'friends'"):
        geo.relation(table(ROWS), "friends")
    with pytest.raises(InputError, match="holds no dispute"):
        geo.relation(table(ROWS), "dispute")
    with pytest.raises(InputError, match="several sources: atop, cow"):
        geo.relation(pl.concat([table(ROWS), table(ROWS, "cow")]), "defence_pact")
    with pytest.raises(InputError, match="no way to carry"):
        geo.relation(table(ROWS), "defence_pact", carry=True)


def test_another_source_s_rows_do_not_widen_coverage():
    rows = pl.concat([table(ROWS), table(both(2022, "USA", "IRN", "sanction"), "gsdb")])
    assert geo.relation(rows, "defence_pact").attrs["covered_years"] == [2016, 2017, 2018]


def index(rows, source="unga"):
    return pl.DataFrame([(*row, source, "2020") for row in rows], schema=TABLES["country_indices"].dtypes, orient="row")


IDEAL = [(2018, "USA", "ideal_point", 2.0), (2018, "CHN", "ideal_point", -1.0), (2019, "USA", "ideal_point", 2.5)]


def test_positions_and_their_distance():
    made = geo.country_index(index(IDEAL), "ideal_point", ["CHN", "TWN", "USA"], range(2017, 2022), carry="last")
    expected = [[np.nan] * 3, [-1, np.nan, 2], [np.nan, np.nan, 2.5], [np.nan, np.nan, 2.5], [np.nan, np.nan, 2.5]]
    np.testing.assert_array_equal(made.values, expected)
    assert made.attrs["carried_years"] == [2020, 2021]
    assert made.attrs["unknown_countries"] == ["TWN"]
    apart = geo.index_distance(made)
    assert apart.dims == ("year", "actor", "target")
    assert apart.sel(year=2018, actor="CHN", target="USA").item() == 3
    assert apart.sel(year=2018, actor="USA", target="CHN").item() == 3
    assert apart.sel(year=2019, actor="USA", target="CHN").isnull()
    assert apart.sel(year=2018, actor="USA", target="USA").isnull()


def test_indices_of_the_world():
    rows = index([(2018, None, "gpr", 90.0), (2020, None, "gpr", 110.0), (2018, "USA", "gpr", 5.0)], "gpr")
    made = geo.world_index(rows, "gpr", range(2018, 2021))
    np.testing.assert_array_equal(made.values, [90, np.nan, 110])
    assert made.attrs["missing_years"] == [2019]
    assert geo.country_index(rows, "gpr").sel(year=2018, country="USA").item() == 5
    with pytest.raises(InputError, match="holds no gpr"):
        geo.world_index(index(IDEAL), "gpr")


def test_the_world_and_its_countries_are_not_taken_for_each_other():
    rows = index([(2018, None, "gpr", 90.0)], "gpr")
    with pytest.raises(InputError, match="of the world, not of countries"):
        geo.country_index(rows, "gpr")
    with pytest.raises(InputError, match="of countries, not of the world"):
        geo.world_index(index([(2018, "USA", "gpr", 5.0)], "gpr"), "gpr")
    with pytest.raises(InputError, match="two rows of 2018"):
        geo.world_index(pl.concat([rows, rows.with_columns(value=80.0)]), "gpr")
