"""Several sources at once, and one that dies: nothing dead-locks, nothing is doubled, nothing is lost."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from fans.intake import body_lock
from fans.models import Batch, Event
from tenants.keys import keys_of_current_brand
from tests.factories import inside
from tests.fans.sending import Source, added, facts_of, lines_of, lost, moved, paid, refunded, take, touched, wrote

pytestmark = pytest.mark.django_db(transaction=True)
FANS = [f"f{i}" for i in range(30)]


def events_about_everyone(seed):
    """Every fan and order once, in an order of its own; what each says is the same whoever sends it."""
    events = []
    for i, fan in enumerate(FANS):
        events += [added(fan, i % 5, guide="ab"[i % 2], phone=f"138001380{i % 10:02}"), touched(fan, 6), wrote(fan, 7),
                   moved(fan, "b", 8), lost(fan, 20 + i), paid(f"o{i}", "100", 9, phone=f"138001380{i % 10:02}"),
                   refunded(f"o{i}", "40", 30)]  # fmt: skip
    random.Random(seed).shuffle(events)  # noqa: S311 - the same order for the same seed
    return events


def at_once(*works):
    """Run each in a thread of its own; raise what any of them raised."""
    raised = []

    def run(work):
        try:
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if raised:
        raise raised[0]


def test_sources_that_send_the_same_fans_and_orders_at_once_leave_what_one_would(acme, globex):
    alone, together, there = Source(acme, "alone"), Source(acme, "together"), Source(globex, "together")
    alone.send(*events_about_everyone(0))
    totals = []

    def send(source, seed):
        def work():
            with inside(source.brand):
                events = events_about_everyone(seed)
                for first in range(0, len(events), 70):
                    totals.append((source.brand.slug, take(source.project, events[first : first + 70])))

        return work

    at_once(*(send(together, seed) for seed in (1, 2, 3)), send(there, 4))
    for slug, senders in (("acme", 3), ("globex", 1)):
        told = [account for brand, account in totals if brand == slug]
        new = sum(account["accepted"] + account["held"] for account in told)
        assert (new, sum(account["duplicates"] for account in told)) == (210, 210 * (senders - 1))
    assert together.facts() == alone.facts() == there.facts()


@contextmanager
def another_session():
    """A connection of its own, as another process would have."""
    session = psycopg2.connect(**connection.get_connection_params())
    session.autocommit = True
    try:
        with session.cursor() as cursor:
            yield cursor
    finally:
        session.close()


def holding(source, body):
    with inside(source.brand):
        digest = keys_of_current_brand().body_digest()
        digest.update(body)
        return body_lock(source.project.pk, digest.digest())


def test_a_body_that_is_being_stored_is_not_stored_twice_at_once(acme):
    source, body = Source(acme), lines_of([added("f")])
    with another_session() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [holding(source, body)])
        answer = source.post(body)
        assert (answer.status_code, answer.json()["type"]) == (429, "urn:siyu:problem:body_in_progress")
        assert int(answer["Retry-After"]) > 0
        assert source.count(added("g")) == {"accepted": 1}
    assert source.send(body)["accepted"] == 1


def test_a_batch_under_way_cannot_be_undone(acme):
    source, body = Source(acme), lines_of([added("f")])
    batch = source.send(body)["batch"]
    with inside(acme):
        Batch.objects.filter(pk=batch).update(state=Batch.State.RUNNING)
    with another_session() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [holding(source, body)])
        assert source.undo(batch).status_code == 409
    assert source.undo(batch).status_code == 200


SENDER = """
import django; django.setup()
from django.db import connection
connection.settings_dict["NAME"] = {database!r}
from fans import intake
intake.CHUNK_LINES = 20
from projects.models import Project
from siyu.brands import enter_brand
from tests.fans.sending import take
with enter_brand({schema!r}):
    take(Project.objects.get(code={code!r}), open({path!r}, "rb").read())
"""


def test_a_body_whose_sender_was_killed_half_way_is_finished_by_sending_it_again(acme, tmp_path):
    whole, source = Source(acme, "whole"), Source(acme, "killed")
    body = lines_of(events_about_everyone(5) + [added(f"x{i}") for i in range(400)])
    whole.send(body)
    path = tmp_path / "body"
    path.write_bytes(body)
    code = SENDER.format(
        database=settings.DATABASES["default"]["NAME"], schema=acme.schema_name, code="killed", path=str(path)
    )
    sender = subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"DJANGO_SETTINGS_MODULE": "siyu.settings"}
    )
    try:
        until(lambda: sender.poll() is not None or stored(source) >= 20)
        assert sender.poll() is None
    finally:
        sender.send_signal(signal.SIGKILL)
        sender.wait(30)
    answers = []

    def is_taken():  # as soon as PostgreSQL has seen that the sender is gone
        answers.append(source.post(body))
        return answers[-1].status_code != 429

    until(is_taken)
    account = answers[-1].json()
    assert 20 <= account["duplicates"] < 610
    assert account["accepted"] + account["held"] + account["duplicates"] == account["received"] == 610
    with inside(acme):
        assert Event.objects.filter(project_id=source.project.pk).count() == 610
        assert facts_of(source.project) == facts_of(whole.project)
        assert not Batch.objects.filter(project=source.project, state=Batch.State.RUNNING).exists()


def stored(source):
    with inside(source.brand):
        return Event.objects.filter(project_id=source.project.pk).count()


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
