"""Whatever goes wrong with a file or a machine: the error says where and what to do, or the row is set aside and
counted; and the store is whole and holds what it held."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fault_files import PRODUCTS, SHAPES, YEARS, Shape

from xenotime.core import StoreError, XenotimeError
from xenotime.pipeline import IngestReport, ingest
from xenotime.store import open_store

pytestmark = pytest.mark.filterwarnings("ignore::xenotime.core.DataWarning")

#: Sum over the 60 flows of a year, thousand US dollars.
WORLD_KUSD = sum(range(1, 61))


@pytest.fixture(params=list(SHAPES))
def shape(request: pytest.FixtureRequest) -> Shape:
    return SHAPES[request.param]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store that already holds something else."""
    path = tmp_path / "store"
    before = tmp_path / "before.csv"
    before.write_text("year,exporter,importer,hs6,value\n2020,CHN,JPN,850511,5\n")
    setting = {"version": "1", "source": "before", "units": {"value": "usd"}, "hs_version": "HS17", "absence": "zero"}
    ingest(path, before, mapping=setting)
    return path


def run(store: Path, shape: Shape, path: Path, **more: Any) -> IngestReport:
    return ingest(store, path, **{**shape.options, **more})


def held(store: Path) -> tuple[Any, ...]:
    """Return all there is to see of a store: its snapshot, its rows, and the files in its folder."""
    opened = open_store(store)
    opened.verify()
    files = sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file() and path.name != ".lock")
    return opened.snapshot_id, opened.pieces().rows(), files


def refuse(store: Path, shape: Shape, path: Path, **more: Any) -> str:
    """Ingest, expect an error with a remedy and an untouched store, and return the error's words."""
    before = held(store)
    with pytest.raises(XenotimeError) as caught:
        run(store, shape, path, **more)
    assert held(store) == before
    assert caught.value.remedy
    assert caught.value.where
    return str(caught.value)


def world(report: IngestReport) -> dict[int, float]:
    return dict(report.world.select("year", "value_kusd").iter_rows())


def test_a_sound_file(store: Path, shape: Shape, tmp_path: Path) -> None:
    report = run(store, shape, shape.pack(tmp_path, shape.years()))
    assert world(report) == {year: pytest.approx(WORLD_KUSD) for year in YEARS}
    assert report.quarantined.is_empty()
    held(store)


@pytest.mark.parametrize("fault", ["unknown country", "unknown product", "negative", "no number", "twice"])
def test_a_bad_row_is_set_aside_and_counted_by_the_manifest(
    store: Path, shape: Shape, tmp_path: Path, fault: str
) -> None:
    change = {
        "unknown country": (shape.exporter, "9999"),
        "unknown product": (shape.product, "999998x"),
        "negative": (shape.value, "-6.0"),
        "no number": (shape.value, "six"),
    }
    tables = shape.changed(*change[fault]) if fault in change else shape.years()
    lost = 6.0  # the sixth flow stands in line 7
    if fault == "twice":
        tables[2022].append(tables[2022][6])
        lost = 0.0
    report = run(store, shape, shape.pack(tmp_path, tables))
    assert world(report)[2022] == pytest.approx(WORLD_KUSD - lost)
    if fault == "twice" and shape.name == "comtrade":
        assert "1 flows ×2" in " ".join(report.notes)  # a row that comes twice looks like a breakdown, and is one
        return
    assert report.quarantined["rows"].sum() == 1
    (row,) = open_store(store).table("quarantine").to_dicts()
    single = 60 if shape.name != "baci" else 0  # the rows of 2021 stand before those of 2022 in a single file
    assert row["row"] == (62 + (single and 60) if fault == "twice" else 7 + single)
    assert row["file"].endswith(".csv")
    assert row["reason"]
    assert row["remedy"]
    assert open_store(store).pieces()["quarantined"].sum() == 1
    held(store)


def test_stopping_instead_of_setting_aside(store: Path, shape: Shape, tmp_path: Path) -> None:
    path = shape.pack(tmp_path, shape.changed(shape.value, "six"))
    assert "row " in refuse(store, shape, path, on_error="stop")


def test_a_wrong_header(store: Path, shape: Shape, tmp_path: Path) -> None:
    tables = shape.years()
    for table in tables.values():
        table[0] = [f"{name}_new" if name == shape.value else name for name in shape.header]
    assert shape.pack(tmp_path, tables).suffix
    words = refuse(store, shape, shape.pack(tmp_path, tables))
    assert "csv" in words


def test_no_header(store: Path, shape: Shape, tmp_path: Path) -> None:
    tables = {year: table[1:] for year, table in shape.years().items()}
    refuse(store, shape, shape.pack(tmp_path, tables))


