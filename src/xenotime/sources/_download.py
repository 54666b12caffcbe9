"""Get one address into one file: resumed where it broke off, tried again when the trouble may pass, refused when not.

Bytes go into a partial file that survives a break, a stall or a kill, so the next attempt asks only for the rest (HTTP
Range, held to the same content by If-Range). A body shorter than the server announced is a break, not an end.
"""

import email.utils
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import requests

from xenotime.core import SourceError, progress, write_text

CHUNK_BYTES = 1 << 16
#: Answers that may be different in a moment: too early, too many requests, and the server's own troubles.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REMEDIES = {
    401: "the access key is missing or wrong: check the environment variable that holds it",
    403: "access is refused: check the access key and the producer's terms, or fetch the file in a browser",
    404: "the producer has moved or renamed it: look on its page, and correct the address book",
    407: "the proxy asks for a name and password: set HTTPS_PROXY",
    410: "the producer has withdrawn it: look on its page for a newer version",
    429: "too many requests: wait, or ask for fewer files",
}


@dataclass(frozen=True)
class Patience:
    """How long to wait, and how often to try.

    Attributes
    ----------
    connect_s, stall_s : float
        Seconds without a connection, and without a byte, after which an attempt is given up.
    attempts : int
        Attempts in a row that bring no new byte; one that brings some does not count.
    pause_s, longest_pause_s : float
        Pause after the first failed attempt, doubled after each one, and its limit.
    """

    connect_s: float = 15.0
    stall_s: float = 60.0
    attempts: int = 5
    pause_s: float = 1.0
    longest_pause_s: float = 60.0

    def pause(self, failures: int, asked: float | None = None) -> float:
        """Return the seconds to wait after the given number of failures in a row, or as the server asked."""
        wait = self.pause_s * 2 ** (failures - 1) if asked is None else asked
        return min(wait, self.longest_pause_s)


class _Passing(Exception):
    """An attempt failed in a way that may pass."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        self.what = what
        self.wait = wait
        super().__init__(what)


@dataclass(frozen=True)
class Resuming:
    """Download with resuming and retries; `pooch` calls it as its downloader.

    Attributes
    ----------
    part : Path
        Partial file that survives a failure.
    headers : mapping
        Sent with each request; may hold an access key, so it is never shown.
    patience : Patience
    page : str
        The producer's page, for the remedy.
    """

    part: Path
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    patience: Patience = field(default_factory=Patience)
    page: str = ""

    def __call__(self, url: str, output_file: str, _pooch: object = None) -> None:
        """Download `url` into `output_file`.

        Raises
        ------
        SourceError
            Refused, not found, or still failing after every attempt; the bytes so far stay in `part`.
        """
        self._complete(url)
        self.part.replace(output_file)
        self._validator_file.unlink(missing_ok=True)

    @property
    def _validator_file(self) -> Path:
        return self.part.with_name(f"{self.part.name}.tag")

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _complete(self, url: str) -> None:
        failures = 0
        self.part.parent.mkdir(parents=True, exist_ok=True)
        while True:
            before = self._have()
            try:
                self._attempt(url)
            except (_Passing, requests.RequestException) as error:
                failures = 1 if self._have() > before else failures + 1
                if failures >= self.patience.attempts:
                    raise self._given_up(url, error, failures) from None
                time.sleep(self.patience.pause(failures, error.wait if isinstance(error, _Passing) else None))
            else:
                return

    def _attempt(self, url: str) -> None:
        have = self._have()
        tag = self._validator_file.read_text(encoding="utf-8") if self._validator_file.exists() else ""
        asked = {"Accept-Encoding": "identity", **self.headers}
        if have and tag:
            asked |= {"Range": f"bytes={have}-", "If-Range": tag}
        # A redirect would carry the access key to another host, so it is not followed when there is one.
        with requests.get(
            url,
            headers=asked,
            stream=True,
            timeout=(self.patience.connect_s, self.patience.stall_s),
            allow_redirects=not self.headers,
        ) as answer:
            if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                self.part.unlink(missing_ok=True)
                raise _Passing("the partial file did not fit the server's")
            if answer.status_code in _PASSING:
                raise _Passing(_status(answer.status_code), _retry_after(answer.headers.get("Retry-After")))
            if answer.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                raise self._refused(url, answer.status_code)
            going_on = answer.status_code == HTTPStatus.PARTIAL_CONTENT
            if going_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                self.part.unlink(missing_ok=True)
                raise _Passing("the server sent another part than the one asked for")
            self._receive(answer, have if going_on else 0)

    def _receive(self, answer: requests.Response, start: int) -> None:
        # Without a strong tag there is no telling whether the rest belongs to the same content: start again next time.
        tag = answer.headers.get("ETag", "")
        tag = "" if tag.startswith("W/") else tag or answer.headers.get("Last-Modified", "")
        write_text(self._validator_file, tag)
        # A body the server packed on the way has another length than announced; requests unpacks it.
        packed = answer.headers.get("Content-Encoding", "identity") != "identity"
        announced = None if packed else answer.headers.get("Content-Length")
        expected = None if announced is None else start + int(announced)
        chunks: Iterator[bytes] = iter(answer.iter_content(CHUNK_BYTES))
        if announced is not None:
            chunks = progress(chunks, f"fetch {self.part.stem}", total=-(-int(announced) // CHUNK_BYTES))
        stopped = ""
        with self.part.open("ab" if start else "wb") as stream:
            try:
                for chunk in chunks:
                    stream.write(chunk)
            except requests.RequestException as error:
                stopped = _words(error, answer.url)
        if stopped or (expected is not None and self._have() != expected):
            of = "" if expected is None else f" of {expected:,}"
            raise _Passing(f"{stopped or 'the connection ended'}, after {self._have():,}{of} bytes")

    def _refused(self, url: str, status: int) -> SourceError:
        look = f"; the producer's page: {self.page}" if self.page else ""
        return SourceError(
            f"the server answers {_status(status)}",
            where=url,
            remedy=_REMEDIES.get(status, "look at the address, and on the producer's page") + look,
        )

    def _given_up(self, url: str, error: Exception, failures: int) -> SourceError:
        kept = f"; the {self._have():,} bytes so far are kept and the next fetch goes on from them"
        by_hand = f", or download it by hand from {self.page}" if self.page else ""
        return SourceError(
            f"{_words(error, url)} ({failures} attempts in a row){kept if self._have() else ''}",
            where=url,
            remedy=f"check the network and proxy (HTTPS_PROXY) and fetch again{by_hand}",
        )


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase.lower()}"
    except ValueError:
        return str(code)


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    if value.isdigit():
        return float(value)
    try:
        when = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _words(error: Exception, url: str) -> str:
    host = urlsplit(url).netloc
    if isinstance(error, _Passing):
        return error.what
    if isinstance(error, requests.exceptions.SSLError):
        return f"no secure connection to {host}"
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ReadTimeout):
        return f"{host} does not answer"
    if "Read timed out" in str(error):
        return f"{host} stopped sending"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"the connection to {host} broke off"
    return f"no connection to {host}"
