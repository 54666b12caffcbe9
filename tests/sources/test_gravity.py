"""Gravity: the 87-column layout on a made-up specimen; states that split stand in it twice."""

import zipfile

import pytest

from xenotime.core import SourceError
from xenotime.sources import gravity

_PAIR = (
    "gmt_offset_2020 main_city_source legal_old legal_new heg pop gdp gdpcap pop_source gdp_source gdp_ppp gdpcap_ppp"
)
_PAIR += " pop_pwt gdp_ppp_pwt gatt wto eu entry_cost entry_proc entry_time entry_tp tradeflow_comtrade tradeflow_imf"
_PAIR += " country_id iso3 iso3num country_exists"
_SINGLE = "year distw_harmonic distw_arithmetic distw_harmonic_jh distw_arithmetic_jh dist distcap contig comcol col45"
_SINGLE += " diplo_disagreement scaled_sci_2021 comlang_off comlang_ethno comleg_pretrans comleg_posttrans comrelig"
_SINGLE += (
    " transition_legalchange col_dep_ever col_dep col_dep_end_year col_dep_end_conflict empire sibling_ever sibling"
)
_SINGLE += " sever_year sib_conflict fta_wto fta_wto_raw rta_coverage rta_type tradeflow_baci manuf_tradeflow_baci"
HEADER = _SINGLE.split() + [f"{name}_{side}" for name in _PAIR.split() for side in "od"]


def row(origin, destination, year=2015, **values):
    sound = dict.fromkeys(HEADER, "") | dict.fromkeys(("country_exists_o", "country_exists_d", "fta_wto"), "1")
    sound |= {"year": str(year), "iso3_o": origin, "iso3_d": destination, "distw_harmonic": "1500", "distcap": "1400"}
    return sound | {"contig": "0", "comlang_off": "0.0", "col_dep_ever": "1.0"} | values


def text(*rows):
    return "\n".join([",".join(HEADER), *(",".join(r[name] for name in HEADER) for r in rows)]) + "\n"


def write(tmp_path, *rows, name="Gravity_V202211.csv"):
    (tmp_path / name).write_text(text(*rows))
    return tmp_path / name


def test_the_specimen_has_the_87_columns():
    assert len(HEADER) == len(set(HEADER)) == 87


def test_only_existing_countries_once_a_year(tmp_path):
    path = write(
        tmp_path,
        row("SDN", "CHN", 2010, country_id_o="SDN.1"),
        row("SDN", "CHN", 2010, country_id_o="SDN.2", country_exists_o="0"),
        row("SDN", "CHN", 2015, country_id_o="SDN.1", country_exists_o="0"),
        row("SDN", "CHN", 2015, country_id_o="SDN.2", distw_harmonic="1600"),
        row("CHN", "JPN", 2015, fta_wto="", contig="1"),
    )
    pieces = list(gravity.parse(path))
    assert [(p.year, p.frame.height, p.provenance.version) for p in pieces] == [
        (2010, 1, "V202211"),
        (2015, 2, "V202211"),
    ]
    assert "2 rows of countries that did not exist" in pieces[0].notes[0]
    china, sudan = pieces[1].frame.sort("exporter").iter_rows(named=True)
    assert (sudan["distance_km"], sudan["distance_capitals_km"], sudan["colonial_tie"]) == (1600.0, 1400.0, True)
    assert (sudan["trade_agreement"], china["trade_agreement"], china["contiguous"]) == (True, None, True)


def test_zip_and_years(tmp_path):
    with zipfile.ZipFile(tmp_path / "Gravity_csv_V202211.zip", "w") as archive:
        archive.writestr("Countries_V202211.csv", "country_id\nCHN\n")
        archive.writestr("Gravity_V202211.csv", text(row("CHN", "JPN", 2014), row("CHN", "JPN", 2015)))
    (piece,) = gravity.parse(tmp_path / "Gravity_csv_V202211.zip", years=[2015])
    assert (piece.year, piece.file) == (2015, "Gravity_csv_V202211.zip")
    with pytest.raises(SourceError, match="no pair of existing countries"):
        list(gravity.parse(tmp_path / "Gravity_csv_V202211.zip", years=[1999]))


def test_faults_stand_with_the_first_piece(tmp_path):
    path = write(
        tmp_path,
        row("CHN", "JPN", 2014),
        row("QQQ", "JPN", 2015),
        row("CHN", "JPN", 2015),
        row("CHN", "JPN", 2015),
        row("CHN", "USA", 2015, distw_harmonic="x"),
    )
    first, second = gravity.parse(path)
    assert sorted(first.quarantine["row"]) == [3, 5, 6]
    assert second.quarantine.is_empty()


def test_what_is_not_gravity(tmp_path):
    (tmp_path / "old.csv").write_text("year,iso3_o,iso3_d,distw\n2015,CHN,JPN,1\n")
    with pytest.raises(SourceError, match="no column 'country_exists_o'"):
        list(gravity.parse(tmp_path / "old.csv"))
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(SourceError, match="damaged or cut off"):
        list(gravity.parse(tmp_path / "cut.zip"))
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "")
    with pytest.raises(SourceError, match="no Gravity_V"):
        list(gravity.parse(tmp_path / "other.zip"))
