"""A report's link in her chat: reads that report without a password; to act, she proves that it is she."""

import re

import pytest

from reports.models import Report, Transition
from tenants.models import AuditEntry, Membership, ReportLink, Role
from tenants.passwords import reset_link
from tenants.services import TenantError, set_password, set_pin
from tests.factories import anonymous_client, host_of, inside, make_user, sign_in, user_client
from tests.reports.desk import ReportDesk, january
from tests.tenants.browser import Browser

PASSWORD, PIN = "correct horse battery", "271828"


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


@pytest.fixture
def report(desk):
    report = desk.issue("daily", "2026-01-06")
    desk.send_out(report)
    return report


@pytest.fixture
def path(report):
    return f"/projects/p1/reports/{report.pk}/"


@pytest.fixture
def manager(desk):
    user = desk.manager.user
    set_pin(user, PIN)
    return user


def link_for(desk, user, path) -> str:
    """The PM makes a link for the person; its path."""
    sign_in(desk.pm, desk.pm.user)
    page = desk.pm.post(f"/report-links/?path={path}", {"row": str(user.pk)}, format="multipart")
    found = re.search(r"http://[^/]+(/r/[\w-]+/)", page.content.decode())
    assert found, page.content.decode()[:2000]
    return found[1]


def approve(browser, brand, path):
    """What the page's own form would send."""
    data = {"form": "approve", "/revision": "1"}
    return browser.post(brand, f"{path}act/", **data)


def state(brand, report) -> str:
    with inside(brand):
        return Report.objects.get(pk=report.pk).state


def test_it_opens_her_report_without_a_password(acme, desk, report, path, manager):
    browser = Browser()
    page = browser.get(acme, link_for(desk, manager, path))
    assert (page.status_code, browser.at) == (200, f"http://{host_of(acme)}{path}")
    assert "链接只能查看" in page.content.decode()
    for elsewhere in ("/", path.replace(str(report.pk), f"{report.pk}1"), path.rpartition("reports")[0], "/people/"):
        browser.get(acme, elsewhere)
        assert "/sign-in/" in browser.at, elsewhere
    assert browser.client(host_of(acme)).get("/api/v1/projects/").status_code == 401


def test_the_link_alone_approves_nothing(acme, desk, report, path, manager):
    browser = Browser()
    page = browser.get(acme, link_for(desk, manager, path))
    assert not {"approve", "dispute", "comment"} & set(re.findall(r'name="form" value="(\w+)"', page.content.decode()))
    assert approve(browser, acme, path).status_code == 403
    assert state(acme, report) == "sent"


def test_with_her_pin_she_approves_and_the_record_says_how(acme, desk, report, path, manager):
    browser = Browser()
    browser.get(acme, link_for(desk, manager, path))
    before = browser.client(host_of(acme)).session.session_key
    page = browser.post(acme, "/link/prove/", pin=PIN)
    assert "已确认是本人" in page.content.decode()
    assert browser.client(host_of(acme)).session.session_key != before
    assert approve(browser, acme, path).status_code == 200
    assert state(acme, report) == "approved"
    with inside(acme):
        move = Transition.objects.get(action="approve")
        assert re.fullmatch(rf"user:{manager.pk} link:\d+", move.by)


def test_on_another_device_it_asks_for_her_pin(acme, desk, path, manager):
    link, phone, other = link_for(desk, manager, path), Browser(), Browser()
    assert phone.get(acme, link).status_code == 200
    page = other.get(acme, link)
    assert other.at == f"http://{host_of(acme)}/link/prove/"
    assert "另一台设备" in page.text
    assert "日报" not in page.text
    other.get(acme, f"{path}compare/")
    assert other.at.endswith("/link/prove/"), "nor what lies below"
    page = other.post(acme, "/link/prove/", pin="000111")
    assert (other.at.endswith("/link/prove/"), "确认码不正确" in page.text) == (True, True)
    page = other.post(acme, "/link/prove/", pin=PIN)
    assert (other.at, page.status_code) == (f"http://{host_of(acme)}{path}", 200)
    assert phone.get(acme, path).status_code == 200
    assert phone.at.endswith(path)


def test_a_preview_of_the_link_takes_nothing_from_her(acme, desk, path, manager):
    """A chat fetches the link to show its title, and keeps no cookie."""
    link = link_for(desk, manager, path)
    preview = anonymous_client(acme)
    assert preview.get(link)["Location"] == path
    preview.cookies.clear()
    assert "/sign-in/" in preview.get(path)["Location"]
    browser = Browser()
    browser.get(acme, link)
    assert browser.at.endswith(path)


def test_it_may_be_opened_again_on_the_same_device(acme, desk, path, manager):
    link, browser = link_for(desk, manager, path), Browser()
    for _ in range(2):
        browser.get(acme, link)
        assert browser.at.endswith(path)


def test_who_has_no_pin_signs_in_on_another_device(acme, desk, path):
    link = link_for(desk, desk.manager.user, path)
    Browser().get(acme, link)
    page = Browser().get(acme, link)
    assert 'name="pin"' not in page.text
    assert "用密码登录查看" in page.text


