"""A file that came without a source: its header tells whose it is."""

import gzip

import pytest

from xenotime.sources import how_to_read, icews, polecat


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("ccode1,ccode2,year,atop_defense,atop_offense,atop_neutral,atop_nonagg,atop_consul", "--source atop"),
        ("mem1,mem2,year,atopally,defense,offense,neutral,nonagg,consul", "--source atop"),
        ("version4id,ccode1,ccode2,defense,neutrality,nonaggression,entente,year,version", "--source cow_alliances"),
        ("ccode1,ccode2,conttype,stdate,enddate", "--source cow_contiguity"),
        ("disno,statea,stateb,year,hihosta,hihostb", "--source cow_disputes"),
        ("tssr_id,rivalry,ccode1,ccode2,start,end", "--source rivalries"),
        ("exporter,importer,year,rta,cu", "--source rta"),
        ("case_id,sanctioned_state,sanctioning_state,begin,end,trade,arms,military,financial,travel,other",
         "--source sanctions"),
        ("Row,ccode,session,NVotes,IdealPoint", "--source unga"),
        ("rcid,ccode,vote,session", "--source unga"),
        ("year,month,gpr", "--source gpr"),
        ("year,iso3_a,iso3_b,net_sum,days_active,pos_day_sum,neg_day_sum,days_observed", "--mapping gdelt_dyad_year"),
        ("year,src,tgt,n,n_coop,n_conf,goldstein_sum,goldstein_mean", "--mapping icews14_dyad_year"),
    ],
)  # fmt: skip
def test_the_header_tells(tmp_path, header, named):
    path = tmp_path / "file.csv"
    path.write_text(f"{header}\n{',' * header.count(',')}\n")
    assert f"{named}; or" in how_to_read(path)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("\t".join(icews.HEADER.columns), "--source icews"),
        ("\t".join(f'"{name}"' for name in icews.HEADER.columns), "--source icews"),
        ("date,src,tgt,code,event_text,gold,quad", "--source icews"),
        ("\t".join(polecat.HEADER.columns), "--source polecat"),
        ("\t".join(["123456789", "20190131", *[""] * 56]), "58 columns of --source gdelt"),
        ("\t".join(["123456789", "20190131", *[""] * 59]), "61 columns of --source gdelt"),
    ],
)
def test_the_first_line_of_events_tells(tmp_path, line, named, packed):
    path = tmp_path / ("events.csv.gz" if packed else "events.tab")
    path.write_bytes(gzip.compress(f"{line}\n".encode()) if packed else f"{line}\n".encode())
    assert f"{named}; or" in how_to_read(path)
    assert f"{named}; or" in how_to_read(tmp_path)


def test_a_damaged_file_tells_nothing(tmp_path):
    for name, content in (("a.zip", b"PK\3\4"), ("a.csv.gz", b"\x1f\x8b\0"), ("a.csv", b"")):
        (tmp_path / name).write_bytes(content)
        assert how_to_read(tmp_path / name).startswith("give --source NAME")


def test_a_header_that_tells_nothing(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    assert how_to_read(path).startswith("give --source NAME")
