"""The commands of CONTRACT.md 1: idempotent, or a polite refusal; exit code 0 on success only."""

import io

import pytest
from django.core.management import CommandError, call_command

from tenants.models import Agency, ApiKey, Brand, Membership, User
from tests.factories import anonymous_client


def run(*words: str, **options) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_an_agency_is_made_once(db):
    assert "made" in run("create_agency", "灯塔", "--slug", "lamp")
    assert "exists already" in run("create_agency", "灯塔", "--slug", "lamp")
    with pytest.raises(CommandError, match="灯塔"):
        run("create_agency", "别的", "--slug", "lamp")
    assert Agency.objects.filter(slug="lamp").count() == 1


@pytest.mark.parametrize("slug", ["Lamp", "a_b", "a.b", "", "-", "灯"])
def test_a_bad_slug_is_named(db, slug):
    with pytest.raises(CommandError, match="slug"):
        run("create_agency", "灯塔", f"--slug={slug}")


def test_a_brand_is_made_once(acme):
    words = ["create_brand", "new", "--agency", "lighthouse", "--name", "新品牌", "--category", "食品"]
    assert "http://new." in run(*words)
    assert "exists already" in run(*words)
    assert anonymous_client(Brand.objects.get(slug="new")).get("/sign-in/").status_code == 200


def test_a_brand_needs_its_agency(db):
    with pytest.raises(CommandError, match="no agency nobody"):
        run("create_brand", "new", "--agency", "nobody", "--name", "x", "--category", "y")


def test_a_user_gets_her_role_once(acme, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    words = ["create_user", "A@Example.test", "--role", "owner", "--agency", "lighthouse"]
    assert "is now owner" in run(*words, "--password-stdin")
    assert "is already owner" in run(*words)
    user = User.objects.get()
    assert (user.email, user.check_password("correct horse battery")) == ("a@example.test", True)
    assert Membership.objects.count() == 1


def test_without_a_password_she_cannot_sign_in(acme):
    assert "cannot sign in" in run("create_user", "a@example.test", "--role", "pm", "--brand", "acme")
    membership = Membership.objects.get()
    assert (membership.agency, membership.brand) == (acme.agency, acme)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--role", "boss"], "Unknown role boss. There are: owner"),
        (["--role", "owner"], "belongs to an agency"),
        (["--role", "owner", "--brand", "acme"], "belongs to an agency"),
        (["--role", "pm"], "belongs to a brand"),
        (["--role", "pm", "--brand", "nobody"], "no brand nobody"),
        (["--role", "pm", "--brand", "acme", "--agency", "umbrella"], "not served by"),
        (["--role", "operator", "--brand", "acme"], "installation"),
    ],
)
def test_a_role_without_its_place_is_refused(acme, words, why):
    with pytest.raises(CommandError, match=why):
        run("create_user", "a@example.test", *words)
    assert not User.objects.exists()


def test_a_weak_password_leaves_nothing_behind(acme, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("123\n"))
    with pytest.raises(CommandError):
        run("create_user", "a@example.test", "--role", "pm", "--brand", "acme", "--password-stdin")
    assert not User.objects.exists()


def test_no_email_address(db):
    with pytest.raises(CommandError, match="not an e-mail"):
        run("create_user", "nobody", "--role", "operator")


def test_nobody_stands_on_both_sides(acme, globex, initech):
    run("create_user", "a@example.test", "--role", "brand_manager", "--brand", "acme")
    with pytest.raises(CommandError, match="side"):
        run("create_user", "a@example.test", "--role", "pm", "--brand", "acme")
    with pytest.raises(CommandError, match="side"):
        run("create_user", "a@example.test", "--role", "owner", "--agency", "lighthouse")
    run("create_user", "a@example.test", "--role", "owner", "--agency", "umbrella")  # another brand's agency
    run("create_user", "b@example.test", "--role", "owner", "--agency", "lighthouse")
    with pytest.raises(CommandError, match="side"):
        run("create_user", "b@example.test", "--role", "brand_sponsor", "--brand", "globex")


def test_a_key_stands_alone_on_the_last_line(acme):
    said = run("create_api_key", "--brand", "acme", "--name", "shop", "--scopes", "events:write, kpis:read")
    key = said.rstrip("\n").splitlines()[-1]
    assert ApiKey.objects.get().scopes == ["events:write", "kpis:read"]
    client = anonymous_client(acme, HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.get("/api/v1/projects/").status_code == 200


def test_unknown_scopes_are_named(acme):
    with pytest.raises(CommandError, match="Unknown scopes: fans:all, sudo"):
        run("create_api_key", "--brand", "acme", "--name", "x", "--scopes", "sudo,fans:all,kpis:read")
    assert not ApiKey.objects.exists()