def test_an_approval_uses_it_up(acme, desk, report, path, manager):
    link, browser = link_for(desk, manager, path), Browser()
    browser.get(acme, link)
    browser.post(acme, "/link/prove/", pin=PIN)
    approve(browser, acme, path)
    assert state(acme, report) == "approved"
    assert browser.get(acme, path).status_code == 200, "she sees what she did"
    assert browser.at.endswith(path)
    assert Browser().get(acme, link).status_code == 404
    assert "已用它通过" in desk.pm.get(f"/report-links/?path={path}").text


def test_who_approves_is_offered_first(acme, desk, path):
    make_user(Role.BRAND_SPONSOR, brand=acme, email="a.boss@example.test")
    page = desk.pm.get(f"/report-links/?path={path}").text
    assert page.index(desk.manager.user.email) < page.index("a.boss@example.test")


def prove_from(browser, brand, address, pin) -> str:
    """Her PIN, or a wrong one, typed at an address of the net; the page that follows."""
    browser.client(host_of(brand)).defaults["REMOTE_ADDR"] = address
    return browser.post(brand, "/link/prove/", pin=pin).text


def test_wrong_pins_of_a_stranger_leave_her_link_alone(acme, desk, report, path, manager):
    """Neither at one address with ever new cookies, nor at many."""
    link, browser = link_for(desk, manager, path), Browser()
    browser.get(acme, link)
    for number in range(30):
        stranger = Browser()
        stranger.get(acme, link)
        said = prove_from(stranger, acme, "198.51.100.7" if number < 7 else f"203.0.113.{number}", "000111")
        is_counted = number < 5 or 7 <= number < 7 + 20 - 5
        assert ("确认码不正确" in said, "输错次数过多" in said) == (is_counted, not is_counted), number
    said = browser.post(acme, "/link/prove/", pin=PIN).text
    assert "已确认是你本人" in said
    assert "此前这个链接上输错过 20 次确认码" in said
    approve(browser, acme, path)
    assert state(acme, report) == "approved"


def test_five_wrong_pins_and_the_right_one_comes_too_late_for_a_while(acme, desk, path, manager):
    browser = Browser()
    browser.get(acme, link_for(desk, manager, path))
    for _ in range(5):
        assert "确认码不正确" in browser.post(acme, "/link/prove/", pin="000111").text
    assert "输错次数过多，链接仍然有效" in browser.post(acme, "/link/prove/", pin=PIN).text
    page = browser.get(acme, path)
    assert (page.status_code, browser.at) == (200, f"http://{host_of(acme)}{path}")
    assert approve(browser, acme, path).status_code == 403


def test_new_links_give_no_more_tries_a_day(acme, desk, path, manager):
    """Who makes the links is the first to open them, and guesses."""
    guessed = 0
    for _ in range(6):
        browser = Browser()
        browser.get(acme, link_for(desk, manager, path))
        guessed += sum("确认码不正确" in browser.post(acme, "/link/prove/", pin="000111").text for _ in range(6))
    assert guessed == 20


def test_right_ones_are_not_counted(acme, desk, path, manager):
    browser = Browser()
    browser.get(acme, link_for(desk, manager, path))
    for _ in range(25):
        assert "已确认是你本人" in browser.post(acme, "/link/prove/", pin=PIN).text


def test_a_new_pin_proves_anew(acme, desk, path, manager):
    link, first, other = link_for(desk, manager, path), Browser(), Browser()
    for browser in (first, other):
        browser.get(acme, link)
        browser.post(acme, "/link/prove/", pin=PIN)
        assert browser.at.endswith(path)
    set_pin(manager, "314159")
    assert approve(first, acme, path).status_code == 403
    other.get(acme, path)
    assert other.at.endswith("/link/prove/")


@pytest.mark.parametrize("how", ["reset", "change", "everywhere"])
def test_a_new_password_and_signing_out_everywhere_end_her_links(acme, desk, path, manager, how):
    set_password(manager, PASSWORD)
    browser, own = Browser(), Browser()
    browser.get(acme, link_for(desk, manager, path))
    new = "staple battery horse"
    if how == "reset":
        address = "/" + reset_link(manager, host_of(acme)).split("/", 3)[3]
        own.post(acme, address, new_password1=new, new_password2=new)
    else:
        own.sign_in(acme, manager, PASSWORD)
        typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        own.post(acme, *(["/account/password/"] if how == "change" else ["/account/sign-ins/end/"]), **typed)
    browser.get(acme, path)
    assert "/sign-in/" in browser.at


def test_signing_out_of_one_browser_leaves_her_links(acme, desk, path, manager):
    set_password(manager, PASSWORD)
    browser, own = Browser(), Browser()
    browser.get(acme, link_for(desk, manager, path))
    own.sign_in(acme, manager, PASSWORD)
    own.post(acme, "/sign-out/")
    browser.get(acme, path)
    assert browser.at.endswith(path)


