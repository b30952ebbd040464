"""GET/PUT /team/: seats of the agency's people; a guide's seat is her placement."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from guides.models import Placement
from guides.services import retire_guide
from projects.models import TeamSeat
from siyu.brands import enter_public
from tests.factories import client_for, make_guide, make_placement, make_user, user_client

PATH = "/api/v1/projects/p1/team/"


@pytest.fixture
def writer(acme, project):
    return client_for(acme, ["team:write"])


@pytest.fixture
def nana(acme):
    return make_guide(acme.agency, code="nana", name="娜娜")


@pytest.fixture
def chen(acme):
    return make_user("pm", brand=acme, email="chen@lighthouse.example", name="陈默")


def problem_of(response):
    return response.status_code, [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def seat(role, who, share="1", first="2026-01-01", last=None):
    holder = "guide" if role == "guide" else "user"
    return {"role": role, holder: who, "share": share, "from": first, "to": last}


def shown(response):
    """The seats as put: without what the answer adds."""
    return [{k: v for k, v in one.items() if k not in ("name", "warnings")} for one in response.json()]


def test_a_team_is_put_and_read_as_one_list(writer, nana, chen):
    team = [seat("pm", chen.email), seat("guide", "nana", "0.6", "2026-02-01", "2026-06-30")]
    put = writer.put(PATH, team)
    assert (put.status_code, shown(put)) == (200, team)
    assert put.json()[1] == {**team[1], "name": "娜娜", "warnings": []}
    assert writer.get(PATH).json() == put.json()
    assert writer.put(PATH, put.json()).json() == put.json()


def test_share_is_1_from_the_first_day_of_the_project_without_end_unless_said(writer, chen):
    (made,) = writer.put(PATH, [{"role": "ops", "user": " Chen@Lighthouse.Example "}]).json()
    assert (made["user"], made["share"], made["from"], made["to"]) == (chen.email, "1", "2026-01-01", None)


def test_a_guides_seat_is_her_public_placement(acme, writer, nana):
    writer.put(PATH, [seat("guide", "nana", "0.25")])
    (placement,) = Placement.objects.all()
    assert (placement.guide, placement.brand, placement.project, str(placement.share)) == (nana, acme, "p1", "0.250")
    assert (placement.starts_on, placement.ends_on) == (date(2026, 1, 1), None)
    writer.put(PATH, [])
    assert not Placement.objects.exists()


def test_seats_that_stay_keep_their_rows(acme, inside, writer, nana, chen):
    stay = [seat("pm", chen.email), seat("guide", "nana")]
    writer.put(PATH, stay)
    placement = Placement.objects.get()
    with inside(acme):
        before = TeamSeat.objects.get()
    writer.put(PATH, [*stay, seat("ops", chen.email)])
    assert Placement.objects.get() == placement
    with inside(acme):
        assert TeamSeat.objects.get(role="pm") == before
        assert TeamSeat.objects.count() == 2


def test_a_brand_sees_its_own_placements_only(acme, globex, writer, nana):
    make_placement(nana, globex, project="p1", share="0.3")
    writer.put(PATH, [seat("guide", "nana", "0.7")])
    manager = user_client(acme, "brand_manager")
    assert shown(manager.get(PATH)) == [seat("guide", "nana", "0.7")]
    assert Placement.objects.filter(brand=globex).count() == 1


def test_more_than_100_percent_names_guide_day_and_sum(globex, writer, nana):
    make_placement(nana, globex, share="0.7", starts_on=date(2026, 3, 1))
    response = writer.put(PATH, [seat("guide", "nana", "0.5")])
    assert (response.status_code, response.json()["detail"]) == (
        409, "导购 nana（娜娜）2026-03-01 的时间占比合计 120 %，超过 100 %",
    )  # fmt: skip
    assert problem_of(response)[1] == [("/0/share", "shares_over_full")]
    assert writer.get(PATH).json() == []


def test_never_two_pms_at_one_instant(acme, inside, project, writer, chen):
    other = make_user("pm", brand=acme)
    response = writer.put(
        PATH, [seat("pm", chen.email, last="2026-06-30"), seat("pm", other.email, first="2026-06-30")]
    )
    assert problem_of(response) == (422, [("/1", "two_pms")])
    assert response.json()["detail"] == "2026-06-30～2026-06-30 有两位项目经理"
    following = [seat("pm", chen.email, last="2026-06-29"), seat("pm", other.email, first="2026-06-30")]
    assert writer.put(PATH, following).status_code == 200
    with inside(acme), pytest.raises(IntegrityError, match="seat_one_pm_at_a_time"), transaction.atomic():
        TeamSeat.objects.create(project=project, role="pm", user=chen, starts_on=date(2026, 12, 31))


def test_pms_change_places_in_one_put(acme, writer, chen):
    other = make_user("pm", brand=acme)
    writer.put(PATH, [seat("pm", chen.email)])
    handed_over = [seat("pm", chen.email, last="2026-06-29"), seat("pm", other.email, first="2026-06-30")]
    assert shown(writer.put(PATH, handed_over)) == handed_over


def test_one_person_sits_once_in_a_role_at_a_time(writer, nana):
    response = writer.put(PATH, [seat("guide", "nana", "0.5"), seat("guide", "nana", "0.4", "2026-05-01")])
    assert problem_of(response) == (422, [("/1", "overlap")])


def test_only_the_agencys_people_and_guides_take_seats(acme, globex, initech, writer):
    make_guide(initech.agency, code="foreign")
    strangers = [
        make_user("brand_manager", brand=acme), make_user("pm", brand=globex), make_user("owner", brand=initech),
    ]  # fmt: skip
    seats = [seat("ops", user.email) for user in strangers] + [seat("guide", "foreign")]
    assert problem_of(writer.put(PATH, seats)) == (
        422,
        [
            ("/0/user", "unknown_user"),
            ("/1/user", "unknown_user"),
            ("/2/user", "unknown_user"),
            ("/3/guide", "unknown_guide"),
        ],
    )
    assert writer.get(PATH).json() == []


def test_people_of_the_whole_agency_take_seats_too(acme, writer):
    owner = make_user("owner", brand=acme)
    assert writer.put(PATH, [seat("pm", owner.email)]).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"role": "boss"}, "/0/role"),
        ({"guide": "nana"}, "/0/guide"),
        ({"role": "guide"}, "/0/guide"),
        ({"share": "0"}, "/0/share"),
        ({"share": "1.001"}, "/0/share"),
        ({"share": "0.0005"}, "/0/share"),
        ({"share": "NaN"}, "/0/share"),
        ({"from": "2026-02-30"}, "/0/from"),
        ({"to": "2025-12-31"}, "/0/to"),
        ({"until": "2026-12-31"}, "/0/until"),
    ],
)
def test_what_cannot_be_is_named(writer, chen, change, pointer):
    response = writer.put(PATH, [{**seat("ops", chen.email), **change}])
    assert response.status_code == 400
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


def test_a_body_that_is_no_list_is_refused(writer):
    assert writer.put(PATH, {"role": "pm"}).status_code == 400


def test_a_placement_outside_a_guides_kind_is_warned_of_not_refused(acme, writer):
    make_guide(acme.agency, code="food", kind="category", category="食品")
    make_guide(acme.agency, code="skin", kind="category", category="护肤")
    response = writer.put(PATH, [seat("guide", "food"), seat("guide", "skin")])
    assert [one["warnings"] for one in response.json()] == [
        ["类目型导购 food 的类目是 食品，品牌的类目是 护肤"], [],
    ]  # fmt: skip


def test_a_category_guide_without_a_category_is_warned_of_until_a_skill_says_it(acme, writer):
    guide = make_guide(acme.agency, code="some", kind="category", category="")
    told = "类目型导购 some 没有写类目，无法核对是否适合 护肤；可在她的技能里写上 护肤"
    assert [one["warnings"] for one in writer.put(PATH, [seat("guide", "some")]).json()] == [[told]]
    guide.skills = ["护肤"]
    guide.save()
    assert [one["warnings"] for one in writer.get(PATH).json()] == [[]]


def test_a_category_among_her_skills_is_no_warning(acme, writer):
    make_guide(acme.agency, code="food", kind="category", category="食品", skills=["直播", "护肤"])
    assert writer.put(PATH, [seat("guide", "food")]).json()[0]["warnings"] == []


def test_a_brand_guide_in_another_brand_at_that_time_is_warned_of_to_the_agency_alone(acme, globex, writer):
    rose = make_guide(acme.agency, code="rose", kind="brand")
    make_placement(rose, globex, share="0.3", starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
    seats = [seat("guide", "rose", "0.5", last="2026-02-28"), seat("guide", "rose", "0.5", "2026-03-31")]
    told = ["品牌型导购 rose 在这段时间还服务其他品牌"]
    assert [one["warnings"] for one in writer.put(PATH, seats).json()] == [[], told]
    assert [one["warnings"] for one in writer.get(PATH).json()] == [[], told]
    assert [one["warnings"] for one in user_client(acme, "brand_manager").get(PATH).json()] == [[], []]


def test_a_retired_guide_keeps_the_seat_she_had_and_gets_no_other(writer, nana):
    writer.put(PATH, [seat("guide", "nana", last="2026-02-28")])
    retire_guide(nana, on=date(2026, 3, 1))
    both = [seat("guide", "nana", last="2026-02-28"), seat("guide", "nana", first="2026-04-01")]
    response = writer.put(PATH, both)
    assert problem_of(response) == (422, [("/1/guide", "retired")])
    assert response.json()["detail"] == "导购 nana 已离职，不能再排班"


def test_a_keepers_last_seat_is_ended_not_removed(acme, writer, nana):
    writer.put(PATH, [seat("guide", "nana")])
    account = {"keepers": [{"guide": "nana", "from": "2026-01-05T00:00:00"}]}
    assert writer.put("/api/v1/projects/p1/accounts/a1/", account).status_code == 201
    response = writer.put(PATH, [])
    assert (response.status_code, response.json()["detail"]) == (
        422,
        "导购 nana 承接过企微号，其席位不能删除；请用 to 写明结束日期",
    )
    assert writer.put(PATH, [seat("guide", "nana", last="2026-06-30")]).status_code == 200
    assert Placement.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("owner", 200), ("admin", 200), ("finance", 403), ("ops", 403), ("content", 403), ("guide", 403),
        ("brand_manager", 403), ("brand_aftersales", 403), ("brand_reviewer", 403), ("brand_sponsor", 403),
        ("pm", 404),  # without a seat in it
    ],
)  # fmt: skip
def test_who_puts_the_team(acme, project, role, status):
    assert user_client(acme, role).put(PATH, []).status_code == status


def test_a_pm_puts_the_team_of_her_own_project(acme, inside, project, nana):
    client = user_client(acme, "pm")
    with inside(acme):
        TeamSeat.objects.create(project=project, role="pm", user_id=client.user.pk, starts_on=date(2026, 1, 1))
    assert client.put(PATH, [seat("pm", client.user.email), seat("guide", "nana")]).status_code == 200
    with enter_public():
        assert Placement.objects.count() == 1


def test_keys_need_the_scope(acme, globex, project):
    assert client_for(acme, ["contract:write"]).put(PATH, []).status_code == 403
    assert client_for(globex, ["team:write"]).put(PATH, []).status_code == 404
