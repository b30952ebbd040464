"""GET/POST /projects/, GET/PATCH /projects/{code}/."""

from datetime import timedelta

import pytest
from django.utils import timezone

from guides.models import Placement
from projects.audit import record
from projects.models import Project, TeamSeat
from siyu.brands import enter_public
from tests.factories import client_for, inside, make_guide, make_placement, make_project, user_client

PROJECTS = "/api/v1/projects/"
LEAST = {"code": "p1", "name": "一期", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
DEFAULTS = {
    "kind": "operation",
    "timezone": "Asia/Shanghai",
    "operating_model": "private_chat",
    "settlement_mode": "monthly",
    "fans_per_guide": 25000,
    "auto_assign": True,
    "state": "draft",
}


def pointers(response):
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


@pytest.fixture
def writer(acme):
    return client_for(acme, ["contract:write"])


def test_what_is_left_out_takes_the_defaults(writer):
    made = writer.post(PROJECTS, LEAST)
    assert (made.status_code, made.json()) == (201, {**LEAST, **DEFAULTS})
    assert writer.get(PROJECTS + "p1/").json() == {**LEAST, **DEFAULTS}


def test_every_field_can_be_given(writer):
    whole = {
        **LEAST,
        "kind": "consulting",
        "timezone": "America/New_York",
        "operating_model": "community",
        "settlement_mode": "goods",
        "fans_per_guide": 10000,
        "auto_assign": False,
    }
    assert writer.post(PROJECTS, whole).json() == {**whole, "state": "draft"}
    sheet = writer.get(PROJECTS + "p1/definitions/").json()
    assert (sheet["version"], sheet["counting_ties"]) == (1, ["friend", "group"])


def test_a_code_is_given_once_in_a_brand(writer, globex):
    assert writer.post(PROJECTS, LEAST).status_code == 201
    again = writer.post(PROJECTS, {**LEAST, "name": "另一个"})
    assert (again.status_code, pointers(again)) == (409, [("/code", "taken")])
    assert client_for(globex, ["contract:write"]).post(PROJECTS, LEAST).status_code == 201


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"code": "-p1"}, ("/code", "bad_value")),
        ({"code": "项目"}, ("/code", "bad_value")),
        ({"code": "p" * 65}, ("/code", "bad_value")),
        ({"code": "p1\n"}, None),  # blanks at the ends are trimmed
        ({"ends_on": "2025-12-31"}, ("/ends_on", "bad_value")),
        ({"starts_on": "2026-13-01"}, ("/starts_on", "invalid")),
        ({"starts_on": "0001-01-01"}, ("/starts_on", "bad_value")),
        ({"timezone": "Mars/Olympus"}, ("/timezone", "bad_value")),
        ({"timezone": "../etc/passwd"}, ("/timezone", "bad_value")),
        ({"timezone": "localtime"}, ("/timezone", "bad_value")),
        ({"fans_per_guide": 0}, ("/fans_per_guide", "min_value")),
        ({"kind": "gift"}, ("/kind", "invalid_choice")),
        ({"name": ""}, ("/name", "blank")),
        ({"name": "a\0b"}, ("/name", "bad_value")),
        ({"time_zone": "UTC"}, ("/time_zone", "unknown_field")),
    ],
)
def test_what_cannot_be_is_named(writer, change, expected):
    response = writer.post(PROJECTS, {**LEAST, **change})
    if expected is None:
        assert (response.status_code, response.json()["code"]) == (201, "p1")
    else:
        assert (response.status_code, pointers(response)) == (400, [expected])


@pytest.mark.parametrize(
    ("text", "pointer"), [('{"name": "\\ud800"}', "/name"), ('{"\\ud800": 1}', "/?"), ("[]", ""), ("null", "")]
)
def test_what_no_text_can_hold_is_named_too(writer, text, pointer):
    response = writer.post(PROJECTS, text, content_type="application/json")
    assert response.status_code == 400
    assert pointer in [place for place, _ in pointers(response)]


def test_required_are_code_name_and_both_days(writer):
    assert pointers(writer.post(PROJECTS, {})) == [
        ("/code", "required"), ("/name", "required"), ("/starts_on", "required"), ("/ends_on", "required"),
    ]  # fmt: skip


