"""Brands in turn, workers that are slow or die, and clocks that are wrong for a while."""

import datetime
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from siyu import due
from siyu.models import DueWork, Uptime
from tests.factories import inside

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def runs(monkeypatch):
    done = []
    monkeypatch.setattr(due, "_handlers", {})
    monkeypatch.setattr(due, "_patient", set())

    @due.handles("note")
    def note(subject: str, beat: due.Beat) -> None:
        done.append(subject)

    @due.handles("patient", patient=True)
    def patient(subject: str, beat: due.Beat) -> None:
        done.append(subject)

    return done


def asking(brand, subject, kind="note", ago=MINUTE):
    with inside(brand), transaction.atomic():
        due.ask(kind, subject, at=timezone.now() - ago)


def test_a_brand_with_a_hundred_rows_does_not_keep_the_others_waiting(acme, globex, initech, runs):
    for number in range(100):
        asking(acme, f"a{number}", ago=60 * MINUTE)
    asking(globex, "g")
    asking(initech, "i")
    due.work_off(limit=3)
    assert runs == ["a0", "g", "i"]


def test_patience_is_within_a_brand_and_ends(acme, globex, runs):
    """What acme has to do does not keep globex's reports; and acme's own wait for five minutes, no longer."""
    asking(acme, "figures", ago=2 * MINUTE)
    asking(acme, "patient", "patient", ago=3 * MINUTE)
    asking(acme, "impatient", "patient", ago=6 * MINUTE)
    asking(globex, "other", "patient", ago=MINUTE)
    due.work_off()
    assert runs == ["impatient", "other", "figures", "patient"]


def test_a_slow_worker_whose_lease_ended_holds_up_nobody(acme, globex, runs):
    """It holds its row's lock and is silent. Another worker takes the row over at once; a third works on."""
    asking(acme, "slow")
    slow = due.claim_oldest()
    DueWork.objects.update(leased_until=timezone.now() - MINUTE)
    asking(globex, "other")
    claimed = []

    def claim():
        try:
            claimed.append(due.claim_oldest())
            claimed.append(due.claim_oldest())
        finally:
            connection.close()

    thread = threading.Thread(target=claim, daemon=True)
    thread.start()
    thread.join(timeout=20)
    assert {claim.subject for claim in claimed} == {"slow", "other"}
    due._finish(slow)  # too late: it is another's
    assert DueWork.objects.count() == 2


def test_deaths_are_no_failures(acme, runs, monkeypatch):
    """Killed twice, then it fails once: it is tried again, not parked."""

    def fails(subject, beat):
        raise ValueError

    monkeypatch.setitem(due._handlers, "note", fails)
    asking(acme, "1")
    for _ in range(2):
        due.claim_oldest()
        DueWork.objects.update(leased_until=timezone.now() - MINUTE)
    for failures in (1, 2, 3):
        due.work_off()
        row = DueWork.objects.get()
        assert (row.failures, row.parked_at is not None) == (failures, failures == 3)
        DueWork.objects.update(due_at=timezone.now())


def test_what_was_put_off_on_a_clock_that_was_ahead_is_due(acme, runs):
    """A day ahead, its row was put off to the day after tomorrow. What is put off by a clock that is right waits."""
    asking(acme, "waits", ago=-DAY)
    asking(acme, "lost", ago=-3 * DAY)
    DueWork.objects.filter(subject="lost").update(written_at=timezone.now() + DAY)
    due.work_off()
    assert runs == ["lost"]


def test_what_was_parked_on_a_clock_that_was_ahead_is_parked_now(acme, runs):
    asking(acme, "1")
    ahead = timezone.now() + DAY
    DueWork.objects.update(parked_at=ahead, written_at=ahead)
    assert due.work_off() == 0
    assert DueWork.objects.get().parked_at <= timezone.now()


def test_a_pause_is_seen(acme, runs):
    """The first start is none; minutes without a sign of life are one, and so is a clock that went back."""
    before = timezone.now()
    assert due.now_and_up_since()[1] < before - DAY
    for seen_at in (before - 6 * MINUTE, before + 2 * MINUTE):
        Uptime.objects.update(seen_at=seen_at, since=before - DAY)
        now, since = due.now_and_up_since()
        assert before <= since == now
    Uptime.objects.update(seen_at=before - 4 * MINUTE, since=before - DAY)
    assert due.now_and_up_since()[1] == before - DAY
