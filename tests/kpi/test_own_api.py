"""REST of own indicators: who defines them, what is refused by name, which version counts, and that the ten stay."""

from datetime import date

import pytest

from kpi.metrics import METRICS
from projects.models import AuditEntry
from tests.factories import client_for, user_client
from tests.kpi.sending import Desk

BODY = {
    "name": "有效率", "group": "diversion", "direction": "up",
    "numerator": {"count": "valid"}, "denominator": {"count": "diverted"}, "unit": "percent",
}  # fmt: skip


@pytest.fixture
def desk(acme, globex):
    Desk(globex)
    desk = Desk(acme)
    desk.send(
        [
            {"type": "fan.added", "id": "1", "fan": "A", "guide": "a1", "channel": "pkg", "at": "2026-01-10T10:00:00"},
            {"type": "fan.added", "id": "2", "fan": "B", "guide": "a1", "channel": "pkg", "at": "2026-02-10T10:00:00"},
        ]
    )
    return desk


@pytest.fixture
def pm(acme, desk, clock):
    client = user_client(acme, "owner")
    clock("2026-02-20T10:00")
    return client


def put(desk, client, code="valid_share", status=None, **changes):
    answer = client.put(f"{desk.path}/indicators/{code}/", {**BODY, **changes})
    assert answer.status_code in ([status] if status else (200, 201)), answer.content
    return answer.json()


def flaws(desk, client, code="valid_share", status=422, **changes):
    return {
        error["pointer"]: error["code"] for error in put(desk, client, code=code, status=status, **changes)["errors"]
    }


def test_one_is_made_read_and_removed_on_record(acme, globex, inside, desk, pm):
    made = put(desk, pm, status=201)
    assert (made["version"], made["effective_from"], made["words"]) == (1, "2026-02", "有效新增 ÷ 导流用户")
    assert made["cuts"] == ["guide", "account", "channel"]
    assert pm.get(f"{desk.path}/indicators/").json() == [made]
    assert put(desk, pm, status=200)["version"] == 1
    assert user_client(globex, "owner").get(f"{desk.path}/indicators/").json() == []
    assert pm.delete(f"{desk.path}/indicators/valid_share/").status_code == 204
    assert pm.delete(f"{desk.path}/indicators/valid_share/").status_code == 404
    assert pm.get(f"{desk.path}/indicators/valid_share/").status_code == 404
    with inside(acme):
        entries = AuditEntry.objects.filter(subject="indicator:valid_share").order_by("id")
        assert [(bool(one.before), bool(one.after), one.by) for one in entries] == [
            (False, True, f"user:{pm.user.pk}"),
            (True, False, f"user:{pm.user.pk}"),
        ]
    again = put(desk, pm, status=201)
    assert (again["version"], len(again["versions"])) == (3, 1)


def test_who_may(acme, globex, desk, pm):
    put(desk, user_client(acme, "brand_manager"))
    for role in ("brand_sponsor", "ops", "guide", "finance"):
        client = user_client(acme, role)
        assert client.put(f"{desk.path}/indicators/x/", BODY).status_code in (403, 404)
    assert client_for(acme, ["kpis:read"]).put(f"{desk.path}/indicators/x/", BODY).status_code == 403
    assert user_client(acme, "brand_sponsor").get(f"{desk.path}/indicators/").status_code == 200
    assert user_client(globex, "owner").get(f"{desk.path}/indicators/valid_share/").status_code == 404


