"""People by invitation: with a secret of their own; who binds the brand was vouched for by the brand (DOMAIN 6)."""

import re
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from tenants.identity import identify_user
from tenants.models import AuditEntry, Invitation, Membership, Role, SignIn, User
from tenants.people import invitations_of, invite, place_in_agency, place_in_brand
from tenants.permissions import Act, may
from tests.factories import host_of, make_user, user_client
from tests.tenants.browser import Browser

PASSWORD = "correct horse battery"
NEW = "new.person@example.test"


def post(client, path="/people/", **data):
    return client.post(path, data, format="multipart")


def ask(client, role, email=NEW, **data) -> str:
    """Ask somebody in; the path of the link that was shown."""
    page = post(client, do="invite", email=email, role=role, **data)
    assert page.status_code == 200, page.content.decode()
    assert page["Cache-Control"] == "no-store"
    return re.search(r"http://[^/]+(/invitation/[\w-]+/)", page.content.decode())[1]


def take(brand, path, name="何青", **data):
    browser = Browser()
    return browser, browser.post(brand, path, **{"name": name, "password": PASSWORD, "again": PASSWORD, **data})


def test_nobody_takes_it_while_signed_in_as_somebody_else(acme):
    asking = user_client(acme, Role.BRAND_MANAGER)
    path = ask(asking, "brand_sponsor")
    page = asking.get(path)
    assert (page.status_code, f"这个邀请发给 {NEW}" in page.text, 'name="password"' in page.text) == (200, True, False)
    typed = {"name": "何青", "password": PASSWORD, "again": PASSWORD}
    assert post(asking, path, **typed).status_code == 403
    assert not User.objects.filter(email=NEW).exists()
    assert asking.get("/people/").status_code == 200, "she is who she was"
    browser, _ = take(acme, path)
    assert browser.at == f"http://{host_of(acme)}/"


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_who_becomes_a_leader_by_invitation_is_one_with_a_second_factor_only(acme, role):
    """Also where she is signed in already: as a PM she needed none."""
    owner, person = make_user(Role.OWNER, brand=acme), make_user(Role.PM, brand=acme, password=PASSWORD)
    link = invite(place_in_agency(owner, acme.agency), person.email, Role(role), is_mailed=True)
    browser = Browser()
    browser.sign_in(None, person, PASSWORD)
    page = browser.post(None, "/" + link.split("/", 3)[3])
    assert (browser.at, "已加入，请重新登录" in page.text) == (f"http://{host_of(None)}/sign-in/", True)
    assert browser.client(host_of(None)).get("/people/").status_code == 302
    browser.sign_in(None, person, PASSWORD)
    assert browser.at.startswith(f"http://{host_of(None)}/account/second-factor/")


def rights(email, brand, act) -> bool:
    return may(identify_user(User.objects.get(email=email), brand), act, brand)


def row_of(email, brand) -> str:
    return str(Membership.objects.get(user__email=email, brand=brand).pk)


def test_the_manager_asks_a_colleague_in_who_may_then_approve(acme):
    path = ask(user_client(acme, Role.BRAND_MANAGER), "brand_manager")
    assert not User.objects.filter(email=NEW).exists(), "nobody is there before she takes it"
    browser, _ = take(acme, path)
    assert browser.at == f"http://{host_of(acme)}/", "signed in: she chose her password a moment ago"
    user = User.objects.get(email=NEW)
    assert (user.name, user.check_password(PASSWORD)) == ("何青", True)
    assert rights(NEW, acme, Act.APPROVE_REPORTS)
    assert SignIn.objects.filter(user=user).exists()


def test_whom_the_agency_asked_in_approves_nothing_until_the_brand_vouches(acme):
    path = ask(user_client(acme, Role.OWNER), "brand_manager")
    take(acme, path)
    assert rights(NEW, acme, Act.READ_REPORTS)
    assert rights(NEW, acme, Act.COMMENT_REPORTS)
    for act in (Act.APPROVE_REPORTS, Act.APPROVE_CONTRACT, Act.CONFIRM_COMMITMENTS):
        assert not rights(NEW, acme, act)
    owner, manager = user_client(acme, Role.OWNER), user_client(acme, Role.BRAND_MANAGER)
    assert post(owner, do="vouch", row=row_of(NEW, acme)).status_code == 403
    assert post(manager, do="vouch", row=row_of(NEW, acme)).status_code == 302
    assert rights(NEW, acme, Act.APPROVE_REPORTS)


def test_who_was_not_vouched_for_vouches_for_nobody(acme):
    take(acme, ask(user_client(acme, Role.OWNER), "brand_manager"))
    browser = Browser()
    browser.sign_in(acme, User.objects.get(email=NEW), PASSWORD)
    page = browser.post(acme, "/people/", do="vouch", row=row_of(NEW, acme))
    assert page.status_code == 403
    page = browser.post(acme, "/people/", do="invite", email="third@example.test", role="brand_manager")
    take(acme, re.search(r"(/invitation/[\w-]+/)", page.content.decode())[1])
    assert not rights("third@example.test", acme, Act.APPROVE_REPORTS)


