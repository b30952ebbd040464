"""A pooler in transaction mode gives one session's search path to another: such a database is refused."""

from typing import Any

from django.db import connection


def is_transaction_pooled() -> bool:
    """True if two sessions of ours share a server process, or one changes it from statement to statement."""
    first, second = connection.copy(), connection.copy()
    try:
        for wrapper in (first, second):
            wrapper.ensure_connection()
        raw = first.connection, second.connection
        for session in raw:
            session.autocommit = True
        names = ("first", "second")
        with raw[0].cursor() as one, raw[1].cursor() as two:
            cursors = (one, two)
            for cursor, name in zip(cursors, names, strict=True):
                cursor.execute("SELECT set_config('siyu.canary', %s, false), pg_backend_pid()", [name])
            before = [_read(cursor) for cursor in cursors]
            two.execute("BEGIN")  # holds whichever server it got; the first session must still have its own
            after = [_read(two), _read(one)]
            two.execute("ROLLBACK")
        return [value for value, _ in before] != list(names) or after != [before[1], before[0]]
    finally:
        first.close()
        second.close()


def _read(cursor: Any) -> tuple[str, int]:
    cursor.execute("SELECT current_setting('siyu.canary', true), pg_backend_pid()")
    return cursor.fetchone()
