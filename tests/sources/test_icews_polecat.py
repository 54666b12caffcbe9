"""ICEWS and POLECAT: text files with a header, countries by name or code, classes from the reference tables."""

import json

import polars as pl
import pytest

from xenotime.core import SourceError
from xenotime.schema import check
from xenotime.sources import icews, polecat


def tables(pieces):
    pieces = list(pieces)
    for piece in pieces:
        check(piece.frame, piece.table, where=piece.file)
        check(piece.quarantine, "quarantine", where=piece.file)
    counts = pl.concat([piece.frame for piece in pieces if piece.table == "event_counts"])
    days = pl.concat([piece.frame for piece in pieces if piece.table == "event_days"])
    notes = [note for piece in pieces for note in piece.notes]
    return counts, days, pl.concat([piece.quarantine for piece in pieces]), notes


def icews_line(number, day="2015-03-01", actor="Japan", target="China", code="040", scale="1"):
    fields = dict.fromkeys(icews.HEADER.columns, "x")
    fields |= {"Event ID": str(number), "Event Date": day, "Source Country": actor, "Target Country": target}
    return "\t".join((fields | {"CAMEO Code": code, "Intensity": scale}).values())


def icews_file(path, lines, encoding="utf-8"):
    path.write_text("\n".join(["\t".join(icews.HEADER.columns), *lines]) + "\n", encoding=encoding)
    return path


