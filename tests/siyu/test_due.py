"""What is due is done: once for every asking, two at a time in a brand, and never lost."""

import datetime

import pytest
from django.db import connection, transaction
from django.utils import timezone

from siyu import due
from siyu.brands import current_schema, enter_public
from siyu.celery import app
from siyu.models import DueWork
from tests.factories import inside

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def runs(monkeypatch):
    """Handlers of these tests only; `runs` is what they did."""
    done = []
    monkeypatch.setattr(due, "_handlers", {})

    @due.handles("note")
    def note(subject: str, beat: due.Beat) -> None:
        done.append((current_schema(), subject))

    return done


def asking(brand, kind="note", subject="1", **kwargs):
    with inside(brand), transaction.atomic():
        due.ask(kind, subject, **kwargs)


def only() -> DueWork:
    return DueWork.objects.get()


def lease_ends():
    DueWork.objects.update(leased_until=timezone.now() - datetime.timedelta(seconds=1))


def test_asked_many_times_is_done_once(acme, runs):
    for _ in range(3):
        asking(acme)
    assert only().asked == 3
    assert due.work_off() == 1
    assert runs == [("b_acme", "1")]
    assert not DueWork.objects.exists()


def test_one_subject_in_two_brands_is_two_works(acme, globex, runs):
    asking(acme)
    asking(globex)
    assert due.work_off() == 2
    assert sorted(runs) == [("b_acme", "1"), ("b_globex", "1")]


def test_what_is_rolled_back_was_never_asked(acme, runs):
    with inside(acme), transaction.atomic():
        due.ask("note", "1")
        transaction.set_rollback(True)
    assert due.work_off() == 0


def test_asked_while_it_runs_it_runs_once_more(acme, monkeypatch, runs):
    @due.handles("again")
    def again(subject: str, beat: due.Beat) -> None:
        runs.append(subject)
        if len(runs) == 1:
            due.ask("again", subject)

    asking(acme, "again")
    assert due.work_off() == 2
    assert not DueWork.objects.exists()


def test_work_for_later_waits(acme, runs):
    asking(acme, at=timezone.now() + datetime.timedelta(hours=1))
    assert due.work_off() == 0
    asking(acme)
    assert due.work_off() == 1


def test_a_handler_may_ask_for_its_next_time(acme, runs):
    tomorrow = timezone.now() + datetime.timedelta(days=1)

    @due.handles("daily")
    def daily(subject: str, beat: due.Beat) -> None:
        runs.append(subject)
        due.ask("daily", subject, at=tomorrow)

    asking(acme, "daily")
    assert due.work_off() == 1
    assert (only().due_at, only().leased_until) == (tomorrow, None)


def test_brands_have_their_turns_and_the_oldest_of_each_comes_first(acme, globex, runs):
    now = timezone.now()
    for brand, subject, minutes in ((acme, "b", 2), (globex, "c", 1), (acme, "a", 3)):
        asking(brand, subject=subject, at=now - datetime.timedelta(minutes=minutes))
    due.work_off()
    assert [subject for _, subject in runs] == ["a", "c", "b"]


def test_patient_work_gives_way_to_the_other_kinds(acme, runs):
    @due.handles("patient", patient=True)
    def patient(subject: str, beat: due.Beat) -> None:
        runs.append(("patient", subject))

    asking(acme, "patient")
    asking(acme)
    assert due.work_off() == 2
    assert runs == [("b_acme", "1"), ("patient", "1")]


def test_two_rows_of_a_brand_run_at_most(acme, globex, runs):
    for number in range(4):
        asking(acme, subject=str(number))
    asking(globex)
    claimed = [due.claim_oldest() for _ in range(5)]
    assert [claim.schema for claim in claimed if claim] == ["b_acme", "b_globex", "b_acme"]


def test_kinds_this_process_does_not_know_are_left_to_others(acme, runs):
    asking(acme, "of_a_newer_version")
    assert due.work_off() == 0
    assert only().attempts == 0


def test_three_failures_park_it_with_the_place_and_no_words_of_data(acme, runs):
    @due.handles("fails")
    def fails(subject: str, beat: due.Beat) -> None:
        raise ValueError("13800138000")

    asking(acme, "fails")
    for attempt in range(1, 4):
        assert due.work_off() == 1
        assert only().attempts == attempt
        assert due.work_off() == 0  # not again at once
        DueWork.objects.update(due_at=timezone.now())
    row = only()
    assert row.parked_at is not None
    assert "ValueError in test_due.py" in row.last_error
    assert "138" not in row.last_error
    assert due.work_off() == 0

    asking(acme, "fails")
    assert (only().parked_at, only().attempts) == (None, 0)
    assert due.work_off() == 1


def test_a_failure_does_not_stop_the_next(acme, runs):
    @due.handles("fails")
    def fails(subject: str, beat: due.Beat) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    asking(acme, "fails")
    asking(acme)
    assert due.work_off() == 2
    assert runs == [("b_acme", "1")]


def test_a_row_whose_lease_ended_is_taken_over(acme, runs):
    asking(acme)
    assert due.claim_oldest() is not None
    assert due.work_off() == 0
    lease_ends()
    assert due.work_off() == 1
    assert not DueWork.objects.exists()


def test_whoever_lost_the_lease_learns_it_and_changes_nothing(acme, runs):
    asking(acme)
    slow = due.claim_oldest()
    lease_ends()
    quick = due.claim_oldest()
    with pytest.raises(due.LostLeaseError):
        due._extend(slow)
    due._finish(slow)
    due._fail(slow, ValueError())
    assert (only().leased_until, only().attempts) == (quick.leased_until, 2)
    due._finish(quick)
    assert not DueWork.objects.exists()


def test_a_row_whose_workers_die_ten_times_is_parked(acme, runs):
    asking(acme)
    for _ in range(10):
        assert due.claim_oldest() is not None
        lease_ends()
    assert due.claim_oldest() is None
    assert only().parked_at is not None
    assert "ended without a word" in only().last_error


def test_beat_extends_the_lease(acme, runs):
    leases = []

    @due.handles("long")
    def long(subject: str, beat: due.Beat) -> None:
        for _ in range(2):
            beat()
            leases.append(lease())

    def lease():
        with enter_public():
            return DueWork.objects.values_list("leased_until", flat=True).get()

    asking(acme, "long")
    assert due.work_off() == 1
    assert leases[0] < leases[1]
    assert not DueWork.objects.exists()


def test_beat_inside_a_transaction_is_refused(acme, runs):
    @due.handles("hidden")
    def hidden(subject: str, beat: due.Beat) -> None:
        with transaction.atomic():
            beat()

    asking(acme, "hidden")
    due.work_off()
    assert "RuntimeError" in only().last_error


def test_two_handlers_of_one_kind_are_refused(runs):
    with pytest.raises(ValueError, match="note"):
        due.handles("note")(lambda subject, beat: None)


def test_a_broker_that_is_down_loses_nothing(acme, runs, monkeypatch, caplog):
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app.amqp, "_producer_pool", None)  # which holds connections to the broker that is up
    asking(acme)
    assert "the broker does not answer" in caplog.text
    assert due.work_off() == 1


def test_a_handler_that_leaves_a_brand_open_is_put_back(acme, globex, runs, caplog):
    @due.handles("leaves")
    def leaves(subject: str, beat: due.Beat) -> None:
        connection.set_schema("b_globex")

    asking(acme, "leaves")
    due.work_off()
    assert current_schema() == "public"
