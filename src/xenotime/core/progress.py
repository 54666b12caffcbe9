"""A progress bar on a terminal for work longer than two seconds; nothing in a pipe."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

Item = TypeVar("Item")
PATIENCE_S = 2.0


def progress(items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
    """Yield `items`; when they take longer than two seconds and standard error is a terminal, show a bar.

    Parameters
    ----------
    items : iterable
        The work, item by item.
    label : str
        What is being done, e.g. ``"ingest BACI"``.
    total : int, optional
        Number of items, where `items` has no length.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress

    size = total if total is not None else (len(items) if isinstance(items, Sized) else None)
    bar = Progress(console=Console(stderr=True), transient=True)
    begun = time.monotonic()
    shown = False
    done = 0
    task = bar.add_task(label, total=size)
    try:
        for item in items:
            yield item
            done += 1
            if not shown and time.monotonic() - begun > PATIENCE_S:
                bar.start()
                shown = True
            if shown:
                bar.update(task, completed=done)
    finally:
        if shown:
            bar.stop()