def test_the_operator_vouches_by_command(acme, globex):
    take(acme, ask(user_client(acme, Role.OWNER), "brand_manager"))
    with pytest.raises(CommandError, match="no role"):
        call_command("vouch_for", NEW, "--brand", "globex")
    call_command("vouch_for", NEW, "--brand", "acme")
    assert rights(NEW, acme, Act.APPROVE_REPORTS)


def test_the_link_is_kept_as_a_hash_and_good_once_on_its_site(acme, globex):
    path = ask(user_client(acme, Role.BRAND_MANAGER), "brand_sponsor")
    token = path.split("/")[2]
    assert token.encode() not in bytes(Invitation.objects.get().digest)
    assert Browser().get(globex, path).status_code == 404
    assert Browser().get(None, path).status_code == 404
    take(acme, path)
    assert take(acme, path)[1].status_code == 404
    assert Membership.objects.filter(user__email=NEW).count() == 1


def test_withdrawn_replaced_and_old_links_open_nothing(acme):
    client = user_client(acme, Role.BRAND_MANAGER)
    first = ask(client, "brand_sponsor")
    second = ask(client, "brand_sponsor")
    assert Browser().get(acme, first).status_code == 404
    assert Browser().get(acme, second).status_code == 200
    Invitation.objects.update(expires_at="2026-01-01T00:00Z")
    assert Browser().get(acme, second).status_code == 404
    third = ask(client, "brand_sponsor")
    waiting = Invitation.objects.get(accepted_at=None, withdrawn_at=None)
    assert post(client, do="cancel", row=str(waiting.pk)).status_code == 302
    assert Browser().get(acme, third).status_code == 404


@pytest.mark.parametrize(
    ("data", "said"),
    [({"again": "other"}, "不一致"), ({"password": "short", "again": "short"}, "12"), ({"name": " "}, "姓名")],
)
def test_what_is_wrong_is_said_and_nothing_made(acme, data, said):
    path = ask(user_client(acme, Role.BRAND_MANAGER), "brand_sponsor")
    page = take(acme, path, **data)[1]
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not User.objects.filter(email=NEW).exists()


def test_who_has_an_account_signs_in_and_keeps_her_password(acme, globex):
    known = make_user(Role.BRAND_MANAGER, brand=globex, password=PASSWORD, email=NEW)
    path = ask(user_client(acme, Role.OWNER), "brand_manager")
    browser, page = take(acme, path, password="a stolen account", again="a stolen account")
    assert page.status_code == 403
    known.refresh_from_db()
    assert known.check_password(PASSWORD)
    assert identify_user(known, acme) is None
    browser.sign_in(acme, known, PASSWORD, next=path)
    assert browser.at.endswith(path)
    browser.post(acme, path)
    assert identify_user(known, acme).roles == {Role.BRAND_MANAGER}
    assert rights(NEW, globex, Act.APPROVE_REPORTS)
    assert not rights(NEW, acme, Act.APPROVE_REPORTS)


def test_another_signed_in_person_cannot_take_it(acme, globex):
    make_user(Role.BRAND_MANAGER, brand=globex, password=PASSWORD, email=NEW)
    path = ask(user_client(acme, Role.OWNER), "brand_manager")
    other = make_user(Role.PM, brand=acme, password=PASSWORD)
    browser = Browser()
    browser.sign_in(acme, other, PASSWORD)
    assert browser.post(acme, path).status_code == 403


# -- Who may give what ------------------------------------------------------------------------------------------------


def test_the_brand_gives_the_brands_roles_only(acme):
    client = user_client(acme, Role.BRAND_MANAGER)
    for role in ("pm", "owner", "operator", "nonsense"):
        assert post(client, do="invite", email=NEW, role=role).status_code in (403, 422)
    assert not Invitation.objects.exists()


def test_the_agencys_leaders_give_leading_roles_on_the_agencys_site(acme):
    owner, admin = make_user(Role.OWNER, brand=acme), make_user(Role.ADMIN, brand=acme)
    clients = [user_client(acme, Role.PM), user_client(acme, Role.BRAND_MANAGER)]
    for client in clients:
        assert client.get("/people/", HTTP_HOST=host_of(None)).status_code == 302, "not signed in there"
    by_owner, by_admin, by_pm = (site_client(user) for user in (owner, admin, make_user(Role.PM, brand=acme)))
    assert by_pm.get("/people/").status_code == 403
    assert post(by_admin, do="invite", email=NEW, role="owner").status_code == 403
    take(None, ask(by_admin, "finance", email="fin@example.test"))
    browser, _ = take(None, ask(by_owner, "owner"))
    assert browser.at.startswith(f"http://{host_of(None)}/account/second-factor/"), (
        "an owner goes on to her second factor"
    )
    assert identify_user(User.objects.get(email=NEW), acme).roles == {Role.OWNER}


