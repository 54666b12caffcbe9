"""One writer at a time. The lock is the kernel's, so it ends with the process that holds it: none is ever stale."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xenotime.core import StoreError

LOCK = ".lock"


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the store's writer lock while the block runs.

    Raises
    ------
    StoreError
        Another process is writing; the message names its process id.
    """
    with open(root / LOCK, "a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            stream.seek(0)
            raise StoreError(
                f"another process is writing to this store ({_holder(stream.read())})",
                where=str(root),
                remedy="wait for it to end, or end it; reading goes on meanwhile, and a killed writer does no harm",
            ) from error
        stream.truncate(0)
        stream.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        stream.flush()
        try:
            yield
        finally:
            stream.truncate(0)


def _holder(text: str) -> str:
    try:
        kept = json.loads(text)
        return f"process {kept['pid']} on {kept['host']}"
    except (ValueError, KeyError, TypeError):
        return "process unknown"
