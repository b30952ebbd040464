"""One sign-in serves all sites a person may enter, and no other site and nobody else (T06, T16-T18)."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session

from tenants import handover
from tenants.models import Role, SignIn
from tests.factories import anonymous_client, host_of, make_user, user_client
from tests.tenants.browser import Browser

PASSWORD = "correct horse battery"
HERE = "/api/v1/projects/"


@pytest.fixture
def browser():
    return Browser()


@pytest.fixture
def pm(acme, globex):
    """A PM of two brands."""
    user = make_user(Role.PM, brand=acme, password=PASSWORD)
    user.memberships.create(role=Role.PM, agency=globex.agency, brand=globex)
    return user


def enter(browser, brand, via, path="/"):
    return browser.get(brand, f"/enter/?via={host_of(via)}&next={path}")


def is_in(browser, brand) -> bool:
    return browser.client(host_of(brand)).get(HERE).status_code == 200


def test_from_the_agencys_site_into_a_brand(acme, globex, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    assert not is_in(browser, acme)
    page = enter(browser, acme, None)
    assert (page.status_code, browser.at) == (200, f"http://{host_of(acme)}/")
    assert browser.way == [host_of(acme), host_of(None), host_of(acme), host_of(acme)]
    assert is_in(browser, acme)
    assert SignIn.objects.count() == 1


def test_the_language_she_chose_goes_with_her(acme, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    browser.client(host_of(None)).post("/language/", {"language": "en", "next": "/"}, format="multipart")
    assert "Sign out" in enter(browser, acme, None).text
    assert 'lang="en"' in browser.get(acme, "/").text


def test_no_language_goes_with_her_that_there_is_not(acme, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    browser.client(host_of(None)).cookies[settings.LANGUAGE_COOKIE_NAME] = "xx"
    enter(browser, acme, None)
    assert settings.LANGUAGE_COOKIE_NAME not in browser.client(host_of(acme)).cookies


def test_from_one_brand_into_another_and_to_the_agencys_site(acme, globex, pm, browser):
    browser.sign_in(acme, pm, PASSWORD)
    assert enter(browser, globex, acme).status_code == 200
    assert is_in(browser, globex)
    assert enter(browser, None, acme).status_code == 200
    assert browser.at == f"http://{host_of(None)}/"


def test_she_arrives_where_she_wanted_to(acme, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    assert enter(browser, acme, None, "/account/").status_code == 200
    assert browser.at == f"http://{host_of(acme)}/account/"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
def test_never_to_a_strange_host(acme, pm, browser, wanted):
    browser.sign_in(None, pm, PASSWORD)
    enter(browser, acme, None, wanted)
    assert browser.at == f"http://{host_of(acme)}/"


@pytest.mark.parametrize("via", ["evil.example", f"nobody.{settings.BASE_DOMAIN}", "", f"{settings.BASE_DOMAIN}@evil"])
def test_only_our_own_sites_are_asked(acme, via):
    assert anonymous_client(acme).get("/enter/", {"via": via}).status_code == 404


def test_a_site_she_may_not_enter_is_unknown_to_her(acme, initech, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    assert enter(browser, initech, None).status_code == 404
    assert urlsplit(browser.at).hostname == host_of(None)
    assert not is_in(browser, initech)
    for to in ("evil.example", f"nobody.{settings.BASE_DOMAIN}"):
        assert browser.get(None, f"/pass/?to={to}&state=x").status_code == 404


def test_who_is_signed_in_nowhere_signs_in_once_for_both(acme, pm, browser):
    page = enter(browser, acme, None)
    assert urlsplit(browser.at).path == "/sign-in/"
    wanted = parse_qs(urlsplit(browser.at).query)["next"][0]
    page = browser.sign_in(None, pm, PASSWORD, next=wanted)
    # A form's redirects may not leave the host (form-action 'self'): the page goes on by itself.
    onward = re.search(r'content="0; url=([^"]+)"', page.content.decode())[1].replace("&amp;", "&")
    assert browser.get(None, onward).status_code == 200
    assert browser.at == f"http://{host_of(acme)}/"
    assert is_in(browser, acme)


# -- The token --------------------------------------------------------------------------------------------------------


def token_for(browser, brand, via=None) -> str:
    """The address of the arrival, not opened yet."""
    first = browser.one(host_of(brand), f"/enter/?via={host_of(via)}")
    there = urlsplit(first["Location"])
    second = browser.one(there.hostname, f"{there.path}?{there.query}")
    assert (second["Referrer-Policy"], second["Cache-Control"]) == ("same-origin", "no-store")
    return "/arrive/?" + urlsplit(second["Location"]).query


def test_a_token_is_good_once(acme, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    arrival = token_for(browser, acme)
    assert browser.get(acme, arrival).status_code == 200
    assert browser.get(acme, arrival).status_code == 403


def test_a_token_is_good_in_the_browser_that_asked(acme, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    arrival = token_for(browser, acme)
    thief = Browser()
    thief.one(host_of(acme), f"/enter/?via={host_of(None)}")
    assert thief.get(acme, arrival).status_code == 403
    assert not is_in(thief, acme)
    assert browser.get(acme, arrival).status_code == 403, "a token that was tried is gone"


def test_nobody_is_signed_in_as_another_by_a_link(acme, pm, browser):
    """Fixation: a token of the attacker's, opened by somebody who asked for nothing."""
    browser.sign_in(None, pm, PASSWORD)
    arrival = token_for(browser, acme)
    victim = Browser()
    assert victim.get(acme, arrival).status_code == 403
    assert settings.SESSION_COOKIE_NAME not in victim.client(host_of(acme)).cookies