def test_a_reordered_header_changes_nothing(store: Path, shape: Shape, tmp_path: Path) -> None:
    tables = {year: [row[::-1] for row in table] for year, table in shape.years().items()}
    report = run(store, shape, shape.pack(tmp_path, tables))
    assert world(report) == {year: pytest.approx(WORLD_KUSD) for year in YEARS}


def test_the_wrong_vintage(store: Path, shape: Shape, tmp_path: Path) -> None:
    """850760 came with HS12, so no file in HS07 can hold it."""
    tables = shape.years()
    for table in tables.values():
        for row in table[1:]:
            row[shape.header.index(shape.product)] = row[shape.header.index(shape.product)].replace(
                PRODUCTS[0], "850760"
            )
    if shape.name == "mapped":
        report = run(store, shape, shape.pack(tmp_path, tables), hs_version="HS07")
        assert report.quarantined["rows"].sum() == 90
        assert "HS07" in report.quarantined["reason"][0]
    else:
        assert "HS07" in refuse(store, shape, shape.pack(tmp_path, tables), hs_version="HS07")


def test_a_year_that_is_asked_for_and_missing(store: Path, shape: Shape, tmp_path: Path) -> None:
    path = shape.pack(tmp_path, shape.years())
    assert "2024" in refuse(store, shape, path, years=[2022, 2024])


def test_a_year_missing_between_others(store: Path, shape: Shape, tmp_path: Path) -> None:
    tables = {year: table for year, table in shape.years().items() if year != 2022}
    path = shape.pack(tmp_path, tables)
    if shape.name == "baci":
        assert "2022" in refuse(store, shape, path)
    else:
        assert "no data for 2022" in run(store, shape, path).notes[-1]


def test_a_truncated_file(store: Path, shape: Shape, tmp_path: Path) -> None:
    import gzip

    path = shape.pack(tmp_path, shape.years())
    if shape.name != "baci":
        path = path.with_suffix(".csv.gz")
        path.write_bytes(gzip.compress((tmp_path / "flows.csv").read_bytes()))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "truncated" in refuse(store, shape, path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(store: Path, shape: Shape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    from xenotime.store import write

    path = shape.pack(tmp_path, shape.years())
    before = held(store)
    calls = []
    honest = write.write_parquet

    def full(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise OSError(code, os.strerror(code))
        return honest(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(write, "write_parquet", full)
        with pytest.raises(StoreError, match="disk is full"):
            run(store, shape, path)
    assert len(calls) == 2
    assert held(store) == before
    assert world(run(store, shape, path))[2023] == pytest.approx(WORLD_KUSD)


#: Ingests, and waits after the first piece until a line comes in (or for ever, to be killed).
SLOW = """
import json, sys
from pathlib import Path
import warnings
warnings.simplefilter("ignore")
from xenotime.pipeline import ingest as run
import xenotime.pipeline.ingest
module = sys.modules["xenotime.pipeline.ingest"]
honest = module._pieces

def slow(*args):
    for number, piece in enumerate(honest(*args)):
        if number == 1:
            print("ready", flush=True)
            sys.stdin.readline()
        yield piece

module._pieces = slow
print(run(sys.argv[1], Path(sys.argv[2]), **json.loads(sys.argv[3])))
"""


def slow_ingest(store: Path, shape: Shape, path: Path) -> subprocess.Popen[str]:
    import json

    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(store), str(path), json.dumps(shape.options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_ingests_at_once_and_a_kill(store: Path, shape: Shape, tmp_path: Path) -> None:
    path = shape.pack(tmp_path, shape.years())
    before = open_store(store).snapshot_id

    process = slow_ingest(store, shape, path)
    with pytest.raises(StoreError, match=f"another process is writing to this store .*{process.pid}"):
        run(store, shape, path)
    assert open_store(store).snapshot_id == before  # readers see the old state meanwhile
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert open_store(store).snapshot_id == before
    open_store(store).verify()

    report = run(store, shape, path)
    assert world(report) == {year: pytest.approx(WORLD_KUSD) for year in YEARS}
    named = {str(store / name) for name in open_store(store).pieces()["file"]}
    left = {str(file) for file in (store / "pieces").rglob("*.parquet")} - named
    assert not left, "what the killed ingest left behind is swept"


def test_the_first_of_two_ingests_ends_well(store: Path, tmp_path: Path) -> None:
    shape = SHAPES["mapped"]
    path = shape.pack(tmp_path, shape.years())
    process = slow_ingest(store, shape, path)
    with pytest.raises(StoreError, match="another process"):
        run(store, shape, path)
    out, _ = process.communicate("go on\n")
    assert "stored 180 rows in 3 pieces" in out
    assert not run(store, shape, path).changed
