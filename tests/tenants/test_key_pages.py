"""Keys on a page: shown once, no wider than their maker, gone when revoked."""

import re

import pytest

from tenants.models import ApiKey, AuditEntry, Role
from tests.factories import anonymous_client, client_for, make_user, sign_in, user_client


def post(client, **data):
    return client.post("/keys/", data, format="multipart")


def made(page) -> str:
    return re.search(r"siyu_[\w-]{43}", page.content.decode())[0]


def test_a_key_is_shown_once_and_works(acme):
    client = user_client(acme, Role.OWNER)
    page = post(client, name="ERP", scopes=["kpis:read", "events:write"])
    key = made(page)
    assert page["Cache-Control"] == "no-store"
    listed = client.get("/keys/").content.decode()
    assert key not in listed
    assert key[:9] in listed
    row = ApiKey.objects.get()
    assert (row.made_by, row.scopes) == (client.user, ["events:write", "kpis:read"])
    there = anonymous_client(acme, HTTP_AUTHORIZATION=f"Bearer {key}")
    assert there.get("/api/v1/projects/").status_code == 200
    assert post(client, do="revoke", row=str(row.pk)).status_code == 302
    assert there.get("/api/v1/projects/").status_code == 401
    assert list(AuditEntry.objects.order_by("pk").values_list("what", "whom")) == [
        ("make_key", "ERP"),
        ("revoke_key", "ERP"),
    ]


def offered(client) -> set[str]:
    return set(re.findall(r'name="scopes" type="checkbox" value="([^"]+)"', client.get("/keys/").content.decode()))


def test_scopes_are_those_of_ones_own_acts(acme):
    assert {"contract:write", "events:write", "reports:write", "fans:read"} <= offered(user_client(acme, Role.OWNER))
    manager = user_client(acme, Role.BRAND_MANAGER)
    assert {"contract:write", "fans:read", "kpis:read", "reports:read"} <= offered(manager)
    assert not {"events:write", "team:write", "assignments:write"} & offered(manager)
    page = post(manager, name="x", scopes=["events:write"])
    assert page.status_code == 403
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", [Role.PM, Role.GUIDE, Role.BRAND_SPONSOR, Role.FINANCE])
def test_others_manage_no_keys(acme, role):
    client = user_client(acme, role)
    assert client.get("/keys/").status_code == 403
    assert client.get("/people/").status_code == 403


def test_another_brands_keys_are_not_there(acme, globex):
    client_for(globex, ["kpis:read"], name="globex' own")
    client = user_client(acme, Role.OWNER)
    assert "globex&#x27; own" not in client.get("/keys/").content.decode()
    assert post(client, do="revoke", row=str(ApiKey.objects.get().pk)).status_code == 404
    stranger = anonymous_client(acme)
    sign_in(stranger, make_user(Role.BRAND_MANAGER, brand=globex))
    assert stranger.get("/keys/").status_code == 404
