"""Events of many files: the same numbers on threads, on a cluster, after a kill; nothing is counted again."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from xenotime.core import InputError, SourceError
from xenotime.pipeline import aggregate_events, events, ingest
from xenotime.store import open_store

FILES, LINES = 12, 400
ACTORS = ("USA", "CHN", "JPN", "RUS", "", "AFR")


def lines_of(number):
    """Return the lines of one file; behind its own, every tenth event of the file before is told again."""
    out = []
    own = range(number * LINES, (number + 1) * LINES)
    for event in [*own, *(range(own[0] - LINES, own[0], 10) if number else [])]:
        fields = [""] * 61
        fields[0], fields[1] = str(event), f"2018{event % 12 + 1:02}{event % 28 + 1:02}"
        fields[7], fields[17] = ACTORS[event % 5], ACTORS[event // 5 % 6]
        fields[26], fields[29], fields[30] = (("040", "1", "1.0"), ("190", "4", "-9.9"))[event % 2]
        out.append("\t".join(fields))
    return [*out, "broken"] if number == 3 else out


@pytest.fixture
def folder(tmp_path):
    inside = tmp_path / "files"
    inside.mkdir()
    for number in range(FILES):
        (inside / f"{number:02}.export.CSV").write_text("\n".join(lines_of(number)) + "\n")
    return inside


@pytest.fixture
def expected():
    """Count the distinct events by hand: actor, target, code to how many and their scale."""
    first = {}
    for number in range(FILES):
        for line in lines_of(number):
            fields = line.split("\t")
            if len(fields) == 61:
                first.setdefault(fields[0], (fields[7], fields[17], fields[26], float(fields[30])))
    between = [event for event in first.values() if event[0] and event[1] not in ("", "AFR", event[0])]
    number = Counter(event[:3] for event in between)
    return {key: (events, pytest.approx(events * (1.0 if key[2] == "040" else -9.9))) for key, events in number.items()}


def counts_of(pieces):
    counts = pl.concat([piece.frame for piece in pieces if piece.table == "event_counts"])
    rows = counts.select("actor", "target", "code", "events", "intensity_sum").rows()
    return {row[:3]: row[3:] for row in rows}


def same(some, others):
    for one, other in zip(some, others, strict=True):
        assert one.frame.equals(other.frame)
        assert one.quarantine.equals(other.quarantine)
        assert (one.notes, one.sha256, one.file, one.year) == (other.notes, other.sha256, other.file, other.year)


def test_threads_count_as_by_hand_and_in_any_order_of_files(folder, expected, tmp_path):
    pieces = list(aggregate_events(folder, "gdelt", work=tmp_path / "work"))
    assert counts_of(pieces) == expected
    backwards = list(aggregate_events(sorted(folder.iterdir(), reverse=True), "gdelt", work=tmp_path / "work"))
    assert counts_of(backwards) == expected


def test_ingest_stores_them_and_says_what_became_of_each(folder, expected, tmp_path):
    report = ingest(tmp_path / "store", folder, "gdelt")
    store = open_store(tmp_path / "store")
    counts = store.table("event_counts", year=2018)
    assert counts["events"].sum() == sum(events for events, _ in expected.values())
    assert sum(store.table("event_days").select("read").to_series()) == FILES * LINES
    assert "440 events told again, in 11 files: each counted once" in report.notes
    assert any(note.startswith("1 broken lines set aside") for note in report.notes)
    assert not ingest(tmp_path / "store", folder, "gdelt").changed
    (folder / "99.export.CSV").write_text(lines_of(0)[0].replace("0\t", "999999\t", 1) + "\n")
    assert ingest(tmp_path / "store", folder, "gdelt").changed
    with pytest.raises(SourceError, match="nothing was stored"):
        ingest(tmp_path / "strict", folder, "gdelt", on_error="stop")


def test_what_is_counted_is_not_counted_again_unless_the_file_changed(folder, tmp_path, monkeypatch):
    whole = list(aggregate_events(folder, "gdelt", work=tmp_path / "work"))
    asked = []
    real = events.count_one
    monkeypatch.setattr(events, "count_one", lambda path, *rest: asked.append(Path(path).name) or real(path, *rest))
    same(whole, list(aggregate_events(folder, "gdelt", work=tmp_path / "work")))
    assert asked == []
    lines = lines_of(5)
    del lines[LINES - 1]
    (folder / "05.export.CSV").write_text("\n".join(lines) + "\n")
    less = list(aggregate_events(folder, "gdelt", work=tmp_path / "work"))
    assert asked == ["05.export.CSV"]
    assert less[-1].frame["read"].item() == whole[-1].frame["read"].item() - 1


def test_without_a_work_folder_nothing_is_left_when_it_ends(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(events, "_cache", lambda: tmp_path / "cache")
    list(aggregate_events(folder, "gdelt"))
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_killed_run_goes_on_where_it_stopped(folder, expected, tmp_path):
    work = tmp_path / "work"
    program = "import sys, time; from xenotime.pipeline import events\n" \
              "real = events.count_one\n" \
              "events.count_one = lambda *given: (time.sleep(0.3), real(*given))[1]\n" \
              "list(events.aggregate_events(sys.argv[1], 'gdelt', work=sys.argv[2]))"  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", program, str(folder), str(work)])
    try:
        assert _wait(lambda: len(_whole(work)) >= 3)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    done = {partial: (partial / "about.json").stat().st_mtime_ns for partial in _whole(work)}
    assert 3 <= len(done) < FILES
    assert counts_of(list(aggregate_events(folder, "gdelt", work=work))) == expected
    assert {partial: (partial / "about.json").stat().st_mtime_ns for partial in done} == done


def _whole(work):
    return [path.parent for path in work.glob("*/about.json")]


def _wait(true, seconds=60):
    for _ in range(seconds * 50):
        if true():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of Dask on this machine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as running:
        yield running


def test_two_workers_give_the_same_numbers_though_one_is_killed(folder, expected, cluster, tmp_path):
    alone = list(aggregate_events(folder, "gdelt", work=tmp_path / "alone"))
    found: list = []
    work = tmp_path / "work"
    address = cluster.scheduler_address
    run = threading.Thread(target=lambda: found.extend(aggregate_events(folder, "gdelt", work=work, scheduler=address)))
    run.start()
    assert _wait(lambda: len(_whole(work)) >= 1)
    before = len(_whole(work))
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    run.join(timeout=120)
    assert not run.is_alive()
    assert before < FILES
    same(alone, found)
    assert counts_of(found) == expected


@pytest.mark.slow
def test_workers_from_the_command_line(folder, tmp_path):
    pytest.importorskip("distributed")
    for store, options in (("threads", []), ("workers", ["--workers", "2", "--work", str(tmp_path / "work")])):
        command = [sys.executable, "-m", "xenotime.cli", "ingest", str(folder), "--source", "gdelt", *options]
        subprocess.run([*command, "--store", str(tmp_path / store)], check=True, capture_output=True)
    one, other = (open_store(tmp_path / name).table("event_counts") for name in ("threads", "workers"))
    assert one.equals(other)


@pytest.mark.parametrize(
    ("options", "word"),
    [({"scheduler": "tcp://localhost:1", "workers": 2}, "both"), ({"workers": 0}, "0 workers"),
     ({"scheduler": "tcp://localhost:1"}, "has to be named")],
)  # fmt: skip
def test_odd_requests_are_refused(options, word, folder):
    with pytest.raises(InputError, match=word):
        list(aggregate_events(folder, "gdelt", **options))


def test_without_dask_it_says_what_to_install(folder, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="distributed is not installed"):
        list(aggregate_events(folder, "gdelt", workers=2, work=tmp_path))


def test_no_scheduler_answers(folder, monkeypatch, tmp_path):
    pytest.importorskip("distributed")
    monkeypatch.setattr(events, "PATIENCE_S", 0.5)
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        list(aggregate_events(folder, "gdelt", scheduler="tcp://127.0.0.1:9", work=tmp_path))


def test_events_know_no_products_and_trade_no_workers(folder, tmp_path):
    with pytest.raises(InputError, match="no option 'hs6'"):
        ingest(tmp_path / "store", folder, "gdelt", chain="rare_earths")
    with pytest.raises(InputError, match="no option 'workers'"):
        ingest(tmp_path / "store", folder, "baci", workers=2)


@pytest.mark.parametrize(
    "damage", ["counts.parquet emptied", "about.json emptied", "about.json gone", "ids-0.parquet gone"]
)
def test_a_damaged_partial_result_is_made_again(damage, folder, tmp_path):
    whole = list(aggregate_events(folder, "gdelt", work=tmp_path / "work"))
    name, what = damage.split()
    hurt = next((tmp_path / "work").glob("03*")) / name
    hurt.unlink() if what == "gone" else hurt.write_bytes(b"")
    same(whole, list(aggregate_events(folder, "gdelt", work=tmp_path / "work")))
    assert hurt.stat().st_size > 0


def test_what_a_killed_run_left_half_written_is_swept_away(folder, tmp_path):
    work = tmp_path / "work"
    list(aggregate_events(folder, "gdelt", work=work))
    whole = sorted(path.name for path in work.iterdir())
    (work / f".{whole[0]}.abc123.part").mkdir()
    (work / ".another-file-0123456789abcdef.abc123.part").mkdir()  # perhaps being written by another run
    list(aggregate_events(folder, "gdelt", work=work))
    assert sorted(path.name for path in work.iterdir()) == [".another-file-0123456789abcdef.abc123.part", *whole]


def test_an_interrupt_says_what_is_kept(folder, tmp_path, monkeypatch, caplog):
    real = events.count_one

    def count(path, *rest):
        if path.endswith("05.export.CSV"):
            raise KeyboardInterrupt
        return real(path, *rest)

    monkeypatch.setattr(events, "count_one", count)
    with pytest.raises(KeyboardInterrupt):
        list(aggregate_events(folder, "gdelt", work=tmp_path / "work"))
    kept = len(_whole(tmp_path / "work"))
    assert f"interrupted: {kept} of {FILES} files are counted" in caplog.text
    assert 0 < kept < FILES


def test_a_scheduler_without_workers_is_said_to_have_none(folder, monkeypatch, tmp_path):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(events, "PATIENCE_S", 1)
    with (
        distributed.LocalCluster(n_workers=0, processes=True, dashboard_address=":0", silence_logs=50) as idle,
        pytest.raises(InputError, match="no worker"),
    ):
        list(aggregate_events(folder, "gdelt", scheduler=idle.scheduler_address, work=tmp_path))


def test_a_web_server_is_no_scheduler(folder, monkeypatch, tmp_path):
    pytest.importorskip("distributed")
    monkeypatch.setattr(events, "PATIENCE_S", 2)

    def answer():
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(InputError, match="no Dask scheduler answers"):
            list(aggregate_events(folder, "gdelt", scheduler=f"tcp://127.0.0.1:{listening.getsockname()[1]}",
                                  work=tmp_path))  # fmt: skip
