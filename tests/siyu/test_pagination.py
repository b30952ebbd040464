"""Lists page by cursor."""

import base64
import contextlib
from urllib.parse import urlencode

import pytest
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from projects.models import Channel
from siyu.pagination import page
from tests.factories import inside


def ask(url="/", ordering="id"):
    request = Request(APIRequestFactory().get(url))
    return page(request, Channel.objects.all(), lambda row: {"code": row.code}, ordering=ordering).data


@pytest.fixture
def channels(acme):
    with inside(acme):
        Channel.objects.bulk_create(Channel(code=f"c{number:03}") for number in range(250))
        yield


def test_every_row_comes_once_while_rows_come_and_go(channels):
    seen, url = [], "/?page_size=40"
    while url:
        found = ask(url)
        seen += [row["code"] for row in found["results"]]
        Channel.objects.filter(code=seen[0]).delete()
        Channel.objects.create(code=f"new{len(seen)}")
        url = found["next"]
    assert [code for code in seen if code.startswith("c")] == [f"c{number:03}" for number in range(250)]
    assert len(seen) == len(set(seen))


def test_a_page_has_its_three_members(channels):
    found = ask()
    assert set(found) == {"next", "previous", "results"}
    assert len(found["results"]) == 100
    assert found["previous"] is None


@pytest.mark.parametrize(("size", "rows"), [("7", 7), ("100000", 250), ("0", 100), ("-1", 100), ("x", 100)])
def test_page_sizes(channels, size, rows):
    assert len(ask(f"/?page_size={size}")["results"]) == rows


@pytest.mark.parametrize("position", ["", "x", "'; DROP TABLE", "1e999", "9" * 30, "\0", "-1"])
@pytest.mark.parametrize("ordering", ["id", "code"])
def test_a_forged_cursor_is_harmless(channels, position, ordering):
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()
    with contextlib.suppress(NotFound):
        assert len(ask(f"/?{urlencode({'cursor': cursor})}", ordering)["results"]) <= 100


@pytest.mark.parametrize("cursor", ["x", "////", "cD0x", "é"])
def test_a_broken_cursor_is_not_found(channels, cursor):
    with contextlib.suppress(NotFound):
        ask(f"/?{urlencode({'cursor': cursor})}")
