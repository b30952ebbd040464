"""One person's browser over the sites of an installation: she reads a page, follows its links, fills in its forms.

Nothing is sent that the page does not offer: a link is found by its words, a form by its button, and what is sent is
the form as it stands but for what she types. Every link followed and every button pressed is one step.
"""

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from tests.factories import SiteClient

VOID = {"input", "link", "meta", "br", "img", "hr", "use", "circle", "line", "rect", "path"}


class Node:
    def __init__(self, tag: str, attributes: Mapping[str, str | None]):
        self.tag, self.attributes = tag, dict(attributes)
        self.children: list[Node | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name) or ""

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, *tags: str) -> list["Node"]:
        return [node for node in self.walk() if node.tag in tags]

    @property
    def text(self) -> str:
        parts = [child.text if isinstance(child, Node) else child for child in self.children]
        return " ".join(" ".join(parts).split())


class Tree(HTMLParser):
    """Tolerant of nothing: our pages close what they open."""

    def __init__(self, html: str):
        super().__init__()
        self.root = Node("html", {})
        self.open = [self.root]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        while self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


class Visitor:
    """`at`: the address that is shown; `text`: what can be read there; `steps`: what it took so far."""

    def __init__(self) -> None:
        self.clients: dict[str, SiteClient] = {}
        self.at, self.status, self.steps = "", 0, 0
        self.page = Node("html", {})

    def open(self, address: str, *, status: int = 200) -> "Visitor":
        """A typed address, or one she was given."""
        return self._arrive(self._client(address).get(_path(address)), address, status)

    def follow(self, *words: str) -> "Visitor":
        """The first link whose text holds all the words."""
        self.steps += 1
        return self.open(self.link(*words))

    def link(self, *words: str) -> str:
        found = [node["href"] for node in self.page.all("a") if all(word in node.text for word in words)]
        assert found, f"no link {words} at {self.at}: {self.text[:1500]}"
        return urljoin(self.at, found[0])

    def submit(self, button: str, typed: Mapping[str, Any] | None = None, *, status: int = 200) -> "Visitor":
        """Press the button: its form as it stands but for what is typed, by the fields' names. A select takes a value
        or the words of its option."""
        self.steps += 1
        form, pressed = self._form(button, typed or {})
        fields = dict(_fields(form))
        if pressed["name"]:
            fields[pressed["name"]] = pressed["value"]
        for name, value in (typed or {}).items():
            assert any(node["name"] == name for node in form.all("input", "select", "textarea")), f"no field {name}"
            fields[name] = _chosen(form, name, value)
        address = urljoin(self.at, pressed["formaction"] or form["action"] or self.at)
        if form["method"].lower() != "post":
            raise AssertionError(f"{button} asks only")
        response = self._client(address).post(_path(address), fields, format="multipart")
        return self._arrive(response, address, status)

    def offers(self, button: str) -> bool:
        return any(button == node.text for node in self.page.all("button"))

    @property
    def text(self) -> str:
        mains = self.page.all("main")
        return mains[0].text if mains else self.page.text

    def _form(self, button: str, typed: Mapping[str, Any]) -> tuple[Node, Node]:
        """Of several forms with such a button the first that has the fields typed into."""
        found = [(form, node) for form in self.page.all("form") for node in form.all("button") if node.text == button]
        for form, node in found:
            names = {field["name"] for field in form.all("input", "select", "textarea")}
            if names >= set(typed):
                return form, node
        raise AssertionError(f"no button {button} with {list(typed)} at {self.at}: {self.text[:1500]}")

    def _client(self, address: str) -> SiteClient:
        host = urlsplit(address).hostname or settings.BASE_DOMAIN
        if host not in self.clients:
            client = SiteClient(HTTP_HOST=f"{host}:{settings.PORT}", HTTP_ACCEPT_LANGUAGE="zh-CN")
            self.clients[host] = client
        return self.clients[host]

    def _arrive(self, response: HttpResponse, address: str, status: int) -> "Visitor":
        for _ in range(10):
            if response.status_code not in (301, 302):
                break
            address = urljoin(address, response["Location"])
            response = self._client(address).get(_path(address))
        html = response.getvalue().decode() if response.streaming else response.content.decode()
        self.at, self.status, self.page = address, response.status_code, Tree(html).root
        assert self.status == status, f"{self.status} at {address}: {self.text[:1500]}"
        onward = [node["content"] for node in self.page.all("meta") if node["http-equiv"] == "refresh"]
        if onward and onward[0].startswith("0;"):
            return self.open(urljoin(address, onward[0].partition("url=")[2]))
        return self


def workbook(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"


def _fields(form: Node) -> Iterator[tuple[str, str]]:
    """What a browser would send untouched, without buttons and files."""
    for node in form.all("input", "select", "textarea"):
        if not node["name"] or "disabled" in node.attributes:
            continue
        if node.tag == "textarea":
            yield node["name"], node.text
        elif node.tag == "select":
            options = node.all("option")
            chosen = [one for one in options if "selected" in one.attributes] or options[:1]
            if chosen:
                yield node["name"], chosen[0]["value"]
        elif node["type"] in ("checkbox", "radio"):
            if "checked" in node.attributes:
                yield node["name"], node["value"] or "on"
        elif node["type"] not in ("file", "submit"):
            yield node["name"], node["value"]


def _chosen(form: Node, name: str, value: Any) -> Any:
    for node in form.all("select"):
        if node["name"] == name:
            options = {option.text: option["value"] for option in node.all("option")}
            assert value in options or value in options.values(), f"{name} offers {options}, not {value}"
            return options.get(value, value)
    return value
