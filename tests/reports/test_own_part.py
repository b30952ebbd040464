"""Own indicators in reports: the figures of REST under the version that held, on page and in workbook alike; what was
made before stays what it was, to the byte."""

import io
import json
import re
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from reports.contents import compute
from reports.freezing import digest
from reports.models import Revision
from reports.own_part import versions_in
from siyu.periods import Period
from tests.factories import inside, sign_in, user_client
from tests.kpi.sending import place_guides
from tests.reports.desk import ReportDesk, added, at, january, paid

BODY = {
    "name": "客单价", "group": "result", "direction": "up", "numerator": {"count": "gmv"},
    "denominator": {"count": "orders"}, "effective_from": "2026-01",
}  # fmt: skip
VALID = {
    "name": "有效率", "group": "diversion", "direction": "up", "numerator": {"count": "valid"},
    "denominator": {"count": "diverted"}, "unit": "percent", "effective_from": "2026-01",
}  # fmt: skip


@pytest.fixture
def desk(acme, globex):
    other = ReportDesk(globex)
    other.send(january())
    define(other, "theirs", name="别家的")
    desk = ReportDesk(acme)
    desk.send([*january(), added("f0", "2025-12-19"), paid("o0", "60.00", "2025-12-20", fan="f0")])
    return desk


def define(desk, code="aov", status=(200, 201), **changes):
    owner = user_client(desk.brand, "owner")
    answer = owner.put(f"{desk.path}/indicators/{code}/", {**BODY, **changes})
    assert answer.status_code in status, answer.content


def remove(desk, code="aov"):
    assert user_client(desk.brand, "owner").delete(f"{desk.path}/indicators/{code}/").status_code == 204


def frozen(desk, report, number=1):
    with inside(desk.brand):
        revision = Revision.objects.get(report=report, number=number)
        return revision.payload, revision.sha256


def test_every_kind_carries_them_as_rest_gives_them(desk):
    """January: 349.90 of two orders; the month before: 60.00 of one."""
    define(desk)
    define(desk, "valid_share", **VALID)
    payload = desk.payload("monthly", "2026-01")
    valid, aov = payload["own"]
    assert (aov["indicator"], aov["numerator"], aov["denominator"]) == ("aov", "349.90", 2)
    assert aov["value"].startswith("174.95")
    assert aov["own"] == {
        "version": 1, "name": "客单价", "unit": "yuan", "group": "result", "direction": "up",
        "numerator": {"count": "gmv"}, "denominator": {"count": "orders"},
    }  # fmt: skip
    assert (valid["numerator"], valid["denominator"], valid["value"]) == (4, 4, "1")
    for kind, days in (("monthly", "2026-01"), ("weekly", "2026-W02"), ("daily", "2026-01-06")):
        payload = desk.payload(kind, days)
        range_ = {"start": payload["period_start"], "end": payload["period_end"], "grain": "range"}
        rest = desk.figures(range_["grain"], range_["start"], range_["end"], indicator="aov,valid_share")["results"]
        shown = {row["indicator"]: row for row in payload["own"]}
        assert {row["indicator"] for row in rest} == set(shown)
        for row in rest:
            assert {name: shown[row["indicator"]][name] for name in ("numerator", "denominator", "value")} == {
                name: row[name] for name in ("numerator", "denominator", "value")
            }
    sixth = {row["indicator"]: row for row in desk.payload("daily", "2026-01-06")["own"]}
    assert (sixth["aov"]["value"][:5], sixth["aov"]["previous"]["value"][:3]) == ("49.90", "300")
    assert sixth["valid_share"]["value"] is None


def test_a_project_without_any_says_nothing_of_them(desk):
    assert "own" not in desk.payload("monthly", "2026-01")


def test_what_was_frozen_before_stays_to_the_byte(desk):
    """Whatever is defined, changed or removed later, a revision computed anew under what it was made with is itself."""
    bare = desk.issue("monthly", "2026-01")
    define(desk)
    with_one = desk.issue("weekly", "2026-W02")
    define(desk, numerator={"count": "gross"}, effective_from="2026-12")
    define(desk, "valid_share", **VALID)
    with_two = desk.issue("daily", "2026-01-06")
    remove(desk)
    define(desk, name="客单价", numerator={"count": "orders"}, denominator=None)
    for report, codes in ((bare, set()), (with_one, {"aov"}), (with_two, {"aov", "valid_share"})):
        payload, sha256 = frozen(desk, report)
        held = versions_in(json.loads(payload))
        assert set(held) == codes
        with inside(desk.brand):
            anew = compute(desk.project, report.kind, Period(report.first_day, report.last_day), held).payload
        assert anew == payload
        assert digest(anew) == sha256
        assert desk.pm.get(f"/api/v1/reports/{report.pk}/restatement/").json()["changes"] == []


def test_the_version_that_held_counts_and_is_named(desk):
    define(desk)
    before = desk.issue("monthly", "2026-01")
    define(desk, numerator={"count": "gross"}, effective_from="2090-01")
    assert desk.act(desk.pm, before, "revise", comment="按新口径").status_code == 200
    [row] = json.loads(frozen(desk, before, 2)[0])["own"]
    assert (row["own"]["version"], row["numerator"], row["previous"]["numerator"]) == (1, "349.90", "60.00")
    [row] = desk.payload("monthly", "2090-01")["own"]
    assert (row["own"]["version"], row["own"]["numerator"]) == (2, {"count": "gross"})
    assert row["previous"] is None  # December is another definition's