def test_a_token_is_good_on_its_host(acme, globex, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    arrival = token_for(browser, acme)
    browser.one(host_of(globex), f"/enter/?via={host_of(None)}")
    assert browser.get(globex, arrival).status_code == 403


def test_a_token_ends_within_a_minute_and_is_kept_as_a_hash(acme, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    token = parse_qs(token_for(browser, acme).partition("?")[2])["token"][0]
    client = redis.Redis.from_url(settings.REDIS_URL)
    assert client.keys(f"*{token}*") == []
    assert 0 < client.ttl(handover._key(token)) <= 60


def test_a_session_key_is_new_at_arrival(acme, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    client = browser.client(host_of(acme))
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "1"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    enter(browser, acme, None)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_no_token_without_valkey(acme, pm, browser, settings):
    browser.sign_in(None, pm, PASSWORD)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert enter(browser, acme, None).status_code == 503


# -- The end ----------------------------------------------------------------------------------------------------------


def test_signing_out_anywhere_ends_it_everywhere(acme, globex, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    enter(browser, acme, None)
    enter(browser, globex, None)
    browser.post(globex, "/sign-out/")
    assert [is_in(browser, brand) for brand in (acme, globex)] == [False, False]
    browser.get(None, "/")
    assert browser.at.startswith(f"http://{host_of(None)}/sign-in/")


def test_another_sign_in_of_hers_goes_on(acme, pm, browser):
    other = Browser()
    browser.sign_in(acme, pm, PASSWORD)
    other.sign_in(acme, pm, PASSWORD)
    browser.post(acme, "/sign-out/")
    assert (is_in(browser, acme), is_in(other, acme)) == (False, True)
    browser.sign_in(acme, pm, PASSWORD)
    browser.post(acme, "/account/sign-ins/end/")
    assert not is_in(other, acme)


def test_a_withdrawn_membership_ends_access_at_once(acme, globex, pm, browser):
    browser.sign_in(None, pm, PASSWORD)
    enter(browser, acme, None)
    pm.memberships.filter(brand=acme).delete()
    assert browser.client(host_of(acme)).get(HERE).status_code == 404
    arrival = token_for(browser, globex)
    pm.memberships.all().delete()
    assert browser.get(globex, arrival).status_code == 403


def test_a_new_password_ends_the_other_sign_ins(acme, pm, browser):
    other = Browser()
    other.sign_in(acme, pm, PASSWORD)
    browser.sign_in(acme, pm, PASSWORD)
    new = "staple battery horse"
    page = browser.post(acme, "/account/password/", old_password=PASSWORD, new_password1=new, new_password2=new)
    assert "密码已修改" in page.content.decode()
    assert (is_in(browser, acme), is_in(other, acme)) == (True, False)


def test_a_stolen_cookie_is_nothing_on_another_host(acme, globex, pm):
    client = user_client(acme, Role.OWNER)
    assert client.get(HERE).status_code == 200
    assert client.get(HERE, HTTP_HOST=host_of(globex)).status_code == 401


# -- The switcher -----------------------------------------------------------------------------------------------------


def test_the_switcher_offers_what_she_may_enter(acme, globex, initech, pm, browser):
    browser.sign_in(acme, pm, PASSWORD)
    page = browser.get(acme, "/").content.decode()
    offered = re.findall(r'href="(http://[^"]+)"', page[page.index("sy-switcher") :])
    there = f"enter/?via={host_of(acme)}"
    base, port = settings.BASE_DOMAIN, settings.PORT
    assert offered[:3] == [
        f"http://{base}:{port}/{there}",
        f"http://acme.{base}:{port}/",
        f"http://globex.{base}:{port}/{there}",
    ]
    assert "Initech" not in page


def test_who_may_enter_one_site_needs_no_switcher(acme):
    assert "sy-switcher" not in user_client(acme, Role.BRAND_MANAGER).get("/").content.decode()
