"""What people do on the pages of reports, as their browsers would send it."""

import re
from html import unescape
from typing import Any

from reports.models import Report
from tests.factories import SiteClient, sign_in

P = "/projects/p1/"


def text_of(response: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def page(client: SiteClient, report: Report, where: str = "", status: int = 200, **query: Any) -> str:
    sign_in(client, client.user)
    response = client.get(f"{P}reports/{report.pk}/{where}", query)
    assert response.status_code == status, text_of(response)[:1500]
    return response.content.decode() if status == 200 else ""


def shown(client: SiteClient, report: Report, where: str = "", **query: Any) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(client, report, where, **query))))


def act(client: SiteClient, report: Report, action: str, status: int = 302, **fields: str) -> str:
    """Send the form that the page shows, filled with these fields; without a form on the page, what it would send."""
    sign_in(client, client.user)
    found = client.get(f"{P}reports/{report.pk}/").content.decode()
    form = re.search(rf'name="form" value="{action}">(.*?)</form>', found, re.DOTALL)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[1])) if form else {"/revision": "1"}
    return sent(
        client, report, {"form": action, **hidden, **{f"/{name}": text for name, text in fields.items()}}, status
    )


def sent(client: SiteClient, report: Report, body: dict[str, str], status: int) -> str:
    response = client.post(f"{P}reports/{report.pk}/act/", body, format="multipart")
    assert response.status_code == status, text_of(response)[:1500]
    return text_of(response)


def offered(client: SiteClient, report: Report) -> set[str]:
    return set(re.findall(r'name="form" value="(\w+)"', page(client, report)))


def compose(client: SiteClient, report: Report) -> dict[str, str]:
    """The composer's fields as the browser would send them untouched."""
    html = page(client, report, "words/")
    form = html[html.index('<form class="sy-compose"') :]
    fields = dict(re.findall(r'<input type="(?:hidden|text|date)" name="([^"]+)" value="([^"]*)"', form))
    fields |= dict(re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        fields[name] = re.findall(r'value="([^"]+)"(?: selected)?', options)[0]
    return {name: unescape(value) for name, value in fields.items() if name != "csrfmiddlewaretoken"}


def write(client: SiteClient, report: Report, status: int = 302, before: Any = None, **typed: str) -> str:
    fields = {**(before or compose(client, report)), **typed}
    response = client.post(f"{P}reports/{report.pk}/words/", fields, format="multipart")
    assert response.status_code == status, text_of(response)[:1500]
    return response.content.decode()
