"""Kills, full disks, two writers, damage: the old store is whole, and the error says what to do."""

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import polars as pl
import pytest
from store_pieces import parcel, put_all

from xenotime.core import InputError, StoreError
from xenotime.store import open_store, writer

PREAMBLE = """
import sys, time
from pathlib import Path
from store_pieces import parcel, put_all
from xenotime.store import writer
"""


def start(code: str, folder) -> subprocess.Popen:
    """Run a writer in another process and wait for its word."""
    process = subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(code), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


HOLD = """
with writer(sys.argv[1]) as work:
    work.put(parcel(2023))
    print("ready", flush=True)
    time.sleep(60)
"""


def stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_a_killed_writer_leaves_the_old_store_and_its_orphans_are_swept(folder):
    before = open_store(folder).flows()
    manifest = (folder / "manifest.json").read_bytes()
    process = start(HOLD, folder)
    try:
        assert len(list((folder / "pieces" / "flows").iterdir())) == 4
        assert open_store(folder).flows().equals(before), "readers go on while a writer works"
    finally:
        stop(process)
    assert (folder / "manifest.json").read_bytes() == manifest
    assert open_store(folder).flows().equals(before)
    open_store(folder).verify()
    with writer(folder):
        assert len(list((folder / "pieces" / "flows").iterdir())) == 3
    assert not list(folder.glob(".writing-*"))
    with writer(folder) as work:
        work.put(parcel(2023))
    assert open_store(folder).flows()["year"].n_unique() == 4


def test_a_second_writer_is_told_who_the_first_is(folder):
    process = start(HOLD, folder)
    try:
        with pytest.raises(StoreError, match=f"process {process.pid} on ") as caught, writer(folder):
            pass
        assert "wait for it to end" in str(caught.value)
    finally:
        stop(process)
    with writer(folder) as work:
        assert work.put(parcel(2020)) == "unchanged", "the dead writer's lock is no obstacle"


def test_two_writers_in_one_process_are_kept_apart_too(folder):
    with writer(folder) as work:
        with pytest.raises(StoreError, match=f"process {os.getpid()}"), writer(folder):
            pass
        work.put(parcel(2023))
    assert open_store(folder).flows(years=[2023]).height == 3


@pytest.mark.parametrize("step", ["write.write_parquet", "write.os.replace", "manifest.write_text"])
def test_a_full_disk_leaves_the_old_store_whole(folder, monkeypatch, step):
    before = open_store(folder)

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(f"xenotime.store.{step}", full)
        with pytest.raises(StoreError, match="disk is full") as caught:
            put_all(folder, parcel(2023))
    assert "free some space" in str(caught.value)
    now = open_store(folder)
    assert now.snapshot_id == before.snapshot_id
    now.verify()
    assert len(list((folder / "pieces").glob("*/*"))) == 3


def test_the_systems_own_error_comes_through_polars(folder):
    """/dev/full is a disk without room: every write to it fails as on a full disk."""
    from xenotime.store.parquet import write_parquet

    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(OSError) as caught:
        write_parquet(pl.DataFrame({"a": range(100_000)}), Path("/dev/full"))
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize("what", ["missing", "short"])
def test_a_missing_or_short_piece_is_named_on_opening(folder, what):
    piece = folder / open_store(folder).manifest.pieces[1].data.path
    if what == "missing":
        piece.unlink()
    else:
        piece.write_bytes(piece.read_bytes()[:-10])
    with pytest.raises(StoreError, match=r"is missing|has [0-9,]+ bytes") as caught:
        open_store(folder)
    assert piece.name in str(caught.value)
    assert "ingest BACI_HS17_Y2021_V1.csv again" in str(caught.value)


def test_a_piece_lost_while_the_store_is_open_is_named_on_reading(folder):
    store = open_store(folder)
    (folder / store.manifest.pieces[1].data.path).unlink()
    assert store.flows(years=[2020]).height == 3
    with pytest.raises(StoreError, match="is missing"):
        store.flows()


