"""Imports commit while the roll-up runs: no day keeps figures that its facts don't have, and no mark is lost."""

import threading

import pytest
from django.db import connection

from kpi.models import DayFlow
from kpi.queries import one_state
from kpi.rollup import mark_days, roll_up
from projects.models import DayMark
from siyu.brands import enter_brand
from tests.kpi.sending import Desk
from tests.kpi.stories import Story

pytestmark = pytest.mark.django_db(transaction=True)


def all_flows():
    columns = [field.attname for field in DayFlow._meta.fields if field.attname != "id"]
    return sorted(DayFlow.objects.values_list(*columns), key=str)


def in_threads(*jobs):
    """Run the jobs at the same time; raises what one of them raised."""
    errors = []

    def run(job):
        try:
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_roll_ups_between_imports_leave_what_one_roll_up_at_the_end_leaves(acme, globex):
    story, other = Story(11, "Asia/Shanghai"), Story(12, "Asia/Shanghai")
    desk, theirs = Desk(acme, sheet=story.sheet), Desk(globex, sheet=other.sheet)
    events = [*story.events, *story.late]
    pieces = [events[start::12] for start in range(12)]
    sent = threading.Event()

    def send():
        for piece in pieces:
            desk.send(piece, rolled_up=False)
        sent.set()

    def roll():
        with enter_brand(acme.schema_name):
            while not sent.is_set():
                roll_up(desk.project)

    in_threads(send, roll, roll, lambda: theirs.send([*other.events, *other.late]))
    desk.roll_up()
    with enter_brand(acme.schema_name):
        assert not DayMark.objects.exists()
        grown = all_flows()
        mark_days(desk.project)
        roll_up(desk.project)
        assert all_flows() == grown


def test_an_answer_sees_one_state_of_facts_and_flows(acme):
    """What commits while an answer is put together shows in it nowhere, rather than in some of its parts."""
    desk = Desk(acme)
    at = "2026-01-10T10:00:00+08:00"
    with enter_brand(acme.schema_name), one_state():
        assert not DayFlow.objects.exists()
        in_threads(lambda: desk.send([{"type": "fan.added", "id": "1", "fan": "f", "guide": "a1", "at": at}]))
        assert not DayFlow.objects.exists()
    with enter_brand(acme.schema_name):
        assert DayFlow.objects.exists()
        mark_days(desk.project)
        assert roll_up(desk.project) == 1, "after an answer the connection writes again"
