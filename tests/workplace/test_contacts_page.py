"""The brand's contacts, and the end of a project, which is asked for twice."""

import re
from html import unescape

import pytest

from projects.models import Project
from tests.factories import inside, make_project, user_client

PAGE = "/projects/p1/contacts/"


@pytest.fixture
def owner(acme):
    with inside(acme):
        project = make_project(code="p1")
        Project.objects.filter(pk=project.pk).update(state=Project.State.ACTIVE)
    return user_client(acme, "owner")


def text_of(response, status=200):
    assert response.status_code == status, response.content
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def state(brand):
    with inside(brand):
        return Project.objects.get(code="p1").state


def test_a_project_is_closed_after_a_yes(acme, owner):
    assert "结束后不再发送报告" in text_of(owner.get(PAGE))
    refused = owner.post("/projects/p1/close/", {"form": "close"}, format="multipart")
    assert "请勾选“是”确认结束项目" in text_of(refused, 409)
    assert state(acme) == "active"
    assert owner.post("/projects/p1/close/", {"form": "close", "/yes": "on"}, format="multipart").status_code == 302
    assert state(acme) == "closed"
    assert "结束项目" not in text_of(owner.get(PAGE))


def test_contacts_are_put_by_their_roles(owner):
    fields = {"/0/role": "brand_manager", "/0/name": "林悦", "/0/email": "lin@brand.example", "/0/part_time": "on"}
    assert owner.post(f"{PAGE}put/", {"form": "contacts", **fields}, format="multipart").status_code == 302
    shown = text_of(owner.get(PAGE))
    assert "私域经理 林悦 lin@brand.example 是" in shown
    refused = owner.post(f"{PAGE}put/", {"form": "contacts", **fields, "/0/email": "lin"}, format="multipart")
    assert re.search(r'name="/0/email" value="lin"[^>]*aria-invalid', refused.content.decode())
