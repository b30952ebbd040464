"""manage.py create_guide"""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from guides.models import Guide
from tests.factories import make_user


def create_guide(*arguments):
    out = StringIO()
    call_command("create_guide", *arguments, stdout=out)
    return out.getvalue()


NANA = ["nana", "--agency", "lighthouse", "--name", "李娜", "--kind", "category", "--category", "护肤"]


def test_a_guide_is_made_once(acme):
    assert create_guide(*NANA) == "Guide nana (李娜) made.\n"
    assert create_guide(*NANA) == "Guide nana (李娜) exists already.\n"
    guide = Guide.objects.get()
    assert (guide.agency, guide.code, guide.name, guide.kind, guide.category) == (
        acme.agency, "nana", "李娜", "category", "护肤",
    )  # fmt: skip


def test_two_agencies_may_use_one_code(acme, initech):
    create_guide(*NANA)
    create_guide("nana", "--agency", "umbrella", "--name", "另一位", "--kind", "general")
    assert Guide.objects.filter(code="nana").count() == 2


def test_her_user_can_be_named_later_but_not_changed(acme):
    create_guide(*NANA)
    user, other = make_user("guide", brand=acme), make_user("guide", brand=acme)
    create_guide(*NANA, "--user", user.email.upper())
    assert Guide.objects.get().user == user
    with pytest.raises(CommandError, match="已有登录账号"):
        create_guide(*NANA, "--user", other.email)


def test_a_category_guide_without_a_category_is_made_with_a_warning_and_may_get_one_later(acme):
    stderr = StringIO()
    call_command("create_guide", *NANA[:-2], stdout=StringIO(), stderr=stderr)
    assert "no category" in stderr.getvalue()
    create_guide(*NANA)
    assert Guide.objects.get().category == "护肤"
    with pytest.raises(CommandError, match="nana 已属于 李娜"):
        create_guide(*NANA[:-1], "食品")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nana", "--agency", "nobody", "--name", "李娜", "--kind", "general"], "no agency nobody"),
        (["nana", "--agency", "lighthouse", "--name", "李娜", "--kind", "star"], "Unknown kind star"),
        (["na na", "--agency", "lighthouse", "--name", "李娜", "--kind", "general"], "导购编号"),
        (["nana", "--agency", "lighthouse", "--name", " ", "--kind", "general"], "姓名"),
        (["nana", "--agency", "lighthouse", "--name", "李娜", "--kind", "general", "--user", "a@b.c"], "no user"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(acme, arguments, why):
    with pytest.raises(CommandError, match=why):
        create_guide(*arguments)
    assert not Guide.objects.exists()


def test_a_code_that_another_bears_is_refused(acme):
    create_guide(*NANA)
    with pytest.raises(CommandError, match="nana 已属于 李娜"):
        create_guide("nana", "--agency", "lighthouse", "--name", "王芳", "--kind", "general")
