"""A brand's only manager forgot her password, and no mail is sent: the operator hands her a link, on record, and nobody
of the agency can have one."""

import re

import pytest

from tenants.models import AuditEntry, Membership, Role, SecondFactor, User
from tests.factories import anonymous_client, at_agency, host_of, make_user, user_client
from tests.tenants.browser import Browser
from tests.tenants.test_second_factor import set_up

PASSWORD, NEW = "correct horse battery", "staple battery horse"
LIN, HOW = "linyue@yunzhi.example", "按合同上的电话回拨本人"


@pytest.fixture(autouse=True)
def no_mail(settings):
    settings.MAIL_IS_ON = False


@pytest.fixture
def lin(acme, globex):
    return make_user(Role.BRAND_MANAGER, brand=acme, email=LIN, password=PASSWORD, name="林悦")


@pytest.fixture
def operator(db):
    return at_agency(make_user(Role.OPERATOR))


def ask(client, email=LIN, how=HOW):
    return client.post("/operator/", {"do": "reset", "email": email, "how": how}, format="multipart")


def links_in(page) -> list[tuple[str, str]]:
    """(host, path)."""
    return re.findall(r"http://([^/:]+)[^/]*(/reset/[\w/-]+)", page.content.decode())


def change(brand, path, password=NEW):
    return Browser().post(brand, path, new_password1=password, new_password2=password)


def test_she_sets_a_password_by_the_operators_link(acme, lin, operator):
    page = ask(operator, email=f" {LIN.upper()} ")
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    [(host, path)] = links_in(page)
    assert host.startswith("acme.")
    assert links_in(operator.get("/operator/")) == [], "shown once"
    change(acme, path)
    lin.refresh_from_db()
    assert lin.check_password(NEW)
    assert Browser().get(acme, path).status_code == 404, "good once"
    manager = Browser()
    manager.sign_in(acme, lin, NEW)
    assert HOW in manager.get(acme, "/people/").text, "the brand reads who made it, and how she was known"
    [entry] = AuditEntry.objects.filter(brand=acme)
    assert (entry.what, entry.by, entry.whom, entry.said) == ("reset_link", operator.user, LIN, {"how": HOW})


def test_her_second_factor_stays_asked_for(acme, lin, operator):
    set_up(lin)
    [(_, path)] = links_in(ask(operator))
    change(acme, path)
    thief = Browser()
    thief.sign_in(acme, lin, NEW)
    assert thief.client(host_of(acme)).get("/api/v1/projects/").status_code == 401
    assert SecondFactor.objects.filter(user=lin).exists()


def test_what_ended_stays_ended(acme, lin, operator):
    before = Browser()
    before.sign_in(acme, lin, PASSWORD)
    [(_, path)] = links_in(ask(operator))
    change(acme, path)
    assert before.client(host_of(acme)).get("/api/v1/projects/").status_code == 401


def test_the_page_of_who_forgot_says_where_to_turn(acme):
    assert "请平台运维核实后" in anonymous_client(acme).get("/reset/").text
    english = anonymous_client(acme).get("/reset/", headers={"Accept-Language": "en"}).text
    assert "the operator makes sure" in english


# -- Attacks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OPERATOR])
def test_nobody_else_makes_it(acme, lin, role):
    assert ask(at_agency(make_user(role, brand=acme))).status_code == 403
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("role", ["owner", "admin", "finance", "pm", "brand_sponsor"])
def test_an_operator_with_a_role_in_the_agency_or_brand_is_refused(acme, lin, role):
    inside = make_user(Role.OPERATOR)
    wide = role in ("owner", "admin", "finance")
    inside.memberships.create(
        role=role, agency=None if role == "brand_sponsor" else acme.agency, brand=None if wide else acme
    )
    page = ask(at_agency(inside))
    assert (page.status_code, links_in(page)) == (403, [])
    assert not AuditEntry.objects.exists()


def test_the_agencys_people_have_no_such_link(acme, operator):
    """With it the operator would be whom she must not be: one who sees brands."""
    for role in ("owner", "admin", "finance", "pm", "operator"):
        user = make_user(role, brand=None if role == "operator" else acme, email=f"{role}@lighthouse.example")
        page = ask(operator, email=user.email)
        assert (page.status_code, links_in(page)) == (404, [])
    both = make_user(Role.BRAND_SPONSOR, brand=acme, email="both@lighthouse.example")
    both.memberships.create(role=Role.PM, agency=acme.agency, brand=acme)
    assert ask(operator, email=both.email).status_code == 404


def test_who_has_a_colleague_is_sent_to_her(acme, lin, operator):
    other = make_user(Role.BRAND_MANAGER, brand=acme, email="other@yunzhi.example", name="孟洁")
    page = ask(operator)
    assert (page.status_code, "孟洁" in page.text, links_in(page)) == (409, True, [])
    Membership.objects.filter(user=other).update(is_vouched=False)
    assert links_in(ask(operator)), "whom nobody vouched for helps nobody"


def test_who_works_for_two_brands_needs_an_outsider_to_both(acme, initech, lin, operator):
    lin.memberships.create(role=Role.BRAND_SPONSOR, brand=initech)
    make_user(Role.BRAND_MANAGER, brand=acme, name="孟洁")
    assert {host.partition(".")[0] for host, _ in links_in(ask(operator))} == {"acme", "initech"}
    assert AuditEntry.objects.filter(brand=initech, what="reset_link").count() == 1
    inside = make_user(Role.OPERATOR)
    inside.memberships.create(role=Role.FINANCE, agency=initech.agency)
    assert ask(at_agency(inside)).status_code == 403


@pytest.mark.parametrize(("email", "how", "status"), [
    ("nobody@yunzhi.example", HOW, 404), ("", HOW, 404), (LIN, " ", 422), ("x\x00@y.example", HOW, 404),
])  # fmt: skip
def test_nobody_and_nothing(lin, operator, email, how, status):
    page = ask(operator, email=email, how=how)
    assert (page.status_code, links_in(page)) == (status, [])


def test_who_may_no_longer_sign_in_has_none(lin, operator):
    User.objects.filter(pk=lin.pk).update(is_active=False)
    assert ask(operator).status_code == 404


def test_with_mail_she_does_it_herself(lin, operator, settings):
    settings.MAIL_IS_ON = True
    page = ask(operator)
    assert (page.status_code, links_in(page)) == (409, [])
    assert 'value="reset"' not in operator.get("/operator/").text


def test_it_proves_nobody_whom_the_agency_brought_in(acme, lin, operator):
    Membership.objects.filter(user=lin).update(is_vouched=False)
    [(_, path)] = links_in(ask(operator))
    change(acme, path)
    assert not Membership.objects.get(user=lin).is_vouched


def test_the_agencys_own_way_stays_shut(acme, lin):
    owner = user_client(acme, Role.OWNER)
    row = Membership.objects.get(user=lin)
    page = owner.post("/people/", {"do": "reset", "row": str(row.pk)}, format="multipart")
    assert (page.status_code, links_in(page)) == (403, [])
