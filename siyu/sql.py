"""Run the `.sql` files of a room: one file, one question; named parameters; no text is ever built from values.

A file may hold several statements; they run in order and the last one's rows are the answer.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def run(path: Path, parameters: Mapping[str, Any] | None = None) -> int:
    """Run the file. Returns the number of rows its last statement touched."""
    with connection.cursor() as cursor:
        cursor.execute(_text(path), parameters or {})
        return cursor.rowcount


def rows(path: Path, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Run the file. Returns the rows of its last statement."""
    with connection.cursor() as cursor:
        cursor.execute(_text(path), parameters or {})
        return cursor.fetchall()


def records(path: Path, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Run the file. Returns the rows of its last statement as dictionaries by column name."""
    with connection.cursor() as cursor:
        cursor.execute(_text(path), parameters or {})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def copy_in(table: str, columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table. `table` and `columns` are names in our code, never input.

    Values: str, int, bool, bytes (bytea), date, datetime, Decimal, None.
    """
    lines = io.StringIO()
    for row in values:
        lines.write("\t".join(map(_copy_text, row)))
        lines.write("\n")
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", lines)


def _copy_text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)