def test_a_change_sets_the_fields_given_and_no_other(writer, project):
    changed = writer.patch(PROJECTS + "p1/", {"name": "二期", "timezone": "UTC", "ends_on": "2027-06-30"})
    assert changed.status_code == 200
    assert changed.json() == {**LEAST, **DEFAULTS, "name": "二期", "timezone": "UTC", "ends_on": "2027-06-30"}


def test_the_code_never_changes(writer, project):
    assert writer.patch(PROJECTS + "p1/", {"code": "p1"}).status_code == 200
    response = writer.patch(PROJECTS + "p1/", {"code": "p2"})
    assert (response.status_code, pointers(response)) == (409, [("/code", "fixed")])


def test_the_time_zone_is_fixed_once_events_exist(writer, acme, project, begin_events):
    begin_events(acme, "p1")
    response = writer.patch(PROJECTS + "p1/", {"timezone": "UTC", "name": "二期"})
    assert (response.status_code, pointers(response)) == (409, [("/timezone", "fixed")])
    assert response.json()["detail"] == "项目已有事件，时区固定为 Asia/Shanghai"
    same = writer.patch(PROJECTS + "p1/", {"timezone": "Asia/Shanghai"})
    assert (same.status_code, same.json()["name"]) == (200, "项目 p1")


def test_a_term_cannot_end_before_it_starts(writer, project):
    response = writer.patch(PROJECTS + "p1/", {"ends_on": "2025-06-30"})
    assert (response.status_code, pointers(response)) == (400, [("/ends_on", "bad_value")])


def test_an_untouched_sheet_follows_the_operating_model(writer, project):
    writer.patch(PROJECTS + "p1/", {"operating_model": "community"})
    sheet = writer.get(PROJECTS + "p1/definitions/").json()
    assert (sheet["version"], sheet["counting_ties"]) == (2, ["friend", "group"])


def test_a_sheet_that_somebody_put_stays(writer, project):
    writer.put(PROJECTS + "p1/definitions/", {"valid_after_hours": 72})
    writer.patch(PROJECTS + "p1/", {"operating_model": "community"})
    assert writer.get(PROJECTS + "p1/definitions/").json()["counting_ties"] == ["friend"]


# -- Who sees and makes which -----------------------------------------------------------------------------------------


def test_the_list_pages_by_code(acme, inside):
    with inside(acme):
        for code in ("p3", "p1", "p2"):
            make_project(code=code)
    client = client_for(acme)
    first = client.get(PROJECTS, {"page_size": 2}).json()
    assert [project["code"] for project in first["results"]] == ["p1", "p2"]
    rest = client.get(first["next"]).json()
    assert ([project["code"] for project in rest["results"]], rest["next"]) == (["p3"], None)


