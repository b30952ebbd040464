"""Reports of a project that has day totals alone: they are made, say what is known and no more, and are restated like
any other when totals change or events come."""

import json

import pytest

from reports.models import Revision
from tests.factories import inside
from tests.kpi.sending import place_guides
from tests.reports.desk import ReportDesk, added, paid, plan

DAY = "2026-01-05"


def total(guide, day, **said):
    rows = {"added": 10, "lost": 2, "friends": 1008, "chats": 50, "replied": 20, "orders": 3, "paid": "600.00",
            "refunds": "100.00"}  # fmt: skip
    return {"guide": guide, "date": day, **rows, **said}


@pytest.fixture
def desk(acme, globex):
    for brand in (acme, globex):
        place_guides(brand, "Lin", "Mei")
    other = ReportDesk(globex)
    state(other, [total("Lin", DAY, added=999)])
    return ReportDesk(acme)


def state(desk, rows, channels=()):
    answer = desk.client.put(f"{desk.path}/totals/", {"guides": list(rows), "channels": list(channels)})
    assert answer.status_code == 200, answer.content
    assert not answer.json()["errors"], answer.json()
    desk.roll_up()


def said(payload):
    return {row["code"]: row["zh"] for row in payload["summary"]}


def payload_of(desk, report):
    with inside(desk.brand):
        return json.loads(Revision.objects.filter(report=report).latest("number").payload)


def test_a_daily_says_what_totals_say(desk):
    mei = total("Mei", DAY, added=5, lost=1, friends=504, orders=1, paid="80.00", refunds="0")
    state(desk, [total("Lin", DAY), mei],
          [{"channel": "pkg", "date": DAY, "reached": 100, "cost": "30.00", "added": 12}])  # fmt: skip
    payload = payload_of(desk, desk.issue("daily", DAY))
    assert payload["fans"] == {"at_start": 1500, "added": 15, "lost": 3, "net": 12, "at_end": 1512}
    told = said(payload)
    assert told["fans"] == "1 月 5 日新增 15 人，流失 3 人，净增 12 人，期末粉丝 1,512 人"
    assert told["orders"] == "成交 4 单 ¥680.00，退款 ¥100.00，净额 ¥580.00"
    assert told["totals"] == "来自人工填报的日汇总：粉丝、服务、成交 01-05；按添加与流失的人次计，不按粉丝去重"
    marks = {row["indicator"]: (row.get("totals") or {}).get("reads") for row in payload["figures"]}
    assert marks["gmv"] == "as_stated"
    assert marks["koc_users"] == "not_in_totals"
    assert marks["satisfaction_rate"] is None
    assert [row["guide"] for row in payload["guides"]] == ["Lin", "Mei"]
    assert payload["incomplete"] is False


def test_what_is_not_stated_is_unknown_and_never_nothing(desk):
    state(desk, [total("Lin", "2026-01-04")])
    payload = payload_of(desk, desk.issue("daily", DAY))
    assert payload["fans"] == dict.fromkeys(["at_start", "added", "lost", "net", "at_end"])
    told = said(payload)
    assert told["fans"] == "1 月 5 日粉丝数据未填报"
    assert told["orders"] == "成交数据未填报"
    assert told["totals_missing"] == "日汇总缺：粉丝、服务、成交 01-05，请补填 — 代运营方"
    assert payload["incomplete"] is True
    assert payload["exceptions"] == []
    assert "0 人" not in "".join(told.values())


def test_without_a_stock_the_daily_says_what_is_left(desk):
    state(desk, [{"guide": "Lin", "date": DAY, "added": 10, "lost": 2}])
    told = said(payload_of(desk, desk.issue("daily", DAY)))
    assert told["fans"] == "1 月 5 日新增 10 人，流失 2 人，净增 8 人；其余人数未知"


