"""What is asked once: within a block, of one brand, and no longer."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kpi.queries import one_state
from projects.models import Definition, Project
from projects.queries import definition_in_use
from siyu.remembering import asked_once, remembering
from tests.factories import inside, make_project

AT = datetime(2026, 1, 1, tzinfo=UTC)


def approved(project: Project, version: int) -> None:
    Definition.objects.create(
        project=project, version=version, sheet={"n": version}, sha256=f"{version}" * 64,
        agency_approved_at=AT, brand_approved_at=AT,
    )  # fmt: skip


@pytest.fixture
def counter():
    asked = []

    @asked_once
    def read(name: str) -> str:
        asked.append(name)
        return name.upper()

    read.asked = asked
    return read


def test_in_a_block_a_question_is_asked_once(counter):
    with remembering():
        assert [counter("a"), counter("b"), counter("a")] == ["A", "B", "A"]
        with remembering():
            counter("a")
    assert counter.asked == ["a", "b"]
    with remembering():
        counter("a")
    assert counter.asked == ["a", "b", "a"]


def test_outside_of_one_nothing_is_remembered(counter):
    counter("a")
    counter("a")
    with remembering(), remembering(is_on=False):
        counter("a")
        counter("a")
    assert counter.asked == ["a"] * 4


def test_it_is_forgotten_where_the_block_breaks_off(counter):
    @asked_once
    def fails() -> None:
        counter("a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), remembering():
        fails()
    counter("a")
    assert counter.asked == ["a", "a"]


def test_each_brand_is_answered_its_own(acme, globex, counter):
    with remembering():
        for brand in (acme, globex, acme):
            with inside(brand):
                counter("a")
    assert counter.asked == ["a", "a"]


def test_the_next_state_of_the_data_is_read_anew(acme, globex):
    """Both projects have one number in their brands, and only one of them another sheet."""
    with inside(globex):
        theirs = make_project()
    with inside(acme):
        project = make_project()
        with one_state():
            assert definition_in_use(project).version == 1
        approved(project, 2)
        with one_state(), CaptureQueriesContext(connection) as asked:
            assert {definition_in_use(project).version for _ in range(5)} == {2}
        assert sum("projects_definition" in question["sql"] for question in asked) == 1
    with inside(globex), one_state():
        assert definition_in_use(theirs).version == 1


def test_a_transaction_that_only_writes_reads_what_it_wrote(acme):
    with inside(acme), transaction.atomic():
        project = make_project()
        assert definition_in_use(project).version == 1
        approved(project, 2)
        assert definition_in_use(project).version == 2
