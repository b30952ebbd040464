"""The forecast's page: where a version stands, its grid, two versions side by side, two people at once, the talk."""

import re
from html import unescape

import pytest

from kpi.models import Forecast, ForecastComment
from projects.models import TeamSeat
from tests.factories import inside, user_client
from tests.kpi.plans import SHARES, ForecastDesk, body, month

P = "/projects/p1/forecast/"
GRID = {
    "/opening_fans": "200000", "/0/month": "2026-01", "/0/promised_reach/pkg": "100000",
    "/0/diversion_rate/pkg": "0.10", "/0/churn_rate": "0.03", "/0/ramp": "1", "/0/gmv_per_fan": "6",
    "/0/koc_share": "0.01", "/0/referral_share": "0.02",
}  # fmt: skip


@pytest.fixture
def desk(acme, globex):
    """globex has another forecast under the same project code."""
    ForecastDesk(globex).agree(body(month("2026-01", promised_reach={"pkg": 7})))
    return ForecastDesk(acme)


@pytest.fixture
def pm(acme, desk):
    client = user_client(acme, "pm", name="林经理")
    with inside(acme):
        TeamSeat.objects.create(project=desk.project, role="pm", user=client.user, starts_on="2026-01-01")
    return client


def text_of(response):
    html = re.sub(r"<script.*?</script>", " ", response.content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def page(client, **query):
    response = client.get(P, query)
    assert response.status_code == 200
    return text_of(response)


def send(client, where, fields, status=302):
    response = client.post(P + where, fields, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


def cell(response, name):
    """The field of this name and what stands beside it, up to the end of its cell."""
    html = response.content.decode()
    return unescape(html[html.index(f'name="{name}"') :].partition("</td>")[0])


# -- Where it stands --------------------------------------------------------------------------------------------------


def test_a_version_goes_from_draft_to_binding_in_one_sentence(desk, acme, pm):
    send(pm, "propose/", {"form": "forecast", "/seen": "0", **GRID})
    assert "草稿 第 1 版是草稿，还没有提出给双方确认。" in page(desk.manager)
    assert "1 个月新增 10,000 位粉丝，期末 204,000 位，GMV ¥1,212,000，最多需导购 9 位。" in page(desk.manager)
    with inside(acme):
        made = Forecast.objects.get()
    read = {"/version": "1", "/sha256": made.sha256}
    send(pm, "forward/", read)
    assert "第 1 版已提出，等双方确认后成为约定。" in page(desk.manager)
    send(desk.manager, "approve/", read)
    assert "第 1 版等代运营方确认，确认后即成为约定。" in page(pm)
    send(desk.owner, "approve/", read)
    shown = page(desk.manager)
    assert "现行 第 1 版是 2026-01 的约定。" in shown
    assert re.search(r"保存 林经理 \S+ \S+ 提出 林经理 \S+ \S+ 代运营方确认 \S+ \S+ \S+ 品牌方确认", shown)
    send(pm, "forward/", {**read, "/sha256": "x"}, 409)


def test_saving_can_propose_at_once(desk, acme, pm):
    send(pm, "propose/", {"form": "forecast", "propose": "1", **GRID})
    assert "待双方确认 第 1 版已提出" in page(pm)
    with inside(acme):
        assert ForecastComment.objects.get().kind == "proposal"


def test_a_proposal_says_what_it_changes_of_what_is_agreed(desk):
    desk.agree(body(month()))
    changed = body(month(promised_reach={"pkg": 50_000}), month("2026-02"), lines={"gmv": SHARES})
    desk.put(changed)
    shown = page(desk.manager)
    assert "与第 1 版不同：新增月份 2026-02；2026-01 pkg 触达：100,000 → 50,000；GMV 方式：— → 占调整后预测；" in shown
    assert "较现行约定：GMV −15,000 元，期末粉丝 −5,000 位。" in shown
    assert "较现行 −5,000" in shown


# -- The grid ---------------------------------------------------------------------------------------------------------


def test_cells_are_typed_as_in_excel(desk, acme, pm):
    typed = {
        **GRID, "/opening_fans": "２０万", "/0/promised_reach/pkg": "10 万", "/0/diversion_rate/pkg": "10%",
        "/0/churn_rate": "３％", "/0/gmv_per_fan": "¥6",
    }  # fmt: skip
    send(pm, "propose/", {"form": "forecast", **typed})
    with inside(acme):
        [stated] = Forecast.objects.get().inputs["months"]
    assert stated["promised_reach"] == {"pkg": 100_000}
    assert (stated["diversion_rate"]["pkg"], stated["churn_rate"], stated["gmv_per_fan"]) == ("0.1", "0.03", "6")


def test_a_month_that_scripts_added_is_shown_again_with_what_was_typed(desk, pm):
    desk.put(body(month()))
    more = {name.replace("/0/", "/1/"): value for name, value in GRID.items() if name.startswith("/0/")}
    typed = {"form": "forecast", "/base": "1", "/seen": "1", **GRID, **more, "/1/month": "2026-02", "/1/ramp": "abc"}
    again = send(pm, "propose/", typed, 400)
    assert 'value="2026-02"' in cell(again, "/1/month")
    assert 'value="abc"' in cell(again, "/1/ramp")
    assert "sy-flaw" in cell(again, "/1/ramp")


def test_who_may_not_propose_reads_the_grid_without_fields(desk, acme):
    desk.agree(body(month()))
    response = user_client(acme, "brand_sponsor").get(P)
    assert "/promised_reach/" not in response.content.decode()
    assert "pkg 触达 100,000 pkg 导流率 10% 月流失率 3%" in text_of(response)


# -- Two people at once -----------------------------------------------------------------------------------------------


def test_who_saves_second_is_told_what_changed_and_loses_nothing(desk, acme, pm):
    desk.put(body(month()))
    seen = {"form": "forecast", "/base": "1", "/seen": "1", **GRID}
    send(pm, "propose/", {**seen, "/0/promised_reach/pkg": "120000"})
    second = send(desk.manager, "propose/", {**seen, "/0/churn_rate": "0.04"}, 409)
    assert re.search(r"林经理 在 \S+ \S+ 已存了第 2 版，还没有保存你的改动，你填的内容都在。", text_of(second))
    assert "2026-01 pkg 触达：100,000 → 120,000" in text_of(second)
    assert "第 2 版：120,000" in cell(second, "/0/promised_reach/pkg")
    assert 'value="0.04"' in cell(second, "/0/churn_rate")
    again = {
        name: re.search(rf'name="{name}" value="(\d+)"', second.content.decode())[1] for name in ("/base", "/seen")
    }
    assert again == {"/base": "2", "/seen": "2"}
    send(desk.manager, "propose/", {**seen, **again, "/0/churn_rate": "0.04"})
    assert desk.get("forecast")["version"] == 3


@pytest.mark.parametrize(
    ("where", "fields"),
    [
        ("lines/", {"form": "lines", "/lines/gmv/kind": "share", "/lines/gmv/fail": "0.7"}),
        ("terms/", {"form": "terms", "/terms/floor": "0.75"}),
        ("weights/", {"form": "weights", "/0/from": "2026-01-05", "/0/weight": "3"}),
    ],
)
def test_lines_terms_and_weights_pass_no_colleague_over(desk, pm, where, fields):
    desk.put(body(month()))
    desk.put(body(month(), opening_fans=5))
    answer = send(pm, where, {**fields, "/base": "1", "/seen": "1"}, 409)
    assert "起始粉丝：200,000 → 5" in text_of(answer)
    assert all(value in answer.content.decode() for name, value in fields.items() if name[0] == "/")
    send(pm, where, {**fields, "/base": "2", "/seen": "2"})
    assert desk.get("forecast")["inputs"]["opening_fans"] == 5


# -- Side by side -----------------------------------------------------------------------------------------------------


def test_cells_that_differ_stand_with_both_values_and_a_mark(desk, pm):
    desk.agree(body(month(), month("2026-02")))
    desk.put(body(month(), month("2026-02", churn_rate="0.05", promised_reach={"pkg": 90_000}), opening_fans=200_000,
                  terms={"floor": "0.80"}), client=desk.manager)  # fmt: skip
    shown = page(pm, version="2", compare="1")
    assert "3 处输入不同；不同的格子标“≠”，先写第 1 版，后写第 2 版。2026-01 两版相同。" in shown
    assert "≠ 100,000 → 90,000" in shown
    assert "≠ 3% → 5%" in shown
    assert "保底比例 — 0.80" in shown
    assert "新增粉丝 ≠ 10,000 → 9,000" in shown
    assert re.search(rf"第 1 版 {desk.owner.user} \S+ \S+ {desk.owner.user} \S+ \S+ {desk.manager.user} ", shown)
    assert page(pm, version="1", compare="2").count("≠ 100,000 → 90,000") == 1, "the older always first"


# -- Talk -------------------------------------------------------------------------------------------------------------


def test_both_sides_talk_on_the_page(desk, acme, pm):
    desk.put(body(month()))
    back = send(desk.manager, "comment/", {"form": "comment", "/version": "1", "/text": "能到 <12> 万张吗？"})
    assert back["Location"].endswith("?version=1")
    for client in (pm, desk.manager):
        assert f"{desk.manager.user} · 品牌方 ·" in page(client)
        assert "能到 <12> 万张吗？" in page(client)
    refused = send(pm, "comment/", {"form": "comment", "/version": "1", "/text": "x" * 2001}, 400)
    assert "x" * 2001 in refused.content.decode()
    send(pm, "comment/", {"form": "comment", "/version": "7", "/text": "x"}, 404)
    send(user_client(acme, "finance"), "comment/", {"form": "comment", "/version": "1", "/text": "x"}, 403)
