"""Reach over REST: what others than the brand entered is marked until one of its people, or silence, confirms it."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fans.models import Batch, Event
from kpi.models import ReachConfirmation
from kpi.reach_confirming import unconfirmed_reach
from projects.models import AuditEntry, TeamSeat
from siyu.brands import enter_public
from siyu.periods import Period
from tenants.models import ApiKey
from tenants.permissions import SCOPES
from tests.factories import client_for, inside, user_client
from tests.kpi.plans import ForecastDesk, awake, body, month, months

ZONE = "+08:00"
CONFIRM = {"month": "2026-03", "channel": "pkg", "reached": 500}


@pytest.fixture
def desk(acme, clock):
    clock("2026-04-01T10:00")
    desk = ForecastDesk(acme)
    desk.agree(body(month("2026-03")))
    return desk


def send(desk, when, *reach, by=None):
    """What came at that time in Shanghai, by the key that is nobody's or by the label of who sent it."""
    batch = desk.send([desk.reach(*one) for one in reach])["batch"]
    with inside(desk.brand):
        batch = Batch.objects.get(pk=batch)
        batch.merges.update(merged_at=f"{when}{ZONE}")
        Batch.objects.filter(pk=batch.pk).update(made_by=by or batch.made_by)


def confirm(desk, client=None, **fields):
    return awake(client or desk.manager).post(f"{desk.path}/forecast/reach/confirm/", {**CONFIRM, **fields})


def pkg(desk):
    """The reach of `pkg` in the only month, as the forecast shows it."""
    return desk.get("forecast")["months"][0]["reach"][0]


def stands(desk):
    found = pkg(desk)
    return found["delivered"], found["confirmed_how"], found["confirmed_by"], found["silence_confirms_after"]


def test_reach_is_marked_until_the_brand_confirms_it(desk):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    assert stands(desk) == (500, None, None, "2026-04-07")  # Qingming on 4 to 6 April
    answer = confirm(desk)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "month": "2026-03", "channel": "pkg", "delivered": 500, "confirmed_how": "person",
        "confirmed_by": str(desk.manager.user), "confirmed_at": "2026-04-01T02:00:00+00:00",
        "silence_confirms_after": None, "calendar": "published", "confirmed_before": None,
    }  # fmt: skip
    assert stands(desk) == (500, "person", str(desk.manager.user), None)
    assert confirm(desk).json() == answer.json()  # said again
    with inside(desk.brand):
        assert ReachConfirmation.objects.count() == 1
        [entry] = AuditEntry.objects.filter(subject="reach:2026-03")
        assert (entry.before, entry.after) == (None, {"channel": "pkg", "reached": 500})


def test_unconfirmed_reach_counts_all_the_same(desk):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    before = desk.get("forecast")["adjusted"]
    confirm(desk)
    assert desk.get("forecast")["adjusted"] == before


def test_three_working_days_of_silence_confirm(desk, clock):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    clock("2026-04-07T23:59")
    assert stands(desk)[1] is None
    clock("2026-04-08T00:00")
    found = pkg(desk)
    assert (found["confirmed_how"], found["confirmed_at"]) == ("silence", "2026-04-07T16:00:00+00:00")


def test_a_late_correction_is_unconfirmed_anew_with_what_was(desk, clock):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    confirm(desk)
    clock("2026-05-20T10:00")
    send(desk, "2026-05-20T09:00", ("pkg", "2026-03-30", 40))
    found = pkg(desk)
    assert (found["delivered"], found["confirmed_how"], found["silence_confirms_after"]) == (540, None, "2026-05-25")
    assert found["confirmed_before"] == {
        "delivered": 500, "how": "person", "by": str(desk.manager.user), "at": "2026-04-01T02:00:00+00:00",
    }  # fmt: skip
    late = confirm(desk)
    assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "changed")
    assert confirm(desk, reached=540).json()["confirmed_how"] == "person"


