"""The record of changes: in words, filtered, taken out as a file; each reader sees what she may know of."""

import csv
import re
from html import unescape
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from projects.models import AuditEntry
from tenants.models import AuditEntry as AgencyEntry
from tests.factories import anonymous_client, inside, make_guide, make_placement, make_user, sign_in, user_client
from tests.fans.sending import Source, added

PAGE = "/projects/p1/audit/"


@pytest.fixture
def source(acme, globex) -> Source:
    other = Source(globex)
    user_client(globex, "owner").patch("/api/v1/projects/p1/", {"name": "别家的项目"})
    assert other.project.code == "p1"
    make_placement(make_guide(acme.agency, code="nana", name="娜娜"), acme)
    source = Source(acme)
    source.send(added("f1", guide="a1", phone="13800138000"))
    return source


@pytest.fixture
def owner(acme, source):
    """She renames the project, the key of the source links an account, the brand's manager looks at a phone."""
    owner = user_client(acme, "owner")
    assert owner.patch("/api/v1/projects/p1/", {"name": "新名称", "fans_per_guide": 20000}).status_code == 200
    body = {"keepers": [{"guide": "nana", "from": "2026-01-01T00:00:00"}]}
    assert owner.put("/api/v1/projects/p1/accounts/a1/", body).status_code in (200, 201)
    manager = user_client(acme, "brand_manager")
    manager.post("/api/v1/projects/p1/fans/f1/phone/", {"reason": "核对订单"})
    owner.manager = manager
    return owner


def text_of(response, status=200):
    assert response.status_code == status, response.content
    html = re.sub(r"<select.*?</select>", " ", response.content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def test_changes_are_told_in_words_the_newest_first(owner):
    shown = text_of(owner.get(PAGE))
    phone, account, project = (
        shown.index(words) for words in ("查看手机号 f1 原因：核对订单", "企微号 a1", "名称：项目 p1 → 新名称")
    )
    assert phone < account < project
    assert "每位导购服务粉丝数：25000 → 20000" in shown
    assert "别家的项目" not in shown
    assert str(owner.manager.user) in shown


def test_a_new_guide_and_a_project_of_another_kind_are_told(acme, owner):
    """A guide's kind and a project's are none of a commitment's: every page that tells of changes stands."""
    hired = {"form": "hire", "/code": "xin", "/name": "新来", "/kind": "category", "/category": "护肤", "/user": ""}
    assert owner.post("/projects/p1/setup/guides/hire/", hired, format="multipart").status_code == 302
    changed = {"kind": "consulting", "operating_model": "community", "settlement_mode": "cycle"}
    assert owner.patch("/api/v1/projects/p1/", changed).status_code == 200
    shown = text_of(owner.get(PAGE))
    assert "种类：类目型" in shown
    assert "种类：代运营 → 咨询" in shown
    assert "运营模型：私聊 → 社群裂变" in shown
    assert "结算方式：月结 → 按项目周期" in shown
    assert owner.get("/projects/p1/commitments/").status_code == 200
    assert owner.get("/api/v1/projects/p1/history/").status_code == 200


@pytest.mark.parametrize(
    ("asked", "there", "gone"),
    [
        ({"kind": "project"}, "新名称", "核对订单"),
        ({"kind": "fan"}, "核对订单", "→ 新名称"),
        ({"to": "2020-01-01"}, "没有符合条件的记录", "→ 新名称"),
        ({"from": "2020-01-01", "to": "not a day"}, "→ 新名称", "没有符合"),
        ({"kind": "no such"}, "→ 新名称", "没有符合"),
        ({"before": "²"}, "→ 新名称", "没有符合"),
        ({"before": "1"}, "还没有变更", "→ 新名称"),
    ],
)
def test_filters(owner, asked, there, gone):
    shown = text_of(owner.get(PAGE, asked))
    assert there in shown
    assert gone not in shown


def test_one_persons_changes(owner):
    shown = text_of(owner.get(PAGE, {"by": f"user:{owner.manager.user.pk}"}))
    assert "核对订单" in shown
    assert "→ 新名称" not in shown


def test_what_one_may_not_know_of_is_not_told(acme, owner, source):
    manager, sponsor = owner.manager, user_client(acme, "brand_sponsor")
    assert "核对订单" in text_of(manager.get(PAGE))
    shown = text_of(sponsor.get(PAGE))
    assert "→ 新名称" in shown
    assert "核对订单" not in shown
    assert "没有符合条件的记录" in text_of(sponsor.get(PAGE, {"kind": "fan"}))
    for role in ("guide", "brand_aftersales"):
        assert user_client(acme, role).get(PAGE).status_code in (403, 404)


def test_older_changes_are_a_page_away(owner, monkeypatch):
    monkeypatch.setattr("workplace.audit_pages.SHOWN", 1)
    first = owner.get(PAGE)
    following = re.search(r'href="(\?before=\d+)"', first.content.decode())[1]
    assert "核对订单" in text_of(first)
    assert "企微号 a1" in text_of(owner.get(PAGE + following))


def test_files_hold_what_the_page_lets_through(acme, owner):
    answer = owner.get("/projects/p1/audit.xlsx", {"kind": "project"})
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[1:4] for row in rows[2:]] == [[str(owner.user), "项目设置", ""]]
    assert "名称：项目 p1 → 新名称" in rows[2][4]
    answer = owner.get("/projects/p1/audit.csv")
    lines = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    with inside(acme):
        assert len(lines) - 1 == AuditEntry.objects.count()
    assert owner.get("/projects/p1/audit.doc").status_code == 404


