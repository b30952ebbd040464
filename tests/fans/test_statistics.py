"""A merge takes no longer where the planner's statistics were made before the project began."""

import pytest
from django.db import connection

from fans.projection import SQL
from siyu.brands import enter_public
from tests.factories import inside, make_project
from tests.fans.sending import added, take

pytestmark = pytest.mark.django_db


def test_newcomers_are_told_by_the_index_and_not_by_a_join(acme):
    with inside(acme):
        old, new = make_project(code="old", auto_assign=False), make_project(code="new", auto_assign=False)
        take(old, [added(f"o{number}") for number in range(2000)])
        with enter_public(), connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {acme.schema_name}.fans_member")
        take(new, [added(f"n{number}") for number in range(1000)])
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE touched_event ON COMMIT DROP AS SELECT kind, fan_id FROM fans_event")
            insert = (SQL / "make_members.sql").read_text().partition(";")[0]
            cursor.execute(f"EXPLAIN {insert}", {"project": new.pk})
            plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Conflict Arbiter Indexes: member_once" in plan
    assert "Join" not in plan
    assert "Nested Loop" not in plan