def test_what_the_brands_side_entered_is_confirmed(desk):
    label = f"user:{desk.manager.user.pk}"
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500), by=label)
    assert stands(desk) == (500, "entered_by_brand", None, None)
    send(desk, "2026-04-01T09:30", ("pkg", "2026-03-30", 1), by=f"user:{desk.owner.user.pk}")
    assert stands(desk) == (501, None, None, "2026-04-07")


def test_a_key_is_on_the_side_of_who_made_it(desk, acme):
    client_for(acme, ["kpis:read"], made_by=desk.manager.user, name="品牌仓库")
    key = ApiKey.objects.get(name="品牌仓库")
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500), by=f"key:{key.pk}")
    assert stands(desk)[1] == "entered_by_brand"


def test_withdrawn_reach_is_nothing_to_confirm(desk):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    confirm(desk)
    desk.send([{"type": "retract", "of": "channel.day", "channel": "pkg", "date": "2026-03-31"}])
    assert stands(desk) == (0, None, None, None)
    assert confirm(desk).status_code == 409


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"reached": 499}, 409), ({"channel": "sms"}, 409), ({"month": "2026-02"}, 409), ({"month": "März"}, 400),
        ({"reached": -1}, 400), ({"reached": "many"}, 400), ({"reached": 2**63}, 400), ({"channel": "\0"}, 400),
        ({"side": "brand"}, 400),
    ],
)  # fmt: skip
def test_only_what_stands_is_confirmed(desk, fields, status):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    assert confirm(desk, **fields).status_code == status
    assert stands(desk)[1] is None


def test_only_a_person_of_the_brand_confirms(desk, acme, globex):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    pm = user_client(acme, "pm")
    with inside(acme):
        TeamSeat.objects.create(project=desk.project, role="pm", user=pm.user, starts_on="2026-01-01")
    others = [desk.owner, pm, user_client(acme, "brand_sponsor"), client_for(acme, sorted(SCOPES))]
    others.append(client_for(acme, sorted(SCOPES), made_by=desk.manager.user))
    assert [confirm(desk, client).status_code for client in others] == [403] * 5
    assert confirm(desk, user_client(globex, "brand_manager")).status_code == 404
    assert stands(desk)[1] is None


def test_reports_are_told_what_nobody_confirmed(desk, acme):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500), ("unasked", "2026-03-31", 9), ("pkg", "2026-04-01", 8))
    with inside(acme):
        [found] = unconfirmed_reach(desk.project, Period(date(2026, 3, 30), date(2026, 4, 5)), timezone.now())
        assert (found.month, found.channel, found.reached, found.was) == (date(2026, 3, 1), "pkg", 500, None)
        assert unconfirmed_reach(desk.project, Period(date(2026, 4, 1), date(2026, 4, 1)), timezone.now()) == []
    confirm(desk)
    with inside(acme):
        assert unconfirmed_reach(desk.project, Period(date(2026, 3, 1), date(2026, 3, 31)), timezone.now()) == []


def test_each_month_channel_and_project_is_confirmed_for_itself(acme, clock):
    clock("2026-04-01T10:00")
    first, second = ForecastDesk(acme), ForecastDesk(acme, "p2")
    mix = {"promised_reach": {"pkg": 1000, "sms": 1000}, "diversion_rate": {"pkg": "0.1", "sms": "0.1"}}
    for desk in (first, second):
        desk.agree(body(*months("2026-02", 2, **mix)))
        send(desk, "2026-04-01T09:00", ("pkg", "2026-02-01", 500), ("pkg", "2026-03-31", 500),
             ("sms", "2026-03-31", 500))  # fmt: skip
    assert confirm(first).status_code == 200
    found = {
        (desk.code, stands["month"], reach["channel"]): reach["confirmed_how"]
        for desk in (first, second)
        for stands in desk.get("forecast")["months"]
        for reach in stands["reach"]
    }
    assert [key for key, how in found.items() if how] == [("p1", "2026-03", "pkg")]


