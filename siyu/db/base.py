"""The connection that knows which brand it serves: search path and role go to PostgreSQL in one statement."""

from typing import Any

from django_tenants.postgresql_backend import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

NO_ROLE = "none"  # PostgreSQL's word for "the role that logged in"


class DatabaseWrapper(base.DatabaseWrapper):
    """django-tenants' wrapper; `brand_role` is set by `siyu.brands.enter_brand` and by nothing else."""

    _setting_search_path: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.brand_role = NO_ROLE
        super().__init__(*args, **kwargs)

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        # Whoever switches the schema by django-tenants' own means (migrations) works as the owner, not as a brand.
        self.brand_role = NO_ROLE
        super().set_tenant(tenant, include_public)

    def _handle_search_path(self, cursor: Any = None) -> None:
        """Set search path and role together; a failure is raised, where the parent class would carry on in public."""
        if self._setting_search_path:
            return
        if self.connection.get_transaction_status() == TRANSACTION_STATUS_INERROR:
            return  # only a rollback can follow, and it sets both anew
        path = ", ".join(f'"{name}"' for name in self._get_cursor_search_paths())
        self._setting_search_path = True
        target = cursor if cursor is not None else self.connection.cursor()
        try:
            target.execute(
                "SELECT set_config('search_path', %s, false), set_config('role', %s, false)",
                [path, self.brand_role],
            )
            self.search_path_set_schemas = path
        finally:
            self._setting_search_path = False
            if cursor is None:
                target.close()
