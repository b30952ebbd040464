"""A second factor: asked of owners and admins, open to all, taken once, guessed by nobody (T20)."""

import time

import pytest

from tenants import second_factor, throttle
from tenants.models import RecoveryCode, Role, SecondFactor, SignIn
from tests.factories import host_of, make_user
from tests.tenants.browser import Browser

PASSWORD = "correct horse battery"
HERE = "/api/v1/projects/"


@pytest.fixture
def browser():
    return Browser()


@pytest.fixture
def owner(acme):
    return make_user(Role.OWNER, brand=acme, password=PASSWORD)


@pytest.fixture
def manager(acme):
    return make_user(Role.BRAND_MANAGER, brand=acme, password=PASSWORD)


@pytest.fixture
def clock(monkeypatch):
    """Seconds that a test moves by hand."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def set_up(user) -> tuple[bytes, list[str]]:
    secret = second_factor.begin_set_up(user)
    codes = second_factor.confirm_set_up(user, second_factor.code_at(secret, time.time()))
    assert codes is not None
    return secret, codes


def test_the_codes_are_those_of_rfc_6238():
    secret = b"12345678901234567890"
    # Appendix B, SHA-1, the last six of eight digits.
    assert [second_factor.code_at(secret, at) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_an_owner_is_led_to_set_it_up_and_kept_from_all_else(acme, owner, browser):
    page = browser.sign_in(acme, owner, PASSWORD)
    assert browser.at == f"http://{host_of(acme)}/account/second-factor/?next=%2F"
    assert "<svg" in page.content.decode()
    assert "style=" not in page.content.decode()
    refused = browser.client(host_of(acme)).get(HERE)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:siyu:problem:second_factor_needed")
    browser.get(acme, "/account/")
    assert browser.at.endswith("/account/second-factor/")
    assert "演示中暂不设置" not in page.content.decode()
    browser.post(acme, "/account/second-factor/postpone/")
    assert SignIn.objects.get().state == SignIn.State.SET_UP
    code = second_factor.code_at(second_factor.begin_set_up(owner), time.time())
    page = browser.post(acme, "/account/second-factor/", code=code)
    assert page.content.decode().count("<li><code>") == 10
    assert browser.client(host_of(acme)).get(HERE).status_code == 200


def test_an_unfinished_set_up_is_handed_over_to_no_host(acme, owner, browser):
    browser.sign_in(None, owner, PASSWORD)
    browser.get(acme, f"/enter/?via={host_of(None)}")
    assert browser.at == f"http://{host_of(None)}/account/second-factor/"


def test_in_the_demo_it_may_wait_and_that_is_seen(acme, owner, browser):
    type(acme.agency).objects.filter(pk=acme.agency_id).update(is_demo=True)
    page = browser.sign_in(acme, owner, PASSWORD)
    assert "演示中暂不设置" in page.content.decode()
    page = browser.post(acme, "/account/second-factor/postpone/", next="/")
    assert browser.at == f"http://{host_of(acme)}/"
    assert "两步验证已推迟" in page.content.decode()
    assert browser.client(host_of(acme)).get(HERE).status_code == 200


def test_others_are_not_asked(acme, manager, browser):
    browser.sign_in(acme, manager, PASSWORD)
    assert browser.at == f"http://{host_of(acme)}/"


def test_after_the_password_comes_the_code(acme, manager, browser, clock):
    secret, _ = set_up(manager)
    clock[0] += 30
    browser.sign_in(acme, manager, PASSWORD)
    assert browser.at.endswith("/sign-in/code/")
    assert browser.client(host_of(acme)).get(HERE).status_code == 401
    assert "不正确" in browser.post(acme, "/sign-in/code/", code="000000").content.decode()
    browser.post(acme, "/sign-in/code/", code=second_factor.code_at(secret, clock[0]))
    assert browser.client(host_of(acme)).get(HERE).status_code == 200


def test_a_code_is_taken_once_and_none_before_it(manager, clock):
    secret, _ = set_up(manager)
    now = second_factor.code_at(secret, clock[0])
    assert not second_factor.take_code(manager, now), "the code of the set-up"
    clock[0] += 60
    assert second_factor.take_code(manager, second_factor.code_at(secret, clock[0]))
    assert not second_factor.take_code(manager, second_factor.code_at(secret, clock[0]))
    assert not second_factor.take_code(manager, second_factor.code_at(secret, clock[0] - 30))


@pytest.mark.parametrize(("drift", "taken"), [(-90, False), (-60, False), (-30, True), (30, True), (60, False)])
def test_clocks_may_be_half_a_minute_off(manager, clock, drift, taken):
    secret, _ = set_up(manager)
    clock[0] += 600
    assert second_factor.take_code(manager, second_factor.code_at(secret, clock[0] + drift)) is taken


def test_a_recovery_code_is_good_once(acme, manager, browser):
    _, codes = set_up(manager)
    browser.sign_in(acme, manager, PASSWORD)
    browser.post(acme, "/sign-in/code/", code=codes[3].lower().replace("-", " "))
    assert browser.client(host_of(acme)).get(HERE).status_code == 200
    assert not second_factor.take_code(manager, codes[3])
    assert RecoveryCode.objects.filter(user=manager).count() == 9


def test_neither_secret_nor_codes_lie_open(manager, owner):
    secret, codes = set_up(manager)
    kept = bytes(SecondFactor.objects.get(user=manager).sealed_secret)
    assert secret not in kept
    assert all(
        code.replace("-", "").encode() not in bytes(row.digest) for row in RecoveryCode.objects.all() for code in codes
    )
    # Another user's row does not open with it.
    SecondFactor.objects.filter(user=manager).update(user=owner)
    with pytest.raises(second_factor.WrongKeyError):
        second_factor.take_code(owner, "123456")


def test_guessing_ends(acme, manager, browser):
    set_up(manager)
    browser.sign_in(acme, manager, PASSWORD)
    for _ in range(throttle.PER_SECRET):
        assert browser.post(acme, "/sign-in/code/", code="000000").status_code == 200
    assert browser.post(acme, "/sign-in/code/", code="000000").status_code == 429
    other = Browser()
    other.sign_in(acme, manager, PASSWORD)
    assert other.post(acme, "/sign-in/code/", code="000000").status_code == 429, "from wherever"


def test_the_second_step_needs_the_first(acme, globex, manager, browser):
    _, codes = set_up(manager)
    browser.post(acme, "/sign-in/code/", code=codes[0])
    assert browser.at.endswith("/sign-in/")
    browser.sign_in(acme, manager, PASSWORD)
    manager.set_password("staple battery horse")
    manager.save()
    browser.post(acme, "/sign-in/code/", code=codes[0])
    assert browser.at.endswith("/sign-in/"), "the password it began with is no longer hers"


def test_removing_it_takes_the_password(acme, manager, browser, clock):
    _, codes = set_up(manager)
    browser.sign_in(acme, manager, PASSWORD)
    browser.post(acme, "/sign-in/code/", code=codes[0])
    assert browser.post(acme, "/account/second-factor/", remove="1", password="wrong").status_code == 422
    assert second_factor.has_second_factor(manager)
    browser.post(acme, "/account/second-factor/", remove="1", password=PASSWORD)
    assert not second_factor.has_second_factor(manager)
    assert not RecoveryCode.objects.filter(user=manager).exists()


def test_who_removes_what_her_role_asks_for_sets_it_up_again(acme, owner, browser):
    _, codes = set_up(owner)
    browser.sign_in(acme, owner, PASSWORD)
    browser.post(acme, "/sign-in/code/", code=codes[0])
    browser.post(acme, "/account/second-factor/", remove="1", password=PASSWORD)
    assert browser.client(host_of(acme)).get(HERE).status_code == 403
