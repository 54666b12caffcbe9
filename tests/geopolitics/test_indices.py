"""Ready indices by pair come out in the shape of event networks."""

import numpy as np
import polars as pl
import pytest

from xenotime import geopolitics as geo
from xenotime.core import InputError
from xenotime.schema import TABLES


def indices(rows, source="gdelt_daily", events=None):
    """(year, exporter, importer, cooperation, conflict) to the table."""
    return pl.DataFrame(
        {
            "year": [row[0] for row in rows],
            "exporter": [row[1] for row in rows],
            "importer": [row[2] for row in rows],
            "cooperation": [row[3] for row in rows],
            "conflict": [row[4] for row in rows],
            "events": events or [None] * len(rows),
            "source": [source] * len(rows),
            "source_version": ["2"] * len(rows),
        },
        schema=TABLES["dyad_year"].dtypes,
    )


ROWS = [
    (2018, "USA", "CHN", 6.0, 2.0),
    (2018, "CHN", "USA", 4.0, 4.0),
    (2018, "USA", "RUS", 4.0, None),
    (2020, "USA", "CHN", 1.0, 1.0),
]


def test_by_hand():
    made = geo.from_indices(indices(ROWS), years=range(2018, 2021), transform="none")
    assert list(made.data_vars) == ["cooperation", "conflict"]
    assert made["cooperation"].sel(year=2018, actor="CHN", target="USA").item() == 5  # mean of both directions
    assert made["cooperation"].sel(year=2018, actor="RUS", target="USA").item() == 4  # one direction listed
    assert np.isnan(made["conflict"].sel(year=2018, actor="RUS", target="USA"))  # null is unknown
    assert made["conflict"].sel(year=2018, actor="CHN", target="RUS").item() == 0  # not listed
    assert made["conflict"].sel(year=2019).isnull().all()
    assert made.attrs["without"] == ["verbal and material parts", "total"]
    assert made.attrs["missing_years"] == [2019]


def test_directed_and_per_source_year():
    made = geo.from_indices(indices(ROWS), directed=True, normalise="source_year", transform="none")
    total = 6 + 2 + 4 + 4 + 4  # of 2018, ordered pairs
    assert made["cooperation"].sel(year=2018, actor="USA", target="CHN").item() == pytest.approx(6e5 / total)
    assert made["conflict"].sel(year=2020, actor="USA", target="CHN").item() == pytest.approx(5e4)
    assert made["conflict"].sel(year=2020, actor="CHN", target="USA").item() == 0
    louder = [(y, i, j, c * 10, k * 10 if k is not None else None) for y, i, j, c, k in ROWS]
    again = geo.from_indices(indices(louder), directed=True, normalise="source_year", transform="none")
    np.testing.assert_allclose(made["conflict"], again["conflict"])
    assert made.attrs["media_proof"]
    assert not geo.from_indices(indices(ROWS)).attrs["media_proof"]


def test_events_become_the_total():
    made = geo.from_indices(indices(ROWS, events=[3.0, 5.0, 1.0, 1.0]), transform="none")
    assert made["total"].sel(year=2018, actor="USA", target="CHN").item() == 4
    assert made.attrs["without"] == ["verbal and material parts"]


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="several sources"):
        geo.from_indices(pl.concat([indices(ROWS), indices(ROWS, "icews")]))
    with pytest.raises(InputError, match="below 0") as caught:
        geo.from_indices(indices([(2018, "USA", "CHN", 1.0, -2.0)]))
    assert "USA to CHN" in str(caught.value)
    with pytest.raises(InputError, match="no normalisation of indices 'day'"):
        geo.from_indices(indices(ROWS), normalise="day")