def test_changed_bytes_of_the_same_length_are_found(folder):
    piece = folder / open_store(folder).manifest.pieces[0].data.path
    raw = bytearray(piece.read_bytes())
    raw[len(raw) // 3] ^= 0xFF
    piece.write_bytes(bytes(raw))
    with pytest.raises(StoreError, match="not those that were written") as caught:
        open_store(folder).verify()
    assert piece.name in str(caught.value)
    piece.write_bytes(b"x" * len(raw))
    with pytest.raises(StoreError, match="not those that were written"):
        open_store(folder).flows()


def test_a_lost_piece_comes_back_when_its_file_is_ingested_again(folder):
    snapshot = open_store(folder).snapshot_id
    (folder / open_store(folder).manifest.pieces[1].data.path).unlink()
    with writer(folder) as work:
        work.put(parcel(2021))
    assert open_store(folder).snapshot_id == snapshot
    open_store(folder).verify()


@pytest.mark.parametrize(
    ("text", "what"),
    [("{", "damaged"), ('{"format": 1}', "damaged"), ('{"format": 99, "pieces": []}', "has format 99")],
)
def test_a_damaged_manifest_is_named(folder, text, what):
    (folder / "manifest.json").write_text(text)
    for opened in (lambda: open_store(folder), lambda: writer(folder).__enter__()):
        with pytest.raises(StoreError, match=what) as caught:
            opened()
        assert "manifest.json" in str(caught.value)


def test_no_store_and_a_folder_of_other_things(tmp_path):
    with pytest.raises(StoreError, match="no store here") as caught:
        open_store(tmp_path / "nowhere")
    assert "xenotime ingest" in str(caught.value)
    (tmp_path / "thesis.docx").write_text("precious")
    with pytest.raises(InputError, match="holds other things"), writer(tmp_path):
        pass
    with pytest.raises(InputError, match="is a file"), writer(tmp_path / "thesis.docx"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_the_manifest_names_nothing_of_the_machine(folder):
    text = (folder / "manifest.json").read_text()
    assert str(folder) not in text
    assert json.loads(text)["format"] == 1


def damage_an_old_snapshot(folder) -> Path:
    put_all(folder, parcel(2023))
    now = open_store(folder).snapshot_id
    (old,) = (path for path in (folder / "snapshots").glob("*.json") if path.stem != now)
    return old


@pytest.mark.parametrize("text", ["{", '{"format": 1, "pieces": []}'])
def test_a_damaged_old_snapshot_stops_no_writer_and_is_named_by_verify(folder, text):
    old = damage_an_old_snapshot(folder)
    old.write_text(text)
    with writer(folder) as work:
        work.put(parcel(2024))
    assert open_store(folder).flows()["year"].max() == 2024
    with pytest.raises(StoreError, match="damaged") as caught:
        open_store(folder).verify()
    assert old.name in caught.value.where
    assert "remove this file" in caught.value.remedy
    old.unlink()
    open_store(folder).verify()


def test_pieces_that_a_damaged_snapshot_may_name_are_kept(folder):
    old = damage_an_old_snapshot(folder)
    whole = old.read_text()
    put_all(folder, parcel(2020, [("CHN", "JPN", "280530", 1.0, None)], sha256="3" * 64))
    old.write_text("{")
    with writer(folder):
        pass
    old.write_text(whole)
    assert open_store(folder).at(old.stem).flows()["value_kusd"].sum() == parcel_sum(2020, 2021, 2022)


def parcel_sum(*years) -> float:
    return sum(parcel(year).frame["value_kusd"].sum() for year in years)


def test_verify_looks_at_pieces_that_only_old_snapshots_name(folder):
    put_all(folder, parcel(2020, [("CHN", "JPN", "280530", 1.0, None)], sha256="3" * 64))
    now = {piece.data.path for piece in open_store(folder).manifest.pieces}
    (old,) = (path for path in (folder / "pieces" / "flows").iterdir() if f"pieces/flows/{path.name}" not in now)
    raw = bytearray(old.read_bytes())
    raw[len(raw) // 3] ^= 0xFF
    old.write_bytes(bytes(raw))
    with pytest.raises(StoreError, match="not those that were written"):
        open_store(folder).verify()


def test_an_error_of_the_system_while_reading_a_source_is_not_the_stores(folder):
    def read_and_put(work):
        work.put(parcel(2023))
        (folder.parent / "absent.csv").read_text()

    with pytest.raises(FileNotFoundError), writer(folder) as work:
        read_and_put(work)
    assert open_store(folder).flows()["year"].max() == 2022
