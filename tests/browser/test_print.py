"""What comes out on paper: sheets without the page's furniture, whole rows, all that is folded, figures as shown."""

import re
from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.browser

A4 = (595, 842)  # in points
MOST = 14  # sheets of one page of the product
PAGES = {
    "scorecard": "/projects/2026/",
    "one-pager": "/projects/2026/onepager/",
    "team": "/projects/2026/team/",
    "forecast": "/projects/2026/forecast/",
    "report": "monthly",
}
LOOK = """() => {
  const seen = (element) => { const box = element.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
  const wide = document.documentElement.clientWidth;
  const all = (names) => [...document.querySelectorAll(names)].filter(seen);
  const style = (element) => getComputedStyle(element);
  return {
    furniture: all('.sy-side, .sy-top, .sy-tabbar, .sy-button, .sy-segment').length,
    cut: all('main td, main th, main p, main h1, main h2')
      .filter((element) => element.getBoundingClientRect().right > wide + 1)
      .map((element) => element.textContent.trim().slice(0, 40)),
    headless: all('main table thead').filter((head) => style(head).display !== 'table-header-group').length,
    breaking: all('.sy-table tbody tr, .sy-figures tbody tr, .sy-card-row')
      .filter((row) => style(row).breakInside !== 'avoid').length,
  };
}"""


def plain(text: str) -> str:
    """Without blanks; a font may give one shape to a radical and to the character that it is."""
    return re.sub(r"\s", "", normalize("NFKC", text))


def words(sheets: Sequence[Any]) -> str:
    return plain("".join(sheet.extract_text() for sheet in sheets))


def address(visitor, page: str) -> str:
    if page != "monthly":
        return visitor.product.url(visitor.slug, page)
    visitor.page.goto(visitor.product.url(visitor.slug, "/projects/2026/reports/?kind=monthly"))
    return visitor.page.locator(".sy-reports a").first.evaluate("link => link.href")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_prints_whole(visit, page):
    visitor = visit("pm@lighthouse.example", "yunzhi", width=690)  # what A4 leaves between its margins
    visitor.page.goto(address(visitor, page))
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.emulate_media(media="print")
    visitor.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert visitor.page.evaluate(LOOK) == {"furniture": 0, "cut": [], "headless": 0, "breaking": 0}
    assert visitor.page.locator("[data-fold]:not([open])").count() == 0
    visitor.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert not visitor.faults, "\n".join(map(str, visitor.faults))


def test_what_is_folded_on_the_screen_is_on_paper(visit, tmp_path):
    visitor = visit("brand@yunzhi.example", "yunzhi", width=390)
    visitor.page.goto(address(visitor, "monthly"))
    folded = visitor.page.locator("details.sy-part:not([open]) summary h2").all_inner_texts()
    assert len(folded) > 10
    visitor.page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, print_background=True)
    assert visitor.page.locator("details.sy-part:not([open])").count() == len(folded)  # as it was, after printing
    sheets = PdfReader(tmp_path / "report.pdf").pages
    printed = words(sheets)
    assert [title for title in folded if plain(title) not in printed] == []
    figures = visitor.page.locator("#part-orders data").evaluate_all("all => all.map((one) => one.textContent)")
    assert [text for text in figures if plain(text) not in printed] == []
    assert 1 < len(sheets) <= MOST
    assert {(round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))) for sheet in sheets} == {A4}


def test_the_pdf_that_the_server_makes_numbers_its_sheets(visit, tmp_path):
    visitor = visit("brand@yunzhi.example", "yunzhi")
    visitor.page.goto(address(visitor, "monthly"))
    shown = visitor.page.locator(".sy-paper data").evaluate_all("all => all.map((one) => one.textContent)")
    with visitor.page.expect_download() as coming:
        visitor.page.get_by_role("link", name="PDF").click()
    coming.value.save_as(tmp_path / "made.pdf")
    sheets = PdfReader(tmp_path / "made.pdf").pages
    for number, sheet in enumerate(sheets, 1):
        [footer] = [line for line in sheet.extract_text().splitlines() if "校验码" in line and "/" in line]
        assert footer.startswith(f"{number} / {len(sheets)}")
    printed = words(sheets)
    assert [text for text in shown if plain(text) not in printed] == []