def test_what_was_taken_out_is_told(owner):
    assert owner.get("/projects/p1/fans.csv", {"q": "13800138000"}).status_code == 200
    shown = text_of(owner.get(PAGE, {"kind": "export"}))
    assert "导出 粉丝 行数：1 格式：csv 条件：查找 …" in shown
    assert "13800138000" not in shown.replace('value="13800138000"', "")


def test_too_many_for_a_file_say_so(owner, monkeypatch):
    monkeypatch.setattr("workplace.audit_pages.MOST_ROWS", 1)
    assert "请缩小日期范围" in text_of(owner.get("/projects/p1/audit.csv"), 422)


# -- The agency's -----------------------------------------------------------------------------------------------------


def leader(brand, role):
    client = anonymous_client(None)
    client.user = make_user(role, brand=brand)
    sign_in(client, client.user)
    return client


def test_an_agencys_leaders_read_who_let_whom_in(acme, globex, initech):
    owner = leader(acme, "owner")
    AgencyEntry.objects.create(
        agency=acme.agency, by=owner.user, what="invite", whom="new@example.test", said={"role": "admin"}
    )
    AgencyEntry.objects.create(brand=globex, what="make_key", whom="订单同步", said={"scopes": ["events:write"]})
    AgencyEntry.objects.create(brand=initech, what="make_key", whom="别家的密钥")
    shown = text_of(owner.get("/audit/"))
    assert "邀请 new@example.test 角色：管理员" in shown
    assert "新建密钥 订单同步 Globex 权限：events:write" in shown
    assert "别家的密钥" not in shown
    assert "订单同步" not in text_of(owner.get("/audit/", {"kind": "invite"}))
    assert "订单同步" not in text_of(owner.get("/audit/", {"by": str(owner.user.pk)}))
    lines = list(csv.reader(StringIO(owner.get("/audit.csv").content.decode("utf-8-sig"))))
    assert [line[3] for line in lines[1:]] == ["订单同步", "new@example.test"]
    assert leader(acme, "admin").get("/audit.xlsx").status_code == 200


def test_nobody_else_reads_it(acme):
    for role in ("finance", "pm", "brand_manager"):
        assert leader(acme, role).get("/audit/").status_code == 403
        assert leader(acme, role).get("/audit.csv").status_code == 403
    assert anonymous_client(None).get("/audit/").status_code == 302
