"""Forecasts over REST: the worked examples to the cent, what is refused by name, versions and who approves them."""

import pytest
from django.db import IntegrityError, transaction

from kpi.models import Forecast
from projects.models import AuditEntry
from tests.factories import client_for, inside, make_guide, make_placement, make_project, sign_in, user_client
from tests.kpi.plans import MIX, SHARES, ForecastDesk, body, month, months

TERMS = {
    "floor": "0.80", "basis": "composite", "period": "quarter", "weights": {"gmv": "60", "diverted_users": "40"},
    "caps": {"gmv": "1.5"}, "grace_months": 8, "make_up": 2, "deductions": [{"below": "0.8", "share": "0.1"}],
    "bonus": {"amount": "10000.00"}, "commission": "0.08",
}  # fmt: skip


@pytest.fixture
def desk(acme):
    return ForecastDesk(acme)


# -- The worked examples ----------------------------------------------------------------------------------------------


def test_a_version_as_it_is_read(desk):
    stated = body(month(), lines={"gmv": SHARES}, terms=TERMS)
    answer = desk.put(stated)
    assert answer["inputs"] == stated
    assert answer["table"] == [
        {"month": "2026-01", "diverted_users": 10_000, "koc_users": 100, "referral_users": 200, "fans": 204_000,
         "guides": 9, "gmv": "1212000.00"}
    ]  # fmt: skip
    assert (answer["version"], answer["effective_from"], answer["made_by"]) == (1, "2026-01", desk.owner.user.email)
    assert (answer["approvals"], answer["binding_months"]) == ({"agency": None, "brand": None}, [])
    assert desk.get("forecast") == answer
    assert desk.get("forecast", version=1) == answer


def test_half_the_promised_parcels_arrive(desk):
    desk.agree(body())
    desk.send([desk.reach("pkg", "2026-01-15", 50_000)])
    answer = desk.get("forecast")
    [adjusted] = answer["adjusted"]
    assert (adjusted["diverted_users"], adjusted["gmv"]) == (5000, "1197000.00")
    [stands] = answer["months"]
    assert (stands["state"], stands["missing_days"]) == ("ended", 30)
    [pkg] = stands["reach"]
    assert (pkg["promised"], pkg["due"], pkg["delivered"], pkg["effective"]) == (100_000, "100000", 50_000, "50000")
    assert (len(pkg["missing_days"]), pkg["missing_days"][0]) == (30, "2026-01-01")
    of = [{"month": "2026-01", "channel": "pkg"}]
    assert stands["traffic"]["diverted_users"] == {"factor": "0.5", "shortfall": {"side": "brand", "of": of}}
    row = desk.judged("2026-01")["gmv"]
    assert (row["value"], row["adjusted"]) == ("1212000.00", "1197000.00")
    assert row["traffic_factor"] == "0.9876237623762376237623762376"


def test_month_four_of_a_start_up_is_judged_on_the_stock_it_could_build(desk):
    desk.agree(body(*months("2026-01", 4), opening_fans=0))
    desk.send([desk.reach("pkg", f"2026-0{n}-15", 50_000 if n < 4 else 100_000) for n in range(1, 5)])
    answer = desk.get("forecast")
    assert (answer["table"][3]["gmv"], answer["adjusted"][3]["gmv"]) == ("202034.19", "116017.10")
    april = answer["months"][3]["traffic"]
    assert april["diverted_users"] == {"factor": "1", "shortfall": None}
    assert [each["month"] for each in april["gmv"]["shortfall"]["of"]] == ["2026-01", "2026-02", "2026-03"]


def test_cheap_messages_do_not_make_up_for_missing_parcel_cards(desk):
    desk.agree(body(month(**MIX), opening_fans=0, lines={"diverted_users": SHARES}))
    desk.send([desk.reach("pkg", "2026-01-15", 60_000), desk.reach("sms", "2026-01-15", 240_000)])
    found = desk.judged("2026-01")
    assert (found["diverted_users"]["value"], found["diverted_users"]["adjusted"]) == ("21000", "14200")
    assert found["diverted_users"]["lines"] == {"fail": "11360", "normal": "14200", "good": "15620", "excess": "17040"}
    assert found["diversion_rate"]["value"] == "0.07"
    assert found["churn_rate"]["value"] == "0.03"
    assert found["interaction_rate"]["value"] is None


# -- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "method"), [("forecast/", "put"), ("forecast/what-if/", "post")])
def test_what_is_wrong_is_named_and_nothing_is_kept(desk, path, method):
    answer = getattr(desk.owner, method)(f"{desk.path}/{path}", body(month(churn_rate="1.01"), wages="1"))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/wages", "/months/0/churn_rate"]
    with inside(desk.brand):
        assert not Forecast.objects.exists()


@pytest.mark.parametrize("stated", [[], "x", None, {}])
def test_what_is_no_forecast_is_refused(desk, stated):
    assert desk.owner.put(f"{desk.path}/forecast/", stated).status_code == 400


