"""The roll-up rebuilds the days that changed, all of them and only those, whatever happens meanwhile."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from kpi import rollup
from kpi.marks import Extent, Mark, marked_days, read_awaited
from kpi.models import DayFlow
from projects.models import DayMark
from projects.services import put_definition
from siyu import due
from siyu.brands import enter_brand
from siyu.celery import app
from siyu.models import DueWork
from tests.kpi.sending import Desk, place_guides
from tests.kpi.stories import GUIDES, Story

JANUARY = date(2026, 1, 1)


@pytest.fixture(scope="module", autouse=True)
def handlers():
    """As a worker does when it starts."""
    app.loader.import_default_modules()


def added(number, day, **fields):
    at = f"{JANUARY + timedelta(days=day)}T10:00:00+08:00"
    return {"type": "fan.added", "id": f"a{number}", "fan": f"f{number}", "guide": "a1", "at": at, **fields}


def flows_by_day():
    """{day: ids of its rows}: a day that was rebuilt has other ids."""
    out = {}
    for day, pk in DayFlow.objects.values_list("day", "id"):
        out.setdefault(day, set()).add(pk)
    return out


def rebuilt(before, after):
    return {day for day in {*before, *after} if before.get(day) != after.get(day)}


@pytest.fixture
def desk(acme):
    desk = Desk(acme)
    desk.send([added(number, number * 3) for number in range(20)])
    return desk


def test_a_late_event_rebuilds_its_day_only(desk, acme):
    with enter_brand(acme.schema_name):
        before = flows_by_day()
    desk.send([added(99, 9)])
    with enter_brand(acme.schema_name):
        assert rebuilt(before, flows_by_day()) == {JANUARY + timedelta(days=9)}


def test_the_same_events_again_rebuild_nothing(desk, acme):
    with enter_brand(acme.schema_name):
        before = flows_by_day()
    desk.send([added(number, number * 3) for number in range(20)])
    with enter_brand(acme.schema_name):
        assert flows_by_day() == before


def test_a_refund_follows_its_order_when_the_credit_of_the_orders_day_changes(desk, acme):
    """The hand-over ends before the refund's day; the refund is credited as its order is, so it moves along."""
    place_guides(acme, *GUIDES)
    order = {"type": "order.paid", "order": "o1", "fan": "f0", "amount": "80.00", "at": "2026-01-10T10:00:00+08:00"}
    refund = {"type": "order.refunded", "id": "r1", "order": "o1", "amount": "30.00", "stage": "unknown"}
    desk.send([order, {**refund, "at": "2026-02-20T10:00:00+08:00"}])
    desk.keep("a1", [("2026-01-09T00:00:00+08:00", "Lin"), ("2026-01-12T00:00:00+08:00", None)], rolled_up=False)
    february = {"first": "2026-02-01", "last": "2026-02-28"}
    assert desk.figures("month", **february)["stale_days"] == 1
    desk.roll_up()
    [row] = desk.figures("month", **february, by="guide", indicator="gmv")["results"]
    assert (row["guide"], row["numerator"]) == ("Lin", "-30.00")


def test_marked_days_are_stale_until_they_are_rolled_up(desk):
    desk.send([added(50, 4), added(51, 5)], rolled_up=False)
    assert desk.figures("day", "2026-01-01", "2026-01-31")["stale_days"] == 2
    assert desk.figures("day", "2026-01-06", "2026-01-31")["stale_days"] == 1
    assert desk.figures("week", "2026-01-11", "2026-01-11")["stale_days"] == 2, "weeks are given whole"
    desk.roll_up()
    assert desk.figures("day", "2026-01-01", "2026-01-31")["stale_days"] == 0


def test_every_day_is_stale_until_a_changed_sheet_is_folded_in(desk, acme):
    with enter_brand(acme.schema_name):
        put_definition(desk.project, {"valid_after_hours": 72}, by=None)
    assert desk.figures("range", "2026-01-01", "2026-01-31")["stale_days"] == 31
    due.work_off()
    answer = desk.figures("range", "2026-01-01", "2026-01-31")
    assert answer["stale_days"] == 0
    assert answer["definitions"] == 2


def test_a_changed_hours_rule_reaches_the_figures(desk, acme):
    """The fold does not know the hours within which a loss makes an addition invalid; the roll-up does."""
    desk.send([{"type": "fan.lost", "id": "l", "fan": "f0", "by": "fan", "at": "2026-01-03T10:00:00+08:00"}])
    assert _valid(desk) == 11
    with enter_brand(acme.schema_name):
        put_definition(desk.project, {"valid_after_hours": 72}, by=None)
    due.work_off()
    assert _valid(desk) == 10


def _valid(desk):
    [row] = desk.figures("month", "2026-01-01", "2026-01-31", indicator="diverted_users")["results"]
    return row["detail"]["valid"]


def test_an_import_asks_for_the_roll_up_and_the_work_is_done(desk, acme):
    desk.send([added(60, 7)], rolled_up=False)
    assert DueWork.objects.filter(schema=acme.schema_name, kind="rollup", subject=str(desk.project.pk)).exists()
    DueWork.objects.update(due_at="2026-01-01T00:00:00Z")
    due.work_off()
    assert not DueWork.objects.exists()
    with enter_brand(acme.schema_name):
        assert not DayMark.objects.exists()
    assert desk.figures("day", "2026-01-08", "2026-01-08", indicator="diverted_users")["results"][0]["numerator"] == 1


