import io
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from xenotime.core import InputError, XenotimeError, atomic_path, generator, progress, sha256_of, write_text


def test_an_error_says_what_where_and_what_to_do():
    error = XenotimeError("value is negative", where="a.csv, row 3", remedy="mend it")
    assert str(error) == "a.csv, row 3: value is negative\nRemedy: mend it"
    assert (XenotimeError("x").exit_code, InputError("x").exit_code) == (1, 2)


def test_a_file_is_whole_or_absent(tmp_path):
    target = tmp_path / "deep" / "a.txt"
    write_text(target, "old")
    with pytest.raises(RuntimeError), atomic_path(target) as aside:  # noqa: PT012
        aside.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == ["a.txt"]
    write_text(target, "new")
    assert target.read_text() == "new"


def test_sha256_is_that_of_the_standard(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_seed_and_a_name_give_one_stream_in_any_process():
    here = generator(7, "ties", "upstream", 2005).random(3)
    code = "from xenotime.core import generator; print(*generator(7, 'ties', 'upstream', 2005).random(3))"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    np.testing.assert_array_equal(here, [float(x) for x in there.split()])
    assert not np.array_equal(here, generator(7, "ties", "upstream", 2006).random(3))
    assert not np.array_equal(here, generator(8, "ties", "upstream", 2005).random(3))


def test_progress_is_silent_in_a_pipe(capsys):
    assert list(progress(range(3), "work")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_progress_shows_a_bar_on_a_terminal_when_work_is_long(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr(sys.modules["xenotime.core.progress"], "PATIENCE_S", 0.0)
    monkeypatch.setattr(sys, "stderr", screen)
    assert list(progress(iter("abc"), "ingest BACI", total=3)) == ["a", "b", "c"]
    assert "ingest BACI" in screen.getvalue()


def test_import_of_the_package_is_light():
    code = textwrap.dedent("""
        import sys, xenotime
        heavy = {"polars", "xarray", "pandas", "numba", "matplotlib", "duckdb", "scipy", "networkx"} & set(sys.modules)
        print(sorted(heavy))
    """)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
