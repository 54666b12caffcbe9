"""Treaties, disputes, borders, rivalries, agreements, sanctions: small files in the layouts of their producers.

What they hold is made up; the layouts are the producers'. Expected rows are written by hand.
"""

import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xenotime.core import InputError, SourceError
from xenotime.schema import check
from xenotime.sources import SOURCES, atop, cow, rivalries, rta, sanctions

KINDS = "arms,military,trade,descr_trade,financial,travel,other"
ATOP = "ccode1,ccode2,year,atop_defense,atop_offense,atop_neutral,atop_nonagg,atop_consul"


def write(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def read(source, path, **options):
    pieces = list(source.parse(path, **options))
    for piece in pieces:
        check(piece.frame, "relations", where="test")
        assert set(piece.frame["year"]) <= {piece.year}
    return pieces


def rows(pieces, relation=None):
    frame = pl.concat(piece.frame for piece in pieces)
    if relation:
        frame = frame.filter(pl.col("relation") == relation)
    return {tuple(row) for row in frame.select("year", "actor", "target", "value").iter_rows()}


def aside(pieces):
    return pl.concat(piece.quarantine for piece in pieces)


def notes(pieces):
    return " | ".join(pieces[0].notes)


def test_atop_directed_keeps_who_is_bound(tmp_path):
    # The United States (2) are bound to defend Japan (740), not the other way; Canada and they defend each other.
    path = write(
        tmp_path, f"{ATOP}\n2,740,2000,1,0,0,0,1\n740,2,2000,0,0,0,0,1\n2,20,2000,1,0,0,0,0\n20,2,2000,1,0,0,0,0\n"
    )
    pieces = read(atop, path)
    assert rows(pieces, "defence_pact") == {
        (2000, "USA", "JPN", 1.0), (2000, "USA", "CAN", 1.0), (2000, "CAN", "USA", 1.0),
    }  # fmt: skip
    assert rows(pieces, "consultation_pact") == {(2000, "USA", "JPN", 1.0), (2000, "JPN", "USA", 1.0)}
    assert aside(pieces).is_empty()
    assert "ends in 2000" in notes(pieces)


@pytest.mark.parametrize(
    ("header", "directed"),
    [
        ("atopid1,mem1,mem2,year,atopally,defense,offense,neutral,nonagg,consul", False),
        ("atopid1,stateA,stateB,year,atopally,defense,offense,neutral,nonagg,consul", True),
    ],
)
def test_the_files_of_atop_itself(tmp_path, header, directed):
    path = write(tmp_path, f"{header}\n1,2,20,2001,1,1,0,0,0,0\n")
    wanted = {(2001, "USA", "CAN", 1.0)} | (set() if directed else {(2001, "CAN", "USA", 1.0)})
    assert rows(read(atop, path)) == wanted


def test_a_stata_file_reads_as_its_csv(tmp_path):
    import pandas as pd

    text = f"{ATOP}\n2,20,2000,1,0,0,0,0\n20,2,2000,1,0,0,0,0\n"
    path = write(tmp_path, text)
    pd.read_csv(path).to_stata(tmp_path / "file.dta", write_index=False)
    assert rows(read(atop, tmp_path / "file.dta")) == rows(read(atop, path))


@pytest.mark.parametrize("packed", [False, True])
def test_names_in_old_windows_text(tmp_path, packed):
    """Files of older projects are not UTF-8; their names of states hold accents."""
    header = f"case_id,sanctioned_state,sanctioning_state,begin,end,{KINDS}"
    text = f"{header}\n1,Côte d'Ivoire,Norway,2005,2005,1,0,0,,0,0,0\n".encode("cp1252")
    path = tmp_path / ("file.csv.gz" if packed else "file.csv")
    path.write_bytes(gzip.compress(text) if packed else text)
    assert rows(read(sanctions, path)) == {(2005, "NOR", "CIV", 1.0)}


def test_states_that_changed_are_dated(tmp_path):
    lines = [f"{one},{other},{year},1,0,0,0,0" for one, other, year in
             [(365, 345, 1989), (365, 345, 1991), (365, 345, 1999), (365, 345, 2010), (260, 2, 1980), (255, 2, 1995),
              (678, 2, 1985), (679, 2, 1995)]]  # fmt: skip
    found = {
        (year, actor, target) for year, actor, target, _ in rows(read(atop, write(tmp_path, "\n".join([ATOP, *lines]))))
    }
    assert {(1989, "SUN", "YUG"), (1991, "RUS", "YUG"), (1999, "RUS", "SCG"), (2010, "RUS", "SRB")} <= found
    assert {(1980, "DEU", "USA"), (1995, "DEU", "USA"), (1985, "YEM", "USA"), (1995, "YEM", "USA")} <= found


def test_two_numbers_of_one_country_in_a_year_make_one_row(tmp_path):
    # Germany was 260 to October 1990 and 255 from then on: 1990 has both.
    path = write(tmp_path, f"{ATOP}\n255,2,1990,0,0,0,1,0\n260,2,1990,1,0,0,0,0\n255,260,1990,1,0,0,0,0\n")
    pieces = read(atop, path)
    assert rows(pieces, "defence_pact") == {(1990, "DEU", "USA", 1.0), (1990, "USA", "DEU", 1.0)}
    assert len(rows(pieces, "nonaggression_pact")) == 2
    assert "1 pairs and years between two codes of one country left out" in notes(pieces)


def test_what_is_wrong_in_a_pact_is_set_aside_with_its_line(tmp_path):
    path = write(
        tmp_path,
        f"{ATOP}\n"
        "2,20,2000,1,0,0,0,0\n"  # line 2, good
        "2,20,2000,1,0,0,0,0\n"  # repeats it: nothing lost
        "20,2,2000,0,0,0,0,0\n"  # says another thing of who is bound: the file is directed
        "2,20,2000,0,0,0,0,0\n"  # line 5 contradicts line 2
        "2,817,2000,1,0,0,0,0\n"  # line 6, Republic of Vietnam, ended
        "2,xx,2000,1,0,0,0,0\n"  # line 7
        "2,20,20o1,1,0,0,0,0\n"  # line 8
        "2,2,2000,1,0,0,0,0\n"  # line 9
        "2,20,2001,yes,0,0,0,0\n"  # line 10
        "2,20,1900,1,0,0,0,0\n",  # before the first year
    )
    pieces = read(atop, path)
    assert rows(pieces) == {(2000, "USA", "CAN", 1.0)}
    found = dict(aside(pieces).select("row", "reason").iter_rows())
    assert set(found) == {5, 6, 7, 8, 9, 10}
    assert "contradicts" in found[5]
    assert "unknown country" in found[6]
    assert "unknown country" in found[7]
    assert found[8] == "not a year up to now"
    assert found[9] == "both countries are the same"
    assert found[10] == "neither 0 nor 1"
    assert "codes of no country known here: 817 (1 rows), xx (1 rows)" in notes(pieces)
    assert "1 of 10 rows end before 1945" in notes(pieces)


def test_an_undirected_file_that_contradicts_itself(tmp_path):
    header = "mem1,mem2,year,defense,offense,neutral,nonagg,consul"
    pieces = read(atop, write(tmp_path, f"{header}\n2,20,2000,1,0,0,0,0\n20,2,2001,1,0,0,0,0\n"))
    assert {year for year, *_ in rows(pieces)} == {2000, 2001}
    path = write(
        tmp_path, "ccode1,ccode2,conttype,stdate,enddate\n2,20,1,1990-01-01,1991-01-01\n20,2,4,1990-01-01,1991-01-01\n"
    )
    pieces = read(cow.CONTIGUITY, path)
    assert rows(pieces) == {(year, *pair, 1.0) for year in (1990, 1991) for pair in (("USA", "CAN"), ("CAN", "USA"))}
    assert aside(pieces)["row"].to_list() == [3]


MID = "dispnum,ccode1,ccode2,year,dispongoing,disponset,sidea1,sidea2,hostlev1,hostlev2"


def test_disputes_are_between_opposite_sides(tmp_path):
    path = write(
        tmp_path,
        f"{MID}\n"
        "1,2,40,1962,1,1,1,0,4,3\n1,40,2,1962,1,1,0,1,3,4\n"
        "2,2,40,1962,1,1,1,0,2,5\n2,40,2,1962,1,1,0,1,5,2\n"  # a second one: the highest counts
        "3,2,20,1962,1,1,1,1,4,4\n"  # on the same side
        "4,2,200,1964,1,1,1,0,-9,1\n4,200,2,1964,1,1,0,1,1,-9\n"  # hostility of the one unknown
        "5,2,365,1964,0,0,1,0,4,4\n",  # not going on
    )
    pieces = read(cow.DISPUTES, path)
    assert rows(pieces, "dispute") == {
        (1962, "USA", "CUB", 1.0), (1962, "CUB", "USA", 1.0), (1964, "USA", "GBR", 1.0), (1964, "GBR", "USA", 1.0),
    }  # fmt: skip
    assert rows(pieces, "dispute_hostility") == {
        (1962, "USA", "CUB", 4.0), (1962, "CUB", "USA", 5.0), (1964, "GBR", "USA", 1.0),
    }  # fmt: skip
    assert [piece.year for piece in pieces] == [1962, 1963, 1964], "a year without a dispute is covered"
    assert "2 of 8 rows on the same side" in notes(pieces)


def test_a_dispute_that_contradicts_itself_is_set_aside(tmp_path):
    path = write(tmp_path, f"{MID}\n1,2,40,1962,1,1,1,0,4,3\n1,40,2,1962,1,1,0,1,3,5\n1,2,20,1962,1,1,1,0,7,3\n")
    pieces = read(cow.DISPUTES, path)
    assert rows(pieces, "dispute_hostility") == {(1962, "USA", "CUB", 4.0), (1962, "CUB", "USA", 3.0)}
    assert dict(aside(pieces).select("row", "reason").iter_rows()) == {
        3: "contradicts an earlier row of the same pair and time",
        4: "no level of hostility",
    }


def test_dyadic_disputes_of_the_project(tmp_path):
    path = write(tmp_path, "disno,dyindex,statea,stateb,year,hihosta,hihostb\n1,1,2,40,1962,4,3\n")
    assert rows(read(cow.DISPUTES, path), "dispute_hostility") == {(1962, "USA", "CUB", 4.0), (1962, "CUB", "USA", 3.0)}


@pytest.mark.parametrize(
    "text",
    [
        "ccode1,ccode2,conttype,stdate,enddate\n2,20,1,1998-05-01,2000-03-01\n2,31,4,2000-07-01,2000-12-01\n"
        "2,40,0,1998-01-01,2000-01-01\n",
        "dyad,statelno,statelab,statehno,statehab,conttype,begin,end,notes,version\n"
        "2020,2,USA,20,CAN,1,199805,200003,,3.2\n2031,2,USA,31,BHM,4,200007,200012,,3.2\n",
        "dyad,state1no,state1ab,state2no,state2ab,year,conttype,version\n"
        "2020,2,USA,20,CAN,1998,1,3.2\n2020,2,USA,20,CAN,1999,1,3.2\n2020,2,USA,20,CAN,2000,1,3.2\n"
        "2031,2,USA,31,BHM,2000,4,3.2\n",
    ],
)
def test_contiguity_spreads_over_its_years(tmp_path, text):
    pieces = read(cow.CONTIGUITY, write(tmp_path, text))
    wanted = {(year, "USA", "CAN", 1.0) for year in (1998, 1999, 2000)} | {(2000, "USA", "BHS", 4.0)}
    assert rows(pieces) == wanted | {(year, target, actor, value) for year, actor, target, value in wanted}


def test_the_closest_contiguity_of_a_year_counts(tmp_path):
    text = "ccode1,ccode2,conttype,stdate,enddate\n2,20,4,1990-01-01,1995-05-01\n2,20,1,1995-06-01,1996-01-01\n"
    found = {
        year: value for year, actor, _, value in rows(read(cow.CONTIGUITY, write(tmp_path, text))) if actor == "USA"
    }
    assert found == {1990: 4, 1991: 4, 1992: 4, 1993: 4, 1994: 4, 1995: 1, 1996: 1}


@pytest.mark.parametrize(("source", "line"), [
    (cow.CONTIGUITY, "ccode1,ccode2,conttype,stdate,enddate\n2,20,1,199001,199101\n2,31,1,199901,199001\n"),
    (rivalries, "tssr_id,rivalry,ccode1,ccode2,start,end\n1,A-B,2,20,1990,1991\n2,C-D,2,31,1999,1990\n"),
])  # fmt: skip
def test_dates_the_wrong_way_round(tmp_path, source, line):
    pieces = read(source, write(tmp_path, line))
    bad = aside(pieces).row(0, named=True)
    assert (bad["row"], bad["reason"]) == (3, "ends before it begins")
    assert len(rows(pieces)) == 4


def test_alliances_of_the_project(tmp_path):
    header = (
        "version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_day,dyad_st_month,dyad_st_year,dyad_end_day,"
        "dyad_end_month,dyad_end_year,left_censor,right_censor,defense,neutrality,nonaggression,entente,year,version"
    )
    path = write(
        tmp_path,
        f"{header}\n"
        "210,2,United States of America,20,Canada,4,4,1949,,,,0,1,1,0,1,1,1950,4.1\n"
        "300,2,United States of America,20,Canada,1,1,1950,,,,0,1,0,1,0,0,1950,4.1\n"  # another treaty of the pair
        "210,2,United States of America,20,Canada,4,4,1949,,,,0,1,0,0,1,1,1950,4.1\n",  # contradicts the first row
    )
    pieces = read(cow.ALLIANCES, path)
    held = pl.concat(piece.frame for piece in pieces)
    assert set(held.filter(pl.col("actor") == "USA")["relation"]) == {
        "defence_pact", "neutrality_pact", "nonaggression_pact", "consultation_pact",
    }  # fmt: skip
    assert aside(pieces)["row"].to_list() == [4]


def test_rivalries_between_years(tmp_path):
    path = write(tmp_path, "tssr_id,rivalry,ccode1,ccode2,start,end\n1,A-B,2,365,1944,1947\n2,A-C,2,710,1949,1949\n")
    pieces = read(rivalries, path)
    assert {(year, target) for year, actor, target, _ in rows(pieces) if actor == "USA"} == {
        (1945, "SUN"), (1946, "SUN"), (1947, "SUN"), (1949, "CHN"),
    }  # fmt: skip
    assert [piece.year for piece in pieces] == [1945, 1946, 1947, 1948, 1949]


def test_trade_agreements_of_both_layouts(tmp_path):
    larch = "exporter,importer,year,rta,cu,fta,psa,eia,cueia,ftaeia,psaeia\n"
    path = write(
        tmp_path,
        larch + "DEU,FRA,2000,1,1,0,0,0,0,0,0\nFRA,DEU,2000,1,1,0,0,0,0,0,0\nDEU,USA,2000,0,0,0,0,0,0,0,0\n"
        "DEU,DEU,2000,0,0,0,0,0,0,0,0\nDEU,USA,2001,0,0,0,0,0,0,0,0\nCHL,USA,2000,1,0,1,0,0,0,0,0\n"
        "USA,CHL,2000,0,0,0,0,0,0,0,0\nXYZ,USA,2000,1,0,0,0,0,0,0,0\nCHL,USA,200x,1,0,0,0,0,0,0,0\n",
    )
    pieces = read(rta, path)
    assert rows(pieces) == {
        (2000, "DEU", "FRA", 1.0), (2000, "FRA", "DEU", 1.0), (2000, "CHL", "USA", 1.0), (2000, "USA", "CHL", 1.0),
    }  # fmt: skip
    assert [piece.year for piece in pieces] == [2000, 2001], "a year of zeros is covered"
    assert dict(aside(pieces).select("row", "reason").iter_rows()) == {
        8: "contradicts an earlier row of the same pair and time",
        9: "unknown country code (iso3 codes)",
        10: "not a year up to now",
    }
    path = write(tmp_path, "year,iso3_o,iso3_d,fta_wto\n2000,DEU,FRA,1\n2000,DEU,USA,0\n")
    assert rows(read(rta, path)) == {(2000, "DEU", "FRA", 1.0), (2000, "FRA", "DEU", 1.0)}


def test_sanctions_have_a_direction(tmp_path):
    header = f"case_id,sanctioned_state_iso3,sanctioning_state_iso3,sanctioned_state,sanctioning_state,year,{KINDS}"
    path = write(
        tmp_path,
        f"{header}\n7,RUS,USA,Russia,United States,2014,1,0,1,exp_part,1,1,0\n7,IRN,USA,Iran,US,2014,0,0,1,,0,0,0\n",
    )
    assert rows(read(sanctions, path)) == {(2014, "USA", "RUS", 1.0), (2014, "USA", "IRN", 1.0)}
    assert rows(read(sanctions, path, kinds=["arms"])) == {(2014, "USA", "RUS", 1.0)}
    with pytest.raises(InputError, match="no kind of sanctions"):
        read(sanctions, path, kinds=["cultural"])


def test_cases_of_sanctions_name_several_states(tmp_path):
    header = f"case_id,sanctioned_state,sanctioning_state,begin,end,{KINDS},target_mult,sender_mult,objective,success"
    path = write(
        tmp_path,
        f"{header}\n"
        '1,Iran,"Canada, Japan",2010,2011,1,0,0,,0,0,0,0,1,x,y\n'
        "2,Russia,EU,2003,2004,0,0,1,,0,0,0,0,1,x,y\n"
        "3,Iran,UN,2010,2011,1,0,0,,0,0,0,0,1,x,y\n"
        "4,Iran,Norway,2012,2010,1,0,0,,0,0,0,0,0,x,y\n",
    )
    pieces = read(sanctions, path)
    found = rows(pieces)
    assert {(year, actor, "IRN", 1.0) for year in (2010, 2011) for actor in ("CAN", "JPN")} <= found
    against_russia = {(year, actor) for year, actor, target, _ in found if target == "RUS"}
    assert (2003, "DEU") in against_russia
    assert (2003, "POL") not in against_russia, "Poland joined in 2004"
    assert (2004, "POL") in against_russia
    assert dict(aside(pieces).select("row", "reason").iter_rows()) == {
        4: "unknown country code (name codes)",
        5: "ends before it begins",
    }
    assert "UN (1 rows)" in notes(pieces)


def test_only_the_years_asked_for(tmp_path):
    path = write(tmp_path, f"{ATOP}\n2,20,2000,1,0,0,0,0\n2,20,2001,1,0,0,0,0\n")
    assert [piece.year for piece in read(atop, path, years=[2001])] == [2001]
    with pytest.raises(SourceError, match="it covers 2000 to 2001"):
        read(atop, path, years=[1999])


@pytest.mark.parametrize(
    "name", ["atop", "cow_disputes", "cow_contiguity", "cow_alliances", "rivalries", "rta", "sanctions"]
)
def test_a_header_alone_and_a_cut_file(tmp_path, name):
    header = {
        "atop": ATOP,
        "cow_disputes": MID,
        "cow_contiguity": "ccode1,ccode2,conttype,stdate,enddate",
        "cow_alliances": "ccode1,ccode2,year,defense,neutrality,nonaggression,entente",
        "rivalries": "ccode1,ccode2,start,end",
        "rta": "exporter,importer,year,rta",
        "sanctions": f"sanctioned_state_iso3,sanctioning_state_iso3,year,{KINDS}",
    }[name]
    with pytest.raises(SourceError, match="no row"):
        list(SOURCES[name].parse(write(tmp_path, f"{header}\n")))
    packed = gzip.compress((header + "\n" + "2,20,2000,1,0,0,0,0\n" * 5000).encode())
    (tmp_path / "cut.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(SourceError) as caught:
        list(SOURCES[name].parse(tmp_path / "cut.csv.gz"))
    assert "cut.csv.gz" in caught.value.where


@given(
    st.lists(
        st.tuples(st.sampled_from([2, 20, 70, 200]), st.sampled_from([2, 20, 70, 200]), st.integers(1990, 1993)),
        min_size=1,
        max_size=20,
        unique=True,
    )
)
def test_no_row_is_lost(tmp_path_factory, listed):
    """Each row ends in the table or in the quarantine, and what has no direction is the same both ways."""
    folder = tmp_path_factory.mktemp("rows")
    text = "ccode1,ccode2,start,end\n2,365,1990,1990\n" + "".join(f"{a},{b},{y},{y}\n" for a, b, y in listed)
    pieces = read(rivalries, write(folder, text))
    found = {(year, actor, target) for year, actor, target, _ in rows(pieces)}
    assert found == {(year, target, actor) for year, actor, target in found}
    iso3 = {2: "USA", 20: "CAN", 70: "MEX", 200: "GBR"}
    wanted = {(year, iso3[a], iso3[b]) for a, b, year in listed if a != b}
    assert found - {(1990, "USA", "SUN"), (1990, "SUN", "USA")} == wanted | {(y, j, i) for y, i, j in wanted}
    assert len(aside(pieces)) == sum(a == b for a, b, _ in listed)


def test_one_wrong_year_does_not_make_the_source_speak_for_the_future(tmp_path):
    path = write(tmp_path, "ccode1,ccode2,start,end\n2,365,1980,1985\n2,732,1982,2090\n")
    pieces = read(rivalries, path)
    assert [piece.year for piece in pieces] == list(range(1980, 1986))
    assert aside(pieces).select("row", "column", "value").rows() == [(3, "end", "2090")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{ATOP}\n2,20,2000,1,0,0,0,0\n2,20,20", "row 3: this line has 3 of the header's 8 fields"),
        (f"{ATOP}\n2,20,2000\n2,20,2001,1,0,0,0,0\n", "row 2: this line has 3 of the header's 8 fields"),
        (f"{ATOP}\n2,20,2000,1,0,0,0,0\n".replace(",", ";"), "parted by semicolons"),
        (f"{ATOP}\n2,20,2000,1,0,0,0,0\n".replace(",", "\t"), "parted by tabs"),
        (f"{ATOP}\n2,20,2000,1,0,0,0,0\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_text_that_would_be_half_read_is_refused(tmp_path, text, words):
    path = tmp_path / "atop.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SourceError, match=words):
        read(atop, path)
