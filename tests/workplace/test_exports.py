"""Taking tables out: small ones at once, large ones in the background, rows that add up to the figure, hers alone."""

import csv
import io
import re

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from projects.models import AuditEntry
from reports import tasks
from reports.models import Export
from siyu.brands import current_schema
from siyu.models import DueWork
from tests.factories import inside, sign_in, user_client
from tests.reports.desk import ReportDesk, added, january
from tests.workplace.report_desk import P, text_of

JANUARY = {"start": "2026-01-01", "end": "2026-01-31"}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def desk(acme, globex):
    other = ReportDesk(globex)
    other.send(january())
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


@pytest.fixture
def crowd(desk):
    """5,100 fans more, on the 10th."""
    desk.send([added(f"c{number:05d}", "2026-01-10", channel="pkg") for number in range(5100)])
    return desk


def get(client, path, status=200, **query):
    sign_in(client, client.user)
    response = client.get(path, query)
    assert response.status_code == status, text_of(response)[:1000]
    return response


def book_of(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return CalamineWorkbook.from_filelike(io.BytesIO(body))


def work(desk):
    """What a worker does."""
    for row in DueWork.objects.filter(kind="export", schema=desk.brand.schema_name):
        with inside(desk.brand):
            tasks.make_export(row.subject, lambda: None)
        row.delete()


def start(client, page):
    """Press the page's button."""
    form = re.search(r'action="([^"]*exports/start/)">(.*?)</form>', page, re.DOTALL)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]))
    response = client.post(form[1], fields, format="multipart")
    assert response.status_code == 302, text_of(response)[:1000]


def test_rows_of_a_figure_add_up_to_it(desk):
    """GMV: 300.00 + 99.90 − 50.00."""
    book = book_of(get(desk.pm, f"{P}figures/gmv/rows.xlsx", **JANUARY))
    assert book.sheet_names == ["GMV", "口径", "核对合计"]
    rows = book.get_sheet_by_name("GMV").to_python()
    assert [row[1:3] + row[4:6] for row in rows[2:]] == [
        ["o1", "f1", 300.0, ""], ["o2", "f3", 99.9, ""], ["r-o1", "f1", -50.0, ""],
    ]  # fmt: skip
    about = dict(row[:2] for row in book.get_sheet_by_name("口径").to_python()[1:] if row[0])
    assert (about["指标分子"], about["明细分子合计"], about["核对"]) == (349.9, 349.9, "一致")
    assert book.get_sheet_by_name("核对合计").to_python()[2] == ["GMV", "计入分子", 349.9]


def test_a_cut_has_its_rows_and_a_csv_its_mark(desk):
    body = get(desk.pm, f"{P}figures/diverted_users/rows.csv", channel="", **JANUARY).content
    assert body.startswith(b"\xef\xbb\xbf")
    assert [row[1] for row in csv.reader(io.StringIO(body.decode("utf-8-sig")))] == ["编号", "f4"]


def test_what_was_taken_is_in_the_history(desk):
    get(desk.pm, f"{P}figures/gmv/rows.xlsx", **JANUARY)
    with inside(desk.brand):
        [entry] = AuditEntry.objects.filter(subject="export:rows")
    assert entry.after == {
        "rows": 3, "format": "xlsx", "filters": {"indicator": "gmv", "start": "2026-01-01", "end": "2026-01-31"},
    }  # fmt: skip


def test_figures_by_any_grain_and_cut(desk):
    book = book_of(get(desk.pm, f"{P}figures.table", grain="week", start="2026-01-05", end="2026-01-11", form="xlsx"))
    rows = book.get_sheet_by_name("指标").to_python()[2:]
    assert len(rows) == 10
    gmv = next(row for row in rows if row[3] == "gmv")
    assert (gmv[2], gmv[4], gmv[6]) == ("GMV", 349.9, 349.9)
    cut = book_of(get(desk.pm, f"{P}figures.table", grain="range", by="channel", form="xlsx", **JANUARY))
    gmv = [row for row in cut.get_sheet_by_name("指标").to_python()[2:] if row[5] == "gmv"]
    assert [(row[2], row[3], row[6]) for row in gmv] == [("pkg", "pkg", 349.9)]


