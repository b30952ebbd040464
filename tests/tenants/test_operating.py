"""Who speaks for a brand is proved by a secret that the agency never sees: by mail, or by way of the operator."""

import re

import pytest

from tenants.identity import identify_user
from tenants.models import AuditEntry, Invitation, Membership, Role, User
from tenants.permissions import Act, may
from tests.factories import at_agency, make_user, user_client
from tests.tenants.browser import Browser
from tests.tenants.post_office import post_office, work_off

PASSWORD = "correct horse battery"
NEW = "linyue@yunzhi.example"


@pytest.fixture
def operator(db):
    return at_agency(make_user(Role.OPERATOR))


def post(client, path, **data):
    return client.post(path, data, format="multipart")


def ask(client, way, role="brand_manager", email=NEW):
    return post(client, "/people/", do="invite", email=email, role=role, name="林悦", way=way)


def link_in(page) -> str | None:
    found = re.search(r"http://[^/]+(/invitation/[\w-]+/)", page.content.decode())
    return found and found[1]


def hand(operator, email=NEW):
    row = Invitation.objects.get(email=email, accepted_at=None, withdrawn_at=None)
    return post(operator, "/operator/", do="hand", row=str(row.pk))


def take(brand, path, name="林悦"):
    return Browser().post(brand, path, name=name, password=PASSWORD, again=PASSWORD)


def approves(email, brand) -> bool:
    return may(identify_user(User.objects.get(email=email), brand), Act.APPROVE_CONTRACT, brand)


def test_by_the_operators_link_she_approves_and_the_agency_never_saw_it(acme, operator):
    owner = user_client(acme, Role.OWNER)
    page = ask(owner, "operator")
    assert (page.status_code, link_in(page)) == (302, None)
    assert link_in(owner.get("/people/")) is None
    assert "由平台运维转交" in owner.get("/people/").text
    listed = operator.get("/operator/").text
    assert NEW in listed
    assert link_in(operator.get("/operator/")) is None, "made when asked for, shown once"
    page = hand(operator)
    assert page["Cache-Control"] == "no-store"
    take(acme, link_in(page))
    assert approves(NEW, acme)
    assert [(row.what, row.by) for row in AuditEntry.objects.filter(brand=acme).order_by("pk")] == [
        ("invite", owner.user), ("hand_link", operator.user), ("accept", User.objects.get(email=NEW)),
    ]  # fmt: skip


def test_a_link_handed_anew_voids_the_one_before(acme, operator):
    ask(user_client(acme, Role.OWNER), "operator")
    first, second = link_in(hand(operator)), link_in(hand(operator))
    assert Browser().get(acme, first).status_code == 404
    assert Browser().get(acme, second).status_code == 200


def test_the_page_says_that_a_link_is_made_already(acme, operator):
    """A second click would void the link that she has sent."""
    ask(user_client(acme, Role.OWNER), "operator")
    shown = operator.get("/operator/").text
    assert "已生成链接" not in shown
    assert "重新生成链接" not in shown
    assert "已生成链接，等她打开；再生成一次，先前的就失效。" in hand(operator).text
    assert "重新生成链接" in operator.get("/operator/").text


def test_by_a_link_that_the_agency_saw_she_waits_for_the_operators_word(acme, operator):
    take(acme, link_in(ask(user_client(acme, Role.OWNER), "link")))
    assert not approves(NEW, acme)
    member = Membership.objects.get(user__email=NEW)
    assert NEW in operator.get("/operator/").text
    assert post(operator, "/operator/", do="vouch", row=str(member.pk), how=" ").status_code == 422
    assert not approves(NEW, acme)
    page = post(operator, "/operator/", do="vouch", row=str(member.pk), how="按合同电话回拨本人")
    assert page.status_code == 302
    assert approves(NEW, acme)
    manager = user_client(acme, Role.BRAND_MANAGER)
    assert "按合同电话回拨本人" in manager.get("/people/").text, "the brand reads who vouched, and how"
    assert post(operator, "/operator/", do="vouch", row=str(member.pk), how="again").status_code == 404


def test_she_is_told_why_she_cannot_approve_yet(acme, operator):
    path = link_in(ask(user_client(acme, Role.OWNER), "link"))
    take(acme, path)
    browser = Browser()
    browser.sign_in(acme, User.objects.get(email=NEW), PASSWORD)
    assert "身份还没有确认" in browser.get(acme, "/").text
    Membership.objects.filter(user__email=NEW).update(is_vouched=True)
    assert "身份还没有确认" not in browser.get(acme, "/").text


# -- Attacks ----------------------------------------------------------------------------------------------------------


def test_the_agency_that_opens_the_link_itself_binds_nobody(acme, operator):
    """An owner invites an address of her own choosing, copies the link, and poses as the brand's manager."""
    owner = user_client(acme, Role.OWNER)
    take(acme, link_in(ask(owner, "link", email="puppet@lighthouse.example")), name="冒充者")
    assert not approves("puppet@lighthouse.example", acme)
    puppet = Membership.objects.get(user__email="puppet@lighthouse.example")
    assert post(owner, "/people/", do="vouch", row=str(puppet.pk)).status_code == 403
    assert post(at_agency(owner.user), "/operator/", do="vouch", row=str(puppet.pk), how="x").status_code == 403
    assert not approves("puppet@lighthouse.example", acme)


