"""One's own promises as a grid: rows saved one by one, nothing typed lost, colleagues not passed over."""

import re
from html import unescape

import pytest

from projects.models import Commitment
from tests.factories import inside, user_client
from tests.kpi.plans import ForecastDesk, body, month

P = "/projects/p1/commitments/"
FIELDS = ("month", "kind", "what", "promised", "unit", "due_on", "delivered", "delivered_on")
GIFT = ("2099年11月", "货品", "礼盒", "１，２００", "份", "2099/11/5")
PHOTOS = ("2099-11", "content", "主图", "1.2千", "张", "2099.11.10")


@pytest.fixture
def desk(acme, globex):
    """globex promises something else under the same project code."""
    ForecastDesk(globex).manager.put(
        "/api/v1/projects/p1/commitments/", [{"kind": "heads", "month": "2099-01", "promised": "77"}]
    )
    return ForecastDesk(acme)


def text_of(response):
    html = re.sub(r"<script.*?</script>", " ", response.content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def rows(*lines):
    return {
        f"/{place}/{name}": value
        for place, line in enumerate(lines)
        for name, value in zip(("id", *FIELDS), line, strict=False)
    }


def send(client, fields, status=302):
    response = client.post(P + "own/", {"form": "own", **fields}, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


def stated(desk):
    return [
        (row["month"], row["kind"], row["what"], row["promised"], row["due_on"])
        for row in desk.manager.get("/api/v1/projects/p1/commitments/").json()
    ]


def fields_of(response):
    """What a browser would send from the grid of one's own."""
    html = response.content.decode()
    form = html[html.index(f'action="{P}own/"') :].partition("</form>")[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if found.get("name", "").startswith("/") and found.get("type") != "checkbox":
            fields[found["name"]] = unescape(found.get("value", ""))
    for name, options in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        fields[name] = (re.findall(r'<option value="([^"]*)" selected', options) or [""])[0]
    return fields


def test_rows_are_read_as_excel_writes_them(desk):
    send(desk.manager, rows(("", *GIFT), ("", *PHOTOS)))
    assert stated(desk) == [
        ("2099-11", "content", "主图", "1200.00", "2099-11-10"),
        ("2099-11", "goods", "礼盒", "1200.00", "2099-11-05"),
    ]


def test_a_wrong_row_loses_nothing_of_the_others(desk):
    answer = send(desk.manager, rows(("", *GIFT), ("", "2099-12", "goods", "错", "abc"), ("", *PHOTOS)), 422)
    assert "2 行已保存；1 行有误，没有保存，请改正标出的格子后再保存。" in text_of(answer)
    assert [row[2] for row in stated(desk)] == ["主图", "礼盒"]
    fields = fields_of(answer)
    place = next(name.split("/")[1] for name, value in fields.items() if value == "abc")
    assert (fields[f"/{place}/what"], fields[f"/{place}/id"]) == ("错", "")
    send(desk.manager, {**fields, f"/{place}/promised": "3"})
    assert [row[2] for row in stated(desk)] == ["主图", "礼盒", "错"], "what was saved before stands once"


def test_a_wrong_row_keeps_what_it_said_before(desk):
    send(desk.manager, rows(("", *GIFT), ("", *PHOTOS)))
    fields = fields_of(desk.manager.get(P))
    place = next(name.split("/")[1] for name, value in fields.items() if value == "礼盒")
    other = str(1 - int(place))
    changed = {**fields, f"/{place}/due_on": "11月5日", f"/{other}/promised": "9"}
    answer = send(desk.manager, changed, 422)
    assert [row[2:4] for row in stated(desk)] == [("主图", "9.00"), ("礼盒", "1200.00")]
    assert "11月5日" in fields_of(answer).values()


def test_a_promise_past_its_due_day_is_refused_in_its_row_alone(desk, acme):
    with inside(acme):
        Commitment.objects.create(project=desk.project, side="brand", kind="goods", month="2026-03-01",
                                  what="专享价", unit="款", promised=20, due_on="2026-03-31")  # fmt: skip
    fields = fields_of(desk.manager.get(P))
    new = {f"/1/{name}": value for name, value in zip(FIELDS, GIFT, strict=False)}
    answer = send(desk.manager, {**fields, "/0/promised": "18", **new}, 422)
    assert "期限已过，承诺的内容和期限不能再单方面改动或删除" in text_of(answer)
    assert [row[2:4] for row in stated(desk)] == [("专享价", "20.00"), ("礼盒", "1200.00")]
    assert "18" in fields_of(answer).values()


def test_what_a_colleague_changed_is_said_first_and_nothing_is_lost(desk, acme):
    send(desk.manager, rows(("", *GIFT)))
    mine, hers = fields_of(desk.manager.get(P)), fields_of(desk.manager.get(P))
    colleague = user_client(acme, "brand_manager", name="赵宁")
    send(colleague, {**hers, **{f"/1/{name}": value for name, value in zip(FIELDS, PHOTOS, strict=False)}})
    answer = send(desk.manager, {**mine, "/0/unit": "盒"}, 409)
    assert re.search(
        r"同一方的承诺已有变更，你填的内容都在，还没有保存。变更：赵宁 \S+ \S+ 承诺 2099-11 主图：新增", text_of(answer)
    )
    assert len(stated(desk)) == 2
    fields = fields_of(answer)
    assert fields["/0/unit"] == "盒"
    send(desk.manager, fields)
    units = {row["what"]: row["unit"] for row in desk.manager.get("/api/v1/projects/p1/commitments/").json()}
    assert units == {"礼盒": "盒", "主图": "张"}, "the colleague's row stays"


def test_the_other_sides_changes_hold_nobody_up(desk):
    fields = fields_of(desk.manager.get(P))
    send(desk.owner, rows(("", "2099-11", "heads", "", "4")))
    send(desk.manager, {**fields, **rows(("", *GIFT))})
    assert len(stated(desk)) == 2


def test_both_sides_and_traffic_stand_by_month(desk):
    desk.agree(body(month("2099-11", promised_reach={"pkg": 1000})))
    send(desk.manager, rows(("", *GIFT[:-1], "2099-11-05", "600", "2026-01-05")))
    send(desk.owner, rows(("", "2099-11", "heads", "", "4")))
    for client in (desk.manager, desk.owner):
        shown = text_of(client.get(P))
        assert "代运营方没有逾期，品牌方没有逾期。" in shown
        assert "品牌方 · 礼盒 货品 · 份 600 / 1,200 未到期 · 待确认" in shown
        assert "代运营方 · 在岗人数 — / 4 未到期 · 期限 11-30" in shown
        assert "品牌方 · pkg 导流触达 — / 1,000 未到期 · 期限 11-30" in shown
        assert "77" not in shown
    assert "1 项待你确认。" in text_of(desk.owner.get(P))
    assert "待你确认" not in text_of(desk.manager.get(P))


def test_who_may_not_fill_reads_all_the_same(desk, acme):
    send(desk.manager, rows(("", *GIFT)))
    response = user_client(acme, "brand_sponsor").get(P)
    assert "礼盒" in text_of(response)
    assert 'name="/0/' not in response.content.decode()
