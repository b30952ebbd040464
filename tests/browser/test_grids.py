"""The grids of forecast and promises in Chromium: by keyboard alone, by blocks pasted from Excel, what-if while one
types, between both sides, and without scripts. All on beile, whose promises no other test looks at."""

import pytest

from tests.browser.product import PASSWORD

pytestmark = pytest.mark.browser

PM, MANAGER, BRAND, PROJECT = "pm2@lighthouse.example", "brand@beile.example", "beile", "2026"
FORECAST, COMMITMENTS = (f"/projects/{PROJECT}/{name}/" for name in ("forecast", "commitments"))


def open_page(visit, email, path, **how):
    visitor = visit(email, BRAND, **how)
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.on("dialog", lambda dialog: dialog.accept())
    visitor.page.goto(visitor.product.url(BRAND, path))
    return visitor


def focused(page):
    """The name of the field in the cell that the keyboard is on, and what it holds."""
    return page.evaluate(
        "[document.activeElement.querySelector('input, select')].map(field => [field.name, field.value])[0]"
    )


def go_to(page, name):
    page.locator(f"td [name='{name}']").evaluate("field => field.closest('td').focus()")


def paste(page, text):
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def wait_for_words(page, words, key="forecast"):
    page.wait_for_function(
        """([key, words]) =>
        document.querySelector(`form[data-grid-form=${key}] [data-said]`).textContent.includes(words)""",
        arg=[key, words],
    )


def first_channel(page):
    """The row of the first channel's reach, and the place of the last month."""
    name = page.locator("table[data-grid=forecast] tbody input").first.get_attribute("name")
    return name.split("/", 2)[2], page.locator("table[data-grid=forecast] thead th").count() - 2


def test_cells_left_empty_are_counted_and_not_sent(visit):
    visitor = open_page(visit, PM, FORECAST)
    page = visitor.page
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    opening = page.locator("[name='/opening_fans']").input_value()
    page.fill("[name='/opening_fans']", "")
    wait_for_words(page, "还有 1 格没有填")
    page.fill("[name='/opening_fans']", opening)
    wait_for_words(page, "假设测算，没有保存。")
    assert not refused


