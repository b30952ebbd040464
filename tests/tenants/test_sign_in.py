"""Signing in: throttled before the password is looked at, a new session each time, bound to its host (T16-T18)."""

import secrets
from ipaddress import ip_network

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session

from tenants import throttle
from tenants.models import Role
from tests.factories import anonymous_client, make_user

PASSWORD = "correct horse battery"


@pytest.fixture
def address():
    """A fresh address for each test: tries are counted beyond the test."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


@pytest.fixture
def user(acme):
    return make_user(Role.BRAND_MANAGER, brand=acme, password=PASSWORD, email=f"{secrets.token_hex(4)}@example.test")


def sign_in(client, user, address, password=PASSWORD, **data):
    return client.post(
        "/sign-in/", {"username": user.email, "password": password, **data}, format="multipart", REMOTE_ADDR=address
    )


def test_the_right_password_opens_the_site(acme, user, address):
    client = anonymous_client(acme)
    response = sign_in(client, user, address)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/api/v1/projects/").status_code == 200


def test_it_opens_the_agencys_site_too(acme, address):
    finance = make_user(Role.FINANCE, brand=acme, password=PASSWORD)
    client = anonymous_client(None)
    assert sign_in(client, finance, address).status_code == 302
    assert client.get("/").status_code == 200


def test_a_wrong_password_and_a_wrong_name_get_one_answer(acme, user, address):
    page = sign_in(anonymous_client(acme), user, address, password="wrong")
    assert page.status_code == 200
    assert "邮箱或密码不正确" in page.content.decode()
    user.email = "nobody@example.test"
    other = sign_in(anonymous_client(acme), user, address)
    assert "邮箱或密码不正确" in other.content.decode()


def test_a_session_is_new_at_sign_in(acme, user, address):
    client = anonymous_client(acme)
    sign_in(client, user, address)
    first = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/sign-out/")
    assert not Session.objects.filter(session_key=first).exists()
    assert client.get("/api/v1/projects/").status_code == 401
    sign_in(client, user, address)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != first


def test_cookies_are_the_hosts_own(acme, user, address):
    client = anonymous_client(acme)
    sign_in(client, user, address)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["domain"], cookie["httponly"], cookie["samesite"]) == ("", True, "Lax")
    client.post("/language/", {"language": "en"}, format="multipart")
    cookie = client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie["domain"], cookie["httponly"], cookie["samesite"]) == ("", True, "Lax")


def test_signing_out_is_not_a_link(acme):
    assert anonymous_client(acme).get("/sign-out/").status_code == 405


def test_one_is_never_sent_to_another_host(acme, user, address):
    response = sign_in(anonymous_client(acme), user, address, next="https://evil.example/")
    assert response["Location"] == "/"


def test_the_form_needs_the_csrf_token(acme, user, address):
    client = anonymous_client(acme)
    client.handler.enforce_csrf_checks = True
    assert sign_in(client, user, address).status_code == 403


def test_ten_tries_then_a_pause_even_with_the_right_password(acme, user, address):
    client = anonymous_client(acme)
    for _ in range(throttle.PER_ACCOUNT_AND_ADDRESS):
        assert sign_in(client, user, address, password="wrong").status_code == 200
    response = sign_in(client, user, address)
    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert "尝试次数过多" in response.content.decode()
    forged = client.post(
        "/sign-in/",
        {"username": user.email, "password": PASSWORD},
        format="multipart",
        REMOTE_ADDR=address,
        HTTP_X_FORWARDED_FOR="1.2.3.4",
    )
    assert forged.status_code == 429


def test_a_stranger_locks_nobody_out(acme, user, address):
    for _ in range(throttle.PER_ACCOUNT_AND_ADDRESS + 1):
        throttle.may_try(user.email, address)
    assert sign_in(anonymous_client(acme), user, f"{address}1").status_code == 302


def test_success_forgets_earlier_tries(acme, user, address):
    for _ in range(throttle.PER_ACCOUNT_AND_ADDRESS - 1):
        throttle.may_try(user.email, address)
    assert sign_in(anonymous_client(acme), user, address).status_code == 302
    assert throttle.may_try(user.email, address)


def test_an_address_has_a_bound_of_its_own(db, address):
    allowed = [throttle.may_try(f"{number}@example.test", address) for number in range(throttle.PER_ADDRESS + 5)]
    assert allowed.count(True) == throttle.PER_ADDRESS


def test_nobody_signs_in_while_tries_cannot_be_counted(acme, user, address, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = sign_in(anonymous_client(acme), user, address)
    assert response.status_code == 503
    assert "暂时无法登录" in response.content.decode()


def test_counters_end(db, address):
    throttle.may_try("a@example.test", address)
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter(f"siyu:sign-in:*{address}"):
        assert 0 < client.ttl(key) <= throttle.WINDOW


# -- Behind a proxy ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "counted"),
    [
        ("", "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.0/8", "10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.0/8", "10.0.0.1", "1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.0/8", "1.2.3.4", "6.6.6.6", "1.2.3.4"),
        ("10.0.0.0/8", "10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
        ("fd00::/8", "fd00::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_only_a_trusted_proxy_says_who_is_behind_it(rf, settings, trusted, peer, forwarded, counted):
    settings.TRUSTED_PROXIES = [ip_network(trusted)] if trusted else []
    assert throttle.address_of(rf.get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)) == counted


# -- On a site that is not hers ---------------------------------------------------------------------------------------


def test_whoever_signs_in_on_a_site_that_is_not_hers_is_led_to_her_own(globex, initech, user, address):
    """Only to those she may enter, whatever address she asked for; the sign-in page is no dead end either."""
    client = anonymous_client(globex)
    assert sign_in(client, user, address).status_code == 302
    for path in ("/", "/projects/p1/", "/nowhere/"):
        page = client.get(path)
        text = page.content.decode()
        assert page.status_code == 404
        assert "这个账号不能进入当前站点" in text
        assert user.email in text
        assert 'href="http://acme.localhost:8000/enter/?via=globex.localhost"' in text
        assert "Initech" not in text
        assert 'href="/projects/"' not in text, "nothing leads on to what she may not see"
        assert 'class="sy-side"' not in text
        assert 'class="sy-tabbar"' not in text
    assert "这个账号不能进入当前站点" in client.get("/sign-in/").text
    client.post("/sign-out/")
    assert 'name="password"' in client.get("/sign-in/").text


def test_on_her_own_site_a_page_that_is_not_there_is_just_not_there(acme, globex, user, address):
    client = anonymous_client(acme)
    sign_in(client, user, address)
    page = client.get("/nowhere/")
    assert (page.status_code, "没有找到" in page.text, "不能进入" in page.text) == (404, True, False)
