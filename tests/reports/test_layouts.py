"""How reports are arranged: versions appended, bound to revisions, changing neither figures nor hashes."""

import pytest
from django.db import DatabaseError, transaction

from projects.models import AuditEntry
from reports.layouts import KNOWN, Block, complete, standard_of, uses_of
from reports.models import Layout, Revision
from tests.factories import inside, user_client
from tests.reports.desk import ReportDesk, january

DAILY = ["lead", "tally", "todo", "more", "figures", "own", "month_to_date", "traffic", "fans", "groups", "orders",
         "channels", "guides", "words", "entries"]  # fmt: skip


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


def read(client, kind="monthly", status=200, **query):
    answer = client.get(f"/api/v1/projects/p1/reports/layouts/{kind}/", query)
    assert answer.status_code == status, answer.content
    return answer.json()


def put(client, blocks, kind="monthly", base=0, status=200):
    answer = client.put(f"/api/v1/projects/p1/reports/layouts/{kind}/", {"base": base, "blocks": blocks})
    assert answer.status_code == status, answer.content
    return answer.json()


def keys(layout):
    return [block["key"] for block in layout["blocks"]]


def test_every_brand_begins_with_the_standard_layout(desk):
    found = read(desk.pm, "daily")
    assert (found["version"], found["sha256"], keys(found)) == (0, None, DAILY)


def test_reports_follow_the_version_they_were_made_with(desk):
    first = desk.issue("monthly", "2026-01")
    put(desk.pm, [{"key": "settlement", "title": "本月应结"}, {"key": "guides", "is_on": False}])
    assert desk.act(desk.pm, first, "revise", comment="按新版式").status_code == 200
    put(desk.pm, [{"key": "orders"}], base=1)
    daily = desk.issue("daily", "2026-01-06")
    with inside(desk.brand):
        made = list(Revision.objects.order_by("pk").values_list("report__kind", "number", "layout_version"))
        assert made == [("monthly", 1, 0), ("monthly", 2, 1), ("daily", 1, 0)]
        hashes = set(Revision.objects.filter(report=first).values_list("sha256", flat=True))
        assert len(hashes) == 1
        use = uses_of("monthly")[1]
        assert (use.reports, str(use.first), str(use.last)) == (1, "2026-01-01", "2026-01-31")
    assert desk.read(desk.pm, first, revision=1).json()["layout"] == 0
    assert desk.read(desk.pm, first).json()["layout"] == 1
    assert desk.read(desk.pm, daily).json()["layout"] == 0


def test_what_is_left_out_stands_in_its_usual_place(desk):
    found = put(desk.pm, [{"key": "lead"}, {"key": "guides"}, {"key": "figures"}], kind="daily")
    assert keys(found) == [
        "lead", "tally", "todo", "more", "guides", "words", "entries",
        "figures", "own", "month_to_date", "traffic", "fans", "groups", "orders", "channels",
    ]  # fmt: skip
    assert complete("daily", []) == standard_of("daily")


def test_nothing_stands_before_the_conclusion(desk):
    assert keys(put(desk.pm, [{"key": "figures"}, {"key": "lead"}], kind="daily"))[0] == "lead"


@pytest.mark.parametrize("key", [key for key, known in KNOWN.items() if known.is_required])
def test_what_both_sides_must_see_cannot_be_left_out(desk, key):
    problem = put(desk.pm, [{"key": "tally"}, {"key": key, "is_on": False}], status=400)
    assert problem["errors"][0]["pointer"] == "/blocks/1/is_on"
    assert read(desk.pm)["version"] == 0


@pytest.mark.parametrize(
    ("blocks", "pointer"),
    [
        ([{"key": "score"}], "/blocks/0/key"),  # a daily has none
        ([{"key": "fans"}, {"key": "fans"}], "/blocks/1/key"),
        ([{"key": "fans", "title": "长" * 41}], "/blocks/0/title"),
        ([{"key": "fans", "intro": "长" * 501}], "/blocks/0/intro"),
    ],
)
def test_what_is_refused_says_where(desk, blocks, pointer):
    assert put(desk.pm, blocks, kind="daily", status=400)["errors"][0]["pointer"] == pointer


def test_a_layout_that_another_changed_is_not_written_over(desk):
    put(desk.pm, [{"key": "orders", "title": "成交"}])
    assert put(desk.pm, [{"key": "orders", "title": "订单表"}], status=409)["errors"][0]["pointer"] == "/base"
    assert (
        put(
            desk.pm,
            [
                {"key": "orders", "title": "成交"},
            ],
            base=1,
        )["version"]
        == 1
    )  # the same: no new version
    with inside(desk.brand):
        [told] = AuditEntry.objects.filter(subject="report_layout:monthly")
        assert (told.before["version"], told.after["version"]) == (0, 1)


def test_versions_are_never_changed(desk):
    put(desk.pm, [{"key": "orders", "title": "成交"}])
    report = desk.issue("monthly", "2026-01")
    with inside(desk.brand):
        for rows, values in (
            (Layout.objects.all(), {"blocks": "[]"}), (Revision.objects.filter(report=report), {"layout_version": 0}),
        ):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**values)


def test_who_reads_and_who_arranges(desk, globex):
    put(desk.pm, [{"key": "orders", "title": "成交"}])
    manager = user_client(desk.brand, "brand_manager")
    assert read(manager)["version"] == 1
    put(manager, [{"key": "fans"}], base=1, status=403)
    put(desk.seated("content"), [{"key": "fans"}], base=1, status=403)
    read(desk.pm, "yearly", status=404)
    read(desk.pm, version=2, status=404)
    with inside(globex):
        assert not Layout.objects.exists()
    assert Block("fans").is_on
