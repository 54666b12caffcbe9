"""World Development Indicators: API answers and the extracts in common use, on made-up figures."""

import json

import pytest

from xenotime.core import InputError, SourceError
from xenotime.sources import wdi
from xenotime.store import open_store, writer


def value(code, year, number, series="NY.GDP.MKTP.CD"):
    return {
        "indicator": {"id": series, "value": ""},
        "country": {"id": code[:2], "value": code},
        "countryiso3code": code,
        "date": str(year),
        "value": number,
    }


def api(tmp_path, *records, name="a.json", **about):
    path = tmp_path / name
    about = {"page": 1, "pages": 1, "per_page": 20000, "total": len(records), "lastupdated": "2026-01-05"} | about
    path.write_text(json.dumps([about, list(records)]))
    return path


def csv(tmp_path, text, name="a.csv"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


def only(path, **options):
    (piece,) = wdi.parse(path, **options)
    return piece


def rows(piece):
    return piece.frame.select("country", "year", "gdp_usd", "population").rows()


def test_api_answer(tmp_path):
    piece = only(
        api(
            tmp_path,
            value("CHN", 2020, 14.5e12),
            value("WLD", 2020, 85e12),
            value("", 2020, 1e12),
            value("ROM", 2020, 2.5e11),
            value("AFG", 2020, None),
            value("XQX", 2020, 1.0),
        )
    )
    assert rows(piece) == [("CHN", 2020, 14.5e12, None), ("ROU", 2020, 2.5e11, None)]
    assert piece.provenance.version == "2026-01-05"
    assert piece.quarantine.select("value", "reason").rows() == [("XQX", "unknown country")]
    assert any("2 of 6 rows of regions and other aggregates" in note for note in piece.notes)
    assert any("1 of 4 rows without a value" in note for note in piece.notes)
    assert any("Taiwan" in note for note in piece.notes)


def test_the_two_halves_of_a_release_make_one_row_in_the_store(tmp_path):
    gdp = only(api(tmp_path, value("CHN", 2020, 1.0)))
    people = only(api(tmp_path, value("CHN", 2020, 2.0, "SP.POP.TOTL"), name="b.json"))
    assert rows(people) == [("CHN", 2020, None, 2.0)]
    with writer(tmp_path / "s") as work:
        work.put(gdp)
        work.put(people)
    assert open_store(tmp_path / "s").table("country_year").rows() == [(2020, "CHN", 1.0, 2.0, "wdi", "2026-01-05")]


@pytest.mark.parametrize("records", [[1, 2], [{"date": "2020"}]])
def test_an_answer_of_another_shape_is_refused_in_words(tmp_path, records):
    path = tmp_path / "wdi.json"
    path.write_text(json.dumps([{"page": 1, "pages": 1}, records]))
    with pytest.raises(SourceError, match="not an answer of the World Bank's API"):
        only(path)


def test_extracts(tmp_path):
    wide = csv(tmp_path, "country,iso3,year,gdp_current_usd,population\nChina,CHN,2020,10.5,\nNamibia,NAM,2020,,2500\n")
    assert rows(only(wide, version="x")) == [("CHN", 2020, 10.5, None), ("NAM", 2020, None, 2500.0)]
    assert only(wide, version="x").provenance.version == "x"
    long = csv(
        tmp_path,
        "country_code,Country,year,indicator_name,series,value\n"
        "CHN,China,2020,GDP_CURRENT,NY.GDP.MKTP.CD,10.5\n"
        "CHN,China,2020,POPULATION,SP.POP.TOTL,1400\n"
        "CHN,China,2020,INFLATION,FP.CPI.TOTL.ZG,2.5\n"
        "EAS,East Asia & Pacific,2020,GDP_CURRENT,NY.GDP.MKTP.CD,99\n",
        name="long.csv",
    )
    assert rows(only(long)) == [("CHN", 2020, 10.5, 1400.0)]


def test_faults_are_set_aside(tmp_path):
    piece = only(
        csv(
            tmp_path,
            "iso3,year,population\nCHN,2020,5\nCHN,2020,6\nJPN,20x0,5\nUSA,2020,many\nKOR,2020,-3\n",
        )
    )
    assert rows(piece) == [("CHN", 2020, None, 5.0)]
    assert piece.quarantine.select("row", "column").sort("row").rows() == [
        (3, "iso3"),
        (4, "year"),
        (5, "population"),
        (6, "population"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[{"message": [{"id": "120", "key": "Invalid value", "value": "The indicator was not found."}]}]',
            "not found",
        ),
        ('{"data": []}', "not an answer"),
        ('[{"pages": 1, "page": 1}, null]', "no rows"),
        ('[{"pages": 3, "page": 1, "total": 150}, []]', "page 1 of 3"),
        ("<html>", "not JSON"),
    ],
)
def test_answers_without_data(tmp_path, text, message):
    with pytest.raises(SourceError, match=message):
        only(csv(tmp_path, text, name="a.json"))


def test_what_is_no_wdi(tmp_path):
    with pytest.raises(SourceError, match="neither GDP nor population"):
        only(csv(tmp_path, "iso3,year,inflation\nCHN,2020,1\n"))
    with pytest.raises(SourceError, match="no column 'iso3'"):
        only(csv(tmp_path, "name,year,population\nChina,2020,1\n"))
    with pytest.raises(SourceError, match="none of the indicators"):
        only(csv(tmp_path, "iso3,year,series,value\nCHN,2020,FP.CPI.TOTL.ZG,1\n"))
    with pytest.raises(InputError, match="no such file"):
        only(tmp_path / "absent.json")
