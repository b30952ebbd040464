"""Reminders before silence counts: twice, each once whatever clocks and workers do; disputes stop the clock.

February 2026: the 2nd is a Monday; Saturday the 14th is worked for the holiday of the 15th to the 23rd.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from projects.models import Notice
from reports.deemed import counted_days, deemed_on, reminder_days
from reports.models import Report, ReportSchedule
from reports.queries import deemed_accepted_on, revision_of
from reports.reminders import REMIND, remind_due
from reports.review import Deed, act
from siyu.models import DueWork
from tenants.identity import identify_user
from tests.factories import inside
from tests.reports.desk import ReportDesk, january


def days(*texts):
    return [date.fromisoformat(f"2026-{text}") for text in texts]


def at(day, hour, minute=0):
    """Shanghai time, February 2026."""
    return datetime(2026, 2, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("workdays", "expected"),
    [
        (1, ["02-03"]),  # the last day itself: there is none before it
        (2, ["02-03", "02-04"]),
        (3, ["02-03", "02-04"]),
        (5, ["02-05", "02-06"]),  # Tuesday the 3rd to Monday the 9th
    ],
)
def test_the_days_of_reminders(workdays, expected):
    assert reminder_days(counted_days(date(2026, 2, 2), [], workdays)) == days(*expected)


def test_holidays_count_for_nobody():
    assert counted_days(date(2026, 2, 13), [], 3) == days("02-14", "02-24", "02-25")


@pytest.mark.parametrize(
    ("disputes", "day"),
    [
        ([("02-04", "02-05")], "02-06"),  # the 3rd and the 6th
        ([("02-04", None)], None),
        ([("02-05", None)], "02-04"),  # silence was complete before she disputed
    ],
)
def test_a_dispute_stops_the_clock_and_undoes_nothing(disputes, day):
    [stops] = [[(days(first)[0], days(last)[0] if last else None) for first, last in disputes]]
    assert deemed_on(date(2026, 2, 2), stops, 2) == (days(day)[0] if day else None)


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    with inside(acme):
        ReportSchedule.objects.create(project=desk.project, deemed_after=5)
    return desk


@pytest.fixture
def report(desk):
    """Sent on Monday the 2nd at noon: silence until Monday the 9th counts."""
    report = desk.issue("monthly", "2026-01")
    do(desk, desk.pm, report, "review", at(2, 11))
    do(desk, desk.pm, report, "send", at(2, 12))
    return report


def do(desk, client, report, action, now, comment=""):
    by = identify_user(client.user, desk.brand)
    with inside(desk.brand):
        act(Report.objects.get(pk=report.pk), Deed(action, 1, comment), by=by, person=client.user, now=now)


def remind(desk, now):
    with inside(desk.brand):
        return remind_due(desk.project, now)


def reminded(desk):
    with inside(desk.brand):
        found = Notice.objects.filter(kind="deemed_soon").order_by("pk")
        assert {notice.user_id for notice in found} <= {desk.manager.user.pk}
        return [notice.at for notice in found]


def test_two_reminders_and_no_third_whoever_asks(desk, report):
    assert remind(desk, at(2, 12)) == at(5, 9)
    assert remind(desk, at(5, 8, 59)) == at(5, 9)
    assert reminded(desk) == []
    for now in (at(5, 9), at(5, 9), at(4, 9), at(5, 23), at(6, 8, 59)):  # a clock that goes back, too
        remind(desk, now)
    assert reminded(desk) == [at(5, 9)]
    for now in (at(6, 9), at(6, 9, 1), at(9, 12), at(10, 9)):
        assert remind(desk, now) is None
    assert reminded(desk) == [at(5, 9), at(6, 9)]


def test_sending_asks_for_the_reminders(desk, report):
    assert DueWork.objects.filter(kind=REMIND, subject=str(desk.project.pk), schema=desk.brand.schema_name).exists()


def test_of_reminders_that_were_missed_the_newest_is_given_and_none_too_late(desk, report):
    remind(desk, at(9, 10))
    assert reminded(desk) == [at(9, 10)]
    with inside(desk.brand):
        Notice.objects.all().delete()
    remind(desk, at(10, 0))
    assert reminded(desk) == []


def test_a_dispute_stops_reminders_and_the_answer_moves_them(desk, report):
    remind(desk, at(5, 9))
    do(desk, desk.manager, report, "dispute", at(5, 15), "不对")
    assert remind(desk, at(6, 9)) is None
    do(desk, desk.pm, report, "answer", at(6, 15), "已核对")
    # Counted: the 3rd and 4th, then the 9th, 10th and 11th; the 5th and 6th are the dispute's.
    with inside(desk.brand):
        fresh = Report.objects.get(pk=report.pk)
        assert deemed_accepted_on(fresh, revision_of(fresh, "brand")) == date(2026, 2, 11)
    assert remind(desk, at(6, 16)) == at(9, 9)
    remind(desk, at(9, 9))
    remind(desk, at(10, 9))
    assert reminded(desk) == [at(5, 9), at(9, 9), at(10, 9)]


def test_what_was_approved_or_has_no_such_term_is_not_reminded_of(desk, report):
    do(desk, desk.manager, report, "approve", at(4, 9))
    assert remind(desk, at(5, 9)) is None
    with inside(desk.brand):
        ReportSchedule.objects.update(deemed_after=None)
        Report.objects.update(state="sent")
    assert remind(desk, at(5, 9)) is None
    assert reminded(desk) == []
