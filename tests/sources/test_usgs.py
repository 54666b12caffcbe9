"""Mineral Commodity Summaries in each layout, on made-up figures."""

import pytest

from xenotime.core import InputError, SourceError
from xenotime.sources import usgs

LONG = "MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes,Is critical,Other\n"


def read(tmp_path, text, name="mcs.csv", encoding="utf-8", **options):
    (tmp_path / name).write_bytes(text.encode(encoding))
    (piece,) = usgs.parse(tmp_path / name, **options)
    return piece


def rows(piece):
    return piece.frame.select("year", "country", "commodity", "stage", "quantity_t", "estimated").rows()


def test_salient_with_byte_order_mark_and_thousands(tmp_path):
    piece = read(
        tmp_path,
        "DataSource,Commodity,Year,USprod_Concentrate_t,Employment_num\n"
        'MCS2023,Rare Earths,2021,"42,000",>90\nMCS2023,Rare Earths,2022,43000,E\n',
        encoding="utf-8-sig",
    )
    assert rows(piece) == [
        (2021, "USA", "rare_earths", "mine", 42000.0, False),
        (2022, "USA", "rare_earths", "mine", 43000.0, True),
    ]
    assert piece.provenance.version == "MCS2023 salient"
    assert piece.frame["basis"].unique().to_list() == ["REO content"]


def test_world_file_of_one_commodity(tmp_path):
    piece = read(
        tmp_path,
        "Source,Country,Type,Prod_t_2021,Prod_t_est_2022,Prod_notes,Reserves_t,Reserves_notes\n"
        'MCS2023,China,"Mine production, REO",168000,210000,,44000000,\n'
        'MCS2023,Burma,"Mine production, REO",35000,"12,000",,NA,\n'
        'MCS2023,Other countries,"Mine production, REO",100,80,,280000,\n'
        'MCS2023,World total (rounded),"Mine production, REO",290000,300000,,>130000000,\n',
    )
    assert sorted(rows(piece)) == [
        (2021, "CHN", "rare_earths", "mine", 168000.0, False),
        (2021, "MMR", "rare_earths", "mine", 35000.0, False),
        (2022, "CHN", "rare_earths", "mine", 210000.0, True),
        (2022, "CHN", "rare_earths", "reserves", 44e6, False),
        (2022, "MMR", "rare_earths", "mine", 12000.0, True),
    ]
    assert piece.provenance.version == "MCS2023"
    assert any("6 cells of world totals" in note for note in piece.notes)


def test_world_data_2025_with_the_blank_in_its_header(tmp_path):
    piece = read(
        tmp_path,
        "SOURCE,COMMODITY,COUNTRY,TYPE,UNIT_MEAS,PROD_2023,PROD_EST_ 2024,PROD_NOTES,CAP_2023,RESERVES_2024,NOTES\n"
        'MCS2025,Rare earths,China,"Mine production, REO",metric tons,255000.0,270000.0,,,44000000,\n'
        "MCS2025,Cobalt,Congo (Kinshasa),Mine production,metric tons,175000.0,220000.0,estimated 2023,,6000000,\n"
        "MCS2025,Gallium,Korea\u00a0Republic of,Primary production,kilograms,3000.0,,,,,\n"
        "MCS2025,Gallium,CÃ´te d'Ivoire,Primary production,kilograms,1000.0,,,,,\n"
        "MCS2025,Salt,China,Mine production,thousand metric tons,53000,,,,,\n"
        "MCS2025,Rare earths,Atlantis,Mine production,metric tons,1,,,,,\n",
    )
    assert sorted(rows(piece)) == [
        (2023, "CHN", "rare_earths", "mine", 255000.0, False),
        (2023, "CIV", "gallium", "refinery", 1.0, False),
        (2023, "COD", "cobalt", "mine", 175000.0, True),
        (2023, "KOR", "gallium", "refinery", 3.0, False),
        (2024, "CHN", "rare_earths", "mine", 270000.0, True),
        (2024, "CHN", "rare_earths", "reserves", 44e6, False),
        (2024, "COD", "cobalt", "mine", 220000.0, True),
        (2024, "COD", "cobalt", "reserves", 6e6, False),
    ]
    assert piece.quarantine.select("row", "value", "reason").rows() == [(7, "Atlantis", "unknown country")]


def long(country, value, year=2025, commodity="Rare Earths", detail="Mine production ", unit="metric tons", notes=""):
    section = "World Mine Production and Reserves"
    return f'RARE EARTHS,{section},{commodity},"{country}",Production,{detail},{unit},{year},"{value}",{notes},Yes,\n'


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_long_table_2026(tmp_path, encoding):
    piece = read(
        tmp_path,
        LONG
        + long("China", "270,000", notes="Estimated.")
        + long("Burma", "27,000", 2024, notes="Reported.")
        + long("Canada", "—")
        + long("Côte d’Ivoire", "5")
        + long("Korea, Republic of", "2", commodity="Gallium", detail="Primary production", unit="kilograms")
        + long("China", "44,000,000", detail="Reserves")
        + long("India", "NA", detail="Reserves")
        + long("Viet Nam", ">540")
        + long("Turkey", "W")
        + long("World total", "390,000", detail="Mine production: rounded")
        + "RARE EARTHS,Salient Statistics,Rare Earths,United States,Production,Mine production,metric tons,2025,9,,,\n",
        name="MCS2026_Commodities_Data.csv",
        encoding=encoding,
    )
    assert sorted(rows(piece)) == [
        (2024, "MMR", "rare_earths", "mine", 27000.0, False),
        (2025, "CAN", "rare_earths", "mine", 0.0, False),
        (2025, "CHN", "rare_earths", "mine", 270000.0, True),
        (2025, "CHN", "rare_earths", "reserves", 44e6, False),
        (2025, "CIV", "rare_earths", "mine", 5.0, False),
        (2025, "KOR", "gallium", "refinery", 0.002, False),
    ]
    assert piece.provenance.version == "MCS2026"
    assert piece.quarantine.select("row", "column", "value").rows() == [(9, "Value", ">540"), (10, "Value", "W")]
    assert [note.split(" cells ")[0] for note in piece.notes] == ["1", "1", "1"]


def test_edition_has_to_be_known(tmp_path):
    with pytest.raises(InputError, match="which edition"):
        read(tmp_path, LONG + long("China", "1"), name="minerals.csv")
    assert read(tmp_path, LONG + long("China", "1"), name="minerals.csv", version="MCS2027").frame.height == 1


def test_what_is_no_summary(tmp_path):
    with pytest.raises(SourceError, match="not a layout"):
        read(tmp_path, "a,b\n1,2\n")
    with pytest.raises(SourceError, match="nothing on"):
        read(tmp_path, LONG + long("China", "1", commodity="Salt"), version="MCS2026")
    with pytest.raises(SourceError, match="cannot be read"):
        read(tmp_path, "")
    with pytest.raises(InputError, match="no such file"):
        list(usgs.parse(tmp_path / "absent.csv"))


def test_a_file_that_is_not_text(tmp_path):
    (tmp_path / "mcs.csv").write_bytes(b"PK\x03\x04\x00\x00")
    with pytest.raises(SourceError, match="not a text file"):
        list(usgs.parse(tmp_path / "mcs.csv"))
    with pytest.raises(InputError, match="is a folder"):
        list(usgs.parse(tmp_path))
