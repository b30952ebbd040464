"""Workbooks and pages of tables are opened in a process of their own, with bounds.

A file of two kilobytes may say that its only cells are the first and the last of a sheet of 17 billion, and the reader
lays out all of them: memory runs out, and the process dies with every request that it was answering. A page of
unfinished tags is read again from each of them on.
"""

import io
import pickle
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MOST_MEMORY = 3 << 30  # of the process: half a million rows of forty columns take about two thirds of it
SECONDS = 60
ROWS_AT_ONCE = 10_000
UNREADABLE = 2  # exit code; any other but 0: it ran out of its bounds


class NoTableError(Exception):
    """Broken, of another kind, or locked by a password."""


class TooLargeError(Exception):
    """Beyond the bounds of memory or time."""


def open_sheets(data: bytes) -> Iterator[list[list[Any]]]:
    """The sheets of an XLSX, XLS or ODS file in their order, each as rows of cells from its first row and column on; of
    an HTML page in UTF-8 all its tables, one below the other.

    Raises NoTableError, TooLargeError.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as found:
        given.write(data)
        given.seek(0)
        argv = [sys.executable, "-m", "connectors.opening"]
        try:
            done = subprocess.run(
                argv,
                cwd=Path(__file__).resolve().parent.parent,
                stdin=given,
                stdout=found,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TooLargeError from error
        if done.returncode:
            raise NoTableError if done.returncode == UNREADABLE else TooLargeError
        found.seek(0)
        sheet: list[list[Any]] = []
        while (rows := pickle.load(found)) is not None:  # noqa: S301 - written below
            if rows:
                sheet += rows
            else:
                yield sheet
                sheet = []


def main() -> int:
    """The other process: a workbook comes in, lists of rows go out, an empty one after each sheet and None at last."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    out = sys.stdout.buffer
    try:
        for rows in _sheets_of(sys.stdin.buffer.read()):
            for start in range(0, len(rows), ROWS_AT_ONCE):
                pickle.dump(rows[start : start + ROWS_AT_ONCE], out)
            pickle.dump([], out)
        pickle.dump(None, out)
    except (CalamineError, AssertionError):  # the latter is what the parser of pages says of some that are broken
        return UNREADABLE
    return 0


def _sheets_of(data: bytes) -> Iterator[list[list[Any]]]:
    if data[:2048].lstrip()[:1] == b"<":
        parser = _TableParser()
        parser.feed(data.decode())
        yield parser.rows
        return
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in book.sheet_names:
        yield book.get_sheet_by_name(name).to_python(skip_empty_area=False)


class _TableParser(HTMLParser):
    """The rows of all tables of a page, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[Any]] = []
        self.is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("")
            self.is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self.is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self.is_in_cell:
            self.rows[-1][-1] += data


if __name__ == "__main__":
    sys.exit(main())