@pytest.mark.parametrize("code", list(METRICS))
def test_the_ten_are_never_redefined(desk, pm, code):
    assert flaws(desk, pm, code=code) == {"/code": "reserved"}
    metric = METRICS[code]
    for name in (metric.chinese, f" {metric.english.upper()} ", code):
        assert flaws(desk, pm, name=name) == {"/name": "reserved"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"unit": "yuan"}, "/unit"),
        ({"numerator": {"count": "gmv"}, "unit": "percent"}, "/unit"),
        ({"denominator": {"count": "valid"}}, "/denominator/count"),
        ({"numerator": {"count": "buyers", "channel": "pkg"}}, "/numerator/channel"),
        ({"numerator": {"count": "valid", "channel": "nowhere"}}, "/numerator/channel"),
        ({"numerator": {"count": "valid", "platform": "tmall"}}, "/numerator/platform"),
        ({"denominator": {"count": "orders", "channel": "pkg", "platform": "jd"}}, "/denominator/platform"),
    ],
)
def test_what_cannot_be_counted_is_refused_where_it_stands(desk, pm, changes, pointer):
    assert list(flaws(desk, pm, **changes)) == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"numerator": {"count": "clicks"}}, "/numerator/count"),
        ({"numerator": {"count": "gmv", "of": 1}}, "/numerator/of"),
        ({"name": ""}, "/name"),
        ({"name": "长" * 41}, "/name"),
        ({"group": "other"}, "/group"),
        ({"direction": "sideways"}, "/direction"),
        ({"lines": {}}, "/lines"),
    ],
)
def test_what_is_not_understood_is_refused(desk, pm, changes, pointer):
    assert list(flaws(desk, pm, status=400, **changes)) == [pointer]


def test_names_codes_and_number_are_bounded(desk, pm):
    assert list(flaws(desk, pm, code="Valid")) == ["/code"]
    put(desk, pm)
    assert flaws(desk, pm, code="other") == {"/name": "taken"}
    for number in range(11):
        put(desk, pm, code=f"i{number}", name=f"第 {number} 项")
    assert flaws(desk, pm, code="one_more", name="再一项") == {"/code": "too_many"}
    put(desk, pm, name="有效占比")  # what is there can still be changed


def test_the_ten_stand_alone_unless_own_ones_are_asked_for(desk, pm):
    put(desk, pm)
    alone = desk.figures("month", "2026-01-01", "2026-02-28")["results"]
    assert [row["indicator"] for row in alone] == [*METRICS, *METRICS]
    both = desk.figures("month", "2026-01-01", "2026-02-28", indicator="valid_share,gmv")["results"]
    assert [row["indicator"] for row in both] == ["gmv", "gmv", "valid_share", "valid_share"]
    assert both[-1] == {
        "indicator": "valid_share", "period_start": "2026-02-01", "period_end": "2026-02-28",
        "numerator": 1, "denominator": 1, "value": "1", "detail": None, "forecast": None,
        "own": {"version": 1, "name": "有效率", "unit": "percent"},
    }  # fmt: skip


def test_another_brands_code_is_no_indicator_here(globex, desk, pm):
    put(desk, pm)
    query = {"grain": "range", "start": "2026-01-01", "end": "2026-01-31", "indicator": "valid_share"}
    assert user_client(globex, "owner").get(f"{desk.path}/kpis/", query).status_code == 400


def test_what_it_cannot_do_is_said_in_words(desk, pm):
    put(desk, pm, numerator={"count": "recalled"})
    january = {"start": "2026-01-01", "end": "2026-01-31", "indicator": "valid_share"}
    by_guide = desk.client.get(f"{desk.path}/kpis/", {**january, "grain": "range", "by": "guide"})
    rows = desk.client.get(f"{desk.path}/kpis/rows/", {**january, "guide": "Lin"})
    assert [(one.status_code, one.json()["errors"][0]["pointer"]) for one in (by_guide, rows)] == [
        (400, "/by"),
        (400, "/guide"),
    ]


def test_a_change_counts_from_its_month_on_and_never_in_a_month_that_is_over(desk, pm, clock):
    put(desk, pm)
    clock("2026-03-05T10:00")
    assert flaws(desk, pm, denominator=None, unit="count", effective_from="2026-02") == {"/effective_from": "past"}
    put(desk, pm, denominator=None, unit="count", effective_from="2026-04")
    found = desk.figures("month", "2026-01-01", "2026-04-30", indicator="valid_share")["results"]
    versions = {row["period_start"]: (row["own"]["version"], row["denominator"]) for row in found}
    assert versions == {"2026-01-01": (1, 1), "2026-02-01": (1, 1), "2026-03-01": (1, 0), "2026-04-01": (2, None)}
    [whole] = desk.figures("range", date(2026, 1, 1), date(2026, 4, 1), indicator="valid_share")["results"]
    assert (whole["numerator"], whole["denominator"]) == (2, None)
