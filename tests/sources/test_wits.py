"""WITS tariffs in their three layouts, on made-up rates."""

import json

import polars as pl
import pytest

from xenotime import reference
from xenotime.core import InputError, SourceError
from xenotime.sources import wits
from xenotime.store import open_store, writer

HEAD = (
    "Selected Nomen,Native Nomen,Reporter,Reporter Name,Partner,Partner Name,Tariff Year,Trade Year,Trade Source,"
    "Product,Product Name,Duty Type,Simple Average,Weighted Average,Standard Deviation,Minimum Rate,Maximum Rate,"
    "Nbr of Total Lines\n"
)


def advanced(tmp_path, *rows, name="query.csv"):
    """Write (vintage, reporter, name, partner, name, year, product, duty, average) as the result of a query."""
    text = HEAD
    for vintage, reporter, called, partner, partner_called, year, product, duty, average in rows:
        text += (
            f'{vintage},{vintage},{reporter},"{called}",{partner},"{partner_called}",{year},{year},CTS,{product},'
            f"goods,{duty},{average},{average},0,0,0,1\n"
        )
    (tmp_path / name).write_text(text)
    return tmp_path / name


def api(tmp_path, rates, *, years=("2020",), exchanged=True, name="answer.json"):
    """Write {(reporter, partner, product): [(year, rate, type, lines, lines without a rate)]} as the API answers."""
    reporters, partners, products = (list(dict.fromkeys(key[k] for key in rates)) for k in range(3))

    def listed(which, values):
        return {"id": which, "name": which, "values": [{"id": value, "name": value} for value in values]}

    attributes = {"TARIFFTYPE": [], "TOTALNOOFLINES": [], "NBR_NA_LINES": [], "NOMENCODE": ["H5"]}
    series = {}
    for (reporter, partner, product), observed in rates.items():
        pair = (products.index(product), partners.index(partner))
        pair = pair if exchanged else pair[::-1]
        found = {}
        for year, rate, duty, lines, without in observed:
            places = []
            for kind, value in zip(attributes, (duty, str(lines), str(without), "H5")):
                if value not in attributes[kind]:
                    attributes[kind].append(value)
                places.append(attributes[kind].index(value))
            found[str(years.index(year))] = [rate, *places]
        series[f"0:{reporters.index(reporter)}:{pair[0]}:{pair[1]}:0"] = {"observations": found}
    answer = {
        "dataSets": [{"series": series}],
        "structure": {
            "dimensions": {
                "series": [
                    listed("FREQ", ["A"]),
                    listed("REPORTER", reporters),
                    listed("PARTNER", partners),
                    listed("PRODUCTCODE", products),
                    listed("DATATYPE", ["aveestimated"]),
                ],
                "observation": [listed("TIME_PERIOD", years)],
            },
            "attributes": {"observation": [listed(kind, values) for kind, values in attributes.items()]},
        },
    }
    (tmp_path / name).write_text(json.dumps(answer))
    return tmp_path / name


def only(path, **options):
    (piece,) = wits.parse(path, **options)
    return piece


def rows(piece):
    return piece.frame.select("importer", "exporter", "hs6", "year", pl.col("rate").round(9), "kind").rows()


def test_advanced_query(tmp_path):
    piece = only(
        advanced(
            tmp_path,
            ("H5", 156, "China", "000", "World", 2020, 850511, "MFN", 7),
            ("H5", 156, "China", 392, "Japan", 2020, 850511, "PRF", 3.5),
            ("H5", 156, "China", 392, "Japan", 2020, 850511, "BND", 9),
            ("H4", 699, "India", "000", "World", 2020, 850511, "MFN", 7.5),
            ("H5", 36, "Australia", "000", "World", 2020, 10121, "MFN", 0),
            ("H5", 156, "China", "000", "World", 2020, 85, "MFN", 4),
        )
    )
    assert rows(piece) == [
        ("AUS", None, "010121", 2020, 0.0, "mfn"),
        ("CHN", None, "850511", 2020, 0.07, "mfn"),
        ("CHN", "JPN", "850511", 2020, 0.035, "applied"),
        ("IND", None, "850511", 2020, 0.075, "mfn"),
    ]
    assert any("1 of 6 rates left out: of bound" in note for note in piece.notes)
    assert any("groups of headings" in note for note in piece.notes)
    assert any("HS vintage H4 (1), H5 (3)" in note for note in piece.notes)


