"""A pooler in transaction mode gives one session's search path to another: such a database is refused."""

from typing import Any

from django.db import connection


def is_transaction_pooled() -> bool:
    """True if two sessions of ours share a server process, or one changes it from statement to statement."""
    first, second = connection.copy(), connection.copy()
    names = ["first", "second"]
    try:
        for wrapper in (first, second):
            wrapper.ensure_connection()
            wrapper.connection.autocommit = True
        with first.wrap_database_errors, first.connection.cursor() as one, second.connection.cursor() as two:
            for cursor, name in zip((one, two), names, strict=True):
                cursor.execute("SELECT set_config('siyu.canary', %s, false)", [name])
            before = [_read(one), _read(two)]
            two.execute("BEGIN")  # holds whichever server it got; the first session must still have its own
            after = [_read(one), _read(two)]
            two.execute("ROLLBACK")
    finally:
        first.close()
        second.close()
    return [name for name, _ in before] != names or after != before


def _read(cursor: Any) -> tuple[str, int]:
    cursor.execute("SELECT current_setting('siyu.canary', true), pg_backend_pid()")
    return cursor.fetchone()
