"""Heads contracted and on duty, gaps, overloads, leavers: worked out by hand."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from guides.models import Absence
from projects.models import Commitment, TeamSeat
from siyu.periods import local_day
from tests.factories import make_guide, make_placement, make_user, user_client
from tests.kpi.sending import Desk

PATH = "/api/v1/projects/p1/staffing/"


@pytest.fixture
def desk(acme) -> Desk:
    return Desk(acme)


@pytest.fixture
def lili(acme, globex):
    """Full time in acme up to 3 March, then half."""
    guide = make_guide(acme.agency, code="lili", name="丽丽")
    make_placement(guide, acme, share=1, ends_on=date(2026, 3, 3))
    make_placement(guide, acme, share="0.5", starts_on=date(2026, 3, 4))
    make_placement(guide, globex, share="0.5", starts_on=date(2026, 3, 4))
    return guide


def read(brand, **query):
    response = user_client(brand, "brand_manager").get(PATH, query)
    assert response.status_code == 200, response.content
    return response.json()


def test_heads_by_day_against_what_was_contracted(acme, globex, inside, desk, lili):
    nana = make_guide(acme.agency, code="nana")
    make_placement(nana, acme, share="0.25")
    Absence.objects.create(guide=nana, starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 4), reason="病假")
    with inside(acme):
        for kind, promised in (("heads", "2"), ("heads", "0.5"), ("posts", "30")):
            Commitment.objects.create(
                project=desk.project, side="agency", kind=kind, month="2026-03-01", promised=promised,
                due_on="2026-03-31",
            )  # fmt: skip
    answer = read(acme, start="2026-02-28", end="2026-03-05")
    assert [
        (day["date"], day["contracted"], day["heads"], day["placed"], day["on_duty"], day["capacity"])
        for day in answer["days"]
    ] == [
        ("2026-02-28", None, 2, "1.25", "1.25", 31250),
        ("2026-03-01", "2.5", 2, "1.25", "1.25", 31250),
        ("2026-03-02", "2.5", 2, "1.25", "1.25", 31250),
        ("2026-03-03", "2.5", 1, "1.25", "1", 31250),
        ("2026-03-04", "2.5", 1, "0.75", "0.5", 18750),
        ("2026-03-05", "2.5", 2, "0.75", "0.75", 18750),
    ]
    assert "病假" not in str(answer)


def test_gaps_without_pm_ops_or_content_have_their_days(acme, inside, desk):
    for role, first, last in [
        ("pm", "2026-03-01", "2026-03-02"), ("pm", "2026-03-05", None), ("ops", "2026-01-01", "2026-03-04"),
    ]:  # fmt: skip
        user = make_user(role, brand=acme)
        with inside(acme):
            TeamSeat.objects.create(project=desk.project, role=role, user=user, starts_on=first, ends_on=last)
    answer = read(acme, start="2026-03-01", end="2026-03-06")
    assert answer["gaps"] == [
        {"gap": "no_pm", "from": "2026-03-03", "to": "2026-03-04"},
        {"gap": "no_ops", "from": "2026-03-05", "to": "2026-03-06"},
        {"gap": "no_content", "from": "2026-03-01", "to": "2026-03-06"},
    ]


def send_fans(desk, count, account="a1"):
    common = {"type": "fan.added", "at": "2026-01-05T10:00:00", "guide": account}
    desk.send([{**common, "id": f"{account}{n}", "fan": f"{account}f{n}"} for n in range(count)])


def test_guides_needed_and_overloads_are_dated(acme, inside, desk):
    with inside(acme):
        desk.project.fans_per_guide = 2
        desk.project.save()
    today = local_day(timezone.now(), timezone.get_default_timezone())
    make_placement(make_guide(acme.agency, code="nana"), acme, share="0.5")
    make_placement(
        make_guide(acme.agency, code="lili"), acme, share=1, starts_on=today, ends_on=today + timedelta(days=1)
    )
    send_fans(desk, 3)
    answer = read(acme, start=str(today - timedelta(days=1)), end=str(today + timedelta(days=3)))
    assert (answer["present_fans"], answer["guides_needed"]) == (3, 2)
    assert [day["capacity"] for day in answer["days"]] == [1, 3, 3, 1, 1]
    assert answer["overloads"] == [{"from": str(today), "to": str(today + timedelta(days=3))}]
    send_fans(desk, 1, "a2")
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")])
    (full,) = [one for one in read(acme)["overloaded_accounts"] if one["account"] == "a1"]
    assert full == {"account": "a1", "guide": "nana", "fans": 3, "capacity": 1}


def test_days_to_come_are_held_against_the_fans_that_the_forecast_expects_then(acme, desk):
    """Nobody is present and 1.5 are placed; 30,000 are expected at the end of the running month and 60,000 of the next:
    2 and 3 guides."""
    today = local_day(timezone.now(), timezone.get_default_timezone())
    make_placement(make_guide(acme.agency, code="nana"), acme, share=1)
    make_placement(make_guide(acme.agency, code="lili"), acme, share="0.5")
    first = today.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    rates = {"churn_rate": "0", "ramp": "1", "gmv_per_fan": "4", "koc_share": "0", "referral_share": "0"}
    months = [
        {"month": f"{month:%Y-%m}", "promised_reach": {"pkg": 30000}, "diversion_rate": {"pkg": "1"}, **rates}
        for month in (first, following)
    ]
    body = {"opening_fans": 0, "effective_from": f"{first:%Y-%m}", "months": months}
    assert user_client(acme, "owner").put("/api/v1/projects/p1/forecast/", body).status_code == 200
    days = {day["date"]: day["needed"] for day in read(acme, start=str(first), end=str(following))["days"]}
    assert (days[str(today)], days[str(following)]) == (0, 3)
    assert all(days[str(first + timedelta(days=n))] is None for n in range((today - first).days))
    answer = read(acme, start=str(today), end=str(following + timedelta(days=1)))
    tomorrow = today + timedelta(days=1)
    assert answer["overloads"] == [{"from": str(tomorrow), "to": str(following + timedelta(days=1))}]
    assert [
        (month["month"], month["version"], month["fans"], month["needed"], month["placed"], month["gap"])
        for month in answer["months"]
    ] == [(f"{first:%Y-%m}", 1, 30000, 2, "1.5", "0.5"), (f"{following:%Y-%m}", 1, 60000, 3, "1.5", "1.5")]
    stated = user_client(acme, "owner").get("/api/v1/projects/p1/forecast/").json()["months"]
    assert [month["staffing"]["gap"] for month in stated] == [month["gap"] for month in answer["months"]]


def test_leavers_who_still_keep_accounts_come_first(acme, globex, desk):
    today = local_day(timezone.now(), timezone.get_default_timezone())
    for code, last in [("anna", today), ("bella", today + timedelta(days=9)), ("cora", None), ("dora", today)]:
        make_placement(make_guide(acme.agency, code=code, name=code), acme, ends_on=last)
    make_placement(make_guide(acme.agency, code="elsa"), globex, ends_on=today)
    send_fans(desk, 2, "a1")
    send_fans(desk, 1, "a2")
    for account, keeper in [("a1", "bella"), ("a2", "bella"), ("a3", "cora")]:
        desk.keep(account, [("2026-01-01T00:00:00", keeper)])
    leavers = read(acme)["leavers"]
    assert [(one["guide"], one["accounts"]) for one in leavers] == [
        ("bella", [{"account": "a1", "fans": 2}, {"account": "a2", "fans": 1}]), ("anna", []), ("dora", []),
    ]  # fmt: skip
    desk.keep("a2", [("2026-01-01T00:00:00", "bella"), (f"{today + timedelta(days=9)}T18:00:00", "cora")])
    assert read(acme)["leavers"][0]["accounts"] == [{"account": "a1", "fans": 2}]  # a2 is handed over in time
    last = today + timedelta(days=9)
    assert leavers[0]["todo"] == (
        f"请于 {last} 前移交企微号 a1、a2（粉丝 3 位）：粉丝不移动，业绩自移交时刻起归新承接人"
    )


@pytest.mark.parametrize(
    "query",
    [{"start": "2026-03-02", "end": "2026-03-01"}, {"start": "2026-01-01", "end": "2027-12-31"}, {"start": "x"}],
)
def test_a_range_has_its_bounds(acme, desk, query):
    assert user_client(acme, "owner").get(PATH, query).status_code == 400
