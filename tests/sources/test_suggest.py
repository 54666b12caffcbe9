"""A file that came without a source: its header tells whose it is."""

import pytest

from xenotime.sources import how_to_read


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


def test_a_header_that_tells_nothing(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    assert how_to_read(path).startswith("give --source NAME")
