"""What a person reads in the terminal, and the same lines kept in SIYU_HOME/logs within a bound."""

import datetime
import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from honcho.colour import get_colours
from honcho.printer import Message, Printer

LOG_BYTES = 5_000_000  # a file; with its two predecessors 15 MB for each process
LOG_FILES = 2
OURSELVES = "siyu"


class Console:
    """Prefixed lines on the terminal; a rotating file for each process.

    `quiet` names processes whose lines go to their file only.
    """

    def __init__(self, logs: Path, width: int = 8, quiet: tuple[str, ...] = ()) -> None:
        logs.mkdir(mode=0o700, exist_ok=True)
        self._logs = logs
        self._quiet = quiet
        self._printer = Printer(sys.stdout, width=width)
        self._colours = get_colours()
        self._colour_of: dict[str, str] = {}
        self._files: dict[str, logging.Logger] = {}
        self._is_drawn = False  # a line without an end stands on the terminal

    def line(self, name: str, text: str) -> None:
        """One line of one process. One that begins with a carriage return is drawn over the last such line, on the
        terminal only."""
        if text.startswith("\r"):
            self._draw(text)
            return
        self._file(name).info(text)
        if name not in self._quiet:
            colour = self._colour_of.setdefault(name, next(self._colours))
            # Wall-clock time of this machine, for the eye only.
            now = datetime.datetime.now().astimezone()
            self._show(lambda: self._printer.write(Message("line", text, now, name, colour)))

    def say(self, text: str) -> None:
        """A line of the launcher's own."""
        self.line(OURSELVES, text)

    def plain(self, text: str) -> None:
        """Text without a prefix, not kept in a file: it may hold a password."""
        self._show(lambda: print(text, flush=True))

    def close(self) -> None:
        for file in self._files.values():
            for handler in file.handlers:
                handler.close()

    def _draw(self, text: str) -> None:
        try:
            sys.stdout.write(f"{text}\x1b[K")
            sys.stdout.flush()
        except (OSError, ValueError):
            return
        self._is_drawn = True

    def _show(self, write) -> None:  # type: ignore[no-untyped-def]
        try:
            if self._is_drawn:
                self._is_drawn = False
                print(flush=True)
            write()
        except (OSError, ValueError):  # the terminal has gone; the files go on
            return

    def _file(self, name: str) -> logging.Logger:
        if name not in self._files:
            file = logging.Logger(name, logging.INFO)  # noqa: LOG001  # must not mix with the importer's logging
            handler = RotatingFileHandler(
                self._logs / f"{name}.log",
                maxBytes=LOG_BYTES,
                backupCount=LOG_FILES,
                encoding="utf-8",
            )
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            file.addHandler(handler)
            self._files[name] = file
        return self._files[name]
