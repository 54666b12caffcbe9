"""GeoDist: distances quoted as strings, codes of 2011, Stata and CSV alike."""

import pandas as pd
import pytest

from xenotime.core import InputError, SourceError
from xenotime.schema import TABLES
from xenotime.sources import geodist

HEADER = '"iso_o","iso_d","contig","comlang_off","comlang_ethno","colony","comcol","curcol","col45","smctry",'
HEADER += '"dist","distcap","distw","distwces"\n'


def line(origin, destination, distw='"1000.5"', distcap="990.0", contig=0, language=0, colony=0):
    return f'"{origin}","{destination}",{contig},{language},0,{colony},0,0,0,0,1.0,{distcap},{distw},"1.0"\n'


def read(tmp_path, *lines, name="dist.csv"):
    path = tmp_path / name
    path.write_text(HEADER + "".join(lines))
    (piece,) = geodist.parse(path)
    return piece


def test_values_and_old_codes(tmp_path):
    piece = read(
        tmp_path,
        line("CHN", "CHN", '"500.25"'),
        line("ROM", "ZAR", '"5000.75"', language=1),
        line("TMP", "PAL", '"."', colony=1),
        line("YUG", "BIH", contig=1),
    )
    assert list(piece.frame.columns) == list(TABLES["dyads"].columns)
    rows = {(row["exporter"], row["importer"]): row for row in piece.frame.iter_rows(named=True)}
    assert rows.keys() == {("CHN", "CHN"), ("ROU", "COD"), ("TLS", "PSE"), ("SRB", "BIH")}
    assert rows["ROU", "COD"]["distance_km"] == 5000.75
    assert rows["ROU", "COD"]["distance_capitals_km"] == 990.0
    assert (rows["ROU", "COD"]["common_language"], rows["ROU", "COD"]["colonial_tie"]) == (True, False)
    assert (rows["TLS", "PSE"]["distance_km"], rows["TLS", "PSE"]["colonial_tie"]) == (None, True)
    assert rows["SRB", "BIH"]["contiguous"] is True
    assert piece.frame["year"].null_count() == piece.frame["trade_agreement"].null_count() == 4
    assert "Serbia" in piece.notes[0]


def test_faults_are_set_aside_with_their_line(tmp_path):
    piece = read(
        tmp_path,
        line("CHN", "JPN"),
        line("QQQ", "JPN"),
        line("CHN", "USA", '"far"'),
        line("CHN", "JPN"),
        line("CHN", "KOR", distcap="-1"),
    )
    assert piece.frame.height == 1
    assert dict(zip(piece.quarantine["row"], piece.quarantine["reason"])) == {
        3: "unknown country",
        4: "not a distance",
        5: "repeats the year, exporter, importer of an earlier row",
        6: "not a distance",
    }


def test_stata_as_cepii_ships_it(tmp_path):
    path = tmp_path / "dist_cepii.dta"
    pd.DataFrame(
        {"iso_o": ["CHN"], "iso_d": ["JPN"], "contig": [0], "comlang_off": [0], "colony": [1], "distcap": [2100.5],
         "distw": [1975.25]}
    ).to_stata(path, write_index=False)  # fmt: skip
    (piece,) = geodist.parse(path)
    assert piece.frame.select("exporter", "importer", "distance_km", "colonial_tie").rows() == [
        ("CHN", "JPN", 1975.25, True)
    ]


def test_what_is_not_geodist(tmp_path):
    (tmp_path / "a.csv").write_text("iso_o,iso_d\nCHN,JPN\n")
    with pytest.raises(SourceError, match="no column 'contig'"):
        list(geodist.parse(tmp_path / "a.csv"))
    (tmp_path / "a.dta").write_bytes(b"not Stata")
    with pytest.raises(SourceError, match="not a Stata file"):
        list(geodist.parse(tmp_path / "a.dta"))
    for name in ("dist_cepii.zip", "absent.csv", "absent.dta"):
        with pytest.raises(InputError):
            list(geodist.parse(tmp_path / name))
    with pytest.raises(SourceError, match="no row can be used: unknown country"):
        read(tmp_path, line("QQQ", "JPN"))


def test_the_file_of_countries_is_told_from_that_of_pairs(tmp_path):
    path = tmp_path / "geo.csv"
    path.write_text("iso2,iso3,country,lat,lon\nCN,CHN,China,39.9,116.4\n")
    with pytest.raises(SourceError, match=r"file of countries \(geo_cepii\).*dist_cepii"):
        list(geodist.parse(path))
