"""How log lines look."""

import logging
import traceback
from types import TracebackType


class Formatter(logging.Formatter):
    """An exception is logged by its kind and place. Its message is left out: a database's message quotes values, and
    values may be personal data."""

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = ei
        return f"{''.join(traceback.format_tb(trace))}{kind.__qualname__ if kind else ''}"
