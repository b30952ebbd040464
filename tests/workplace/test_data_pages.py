"""The data pages: a file from the browser to the figures, its faults as a workbook, and undo."""

import io
import json
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

import connectors.tasks
import kpi.tasks
from siyu.due import work_off
from tests.factories import inside, make_project, user_client

DATA = "/projects/p1/data/"
ORDERS = "订单号,付款时间,实付金额\n1001,2026-01-05 09:30,12.50\n1002,昨天,3\n"


@pytest.fixture
def pm(acme, globex):
    for brand in (acme, globex):
        with inside(brand):
            make_project(code="p1")
    return user_client(acme, "owner")


def text_of(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def upload(client, text=ORDERS, status=302, **fields):
    file = SimpleUploadedFile("订单.csv", text.encode("gb18030"))
    response = client.post(f"{DATA}imports/", {"form": "upload", "file": file, **fields}, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


@pytest.mark.django_db(transaction=True)
def test_a_file_is_checked_then_imported_then_undone(pm):
    address = upload(pm)["Location"]
    checked = text_of(pm.get(address))
    assert "文件有 2 行，可导入 1 条，1 处问题。" in checked
    assert "付款时间 昨天 不是有效的日期或时间" in checked

    assert pm.post(f"{address}start/", {"form": "start"}, format="multipart").status_code == 302
    assert "正在导入：0 / 1" in text_of(pm.get(address))
    assert {connectors.tasks, kpi.tasks}  # their handlers are registered
    work_off()
    assert "收到 1 · 入库 1" in text_of(pm.get(address))
    answer = pm.get("/api/v1/projects/p1/kpis/?grain=day&start=2026-01-05&end=2026-01-05&indicator=gmv")
    assert json.loads(answer.getvalue())["results"][0]["detail"]["unbound"] == "12.50"

    pm.post(f"{address}undo/", {"form": "undo", "/sure": "on"}, format="multipart")
    assert "已撤销，还原 1 条" in text_of(pm.get(address))


@pytest.mark.django_db(transaction=True)
def test_columns_that_nothing_is_read_of_are_named(pm):
    file = "渠道,日期,送达,费用\nparcel,2026-01-05,1200,30\n"
    checked = text_of(pm.get(upload(pm, file)["Location"]))
    assert "没有读取的列：送达。" in checked, "a reach that would be lost without a word"
    assert "没有读取的列" not in text_of(pm.get(upload(pm, file.replace("送达", "触达"))["Location"]))


@pytest.mark.django_db(transaction=True)
def test_the_faulty_rows_come_as_a_workbook(pm):
    address = upload(pm)["Location"]

    response = pm.get(f"{address}faults.xlsx")

    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert rows[1][:3] == [3.0, "付款时间", "昨天"]


@pytest.mark.django_db(transaction=True)
def test_a_file_that_fits_nothing_is_refused_and_the_choice_stays(pm):
    refused = upload(pm, "甲,乙\n1,2\n", 422, format="orders", platform="youzan")

    assert "认不出这个文件的列名" in text_of(refused)
    assert '<option value="orders" selected>' in refused.content.decode()
    assert 'value="youzan"' in refused.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_post_without_a_file_says_so(pm):
    response = pm.post(f"{DATA}imports/", {"form": "upload"}, format="multipart")

    assert response.status_code == 422
    assert "请先选择文件" in text_of(response)


@pytest.mark.django_db(transaction=True)
def test_a_template_can_be_downloaded_and_a_shop_has_none(pm):
    response = pm.get(f"{DATA}templates/fans.xlsx")

    assert CalamineWorkbook.from_filelike(io.BytesIO(response.content)).sheet_names[:2] == ["粉丝新增", "填写说明"]
    assert pm.get(f"{DATA}templates/jd_orders.xlsx").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_batches_name_who_sent_and_one_can_be_undone_and_what_waits_is_listed(pm):
    lost = '{"type":"fan.lost","id":"l1","fan":"f1","at":"2026-01-05T10:00:00","by":"fan"}'
    pm.generic("POST", "/api/v1/projects/p1/events/", lost, content_type="application/x-ndjson")

    shown = text_of(pm.get(DATA))
    assert "1 条事件在等待" in shown
    assert "l1 粉丝流失 2026-01-05 10:00 f1 还没有这位粉丝的添加记录" in shown
    assert str(pm.user) in shown

    [batch] = pm.get("/api/v1/projects/p1/batches/").json()["results"]
    undo = pm.get(DATA).text.partition(f"batches/{batch['batch']}/undo/")[2].partition("</form>")[0]
    assert 'class="sy-button sy-danger"' in undo
    assert "退回到之前的样子" in undo
    unsure = pm.post(f"{DATA}batches/{batch['batch']}/undo/", {"form": "undo"}, format="multipart")
    assert (unsure.status_code, "请先勾选" in text_of(unsure)) == (422, True)
    pm.post(f"{DATA}batches/{batch['batch']}/undo/", {"form": "undo", "/sure": "on"}, format="multipart")
    undone = text_of(pm.get(DATA))
    assert "已撤销，还原 1 条" in undone
    assert "保持现状" not in undone.partition("已撤销，还原 1 条")[2].partition("导入文件")[0]
    assert "没有等待中的事件" in text_of(pm.get(DATA))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ["brand_manager", "brand_sponsor", "finance"])
def test_those_who_send_no_events_see_no_data_page(acme, pm, role):
    client = user_client(acme, role)

    assert client.get(DATA).status_code == 403
    assert client.post(f"{DATA}imports/", {"form": "upload"}, format="multipart").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_another_brands_import_is_not_found(acme, globex, pm):
    address = upload(pm)["Location"]

    assert user_client(globex, "owner").get(address).status_code == 404


def reconcile_with(client, status=200, **fields):
    file = SimpleUploadedFile("theirs.csv", ORDERS.replace("昨天", "2026-01-06").encode())
    body = {"form": "upload", "file": file, "start": "2026-01-01", "end": "2026-01-31", **fields}
    response = client.post(f"{DATA}reconcile/", body, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


@pytest.mark.django_db(transaction=True)
def test_their_list_is_held_against_ours_step_by_step(pm):
    order = '{"type":"order.paid","order":"1001","amount":"10.00","at":"2026-01-05T10:00:00"}'
    pm.generic("POST", "/api/v1/projects/p1/events/", order, content_type="application/x-ndjson")

    shown = text_of(reconcile_with(pm))

    assert "对方清单合计 2 15.50 清单中重复的订单 0 +0.00 我们没有收到的订单 1 −3.00" in shown
    assert "金额不同的差额（我方 − 对方） 1 −2.50 只有我们有的订单 0 +0.00 我方订单合计 1 10.00" in shown
    assert "1002 我们没有收到的订单 3.00 — —" in shown


@pytest.mark.django_db(transaction=True)
def test_the_orders_that_differ_come_as_a_workbook(pm):
    book = CalamineWorkbook.from_filelike(io.BytesIO(reconcile_with(pm, **{"as": "xlsx"}).content))

    assert [row[0] for row in book.get_sheet_by_name("差异").to_python()] == ["订单号", "1001", "1002"]


@pytest.mark.django_db(transaction=True)
def test_a_range_that_ends_before_it_begins_is_refused_beside_its_field(pm):
    refused = reconcile_with(pm, 400, start="2026-02-01")

    assert "结束早于开始" in text_of(refused)
    assert 'value="2026-02-01"' in refused.content.decode()
