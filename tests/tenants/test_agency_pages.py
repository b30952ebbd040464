"""An agency makes its brands on its own site, and its owner removes one that was only tried (DOMAIN 6)."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from guides.models import Placement
from siyu.brands import role_of
from siyu.models import DueWork
from tenants.brands import open_brand
from tenants.models import ApiKey, AuditEntry, Brand, Membership, Role
from tests.factories import (
    anonymous_client,
    client_for,
    host_of,
    inside,
    make_guide,
    make_placement,
    make_project,
    make_user,
    sign_in,
    user_client,
)
from tests.reports.desk import ReportDesk

NEW = {"slug": "nova", "name": "新星", "category": "零食"}


def leader(brand, role=Role.OWNER):
    """A client of the agency's site, signed in as one who leads the brand's agency."""
    client = anonymous_client(None)
    client.user = make_user(role, brand=brand)
    sign_in(client, client.user)
    return client


def post(client, path="/brands/", **data):
    return client.post(path, data, format="multipart")


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_a_leader_makes_a_brand_and_enters_its_site(acme, initech, role):
    client = leader(acme, role)
    assert post(client, **NEW)["Location"] == "/brands/?made=nova"
    brand = Brand.objects.get(slug="nova")
    assert (brand.agency, brand.name, brand.category, brand.state) == (acme.agency, "新星", "零食", "active")
    page = client.get("/brands/").text
    assert "enter/?via=" in page
    assert host_of(brand) in page
    assert "Initech" not in page, "another agency's brand"
    entry = AuditEntry.objects.get(what="make_brand")
    assert (entry.agency, entry.by, entry.whom) == (acme.agency, client.user, "nova")
    with inside(brand):
        make_project(code="p1")
    assert user_client(brand, role).get("/").status_code == 200


def test_the_same_form_sent_twice_makes_one_brand(acme):
    client = leader(acme)
    post(client, **NEW)
    assert post(client, **NEW).status_code == 302
    assert Brand.objects.filter(slug="nova").count() == 1
    assert AuditEntry.objects.filter(what="make_brand").count() == 1
    assert open_brand(acme.agency, "nova", name="新星", category="零食", by=client.user)[1] is False


def test_what_is_wrong_is_named_and_what_was_typed_is_kept(acme, initech):
    client = leader(acme)
    page = post(client, slug="Nova_1", name="新星", category="")
    assert page.status_code == 422
    assert 'value="Nova_1"' in page.text
    assert 'value="新星"' in page.text
    assert 'id="flaw-slug"' in page.text
    assert 'id="flaw-category"' in page.text
    page = post(client, **{**NEW, "slug": "initech"})
    assert page.status_code == 409
    assert "已被使用" in page.text
    assert "Initech" not in page.text, "whose address it is is not told"
    assert post(client, **{**NEW, "slug": "www"}).status_code == 422
    assert not Brand.objects.filter(name="新星").exists()


def test_others_make_no_brands(acme):
    assert anonymous_client(None).get("/brands/").status_code == 302
    for role in (Role.FINANCE, Role.PM, Role.BRAND_MANAGER):
        client = anonymous_client(None)
        sign_in(client, make_user(role, brand=acme))
        assert client.get("/brands/").status_code == 403
        assert post(client, **NEW).status_code == 403
    assert not Brand.objects.filter(slug="nova").exists()


# -- Removing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def trial(acme):
    """The brand nova of acme's agency, with a project, a guide, a key and a manager."""
    brand = open_brand(acme.agency, "nova", name="新星", category="零食", by=make_user(Role.OWNER, brand=acme))[0]
    with inside(brand):
        make_project(code="p1")
    return brand


@pytest.mark.django_db(transaction=True)
def test_an_owner_removes_a_trial_brand(acme, trial):
    guide = make_guide(acme.agency, code="nana")
    make_placement(guide, trial, share="0.3", starts_on=date(2026, 1, 1))
    make_placement(guide, trial, share="0.3", starts_on=date(2199, 1, 1))
    kept = make_placement(guide, acme, share="0.4", starts_on=date(2026, 1, 1))
    key, manager = client_for(trial, ["events:write"]), user_client(trial, Role.BRAND_MANAGER)
    schema, client = trial.schema_name, leader(acme)
    DueWork.objects.create(schema=schema, kind="rollup", subject="1", due_at=trial.created_at)
    assert post(client, "/brands/nova/remove/", slug="nova")["Location"] == "/brands/"
    trial.refresh_from_db()
    assert trial.state == "closed"
    assert schema not in schemas()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role_of(schema)])
        assert cursor.fetchone() is None
    assert (key.get("/api/v1/projects/").status_code, manager.get("/").status_code) == (404, 404)
    assert not ApiKey.objects.filter(brand=trial, revoked_at=None).exists()
    assert not Membership.objects.filter(brand=trial).exists()
    assert not DueWork.objects.filter(schema=schema).exists()
    assert Placement.objects.get(brand=trial).ends_on < date(2199, 1, 1)
    assert Placement.objects.get(brand=acme) == kept
    assert Placement.objects.get(brand=acme).ends_on is None
    entry = AuditEntry.objects.get(what="close_brand")
    assert (entry.by, entry.whom, entry.said["name"]) == (client.user, "nova", "新星")
    assert "已移除" in client.get("/brands/").text
    assert "新星" not in client.get("/brands/").text
    assert post(client, **NEW).status_code == 409, "an address is never given again"


def test_its_address_has_to_be_typed(acme, trial):
    client = leader(acme)
    page = post(client, "/brands/nova/remove/", slug="nove")
    assert (page.status_code, 'value="nove"' in page.text) == (422, True)
    trial.refresh_from_db()
    assert trial.state == "active"
    assert trial.schema_name in schemas()


def test_a_brand_that_was_sent_a_report_stays(acme, trial):
    desk = ReportDesk(trial, "sent")
    desk.send_out(desk.issue("daily", "2026-01-06"))
    page = post(leader(acme), "/brands/nova/remove/", slug="nova")
    assert (page.status_code, "已收到过报告" in page.text) == (409, True)
    assert trial.schema_name in schemas()


def test_who_removes_what(acme, trial, initech):
    assert leader(acme, Role.ADMIN).get("/brands/nova/remove/").status_code == 403
    assert post(leader(acme, Role.ADMIN), "/brands/nova/remove/", slug="nova").status_code == 403
    assert leader(initech).get("/brands/nova/remove/").status_code == 404
    assert post(leader(initech), "/brands/nova/remove/", slug="nova").status_code == 404
    assert trial.schema_name in schemas()


@pytest.mark.django_db(transaction=True)
def test_the_command_closes_once(trial, capsys):
    call_command("close_brand", "nova")
    call_command("close_brand", "nova")
    assert capsys.readouterr().out.splitlines() == [
        "The brand nova is closed.",
        "The brand nova was closed before.",
    ]
    with pytest.raises(CommandError, match="no brand nowhere"):
        call_command("close_brand", "nowhere")