def test_another_brands_projects_do_not_exist(globex, project):
    client = client_for(globex, ["contract:write"])
    assert client.get(PROJECTS).json()["results"] == []
    assert client.get(PROJECTS + "p1/").status_code == 404
    assert client.patch(PROJECTS + "p1/", {"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("role", "may_make"),
    [
        ("owner", True), ("admin", True), ("pm", True), ("brand_manager", True),
        ("finance", False), ("ops", False), ("content", False), ("guide", False),
        ("brand_aftersales", False), ("brand_reviewer", False), ("brand_sponsor", False),
    ],
)  # fmt: skip
def test_who_makes_projects(acme, role, may_make):
    response = user_client(acme, role).post(PROJECTS, LEAST)
    assert response.status_code == (201 if may_make else 403)


def test_a_key_without_the_scope_reads_and_writes_nothing(acme, project):
    client = client_for(acme)
    assert client.get(PROJECTS + "p1/").status_code == 200
    assert client.post(PROJECTS, {**LEAST, "code": "p2"}).status_code == 403
    assert client.patch(PROJECTS + "p1/", {"name": "x"}).status_code == 403


def test_a_pm_who_makes_a_project_holds_its_pm_seat_and_sees_it_today(acme, inside):
    client = user_client(acme, "pm")
    next_year = timezone.now().date() + timedelta(days=365)
    body = {**LEAST, "starts_on": str(next_year), "ends_on": str(next_year)}
    assert client.post(PROJECTS, body).status_code == 201
    assert client.get(PROJECTS + "p1/").status_code == 200
    with inside(acme):
        (seat,) = TeamSeat.objects.all()
        assert (seat.role, seat.user_id, seat.ends_on) == ("pm", client.user.pk, None)


@pytest.mark.parametrize("role", ["pm", "ops", "content"])
def test_without_a_seat_today_a_project_does_not_exist(acme, inside, project, role):
    client = user_client(acme, role)
    today = timezone.localdate()
    assert client.get(PROJECTS + "p1/").status_code == 404
    with inside(acme):
        seat = TeamSeat.objects.create(
            project=project, role=role, user_id=client.user.pk, starts_on=today - timedelta(days=9), ends_on=today
        )
        make_project(code="p2")
    assert client.get(PROJECTS + "p1/").status_code == 200
    assert [found["code"] for found in client.get(PROJECTS).json()["results"]] == ["p1"]
    with inside(acme):
        seat.ends_on = today - timedelta(days=2)
        seat.save()
    assert client.get(PROJECTS + "p1/").status_code == 404


def test_a_guides_placement_is_her_seat(acme, globex, inside, project):
    client = user_client(acme, "guide")
    with enter_public():
        guide = make_guide(acme.agency, code="nana", user=client.user)
        make_placement(guide, globex, project="p1", share="0.5")
    assert client.get(PROJECTS + "p1/").status_code == 404
    with enter_public():
        make_placement(guide, acme, project="p1", share="0.5")
    assert client.get(PROJECTS + "p1/").status_code == 200
    with enter_public():
        Placement.objects.filter(brand=acme).update(ends_on="2026-01-31")
    assert client.get(PROJECTS + "p1/").status_code == 404


@pytest.mark.parametrize("role", ["owner", "admin", "finance", "brand_manager", "brand_sponsor"])
def test_roles_of_the_whole_brand_see_every_project(acme, project, role):
    client = user_client(acme, role)
    assert [found["code"] for found in client.get(PROJECTS).json()["results"]] == ["p1"]


@pytest.mark.parametrize("code", ["nope", "p1%00", "%F0%9F%A6%8A", "-", "p" * 65])
def test_what_can_be_no_project_is_not_found(acme, project, code):
    assert client_for(acme).get(f"{PROJECTS}{code}/").status_code == 404


def test_two_brands_keep_their_rows_apart(acme, globex, inside, writer):
    writer.post(PROJECTS, LEAST)
    with inside(globex):
        assert not Project.objects.exists()


def test_more_room_for_fans_asks_for_newcomers_to_be_assigned(acme, globex, writer, project, begin_events, due_in):
    writer.patch(PROJECTS + "p1/", {"fans_per_guide": 30000})
    assert due_in(acme) == []  # no events yet: nobody to assign
    begin_events(acme, "p1")
    writer.patch(PROJECTS + "p1/", {"name": "二期"})
    assert due_in(acme) == []
    writer.patch(PROJECTS + "p1/", {"fans_per_guide": 20000})
    assert (due_in(acme), due_in(globex)) == ([("assign", str(project.pk))], [])


def test_who_changed_the_contracts_fields_is_on_record(writer, acme):
    writer.post(PROJECTS, LEAST)
    owner = user_client(acme, "owner")
    owner.patch(PROJECTS + "p1/", {"ends_on": "2027-12-31", "fans_per_guide": 25000})
    (entry,) = owner.get(PROJECTS + "p1/history/", {"subject": "project"}).json()["results"]
    assert (entry["by"], entry["before"], entry["after"]) == (
        str(owner.user), {"ends_on": "2026-12-31"}, {"ends_on": "2027-12-31"},
    )  # fmt: skip


def test_the_brand_reads_no_history_of_the_agencys_runs(writer, acme):
    writer.post(PROJECTS, LEAST)
    with inside(acme):
        record(Project.objects.get(), "run:reports", {"state": "parked"}, {"state": "queued"}, by="user:1 link:2")
    assert user_client(acme, "brand_manager").get(PROJECTS + "p1/history/").json()["results"] == []
    (entry,) = user_client(acme, "owner").get(PROJECTS + "p1/history/").json()["results"]
    assert entry["subject"] == "run:reports"
