"""Files of reports: the figures of the page, for those who may see the page, without the agency's annex."""

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from reports.models import Report
from tests.factories import SiteClient, sign_in, user_client
from tests.reports.desk import ReportDesk, january
from tests.workplace.test_report_pages import Figures, act, page

pytest.importorskip("plutoprint", reason="no PDF on this platform")


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


@pytest.fixture
def report(desk):
    return desk.issue("monthly", "2026-01")


@pytest.fixture
def owner(acme):
    return user_client(acme, "owner")


def fetch(client: SiteClient, report: Report, suffix: str, status: int = 200, **query: Any) -> bytes:
    sign_in(client, client.user)
    response = client.get(f"/api/v1/reports/{report.pk}.{suffix}", query)
    assert response.status_code == status, response.content[:500]
    return response.content


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_number_of_the_page_stands_in_the_pdf(owner, report):
    figures = Figures(page(owner, report)).found
    pdf = PdfReader(io.BytesIO(fetch(owner, report, "pdf")))

    said = squeezed("".join(one.extract_text() for one in pdf.pages))

    assert len(figures) > 30
    assert [text for _, _, text in figures if squeezed(text) not in said] == []


def test_the_english_pdf_is_searched_for_its_figures_too(owner, report):
    """Digits beside Latin letters have forms of their own in the font."""
    sign_in(owner, owner.user)
    response = owner.get(f"/api/v1/reports/{report.pk}.pdf", HTTP_ACCEPT_LANGUAGE="en")
    said = "".join(one.extract_text() for one in PdfReader(io.BytesIO(response.content)).pages)
    assert "Monthly report 2026-01\n" in said
    assert "\N{REPLACEMENT CHARACTER}" not in said


def test_the_pages_of_the_pdf_are_numbered(owner, report):
    pages = PdfReader(io.BytesIO(fetch(owner, report, "pdf"))).pages

    assert [f"{number} / {len(pages)}" in one.extract_text() for number, one in enumerate(pages, 1)] == [True] * len(
        pages
    )


def test_the_same_revision_gives_the_same_pdf(owner, report):
    assert fetch(owner, report, "pdf") == fetch(owner, report, "pdf")


def test_the_workbook_holds_the_ten_figures_as_rest_gives_them(owner, report):
    sign_in(owner, owner.user)
    rest = owner.get(f"/api/v1/reports/{report.pk}/").json()["payload"]["figures"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(fetch(owner, report, "xlsx")))

    rows = book.get_sheet_by_name("十项指标").to_python()[1:]

    assert [row[1] for row in rows] == [figure["indicator"] for figure in rest]
    for row, figure in zip(rows, rest, strict=True):
        for place, name in ((2, "numerator"), (3, "denominator"), (4, "value")):
            assert (row[place] == "") == (figure[name] is None)
            assert row[place] == "" or row[place] == pytest.approx(float(Decimal(figure[name])), rel=1e-12)


def test_the_workbook_says_what_counts_and_its_control_totals(owner, report):
    names = CalamineWorkbook.from_filelike(io.BytesIO(fetch(owner, report, "xlsx"))).sheet_names

    assert names[0] == "摘要"
    assert names[-2:] == ["口径", "核对合计"]


def test_the_page_leads_to_the_files_of_the_revision_that_it_shows(owner, report):
    html = page(owner, report)

    assert [f"/api/v1/reports/{report.pk}.{suffix}?revision=1" in html for suffix in ("pdf", "xlsx", "csv", "png")] == [
        True
    ] * 4


def test_the_picture_is_one_png(owner, report):
    assert fetch(owner, report, "png").startswith(b"\x89PNG")


def test_the_brand_gets_files_from_the_sending_on_and_never_the_annex(acme, report, desk):
    manager = user_client(acme, "brand_manager")
    fetch(manager, report, "pdf", status=404)
    act(desk.pm, report, "review")
    act(desk.pm, report, "send")

    sheets = CalamineWorkbook.from_filelike(io.BytesIO(fetch(manager, report, "xlsx"))).sheet_names

    assert not [name for name in sheets if "内部" in name]
    assert "内部附件" not in squeezed(PdfReader(io.BytesIO(fetch(manager, report, "pdf"))).pages[-1].extract_text())


def test_a_revision_that_is_not_there_is_not_found(owner, report):
    fetch(owner, report, "pdf", status=404, revision=7)
    fetch(owner, report, "pdf", status=404, revision="x")


def test_another_brand_finds_nothing(globex, report):
    fetch(user_client(globex, "owner"), report, "pdf", status=404)