def test_names_that_no_answer_can_carry_are_refused_in_words(desk):
    raw = '{"opening_fans": 1, "\\ud800": 1, "effective_from": "2026-01", "months": []}'
    answer = desk.owner.generic("PUT", f"{desk.path}/forecast/", raw, content_type="application/json")
    assert answer.status_code == 400


def test_bodies_without_measure_are_refused(desk):
    many = month(promised_reach={str(n): 1 for n in range(501)}, diversion_rate={str(n): "0" for n in range(501)})
    answer = desk.owner.put(f"{desk.path}/forecast/", body(many))
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/months/0/diversion_rate", "/months/0/promised_reach",
    ]  # fmt: skip
    desk.put(body())
    deep = '{"version": 1, "changes": {"lines": ' + '{"gmv": ' * 400 + "1" + "}" * 402
    answer = desk.owner.generic("POST", f"{desk.path}/forecast/what-if/", deep, content_type="application/json")
    assert answer.status_code == 400


# -- Versions ---------------------------------------------------------------------------------------------------------


def test_every_change_is_a_new_version_and_the_same_again_is_none(desk):
    first = desk.put(body())
    assert desk.put({**body(), "lines": {}, "terms": {}, "effective_from": "2026-01-01"}) == first
    second = desk.put(body(opening_fans=1))
    assert (second["version"], second["sha256"] == first["sha256"]) == (2, False)
    assert desk.get("forecast", version=1) == first
    listed = desk.get("forecast/versions")["results"]
    assert [each["version"] for each in listed] == [2, 1]
    assert "inputs" not in listed[0]


@pytest.mark.parametrize("version", ["2", "one", "-1", "", "9" * 30])
def test_a_version_that_is_not_there(desk, version):
    assert desk.client.get(f"{desk.path}/forecast/").status_code == 404
    desk.put(body())
    assert desk.client.get(f"{desk.path}/forecast/", {"version": version}).status_code == 404


def test_what_if_answers_as_get_would_and_stores_nothing(desk):
    desk.agree(body(month(), lines={"gmv": SHARES}))
    desk.send([desk.reach("pkg", "2026-01-15", 50_000)])
    stored = desk.get("forecast")
    same = desk.owner.post(f"{desk.path}/forecast/what-if/", stored["inputs"]).json()
    varying = ("version", "approvals", "binding_months", "made_by", "created_at")
    assert {k: v for k, v in same.items() if k not in varying} == {k: v for k, v in stored.items() if k not in varying}
    assert (same["version"], same["binding_months"]) == (None, [])
    changes = {"opening_fans": 0, "lines": {"gmv": None},
               "months": [{"month": "2026-01", "diversion_rate": {"pkg": "0.20"}}]}  # fmt: skip
    other = desk.owner.post(f"{desk.path}/forecast/what-if/", {"version": 1, "changes": changes}).json()
    assert (other["table"][0]["diverted_users"], other["adjusted"][0]["diverted_users"]) == (20_000, 10_000)
    assert (other["inputs"]["lines"], other["inputs"]["months"][0]["churn_rate"]) == ({}, "0.03")
    assert desk.get("forecast") == stored
    assert len(desk.get("forecast/versions")["results"]) == 1


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"version": 7, "changes": {}}, "/version"),
        ({"changes": {}}, "/version"),
        ({"version": 1, "changes": []}, "/changes"),
        ({"version": 1, "changes": {}, "months": []}, "/months"),
        ({"version": 1, "changes": {"months": [{"month": "2027-01"}]}}, "/changes/months/0/month"),
        ({"version": 1, "changes": {"opening_fans": None}}, "/opening_fans"),
    ],
)
def test_a_what_if_that_asks_nothing_is_refused(desk, asked, pointer):
    desk.put(body())
    answer = desk.owner.post(f"{desk.path}/forecast/what-if/", asked)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


# -- Who approves -----------------------------------------------------------------------------------------------------


def test_it_binds_when_a_person_of_each_side_approved_what_was_read(desk):
    put = desk.put(body(*months("2026-01", 2)))
    one = desk.approve(desk.manager, 1, put["sha256"]).json()
    assert (one["approvals"]["agency"], one["binding_months"]) == (None, [])
    assert desk.judged("2026-01")["gmv"] is None
    both = desk.approve(desk.owner, 1, put["sha256"]).json()
    assert both["approvals"]["brand"]["by"] == desk.manager.user.email
    assert both["binding_months"] == ["2026-01", "2026-02"]
    assert desk.judged("2026-02")["gmv"]["version"] == 1
    assert desk.judged("2026-03")["gmv"] is None, "it states no March"
    assert desk.approve(desk.owner, 1, put["sha256"]).json() == both, "said again it changes nothing"
    with inside(desk.brand):
        said = AuditEntry.objects.filter(subject="forecast:1").order_by("id").values_list("by", "after")
        assert [(by, after["side"]) for by, after in said] == [
            (f"user:{desk.manager.user.pk}", "brand"), (f"user:{desk.owner.user.pk}", "agency"),
        ]  # fmt: skip


