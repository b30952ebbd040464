"""Statistics follow a large change before the roll-up plans by them."""

import pytest
from django.db import connection

from fans.models import Fan
from kpi.statistics import refresh_statistics
from siyu.brands import enter_brand


@pytest.mark.django_db(transaction=True)
def test_a_table_that_grew_is_analysed_once_and_only_in_its_brand(acme, globex):
    with enter_brand(acme.schema_name):
        refresh_statistics()
        Fan.objects.bulk_create(Fan(code=f"f{number}") for number in range(6000))
        _publish_counts()
        assert refresh_statistics() == ["fans_fan"]
        _publish_counts()
        assert refresh_statistics() == []
        Fan.objects.create(code="one more")
        _publish_counts()
        assert refresh_statistics() == []
    with enter_brand(globex.schema_name):
        assert "fans_fan" not in refresh_statistics()


def _publish_counts():
    """PostgreSQL hands its counts of changed rows over a second after they happen, unless told to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