def test_the_figures_of_a_month_are_read_by_its_index(desk):
    """A year of channel days costs one look into an index, not a walk over the log."""
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    with inside(desk.brand), connection.cursor() as cursor:
        # Of a few rows, which way is cheaper is a matter of chance: years of other days stand beside them, and the
        # planner knows of them, whatever statistics another test has left.
        columns = ", ".join(field.column for field in Event._meta.concrete_fields if field.name not in ("id", "key"))
        cursor.execute(
            f"INSERT INTO fans_event (key, {columns}) SELECT (date '2020-01-01' + n)::text || '|pkg', {columns}"  # noqa: S608
            " FROM fans_event, generate_series(1, 2000) AS n"
        )
        with enter_public(), connection.cursor() as owner:
            owner.execute(f"ANALYZE {desk.brand.schema_name}.fans_event")
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL join_collapse_limit = 1"
        )
        with CaptureQueriesContext(connection) as asked:
            unconfirmed_reach(desk.project, Period(date(2026, 3, 1), date(2026, 3, 31)), timezone.now())
        [query] = [one["sql"] for one in asked.captured_queries if "fans_merge AS merge" in one["sql"]]
        cursor.execute(f"EXPLAIN {query}")
        assert [line for (line,) in cursor.fetchall() if "Index Cond" in line and "key >= ('2026-03-01'" in line]


def test_the_database_holds_what_a_confirmation_may_be(desk):
    good = {"project": desk.project, "channel": "pkg", "month": "2026-03-01", "reached": 1,
            "by": desk.manager.user, "at": timezone.now()}  # fmt: skip
    with inside(desk.brand):
        for wrong, name in [
            ({"month": "2026-03-02"}, "reach_confirmation_month_is_first_day"),
            ({"reached": -1}, "reach_confirmation_not_negative"),
        ]:
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                ReachConfirmation.objects.create(**{**good, **wrong})


def enter(client, *rows, status=200):
    answer = awake(client).put("/api/v1/projects/p1/forecast/reach/", list(rows))
    assert answer.status_code == status, answer.content
    return answer.json()


def test_what_the_brands_people_enter_is_confirmed_by_being_entered(desk):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    enter(desk.manager, {"channel": "pkg", "date": "2026-03-31", "reached": 480})
    assert stands(desk)[:2] == (480, "entered_by_brand")


def test_an_old_figure_entered_again_corrects_the_newer_one(desk, clock):
    row = {"channel": "pkg", "date": "2026-03-31", "reached": 480}
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    for minute, reached in enumerate((480, 490, 480)):
        clock(f"2026-04-01T11:0{minute}")
        enter(desk.manager, {**row, "reached": reached})
    assert pkg(desk)["delivered"] == 480


def test_entering_reach_keeps_the_days_cost(desk):
    event = {**desk.reach("pkg", "2026-03-31", 500), "cost": "60.00", "paid_by": "brand"}
    desk.send([event])
    enter(desk.manager, {"channel": "pkg", "date": "2026-03-31", "reached": 300})
    with inside(desk.brand):
        kept = Event.objects.get(key="2026-03-31|pkg", superseded_by=None)
        assert (kept.reached, str(kept.amount), kept.extra) == (300, "60.00", {"paid_by": "brand"})


def test_reach_of_an_unknown_channel_or_a_day_to_come_is_refused_by_row(desk):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    refused = enter(
        desk.manager,
        {"channel": "pkg", "date": "2026-03-30", "reached": 1},
        {"channel": "pig", "date": "2026-04-02", "reached": 1},
        status=422,
    )
    assert [(one["pointer"], one["code"]) for one in refused["errors"]] == [
        ("/1/channel", "unknown_channel"), ("/1/date", "future_time"),
    ]  # fmt: skip
    assert pkg(desk)["delivered"] == 500


def test_reach_that_the_agency_enters_awaits_the_brand(desk, acme):
    send(desk, "2026-04-01T09:00", ("pkg", "2026-03-31", 500))
    enter(user_client(acme, "owner"), {"channel": "pkg", "date": "2026-03-31", "reached": 480})
    assert stands(desk)[:2] == (480, None)