def test_approved_is_what_was_read(desk):
    first = desk.put(body())
    second = desk.put(body(opening_fans=1))
    for version, sha256 in [(1, second["sha256"]), (2, first["sha256"]), (9, first["sha256"])]:
        answer = desk.approve(desk.owner, version, sha256)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/sha256")


def test_what_newer_versions_replace_whole_is_approved_no_more(desk):
    first, wider = desk.put(body(*months("2026-02", 2))), desk.put(body(*months("2026-01", 2)))
    second = desk.agree(body(*months("2026-02", 3)))
    answer = desk.approve(desk.owner, 1, first["sha256"])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "superseded")
    assert desk.approve(desk.owner, 2, wider["sha256"]).status_code == 200, "January is stated by no newer one"
    assert second["version"] == 3


def test_a_version_of_ended_months_that_have_one_is_approved_no_more(desk):
    desk.agree(body(*months("2026-01", 2)))
    late, wider = desk.put(body(*months("2026-01", 1))), desk.put(body(*months("2026-01", 3)))
    answer = desk.approve(desk.owner, 2, late["sha256"])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "settled")
    assert desk.approve(desk.owner, 3, wider["sha256"]).status_code == 200, "March has no version yet"


@pytest.mark.parametrize(
    "role",
    ["admin", "finance", "pm", "ops", "content", "guide", "brand_sponsor", "brand_reviewer", "brand_aftersales"],
)
def test_only_owner_and_brand_manager_approve(desk, role):
    put = desk.put(body())
    assert desk.approve(user_client(desk.brand, role), 1, put["sha256"]).status_code in (403, 404)


def test_a_key_proposes_and_never_approves(desk):
    key = client_for(desk.brand, ["contract:write"], made_by=desk.manager.user)
    put = desk.put(body(), client=key)
    assert put["made_by"] is None
    assert key.get(f"{desk.path}/forecast/").status_code == 200
    assert desk.approve(key, 1, put["sha256"]).status_code == 403


@pytest.mark.parametrize("role", ["finance", "brand_sponsor"])
def test_who_may_only_read_proposes_nothing(desk, role):
    desk.put(body())
    with inside(desk.brand):
        make_project(code="p2")
    client = user_client(desk.brand, role)
    assert client.put(f"{desk.path}/forecast/", body()).status_code in (403, 404)
    if role == "brand_sponsor":
        assert client.get(f"{desk.path}/forecast/").status_code == 200
        assert client.post(f"{desk.path}/forecast/what-if/", body()).status_code == 200


def test_one_person_never_approves_for_both_sides(desk):
    put = desk.put(body())
    desk.approve(desk.owner, 1, put["sha256"])
    desk.owner.user.memberships.update(role="brand_manager", agency=None, brand=desk.brand)
    sign_in(desk.owner, desk.owner.user)
    assert desk.approve(desk.owner, 1, put["sha256"]).status_code == 409
    with inside(desk.brand):
        assert Forecast.objects.get().brand_approved_by_id is None
        with pytest.raises(IntegrityError, match="forecast_approved_by_two_persons"), transaction.atomic():
            Forecast.objects.update(brand_approved_by=desk.owner.user)


def test_another_brand_sees_nothing(desk, globex):
    put = desk.agree(body())
    theirs = ForecastDesk(globex)
    for role in ("owner", "brand_manager"):
        client = user_client(globex, role)
        assert client.get(f"{desk.path}/forecast/").status_code == 404
        assert desk.approve(client, 1, put["sha256"]).status_code == 409, "their project of this code has no version 1"
    assert theirs.get("forecast/versions")["results"] == []
    assert theirs.judged("2026-01")["gmv"] is None


def test_two_projects_of_a_brand_have_their_own(desk, acme):
    desk.agree(body())
    other = ForecastDesk(acme, code="p2")
    assert other.client.get(f"{other.path}/forecast/").status_code == 404
    other.agree(body(opening_fans=1))
    assert desk.get("forecast")["inputs"]["opening_fans"] == 200_000


# -- Guides -----------------------------------------------------------------------------------------------------------


def test_guides_needed_stand_beside_those_placed(desk, globex):
    guide = make_guide(desk.brand.agency, code="lili")
    make_placement(guide, desk.brand, project="p1", share="0.6", starts_on="2026-01-01", ends_on="2026-02-10")
    make_placement(guide, globex, project="p1", share="0.4", starts_on="2026-01-01")
    answer = desk.put(body(*months("2026-01", 2, promised_reach={}), opening_fans=15_000))
    january, february = (each["staffing"] for each in answer["months"])
    assert january == {"fans": 14_550, "needed": 1, "heads": 1, "placed": "0.6", "gap": "0.4", "overload": 0,
                       "short_from": "2026-01-01"}  # fmt: skip
    assert (february["placed"], february["gap"], february["overload"]) == ("0", "1", 14_114)
    assert answer["staffing_today"]["fans"] == 0