def test_asked_for_anew_by_copied_link_the_proof_is_gone(acme, operator):
    """The operator's link waits; the agency asks for the same person's link to copy, and opens that."""
    owner = user_client(acme, Role.OWNER)
    ask(owner, "operator")
    handed = link_in(hand(operator))
    row = Invitation.objects.get(withdrawn_at=None)
    copied = link_in(post(owner, "/people/", do="resend", row=str(row.pk), way="link"))
    assert Browser().get(acme, handed).status_code == 404
    take(acme, copied)
    assert not approves(NEW, acme)


def test_an_operator_of_the_agency_is_no_outsider(acme, globex, initech):
    both = at_agency(make_user(Role.OPERATOR))
    both.user.memberships.create(role=Role.FINANCE, agency=acme.agency)
    for brand in (acme, globex, initech):
        ask(user_client(brand, Role.OWNER), "operator", email=f"hand@{brand.slug}.example")
        take(brand, link_in(ask(user_client(brand, Role.OWNER), "link", email=f"seen@{brand.slug}.example")))
    for brand, refused in ((acme, True), (globex, True), (initech, False)):
        row = Membership.objects.get(user__email=f"seen@{brand.slug}.example")
        page = post(both, "/operator/", do="vouch", row=str(row.pk), how="当面")
        assert (page.status_code == 403) == refused
        assert approves(row.user.email, brand) != refused
        assert (link_in(hand(both, f"hand@{brand.slug}.example")) is None) == refused


def test_the_brands_own_people_are_no_outsiders_either(acme):
    inside = at_agency(make_user(Role.OPERATOR))
    inside.user.memberships.create(role=Role.BRAND_SPONSOR, brand=acme)
    ask(user_client(acme, Role.OWNER), "operator")
    assert hand(inside).status_code == 403


def test_the_operators_way_is_for_the_brands_roles_and_for_whom_there_is_one(acme):
    owner = user_client(acme, Role.OWNER)
    assert link_in(ask(owner, "operator")), "no operator: the link is shown, and proves nothing"
    assert not Invitation.objects.get(withdrawn_at=None).is_handed
    make_user(Role.OPERATOR)
    assert link_in(ask(owner, "operator", role="pm", email="pm@lighthouse.example"))
    manager = user_client(acme, Role.BRAND_MANAGER)
    assert "由平台运维转交（" not in manager.get("/people/").text


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OPERATOR])
def test_nobody_else_has_the_operators_page(acme, role):
    client = at_agency(make_user(role, brand=acme))
    assert client.get("/operator/").status_code == 403
    assert post(client, "/operator/", do="hand", row="1").status_code == 403
    assert client.get("/mail/").status_code == (200 if role in (Role.OWNER, Role.ADMIN) else 403)


def test_the_operator_sees_names_and_nothing_of_a_brand(acme, operator):
    assert operator.get("/").headers["Location"] == "/operator/"
    assert operator.get("/brands/").status_code == 403
    assert operator.get("/people/").status_code == 403
    assert operator.get("/portfolio/").status_code == 403


# -- Mail, sent for real ----------------------------------------------------------------------------------------------


@pytest.fixture
def office(settings):
    with post_office(settings) as server:
        yield server


def test_an_invitation_by_mail_proves_her(acme, office):
    owner = user_client(acme, Role.OWNER)
    page = ask(owner, "mail")
    assert (page.status_code, link_in(page)) == (302, None)
    assert link_in(owner.get("/people/")) is None
    assert work_off() == 1
    [(recipients, mail)] = office.received
    assert (recipients, mail["To"], mail["From"]) == ([NEW], NEW, "siyu@lighthouse.example")
    assert mail["Subject"] == "邀请你加入 Acme"
    path = re.search(r"http://acme\.\S+?(/invitation/[\w-]+/)\s", mail.get_content())[1]
    take(acme, path)
    assert approves(NEW, acme)


def test_a_reset_link_by_mail_sets_the_password(acme, office):
    user = make_user(Role.BRAND_MANAGER, brand=acme, password=PASSWORD, email=NEW)
    Browser().post(acme, "/reset/", email="nobody@example.test")
    Browser().post(acme, "/reset/", email=NEW.upper())
    assert work_off() == 2
    [(recipients, mail)] = office.received
    assert recipients == [NEW]
    path = re.search(r"http://acme\.\S+?(/reset/\S+)", mail.get_content())[1]
    Browser().post(acme, path, new_password1="staple battery horse", new_password2="staple battery horse")
    user.refresh_from_db()
    assert user.check_password("staple battery horse")


def test_the_mail_page_sends_a_test_and_says_what_the_server_said(acme, office):
    owner = at_agency(make_user(Role.OWNER, brand=acme, email="zhou@lighthouse.example"))
    page = owner.get("/mail/").text
    assert f"127.0.0.1:{office.server_address[1]}" in page
    assert post(owner, "/mail/").status_code == 302
    assert office.received[0][0] == ["zhou@lighthouse.example"]
    office.refuses.add("zhou@lighthouse.example")
    page = post(owner, "/mail/")
    assert (page.status_code, "no such mailbox" in page.text) == (502, True)


def test_without_a_server_the_mail_page_says_how_to_set_one(acme, settings):
    settings.MAIL_IS_ON = False
    owner = at_agency(make_user(Role.OWNER, brand=acme))
    assert "SIYU_SMTP_URL" in owner.get("/mail/").text
    assert post(owner, "/mail/").status_code == 409


def test_the_mail_page_keeps_the_servers_password(acme, settings, office):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "postman", "hunter2 secret"
    page = at_agency(make_user(Role.OPERATOR)).get("/mail/").text
    assert "hunter2" not in page
