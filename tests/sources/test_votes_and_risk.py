"""Votes in the UN and geopolitical risk: agreement against tables counted by hand, means against the calendar."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xenotime.core import InputError, SourceError
from xenotime.schema import check
from xenotime.sources import gpr, unga


def write(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text)
    return path


def read(source, path, table, **options):
    pieces = list(source.parse(path, **options))
    for piece in pieces:
        check(piece.frame, table, where="test")
        assert piece.table == table
    return pieces


IDEAL = "Row,ccode,session,NVotes,IdealPoint"


def test_a_session_is_the_year_it_begins_in(tmp_path):
    path = write(tmp_path, f"{IDEAL}\n1,2,1,42,1.5\n2,365,45,80,-2\n3,365,60,80,-1.5\n4,345,55,10,0.25\n5,2,60,80,NA\n")
    pieces = read(unga, path, "country_indices")
    found = pl.concat(piece.frame for piece in pieces)
    assert set(found.select("year", "country", "value").iter_rows()) == {
        (1946, "USA", 1.5), (1990, "SUN", -2.0), (2005, "RUS", -1.5), (2000, "SCG", 0.25),
    }  # fmt: skip
    assert [piece.year for piece in pieces] == [1946, 1990, 2000, 2005], "a session without votes is not covered"
    assert "1 rows without an ideal point left out" in pieces[0].notes


def test_wrong_ideal_points_are_set_aside(tmp_path):
    path = write(
        tmp_path, f"{IDEAL}\n1,2,60,42,1.5\n2,2,60,42,1.6\n3,2,6o,1,1\n4,20,60,1,high\n5,817,20,1,1\n6,20,0,1,1\n"
    )
    piece, *_ = read(unga, path, "country_indices")
    assert piece.frame["value"].to_list() == [1.5]
    assert dict(piece.quarantine.select("row", "reason").iter_rows()) == {
        3: "repeats a country and session",
        4: "not a year up to now",
        5: "not a number",
        6: "unknown country code (cow codes)",
        7: "not a year up to now",
    }


def kappa_by_hand(one, other):
    """Cohen's kappa with linear weights out of the three by three table of two voters."""
    table = np.zeros((3, 3))
    for a, b in zip(one, other, strict=True):
        if a and b:
            table[a - 1, b - 1] += 1
    table /= table.sum()
    weights = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    expected = (weights * np.outer(table.sum(1), table.sum(0))).sum()
    return np.nan if expected == 0 else 1 - (weights * table).sum() / expected


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=30))
def test_agreement_is_kappa_of_each_pair(votes):
    table = np.array(votes, float).T
    kappa, together = unga.weighted_kappa(table)
    for i in range(3):
        for j in range(3):
            both = sum(bool(a and b) for a, b in zip(table[i], table[j], strict=True))
            assert together[i, j] == both
            if both:
                wanted = kappa_by_hand(table[i].astype(int), table[j].astype(int))
                assert kappa[i, j] == pytest.approx(wanted, nan_ok=True)


def test_kappa_of_a_published_example():
    """Cohen (1968)-style table: 10 yes-yes, 2 yes-no, 3 no-yes, 5 no-no give kappa = (0.75 - 0.53) / (1 - 0.53)."""
    one, other = [1] * 12 + [3] * 8, [1] * 10 + [3] * 2 + [1] * 3 + [3] * 5
    kappa, _ = unga.weighted_kappa(np.array([one, other], float))
    assert kappa[0, 1] == pytest.approx((0.75 - 0.53) / (1 - 0.53))


def calls(header="rcid,ccode,vote,session"):
    lines = [header]
    for call in range(12):
        lines += [
            f"{call},2,{1 + 2 * (call % 2)},60",
            f"{call},200,{1 + 2 * (call % 2)},60",
            f"{call},365,{3 - 2 * (call % 2)},60",
        ]
        lines.append(f"{call},20,{1 if call < 4 else 8},60")  # Canada is absent most of the time
    return lines


