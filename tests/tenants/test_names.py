"""A name is one line of text, wherever it is typed: it stands in subjects of mail, titles and cells."""

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from siyu.names import is_one_line
from tenants.models import Agency, ApiKey, Brand, Invitation, Role, User
from tenants.tasks import mail_text
from tests.factories import anonymous_client, make_user, sign_in, unlike_any, user_client
from tests.tenants.browser import Browser
from tests.tenants.test_people import PASSWORD, ask, post

SAID = "只能是一行文字"
BROKEN = [
    "云栀\n护肤",
    "云栀\r\nBcc: all@example.test",
    "云栀\t护肤",
    "云栀\u2028护肤",
    "云栀\x1b[2J",
    "云栀\0",
    "云栀\u202e肤护",
]


@pytest.mark.parametrize("text", ["云栀护肤", "L'Oréal 欧莱雅", "云栀　护肤", "👩‍🔬 实验室", "a b", ""])
def test_what_a_name_may_be(text):
    assert is_one_line(text)


@pytest.mark.parametrize("text", [*BROKEN, "a\x00b", "a\x85b", "a\u2029b", "\u2066a"])
def test_what_it_may_not_be(text):
    assert not is_one_line(text)


@pytest.mark.parametrize("name", BROKEN)
def test_no_brand_bears_it(acme, name):
    client = anonymous_client(None)
    sign_in(client, make_user(Role.OWNER, brand=acme))
    for field in ("name", "category"):
        page = client.post(
            "/brands/", {"slug": "nova", "name": "新星", "category": "零食", field: name}, format="multipart"
        )
        assert (page.status_code, SAID in page.text) == (422, True), field
    with pytest.raises(CommandError, match="一行文字"):
        call_command("create_brand", "nova", agency=acme.agency.slug, name=name, category="零食")
    assert not Brand.objects.filter(slug="nova").exists()


def test_no_agency_bears_it(db):
    slug = unlike_any()
    with pytest.raises(CommandError, match="一行文字"):
        call_command("create_agency", "灯\n塔", slug=slug)
    assert not Agency.objects.filter(slug=slug).exists()


@pytest.mark.parametrize("name", BROKEN)
def test_nobody_bears_it(acme, name):
    manager, email = user_client(acme, Role.BRAND_MANAGER), f"{unlike_any()}@example.test"
    page = post(manager, do="invite", email=email, role="brand_sponsor", name=name)
    assert (page.status_code, SAID in page.text) == (422, True)
    assert not Invitation.objects.filter(email=email).exists()
    path = ask(manager, "brand_sponsor", email)
    typed = {"name": name, "password": PASSWORD, "again": PASSWORD}
    page = Browser().post(acme, path, **typed)
    assert (page.status_code, SAID in page.text) == (422, True)
    assert not User.objects.filter(email=email).exists()
    assert Browser().post(acme, path, **{**typed, "name": "何青"}).status_code == 200, "the invitation is still hers"


def test_no_key_bears_it(acme):
    owner = user_client(acme, Role.OWNER)
    page = post(owner, "/keys/", name="网店\n导入", scopes="events:write")
    assert (page.status_code, SAID in page.text) == (422, True)
    assert not ApiKey.objects.filter(brand=acme, name__contains="网店").exists()


def test_mail_about_a_name_of_two_lines_still_goes_out():
    """From before names were one line."""
    mail_text("her@example.test", "邀请你加入 云栀\n护肤", "…")
    assert mail.outbox[0].subject == "邀请你加入 云栀 护肤"