def test_the_rate_effectively_applied_goes_before_the_preferential_one(tmp_path):
    piece = only(
        advanced(
            tmp_path,
            ("H5", 156, "China", 392, "Japan", 2020, 850511, "PRF", 3.5),
            ("H5", 156, "China", 392, "Japan", 2020, 850511, "AHS", 3),
        )
    )
    assert rows(piece) == [("CHN", "JPN", "850511", 2020, 0.03, "applied")]
    assert any("1 of 2 rates left out: preferential" in note for note in piece.notes)


@pytest.mark.parametrize(("year", "count"), [(2013, 28), (2019, 28), (2020, 28), (2021, 27), (2003, 15)])
def test_the_rates_of_the_union_are_those_of_its_members_of_the_year(tmp_path, year, count):
    piece = only(advanced(tmp_path, ("H5", 918, "European Union", "000", "World", year, 850511, "MFN", 2.2)))
    importers = piece.frame["importer"].to_list()
    assert len(importers) == count
    assert set(reference.members("EU", year)) <= set(importers)
    assert ("GBR" in importers) == (year <= 2020)
    assert piece.frame["rate"].to_list() == pytest.approx([0.022] * count)


@pytest.mark.parametrize("exchanged", [True, False])
def test_api_answer_in_either_order_of_keys(tmp_path, exchanged):
    rates = {
        ("840", "000", "850511"): [("2020", 2.1, "MFN", 1, 0), ("2021", 2.2, "MFN", 1, 0)],
        ("840", "000", "280530"): [("2020", 5, "MFN", 2, 0)],
        ("840", "000", "284690"): [("2020", 3.7, "MFN", 1, 0)],
        ("840", "410", "850511"): [("2020", 0, "PREF", 1, 0)],
    }
    piece = only(api(tmp_path, rates, years=("2020", "2021"), exchanged=exchanged))
    assert rows(piece) == [
        ("USA", None, "280530", 2020, 0.05, "mfn"),
        ("USA", None, "284690", 2020, 0.037, "mfn"),
        ("USA", None, "850511", 2020, 0.021, "mfn"),
        ("USA", "KOR", "850511", 2020, 0.0, "applied"),
        ("USA", None, "850511", 2021, 0.022, "mfn"),
    ]
    assert piece.provenance.version == "with estimated equivalents"
    assert any("exchanged" in note for note in piece.notes) == exchanged


def test_a_specific_duty_is_not_a_zero(tmp_path):
    rates = {
        ("840", "000", "850511"): [("2020", 0, "MFN", 2, 2)],
        ("840", "000", "280530"): [("2020", 4, "MFN", 3, 1)],
    }
    piece = only(api(tmp_path, rates))
    assert rows(piece) == [("USA", None, "280530", 2020, 0.04, "mfn")]
    assert any("1 of 2 rates left out: whose lines all have specific duties" in note for note in piece.notes)
    assert any(note.startswith("1 rates leave out lines with specific duties") for note in piece.notes)


def test_bulk_files(tmp_path):
    path = tmp_path / "AVEPref_H5_156_2020.csv"
    path.write_text(
        "NomenCode,Reporter_ISO_N,Year,ProductCode,Partner,Sum_Of_Rates,Min_Rate,Max_Rate,SimpleAverage,Nbr_NA_Lines,"
        "TotalNoOfLines,EstCode\nH5,156,2020,850511,392,7,3,4,3.5,0,2,\nH5,156,2020,850511,E38,7,3,4,3.5,0,2,\n"
        "H5,156,2020,850511,392,7,3,4,3.5,0,2,\nH5,999,2020,850511,392,7,3,4,3.5,0,2,\n"
        "H5,156,2020,280530,392,7,3,4,9999,0,2,\n"
    )
    piece = only(path)
    assert rows(piece) == [("CHN", "JPN", "850511", 2020, 0.035, "applied")]
    assert sorted(piece.quarantine.select("row", "column").rows()) == [
        (3, "partner"), (4, "reporter"), (5, "reporter"), (6, "average"),
    ]  # fmt: skip


def test_into_the_store(tmp_path):
    with writer(tmp_path / "s") as work:
        work.put(only(advanced(tmp_path, ("H5", 156, "China", "000", "World", 2020, 850511, "MFN", 7))))
    assert open_store(tmp_path / "s").table("tariffs")["rate"].to_list() == [0.07]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "a,b\n1,2\n", "neither the result"),
        ("a.json", "{}", "not an answer"),
        ("a.json", "no json", "not JSON"),
        ("a.xml", "<a/>", "SDMX-ML"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match=message):
        only(tmp_path / name)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        only(tmp_path / "none.csv")
