"""How log lines look."""

import logging
import re
import traceback
from types import TracebackType

# What comes after these in the address of a request opens something, or may be a person's number elsewhere.
UNTOLD = re.compile(r"(?<!\S)(/(?:r|invitation|reset|(?:api/v1/)?projects/[^/\s]+/fans)/).+")


class Formatter(logging.Formatter):
    """An exception is logged by its kind and place. Its message is left out: a database's message quotes values, and
    values may be personal data. So may addresses, and some hold a secret: such are cut short."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = UNTOLD.sub(r"\1…", record.message)
        return super().formatMessage(record)

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = ei
        return f"{''.join(traceback.format_tb(trace))}{kind.__qualname__ if kind else ''}"
