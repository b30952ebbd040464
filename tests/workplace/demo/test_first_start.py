"""What `make up` runs at every start: the demo once, its logins each time, nothing where it is not wanted."""

import io
import stat

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from fans.models import Event
from projects.models import Project
from siyu.brands import enter_brand
from tenants.founding import founding_code
from tenants.models import Agency, Brand, Membership


def start(**options):
    """What it says on standard output and on standard error."""
    out, progress = io.StringIO(), io.StringIO()
    call_command("first_start", small=True, stdout=out, stderr=progress, **options)
    return out.getvalue(), progress.getvalue()


def test_the_first_start_loads_the_demo_and_the_next_one_finds_it(empty, settings):
    settings.DEMO_PASSWORD = "a given password"
    said, progress = start()
    assert (empty / "demo_password").read_text("utf-8") == "a given password\n"
    assert stat.S_IMODE((empty / "demo_password").stat().st_mode) == 0o600
    assert "a given password" in said
    assert "100 %" in progress.splitlines()[-1]
    assert set(Brand.objects.values_list("slug", "category", "state")) == {
        ("yunzhi", "护肤", "active"), ("hetian", "食品", "active"), ("beile", "母婴", "active"),
    }  # fmt: skip
    for role in ("owner", "admin", "finance", "pm", "ops", "content", "guide", "brand_manager", "brand_sponsor"):
        user = Membership.objects.filter(role=role).first().user
        assert user.check_password("a given password")
        assert user.email in said
    for slug in ("yunzhi", "hetian", "beile"):
        assert f"http://{slug}." in said

    def stored():
        with enter_brand("b_yunzhi"):
            return Event.objects.count()

    before = stored()
    assert before > 4_000
    assert start() == (said, "")
    assert stored() == before

    Brand.objects.update(state=Brand.State.CLOSED)  # closed brands are left alone
    with enter_brand("b_hetian"):
        Project.objects.update(starts_on="2020-01-01")  # years to be told, if anybody asked
    assert start() == (said, "")


def test_without_a_demo_nothing_is_made_and_the_way_in_is_said(empty, settings):
    settings.DEMO = False
    said, progress = start()
    assert said.splitlines()[0].endswith(f"http://{settings.BASE_DOMAIN}:{settings.PORT}/begin/")
    assert founding_code() in said
    assert progress == ""
    assert not Agency.objects.exists()
    Agency.objects.create(slug="mine", name="我的公司")
    assert start() == ("", "")


def test_an_installation_in_use_gets_no_demo(acme, settings, tmp_path):
    settings.HOME = tmp_path
    assert start() == ("", "")
    assert not Brand.objects.filter(slug="yunzhi").exists()


def test_a_weak_demo_password_is_refused_and_leaves_nothing(empty, settings):
    settings.DEMO_PASSWORD = "short"
    with pytest.raises(CommandError):
        start()
    assert not Agency.objects.exists()
    assert not (empty / "demo_password").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'b_yunzhi'")
        assert cursor.fetchone() is None
