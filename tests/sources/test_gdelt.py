"""GDELT event files: counted exactly, and every line that is not counted is named."""

import hashlib
import json
import random
import zipfile
from collections import Counter

import polars as pl
import pytest
from gdelt_lines import line, recount, write
from hypothesis import given, settings
from hypothesis import strategies as st

from xenotime.core import InputError, SourceError
from xenotime.schema import QUADS, check
from xenotime.sources import _event_files, _event_partial, _event_twice, _fetch, gdelt


def tables(pieces):
    """Return all counts, all days, what was set aside, and the notes."""
    pieces = list(pieces)
    for piece in pieces:
        check(piece.frame, piece.table, where=piece.file)
        check(piece.quarantine, "quarantine", where=piece.file)
        assert set(piece.frame["year"]) <= {piece.year}
    by = {name: [piece.frame for piece in pieces if piece.table == name] for name in ("event_counts", "event_days")}
    return (
        pl.concat(by["event_counts"]),
        pl.concat(by["event_days"]),
        pl.concat([piece.quarantine for piece in pieces]),
        [note for piece in pieces for note in piece.notes],
    )


def counted(counts):
    rows = counts.select("year", "actor", "target", "code", "quad", "events", "intensity_sum").rows()
    places = {name: place for place, name in enumerate(QUADS, 1)}
    return {(*row[:4], places[row[4]]): row[5:] for row in rows}


@pytest.mark.parametrize("columns", [57, 58, 61])
@pytest.mark.parametrize("packing", ["plain", "zip", "carriage returns", "byte order mark"])
def test_counts_equal_a_recount(columns, packing, tmp_path):
    draw = random.Random(columns)
    lines = [
        line(1000 + n, f"2018{draw.randint(1, 12):02}{draw.randint(1, 28):02}", *draw.sample(["USA", "CHN", "JPN"], 2),
             *draw.choice([("040", 1, "1.0"), ("190", 4, "-10.0"), ("0874", 2, "6.4"), ("111", 3, "-2.0")]), columns)
        for n in range(400)
    ]  # fmt: skip
    path = tmp_path / "20180101.export.CSV"
    if packing == "zip":
        path = tmp_path / "20180101.export.CSV.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("20180101.export.CSV", "\n".join(lines) + "\n")
    elif packing == "carriage returns":
        path.write_bytes(("\r\n".join(lines) + "\r\n").encode())
    elif packing == "byte order mark":
        write(path, ["\ufeff" + lines[0], *lines[1:]])
    else:
        write(path, lines)
    counts, days, aside, _ = tables(gdelt.parse(path))
    events, scale = recount(lines)
    assert counted(counts) == {key: (events[key], pytest.approx(scale[key], abs=1e-9)) for key in events}
    assert days.row(0)[:4] == (2018, len({text.split("\t")[1] for text in lines}), 400, 400)
    assert aside.is_empty()


def test_codes_of_cameo_become_countries_and_what_is_none_is_counted(tmp_path):
    lines = [
        line(1, actor="ROM", target="TMP"),
        line(2, actor="WSB", target="ISR"),
        line(3, actor="MTN", target="TWN"),
        line(4, actor="USA", target="USA"),
        line(5, actor="USA", target=""),
        line(6, actor="", target=""),
        line(7, actor="AFR", target="CHN"),
        line(8, actor="XQZ", target="CHN"),
        line(9, actor="XQZ", target="AFR"),
        line(10, "20030105", actor="SSD", target="CHN"),
    ]
    counts, days, aside, notes = tables(gdelt.parse(write(tmp_path / "a.csv", lines), years=[2003, 2018]))
    assert set(counts.select("actor", "target").rows()) == {("ROU", "TLS"), ("PSE", "ISR"), ("MNE", "TWN")}
    assert days.select("year", "read", "counted").rows() == [(2003, 1, 0), (2018, 9, 3)]
    assert notes[0] == (
        "10 events: 3 between two countries (stored), 1 inside one country, 2 with an actor of no country, 1 with a "
        "group of countries, 1 with a country that did not exist that year, 2 with an actor that is no known country"
    )
    assert {"groups: AFR 2", "unknown actors: XQZ 2", "not countries that year: SSD 1"} <= set(notes)
    unknown = {row["value"]: json.loads(row["raw"])["events"] for row in aside.to_dicts()}
    assert unknown == {"XQZ": 2, "SSD": 1}


