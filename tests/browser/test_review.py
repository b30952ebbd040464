"""The brand reviews a report without a mouse on a phone, and in two browsers at once."""

import pytest

pytestmark = pytest.mark.browser

BRAND, PM = "brand@hetian.example", "pm@lighthouse.example"
SEEN = """() => {
  const focus = document.activeElement, box = focus.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 40) / 2);
  return !!top && (focus.contains(top) || top.contains(focus)) && top.tagName !== "BODY";
}"""
FOCUS = "() => document.activeElement.dataset.pin || document.activeElement.name || document.activeElement.innerText"


def send_anew(visit, month):
    """The PM makes a revision of a month's report and sends it. Returns its address."""
    page = visit(PM, "hetian").page
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + "/projects/2026/reports/?kind=monthly")
    page.locator(".sy-reports a").nth(month).click()
    address = page.url
    fill_in(page, "revise", "补录后重发")
    for action in ("review", "send"):
        page.locator(f"form:has(input[name=form][value={action}]):visible").first.locator("button").click()
        page.wait_for_selector(".sy-done")
    return address


def fill_in(page, action, words, pointer=""):
    offer = page.locator(f"#offer-{action}")
    if offer.get_attribute("open") is None:
        offer.locator("summary").click()
    if pointer:
        offer.locator("select").select_option(pointer)
    offer.locator("textarea").fill(words)
    offer.locator("button[type=submit]").click()
    page.wait_for_load_state()


def tab_to(page, wanted, most=80):
    """By keyboard alone; whatever has the focus on the way can be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate(FOCUS)
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"no way by keyboard to {wanted}")


def test_by_keyboard_on_a_phone(visit):
    address = send_anew(visit, 1)
    page = visit(BRAND, "hetian", width=390).page
    page.goto(address)
    page.wait_for_load_state("networkidle")
    marks = page.eval_on_selector_all("#part-figures [data-pin]", "marks => marks.map(mark => mark.dataset.pin)")
    assert marks == [f"/figures/{place}" for place in range(10)]
    for pin in marks[:8]:
        tab_to(page, f'[data-pin="{pin}"]')
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS) == "/comment"
    assert page.input_value("#offer-comment select") == "/figures/7"
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUS) == "/figures/7"
    page.keyboard.press("Enter")
    page.keyboard.type("含双算吗？")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.dataset.pin === '/figures/7'")
    assert page.evaluate(SEEN)
    assert page.locator(".sy-done").bounding_box()["y"] > 0  # below the row, not at the top of the page
    tab_to(page, "#offer-dispute > summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("十")  # chooses nothing by itself; the list is a plain one
    page.locator("#offer-dispute select").select_option("/figures/7")
    page.keyboard.press("Tab")
    page.keyboard.type("少 50 元")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "有异议" in page.inner_text(".sy-cover")

    agency = visit(PM, "hetian").page
    agency.goto(address)
    agency.locator("form:has(input[value=answer]) textarea").first.fill("已核对，含退款")
    agency.locator("form:has(input[value=answer]) button").first.click()
    agency.wait_for_selector(".sy-done")
    page.goto(address)
    tab_to(page, ".sy-approve form button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "已通过" in page.inner_text(".sy-cover")


def test_in_two_browsers(visit):
    """One approves while the other one writes a dispute: nothing that was written is lost."""
    address = send_anew(visit, 2)
    one, other = (visit(BRAND, "hetian", width=width).page for width in (1440, 390))
    for page in (one, other):
        page.goto(address)
        page.wait_for_load_state("networkidle")
    one.locator(".sy-approve form button").click()
    one.wait_for_selector(".sy-done")
    fill_in(other, "dispute", "GMV 与后台不符", "/figures/7")
    other.wait_for_selector("[data-refusal]")
    said = other.inner_text("[data-refusal]")
    assert said.startswith("报告现在是「已通过」，不能提出异议（")
    assert other.evaluate("document.activeElement.matches('[data-refusal]')")
    assert other.evaluate(SEEN)
    assert other.input_value("#offer-comment textarea") == "GMV 与后台不符"
    assert other.input_value("#offer-comment select") == "/figures/7"
    other.locator("#offer-comment button[type=submit]").click()
    other.wait_for_selector(".sy-done")
    one.reload()
    assert "GMV 与后台不符" in one.inner_text("#threads")
