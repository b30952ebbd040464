"""Tell the planner what a brand's tables hold by now.

Statistics made before a project's first large import say that none of a table's rows is that project's. Any index that
begins with the project then seems to lead to one row, and each look-up reads all of the project: minutes become hours.
"""

from django.db import connection
from psycopg2 import sql as compose

from siyu.brands import current_schema, enter_public


def analyze_tables(*names: str) -> None:
    """Analyse tables of the brand that is entered. Only their owner may, and the brand's role is not."""
    schema = current_schema()
    with enter_public(), connection.cursor() as cursor:
        for name in names:
            cursor.execute(compose.SQL("ANALYZE {}").format(compose.Identifier(schema, name)))