def test_days_that_are_none_are_refused_on_the_page(desk):
    refused = get(desk.pm, f"{P}figures.table", 422, grain="day", start="2026-02-01", end="2026-01-01", form="xlsx")
    assert "结束不早于开始" in text_of(refused)
    get(desk.pm, f"{P}figures/gmv/rows.pdf", 404, **JANUARY)
    get(desk.pm, f"{P}figures/nothing/rows.csv", 404, **JANUARY)
    get(desk.pm, f"{P}figures/cost_per_diverted_user/rows.csv", 404, guide="g", **JANUARY)


def test_more_rows_than_5000_are_made_in_the_background(crowd):
    """f1–f4 and 5,100."""
    offered = get(crowd.pm, f"{P}figures/diverted_users/rows.xlsx", 302, **JANUARY)
    page = get(crowd.pm, offered["Location"]).content.decode()
    assert "超过 5,000 行" in page
    start(crowd.pm, page)
    page = get(crowd.pm, f"{P}exports/").content.decode()
    assert '<progress value="0" max="5104"' in page
    poll = re.search(r'hx-get="([^"]+)"', page)[1]
    assert "hx-trigger" in get(crowd.pm, poll).content.decode()
    work(crowd)
    row = get(crowd.pm, poll).content.decode()
    assert "hx-trigger" not in row
    assert "5,104 行" in text_of(get(crowd.pm, poll))
    file = re.search(r'href="([^"]+/file/)"', row)[1]
    response = get(crowd.pm, file)
    assert "filename*=UTF-8''" in response["Content-Disposition"]
    book = book_of(response)
    assert len(book.get_sheet_by_name("导流总用户数").to_python()) == 5106
    about = dict(row[:2] for row in book.get_sheet_by_name("口径").to_python()[1:] if row[0])
    assert (about["指标分子"], about["明细分子合计"], about["核对"]) == (5104.0, 5104.0, "一致")
    told = get(crowd.pm, "/notices/").content.decode()
    assert "导出已完成，7 天内可下载：导流总用户数 明细 2026 年 1 月" in told
    for other in (crowd.seated("ops"), user_client(crowd.brand, "owner"), user_client(crowd.brand, "brand_manager")):
        get(other, file, 404)
        get(other, poll, 404)
    with inside(crowd.brand):
        Export.objects.update(expires_at=timezone.now())
    assert "文件已过期" in text_of(get(crowd.pm, file, 410))


def test_a_list_of_fans_is_made_likewise(crowd):
    page = get(crowd.pm, f"{P}exports/", kind="fans", form="csv", channel="pkg").content.decode()
    start(crowd.pm, page)
    work(crowd)
    file = re.search(r'href="([^"]+/file/)"', get(crowd.pm, f"{P}exports/").content.decode())[1]
    rows = list(csv.reader(io.StringIO(b"".join(get(crowd.pm, file).streaming_content).decode("utf-8-sig"))))
    assert (len(rows), rows[1][0], rows[-1][0]) == (5104, "c00000", "f3")


def test_who_may_not_read_may_not_take(crowd):
    guide = crowd.seated("guide")
    get(guide, f"{P}figures/gmv/rows.xlsx", 403, **JANUARY)
    content = crowd.seated("content")
    page = get(content, f"{P}exports/", kind="fans", form="csv").content.decode()
    assert "exports/start/" not in page
    fields = {"kind": "fans", "form": "csv"}
    assert content.post(f"{P}exports/start/", fields, format="multipart").status_code == 403
    assert content.post(f"{P}exports/start/", {"kind": "all", "form": "csv"}, format="multipart").status_code == 404
    with inside(crowd.brand):
        assert not Export.objects.exists()
        assert current_schema() == crowd.brand.schema_name


def test_the_figure_leads_to_its_rows_and_the_card_to_all(desk):
    figure = get(desk.pm, f"{P}figures/gmv/", **JANUARY).content.decode()
    assert f"{P}figures/gmv/rows.xlsx?start=2026-01-01&amp;end=2026-01-31" in figure.replace("&end", "&amp;end")
    assert f'href="{P}exports/"' in get(desk.pm, P).content.decode()
