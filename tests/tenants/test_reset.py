"""Setting a new password by mail: once, within an hour, on one host, and telling nobody who has an account (T19)."""

import re

import pytest
from django.core import mail

from tenants import passwords
from tenants.models import Role
from tenants.tasks import mail_reset
from tests.factories import anonymous_client, host_of, make_user, unlike_any
from tests.tenants.browser import Browser

PASSWORD, NEW = "correct horse battery", "staple battery horse"


@pytest.fixture
def browser(settings):
    settings.MAIL_IS_ON = True
    return Browser()


@pytest.fixture
def user(acme):
    return make_user(Role.BRAND_MANAGER, brand=acme, password=PASSWORD)


def path_of_mail() -> str:
    found = re.search(r"http://[^/]+(/reset/\S+)", mail.outbox[-1].body)
    return found[1]


def test_a_link_sets_the_password_once(acme, user, browser):
    mail_reset(user.email.upper(), host_of(acme), "zh-hans")
    assert mail.outbox[0].to == [user.email]
    path = path_of_mail()
    page = browser.get(acme, path)
    assert (page.status_code, page["Referrer-Policy"]) == (200, "same-origin")
    assert browser.post(acme, path, new_password1="short", new_password2="short").status_code == 422
    browser.post(acme, path, new_password1=NEW, new_password2=NEW)
    assert browser.at.endswith("/sign-in/")
    assert browser.client(host_of(acme)).get("/api/v1/projects/").status_code == 401, "she signs in herself"
    assert browser.get(acme, path).status_code == 404
    browser.sign_in(acme, user, NEW)
    assert browser.client(host_of(acme)).get("/api/v1/projects/").status_code == 200


def test_it_ends_what_was_signed_in(acme, user, browser):
    browser.sign_in(acme, user, PASSWORD)
    user.refresh_from_db()
    path = "/" + passwords.reset_link(user, host_of(acme)).split("/", 3)[3]
    Browser().post(acme, path, new_password1=NEW, new_password2=NEW)
    assert browser.client(host_of(acme)).get("/api/v1/projects/").status_code == 401


def test_a_link_is_one_hosts_and_ends(acme, globex, user, browser, settings):
    path = "/" + passwords.reset_link(user, host_of(acme)).split("/", 3)[3]
    assert browser.get(globex, path).status_code == 404
    assert browser.get(acme, path).status_code == 200
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert browser.get(acme, path).status_code == 404


@pytest.mark.parametrize("path", ["/reset/MQ/x/", "/reset/x/y-z/", "/reset/OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a-b/"])
def test_a_made_up_link_is_nothing(acme, browser, path):
    assert browser.get(acme, path).status_code == 404


def test_the_answer_says_nothing_about_who_is_here(acme, user, browser):
    known = browser.post(acme, "/reset/", email=user.email)
    unknown = Browser().post(acme, "/reset/", email="nobody@example.test")
    said = [re.sub(r"csrf\w+\" value=\"\w+", "", page.content.decode()) for page in (known, unknown)]
    assert known.status_code == 200
    assert said[0] == said[1]
    mail_reset("nobody@example.test", host_of(acme), "zh-hans")
    assert mail.outbox == []


def test_many_senders_do_not_flood_one_mailbox(acme, user, browser):
    """Three links an hour, however it is written and wherever they are; it says nothing about who is here."""
    others = anonymous_client(acme)
    for email in (user.email, f"{unlike_any()}@example.test"):
        answers = []
        for number in range(5):
            typed = f" {email.upper()} " if number % 2 else email
            page = others.post("/reset/", {"email": typed}, format="multipart", REMOTE_ADDR=f"203.0.113.{number}")
            answers.append(page.status_code)
        assert answers == [200, 200, 200, 429, 429]
        assert "请查看收件箱和垃圾邮件" in page.text
    browser.sign_in(acme, user, PASSWORD)
    assert browser.client(host_of(acme)).get("/api/v1/projects/").status_code == 200


@pytest.mark.parametrize("email", ["", "her", "a\0@example.test", "a@example.test\r\nBcc: b@example.test", "x" * 9999])
def test_what_is_no_address_is_sent_nothing(acme, browser, email):
    page = browser.post(acme, "/reset/", email=email)
    assert (page.status_code, "邮箱不正确" in page.text) == (422, True)


def test_an_older_link_is_void_with_the_newer_one(acme, user, browser):
    for _ in range(2):
        mail_reset(user.email, host_of(acme), "zh-hans")
    older, newer = (re.search(r"http://[^/]+(/reset/\S+)", sent.body)[1] for sent in mail.outbox)
    browser.post(acme, newer, new_password1=NEW, new_password2=NEW)
    assert browser.get(acme, older).status_code == 404


def test_without_mail_the_page_says_who_helps(acme, settings):
    settings.MAIL_IS_ON = False
    page = anonymous_client(acme).get("/reset/").content.decode()
    assert "所有者或管理员" in page
    assert 'name="email"' not in page