BROKEN = {
    "too few columns": "1\t2\t3",
    "a changed number of columns": line(9, columns=60),
    "an empty line": "",
    "no number": line("x9"),
    "a day that is none": line(9, "20180230"),
    "a day as zeros": line(9, "00000000"),
    "a day with dashes": line(9, "2018-1-1"),
    "a country too long": line(9, actor="UNITEDSTATES"),
    "no code": line(9, code=""),
    "class 5": line(9, quad=5),
    "no class": line(9, quad=""),
    "a scale that is no number": line(9, scale="n/a"),
    "a scale beyond all": line(9, scale="1e300"),
    "a scale beyond Goldstein's": line(9, scale="10.1"),
    "a NUL byte": line(9).replace("A NAME", "A\0NAME"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_line_is_set_aside_with_its_number(fault, tmp_path):
    path = write(tmp_path / "a.csv", [line(1), BROKEN[fault], line(2), line(3)])
    counts, days, aside, notes = tables(gdelt.parse(path))
    assert (counts["events"].sum(), days["read"].item()) == (3, 3)
    assert aside.select("file", "row").rows() == [("a.csv", 2)]
    assert json.loads(aside["raw"].item())["line"] == BROKEN[fault]
    assert aside["remedy"].item()
    assert any(note.startswith("1 broken lines set aside: 1 × ") for note in notes)


def test_a_file_cut_in_a_line(tmp_path):
    path = write(tmp_path / "a.csv", [line(1), line(2), line(3)[:60]], end="")
    counts, _, aside, _ = tables(gdelt.parse(path))
    assert counts["events"].sum() == 2
    assert aside.select("row", "reason").rows() == [(3, "the last line is cut off")]
    whole = write(tmp_path / "b.csv", [line(1), line(2)], end="")
    assert tables(gdelt.parse(whole))[0]["events"].sum() == 2


def test_more_broken_lines_than_are_kept_are_still_counted(tmp_path):
    lines = [line(n) for n in range(300)] + ["broken"] * 250
    _, _, aside, notes = tables(gdelt.parse(write(tmp_path / "a.csv", lines)))
    assert len(aside) == _event_partial.WHOLE_LINES + 1
    assert json.loads(aside.filter(pl.col("row").is_null())["raw"].item()) == {"more_lines": 150}
    assert "250 broken lines set aside: 250 × not 57, 58 or 61 columns" in notes


def damaged(folder):
    """Write files that cannot be read as a whole; name to a word of what is said of it."""
    zipped = folder / "cut.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.CSV", "\n".join(line(n) for n in range(2000)))
    zipped.write_bytes(zipped.read_bytes()[:-200])
    with zipfile.ZipFile(folder / "flipped.zip", "w") as archive:
        archive.writestr("x.CSV", "\n".join(line(n) for n in range(50)))
    bytes_ = bytearray((folder / "flipped.zip").read_bytes())
    bytes_[500] ^= 1
    (folder / "flipped.zip").write_bytes(bytes_)
    with zipfile.ZipFile(folder / "two.zip", "w") as archive:
        archive.writestr("a", "x")
        archive.writestr("b", "y")
    (folder / "nothing.csv").write_bytes(b"")
    (folder / "wide.csv").write_text(line(1) + "\n", encoding="utf-16")
    (folder / "other.csv").write_text("a,b\n1,2\n3,4\n")
    (folder / "zeros.csv").write_bytes(b"\0" * 5000)
    return {"cut.zip": "damaged", "flipped.zip": "damaged", "two.zip": "2 files", "nothing.csv": "empty",
            "wide.csv": "UTF-16", "other.csv": "not a file of GDELT", "zeros.csv": "not a file of GDELT"}  # fmt: skip


def test_files_that_cannot_be_read_are_named_and_the_others_counted(tmp_path):
    expected = damaged(tmp_path)
    write(tmp_path / "good.csv", [line(1), line(2)])
    (tmp_path / "20180101.gkg.csv.zip").write_bytes(b"x")
    (tmp_path / "md5sums").write_text("x")
    counts, _, aside, notes = tables(gdelt.parse(tmp_path))
    assert counts["events"].sum() == 2
    said = dict(aside.select("file", "reason").rows())
    assert set(said) == set(expected)
    for name, word in expected.items():
        assert word in said[name]
    assert any(note.startswith("7 of 8 files could not be read: ") for note in notes)
    assert "2 files of the folder are no event files: 20180101.gkg.csv.zip, md5sums" in notes
    for name in expected:
        with pytest.raises(SourceError) as caught:
            list(gdelt.parse(tmp_path / name))
        assert caught.value.remedy


def test_an_event_told_twice_counts_once_and_the_first_telling_stands(tmp_path):
    write(tmp_path / "1.csv", [line(1), line(2), line(2, actor="RUS"), line(3)])
    write(tmp_path / "2.csv", [line(3, actor="RUS", day="20180109"), line(4)])
    counts, days, aside, notes = tables(gdelt.parse(tmp_path))
    assert counts.select("actor", "target", "events").rows() == [("USA", "CHN", 4)]
    assert days.select("days", "read").rows() == [(1, 4)]
    told = aside.sort("file").select("file", "row", "value", "raw").rows()
    assert [(*row[:3], json.loads(row[3])) for row in told] == [
        ("1.csv", 3, "2", {"first_file": "1.csv", "first_line": 2}),
        ("2.csv", 1, "3", {"first_file": "1.csv", "first_line": 4}),
    ]
    assert "2 events told again, in 2 files: each counted once" in notes


EVENT = st.tuples(st.integers(1, 30), st.sampled_from(["USA", "RUS", "AFR", ""]))


@settings(max_examples=25)
@given(files=st.lists(st.lists(EVENT, min_size=1, max_size=12), min_size=1, max_size=4))
def test_each_number_counts_once_however_the_files_are_cut(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    first = {}
    for name, events in enumerate(files):
        for number, actor in events:
            first.setdefault(number, actor)
        write(folder / f"{name}.csv", [line(number, actor=actor) for number, actor in events])
    before = (_event_files.BLOCK_BYTES, _event_partial.RUN_EVENTS, _event_twice.RANGE_EVENTS)
    try:
        _event_files.BLOCK_BYTES, _event_partial.RUN_EVENTS, _event_twice.RANGE_EVENTS = 700, 3, 4
        counts, days, aside, _ = tables(gdelt.parse(folder))
    finally:
        _event_files.BLOCK_BYTES, _event_partial.RUN_EVENTS, _event_twice.RANGE_EVENTS = before
    expected = Counter(actor for actor in first.values() if actor in ("USA", "RUS"))
    assert dict(counts.select("actor", "events").rows()) == expected
    assert days["read"].sum() == len(first)
    assert len(aside) == sum(map(len, files)) - len(first)


def test_years_told_of_in_retrospect_are_named_and_left_out(tmp_path):
    path = write(tmp_path / "a.csv", [*(line(n) for n in range(40)), line(90, "20080501"), line(91, "20171231")])
    counts, _, _, notes = tables(gdelt.parse(path))
    assert counts["year"].to_list() == [2018]
    assert any(
        "2 events of years that none of the files is of" in note and "2008: 1, 2017: 1" in note for note in notes
    )
    assert tables(gdelt.parse(path, years=[2017, 2018]))[0]["year"].unique().sort().to_list() == [2017, 2018]


def test_an_empty_goldstein_scale_counts_as_nothing(tmp_path):
    counts, *_ = tables(gdelt.parse(write(tmp_path / "a.csv", [line(1, scale=""), line(2, scale="-0.4")])))
    assert counts.select("events", "intensity_sum").rows() == [(2, -0.4)]


@pytest.mark.parametrize(
    ("options", "word"),
    [({}, "no day"), ({"first": "2019"}, "not days"), ({"first": "2019-02-01", "last": "2019-01-01"}, "after"),
     ({"first": "2019-01-01", "edition": "v3"}, "edition")],
)  # fmt: skip
def test_what_cannot_be_fetched_is_refused_before_the_network_is_asked(options, word, tmp_path):
    with pytest.raises(InputError, match=word):
        gdelt.fetch(tmp_path, **options)


@pytest.mark.parametrize(("edition", "place"), [("v1", "events"), ("v2", "gdeltv2")])
def test_fetched_files_are_held_to_the_producers_sums(edition, place, tmp_path, monkeypatch):
    asked = {}
    good = hashlib.md5(b"good").hexdigest()

    def fetched(source, folder, **parameters):
        asked.update(parameters)
        files = [folder / f"{stamp}.export.CSV.zip" for stamp in parameters["stamp"]]
        words = [f"{good}  {file.name}" if edition == "v1" else f"4 {good} http://host/{file.name}" for file in files]
        (folder / "sums").write_text("\n".join(words[:-1]))  # the newest is not in the list yet
        for file in files:
            file.write_bytes(b"good")
        if asked.get("damaged"):
            files[1].write_bytes(b"bad")
        return [folder / "sums", *files]

    monkeypatch.setattr(_fetch, "fetch_files", fetched)
    files = gdelt.fetch(tmp_path, first="2019-01-30", last="2019-02-01", edition=edition)
    stamps = [file.name.partition(".")[0] for file in files]
    assert (asked["place"], len(files)) == (place, 3 if edition == "v1" else 3 * 96)
    assert (stamps[0], stamps[-1]) == (("20190130", "20190201") if edition == "v1" else
                                       ("20190130000000", "20190201234500"))  # fmt: skip
    with pytest.raises(SourceError, match="MD5 sums") as caught:
        gdelt.fetch(tmp_path, first="2019-01-30", last="2019-02-01", edition=edition, damaged=True)
    assert caught.value.where == str(files[1])
    assert not files[1].exists()


def test_a_number_of_columns_that_changes_within_a_file_is_said(tmp_path):
    path = write(tmp_path / "a.csv", [line(1), line(2), line(3, columns=58)])
    counts, _, aside, notes = tables(gdelt.parse(path))
    assert (counts["events"].sum(), len(aside)) == (3, 0)
    assert any("the number of columns changes within a.csv (1 of 58, 2 of 61)" in note for note in notes)