def test_without_a_pin_she_signs_in(acme, desk, path):
    browser = Browser()
    page = browser.get(acme, link_for(desk, desk.manager.user, path)).content.decode()
    assert 'name="pin"' not in page
    assert f"/sign-in/?next={path}" in page
    browser.post(acme, "/link/prove/", pin="")
    assert "链接只能查看" in browser.get(acme, path).content.decode()


def test_who_is_not_vouched_for_approves_by_no_pin(acme, desk, path, manager):
    Membership.objects.filter(user=manager).update(is_vouched=False)
    browser = Browser()
    browser.get(acme, link_for(desk, manager, path))
    browser.post(acme, "/link/prove/", pin=PIN)
    assert approve(browser, acme, path).status_code == 403


def test_it_ends(acme, desk, path, manager):
    link = link_for(desk, manager, path)
    browser = Browser()
    browser.get(acme, link)
    again = link_for(desk, manager, path)
    browser.get(acme, path)
    assert "/sign-in/" in browser.at, "a new link revokes the one before"
    browser.get(acme, again)
    ReportLink.objects.update(expires_at="2026-01-01T00:00Z")
    browser.get(acme, path)
    assert "/sign-in/" in browser.at
    third = link_for(desk, manager, path)
    browser.get(acme, third)
    row = str(ReportLink.objects.get(revoked_at=None, expires_at__gt="2026-06-01T00:00Z").pk)
    assert (
        desk.pm.post(f"/report-links/?path={path}", {"do": "revoke", "row": row}, format="multipart").status_code == 302
    )
    browser.get(acme, path)
    assert "/sign-in/" in browser.at
    fourth = link_for(desk, manager, path)
    browser.get(acme, fourth)
    Membership.objects.filter(user=manager).delete()
    browser.get(acme, path)
    assert "/sign-in/" in browser.at, "nor does it outlive her role"


def test_it_is_one_brands_and_kept_as_a_hash(acme, globex, desk, path, manager):
    link = link_for(desk, manager, path)
    assert Browser().get(globex, link).status_code == 404
    assert Browser().get(None, link).status_code == 404
    assert link.split("/")[2].encode() not in bytes(ReportLink.objects.get().digest)
    opened = anonymous_client(acme).get(link)
    assert (opened["Referrer-Policy"], opened["Cache-Control"]) == ("same-origin", "no-store")
    assert list(AuditEntry.objects.values_list("what", "whom", "by")) == [
        ("make_link", manager.email, desk.pm.user.pk),
    ]


def test_a_draft_stays_unseen(acme, desk, path, manager):
    draft = desk.issue("daily", "2026-01-07")
    there = re.sub(r"\d+/$", f"{draft.pk}/", path)
    assert Browser().get(acme, link_for(desk, manager, there)).status_code == 404


def test_who_is_signed_in_stays_who_she_is(acme, desk, path, manager):
    link = link_for(desk, manager, path)
    assert desk.pm.get(link).status_code == 403
    sign_in(desk.manager, manager)
    assert desk.manager.get(link)["Location"] == path
    assert "链接只能查看" not in desk.manager.get(path).content.decode()


@pytest.mark.parametrize("role", [Role.OPS, Role.CONTENT, Role.BRAND_MANAGER, Role.FINANCE])
def test_only_who_sends_reports_makes_links(acme, path, role):
    assert user_client(acme, role).get(f"/report-links/?path={path}").status_code == 403


def test_links_are_for_reports_and_for_those_they_are_sent_to(acme, desk, path, manager):
    for other in ("/people/", "https://evil.example/", "//evil.example/projects/x/reports/1/", "/projects/a/reports/1"):
        assert desk.pm.get("/report-links/", {"path": other}).status_code == 404
    for user in (make_user(Role.BRAND_REVIEWER, brand=acme), make_user(Role.PM, brand=acme)):
        page = desk.pm.post(f"/report-links/?path={path}", {"row": str(user.pk)}, format="multipart")
        assert page.status_code == 422
    assert not ReportLink.objects.exists()


@pytest.mark.parametrize("pin", ["12345", "1234567", "123456", "987654", "111111", "121212", "12a456", "１２３６５４"])
def test_a_pin_is_six_digits_that_are_not_the_first_guess(acme, pin):
    user = make_user(Role.BRAND_MANAGER, brand=acme)
    with pytest.raises(TenantError):
        set_pin(user, pin)


def test_she_sets_it_in_her_account_with_her_password(acme):
    user = make_user(Role.BRAND_MANAGER, brand=acme, password=PASSWORD)
    browser = Browser()
    browser.sign_in(acme, user, PASSWORD)
    assert browser.post(acme, "/account/", pin=PIN, password="wrong").status_code == 422
    assert browser.post(acme, "/account/", pin="111111", password=PASSWORD).status_code == 422
    assert "确认码已设置" in browser.post(acme, "/account/", pin=PIN, password=PASSWORD).content.decode()
    user.refresh_from_db()
    assert PIN not in user.pin
