"""A person at a browser, who notes whatever is wrong with a page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.product import PASSWORD, Product

LOOK = Path(__file__).with_name("look.js")


@dataclass
class Fault:
    page: str
    what: str

    def __str__(self) -> str:
        return f"{self.page}: {self.what}"


@dataclass
class Visitor:
    """Signed in on one site, with a window of one width, in one language."""

    product: Product
    page: Page
    slug: str
    faults: list[Fault] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)  # the shape of an address: the address that was visited

    @classmethod
    def sign_in(cls, browser: Browser, product: Product, slug: str, email: str, width: int, language: str) -> "Visitor":
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            locale="en-US" if language == "en" else "zh-CN",
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        context.add_init_script(path=LOOK)
        visitor = cls(product, context.new_page(), slug)
        visitor.listen()
        visitor.page.goto(product.url(slug, "/sign-in/"))
        visitor.page.fill("input[name=username]", email)
        visitor.page.fill("input[name=password]", PASSWORD)
        visitor.page.click("main button[type=submit], main button:not([type])")
        visitor.page.wait_for_load_state()
        assert "/sign-in/" not in visitor.page.url, visitor.page.inner_text("body")
        if "/second-factor/" in visitor.page.url:  # asked of owners and administrators; the demo lets them put it off
            visitor.page.click("form[action*=postpone] button")
            visitor.page.wait_for_load_state()
        return visitor

    def listen(self) -> None:
        self.page.on("console", lambda said: self.note(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.note(f"script error: {error}"))
        self.page.on(
            "response", lambda answer: self.note(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        )

    def note(self, what: str) -> None:
        self.faults.append(Fault(shape(self.page.url), what))

    def walk(self, most: int) -> list[str]:
        """Follow the links to pages of this site, one page of each shape, and look at each. Returns the addresses."""
        ahead = [self.product.url(self.slug)]
        while ahead and len(self.seen) < most:
            address = ahead.pop(0)
            if shape(address) in self.seen:
                continue
            self.seen[shape(address)] = address
            self.page.goto(address)
            self.page.wait_for_load_state("networkidle")
            if "/second-factor/" in self.page.url and "/second-factor/" not in address:
                self.note(f"another page stands before {address}")
            self.look()
            ahead += [found for found in self.links() if shape(found) not in self.seen]
            ahead.sort(key=lambda address: urlsplit(address).query != "")  # pages before their variants
        return list(self.seen.values())

    def links(self) -> Iterator[str]:
        """Addresses of pages on this site that the page links to: no files, nothing that acts."""
        here = urlsplit(self.page.url).netloc
        for address in self.page.eval_on_selector_all(
            "a[href]:not([download], [data-file])", "links => links.map(link => link.href)"
        ):
            parts = urlsplit(address)
            if parts.netloc == here and not re.search(r"\.\w{2,5}$|/api/|/sign-out|format=|/export", address):
                yield address.partition("#")[0]

    def look(self) -> None:
        """Note what is wrong with the page as it stands."""
        for element in self.page.evaluate("look.dead()"):
            self.note(f"does nothing: {element}")
        for element in self.page.evaluate("look.sideways()"):
            self.note(f"sticks out: {element}")
        for violation in Axe().run(self.page).response["violations"]:
            places = [node["target"] for node in violation["nodes"][:3]]
            self.note(f"axe {violation['id']}: {violation['help']} {places}")

    def texts(self) -> list[str]:
        return self.page.evaluate("look.texts()")


def shape(address: str) -> str:
    """The address with numbers, codes and days left out: one page of each shape is looked at."""
    parts = urlsplit(address)
    path = re.sub(r"/[0-9a-f-]*\d[\w.:-]*(?=/|$)", "/*", parts.path)
    path = re.sub(r"(?<=/fans/)[^/]+", "*", path)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    return path + ("?" + "&".join(names) if names else "")
