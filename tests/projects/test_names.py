"""Names over REST and on pages: one line each, refused at their own field."""

import pytest

from guides.models import Guide
from projects.models import Account, BrandContact, Channel, Project
from tests.factories import client_for, inside, make_guide, make_placement, user_client

P = "/api/v1/projects/"
TWO = "云栀\n护肤"
NEW = {"code": "p2", "name": TWO, "starts_on": "2026-01-01", "ends_on": "2026-12-31"}


@pytest.fixture
def owner(acme, project):
    return user_client(acme, "owner")


def errors(response):
    return response.status_code, [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def test_rest_refuses_each_at_its_field(acme, owner):
    contract, team = client_for(acme, ["contract:write"]), owner
    assert errors(contract.post(P, NEW)) == (400, [("/name", "bad_value")])
    fields = {"name": TWO, "unit": "签收\r\n包裹"}
    assert errors(contract.put(f"{P}p1/channels/parcel/", fields)) == (
        400, [("/name", "bad_value"), ("/unit", "bad_value")],
    )  # fmt: skip
    assert errors(contract.put(f"{P}p1/channels/par%09cel/", {})) == (400, [("/code", "bad_value")])
    assert errors(team.put(f"{P}p1/accounts/wx1/", {"name": TWO})) == (400, [("/name", "bad_value")])
    people = [{"role": "brand_manager", "name": TWO}]
    assert errors(team.put(f"{P}p1/contacts/", people)) == (400, [("/0/name", "bad_value")])
    with inside(acme):
        assert not Project.objects.filter(code="p2").exists()
        assert not any(model.objects.exists() for model in (Channel, Account, BrandContact))


def test_pages_refuse_them_too(acme, owner):
    hired = {"form": "hire", "/code": "nana", "/name": TWO, "/kind": "general", "/category": "", "/user": ""}
    page = owner.post("/projects/p1/setup/guides/hire/", hired, format="multipart")
    assert (page.status_code, "只能是一行文字" in page.text) == (400, True)
    channel = {"form": "channel-new", "/code": "par\ncel", "/name": "包裹卡", "/unit": "", "/lag_days": "0"}
    page = owner.post("/projects/p1/setup/channels/put/", channel, format="multipart")
    assert (page.status_code, "只能是一行文字" in page.text) == (400, True)
    assert not Guide.objects.filter(code="nana").exists()


def test_a_channel_that_data_named_so_can_be_confirmed(acme, owner):
    with inside(acme):
        Channel.objects.create(code="par\tcel")
    assert owner.put(f"{P}p1/channels/par%09cel/", {"name": "包裹卡"}).status_code == 200
    channel = {"form": "channel-par\tcel", "/code": "par\tcel", "/name": "包裹", "/unit": "", "/lag_days": "0"}
    assert owner.post("/projects/p1/setup/channels/put/", channel, format="multipart").status_code == 302
    with inside(acme):
        assert Channel.objects.get().name == "包裹"


def test_what_is_said_of_a_guide_is_one_line(acme, owner, project):
    guide = make_guide(acme.agency, code="nana")
    make_placement(guide, acme, project="p1", starts_on="2026-01-01")
    body = {"skills": ["护\n肤"], "absences": [{"from": "2026-02-01", "to": "2026-02-02", "reason": "年\n假"}]}
    status, found = errors(owner.put(f"{P}p1/guides/nana/", body))
    assert (status, {code for _, code in found}) == (400, {"bad_value"})
    assert {pointer.split("/")[1] for pointer, _ in found} == {"skills", "absences"}
