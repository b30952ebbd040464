"""GET /channels/, GET/PUT /channels/{channel}/."""

from urllib.parse import quote

import pytest

from projects.models import Channel
from tests.factories import client_for, user_client

PATH = "/api/v1/projects/p1/channels/"


@pytest.fixture
def writer(acme, project):
    return client_for(acme, ["contract:write"])


def test_a_channel_is_made_and_changed_by_putting_it(writer):
    made = writer.put(PATH + "parcel/", {"name": "包裹卡", "unit": "签收包裹", "lag_days": 2})
    expected = {"code": "parcel", "name": "包裹卡", "unit": "签收包裹", "lag_days": 2, "confirmed": True}
    assert (made.status_code, made.json()) == (201, expected)
    changed = writer.put(PATH + "parcel/", {"lag_days": 0})
    assert (changed.status_code, changed.json()) == (200, {**expected, "lag_days": 0})
    assert writer.put(PATH + "parcel/", changed.json()).json() == changed.json()


def test_one_that_events_named_is_shown_unconfirmed_until_it_is_put(acme, inside, writer):
    with inside(acme):
        Channel.objects.create(code="sms")
    unconfirmed = {"code": "sms", "name": "", "unit": "", "lag_days": 0, "confirmed": False}
    assert writer.get(PATH + "sms/").json() == unconfirmed
    assert writer.put(PATH + "sms/", {}).json() == {**unconfirmed, "confirmed": True}


@pytest.mark.parametrize("code", ["包裹卡", "tmall/2026", "a b", "100%", "?x=1", "x" * 128])
def test_codes_are_the_sources_own(writer, code):
    made = writer.put(f"{PATH}{quote(code, safe='')}/", {"name": "n"})
    assert (made.status_code, made.json()["code"]) == (201, code)
    assert writer.get(f"{PATH}{quote(code, safe='')}/").json()["code"] == code


@pytest.mark.parametrize(("code", "status"), [("x" * 129, 400), ("a\tb", 400), ("a\0b", 404)])
def test_a_code_that_cannot_be_kept_is_refused(writer, code, status):
    assert writer.put(f"{PATH}{quote(code, safe='')}/", {}).status_code == status
    assert writer.get(f"{PATH}{quote(code, safe='')}/").status_code == 404


def test_the_body_names_no_other_channel(writer):
    response = writer.put(PATH + "sms/", {"code": "mail"})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/code")
    assert writer.get(PATH + "sms/").status_code == 404


@pytest.mark.parametrize("body", [{"lag_days": -1}, {"lag_days": 1.5}, {"colour": "red"}, {"name": "x" * 201}])
def test_what_cannot_be_is_named(writer, body):
    response = writer.put(PATH + "sms/", body)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"/{next(iter(body))}")


def test_the_list_pages_by_code(writer):
    for code in ("c", "a", "b"):
        writer.put(f"{PATH}{code}/", {})
    assert [channel["code"] for channel in writer.get(PATH).json()["results"]] == ["a", "b", "c"]


def test_any_key_reads_channels_and_only_contract_write_writes_them(acme, globex, writer):
    writer.put(PATH + "sms/", {})
    reader = client_for(acme, ["team:write"])
    assert reader.get(PATH + "sms/").status_code == 200
    assert reader.put(PATH + "sms/", {}).status_code == 403
    assert user_client(acme, "ops").put(PATH + "sms/", {}).status_code == 403
    assert client_for(globex, ["contract:write"]).get(PATH + "sms/").status_code == 404
