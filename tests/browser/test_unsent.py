"""A session that ends while somebody writes costs her a sign-in and none of her words."""

import pytest

from tests.browser.product import PASSWORD
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

FORM = 'form[action*="/forecast/comment/"]'
BRAND = "brand@beile.example"


def send_after_the_session_ended(visitor: Visitor, words: str, *, cookies: str | None = "siyu_session") -> None:
    page = visitor.page
    page.goto(visitor.product.url(visitor.slug, "/projects/2026/forecast/"))
    page.locator("summary", has_text="双方的评论").first.click()
    page.fill(f"{FORM} textarea", words)
    page.context.clear_cookies(**({"name": cookies} if cookies else {}))
    page.click(f"{FORM} button[type=submit]")
    page.wait_for_selector("[data-unsent]:visible")


def sign_in_again(visitor: Visitor, email: str) -> None:
    visitor.page.fill("input[name=username]", email)
    visitor.page.fill("input[name=password]", PASSWORD)
    visitor.page.click("main button[type=submit], main button:not([type])")
    visitor.page.wait_for_selector(FORM, state="attached")
    visitor.page.wait_for_load_state("networkidle")


def test_what_was_written_stands_there_again(visit):
    visitor = visit("pm2@lighthouse.example", "beile")
    for words, cookies in (("只是登录过期了", "siyu_session"), ("什么都没有了", None)):
        send_after_the_session_ended(visitor, words, cookies=cookies)
        if cookies is None:
            visitor.page.get_by_role("link", name="重新打开页面").click()
        sign_in_again(visitor, "pm2@lighthouse.example")
        assert visitor.page.input_value(f"{FORM} textarea") == words
        assert visitor.page.locator(f"{FORM} textarea").is_visible()
        assert "没有提交" in visitor.page.inner_text("[data-restored]")
        visitor.page.reload()
        assert visitor.page.input_value(f"{FORM} textarea") == ""


def test_a_grid_too(visit):
    visitor = visit(BRAND, "beile")
    page = visitor.page
    page.goto(visitor.product.url("beile", "/projects/2026/commitments/"))
    page.wait_for_load_state("networkidle")
    grid = "form[data-grid-form=own]"
    cell = page.locator(f"{grid} td[data-key=promised]").first
    cell.click()
    for key in ("F2", "Control+A", "7", "7", "Enter"):
        page.keyboard.press(key)
    page.context.clear_cookies(name="siyu_session")
    page.locator(f"{grid} button[type=submit]").first.click()
    page.wait_for_selector("[data-unsent]:visible")
    page.fill("input[name=username]", BRAND)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit], main button:not([type])")
    page.wait_for_selector("[data-restored]:visible")
    assert cell.inner_text() == "77"


def test_nobody_else_reads_it(visit):
    visitor = visit("pm2@lighthouse.example", "beile")
    send_after_the_session_ended(visitor, "只给自己人看")
    sign_in_again(visitor, BRAND)
    assert visitor.page.input_value(f"{FORM} textarea") == ""
    assert visitor.page.evaluate("sessionStorage.length") == 0


def test_what_is_too_much_for_a_tab_to_keep_is_sent_all_the_same(visit):
    visitor = visit("pm2@lighthouse.example", "beile")
    page = visitor.page
    page.goto(visitor.product.url("beile", "/projects/2026/forecast/"))
    page.locator("summary", has_text="双方的评论").first.click()
    page.eval_on_selector(
        f"{FORM} textarea", "field => { field.removeAttribute('maxlength'); field.value = '长'.repeat(3e6) }"
    )
    page.click(f"{FORM} button[type=submit]")
    page.wait_for_url("**/forecast/comment/")
    assert not [fault for fault in visitor.faults if "script error" in fault.what]
    assert page.evaluate("sessionStorage.length") == 0