def site_client(user):
    from tests.factories import anonymous_client, sign_in

    client = anonymous_client(None)
    sign_in(client, user)
    return client


def test_the_last_owner_stays(acme):
    owner = make_user(Role.OWNER, brand=acme)
    client, row = site_client(owner), str(owner.memberships.get().pk)
    assert post(client, do="withdraw", row=row).status_code == 409
    assert post(client, do="role", row=row, role="finance").status_code == 409
    make_user(Role.OWNER, brand=acme)
    assert post(client, do="role", row=row, role="finance").status_code == 302
    assert client.get("/people/").status_code == 403


def test_a_new_role_and_its_end(acme):
    manager = user_client(acme, Role.BRAND_MANAGER)
    user = make_user(Role.BRAND_SPONSOR, brand=acme)
    row = str(user.memberships.get().pk)
    assert post(manager, do="role", row=row, role="brand_manager").status_code == 302
    assert rights(user.email, acme, Act.APPROVE_REPORTS)
    assert post(manager, do="withdraw", row=row).status_code == 302
    assert identify_user(user, acme) is None
    said = list(AuditEntry.objects.order_by("pk").values_list("what", "whom", "by", "said"))
    assert said == [
        ("change_role", user.email, manager.user.pk, {"before": "brand_sponsor", "after": "brand_manager"}),
        ("withdraw", user.email, manager.user.pk, {"role": "brand_manager"}),
    ]


def test_the_agency_makes_nobody_an_approver_by_a_new_role(acme):
    user = make_user(Role.BRAND_SPONSOR, brand=acme)
    row = str(user.memberships.get().pk)
    assert post(user_client(acme, Role.ADMIN), do="role", row=row, role="brand_manager").status_code == 302
    assert not rights(user.email, acme, Act.APPROVE_REPORTS)
    assert post(user_client(acme, Role.ADMIN), do="role", row=row, role="pm").status_code == 422


def test_rows_of_others_are_out_of_reach(acme, globex, initech):
    manager = user_client(acme, Role.BRAND_MANAGER)
    for user in (make_user(Role.BRAND_MANAGER, brand=globex), make_user(Role.PM, brand=acme)):
        row = str(user.memberships.get().pk)
        for do in ("withdraw", "reset", "vouch", "role"):
            assert post(manager, do=do, row=row, role="brand_sponsor").status_code == 404
    assert post(site_client(make_user(Role.OWNER, brand=initech)), do="withdraw", row="1").status_code == 404


# -- A forgotten password without mail --------------------------------------------------------------------------------


def link_of(page) -> str | None:
    found = re.search(r"http://[^/]+(/reset/[\w-]+/[\w-]+/)", page.content.decode())
    return found and found[1]


def test_the_agency_never_holds_a_key_to_the_brands_people(acme):
    user = make_user(Role.BRAND_MANAGER, brand=acme, password=PASSWORD)
    row = str(user.memberships.get().pk)
    page = post(user_client(acme, Role.OWNER), do="reset", row=row)
    assert (page.status_code, link_of(page)) == (403, None)
    path = link_of(post(user_client(acme, Role.BRAND_MANAGER), do="reset", row=row))
    Browser().post(acme, path, new_password1="staple battery horse", new_password2="staple battery horse")
    user.refresh_from_db()
    assert user.check_password("staple battery horse")


def test_a_person_of_two_places_is_reset_by_neither(acme, globex, initech):
    user = make_user(Role.PM, brand=acme)
    row = str(user.memberships.get().pk)
    owner = user_client(acme, Role.OWNER)
    assert link_of(post(owner, do="reset", row=row))
    user.memberships.create(role=Role.BRAND_MANAGER, brand=initech)
    assert post(owner, do="reset", row=row).status_code == 403
    lead = make_user(Role.PM, brand=acme)
    lead.memberships.create(role=Role.OWNER, agency=acme.agency)
    admin = user_client(acme, Role.ADMIN)
    assert post(admin, do="reset", row=row_of(lead.email, acme)).status_code == 403


def test_who_becomes_an_admin_signs_in_anew(acme):
    owner, user = make_user(Role.OWNER, brand=acme), make_user(Role.FINANCE, brand=acme)
    client = site_client(user)
    post(site_client(owner), do="role", row=str(user.memberships.get().pk), role="admin")
    assert client.get("/").status_code == 302
    assert SignIn.objects.get(user=user).ended_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_double_click_leaves_one_invitation(acme):
    """Two requests at once, each in a transaction that began before the other ended."""
    place = place_in_brand(identify_user(make_user(Role.OWNER, brand=acme), acme))
    began, refused = threading.Barrier(2, timeout=20), []

    def click():
        try:
            with transaction.atomic():
                connection.cursor().execute("SELECT 1")
                began.wait()
                invite(place, NEW, Role.OPS, is_mailed=False)
        except DatabaseError as error:
            refused.append(error)
        finally:
            connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(timeout=30)
    assert (refused, invitations_of(place).count()) == ([], 1)
