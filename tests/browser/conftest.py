"""One product with its demo and one Chromium for all browser tests of a run."""

import shutil

import pytest
from django.utils.translation import override
from playwright.sync_api import sync_playwright

from tests.browser.product import Product
from tests.browser.rest import PM
from tests.browser.visitor import Visitor

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
MISSING = "No Chromium found. On Debian: apt-get install chromium fonts-noto-cjk"


@pytest.fixture(scope="session")
def browser():
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail(MISSING, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("product"))
    try:
        product.wait_until_ready()
        yield product
    finally:
        product.stop()


@pytest.fixture
def visit(browser, product):
    """visit("pm@lighthouse.example", "yunzhi", width=390, language="en"): signed in."""
    opened = []

    def sign_in(email: str, slug: str = "", *, width: int = 1440, language: str = "zh") -> Visitor:
        visitor = Visitor.sign_in(browser, product, slug, email, width, language)
        opened.append(visitor.page.context)
        return visitor

    yield sign_in
    for context in opened:
        context.close()


@pytest.fixture(params=PM)
def pm(request, visit):
    """The PM of each brand of the demo, in Chinese."""
    return visit(PM[request.param], request.param)


@pytest.fixture
def chinese():
    """Numbers are formatted as Chinese pages show them."""
    with override("zh-hans"):
        yield
