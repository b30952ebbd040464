"""A body of events on disk: slow clients, compression and size limits are dealt with before anything is locked.

Memory stays constant: bodies are written as they come and read back line by line.
"""

import fcntl
import json
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec
from django.conf import settings

from fans.vocabulary import LINE_BYTES
from siyu.problems import DomainError, say

PIECE = 1 << 16  # bytes read at once; small, since zlib copies the rest of a piece for each gzip member in it
MOST_LINES = 1_000_000
MOST_BYTES = 4 << 30  # of a decompressed body
MOST_ARRAY_BYTES = 64 << 20
MOST_ARRAY_ITEMS = 10_000
MOST_ARRAY_COMMAS = 100 * MOST_ARRAY_ITEMS  # bounds what decoding an array can allocate
BOM = b"\xef\xbb\xbf"
LARGE = 8 << 20  # a decompressed body above this takes one of the server's slots for large imports
LARGE_AT_ONCE = 2


class TooLargeError(DomainError):
    status = 413
    code = "body_too_large"


class BadBodyError(DomainError):
    status = 400
    code = "bad_body"


class BusyError(DomainError):
    status = 429
    code = "busy"


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class Spool:
    """The decompressed body in a file. `broken`: it ended before its end; `lines()` then gives what was whole."""

    def __init__(self, file: IO[bytes], *, is_array: bool) -> None:
        self.file = file
        self.is_array = is_array
        self.broken = False
        self.newlines = 0
        self.size = 0
        self.ends_line = True

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self.newlines += data.count(b"\n")
        self.ends_line = data.endswith(b"\n")
        most = MOST_ARRAY_BYTES if self.is_array else MOST_BYTES
        if self.size > most or (not self.is_array and self.newlines + (not self.ends_line) > MOST_LINES):
            raise TooLargeError(
                say("一次最多 1,000,000 行，请分几次发送", "At most 1,000,000 lines at once: send it in parts")
            )
        self.file.write(data)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """(number from 1, raw bytes) of each event; blank lines are passed over but counted in the numbers."""
        self.file.seek(0)
        yield from self._items() if self.is_array else self._rows()

    def _rows(self) -> Iterator[tuple[int, bytes]]:
        number = 0
        if self.file.read(len(BOM)) != BOM:  # Windows' programs write one; it is no part of the first line
            self.file.seek(0)
        while raw := self.file.readline(LINE_BYTES + 2):
            number += 1
            whole = raw.endswith(b"\n")
            while not whole and (rest := self.file.readline(PIECE)):  # a line too long is read to its end and refused
                raw, whole = raw + rest[:1], rest.endswith(b"\n")
            if self.broken and not whole:
                return  # the piece that broke off is no line
            if raw.strip():
                yield number, raw.rstrip(b"\r\n")

    def _items(self) -> Iterator[tuple[int, bytes]]:
        body = self.file.read().removeprefix(BOM)
        if body.count(b",") > MOST_ARRAY_COMMAS:
            raise _too_many_items()
        try:
            items = msgspec.json.decode(body, type=list[msgspec.Raw])
            raws = [bytes(item) for item in items]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raws = [json.dumps(item).encode() for item in _lenient_array(body)]
        if len(raws) > MOST_ARRAY_ITEMS:
            raise _too_many_items()
        yield from enumerate(raws, start=1)


def _too_many_items() -> TooLargeError:
    return TooLargeError(
        say(
            "JSON 数组最多 10,000 个事件；更多请用 application/x-ndjson",
            "At most 10,000 events in a JSON array: send more as application/x-ndjson",
        )
    )


def _lenient_array(body: bytes) -> list[Any]:
    """What msgspec refuses and JSON allows (lone surrogates): its items are then judged one by one."""
    try:
        array = json.loads(body.decode())
    except (ValueError, RecursionError):
        array = None
    if not isinstance(array, list):
        raise BadBodyError(
            say(
                "正文应为 JSON 数组，或逐行的 application/x-ndjson",
                "The body must be a JSON array, or application/x-ndjson line by line",
            )
        )
    return array


@contextmanager
def spooled(
    stream: IO[bytes], digest: Digest, *, encoding: str, is_array: bool, expected: int | None
) -> Iterator[Spool]:
    """Read the whole request body into a Spool, decompressing gzip, feeding `digest` with the decompressed bytes.

    `expected`: Content-Length in bytes, None if unknown; a body that ends earlier is broken. Raises TooLargeError, and
    BusyError when a large body finds both of the server's slots taken; the body is then still read to its end, so
    that the client hears the answer.
    """
    folder = Path(settings.SPOOL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file, _LargeSlot(folder) as slot:
        spool = Spool(file, is_array=is_array)
        sent = iter(_Counted(stream, expected, spool))
        try:
            for piece in _decompressed(sent, encoding, spool):
                digest.update(piece)
                spool.write(piece)
                if spool.size > LARGE:
                    slot.take()
        except DomainError:
            for _rest in sent:
                pass
            raise
        yield spool


class _Counted:
    """The request's pieces; a stream that fails or ends short of `expected` marks the spool as broken."""

    def __init__(self, stream: IO[bytes], expected: int | None, spool: Spool) -> None:
        self.stream, self.expected, self.spool = stream, expected, spool

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        try:
            while piece := self.stream.read(PIECE):
                count += len(piece)
                yield piece
        except OSError:
            self.spool.broken = True
        if self.expected is not None and count < self.expected:
            self.spool.broken = True


def _decompressed(pieces: Iterator[bytes], encoding: str, spool: Spool) -> Iterator[bytes]:
    """The pieces, gunzipped where the body is gzip (several members in a row too), never more than PIECE at once."""
    if encoding != "gzip":
        yield from pieces
        return
    inflate = zlib.decompressobj(wbits=31)
    for piece in pieces:
        data = piece
        while data and not spool.broken:
            if inflate.eof:
                inflate = zlib.decompressobj(wbits=31)
            try:
                out = inflate.decompress(data, PIECE)
            except zlib.error:
                spool.broken = True
                break
            if out:
                yield out
            data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if not inflate.eof:
        spool.broken = True


class _LargeSlot:
    """One of the server's slots for large imports: a locked file, so that a killed process gives its slot back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file: IO[bytes] | None = None

    def __enter__(self) -> "_LargeSlot":
        return self

    def __exit__(self, *exc: object) -> None:
        if self.file:
            self.file.close()

    def take(self) -> None:
        if self.file:
            return
        for number in range(LARGE_AT_ONCE):
            file = (self.folder / f"large-{number}.lock").open("wb")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                continue
            self.file = file
            return
        raise BusyError(
            say(
                "已有两个大批量导入在进行，请稍后再发", "Two large imports are under way: send it again a little later"
            ),
            retry_after=5,
        )
