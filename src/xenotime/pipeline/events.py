"""Event files by the thousand into counts by year: each file a task of its own, on threads or on a Dask cluster.

Every file gives one partial result on disk (`xenotime.sources.events`), so a run that was killed, or a worker that was,
goes on where it stopped, and nothing is counted twice. The partial results are put together in one place, in the order
of the files' names: the numbers do not depend on who counted what, or in what order.
"""

import logging
import os
import shutil
import signal
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from xenotime.core import InputError, SourceError, progress
from xenotime.sources import Parsed
from xenotime.sources.events import EVENT_SOURCES, Partial, count_file, event_files, gather, partial_of

_LOG = logging.getLogger(__name__)
#: Seconds to wait for a scheduler to answer, and for it to have a worker.
PATIENCE_S = 20
#: Times a task is tried again when a worker could not read or write.
RETRIES = 2


def aggregate_events(
    files: str | Path | Iterable[str | Path],
    source: str,
    *,
    work: str | Path | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    version: str | None = None,
    years: Collection[int] | None = None,
) -> Iterator[Parsed]:
    """Count event files and yield pieces of `event_counts` and `event_days`, one of each a year.

    Parameters
    ----------
    files : path or several
        Files, or folders of files.
    source : {"gdelt", "icews", "polecat"}
        Whose they are.
    work : path, optional
        Folder for the partial results, which stay there: the next run reads only what is new. Without it they lie in
        the user's cache until the run ends well.
    scheduler : str, optional
        Address of a Dask scheduler, ``"tcp://host:8786"``. Its workers must see the files and `work` under the same
        paths, and have this package installed.
    workers : int, optional
        Start this many worker processes on this machine instead (Dask's `LocalCluster`). Without either, threads do
        the work.
    version : str, optional
        A name for the download.
    years : collection of int, optional
        Only these years.

    Yields
    ------
    Parsed
        The last piece carries the notes and the quarantine.

    Raises
    ------
    InputError
        No such file or source; Dask is asked for and not installed, or no scheduler answers.
    SourceError
        None of the files is what it should be, or workers die over one of them.
    """
    if source not in EVENT_SOURCES:
        raise InputError(f"{source!r} is no source of events", remedy=f"use one of {', '.join(EVENT_SOURCES)}")
    _refuse_odd(scheduler, workers, work)
    reader = EVENT_SOURCES[source]
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    found, aside = event_files(paths)
    found = [path.absolute() for path in found]
    folder = _cache() if work is None else Path(work).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    done = [partial_of(path, reader.LAYOUT, folder) for path in found]
    missing = [path for path, partial in zip(found, done, strict=True) if not Partial(partial).is_whole()]
    count = _by_threads if scheduler is None and workers is None else _by_dask(scheduler, workers)
    try:
        for _ in progress(count(missing, source, folder), f"count events of {source}", total=len(missing)):
            pass
    except KeyboardInterrupt:
        whole = sum(Partial(partial).is_whole() for partial in done)
        _LOG.warning("interrupted: %s of %s files are counted; the same command goes on there", whole, len(done))
        raise
    _sweep(folder, done)
    origin = paths[0].name if len(paths) == 1 else f"{found[0].name} to {found[-1].name} ({len(found)} files)"
    partials = [Partial(partial) for partial in done]
    yield from gather(partials, reader.INFO, reader.RULES, origin=origin, aside=aside, version=version, years=years)
    if work is None:
        for partial in done:
            shutil.rmtree(partial, ignore_errors=True)


def count_one(path: str, source: str, work: str) -> str:
    """Count one file, here or on a worker, and return the folder of the partial result."""
    return str(count_file(Path(path), EVENT_SOURCES[source].LAYOUT, Path(work)))


def _refuse_odd(scheduler: str | None, workers: int | None, work: str | Path | None) -> None:
    if scheduler is not None and workers is not None:
        raise InputError("both a scheduler and workers are given", remedy="give --scheduler or --workers, not both")
    if workers is not None and workers < 1:
        raise InputError(f"{workers} workers can do nothing", remedy="give --workers 1 or more")
    if scheduler is not None and work is None:
        raise InputError(
            "with a scheduler the folder of the partial results has to be named",
            remedy="give --work FOLDER, one that this machine and all workers see under the same path",
        )


def _sweep(folder: Path, done: Collection[Path]) -> None:
    """Remove what runs that were killed left half written of these files, now that each is whole."""
    names = {partial.name for partial in done}
    for left in folder.glob(".*.part"):
        if left.name[1:].rpartition(".part")[0].rpartition(".")[0] in names:
            shutil.rmtree(left, ignore_errors=True)


def _cache() -> Path:
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("xenotime")) / "events"


def _by_threads(files: Sequence[Path], source: str, work: Path) -> Iterator[str]:
    """Count on threads: nearly all of the work is done outside Python's lock."""
    with ThreadPoolExecutor(max(1, len(os.sched_getaffinity(0)))) as pool:
        waiting = [pool.submit(count_one, str(path), source, str(work)) for path in files]
        try:
            for task in as_completed(waiting):
                yield task.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _by_dask(scheduler: str | None, workers: int | None) -> Callable[[Sequence[Path], str, Path], Iterator[str]]:
    """Return what counts on a cluster."""
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "Dask's distributed is not installed",
            remedy="install xenotime with its extra 'scale', or leave out --scheduler and --workers",
        ) from error

    def count(files: Sequence[Path], source: str, work: Path) -> Iterator[str]:
        if not files:
            return
        with ExitStack() as held:
            client = held.enter_context(_client(distributed, held, scheduler, workers))
            tasks = [str(path) for path in files]
            futures = client.map(
                count_one, tasks, source=source, work=str(work), pure=False, retries=RETRIES, batch_size=1_000
            )
            ended: Iterator[Any] = distributed.as_completed(futures)  # type: ignore[no-untyped-call]
            for future in ended:
                try:
                    yield future.result()
                except distributed.KilledWorker as error:
                    raise SourceError(
                        "workers died over it again and again",
                        where=tasks[futures.index(future)],
                        remedy="give the workers more memory; what is counted already is kept",
                    ) from error

    return count


def _client(distributed: Any, held: ExitStack, scheduler: str | None, workers: int | None) -> Any:
    if scheduler is not None:
        try:
            client = distributed.Client(scheduler, timeout=PATIENCE_S)
        # Something else may answer there: a web server's words, read as Dask's, ask for exabytes.
        except (OSError, TimeoutError, ValueError, MemoryError) as error:
            raise InputError(
                "no Dask scheduler answers", where=scheduler, remedy="start one (dask scheduler), or check the address"
            ) from error
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError as error:
            client.close()
            raise InputError(
                f"the Dask scheduler has no worker after {PATIENCE_S} seconds",
                where=scheduler,
                remedy=f"start some (dask worker {scheduler}), or use --workers",
            ) from error
        return client
    with _deaf_to_interrupts():
        cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=logging.ERROR
        )
    return distributed.Client(held.enter_context(cluster))


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that do not hear Ctrl-C: this one hears it, and ends them without pages of their tracebacks."""
    if threading.current_thread() is not threading.main_thread():  # Python sets signals only there
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