def test_a_mark_that_came_after_the_marks_were_read_stays(desk, acme):
    with enter_brand(acme.schema_name):
        rollup.mark_days(desk.project, JANUARY, JANUARY + timedelta(days=3))
        awaited = read_awaited(desk.project.pk)
        late = DayMark.objects.create(project=desk.project, first_day=JANUARY, last_day=JANUARY)
        rollup._delete_served(desk.project.pk, awaited, awaited.days)
        assert list(DayMark.objects.all()) == [late]


def test_days_are_served_some_at_a_time_and_the_rest_of_a_mark_stays(desk, acme, monkeypatch):
    monkeypatch.setattr(rollup, "DAYS_AT_ONCE", 10)
    with enter_brand(acme.schema_name):
        rollup.mark_days(desk.project)
        rollup.mark_days(desk.project, JANUARY + timedelta(days=4), JANUARY + timedelta(days=30))
        assert rollup._roll_up_some(desk.project) == 10
        rests = [(mark.first_day, mark.last_day) for mark in DayMark.objects.order_by("last_day")]
        eleventh = JANUARY + timedelta(days=10)
        assert rests == [(eleventh, JANUARY + timedelta(days=30)), (eleventh, None)]
        assert rollup.roll_up(desk.project) == 48
        assert not DayMark.objects.exists()


def test_work_between_the_pieces_is_called_for_each(desk, acme, monkeypatch):
    monkeypatch.setattr(rollup, "DAYS_AT_ONCE", 10)
    calls = []
    with enter_brand(acme.schema_name):
        rollup.mark_days(desk.project)
        rollup.roll_up(desk.project, between=lambda: calls.append(1))
    assert len(calls) == 6


def test_a_day_that_lost_its_last_fact_loses_its_flows(desk, acme):
    last = JANUARY + timedelta(days=57)
    with enter_brand(acme.schema_name):
        assert last in flows_by_day()
    desk.send([{"type": "retract", "of": "fan.added", "id": "a19"}])
    with enter_brand(acme.schema_name):
        assert last not in flows_by_day()
    assert desk.figures("range", JANUARY, last)["data_through"] == str(JANUARY + timedelta(days=54))


def test_marked_days_are_kept_within_what_there_is():
    extent = Extent(date(2026, 1, 5), date(2026, 1, 9), date(2026, 1, 8))
    days = marked_days(
        [Mark(1, date.min, date(2026, 1, 5)), Mark(2, date(2026, 1, 8), None), Mark(3, date(2027, 1, 1), None)], extent
    )
    assert days == [date(2026, 1, 5), date(2026, 1, 8), date(2026, 1, 9)]
    assert marked_days([Mark(1, date.min, None)], Extent(None, None, None)) == []


# -- compute_kpis -----------------------------------------------------------------------------------------------------


def all_flows():
    columns = [field.attname for field in DayFlow._meta.fields if field.attname != "id"]
    return sorted(DayFlow.objects.values_list(*columns), key=str)


def test_compute_kpis_rebuilds_and_changes_no_figure(acme, globex, capsys):
    for brand, seed in ((acme, 1), (globex, 2)):
        story = Story(seed, "Asia/Shanghai")
        Desk(brand, sheet=story.sheet).send([*story.events, *story.late])
    with enter_brand(acme.schema_name):
        before, ids = all_flows(), set(DayFlow.objects.values_list("id", flat=True))
    call_command("compute_kpis", brand="acme")
    assert "p1: " in capsys.readouterr().out
    with enter_brand(acme.schema_name):
        assert all_flows() == before
        assert not ids & set(DayFlow.objects.values_list("id", flat=True))


def test_compute_kpis_rebuilds_the_days_asked_for(desk, acme, capsys):
    with enter_brand(acme.schema_name):
        before = flows_by_day()
    call_command("compute_kpis", "--brand=acme", "--project=p1", "--from=2026-01-04", "--to=2026-01-07")
    assert capsys.readouterr().out == "p1: 4 days rebuilt.\n"
    with enter_brand(acme.schema_name):
        assert rebuilt(before, flows_by_day()) == {date(2026, 1, 4), date(2026, 1, 7)}


@pytest.mark.parametrize(
    "arguments",
    [["--brand=nobody"], ["--brand=acme", "--project=none"], ["--brand=acme", "--from=2026-02-01", "--to=2026-01-01"]],
)
def test_compute_kpis_refuses_politely(acme, arguments):
    with pytest.raises(CommandError):
        call_command("compute_kpis", *arguments)


def test_an_event_of_another_century_costs_no_century_of_empty_days(desk, acme):
    desk.send([{**added(98, 0), "at": "1950-01-05T10:00:00+08:00"}])
    with enter_brand(acme.schema_name):
        busy = set(flows_by_day())
        DayMark.objects.create(project=desk.project, first_day=date(1950, 1, 1))
    assert desk.roll_up() == len(busy)