def test_weeklies_and_monthlies_add_up_and_leave_out_what_needs_events(desk):
    desk.agree(plan(floor="0.80"))
    state(desk, [total("Lin", day, friends=1000 + 8 * place) for place, day in enumerate(
        f"2026-01-{number:02}" for number in range(1, 32))])  # fmt: skip
    weekly = payload_of(desk, desk.issue("weekly", "2026-W03"))
    assert weekly["fans"]["added"] == 70
    assert weekly["new_fans_7_days"]["fans"] is None
    monthly = payload_of(desk, desk.issue("monthly", "2026-01"))
    by_code = {row["indicator"]: row for row in monthly["figures"]}
    assert (by_code["gmv"]["value"], by_code["diverted_users"]["value"]) == ("15500.00", "310")
    assert monthly["sales"]["whole"]["net"] == monthly["settlement"]["base"] == "15500.00"
    assert monthly["sales"]["platforms"] == [
        {"platform": None, "orders": 93, "gross": "18600.00", "refunds": "3100.00", "net": "15500.00"}
    ]
    assert (monthly["assets"], monthly["bridge"]) == (None, None)
    assert "assets" not in said(monthly)
    assert by_code["interaction_rate"]["totals"]["reads"] == "distinct"


def test_a_corrected_total_and_events_that_come_later_are_restated(desk):
    state(desk, [total("Lin", DAY)])
    report = desk.issue("daily", DAY)
    state(desk, [total("Lin", DAY, paid="900.00")])
    found = desk.pm.get(f"/api/v1/reports/{report.pk}/restatement/").json()
    changes = {change["pointer"]: (change["was"], change["now"], change["why"]) for change in found["changes"]}
    assert changes["/orders/net"] == ("500.00", "800.00", ["orders.day:corrected"])
    assert not [pointer for pointer in changes if "totals" in pointer]

    desk.send([paid("o1", "70.00", DAY), added("f1", DAY)])
    found = desk.pm.get(f"/api/v1/reports/{report.pk}/restatement/").json()
    changes = {change["pointer"]: (change["was"], change["now"], change["why"]) for change in found["changes"]}
    assert changes["/fans/added"] == (10, 1, ["fan.added:late"])
    assert payload_of(desk, report)["orders"]["net"] == "500.00"


def test_a_frozen_report_page_shows_the_marks(desk):
    state(desk, [total("Lin", DAY)])
    report = desk.issue("daily", DAY)
    page = desk.pm.get(f"/projects/{desk.code}/reports/{report.pk}/").content.decode()
    assert "来自人工填报的日汇总" in page
    assert "按填报" in page


def test_rows_of_a_frozen_figure_say_that_totals_have_none(desk):
    state(desk, [total("Lin", DAY)])
    report = desk.issue("daily", DAY)
    state(desk, [total("Lin", DAY, paid="900.00")])
    query = {"start": DAY, "end": DAY, "revision": f"{report.pk}.1"}
    gmv = desk.pm.get(f"{desk.path}/kpis/rows/", {**query, "indicator": "gmv"}).json()
    assert (gmv["numerator"], gmv["results"], gmv["totals"]["reads"]) == ("500.00", [], "as_stated")
    churn = desk.pm.get(f"{desk.path}/kpis/rows/", {**query, "indicator": "churn_rate"}).json()
    assert (churn["numerator"], churn["denominator"], churn["results"]) == (2, 1010, [])


def test_days_that_nobody_stated_are_no_shortfall_and_no_course(desk):
    desk.agree(plan(floor="0.80"))
    days = [f"2026-01-{number:02}" for number in range(1, 21)]
    state(desk, [total("Lin", day, added=1) for day in days],
          [{"channel": "pkg", "date": day, "reached": 200, "added": 1} for day in days])  # fmt: skip
    users, told = month_of(payload_of(desk, desk.issue("daily", "2026-01-20")))
    assert users["forecast"]["projected"] is not None
    assert told["side"] == "agency"

    withdrawn = {"guide": "Lin", "channel": "pkg", "date": "2026-01-10"}
    desk.send([{"type": "retract", "of": kind, **withdrawn} for kind in ("fans.day", "channel.fans")])
    users, told = month_of(payload_of(desk, desk.issue("daily", "2026-01-19")))
    assert users["forecast"]["projected"] is None
    assert (told["side"], told["zh"][-6:]) == (None, "，缺 1 天")


def month_of(payload):
    [users] = [row for row in payload["month_to_date"]["figures"] if row["indicator"] == "diverted_users"]
    [told] = [row for row in payload["summary"] if row["code"] == "month_to_date:diverted_users"]
    return users, told