def test_the_forecast_is_worked_by_keyboard_alone(visit):
    visitor = open_page(visit, PM, FORECAST)
    page = visitor.page
    row, last = first_channel(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/what-if/") else None)
    page.locator("[name='/opening_fans']").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TD":
            break
    assert focused(page)[0] == f"/0/{row}"
    page.keyboard.press("End")
    name, before = focused(page)
    assert name == f"/{last}/{row}"
    page.keyboard.type("1.2")
    page.keyboard.press("Escape")
    assert focused(page) == [name, before]
    page.keyboard.type("12,000")
    page.keyboard.press("Enter")
    assert focused(page)[0] == f"/{last}/diversion_rate/{row.partition('/')[2]}"
    page.keyboard.press("ArrowUp")
    assert focused(page) == [name, "12000"]
    wait_for_words(page, "假设测算，没有保存。")
    assert asked
    page.keyboard.press("Control+z")
    assert focused(page) == [name, before]
    page.keyboard.press("F2")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+Home")
    assert focused(page)[0] == f"/0/{row}"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "submit", "Tab leaves the grid"
    visitor.look()
    assert not visitor.faults, "\n".join(map(str, visitor.faults))


def test_a_block_from_excel_is_taken_but_for_what_cannot_be_read(visit):
    visitor = open_page(visit, PM, FORECAST)
    page = visitor.page
    row, last = first_channel(page)
    channel = row.partition("/")[2]
    go_to(page, f"/{last - 1}/{row}")
    before = focused(page)[1]
    paste(page, "１２，０００\t1.3万\n5%\t乱写\n")
    wait_for_words(page, "1 格")
    values = [page.input_value(f"[name='/{place}/{key}']") for key in (row, f"diversion_rate/{channel}")
              for place in (last - 1, last)]  # fmt: skip
    assert values == ["12000", "13000", "0.05", "乱写"]
    assert page.locator("td.is-wrong").all_inner_texts() == ["乱写\n应为 0 到 1 的小数或百分数，例如 0.05 或 5%"]
    assert page.locator("td.is-wrong").get_attribute("aria-invalid") == "true"
    visitor.look()
    page.keyboard.press("Control+z")
    assert focused(page)[1] == before
    assert page.locator("td.is-wrong").count() == 0
    go_to(page, f"/{last - 1}/{row}")
    page.keyboard.press("Control+r")
    assert page.input_value(f"[name='/{last}/{row}']") == before
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == f"{before}\t{before}"
    wait_for_words(page, "假设测算，没有保存。")
    assert not visitor.faults, "\n".join(map(str, visitor.faults))


def test_a_month_is_put_in_front_by_keyboard_and_blocks_land_where_they_are_seen(visit):
    visitor = open_page(visit, PM, FORECAST)
    page = visitor.page
    row, _ = first_channel(page)
    months = page.locator("table[data-grid=forecast] thead [data-name]").all_inner_texts()
    front, opening = page.locator("[data-tool=front]"), page.locator("[name='/opening_fans']")
    began = opening.input_value()
    assert not front.is_visible(), "none before the project's first month"
    page.click("[data-tool=from]")
    page.click("[data-tool=from]")
    wait_for_words(page, "假设测算，没有保存。")
    opening.fill("4321")
    front.focus()
    page.keyboard.press("Enter")
    assert page.locator("table[data-grid=forecast] thead [data-name]").all_inner_texts() == months[1:]
    assert page.inner_text("table[data-grid=forecast] thead th:nth-child(2) small") == "已结束"
    assert opening.input_value() != began, "what stood before that month when it was dropped"
    go_to(page, f"/0/{row}")
    paste(page, "7001\t7002\n")
    assert [page.input_value(f"[name='/{place}/{row}']") for place in (0, 1)] == ["7001", "7002"]
    wait_for_words(page, "假设测算，没有保存。")
    page.wait_for_function("() => !document.querySelector('table.is-old')")
    front.focus()
    page.keyboard.press("Enter")
    assert page.locator("table[data-grid=forecast] thead [data-name]").all_inner_texts() == months
    assert opening.input_value() == began
    assert not front.is_visible()
    assert focused(page)[0].startswith("/"), "the keyboard goes on in the grid"
    assert page.input_value(f"[name='/1/{row}']") == "7001"
    visitor.look()
    assert not visitor.faults, "\n".join(map(str, visitor.faults))


def test_first_months_left_empty_in_a_first_version_are_not_tried(visit):
    visitor = open_page(visit, PM, FORECAST)
    page = visitor.page
    months = page.locator("table[data-grid=forecast] thead [data-name]").all_inner_texts()
    page.locator("[data-grid-form=forecast] [name='/base']").evaluate(
        "field => { field.value = ''; }"
    )  # as where there is no version yet
    keys = page.locator("table[data-grid=forecast] td[data-kind] input").evaluate_all(
        "fields => fields.map(field => field.name).filter(name => name.startsWith('/0/'))"
    )
    go_to(page, keys[0])
    for _ in keys:
        page.keyboard.press("Shift+ArrowDown")
    with page.expect_response("**/what-if/") as answered:
        page.keyboard.press("Delete")
    table = answered.value.json()["table"]
    assert [month["month"] for month in table] == months[1:]
    page.wait_for_function("() => !document.querySelector('table.is-old')")
    shown = page.locator("tr[data-result=fans] td > span:first-child").all_inner_texts()
    assert shown[1:] == [f"{month['fans']:,}" for month in table]
    with page.expect_response("**/what-if/") as refused:
        go_to(page, "/1/ramp")
        page.keyboard.type("500")
        page.keyboard.press("Enter")
    assert refused.value.status == 400
    page.wait_for_selector("td.is-refused")
    assert page.locator("td.is-refused input").get_attribute("name") == "/1/ramp"


def test_what_is_tried_equals_rest_and_is_saved_proposed_talked_about_and_approved(visit):
    pm = open_page(visit, PM, FORECAST)
    page = pm.page
    row, last = first_channel(page)
    page.click("[data-tool=more]")
    go_to(page, f"/{last + 1}/{row}")
    page.keyboard.type("20000")
    with page.expect_response("**/what-if/") as answered:
        page.keyboard.press("Enter")
    table = answered.value.json()["table"]
    page.wait_for_function("() => !document.querySelector('table.is-old')")
    shown = page.locator("tr[data-result=fans] td > span:first-child").all_inner_texts()
    assert shown == [f"{month['fans']:,}" for month in table]
    page.click("text=存并提出给双方")
    page.wait_for_load_state()
    lead = page.inner_text(".sy-standing-lead")
    assert "已提出，等双方确认后成为约定。" in lead
    manager = open_page(visit, MANAGER, FORECAST, width=390)
    assert manager.page.inner_text(".sy-standing-lead") == lead
    manager.page.fill("[name='/text']", "12 月的触达能到。")
    manager.page.click("text=发评论")
    manager.page.wait_for_load_state()
    manager.page.click("text=确认这一版")
    manager.page.wait_for_load_state()
    assert "等代运营方确认" in manager.page.inner_text(".sy-standing-lead")
    manager.look()
    page.reload()
    assert "12 月的触达能到。" in page.inner_text(".sy-talk")
    page.click("text=并列")
    page.wait_for_load_state()
    assert page.locator(".sy-differs").count() > 0
    pm.look()
    assert not pm.faults + manager.faults, "\n".join(map(str, pm.faults + manager.faults))


def test_promises_are_pasted_and_what_is_wrong_is_mended_in_place(visit):
    visitor = open_page(visit, MANAGER, COMMITMENTS)
    page = visitor.page
    grid = page.locator("table[data-grid=own]")
    blank = grid.locator("tbody tr").count() - 3
    go_to(page, f"/{blank}/month")
    lines = ["2027年12月\t货品\t礼盒\t１，２００\t份\t2027/12/5", "2027-12\t胡说\t错行\tabc\t套\t12月10日"]
    lines += [f"2027-12\t预算\t投放 {number}\t1.5万\t元\t2027-12-20" for number in range(4)]
    paste(page, "\n".join(lines))
    wait_for_words(page, "3 格读不懂", "own")
    visitor.look()
    assert not visitor.faults, "\n".join(map(str, visitor.faults))
    page.click("text=保存己方承诺")
    page.wait_for_load_state()
    assert "1 行有误，没有保存" in page.inner_text(".sy-error")
    wrong = page.locator("tr:has(.is-wrong)")
    assert wrong.count() == 1
    for key, typed in (("promised", "3"), ("due_on", "2027-12-10")):
        wrong.locator(f"td[data-key={key}]").evaluate("cell => cell.focus()")
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    wrong.locator("td[data-key=kind]").evaluate("cell => cell.focus()")
    page.keyboard.press("F2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(".is-wrong").count() == 0
    page.click("text=保存己方承诺")
    page.wait_for_load_state()
    assert page.inner_text(".sy-done") == "已保存 1 行改动"
    page.click("text=保存己方承诺")
    page.wait_for_load_state()
    assert page.inner_text(".sy-done") == "没有改动，承诺与之前相同"


def test_the_forecast_is_read_and_approved_without_scripts(browser, product):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.goto(product.url(BRAND, "/sign-in/"))
    page.fill("input[name=username]", MANAGER)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit], main button:not([type])")
    page.goto(product.url(BRAND, FORECAST))
    first = page.locator("table[data-grid=forecast] tbody input").first
    assert first.is_visible()
    page.fill("[name='/opening_fans']", "1.5万")
    page.click("text=存为草稿版本")
    assert "是草稿，还没有提出给双方确认。" in page.inner_text(".sy-standing-lead")
    page.click("text=确认这一版")
    assert "等代运营方确认" in page.inner_text(".sy-standing-lead")
    context.close()
