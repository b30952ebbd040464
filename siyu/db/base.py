"""The connection that knows which brand it serves: search path and role go to PostgreSQL with every statement."""

import re
from typing import Any

from django_tenants.postgresql_backend import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR, cursor
from psycopg2.sql import Composable

NO_ROLE = "none"  # PostgreSQL's word for "the role that logged in"

# What PostgreSQL takes in one message with another statement, and in a transaction: reading and writing rows.
_ROWS = re.compile(r"(?:\s|--[^\n]*\n)*(?:SELECT|INSERT|UPDATE|DELETE|WITH|VALUES)\b", re.IGNORECASE)


class BrandCursor(cursor):
    """Sets the brand's search path and role in the same message as each statement.

    A setting can't be remembered as done: a rollback, also to a savepoint, takes it back. A message of its own for each
    statement doubles the ways to the database and back.
    """

    wrapper: "DatabaseWrapper | None" = None  # none for the cursor that only sets
    _before = 0  # bytes sent before the statement itself

    @property
    def query(self) -> bytes | None:
        """The statement as it was sent, for logs and for who counts: without what came before it."""
        sent: bytes | None = super().query
        return sent and sent[self._before :]

    def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:
        self._before = 0
        if self.wrapper is None or self.name:
            return super().execute(query, vars)
        if isinstance(query, Composable):
            query = query.as_string(self)
        if isinstance(query, bytes):
            query = query.decode()
        if not _ROWS.match(query):
            self._enter()
            return super().execute(query, vars)
        setting = f"{self.wrapper.setting()};\n"
        self._before = len(setting.encode())
        return super().execute((setting if vars is None else setting.replace("%", "%%")) + query, vars)

    def executemany(self, query: Any, vars_list: Any) -> None:
        self._enter()
        super().executemany(query, vars_list)

    def callproc(self, *args: Any) -> Any:
        self._enter()
        return super().callproc(*args)

    def copy_expert(self, *args: Any, **kwargs: Any) -> None:
        self._enter()
        super().copy_expert(*args, **kwargs)

    def copy_from(self, *args: Any, **kwargs: Any) -> None:
        self._enter()
        super().copy_from(*args, **kwargs)

    def copy_to(self, *args: Any, **kwargs: Any) -> None:
        self._enter()
        super().copy_to(*args, **kwargs)

    def _enter(self) -> None:
        # In a transaction that failed only a rollback can follow, and what comes after it sets both anew.
        if self.wrapper and self.connection.get_transaction_status() != TRANSACTION_STATUS_INERROR:
            super().execute(self.wrapper.setting())


class DatabaseWrapper(base.DatabaseWrapper):
    """django-tenants' wrapper; `brand_role` is set by `siyu.brands.enter_brand` and by nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.brand_role = NO_ROLE
        super().__init__(*args, **kwargs)

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        # Whoever switches the schema by django-tenants' own means (migrations) works as the owner, not as a brand.
        self.brand_role = NO_ROLE
        super().set_tenant(tenant, include_public)

    def setting(self) -> str:
        """The statement that sets search path and role together; it fails where the role does not exist."""
        path = ", ".join(f'"{name}"' for name in self._get_cursor_search_paths()).replace("'", "''")
        role = self.brand_role.replace("'", "''")
        return f"SELECT set_config('search_path', '{path}', false), set_config('role', '{role}', false)"

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.cursor_factory = BrandCursor
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        cursor.wrapper = self
        return cursor

    def _handle_search_path(self, cursor: Any = None) -> None:
        # The parent class asks for it with each new cursor. Only one with a name can't set it by itself.
        if cursor is None and self.connection.get_transaction_status() != TRANSACTION_STATUS_INERROR:
            with self.connection.cursor() as own:
                own.execute(self.setting())
