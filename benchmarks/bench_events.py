"""Speed and memory of counting GDELT-shaped files: plain and zipped, on threads and on two workers, one process each.

The files are made up (`make_gdelt.py`, about 440 bytes a line) and warm in the page cache; compiled code is cached.
Beside the time on the wall stands the processor time, which a busy machine changes less, and pyarrow's CSV reader over
the same seven columns, which neither counts nor checks anything.

Run: python benchmarks/bench_events.py [--files 6] [--events 1000000] [--repeats 3] [--folder FOLDER]
Times are the least of the repeats, with imports taken out; memory is the peak of the process (of threads: all of it).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BENCH = Path(__file__).resolve()


def counted(folder: Path, workers: int | None = None) -> int:
    from xenotime.pipeline import aggregate_events
    from xenotime.sources import _event_scan  # noqa: F401

    with tempfile.TemporaryDirectory() as work:
        begun = time.perf_counter(), time.process_time()
        pieces = list(aggregate_events(folder, "gdelt", work=work, workers=workers))
        ended = time.perf_counter(), time.process_time()
    read = sum(piece.frame["read"].sum() for piece in pieces if piece.table == "event_days")
    return _say(read, ended[0] - begun[0], ended[1] - begun[1])


def two_workers(folder: Path) -> int:
    return counted(folder, workers=2)


def pyarrow_reads(folder: Path) -> int:
    from pyarrow import csv

    columns = [f"f{place}" for place in (0, 1, 7, 17, 26, 29, 30)]
    begun = time.perf_counter(), time.process_time()
    rows = 0
    for path in sorted(folder.iterdir()):
        reader = csv.open_csv(
            path,
            csv.ReadOptions(autogenerate_column_names=True, block_size=1 << 24),
            csv.ParseOptions(delimiter="\t", quote_char=False),
            csv.ConvertOptions(include_columns=columns),
        )
        rows += sum(len(batch) for batch in reader)
    return _say(rows, time.perf_counter() - begun[0], time.process_time() - begun[1])


def inflated(folder: Path) -> int:
    """Only inflate the zips, as the reader does: what Python's zlib allows."""
    from zipfile import ZipFile

    begun = time.perf_counter(), time.process_time()
    lines = 0
    for path in sorted(folder.iterdir()):
        with ZipFile(path) as archive, archive.open(archive.namelist()[0]) as stream:
            while chunk := stream.read(1 << 25):
                lines += chunk.count(b"\n")
    return _say(lines, time.perf_counter() - begun[0], time.process_time() - begun[1])


def _say(events: int, wall: float, processor: float) -> int:
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({"events": events, "wall": wall, "processor": processor, "peak_mb": peak / 1024}))
    return events


STEPS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "plain, threads": ("plain", counted),
    "plain, two Dask workers": ("plain", two_workers),
    "plain, pyarrow reads only": ("plain", pyarrow_reads),
    "zipped, threads": ("zipped", counted),
    "zipped, inflate only, one thread": ("zipped", inflated),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--files", type=int, default=6)
    asked.add_argument("--events", type=int, default=1_000_000, help="in each file")
    asked.add_argument("--repeats", type=int, default=3)
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--step", choices=sorted(STEPS), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.step:
        kind, step = STEPS[given.step]
        step(given.folder / kind)
        return
    folder = given.folder or Path(tempfile.mkdtemp(prefix="bench-events-"))
    for kind, option in (("plain", []), ("zipped", ["--zip"])):
        if not (folder / kind).is_dir():
            maker = [sys.executable, str(BENCH.with_name("make_gdelt.py")), str(folder / kind), *option]
            subprocess.run([*maker, "--files", str(given.files), "--events", str(given.events)], check=True)
    print(f"{'':34}{'events':>12}{'wall s':>9}{'M/s':>7}{'cpu s':>9}{'peak MB':>9}")
    for name in STEPS:
        command = [sys.executable, str(BENCH), "--folder", str(folder), "--step", name]
        runs = [json.loads(_run(command)) for _ in range(given.repeats)]
        best = min(runs, key=lambda run: run["wall"])
        speed = best["events"] / best["wall"] / 1e6
        print(
            f"{name:34}{best['events']:>12,}{best['wall']:>9.2f}{speed:>7.2f}{best['processor']:>9.2f}"
            f"{max(run['peak_mb'] for run in runs):>9.0f}"
        )


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]


if __name__ == "__main__":
    main()
