"""What has the focus is seen whole: it stands behind no bar, above or below."""

import pytest

pytestmark = pytest.mark.browser

HIDDEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one.closest(".sy-tabbar, .sy-top, .sy-skip")) return "";
  const edge = name => document.querySelector(name).getBoundingClientRect();
  const box = one.getBoundingClientRect();
  const isHidden = box.bottom > edge(".sy-tabbar").top + 1 || box.top < edge(".sy-top").bottom - 1;
  return isHidden ? one.textContent.trim() || one.name : "";
}"""


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_on_a_phone_no_bar_covers_what_has_the_focus(visit, key):
    page = visit("pm2@lighthouse.example", "beile", width=390).page
    page.goto(page.url)
    hidden = []
    for _ in range(60):
        page.keyboard.press(key)
        hidden += [name] if (name := page.evaluate(HIDDEN)) else []
    assert not hidden