def test_icews_by_hand(tmp_path):
    lines = [
        icews_line(1),
        icews_line(2, scale="1.5"),
        icews_line(3, actor="Côte d'Ivoire", target="Russian Federation", code="190", scale="-10"),
        icews_line(4, target="Japan"),
        icews_line(5, target="NA"),
        icews_line(6, target=""),
        icews_line(7, actor="Atlantis"),
        icews_line(8, day="2016-02-29", code="112", scale="-2"),
        icews_line(2, code="190"),
        icews_line(9, code="9Z"),
        icews_line(10, day="2015-02-29"),
        icews_line(11, scale="much"),
        icews_line(12).replace("\t", " ", 3),
        icews_line(""),
    ]
    counts, days, aside, notes = tables(icews.parse(icews_file(tmp_path / "e.tab", lines), version="2020"))
    assert counts.drop("source", "source_version").rows() == [
        (2015, "CIV", "RUS", "190", "material conflict", 1, -10.0),
        (2015, "JPN", "CHN", "040", "verbal cooperation", 2, 2.5),
        (2016, "JPN", "CHN", "112", "verbal conflict", 1, -2.0),
    ]
    assert days.select("year", "days", "read", "counted").rows() == [(2015, 1, 8, 3), (2016, 1, 1, 1)]
    assert counts["source_version"].unique().to_list() == ["2020"]
    rows = aside.select("row", "value").rows()
    assert {(10, "2"), (12, "2015-02-29"), (13, "much"), (14, "17 columns"), (15, "")} < set(rows)
    assert {value for row, value in rows if row is None} == {"Atlantis", "9Z"}
    assert notes[0].startswith(
        "9 events: 4 between two countries (stored), 1 inside one country, 2 with an actor of no"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
def test_icews_in_any_one_byte_encoding(encoding, tmp_path):
    path = icews_file(tmp_path / "e.tab", [icews_line(1, actor="Côte d'Ivoire")], encoding)
    assert tables(icews.parse(path))[0]["actor"].to_list() == ["CIV"]


def test_icews_columns_are_found_by_name_and_a_missing_one_is_named(tmp_path):
    names = list(icews.HEADER.columns)
    fields = icews_line(1).split("\t")
    path = tmp_path / "e.tab"
    path.write_text("\t".join(reversed(names)) + "\n" + "\t".join(reversed(fields)) + "\n")
    assert tables(icews.parse(path))[0]["actor"].to_list() == ["JPN"]
    path.write_text("\t".join(names[:6]) + "\n" + "\t".join(fields[:6]) + "\n")
    with pytest.raises(SourceError, match="no column 'Target Country'"):
        list(icews.parse(path))


def test_text_in_quotes_is_read_without_them(tmp_path):
    lines = [icews_line(1, scale="-10"), icews_line(2, scale="-10.5")]
    plain = icews_file(tmp_path / "e.tab", lines)
    quoted = tmp_path / "q.tab"
    rows = plain.read_text().splitlines()
    quoted.write_text("\n".join("\t".join(f'"{field}"' for field in row.split("\t")) for row in rows) + "\n")
    found = [tables(icews.parse(path)) for path in (plain, quoted)]
    assert found[0][0].rows() == found[1][0].rows() == [
        (2015, "JPN", "CHN", "040", "verbal cooperation", 1, -10.0, "icews", "as downloaded")
    ]  # fmt: skip
    assert found[1][2].select("value", "reason").rows() == [("-10.5", "not a number from -10 to 10")]


@pytest.mark.parametrize("scale", ["gold", None])
def test_a_reduced_extract(scale, tmp_path):
    path = tmp_path / "events.csv"
    rows = ["2014-01-01,TWN,JPN,018,-3.25", '2014-01-02,"Korea, South",CHN,050,3.5', "2014-01-02,FRA,FRA,018,3.4",
            "2014-13-01,FRA,DEU,018,3.4"]  # fmt: skip
    head = f"date,src,tgt,code,{scale}" if scale else "date,src,tgt,code"
    path.write_text("\n".join([head, *(row if scale else row.rpartition(",")[0] for row in rows)]) + "\n")
    counts, days, aside, _ = tables(icews.parse(path))
    assert counts.select("actor", "target", "code", "intensity_sum").rows() == [
        ("KOR", "CHN", "050", 3.5),
        ("TWN", "JPN", "018", -3.25 if scale else 3.4),  # without a column: Goldstein's scale of the code
    ]
    assert days.select("days", "read", "counted").rows() == [(2, 3, 2)]
    assert aside.select("row", "value").rows() == [(5, "2014-13-01")]


def polecat_line(number, actor="USA", target="CHN", kind="CONSULT", mode="", scale="1.0", day="2021-05-01", more=0):
    fields = dict.fromkeys(polecat.HEADER.columns, "None")
    fields |= {"Event ID": number, "Event Date": day, "Actor Country": actor, "Recipient Country": target}
    fields |= {"Event Type": kind, "Event Mode": mode, "Intensity": scale, "Placename": "Bogotá", "Version": "NGEC"}
    return "\t".join(fields.values()) + "\t" * more


def polecat_file(path, lines, header=polecat.HEADER.columns):
    path.write_bytes("\n".join(["\t".join(header), *lines, ""]).encode("latin-1"))
    return path


def test_polecat_by_hand(tmp_path):
    lines = [
        polecat_line("a1"),
        polecat_line("a2", mode="visit", more=3),
        polecat_line("a3", actor="USA; JPN", target="CHN;USA", kind="ASSAULT", mode="beat", scale="-9.0"),
        polecat_line("a4", actor="None"),
        polecat_line("a5", kind="GRUMBLE"),
        polecat_line("a1", kind="AID"),
        polecat_line("a6") + "\tand\tmore",
    ]
    counts, days, aside, notes = tables(polecat.parse(polecat_file(tmp_path / "p.txt", lines)))
    assert counts.select("actor", "target", "code", "quad", "events", "intensity_sum").rows() == [
        ("JPN", "CHN", "ASSAULT/beat", "material conflict", 1, -9.0),
        ("JPN", "USA", "ASSAULT/beat", "material conflict", 1, -9.0),
        ("USA", "CHN", "ASSAULT/beat", "material conflict", 1, -9.0),
        ("USA", "CHN", "CONSULT", "verbal cooperation", 1, 1.0),
        ("USA", "CHN", "CONSULT/visit", "verbal cooperation", 1, 1.0),
    ]
    assert days.select("read", "counted").rows() == [(5, 3)]
    assert "1 events name several countries on a side: counted once for each pair" in notes
    assert {(row, value) for row, value in aside.select("row", "value").rows()} == {
        (7, "a1"), (8, "42 columns"), (None, "GRUMBLE"),
    }  # fmt: skip
    line = aside.filter(row=8)["raw"].item()
    assert "Bogotá" in json.loads(line)["line"]


@pytest.mark.parametrize("odd", ["names too many", "empty columns too many"])
def test_polecat_files_with_an_odd_header(odd, tmp_path):
    names = polecat.HEADER.columns
    header = [*names[:5], "Headline", *names[5:]] if odd == "names too many" else [*names, "", ""]
    more = 0 if odd == "names too many" else 2
    path = polecat_file(tmp_path / "p.txt", [polecat_line("a1", more=more), polecat_line("a2", more=more)], header)
    counts, _, aside, _ = tables(polecat.parse(path))
    assert counts.select("actor", "target", "events").rows() == [("USA", "CHN", 2)]
    assert aside.is_empty()