def test_roll_calls_become_agreement_in_both_directions(tmp_path):
    (piece,) = read(unga, write(tmp_path, "\n".join(calls())), "relations")
    held = {(i, j): value for i, j, value in piece.frame.select("actor", "target", "value").iter_rows()}
    assert held[("USA", "GBR")] == held[("GBR", "USA")] == 1
    assert held[("USA", "RUS")] == held[("RUS", "USA")] == -1
    assert {name for pair in held for name in pair} == {"USA", "GBR", "RUS"}
    assert piece.year == 2005
    assert any("3 pairs and years with fewer than 10 votes" in note for note in piece.notes)


def test_wrong_votes_are_set_aside(tmp_path):
    path = write(tmp_path, "\n".join([*calls(), "0,2,3,60", "1,999,1,60", "2,20,4,60", "3,20,x,60", "4,710,1,last"]))
    (piece,) = read(unga, path, "relations")
    assert dict(piece.quarantine.select("row", "column").iter_rows()) == {
        50: "rcid", 51: "ccode", 52: "vote", 53: "vote", 54: "session",
    }  # fmt: skip


def test_roll_calls_by_year_or_date(tmp_path):
    by_session = read(unga, write(tmp_path, "\n".join(calls())), "relations")[0].frame
    lines = [line.rsplit(",", 1)[0] + ",2005-12-01" for line in calls()[1:]]
    by_date = read(unga, write(tmp_path, "\n".join(["rcid,ccode,vote,date", *lines])), "relations")[0].frame
    assert by_date.equals(by_session)


def test_risk_is_the_mean_of_the_months_there_are(tmp_path):
    path = write(
        tmp_path, "year,month,gpr\n2009,1,80\n2009,2,100\n2010,1,90\n2010,1,95\n2010,13,9\n2010,x,9\n2010,2,hot\n"
    )
    pieces = read(gpr, path, "country_indices")
    found = pl.concat(piece.frame for piece in pieces)
    assert set(found.select("year", "country", "value").iter_rows()) == {(2009, None, 90.0), (2010, None, 90.0)}
    assert dict(pl.concat(p.quarantine for p in pieces).select("row", "reason").iter_rows()) == {
        5: "repeats an earlier month", 6: "not a month", 7: "not a month", 8: "not a number",
    }  # fmt: skip
    assert {"2009: mean of 2 months", "2010: mean of 1 months"} <= set(pieces[0].notes)


@pytest.mark.parametrize("dates", [
    ("2020-01-01", "2020-02-01"), ("2020m1", "2020m2"), ("1/1/2020", "2/1/2020"), ("01/01/2020", "01/02/2020"),
    ("2020-01-01 00:00:00.000000", "2020-02-01 00:00:00.000000"), ("202001", "202002"),
])  # fmt: skip
def test_risk_of_countries_and_spellings_of_months(tmp_path, dates):
    text = "month,GPR,GPRT,GPRC_CHN,GPRC_USA,GPRC_XYZ\n" + f"{dates[0]},100,1,0.5,2,1\n{dates[1]},120,1,,4,1\n"
    (piece,) = read(gpr, write(tmp_path, text), "country_indices")
    held = dict(piece.frame.select("country", "value").iter_rows())
    assert held == {None: 110.0, "CHN": 0.5, "USA": 3.0}
    assert "of no country known here: GPRC_XYZ" in piece.notes
    assert "2020: mean of 2 months" in piece.notes


def test_files_that_are_not_theirs(tmp_path):
    with pytest.raises(InputError, match="workbooks are not read"):
        list(gpr.parse(tmp_path / "data_gpr_export.xls"))
    with pytest.raises(SourceError, match="neither ideal points"):
        list(unga.parse(write(tmp_path, "rcid,ccode,vote\n1,2,1\n")))


def test_numbers_that_no_index_has_are_set_aside(tmp_path):
    piece, *_ = read(unga, write(tmp_path, f"{IDEAL}\n1,2,60,42,1.5\n2,20,60,42,1e9\n"), "country_indices")
    assert piece.quarantine.select("row", "value", "reason").rows() == [(3, "1e9", "no ideal point")]
    text = "year,month,gpr\n2019,1,100\n2019,2,-5\n"
    piece, *_ = read(gpr, write(tmp_path, text), "country_indices")
    assert piece.frame["value"].to_list() == [100.0]
    assert piece.quarantine.select("row", "value", "reason").rows() == [(3, "-5", "below 0")]
