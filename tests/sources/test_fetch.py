"""Downloads against a server on this machine that fails, stalls, truncates, forgets ranges and changes its mind."""

import hashlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from xenotime.core import InputError, SourceError
from xenotime.sources._download import Patience
from xenotime.sources._fetch import OWN_BOOK, addresses, fetch_files

BODY = bytes(range(256)) * 1200
QUICK = Patience(connect_s=2, stall_s=0.3, attempts=3, pause_s=0.01, longest_pause_s=0.05)
KEY = "a-very-secret-key"


@dataclass
class Script:
    """What the server does with its next requests, and what it was asked."""

    body: bytes = BODY
    acts: list[str] = field(default_factory=list)
    ranges: bool = True
    seen: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    script: Script

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        script = self.script
        script.seen.append(dict(self.headers))
        script.paths.append(self.path)
        act = script.acts.pop(0) if script.acts else "serve"
        if act.isdigit():
            self.send_response(int(act))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        tag = f'"{hashlib.sha256(script.body).hexdigest()[:8]}"'
        start = 0
        asked = self.headers.get("Range")
        if asked and script.ranges and self.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        rest = script.body[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(script.body) - 1}/{len(script.body)}")
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if act == "serve":
            self.wfile.write(rest)
            return
        self.wfile.write(rest[: len(rest) // 2])
        self.wfile.flush()
        if act == "stall":
            time.sleep(0.8)
        self.close_connection = True


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    handler = type("Scripted", (Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    script.address = f"http://127.0.0.1:{server.server_port}"
    yield script
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def book(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write an address book with one source, `here`, on the server."""

    def write(**more: Any) -> None:
        file = {"name": "data_{year}.bin", "url": f"{script.address}/data?year={{year}}&extra={{extra}}"}
        file |= {name: more.pop(name) for name in ("fixed", "unpack", "sha256", "name") if name in more}
        entry = {
            "producer": "A ministry",
            "licence": "CC BY 4.0",
            "page": "https://example.org/page",
            "defaults": {"year": "2022", "extra": ""},
            "files": [file],
            **more,
        }
        path = tmp_path / "book.json"  # JSON is YAML
        path.write_text(json.dumps({"here": entry}))
        monkeypatch.setenv(OWN_BOOK, str(path))

    write()
    return write


def fetch(folder: Path, **parameters: Any) -> list[Path]:
    return fetch_files("here", folder, patience=QUICK, **parameters)


def test_a_file_comes_with_a_record_of_where_it_came_from(script: Script, book: Any, tmp_path: Path) -> None:
    (path,) = fetch(tmp_path / "raw")
    assert path.read_bytes() == BODY
    record = json.loads((tmp_path / "raw" / "data_2022.bin.json").read_text())
    assert record["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert record["producer"] == "A ministry"
    assert record["licence"] == "CC BY 4.0"
    assert record["url"] == f"{script.address}/data?year=2022"  # the parameter without a value is left out
    assert record["bytes"] == len(BODY)
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["data_2022.bin", "data_2022.bin.json"]


def test_what_is_here_and_whole_is_not_asked_for_again(script: Script, book: Any, tmp_path: Path) -> None:
    fetch(tmp_path)
    fetch(tmp_path)
    assert len(script.seen) == 1


def test_a_damaged_file_is_fetched_again(script: Script, book: Any, tmp_path: Path) -> None:
    (path,) = fetch(tmp_path)
    path.write_bytes(b"damaged")
    assert fetch(tmp_path)[0].read_bytes() == BODY


def test_a_list_means_one_file_each(script: Script, book: Any, tmp_path: Path) -> None:
    found = fetch(tmp_path, year=[2021, 2022], extra="a b")
    assert [path.name for path in found] == ["data_2021.bin", "data_2022.bin"]
    assert script.paths == ["/data?year=2021&extra=a%20b", "/data?year=2022&extra=a%20b"]


@pytest.mark.parametrize("act", ["500", "503", "429", "truncate", "stall"])
def test_passing_trouble_is_tried_again(script: Script, book: Any, tmp_path: Path, act: str) -> None:
    script.acts = [act]
    assert fetch(tmp_path)[0].read_bytes() == BODY
    assert len(script.seen) == 2


@pytest.mark.parametrize("act", ["truncate", "stall"])
def test_a_broken_download_goes_on_where_it_stopped(script: Script, book: Any, tmp_path: Path, act: str) -> None:
    script.acts = [act]
    fetch(tmp_path)
    begun = int(script.seen[1]["Range"].removeprefix("bytes=").rstrip("-"))
    assert 0 < begun <= len(BODY) // 2  # all but the last chunk of what came was kept


def test_a_stall_is_called_a_stall(script: Script, book: Any, tmp_path: Path) -> None:
    script.ranges = False
    script.acts = ["stall"] * 10
    with pytest.raises(SourceError, match="stopped sending, after 131,072 of 307,200 bytes"):
        fetch(tmp_path)


def test_a_server_without_ranges_is_read_from_the_start(script: Script, book: Any, tmp_path: Path) -> None:
    script.ranges = False
    script.acts = ["truncate"]
    assert fetch(tmp_path)[0].read_bytes() == BODY


def test_a_later_fetch_goes_on_from_the_partial_file(script: Script, book: Any, tmp_path: Path) -> None:
    script.acts = ["truncate", "500", "500", "500"]
    with pytest.raises(SourceError, match="500 internal server error") as caught:
        fetch(tmp_path)
    assert "bytes so far are kept" in str(caught.value)
    assert [entry.suffix for entry in tmp_path.glob("data*")].count(".bin") == 0
    assert fetch(tmp_path)[0].read_bytes() == BODY
    assert "Range" in script.seen[-1]


def test_content_that_changed_meanwhile_is_not_glued_together(script: Script, book: Any, tmp_path: Path) -> None:
    script.acts = ["truncate", "500", "500", "500"]
    with pytest.raises(SourceError):
        fetch(tmp_path)
    script.body = BODY[::-1]
    assert fetch(tmp_path)[0].read_bytes() == BODY[::-1]


def test_truncated_every_time_is_an_error_and_leaves_no_file(script: Script, book: Any, tmp_path: Path) -> None:
    script.ranges = False
    script.acts = ["truncate"] * 10
    with pytest.raises(SourceError, match="broke off, after 131,072 of 307,200 bytes"):
        fetch(tmp_path)
    assert not (tmp_path / "data_2022.bin").exists()


@pytest.mark.parametrize(("status", "words"), [("404", "moved or renamed"), ("403", "access is refused")])
def test_a_refusal_is_said_in_words_and_not_repeated(
    script: Script, book: Any, tmp_path: Path, status: str, words: str
) -> None:
    script.acts = [status] * 5
    with pytest.raises(SourceError, match=words) as caught:
        fetch(tmp_path)
    assert len(script.seen) == 1
    assert "https://example.org/page" in str(caught.value)


def test_a_fixed_edition_has_to_keep_its_content(script: Script, book: Any, tmp_path: Path) -> None:
    book(fixed=True)
    (path,) = fetch(tmp_path)
    path.unlink()
    script.body = BODY[::-1]
    with pytest.raises(SourceError, match="other content") as caught:
        fetch(tmp_path)
    assert "remove" in str(caught.value)
    assert not path.exists()
    (tmp_path / "data_2022.bin.json").unlink()
    assert fetch(tmp_path)[0].read_bytes() == BODY[::-1]


def test_a_known_hash_is_checked_on_the_first_fetch(script: Script, book: Any, tmp_path: Path) -> None:
    book(sha256="0" * 64)
    with pytest.raises(SourceError, match="other content"):
        fetch(tmp_path)
    assert not (tmp_path / "data_2022.bin").exists()


def test_members_are_taken_out_of_a_zip(script: Script, book: Any, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/world.csv", "a,b\n1,2\n")
    script.body = packed.getvalue()
    book(unpack=["world.csv"])
    (path,) = fetch(tmp_path)
    assert path == tmp_path / "world.csv"
    assert path.read_text() == "a,b\n1,2\n"
    book(unpack=["absent.csv"])
    with pytest.raises(SourceError, match=r"does not hold absent\.csv"):
        fetch(tmp_path)


def test_the_key_is_sent_and_never_shown(
    script: Script, book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    book(key_variable="HERE_KEY", key_header="X-Key")
    with pytest.raises(InputError, match="needs an access key"):
        fetch(tmp_path)
    assert script.seen == []
    monkeypatch.setenv("HERE_KEY", KEY)
    script.acts = ["401"]
    with pytest.raises(SourceError, match="key is missing or wrong") as caught:
        fetch(tmp_path)
    fetch(tmp_path)
    assert script.seen[-1]["X-Key"] == KEY
    shown = str(caught.value) + repr(caught.value) + "".join(capfd.readouterr())
    kept = "".join(entry.read_text(errors="replace") for entry in tmp_path.iterdir() if entry.is_file())
    assert KEY not in shown + kept


def test_nobody_at_the_address(book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "nobody.json"
    entry = {"producer": "", "licence": "", "page": "", "files": [{"name": "x", "url": "http://127.0.0.1:9/x"}]}
    path.write_text(json.dumps({"here": entry}))
    monkeypatch.setenv(OWN_BOOK, str(path))
    with pytest.raises(SourceError, match=r"no connection to 127\.0\.0\.1:9 \(3 attempts in a row\)"):
        fetch(tmp_path)


def test_unknown_source_and_parameter(book: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no source 'hree'; nearest: 'here'"):
        fetch_files("hree", tmp_path)
    with pytest.raises(InputError, match="no parameter 'yaer' to fetch by; nearest: 'year'"):
        fetch(tmp_path, yaer=2022)


def test_a_parameter_that_has_no_default_is_asked_for(book: Any, tmp_path: Path) -> None:
    book(defaults={})
    with pytest.raises(InputError, match="here needs year, extra"):
        fetch(tmp_path)


def test_the_shipped_book_is_complete() -> None:
    book = addresses()
    assert set(book) >= {"baci", "comtrade", "geodist", "gravity", "wdi", "usgs", "bgs"}
    for entry in book.values():
        assert entry.producer
        assert entry.licence
        assert entry.page.startswith("http")
        for file in entry.files:
            # GDELT serves its files without encryption alone.
            assert file.url.startswith(("https://", "http://data.gdeltproject.org/"))
            assert " " not in file.url.replace("{", "").replace("}", "")
