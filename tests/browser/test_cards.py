"""Rows of set-up, people and data at any width: nothing is pushed sideways, no column is lost, and a table stays one
for whoever has it read aloud."""

import pytest

pytestmark = pytest.mark.browser

PM, OWNER, PROJECT = "pm@lighthouse.example", "owner@lighthouse.example", "/projects/2026/"
PAGES = [
    "setup/",
    "setup/channels/",
    "setup/guides/",
    "setup/accounts/",
    "contacts/",
    "definitions/",
    "data/",
    "settings/",
]
HIDDEN = """() => [...document.querySelectorAll(".sy-scroll")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1)
  .map((box) => `${box.getAttribute("aria-label")}: ${box.scrollWidth} in ${box.clientWidth}`)"""
UNNAMED = """() => [...document.querySelectorAll(".sy-cards tbody td:not([data-label]), .sy-cards td[data-label='']")]
  .map((cell) => cell.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("width", [390, 768, 1024])
def test_no_row_is_pushed_sideways(visit, width):
    visitor = visit(PM, "yunzhi", width=width)
    for path in ["/projects/", *(PROJECT + name for name in PAGES)]:
        visitor.page.goto(visitor.product.url("yunzhi", path))
        assert visitor.page.evaluate(HIDDEN) == [], path
        assert visitor.page.evaluate(UNNAMED) == [], path


@pytest.mark.parametrize("path", ["/people/", "/keys/"])
def test_the_brands_own_lists_fit_a_phone(visit, path):
    visitor = visit("brand@yunzhi.example", "yunzhi", width=390)
    visitor.page.goto(visitor.product.url("yunzhi", path))
    assert visitor.page.evaluate(HIDDEN) == []
    assert visitor.page.evaluate("look.sideways()") == []


def test_a_card_is_still_a_row_of_a_table(visit):
    page = visit(PM, "yunzhi", width=390).page
    page.goto(page.url.partition("/projects")[0].rstrip("/") + f"{PROJECT}setup/channels/")
    rows = page.get_by_role("table", name="渠道").get_by_role("row")
    assert rows.count() > 3
    row = rows.nth(1)
    assert row.get_by_role("rowheader").count() == 1
    assert row.get_by_role("cell").count() == 5
    shown = row.get_by_role("cell").first.evaluate("(cell) => getComputedStyle(cell, '::before').content")
    assert shown == '"名称"'


def test_a_row_is_changed_in_its_card_by_keyboard(visit):
    page = visit(PM, "yunzhi", width=390).page
    page.goto(page.url.partition("/projects")[0].rstrip("/") + f"{PROJECT}setup/channels/")
    summary = page.locator("tbody tr").first.locator("summary")
    field = page.locator("tbody tr").first.locator("input[name='/name']")
    assert not field.is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    assert field.is_visible()
    was = field.input_value()
    field.press("Enter")
    page.wait_for_load_state()
    assert "已保存" in page.inner_text("main")
    assert was in page.inner_text("main")
