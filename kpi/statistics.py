"""Keep the planner informed. Autovacuum looks at a table once a minute; a large import is rolled up sooner.

A new project's first million rows look like none to statistics that were made before it: plans that are right for a
handful of rows then run for minutes over all of them.
"""

from django.db import connection
from psycopg2 import sql as compose

from kpi.questions import sql
from siyu.brands import current_schema, enter_public
from siyu.sql import rows


def refresh_statistics() -> list[str]:
    """Analyse the brand's tables of facts and flows that changed much since they last were. Returns their names.

    Only a table's owner may; the brand's role is not.
    """
    schema = current_schema()
    tables = [name for (name,) in rows(sql("outdated_statistics"), {"schema": schema})]
    if tables:
        with enter_public(), connection.cursor() as cursor:
            for name in tables:
                cursor.execute(compose.SQL("ANALYZE {}").format(compose.Identifier(schema, name)))
    return tables
