"""The people of these tests: a project p1 in acme, and what is due in its brand."""

import pytest

from projects.models import DayMark, Project
from siyu.brands import enter_public
from siyu.models import DueWork
from tests.factories import make_project


@pytest.fixture
def project(acme, inside) -> Project:
    with inside(acme):
        return make_project(code="p1")


@pytest.fixture
def due_in():
    """(kind, subject) of the work that is due in a brand."""

    def due_in(brand):
        with enter_public():
            rows = DueWork.objects.filter(schema=brand.schema_name)
            return sorted(rows.values_list("kind", "subject"))

    return due_in


@pytest.fixture
def marks_of(inside):
    """(first_day, last_day) of a project's marks as text, last_day None where open."""

    def marks_of(brand, project):
        with inside(brand):
            rows = DayMark.objects.filter(project=project).order_by("first_day", "last_day")
            return [(str(row.first_day), row.last_day and str(row.last_day)) for row in rows]

    return marks_of


@pytest.fixture
def begin_events(inside):
    """What the intake does with a project's first event."""

    def begin_events(brand, *codes):
        with inside(brand):
            Project.objects.filter(code__in=codes).update(has_events=True)

    return begin_events
