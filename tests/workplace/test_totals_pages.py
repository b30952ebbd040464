"""The page of day totals: from a pasted block to the figures, what is missing, and back."""

import re
from html import unescape

import pytest
from django.utils import timezone

import connectors.tasks
import kpi.tasks
from projects.queries import zone_of
from siyu.due import work_off
from siyu.periods import DAY, local_day
from tests.factories import inside, make_project, user_client
from tests.kpi.sending import place_guides

PAGE = "/projects/p1/data/totals/"
HEADER = "日期\t导购\t新增\t流失\t好友数\t订单数\t成交额\t退款"


@pytest.fixture
def pm(acme, globex):
    for brand in (acme, globex):
        place_guides(brand, "Lin", "Mei")
        with inside(brand):
            project = make_project(code="p1")
    client = user_client(acme, "owner")
    client.yesterday = local_day(timezone.now(), zone_of(project)) - DAY
    return client


def text_of(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def paste(client, *rows, status=302):
    block = "\n".join([HEADER, *rows])
    answer = client.post(f"{PAGE}paste/", {"form": "paste", "text": block}, format="multipart")
    assert answer.status_code == status, text_of(answer)
    return answer


def bring(client, *rows):
    address = paste(client, *rows)["Location"]
    client.post(f"{address}start/", {"form": "start"}, format="multipart")
    assert {connectors.tasks, kpi.tasks}  # their handlers are registered
    work_off()
    return address


@pytest.mark.django_db(transaction=True)
def test_a_block_is_shown_before_it_counts_then_taken_and_undone(pm):
    day = pm.yesterday
    address = paste(pm, f"{day}\tlin\t３２\t4\t1.2万\t15\t4,580.00\t199", f"{day}\t王五\t1\t0\t\t\t\t")["Location"]
    shown = text_of(pm.get(address))
    assert "读到 1 行：新增 1 行，更正 0 行，不变 0 行。" in shown
    assert f"{day} 导购 Lin" in shown
    assert "12000" in shown
    assert "王五 项目里没有这位导购" in shown
    assert "最近两周没有填报。" in text_of(pm.get(PAGE))

    pm.post(f"{address}start/", {"form": "start"}, format="multipart")
    work_off()
    page = text_of(pm.get(PAGE))
    assert f"{day:%m-%d} 汇总 — 汇总" in page
    assert f"{day:%m-%d} 导购 Lin 32 4 12000 — — 15 4580.00 199.00 计入" in page

    assert 'name="/sure"' in pm.get(address).content.decode()
    pm.post(f"{address}undo/", {"form": "undo", "/sure": "on"}, format="multipart")
    work_off()
    assert "最近两周没有填报。" in text_of(pm.get(PAGE))


@pytest.mark.django_db(transaction=True)
def test_the_preview_tells_what_is_replaced_and_what_will_not_count(pm):
    day = pm.yesterday
    bring(pm, f"{day}\tLin\t3\t1\t100\t2\t50\t0")
    pm.post(
        "/api/v1/projects/p1/events/",
        [{"type": "order.paid", "order": "o1", "at": f"{day}T10:00:00", "amount": "70.00"}],
    )
    work_off()
    shown = text_of(pm.get(paste(pm, f"{day}\tLin\t5\t1\t100\t2\t60\t0")["Location"]))
    assert "更正 1 行" in shown
    assert "5（原 3）" in shown
    assert f"已有成交事件数据，以事件为准，汇总只留档、不计入：{day}" in shown
    page = text_of(pm.get(PAGE))
    assert f"{day:%m-%d} 汇总 — 事件（汇总不计入）" in page
    assert "粉丝计入；成交有事件，不计入" in page


@pytest.mark.django_db(transaction=True)
def test_days_that_nobody_stated_are_named(pm):
    bring(pm, f"{pm.yesterday - DAY}\tLin\t3\t1\t100\t2\t50\t0")
    assert f"{pm.yesterday:%m-%d} 缺 — 缺" in text_of(pm.get(PAGE))
    today = pm.get("/").content.decode()
    assert "补填" in today
    assert PAGE in today


def test_what_is_no_day_total_is_refused_with_what_was_pasted(pm):
    answer = pm.post(
        f"{PAGE}paste/", {"form": "paste", "text": "订单号\t付款时间\t实付金额\n1\t2026-01-05\t3"}, format="multipart"
    )
    assert (answer.status_code, "这里只收日汇总" in text_of(answer)) == (422, True)
    assert "订单号" in answer.content.decode()
    empty = pm.post(f"{PAGE}paste/", {"form": "paste", "text": " "}, format="multipart")
    assert (empty.status_code, "请先粘贴表格" in text_of(empty)) == (422, True)


@pytest.mark.django_db(transaction=True)
def test_figures_say_on_the_card_and_in_depth_what_they_rest_on(pm):
    body = {"guides": [{"guide": "Lin", "date": "2026-02-02", "added": 3, "lost": 1, "friends": 100}]}
    assert pm.put("/api/v1/projects/p1/totals/", body).status_code == 200
    work_off()
    card = text_of(pm.get("/projects/p1/?start=2026-02-01&end=2026-02-28"))
    assert "汇总·按添加人次，缺 27 天" in card
    assert "¥0" not in card  # nobody ever spoke of orders
    depth = text_of(pm.get("/projects/p1/figures/diverted_users/?start=2026-02-01&end=2026-02-28"))
    assert "其中 1 天来自日汇总。按日汇总的新增好友计，含召回和重复添加" in depth
    assert "这些天来自日汇总，没有明细行：02-02。" in depth


def test_in_english_nothing_chinese_is_left_of_the_page(pm):
    page = pm.get(PAGE, headers={"Accept-Language": "en"}).content.decode()
    body = page[page.index("<main") : page.index("</main>")].replace("项目 p1", "")
    assert re.findall(r"[\u4e00-\u9fff]+", body) == []
    assert PAGE in pm.get("/projects/p1/data/").content.decode()
