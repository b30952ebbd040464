"""The first visit: who reads the terminal makes the agency, its owner and the operator; after that nobody does."""

import re
import threading

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tenants import founding
from tenants.founding import Person, found, founding_code
from tenants.models import Agency, AuditEntry, Brand, Membership, Role, SignIn, User
from tenants.second_factor import begin_set_up, code_at
from tests.factories import host_of, make_user
from tests.tenants.browser import Browser

PASSWORD = "correct horse battery"
TYPED = {
    "agency": "灯塔代运营",
    "owner_name": "周敏", "owner_email": "Owner@example.test", "owner_password": PASSWORD, "owner_again": PASSWORD,
    "operator_name": "钱进", "operator_email": "it@example.test", "operator_password": PASSWORD,
    "operator_again": PASSWORD,
}  # fmt: skip


@pytest.fixture
def nobody(db):
    """A new installation: no brand, no agency."""
    Brand.objects.all().delete()
    Agency.objects.all().delete()


def begin(**typed):
    browser = Browser()
    page = browser.get(None, "/begin/")
    assert page.status_code == 200
    return browser, browser.post(None, "/begin/", **{"code": founding_code(), **TYPED, **typed})


def test_from_the_code_to_the_brands(nobody):
    assert "/begin/" in Browser().get(None, "/").text, "the sign-in page leads there"
    browser, page = begin()
    assert browser.at == f"http://{host_of(None)}/account/second-factor/?next=%2Fbrands%2F%3Fbegun%3D1"
    assert "otpauth" not in page.text
    agency, owner = Agency.objects.get(), User.objects.get(email="owner@example.test")
    assert (agency.name, agency.is_demo) == ("灯塔代运营", False)
    roles = set(Membership.objects.values_list("user__email", "role", "agency"))
    assert roles == {("owner@example.test", "owner", agency.pk), ("it@example.test", "operator", None)}
    assert AuditEntry.objects.get().what == "found"
    assert SignIn.objects.get().state == "set_up", "nothing is served before her second factor"
    assert browser.client(host_of(None)).get("/brands/").status_code == 302
    page = browser.post(None, "/account/second-factor/", code=code_of(owner), next="/brands/?begun=1")
    assert "恢复码" in page.text
    assert 'href="/brands/?begun=1"' in page.text
    assert "从公司到第一份报告" in browser.get(None, "/brands/?begun=1").text


def code_of(user) -> str:
    import time

    return code_at(begin_set_up(user), time.time())


def test_it_is_gone_once_there_is_an_agency(nobody):
    begin()
    for path in ("/begin/",):
        assert Browser().get(None, path).status_code == 404
        assert Browser().post(None, path, code=founding_code(), **TYPED).status_code == 404
    assert "/begin/" not in Browser().get(None, "/sign-in/").text
    assert Agency.objects.count() == 1


def test_it_is_the_agencys_site_alone(acme, nobody_but_a_demo):
    assert Browser().get(acme, "/begin/").status_code == 404


@pytest.fixture
def nobody_but_a_demo(acme):
    Agency.objects.update(is_demo=True)


def test_beside_a_demo_one_begins_with_an_agency_of_her_own(acme, nobody_but_a_demo):
    make_user(Role.OWNER, brand=acme, email="owner@lighthouse.example", password=PASSWORD)
    page = begin(owner_email="owner@lighthouse.example")[1]
    assert page.status_code == 422
    assert "已有账号" in page.text, "nobody's password is set anew here"
    begin(agency="Lighthouse")
    assert Agency.objects.filter(is_demo=False).get().slug == "lighthouse-2"


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "０"])
def test_without_the_code_nothing_is_made(nobody, code):
    page = begin(code=code)[1]
    assert page.status_code == 403
    assert "设置码不正确" in page.text
    assert 'value="灯塔代运营"' in page.text
    assert PASSWORD not in page.text
    assert not User.objects.exists()


def test_guesses_are_counted(nobody):
    browser = Browser()
    for _ in range(10):
        assert browser.post(None, "/begin/", code="wrong", **TYPED).status_code == 403
    assert browser.post(None, "/begin/", code=founding_code(), **TYPED).status_code == 429
    assert not Agency.objects.exists()


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ({"agency": " "}, "agency"),
        ({"owner_email": "nobody"}, "owner_email"),
        ({"owner_name": ""}, "owner_name"),
        ({"owner_password": "short", "owner_again": "short"}, "owner_password"),
        ({"operator_again": "other"}, "operator_again"),
        ({"operator_password": "1" * 12, "operator_again": "1" * 12}, "operator_password"),
        ({"operator_email": "OWNER@example.test"}, "operator_email"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_and_nothing_is_made(nobody, typed, where):
    page = begin(**typed)[1]
    assert page.status_code == 422
    assert f'id="flaw-{where}"' in page.text
    assert not Agency.objects.exists()
    assert not User.objects.exists()


def test_the_code_is_typed_as_people_type(nobody):
    begin(code=f" {founding_code().lower().replace('-', ' ')} ")
    assert Agency.objects.exists()


def test_the_page_is_kept_nowhere(nobody):
    page = Browser().get(None, "/begin/")
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "same-origin")
    assert founding_code() not in page.text
    assert 'method="post"' in page.text


def test_the_code_is_this_installations(settings):
    code = founding_code()
    assert re.fullmatch(r"([A-Z2-9]{4}-){3}[A-Z2-9]{4}", code)
    assert code == founding_code()
    settings.MASTER_KEY = bytes(32)
    assert founding_code() != code


def test_the_command_says_it_again(nobody, capsys):
    call_command("show_founding")
    said = capsys.readouterr().out
    assert founding_code() in said
    assert f"http://{settings.BASE_DOMAIN}:{settings.PORT}/begin/" in said
    begin()
    call_command("show_founding")
    assert founding_code() not in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_founds(acme):
    Agency.objects.update(is_demo=True)
    outcome, gate = [], threading.Barrier(2)

    def go(name: str) -> None:
        gate.wait()
        try:
            found(name, Person(f"{name}@a.test", name, PASSWORD), Person(f"{name}@b.test", name, PASSWORD))
            outcome.append("made")
        except founding.FoundingError as refusal:
            outcome.append(str(refusal.status))
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(name,)) for name in ("eins", "zwei")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Agency.objects.filter(slug__in=("lighthouse", "umbrella")).update(is_demo=False)
    assert sorted(outcome) == ["409", "made"]
    assert Agency.objects.filter(slug__in=("eins", "zwei")).count() == 1