def test_late_data_restates_them_and_names_the_cause(desk):
    define(desk, "valid_share", **VALID)
    define(desk)
    report = desk.issue("monthly", "2026-01")
    desk.send([paid("l1", "50.10", "2026-01-20", fan="f1")])
    found = desk.pm.get(f"/api/v1/reports/{report.pk}/restatement/").json()
    why = {change["pointer"]: (change["was"], change["now"], change["why"]) for change in found["changes"]}
    assert why["/own/1/numerator"] == ("349.90", "400.00", ["order.paid:late"])
    assert not [pointer for pointer in why if pointer.startswith("/own/0/")]
    desk.send([{"type": "rating", "id": "r1", "fan": "f1", "score": 5, "at": at("2026-01-21")}])
    found = desk.pm.get(f"/api/v1/reports/{report.pk}/restatement/").json()
    why = {change["pointer"]: change["why"] for change in found["changes"]}
    assert why["/own/1/numerator"] == ["order.paid:late"]


# -- As it is read ----------------------------------------------------------------------------------------------------


def text_of(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def page(desk, report):
    sign_in(desk.pm, desk.pm.user)
    return desk.pm.get(f"/projects/p1/reports/{report.pk}/").content.decode()


def sheets(desk, report):
    file = desk.pm.get(f"/api/v1/reports/{report.pk}.xlsx").content
    return CalamineWorkbook.from_filelike(io.BytesIO(file))


def test_page_and_workbook_say_the_same_figure_and_definition(desk):
    define(desk)
    define(desk, "valid_share", **VALID)
    report = desk.issue("monthly", "2026-01")
    html = page(desk, report)
    block = html[html.index('id="part-own"') :]
    block = block[: block.index("</section>")]
    assert re.search(r'<data value="174\.950*" data-pointer="/own/1/value">¥174\.95</data>', block)
    assert "客单价 ¥174.95 349.90 / 2" in text_of(block)
    assert "GMV ÷ 计入的订单（第 1 版）" in text_of(block)
    rows = sheets(desk, report).get_sheet_by_name("自有指标").to_python()
    [row] = [row for row in rows if "客单价" in row]
    assert row[:7] == ["客单价", "aov", "GMV ÷ 计入的订单", 1, 349.9, 2, 174.95]
    pdf = desk.pm.get(f"/api/v1/reports/{report.pk}.pdf")
    assert pdf.status_code == 200
    assert pdf.content.startswith(b"%PDF")


def test_a_day_shows_those_that_it_has(desk):
    """Nobody was added on the 6th, two orders' days had one each: of two own indicators the day has one."""
    define(desk)
    define(desk, "valid_share", **VALID)
    html = page(desk, desk.issue("daily", "2026-01-06"))
    block = html[html.index('id="part-own"') :]
    block = block[: block.index("</section>")]
    assert "客单价" in block
    assert "有效率" not in block
    assert 'id="part-own"' not in page(desk, desk.issue("daily", "2026-01-20"))


def test_the_layout_arranges_the_block_or_leaves_it_out(desk):
    define(desk)
    first = desk.issue("monthly", "2026-01")
    path = "/api/v1/projects/p1/reports/layouts/monthly/"
    blocks = desk.pm.get(path).json()["blocks"]
    assert [block["key"] for block in blocks].index("own") == [block["key"] for block in blocks].index("figures") + 1
    put = desk.pm.put(path, {"base": 0, "blocks": [{"key": "own", "is_on": False}]})
    assert put.status_code == 200, put.content
    assert desk.act(desk.pm, first, "revise", comment="按新版式").status_code == 200
    assert frozen(desk, first, 2)[1] == frozen(desk, first)[1]
    assert 'id="part-own"' not in page(desk, first)
    assert "自有指标" not in sheets(desk, first).sheet_names
    put = desk.pm.put(path, {"base": 1, "blocks": [{"key": "own", "title": "我们盯的数", "intro": "每月复盘"}]})
    assert put.status_code == 200, put.content
    assert desk.act(desk.pm, first, "revise", comment="按新版式", revision=2).status_code == 200
    assert "我们盯的数 每月复盘" in text_of(page(desk, first))
    assert "我们盯的数" in sheets(desk, first).sheet_names


def test_across_a_seam_what_needs_fans_is_null_and_says_so(desk):
    place_guides(desk.brand, "Lin")
    define(desk)
    define(desk, "valid_share", **VALID)
    total = {"guide": "Lin", "date": "2026-01-20", "added": 10, "lost": 2, "friends": 14, "chats": 5, "replied": 2,
             "orders": 3, "paid": "600.00", "refunds": "0"}  # fmt: skip
    answer = desk.client.put(f"{desk.path}/totals/", {"guides": [total], "channels": []})
    assert answer.status_code == 200, answer.content
    desk.roll_up()
    valid, aov = desk.payload("monthly", "2026-01")["own"]
    [rest] = desk.figures("range", "2026-01-01", "2026-01-31", indicator="valid_share")["results"]
    assert (valid["value"], valid["totals"]) == (rest["value"], rest["totals"])
    assert valid["value"] is None
    assert valid["totals"]["reads"] == "not_in_totals"
    [rest] = desk.figures("range", "2026-01-01", "2026-01-31", indicator="aov")["results"]
    assert (aov["numerator"], aov["denominator"]) == (rest["numerator"], rest["denominator"])
