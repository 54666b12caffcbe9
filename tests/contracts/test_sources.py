"""Every listed source: what it says of itself, where it lies, and that a file not its own is refused in words."""

import gzip
import inspect
from pathlib import Path

import pytest

from xenotime.core import XenotimeError
from xenotime.schema import TABLES
from xenotime.sources import SOURCES
from xenotime.sources._fetch import addresses

#: Sources of which the user brings the file: his own, or one that its producers send or list.
BROUGHT = ("table", "rivalries", "rta", "sanctions")
FETCHED = [name for name in SOURCES if name not in BROUGHT]


@pytest.mark.parametrize("name", SOURCES)
def test_it_says_what_a_reader_has_to_know(name: str) -> None:
    info = SOURCES[name].INFO
    assert info.name == name
    assert set(info.tables) <= set(TABLES)
    for said in (info.title, info.producer, info.licence, info.citation, info.absence):
        assert said.strip()


@pytest.mark.parametrize("name", FETCHED)
def test_it_is_in_the_address_book_under_the_same_terms(name: str) -> None:
    entry = addresses()[name]
    info = SOURCES[name].INFO
    assert info.url.startswith("http")
    assert entry.key_variable == info.key_variable


def test_the_address_book_holds_nothing_else() -> None:
    assert set(addresses()) == set(FETCHED)


@pytest.mark.parametrize("name", FETCHED)
def test_ingest_can_hand_on_the_edition(name: str) -> None:
    first, *others = inspect.signature(SOURCES[name].parse).parameters
    assert first == "path"
    assert "version" in others


@pytest.mark.parametrize("name", BROUGHT)
def test_what_the_user_brings_has_nothing_to_fetch(name: str, tmp_path: Path) -> None:
    with pytest.raises(XenotimeError, match="nothing to fetch") as caught:
        SOURCES[name].fetch(tmp_path)
    assert "xenotime ingest" in caught.value.remedy


@pytest.mark.filterwarnings("ignore::xenotime.core.DataWarning")
@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("fault", ["absent", "empty", "another file", "truncated"])
def test_a_file_that_is_not_its_own(name: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    text = "a,b\n" + "".join(f"{n},{n}\n" for n in range(2000))
    if fault == "truncated":
        path = tmp_path / "file.csv.gz"
        path.write_bytes(gzip.compress(text.encode())[:300])
    elif fault != "absent":
        path.write_text("" if fault == "empty" else text)
    with pytest.raises(XenotimeError) as caught:
        list(SOURCES[name].parse(path))
    assert "file.csv" in f"{caught.value.where}"
    assert caught.value.remedy
